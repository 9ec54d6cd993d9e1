"""put, get, cat, stat, cp, rm: what goes in comes out."""

import os

from harness import STORE, CliTest


class Objects(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}/"

    def test_a_file_comes_back_as_it_went_in(self):
        content = os.urandom(300_000)
        self.write("a.bin", content)
        self.run_program("put", "a.bin", self.at + "x/a.bin")
        self.run_program("get", self.at + "x/a.bin", "b.bin")
        self.assertEqual(content, self.read("b.bin"))
        self.assertEqual(content, self.run_program("cat", self.at + "x/a.bin").stdout)

    def test_put_is_silent_and_with_json_prints_an_object_reference(self):
        self.write("a.txt", "12345")
        self.assertEqual(b"", self.run_program("put", "a.txt", self.at).stdout)
        [line] = self.run_program("put", "--json", "a.txt", self.at).objects
        self.assertEqual(["bucket", "key", "etag", "size", "contentType"], list(line)[:5])
        self.assertEqual((self.bucket, "a.txt", 5, "text/plain"), (line["bucket"], line["key"], line["size"], line["contentType"]))
        self.assertEqual("a.txt", line["source"])
        self.assertFalse(line["resumed"])
        self.assertGreaterEqual(line["seconds"], 0)

    def test_a_target_that_is_a_folder_gets_the_file_name(self):
        self.write("sub/a.txt", "a")
        self.write("b.txt", "b")
        self.run_program("put", "sub/a.txt", "b.txt", self.at + "dir/")
        self.run_program("put", "sub/a.txt", f"s3://{self.bucket}")
        self.assertEqual(["a.txt", "dir/a.txt", "dir/b.txt"], self.keys(self.bucket))

    def test_two_sources_of_one_name_are_refused_before_anything_is_sent(self):
        self.write("x/a.txt", "1")
        self.write("y/a.txt", "2")
        result = self.run_program("put", "x/a.txt", "y/a.txt", self.at, code=2)
        self.assertIn("x/a.txt", result.stderr)
        self.assertEqual([], self.keys(self.bucket))

    def test_empty_objects_are_objects(self):
        self.write("empty", "")
        self.run_program("put", "empty", self.at)
        self.run_program("get", self.at + "empty", "back")
        self.assertEqual(b"", self.read("back"))

    def test_everything_given_to_put_is_shown_by_stat(self):
        self.write("a.dat", "x")
        self.run_program(
            "put", "--content-type", "text/x-test", "--cache-control", "max-age=60", "--content-disposition", "attachment",
            "--content-encoding", "identity", "--content-language", "de", "--expires", "2030-10-21T07:28:00Z",
            "--meta", "Owner=ana maria", "--meta", "ort=Köln", "--tag", "team=red", "a.dat", self.at)
        [line] = self.run_program("stat", "--json", self.at + "a.dat").objects
        expected = {
            "contentType": "text/x-test", "cacheControl": "max-age=60", "contentDisposition": "attachment", "contentEncoding": "identity",
            "contentLanguage": "de", "expires": "Mon, 21 Oct 2030 07:28:00 GMT", "metadata": {"owner": "ana maria", "ort": "Köln"}, "size": 1,
        }
        self.assertEqual(expected, {name: line.get(name) for name in expected})
        self.assertRegex(line["lastModified"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        text = self.run_program("stat", self.at + "a.dat").text
        for word in (self.at + "a.dat", "text/x-test", "meta owner", "ana maria", "attachment"):
            self.assertIn(word, text)

    def test_content_type_follows_the_name(self):
        for name, expected in (("a.JSON", "application/json"), ("b.tar.gz", "application/gzip"), ("c", "application/octet-stream")):
            self.write(name, "x")
            [line] = self.run_program("put", "--json", name, self.at).objects
            self.assertEqual(expected, line["contentType"])
        [line] = self.run_program("put", "--json", "-", self.at + "d.html", input="x").objects
        self.assertEqual("text/html", line["contentType"])

    def test_a_taken_key_is_kept_under_if_none_match(self):
        self.run_program("put", "-", self.at + "k", input="first", code=0)
        result = self.run_program("put", "--if-none-match", "*", "--json", "-", self.at + "k", input="second", code=4)
        [error] = result.errors
        self.assertEqual(("already_exists", self.bucket, "k"), (error["kind"], error["bucket"], error["key"]))
        self.assertEqual(b"first", self.run_program("cat", self.at + "k").stdout)

    def test_if_match_writes_over_the_named_etag_only(self):
        [line] = self.run_program("put", "--json", "-", self.at + "k", input="1").objects
        self.run_program("put", "--if-match", line["etag"], "-", self.at + "k", input="2")
        self.assertEqual(4, self.run_program("put", "--if-match", line["etag"], "-", self.at + "k", input="3", code=None).code)
        self.assertEqual(b"2", self.run_program("cat", self.at + "k").stdout)

    def test_ranges(self):
        self.run_program("put", "-", self.at + "k", input="0123456789")
        for text, expected in (("0-3", b"0123"), ("7-", b"789"), ("-2", b"89"), ("5-99", b"56789")):
            self.assertEqual(expected, self.run_program("get", "--range", text, self.at + "k", "-").stdout, text)
        self.run_program("get", "--range=-3", self.at + "k", "tail")
        self.assertEqual(b"789", self.read("tail"))
        self.run_program("get", "--range", "50-", self.at + "k", "beyond", code=2)
        self.assertFalse(os.path.exists(self.path("beyond")))

    def test_get_of_what_is_current_is_condition_failed(self):
        [line] = self.run_program("put", "--json", "-", self.at + "k", input="1").objects
        self.run_program("get", "--if-none-match", line["etag"], self.at + "k", "f", code=4)
        self.assertFalse(os.path.exists(self.path("f")))
        self.run_program("get", "--if-none-match", "0" * 32, self.at + "k", "f")

    def test_get_chooses_the_file(self):
        self.run_program("put", "-", self.at + "dir/name.txt", input="x")
        self.run_program("get", self.at + "dir/name.txt")
        os.mkdir(self.path("folder"))
        self.run_program("get", self.at + "dir/name.txt", "folder")
        [line] = self.run_program("get", "--json", self.at + "dir/name.txt", "new/folder/").objects
        for path in ("name.txt", "folder/name.txt", "new/folder/name.txt"):
            self.assertEqual(b"x", self.read(path))
        self.assertEqual("new/folder/name.txt", line["target"])
        self.assertEqual(self.at + "dir/name.txt", line["source"])

    def test_get_replaces_a_file_only_by_a_whole_object(self):
        self.write("f", "old")
        self.run_program("get", self.at + "missing", "f", code=3)
        self.assertEqual(b"old", self.read("f"))
        self.run_program("get", self.at + "missing", "no/folder/", code=3)
        self.assertFalse(os.path.exists(self.path("no")))

    def test_get_writes_into_devices_and_pipes_instead_of_replacing_them(self):
        self.run_program("put", "-", self.at + "k", input="x")
        self.run_program("get", self.at + "k", "/dev/null")
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_cat_goes_on_behind_a_missing_object(self):
        self.run_program("put", "-", self.at + "a", input="A")
        self.run_program("put", "-", self.at + "b", input="B")
        result = self.run_program("cat", self.at + "a", self.at + "missing", self.at + "b", code=3)
        self.assertEqual(b"AB", result.stdout)
        self.assertIn("1 of 3 failed", result.stderr)

    def test_cp_copies_with_all_attributes_and_changes_only_what_it_is_told(self):
        self.run_program("put", "--meta", "a=1", "--content-type", "text/csv", "-", self.at + "k", input="data")
        self.run_program("cp", self.at + "k", self.at + "copies/")
        [line] = self.run_program("stat", "--json", self.at + "copies/k").objects
        self.assertEqual(("text/csv", {"a": "1"}, 4), (line["contentType"], line["metadata"], line["size"]))
        self.run_program("cp", "--cache-control", "no-cache", "--meta", "b=2", self.at + "k", self.at + "k")
        [line] = self.run_program("stat", "--json", self.at + "k").objects
        self.assertEqual(("text/csv", "no-cache", {"a": "1", "b": "2"}), (line["contentType"], line["cacheControl"], line["metadata"]))
        self.assertEqual(b"data", self.run_program("cat", self.at + "k").stdout)

    def test_cp_between_buckets_and_with_files(self):
        other = self.make_bucket()
        self.write("f.txt", "file")
        self.run_program("cp", "f.txt", self.at)
        [line] = self.run_program("cp", "--json", self.at + "f.txt", f"s3://{other}/g.txt").objects
        self.assertEqual((other, "g.txt", 4), (line["bucket"], line["key"], line["size"]))
        self.run_program("cp", f"s3://{other}/g.txt", "h.txt")
        self.assertEqual(b"file", self.read("h.txt"))
        self.run_program("cp", self.at + "missing", f"s3://{other}/x", code=3)
        self.run_program("cp", "f.txt", "g.txt", code=2)

    def test_rm_takes_what_is_named_and_what_is_missing(self):
        for key in ("a", "b", "c"):
            self.run_program("put", "-", self.at + key, input="x")
        self.run_program("rm", self.at + "a", self.at + "b", self.at + "never-was")
        self.assertEqual(["c"], self.keys(self.bucket))

    def test_rm_r_takes_the_tree_and_nothing_that_only_looks_like_it(self):
        for key in ("dir/a", "dir/b/c", "dir-other/x", "directory"):
            self.run_program("put", "-", self.at + key, input="x")
        dry = self.run_program("rm", "-r", "--dry-run", self.at + "dir")
        self.assertEqual([self.at + "dir/a", self.at + "dir/b/c"], dry.lines)
        self.assertEqual(4, len(self.keys(self.bucket)))
        lines = self.run_program("rm", "-r", "--json", self.at + "dir").objects
        self.assertEqual(["dir", "dir/a", "dir/b/c"], [line["key"] for line in lines])
        self.assertEqual(["dir-other/x", "directory"], self.keys(self.bucket))
        self.run_program("rm", "-r", f"s3://{self.bucket}")
        self.assertEqual([], self.keys(self.bucket))

    def test_missing_things_are_exit_code_3_and_named(self):
        for words in (["get", self.at + "no"], ["cat", self.at + "no"], ["stat", self.at + "no"], ["put", "no-file", self.at],
                      ["ls", "s3://objstore-no-such-bucket-4711"], ["stat", "s3://objstore-no-such-bucket-4711"]):
            result = self.run_program(*words, code=3)
            self.assertIn("no", result.stderr)
            self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)

    def test_several_sources_go_on_behind_a_failure(self):
        self.write("a", "1")
        self.write("c", "3")
        result = self.run_program("put", "a", "missing", "c", self.at, code=3)
        self.assertIn("1 of 3 failed", result.stderr)
        self.assertEqual(["a", "c"], self.keys(self.bucket))

    def test_presign(self):
        if STORE == "file":
            self.run_program("presign", self.at + "k", code=1)
            return
        import urllib.request
        put = self.run_program("presign", "--method", "PUT", "--header", "content-type: text/x-a", "--expires", "1m", self.at + "ä b").text
        request = urllib.request.Request(put.strip(), data=b"body", method="PUT", headers={"content-type": "text/x-a"})
        urllib.request.urlopen(request).close()
        url = self.run_program("presign", self.at + "ä b").lines
        self.assertEqual(1, len(url))
        with urllib.request.urlopen(url[0]) as reply:
            self.assertEqual((b"body", "text/x-a"), (reply.read(), reply.headers["content-type"]))
        [line] = self.run_program("presign", "--json", self.at + "ä b").objects
        self.assertEqual(("GET", 900, "ä b"), (line["method"], line["expiresIn"], line["key"]))
