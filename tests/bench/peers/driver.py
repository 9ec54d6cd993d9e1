"""What the drivers in Python share: their command line and their answer (tests/bench/compare/drivers.py says what both hold)."""

import json
import os
import sys
import threading
import time

OBJECT_BYTES = 1024
OBJECTS = 64
BODY = b"x" * OBJECT_BYTES


def status(name):
    with open("/proc/self/status") as text:
        return next(int(line.split()[1]) for line in text if line.startswith(name))


def by_threads(in_flight, seconds, request):
    """As many threads as requests are in flight, each with one after the other: how many were made."""
    end = time.monotonic() + seconds
    made = [0] * in_flight

    def work(thread):
        index = thread * 7
        while time.monotonic() < end:
            request(index % OBJECTS)
            index += 1
            made[thread] += 1

    run_threads([threading.Thread(target=guarded, args=(work, thread)) for thread in range(in_flight)])
    return sum(made)


def guarded(work, *arguments):
    try:
        work(*arguments)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)


def run_threads(threads):
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(verbs):
    """`verbs` maps a verb to a function of the arguments behind it that returns how many things it did, or nothing for one."""
    verb, *arguments = sys.argv[1:]
    if verb not in verbs:
        sys.exit(f"no such verb here: {verb}")
    start, cpu = time.monotonic(), time.process_time()
    count = verbs[verb](*arguments)
    seconds, cpu = time.monotonic() - start, time.process_time() - cpu
    answer = {"count": 1 if count is None else count, "seconds": seconds, "cpu": cpu, "peak_kib": status("VmHWM:"), "threads": status("Threads:")}
    print(json.dumps(answer))
