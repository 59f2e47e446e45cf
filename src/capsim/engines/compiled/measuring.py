"""The measures of a run of the compiled engine: packed for the kernels that compute them."""

from __future__ import annotations

import math
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.luck import Luck
from capsim.draws.reserves import reserve_of
from capsim.draws.workspace import Workspace
from capsim.engines.compiled.log import Raw
from capsim.engines.compiled.packing import fields_of, packed
from capsim.kernels.codes import EVENT_SHORTENED, NEVER, NONE, NOT_INITIAL
from capsim.kernels.tables import Cases, Crew, Over, Paying, Rows, Tables
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import Ask

__all__ = ["measures_of", "values_of"]

_workspace = Workspace(1 << 26)
"""What measures work in: by day, some 20 MB for a province."""


class Judging(NamedTuple):
    """What the kernel reads of a plan to judge backlogs and teams."""

    wave: int
    normal: Floats
    rows: Rows


_judging: WeakKeyDictionary[Plan, Judging] = WeakKeyDictionary()


def _judged(plan: Plan) -> Judging:
    """What judges the runs of a plan, made once per plan."""
    from capsim.catalogue.rows import backlogs, caseworker_teams

    found = _judging.get(plan)
    if found is None:
        wave, normal = backlogs(plan)
        rows = Rows(
            stage_copy=plan.network.stage_copy,
            inflow_weight=plan.network.inflow_weight,
            team=plan.copies.team,
            of_places=plan.copies.of_places,
            by_place=np.array(caseworker_teams(plan), np.int64)[plan.copies.team],
        )
        found = Judging(wave, np.ascontiguousarray(normal).reshape(-1), rows)
        _judging[plan] = found
    return found


def measures_of(plan: Plan, luck: Luck, ask: Ask, raw: Raw) -> Floats:
    """The measures of a run, in the order of `measure_keys`."""
    return values_of(plan, luck, ask, raw, _money(plan, luck, ask, raw))


def values_of(plan: Plan, luck: Luck, ask: Ask, raw: Raw, money: Floats) -> Floats:
    """The measures of a run whose money is known."""
    from capsim.catalogue.rows import measure_keys
    from capsim.kernels import measures as statistics
    from capsim.kernels.measures import STAGE_MEASURES, TEAM_MEASURES
    from capsim.kernels.sorting import RADIX_BITS
    from capsim.kernels.sums import SLICE_SUMS, SUMS
    from capsim.kernels.survival import KM_STATE

    pack, judging = packed(plan), _judged(plan)
    windows = pack.windows(ask)
    n_slices, n_windows = len(windows.border) - 1, len(windows.first)
    n_stays, n_cells = len(raw.written.stays), raw.written.peaks.size // n_slices
    n_copies, n_teams = len(plan.copy_names), len(plan.teams)
    n_changes = 2 * n_stays + 1 if raw.is_joined else 0
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
        *_workspace.arrays(
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
                ((n_changes,), whole),
                ((n_changes,), whole),
                ((len(plan.stages) * cells[0],), whole),
            ]
        )
    )
    statistics.measure(
        plan.time,
        windows,
        judging.wave,
        judging.normal,
        pack.deciding,
        over,
        _cases(pack.tables, luck),
        judging.rows,
        fields_of(Crew, luck),
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
