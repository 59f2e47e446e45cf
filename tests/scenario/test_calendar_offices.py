"""Open days, calendar steps, and how offices split a team."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from capsim.scenario import Calendar, Duration, Scenario
from capsim.scenario.tables.calendar import add_months, step
from capsim.scenario.tables.copies import copies_of_team, fte_by_copy, fte_by_office
from capsim.scenario.tables.teams import seats_of


def test_belgian_holidays_and_closed_days() -> None:
    """2026 has 261 weekdays; ten holidays, three of them at weekends; one more day closed."""
    start = dt.date(2026, 1, 1)
    flags = Calendar().open_days(start, 365)
    weekdays = [(start + dt.timedelta(days=day)).weekday() < 5 for day in range(365)]
    closed = [start + dt.timedelta(days=int(day)) for day in np.flatnonzero(weekdays & ~flags)]
    assert closed == [
        dt.date(2026, 1, 1),
        dt.date(2026, 4, 6),
        dt.date(2026, 5, 1),
        dt.date(2026, 5, 14),
        dt.date(2026, 5, 25),
        dt.date(2026, 7, 21),
        dt.date(2026, 11, 11),
        dt.date(2026, 12, 25),
    ]
    more = Calendar(closed=["2026-07-20"]).open_days(start, 365)
    assert flags.sum() - more.sum() == 1


def test_weekdays_and_no_holidays() -> None:
    """An office that opens on Saturdays only, whatever the country."""
    flags = Calendar(country=False, weekdays=["sat"]).open_days(dt.date(2026, 1, 1), 14)
    assert np.flatnonzero(flags).tolist() == [2, 9]


def test_continuous() -> None:
    """Every day, 24 hours."""
    calendar = Calendar(kind="continuous")
    assert calendar.day_ticks == 86_400
    assert calendar.open_days(dt.date(2026, 1, 1), 3).all()


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 month", 31), ("13 months", 31 + 365), ("1.5 months", 46), ("36 h", 2), ("0 days", 0),
        ("1 workday", 2), ("2 workdays", 5),
    ],
)  # fmt: skip
def test_lengths_in_whole_days(text: str, days: int) -> None:
    """From Thursday 1 January 2026, a holiday: months by the calendar, the rest rounded up."""
    assert Calendar().days_after(dt.date(2026, 1, 1), Duration.parse(text)) == days


def test_month_ends_do_not_drift() -> None:
    """A series on the 31st stays at month ends."""
    first = dt.date(2026, 1, 31)
    assert [step(first, Duration.parse("1 month"), count) for count in range(4)] == [
        dt.date(2026, 1, 31),
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
    ]
    assert add_months(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)


def test_follow_up_in_workdays() -> None:
    """Two open days before Friday 9 January 2026 are Wednesday and Thursday."""
    assert service(horizon="8 days", follow_up="2 workdays").follow_up_days == 2
    assert service(horizon="12 days", follow_up="2 workdays").follow_up_days == 4


def service(**changes: Any) -> Scenario:
    """Three offices with a desk each."""
    raw: dict[str, Any] = {
        "start": "2026-01-01",
        "horizon": "1 year",
        "teams": {"desk": {"fte": 6}},
        "stages": {"intake": {"team": "desk", "work": "1 h"}},
        "inflows": {"regular": {"rate": {"per_month": 40}}},
        "offices": {
            "genk": {"share": 0.5, "fte": {"desk": 2}},
            "as": {"share": 0.1},
            "bree": {"share": 0.4},
        },
    }
    return Scenario(**{**raw, **changes})


def test_explicit_fte_comes_before_shares() -> None:
    """Genk has its two; the others split four by 1 : 4."""
    assert fte_by_office(service(), "desk") == pytest.approx({"genk": 2, "as": 0.8, "bree": 3.2})


def test_shared_teams() -> None:
    """One copy for all, or one per cluster, with names joined by a plus sign."""
    everyone = service(teams={"desk": {"fte": 6, "shared": True}})
    assert copies_of_team(everyone, "desk") == {"genk+as+bree": ("genk", "as", "bree")}
    assert fte_by_copy(everyone, "desk") == pytest.approx({"genk+as+bree": 6})
    cluster = service(teams={"desk": {"fte": 6, "shared": [["bree", "as"]]}})
    assert list(copies_of_team(cluster, "desk")) == ["genk", "bree+as"]
    assert fte_by_copy(cluster, "desk") == pytest.approx({"genk": 2, "bree+as": 4})


def test_seats() -> None:
    """1.8 FTE in contracts of 0.8 are three of 0.6; rounding adds no seat to whole numbers."""
    assert seats_of(1.8, 0.8) == (3, pytest.approx(0.6))
    assert seats_of(2.4, 0.8) == (3, pytest.approx(0.8))
    assert seats_of(0, 1) == (0, 0)


def test_settings_of_an_office() -> None:
    """`set` changes that office only."""
    offices = {
        "genk": {
            "share": 0.5,
            "set": {"stages.intake.work.mean": "2 h", "teams.desk.worker_fte": 0.5},
        },
        "as": {"share": 0.5},
    }
    scenario = service(offices=offices)
    genk, other = scenario.for_office("genk"), scenario.for_office("as")
    assert str(genk.stages["intake"].work_laws[0].mean) == "2 h"
    assert genk.teams["desk"].worker_fte == 0.5
    assert other is scenario
    assert str(scenario.stages["intake"].work_laws[0].mean) == "1 h"
