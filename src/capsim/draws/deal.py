"""What chance deals to one replication: its applicants and its roster."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.luck import Luck
from capsim.draws.workspace import Workspace
from capsim.kernels.codes import SOURCE_INITIAL, SOURCE_RATE
from capsim.plan.arrivals import ArrivalTables
from capsim.plan.hashes import name_hash
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.staff import StaffTables

__all__ = ["deal"]

_CASE = np.uint64(name_hash("case"))
_ARRIVAL = np.uint64(name_hash("arrival"))
_INITIAL = np.uint64(name_hash("initial"))
_workspace = Workspace(1 << 25)
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
    return Luck(key=key, **_applicants(plan, key), **_roster(plan, key))


def word(subject: str, value: int) -> int:
    """The integer `value` if it fits an unsigned 64-bit word.

    Examples
    --------
    >>> word("seed", 7)
    7
    >>> word("seed", -1)
    Traceback (most recent call last):
        ...
    ValueError: seed: -1 is not between 0 and 2**64 - 1; give a non-negative integer such as 1
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{subject}: {value!r} is no integer; give one such as 1") from None
    if not 0 <= number < 1 << 64:
        raise ValueError(
            f"{subject}: {number} is not between 0 and 2**64 - 1; "
            "give a non-negative integer such as 1"
        )
    return number


def _laws(plan: Plan) -> tuple[Any, ...]:
    """The tables of laws, in the order of the arguments of the kernels."""
    return (
        plan.law_kind,
        plan.law_value,
        plan.law_plus,
        plan.law_first,
        plan.law_n,
        plan.law_growth,
        plan.law_office,
        plan.table_low,
        plan.table_span,
        plan.part_upto,
        plan.part_value,
        plan.growth,
    )


def _applicants(plan: Plan, key: Any) -> dict[str, Ints]:
    """The fields of `Luck` about cases."""
    from capsim.kernels.draws.applicants import arrange, collect

    tables: ArrivalTables = plan.arrivals
    expected = _expected(plan)
    sources, capacity, initials = expected.sources, expected.cases, expected.initials
    calendar = (plan.day_ticks, plan.n_days, plan.open_day, plan.office_day, plan.is_open)
    while True:
        whole = np.dtype(np.int64)
        found, initial = _workspace.arrays([((6, capacity), whole), ((initials, 4), whole)])
        applied, join, office, source, index, trace = found
        arguments: tuple[Any, ...] = (
            key[0],
            key[1],
            _CASE,
            _ARRIVAL,
            _INITIAL,
            *calendar,
            *_laws(plan),
            plan.profile,
            sources,
            tables.source_kind,
            tables.source_inflow,
            tables.source_hash,
            tables.source_entry,
            tables.source_n,
            tables.source_first,
            tables.source_last,
            tables.source_take_up,
            tables.source_lag,
            tables.segment_start,
            tables.segment_rate,
            tables.trace_applied,
            tables.trace_index,
            tables.trace_office,
            tables.trace_row,
            tables.office_upto,
            tables.residual_gap,
            tables.residual_stay,
            tables.residual_visits,
            applied,
            join,
            office,
            source,
            index,
            trace,
            initial,
        )
        cases = collect(*arguments)
        if cases >= 0:
            break
        capacity *= 2  # more arrivals than six standard deviations above the mean
    if plan.horizon == 0:
        initials = 0
    # Every source but those with a lag is sorted already, and merging sorted runs is quick.
    order = np.argsort(applied[:cases], kind="stable")
    table = np.empty((8, cases), dtype=np.int64)
    initial_table = np.empty((3, initials), dtype=np.int64)
    arrange(
        order,
        tables.source_inflow,
        applied,
        join,
        office,
        source,
        index,
        trace,
        initial,
        table,
        initial_table,
    )
    names = ("applied", "join", "inflow", "office", "source", "index", "trace", "initial")
    fields: dict[str, Ints] = dict(zip(names, table, strict=True))
    fields.update(
        zip(("initial_gap", "initial_stay", "initial_visits"), initial_table, strict=True)
    )
    return fields


def _roster(plan: Plan, key: Any) -> dict[str, Ints]:
    """The fields of `Luck` about workers."""
    from capsim.kernels.draws.roster import enrol

    staff: StaffTables = plan.staff
    kinds = len(staff.absence_rate)
    expected = _expected(plan)
    cumulative, n_workers, n_events = expected.cumulative, expected.workers, expected.events
    sizes = np.empty(2, dtype=np.int64)
    while True:
        workers = np.empty((8, n_workers), dtype=np.int64)
        events = np.empty((4, n_events), dtype=np.int64)
        arguments: tuple[Any, ...] = (
            key[0],
            key[1],
            plan.day_ticks,
            plan.n_days,
            plan.open_day,
            plan.office_day,
            plan.is_open,
            *_laws(plan),
            staff.seat_copy,
            staff.seat_number,
            staff.seat_fte,
            staff.seat_from,
            staff.seat_until,
            staff.seat_hash,
            staff.cut_seat,
            staff.cut_time,
            staff.cut_fte,
            staff.onboarding_length,
            staff.onboarding_rate,
            staff.turnover_rate,
            staff.vacancy,
            staff.vacancy_residual,
            staff.vacancy_mean,
            staff.handover_after,
            staff.absence_first,
            staff.absence_rate,
            staff.absence_length,
            staff.absence_residual,
            staff.absence_mean,
            staff.absence_season,
            staff.absence_purpose,
            staff.season,
            staff.turnover_purpose,
            cumulative,
            np.empty(kinds),
            np.empty(kinds, dtype=np.int64),
            workers,
            events,
            sizes,
        )
        enrol(*arguments)
        too_few = sizes[0] > n_workers or sizes[1] > n_events
        n_workers, n_events = int(sizes[0]), int(sizes[1])
        if not too_few:
            break
    time, worker, kind, value = events[:, :n_events]
    order = np.argsort((time * max(n_workers, 1) + worker) * 8 + kind, kind="stable")
    names = ("copy", "seat", "holder", "fte", "state", "rate", "hired", "left")
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
        np.cumsum(season[:, :-1] * plan.day_ticks, axis=1, out=cumulative[:, 1:])
        workers, events = _expected_roster(plan)
        found = Expected(*_expected_cases(plan), cumulative, workers, events)
        _known[plan] = found
    return found


def _expected_cases(plan: Plan) -> tuple[Ints, int, int]:
    """Order of the sources, room for their applicants, number of initial cases."""
    tables: ArrivalTables = plan.arrivals
    # Within equal instants of application the order of cases is that of inflow, source and index.
    sources = np.lexsort((np.arange(len(tables.source_kind)), tables.source_inflow))
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
    staff: StaffTables = plan.staff
    length = plan.n_days * plan.day_ticks
    seats = np.bincount(staff.seat_copy, minlength=len(staff.turnover_rate))
    leavers = float(seats @ staff.turnover_rate) * length
    workers = len(staff.seat_copy) + leavers
    factor = np.append(staff.season.mean(axis=1), 1.0)[staff.absence_season]  # row -1: none
    rate = staff.absence_rate * factor
    spells = np.append(0.0, np.cumsum(rate / (1.0 + rate * staff.absence_mean)))
    expected = float(seats @ np.diff(spells[staff.absence_first])) * length
    events = 4 * workers + 2 * expected + 2 * len(staff.cut_seat)
    return (
        int(workers + 6 * math.sqrt(leavers)) + 8,
        int(min(events + 12 * math.sqrt(events) + 32, _MOST_EVENTS)),
    )
