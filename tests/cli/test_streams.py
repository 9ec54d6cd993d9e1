"""Standard input and output: spooled, closed, full, gone."""

import os
import subprocess

from harness import PROGRAM, CliTest


class Streams(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def test_standard_input_of_unknown_length(self):
        content = os.urandom(500_000)
        self.run_program("put", "-", self.at + "k", input=content)
        self.assertEqual(content, self.run_program("cat", self.at + "k").stdout)
        self.assertEqual([], self.names_in("tmp"))

    def test_standard_input_that_is_a_file_is_read_from_where_it_stands(self):
        self.write("f", "0123456789")
        with open(self.path("f"), "rb") as file:
            os.lseek(file.fileno(), 4, os.SEEK_SET)
            subprocess.run([PROGRAM, "put", "-", self.at + "k"], stdin=file, env=self.env, check=True)
        self.assertEqual(b"456789", self.run_program("cat", self.at + "k").stdout)

    def test_a_named_pipe_is_a_source(self):
        os.mkfifo(self.path("pipe"))
        process = self.start("put", "pipe", self.at + "k")
        with open(self.path("pipe"), "wb") as pipe:
            pipe.write(b"through the pipe")
        self.assertEqual(0, process.wait(30))
        self.assertEqual(b"through the pipe", self.run_program("cat", self.at + "k").stdout)

    def receive(self):
        """A command that keeps standard input in a file before it sends it."""
        return ["event", "receive", "--template", "k/{a}", "--field", "a=1", "--emit", "stdout:", self.at[:-1], "-"]

    def test_the_spool_has_no_name_while_it_fills(self):
        process = self.start(*self.receive())
        process.stdin.write(b"x" * 100_000)
        process.stdin.flush()
        while not any("(deleted)" in target for target in self.open_files(process.pid)):
            self.assertIsNone(process.poll())
        self.assertEqual([], self.names_in("tmp"))
        [spool] = [target for target in self.open_files(process.pid) if "(deleted)" in target]
        self.assertTrue(spool.startswith(os.path.join(self.folder, "tmp")), spool)
        process.stdin.close()
        self.assertEqual(0, process.wait(30))

    def test_a_temporary_folder_that_is_missing_is_an_error_that_names_it(self):
        env = {**self.env, "TMPDIR": "/no/such/folder"}
        result = self.run_program(*self.receive(), input="x", env=env, code=3)
        self.assertIn("/no/such/folder", result.stderr)

    def test_closed_standard_input_is_an_error(self):
        done = subprocess.run(["sh", "-c", '"$0" put - "$1" <&-', PROGRAM, self.at + "k"], env=self.env, capture_output=True)
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertEqual([], self.keys(self.bucket))

    def test_closed_standard_output_is_an_error_and_no_file_is_mistaken_for_it(self):
        self.run_program("put", "-", self.at + "k", input="x" * 100)
        done = subprocess.run(["sh", "-c", '"$0" ls "$1" >&-', PROGRAM, self.at], env=self.env, capture_output=True)
        self.assertEqual(1, done.returncode)
        self.assertIn(b"standard output", done.stderr)
        done = subprocess.run(["sh", "-c", '"$0" get "$1" f >&- 2>&-', PROGRAM, self.at + "k"], env=self.env, cwd=self.work)
        self.assertEqual(0, done.returncode)
        self.assertEqual(b"x" * 100, self.read("f"))

    def test_a_full_device_is_an_error(self):
        self.run_program("put", "-", self.at + "k", input="x" * 100_000)
        for words in (["cat", self.at + "k"], ["ls", self.at], ["stat", self.at + "k"], ["--help"], ["get", self.at + "k", "/dev/full"],
                      ["event", "replay", "--emit", "stdout:", self.at]):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, env=self.env)
                self.assertEqual(1, done.returncode, done.stderr)
                self.assertIn(b"No space left", done.stderr)
                self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        self.run_program("put", "-", self.at + "k", input=b"x" * 3_000_000)
        for words in (["cat", self.at + "k"], ["get", self.at + "k", "-"]):
            process = self.start(*words)
            process.stdout.read(10)
            process.stdout.close()
            self.assertEqual(141, process.wait(30))
            self.assertEqual(b"", process.stderr.read())

    def test_receive_stops_when_its_standard_output_goes_away(self):
        process = self.start("event", "receive", "--ndjson", "--template", "k/{n}", "--field-from", "n=/n", "--emit", "stdout:", f"s3://{self.bucket}", "-")
        process.stdin.write(b'{"n":1}\n')
        process.stdin.flush()
        self.assertIn(b'"k/1"', process.stdout.readline())
        process.stdout.close()
        process.stdin.write(b'{"n":2}\n{"n":3}\n')
        process.stdin.close()
        self.assertEqual(141, process.wait(30))
        relayed = self.run_program("event", "relay", "--once", "--emit", "stdout:", f"s3://{self.bucket}")
        self.assertEqual(["k/2"], [p["key"] for p in relayed.objects])
