"""Runs one process on the client's core and says what it cost."""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
import time

CORES = sorted(os.sched_getaffinity(0))
CLIENT_CORE = CORES[-1]
SERVER_CORE = CORES[0]


class Failed(Exception):
    """A process that did not do what it was asked, with its last words."""


@contextlib.contextmanager
def on_core(core):
    """What this thread starts meanwhile stays on that core."""
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {SERVER_CORE})


class PeakMemory(threading.Thread):
    """The VmHWM of a process, looked at until it ends: it only grows, so the last look is near the truth. (The maxrss that the system reports
    of a child would not do: it begins with the memory of whoever forked it.) Ends the process when it takes too long."""

    def __init__(self, process, limit):
        super().__init__(daemon=True)
        self.process = process
        self.end = time.monotonic() + limit
        self.ended = threading.Event()
        self.kib = 0
        self.late = False
        self.start()

    def run(self):
        pause = 0.002
        while not self.ended.wait(pause):
            pause = min(pause * 1.2, 0.02)
            with contextlib.suppress(OSError, StopIteration):
                with open(f"/proc/{self.process.pid}/status") as status:
                    self.kib = max(self.kib, next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")))
            if time.monotonic() > self.end and not self.late:
                self.late = True
                self.process.kill()


def command(argv, env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, limit=900):
    """From start to exit: seconds, CPU seconds of it and what it waited for, peak memory."""
    with tempfile.TemporaryFile() as words:
        with on_core(CLIENT_CORE):
            start = time.perf_counter()
            try:
                process = subprocess.Popen(argv, env=env, stdin=stdin, stdout=stdout, stderr=words, start_new_session=True)
            except OSError as error:
                raise Failed(str(error)) from error
        peak = PeakMemory(process, limit)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.ended.set()
        peak.join()
        if process.returncode != 0:
            words.seek(0)
            last = words.read()[-500:].decode(errors="replace").strip()
            raise Failed("took too long" if peak.late else f"exit code {process.returncode}: {last}")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak_kib": peak.kib}


def driver(argv, env, limit=900):
    """The answer of a driver (drivers.py), which measures itself: without its start."""
    with tempfile.TemporaryFile() as answer:
        command(argv, env, stdout=answer, limit=limit)
        answer.seek(0)
        line = answer.read()
    try:
        return json.loads(line)
    except ValueError as error:
        raise Failed(f"no answer, but {line[:200]}") from error
