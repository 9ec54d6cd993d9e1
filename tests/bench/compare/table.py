"""Results as files, one for each work, and all of them as one Markdown table."""

import json
import os
import statistics

import drivers


NOTES = [
    "- ours: the `library` by blocking calls on a thread for each request in flight, its asynchronous `engine`, the `objstore` command",
    "- ratios: how many times the cost of the best peer, or of bare unsigned libcurl, ours is; above 1 ours is slower or heavier (bold)",
    "- max/min: how far apart the rounds of ours were; a ratio within it says little",
    "- libraries are measured without the start of their program, commands from start to exit; each by its own defaults",
    "- awscrt and boto3 are called from Python, which adds to their CPU, most of all that of small requests",
    "- peak memory is VmHWM, which counts the pages of shared libraries: libcurl's and OpenSSL's are most of ours at rest",
    "",
]


def write(folder, work, cases, about):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, work + ".json")
    with open(path + ".new", "w") as file:
        json.dump({"work": work, **about, "cases": cases}, file, indent=1)
    os.replace(path + ".new", path)


def as_result(case, samples, failures):
    """What a file keeps of a case: each figure of each sample."""
    figures = []
    for figure in case.figures:
        values = {name: [figure.value(sample) for sample in taken] for name, taken in samples.items() if taken}
        figures.append({"name": figure.name, "digits": figure.digits, "more_is_better": figure.more_is_better, "values": values})
    return {"name": case.name, "figures": figures, "failures": failures}


def read(folder, order):
    found = []
    for work in order:
        path = os.path.join(folder, work + ".json")
        if os.path.exists(path):
            with open(path) as file:
                found.append(json.load(file))
    return found


def number(value, digits):
    return f"{value:,.{digits}f}"


def ratio(ours, other, more_is_better):
    """How many times the other's cost ours is: above 1 we are slower or heavier, whatever the figure."""
    if not ours or not other:
        return None
    return other / ours if more_is_better else ours / other


def told(value, bold=False):
    if value is None:
        return ""
    return f"**{value:.2f}**" if bold and value > 1.005 else f"{value:.2f}"


def spread(values):
    """How far apart the rounds were: the largest value over the smallest."""
    return f"{max(values) / min(values):.2f}" if len(values) > 1 and min(values) > 0 else ""


def rows(case):
    for figure in case["figures"]:
        middle = {name: statistics.median(values) for name, values in figure["values"].items()}
        peers = {name: value for name, value in middle.items() if name in drivers.PEERS}
        best = (max if figure["more_is_better"] else min)(peers, key=peers.get) if peers else None
        others = [number(middle[name], figure["digits"]) if name in middle else "" for name in (drivers.FLOOR, *drivers.PEERS)]
        for ours in (name for name in drivers.OURS if name in middle):
            beside_peer = ratio(middle[ours], peers.get(best), figure["more_is_better"])
            beside_floor = ratio(middle[ours], middle.get(drivers.FLOOR), figure["more_is_better"])
            value = number(middle[ours], figure["digits"])
            row = [case["name"], figure["name"], ours, value, spread(figure["values"][ours])]
            yield [*row, told(beside_peer, True), best or "", told(beside_floor), *others]


def markdown(results):
    """The table, with when, where and with what above it and what failed below."""
    if not results:
        return "no results yet\n"
    lines = []
    for key in ("machine", "date", "rounds"):
        values = sorted({result[key] for result in results})
        lines.append(f"- {key}: " + (" to ".join([values[0], values[-1]]) if key == "date" and len(values) > 1 else "; ".join(values)))
    versions = {name: version for result in results for name, version in result["versions"].items()}
    lines.append("- versions: " + "; ".join(versions.values()))
    lines += NOTES
    head = ["work", "figure", "by", "ours", "max/min", "/ best peer", "best peer", "/ libcurl", drivers.FLOOR, *drivers.PEERS]
    lines.append("| " + " | ".join(head) + " |")
    lines.append("|" + " --- |" * 3 + " ---: |" * 3 + " --- |" + " ---: |" * (len(head) - 7))
    failures = []
    for result in results:
        for case in result["cases"]:
            lines += ["| " + " | ".join(row) + " |" for row in rows(case)]
            failures += [f"- {case['name']}: {name}: {' '.join(words.split())[:200]}" for name, words in case["failures"].items()]
    if failures:
        lines += ["", "Left out, as they failed:", "", *failures]
    return "\n".join(lines) + "\n"
