"""Rules 1 to 4: office time, calendar time, and what is told of both."""

import capsim
from contract.timetable import CALENDAR, at, office, rows

POOLED = {"s": {"team": "t", "work": "4 h"}}


def test_a_visit_goes_on_after_night_weekend_and_holiday(engine):
    """Four hours that begin two hours before closing end two hours after the next opening.

    Begun on Monday 6 h: Tuesday is closed, so Wednesday 2 h. Begun on Friday 6 h: Monday (7) 2 h.
    """
    scenario = office(
        POOLED, {"a": [at(0, 6), at(4, 6)]}, calendar=CALENDAR | {"closed": ["2026-01-06"]}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "started ended") == [(at(0, 6), at(2, 2)), (at(4, 6), at(7, 2))]


def test_a_visit_that_ends_at_closing_time_ends_on_that_day(engine):
    """Friday 4 h plus four hours is told as day 5, the end of Friday, and not as Monday.

    The next stage is joined then too; its visit starts at Monday's opening, day 7.
    """
    scenario = office(POOLED | {"u": {"team": "t", "work": "1 h"}}, {"a": [at(4, 4)]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "stage joined started served ended") == [
        ("s", at(4, 4), at(4, 4), 5.0, 5.0),
        ("u", 5.0, 7.0, at(7, 1), at(7, 1)),
    ]


def test_a_gap_after_closing_time_counts_from_the_day_that_closed(engine):
    """Three days after Friday's closing is Monday's closing, that is Tuesday's opening: day 8.

    Counted from Monday's opening it would be Thursday.
    """
    scenario = office(
        {"s": {"team": "t", "work": "4 h", "visits": 2, "gap": "3 days"}}, {"a": [at(4, 4)]}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "due started") == [(at(4, 4), at(4, 4)), (at(8), at(8))]


def test_what_ends_at_the_weekend_lands_on_monday_before_new_applicants(engine):
    """A gap of a day from Friday's closing ends at Monday's opening, before the arrivals there.

    Case 0's second visit (rank 2) is taken before case 1, who applies at Monday's opening (rank
    4). It falls on the same office instant as the visit's end.
    """
    scenario = office(
        {"s": {"team": "t", "work": "4 h", "visits": 2, "gap": "1 day"}}, {"a": [at(4, 4), 7]}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "case visit due started") == [
        ("a 0", 1, at(4, 4), at(4, 4)),
        ("a 0", 2, at(7), at(7, 0)),
        ("a 1", 1, at(7), at(7, 4)),
        ("a 1", 2, at(9), at(9)),
    ]


def test_applications_of_the_weekend_join_on_monday_in_their_order(engine):
    """Saturday's applicant joins before Sunday's, and both before Monday's; `applied` stays.

    The second inflow's applicant of Saturday 4 h comes before the first inflow's of Sunday.
    """
    scenario = office(POOLED, {"a": [6.25, 7], "b": [5.5]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.cases, "case applied") == [("b 0", 5.5), ("a 0", 6.25), ("a 1", 7.0)]
    assert rows(run.stays, "case joined started") == [
        ("b 0", 7.0, at(7, 0)),
        ("a 0", 7.0, at(7, 4)),
        ("a 1", 7.0, at(8, 0)),
    ]


def test_a_delay_in_workdays_counts_open_days(engine):
    """Two workdays from Friday 2 h end on Tuesday 2 h; two days end at Monday's opening."""
    scenario = office(
        {"s": {"stay": "2 workdays"}},
        {"a": [at(4, 2)], "b": {"trace": [at(4, 2)], "stages": {"s": {"stay": "2 days"}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.stays, "case ended") == [("a 0", at(8, 2)), ("b 0", at(7))]


def test_part_time_and_client_share_stretch_a_visit(engine):
    """Two hours of client work at half an FTE and client share 0.8 take five hours."""
    scenario = office(
        {"s": {"team": "t", "work": "2 h"}}, {"a": [0]}, team={"fte": 0.5, "client_share": 0.8}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "started ended hours") == [(at(0, 0), at(0, 5), 2.0)]


def test_a_visit_lasts_at_least_one_second(engine):
    """Work of nothing takes one second of the office day of 28,800."""
    scenario = office({"s": {"team": "t", "work": "0 s"}}, {"a": [0, 0]})
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "started ended hours") == [
        (0.0, 1 / 28800, 0.0),
        (1 / 28800, 2 / 28800, 0.0),
    ]


def test_a_continuous_calendar_has_no_nights(engine):
    """Thirty hours from midnight end on the next day at six in the morning, weekends included."""
    scenario = office(
        {"s": {"team": "t", "work": "30 h"}}, {"a": [5]}, calendar={"kind": "continuous"}
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "started ended") == [(5.0, 6.25)]


def test_a_wave_spreads_from_the_opening_of_its_day(engine):
    """Four people over four days from Friday the 9th fall due in the middle of each day.

    Days 4.5, 5.5, 6.5 and 7.5: the two of the weekend join on Monday's opening (day 7). The
    office of Saturday's wave opens on Monday. A lag of one day is added in calendar time.
    """
    scenario = office(
        {"s": {"stay": "1 day"}},
        {
            "a": {"waves": {"w": {"date": "2026-01-09", "people": 4, "over": "4 days"}}},
            "b": {"waves": {"w": {"date": "2026-01-10", "people": 1}}, "lag": "1 day"},
        },
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.cases, "case applied") == [
        ("a/w/0", 4.5),
        ("a/w/1", 5.5),
        ("a/w/2", 6.5),
        ("a/w/3", 7.5),
        ("b/w/0", 8.0),
    ]
    assert rows(run.stays, "joined") == [(4.5,), (7.0,), (7.0,), (7.5,), (8.0,)]
