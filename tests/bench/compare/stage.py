"""Where the works are done: the servers that were needed so far, the files, the sizes."""

import os
import shutil
import subprocess
import tempfile

import drivers
import measure
import servers

BUCKET = "bench"
BODY = b"x" * 1024


class Stage:
    """Starts what is asked for once, and ends and removes all of it with the block."""

    def __init__(self, contenders, seconds, quick):
        self.contenders = contenders
        self.seconds = seconds
        self.quick = quick
        self.bucket = BUCKET
        self.running = {}

    def __enter__(self):
        place = servers.scratch((1 if self.quick else 12) << 30)
        self.folder = tempfile.mkdtemp(prefix="objectstore-compare.", dir=place)
        os.makedirs(self.path("home"))
        return self

    def __exit__(self, *_):
        for server in self.running.values():
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def size(self, count):
        """A sixteenth of it where all shall be quick."""
        return count // 16 if self.quick else count

    def environment(self, server):
        return drivers.environment(server.endpoint, self.path("home"))

    def objstore(self, server, *arguments):
        """What the command prints; for what goes on beside the measuring."""
        argv = [self.contenders.programs["objstore"], *arguments]
        done = subprocess.run(argv, env=self.environment(server), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise measure.Failed(f"objstore {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def server(self, name, start):
        if name not in self.running:
            self.running[name] = start()
        return self.running[name]

    def minio(self):
        def start():
            if not self.contenders.minio:
                raise measure.Failed("there is no MinIO here (sh cmake/bootstrap.sh test installs it)")
            server = servers.minio(self.contenders.minio, self.path("minio"))
            measure.command([self.contenders.client, "prepare", BUCKET], self.environment(server))
            return server

        return self.server("minio", start)

    def nginx(self):
        def start():
            if not self.contenders.nginx:
                raise measure.Failed("there is no nginx here")
            server = servers.nginx(self.contenders.nginx, self.path("nginx"))
            os.makedirs(os.path.join(server.data, BUCKET))
            for index in range(64):
                with open(os.path.join(server.data, BUCKET, f"object-{index}"), "wb") as file:
                    file.write(BODY)
            return server

        return self.server("nginx", start)

    def lists(self):
        return self.server("lists", lambda: servers.stub(self.contenders.server, self.path("lists"), "list"))

    def latency(self, milliseconds):
        return self.server("latency", lambda: servers.stub(self.contenders.server, self.path("latency"), "latency", str(milliseconds)))

    def large_file(self):
        """512 MiB that no compression shortens."""
        path = self.path("large")
        if not os.path.exists(path):
            block = os.urandom(16 << 20)
            with open(path, "wb") as file:
                for number in range(self.size(512 << 20) >> 24):
                    file.write(number.to_bytes(8, "big") + block[8:])
        return path

    def tree(self):
        """10,000 files of 10 KiB in 100 folders."""
        path = self.path("tree")
        if not os.path.exists(path):
            for number in range(self.size(10_000)):
                folder = os.path.join(path, f"folder-{number % 100:02}")
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, f"file-{number:05}"), "wb") as file:
                    file.write(os.urandom(10 << 10))
        return path
