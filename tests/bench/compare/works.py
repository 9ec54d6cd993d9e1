"""The works: what everybody is asked to do, against which server, and which figures are taken.

A work is a function of the Stage that yields cases, one row (or few) of the table each. A case runs each of its contenders once a round, in turn.
"""

import contextlib
import dataclasses
import filecmp
import os
import re
import shutil
import statistics
import subprocess
from typing import Callable

import drivers
import measure

MIB = 1 << 20


@dataclasses.dataclass
class Figure:
    """One number of a sample. `digits` behind the point; most are costs, the less the better."""

    name: str
    value: Callable[[dict], float]
    digits: int = 1
    more_is_better: bool = False


@dataclasses.dataclass
class Case:
    name: str
    contenders: dict  # name -> function that runs it once and returns a sample
    figures: list
    rounds: int = 0  # 0 = as many as were asked for
    between: Callable[[str], None] = lambda name: None  # cleans up behind a contender, unmeasured


SECONDS = Figure("s", lambda sample: sample["seconds"], 2)
PEAK = Figure("peak MiB", lambda sample: sample["peak_kib"] / 1024)
RATE = Figure("requests/s", lambda sample: sample["count"] / sample["seconds"], 0, more_is_better=True)
CPU_EACH = Figure("CPU us/request", lambda sample: sample["cpu"] / sample["count"] * 1e6)
THREADS = Figure("threads", lambda sample: sample["threads"], 0)


def cpu_per(unit, count, scale, digits=2):
    return Figure(f"CPU {unit}", lambda sample: sample["cpu"] / count * scale, digits)


def driven(stage, server, names, *arguments, limit=900):
    """Contenders that are drivers, told `arguments`."""
    env = stage.environment(server)
    return {name: lambda argv=argv: measure.driver([*argv, *arguments], env, limit) for name, argv in stage.contenders.driven(*names).items()}


def commanded(stage, server, table, **options):
    """Contenders that are commands; `table` maps their names to arguments."""
    env = stage.environment(server)
    return {name: lambda argv=argv: measure.command(argv, env, **options) for name, argv in stage.contenders.commands(table).items()}


# Small requests -----------------------------------------------------------------------------------------------------------------------

SMALL = ("library", "engine", "libcurl", "object_store", "awscrt", "boto3")


def small(stage, verb, server, named):
    for in_flight in (1, 16, 64):
        runs = driven(stage, server, SMALL, verb, stage.bucket, str(in_flight), str(stage.seconds))
        yield Case(f"{verb.upper()} 1 KiB, {in_flight} in flight, {named}", runs, [RATE, CPU_EACH, PEAK])


def get1k(stage):
    """1 KiB GETs from nginx, which does not look at signatures: the client is what limits."""
    yield from small(stage, "get", stage.nginx(), "nginx")


def put1k(stage):
    """1 KiB PUTs to nginx."""
    yield from small(stage, "put", stage.nginx(), "nginx")


def get1k_minio(stage):
    """1 KiB GETs from MinIO, which limits the rate; CPU is the client's all the same."""
    yield from small(stage, "get", stage.minio(), "MinIO")


def put1k_minio(stage):
    """1 KiB PUTs to MinIO."""
    yield from small(stage, "put", stage.minio(), "MinIO")


# Large objects ------------------------------------------------------------------------------------------------------------------------

LARGE = ("library", "libcurl", "object_store", "awscrt", "boto3")


def large_figures(size):
    return [SECONDS, cpu_per("s/GB", size, 1e9), PEAK]


def up512(stage):
    """A file of 512 MiB into MinIO, each by its own defaults; bare libcurl in one unsigned PUT."""
    server, size, file, bucket = stage.minio(), stage.size(512 * MIB), stage.large_file(), stage.bucket
    target = f"s3://{bucket}/up"
    table = {
        "objstore": ["put", "--quiet", file, target], "aws": ["s3", "cp", "--only-show-errors", file, target],
        "rclone": ["copyto", file, f"bench:{bucket}/up"], "mc": ["--quiet", "cp", file, f"bench/{bucket}/up"],
        "s5cmd": ["cp", file, target],
    }  # fmt: skip
    runs = driven(stage, server, LARGE, "up", bucket, "up", file) | commanded(stage, server, table)

    def compare_and_remove(name):
        back = stage.path("back")
        stage.objstore(server, "get", "--quiet", target, back)
        same = filecmp.cmp(file, back, shallow=False)
        os.unlink(back)
        stage.objstore(server, "rm", "--quiet", target)
        if not same:
            raise measure.Failed("stored other bytes")

    yield Case(f"{size // MIB} MiB up, MinIO", runs, large_figures(size), between=compare_and_remove)


def down512(stage):
    """The same file down, from MinIO and from nginx; bare libcurl in one unsigned GET."""
    file, bucket, target = stage.large_file(), stage.bucket, stage.path("down")
    size = os.path.getsize(file)
    for named, server in (("MinIO", stage.minio()), ("nginx", stage.nginx())):
        if named == "nginx":
            shutil.copy(file, os.path.join(server.data, bucket, "large"))
        else:
            stage.objstore(server, "put", "--quiet", file, f"s3://{bucket}/large")
        table = {
            "objstore": ["get", "--quiet", f"s3://{bucket}/large", target],
            "aws": ["s3", "cp", "--only-show-errors", f"s3://{bucket}/large", target],
            "rclone": ["copyto", f"bench:{bucket}/large", target], "mc": ["--quiet", "cp", f"bench/{bucket}/large", target],
            "s5cmd": ["cp", f"s3://{bucket}/large", target],
        }  # fmt: skip
        runs = driven(stage, server, LARGE, "down", bucket, "large", target) | commanded(stage, server, table)

        def compare_and_remove(name):
            same = filecmp.cmp(file, target, shallow=False)
            os.unlink(target)
            if not same:
                raise measure.Failed("fetched other bytes")

        yield Case(f"{size // MIB} MiB down, {named}", runs, large_figures(size), between=compare_and_remove)
        if named == "nginx":
            os.unlink(os.path.join(server.data, bucket, "large"))
        else:
            stage.objstore(server, "rm", "--quiet", f"s3://{bucket}/large")


def pipe4g(stage):
    """4 GiB from a pipe into MinIO: what it takes of memory when the length is not known."""
    server, size, bucket = stage.minio(), stage.size(4 << 30), stage.bucket
    target = f"s3://{bucket}/pipe"
    table = {
        "objstore": ["put", "--quiet", "-", target], "aws": ["s3", "cp", "--only-show-errors", "-", target],
        "rclone": ["rcat", f"bench:{bucket}/pipe"], "mc": ["--quiet", "pipe", f"bench/{bucket}/pipe"], "s5cmd": ["pipe", target],
    }  # fmt: skip
    env = stage.environment(server)

    def run(argv):
        with measure.on_core(measure.SERVER_CORE):
            source = subprocess.Popen(["head", "-c", str(size), "/dev/zero"], stdout=subprocess.PIPE)
        try:
            return measure.command(argv, env, stdin=source.stdout)
        finally:
            source.stdout.close()
            source.kill()
            source.wait()

    def remove(name):
        stored = stage.objstore(server, "--json", "stat", target)
        stage.objstore(server, "rm", "--quiet", target)
        if f'"size":{size}' not in stored.replace(" ", ""):
            raise measure.Failed(f"stored another size: {stored}")

    runs = {name: lambda argv=argv: run(argv) for name, argv in stage.contenders.commands(table).items()}
    yield Case(f"{size // MIB} MiB from a pipe, MinIO", runs, [PEAK, SECONDS, cpu_per("s/GB", size, 1e9)], between=remove)


# Many files ---------------------------------------------------------------------------------------------------------------------------


def tree10k(stage):
    """10,000 files of 10 KiB in 100 folders, up and down."""
    server, bucket, count, folder = stage.minio(), stage.bucket, stage.size(10_000), stage.tree()
    target = stage.path("tree-down")
    figures = [SECONDS, cpu_per("us/file", count, 1e6, 0), PEAK]
    up = {
        "objstore": ["put", "--quiet", "-r", folder, f"s3://{bucket}/up/"],
        "aws": ["s3", "cp", "--recursive", "--only-show-errors", folder, f"s3://{bucket}/up/"],
        "rclone": ["copy", folder, f"bench:{bucket}/up"], "mc": ["--quiet", "cp", "-r", folder + "/", f"bench/{bucket}/up/"],
        "s5cmd": ["cp", folder + "/", f"s3://{bucket}/up/"],
    }  # fmt: skip
    down = {
        "objstore": ["get", "--quiet", "-r", f"s3://{bucket}/tree/", target],
        "aws": ["s3", "cp", "--recursive", "--only-show-errors", f"s3://{bucket}/tree/", target],
        "rclone": ["copy", f"bench:{bucket}/tree", target], "mc": ["--quiet", "cp", "-r", f"bench/{bucket}/tree/", target + "/"],
        "s5cmd": ["cp", f"s3://{bucket}/tree/*", target + "/"],
    }  # fmt: skip

    def count_and_remove_objects(name):
        stored = len(stage.objstore(server, "ls", "-r", f"s3://{bucket}/up/").splitlines())
        stage.objstore(server, "rm", "--quiet", "-r", f"s3://{bucket}/up/")
        if stored != count:
            raise measure.Failed(f"stored {stored} of {count} files")

    def count_and_remove_files(name):
        made = sum(len(files) for _, _, files in os.walk(target))
        shutil.rmtree(target)
        if made != count:
            raise measure.Failed(f"fetched {made} of {count} files")

    yield Case(f"{count:,} files of 10 KiB up, MinIO", commanded(stage, server, up), figures, between=count_and_remove_objects)
    stage.objstore(server, "put", "--quiet", "-r", folder, f"s3://{bucket}/tree/")
    yield Case(f"{count:,} files of 10 KiB down, MinIO", commanded(stage, server, down), figures, between=count_and_remove_files)
    stage.objstore(server, "rm", "--quiet", "-r", f"s3://{bucket}/tree/")


# Listings -----------------------------------------------------------------------------------------------------------------------------


def listed(stage, server, argv, count):
    """A command that prints one line a key."""
    path = stage.path("listing")
    with open(path, "wb") as listing:
        sample = measure.command(argv, stage.environment(server), stdout=listing)
    with open(path, "rb") as listing:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: listing.read(MIB), b""))
    os.unlink(path)
    if lines != count:
        raise measure.Failed(f"listed {lines} of {count} keys")
    return sample


def checked(run, count):
    sample = run()
    if sample["count"] != count:
        raise measure.Failed(f"listed {sample['count']} of {count} keys")
    return sample


def listing(stage, count, names, table, **options):
    server = stage.lists()
    runs = {name: lambda run=run: checked(run, count) for name, run in driven(stage, server, names, "list", f"keys-{count}").items()}
    commands = stage.contenders.commands(table).items()
    runs |= {name: lambda argv=argv: listed(stage, server, argv, count) for name, argv in commands}
    return Case(f"list {count:,} keys, stub", runs, [cpu_per("us/key", count, 1e6), SECONDS, PEAK], **options)


def list100k(stage):
    """100,000 keys from a server that invents them; bare libcurl looks for the way to the next page only."""
    count = 100_000
    bucket = f"keys-{count}"
    table = {
        "objstore": ["ls", "-r", f"s3://{bucket}"], "aws": ["s3", "ls", "--recursive", f"s3://{bucket}"],
        "rclone": ["lsf", "-R", "--fast-list", f"bench:{bucket}"], "mc": ["--quiet", "ls", "-r", f"bench/{bucket}"],
        "s5cmd": ["ls", f"s3://{bucket}/*"],
    }  # fmt: skip
    yield listing(stage, count, ("library", "libcurl", "object_store", "boto3"), table)


def list10m(stage):
    """What a listing takes of memory as it grows a hundredfold; once, as it hardly varies."""
    for count in (100_000, stage.size(10_000_000)):
        yield listing(stage, count, ("library", "object_store"), {"objstore": ["ls", "-r", f"s3://keys-{count}"]}, rounds=1)


# Many requests at a time --------------------------------------------------------------------------------------------------------------


def inflight1000(stage):
    """1,000 GETs in flight against a server that answers after 50 ms: 20,000 a second would be ideal. Making the connections counts. The library
    has a thread for each, the engine and the crate have not. (awscrt asks for ranges, which this server does not know.)"""
    server = stage.latency(50)
    share = Figure("% of 20,000/s", lambda sample: 100 * sample["count"] / sample["seconds"] / 20_000, 1, more_is_better=True)
    seconds = str(max(stage.seconds * 4, 4))
    runs = driven(stage, server, ("engine", "library", "object_store"), "get", stage.bucket, "1000", seconds)
    yield Case("1,000 GETs in flight, 50 ms away, stub", runs, [share, CPU_EACH, PEAK, THREADS])


# Start, system calls, allocations -----------------------------------------------------------------------------------------------------


def start(stage):
    """From start to exit of a command that lists buckets; the floor is the curl command, with the same URL."""
    server = stage.lists()
    env = stage.environment(server)
    table = {"objstore": ["ls"], "aws": ["s3", "ls"], "rclone": ["lsd", "bench:"], "mc": ["--quiet", "ls", "bench"], "s5cmd": ["ls"]}
    commands = {drivers.FLOOR: ["curl", "-q", "-fsS", server.endpoint + "/"]} | stage.contenders.commands(table)

    def run(argv):
        samples = [measure.command(argv, env) for _ in range(3 if argv[0].endswith("aws") else 15)]
        return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}

    runs = {name: lambda argv=argv: run(argv) for name, argv in commands.items()}
    figures = [Figure("ms", lambda sample: sample["seconds"] * 1e3), Figure("CPU ms", lambda sample: sample["cpu"] * 1e3)]
    yield Case("list two buckets, start to exit, stub", runs, figures)


def grown(run, figure):
    """What each request adds: two runs, one longer than the other, so that the start is in neither."""
    less, more = run(0.5), run(1.5)
    return {"each": (figure(more) - figure(less)) / (more["count"] - less["count"])}


def counted(stage, title, figure_name, runs):
    return Case(title, runs, [Figure(figure_name, lambda sample: sample["each"], 1)], rounds=1)


def syscalls1k(stage):
    """System calls per 1 KiB request, one in flight, counted by strace."""
    server = stage.nginx()
    env = stage.environment(server)
    if not shutil.which("strace"):
        raise measure.Failed("strace is not here")
    path = stage.path("strace")

    def run(argv, verb, seconds):
        sample = measure.driver(["strace", "-f", "-c", "-o", path, *argv, verb, stage.bucket, "1", str(seconds)], env)
        with open(path) as summary:
            total = re.search(r"^100\.00\s.*?\s(\d+)(?:\s+\d+)?\s+total$", summary.read(), re.M)
        return sample | {"calls": int(total.group(1))}

    for verb in ("get", "put"):
        runs = {
            name: lambda argv=argv, verb=verb: grown(lambda seconds: run(argv, verb, seconds), lambda sample: sample["calls"])
            for name, argv in stage.contenders.driven(*SMALL).items()
        }
        yield counted(stage, f"{verb.upper()} 1 KiB, 1 in flight, nginx", "system calls/request", runs)


def allocations1k(stage):
    """Calls of malloc and its kin per 1 KiB request, one in flight, libcurl's and OpenSSL's among them."""
    server = stage.nginx()
    env = stage.environment(server)
    ways = {"library": "library", "engine": "engine", "libcurl": "curl"}

    def run(way, verb, seconds):
        return measure.driver([stage.contenders.counting, way, verb, stage.bucket, "1", str(seconds)], env)

    for verb in ("get", "put"):
        runs = {
            name: lambda way=way, verb=verb: grown(lambda seconds: run(way, verb, seconds), lambda sample: sample["allocations"])
            for name, way in ways.items()
        }
        yield counted(stage, f"{verb.upper()} 1 KiB, 1 in flight, nginx", "allocations/request", runs)


WORKS = {
    work.__name__: work
    for work in (get1k, put1k, get1k_minio, put1k_minio, up512, down512, pipe4g, tree10k, list100k, list10m, inflight1000, start, syscalls1k,
                 allocations1k)
}  # fmt: skip


def run_case(case, rounds, say):
    """Samples by contender, and what failed. Each round begins with another contender; who fails is left out from then on."""
    samples = {name: [] for name in case.contenders}
    failures = {}
    for number in range(case.rounds or rounds):
        names = list(case.contenders)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            if name in failures:
                continue
            try:
                sample = case.contenders[name]()
                case.between(name)
                samples[name].append(sample)
            except measure.Failed as failure:
                failures[name] = str(failure)
                say(f"*** {case.name}: {name} FAILED and is left out: {failure}")
                with contextlib.suppress(measure.Failed, OSError):
                    case.between(name)
    return samples, failures
