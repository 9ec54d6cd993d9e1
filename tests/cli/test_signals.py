"""SIGINT and SIGTERM: the exit code says so, and nothing half-written stays."""

import os
import signal
import time

from harness import CliTest
from servers import FakeServer


class Signals(CliTest):
    def test_interrupted_while_reading_standard_input(self):
        bucket = self.make_bucket()
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            process = self.start("put", "-", f"s3://{bucket}/k")
            process.stdin.write(b"x" * 200_000)
            process.stdin.flush()  # no pipe holds as much: it reads
            process.send_signal(number)
            self.assertEqual(code, process.wait(30), process.stderr.read())
            self.assertEqual([], self.keys(bucket))
            self.assertEqual([], self.names_in("tmp"))

    def test_interrupted_during_a_get_leaves_no_file(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""

        def drip(_request, handler):
            handler.send_response(200)
            handler.send_header("content-length", "1000000")
            handler.send_header("etag", '"abc"')
            handler.end_headers()
            try:
                while not server.stopping.wait(0.01):
                    handler.wfile.write(b"x" * 1000)
                    handler.wfile.flush()
            except OSError:
                pass
            handler.drop()

        with FakeServer(drip) as server:
            for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
                self.write("f", "old")
                process = self.start("--endpoint", server.url, "get", "s3://bbb/k", "f")
                self.until(lambda: len(os.listdir(self.work)) > 1)  # the temporary file beside it
                process.send_signal(number)
                started = time.monotonic()
                self.assertEqual(code, process.wait(30), process.stderr.read())
                self.assertLess(time.monotonic() - started, 3)
                self.assertEqual((["f"], b"old"), (os.listdir(self.work), self.read("f")))

    def test_interrupted_over_many_objects_leaves_whole_files_only(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""
        keys = "".join(f"<Contents><Key>p/{i:03}</Key><Size>5</Size><ETag>abc</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
                       for i in range(100))
        listing = f"<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>".encode()

        def answer(request, handler):
            if "list-type" in request.path:
                handler.reply(200, listing)
            elif request.path.endswith("/000"):
                handler.reply(200, b"whole", {"etag": '"abc"'})
            else:
                server.stopping.wait(30)
                handler.drop()

        with FakeServer(answer) as server:
            process = self.start("--endpoint", server.url, "--concurrency", "4", "get", "-r", "s3://bbb/p", "to")
            self.until(lambda: os.path.exists(self.path("to/000")) and len(server.requests) >= 6)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            self.assertEqual(130, process.wait(30))
            self.assertLess(time.monotonic() - started, 3)
            self.assertEqual(["000"], os.listdir(self.path("to")))
            self.assertEqual([b"objstore: copied 1 (5 B)"], process.stderr.read().splitlines())
            self.assertLess(len(server.requests), 20)  # no further than what was under way

    def test_interrupted_while_a_server_does_not_answer_a_put(self):
        def never(_request, handler):
            server.stopping.wait(30)
            handler.drop()

        self.write("f", "content")
        with FakeServer(never) as server:
            process = self.start("--endpoint", server.url, "put", "f", "s3://bbb/k")
            self.until(lambda: server.requests)
            process.send_signal(signal.SIGINT)
            self.assertEqual(130, process.wait(30))

    def test_interrupted_while_nobody_reads_standard_output(self):
        bucket = self.make_bucket()
        self.run_program("put", "-", f"s3://{bucket}/k", input=b"x" * 1_000_000)
        process = self.start("cat", f"s3://{bucket}/k")
        self.until(lambda: self.is_full(process.stdout))
        process.send_signal(signal.SIGINT)
        self.assertEqual(130, process.wait(30))

    def test_an_interrupted_replay_says_where_to_go_on(self):
        bucket = self.make_bucket()
        lines = "".join(f'{{"n":{n}}}\n' for n in range(50))
        self.run_program("event", "receive", "--ndjson", "--template", "k/{n:03}", "--field-from", "n=/n", "--emit", "file:first", f"s3://{bucket}", "-",
                         input=lines)
        process = self.start("event", "replay", "--rate", "4", "--emit", "stdout:", f"s3://{bucket}/k/")
        for _ in range(3):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(130, process.returncode)
        self.assertIn(b"go on with --start-after k/0", err)
        self.assertLess(len(out.splitlines()), 47)
