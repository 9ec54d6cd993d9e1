"""objstore run: many commands over shared connections."""

import json
import os
import signal
import subprocess
import threading

from harness import CliTest
from servers import FakeServer


class Run(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def run_lines(self, *lines, flags=(), code=0):
        return self.run_program(*flags, "run", "-", input="".join(line + "\n" for line in lines), code=code)

    def results(self, result):
        """How each line went, by its number."""
        return {line["line"]: line for line in result.objects if "ok" in line}

    def test_lines_are_commands_with_the_words_of_a_shell(self):
        self.write("a b", "1")
        self.write("it's", "2")
        self.write("jobs", "# a comment\n"
                           "\n"
                           "   \t\n"
                           f"put 'a b' {self.at}single # and what follows\n"
                           f'objstore put "it\'s" "{self.at}do uble"\r\n'
                           f"  put a\\ b {self.at}back#slash\n"
                           f"put 'a b' '{self.at}$HOME`x`'")
        self.run_program("run", "jobs")
        self.assertEqual(["$HOME`x`", "back#slash", "do uble", "single"], self.keys(self.bucket))
        self.assertEqual(b"2", self.run_program("cat", self.at + "do uble").stdout)

    def test_a_line_that_fails_is_named_and_the_others_go_on(self):
        self.write("f", "content")
        result = self.run_lines(f"put f {self.at}one", "", f"get {self.at}none g", "nonsense", f"put f {self.at}two", code=1)
        self.assertEqual(["one", "two"], self.keys(self.bucket))
        self.assertIn(f"objstore: line 3: get {self.at}none: ", result.stderr)
        self.assertIn("objstore: line 4: unknown command 'nonsense'", result.stderr)
        self.assertIn("objstore: run: 2 of 4 failed", result.stderr)
        self.assertEqual(b"", result.stdout)

    def test_failures_of_one_kind_keep_their_exit_code(self):
        self.assertIn("2 of 3", self.run_lines(f"stat {self.at}a", f"stat {self.at}b", f"ls {self.at}", code=3).stderr)
        self.assertIn("1 of 2", self.run_lines("ls --nonsense", f"ls {self.at}", code=2).stderr)

    def test_with_json_every_object_tells_its_line_and_the_last_how_it_went(self):
        self.write("f", "content")
        result = self.run_lines(f"put f {self.at}k", f"get {self.at}none", "'", "nonsense", f"rm --dry-run -r {self.at}", flags=("--json",), code=1)
        results = self.results(result)
        self.assertEqual([1, 2, 3, 4, 5], sorted(results))
        self.assertEqual(("put", True), (results[1]["command"], results[1]["ok"]))
        self.assertGreaterEqual(results[1]["seconds"], 0)
        self.assertNotIn("error", results[1])
        self.assertEqual(("get", False, 3, 1), tuple(results[2][name] for name in ("command", "ok", "exitCode", "failed")))
        self.assertEqual(("not_found", "none"), (results[2]["error"]["kind"], results[2]["error"]["key"]))
        self.assertEqual((False, 2, "invalid_argument"), (results[3]["ok"], results[3]["exitCode"], results[3]["error"]["kind"]))
        self.assertNotIn("command", results[3])
        [put] = [line for line in result.objects if line["line"] == 1 and "ok" not in line]
        self.assertEqual(("k", 7), (put["key"], put["size"]))
        errors = [json.loads(line) for line in result.stderr.splitlines()]
        self.assertEqual([2, 3, 4], sorted(line["line"] for line in errors if "error" in line))
        self.assertEqual({"failed": 3, "total": 5}, errors[-1])

    def test_a_line_with_several_failures_tells_how_many(self):
        self.write("f", "content")
        result = self.run_lines(f"cp -r {self.at}none {self.at}to/", f"ls {self.at} s3://no-such-bucket-1 s3://no-such-bucket-2", flags=("--json",), code=3)
        self.assertEqual({1: 1, 2: 2}, {number: line["failed"] for number, line in self.results(result).items()})

    def test_what_a_run_cannot_share_is_refused_by_name(self):
        self.write("f", "x")
        lines = ["run f", "completion bash", "help ls", f"put - {self.at}k", f"event receive --template k/{{a}} --field a=1 --emit file:p {self.at[:-1]} -",
                 f"event replay --emit stdout: {self.at[:-1]}", "ls --help", "--version", f"put f {self.at}k\\", "ls 'a", "ls \0"]
        result = self.run_lines(*lines, code=2)
        for number, words in enumerate(["'run'", "'completion'", "'help'", "standard input", "standard input", "--emit stdout:", "--help", "--version",
                                        "ends in a backslash", "is not closed", "NUL"], 1):
            [line] = [line for line in result.stderr.splitlines() if line.startswith(f"objstore: line {number}: ")]
            self.assertIn(words, line)
        self.assertEqual([], self.keys(self.bucket))
        self.assertEqual(2, self.results(self.run_lines(f"cat {self.at}k", flags=("--json",), code=2))[1]["exitCode"])

    def test_lines_do_not_read_what_the_run_reads(self):
        self.write("jobs", f"put /dev/stdin {self.at}k\nls {self.at}\n")
        self.run_lines(f"put /dev/stdin {self.at}k", f"ls {self.at}", code=1)
        self.run_program("run", "jobs", input="not theirs", code=1)
        self.assertEqual([], self.keys(self.bucket))

    def test_flags_are_inherited_and_may_be_given_again(self):
        endpoint = self.env.pop("AWS_ENDPOINT_URL_S3")
        other = "file:" + self.path("other")
        self.write("f", "x")
        result = self.run_program("--endpoint", endpoint, "--json", "--concurrency", "1", "run", "-", input=f"ls {self.at}\n--endpoint {other} mb s3://elsewhere\n"
                                  f"put f s3://elsewhere/k --endpoint={other}\nls --endpoint={other} s3://elsewhere\n--timeout nonsense ls\n", code=2)
        self.assertEqual([True, True, True, True, False], [line["ok"] for line in self.results(result).values()])
        self.assertEqual(["k", "k"], [line["key"] for line in result.objects if "key" in line])
        self.assertTrue(os.path.exists(self.path("other/elsewhere/k")))

    def test_memory_is_one_store_for_the_whole_run(self):
        self.write("f", "in memory")
        done = self.run_program("--endpoint", "memory:", "--concurrency", "1", "run", "-", input="mb s3://bucket\nput f s3://bucket/k\ncat s3://bucket/k\n")
        self.assertEqual(b"in memory", done.stdout)

    def test_what_one_line_writes_comes_in_one_piece(self):
        for letter in b"abcdefgh":
            self.run_program("put", "-", self.at + chr(letter), input=bytes([letter]) * 700_000)
        out = self.run_lines(*[f"cat {self.at}{letter}" for letter in "abcdefgh"], flags=("--concurrency", "8")).stdout
        pieces = [out[i:i + 700_000] for i in range(0, len(out), 700_000)]
        self.assertEqual(8, len(pieces))
        self.assertEqual(set(b"abcdefgh"), {piece[0] for piece in pieces})
        self.assertTrue(all(len(set(piece)) == 1 for piece in pieces))

    def test_a_line_whose_turn_it_is_not_waits_in_a_file(self):
        for key in "ab":
            self.run_program("put", "-", self.at + key, input=key * 3_000_000)
        process = self.start("--concurrency", "2", "run", "-")
        process.stdin.write(f"cat {self.at}a\ncat {self.at}b\n".encode())
        process.stdin.close()
        process.stdin = None
        self.until(lambda: any("(deleted)" in target for target in self.open_files(process.pid)))  # nobody reads the one that goes out
        out, err = process.communicate(timeout=60)
        self.assertEqual((0, b""), (process.returncode, err))
        self.assertIn(out, (b"a" * 3_000_000 + b"b" * 3_000_000, b"b" * 3_000_000 + b"a" * 3_000_000))

    def test_fail_fast_begins_no_further_line(self):
        self.write("f", "x")
        lines = [f"put f {self.at}first", f"stat {self.at}none", *(f"put f {self.at}{number}" for number in range(20))]
        result = self.run_lines(*lines, flags=("--concurrency", "1"), code=None)
        self.assertEqual((3, 21), (result.code, len(self.keys(self.bucket))))
        self.run_program("rm", "-r", self.at)
        result = self.run_program("--concurrency", "1", "run", "--fail-fast", "-", input="\n".join(lines), code=3)
        self.assertEqual(["first"], self.keys(self.bucket))
        self.assertIn("objstore: run: stopped; no line behind line 2 was begun", result.stderr)

    def test_fail_fast_tells_of_lines_that_were_read_but_not_begun(self):
        self.write("f", "x")
        for _ in range(5):  # the whole file is read before the first line has failed, or it is not
            result = self.run_program("--json", "--concurrency", "1", "run", "--fail-fast", "-", input=f"stat {self.at}none\nput f {self.at}f\n", code=3)
            self.assertIn({"report": {"lastLineBegun": 1}}, [json.loads(line) for line in result.stderr.splitlines()])
        self.assertEqual([], self.keys(self.bucket))

    def test_fail_fast_does_not_wait_for_more_lines(self):
        process = self.start("run", "--fail-fast", "-")
        process.stdin.write(b"nonsense\n")
        process.stdin.flush()
        self.assertEqual(2, process.wait(30))

    def test_lines_are_carried_out_as_they_come(self):
        self.write("f", "x")
        process = self.start("--json", "run", "-")
        for key in ("a", "b"):
            process.stdin.write(f"put f {self.at}{key}\n".encode())
            process.stdin.flush()
            self.assertEqual(key, json.loads(process.stdout.readline())["key"])
            self.assertTrue(json.loads(process.stdout.readline())["ok"])
        process.stdin.close()
        self.assertEqual(0, process.wait(30))

    def test_memory_does_not_grow_with_the_lines(self):
        def peak(lines):
            self.write("jobs", f"rm {self.at}none\n" * lines)
            process = self.start("--endpoint", "memory:", "run", "jobs", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(3, process.returncode)  # nothing is in memory
            return usage.ru_maxrss

        self.assertLess(peak(4_000) - peak(200), 4 * 1024)

    def test_connections_are_shared(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""
        clients = set()

        def answer(_request, handler):
            clients.add(handler.client_address)
            handler.reply(200, b"", {"etag": '"abc"'})

        with FakeServer(answer) as server:
            self.run_program("--endpoint", server.url, "--concurrency", "3", "run", "-", input="".join(f"stat s3://bbb/{n} -q\n" for n in range(100)))
            self.assertEqual(100, len(server.requests))
        self.assertLessEqual(len(clients), 3)

    def test_as_many_lines_at_a_time_as_concurrency_says(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""
        under_way = []
        most = []
        four = threading.Barrier(4)  # each waits for three others: fewer at a time end in a failure

        def answer(_request, handler):
            under_way.append(1)
            most.append(len(under_way))
            four.wait(60)
            under_way.pop()
            handler.reply(200, b"", {"etag": '"abc"'})

        with FakeServer(answer) as server:
            self.run_program("--endpoint", server.url, "--concurrency", "4", "run", "-", input="".join(f"stat s3://bbb/{n}\n" for n in range(40)))
        self.assertEqual(4, max(most))

    def test_interrupted_it_begins_no_further_line(self):
        self.env["AWS_ENDPOINT_URL_S3"] = ""

        def never(_request, handler):
            server.stopping.wait(30)
            handler.drop()

        with FakeServer(never) as server:
            process = self.start("--endpoint", server.url, "--concurrency", "2", "run", "-")
            process.stdin.write("".join(f"stat s3://bbb/{n}\n" for n in range(50)).encode())
            process.stdin.flush()  # and stays open: the run reads on
            self.until(lambda: len(server.requests) == 2)
            process.send_signal(signal.SIGINT)
            self.assertEqual(130, process.wait(30))
            self.assertIn(b"no line behind line 2 was begun", process.stderr.read())
            self.assertEqual(2, len(server.requests))

    def test_interrupted_while_nobody_reads_standard_output(self):
        self.run_program("put", "-", self.at + "k", input=b"x" * 1_000_000)
        process = self.start("run", "-")
        process.stdin.write(f"cat {self.at}k\n".encode())
        process.stdin.flush()
        self.until(lambda: self.is_full(process.stdout))
        process.send_signal(signal.SIGINT)
        self.assertEqual(130, process.wait(30))

    def test_a_reader_that_goes_away_ends_it(self):
        self.run_program("put", "-", self.at + "k", input=b"x" * 1_000_000)
        process = self.start("run", "-")
        process.stdin.write(f"cat {self.at}k\n".encode())
        process.stdin.flush()
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(141, process.wait(30))  # though standard input stays open
        self.assertEqual(b"", process.stderr.read())

    def test_a_full_device_is_told_once(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.program, "run", "-"], input=f"ls {self.at}\nls\n".encode(), stdout=full, stderr=subprocess.PIPE, env=self.env)
        self.assertEqual(1, done.returncode)
        self.assertEqual(b"objstore: run: standard output: No space left on device\n", done.stderr)

    def test_what_cannot_be_read_is_an_error(self):
        self.assertIn("none", self.run_program("run", "none", code=3).stderr)
        self.assertIn("directory", self.run_program("run", ".", code=1).stderr)
        self.assertIn("objstore cat s3://bbb/jobs | objstore run -", self.run_program("run", "s3://bbb/jobs", code=2).stderr)
        self.assertIn("too few operands", self.run_program("run", code=2).stderr)
        self.run_lines("# nothing to do")
