"""Runs as event logs and as stories: office seconds lie in the opening hours."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.scenario.tables.calendar import Calendar

SERVICE = capsim.Scenario(
    start="2026-03-23",
    horizon="3 months",
    calendar={"country": "BE"},
    teams={"desk": {"fte": 3}, "guidance": {"fte": 4}},
    stages={
        "intake": {"team": "desk", "work": "1.57 h", "next": {"guidance": 0.6, "papers": 0.4}},
        "papers": {"stay": "9 days", "next": {"guidance": 1.0}},
        "guidance": {
            "team": "guidance",
            "caseworker": True,
            "work": "50 min",
            "visits": 3,
            "gap": "8 days",
            "deadline": "5 days",
        },
    },
    inflows={"regular": {"rate": {"per_month": 70}}},
)


@pytest.fixture(scope="module")
def run():
    """Three months over the change to summer time, Easter and Labour Day."""
    return capsim.simulate(SERVICE, seed=3)


def test_a_visit_lasts_its_hours_within_the_opening_hours(run):
    """1.57 hours of work are 1.57 hours on the clock, lunch apart, never at night or on a holiday:
    read as day and fraction they would be 4.97 hours from midnight on.
    """
    log = run.to_event_log()
    log = log[(log["concept:name"] == "intake") & log["time:timestamp"].notna()]
    begin, end = (log[name].dt.tz_localize(None) for name in ("start_timestamp", "time:timestamp"))
    same_day = (begin.dt.normalize() == end.dt.normalize()).to_numpy()
    hours = (end - begin).dt.total_seconds() / 3600
    noon = begin.dt.normalize() + pd.Timedelta(hours=12)
    over_lunch = ((begin < noon) & (end > noon)).to_numpy()

    assert same_day.sum() > 50
    np.testing.assert_allclose(hours[same_day & ~over_lunch], 1.57, atol=1e-3)
    np.testing.assert_allclose(hours[same_day & over_lunch], 1.57 + 0.75, atol=1e-3)
    for moment in (begin, end):
        second = (moment - moment.dt.normalize()).dt.total_seconds()
        assert second.min() >= 8.5 * 3600
        assert second.max() <= 16.85 * 3600
        assert not ((second > 43200) & (second < 45900)).any()
        days = pd.to_datetime(moment.dt.date.unique())
        is_open = Calendar().open_days(datetime.date(2026, 3, 23), 120)
        assert is_open[(days - pd.Timestamp("2026-03-23")).days].all()


def test_summer_time_keeps_the_opening_hours(run):
    """Half past eight is +01:00 on Friday and +02:00 on Monday."""
    begin = run.to_event_log()["start_timestamp"].dropna()
    first = begin.groupby(begin.dt.date).min()
    offsets = {day: moment.utcoffset().total_seconds() / 3600 for day, moment in first.items()}

    assert str(begin.dt.tz) == "Europe/Brussels"
    assert offsets[datetime.date(2026, 3, 27)] == 1
    assert offsets[datetime.date(2026, 3, 30)] == 2


def test_hours_lunch_and_zone_change_no_number():
    """Another clock on the wall: the same tables, other times of day."""
    changed = SERVICE.with_(
        {
            "calendar.opens": "09:15",
            "calendar.lunch": False,
            "calendar.zone": "Europe/London",
        }
    )
    one, other = (capsim.simulate(scenario, seed=3) for scenario in (SERVICE, changed))
    log = other.to_event_log()

    pd.testing.assert_frame_equal(one.stays, other.stays)
    pd.testing.assert_frame_equal(one.measures(), other.measures())
    assert log["start_timestamp"].min().time() >= datetime.time(9, 15)
    assert str(log["start_timestamp"].dt.tz) == "Europe/London"


def test_open_cases_keep_their_ends_open(run):
    """One row per stay; whoever is there has no end, whoever waits no beginning; delays begin when
    they are joined.
    """
    log, stays = run.to_event_log(), run.stays
    delays = log["concept:name"] == "papers"

    assert len(log) == len(stays)
    assert log["time:timestamp"].isna().sum() == stays["ended"].isna().sum() > 0
    waiting = stays["started"].isna() & (stays["stage"] != "papers")
    assert log["start_timestamp"].isna().sum() == waiting.sum()
    assert (log.loc[delays, "start_timestamp"] == log.loc[delays, "joined"]).all()
    assert set(log.loc[log["time:timestamp"].isna(), "lifecycle:transition"]) == {"start"}


def test_visits_are_numbered(run):
    """A row per visit: its number, its hours, within its stay."""
    log = run.to_event_log(visits=True)
    begun = run.visits["started"].notna()

    assert len(log) == begun.sum()
    numbers = log[log["concept:name"] == "guidance"].groupby("case:concept:name")["visit"]
    assert all(list(part) == list(range(1, len(part) + 1)) for _, part in numbers)


def test_bupar_columns(run):
    """Exactly the six columns; each instance begins before it ends."""
    log = run.to_event_log("bupar")
    wide = log.pivot_table(
        index="activity_instance_id", columns="lifecycle", values="timestamp", aggfunc="first"
    )

    assert list(log.columns) == [
        *("case_id", "activity", "activity_instance_id", "lifecycle", "timestamp", "resource")
    ]
    both = wide.dropna()
    assert (both["start"] <= both["complete"]).all()
    assert len(both) > 100


def test_vidigi_events_follow_each_other(run):
    """Arrival, queue, use, end of use, departure: in this order for every case, in whole numbers of
    entities, with a seat for each use.
    """
    log = run.to_event_log("vidigi")
    kinds = ("arrival_departure", "queue", "resource_use", "resource_use_end")

    assert set(log["event_type"]) == set(kinds)
    assert log["resource_id"].notna().equals(log["event_type"].str.startswith("resource"))
    assert log["time"].is_monotonic_increasing
    for _, events in log.groupby("entity_id"):
        assert events["event"].iloc[0] == "arrival"
        ended = events["event"] == "depart"
        assert ended.sum() <= 1
        assert not ended.any() or ended.iloc[-1]


def test_xes_is_written_as_the_standard_says(run, tmp_path):
    """A trace per case, extensions declared, times with their offset; the same frame comes back."""
    log = run.to_event_log("xes", tmp_path / "log.xes")
    root = ElementTree.parse(tmp_path / "log.xes").getroot()
    space = "{http://www.xes-standard.org/}"
    traces = root.findall(f"{space}trace")

    assert len(traces) == log["case:concept:name"].nunique()
    assert sum(len(trace.findall(f"{space}event")) for trace in traces) == len(log)
    prefixes = {one.get("prefix") for one in root.findall(f"{space}extension")}
    assert prefixes == {"concept", "lifecycle", "time", "org"}
    first = traces[0].find(f"{space}event/{space}date[@key='time:timestamp']").get("value")
    assert datetime.datetime.fromisoformat(first) == log["time:timestamp"].iloc[0]


def test_a_stored_run_gives_the_same_log(run, tmp_path):
    """Saved and loaded, the clock on the wall is still known."""
    run.save(tmp_path / "run")
    loaded = capsim.load_run(tmp_path / "run")

    pd.testing.assert_frame_equal(
        loaded.to_event_log(), run.to_event_log(), check_dtype=False, rtol=1e-9
    )
    case = run.cases["case"].iloc[0]
    assert loaded.story(case) == run.story(case)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pm4pie",), "style = 'pm4pie': must be one of pm4py, bupar, vidigi, xes"),
        (("xes", "log.csv"), "has the ending '.csv'; a xes log ends in .xes"),
        (("bupar", "log.xes"), "ends in .csv or .parquet"),
    ],
)
def test_a_log_that_cannot_be_written_is_refused(run, tmp_path, arguments, message):
    """Style and ending are checked; nothing half written stays."""
    style, *name = arguments
    with pytest.raises(ValueError, match=message):
        run.to_event_log(style, *(tmp_path / part for part in name))
    assert not list(tmp_path.iterdir())


def test_a_continuous_service_has_no_opening_hours():
    """Twenty-four hours a day: a day is a day of the clock, from midnight on."""
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="10 days",
        calendar={"kind": "continuous"},
        stages={"a": {"stay": "12 hours"}},
        inflows={"x": {"trace": [2.25]}},
    )
    log = capsim.simulate(scenario, seed=1).to_event_log()

    assert log["start_timestamp"].iloc[0] == pd.Timestamp("2026-01-03 06:00", tz="Europe/Brussels")
    assert log["time:timestamp"].iloc[0] == pd.Timestamp("2026-01-03 18:00", tz="Europe/Brussels")


# -- stories ----------------------------------------------------------------


def test_a_story_tells_what_the_tables_tell(run):
    """Dates, worker, waits and lateness of a case with a caseworker, from its own rows."""
    stays = run.stays
    late = stays[(stays["late"] == True) & stays["ended"].notna()]  # noqa: E712
    case = late["case"].iloc[0]
    row = stays[(stays["case"] == case) & (stays["stage"] == "guidance")].iloc[0]
    story = run.story(case)
    (line,) = [text for text in story.splitlines() if text.startswith("guidance")]
    applied = datetime.date(2026, 3, 23) + datetime.timedelta(days=int(row["joined"]))

    assert story.startswith(f"Case {case} applied on ")
    assert f"{applied}" in line
    assert f"got {row['worker']} on" in line
    assert "3 visits with" in line
    assert "2.5 h of client work" in line
    assert "late" in line
    assert "It left on" in story.splitlines()[-1]


def test_every_case_has_a_story(run):
    """Waiting, open, in a delay, ended: none fails, and each names its stages in order."""
    for case, stays in run.stays.groupby("case"):
        lines = run.story(case).splitlines()
        assert [line.split(":")[0].split(" (")[0] for line in lines[1:-1]] == list(
            stays.sort_values("joined")["stage"]
        )


def test_a_case_that_is_not_there_is_named(run):
    """With what it could have been."""
    with pytest.raises(ValueError, match="there is no such case in this run"):
        run.story("regular/rate/99999")


def test_a_story_is_drawn(run):
    """A bar for each stay, a tick for each visit."""
    stays = run.stays[run.stays["ended"].notna() & (run.stays["stage"] == "guidance")]
    case = stays["case"].iloc[0]
    ax = capsim.plots.story(run, case)

    own = run.stays[run.stays["case"] == case]
    assert [label.get_text() for label in ax.get_yticklabels()] == own["stage"].tolist()
    visits = run.visits[(run.visits["case"] == case) & run.visits["started"].notna()]
    terms = own["due"].notna().sum()
    assert len(ax.lines) == len(visits) + terms
    with pytest.raises(ValueError, match="cannot be drawn here"):
        capsim.plots.story(SERVICE, case)
