"""boto3 as a driver of the comparison; its own defaults but for the number of connections."""

import boto3
import botocore.config
import driver


def client(connections=10):
    return boto3.client("s3", config=botocore.config.Config(max_pool_connections=connections))


def get(bucket, in_flight, seconds):
    s3 = client(int(in_flight))

    def request(index):
        body = s3.get_object(Bucket=bucket, Key=f"object-{index}")["Body"].read()
        assert len(body) == driver.OBJECT_BYTES

    return driver.by_threads(int(in_flight), float(seconds), request)


def put(bucket, in_flight, seconds):
    s3 = client(int(in_flight))
    return driver.by_threads(int(in_flight), float(seconds), lambda index: s3.put_object(Bucket=bucket, Key=f"put-{index}", Body=driver.BODY))


def up(bucket, key, file):
    client().upload_file(file, bucket, key)


def down(bucket, key, file):
    client().download_file(bucket, key, file)


def list_keys(bucket):
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(len(page.get("Contents", [])) for page in pages)


driver.run({"get": get, "put": put, "up": up, "down": down, "list": list_keys})
