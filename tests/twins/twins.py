"""Comparison of the two engines, table by table, to the last integer."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.log import Log
from capsim.plan import compile_plan
from capsim.scenario import Scenario

NOT_COMPARED = {"plan", "luck", "totals", "detail"}


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


def compare(scenario: Scenario, seed: int = 1, replication: int = 0) -> list[str]:
    """Differences between the SimPy engine and the compiled engine on one replication."""
    plan = compile_plan(scenario)
    luck = deal(plan, seed, replication)
    return differences(reference.run(plan, luck), compiled.run(plan, luck))
