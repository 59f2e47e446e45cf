"""Rules 10, 13 and 14: who is taken next, who gives up, who finds no room."""

import capsim
from contract.timetable import at, office, rows

STARTS = "case stage started"


def test_lower_priority_numbers_are_served_first(engine):
    """Stage priority comes before inflow priority, and that before joining.

    One worker, visits of 1 h. At 0 four cases: plain and urgent ones in stage `late` (priority 1)
    and in stage `soon` (priority 0). plain 0 joins `late` first and starts at once, as nobody
    else has joined when it does. Then urgent in soon, plain in soon, urgent in late.
    """
    scenario = office(
        {
            "late": {"team": "t", "work": "1 h", "priority": 1, "next": {"out": 1.0}},
            "soon": {"team": "t", "work": "1 h"},
        },
        {
            "plain": {"trace": [0], "priority": 1},
            "urgent": {"trace": [0]},
            "plain2": {"trace": [0], "priority": 1, "enter": "soon"},
            "urgent2": {"trace": [0], "enter": "soon"},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    starts = sorted(rows(run.visits, "started case stage"))
    assert starts == [
        (at(0, 0), "plain 0", "late"),
        (at(0, 1), "urgent2 0", "soon"),
        (at(0, 2), "plain2 0", "soon"),
        (at(0, 3), "urgent 0", "late"),
    ]


def test_the_earliest_deadline_is_served_first_and_none_last(engine):
    """Discipline "deadline": due order, overdue ones included, ties in case order, none last.

    One worker; case 0 of "long" keeps it until Tuesday's opening. Waiting then, all joined at
    Monday 1 h: "none" without a deadline, "long" 1 due after 5 days, "short" 0 and 1 due after 1
    day.
    """
    scenario = office(
        {"s": {"team": "t", "work": "1 h", "deadline": "5 days"}},
        {
            "free": {"trace": [at(0, 1)], "stages": {"s": {"deadline": "9 days"}}},
            "long": {"trace": {"when": [0, at(0, 1)], "work": {"s": [8, 1]}}},
            "short": {"trace": [at(0, 1), at(0, 1)], "stages": {"s": {"deadline": "1 day"}}},
        },
        team={"discipline": "deadline"},
        initial={"s": {"cases": 1, "inflow": "free"}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits.sort_values("started"), "case started") == [
        ("free s/0", at(0, 0)),
        ("long 0", at(0, 1)),
        ("short 0", at(1, 1)),
        ("short 1", at(1, 2)),
        ("long 1", at(1, 3)),
        ("free 0", at(1, 4)),
    ]


def test_a_case_without_deadline_comes_last(engine):
    """Discipline "deadline": an initial case of unknown age has none, and waits for all others.

    Two initial cases of unknown age: the first starts at 0 and ends at 2 h. Case 0 joins at 1 h
    with a deadline and is taken at 2 h, before the second initial case.
    """
    scenario = office(
        {"s": {"team": "t", "work": "2 h", "deadline": "30 days"}},
        {"a": [at(0, 1)]},
        team={"discipline": "deadline"},
        initial={"s": {"cases": 2}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case started") == [
        ("a s/0", at(0, 0)),
        ("a s/1", at(0, 4)),
        ("a 0", at(0, 2)),
    ]


def test_fifo_takes_returning_visits_by_joining_and_returning_first_before_all(engine):
    """A second visit joins behind first ones under fifo, and before them if returning is first.

    One worker, two visits of 2 h a case, no gap. Applicants at 0, 1 h and 1 h. Fifo: at 2 h case
    0's second visit joins behind the first visits of 1 and 2. Returning first: it goes on at
    once.
    """
    stages = {"s": {"team": "t", "work": "2 h", "visits": 2}}
    when = {"a": [0, at(0, 1), at(0, 1)]}
    run = capsim.simulate(office(stages, when), seed=1, engine=engine)
    assert rows(run.visits.sort_values("started"), "case visit started") == [
        ("a 0", 1, at(0, 0)),
        ("a 1", 1, at(0, 2)),
        ("a 2", 1, at(0, 4)),
        ("a 0", 2, at(0, 6)),
        ("a 1", 2, at(1, 0)),
        ("a 2", 2, at(1, 2)),
    ]
    scenario = office(stages, when, team={"discipline": "returning_first"})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits.sort_values("started"), "case visit started") == [
        ("a 0", 1, at(0, 0)),
        ("a 0", 2, at(0, 2)),
        ("a 1", 1, at(0, 4)),
        ("a 1", 2, at(0, 6)),
        ("a 2", 1, at(1, 0)),
        ("a 2", 2, at(1, 2)),
    ]


def test_a_pooled_visit_goes_to_the_worker_who_has_been_free_longest(engine):
    """Three workers free since the start, at 2 h and at 1 h: the next three go to 3, 2 and 1.

    Case 0 (2 h) goes to worker 1, case 1 (1 h) to worker 2 by worker order among those free since
    the start. At 3 h worker 3 has been free since the start, worker 2 since 1 h, worker 1 since 2
    h.
    """
    scenario = office(
        {"s": {"team": "t", "work": "1 h"}},
        {"a": {"trace": {"when": [0, 0, *[at(0, 3)] * 3], "work": {"s": [2, 1, 1, 1, 1]}}}},
        team={"fte": 3},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case worker started") == [
        ("a 0", "t/1", at(0, 0)),
        ("a 1", "t/2", at(0, 0)),
        ("a 2", "t/3", at(0, 3)),
        ("a 3", "t/2", at(0, 3)),
        ("a 4", "t/1", at(0, 3)),
    ]


def test_patience_ends_only_the_wait_for_the_first_visit(engine):
    """A case that was visited once waits for its second visit, however long.

    One worker. Case 0 is visited 1 h on Monday, its second visit is due on Wednesday (gap of two
    days from 1 h: Wednesday 1 h). Case 1 comes on Tuesday 0 h with 24 h of work and occupies the
    worker Tuesday to Thursday, case 2 comes on Tuesday 0 h too and gives up on Wednesday 0 h,
    patience being one day, into stage `later`, whose delay of a day ends on Thursday. Case 0
    waits from Wednesday 1 h until Friday 0 h.
    """
    scenario = office(
        {
            "s": {
                "team": "t",
                "work": "1 h",
                "visits": 2,
                "gap": "2 days",
                "patience": "1 day",
                "if_left": "later",
                "next": {"done": 1.0},
            },
            "later": {"stay": "1 day"},
        },
        {"a": {"trace": {"when": [0, 1, 1], "work": {"s": [1, 24, 1]}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit due started ended") == [
        ("a 0", 1, at(0, 0), at(0, 0), at(0, 1)),
        ("a 0", 2, at(2, 1), at(4, 0), at(4, 1)),
        ("a 1", 1, at(1, 0), at(1, 0), at(4, 0)),
        ("a 1", 2, at(7, 0), at(7, 0), at(9, 8)),
        ("a 2", 1, at(1, 0), None, None),
    ]
    assert rows(run.stays, "case stage ended outcome", case="a/trace/2") == [
        ("a 2", "s", at(2, 0), "left"),
        ("a 2", "later", at(3, 0), "completed"),
    ]
    assert rows(run.cases, "case left exit") == [
        ("a 0", at(4, 1), "done"),
        ("a 1", at(9, 8), "done"),
        ("a 2", at(3, 0), "completed"),
    ]


def test_without_room_whoever_would_wait_is_turned_away(engine):
    """Room 0 is Erlang's loss system: of three who come to two workers, the third goes.

    Visits of 2 h; a fourth who comes at 2 h is served.
    """
    scenario = office(
        {"s": {"team": "t", "work": "2 h", "room": 0}},
        {"a": [0, 0, at(0, 1), at(0, 2)]},
        team={"fte": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started ended outcome") == [
        ("a 0", at(0, 0), at(0, 2), "completed"),
        ("a 1", at(0, 0), at(0, 2), "completed"),
        ("a 2", None, at(0, 1), "turned_away"),
        ("a 3", at(0, 2), at(0, 4), "completed"),
    ]


def test_turning_away_may_go_on_through_several_stages(engine):
    """Turned away at `s` and at `u` in the same instant, and served in `v`.

    Teams of one worker each, room 0 in s and u. Cases at 0: the first takes s, the second u, the
    third v; all joinings are at 0.
    """
    scenario = office(
        {
            "s": {"team": "t", "work": "2 h", "room": 0, "if_turned_away": "u", "next": {"x": 1.0}},
            "u": {"team": "q", "work": "2 h", "room": 0, "if_turned_away": "v", "next": {"x": 1.0}},
            "v": {"team": "w", "work": "2 h"},
        },
        {"a": [0, 0, 0]},
        teams={"t": {"fte": 1}, "q": {"fte": 1}, "w": {"fte": 1}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case stage joined started outcome") == [
        ("a 0", "s", 0.0, 0.0, "completed"),
        ("a 1", "s", 0.0, None, "turned_away"),
        ("a 1", "u", 0.0, 0.0, "completed"),
        ("a 2", "s", 0.0, None, "turned_away"),
        ("a 2", "u", 0.0, None, "turned_away"),
        ("a 2", "v", 0.0, 0.0, "completed"),
    ]


def test_room_counts_all_who_wait_but_only_the_newcomer_goes(engine):
    """An inflow with less room of its own balks where the other one still joins.

    One worker, stage room 2, inflow "shy" room 1. Case calm 0 is served; calm 1 waits; shy 0
    would make two waiting, more than its room of 1, and goes; calm 2 makes two and stays; calm 3
    would make three and goes.
    """
    scenario = office(
        {"s": {"team": "t", "work": "8 h", "room": 2}},
        {
            "calm": [0, 0, at(0, 2), at(0, 3)],
            "shy": {"trace": [at(0, 1)], "stages": {"s": {"room": 1}}},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started outcome") == [
        ("calm 0", at(0), "completed"),
        ("calm 1", at(1), "completed"),
        ("shy 0", None, "turned_away"),
        ("calm 2", at(2), "completed"),
        ("calm 3", None, "turned_away"),
    ]


def test_later_visits_need_no_room(engine):
    """A second visit waits where nobody may wait for a first one.

    One worker, room 0, two visits of 2 h with a gap of one day. Case 0 on Monday 0 to 2 h; its
    second visit is due on Tuesday 2 h. Case 1 comes on Tuesday 1 h and is visited until 3 h. So
    case 0 waits an hour, and case 2, who comes at Tuesday 2.5 h, is turned away.
    """
    scenario = office(
        {"s": {"team": "t", "work": "2 h", "room": 0, "visits": 2, "gap": "1 day"}},
        {"a": [0, at(1, 1), at(1, 2.5)]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit due started") == [
        ("a 0", 1, at(0, 0), at(0, 0)),
        ("a 0", 2, at(1, 2), at(1, 3)),
        ("a 1", 1, at(1, 1), at(1, 1)),
        ("a 1", 2, at(2, 3), at(2, 3)),
        ("a 2", 1, at(1, 2.5), None),
    ]


def test_who_leaves_the_queue_opens_room(engine):
    """Room is that of those who wait now: one who gave up is no longer counted.

    One worker busy for 16 h, room 1, patience one day. Case 1 waits from 0 and gives up on
    Tuesday 0 h; case 2 comes on Monday 4 h and is turned away; case 3 comes on Tuesday 1 h and
    waits.
    """
    scenario = office(
        {"s": {"team": "t", "work": "16 h", "room": 1, "patience": "1 day"}},
        {"a": [0, 0, at(0, 4), at(1, 1)]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended outcome") == [
        ("a 0", at(1, 8), "completed"),
        ("a 1", at(1, 0), "left"),
        ("a 2", at(0, 4), "turned_away"),
        ("a 3", at(3, 8), "completed"),
    ]
