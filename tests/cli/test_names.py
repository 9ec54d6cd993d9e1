"""Keys that look like flags, hold newlines, or try to leave the folder."""

import os

from harness import STORE, CliTest

ODD = ["-rf", "--help", "a b", "a\nb", "tab\there", "quote\"'", "back\\slash", "ä/ö/ü", "+%25&?#", "[a,b]", "++", "é̂", "~", "*", "esc\x1b[31m"]


class Names(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def test_odd_keys_survive_every_command(self):
        for key in ODD:
            with self.subTest(key=key):
                self.run_program("put", "-", self.at + key, input=key)
                self.assertEqual(key.encode(), self.run_program("cat", self.at + key).stdout)
                [line] = self.run_program("stat", "--json", self.at + key).objects
                self.assertEqual(key, line["key"])
                self.run_program("cp", self.at + key, self.at + "copy/" + key)
        self.assertEqual(sorted(key.encode() for key in ODD + ["copy/" + key for key in ODD]),
                         [key.encode() for key in self.keys(self.bucket)])
        null = self.run_program("ls", "-r", "-0", self.at).stdout
        addresses = null.rstrip(b"\0").split(b"\0")
        self.assertEqual(2 * len(ODD), len(addresses))
        self.run_program("rm", "--", *[address.decode() for address in addresses])
        self.assertEqual([], self.keys(self.bucket))

    def test_text_has_one_line_an_object_and_no_control_characters(self):
        for key in ODD:
            self.run_program("put", "-", self.at + key, input="x")
        text = self.run_program("ls", "-r", self.at).stdout
        self.assertEqual(len(ODD), text.count(b"\n"))
        self.assertNotIn(b"\x1b", text)
        self.assertIn(b'"a\\nb"', text)
        result = self.run_program("cat", self.at + "no\n\x1b[31mred", code=3)
        self.assertEqual(1, len(result.stderr.splitlines()))
        self.assertNotIn("\x1b", result.stderr)

    def test_files_that_look_like_flags_or_lists(self):
        for name in ("-", "-x", "[a,b]", "++"):
            self.write(name, name)
        self.run_program("put", "./-", self.at + "dash")
        self.run_program("put", "--", "-x", self.at)
        self.run_program("put", "[a,b]", "++", self.at)
        self.assertEqual(["++", "-x", "[a,b]", "dash"], self.keys(self.bucket))
        self.run_program("get", self.at + "-x", "./-out")
        self.assertEqual(b"-x", self.read("-out"))
        self.run_program("get", "--", self.at + "-x", "-y")
        self.assertEqual(b"-x", self.read("-y"))
        self.run_program("put", "-x", self.at, code=2)

    def test_a_key_never_chooses_where_a_file_is_written(self):
        os.mkdir(self.path("target"))
        keys = ["..", "a/..", "a/.", "../../escape"]
        if STORE == "s3":  # MinIO takes no dots
            keys = ["a/dots"]
        for key in keys:
            self.run_program("put", "-", self.at + key, input="x")
        for key in ("..", "a/..", "a/.", "dir/"):
            result = self.run_program("get", self.at + key, "target/", code=2)
            self.assertIn("no file can be named", result.stderr)
            self.run_program("get", self.at + key, code=2)
        self.assertEqual([], os.listdir(self.path("target")))
        if STORE == "file":
            self.run_program("get", self.at + "../../escape", "target")
            self.assertEqual(["escape"], os.listdir(self.path("target")))
        self.assertEqual(["target"], os.listdir(self.work))
        self.run_program("get", self.at + keys[0], "named")
        self.assertEqual(b"x", self.read("named"))

    def test_keys_that_no_store_takes_are_usage_errors(self):
        for key in ("x" * 1025, "ä" * 513):
            result = self.run_program("put", "--json", "-", self.at + key, input="x", code=2)
            self.assertEqual("invalid_argument", result.errors[0]["kind"])
        self.run_program("put", "-", self.at + "/".join(["x" * 127] * 8), input="x")  # 1,023 bytes, in segments that files can have
        self.run_program("put", "-", self.at.encode() + b"\xff\xfe", input="x", code=2)
