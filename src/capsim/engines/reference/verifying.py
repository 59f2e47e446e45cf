"""What holds between two events, whatever the scenario: the whole state looked through.

A self-check of the engine, for tests and for whoever changes it: `Service.verify` calls it after
every event when asked to. Nothing here follows the events again; each function looks at the state
from one side. What holds of a run as a whole is checked on its log, by the tests of the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from capsim.engines.reference.case import Case
from capsim.engines.reference.policies import Policies
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Team, Worker
from capsim.kernels.codes import KIND_CASEWORKER, KIND_POOLED, NONE


def verify(surroundings: Surroundings[Case], cases: Iterable[Case], policies: Policies) -> None:
    """Look through a service; AssertionError with the office instant and what is wrong."""
    present = [case for case in cases if case.exit < 0]
    try:
        _visits_are_held_by_one_worker(surroundings, present)
        for case in present:
            _case_is_in_one_place(surroundings, case)
        for worker in surroundings.workers:
            _caseload_is_within_the_limit(surroundings, worker)
        for team in surroundings.teams:
            _lists_hold_whom_they_should(surroundings, team, present)
            _nobody_waits_without_need(team, policies)
        _files_are_those_of_served_cases(surroundings, present)
        _check(not surroundings.touched, "teams are still to be settled")
    except AssertionError as error:
        raise AssertionError(f"at office instant {surroundings.now}: {error}") from None


def _check(holds: bool, wrong: str) -> None:
    if not holds:  # no `assert`: Python leaves those out when it optimises
        raise AssertionError(wrong)


def _is_in_hand(case: Case) -> bool:
    visits = case.stay.visits
    return bool(visits) and visits[-1].begin != NONE and visits[-1].end == NONE


def _awaits_visit(case: Case) -> bool:
    return case.is_visit_due and case.stay.served == NONE


def _visits_are_held_by_one_worker(surroundings: Surroundings[Case], present: list[Case]) -> None:
    """Everyone in mid-visit has one worker, and no worker is with anyone else."""
    visited = Counter(
        worker.visiting.number for worker in surroundings.workers if worker.visiting is not None
    )
    in_hand = Counter(case.number for case in present if _is_in_hand(case))
    _check(visited == in_hand, f"visits in hand of cases {in_hand} but workers with {visited}")


def _case_is_in_one_place(surroundings: Surroundings[Case], case: Case) -> None:
    """Stays follow each other without a gap; only caseworker stages hold places, and all do."""
    name, stay = f"case {case.number}", case.stay
    _check(stay is case.stays[-1], f"{name} is not where its last row says")
    for before, after in pairwise(case.stays[-2:]):
        _check(before.ended == after.joined != NONE, f"{name} was nowhere before {after}")
    same = sum(one.stage == stay.stage for one in case.stays)
    _check(stay.nth == same, f"{name} is in the stage for time {same}, not {stay.nth}")
    _check(not case.has_just_joined, f"{name}: room was not judged")
    if surroundings.kind[stay.profile] < KIND_CASEWORKER:
        _check(case.place is None, f"{name} holds a place in a stage that has none")
        return
    team, place = case.team, case.place
    assert team is not None
    if place is None:
        _check(case in team.unassigned, f"{name} has no caseworker and does not wait for one")
        return
    _check(case not in team.unassigned, f"{name} waits for a caseworker and has one")
    _check(place.team is team, f"{name} has a caseworker of another team")
    _check(place.cases.get(case.number) is case, f"{name} is unknown to its caseworker")
    is_open = case.places[-1].worker == place.number and case.places[-1].until == NONE
    _check(is_open, f"{name} has no row for its place")


def _caseload_is_within_the_limit(surroundings: Surroundings[Case], worker: Worker[Case]) -> None:
    """Weights add up; two or more open cases never weigh more than a whole worker may carry."""
    weight = sum(worker.weight_of(case) for case in worker.cases.values())
    _check(worker.weight == weight, f"{worker.name} carries {weight}, not {worker.weight}")
    _check(len(worker.cases) <= worker.caseload_max, f"{worker.name}: the maximum is too low")
    for case in worker.cases.values():
        _check(
            worker in (case.place, case.kept),
            f"{worker.name} carries case {case.number} of another",
        )
    brought = any(case.keeper == worker.number for case in worker.cases.values())
    if worker.team.of_places:
        brought = True  # places come and go
    if worker.team.limit >= 0 and len(worker.cases) > 1 and not brought:
        # Cuts and starters lower the limit of a worker, but take no cases away.
        most = worker.team.limit * int(surroundings.luck.worker_fte[worker.number])
        _check(weight * 1000 <= most, f"{worker.name} carries {weight}, above the limit")
    if not worker.employed:
        alone = [case for case in worker.cases.values() if worker.visiting is not case]
        _check(not alone, f"{worker.name} has left and still carries {len(alone)} cases")


def _lists_hold_whom_they_should(
    surroundings: Surroundings[Case], team: Team[Case], present: list[Case]
) -> None:
    """Pooled visits are in the queue, own ones on the desk, and those without a worker counted."""
    here = [case for case in present if case.team is team]
    queue = {
        case.number
        for case in here
        if _awaits_visit(case) and surroundings.kind[case.stay.profile] == KIND_POOLED
    }
    found = {case.number for _, case in team.queue.in_order()}
    _check(found == queue, f"{team.name}: the queue holds {found}, not {queue}")
    for worker in team.workers:
        own = {number: case for number, case in worker.cases.items() if case.place is worker}
        due = {number for number, case in own.items() if _awaits_visit(case)}
        found = {case.number for _, case in worker.desk.in_order()}
        _check(found == due, f"{worker.name}: the desk holds {found}, not {due}")
    waiting = Counter(case.stay.stage for _, case in team.unassigned.in_order())
    waiting += Counter(
        case.stay.stage for _, case in team.queue.in_order() if case.visit_number == 1
    )
    counted = Counter({stage: n for stage, n in team.waiting.items() if n})
    _check(counted == waiting, f"{team.name}: {waiting} wait, but {counted} are counted")


def _nobody_waits_without_need(team: Team[Case], policies: Policies) -> None:
    """By the contract's own rules nobody waits for a worker who could take them now."""
    if policies.choose is None:
        for worker in team.workers:
            if worker.is_free:
                _check(not len(team.queue), f"{worker.name} is free and the queue is not empty")
                _check(not len(worker.desk), f"{worker.name} is free and the desk is not empty")
    head = team.unassigned.head()
    if policies.assign is None and head is not None:
        for worker in team.workers:
            could = worker.employed and worker.present and worker.has_room(head[1])
            _check(not could, f"{worker.name} has room for case {head[1].number}, which waits")


def _files_are_those_of_served_cases(surroundings: Surroundings[Case], present: list[Case]) -> None:
    """Whoever has finished a stage and not left it waits for a meeting of that stage."""
    filed = Counter(
        (series, case.number)
        for series, files in enumerate(surroundings.files)
        for *_, case in files
    )
    served = Counter(
        (surroundings.decision_series[case.stay.profile], case.number)
        for case in present
        if case.stay.served != NONE
    )
    _check(filed == served, f"files {filed} wait for meetings, but {served} are finished")
