"""Rules 12 and 15 to 17: assignment, places, visits by one worker, and how the work ends."""

import capsim
from contract.timetable import at, office, rows


def caseworker(**settings):
    """A stage of team t with one caseworker a case; visits of 1 h."""
    return {"team": "t", "caseworker": True, "work": "1 h"} | settings


def test_the_least_loaded_worker_gets_the_case_and_onboarding_counts_double(engine):
    """Load is weight per effective FTE: a worker at half speed is as loaded by one case as by two.

    Worker 1 has case 0 since Monday. Worker 2 is hired on Tuesday at rate 0.5. Three cases on
    Tuesday: loads 1 and 0: to worker 2, whose load is 2 then. Loads 1 and 2: to worker 1. Loads 2
    and 2: to worker 1 by worker order. The visit of 1 h by worker 2 takes two hours.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="9 days")},
        {"a": [0, 1, 1, 1]},
        team={
            "changes": {"more": {"at": "2026-01-06", "add": 1}},
            "onboarding": {"length": "60 days", "rate": 0.5},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case worker started ended", visit=1) == [
        ("a 0", "t/1", at(0, 0), at(0, 1)),
        ("a 1", "t/2", at(1, 0), at(1, 2)),
        ("a 2", "t/1", at(1, 0), at(1, 1)),
        ("a 3", "t/1", at(1, 1), at(1, 2)),
    ]


def test_a_blocked_head_blocks_those_behind_it(engine):
    """A light case that would fit waits behind a heavy one that does not.

    One worker, limit 2. Light 0 (weight 1): visits Monday 0 to 1 h and Tuesday 1 to 2 h. Heavy 0
    (weight 2) comes at Monday 1 h and light 1 at 2 h: 1 + 2 > 2, so both wait. On Tuesday 2 h
    heavy gets the place, until its second visit ends on Wednesday 4 h; then light 1.
    """
    scenario = office(
        {"s": caseworker(visits=2, gap="1 day")},
        {
            "light": [0, at(0, 2)],
            "heavy": {"trace": [at(0, 1)], "case_weight": 2.0},
        },
        team={"caseload_limit": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned ended") == [
        ("light 0", at(0, 0), at(1, 2)),
        ("heavy 0", at(1, 2), at(2, 4)),
        ("light 1", at(2, 4), at(3, 6)),
    ]


def test_a_worker_without_cases_has_room_for_one_beyond_the_limit(engine):
    """Limit 1 per FTE at half an FTE is half a case: one is taken nevertheless, and no second.

    Visits of 1 h at half an FTE take two hours. Case 1 is assigned when case 0 is over.
    """
    scenario = office(
        {"s": caseworker(visits=1)}, {"a": [0, 0]}, team={"fte": 0.5, "caseload_limit": 1}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned started ended") == [
        ("a 0", at(0, 0), at(0, 0), at(0, 2)),
        ("a 1", at(0, 2), at(0, 2), at(0, 4)),
    ]
    assert rows(run.workers, "worker caseload_max") == [("t/1", 1)]


def test_the_limit_itself_is_allowed(engine):
    """With limit 2 a worker takes two cases of weight 1, and the third when one of them is over."""
    scenario = office({"s": caseworker(visits=1)}, {"a": [0, 0, 0]}, team={"caseload_limit": 2})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned") == [
        ("a 0", at(0, 0)),
        ("a 1", at(0, 0)),
        ("a 2", at(0, 1)),
    ]


def test_visits_of_own_cases_wait_on_the_desk_of_the_worker(engine):
    """A free colleague does not take over a visit that waits on another's desk.

    Two workers. Cases 0 and 2 belong to worker 1, case 1 to worker 2 (loads 0 0, 1 0, 1 1). Case
    2's first visit waits for worker 1 until 1 h although worker 2 could be free at 0.5 h.
    """
    scenario = office(
        {"s": caseworker(visits=1)},
        {"a": {"trace": {"when": [0, 0, 0], "work": {"s": [1, 0.5, 1]}}}},
        team={"fte": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case worker due started") == [
        ("a 0", "t/1", 0.0, at(0, 0)),
        ("a 1", "t/2", 0.0, at(0, 0)),
        ("a 2", "t/1", 0.0, at(0, 1)),
    ]


def test_desk_and_queue_compete_by_priority_and_joining(engine):
    """A generalist takes the earliest of the team queue and the own desk.

    One worker, a pooled stage `p` and a caseworker stage `c`. At 0: case p (2 h) is served. Then
    join c 0 at 1 h (desk) and p 1 at 1.5 h (queue): c 0 at 2 h, p 1 at 3 h.
    """
    scenario = office(
        {"p": {"team": "t", "work": "2 h", "next": {"out": 1.0}}, "c": caseworker(visits=1)},
        {"p": [0, at(0, 1.5)], "c": {"trace": [at(0, 1)], "enter": "c"}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case started") == [
        ("p 0", at(0, 0)),
        ("c 0", at(0, 2)),
        ("p 1", at(0, 3)),
    ]


def test_a_stay_ends_at_its_end_and_visits_fall_due_every_gap(engine):
    """Stay of 10 days, gap of 4 days: three visits, and the end on the tenth day.

    Visits Monday 0 to 1 h; due four days after that, Friday 1 h to 2 h; Tuesday (8) 2 h to 3 h; the
    next would be due on day 12, beyond the end on day 10, Thursday's opening.
    """
    scenario = office({"s": caseworker(stay="10 days", gap="4 days")}, {"a": [0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "visit due started ended") == [
        (1, at(0, 0), at(0, 0), at(0, 1)),
        (2, at(4, 1), at(4, 1), at(4, 2)),
        (3, at(8, 2), at(8, 2), at(8, 3)),
    ]
    assert rows(run.stays, "served ended outcome visits_done visits_lapsed") == [
        (10.0, 10.0, "completed", 3, 0)
    ]


def test_the_stay_runs_from_the_assignment(engine):
    """One who waits a day for a place has a stay that is a day later.

    Limit 1, stay of 2 days, gap of 9 days. Case 0 Monday to Wednesday, case 1 Wednesday to Friday.
    """
    scenario = office(
        {"s": caseworker(stay="2 days", gap="9 days")}, {"a": [0, 0]}, team={"caseload_limit": 1}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined assigned ended") == [
        ("a 0", at(0), at(0), at(2)),
        ("a 1", at(0), at(2), at(4)),
    ]


def test_a_visit_waiting_at_the_end_of_the_stay_lapses_and_one_in_hand_is_finished(engine):
    """Stays of 2 days: case 0's second visit never starts, case 1's only visit goes on.

    One worker. Case 0 visited Monday 0 to 1 h, its next visit due on Tuesday 1 h. Case 1's visit
    of 24 h lasts from Monday 1 h to Thursday 1 h. Case 0's stay ends on Wednesday's opening with
    the visit waiting; case 1's with the visit in hand, so it ends with that visit.
    """
    scenario = office(
        {"s": caseworker(stay="2 days", gap="1 day")},
        {"a": {"trace": {"when": [0, 0], "work": {"s": [1, 24]}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended visits_done visits_lapsed") == [
        ("a 0", at(2), 1, 1),
        ("a 1", at(3, 1), 1, 0),
    ]
    assert rows(run.visits, "case visit due started ended") == [
        ("a 0", 1, at(0), at(0), at(0, 1)),
        ("a 0", 2, at(1, 1), None, None),
        ("a 1", 1, at(0), at(0, 1), at(3, 1)),
    ]


def test_a_gap_that_ends_with_the_stay_is_not_awaited(engine):
    """The end of the stay and a visit falling due at the same instant: the stay ends.

    The visit of 8 h ends with Monday, told as day 1; a gap of one day ends on Wednesday's opening
    (day 2), as does the stay of 2 days. There is no second visit.
    """
    scenario = office({"s": caseworker(work="8 h", stay="2 days", gap="1 day")}, {"a": [0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "visit ended") == [(1, at(1))]
    assert rows(run.stays, "ended visits_lapsed") == [(at(2), 0)]


def test_closing_looks_at_the_load_with_the_case_itself(engine):
    """A case closes with certainty at load 1, and practically never at load 2.

    One worker, norm 1, elasticity -20: at load 2 the chance is 2**-20. Case a's first visit,
    Monday 0 to 1 h, ends with case b open too: it goes on. Case b has a single visit, until 2 h.
    At a's second visit, Tuesday 1 to 2 h, it is alone and closes.
    """
    scenario = office(
        {
            "s": caseworker(
                closing={"probability": 1.0, "norm": 1, "elasticity": -20.0}, gap="1 day"
            )
        },
        {"a": [0], "b": {"trace": [0], "stages": {"s": {"visits": 1}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended visits_done") == [
        ("a 0", at(1, 2), 2),
        ("b 0", at(0, 2), 1),
    ]


def test_without_a_gap_the_next_visit_is_due_at_once(engine):
    """It joins the desk at its end: two cases of two visits alternate."""
    scenario = office({"s": caseworker(visits=2)}, {"a": [0, 0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit due started") == [
        ("a 0", 1, at(0, 0), at(0, 0)),
        ("a 0", 2, at(0, 1), at(0, 2)),
        ("a 1", 1, at(0, 0), at(0, 1)),
        ("a 1", 2, at(0, 2), at(0, 3)),
    ]


def test_worker_and_place_are_kept_in_the_next_stage_of_the_team(engine):
    """With limit 1 a case goes through two caseworker stages before another one is assigned.

    Case 0: `first` 0 to 1 h, `second` 1 to 2 h, assigned the moment it joins. Case 1 gets the
    place at 2 h. Were the place given back between the stages, case 1 would be assigned at 1 h.
    """
    scenario = office(
        {"first": caseworker(visits=1), "second": caseworker(visits=1)},
        {"a": [0, 0]},
        team={"caseload_limit": 1},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case stage joined assigned started ended") == [
        ("a 0", "first", at(0, 0), at(0, 0), at(0, 0), at(0, 1)),
        ("a 0", "second", at(0, 1), at(0, 1), at(0, 1), at(0, 2)),
        ("a 1", "first", at(0, 0), at(0, 2), at(0, 2), at(0, 3)),
        ("a 1", "second", at(0, 3), at(0, 3), at(0, 3), at(0, 4)),
    ]


def test_a_pooled_stage_in_between_gives_the_place_back(engine):
    """With limit 1 the next case is assigned when the first one enters a pooled stage of the team.

    Case 0: `first` 0 to 1 h, then joins the queue of `middle` before case 1 is assigned and joins
    the desk: `middle` 1 to 2 h, case 1's visit 2 to 3 h.
    """
    scenario = office(
        {"first": caseworker(visits=1), "middle": {"team": "t", "work": "1 h"}},
        {"a": [0, 0]},
        team={"caseload_limit": 1},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case stage assigned started") == [
        ("a 0", "first", at(0, 0), at(0, 0)),
        ("a 0", "middle", None, at(0, 1)),
        ("a 1", "first", at(0, 1), at(0, 2)),
        ("a 1", "middle", None, at(0, 3)),
    ]


def test_the_place_is_held_until_the_meeting(engine):
    """With limit 1 the next case is assigned when the first one has been decided.

    Case 0's visit is over on Monday 1 h, the meeting is on Wednesday; case 1 gets the place there.
    """
    scenario = office(
        {"s": caseworker(visits=1, decision={"dates": ["2026-01-07", "2026-01-14"]})},
        {"a": [0, 0]},
        team={"caseload_limit": 1},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned served ended") == [
        ("a 0", at(0), at(0, 1), at(2)),
        ("a 1", at(2), at(2, 1), at(9)),
    ]


def test_patience_runs_until_the_assignment(engine):
    """Case 1 gives up a day after joining, case 2 is assigned in time and then waits on the desk.

    Limit 1, patience 1 day. Case 0 has a visit of 12 h, until Tuesday 4 h. Case 1 joins on Monday
    0 h and gives up on Tuesday 0 h; case 2 joins on Monday 5 h and is assigned on Tuesday 4 h.
    """
    scenario = office(
        {"s": caseworker(visits=1, work="12 h", patience="1 day")},
        {"a": [0, 0, at(0, 5)]},
        team={"caseload_limit": 1},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned started ended outcome") == [
        ("a 0", at(0), at(0), at(1, 4), "completed"),
        ("a 1", None, None, at(1), "left"),
        ("a 2", at(1, 4), at(1, 4), at(2, 8), "completed"),
    ]


def test_patience_does_not_run_on_the_desk(engine):
    """Assigned at once, case 1 waits on the desk for longer than its patience, and stays.

    No limit, patience of one day. Case 0's visit lasts until Tuesday 4 h.
    """
    scenario = office({"s": caseworker(visits=1, work="12 h", patience="1 day")}, {"a": [0, 0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned started outcome") == [
        ("a 0", at(0), at(0), "completed"),
        ("a 1", at(0), at(1, 4), "completed"),
    ]


def test_room_counts_those_who_wait_for_a_caseworker(engine):
    """Room 1 of a caseworker stage: the second one without a worker is turned away."""
    scenario = office(
        {"s": caseworker(visits=1, room=1)}, {"a": [0, 0, 0]}, team={"caseload_limit": 1}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case assigned outcome") == [
        ("a 0", at(0, 0), "completed"),
        ("a 1", at(0, 1), "completed"),
        ("a 2", None, "turned_away"),
    ]
