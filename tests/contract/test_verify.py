"""The reference engine's self-check: called after every event, and able to fail."""

import pytest

from capsim.draws import deal
from capsim.engines.reference.policies import Policies
from capsim.engines.reference.service import Service
from capsim.engines.reference.team import Worker
from capsim.plan import compile_plan
from contract.timetable import office


def service_of(**settings):
    """A service in which people wait in every kind of list at the end of its week.

    The worker of "t" is with case 0 for longer than the week, and case 1 waits. The worker of "c"
    may carry two cases: 2 is visited, 3 waits on the desk, 4 to be assigned. Case 5 has been
    visited and waits for a meeting after the end.
    """
    scenario = office(
        {
            "pooled": {"team": "t", "work": "100 h"},
            "own": {"team": "c", "caseworker": True, "visits": 2, "work": "100 h"},
            "file": {"team": "f", "work": "1 h", "decision": {"dates": ["2026-03-02"]}},
        },
        {
            "a": [0, 0],
            "b": {"trace": [0, 0, 0], "enter": "own"},
            "c": {"trace": [2], "enter": "file"},
        },
        teams={"t": {"fte": 1}, "c": {"fte": 1, "caseload_limit": 2}, "f": {"fte": 1}},
        horizon="1 week",
        **settings,
    )
    plan = compile_plan(scenario)
    return Service(plan, deal(plan, 1, 0), Policies())


def test_it_is_called_after_every_event_when_asked_for(monkeypatch):
    """The opening, six arrivals and one end of a visit; without the variable, never."""
    calls = []
    monkeypatch.setattr(Service, "verify", lambda service: calls.append(service.now))
    for setting, expected in (("1", 8), ("0", 0), ("", 0)):
        monkeypatch.setenv("CAPSIM_VERIFY", setting)
        calls.clear()
        service_of().run()
        assert len(calls) == expected
        assert calls == sorted(calls)


def lose_the_visitor(service):
    service.workers[0].visiting = None


def lose_one_in_the_queue(service):
    service.teams[0].queue.remove(service.cases[1])


def lose_one_on_the_desk(service):
    service.workers[1].desk.remove(service.cases[3])


def miscount_those_who_wait(service):
    service.teams[1].waiting[1] += 1


def lose_one_without_a_caseworker(service):
    service.teams[1].unassigned.remove(service.cases[4])


def forget_a_place(service):
    service.cases[3].place = None


def mix_up_caseworkers(service):
    service.cases[3].place = service.workers[0]


def close_the_row_of_a_place(service):
    service.cases[3].places[-1].until = 5


def hold_a_place_elsewhere(service):
    service.cases[1].place = service.workers[0]


def weigh_wrongly(service):
    service.workers[1].weight += 1


def allow_one_case(service):
    service.teams[1].limit = 1000


def allow_three_cases(service):
    service.teams[1].limit = 3000


def forget_the_maximum(service):
    service.workers[1].caseload_max = 1


def dismiss_without_handing_over(service):
    service.workers[1].employed = False


def send_in_a_free_worker(service):
    service.teams[0].workers.append(
        Worker(
            9,
            "x",
            service.teams[0],
            fte=1000,
            rate=1000,
            hours=1000,
            employed=True,
            present=True,
            on_duty=True,
        )
    )


def lose_a_file(service):
    service.files[0].clear()


def leave_room_unjudged(service):
    service.cases[1].has_just_joined = True


def enter_twice(service):
    service.cases[1].stay.nth = 2


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lose_the_visitor, "visits in hand"),
        (lose_one_in_the_queue, "the queue holds"),
        (lose_one_on_the_desk, "the desk holds"),
        (miscount_those_who_wait, "are counted"),
        (lose_one_without_a_caseworker, "case 4 has no caseworker and does not wait"),
        (forget_a_place, "case 3 has no caseworker"),
        (mix_up_caseworkers, "a caseworker of another team"),
        (close_the_row_of_a_place, "no row for its place"),
        (hold_a_place_elsewhere, "holds a place in a stage that has none"),
        (weigh_wrongly, "carries 2000, not 2001"),
        (allow_one_case, "above the limit"),
        (allow_three_cases, "has room for case 4, which waits"),
        (forget_the_maximum, "the maximum is too low"),
        (dismiss_without_handing_over, "has left and still carries 1 cases"),
        (send_in_a_free_worker, "is free and the queue is not empty"),
        (lose_a_file, "are finished"),
        (leave_room_unjudged, "room was not judged"),
        (enter_twice, "for time 1, not 2"),
    ],
)
def test_a_damaged_state_is_found(damage, told):
    """Each look at the state finds the damage that it is there for, and tells the instant."""
    service = service_of()
    service.run()
    service.verify()
    damage(service)
    with pytest.raises(AssertionError, match=f"at office instant [0-9]+: .*{told}"):
        service.verify()
