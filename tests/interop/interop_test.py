"""What we write, boto3 reads, and the other way round; presigned URLs in the hands of plain curl.

Run by run.sh. Each table entry is a subtest, so that one failure does not hide the others.
"""

import argparse
import base64
import email.header
import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.parse
import uuid

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from hostile_keys import (CLIENT, KEYS, METADATA, METADATA_BEYOND_ASCII, METADATA_REFUSED, RENAMED, SERVER, STORED)

ENDPOINT = os.environ["OBJECTSTORE_TEST_S3"]
ACCESS_KEY = os.environ["OBJECTSTORE_TEST_ACCESS_KEY"]
SECRET_KEY = os.environ["OBJECTSTORE_TEST_SECRET_KEY"]
STORED_KEYS = [(name, key) for name, key, verdict in KEYS if verdict == STORED]
# XML 1.0 has no way to write these; boto3 writes them all the same when it deletes several keys at once.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class AgentError(Exception):
    """An error as our library reports it."""

    def __init__(self, error):
        super().__init__(f"{error['kind']} {error['status']} {error['code']}: {error['message']}")
        self.kind = error["kind"]
        self.code = error["code"]
        self.status = error["status"]


class Agent:
    """Our library, by way of interop_agent."""

    def __init__(self, program):
        clean = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**kept, **clean})

    def call(self, op, bucket, **arguments):
        for name in ("key", "body", "source", "prefix", "start_after"):
            if name in arguments:
                arguments[name] = base64.b64encode(arguments[name]).decode()
        if "keys" in arguments:
            arguments["keys"] = [base64.b64encode(key).decode() for key in arguments["keys"]]
        self.process.stdin.write(json.dumps({"op": op, "bucket": bucket, **arguments}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"interop_agent ended during {op}")
        reply = json.loads(line.decode(errors="replace"))  # a message may show bytes that are no text
        if "error" in reply:
            raise AgentError(reply["error"])
        for name in ("key", "body"):
            if name in reply:
                reply[name] = base64.b64decode(reply[name])
        return reply

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(timeout=30)


def boto_client():
    return boto3.client(
        "s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"mode": "standard", "total_max_attempts": 3}))


def curl(url, *arguments):
    """Status and body of one request by plain curl, which knows nothing of S3."""
    done = subprocess.run(
        ["curl", "-q", "-s", "-S", "-g", "--path-as-is", "--noproxy", "*", "--max-time", "60", "-w", "\n%{http_code}", *arguments, url],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"curl failed ({done.returncode}): {done.stderr.decode(errors='replace')}")
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def body_for(key):
    return b"body of " + key


class InteropTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Agent(AGENT)
        cls.boto = boto_client()
        cls.bucket = "interop-" + uuid.uuid4().hex[:12]
        made = cls.boto.create_bucket(Bucket=cls.bucket)
        cls.is_minio = made["ResponseMetadata"]["HTTPHeaders"].get("server") == "MinIO"

    @classmethod
    def tearDownClass(cls):
        cls.clear()
        cls.boto.delete_bucket(Bucket=cls.bucket)
        if cls.agent.close() != 0:
            raise RuntimeError("interop_agent did not end well")

    def setUp(self):
        self.clear()

    # boto3's side -----------------------------------------------------------------------------------------------------------------

    @classmethod
    def boto_keys(cls, **arguments):
        keys = []
        for page in cls.boto.get_paginator("list_objects_v2").paginate(Bucket=cls.bucket, **arguments):
            keys += [item["Key"].encode() for item in page.get("Contents", [])]
            keys += [item["Prefix"].encode() for item in page.get("CommonPrefixes", [])]
        return sorted(keys)

    @classmethod
    def clear(cls):
        for key in cls.boto_keys():
            cls.boto.delete_object(Bucket=cls.bucket, Key=key.decode())

    def boto_put(self, key, body=b"x", **arguments):
        return self.boto.put_object(Bucket=self.bucket, Key=key.decode(), Body=body, **arguments)

    def boto_get(self, key):
        reply = self.boto.get_object(Bucket=self.bucket, Key=key.decode())
        return {**reply, "Body": reply["Body"].read()}

    def boto_has(self, key):
        try:
            self.boto.head_object(Bucket=self.bucket, Key=key.decode())
            return True
        except ClientError as error:
            self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 404)
            return False

    # Our side ---------------------------------------------------------------------------------------------------------------------

    def ours(self, op, **arguments):
        return self.agent.call(op, self.bucket, **arguments)

    def our_entries(self, **arguments):
        return [base64.b64decode(entry["key"]) for entry in self.ours("list", **arguments)["entries"]]

    def assert_refused(self, kind, op, **arguments):
        with self.assertRaises(AgentError) as raised:
            self.ours(op, **arguments)
        self.assertEqual(raised.exception.kind, kind, raised.exception)
        return raised.exception

    # Keys -------------------------------------------------------------------------------------------------------------------------

    def test_table_is_as_large_as_promised(self):
        self.assertGreaterEqual(len(KEYS), 40)
        self.assertEqual(len(KEYS), len({key for _, key, _ in KEYS}))
        self.assertEqual(len(KEYS), len({name for name, _, _ in KEYS}))

    def test_boto3_reads_what_we_write_under_every_key(self):
        for name, key in STORED_KEYS:
            with self.subTest(name):
                written = self.ours("put", key=key, body=body_for(key))
                read = self.boto_get(key)
                self.assertEqual(read["Body"], body_for(key))
                self.assertEqual(read["ETag"].strip('"'), written["etag"])
        self.assertEqual(self.boto_keys(), sorted(key for _, key in STORED_KEYS))

    def test_we_read_what_boto3_writes_under_every_key(self):
        for name, key in STORED_KEYS:
            with self.subTest(name):
                written = self.boto_put(key, body_for(key))
                read = self.ours("get", key=key)
                self.assertEqual(read["body"], body_for(key))
                self.assertEqual(read["key"], key)
                self.assertEqual(read["etag"], written["ETag"].strip('"'))
                head = self.ours("head", key=key)
                self.assertEqual((head["size"], head["etag"]), (len(body_for(key)), read["etag"]))

    def test_listings_are_the_same_by_every_prefix_delimiter_and_page_size(self):
        for _, key in STORED_KEYS:
            self.boto_put(key)
        everything = sorted(key for _, key in STORED_KEYS)
        for size in (1, 2, 7, 1000):
            with self.subTest("pages", size=size):
                self.assertEqual(self.our_entries(page_size=size), everything)
        prefixes = sorted({key[:length] for key in everything for length in (0, 1, 2) if is_utf8(key[:length])})
        for prefix in prefixes:
            with self.subTest("prefix", prefix=prefix):
                if prefix in (b".", b"..") and self.is_minio:  # it takes them for paths
                    self.assertEqual(self.assert_refused("invalid_argument", "list", prefix=prefix).status, 400)
                    continue
                self.assertEqual(self.our_entries(prefix=prefix), [key for key in everything if key.startswith(prefix)])
                self.assertEqual(sorted(self.our_entries(prefix=prefix, delimiter="/", page_size=3)),
                                 self.boto_keys(Prefix=prefix.decode(), Delimiter="/"))
        for start in everything:
            with self.subTest("start after", start=start):
                self.assertEqual(self.our_entries(start_after=start), [key for key in everything if key > start])

    def test_what_either_deletes_is_gone_for_the_other(self):
        for name, key in STORED_KEYS:
            with self.subTest(name):
                self.boto_put(key)
                self.ours("delete", key=key)
                self.assertFalse(self.boto_has(key))
                self.ours("delete", key=key)  # again: missing is success
                self.ours("put", key=key, body=b"x")
                self.boto.delete_object(Bucket=self.bucket, Key=key.decode())
                self.assertEqual(self.assert_refused("not_found", "head", key=key).status, 404)
                self.assertEqual(self.assert_refused("not_found", "get", key=key).code, "NoSuchKey")

    def test_many_keys_deleted_at_once_are_gone_and_no_others(self):
        for _, key in STORED_KEYS:
            self.boto_put(key)
        kept = b"plain.txt"
        doomed = [key for _, key in STORED_KEYS if key != kept]
        reply = self.ours("delete_many", keys=doomed)
        failed = [base64.b64decode(outcome["key"]) for outcome in reply["failed"]]
        # A key that XML cannot carry may be refused, with an error of its own; it must not be reported as deleted and stay.
        for key in failed:
            self.assertRegex(key.decode(), NOT_IN_XML)
        self.assertEqual(self.boto_keys(), sorted([kept] + failed))

    def test_a_copy_carries_bytes_and_metadata_from_and_to_every_key(self):
        for name, key in STORED_KEYS:
            with self.subTest(name):
                self.boto_put(key, body_for(key), Metadata={"from": "boto3"})
                self.ours("copy", source=key, key=b"copy")
                self.assertEqual(self.boto_get(b"copy")["Body"], body_for(key))
                self.assertEqual(self.boto_get(b"copy")["Metadata"], {"from": "boto3"})
                self.boto.delete_object(Bucket=self.bucket, Key=key.decode())
                self.ours("copy", source=b"copy", key=key)
                self.assertEqual(self.boto_get(key)["Body"], body_for(key))

    def test_keys_the_server_refuses_are_typed_errors_on_both_sides(self):
        if not self.is_minio:
            self.skipTest("the table says what MinIO refuses")
        for name, key in [(name, key) for name, key, verdict in KEYS if verdict == SERVER]:
            with self.subTest(name):
                error = self.assert_refused("invalid_argument", "put", key=key, body=b"x")
                self.assertEqual(error.status, 400)
                with self.assertRaises(ClientError) as raised:
                    self.boto_put(key)
                self.assertEqual(error.code, raised.exception.response["Error"]["Code"])
                self.assertTrue(error.code.startswith("XMinioInvalid"), error.code)
        self.assertEqual(self.boto_keys(), [])

    def test_keys_the_server_renames_are_one_object_for_both_sides(self):
        if not self.is_minio:
            self.skipTest("the table says what MinIO refuses")
        for name, key in [(name, key) for name, key, verdict in KEYS if verdict == RENAMED]:
            with self.subTest(name):
                self.ours("put", key=key, body=body_for(key))
                self.assertEqual(self.boto_get(key)["Body"], body_for(key))
                self.assertEqual(self.ours("get", key=key)["body"], body_for(key))
                self.assertEqual(self.our_entries(), [key.lstrip(b"/")])
                self.assertEqual(self.our_entries(), self.boto_keys())
                self.ours("delete", key=key)
                self.assertEqual(self.boto_keys(), [])

    def test_what_is_no_key_is_refused_before_it_is_sent(self):
        for name, key in [(name, key) for name, key, verdict in KEYS if verdict == CLIENT]:
            with self.subTest(name):
                for op in ("put", "get", "head", "delete", "presign"):
                    error = self.assert_refused("invalid_argument", op, key=key, body=b"x", method="GET", expires=60)
                    self.assertEqual(error.status, 0, f"{op} was sent")
                with self.assertRaises((ClientError, ParamValidationError, UnicodeError)):
                    self.boto_put(key)
        self.assertEqual(self.boto_keys(), [])

    # Attributes and bodies --------------------------------------------------------------------------------------------------------

    def test_metadata_we_write_is_what_boto3_reads(self):
        for name, value, expected in METADATA:
            with self.subTest(name):
                self.ours("put", key=b"m", body=b"x", metadata={"note": value})
                self.assertEqual(self.boto_get(b"m")["Metadata"], {"note": expected})
                self.assertEqual(self.ours("head", key=b"m")["metadata"], {"note": expected})

    def test_metadata_boto3_writes_is_what_we_read(self):
        for name, value, _ in METADATA:
            with self.subTest(name):
                self.boto_put(b"m", Metadata={"note": value})
                stored = {"note": value.strip()}  # doubled spaces inside are as others stored them
                self.assertEqual(self.ours("head", key=b"m")["metadata"], stored)
                self.assertEqual(self.ours("get", key=b"m")["metadata"], stored)

    def test_metadata_beyond_ascii_survives(self):
        for name, value in METADATA_BEYOND_ASCII:
            with self.subTest(name):
                self.ours("put", key=b"m", body=b"x", metadata={"note": value})
                self.assertEqual(self.ours("head", key=b"m")["metadata"], {"note": value})
                self.assertEqual(decoded_header(self.boto_get(b"m")["Metadata"]["note"]), value)

    def test_metadata_no_header_can_carry_is_refused_before_it_is_sent(self):
        for name, value in METADATA_REFUSED:
            with self.subTest(name):
                error = self.assert_refused("invalid_argument", "put", key=b"m", body=b"x", metadata={"note": value})
                self.assertEqual(error.status, 0)
        self.assertFalse(self.boto_has(b"m"))

    def test_metadata_names_and_many_of_them(self):
        ours = {f"name-{i}": f"value {i}" for i in range(20)} | {"a.b_c": "token", "0": "digit"}
        self.ours("put", key=b"m", body=b"x", metadata=ours)
        self.assertEqual(self.boto_get(b"m")["Metadata"], ours)
        self.boto_put(b"m", Metadata={"UPPER": "Case", "Mixed-Name": "v"})
        self.assertEqual(self.ours("head", key=b"m")["metadata"], {"upper": "Case", "mixed-name": "v"})

    def test_attributes_survive_both_ways(self):
        ours = {"content_type": "text/csv; charset=utf-8", "cache_control": "max-age=3600, no-transform",
                "content_disposition": "attachment; filename=\"a b.csv\"", "content_encoding": "x-own", "content_language": "de-AT",
                "expires": "Wed, 21 Oct 2026 07:28:00 GMT"}
        names = {"content_type": "ContentType", "cache_control": "CacheControl", "content_disposition": "ContentDisposition",
                 "content_encoding": "ContentEncoding", "content_language": "ContentLanguage", "expires": "ExpiresString"}
        self.ours("put", key=b"ours", body=b"a,b\n", tags={"team": "a b+c", "k/=": "v:1"}, **ours)
        read = self.boto_get(b"ours")
        for name, value in ours.items():
            with self.subTest(name):
                self.assertEqual(read[names[name]], value)
        tags = self.boto.get_object_tagging(Bucket=self.bucket, Key="ours")["TagSet"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, {"team": "a b+c", "k/=": "v:1"})

        theirs = {names[name]: value for name, value in ours.items() if name != "expires"}
        self.boto_put(b"theirs", b"a,b\n", Expires="Wed, 21 Oct 2026 07:28:00 GMT", **theirs)
        read = self.ours("head", key=b"theirs")
        for name, value in ours.items():
            with self.subTest(name):
                self.assertEqual(read[name], value)

    def test_bodies_of_all_kinds_are_the_same_bytes_both_ways(self):
        bodies = {"empty": b"", "one byte": b"\x00", "all bytes": bytes(range(256)) * 5, "looks like an error": b"<Error><Code>NoSuchKey</Code></Error>",
                  "looks chunked": b"5;chunk-signature=0\r\nhello\r\n0\r\n\r\n", "line ends": b"\r\n" * 4000, "1 MiB": os.urandom(1 << 20)}
        for name, body in bodies.items():
            with self.subTest(name):
                self.ours("put", key=b"ours", body=body)
                self.assertEqual(self.boto_get(b"ours")["Body"], body)
                self.boto_put(b"theirs", body)
                self.assertEqual(self.ours("get", key=b"theirs")["body"], body)

    def test_compressed_objects_are_delivered_as_they_are_stored(self):
        body = base64.b64decode("H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==")
        self.boto_put(b"z", body, ContentEncoding="gzip")
        read = self.ours("get", key=b"z")
        self.assertEqual((read["body"], read["content_encoding"]), (body, "gzip"))

    def test_a_multipart_object_of_boto3_is_read_whole(self):
        body = os.urandom((5 << 20) + 1)
        path = os.path.join(WORK, "multipart")
        with open(path, "wb") as file:
            file.write(body)
        self.boto.upload_file(path, self.bucket, "parts", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
        os.remove(path)
        read = self.ours("get", key=b"parts")
        self.assertTrue(read["etag"].endswith("-2"), read["etag"])
        self.assertEqual(read["body"], body)

    def test_create_only_meets_what_boto3_wrote_and_the_other_way_round(self):
        self.boto_put(b"taken", b"theirs")
        self.assertEqual(self.assert_refused("already_exists", "put", key=b"taken", body=b"ours", condition="create").status, 412)
        self.assertEqual(self.boto_get(b"taken")["Body"], b"theirs")
        self.ours("put", key=b"free", body=b"ours", condition="create")
        with self.assertRaises(ClientError) as raised:
            self.boto_put(b"free", b"theirs", IfNoneMatch="*")
        self.assertEqual(raised.exception.response["Error"]["Code"], "PreconditionFailed")

    # Presigned URLs ---------------------------------------------------------------------------------------------------------------

    def presign(self, method, key, expires=600, **headers):
        return self.ours("presign", key=key, method=method, expires=expires,
                         headers={name.replace("_", "-"): value for name, value in headers.items()})["url"]

    def assert_denied(self, reply, *codes):
        status, body = reply
        self.assertIn(status, (400, 403), body)  # MinIO: 400 where a signed header is missing
        code = re.search(b"<Code>(.*?)</Code>", body)
        self.assertIsNotNone(code, body)
        self.assertIn(code[1].decode(), codes or ("SignatureDoesNotMatch", "AccessDenied"))

    def test_presigned_urls_work_with_curl_for_every_key_and_method(self):
        for name, key in STORED_KEYS:
            with self.subTest(name):
                self.assertEqual(curl(self.presign("PUT", key), "-X", "PUT", "--data-binary", "@" + self.scratch(body_for(key)))[0], 200)
                self.assertEqual(self.boto_get(key)["Body"], body_for(key))
                self.assertEqual(curl(self.presign("GET", key)), (200, body_for(key)))
                status, head = curl(self.presign("HEAD", key), "-I")
                self.assertEqual(status, 200)
                self.assertIn(f"content-length: {len(body_for(key))}".encode(), head.lower())
                self.assertEqual(curl(self.presign("DELETE", key), "-X", "DELETE")[0], 204)
                self.assertFalse(self.boto_has(key))

    def scratch(self, body):
        path = os.path.join(WORK, "body")
        with open(path, "wb") as file:
            file.write(body)
        return path

    def test_a_presigned_url_is_good_for_its_own_method_only(self):
        self.boto_put(b"k", b"stored")
        arguments = {"GET": ["-X", "GET"], "PUT": ["-X", "PUT", "--data-binary", "changed"], "HEAD": ["-I"], "DELETE": ["-X", "DELETE"]}
        for signed in arguments:
            url = self.presign(signed, b"k")
            for used in arguments:
                if used == signed:
                    continue
                with self.subTest(signed=signed, used=used):
                    status, body = curl(url, *arguments[used])
                    self.assertEqual(status, 403)
                    if used != "HEAD":
                        self.assertIn(b"SignatureDoesNotMatch", body)
        self.assertEqual(self.boto_get(b"k")["Body"], b"stored")

    def test_a_presigned_url_is_good_for_its_own_key_only(self):
        self.boto_put(b"mine", b"mine")
        self.boto_put(b"minf", b"not yours")
        url = self.presign("GET", b"mine")
        self.assertEqual(curl(url), (200, b"mine"))
        self.assert_denied(curl(url.replace("/mine?", "/minf?")))
        self.assert_denied(curl(url.replace("/mine?", "/mine/?")))
        self.assertNotEqual(curl(url.replace("/mine?", "/mine/../minf?"))[0], 200)

    def test_signed_headers_have_to_be_sent_as_they_were_signed(self):
        self.boto_put(b"k", b"0123456789")
        url = self.presign("GET", b"k", range="bytes=2-4")
        self.assertEqual(curl(url, "-H", "Range: bytes=2-4"), (206, b"234"))
        self.assert_denied(curl(url))
        self.assert_denied(curl(url, "-H", "Range: bytes=0-9"))

        url = self.presign("PUT", b"p", content_type="text/csv", x_amz_meta_owner="alice smith")
        send = ["-X", "PUT", "--data-binary", "a,b", "-H", "Content-Type: text/csv"]
        self.assert_denied(curl(url, *send))
        self.assert_denied(curl(url, *send, "-H", "x-amz-meta-owner: mallory"))
        self.assert_denied(curl(url, "-X", "PUT", "--data-binary", "a,b", "-H", "x-amz-meta-owner: alice smith"))
        self.assertFalse(self.boto_has(b"p"))
        self.assertEqual(curl(url, *send, "-H", "x-amz-meta-owner: alice smith")[0], 200)
        read = self.boto_get(b"p")
        self.assertEqual((read["Body"], read["ContentType"], read["Metadata"]), (b"a,b", "text/csv", {"owner": "alice smith"}))

    def test_no_part_of_a_presigned_url_can_be_changed(self):
        self.boto_put(b"k", b"stored")
        url = self.presign("GET", b"k")
        self.assertEqual(curl(url)[0], 200)
        parts = urllib.parse.urlsplit(url)
        parameters = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        names = {name for name, _ in parameters}
        self.assertLessEqual({"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"}, names)
        later = {"X-Amz-Expires": "601", "X-Amz-Signature": "0" * 64}
        for changed in sorted(names):
            with self.subTest(changed):
                query = [(name, later.get(name, value + "0") if name == changed else value) for name, value in parameters]
                self.assertIn(curl(parts._replace(query=urllib.parse.urlencode(query, quote_via=urllib.parse.quote)).geturl())[0], (400, 403))
                query = [(name, value) for name, value in parameters if name != changed]
                self.assertIn(curl(parts._replace(query=urllib.parse.urlencode(query, quote_via=urllib.parse.quote)).geturl())[0], (400, 403))
        added = url + "&response-content-type=text%2Fhtml"
        self.assert_denied(curl(added))

    def test_a_presigned_url_ends_when_its_time_is_over(self):
        self.boto_put(b"k", b"stored")
        short, long = self.presign("GET", b"k", expires=1), self.presign("GET", b"k", expires=604800)
        limit = time.monotonic() + 30
        status, body = curl(short)
        while status == 200 and time.monotonic() < limit:
            time.sleep(0.05)
            status, body = curl(short)
        self.assert_denied((status, body), "AccessDenied")
        self.assertIn(b"expired", body)
        self.assertEqual(curl(long), (200, b"stored"))  # nothing but its time was different

    def test_expiries_outside_one_second_to_seven_days_are_refused(self):
        for expires in (0, 604801, 4294967295):
            with self.subTest(expires):
                self.assert_refused("invalid_argument", "presign", key=b"k", method="GET", expires=expires)


def is_utf8(text):
    try:
        text.decode()
        return True
    except UnicodeDecodeError:
        return False


def decoded_header(value):
    """A header value as text: RFC 2047 words, or raw UTF-8 that http.client read as Latin-1."""
    if value.startswith("=?"):
        return str(email.header.make_header(email.header.decode_header(value)))
    return value.encode("latin-1").decode()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", required=True, help="the interop_agent program")
    parser.add_argument("--work", required=True, help="a folder for scratch files")
    options, rest = parser.parse_known_args()
    AGENT, WORK = options.agent, options.work
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
