"""`make load`: ten studies on one store at once, 24 million events, 100,000 replications.

    python -m benchmarks.load              everything, some minutes
    python -m benchmarks.load --size 0.01  less of everything, for a quick look

It ends with an error where anything is lost or memory grows; `--docs` writes what it found into
docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.__main__ import PAGE, replaced
from benchmarks.timing import TESTS, in_process

STUDY = """
import hashlib, json, sys
import capsim
from benchmarks import pathway

number, n, store = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
scenario = pathway.scenario((150 + number // 2, 60))
study = capsim.replicate(scenario, n=n, seed=1, store=store, jobs=1, control=0)
print(json.dumps(hashlib.sha256(study.summary().to_csv().encode()).hexdigest()))
"""
"""Studies 2k and 2k + 1 are the same, so that two processes want the same blocks."""

EVENTS = """
import json, resource, sys
import numpy as np
import capsim
from benchmarks import pathway

capsim.replicate(pathway.scenario("office"), n=1, seed=1, jobs=1, control=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
scenario = pathway.scenario((int(sys.argv[1]), int(sys.argv[2])), offices=int(sys.argv[3]))
study = capsim.replicate(scenario, n=1, seed=1, jobs=1, control=0)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
arrivals = study.summary("arrivals[intake]")["mean"].iloc[0]
print(json.dumps({"gigabytes": (after - before) / 2**20, "arrivals": arrivals}))
"""

MANY = """
import json, sys, threading, time
import capsim

def resident():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

scenario = capsim.Scenario(
    start="2026-01-05", horizon="2 months", teams={"desk": {"fte": 1}},
    stages={"talk": {"team": "desk", "work": "3 h", "deadline": "10 days"}},
    inflows={"regular": {"rate": {"per_month": 40}}})
n, store, seen = int(sys.argv[1]), sys.argv[2], []

def watch():
    while True:
        seen.append(resident())
        time.sleep(0.2)

capsim.replicate(scenario, n=n // 20, seed=1, store=store, jobs=1)
threading.Thread(target=watch, daemon=True).start()
study = capsim.replicate(scenario, n=n, seed=1, store=store, jobs=1)
known = len(study.values("wait_mean[talk]"))
matrix = n * len(study.summary()) * 8 / 2**20
print(json.dumps({"first": seen[0], "peak": max(seen), "matrix": matrix, "known": known}))
"""
"""The first twentieth is there already when memory is watched."""


def ten_studies(size: float) -> str:
    """Ten processes, five studies in pairs, on one store: each has what it has alone.

    Raises
    ------
    RuntimeError
        If a process fails, a number differs, or a file is left over.
    """
    n = max(int(400 * size), 8)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        command = [sys.executable, "-c", STUDY]
        running = [
            subprocess.Popen(
                [*command, str(number), str(n), str(store)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(10)
        ]
        said = [process.communicate() for process in running]
        for process, (_, errors) in zip(running, said, strict=True):
            if process.returncode != 0:
                raise RuntimeError(errors.strip().splitlines()[-1])
        together = [json.loads(out.strip().splitlines()[-1]) for out, _ in said]
        alone = [
            json.loads(
                subprocess.run(
                    [*command, str(number), str(n), ""],
                    env=environment,
                    check=True,
                    capture_output=True,
                    text=True,
                ).stdout
            )
            for number in range(0, 10, 2)
        ]
        if together != [one for one in alone for _ in range(2)]:
            raise RuntimeError("a study on the shared store has other numbers than alone")
        left = [path.name for path in store.rglob("*") if path.name.endswith((".tmp", ".part"))]
        if left:
            raise RuntimeError(f"left over in the store: {left}")
        blocks = len(list((store / "blocks").iterdir()))
        if blocks != 5:
            raise RuntimeError(f"{blocks} scenarios in the store, not 5")
    return f"ten studies of {n:,} replications at once on one store: the numbers of each alone"


def many_events(size: float) -> str:
    """A country of 30 offices for five years, 24 million events, in a process of its own."""
    per_year, wave = int(180_000 * size), int(50_000 * size)
    offices = max(int(30 * size), 1)
    found = in_process(EVENTS, str(per_year), str(wave), str(offices))
    if not found["arrivals"] > 4 * per_year:
        raise RuntimeError(f"only {found['arrivals']:,.0f} people arrived")
    return (
        f"{24 * size:.3g} million events in one replication: {found['gigabytes']:.2f} GB over what "
        f"a small one takes, {found['cpu']:.0f} s CPU with the start"
    )


def many_replications(size: float) -> str:
    """100,000 replications into a store; memory may grow by the matrix of values, and little more.

    Raises
    ------
    RuntimeError
        If a replication is missing, or memory grows by more than three times the matrix and 64 MB.
    """
    n = max(int(100_000 * size), 1000)
    with tempfile.TemporaryDirectory() as folder:
        found = in_process(MANY, str(n), str(Path(folder) / "store"))
    if found["known"] != n:
        raise RuntimeError(f"{found['known']:,} of {n:,} replications are there")
    grown = found["peak"] - found["first"]
    if grown > 3 * found["matrix"] + 64:
        raise RuntimeError(f"memory grew by {grown:.0f} MB; the values take {found['matrix']:.0f}")
    return (
        f"{n:,} replications of a small office: {found['cpu']:.0f} s CPU; memory grew by "
        f"{grown:.0f} MB, the values themselves take {found['matrix']:.0f} MB"
    )


def main() -> None:
    """Print a line for each; an exception ends it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=float, default=1.0)
    parser.add_argument("--docs", action="store_true")
    given = parser.parse_args()
    lines = []
    for measured in (ten_studies, many_events, many_replications):
        lines.append(f"* {measured(given.size)}")
        print(lines[-1], flush=True)
    if given.docs:
        page = replaced(PAGE.read_text(encoding="utf-8"), "load", "\n".join(lines))
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
