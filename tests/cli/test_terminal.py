"""What a person at a terminal sees: progress, notes and colours on standard error."""

import json
import os
import pty
import subprocess

from harness import PROGRAM, CliTest
from servers import FakeServer


class Terminal(CliTest):
    def on_terminal(self, *words, env=None):
        """Runs objstore with standard error on a terminal; what it wrote there."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env={**self.env, **(env or {})}, cwd=self.work)
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 65536):
                text += chunk
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        self.code = process.wait(30)
        return text.decode()

    @staticmethod
    def slow(_request, handler):
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.send_header("etag", '"abc"')
        handler.end_headers()
        for _ in range(10):
            handler.wfile.write(b"x" * 100_000)
            handler.wfile.flush()
            handler.server.pause.wait(0.1)

    def test_a_long_transfer_shows_how_far_it_is_and_cleans_up_behind_it(self):
        with FakeServer(self.slow) as server:
            server.server.pause = server.stopping
            text = self.on_terminal("--endpoint", server.url, "get", "s3://bbb/a/rather/long/key/that/does/not/fit/into/a/line/file.bin", "f")
            self.assertEqual(0, self.code, text)
            self.assertRegex(text, r"\r\.\.\..*file\.bin  \d+\.\d KiB of 976\.6 KiB  \d\d%  \d+\.\d KiB/s")
            self.assertRegex(text, r"\r +\r")
            self.assertIn("-> f (976.6 KiB)", text)
            for words in (["--no-progress"], ["-q"], ["--json"]):
                self.assertNotIn("%", self.on_terminal("--endpoint", server.url, *words, "get", "s3://bbb/k", "f"))
            self.assertEqual("", self.on_terminal("--endpoint", server.url, "-q", "get", "s3://bbb/k", "f"))

    @staticmethod
    def progress_events(ran):
        return [json.loads(line)["progress"] for line in ran.stderr.splitlines() if line.startswith("{")]

    def test_programs_read_progress_as_events(self):
        with FakeServer(self.slow) as server:
            server.server.pause = server.stopping
            ran = self.run_program("--endpoint", server.url, "--progress-events", "--json", "get", "s3://bbb/k", "f")
            events = self.progress_events(ran)
            self.assertGreaterEqual(len(events), 2)
            self.assertEqual({"name": "s3://bbb/k", "bytes": 1_000_000, "total": 1_000_000}, {name: events[-1][name] for name in ("name", "bytes", "total")})
            self.assertLess(events[0]["bytes"], 1_000_000)
            self.assertGreaterEqual(events[0]["secondsLeft"], 0)
            self.assertEqual(sorted(event["bytes"] for event in events), [event["bytes"] for event in events])
            self.assertEqual("", self.run_program("--endpoint", server.url, "-q", "--progress-events", "get", "s3://bbb/k", "f").stderr)

    def test_a_tree_tells_its_progress_to_its_end(self):
        for i in range(3):
            self.write(f"tree/{i}", b"1234")
        os.makedirs(os.path.join(self.work, "store/bbb"))
        ran = self.run_program("--endpoint", "file:store", "--progress-events", "put", "-r", "tree", "s3://bbb/")
        event = self.progress_events(ran)[-1]
        for name, value in {"objects": 3, "objectsFound": 3, "bytes": 12, "bytesFound": 12, "allFound": True}.items():
            self.assertEqual(value, event[name], name)

    def test_errors_are_coloured_unless_no_color_is_set(self):
        self.assertIn("\x1b[1;31mobjstore:\x1b[0m", self.on_terminal("get", "s3://bbb/k", env={"TERM": "xterm"}))
        self.assertEqual(3, self.code)
        for env in ({"TERM": "dumb"}, {}, {"TERM": "xterm", "NO_COLOR": "1"}):
            self.assertNotIn("\x1b", self.on_terminal("get", "s3://bbb/k", env=env))
        self.assertNotIn("\x1b", self.on_terminal("--color", "never", "get", "s3://bbb/k", env={"TERM": "xterm"}))
