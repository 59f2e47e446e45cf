"""A team as it stands in one office: workers, desks, waiting lists, and who takes whom next.

A case waits in one of three kinds of list. Pooled visits wait in the queue of the team. A visit of
a case that has a caseworker waits on the desk of that worker. A case that needs a caseworker waits
to be assigned. `Team.settle` empties them as far as the rules allow.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from capsim.kernels.codes import NEVER, NONE

if TYPE_CHECKING:
    from capsim.engines.reference.case import Case
    from capsim.engines.reference.policies import Policies

ASSIGNED, STARTED = "assigned", "started"


class WaitingList:
    """Cases in order of their keys; anyone may go from the middle.

    A heap in which entries that have gone stay until they come to the top, so that joining and
    leaving cost the logarithm of the length: waiting lists grow to tens of thousands.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[tuple[int, ...], int, Case]] = []
        self._keys: dict[Case, tuple[int, ...]] = {}

    def __len__(self) -> int:
        """Number of cases that wait."""
        return len(self._keys)

    def __contains__(self, case: Case) -> bool:
        return case in self._keys

    def add(self, case: Case, key: tuple[int, ...]) -> None:
        """Let a case join."""
        self._keys[case] = key
        heappush(self._heap, (key, case.number, case))

    def remove(self, case: Case) -> None:
        """Let a case go."""
        del self._keys[case]

    def head(self) -> tuple[tuple[int, ...], Case] | None:
        """Key and case of the one to be served next, if anyone waits."""
        while self._heap:
            key, _, case = self._heap[0]
            if self._keys.get(case) == key:
                return key, case
            heappop(self._heap)
        return None

    def in_order(self) -> list[tuple[tuple[int, ...], Case]]:
        """Everyone with their keys, the next one first."""
        return sorted(((key, case) for case, key in self._keys.items()), key=lambda item: item[0])


class Worker:
    """One holder of a seat: hours, visits, desk and open cases."""

    def __init__(
        self,
        number: int,
        name: str,
        team: Team,
        *,
        fte: int,
        rate: int,
        employed: bool,
        present: bool,
    ) -> None:
        self.number = number
        self.name = name
        self.team = team
        self.fte = fte
        self.rate = rate
        self.employed = employed
        self.present = present
        self.visiting: Case | None = None
        self.free_since = 0
        self.desk = WaitingList()
        self.cases: dict[int, Case] = {}
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
        return self.fte * self.team.share * self.rate

    @property
    def effective_fte(self) -> int:
        """Contract times onboarding rate, milli, at least one."""
        return max(1, (self.fte * self.rate + 500) // 1000)

    @property
    def load(self) -> int:
        """Weighted open cases per effective FTE, milli."""
        return 1000 * self.weight // self.effective_fte

    @property
    def is_free(self) -> bool:
        """Whether the worker could start a visit now."""
        return self.employed and self.present and self.visiting is None

    def has_room(self, case: Case) -> bool:
        """Whether the caseload limit lets one more case in; the first one always fits."""
        limit = self.team.limit
        if limit < 0 or not self.cases:
            return True
        return (self.weight + case.weight) * 1000 <= limit * self.effective_fte

    def count_idle_time(self, now: int) -> None:
        """Add the time since the last change to the idle time; called before every change."""
        if self.is_free:
            self.idle += (now - self._counted_until) * self.speed
        self._counted_until = now

    def take(self, case: Case, instant: int) -> None:
        """Open a place of the caseload for a case."""
        self.cases[case.number] = case
        self.weight += case.weight
        self.caseload -= instant
        self.caseload_max = max(self.caseload_max, len(self.cases))

    def give_back(self, case: Case, instant: int) -> None:
        """Close the place of a case."""
        del self.cases[case.number]
        self.weight -= case.weight
        self.caseload += instant


class Team:
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
    policies : Policies
        Rules of the user that replace rules 3 and 5.
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
        policies: Policies,
    ) -> None:
        self.number = number
        self.name = name
        self.office = office
        self.share = share
        self.limit = limit
        self.by_deadline = by_deadline
        self.policies = policies
        self.workers: list[Worker] = []
        self.queue = WaitingList()
        self.unassigned = WaitingList()
        self.waiting: dict[int, int] = {}
        self._joined = 0
        self._blocked: Case | None = None

    # -- waiting ---------------------------------------------------------------------------------

    def key(self, rank: int, case: Case) -> tuple[int, ...]:
        """Place in the queue or on a desk: class first, then the discipline."""
        if self.by_deadline:
            return rank, NEVER if case.stay.due == NONE else case.stay.due, case.number
        return self._arrival_key(rank)

    def _arrival_key(self, rank: int) -> tuple[int, ...]:
        self._joined += 1
        return rank, self._joined

    def join_queue(self, case: Case, rank: int, *, first: bool) -> None:
        """Let a case wait for any free worker."""
        self.queue.add(case, self.key(rank, case))
        self._count(case, 1 if first else 0)

    def leave_queue(self, case: Case, *, first: bool) -> None:
        """Take a case off the queue."""
        self.queue.remove(case)
        self._count(case, -1 if first else 0)

    def join_unassigned(self, case: Case, rank: int) -> None:
        """Let a case wait for a caseworker."""
        self.unassigned.add(case, self._arrival_key(rank))
        self._count(case, 1)

    def leave_unassigned(self, case: Case) -> None:
        """Take a case off the list of those without a caseworker."""
        self.unassigned.remove(case)
        self._count(case, -1)

    def put_on_desk(self, worker: Worker, case: Case, rank: int) -> None:
        """Let a case wait for its own worker."""
        worker.desk.add(case, self.key(rank, case))

    def _count(self, case: Case, change: int) -> None:
        """Count who waits for a first visit or an assignment at each stage, for `room`."""
        stage = case.stay.stage
        self.waiting[stage] = self.waiting.get(stage, 0) + change

    def something_changed(self) -> None:
        """A place was given back or the roster changed: look at a blocked head again."""
        self._blocked = None

    # -- taking the next -------------------------------------------------------------------------

    def settle(self, now: int) -> None:
        """Assign and start whatever can be assigned and started now (rules 2, 3 and 5)."""
        self._assign()
        if self.policies.choose is None:
            self._start_best_first(now)
        else:
            self._start_chosen(now)

    def _assign(self) -> None:
        """Rule 5: the head of the list goes to the least loaded worker with room, and so on."""
        while (head := self.unassigned.head()) is not None:
            case = head[1]
            if case is self._blocked:
                return
            with_room = [
                worker
                for worker in self.workers
                if worker.employed and worker.present and worker.has_room(case)
            ]
            worker = None
            if with_room:
                if self.policies.assign is None:
                    worker = min(with_room, key=lambda one: (one.load, one.number))
                else:
                    worker = self.policies.worker_for(self, case, with_room)
            if worker is None:
                # A rule of the user may change its mind at any time, rule 5 only with the staff.
                self._blocked = case if self.policies.assign is None else None
                return
            self.leave_unassigned(case)
            case.tell(ASSIGNED, worker)

    def _start_best_first(self, now: int) -> None:
        """Rule 3: the best entry over the queue and the desks of free workers, and so on."""
        while True:
            free = [worker for worker in self.workers if worker.is_free]
            if not free:
                return
            best = self.queue.head()
            server = None
            for worker in free:
                entry = worker.desk.head()
                if entry is not None and (best is None or entry[0] < best[0]):
                    best, server = entry, worker
            if best is None:
                return
            self._start(best[1], server, free, now)

    def _start_chosen(self, now: int) -> None:
        """The user's rule instead of rule 3."""
        while free := [worker for worker in self.workers if worker.is_free]:
            entries: list[tuple[Any, Case, Worker | None]] = [
                (key, case, None) for key, case in self.queue.in_order()
            ]
            for worker in free:
                entries += [(key, case, worker) for key, case in worker.desk.in_order()]
            entries.sort(key=lambda entry: entry[0])
            chosen = self.policies.entry_of(self, entries)
            if chosen is None:
                return
            _, case, server = chosen
            self._start(case, server, free, now)

    def _start(self, case: Case, server: Worker | None, free: list[Worker], now: int) -> None:
        if server is None:
            self.leave_queue(case, first=case.visit_number == 1)
            server = min(free, key=lambda worker: (worker.free_since, worker.number))
        else:
            server.desk.remove(case)
        server.count_idle_time(now)
        server.visiting = case
        case.tell(STARTED, server)
