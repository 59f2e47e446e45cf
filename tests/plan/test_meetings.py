"""Meetings on their days, worked out by hand."""

import datetime

import pytest

from capsim.plan import compile_plan
from capsim.plan.meetings import meeting_days
from capsim.plan.timetable import timetable_of
from capsim.scenario import Calendar, Decision

H = 27_360


def days(decision, *, start="2026-01-01", n_days=125):
    """Days on which a decision meets."""
    return meeting_days(
        decision, timetable_of(Calendar(), datetime.date.fromisoformat(start), n_days)
    )


def test_a_closed_day_moves_its_meeting_and_not_the_series():
    """Fortnightly Thursdays from 18 December: New Year goes to Friday 2, then the 15th and 29th."""
    assert days(Decision(every="2 weeks", first="2025-12-18"), n_days=40) == [1, 14, 28]


def test_months_step_by_the_calendar_and_stay_at_month_ends():
    """31 January and 28 February 2026 are Saturdays; 31 March is a Tuesday, 30 April a Thursday."""
    assert days(Decision(every="1 month", first="2026-01-31")) == [32, 60, 89, 119]


def test_two_meetings_on_one_day_are_one():
    """Saturday 3, Sunday 4 and Monday 5 January meet on Monday."""
    assert days(Decision(every="1 day", first="2026-01-03"), n_days=7) == [4, 5, 6]


def test_dates_are_sorted_and_merged():
    """Saturday 10 January moves to Monday the 12th, which is listed too; a past date is dropped."""
    dates = ("2026-01-20", "2026-01-10", "2026-01-12", "2025-06-02")

    assert days(Decision(dates=dates)) == [11, 19]


def test_a_series_from_long_before_the_start_keeps_its_rhythm():
    """1,000 weeks before Tuesday 6 January 2026 is a Tuesday; from the 6th on every week."""
    first = datetime.date(2026, 1, 6) - datetime.timedelta(weeks=1000)

    assert days(Decision(every="1 week", first=first), n_days=21) == [5, 12, 19]


def test_a_meeting_just_before_the_start_can_move_onto_it():
    """Saturday 3 January is served on Monday the 5th, the first day."""
    assert days(Decision(dates=("2026-01-03",)), start="2026-01-05") == [0]
    assert days(Decision(every="1 year", first="2025-01-03"), start="2026-01-05") == [0]


def test_a_rhythm_in_workdays_counts_open_days():
    """Open days are the 2nd, 5th, 6th, 7th, 8th, 9th, 12th ...: every third one."""
    assert days(Decision(every="3 workdays"), n_days=14) == [1, 6, 11]
    assert days(Decision(every="3 workdays", first="2025-12-30"), n_days=14) == [4, 7, 12]


def test_series_of_stages_and_offices(build):
    """Events are ordered by instant, stage, office; a changed `urgent` shares the meetings."""
    meeting = {"every": "2 weeks", "first": "2026-01-05", "places": 3}
    plan = compile_plan(
        build(
            offices={"a": {"share": 0.5}, "b": {"share": 0.5}},
            stages={
                "first": {"team": "desk", "work": "1 h", "decision": meeting},
                "second": {"team": "desk", "work": "1 h", "decision": {"dates": ["2026-01-19"]}},
            },
            inflows={
                "regular": {},
                "rushed": {"stages": {"first": {"decision": {**meeting, "urgent": 1.0}}}},
                "free": {"stages": {"first": {"decision": False}}},
            },
        )
    )

    order = [
        (t // H, plan.meetings.stage[s], plan.meetings.office[s])
        for t, s in zip(plan.meetings.held, plan.meetings.held_series, strict=True)
    ]
    # Office day 1 is Monday 5 January, office day 11 Monday the 19th.
    assert order == [(1, 0, 0), (1, 0, 1), (11, 0, 0), (11, 0, 1), (11, 1, 0), (11, 1, 1)]
    assert plan.meetings.places.tolist() == [3, -1, 3, -1]
    first = plan.network.profile[:, :, 0]
    assert plan.profiles.decision[first].tolist() == [[0, 0, -1], [2, 2, -1]]
    assert plan.rules.urgent[first[0]].tolist() == [0, 1, 0]
    times = [
        plan.meetings.time[plan.meetings.first[s] : plan.meetings.first[s + 1]].tolist()
        for s in range(4)
    ]
    assert times == [[H, 11 * H], [11 * H]] * 2


@pytest.mark.parametrize("every", ["7 days", "1 week"])
def test_the_first_meeting_is_on_the_first_day_by_default(every):
    """New Year is closed: Friday the 2nd, then the Thursdays that follow."""
    assert days(Decision(every=every), n_days=16) == [1, 7, 14]
