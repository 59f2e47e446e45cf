"""Comparison of the two engines: every table to the last integer, and every measure.

The compiled engine sums the measures while it runs, the reference makes them from its tables. Both
sum integers, add what is no integer in the order of workers and of team copies, and divide at the
end: so measures are equal to the last bit too, and no verdict hangs on the engine.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np

from capsim.catalogue import measure_keys
from capsim.draws import deal
from capsim.draws.luck import Luck
from capsim.engines import compiled, reference
from capsim.engines.compiled import parts
from capsim.log import Log
from capsim.measures import reference_values
from capsim.plan import compile_plan
from capsim.plan.plan import Plan
from capsim.plan.windows import PLAIN, Ask
from capsim.scenario import Scenario

NOT_COMPARED = {"plan", "luck", "totals", "detail"}
LIMIT = 300
"""Seconds after which a comparison that hangs ends the process, compiling apart."""
WARMING = {
    "start": "2026-01-05",
    "horizon": "2 days",
    "teams": {"desk": {"fte": 1}},
    "stages": {"intake": {"team": "desk", "work": "1 h"}},
    "inflows": {"regular": {"rate": {"per_day": 3}}},
}


def differences(one: Log, other: Log) -> list[str]:
    """What differs between two logs of the same plan and luck: one line a column, the first row."""
    found = []
    for field in fields(Log):
        if field.name in NOT_COMPARED:
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        if len(a) != len(b):
            found.append(f"{field.name}: {len(a)} rows against {len(b)}")
        elif (a != b).any():
            rows = np.flatnonzero(a != b)
            first = rows[0]
            found.append(
                f"{field.name}: {len(rows)} of {len(a)} rows, row {first}: {a[first]} {b[first]}"
            )
    return found


def measure_differences(plan: Plan, one: Any, other: Any, ask: Ask = PLAIN) -> list[str]:
    """Which measures differ, be it in the last bit: one line each."""
    one, other = np.asarray(one), np.asarray(other)
    equal = (one == other) | (np.isnan(one) & np.isnan(other))
    rows = measure_keys(plan, ask).rows
    return [f"{rows[i]}: {one[i]!r} {other[i]!r}" for i in np.flatnonzero(~equal)]


def everything_of(plan: Plan) -> Ask:
    """All that a study may ask for: weeks, the level on the last day, and who waited a day."""
    last = plan.scenario.last_day() - timedelta(days=1)
    shares = tuple((stage, 1.0) for stage in plan.stages)
    return Ask(by="1 week", days=(last.isoformat(),), shares=shares)


@cache
def compile_kernels() -> None:
    """Compile once in a process what a comparison runs, or read it from the cache."""
    plan = compile_plan(Scenario.model_validate(WARMING))
    compiled.run(plan, deal(plan, 1, 0), detail="measures", ask=everything_of(plan))


def compare(scenario: Scenario, seed: int = 1, replication: int = 0) -> list[str]:
    """Differences between the SimPy engine and the compiled engine on one replication.

    Compared are all tables, and the measures that the compiled engine sums while it runs, with and
    without tables, against those made from the tables of the SimPy engine.
    """
    compile_kernels()
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    try:
        plan = compile_plan(scenario)
        luck = deal(plan, seed, replication)
        ask = everything_of(plan)
        log = reference.run(plan, luck)
        expected = reference_values(log, ask)
        found = []
        for _ in ways_to_run(plan, luck):
            full = compiled.run(plan, luck, detail="full", ask=ask)
            short = compiled.run(plan, luck, detail="measures", ask=ask)
            found += differences(log, full)
            found += measure_differences(plan, expected, full.totals["values"], ask)
            found += measure_differences(plan, expected, short.totals["values"], ask)
    finally:
        faulthandler.cancel_dump_traceback_later()
    return found


def ways_to_run(plan: Plan, luck: Luck) -> Iterator[bool]:
    """The compiled engine runs all offices at once; then, where it can, one part after the other.

    Gives whether it runs parts, which are as small as can be.
    """
    usual = parts.FEWEST
    try:
        for fewest in (len(luck.applied) + 1, 0):
            parts.FEWEST = fewest
            parts.made.pop(plan, None)
            has_parts = parts.parts_of(plan, luck) is not None
            if has_parts or fewest > 0:
                yield has_parts
    finally:
        parts.FEWEST = usual
        parts.made.pop(plan, None)
