"""Large objects: in parts, of unknown length, resumed after the process was killed; unfinished uploads; flags that bound transfers."""

import os
import random
import subprocess
import time

from harness import STORE, CliTest

MIB = 1 << 20


class Transfers(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def content(self, size, seed=1):
        return random.Random(seed).randbytes(size)

    def uploads(self, key, *flags):
        return self.run_program("uploads", "ls", "--json", *flags, self.at + key).objects

    def expect_no_upload(self, key):
        """On a server a part that was on its way when the upload was aborted may bring it back for a moment: then aborting once more ends it."""
        if STORE == "s3":
            end = time.monotonic() + 30
            while self.uploads(key) and time.monotonic() < end:
                self.run_program("uploads", "abort", self.at + key)
        self.assertEqual([], self.uploads(key))

    def kill_in_the_middle(self, after, *words):
        """Starts the program, kills it the hard way after so many seconds. True: it was still running."""
        process = self.start(*words, stdin=subprocess.DEVNULL)
        try:
            process.wait(after)
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True

    def test_a_large_file_travels_in_parts_and_comes_back_as_it_was(self):
        content = self.content(23 * MIB + 7)
        self.write("a.bin", content)
        [line] = self.run_program("put", "--json", "--part-size", "5MiB", "a.bin", self.at).objects
        self.assertTrue(line["etag"].endswith("-5"), line["etag"])
        self.run_program("get", "--part-size", "6m", self.at + "a.bin", "b.bin")
        self.assertTrue(content == self.read("b.bin"))
        self.assertTrue(content == self.run_program("cat", self.at + "a.bin").stdout)
        self.expect_no_upload("a.bin")

    def test_any_payload_signing_stores_the_same_bytes(self):
        small, large = self.content(100_001), self.content(17 * MIB)
        self.write("small", small)
        self.write("large", large)
        for mode in ("auto", "streaming", "trailer", "unsigned"):
            with self.subTest(mode=mode):
                self.run_program("put", "--payload-signing", mode, "small", "large", self.at)
                self.run_program("put", "--payload-signing", mode, "-", self.at + "stdin", input=small)
                self.assertTrue(small == self.run_program("cat", self.at + "small").stdout)
                self.assertTrue(small == self.run_program("cat", self.at + "stdin").stdout)
                self.assertTrue(large == self.run_program("cat", self.at + "large").stdout)
                self.run_program("rm", self.at + "small", self.at + "large", self.at + "stdin")

    def test_standard_input_of_any_length_goes_up_as_it_comes(self):
        for size in (0, 1, 8 * MIB, 21 * MIB + 3):
            with self.subTest(size=size):
                content = self.content(size)
                self.run_program("put", "--content-type", "text/x-a", "-", self.at + "stdin", input=content)
                self.assertTrue(content == self.run_program("cat", self.at + "stdin").stdout)
                [line] = self.run_program("stat", "--json", self.at + "stdin").objects
                self.assertEqual("text/x-a", line["contentType"])
        self.assertEqual([], self.names_in("tmp"))

    def test_an_upload_that_was_killed_is_resumed(self):
        content = self.content(40 * MIB)
        self.write("a.bin", content)
        killed = 0
        for attempt in range(6):
            if self.kill_in_the_middle(0.02 * (attempt + 1), "put", "--resume", "--part-size", "5MiB", "--concurrency", "2", "a.bin", self.at):
                killed += 1
        [line] = self.run_program("put", "--json", "--resume", "--part-size", "5MiB", "a.bin", self.at).objects
        self.assertEqual(len(content), line["size"])
        self.assertTrue(content == self.run_program("cat", self.at + "a.bin").stdout)
        self.expect_no_upload("a.bin")
        self.assertGreater(killed, 0)

    def test_a_download_that_was_killed_is_resumed(self):
        content = self.content(40 * MIB)
        self.write("a.bin", content)
        self.run_program("put", "--part-size", "5MiB", "a.bin", self.at)
        killed = 0
        for attempt in range(6):
            if self.kill_in_the_middle(0.02 * (attempt + 1), "get", "--resume", "--part-size", "5MiB", "--concurrency", "2", self.at + "a.bin", "b.bin"):
                killed += 1
                if os.path.exists(self.path("b.bin")):  # it was through, and just about to end
                    self.assertTrue(content == self.read("b.bin"))
                    os.remove(self.path("b.bin"))
        self.run_program("get", "--resume", "--part-size", "5MiB", self.at + "a.bin", "b.bin")
        self.assertTrue(content == self.read("b.bin"))
        self.assertEqual(["a.bin", "b.bin"], self.names_in("work"))
        self.assertGreater(killed, 0)

    def begin_upload(self):
        """An upload of a.bin that was ended by a signal after its first part: its id."""
        self.write("a.bin", self.content(40 * MIB))
        process = self.start("put", "--resume", "--part-size", "5MiB", "--concurrency", "1", "-v", "a.bin", self.at, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = self.uploads("a.bin", "-l")
            if found and found[0]["parts"] > 0:
                break
            if process.poll() is not None:
                break
        process.terminate()
        _, text = process.communicate()
        return process.returncode, text.decode()

    def test_unfinished_uploads_are_listed_resumed_and_aborted(self):
        for _ in range(20):  # it may be through before the signal comes
            code, text = self.begin_upload()
            if code == 143:
                break
            self.run_program("rm", self.at + "a.bin")
        self.assertEqual(143, code, text)
        [upload] = self.uploads("a.bin", "--parts")
        self.assertEqual((self.bucket, "a.bin"), (upload["bucket"], upload["key"]))
        self.assertIn(upload["uploadId"], text)
        self.assertGreater(upload["size"], 0)
        self.assertIn(upload["uploadId"], self.run_program("uploads", "ls", self.at + "a.bin").text)

        self.assertEqual([], self.run_program("uploads", "abort", "--json", "--older-than", "1h", self.at + "a.bin").objects)
        [would] = self.run_program("uploads", "abort", "--json", "--dry-run", self.at + "a.bin").objects
        self.assertEqual(upload["uploadId"], would["uploadId"])
        self.run_program("uploads", "abort", "--upload-id", "another", self.at + "a.bin", code=3)
        self.assertEqual(1, len(self.uploads("a.bin")))

        [line] = self.run_program("uploads", "resume", "--json", "a.bin", self.at + "a.bin").objects
        self.assertTrue(line["resumed"])
        self.assertTrue(self.read("a.bin") == self.run_program("cat", self.at + "a.bin").stdout)
        self.run_program("uploads", "resume", "a.bin", self.at + "a.bin", code=3)
        self.assertEqual([], self.run_program("uploads", "abort", "--json", self.at + "a.bin").objects)

    def test_an_upload_that_a_signal_ends_leaves_nothing(self):
        self.write("a.bin", self.content(40 * MIB))
        process = self.start("put", "--part-size", "5MiB", "--concurrency", "1", "a.bin", self.at, stdin=subprocess.DEVNULL)
        while process.poll() is None and not self.uploads("a.bin"):
            pass
        process.terminate()
        process.communicate()
        self.expect_no_upload("a.bin")
        self.assertEqual([] if process.returncode == 143 else ["a.bin"], self.keys(self.bucket))

    def test_a_pipe_that_a_signal_ends_stores_nothing(self):
        process = self.start("put", "-", self.at + "a")
        process.stdin.write(self.content(9 * MIB))
        process.stdin.flush()
        process.terminate()
        self.assertEqual(143, process.wait(20))
        self.expect_no_upload("a")
        self.assertEqual([], self.keys(self.bucket))

    def test_a_resumed_download_makes_its_folder_and_is_not_taken_for_a_file_of_the_user(self):
        content = self.content(17 * MIB)
        self.write("a.bin", content)
        self.run_program("put", "a.bin", self.at)
        self.run_program("get", "--resume", self.at + "a.bin", "new/folder/")
        self.assertTrue(content == self.read("new/folder/a.bin"))
        self.run_program("get", "--resume", self.at + "none", "other/folder/", code=3)
        self.assertFalse(os.path.exists(self.path("other")))
        for ending in ("part", "journal"):
            self.write(f"new/folder/.objectstore-0123456789abcdef.{ending}", "unfinished")
        self.run_program("put", "-r", "new", self.at + "up/")
        self.assertEqual(["up/folder/a.bin"], self.keys(self.bucket, "up/"))
        self.run_program("sync", "--delete", self.at + "up/folder/", "new/folder")
        self.assertEqual(3, len(os.listdir(self.path("new/folder"))))

    def test_a_condition_that_does_not_hold_leaves_no_upload_to_resume(self):
        self.write("a.bin", self.content(17 * MIB))
        self.run_program("put", "a.bin", self.at)
        self.run_program("put", "--resume", "--if-none-match", "*", "a.bin", self.at, code=4)
        self.run_program("put", "--resume", "--if-match", "0123456789abcdef0123456789abcdef", "a.bin", self.at, code=4)
        self.expect_no_upload("a.bin")

    def test_a_signal_that_comes_twice_at_once_still_leaves_nothing(self):
        self.write("a.bin", self.content(40 * MIB))
        process = self.start("put", "--part-size", "5MiB", "--concurrency", "1", "a.bin", self.at, stdin=subprocess.DEVNULL)
        while process.poll() is None and not self.uploads("a.bin"):
            pass
        process.terminate()
        process.terminate()
        process.communicate()
        self.expect_no_upload("a.bin")

    def test_conditions_hold_for_large_objects(self):
        self.write("a.bin", self.content(17 * MIB))
        self.run_program("put", "--if-none-match", "*", "a.bin", self.at)
        self.run_program("put", "--if-none-match", "*", "a.bin", self.at, code=4)
        self.run_program("get", "--if-none-match", self.run_program("stat", "--json", self.at + "a.bin").objects[0]["etag"], self.at + "a.bin", "b", code=4)
        self.assertFalse(os.path.exists(self.path("b")))
        self.expect_no_upload("a.bin")

    def test_values_that_make_no_sense_are_refused(self):
        self.write("a", "x")
        for words in (
            ["--part-size", "4MiB", "put", "a", self.at],
            ["--part-size", "6GiB", "put", "a", self.at],
            ["--part-size", "many", "put", "a", self.at],
            ["--part-size", "99999999999999999999", "put", "a", self.at],
            ["--limit-rate", "0", "put", "a", self.at],
            ["--limit-rate", "fast", "put", "a", self.at],
            ["--limit-rate", "1p", "put", "a", self.at],
            ["--limit-rate", "5EiB", "put", "a", self.at],
            ["put", "-r", "--resume", ".", self.at],
            ["get", "--resume", self.at + "a", "-"],
            ["get", "--resume", "--range", "0-1", self.at + "a", "b"],
            ["uploads", "resume", "-", self.at + "a"],
            ["uploads", "abort", "-r", "--upload-id", "x", self.at + "a"],
            ["uploads", "abort", self.at],
            ["uploads"],
        ):
            with self.subTest(words=words):
                self.assertIn("objstore", self.run_program(*words, code=2).stderr)
        self.assertEqual([], self.keys(self.bucket))

    def test_resuming_standard_input_from_a_pipe_is_refused(self):
        self.run_program("put", "--resume", "-", self.at + "a", input=b"x", code=1)
        self.assertEqual([], self.keys(self.bucket))

    def test_limit_rate_bounds_bytes_a_second_in_both_directions(self):
        content = self.content(3 * MIB)
        self.write("a.bin", content)
        for words in (["put", "a.bin", self.at], ["get", self.at + "a.bin", "b.bin"]):
            with self.subTest(words=words):
                begin = time.monotonic()
                self.run_program("--limit-rate", "1MiB", *words)
                if STORE == "s3":  # a folder has no wire
                    self.assertGreater(time.monotonic() - begin, 1.5)
        self.assertTrue(content == self.read("b.bin"))
