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

import numpy as np

from capsim.draws.deal import with_leaves
from capsim.draws.luck import Luck
from capsim.draws.reserves import called, reserve_of
from capsim.draws.workspace import Workspace
from capsim.engines.compiled.log import CompiledLog, Raw
from capsim.engines.compiled.measuring import Sums, measures_of
from capsim.engines.compiled.packing import fields_of, packed
from capsim.engines.compiled.parts import Joined, parts_of
from capsim.kernels.codes import NEVER, WATCH_PENDING
from capsim.kernels.tables import Crew, People, Room, Triggers, Written
from capsim.log import Log
from capsim.log.clock import DayClock
from capsim.plan.plan import Floats, Plan
from capsim.plan.windows import PLAIN, Ask

__all__ = ["measure", "run"]

_workspace = Workspace(1 << 28)
"""The tables of a quarter of a million cases, at some 0.9 kB each."""


def _bucket_shift(horizon: int, n_cases: int) -> int:
    """Width of a time bucket as a power of 2, for about a dozen events: a case has some twenty."""
    wanted = min(max(8 * n_cases, 1024), 1 << 20)
    shift = 0
    while (horizon >> shift) > wanted:
        shift += 1
    return shift


def _simulate(plan: Plan, luck: Luck, ask: Ask) -> Raw:
    """All that the kernel writes in one replication, part by part."""
    parts = parts_of(plan, luck)
    if parts is None:
        return _simulate_whole(plan, luck, ask, full=True)
    joined = Joined(plan, luck, packed(plan).windows(ask))
    for share in parts.shares(luck):
        raw = _simulate_whole(share.plan, share.luck, ask, full=True)
        joined.add(share, raw)
        joined.add_rows(share, raw)
    return joined.raw()


def _measured(plan: Plan, luck: Luck, ask: Ask) -> tuple[Raw, Luck, Floats]:
    """What is left of a replication that is only measured, its luck, and the measures.

    The stays of a part are counted as soon as it has run: they are still in the caches then, and
    those of the next part take their place.
    """
    parts = parts_of(plan, luck)
    if parts is None:
        raw = _simulate_whole(plan, luck, ask, full=False)
        luck = _called(plan, raw)
        return raw, luck, measures_of(plan, luck, ask, raw)
    pack = packed(plan)
    n_cases = len(luck.applied)
    joined = Joined(plan, luck, pack.windows(ask))
    sums = Sums(plan, ask, n_cases, max(pack.sizes[0], 4 * n_cases), is_joined=True)
    n_stays = 0
    for share in parts.shares(luck):
        raw = _simulate_whole(share.plan, share.luck, ask, full=False)
        joined.add(share, raw)
        sums.add(share.people(), raw.written)
        n_stays += len(raw.written.stays)
    pack.sizes[0] = max(pack.sizes[0], n_stays)
    raw = joined.raw()
    return raw, luck, sums.values(luck, raw)


def _simulate_whole(plan: Plan, luck: Luck, ask: Ask, *, full: bool) -> Raw:
    """What the kernel writes in one replication of a plan, or of a part that is one."""
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
    tables, people = pack.with_workers(luck), fields_of(People, luck)
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
                fields_of(Crew, present),
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
    if detail == "measures":
        raw, luck, values = _measured(plan, luck, ask)
        return CompiledLog.of(plan, luck, detail, raw, lambda _: {"values": values, "ask": ask})
    raw = _simulate(plan, luck, ask)
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
    return {"values": measures_of(plan, luck, ask, raw), "ask": ask}


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
        _, _, values[i] = _measured(plan, deal(plan, seed, first + i), ask)
    return values
