"""Rules 18 and 22 to 24: meetings, urgent files, and what is late."""

import pytest

import capsim
from contract.timetable import at, office, rows

MEETINGS = {"dates": ["2026-01-07", "2026-01-12"]}
"""Wednesday, day 2, and the Monday after, day 7."""


def stage(**settings):
    """A pooled stage of team t with visits of 1 h."""
    return {"team": "t", "work": "1 h"} | settings


def test_a_meeting_takes_files_in_the_order_of_finishing(engine):
    """Two places: of three files the two finished first; the third waits for the next meeting.

    Worker 1 works on case 0 for 3 h, worker 2 on cases 1 and 2 for 1 h each.
    """
    scenario = office(
        {"s": stage(decision=MEETINGS | {"places": 2})},
        {"a": {"trace": {"when": [0, 0, 0], "work": {"s": [3, 1, 1]}}}},
        team={"fte": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended") == [
        ("a 0", at(0, 3), at(7)),
        ("a 1", at(0, 1), at(2)),
        ("a 2", at(0, 2), at(2)),
    ]


def test_files_finished_at_one_instant_are_decided_in_case_order(engine):
    """One place at the meeting, two files finished at 2 h: the earlier case is decided first.

    Case a 1 is visited from 0 to 2 h, b 0 from 1 to 2 h.
    """
    scenario = office(
        {"s": stage(decision=MEETINGS | {"places": 1})},
        {
            "a": {"trace": {"when": [0.0, 0.0], "work": {"s": [1, 2]}}},
            "b": {"trace": {"when": [at(0, 1)]}},
        },
        team={"fte": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended") == [
        ("a 0", at(0, 1), at(2)),
        ("a 1", at(0, 2), at(7)),
        ("b 0", at(0, 2), None),
    ]


def test_a_meeting_on_a_closed_day_is_held_on_the_next_open_one(engine):
    """Weekly on Saturdays from the 10th: the first meeting is on Monday the 12th.

    The series itself is not shifted: the second one is on Monday the 19th.
    """
    scenario = office(
        {"s": stage(decision={"every": "1 week", "first": "2026-01-10", "places": 1})},
        {"a": [0, 0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended") == [("a 0", at(7)), ("a 1", at(14))]


def test_an_inflow_may_need_no_decision(engine):
    """With `decision = false` a case goes on when its work is done."""
    scenario = office(
        {"s": stage(decision=MEETINGS)},
        {"a": [0], "b": {"trace": [0], "stages": {"s": {"decision": False}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended") == [
        ("a 0", at(0, 1), at(2)),
        ("b 0", at(0, 2), at(0, 2)),
    ]


def test_a_file_whose_next_meeting_would_be_late_is_decided_at_once(engine):
    """Urgent with certainty: decided at once if the next meeting is too late, or there is none.

    Meetings on days 2 and 7. Applied on day 0: deadlines of 1 and of 2 days expire at the ends of
    days 1 and 2; the meeting of day 2 is late for the first, in time for the second. The case of
    day 8 finds no meeting any more.
    """
    scenario = office(
        {"s": stage(decision=MEETINGS | {"urgent": 1.0}, deadline="2 days")},
        {"short": {"trace": [0], "stages": {"s": {"deadline": "1 day"}}}, "long": [0, 8]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended late") == [
        ("short 0", at(0, 1), at(0, 1), False),
        ("long 0", at(0, 2), at(2), False),
        ("long 1", at(8, 1), at(8, 1), False),
    ]


def test_a_meeting_of_the_same_instant_is_the_next_one(engine):
    """A file finished when a meeting is about to begin is not urgent, even if there is no place.

    Both visits end at Tuesday's closing, the instant of Wednesday's meeting, which is in time. It
    has one place; the second file waits for the meeting of day 7, and is late.
    """
    scenario = office(
        {
            "s": stage(
                work="16 h", decision=MEETINGS | {"urgent": 1.0, "places": 1}, deadline="2 days"
            )
        },
        {"a": [0, 0]},
        team={"fte": 2},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended late") == [
        ("a 0", at(2), at(2), False),
        ("a 1", at(2), at(7), True),
    ]


def test_without_urgency_the_file_waits_and_is_late(engine):
    """The same without `urgent`: the file waits for a meeting that is too late, or for ever."""
    scenario = office(
        {"s": stage(decision=MEETINGS, deadline="2 days")},
        {"short": {"trace": [0], "stages": {"s": {"deadline": "1 day"}}}, "long": [0, 8]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case served ended late") == [
        ("short 0", at(0, 1), at(2), True),
        ("long 0", at(0, 2), at(2), False),
        ("long 1", at(8, 1), None, True),
    ]


@pytest.mark.parametrize(("hours", "is_late"), [(16, False), (16 + 1 / 3600, True), (15, False)])
def test_a_deadline_in_days_expires_when_the_day_is_over(engine, hours, is_late):
    """Applied on Monday, one day: Tuesday's closing is in time, a second more is Wednesday.

    Visits of 15 h, of 16 h, which end at Tuesday's closing, and of a second more.
    """
    scenario = office(
        {"s": stage(deadline="1 day")}, {"a": {"trace": {"when": [0], "work": {"s": [hours]}}}}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "due late") == [(2.0, is_late)]


def test_what_opens_the_next_day_is_late(engine):
    """A meeting at Wednesday's opening is late where a visit ending at Tuesday's closing is not.

    Both are the same office instant. The third case's delay ends at that instant too, and is late.
    """
    scenario = office(
        {"s": stage(decision=MEETINGS, deadline="1 day"), "delay": {"stay": "2 days"}},
        {
            "met": {"trace": [0], "stages": {"s": {"next": {"x": 1.0}}}},
            "visited": {
                "trace": {"when": [0], "work": {"s": [15]}},
                "stages": {"s": {"decision": False, "next": {"x": 1.0}}},
            },
            "delayed": {"trace": [0], "enter": "delay", "stages": {"delay": {"deadline": "1 day"}}},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended late") == [
        ("met 0", 2.0, True),
        ("visited 0", 2.0, False),
        ("delayed 0", 2.0, True),
    ]


@pytest.mark.parametrize(("hours", "is_late"), [(8, False), (8 + 1 / 3600, True)])
def test_a_deadline_in_hours_is_exact(engine, hours, is_late):
    """Twenty-four hours from Monday 2 h: in time until Tuesday 2 h, late a second after."""
    scenario = office(
        {"s": stage(deadline="24 h")},
        {"a": {"trace": {"when": [at(0, 2)], "work": {"s": [hours]}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "due late") == [(at(1, 2), is_late)]


def test_a_deadline_in_workdays_skips_the_weekend(engine):
    """Two workdays from Friday: the end of Tuesday, day 8, so due at 9.0."""
    scenario = office({"s": stage(deadline="2 workdays")}, {"a": [4]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "due late") == [(9.0, False)]


def test_a_deadline_until_the_start_is_judged_there(engine):
    """The first visit starts in time; that the stage takes longer does not matter.

    Case 0 starts on Monday and takes 16 h; case 1 starts on Wednesday, after its deadline of
    Tuesday.
    """
    scenario = office(
        {"s": stage(work="16 h", deadline={"within": "1 day", "from": "s", "until": "start"})},
        {"a": [0, 0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case started due late") == [
        ("a 0", 0.0, 2.0, False),
        ("a 1", 2.0, 2.0, True),
    ]


def test_the_clock_starts_with_the_application_and_again_with_a_return(engine):
    """First from the application on Saturday, then from the return to the stage.

    Applied on Saturday (5.5), joined on Monday (7): due 3 days after Saturday, the end of Tuesday
    (8), 9.0. From Monday 1 h the case waits two days in `away`, returns on Wednesday (9) 1 h: due
    at the end of Saturday (12), 13.0. A third round would come later than the horizon.
    """
    scenario = office(
        {
            "s": stage(deadline="3 days", next={"away": 1.0}),
            "away": {"stay": "2 days", "next": {"s": 1.0}},
        },
        {"a": [5.5]},
        horizon="11 days",
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "nth joined due late", stage="s") == [
        (1, at(7), 9.0, False),
        (2, at(9, 1), 13.0, False),
    ]


def test_a_clock_of_an_earlier_stage_runs_on(engine):
    """A deadline from `first` at stage `second` counts from the application, not from joining."""
    scenario = office(
        {
            "first": stage(work="12 h"),
            "second": stage(deadline={"within": "1 day", "from": "first"}),
        },
        {"a": [0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "stage joined due late") == [
        ("first", 0.0, None, None),
        ("second", at(1, 4), 2.0, False),
    ]


def test_who_leaves_after_the_deadline_was_late_and_before_is_unknown(engine):
    """Patience of one and of three days, deadline of one day, nobody served.

    The first leaves on Tuesday, before the deadline at its end; the second on Thursday.
    """
    scenario = office(
        {"s": stage(work="400 h", deadline="1 day")},
        {
            "served": [0],
            "early": {"trace": [0], "stages": {"s": {"patience": "1 day"}}},
            "slow": {"trace": [0], "stages": {"s": {"patience": "3 days"}}},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case outcome late") == [
        ("served 0", "open", True),
        ("early 0", "left", None),
        ("slow 0", "left", True),
    ]


def test_what_is_open_at_the_horizon_is_late_only_if_the_deadline_has_passed(engine):
    """Horizon of a week. Deadlines at 6.0 and 7.0 have passed, one at 8.0 has not."""
    scenario = office(
        {"s": stage(work="400 h", deadline="5 days")},
        {
            "a": [0],
            "b": {"trace": [0], "stages": {"s": {"deadline": "6 days"}}},
            "c": {"trace": [0], "stages": {"s": {"deadline": "7 days"}}},
        },
        horizon="1 week",
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case due late") == [
        ("a 0", 6.0, True),
        ("b 0", 7.0, True),
        ("c 0", 8.0, None),
    ]


def test_a_meeting_that_is_over_is_not_the_next_one(engine):
    """Who comes at its instant, and is seen by a partner at once, is after it: an urgent file."""
    scenario = office(
        {
            "s": {
                "team": "t",
                "caseworker": True,
                "work": "1 h",
                "visits": 1,
                "partner": 1.0,
                "deadline": "4 h",
                "decision": {"every": "1 day", "urgent": 1.0},
            }
        },
        {"a": [1.0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "joined ended") == [(1.0, 1.0)]
