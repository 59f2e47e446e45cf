"""A plan as the kernel reads it, made once per plan."""

from __future__ import annotations

from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from capsim.draws.luck import Luck
from capsim.kernels.codes import ENDING_STAY, KIND_CASEWORKER, LAW_FIXED
from capsim.kernels.tables import Deciding, Entering, Tables, Windows
from capsim.plan.pending import deciding_stages, ways_to
from capsim.plan.plan import Ints, Plan
from capsim.plan.windows import Ask, slices_of, windows_of

__all__ = ["Packed", "diary_copies", "fields_of", "packed"]

Table = TypeVar("Table", bound=Any)  # a named tuple
_packed: WeakKeyDictionary[Plan, Packed] = WeakKeyDictionary()


class Packed:
    """A plan as the kernel reads it, and the sizes of the log that it needed so far."""

    def __init__(self, plan: Plan) -> None:
        from capsim.kernels.engine import columns

        self.sizes = [0, 0, 0]
        self._time, self._scenario = plan.time, plan.scenario
        self._windows: dict[Ask, Windows] = {}
        stages = deciding_stages(plan)
        row = np.full(len(plan.stages), -1, np.int64)
        row[stages] = np.arange(len(stages))
        self.deciding = Deciding(np.array(stages, np.int64), row, ways_to(plan, stages))
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


def fields_of(table: type[Table], luck: Luck) -> Table:
    """The named tuple whose fields are those of `Luck` of the same names."""
    return table._make(getattr(luck, name) for name in table._fields)
