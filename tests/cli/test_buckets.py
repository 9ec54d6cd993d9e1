"""mb, rb, and the list of buckets."""

import uuid

from harness import CliTest


class Buckets(CliTest):
    def test_a_bucket_is_made_listed_and_removed(self):
        name = self.make_bucket()
        names = [line["name"] if "name" in line else line["bucket"] for line in self.run_program("ls", "--json").objects]
        self.assertIn(name, names)
        self.assertIn(name, [line.split()[-1] for line in self.run_program("ls").lines])
        self.assertEqual([{"bucket": name}], self.run_program("stat", "--json", f"s3://{name}").objects)
        self.run_program("rb", f"s3://{name}")
        self.run_program("stat", f"s3://{name}", code=3)

    def test_a_bucket_that_exists_is_exit_code_4(self):
        name = self.make_bucket()
        [error] = self.run_program("mb", "--json", f"s3://{name}", code=4).errors
        self.assertEqual(("already_exists", name), (error["kind"], error["bucket"]))

    def test_a_bucket_with_objects_stays_unless_forced(self):
        name = self.make_bucket()
        self.run_program("put", "-", f"s3://{name}/k", input="x")
        self.run_program("rb", f"s3://{name}", code=4)
        self.assertEqual(["k"], self.keys(name))
        self.run_program("rb", "--force", f"s3://{name}")
        self.run_program("ls", f"s3://{name}", code=3)

    def test_several_at_once_go_on_behind_a_failure(self):
        names = ["objstore-test-" + uuid.uuid4().hex[:20] for _ in range(2)]
        taken = self.make_bucket()
        result = self.run_program("mb", f"s3://{names[0]}", f"s3://{taken}", f"s3://{names[1]}", code=4)
        self.assertIn("1 of 3 failed", result.stderr)
        self.run_program("rb", *[f"s3://{name}" for name in names])

    def test_bad_names_are_usage_errors(self):
        for name in ("ab", "UPPER", "-dash", "a..b", "192.168.1.1", "x" * 64):
            self.run_program("mb", f"s3://{name}", code=2)
        self.run_program("mb", "s3://", code=2)
        self.run_program("mb", "s3://bucket/key", code=2)
        self.run_program("rb", "s3://objstore-no-such-bucket-4711", code=3)
