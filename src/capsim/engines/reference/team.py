"""A team as it stands in one office: workers, desks and waiting lists.

A case waits in one of three kinds of list. Pooled visits wait in the queue of the team. A visit of
a case that has a caseworker waits on the desk of that worker. A case that needs a caseworker waits
to be assigned. `settling` empties the lists as far as the rules allow.

Of a case, a team knows what it needs to keep lists and caseloads: an `Entrant`.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from capsim.engines.reference.record import StayRow
from capsim.engines.reference.waiting import Key, WaitingList
from capsim.kernels.codes import NEVER, NONE


class Entrant(Protocol):
    """What a team knows of a case: number in the case order, weight (milli), present stay."""

    number: int
    weight: int
    stay: StayRow


E = TypeVar("E", bound=Entrant)


class Worker(Generic[E]):
    """One holder of a seat: hours, visits, desk and open cases.

    `present` is who is not absent, `on_duty` whose working day it is; `hours` of such a day are in
    thousandths, and are the FTE of all who work every day. The places of a team of places are one
    such seat, with an FTE for each and no hours; without any it is absent.
    """

    def __init__(
        self,
        number: int,
        name: str,
        team: Team[E],
        *,
        fte: int,
        hours: int,
        rate: int,
        employed: bool,
        present: bool,
        on_duty: bool,
    ) -> None:
        self.number = number
        self.name = name
        self.team = team
        self.fte = fte
        self.hours = hours
        self.rate = rate
        self.employed = employed
        self.present = present
        self.on_duty = on_duty
        self.visiting: E | None = None
        self.free_since = 0
        self.desk: WaitingList[E] = WaitingList()
        self.cases: dict[int, E] = {}
        self.weight = 0
        self.worked = 0
        self.idle = 0
        self.visits = 0
        self.caseload = 0
        self.caseload_max = 0
        self._counted_until = 0

    @property
    def speed(self) -> int:
        """Client seconds in 10**9 seconds of the office clock."""
        return self.hours * self.team.share * self.rate

    @property
    def effective_fte(self) -> int:
        """Contract times onboarding rate, milli, at least one."""
        return max(1, (self.fte * self.rate + 500) // 1000)

    def weight_of(self, case: E) -> int:
        """What a case takes of the room, milli: a place, or its weight."""
        return 1000 if self.team.of_places else case.weight

    @property
    def load(self) -> int:
        """Weighted open cases per effective FTE, milli."""
        return 1000 * self.weight // self.effective_fte

    @property
    def is_free(self) -> bool:
        """Whether the worker could start a visit now."""
        return self.employed and self.present and self.on_duty and self.visiting is None

    def has_room(self, case: E) -> bool:
        """Whether the caseload limit lets one more case in; the first one always fits."""
        limit = self.team.limit
        if limit < 0 or not self.cases:
            return True
        return (self.weight + self.weight_of(case)) * 1000 <= limit * self.effective_fte

    def count_idle_time(self, now: int) -> None:
        """Add the time since the last change to the idle time; called before every change."""
        if self.is_free:
            self.idle += (now - self._counted_until) * self.speed
        self._counted_until = now

    def take(self, case: E, instant: int) -> None:
        """Open a place of the caseload for a case."""
        self.cases[case.number] = case
        self.weight += self.weight_of(case)
        self.caseload -= instant
        self.caseload_max = max(self.caseload_max, len(self.cases))

    def give_back(self, case: E, instant: int) -> None:
        """Close the place of a case."""
        del self.cases[case.number]
        self.weight -= self.weight_of(case)
        self.caseload += instant


class Team(Generic[E]):
    """One copy of a team.

    Parameters
    ----------
    number : int
        Its place in the order of copies.
    name, office : str
        Team, and the office or cluster that it serves.
    share, limit : int
        Client share and caseload limit, milli; -1 for no limit.
    by_deadline : bool
        Whether the earliest deadline is served first among equal priorities.
    of_places : bool
        Whether it has places instead of workers.

    Attributes
    ----------
    waiting : dict
        How many wait for a first visit or an assignment at each stage, for rule 14 (room).
    blocked : case or None
        Head of the assignment list that found nobody with room, as long as nothing has changed.
    """

    def __init__(
        self,
        number: int,
        name: str,
        office: str,
        *,
        share: int,
        limit: int,
        by_deadline: bool,
        of_places: bool,
    ) -> None:
        self.number = number
        self.name = name
        self.office = office
        self.share = share
        self.limit = limit
        self.by_deadline = by_deadline
        self.of_places = of_places
        self.workers: list[Worker[E]] = []
        self.queue: WaitingList[E] = WaitingList()
        self.unassigned: WaitingList[E] = WaitingList()
        self.waiting: dict[int, int] = {}
        self.blocked: E | None = None
        self._joined = 0

    def key(self, rank: int, case: E) -> Key:
        """Place in the queue or on a desk: class first, then the discipline."""
        if self.by_deadline:
            return rank, NEVER if case.stay.due == NONE else case.stay.due, case.number
        return self._last_key(rank)

    def _last_key(self, rank: int) -> Key:
        self._joined += 1
        return rank, self._joined

    def join_queue(self, case: E, rank: int, *, first: bool) -> None:
        """Let a case wait for any free worker."""
        self.queue.add(case, self.key(rank, case))
        self._count(case, 1 if first else 0)

    def leave_queue(self, case: E, *, first: bool) -> None:
        """Take a case off the queue."""
        self.queue.remove(case)
        self._count(case, -1 if first else 0)

    def join_unassigned(self, case: E, rank: int) -> None:
        """Let a case wait for a caseworker."""
        self.unassigned.add(case, self._last_key(rank))
        self._count(case, 1)

    def leave_unassigned(self, case: E) -> None:
        """Take a case off the list of those without a caseworker."""
        self.unassigned.remove(case)
        self._count(case, -1)

    def put_on_desk(self, worker: Worker[E], case: E, rank: int) -> None:
        """Let a case wait for its own worker."""
        worker.desk.add(case, self.key(rank, case))

    def _count(self, case: E, change: int) -> None:
        stage = case.stay.stage
        self.waiting[stage] = self.waiting.get(stage, 0) + change

    def something_changed(self) -> None:
        """A place was given back or the roster changed: look at a blocked head again."""
        self.blocked = None
