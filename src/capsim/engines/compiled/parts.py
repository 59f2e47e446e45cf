"""Parts of a plan: offices that share nothing with others, run one part after the other.

No event of an office asks for what happens in another, unless they have a team in common. An event
loop over a whole country finds its next event in another office than the last one, and waits for
memory at each; a part fits the caches, where its tables lie in the place of those of the part
before. A part is a plan of its own, with its offices, team copies and meetings numbered anew, and
its cases and workers are a luck of its own: so the kernel knows of no parts. What they wrote is
joined under the numbers of the whole. One thing is of all offices at one instant, the longest
queue: `capsim.kernels.sums.join_peaks`.

Small offices are put together, because a part costs a tenth of a millisecond. Plans with triggers,
or with leaving that rises with the load, stay whole: their rosters are made while they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from capsim.draws.luck import Luck
from capsim.engines.compiled.log import Raw
from capsim.kernels.tables import Copies, Meetings, Windows, Written
from capsim.plan.compile import sealed
from capsim.plan.plan import Ints, Plan

__all__ = ["Joined", "Parts", "Share", "parts_of"]

FEWEST = 4_000
"""Cases of a part, at least: fewer gain nothing."""

_NAMES = [field.name for field in fields(Luck)]
_OF_INITIAL = [name for name in _NAMES if name.startswith("initial_")]
_OF_WORKERS = [name for name in _NAMES if name.startswith("worker_")]
_OF_ROSTER = [name for name in _NAMES if name.startswith("roster_")]
_OF_CASES = [
    name for name in _NAMES if name not in {"key", *_OF_INITIAL, *_OF_WORKERS, *_OF_ROSTER}
]


@dataclass(frozen=True, eq=False)
class Share:
    """A part, and what chance has dealt to it.

    Attributes
    ----------
    plan, luck : Plan, Luck
        With numbers of their own.
    offices, cases, workers
        The numbers in the whole of those of the part, ascending.
    """

    plan: Plan
    luck: Luck
    offices: Ints
    cases: Ints
    workers: Ints

    def people(self) -> Luck:
        """The luck with the offices of its cases by their numbers in the whole."""
        return replace(self.luck, office=self.offices[self.luck.office])


class Parts:
    """The parts of a plan.

    Attributes
    ----------
    offices : list of arrays
        Numbers of the offices of each part, ascending.
    """

    def __init__(self, plan: Plan, offices: list[Ints]) -> None:
        self.offices = offices
        # Few enough for 16 bits, by which cases are sorted in one go.
        self._part_of_office = np.empty(len(plan.offices), np.int16)
        # A team that serves no stage is of the first part.
        self._part_of_copy = np.zeros(len(plan.copy_names), np.int64)
        for part, here in enumerate(offices):
            self._part_of_office[here] = part
            copies = plan.network.stage_copy[here]
            self._part_of_copy[copies[copies >= 0]] = part
        self._office = _numbers(self._part_of_office)
        self._copy = _numbers(self._part_of_copy)
        self._plans = [
            _plan_of(plan, here, self._part_of_copy == part, self._office, self._copy)
            for part, here in enumerate(offices)
        ]

    def shares(self, luck: Luck) -> Iterator[Share]:
        """Every part with its share of the luck."""
        of_case = self._part_of_office[luck.office]
        of_worker = self._part_of_copy[luck.worker_copy]
        of_change = of_worker[luck.roster_worker]
        by_part = np.argsort(of_case, kind="stable")
        ends = np.cumsum(np.bincount(of_case, minlength=len(self._plans))).tolist()
        number = np.append(_numbers(of_worker), -1)
        first = 0
        for part, plan in enumerate(self._plans):
            cases, first = by_part[first : ends[part]], ends[part]
            initial = cases[: np.searchsorted(cases, len(luck.initial_gap))]
            workers = np.flatnonzero(of_worker == part)
            changes = np.flatnonzero(of_change == part)
            own = {
                name: getattr(luck, name).take(rows)
                for names, rows in (
                    (_OF_CASES, cases),
                    (_OF_INITIAL, initial),
                    (_OF_WORKERS, workers),
                    (_OF_ROSTER, changes),
                )
                for name in names
            }
            own["office"] = self._office[own["office"]]
            own["initial_worker"] = number[own["initial_worker"]]
            own["worker_copy"] = self._copy[own["worker_copy"]]
            own["roster_worker"] = number[own["roster_worker"]]
            yield Share(plan, Luck(key=luck.key, **own), self.offices[part], cases, workers)


made: WeakKeyDictionary[Plan, Parts | None] = WeakKeyDictionary()
"""The parts of the plans that were run."""


def parts_of(plan: Plan, luck: Luck) -> Parts | None:
    """The parts of a plan, made once per plan by the cases of one luck; None if it stays whole."""
    if plan not in made:
        offices = _apart(plan, np.bincount(luck.office, minlength=len(plan.offices)))
        made[plan] = Parts(plan, offices) if len(offices) > 1 else None
    return made[plan]


def _apart(plan: Plan, cases: Ints) -> list[Ints]:
    """Offices that share no team with those of other parts, which have so many cases each."""
    n_offices = len(plan.offices)
    if len(plan.watch_names) or (plan.staff.strain.row >= 0).any():
        return [np.arange(n_offices)]
    group = np.arange(n_offices)  # of offices that share teams: the first of them
    for copy in range(len(plan.copy_names)):
        here = group[(plan.network.stage_copy == copy).any(axis=1)]
        if len(here):
            group[np.isin(group, here)] = here.min()
    found: list[Ints] = []
    together: list[Ints] = []
    for first in np.unique(group):
        together.append(np.flatnonzero(group == first))
        if sum(cases[offices].sum() for offices in together) >= FEWEST:
            found.append(np.sort(np.concatenate(together)))
            together = []
    if together:
        found.append(np.sort(np.concatenate(together)))
    return found


def _numbers(part: NDArray[Any]) -> Ints:
    """The number of each in its own part."""
    order = np.argsort(part, kind="stable")
    sizes = np.bincount(part)
    number = np.empty(len(part), np.int64)
    number[order] = np.arange(len(part)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return number


def _plan_of(plan: Plan, offices: Ints, is_own: Ints, office: Ints, copy: Ints) -> Plan:
    """The plan of some offices: of the whole it has names, time, laws, rules and sources."""
    copies = np.flatnonzero(is_own)
    network, meetings = plan.network, plan.meetings
    series = np.flatnonzero(np.isin(meetings.office, offices))
    number = np.full(len(meetings.office) + 1, -1, np.int64)  # the last is that of none
    number[series] = np.arange(len(series))
    times = [meetings.time[meetings.first[k] : meetings.first[k + 1]] for k in series]
    held = number[meetings.held_series] >= 0
    return replace(
        plan,
        offices=tuple(plan.offices[k] for k in offices),
        copy_names=tuple(plan.copy_names[k] for k in copies),
        profiles=sealed(plan.profiles._replace(decision=number[plan.profiles.decision])),
        network=sealed(
            network._replace(
                profile=network.profile[offices],
                stage_copy=np.append(copy, -1)[network.stage_copy[offices]],
            )
        ),
        copies=sealed(Copies(*(column[copies] for column in plan.copies))),
        meetings=sealed(
            Meetings(
                stage=meetings.stage[series],
                office=office[meetings.office[series]],
                places=meetings.places[series],
                first=np.cumsum([0, *map(len, times)]),
                time=np.concatenate([meetings.time[:0], *times]),
                held=meetings.held[held],
                held_series=number[meetings.held_series[held]],
            )
        ),
        staff=plan.staff._replace(
            strain=sealed(plan.staff.strain._replace(row=plan.staff.strain.row[copies]))
        ),
    )


class Joined:
    """What the kernel writes of the parts of one replication, under the numbers of the whole.

    Parameters
    ----------
    plan, luck : Plan, Luck
        The whole.
    windows : Windows
        When is measured.
    """

    def __init__(self, plan: Plan, luck: Luck, windows: Windows) -> None:
        from capsim.kernels.engine import columns

        n_slices, n_cases = len(windows.border) - 1, len(luck.applied)
        n_initial, n_workers = len(luck.initial_gap), len(luck.worker_copy)
        n_stages, n_inflows, n_offices = len(plan.stages), len(plan.inflows), len(plan.offices)
        places = (n_slices, n_stages, n_inflows, n_offices)
        whole = np.int64
        self._luck = luck
        self._workers = np.empty((n_workers, columns.WORKER_FIELDS), whole)
        self._written = Written(
            case_seen=np.empty(n_cases, whole),
            case_left=np.empty(n_cases, whole),
            case_exit=np.empty(n_cases, whole),
            stays=np.empty((n_initial, columns.STAY_FIELDS), whole),
            visits=np.empty((0, columns.VISIT_FIELDS), whole),
            places=np.empty((0, columns.PLACE_FIELDS), whole),
            contacts=np.empty((*places, columns.CONTACT_FIELDS), whole),
            peaks=np.empty((n_slices, n_stages, n_inflows + 1, n_offices + 1), whole),
            spent=np.empty((n_workers, n_slices + 1, columns.SPENT_FIELDS), whole),
            orders=np.empty((0, columns.ORDER_FIELDS), whole),
            sizes=np.zeros(4, whole),
        )
        self._n_stays = n_initial
        # The stays of initial cases are the first rows, in the order of these cases.
        self._stays = [self._written.stays]
        self._visits, self._places = [self._written.visits], [self._written.places]

    def add(self, share: Share, raw: Raw) -> None:
        """Take over what was written of a part, but for the rows of its tables."""
        whole, part, cases = self._written, raw.written, share.cases
        whole.case_seen[cases] = part.case_seen
        whole.case_left[cases] = part.case_left
        whole.case_exit[cases] = part.case_exit
        whole.contacts[:, :, :, share.offices] = part.contacts
        whole.peaks[..., share.offices + 1] = part.peaks[..., 1:]
        whole.spent[share.workers] = part.spent
        self._workers[share.workers] = raw.workers

    def add_rows(self, share: Share, raw: Raw) -> None:
        """Take over the rows of the tables of stays, visits and places."""
        from capsim.kernels.engine import columns

        whole, part, cases = self._written, raw.written, share.cases
        worker = np.append(share.workers, -1)  # the last is nobody
        stays, visits, places = part.stays.copy(), part.visits, part.places
        stays[:, columns.S_CASE] = cases[stays[:, columns.S_CASE]]
        stays[:, columns.S_WORKER] = worker[stays[:, columns.S_WORKER]]
        n_initial = len(share.luck.initial_gap)
        row = np.arange(len(stays)) + self._n_stays - n_initial
        row[:n_initial] = cases[:n_initial]
        whole.stays[row[:n_initial]] = stays[:n_initial]
        visits[:, columns.V_STAY] = row[visits[:, columns.V_STAY]]
        visits[:, columns.V_WORKER] = worker[visits[:, columns.V_WORKER]]
        places[:, columns.L_CASE] = cases[places[:, columns.L_CASE]]
        places[:, columns.L_WORKER] = worker[places[:, columns.L_WORKER]]
        self._stays.append(stays[n_initial:])
        self._visits.append(visits)
        self._places.append(places)
        self._n_stays += len(stays) - n_initial

    def raw(self) -> Raw:
        """All that was written."""
        written = self._written._replace(
            stays=np.concatenate(self._stays),
            visits=np.concatenate(self._visits),
            places=np.concatenate(self._places),
        )
        return Raw(written, self._workers, self._luck, is_joined=True)
