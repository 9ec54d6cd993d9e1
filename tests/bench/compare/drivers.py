"""Who takes part, and how each is asked to do a thing.

A driver is a program that calls a library. It is told

    get|put BUCKET IN_FLIGHT SECONDS    1 KiB objects, "object-0" to "object-63" or "put-0" to "put-63", that many at a time for that long
    up|down BUCKET KEY FILE             one large object
    list BUCKET                         all keys

with the server in AWS_ENDPOINT_URL and the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and answers with one line of JSON:

    {"count": what it did, "seconds": of the wall, "cpu": seconds of user and system time, "peak_kib": its VmHWM, "threads": their number}

Time and CPU are those of the work alone, without the start of the program. Not every driver has every verb.
"""

import os
import re
import shutil
import subprocess
import urllib.parse

import servers

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# In the order of the table. Ours and the floor are no peers.
OURS = ("library", "engine", "objstore")
FLOOR = "libcurl"
PEERS = ("object_store", "awscrt", "boto3", "aws", "rclone", "mc", "s5cmd")


def environment(endpoint, home):
    """The same server and credentials in the words of each client, and nothing of the caller's but PATH."""
    address = urllib.parse.urlsplit(endpoint).netloc
    return {
        "PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": servers.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET_KEY,
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "S3_ENDPOINT_URL": endpoint,  # s5cmd
        "MC_HOST_bench": f"http://{servers.ACCESS_KEY}:{servers.SECRET_KEY}@{address}", "MC_CONFIG_DIR": os.path.join(home, "mc"),
        "RCLONE_CONFIG": os.path.join(home, "rclone.conf"), "RCLONE_CONFIG_BENCH_TYPE": "s3", "RCLONE_CONFIG_BENCH_PROVIDER": "Minio",
        "RCLONE_CONFIG_BENCH_ENV_AUTH": "true", "RCLONE_CONFIG_BENCH_ENDPOINT": endpoint, "RCLONE_CONFIG_BENCH_REGION": "us-east-1",
    }  # fmt: skip


class Contenders:
    """Who is there. `build` is the folder of the release build, `peers` that which peers.sh fills, `minio` a program or nothing."""

    def __init__(self, build, peers, minio):
        bench = os.path.join(build, "tests/bench")
        python = os.path.join(peers, "python/bin/python")
        client = os.path.join(bench, "compare_client")
        self.client = client
        self.server = os.path.join(bench, "compare_server")
        self.counting = os.path.join(bench, "compare_client_counting")
        self.drivers = {
            "library": [client, "library"], "engine": [client, "engine"], FLOOR: [client, "curl"],
            "object_store": [os.path.join(peers, "bin/object_store_driver")], "awscrt": [python, os.path.join(BENCH, "peers/awscrt_driver.py")],
            "boto3": [python, os.path.join(BENCH, "peers/boto3_driver.py")],
        }  # fmt: skip
        self.programs = {
            "objstore": os.path.join(build, "objstore"), "aws": os.path.join(peers, "python/bin/aws"), "rclone": os.path.join(peers, "bin/rclone"),
            "mc": os.path.join(peers, "bin/mc"), "s5cmd": os.path.join(peers, "bin/s5cmd"),
        }  # fmt: skip
        self.python = python
        self.minio = minio
        self.nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.missing = [name for name, argv in self.drivers.items() if not os.path.exists(argv[0])]
        self.missing += [name for name, path in self.programs.items() if not os.path.exists(path)]

    def driven(self, *names):
        """Those of the drivers `names` that are there, with the words that start them."""
        return {name: self.drivers[name] for name in names if name not in self.missing}

    def commands(self, table):
        """`table` maps a command's name to its arguments; those that are there, with the program in front."""
        return {name: [self.programs[name], *arguments] for name, arguments in table.items() if name not in self.missing}

    def versions(self):
        """One line of each that is there."""
        asked = {  # what to run, and how many words of its first line say it
            "objstore": ([self.programs["objstore"], "--version"], 2), "aws": ([self.programs["aws"], "--version"], 1),
            "rclone": ([self.programs["rclone"], "version"], 2), FLOOR: (["curl", "--version"], 4),
            "boto3": ([self.python, "-c", "import boto3; print('boto3', boto3.__version__)"], 2),
            "awscrt": ([self.python, "-c", "import awscrt; print('awscrt', awscrt.__version__)"], 2),
            "minio": ([self.minio, "--version"], 3), "nginx": ([self.nginx, "-v"], 3),
        }  # fmt: skip
        found = {}
        for name, (argv, words) in asked.items():
            if name in self.missing or not argv[0]:
                continue
            told = subprocess.run(argv, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
            found[name] = " ".join(((told.stdout or told.stderr).splitlines() or ["?"])[0].split()[:words])
        # These do not know their own version: it is that of their stamp or manifest.
        for name in ("mc", "s5cmd"):
            if name not in self.missing:
                with open(self.programs[name] + ".version") as stamp:
                    found[name] = name + " " + stamp.read().strip().rsplit("@", 1)[-1]
        with open(os.path.join(BENCH, "peers/object_store/Cargo.toml")) as manifest:
            found["object_store"] = "object_store " + re.search(r'^object_store = \{ version = "=([^"]*)"', manifest.read(), re.M).group(1)
        return found
