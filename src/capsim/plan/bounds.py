"""Bounds of a plan: what the kernels count in 64 bits, and the memory that they need.

Every product of the kernels has its bound here.

* Work: ``w * 10**9`` client seconds, so that a visit takes at most `MOST_WORK` seconds.
* Idle time: ticks times billionths of a client second.
* Caseload: thousandths of weights, of all cases at once, times ticks.
* Delays: whole ticks that a double holds exactly, `MOST_TICKS`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from capsim.kernels.tables import Arrivals, Network, Staff
from capsim.plan.laws import LawBook, largest_factor
from capsim.plan.timetable import Timetable
from capsim.scenario.base import Table, plain
from capsim.scenario.checks.sizes import sizes_of
from capsim.scenario.errors import Mistake, ScenarioError, amount
from capsim.scenario.laws.durations import AbstractLaw
from capsim.scenario.model import Scenario
from capsim.scenario.units import half_up

__all__ = ["MOST_TICKS", "MOST_WORK", "check_bounds", "check_memory"]

MOST_WORK = 9_000_000_000
"""Seconds of a visit: times 10**9, less than 2**63."""
MOST_TICKS = 1 << 53
"""Ticks of a delay."""
_LIMIT = 1 << 63


def check_memory(scenario: Scenario) -> None:
    """Refuse a scenario that needs more memory than there is, before any is taken.

    The environment variable CAPSIM_MEMORY says how many gigabytes there are, where the system says
    less than there is, or the scenario is only to be checked here.

    Raises
    ------
    ScenarioError
        If it needs more.
    """
    needed = sizes_of(scenario).memory / 2**30
    there = _memory()
    if there is not None and needed > there:
        rule = (
            f"a replication needs about {needed:.1f} GB of memory, of which there are {there:.1f}"
        )
        remedy = (
            "simulate a tenth of the cases and of the staff, or set CAPSIM_MEMORY to the gigabytes "
            "that may be used"
        )
        raise ScenarioError([Mistake("horizon", str(scenario.horizon), rule, remedy)])


def _memory() -> float | None:
    """Gigabytes of memory of this machine; None if it does not say."""
    asked = os.environ.get("CAPSIM_MEMORY", "")
    try:
        if asked:
            return float(asked)
        pages: float = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None
    with contextlib.suppress(OSError, ValueError):
        pages = min(pages, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return pages / 2**30


def check_bounds(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    network: Network,
    arrivals: Arrivals,
    staff: Staff,
) -> None:
    """Refuse what would overflow in the kernels.

    Raises
    ------
    ScenarioError
        With every bound that is exceeded.
    """
    mistakes = [
        *_idle(scenario, times.horizon, staff),
        *_weights(scenario, times.horizon),
        *_lengths(scenario, laws, network),
        *_traces(scenario, arrivals),
    ]
    if mistakes:
        raise ScenarioError(mistakes)


def _idle(scenario: Scenario, horizon: int, staff: Staff) -> Iterator[Mistake]:
    fastest = int(staff.seat_fte[staff.seat_week > 0].max(initial=1000)) * 1000 * 1000
    if horizon * fastest >= _LIMIT:
        longest = int((_LIMIT // fastest) / horizon * scenario.horizon_days)
        rule = f"idle time is counted exactly up to about {longest} days for these workers"
        remedy = "shorten the horizon and use more replications, or make worker_fte smaller"
        yield Mistake("horizon", str(scenario.horizon), rule, remedy)


def _weights(scenario: Scenario, horizon: int) -> Iterator[Mistake]:
    """Twice the expected cases, and a thousand more: no replication has as many."""
    most = 2 * int(sizes_of(scenario).cases) + 1000
    for name, inflow in scenario.inflows.items():
        if half_up(1000 * inflow.case_weight) * most * max(horizon, 1000) >= _LIMIT:
            largest = _LIMIT // (1000 * most * max(horizon, 1000))
            yield Mistake(
                f"inflows.{name}.case_weight",
                plain(inflow.case_weight),
                f"caseloads of so many cases are counted exactly up to a weight of {largest:,}",
                "write weights near 1: what counts is how they compare",
            )


def _lengths(scenario: Scenario, laws: LawBook, network: Network) -> Iterator[Mistake]:
    heaviest = largest_factor(laws.table(), network.inflow_burden.tolist())
    for law, largest, is_work in laws.largest():
        if is_work:
            largest *= heaviest
        if largest <= (MOST_WORK if is_work else MOST_TICKS):
            continue
        path = next((path for path, one in _laws_in(scenario, "") if one == law), "offices")
        if is_work:
            rule = f"a visit may take {amount(largest / 3600)} h, more than {MOST_WORK // 3600:,} h"
        else:
            rule = "it may last longer than any calendar reaches"
        yield Mistake(path, plain(law), rule, "write a shorter mean, a smaller cv or less growth")


def _traces(scenario: Scenario, arrivals: Arrivals) -> Iterator[Mistake]:
    if arrivals.trace_work.max(initial=0) > MOST_WORK:
        name = next(name for name, inflow in scenario.inflows.items() if inflow.trace is not None)
        hours = MOST_WORK // 3600
        yield Mistake.absent(
            f"inflows.{name}.trace.work", f"a visit takes at most {hours:,} h", "write hours"
        )


def _laws_in(node: Any, path: str) -> Iterator[tuple[str, AbstractLaw]]:
    """Every law of a scenario with its dotted path."""
    items: Any = ()
    if isinstance(node, AbstractLaw):
        yield path, node
    elif isinstance(node, Table):
        items = [(name, getattr(node, name)) for name in type(node).model_fields]
    elif isinstance(node, dict):
        items = node.items()
    elif isinstance(node, tuple):
        items = enumerate(node)
    for name, value in items:
        yield from _laws_in(value, f"{path}.{name}" if path else str(name))
