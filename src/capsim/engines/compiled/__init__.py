"""The compiled engine: packs plan and luck for the kernel, and unpacks the log.

The kernel (`capsim.kernels.engine.loop`) follows the contract of `capsim.engines` event for event,
and is compared with the SimPy engine on whole generated scenarios. It allocates nothing: the arrays
of the log are sized by what earlier replications of the plan needed, and enlarged when that was too
little.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.luck import Luck
from capsim.draws.workspace import Workspace
from capsim.engines.compiled.log import CompiledLog, Raw
from capsim.kernels.codes import ENDING_STAY, KIND_CASEWORKER, LAW_FIXED
from capsim.log import Log
from capsim.plan.plan import Floats, Ints, Plan

__all__ = ["measure", "run"]

_packed: WeakKeyDictionary[Plan, Packed] = WeakKeyDictionary()
_workspace = Workspace(1 << 28)
"""The tables of a quarter of a million cases, at some 0.9 kB each."""


class Packed:
    """A plan as the kernel reads it, and the sizes of the log that it needed so far."""

    def __init__(self, plan: Plan) -> None:
        from capsim.catalogue.rows import caseworker_teams, first_wave_day
        from capsim.kernels.engine import columns

        self.sizes = [0, 0, 0]
        self.wave = first_wave_day(plan)
        self.by_place = np.array(caseworker_teams(plan), np.int64)[plan.copy_team]
        self.laws = (
            plan.law_kind,
            plan.law_value,
            plan.law_plus,
            plan.law_first,
            plan.law_n,
            plan.law_growth,
            plan.table_low,
            plan.table_span,
            plan.part_upto,
            plan.part_value,
            plan.growth,
        )
        profiles = [
            plan.p_kind,
            plan.p_ending,
            plan.p_visits,
            plan.p_work_first,
            plan.p_work_n,
            plan.p_gap,
            plan.p_stay,
            plan.p_patience,
            plan.p_room,
            plan.p_closing,
            plan.p_decision,
            plan.p_deadline,
            plan.p_within,
            plan.p_until,
            plan.p_clock,
            plan.p_class_first,
            plan.p_class_later,
            plan.p_assign_new,
            plan.p_assign_handed,
            plan.p_route_first,
            plan.p_route_n,
            plan.p_if_left,
            plan.p_if_turned_away,
            _draws_on_joining(plan),
        ]
        copies = np.zeros((len(plan.copy_team), columns.COPY_FIELDS), np.int64)
        copies[:, columns.SHARE] = plan.copy_share
        copies[:, columns.LIMIT] = plan.copy_limit
        copies[:, columns.BY_DEADLINE] = plan.copy_by_deadline
        copies[:, columns.TEAM_CLASSES] = plan.copy_classes
        copies[:, columns.ASSIGN_CLASSES] = plan.copy_assign_classes
        lists = plan.copy_classes + plan.copy_assign_classes
        first = np.cumsum(lists) - lists
        copies[:, columns.TEAM_FIRST] = first
        copies[:, columns.ASSIGN_FIRST] = first + plan.copy_classes
        copies[:, columns.RETRY] = 1
        copies[:, columns.DIARY] = diary_copies(plan)
        copies[:, columns.FREE_FIRST] = -1
        copies[:, columns.FREE_LAST] = -1
        self.copies = copies
        self.n_team_lists = int(lists.sum())
        arrivals = plan.arrivals
        self.tables: tuple[Any, ...] = (
            np.ascontiguousarray(np.stack(profiles, axis=1)),
            plan.p_urgent,
            plan.work_list,
            plan.route_upto,
            plan.route_to,
            plan.closing_probability,
            plan.closing_norm,
            plan.closing_step,
            plan.closing_table,
            plan.profile,
            plan.stage_copy,
            plan.stage_clock,
            plan.stage_purpose,
            plan.inflow_weight,
            arrivals.source_entry,
            arrivals.source_hash,
            plan.series_places,
            plan.series_first,
            plan.series_time,
            plan.meeting_time,
            plan.meeting_series,
            arrivals.trace_work,
            arrivals.trace_stay,
            arrivals.trace_patience,
            plan.law_office,
            plan.workday_due,
        )

    def with_copies(self, copies: Ints) -> tuple[Any, ...]:
        """The tables, with the workers of a replication in the table of team copies."""
        return (*self.tables[:16], copies, *self.tables[16:])


def diary_copies(plan: Plan) -> Ints:
    """1 for each team copy whose visits can be entered in the workers' diaries as they fall due.

    Its workers see their own cases only, in the order in which the visits fall due, and nothing but
    a visit takes a case away from them.
    """
    suits = (plan.p_kind == KIND_CASEWORKER) & (plan.p_ending != ENDING_STAY)
    possible = (plan.copy_by_deadline == 0) & (plan.copy_classes == 1)
    for stage in range(len(plan.stages)):
        for office, copy in enumerate(plan.stage_copy[:, stage]):
            if copy >= 0:
                possible[copy] &= bool(suits[plan.profile[office, :, stage]].all())
    return possible.astype(np.int64)


def _draws_on_joining(plan: Plan) -> Ints:
    """1 for each profile that draws when a case joins: patience, length, visits, or where next."""
    draws = plan.p_route_n > 1
    for law in (plan.p_patience, plan.p_stay, plan.p_visits):
        draws = draws | ((law >= 0) & (plan.law_kind[law] != LAW_FIXED))
    return draws.astype(np.int64)


def packed(plan: Plan) -> Packed:
    """The plan packed for the kernel, once per plan."""
    found = _packed.get(plan)
    if found is None:
        found = _packed[plan] = Packed(plan)
    return found


def _clock(plan: Plan, n_cases: int) -> tuple[Ints, Ints, Ints, Ints]:
    # Buckets of about a dozen events: a case has some twenty.
    wanted = min(max(8 * n_cases, 1024), 1 << 20)
    shift = 0
    while (plan.horizon >> shift) > wanted:
        shift += 1
    numbers = np.array(
        [
            plan.day_ticks,
            plan.n_days,
            plan.horizon,
            plan.warm_up,
            plan.warm_up_day,
            plan.cohort_end_day,
            shift,
        ],
        np.int64,
    )
    return numbers, plan.open_day, plan.office_day, plan.is_open


def _simulate(plan: Plan, luck: Luck, *, full: bool) -> Raw:
    from capsim.kernels import event_set as structures
    from capsim.kernels.engine import columns
    from capsim.kernels.engine import loop as engine

    pack = packed(plan)
    n_cases, n_workers = len(luck.applied), len(luck.worker_copy)
    n_stages, n_copies = len(plan.stages), len(plan.copies)
    n_inflows, n_offices = len(plan.inflows), len(plan.offices)
    if plan.horizon.bit_length() + 3 + (n_cases + 1).bit_length() > 62:
        raise OverflowError(
            f"{n_cases} cases over {plan.horizon} office seconds: an event key has 62 bits; "
            "shorten the horizon or split the scenario"
        )

    copies = pack.copies.copy()
    bounds = np.searchsorted(luck.worker_copy, np.arange(n_copies + 1))
    copies[:, columns.WORKER_FIRST] = bounds[:-1]
    copies[:, columns.WORKER_LAST] = bounds[1:]
    classes = plan.copy_classes[luck.worker_copy]
    worker_desk = pack.n_team_lists + np.cumsum(classes) - classes
    n_queues = pack.n_team_lists + int(classes.sum())

    clock = _clock(plan, n_cases)
    n_buckets = int(plan.horizon >> int(clock[0][6])) + 2
    people = (
        luck.applied,
        luck.join,
        luck.inflow,
        luck.office,
        luck.source,
        luck.index,
        luck.trace,
        luck.initial,
        luck.initial_gap,
        luck.initial_stay,
        luck.initial_visits,
    )
    staff = (
        luck.worker_copy,
        luck.worker_fte,
        luck.worker_state,
        luck.worker_rate,
        worker_desk,
        luck.roster_time,
        luck.roster_worker,
        luck.roster_kind,
        luck.roster_value,
        np.empty(len(luck.roster_time), np.int64),
    )
    n_series = len(plan.series_places)
    cells = (n_stages, n_inflows + 1, n_offices + 1)
    n_cells = math.prod(cells)
    workers = np.empty((n_workers, columns.WORKER_FIELDS), np.int64)
    whole = np.dtype(np.int64)
    working = [
        ((n_cases + 1, structures.CASE_FIELDS), whole),
        ((n_cases, n_stages), np.dtype(np.int32)),
        ((n_cases, plan.n_clocks), whole),
        ((n_copies, columns.COPY_FIELDS), whole),
        ((n_queues,), whole),
        ((n_queues,), whole),
        ((n_stages, n_copies), whole),
        ((structures.STATE_FIELDS,), whole),
        ((n_buckets,), whole),
        ((2 * n_cases + 1024,), whole),
        ((n_cases + n_workers + len(luck.roster_time) + 16,), whole),
        ((n_copies + 4,), whole),
        ((n_copies,), whole),
        ((n_cases + 1,), whole),
        ((n_series,), whole),
        ((n_series,), whole),
        ((n_series + 1,), whole),
        (cells, whole),
        ((n_cells,), whole),
        ((n_cells,), np.dtype(np.int8)),
        ((2,), whole),
        ((n_workers,), whole),
    ]
    seen, left, exits = (np.empty(n_cases, np.int64) for _ in range(3))
    contacts = np.empty((n_stages, n_inflows, n_offices, columns.CONTACT_FIELDS), np.int64)
    peaks = np.empty(cells, np.int64)
    capacity = [
        max(pack.sizes[0], 4 * n_cases) + 64,
        max(pack.sizes[1], 16 * n_cases) + 64 if full else 1,
        max(pack.sizes[2], 2 * n_cases) + 64 if full else 1,
    ]
    sizes = np.zeros(3, np.int64)
    tables = pack.with_copies(copies)
    while True:
        *work, stays = _workspace.arrays([*working, ((capacity[0], columns.STAY_FIELDS), whole)])
        room = (work[0], work[0].view(np.uint64), *work[1:3], workers, *work[3:])
        visits = np.empty((capacity[1], columns.VISIT_FIELDS), np.int64)
        places = np.empty((capacity[2], columns.PLACE_FIELDS), np.int64)
        log = (seen, left, exits, stays, visits, places, contacts, peaks, sizes)
        short = engine.simulate(
            int(full), luck.key, clock, pack.laws, tables, people, staff, room, log
        )
        if short == 0:
            break
        capacity[short - 1] = 2 * capacity[short - 1] + 64
    used = [int(size) for size in sizes]
    pack.sizes = [max(pair) for pair in zip(used, pack.sizes, strict=True)]
    return Raw(
        stays[: used[0]],
        visits[: used[1]],
        places[: used[2]],
        seen,
        left,
        exits,
        contacts,
        peaks,
        workers,
    )


def run(plan: Plan, luck: Luck, *, detail: str = "full") -> Log:
    """The log of one replication.

    Parameters
    ----------
    plan : Plan
    luck : Luck
        Of the same plan.
    detail : {"full", "measures"}
        "measures" keeps no tables; the measures are in `totals["values"]`, aligned with
        `capsim.catalogue.rows.measure_keys(plan)`. "full" has both.

    Raises
    ------
    OverflowError
        If instant, rank and case number do not fit into an event key: horizons of many millions of
        days with millions of cases.
    """
    raw = _simulate(plan, luck, full=detail == "full")
    return CompiledLog.of(plan, luck, detail, raw, partial(_measures, plan, luck))


def measure(plan: Plan, seed: int, first: int, count: int) -> Floats:
    """Measures of `count` replications from number `first` on.

    Returns
    -------
    (count, rows) float64
        Aligned with `capsim.catalogue.rows.measure_keys(plan)`.
    """
    from capsim.catalogue.rows import measure_keys
    from capsim.draws import deal

    values = np.empty((count, len(measure_keys(plan))))
    for i in range(count):
        luck = deal(plan, seed, first + i)
        values[i] = _measures(plan, luck, _simulate(plan, luck, full=False))
    return values


def _measures(plan: Plan, luck: Luck, raw: Raw) -> Floats:
    from capsim.catalogue.rows import measure_keys
    from capsim.kernels import measures as statistics

    pack = packed(plan)
    n_stays = len(raw.stays)
    n_copies, n_teams = len(plan.copies), len(plan.teams)
    n_cells = raw.peaks.size
    with_days = (n_cells if pack.wave >= 0 else 1, plan.n_days + 1)
    numbers = np.array(
        [
            plan.day_ticks,
            plan.n_days,
            plan.warm_up_day,
            plan.cohort_end_day,
            pack.wave,
            n_cells.bit_length(),
        ],
        np.int64,
    )
    stage_values = np.empty((n_cells, statistics.STAGE_MEASURES))
    team_values = np.empty((n_teams + n_copies, statistics.TEAM_MEASURES))
    statistics.measure(
        numbers,
        pack.tables[0],
        plan.profile,
        plan.stage_copy,
        plan.inflow_weight,
        luck.initial,
        luck.inflow,
        luck.office,
        len(luck.initial_gap),
        raw.stays,
        n_stays,
        raw.contacts,
        raw.peaks,
        raw.workers,
        plan.copy_team,
        pack.by_place,
        luck.worker_copy,
        luck.worker_fte,
        luck.worker_hired,
        luck.worker_left,
        _calendar(plan, luck.roster_time),
        luck.roster_worker,
        luck.roster_kind,
        luck.roster_value,
        np.empty((n_cells, statistics.SUMS), np.int64),
        np.empty(n_stays, np.int64),
        np.empty(n_stays, np.int64),
        np.empty(1 << statistics.RADIX_BITS, np.int64),
        np.empty((n_cells, statistics.KM_STATE), np.int64),
        np.empty(n_cells),
        np.empty(with_days, np.int64),
        np.empty(with_days, np.int64),
        np.empty((n_copies, 7), np.int64),
        np.empty(n_copies),
        stage_values,
        team_values,
    )
    return measure_keys(plan).values(stage_values, team_values)


def _calendar(plan: Plan, office: Ints) -> Ints:
    day = office // plan.day_ticks
    return plan.open_day[day] * plan.day_ticks + office - day * plan.day_ticks
