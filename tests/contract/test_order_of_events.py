"""Rules 5 to 9: which of two things that fall on one instant happens first."""

import capsim
from contract.timetable import ABSENT, RETURN, at, office, rows, with_roster

VISITS = "case worker started ended"


def test_simultaneous_arrivals_are_served_in_case_order(engine):
    """Three who apply at the same instant, from two inflows, are served by inflow, then by index.

    One worker, visits of 2 h. All arrive at Monday's opening. Case order: applied, inflow, index.
    """
    scenario = office({"s": {"team": "t", "work": "2 h"}}, {"b": [0, 0], "a": [0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, VISITS) == [
        ("b 0", "t/1", at(0, 0), at(0, 2)),
        ("b 1", "t/1", at(0, 2), at(0, 4)),
        ("a 0", "t/1", at(0, 4), at(0, 6)),
    ]


def test_a_visit_ends_before_the_arrival_of_the_same_instant(engine):
    """With room 0 an applicant who comes at the instant a visit ends finds the worker free.

    Visits of 2 h: the first from 0 to 2 h. The second applicant comes after 1 h and is turned away,
    the third after exactly 2 h and is served.
    """
    scenario = office(
        {"s": {"team": "t", "work": "2 h", "room": 0}}, {"a": [0, at(0, 1), at(0, 2)]}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started outcome") == [
        ("a 0", at(0, 0), "completed"),
        ("a 1", None, "turned_away"),
        ("a 2", at(0, 2), "completed"),
    ]


def test_the_end_of_a_delay_comes_before_an_arrival_of_the_same_instant(engine):
    """One who comes out of a delay is served before a new applicant of that instant.

    "a" spends one day in `before` and joins `s` on Tuesday's opening; "b" enters `s` directly at
    Tuesday's opening. Rank 2 (end of a delay) precedes rank 4 (arrival), though b is earlier in the
    file.
    """
    scenario = office(
        {"before": {"stay": "1 day"}, "s": {"team": "t", "work": "1 h"}},
        {"b": {"trace": [1], "enter": "s"}, "a": [0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, VISITS) == [
        ("a 0", "t/1", at(1, 0), at(1, 1)),
        ("b 0", "t/1", at(1, 1), at(1, 2)),
    ]


def test_who_gets_a_worker_at_the_instant_patience_ends_is_served(engine):
    """The worker is free at the instant at which the second applicant would give up, who is served.

    Visit of 8 h: Monday 0 to Monday 8 h, which is Tuesday's opening. Patience of one day from
    Monday's opening ends at Tuesday's opening: the visit's end has rank 1, patience rank 5. The
    third has to wait until the second is done, and leaves at that instant of Tuesday.
    """
    scenario = office({"s": {"team": "t", "work": "8 h", "patience": "1 day"}}, {"a": [0, 0, 0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started ended outcome") == [
        ("a 0", at(0), at(1), "completed"),
        ("a 1", at(1), at(2), "completed"),
        ("a 2", None, at(1), "left"),
    ]


def test_the_roster_changes_before_a_visit_ends(engine):
    """A worker who goes at the instant at which the visit ends does not take the next applicant.

    Two applicants at 0, visits of 2 h. The worker is absent from 2 h to 4 h: the absence has rank
    0, the visit's end rank 1. The second visit starts at the return.
    """
    scenario = office({"s": {"team": "t", "work": "2 h"}}, {"a": [0, 0]})
    run = with_roster(scenario, engine, (at(0, 2), 0, ABSENT, 0), (at(0, 4), 0, RETURN, 0))
    assert rows(run.visits, VISITS) == [
        ("a 0", "t/1", at(0, 0), at(0, 2)),
        ("a 1", "t/1", at(0, 4), at(0, 6)),
    ]


def test_all_changes_of_the_roster_at_one_instant_are_one_event(engine):
    """A case handed over goes to one who comes back at that very instant, being the least loaded.

    Worker 1 has case 0, worker 3 case 1; worker 2 is absent until Monday 4 h, when worker 1 goes
    for long. Worker order makes the hand-over come first, but nothing is assigned before both
    changes: loads 0 and 1, so case 0 goes to worker 2. Its second visit is on Tuesday 1 h.
    """
    scenario = office(
        {"s": {"team": "t", "caseworker": True, "visits": 2, "work": "1 h", "gap": "1 day"}},
        {"a": [0, 0]},
        team={"fte": 3},
    )
    run = with_roster(
        scenario, engine, (at(0, 4), 0, ABSENT, 1), (at(0, 4), 1, RETURN, 0), absent=(1,)
    )
    assert rows(run.visits, VISITS) == [
        ("a 0", "t/1", at(0, 0), at(0, 1)),
        ("a 0", "t/2", at(1, 1), at(1, 2)),
        ("a 1", "t/3", at(0, 0), at(0, 1)),
        ("a 1", "t/3", at(1, 1), at(1, 2)),
    ]


def test_a_file_finished_at_the_instant_of_the_meeting_is_decided_at_it(engine):
    """A visit that ends at Monday's closing is decided at the meeting of Tuesday's opening.

    Both are the same instant of the office clock; the visit's end has rank 1, the meeting rank 3.
    """
    scenario = office(
        {"s": {"team": "t", "work": "8 h", "decision": {"dates": ["2026-01-06", "2026-01-13"]}}},
        {"a": [0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended") == [("a 0", at(1), at(1))]


def test_consequences_of_a_file_are_finished_before_the_next_file(engine):
    """Two files of one meeting move to a stage with room 0: the first takes the only worker.

    Both visits of stage `s` are done on Monday (workers of team t), the meeting is on Tuesday. The
    first file's case is being visited in stage `u` before the second file is looked at, which is
    turned away. Were both moved before the workers of u look, the first would be turned away too.
    """
    scenario = office(
        {
            "s": {"team": "t", "work": "1 h", "decision": {"dates": ["2026-01-06"]}},
            "u": {"team": "v", "work": "1 h", "room": 0},
        },
        {"a": [0, 0]},
        teams={"t": {"fte": 2}, "v": {"fte": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case joined started outcome", stage="u") == [
        ("a 0", at(1), at(1), "completed"),
        ("a 1", at(1), None, "turned_away"),
    ]


def test_the_next_stage_is_joined_before_the_worker_looks_for_work(engine):
    """A case that goes on to a later stage of the same team competes with who waits there.

    One generalist; stage `second` has priority 0, stage `first` priority 1. Two applicants at 0.
    After its first visit case 0 joins `second`, and is served there before case 1 in `first`.
    """
    scenario = office(
        {
            "first": {"team": "t", "work": "1 h", "priority": 1},
            "second": {"team": "t", "work": "1 h"},
        },
        {"a": [0, 0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case stage started") == [
        ("a 0", "first", at(0, 0)),
        ("a 0", "second", at(0, 1)),
        ("a 1", "first", at(0, 2)),
        ("a 1", "second", at(0, 3)),
    ]
