"""The comparison: runs works, keeps their results, prints the table. Begun by tests/bench/compare.sh, which builds and installs what it needs."""

import argparse
import datetime
import os
import platform
import signal
import sys

import drivers
import measure
import stage
import table
import works

ROOT = os.path.dirname(os.path.dirname(drivers.BENCH))


def say(text):
    print(text, file=sys.stderr, flush=True)


def parse():
    parser = argparse.ArgumentParser(prog="compare.sh", description="Compares the library and the objstore command with their peers.")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contender, in turn; the table shows medians (default 5)")
    parser.add_argument("--only", default="", metavar="NAME[,NAME]", help="these works alone: " + ", ".join(works.WORKS))
    parser.add_argument("--seconds", type=float, default=2, help="of each run of small requests (default 2)")
    parser.add_argument("--quick", action="store_true", help="sizes and numbers of files a sixteenth: to see that it works, not for figures")
    parser.add_argument("--results", default=os.path.join(ROOT, "build/compare"), metavar="FOLDER", help="where results are kept (default build/compare)")
    parser.add_argument("--table", action="store_true", help="runs nothing: prints the table of the results that are kept")
    parser.add_argument("--list", action="store_true", help="names the works")
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"), help=argparse.SUPPRESS)
    parser.add_argument("--peers", default="", help=argparse.SUPPRESS)
    parser.add_argument("--minio", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",") if arguments.only else list(works.WORKS)
    if unknown := [name for name in arguments.only if name not in works.WORKS]:
        parser.error("no such work: " + ", ".join(unknown))
    return arguments


def machine():
    with open("/proc/cpuinfo") as lines:
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    pinned = f"client on core {measure.CLIENT_CORE}, server on core {measure.SERVER_CORE}"
    return f"{len(measure.CORES)} cores of {model}, {memory:.0f} GiB, Linux {platform.release()}; {pinned}"


def run(arguments, contenders):
    about = {"machine": machine(), "versions": contenders.versions()}
    for name in contenders.missing:
        say(f"*** {name} is not here and is LEFT OUT ***")
    with stage.Stage(contenders, arguments.seconds, arguments.quick) as here:
        for name in arguments.only:
            cases = []
            say(f"{name}: {works.WORKS[name].__doc__}")
            date = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
            rounds = f"{arguments.rounds}, {arguments.seconds:g} s for small requests" + (", QUICK: small sizes" if arguments.quick else "")
            try:
                for case in works.WORKS[name](here):
                    samples, failures = works.run_case(case, arguments.rounds, say)
                    cases.append(table.as_result(case, samples, failures))
            except measure.Failed as failure:
                say(f"*** {name} is LEFT OUT: {failure}")
                continue
            table.write(arguments.results, name, cases, about | {"date": date, "rounds": rounds})


def main():
    arguments = parse()
    if arguments.list:
        for name, work in works.WORKS.items():
            print(f"{name:15}{work.__doc__}")
        return
    if not arguments.table:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through the blocks that end the servers
        os.sched_setaffinity(0, {measure.SERVER_CORE})
        run(arguments, drivers.Contenders(arguments.build, arguments.peers, arguments.minio))
    print(table.markdown(table.read(arguments.results, works.WORKS if arguments.table else arguments.only)), end="")


main()
