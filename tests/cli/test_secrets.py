"""No secret is ever printed, by no verbosity, in no failure."""

import os
import subprocess

from harness import PROGRAM, SECRET_CANARY, TOKEN_CANARY, CliTest
from servers import FakeServer


class Secrets(CliTest):
    def test_no_output_holds_a_secret(self):
        self.env["AWS_SESSION_TOKEN"] = TOKEN_CANARY
        answers = [
            lambda _request, handler: handler.reply(200, b"", {"etag": '"abc"'}),
            lambda request, handler: handler.reply(403, b"<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>"),
            # A server that gives back what it was sent.
            lambda request, handler: handler.reply(400, f"<Error><Code>Bad</Code><Message>{request.headers}</Message></Error>".encode()),
            lambda request, handler: handler.drop(),
        ]
        for answer in answers:
            with FakeServer(answer) as server:
                for words in (["put", "-", "s3://bbb/k"], ["get", "s3://bbb/k", "-"], ["ls", "s3://bbb"], ["stat", "s3://bbb/k"]):
                    result = self.run_program("--endpoint", server.url, "--max-attempts", "1", "--debug", *words, input="x", code=None)
                    self.clean(result)

    def clean(self, result):
        text = result.text + result.stderr
        for secret in (SECRET_CANARY, TOKEN_CANARY):
            self.assertNotIn(secret, text)
        self.assertNotRegex(text, r"Signature=[0-9a-f]{64}")
        self.assertNotRegex(text, r"X-Amz-Signature=[0-9a-f]{64}")

    def test_a_presigned_url_is_on_standard_output_alone(self):
        result = self.run_program("--endpoint", "https://s3.example", "--debug", "presign", "s3://bbb/k")
        self.assertEqual(1, len(result.lines))
        self.assertIn("X-Amz-Signature=", result.text)
        self.assertNotIn("X-Amz-Signature=", result.stderr)
        self.assertNotIn(SECRET_CANARY, result.text + result.stderr)

    def test_bad_credentials_are_named_by_their_source(self):
        self.env["AWS_SECRET_ACCESS_KEY"] = SECRET_CANARY + "\n"
        result = self.run_program("--endpoint", "http://127.0.0.1:9", "--debug", "ls", code=5)
        self.assertNotIn(SECRET_CANARY, result.stderr)

    def test_the_process_title_and_its_files_hold_no_secret(self):
        process = self.start("put", "-", "s3://bbb/k")
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            self.assertNotIn(SECRET_CANARY.encode(), file.read())

    def test_a_webhook_url_with_a_password_is_not_printed(self):
        bucket = self.make_bucket()
        result = self.run_program("event", "receive", "--template", "k/{a}", "--field", "a=1", "--max-attempts", "1", "--debug", "--emit",
                                  "http://user:canaryPASSWORD@127.0.0.1:9/hook?token=canaryQUERY", f"s3://{bucket}", "-", input="{}", code=None)
        self.assertNotIn("canaryPASSWORD", result.text + result.stderr)
        self.assertNotIn("canaryQUERY", result.text + result.stderr)

    def test_the_spool_can_be_read_by_nobody_else(self):
        bucket = self.make_bucket()
        process = self.start("event", "receive", "--template", "k/{a}", "--field", "a=1", "--emit", "stdout:", f"s3://{bucket}", "-")
        process.stdin.write(b"x" * 100_000)
        process.stdin.flush()
        modes = []
        while not modes:
            self.assertIsNone(process.poll())
            for name in os.listdir(f"/proc/{process.pid}/fd"):
                path = f"/proc/{process.pid}/fd/{name}"
                try:
                    if "(deleted)" in os.readlink(path):
                        modes.append(os.stat(path).st_mode & 0o777)
                except OSError:
                    pass
        self.assertEqual([0o600], modes)
