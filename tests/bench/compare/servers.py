"""The servers of the comparison, on the server's core, each with a folder of its own."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request

import measure

ACCESS_KEY = "benchkey" + secrets.token_hex(4)
SECRET_KEY = secrets.token_hex(20)

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; {user}
worker_rlimit_nofile 16384;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; default_type application/octet-stream;
  keepalive_requests 1000000000; keepalive_timeout 600s;
  client_max_body_size 0; client_body_buffer_size 64k; client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {folder}/data;
    location / {{
      dav_methods PUT DELETE; create_full_put_path on;
      # S3 clients want the ETag of what they stored, which nginx does not tell.
      if ($request_method = PUT) {{ add_header ETag '"0f343b0931126a20f133d67c2b018a3b"'; }}
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that is ended with the block that started it."""

    def __init__(self, argv, folder, env=None, stdout=None):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.log = open(os.path.join(folder, "log"), "wb")
        # Dies with us even when we are killed the hard way.
        leash = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with measure.on_core(measure.SERVER_CORE):
            self.process = subprocess.Popen([*leash, *argv], env=env, stdin=subprocess.DEVNULL, stdout=stdout or self.log, stderr=self.log)

    def wait_for(self, ready):
        for _ in range(300):
            with contextlib.suppress(OSError):
                if ready():
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.stop()
        with open(self.log.name, errors="replace") as log:
            raise measure.Failed(f"{self.process.args[0]} did not start: {log.read()[-500:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def minio(program, folder):
    port = free_port()
    env = {"HOME": folder, "PATH": os.environ["PATH"], "MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY}
    env |= {"MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}
    server = Server([program, "server", os.path.join(folder, "data"), "--address", f"127.0.0.1:{port}"], folder, env)
    server.endpoint = f"http://127.0.0.1:{port}"
    server.wait_for(lambda: urllib.request.urlopen(server.endpoint + "/minio/health/ready").status == 200)
    return server


def nginx(program, folder):
    os.makedirs(os.path.join(folder, "data"))
    port = free_port()
    configuration = os.path.join(folder, "nginx.conf")
    with open(configuration, "w") as text:
        text.write(NGINX.format(folder=folder, port=port, user="user root;" if os.geteuid() == 0 else ""))
    server = Server([program, "-c", configuration, "-e", os.path.join(folder, "error.log")], folder)
    server.endpoint = f"http://127.0.0.1:{port}"
    server.data = os.path.join(folder, "data")
    server.wait_for(lambda: socket.create_connection(("127.0.0.1", port)).close() is None)
    return server


def stub(program, folder, *arguments):
    """tests/bench/compare_server.cpp, which prints its port."""
    server = Server([program, *arguments], folder, stdout=subprocess.PIPE)
    line = server.process.stdout.readline()
    if not line:
        server.wait_for(lambda: False)
    server.endpoint = f"http://127.0.0.1:{int(line)}"
    return server


def scratch(bytes_needed):
    """A folder in memory where there is room, else on the disk."""
    for place in ("/dev/shm", None):
        if place is None or (os.path.isdir(place) and shutil.disk_usage(place).free > bytes_needed and available_memory() > bytes_needed):
            return place


def available_memory():
    with open("/proc/meminfo") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
