"""What every black-box test uses: a folder of its own, an environment of its own, a fresh bucket, and the program."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import termios
import time
import unittest
import uuid

PROGRAM = ""
STORE = "file"
S3_VARIABLES = ["OBJECTSTORE_TEST_S3", "OBJECTSTORE_TEST_ACCESS_KEY", "OBJECTSTORE_TEST_SECRET_KEY"]

NOBODY = 65534
F_GETPIPE_SZ = 1032  # Python's fcntl names it from 3.10 on

ACCESS_KEY = "AKIDCANARYACCESS"
SECRET_CANARY = "canarySECRETcanarySECRETcanarySECRET0123"
TOKEN_CANARY = "canaryTOKENcanaryTOKENcanaryTOKEN4567"


class Result:
    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr.decode("utf-8", "replace")

    @property
    def text(self):
        return self.stdout.decode("utf-8")

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def objects(self):
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def errors(self):
        """The error objects of standard error."""
        return [line["error"] for line in map(json.loads, self.stderr.splitlines()) if "error" in line]


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="objstore-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.program = PROGRAM
        self.user = {}
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        os.mkdir(os.path.join(self.folder, "tmp"))
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "TMPDIR": os.path.join(self.folder, "tmp"),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_CANARY,
            "AWS_REGION": "us-east-1",
        }
        # Sanitizers, coverage and the like are told what to do by the environment.
        self.env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS") or name.startswith("GCOV")})
        if STORE == "s3":
            self.env["AWS_ENDPOINT_URL_S3"] = os.environ["OBJECTSTORE_TEST_S3"]
            self.env["AWS_ACCESS_KEY_ID"] = os.environ["OBJECTSTORE_TEST_ACCESS_KEY"]
            self.env["AWS_SECRET_ACCESS_KEY"] = os.environ["OBJECTSTORE_TEST_SECRET_KEY"]
        else:
            self.env["AWS_ENDPOINT_URL_S3"] = "file:" + os.path.join(self.folder, "store")

    def drop_privileges(self):
        """From here on the program runs as a user whom permissions bind, also where the tests run as root."""
        if os.geteuid() != 0:
            return
        self.program = shutil.copy(PROGRAM, self.folder)  # where it was built, this user may not look
        self.user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for folder, _, files in os.walk(self.folder):
            for path in [folder, *(os.path.join(folder, name) for name in files)]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def run_program(self, *words, input=b"", code=0, env=None, cwd=None):
        """Runs objstore and checks its exit code. None = any."""
        if isinstance(input, str):
            input = input.encode()
        done = subprocess.run([self.program, *words], input=input, capture_output=True, env=env or self.env, cwd=cwd or self.work, timeout=120, **self.user)
        result = Result(done.returncode, done.stdout, done.stderr)
        if code is not None:
            self.assertEqual(code, result.code, f"objstore {' '.join(map(repr, words))}\n{result.stderr[:2000]}\n{result.stdout[:2000]!r}")
        return result

    def start(self, *words, **options):
        """Starts objstore and leaves it running."""
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([self.program, *words], env=self.env, cwd=self.work, **self.user, **options)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()

    def make_bucket(self):
        """A fresh bucket that goes when the test is over; its name."""
        name = "objstore-test-" + uuid.uuid4().hex[:20]
        self.run_program("mb", "s3://" + name)
        self.addCleanup(self.run_program, "rb", "--force", "s3://" + name, code=None)
        return name

    def until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it never came to that")
            time.sleep(0.01)

    @staticmethod
    def open_files(pid):
        """What the descriptors of a process lead to."""
        found = []
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except OSError:
                pass
        return found

    @staticmethod
    def is_full(pipe):
        """Who writes into it is held up."""
        unread = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
        return unread >= fcntl.fcntl(pipe, F_GETPIPE_SZ)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def names_in(self, folder):
        return sorted(os.listdir(os.path.join(self.folder, folder)))

    def keys(self, bucket, prefix=""):
        return [line["key"] for line in self.run_program("ls", "-r", "--json", f"s3://{bucket}/{prefix}").objects]
