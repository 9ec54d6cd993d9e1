"""ls: prefixes, limits, columns and totals."""

import resource
import subprocess

from harness import STORE, CliTest


class Listing(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"
        for key in ("a.txt", "dir/b.txt", "dir/sub/c.txt", "dir2/d.txt", "z"):
            self.run_program("put", "-", self.at + key, input=key)

    def test_one_level_by_default_with_prefixes(self):
        lines = self.run_program("ls", "--json", self.at).objects
        self.assertEqual(["a.txt", "dir/", "dir2/", "z"], [line.get("key", line.get("prefix")) for line in lines])
        self.assertEqual({"bucket": self.bucket, "prefix": "dir/"}, lines[1])
        self.assertEqual(5, lines[0]["size"])
        self.assertEqual(["dir/b.txt", "dir/sub/"], [line.get("key", line.get("prefix")) for line in self.run_program("ls", "--json", self.at + "dir/").objects])

    def test_text_columns(self):
        lines = self.run_program("ls", self.at).lines
        self.assertRegex(lines[0], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +5 a\.txt$")
        self.assertRegex(lines[1], r"^ +PRE dir/$")

    def test_recursive_is_every_key_in_order(self):
        self.assertEqual(["a.txt", "dir/b.txt", "dir/sub/c.txt", "dir2/d.txt", "z"], self.keys(self.bucket))
        self.assertEqual(["dir/b.txt", "dir/sub/c.txt", "dir2/d.txt"], self.keys(self.bucket, "dir"))

    def test_limit_and_start_after(self):
        lines = self.run_program("ls", "-r", "--json", "--limit", "2", "--start-after", "a.txt", self.at).objects
        self.assertEqual(["dir/b.txt", "dir/sub/c.txt"], [line["key"] for line in lines])
        self.assertEqual(3, len(self.run_program("ls", "--limit", "3", self.at).lines))

    def test_summarize_counts(self):
        *_, last = self.run_program("ls", "-r", "--summarize", "--json", self.at).objects
        self.assertEqual({"objects": 5, "prefixes": 0, "bytes": 5 + 9 + 13 + 10 + 1}, last)
        self.assertEqual("objects: 2, prefixes: 2, bytes: 6", self.run_program("ls", "--summarize", self.at).lines[-1])

    def test_human_sizes(self):
        self.write("big", bytes(3 * 1024 * 1024 // 2))
        self.run_program("put", "big", self.at)
        self.assertIn("1.5 MiB big", self.run_program("ls", "-H", self.at + "big").text)

    def test_a_prefix_without_keys_is_empty_and_no_failure(self):
        self.assertEqual(b"", self.run_program("ls", self.at + "nothing/").stdout)

    def list_without_threads(self):
        """Where the system gives the program no thread, it lists all the same."""
        self.drop_privileges()
        if not self.user:
            return self.skipTest("only root can make a user that has no thread left")
        done = subprocess.run(
            [self.program, "ls", "-r", "-0", self.at + "many/"], capture_output=True, env=self.env, cwd=self.work, timeout=60, **self.user,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)))
        self.assertEqual((0, 1100), (done.returncode, done.stdout.count(b"\0")), done.stderr)
        self.user = {}

    def test_pages_are_walked_to_the_end(self):
        lines = "".join(f'{{"n":{n}}}\n' for n in range(1100))
        self.run_program("event", "receive", "--template", "many/{n:06}", "--field-from", "n=/n", "--ndjson", "--emit", "file:/dev/null",
                         f"s3://{self.bucket}", "-", input=lines)
        self.assertEqual([f"many/{n:06}" for n in range(1100)], self.keys(self.bucket, "many/"))
        if STORE == "file":
            self.list_without_threads()
        result = self.run_program("rm", "-r", "--json", self.at + "many/")
        self.assertEqual(1100, len(result.objects))
        self.assertEqual([], self.keys(self.bucket, "many/"))
