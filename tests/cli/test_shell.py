"""As scripts use it: pipes, xargs, and how fast it starts."""

import subprocess
import time

from harness import PROGRAM, CliTest


class Shell(CliTest):
    def test_ls_null_feeds_xargs(self):
        bucket = self.make_bucket()
        for key in ("a b", "c\nd", "e'f"):
            self.run_program("put", "-", f"s3://{bucket}/{key}", input="x")
        script = f'"$0" ls -r -0 s3://{bucket}/ | xargs -0 "$0" rm --'
        subprocess.run(["sh", "-c", script, PROGRAM], env=self.env, check=True)
        self.assertEqual([], self.keys(bucket))

    def test_starting_takes_no_time_that_anybody_notices(self):
        self.run_program("ls")
        best = 1e9
        for _ in range(20):
            started = time.perf_counter()
            self.run_program("ls")
            best = min(best, time.perf_counter() - started)
        # Sanitizers and busy machines are slow: only what is out of all proportion fails here.
        self.assertLess(best, 0.5)
