"""Many objects: put -r, get -r, cp -r, mv, rm -r, du, sync, filters and wildcards."""

import json
import os
import socket
import time

from harness import STORE, CliTest

TREE = {"a.txt": "1", "dir/b.txt": "22", "dir/deep/c.tmp": "333", "dir-x": "4", "sp ace/ä": "5"}


class Trees(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def make_tree(self, folder="tree", tree=TREE):
        for path, content in tree.items():
            self.write(os.path.join(folder, path), content)
        return folder

    def put_keys(self, *keys):
        for key in keys:
            self.run_program("put", "-", self.at + key, input=key)

    def tree_in(self, folder):
        found = {}
        for root, _, files in os.walk(self.path(folder)):
            for name in files:
                path = os.path.join(root, name)
                with open(path, encoding="utf-8") as file:
                    found[os.path.relpath(path, self.path(folder))] = file.read()
        return found

    def report(self, result):
        """The sums, which stand on standard error."""
        [sums] = [line for line in map(json.loads, result.stderr.splitlines()) if "copied" in line]
        return sums

    def test_a_folder_goes_up_and_comes_down(self):
        self.make_tree()
        result = self.run_program("--json", "put", "-r", "tree", self.at + "p")
        self.assertEqual(sorted(self.at + "p/" + path for path in TREE), sorted(line["target"] for line in result.objects))
        self.assertEqual({"text/plain"}, {line["contentType"] for line in result.objects if line["key"].endswith("txt")})
        sums = self.report(result)
        self.assertEqual((5, 8, 0), (sums["copied"], sums["bytes"], sums["failed"]))
        self.assertEqual(sorted("p/" + path for path in TREE), sorted(self.keys(self.bucket)))
        self.run_program("get", "-r", self.at + "p", "back", "--concurrency", "3")
        self.assertEqual(TREE, self.tree_in("back"))
        [line] = self.run_program("--json", "ls", self.at + "p/a.txt").objects
        modified = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(os.stat(self.path("back/a.txt")).st_mtime))
        self.assertTrue(line["lastModified"].startswith(modified), (line, modified))

    def test_several_folders_keep_their_names_and_files_go_beside(self):
        self.make_tree("one", {"x": "1"})
        self.make_tree("two", {"x": "2", "y/z": "3"})
        self.write("file", "4")
        self.run_program("put", "-r", "one", "./two/", "file", self.at + "p/")
        self.assertEqual(["p/file", "p/one/x", "p/two/x", "p/two/y/z"], self.keys(self.bucket))
        self.assertIn("is a folder", self.run_program("put", "one", self.at, code=2).stderr)

    def test_create_only_holds_for_every_object(self):
        self.make_tree("t", {"old": "new", "fresh": "new"})
        self.run_program("put", "-", self.at + "old", input="old")
        self.run_program("put", "-r", "--if-none-match", "*", "t", self.at, code=4)
        self.assertEqual((b"old", b"new"), (self.run_program("cat", self.at + "old").stdout, self.run_program("cat", self.at + "fresh").stdout))

    def test_filters_choose_among_paths(self):
        self.make_tree()
        self.run_program("put", "-r", "--exclude", "*.tmp", "--include", "dir/**", "--include", "/dir-x", "tree", self.at)
        self.assertEqual(["dir-x", "dir/b.txt"], self.keys(self.bucket))
        self.run_program("put", "-r", "tree", self.at)
        self.run_program("get", "-r", "--exclude", "dir/", self.at, "back")
        self.assertEqual({"a.txt", "dir-x", "sp ace/ä"}, set(self.tree_in("back")))
        self.run_program("rm", "-r", "--include", "*.tmp", self.at)
        self.assertEqual(sorted(set(TREE) - {"dir/deep/c.tmp"}), sorted(self.keys(self.bucket)))

    def test_wildcards_stand_for_what_matches_and_an_exact_key_for_itself(self):
        self.put_keys("logs/2026-01.gz", "logs/2026-02.gz", "logs/2025-12.gz", "logs/2026-01/x.gz", "logs/[2026]-01.gz")
        self.run_program("get", self.at + "logs/2026-*.gz", "one")
        self.assertEqual({"2026-01.gz", "2026-02.gz"}, set(self.tree_in("one")))
        self.run_program("get", "-r", self.at + "logs/2026-0?", "two")
        self.assertEqual({"2026-01/x.gz"}, set(self.tree_in("two")))
        self.run_program("get", "-r", self.at + "lo*", "three")
        self.assertEqual(5, len(self.tree_in("three")))
        self.run_program("cp", self.at + "logs/[2026]*", self.at + "copy/")
        self.assertEqual(["copy/[2026]-01.gz"], self.keys(self.bucket, "copy/"))
        self.run_program("get", self.at + "logs/1999-*", "four", code=3)
        self.put_keys("logs/2026-*.gz")
        self.run_program("get", self.at + "logs/2026-*.gz", "exact")
        self.assertEqual(b"logs/2026-*.gz", self.read("exact"))
        self.run_program("rm", self.at + "logs/2026-*.gz")  # addresses of rm are exact
        self.assertEqual(5, len(self.keys(self.bucket, "logs/")))

    def test_copies_between_prefixes_and_buckets(self):
        other = self.make_bucket()
        self.put_keys("p/a", "p/b/c", "px")
        self.run_program("cp", "-r", self.at + "p", f"s3://{other}/q")
        self.assertEqual(["q/a", "q/b/c"], self.keys(other))
        result = self.run_program("--json", "cp", "-r", "--dry-run", self.at + "p", f"s3://{other}/z")
        self.assertEqual([True, True], [line["dryRun"] for line in result.objects])
        self.assertEqual(["q/a", "q/b/c"], self.keys(other))
        self.assertIn("overlap", self.run_program("cp", "-r", self.at + "p", self.at + "p/inner", code=2).stderr)
        self.run_program("cp", "-r", self.at + "nothing", f"s3://{other}/q", code=3)

    def test_moves_take_the_source_away(self):
        self.put_keys("one", "p/a", "p/b/c", "p-x")
        self.run_program("mv", self.at + "one", self.at + "renamed")
        self.run_program("mv", "-r", self.at + "p", self.at + "q/")
        self.assertEqual(["p-x", "q/a", "q/b/c", "renamed"], self.keys(self.bucket))
        self.run_program("mv", self.at + "renamed", "down")
        self.assertEqual(b"one", self.read("down"))
        self.run_program("mv", "-r", self.at + "q", "tree")
        self.assertEqual({"a": "p/a", "b/c": "p/b/c"}, self.tree_in("tree"))
        self.assertEqual(["p-x"], self.keys(self.bucket))
        self.run_program("mv", "down", self.at)
        self.run_program("mv", "-r", "tree", self.at + "up/")
        self.assertEqual(["down", "p-x", "up/a", "up/b/c"], self.keys(self.bucket))
        self.assertEqual({}, self.tree_in("tree"))
        self.assertFalse(os.path.exists(self.path("down")))

    def test_what_cannot_be_moved_stays(self):
        self.put_keys("a")
        self.run_program("mv", self.at + "a", self.at + "a", code=2)
        self.run_program("mv", self.at + "a", "s3://no-such-bucket-here/", code=3)
        self.run_program("mv", self.at + "a", "/dev/null/x", code=None)
        self.write("file", "x")
        self.run_program("mv", "file", "s3://no-such-bucket-here/", code=3)
        self.run_program("mv", "missing", self.at, code=3)
        self.assertEqual(["a"], self.keys(self.bucket))
        self.assertEqual(b"x", self.read("file"))

    def test_du_counts_bytes_and_objects(self):
        self.put_keys("dir/a", "dir/b.tmp", "dir-other")
        [line] = self.run_program("--json", "du", self.at + "dir").objects
        self.assertEqual({"bucket": self.bucket, "prefix": "dir", "objects": 2, "bytes": 5 + 9}, line)
        self.assertEqual([str(5 + 9 + 9), "3", self.at.rstrip("/")], self.run_program("du", self.at).text.split())
        if STORE == "file":  # MinIO has no key beside its own folder
            self.put_keys("dir")
            self.assertEqual("3", self.run_program("du", self.at + "dir").text.split()[1])
        self.assertEqual("5", self.run_program("du", "--exclude", "*.tmp", self.at + "dir/").text.split()[0])
        self.run_program("du", "s3://no-such-bucket-here", code=3)

    def test_sync_copies_what_changed_in_both_directions(self):
        self.make_tree()
        self.assertEqual(5, self.report(self.run_program("--json", "sync", "tree", self.at + "p"))["copied"])
        again = self.report(self.run_program("--json", "sync", "tree", self.at + "p"))
        self.assertEqual((0, 5), (again["copied"], again["unchanged"]))
        self.run_program("sync", self.at + "p", "back")
        self.assertEqual(TREE, self.tree_in("back"))
        self.assertEqual(0, self.report(self.run_program("--json", "sync", self.at + "p", "back"))["copied"])
        self.write("tree/a.txt", "longer")
        os.utime(self.path("tree/dir-x"), (time.time() + 3600,) * 2)
        result = self.run_program("--json", "sync", "--dry-run", "tree", self.at + "p")
        self.assertEqual(["tree/a.txt", "tree/dir-x"], [line["source"] for line in result.objects])
        by_content = self.report(self.run_program("--json", "sync", "--checksum", "tree", self.at + "p"))
        self.assertEqual((1, 4), (by_content["copied"], by_content["unchanged"]))

    def test_sync_deletes_only_when_asked_and_within_bounds(self):
        self.make_tree()
        self.put_keys("p/extra1", "p/extra2", "p/extra.log", "other")
        self.run_program("sync", "tree", self.at + "p")
        self.assertEqual(9, len(self.keys(self.bucket)))
        sync = ["sync", "--delete", "--exclude", "*.log"]
        result = self.run_program(*sync, "--max-delete", "1", "tree", self.at + "p", code=4)
        self.assertIn("2 objects would be deleted", result.stderr)
        result = self.run_program(*sync, "--dry-run", "tree", self.at + "p")
        self.assertEqual([f"delete {self.at}p/extra1", f"delete {self.at}p/extra2"], result.lines)
        result = self.run_program("--json", *sync, "--max-delete", "2", "tree", self.at + "p")
        self.assertEqual([("p/extra1", True), ("p/extra2", True)], [(line["key"], line["deleted"]) for line in result.objects])
        self.assertEqual(7, len(self.keys(self.bucket)))
        self.write("back/extra", "x")
        [line] = [line for line in self.run_program("--json", *sync, self.at + "p", "back").objects if "deleted" in line]
        self.assertEqual({"path": "back/extra", "deleted": True}, line)
        self.assertNotIn("extra", self.tree_in("back"))

    def test_keys_that_would_leave_the_folder_are_refused_and_the_rest_comes(self):
        if STORE == "s3":
            self.skipTest("MinIO takes no such keys")
        self.put_keys("p/../up", "p//abs", "p/a", "p/a/b", "p/" + "n" * 256, "p/good")
        result = self.run_program("--json", "get", "-r", self.at + "p", "back", code=1)
        self.assertEqual({"a", "good"}, set(self.tree_in("back")))
        self.assertEqual(["conflict", "invalid_argument", "invalid_argument", "invalid_argument"], sorted(error["kind"] for error in result.errors))
        self.assertEqual(["back"], os.listdir(self.work))
        self.assertIn('"failed":4', result.stderr)

    def test_what_cannot_be_read_is_named_and_the_rest_goes_on(self):
        self.make_tree()
        os.chmod(self.write("tree/locked", "x"), 0)
        os.makedirs(self.path("tree/shut"))
        self.write("tree/shut/in", "x")
        os.mkfifo(self.path("tree/fifo"))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.join(self.folder, "s"))
            os.rename(os.path.join(self.folder, "s"), self.path("tree/socket"))
        with open(os.path.join(os.fsencode(self.path("tree")), b"bad\xff"), "wb"):
            pass
        os.symlink("nowhere", self.path("tree/dangling"))
        os.symlink("..", self.path("tree/dir/up"))
        self.drop_privileges()
        os.chmod(self.path("tree/shut"), 0)
        try:
            result = self.run_program("put", "-r", "tree", self.at, code=1)
        finally:
            os.chmod(self.path("tree/shut"), 0o700)
        self.assertEqual(sorted(TREE), sorted(self.keys(self.bucket)))
        for name in ("locked", "shut", "bad", "dangling", "fifo", "socket", "dir/up"):
            self.assertEqual(1, sum(f"tree/{name}" in line for line in result.stderr.splitlines()), (name, result.stderr))
        self.assertIn("4 of 9 failed", result.stderr)

    def test_failures_of_one_kind_give_its_exit_code(self):
        self.make_tree("t", {"a": "1", "b": "2"})
        os.symlink("nowhere", self.path("t/c"))
        self.run_program("put", "-r", "t", self.at, code=3)
        self.run_program("put", "-r", "--no-follow-symlinks", "t", self.at)
        self.run_program("put", "-r", "missing", self.at, code=3)
        self.run_program("get", "-r", self.at + "missing", "x", code=3)

    def test_to_another_endpoint_everything_passes_through_here(self):
        large = os.urandom(3_000_000)
        self.run_program("put", "--meta", "owner=ana", "--content-type", "text/x", "-", self.at + "p/large", input=large)
        self.put_keys("p/small")
        there = "file:" + os.path.join(self.folder, "there")
        self.run_program("--endpoint", there, "mb", "s3://copy")
        self.run_program("sync", "--to-endpoint", there, self.at + "p", "s3://copy/q")
        self.assertEqual(large, self.run_program("--endpoint", there, "cat", "s3://copy/q/large").stdout)
        [line] = self.run_program("--endpoint", there, "--json", "stat", "s3://copy/q/large").objects
        self.assertEqual(("text/x", {"owner": "ana"}), (line["contentType"], line["metadata"]))
        self.assertEqual(0, self.report(self.run_program("--json", "sync", "--to-endpoint", there, self.at + "p", "s3://copy/q"))["copied"])
        self.run_program("cp", "--to-endpoint", there, self.at + "p/small", "s3://copy/renamed")
        self.assertEqual(b"p/small", self.run_program("--endpoint", there, "cat", "s3://copy/renamed").stdout)
        self.run_program("mv", "--to-endpoint", there, self.at + "p/small", "s3://copy/moved")
        self.assertEqual(["p/large"], self.keys(self.bucket))
        self.run_program("cp", "--to-endpoint", there, "file", "s3://copy/", code=2)

    def test_flags_that_need_a_tree_or_make_no_sense_are_refused(self):
        self.write("f", "x")
        for words, expected in (
            (["put", "--include", "*", "f", self.at], "--include needs -r"),
            (["get", "--dry-run", self.at + "k"], "--dry-run needs -r or a wildcard"),
            (["get", "-r", "--range", "0-1", self.at], "--range is about one object"),
            (["put", "-r", "--if-match", "e", ".", self.at], "--if-match is about one object"),
            (["put", "-r", "--exclude", "[", ".", self.at], "--exclude: '['"),
            (["cp", "-r", "--meta", "a=b", self.at, self.at + "x/"], "keep what is stored"),
            (["sync", "a", "b"], "has to begin with s3://"),
            (["sync", "-", self.at], "'-' is one stream"),
            (["sync", "--max-delete", "1", ".", self.at], "--max-delete needs --delete"),
            (["sync", "--to-profile", "x", self.at, self.at + "y/"], "--to-profile needs --to-endpoint"),
            (["mv", "-", self.at], "'-' cannot be moved"),
            (["mv", self.at, "x"], "-r moves what it holds"),
            (["rm", "--include", "*", self.at + "k"], "--include needs -r"),
            (["ls", "--concurrency", "0", self.at], "--concurrency: '0'"),
        ):
            with self.subTest(words=words):
                self.assertIn(expected, self.run_program(*words, code=2).stderr)
        self.assertEqual([], self.keys(self.bucket))

    def test_quiet_says_nothing_and_text_output_sums_up(self):
        self.make_tree()
        result = self.run_program("-q", "put", "-r", "tree", self.at)
        self.assertEqual((b"", ""), (result.stdout, result.stderr))
        result = self.run_program("sync", "tree", self.at)
        self.assertEqual((b"", "objstore: copied 0 (0 B), 5 unchanged\n"), (result.stdout, result.stderr))
