"""Opening hours, lunch, zone, and days that are open or closed after all."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

import capsim
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.opening import OfficeDay


def is_open(calendar, day):
    return bool(calendar.open_days(datetime.date.fromisoformat(day), 1)[0])


def test_open_and_closed_correct_the_holidays():
    """Good Friday of "NL" opens, a holiday in a weekend is made good, a Saturday opens."""
    dutch = Calendar(country="NL")
    assert not is_open(dutch, "2026-04-03")
    assert is_open(Calendar(country="NL", open=["2026-04-03"]), "2026-04-03")
    # 15 August 2026 is a Saturday: it closes nothing by itself.
    assert is_open(Calendar(), "2026-08-14")
    assert is_open(Calendar(), "2026-08-17")
    assert not is_open(Calendar(closed=["2026-08-17"]), "2026-08-17")
    assert is_open(Calendar(open=["2026-08-15"]), "2026-08-15")


def test_office_seconds_on_the_clock():
    """Half past eight until noon, a quarter to one until nine minutes to five; an end at noon is
    before lunch, a beginning after it.
    """
    day = Calendar().office_day
    seconds = np.array([0, 12599, 12600, 27360])

    assert (day.clock(seconds) - 30600).tolist() == [0, 12599, 15300, 30060]
    assert int(day.clock(np.array([12600]), ends=True)[0]) == 43200
    assert day.closes == 60660


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        ({"lunch": False}, OfficeDay(30600, 27360, 0, 0)),
        ({"opens": "13:00"}, OfficeDay(46800, 27360, 43200, 0)),
        ({"hours_per_day": 3}, OfficeDay(30600, 10800, 43200, 0)),
        ({"hours_per_day": 20}, OfficeDay(11700, 72000, 43200, 2700)),
        ({"hours_per_day": 24}, OfficeDay(0, 86400, 43200, 0)),
        ({"kind": "continuous"}, OfficeDay(0, 86400, 0, 0)),
        (
            {"opens": "09:00", "lunch": {"from": "12:30", "until": "13:00"}},
            OfficeDay(32400, 27360, 45000, 1800),
        ),
    ],
)
def test_days_of_other_offices(calendar, expected):
    """Without lunch, after lunch, too short for it, too long for it, around the clock."""
    assert Calendar.model_validate(calendar).office_day == expected


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ({"opens": "25:00"}, r"calendar.opens = '25:00': is no time of day"),
        ({"opens": "20:00"}, r"calendar.opens = '20:00': the day would end after midnight"),
        ({"lunch": True}, r"calendar.lunch = True: is no break"),
        ({"lunch": {"from": "13:00", "until": "12:00"}}, r"must end after it begins"),
        ({"zone": "Mars"}, r"calendar.zone = 'Mars': is no time zone"),
        ({"open": ["2026-01-02"], "closed": ["2026-01-02"]}, r"2026-01-02 is in closed as well"),
        ({"kind": "continuous", "opens": "08:00"}, r"a continuous calendar has no opens"),
    ],
)
def test_hours_that_cannot_be_are_named(calendar, message):
    """Path, value, rule, remedy."""
    with pytest.raises(capsim.ScenarioError, match=message):
        service(calendar)


def service(calendar):
    return capsim.Scenario(
        start="2026-01-01",
        horizon="1 month",
        calendar=calendar,
        stages={"a": {"stay": "1 day"}},
        inflows={"x": {"rate": {"per_month": 1}}},
    )


def test_they_are_saved_and_loaded(tmp_path):
    """What is written comes back, times of TOML as well."""
    calendar = {
        "opens": "08:00",
        "lunch": {"from": "12:30", "until": "13:15"},
        "zone": "Europe/Paris",
        "open": ["2026-04-06"],
    }
    scenario = service(calendar)
    scenario.save(tmp_path / "a.toml")
    assert capsim.load(tmp_path / "a.toml") == scenario
    text = (tmp_path / "a.toml").read_text(encoding="utf-8")
    (tmp_path / "b.toml").write_text(text.replace('opens = "08:00"', "opens = 08:00:00"), "utf-8")
    assert capsim.load(tmp_path / "b.toml") == scenario
