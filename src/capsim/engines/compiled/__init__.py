"""The compiled engine: packs plan and luck for the kernel, and unpacks the log.

The kernel (`capsim.kernels.engine.loop`) follows the contract of `capsim.engines` event for event,
and is compared with the SimPy engine on whole generated scenarios. It allocates nothing: the arrays
of the log are sized by what earlier replications of the plan needed, and enlarged when that was too
little.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.deal import with_leaves
from capsim.draws.luck import Luck
from capsim.draws.reserves import called, reserve_of
from capsim.draws.workspace import Workspace
from capsim.engines.compiled.log import CompiledLog, Raw
from capsim.kernels.codes import (
    ENDING_STAY,
    EVENT_SHORTENED,
    KIND_CASEWORKER,
    LAW_FIXED,
    NEVER,
    NONE,
    NOT_INITIAL,
    WATCH_PENDING,
)
from capsim.kernels.tables import (
    Cases,
    Crew,
    Deciding,
    Entering,
    Over,
    Paying,
    People,
    Room,
    Rows,
    Tables,
    Triggers,
    Windows,
    Written,
)
from capsim.log import Log
from capsim.log.clock import DayClock
from capsim.plan.pending import deciding_stages, ways_to
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import PLAIN, Ask, slices_of, windows_of

__all__ = ["measure", "run"]

Table = TypeVar("Table", bound=Any)  # a named tuple
_packed: WeakKeyDictionary[Plan, Packed] = WeakKeyDictionary()
_workspace = Workspace(1 << 28)
"""The tables of a quarter of a million cases, at some 0.9 kB each."""
_measuring = Workspace(1 << 26)
"""What measures work in: by day, some 20 MB for a province."""


class Packed:
    """A plan as the kernel reads it, and the sizes of the log that it needed so far."""

    def __init__(self, plan: Plan) -> None:
        from capsim.catalogue.rows import backlogs, caseworker_teams
        from capsim.kernels.engine import columns

        self.sizes = [0, 0, 0]
        self._time, self._scenario = plan.time, plan.scenario
        self._windows: dict[Ask, Windows] = {}
        self.wave, normal = backlogs(plan)
        self.normal = np.ascontiguousarray(normal).reshape(-1)
        stages = deciding_stages(plan)
        row = np.full(len(plan.stages), -1, np.int64)
        row[stages] = np.arange(len(stages))
        self.deciding = Deciding(np.array(stages, np.int64), row, ways_to(plan, stages))
        self.rows = Rows(
            stage_copy=plan.network.stage_copy,
            inflow_weight=plan.network.inflow_weight,
            team=plan.copies.team,
            of_places=plan.copies.of_places,
            by_place=np.array(caseworker_teams(plan), np.int64)[plan.copies.team],
        )
        copies = np.zeros((len(plan.copies.team), columns.COPY_FIELDS), np.int64)
        copies[:, columns.SHARE] = plan.copies.share
        copies[:, columns.LIMIT] = plan.copies.limit
        copies[:, columns.BY_DEADLINE] = plan.copies.by_deadline
        copies[:, columns.TEAM_CLASSES] = plan.copies.classes
        copies[:, columns.ASSIGN_CLASSES] = plan.copies.assign_classes
        lists = plan.copies.classes + plan.copies.assign_classes
        first = np.cumsum(lists) - lists
        copies[:, columns.TEAM_FIRST] = first
        copies[:, columns.ASSIGN_FIRST] = first + plan.copies.classes
        copies[:, columns.RETRY] = 1
        copies[:, columns.OF_PLACES] = plan.copies.of_places
        copies[:, columns.DIARY] = diary_copies(plan)
        copies[:, columns.STRAINED] = plan.staff.strain.row >= 0
        copies[:, columns.LOADS_CHANGED] = 1
        copies[:, columns.FREE_FIRST] = -1
        copies[:, columns.FREE_LAST] = -1
        self.n_team_lists = int(lists.sum())
        rows = np.stack([*plan.profiles, _draws_on_joining(plan)], axis=1)
        self.tables = Tables(
            profiles=np.ascontiguousarray(rows),
            copies=copies,
            rules=plan.rules,
            network=plan.network,
            meetings=plan.meetings,
            arrivals=Entering._make(getattr(plan.arrivals, name) for name in Entering._fields),
            deciding=self.deciding,
            watches=plan.watches,
            strain=plan.staff.strain,
        )

    def windows(self, ask: Ask) -> Windows:
        """When is measured."""
        if ask not in self._windows:
            self._windows[ask] = slices_of(self._time, windows_of(self._scenario, ask))
        return self._windows[ask]

    def with_workers(self, luck: Luck) -> Tables:
        """The tables, with the workers of a replication in the table of team copies."""
        from capsim.kernels.engine import columns

        copies = self.tables.copies.copy()
        bounds = np.searchsorted(luck.worker_copy, np.arange(len(copies) + 1))
        copies[:, columns.WORKER_FIRST] = bounds[:-1]
        copies[:, columns.WORKER_LAST] = bounds[1:]
        return self.tables._replace(copies=copies)


def diary_copies(plan: Plan) -> Ints:
    """1 for each team copy whose visits can be entered in the workers' diaries as they fall due.

    Its workers see their own cases only, in the order in which the visits fall due; nothing but a
    visit takes a case away from them, and no visit is missed or a partner's.
    """
    suits = (plan.profiles.kind == KIND_CASEWORKER) & (plan.profiles.ending != ENDING_STAY)
    suits &= plan.rules.missed == 0
    possible = (plan.copies.by_deadline == 0) & (plan.copies.classes == 1)
    possible &= plan.staff.strain.row < 0
    possible[plan.watches.reserve_copy] = False  # whose workers come and go unforeseen
    for stage in range(len(plan.stages)):
        for office, copy in enumerate(plan.network.stage_copy[:, stage]):
            if copy >= 0:
                possible[copy] &= bool(suits[plan.network.profile[office, :, stage]].all())
    return possible.astype(np.int64)


def _draws_on_joining(plan: Plan) -> Ints:
    """1 for each profile that draws when a case joins: patience, length, visits, or where next."""
    draws = plan.profiles.route_n > 1
    for law in (plan.profiles.patience, plan.profiles.stay, plan.profiles.visits):
        draws = draws | ((law >= 0) & (plan.laws.kind[law] != LAW_FIXED))
    return draws.astype(np.int64)


def packed(plan: Plan) -> Packed:
    """The plan packed for the kernel, once per plan."""
    found = _packed.get(plan)
    if found is None:
        found = _packed[plan] = Packed(plan)
    return found


def _bucket_shift(horizon: int, n_cases: int) -> int:
    """Width of a time bucket as a power of 2, for about a dozen events: a case has some twenty."""
    wanted = min(max(8 * n_cases, 1024), 1 << 20)
    shift = 0
    while (horizon >> shift) > wanted:
        shift += 1
    return shift


def _fields_of(table: type[Table], luck: Luck) -> Table:
    """The named tuple whose fields are those of `Luck` of the same names."""
    return table._make(getattr(luck, name) for name in table._fields)


def _simulate(plan: Plan, luck: Luck, ask: Ask, *, full: bool) -> Raw:
    from capsim.kernels.engine import columns
    from capsim.kernels.engine import loop as engine

    pack = packed(plan)
    windows = pack.windows(ask)
    n_slices = len(windows.border) - 1
    n_cases, n_workers = len(luck.applied), len(luck.worker_copy)
    n_stages, n_copies = len(plan.stages), len(plan.copy_names)
    n_inflows, n_offices = len(plan.inflows), len(plan.offices)
    if plan.time.horizon.bit_length() + 3 + (n_cases + 1).bit_length() > 62:
        raise OverflowError(
            f"{n_cases} cases over {plan.time.horizon} office seconds: an event key has 62 bits; "
            "shorten the horizon or split the scenario"
        )

    classes = plan.copies.classes[luck.worker_copy]
    desk = pack.n_team_lists + np.cumsum(classes) - classes
    n_queues = pack.n_team_lists + int(classes.sum())
    shift = _bucket_shift(plan.time.horizon, n_cases)
    n_buckets = (plan.time.horizon >> shift) + 2
    n_series = len(plan.meetings.places)
    cells = (n_stages, n_inflows + 1, n_offices + 1)
    n_cells = math.prod(cells)
    workers = np.empty((n_workers, columns.WORKER_FIELDS), np.int64)
    whole = np.dtype(np.int64)
    reserve = reserve_of(plan, luck)
    n_watches, n_reserve = len(plan.watch_names), len(reserve)
    asks_for_pending = bool((plan.watches.what == WATCH_PENDING).any())
    working = [
        ((n_cases + 1, columns.CASE_FIELDS), whole),
        ((n_cases, n_stages), np.dtype(np.int32)),
        ((n_cases, plan.n_clocks), whole),
        ((n_cases, plan.n_clocks if plan.network.stage_pauses.any() else 0), whole),
        ((n_copies, columns.COPY_FIELDS), whole),
        ((n_queues,), whole),
        ((n_queues,), whole),
        ((n_stages, n_copies), whole),
        ((columns.STATE_FIELDS,), whole),
        ((n_buckets,), whole),
        ((2 * n_cases + 1024,), whole),
        ((n_cases + 9 * n_workers + len(luck.roster_time) + n_reserve + 16,), whole),
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
        ((columns.HALT_FIELDS,), whole),
        ((n_watches, columns.WATCH_FIELDS), whole),
        ((n_reserve, columns.RESERVE_FIELDS), whole),
        ((n_reserve, columns.TURN_FIELDS), whole),
        ((2, n_stages, n_offices), whole),
        ((n_copies,), whole),
        ((n_cases if asks_for_pending else 0,), whole),
    ]
    seen, left, exits = (np.empty(n_cases, np.int64) for _ in range(3))
    contacts = np.empty(
        (n_slices, n_stages, n_inflows, n_offices, columns.CONTACT_FIELDS), np.int64
    )
    peaks = np.empty((n_slices, *cells), np.int64)
    spent = np.empty((n_workers, n_slices + 1, columns.SPENT_FIELDS), np.int64)
    capacity = [
        max(pack.sizes[0], 4 * n_cases) + 64,
        max(pack.sizes[1], 16 * n_cases) + 64 if full else 1,
        max(pack.sizes[2], 2 * n_cases) + 64 if full else 1,
    ]
    sizes = np.zeros(4, np.int64)
    orders = np.empty((n_watches * len(plan.watches.count), columns.ORDER_FIELDS), np.int64)
    tables, people = pack.with_workers(luck), _fields_of(People, luck)
    while True:
        *work, stays = _workspace.arrays([*working, ((capacity[0], columns.STAY_FIELDS), whole)])
        following = np.empty(len(luck.roster_time), np.int64)
        triggers = Triggers._make(work[-6:])
        triggers.reserve[:] = reserve
        cases = (work[0], work[0].view(np.uint64), *work[1:4])
        room = Room._make((*cases, workers, *work[4:-6], triggers, desk, following))
        room.halt[columns.HALTED] = 0
        present = luck
        visits = np.empty((capacity[1], columns.VISIT_FIELDS), np.int64)
        places = np.empty((capacity[2], columns.PLACE_FIELDS), np.int64)
        written = Written(
            seen, left, exits, stays, visits, places, contacts, peaks, spent, orders, sizes
        )
        while True:
            short = engine.simulate(
                int(full),
                shift,
                luck.key,
                plan.time,
                windows,
                plan.laws,
                tables,
                people,
                _fields_of(Crew, present),
                room,
                written,
            )
            if short != 4:
                break
            present, room = _after_leaving(plan, present, room)
        if short == 0:
            break
        capacity[short - 1] = 2 * capacity[short - 1] + 64
    used = [int(size) for size in sizes]
    pack.sizes = [max(pair) for pair in zip(used[:3], pack.sizes, strict=True)]
    return Raw(
        written._replace(
            stays=stays[: used[0]],
            visits=visits[: used[1]],
            places=places[: used[2]],
            orders=orders[: used[3]],
        ),
        workers,
        present,
    )


def _after_leaving(plan: Plan, luck: Luck, room: Room) -> tuple[Luck, Room]:
    """The luck, and the room, in which those leave whose tenure is over when the loop halted."""
    from capsim.kernels.engine import columns

    instant = int(room.G[columns.LEAVES_NEXT])
    leaves = np.where(luck.worker_tenure == NEVER, NEVER, room.W[:, columns.LEAVES])
    clock = DayClock.of(plan)
    now = (room.W[:, columns.EMPLOYED] == 1) & (leaves < min(NEVER, clock.end))
    now[now] = clock.office(leaves[now]) == instant
    luck = with_leaves(plan, luck, np.where(now, leaves, luck.worker_left))
    room.halt[columns.H_ROSTER] = np.searchsorted(luck.roster_time, instant)
    return luck, room._replace(roster_next=np.empty(len(luck.roster_time), np.int64))


def run(plan: Plan, luck: Luck, *, detail: str = "full", ask: Ask = PLAIN) -> Log:
    """The log of one replication.

    Parameters
    ----------
    plan : Plan
    luck : Luck
        Of the same plan.
    detail : {"full", "measures"}
        "measures" keeps no tables; the measures are in `totals["values"]`, aligned with
        `capsim.catalogue.rows.measure_keys(plan, ask)`. "full" has both.
    ask : Ask, optional
        What is measured besides the windows of the scenario.

    Raises
    ------
    OverflowError
        If instant, rank and case number do not fit into an event key: horizons of many millions of
        days with millions of cases.
    """
    raw = _simulate(plan, luck, ask, full=detail == "full")
    luck = _called(plan, raw)
    return CompiledLog.of(plan, luck, detail, raw, partial(_totals, plan, luck, ask))


def _called(plan: Plan, raw: Raw) -> Luck:
    """The luck with the roster of a run in which reserves came and went."""
    from capsim.kernels.engine import columns

    orders = raw.written.orders
    watch, came, went = (
        orders[:, column] for column in (columns.O_WATCH, columns.O_CAME, columns.O_WENT)
    )
    return called(plan, raw.luck, watch, came, went)


def _totals(plan: Plan, luck: Luck, ask: Ask, raw: Raw) -> dict[str, Any]:
    return {"values": _measures(plan, luck, ask, raw), "ask": ask}


def measure(plan: Plan, seed: int, first: int, count: int, ask: Ask = PLAIN) -> Floats:
    """Measures of `count` replications from number `first` on.

    Returns
    -------
    (count, rows) float64
        Aligned with `capsim.catalogue.rows.measure_keys(plan, ask)`.
    """
    from capsim.catalogue.rows import measure_keys
    from capsim.draws import deal

    values = np.empty((count, len(measure_keys(plan, ask))))
    for i in range(count):
        luck = deal(plan, seed, first + i)
        raw = _simulate(plan, luck, ask, full=False)
        values[i] = _measures(plan, _called(plan, raw), ask, raw)
    return values


def _measures(plan: Plan, luck: Luck, ask: Ask, raw: Raw) -> Floats:
    return _values(plan, luck, ask, raw, _money(plan, luck, ask, raw))


def _values(plan: Plan, luck: Luck, ask: Ask, raw: Raw, money: Floats) -> Floats:
    from capsim.catalogue.rows import measure_keys
    from capsim.kernels import measures as statistics
    from capsim.kernels.measures import STAGE_MEASURES, TEAM_MEASURES
    from capsim.kernels.sorting import RADIX_BITS
    from capsim.kernels.sums import SLICE_SUMS, SUMS
    from capsim.kernels.survival import KM_STATE

    pack = packed(plan)
    windows = pack.windows(ask)
    n_slices, n_windows = len(windows.border) - 1, len(windows.first)
    n_stays, n_cells = len(raw.written.stays), raw.written.peaks.size // n_slices
    n_copies, n_teams = len(plan.copy_names), len(plan.teams)
    with_days = (n_cells, plan.time.n_days + 1)
    n_deciding = len(pack.deciding.stage)
    places = len(plan.inflows), len(plan.offices)
    cells = len(plan.inflows) + 1, len(plan.offices) + 1
    by_day = (n_deciding * math.prod(cells), plan.time.n_days + 1)
    over = Over(
        np.array([plan.stages.index(stage) for stage, _ in ask.shares], np.int64),
        np.array([days * plan.time.day_ticks for _, days in ask.shares]),
    )
    over_values = np.ones((len(ask.shares), n_windows * n_cells))
    exit_values = np.empty((n_windows, len(plan.exits), *cells))
    stage_values = np.full((n_windows * n_cells, STAGE_MEASURES), np.nan)
    team_values = np.empty((n_windows, n_teams + n_copies, TEAM_MEASURES))
    whole, real = np.dtype(np.int64), np.dtype(np.float64)
    memory = statistics.Memory(
        *_measuring.arrays(
            [
                ((n_cells, n_slices + 1, SLICE_SUMS), whole),
                ((n_cells, SUMS), whole),
                ((n_stays,), whole),
                ((n_stays,), whole),
                ((1 << RADIX_BITS,), whole),
                ((n_windows * n_cells, KM_STATE), whole),
                ((n_windows * n_cells,), real),
                (with_days, whole),
                (with_days, whole),
                ((n_cells,), whole),
                ((n_copies, statistics.COPY_SUMS), whole),
                ((n_copies,), real),
                ((len(luck.applied), n_deciding), whole),
                (by_day, whole),
                (by_day, whole),
                ((len(plan.exits), *places, n_slices + 1), whole),
            ]
        )
    )
    statistics.measure(
        plan.time,
        windows,
        pack.wave,
        pack.normal,
        pack.deciding,
        over,
        _cases(pack.tables, luck),
        pack.rows,
        _fields_of(Crew, luck),
        raw.written,
        n_stays,
        _calendar(plan, luck.roster_time),
        memory,
        stage_values,
        team_values,
        exit_values,
        over_values,
    )
    return measure_keys(plan, ask).values(
        stage_values, team_values, exit_values, over_values, money
    )


def _cases(tables: Tables, luck: Luck) -> Cases:
    """The cases of a replication, and the rules that they met."""
    return Cases(
        tables.profiles,
        tables.network.profile,
        tables.network.stage_clock,
        tables.network.stage_first_clock,
        tables.arrivals.source_entry,
        luck.applied,
        luck.inflow,
        luck.office,
        luck.source,
        luck.initial,
        len(luck.initial_gap),
    )


def _money(plan: Plan, luck: Luck, ask: Ask, raw: Raw) -> Floats:
    """What `Accounts.values` says of the run; nothing where nothing costs anything."""
    from capsim.kernels import money as kernel
    from capsim.plan.money import accounts_of

    accounts = accounts_of(plan, ask)
    if accounts is None:
        return np.empty(0)
    *cells, n_slices = accounts.shape
    sums = np.empty((*cells, 2, n_slices + 1), np.int64)
    written = raw.written
    shortened = np.flatnonzero(luck.roster_kind == EVENT_SHORTENED)
    kernel.add_money(
        plan.time.day_ticks,
        plan.time.n_days,
        accounts.table,
        Paying(luck.inflow, luck.office, luck.initial, written.case_left, written.case_exit),
        len(luck.initial_gap),
        written.stays,
        _staff(plan, luck, raw),
        np.stack(
            [
                luck.roster_worker[shortened],
                _calendar(plan, luck.roster_time[shortened]),
                luck.roster_value[shortened],
            ]
        ),
        sums,
    )
    is_new = luck.initial == NOT_INITIAL
    if len(written.case_seen):
        is_new &= written.case_seen == 1
    return accounts.values(sums[:, :, :, 0, :-1], luck.applied[is_new])


def _staff(plan: Plan, luck: Luck, raw: Raw) -> Ints:
    """Copy, hired, left and FTE of all workers, then of reserves by order; and which they are."""
    from capsim.kernels.engine import columns

    usual = np.zeros_like(luck.worker_copy)
    rows = [luck.worker_copy, luck.worker_hired, luck.worker_left, luck.worker_fte, usual]
    orders, reserve = raw.written.orders, reserve_of(plan, luck)
    who_came = (orders[:, columns.O_CAME] != NONE)[:, None]
    order, seat = np.nonzero(who_came & (orders[:, columns.O_WATCH, None] == reserve[:, 0]))
    worker, went = reserve[seat, 1], orders[order, columns.O_WENT]
    left = np.where(went == NONE, NEVER, _calendar(plan, np.maximum(went, 0)))
    hired = _calendar(plan, orders[order, columns.O_CAME])
    spells = [luck.worker_copy[worker], hired, left, luck.worker_fte[worker], worker * 0 + 1]
    return np.hstack([np.stack(rows), np.stack(spells)])


def _calendar(plan: Plan, office: Ints) -> Ints:
    day = office // plan.time.day_ticks
    return plan.time.open_day[day] * plan.time.day_ticks + office - day * plan.time.day_ticks
