"""What a server does wrong becomes the exit code and the error object of the contract."""

import os

from harness import CliTest
from servers import FakeServer

XML = b'<?xml version="1.0"?><Error><Code>%s</Code><Message>said the server</Message></Error>'


def always(status, code=b"", headers=None):
    def answer(request, handler):
        body = XML % code if code else b""
        handler.reply(status, b"" if request.method == "HEAD" else body, {"x-amz-request-id": "REQ-1", "x-amz-id-2": "HOST-2", **(headers or {})})

    return answer


class Failures(CliTest):
    def against(self, answer, *words, code, input=b"x"):
        with FakeServer(answer) as server:
            self.server = server
            return self.run_program("--endpoint", server.url, *words, code=code, input=input)

    def test_denied_is_5_with_all_that_the_server_said(self):
        result = self.against(always(403, b"AccessDenied"), "--json", "get", "s3://bbb/k", "f", code=5)
        [error] = result.errors
        self.assertEqual(
            {"kind": "permission_denied", "operation": "download", "bucket": "bbb", "key": "k", "httpStatus": 403, "serviceCode": "AccessDenied",
             "requestId": "REQ-1", "hostId": "HOST-2", "attempts": 1},
            {name: error[name] for name in ("kind", "operation", "bucket", "key", "httpStatus", "serviceCode", "requestId", "hostId", "attempts")})
        self.assertIn("said the server", error["message"])
        text = self.against(always(403, b"AccessDenied"), "get", "s3://bbb/k", "f", code=5).stderr
        self.assertRegex(text, r"^objstore: get s3://bbb/k: .*\(permission_denied, HTTP 403, AccessDenied, request id REQ-1\)\n$")
        self.assertEqual([], os.listdir(self.work))

    def test_a_wrong_key_is_5(self):
        self.against(always(403, b"InvalidAccessKeyId"), "ls", "s3://bbb", code=5)
        self.against(always(403, b"SignatureDoesNotMatch"), "ls", "s3://bbb", code=5)

    def test_no_credentials_is_5_and_nothing_is_sent(self):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del self.env[name]
        self.against(None, "get", "s3://bbb/k", "-", code=5)
        self.assertEqual([], self.server.requests)
        self.against(always(404, b"NoSuchKey"), "--no-sign-request", "get", "s3://bbb/k", "-", code=3)
        self.assertNotIn("authorization", self.server.requests[0].headers)

    def test_unavailable_is_6_after_all_attempts(self):
        result = self.against(always(503, b"SlowDown"), "--max-attempts", "2", "--json", "stat", "s3://bbb/k", code=6)
        self.assertEqual(2, result.errors[0]["attempts"])
        self.assertEqual(2, len(self.server.requests))
        self.run_program("--endpoint", "http://127.0.0.1:9", "--max-attempts", "1", "ls", code=6)

    def test_a_deadline_is_6(self):
        def never(_request, handler):
            self.server.stopping.wait(30)
            handler.drop()

        result = self.against(never, "--timeout", "300ms", "--json", "stat", "s3://bbb/k", code=6)
        self.assertEqual("timeout", result.errors[0]["kind"])

    def test_a_short_body_is_no_file(self):
        def short(request, handler):
            handler.send_response(200)
            handler.send_header("content-length", "100")
            handler.send_header("etag", '"abc"')
            handler.end_headers()
            handler.wfile.write(b"only this")
            handler.drop()

        self.assertIn(self.against(short, "--max-attempts", "2", "get", "s3://bbb/k", "f", code=None).code, (6, 7))
        self.assertEqual([], os.listdir(self.work))

    def test_garbage_is_7(self):
        self.against(lambda _request, handler: handler.reply(200, b"<!DOCTYPE html><p>hello", {"content-type": "text/html"}), "ls", "s3://bbb", code=7)

    def test_a_lost_reply_that_cannot_be_settled_is_8(self):
        def answer(request, handler):
            if request.method == "PUT":
                handler.drop()
            else:
                handler.reply(500)

        result = self.against(answer, "--json", "--max-attempts", "2", "put", "--if-none-match", "*", "-", "s3://bbb/k", code=8)
        self.assertEqual("outcome_unknown", result.errors[0]["kind"])

    def test_failures_of_different_kinds_are_1(self):
        def answer(request, handler):
            always(404, b"NoSuchKey")(request, handler) if request.path.endswith("/a") else always(403, b"AccessDenied")(request, handler)

        result = self.against(answer, "cat", "s3://bbb/a", "s3://bbb/b", code=1)
        self.assertIn("2 of 2 failed", result.stderr)
        result = self.against(answer, "--json", "cat", "s3://bbb/a", "s3://bbb/b", code=1)
        self.assertEqual('{"failed":2,"total":2}', result.stderr.splitlines()[-1])

    def test_verbose_says_one_line_a_request_and_debug_shows_headers(self):
        verbose = self.against(always(404, b"NoSuchKey"), "-v", "stat", "s3://bbb/k", code=3).stderr
        self.assertIn("HEAD", verbose)
        self.assertNotIn("x-amz-date", verbose)
        debug = self.against(always(404, b"NoSuchKey"), "--debug", "stat", "s3://bbb/k", code=3).stderr
        self.assertIn("x-amz-date", debug)

    def test_attributes_go_out_as_headers(self):
        def answer(_request, handler):
            handler.reply(200, b"", {"etag": '"e"'})

        self.against(answer, "put", "--storage-class", "STANDARD_IA", "--sse", "aws:kms:key-1", "--tag", "a=b c", "-", "s3://bbb/k", code=0)
        headers = self.server.requests[0].headers
        self.assertEqual(("STANDARD_IA", "aws:kms", "key-1", "a=b%20c"),
                         tuple(headers["x-amz-" + name] for name in ("storage-class", "server-side-encryption", "server-side-encryption-aws-kms-key-id", "tagging")))

    def test_stat_shows_dates_that_are_none_as_they_are(self):
        for expires in ("0", "-1", "soon", "Wed, 32 Oct 2026 07:28:00 GMT"):
            def answer(_request, handler, stored=expires):
                handler.reply(200, b"", {"etag": '"e"', "expires": stored})

            with self.subTest(expires=expires):
                [line] = self.against(answer, "stat", "--json", "s3://bbb/k", code=0).objects
                self.assertEqual(expires, line["expires"])
                self.assertNotIn("lastModified", line)  # the server told none
                lines = self.against(answer, "stat", "s3://bbb/k", code=0).lines
                self.assertIn("  expires             " + expires, lines)
                self.assertFalse([line for line in lines if "last modified" in line])

    def test_a_last_modified_that_is_no_date_is_said_to_be_broken(self):
        for modified in ("yesterday", "", "Wed, 32 Oct 2026 07:28:00 GMT"):
            def answer(_request, handler, stored=modified):
                handler.reply(200, b"", {"etag": '"e"', "last-modified": stored})

            with self.subTest(modified=modified):
                [error] = self.against(answer, "stat", "--json", "s3://bbb/k", code=7).errors
                self.assertEqual("corrupt", error["kind"])
                self.assertIn("Last-Modified is no date", error["message"])

    def test_files_and_folders_without_permission_are_5_and_named(self):
        self.drop_privileges()
        bucket = self.make_bucket()
        self.run_program("put", "-", f"s3://{bucket}/k", input="x")
        os.chmod(self.write("locked", "x"), 0)
        os.mkdir(self.path("read-only"), 0o555)
        store = os.path.join(self.folder, "store", bucket)
        for words, path in (
            (["put", "locked", f"s3://{bucket}/new"], "locked"),
            (["get", f"s3://{bucket}/k", "read-only/f"], "read-only"),
            (["get", f"s3://{bucket}/k", "read-only/"], "read-only"),
        ):
            with self.subTest(words=words):
                [error] = self.run_program("--json", *words, code=5).errors
                self.assertEqual("permission_denied", error["kind"])
                self.assertIn(path, error["message"])
        self.assertEqual(([], ["k"]), (os.listdir(self.path("read-only")), self.keys(bucket)))
        os.chmod(store, 0)
        try:
            for words in (["cat", f"s3://{bucket}/k"], ["ls", f"s3://{bucket}"], ["rm", f"s3://{bucket}/k"]):
                with self.subTest(words=words):
                    [error] = self.run_program("--json", *words, code=5).errors
                    self.assertEqual("permission_denied", error["kind"])
        finally:
            os.chmod(store, 0o700)

    def test_a_profile_that_is_missing_is_5(self):
        self.run_program("--profile", "nobody", "ls", code=5)
