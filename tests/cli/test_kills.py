"""kill -9 at random moments of resumed transfers: what appears is whole, and what was begun is finished or gone.

OBJECTSTORE_TEST_KILLS says how many transfers of each direction are killed (default 4); 200 take some minutes.
"""

import os
import random
import subprocess
import time

from harness import STORE, CliTest

MIB = 1 << 20
TRANSFERS = int(os.environ.get("OBJECTSTORE_TEST_KILLS", "4"))
FLAGS = ["--resume", "--part-size", "5MiB", "--concurrency", "3"]


class Kills(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"
        self.random = random.Random(7)
        self.content = self.random.randbytes(27 * MIB + 3)
        self.killed = 0

    def finish_by_kills(self, *words):
        """Runs the command again and again, each time killed at a random moment, until one run comes to its end."""
        longest = 0.05
        while True:
            process = self.start(*words, stdin=subprocess.DEVNULL)
            try:
                process.wait(self.random.uniform(0, longest))
            except subprocess.TimeoutExpired:
                self.end(process)
                self.killed += 1
                longest *= 1.3  # so that some run lives long enough
                continue
            self.assertEqual(0, process.returncode, process.stderr.read())
            self.end(process)
            return

    def unfinished(self, key):
        return self.run_program("uploads", "ls", "--json", self.at + key).objects

    def test_uploads(self):
        self.write("a.bin", self.content)
        for i in range(TRANSFERS):
            key = f"up-{i}"
            self.finish_by_kills("put", *FLAGS, "a.bin", self.at + key)
            self.assertTrue(self.content == self.run_program("cat", self.at + key).stdout, key)
            end = time.monotonic() + 30  # a server may bring an upload back while a part of a killed run is still on its way
            while STORE == "s3" and self.unfinished(key) and time.monotonic() < end:
                self.run_program("uploads", "abort", self.at + key)
            self.assertEqual([], self.unfinished(key))
            self.run_program("rm", self.at + key)
        self.assertGreaterEqual(self.killed, TRANSFERS)

    def test_downloads(self):
        self.write("a.bin", self.content)
        self.run_program("put", "--part-size", "5MiB", "a.bin", self.at + "down")
        for i in range(TRANSFERS):
            self.finish_by_kills("get", *FLAGS, self.at + "down", f"b-{i}.bin")
            self.assertTrue(self.content == self.read(f"b-{i}.bin"), i)
            os.remove(self.path(f"b-{i}.bin"))
            self.assertEqual(["a.bin"], self.names_in("work"))
        self.assertGreaterEqual(self.killed, TRANSFERS)
