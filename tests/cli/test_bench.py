"""objstore bench: what it measures, tells and leaves behind."""

import html.parser
import json
import os
import re
import signal
import xml.etree.ElementTree

from harness import CliTest
from servers import FakeServer


class Page(html.parser.HTMLParser):
    """What a page holds; fails where a tag is left open."""

    VOID = {"meta", "line", "path", "rect", "br"}

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.tags = []
        self.attributes = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class Bench(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}"

    def measure(self, what, *flags, code=0):
        """The figures as JSON."""
        [figures] = self.run_program("--json", "bench", what, self.at, *flags, code=code).objects
        return figures

    def check_times(self, times):
        order = [times[name] for name in ("min", "p50", "p90", "p99", "p999", "max")]
        self.assertEqual(sorted(order), order)
        self.assertGreater(times["mean"], 0)
        self.assertLessEqual(times["mean"], times["max"])

    def test_uploads(self):
        figures = self.measure("put", "--count", "50", "--size", "3KiB", "--concurrency", "4", "--seed", "9")
        self.assertEqual(("put", 50, 50 * 3072, 0, 4, 9, "threads", "3KiB", {}),
                         tuple(figures[name] for name in ("bench", "operations", "bytes", "failed", "concurrency", "seed", "engine", "sizes", "errors")))
        self.assertGreater(figures["seconds"], 0)
        self.assertAlmostEqual(50 / figures["seconds"], figures["operationsPerSecond"], delta=0.1 * figures["operationsPerSecond"])
        self.assertAlmostEqual(figures["operationsPerSecond"] * 3072 / 1e6, figures["megabytesPerSecond"], delta=0.01)
        self.assertGreater(figures["cpuMicrosecondsPerOperation"], 0)
        self.assertGreater(figures["peakMemoryBytes"], 1_000_000)
        self.check_times(figures["latencyMs"])
        self.assertNotIn("firstByteMs", figures)
        self.assertEqual(["put"], list(figures["verbs"]))
        self.assertEqual([], self.keys(self.bucket))

    def test_downloads_tell_the_first_byte(self):
        figures = self.measure("get", "--count", "60", "--objects", "5", "--size", "1KiB-64KiB")
        self.assertEqual((60, 5), (figures["operations"], figures["objects"]))
        self.check_times(figures["latencyMs"])
        self.check_times(figures["firstByteMs"])
        self.assertLessEqual(figures["firstByteMs"]["p50"], figures["latencyMs"]["p50"])
        self.assertEqual([], self.keys(self.bucket))

    def test_listings_count_pages_and_keys(self):
        figures = self.measure("list", "--count", "6", "--objects", "30", "--concurrency", "2")
        self.assertEqual((6, 180, 0), (figures["operations"], figures["entries"], figures["bytes"]))
        self.assertNotIn("sizes", figures)
        self.assertEqual([], self.keys(self.bucket))

    def test_a_mix_has_the_verbs_that_its_shares_say(self):
        figures = self.measure("mixed", "--count", "400", "--objects", "10", "--size", "100:1,200:1")
        self.assertEqual({"get", "put", "stat", "list", "delete"}, set(figures["verbs"]))
        self.assertEqual(400, sum(verb["operations"] for verb in figures["verbs"].values()))
        self.assertGreater(figures["verbs"]["get"]["operations"], 160)
        figures = self.measure("mixed", "--count", "40", "--objects", "10", "--get-share", "1", "--put-share", "1", "--size", "10")
        self.assertEqual({"get", "put"}, set(figures["verbs"]))
        figures = self.measure("mixed", "--count", "40", "--delete-share", "1", "--put-share", "1", "--size", "0")
        self.assertEqual({"put", "delete"}, set(figures["verbs"]))
        self.assertEqual([], self.keys(self.bucket))

    def test_the_same_seed_makes_the_same_choices(self):
        def sizes(seed):
            return self.measure("put", "--count", "20", "--size", "1-10000", "--concurrency", "1", "--seed", seed)["bytes"]

        self.assertEqual(sizes("5"), sizes("5"))
        self.assertNotEqual(sizes("5"), sizes("6"))

    def test_both_engines(self):
        for engine in ("threads", "async"):
            for what in ("put", "get", "list", "mixed"):
                objects = [] if what == "put" else ["--objects", "5"]
                figures = self.measure(what, "--count", "30", "--engine", engine, "--concurrency", "8", *objects)
                self.assertEqual((engine, 30, 0), (figures["engine"], figures["operations"], figures["failed"]))
        self.assertEqual([], self.keys(self.bucket))

    def test_large_objects_hold_nothing_but_their_content_again_and_again(self):
        self.measure("put", "--count", "1", "--size", "5000001", "--keep")
        [key] = self.keys(self.bucket)
        stored = self.run_program("cat", f"{self.at}/{key}").stdout
        self.assertEqual(5_000_001, len(stored))
        again = 2 << 20
        self.assertEqual(stored[:-again], stored[again:])
        self.assertGreater(len(set(stored[:1000])), 200)

    def test_duration_and_warmup(self):
        figures = self.measure("put", "--duration", "300ms", "--warmup", "200ms", "--size", "1k", "--concurrency", "2")
        self.assertGreater(figures["operations"], 0)
        self.assertEqual(0.2, figures["warmupSeconds"])
        self.assertGreater(figures["seconds"], 0.2)
        self.assertLess(self.measure("put", "--duration", "60s", "--count", "3", "--size", "1k")["seconds"], 30)

    def test_its_objects_lie_in_a_place_of_their_own_and_can_be_kept(self):
        self.run_program("put", "-", self.at + "/bench/mine", input="x")
        self.run_program("bench", "put", "--count", "5", "--size", "10", self.at + "/bench")
        self.assertEqual(["bench/mine"], self.keys(self.bucket))
        result = self.run_program("bench", "get", "--count", "5", "--objects", "3", "--size", "10", "--keep", self.at + "/bench")
        kept = [key for key in self.keys(self.bucket) if key != "bench/mine"]
        self.assertEqual(3, len(kept))
        prefix = kept[0][:kept[0].index("/", 6) + 1]
        self.assertRegex(prefix, r"^bench/objstore-bench-[0-9a-f]{16}/$")
        self.assertTrue(all(key.startswith(prefix) for key in kept))
        self.assertIn(f"its objects are left beneath {self.at}/{prefix}", result.stderr)

    def test_text_is_a_table(self):
        lines = self.run_program("bench", "get", "--count", "20", "--objects", "2", "--size", "1KiB", self.at).lines
        self.assertRegex(lines[0], r"^get at s3://.*: [\d.]+ s, 16 at a time \(threads\), sizes 1KiB$")
        self.assertRegex(lines[1], r"operations +per s +MB/s +p50 ms +p90 ms +p99 ms +p99.9 ms +max ms +failed$")
        self.assertRegex(lines[2], r"^get +20 +[\d.]+ +[\d.]+ ")
        self.assertRegex(lines[3], r"^first byte +[\d.]+ ")
        self.assertRegex(lines[4], r"^CPU [\d.]+ ms an operation, peak memory [\d.]+ MiB$")
        self.assertEqual(5, len(lines))

    def test_memory_has_its_bucket_made(self):
        for what in ("put", "get", "list", "mixed"):
            [figures] = self.run_program("--endpoint", "memory:", "--json", "bench", what, "--count", "20", "s3://scratch").objects
            self.assertEqual(("memory", 20), (figures["endpoint"], figures["operations"]))

    def test_a_page_shows_the_figures_without_anything_from_elsewhere(self):
        self.run_program("bench", "mixed", "--count", "400", "--objects", "10", "--size", "1KiB", "--html", "page.html", self.at + "/<&\">/")
        text = self.read("page.html").decode()
        page = Page(text)
        self.assertGreaterEqual(page.tags.count("svg"), 8)  # two over time, five verbs, the first byte
        self.assertNotIn("script", page.tags)
        self.assertNotIn("link", page.tags)
        self.assertEqual([], [value for name, value in page.attributes if name in ("src", "href") or "http" in (value or "")])
        self.assertNotRegex(text, r"url\(|@import|nan|inf[^o]")
        self.assertIn("&lt;&amp;&quot;&gt;", text)
        self.assertIn("prefers-color-scheme:dark", text)
        for svg in re.findall(r"<svg.*?</svg>", text, re.S):
            self.check_drawing(xml.etree.ElementTree.fromstring(svg))

    def check_drawing(self, svg):
        """Everything lies within the picture."""
        _, _, width, height = map(float, svg.get("viewBox").split())
        for shape in svg.iter():
            if shape.tag == "rect":
                self.assertLessEqual(float(shape.get("x")) + float(shape.get("width")), width)
                self.assertLessEqual(float(shape.get("y")) + float(shape.get("height")), height)
            for name in ("x", "x1", "x2"):
                self.assertTrue(0 <= float(shape.get(name, 0)) <= width, (shape.tag, shape.attrib))
            for name in ("y", "y1", "y2"):
                self.assertTrue(0 <= float(shape.get(name, 0)) <= height, (shape.tag, shape.attrib))

    def test_failures_are_counted_by_kind_and_told_once_a_kind(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""
        numbers = iter(range(1_000_000))

        def answer(request, handler):
            if request.method == "GET" and "list-type" in request.path:
                handler.reply(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            elif request.method == "PUT" and next(numbers) % 2 == 0:
                handler.reply(503, b"<Error><Code>SlowDown</Code></Error>")
            else:
                handler.reply(200, b"", {"etag": '"abc"'})

        with FakeServer(answer) as server:
            words = ["--endpoint", server.url, "--max-attempts", "1", "--concurrency", "1", "bench", "put", "--count", "20", "--size", "10", "s3://bbb"]
            result = self.run_program(*words, "--json", code=6)
            [figures] = result.objects
            self.assertEqual((10, 10, {"unavailable": 10}), (figures["operations"], figures["failed"], figures["errors"]))
            self.assertEqual(1, len(result.errors))
            self.assertEqual({"failed": 10, "total": 20}, json.loads(result.stderr.splitlines()[-1]))
            result = self.run_program(*words, "--html", "page.html", code=6)
            self.assertIn("unavailable: 10", result.lines)
            self.assertIn("objstore: bench put: 10 of 20 failed", result.stderr)
            page = self.read("page.html").decode()
            Page(page)
            self.assertIn("Failures a second", page)

    def test_when_nothing_works_it_ends_at_once_and_the_page_says_so(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""

        def answer(request, handler):
            if request.method == "GET":
                handler.reply(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            else:
                handler.reply(403, b"<Error><Code>AccessDenied</Code></Error>")

        with FakeServer(answer) as server:
            result = self.run_program("--endpoint", server.url, "bench", "put", "--duration", "60s", "--html", "page.html", "s3://bbb", code=5)
            self.assertIn("permission_denied", result.stderr)
            self.assertLess(len(server.requests), 60)
        page = self.read("page.html").decode()
        Page(page)
        self.assertIn("Not one operation succeeded", page)
        self.assertNotRegex(page, r"[>\" ]-?(nan|inf)\b")

    def test_interrupted_it_tells_what_it_has_and_removes_its_objects(self):
        for flags in ([], ["--engine", "async"]):
            process = self.start("--json", "bench", "mixed", "--objects", "5", "--size", "1k", *flags, self.at)
            self.until(lambda: any("/written/" in key for key in self.keys(self.bucket)))
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            self.assertEqual((130, b""), (process.returncode, err))
            self.assertGreater(json.loads(out)["operations"], 0)
            self.assertEqual([], self.keys(self.bucket))

    def test_errors_on_the_command_line(self):
        cases = [
            (["put"], "too few operands"),
            (["put", "local"], "'local' is not an address"),
            (["put", "--size", "x", self.at], "--size: 'x' is not a size"),
            (["put", "--size", "2k-1k", self.at], "--size: '2k-1k'"),
            (["put", "--size", "1k:0", self.at], "--size: '1k:0'"),
            (["put", "--duration", "0s", self.at], "--duration: '0s' is not longer than nothing"),
            (["put", "--duration", "5", self.at], "--duration: '5'"),
            (["put", "--count", "0", self.at], "--count: '0'"),
            (["put", "--warmup", "x", self.at], "--warmup: 'x'"),
            (["put", "--seed", "-1", self.at], "--seed: '-1'"),
            (["put", "--engine", "fast", self.at], "--engine: 'fast' is not one of auto|threads|async"),
            (["put", "--objects", "3", self.at], "unknown flag --objects"),
            (["put", "--html", "", self.at], "--html: ''"),
            (["get", "--objects", "0", self.at], "--objects: '0'"),
            (["list", "--size", "1k", self.at], "unknown flag --size"),
            (["mixed", "--get-share", "x", self.at], "--get-share: 'x'"),
            (["mixed", "--get-share", "0", self.at], "the shares are all 0"),
            (["delete", self.at], "unknown command 'bench delete'"),
        ]
        for words, expected in cases:
            with self.subTest(words=words):
                result = self.run_program("bench", *words, code=2)
                self.assertIn(expected, result.stderr)
                self.assertEqual(b"", result.stdout)
        self.assertEqual([], self.keys(self.bucket))

    def test_a_bucket_or_folder_that_is_missing(self):
        result = self.run_program("bench", "get", "s3://objstore-test-no-such-bucket", code=3)
        self.assertIn("NoSuchBucket", result.stderr)
        self.assertEqual(b"", result.stdout)
        result = self.run_program("bench", "put", "--html", "no/such/page.html", self.at, code=3)  # before anything is measured
        self.assertIn("no/such", result.stderr)
        self.assertEqual(b"", result.stdout)
        self.assertFalse(os.path.exists(self.path("no")))

    def test_not_a_line_of_a_run(self):
        self.assertIn("line 1: 'bench put' is not for a line of a run", self.run_program("run", "-", input=f"bench put {self.at}", code=2).stderr)
