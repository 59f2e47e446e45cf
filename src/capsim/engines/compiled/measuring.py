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
from capsim.kernels.tables import Cases, Crew, Over, Paying, Rows, Tables, Written
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import Ask

__all__ = ["Sums", "measures_of"]

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
    sums = Sums(plan, ask, len(luck.applied), len(raw.written.stays), is_joined=raw.is_joined)
    sums.add(luck, raw.written)
    return sums.values(luck, raw)


class Sums:
    """What the measures of a replication are made of, added up part by part.

    Parameters
    ----------
    plan : Plan
        The whole.
    ask : Ask
    n_cases, n_stays : int
        Of one part at most; of all parts about.
    is_joined : bool
        Whether the engine runs in parts: see `Raw`.
    with_money : bool
        Whether the stays tell what they cost.
    """

    def __init__(
        self,
        plan: Plan,
        ask: Ask,
        n_cases: int,
        n_stays: int,
        *,
        is_joined: bool,
        with_money: bool = True,
    ) -> None:
        from capsim.kernels import measures as statistics
        from capsim.kernels.sorting import RADIX_BITS
        from capsim.kernels.sums import SLICE_SUMS, SUMS
        from capsim.kernels.survival import KM_STATE
        from capsim.plan.money import accounts_of

        self._plan, self._ask, self._pack = plan, ask, packed(plan)
        self._windows = self._pack.windows(ask)
        n_slices, n_windows = len(self._windows.border) - 1, len(self._windows.first)
        cells = len(plan.inflows) + 1, len(plan.offices) + 1
        self._shape = len(plan.stages), *cells
        n_cells, n_copies = math.prod(self._shape), len(plan.copy_names)
        with_days = (n_cells, plan.time.n_days + 1)
        n_deciding = len(self._pack.deciding.stage)
        by_day = (n_deciding * math.prod(cells), plan.time.n_days + 1)
        places = len(plan.inflows), len(plan.offices)
        n_changes = 2 * n_stays + 1 if is_joined else 0
        whole, real = np.dtype(np.int64), np.dtype(np.float64)
        self._memory = statistics.Memory(
            *_workspace.arrays(
                [
                    ((n_cells, n_slices + 1, SLICE_SUMS), whole),
                    ((n_cells,), whole),
                    (with_days, whole),
                    (with_days, whole),
                    (by_day, whole),
                    (by_day, whole),
                    ((len(plan.exits), *places, n_slices + 1), whole),
                    ((3,), whole),
                    ((n_stays,), whole),
                    ((n_stays,), whole),
                    ((n_changes,), whole),
                    ((max(n_stays, n_changes),), whole),
                    ((n_cases, n_deciding), whole),
                    ((n_cells, SUMS), whole),
                    ((1 << RADIX_BITS,), whole),
                    ((n_windows * n_cells, KM_STATE), whole),
                    ((n_windows * n_cells,), real),
                    ((n_copies, statistics.COPY_SUMS), whole),
                    ((n_copies,), real),
                    ((len(plan.stages) * cells[0],), whole),
                ]
            )
        )
        for table in self._memory[: statistics.SUMMED]:
            table.fill(0)
        self._accounts = accounts_of(plan, ask) if with_money else None
        if self._accounts is not None:
            *sizes, n_slices = self._accounts.shape
            self._money = np.zeros((*sizes, 2, n_slices + 1), np.int64)

    def add(self, luck: Luck, written: Written) -> None:
        """Add a part: its cases, whose numbers are its own, and what the kernel wrote of them."""
        from capsim.kernels import measures as statistics
        from capsim.kernels import money

        self._make_room(len(written.stays))
        left, ways, stays = written.case_left, written.case_exit, written.stays
        statistics.add(
            self._plan.time,
            self._windows,
            self._pack.deciding,
            _cases(self._pack.tables, luck),
            left,
            ways,
            stays,
            self._shape,
            self._memory,
        )
        if self._accounts is not None:
            money.add_cases(
                self._plan.time.day_ticks,
                self._plan.time.n_days,
                self._accounts.table,
                Paying(luck.inflow, luck.office, luck.initial, left, ways),
                len(luck.initial_gap),
                stays,
                self._money,
            )

    def _make_room(self, n_stays: int) -> None:
        """Longer lists, if those of so many stays do not fit."""
        memory = self._memory
        wanted = int(memory.found[:2].max()) + n_stays
        if wanted <= len(memory.waits):
            return
        longer = [
            np.concatenate([one, np.empty(k * wanted + 1, np.int64)]) if len(one) else one
            for one, k in ((memory.waits, 1), (memory.decisions, 1), (memory.changes, 2))
        ]
        spare = np.empty(max(map(len, longer)), np.int64)
        self._memory = memory._replace(
            waits=longer[0], decisions=longer[1], changes=longer[2], spare=spare
        )

    def values(self, luck: Luck, raw: Raw, money: Floats | None = None) -> Floats:
        """The measures, from these sums and what else was written of the whole.

        Parameters
        ----------
        luck : Luck
            Of the whole, with the roster that the run had.
        raw : Raw
            Of the whole; its stays are not looked at.
        money : array, optional
            Values of the rows about money, for who knows them already.
        """
        from capsim.catalogue.rows import measure_keys
        from capsim.kernels import measures as statistics
        from capsim.kernels.measures import STAGE_MEASURES, TEAM_MEASURES

        plan, ask, judging = self._plan, self._ask, _judged(self._plan)
        n_windows, n_cells = len(self._windows.first), math.prod(self._shape)
        over = Over(
            np.array([plan.stages.index(stage) for stage, _ in ask.shares], np.int64),
            np.array([days * plan.time.day_ticks for _, days in ask.shares]),
        )
        n_rows = len(plan.teams) + len(plan.copy_names)
        over_values = np.ones((len(ask.shares), n_windows * n_cells))
        exit_values = np.empty((n_windows, len(plan.exits), *self._shape[1:]))
        stage_values = np.full((n_windows * n_cells, STAGE_MEASURES), np.nan)
        team_values = np.empty((n_windows, n_rows, TEAM_MEASURES))
        statistics.measure(
            plan.time,
            self._windows,
            judging.wave,
            judging.normal,
            self._pack.deciding.stage,
            over,
            judging.rows,
            fields_of(Crew, luck),
            raw.written.contacts,
            raw.written.peaks,
            raw.written.spent,
            _calendar(plan, luck.roster_time),
            self._memory,
            stage_values,
            team_values,
            exit_values,
            over_values,
        )
        if money is None:
            money = self._money_values(luck, raw)
        return measure_keys(plan, ask).values(
            stage_values, team_values, exit_values, over_values, money
        )

    def _money_values(self, luck: Luck, raw: Raw) -> Floats:
        """What `Accounts.values` says of the run; nothing where nothing costs anything."""
        from capsim.kernels import money as kernel

        plan, accounts = self._plan, self._accounts
        if accounts is None:
            return np.empty(0)
        shortened = np.flatnonzero(luck.roster_kind == EVENT_SHORTENED)
        kernel.add_staff(
            plan.time.day_ticks,
            plan.time.n_days,
            accounts.table,
            _staff(plan, luck, raw),
            np.stack(
                [
                    luck.roster_worker[shortened],
                    _calendar(plan, luck.roster_time[shortened]),
                    luck.roster_value[shortened],
                ]
            ),
            self._money,
        )
        is_new = luck.initial == NOT_INITIAL
        if len(raw.written.case_seen):
            is_new &= raw.written.case_seen == 1
        return accounts.values(self._money[:, :, :, 0, :-1], luck.applied[is_new])


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
