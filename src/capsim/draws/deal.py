"""What chance deals to one replication: its applicants and its roster."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.luck import Luck
from capsim.draws.workspace import Workspace
from capsim.kernels.codes import (
    BURDEN_UNIT,
    MOST_STRAIN,
    SOURCE_INITIAL,
    SOURCE_RATE,
    STATE_OUT,
)
from capsim.kernels.tables import Applicants
from capsim.plan.hashes import name_hash
from capsim.plan.plan import Floats, Ints, Plan

__all__ = ["deal", "with_leaves"]

_PURPOSES = (
    np.uint64(name_hash("case")),
    np.uint64(name_hash("arrival")),
    np.uint64(name_hash("initial")),
    np.uint64(name_hash("week")),
)
_BURDEN = np.uint64(name_hash("burden"))
_workspace = Workspace(1 << 25)
_NOBODY: Ints = np.empty(0, dtype=np.int64)
_MOST_EVENTS = 1_000_000  # of a roster, for which room is made before any was counted


def deal(plan: Plan, seed: int, replication: int = 0) -> Luck:
    """The applicants and the roster of one replication, and the key of all its other draws.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.
    seed : int
        From 0 to 2**64 - 1. Equal seeds give equal luck, also to different scenarios.
    replication : int
        From 0 to 2**64 - 1. Replications of one seed are independent of each other.

    Raises
    ------
    TypeError
        If the seed or the replication is no integer.
    ValueError
        If it lies outside these limits.
    """
    key = np.array([word("seed", seed), word("replication", replication)], dtype=np.uint64)
    cases, roster = _applicants(plan, key), _roster(plan, key, _NOBODY)
    cases["initial_worker"] = _keepers(plan, cases["initial_worker"], roster)
    return Luck(key=key, **cases, **roster)


def with_leaves(plan: Plan, luck: Luck, leaves: Ints) -> Luck:
    """The same luck, now that it is known when some have left whose load decided on it.

    Workers keep their numbers, and nothing before an instant that is new is another.

    Parameters
    ----------
    plan, luck : Plan, Luck
    leaves : (workers,)
        Calendar ticks; `NEVER` for those who have not left yet.
    """
    roster: dict[str, Any] = _roster(plan, luck.key, leaves)
    return replace(luck, **roster)


def word(subject: str, value: int) -> int:
    """The whole number `value` if it fits an unsigned 64-bit word.

    Examples
    --------
    >>> word("seed", 7)
    7
    >>> word("seed", -1)
    Traceback (most recent call last):
        ...
    ValueError: seed = -1 must lie between 0 and 2**64 - 1
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{subject} = {value!r} must be a whole number, such as 1") from None
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{subject} = {number} must lie between 0 and 2**64 - 1")
    return number


def _applicants(plan: Plan, key: Any) -> dict[str, Ints]:
    """The fields of `Luck` about cases."""
    from capsim.kernels.draws.applicants import arrange, collect, weigh

    expected = _expected(plan)
    capacity, initials = expected.cases, expected.initials
    while True:
        whole = np.dtype(np.int64)
        rows, initial = _workspace.arrays([((6, capacity), whole), ((initials, 8), whole)])
        found = Applicants(*rows)
        cases = collect(
            key,
            _PURPOSES,
            plan.time,
            plan.laws,
            plan.network.profile,
            expected.sources,
            plan.arrivals,
            found,
            initial,
        )
        if cases >= 0:
            break
        capacity *= 2  # more arrivals than six standard deviations above the mean
    if plan.time.horizon == 0:
        initials = 0
    # Every source but those with a lag is sorted already, and merging sorted runs is quick.
    rank = found.applied[:cases]
    if initials:
        rank = np.append(initial[:initials, 4], rank[initials:])
    order = np.argsort(rank, kind="stable")
    table = np.empty((8, cases), dtype=np.int64)
    initial_table = np.empty((7, initials), dtype=np.int64)
    arrange(order, plan.arrivals.source_inflow, found, initial, table, initial_table)
    names = ("applied", "join", "inflow", "office", "source", "index", "trace", "initial")
    fields: dict[str, Ints] = dict(zip(names, table, strict=True))
    parts = ("gap", "stay", "visits", "joined", "done", "due", "worker")
    fields.update(
        (f"initial_{part}", column) for part, column in zip(parts, initial_table, strict=True)
    )
    fields["burden"] = np.full(cases, BURDEN_UNIT)
    if (plan.network.inflow_burden >= 0).any():
        weigh(
            key, _BURDEN, plan.laws, plan.network.inflow_burden, plan.arrivals.source_hash, table,
            fields["burden"],
        )  # fmt: skip
    return fields


def _keepers(plan: Plan, listed: Ints, roster: dict[str, Ints]) -> Ints:
    """Workers who have the cases of a list, by its rows; -1 for nobody."""
    found = np.full(len(listed), -1, dtype=np.int64)
    if not (listed >= 0).any():
        return found
    tables = plan.arrivals
    there = np.flatnonzero(roster["worker_state"] != STATE_OUT).tolist()
    copies, seats = roster["worker_copy"].tolist(), roster["worker_seat"].tolist()
    holder = {(copies[worker], seats[worker]): worker for worker in there}
    for case in np.flatnonzero(listed >= 0).tolist():
        seat = int(tables.listed_copy[listed[case]]), int(tables.listed_seat[listed[case]])
        if min(seat) >= 0:
            found[case] = holder[seat]  # filled, because it bears a name
    return found


def _roster(plan: Plan, key: Any, leaves: Ints) -> dict[str, Ints]:
    """The fields of `Luck` about workers, of whom some are known to have left."""
    from capsim.kernels.draws.roster import enrol

    kinds = len(plan.staff.absence_rate)
    expected = _expected(plan)
    n_workers, n_events = expected.workers, expected.events
    sizes = np.empty(2, dtype=np.int64)
    while True:
        workers = np.empty((10, n_workers), dtype=np.int64)
        events = np.empty((4, n_events), dtype=np.int64)
        enrol(
            key,
            plan.time,
            plan.laws,
            plan.staff,
            leaves,
            expected.cumulative,
            np.empty(kinds),
            np.empty(kinds, dtype=np.int64),
            workers,
            events,
            sizes,
        )
        too_few = sizes[0] > n_workers or sizes[1] > n_events
        n_workers, n_events = int(sizes[0]), int(sizes[1])
        if not too_few:
            break
    time, worker, kind, value = events[:, :n_events]
    order = np.argsort((time * max(n_workers, 1) + worker) * 16 + kind, kind="stable")
    names = ["copy", "seat", "holder", "fte", "hours", "state", "rate", "hired", "left", "tenure"]
    fields: dict[str, Ints] = {
        f"worker_{name}": np.ascontiguousarray(column[:n_workers])
        for name, column in zip(names, workers, strict=True)
    }
    fields["roster_time"] = time[order]
    fields["roster_worker"] = worker[order]
    fields["roster_kind"] = kind[order]
    fields["roster_value"] = value[order]
    return fields


@dataclass(frozen=True, eq=False)
class Expected:
    """What is computed once for all replications of a plan.

    Attributes
    ----------
    sources : (sources,)
        Their order among applicants of the same instant.
    cases, initials : int
        Room that is enough for the applicants in nearly every replication, and initial cases.
    cumulative : (seasons, days + 1)
        Season-weighted ticks from the start to the beginning of each day.
    workers, events : int
        Room for the roster, likewise.
    """

    sources: Ints
    cases: int
    initials: int
    cumulative: Floats
    workers: int
    events: int


_known: WeakKeyDictionary[Plan, Expected] = WeakKeyDictionary()


def _expected(plan: Plan) -> Expected:
    """What is the same in all replications, computed once per plan."""
    found = _known.get(plan)
    if found is None:
        season = plan.staff.season
        cumulative = np.zeros(season.shape)
        np.cumsum(season[:, :-1] * plan.time.day_ticks, axis=1, out=cumulative[:, 1:])
        workers, events = _expected_roster(plan)
        found = Expected(*_expected_cases(plan), cumulative, workers, events)
        _known[plan] = found
    return found


def _expected_cases(plan: Plan) -> tuple[Ints, int, int]:
    """Order of the sources, room for their applicants, number of initial cases."""
    tables = plan.arrivals
    # Within equal instants of application the order of cases is that of inflow, source and index.
    # Those of a list come in its own order, after other initial cases.
    inflow = np.where(tables.source_listed >= 0, len(plan.inflows), tables.source_inflow)
    sources = np.lexsort((np.arange(len(inflow)), inflow))
    capacity = 0
    initials = 0
    for kind, n, first, last in zip(
        tables.source_kind.tolist(),
        tables.source_n.tolist(),
        tables.source_first.tolist(),
        tables.source_last.tolist(),
        strict=True,
    ):
        if kind == SOURCE_RATE:
            lengths = np.diff(tables.segment_start[first : last + 1])
            mean = float(tables.segment_rate[first:last] @ lengths)
            capacity += math.ceil(mean + 6 * math.sqrt(mean)) + 16
        else:
            capacity += n + 1
            initials += n if kind == SOURCE_INITIAL else 0
    return sources, capacity, initials


def _expected_roster(plan: Plan) -> tuple[int, int]:
    """Room for workers and events that is enough in nearly every replication."""
    staff = plan.staff
    length = plan.time.n_days * plan.time.day_ticks
    seats = np.bincount(staff.seat_copy, minlength=len(staff.turnover_rate))
    most = np.where(staff.strain.row >= 0, MOST_STRAIN, 1)
    leavers = float(seats @ (staff.turnover_rate * most)) * length
    workers = len(staff.seat_copy) + leavers
    factor = np.append(staff.season.mean(axis=1), 1.0)[staff.absence_season]  # row -1: none
    rate = staff.absence_rate * factor
    spells = np.append(0.0, np.cumsum(rate / (1.0 + rate * staff.absence_mean)))
    expected = float(seats @ np.diff(spells[staff.absence_first])) * length
    events = 4 * workers + 2 * expected + 2 * len(staff.cut_seat)
    shifts = np.append(np.abs(np.diff(staff.duty, axis=1)).sum(axis=1), 0)  # row -1: none
    events += float(shifts[staff.seat_duty].sum())
    return (
        int(workers + 6 * math.sqrt(leavers)) + 8,
        int(min(events + 12 * math.sqrt(events) + 32, _MOST_EVENTS)),
    )
