"""The AWS common runtime's S3 client as a driver of the comparison: C underneath, called from Python."""

import io
import os
import threading
import time
from urllib.parse import urlsplit

import driver
from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.s3 import S3Client, S3RequestTlsMode, S3RequestType, create_default_s3_signing_config

HOST = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc


def client():
    provider = AwsCredentialsProvider.new_static(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    region = os.environ["AWS_REGION"]
    signing = create_default_s3_signing_config(region=region, credential_provider=provider)
    # Parts as large as ours.
    return S3Client(region=region, tls_mode=S3RequestTlsMode.DISABLED, signing_config=signing, part_size=8 << 20)


def get_request(bucket, key):
    return HttpRequest("GET", f"/{bucket}/{key}", HttpHeaders([("Host", HOST)]))


def put_request(bucket, key, length, body=None):
    headers = [("Host", HOST), ("Content-Type", "application/octet-stream"), ("Content-Length", str(length))]
    return HttpRequest("PUT", f"/{bucket}/{key}", HttpHeaders(headers), body)


class Requests:
    """So many requests in flight, each begun by the end of the one before."""

    def __init__(self, in_flight, seconds, begin):
        self.end = time.monotonic() + seconds
        self.begin = begin
        self.made = 0
        self.left = in_flight
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.failure = None
        self.keep = {}
        for slot in range(in_flight):
            self.next(slot, slot * 7)
        self.over.wait()
        if self.failure:
            raise self.failure

    def next(self, slot, index):
        def done(error=None, **_):
            with self.lock:
                self.failure = self.failure or error
                self.made += 0 if error else 1
                ended = bool(self.failure) or time.monotonic() >= self.end
                self.left -= 1 if ended else 0
                if self.left == 0:
                    self.over.set()
            if not ended:
                self.next(slot, index + 1)

        # The request must be kept until it is done.
        self.keep[slot, index % 2] = self.begin(index % driver.OBJECTS, done)


def get(bucket, in_flight, seconds):
    s3 = client()

    def begin(index, done):
        size = 0

        def on_body(chunk, **_):
            nonlocal size
            size += len(chunk)

        def on_done(error=None, **rest):
            done(error or (None if size == driver.OBJECT_BYTES else ValueError("an object of another size")))

        return s3.make_request(type=S3RequestType.GET_OBJECT, request=get_request(bucket, f"object-{index}"), on_body=on_body, on_done=on_done)

    return Requests(int(in_flight), float(seconds), begin).made


def put(bucket, in_flight, seconds):
    s3 = client()

    def begin(index, done):
        request = put_request(bucket, f"put-{index}", driver.OBJECT_BYTES, io.BytesIO(driver.BODY))
        return s3.make_request(type=S3RequestType.PUT_OBJECT, request=request, on_done=done)

    return Requests(int(in_flight), float(seconds), begin).made


def up(bucket, key, file):
    request = put_request(bucket, key, os.path.getsize(file))
    client().make_request(type=S3RequestType.PUT_OBJECT, request=request, send_filepath=file).finished_future.result()


def down(bucket, key, file):
    client().make_request(type=S3RequestType.GET_OBJECT, request=get_request(bucket, key), recv_filepath=file).finished_future.result()


driver.run({"get": get, "put": put, "up": up, "down": down})
