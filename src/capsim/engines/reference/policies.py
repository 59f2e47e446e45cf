"""Rules of the user: whom a case is assigned to, and whom a team takes next.

`assign` replaces the choice of rule 12 (assignment), `choose` that of rule 10 (starts). Both see
small frozen views, in days and in cases per full-time equivalent, and give back one of the objects
they were shown, or None: nobody now. They are asked again at the next event of the team.
Everything else in the contract holds as it stands: a rule is only asked where there is something
to choose.

Examples
--------
Whoever knew the case last gets it back, else the least loaded worker:

>>> def known_face(team, case, workers):
...     for worker in workers:
...         if worker.name == case.last_worker:
...             return worker
...     return min(workers, key=lambda worker: worker.load)

Who would be late by Friday comes first, else the order of the contract:

>>> def urgent_first(team, entries):
...     return next((entry for entry in entries if entry.case.deadline <= 5), entries[0])

>>> import capsim
>>> scenario = capsim.Scenario(
...     start="2026-01-05",
...     horizon="1 week",
...     teams={"intake": {"fte": 1}},
...     stages={"intake": {"team": "intake", "work": "3 h"}},
...     inflows={
...         "slow": {"trace": [0, 0, 0]},
...         "fast": {"trace": [0], "stages": {"intake": {"deadline": "2 days"}}},
...     },
... )
>>> run = capsim.simulate(scenario, seed=1, choose=urgent_first)
>>> list(run.visits.sort_values("started")["case"])
['slow/trace/0', 'fast/trace/0', 'slow/trace/1', 'slow/trace/2']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from capsim.engines.reference.case import Case
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Team, Worker
from capsim.engines.reference.waiting import Key
from capsim.kernels.codes import NONE

__all__ = [
    "AssignRule",
    "CaseView",
    "ChooseRule",
    "EntryView",
    "Policies",
    "TeamView",
    "WorkerView",
]


@dataclass(frozen=True)
class TeamView:
    """A team copy now.

    Attributes
    ----------
    name, office : str
        Team, and the office or cluster that it serves.
    day : float
        Calendar days since the start.
    unassigned, queue : int
        Cases waiting for a caseworker, and for a pooled visit.
    """

    name: str
    office: str
    day: float
    unassigned: int
    queue: int


@dataclass(frozen=True)
class WorkerView:
    """A worker now.

    Attributes
    ----------
    name : str
        "office/team/seat".
    fte, rate : float
        Contract, and onboarding rate.
    cases : int
        Open cases.
    weight, load : float
        Weighted open cases, and the same per effective full-time equivalent.
    free_since : float
        Calendar day since which a free worker has been free; nan while visiting.
    """

    name: str
    fte: float
    rate: float
    cases: int
    weight: float
    load: float
    free_since: float


@dataclass(frozen=True)
class CaseView:
    """A case now.

    Attributes
    ----------
    number : int
        Place in the case order.
    inflow, office, stage : str
    nth : int
        1 for the first stay in the stage.
    weight : float
        Weight in the caseload.
    applied, joined : float
        Calendar day of the application (nan if unknown), and of joining the stage.
    deadline : float
        Calendar day at which the deadline of the stage expires, nan without.
    handed_over : bool
        Whether a caseworker lost the case.
    last_worker : str
        Worker of the last visit or assignment in the stage; "" if none.
    """

    number: int
    inflow: str
    office: str
    stage: str
    nth: int
    weight: float
    applied: float
    joined: float
    deadline: float
    handed_over: bool
    last_worker: str


@dataclass(frozen=True)
class EntryView:
    """A visit that could start now.

    Attributes
    ----------
    case : CaseView
    visit : int
        1 for the first visit of the stage.
    due : float
        Calendar day on which it fell due.
    worker : WorkerView or None
        The caseworker; None for a pooled visit, which goes to the worker who has been free longest.
    """

    case: CaseView
    visit: int
    due: float
    worker: WorkerView | None


AssignRule = Callable[[TeamView, CaseView, Sequence[WorkerView]], WorkerView | None]
"""Choice among the employed and present workers with room, in worker order."""

ChooseRule = Callable[[TeamView, Sequence[EntryView]], EntryView | None]
"""Choice among all visits that could start now, in the order of rule 10 (starts)."""


Entry = tuple[Key, Case, Worker[Case] | None]
"""A visit that could start: its key, its case, and the caseworker unless it is pooled."""


@dataclass(frozen=True)
class Policies:
    """The rules of the user, and the translation between views and what they show."""

    assign: AssignRule | None = None
    choose: ChooseRule | None = None

    def worker_for(
        self,
        surroundings: Surroundings[Case],
        team: Team[Case],
        case: Case,
        workers: list[Worker[Case]],
    ) -> Worker[Case] | None:
        """The worker that the user's rule assigns the case to."""
        assert self.assign is not None
        view = _View(surroundings)
        views = tuple(view.worker(worker) for worker in workers)
        with view.told("assign", team, [case]):
            chosen = self.assign(view.team(team), view.case(case), views)
            place = _position("assign", "workers", chosen, views)
        return None if place is None else workers[place]

    def entry_of(
        self, surroundings: Surroundings[Case], team: Team[Case], entries: list[Entry]
    ) -> Entry | None:
        """The entry that the user's rule takes next."""
        if not entries:
            return None
        assert self.choose is not None
        view = _View(surroundings)
        views = tuple(view.entry(case, worker) for _, case, worker in entries)
        with view.told("choose", team, [case for _, case, _ in entries]):
            chosen = self.choose(view.team(team), views)
            place = _position("choose", "entries", chosen, views)
        return None if place is None else entries[place]


@dataclass(frozen=True)
class _View:
    """What a rule is shown of the present state of a service."""

    surroundings: Surroundings[Case]

    @contextmanager
    def told(self, rule: str, team: Team[Case], cases: Sequence[Case]) -> Iterator[None]:
        """Note with whatever the rule raises when, and about which cases, it was asked."""
        try:
            yield
        except BaseException as error:
            first = self.case(cases[0])
            others = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
            error.add_note(
                f"in the rule {rule} on day {self._days(self.surroundings.today):.6g}, asked by "
                f"team {team.name!r} of office {team.office!r} about case {first.number} of "
                f"{first.inflow!r} at {first.stage!r}{others}"
            )
            raise

    def team(self, team: Team[Case]) -> TeamView:
        day = self._days(self.surroundings.today)
        return TeamView(team.name, team.office, day, len(team.unassigned), len(team.queue))

    def worker(self, worker: Worker[Case]) -> WorkerView:
        free = self.surroundings.clock.calendar(worker.free_since) if worker.is_free else NONE
        return WorkerView(
            worker.name,
            worker.fte / 1000,
            worker.rate / 1000,
            len(worker.cases),
            worker.weight / 1000,
            worker.load / 1000,
            self._days(free),
        )

    def case(self, case: Case) -> CaseView:
        plan, stay = self.surroundings.plan, case.stay
        return CaseView(
            case.number,
            plan.inflows[case.inflow],
            plan.offices[case.office],
            plan.stages[stay.stage],
            stay.nth,
            case.weight / 1000,
            self._days(case.applied),
            self._days(stay.joined),
            self._days(stay.due),
            case.is_handed_over,
            "" if stay.worker < 0 else self.surroundings.workers[stay.worker].name,
        )

    def entry(self, case: Case, worker: Worker[Case] | None) -> EntryView:
        return EntryView(
            self.case(case),
            case.visit_number,
            self._days(case.stay.visits[-1].due),
            None if worker is None else self.worker(worker),
        )

    def _days(self, instant: int) -> float:
        return float("nan") if instant == NONE else instant / self.surroundings.clock.day


def _position(rule: str, shown: str, chosen: object, views: Sequence[object]) -> int | None:
    """Place of the chosen view among those shown; None for nobody."""
    if chosen is None:
        return None
    for position, view in enumerate(views):
        if view is chosen:
            return position
    raise ValueError(
        f"{rule}: gave back {_shown(chosen)}, which is not among the {shown} it was shown; "
        f"give back one of them, or None"
    )


def _shown(chosen: object) -> str:
    try:
        return repr(chosen)[:200]
    except Exception:  # it is the user's, and may raise anything
        return f"a {type(chosen).__name__}"
