"""The two clocks, worked out by hand on the Belgian calendar of 2026."""

import datetime

import numpy as np
import pytest

from capsim.kernels.codes import NEVER
from capsim.plan.timetable import timetable_of
from capsim.scenario import Calendar, Duration

H = 27_360
NEW_YEAR = datetime.date(2026, 1, 1)  # a Thursday


@pytest.fixture
def january():
    """One month from New Year 2026."""
    return timetable_of(Calendar(), NEW_YEAR, 31)


def test_open_days_of_2026():
    """2026 has 261 weekdays; eight Belgian holidays fall on one of them."""
    year = timetable_of(Calendar(), NEW_YEAR, 365)
    holidays = ["01-01", "04-06", "05-01", "05-14", "05-25", "07-21", "11-11", "12-25"]
    closed = [year.day_of(datetime.date.fromisoformat(f"2026-{day}")) for day in holidays]

    assert year.n_open == 261 - 8
    assert not year.is_open[closed].any()


def test_tables_of_the_first_days(january):
    """Thursday is New Year, so office day 0 is Friday and office day 1 is Monday the 5th."""
    assert january.open_day[:3].tolist() == [1, 4, 5]
    assert january.open_day[-1] == january.n_days
    assert january.office_day[:6].tolist() == [0, 0, 1, 1, 1, 2]
    assert january.is_open[:5].tolist() == [0, 1, 0, 0, 1]
    assert january.is_open[-1] == 0


def test_both_directions(january):
    """Every office instant comes back from the calendar, and closed time leads to the opening."""
    for instant in (0, 1, H - 1, H, 5 * H + 77):
        assert january.office_instant(january.calendar_instant(instant)) == instant
    saturday_noon = 2 * H + H // 2

    assert january.office_instant(saturday_noon) == H
    assert january.calendar_instant(H) == 4 * H
    assert january.office_instant(0) == 0
    assert january.office_instant(31 * H) == NEVER


def test_day_lists_have_a_sentinel_beyond_the_horizon(january):
    """A closed end of the horizon leads to the horizon, where no run is on."""
    assert january.office_instant(30 * H + 5) == january.horizon  # Saturday 31 January
    assert january.calendar_instant(january.horizon) == 31 * H


def test_a_date_is_the_opening_of_its_day_or_of_the_next_open_one(january):
    """Friday the 2nd is open, Saturday the 3rd leads to Monday the 5th."""
    assert january.opening(1) == H
    assert january.opening(2) == 4 * H
    assert january.opening(40) == 40 * H


def test_a_day_before_the_start_moves_over_it_only_through_closed_days():
    """With a Monday as the start, the Saturday before is served on it, the Friday before is not."""
    times = timetable_of(Calendar(), datetime.date(2026, 1, 5), 10)

    assert times.next_open(-2) == 0
    assert times.next_open(-3) == -3


@pytest.mark.parametrize(
    ("lead", "expected"),
    [
        ("1 day", 2 * H - H),  # Wednesday 31 December to New Year: on to Friday
        ("2 days", H),
        ("1 workday", H),  # the next open day after Wednesday is Friday
        ("3 workdays", 5 * H),  # Friday, Monday, Tuesday
        ("36 h", H),
        ("60 days", NEVER),
    ],
)
def test_a_lead_runs_in_calendar_time_to_an_office_instant(january, lead, expected):
    """A decision on Wednesday 31 December 2025, the day before the start."""
    assert january.after(-H, Duration.parse(lead)) == expected


def test_a_lead_ends_within_the_day(january):
    """Six hours from Friday's opening are a quarter of a calendar day."""
    assert january.after(H, Duration.parse("6 h")) == H + H // 4


def test_workday_deadlines(january):
    """The day of the clock does not count; closed days count for the one before them."""
    two = january.workday_deadlines(2, days_before=3)

    # 29, 30, 31 December, New Year, Friday 2, Saturday 3, Sunday 4, Monday 5 January
    assert two[:8].tolist() == [-1, 1, 4, 4, 5, 5, 5, 6]
    assert len(two) == 3 + 31 + 1


def test_workdays_of_an_office_that_opens_on_mondays_only():
    """A hundred workdays are a hundred Mondays, from 5 January 2026 to 29 November 2027."""
    calendar = Calendar(country=False, weekdays=("mon",))
    times = timetable_of(calendar, NEW_YEAR, 731)

    assert times.workday_deadlines(100, days_before=0)[0] == 4 + 99 * 7
    assert times.after(0, Duration.parse("100 workdays")) == (4 + 100 * 7) * H


def test_months(january):
    """February starts on day 31; a horizon that begins in mid-month starts with its rest."""
    times = timetable_of(Calendar(), datetime.date(2025, 12, 20), 60)

    assert times.months() == [(0, 12), (12, 1), (43, 2)]
    assert times.month_of_days()[[0, 11, 12, 42, 43]].tolist() == [12, 12, 1, 1, 2]
    assert january.month_of_days().tolist() == [1] * 31 + [1]


def test_growth_compounds_over_a_year():
    """Four years at 10 % are 1.1 to the fourth power."""
    factors = timetable_of(Calendar(), NEW_YEAR, 1461).growth_factors(0.1)

    assert factors[0] == 1
    assert factors[1461] == pytest.approx(1.1**4)
    assert (np.diff(factors) > 0).all()


def test_continuous_time_knows_no_closed_day():
    """Both clocks are the same, with 86,400 seconds a day."""
    times = timetable_of(Calendar(kind="continuous"), NEW_YEAR, 5)

    assert times.day_ticks == 86_400
    assert times.horizon == 5 * 86_400
    assert times.office_instant(123_456) == times.calendar_instant(123_456) == 123_456


def test_calendars_that_differ_only_in_the_type_of_a_setting_are_kept_apart():
    """`country = false` opens on New Year; a table of the default calendar must not serve it."""
    assert timetable_of(Calendar(), NEW_YEAR, 3).n_open == 1
    assert timetable_of(Calendar(country=False), NEW_YEAR, 3).n_open == 2
