"""Settling a team: who is assigned to whom, and whose visit starts, until nothing more can.

Rule 8 (settling a team), rule 10 (starts) and rule 12 (assignment). Here teams and rules of the
user are asked, and the cases that they take are told; nothing else decides for a team.
"""

from __future__ import annotations

from capsim.engines.reference.case import ASSIGNED, STARTED, Case
from capsim.engines.reference.policies import Entry, Policies
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Team, Worker


def settle(team: Team[Case], surroundings: Surroundings[Case], policies: Policies) -> None:
    """Assign and start whatever can be assigned and started now."""
    _assign(team, surroundings, policies)
    if policies.choose is None:
        _start_best_first(team, surroundings)
    else:
        _start_chosen(team, surroundings, policies)


def _assign(team: Team[Case], surroundings: Surroundings[Case], policies: Policies) -> None:
    """The head of the list goes to the least loaded worker with room, and so on."""
    while (head := team.unassigned.head()) is not None:
        case = head[1]
        if case is team.blocked:
            return
        with_room = [
            worker
            for worker in team.workers
            if worker.employed and worker.present and worker.has_room(case)
        ]
        worker = None
        if with_room:
            if policies.assign is None:
                worker = min(with_room, key=lambda one: (one.load, one.number))
            else:
                worker = policies.worker_for(surroundings, team, case, with_room)
        if worker is None:
            # A rule of the user may change its mind at any time, the contract's only with places.
            team.blocked = case if policies.assign is None else None
            return
        team.leave_unassigned(case)
        case.tell(ASSIGNED, worker)


def _start_best_first(team: Team[Case], surroundings: Surroundings[Case]) -> None:
    """The lowest key among the queue and the desks of free workers, and so on."""
    while True:
        free = [worker for worker in team.workers if worker.is_free]
        if not free:
            return
        best = team.queue.head()
        server = None
        for worker in free:
            entry = worker.desk.head()
            if entry is not None and (best is None or entry[0] < best[0]):
                best, server = entry, worker
        if best is None:
            return
        _start(team, best[1], server, free, surroundings.now)


def _start_chosen(team: Team[Case], surroundings: Surroundings[Case], policies: Policies) -> None:
    """What the user's rule takes instead, and so on."""
    while free := [worker for worker in team.workers if worker.is_free]:
        entries: list[Entry] = [(key, case, None) for key, case in team.queue.in_order()]
        for worker in free:
            entries += [(key, case, worker) for key, case in worker.desk.in_order()]
        entries.sort(key=lambda entry: entry[0])
        chosen = policies.entry_of(surroundings, team, entries)
        if chosen is None:
            return
        _, case, server = chosen
        _start(team, case, server, free, surroundings.now)


def _start(
    team: Team[Case],
    case: Case,
    server: Worker[Case] | None,
    free: list[Worker[Case]],
    now: int,
) -> None:
    """Send the own worker, or from the queue the one who has been free longest."""
    if server is None:
        team.leave_queue(case, first=case.visit_number == 1)
        server = min(free, key=lambda worker: (worker.free_since, worker.number))
    else:
        server.desk.remove(case)
    server.count_idle_time(now)
    server.visiting = case
    case.tell(STARTED, server)
