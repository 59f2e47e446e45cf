"""Counts, weekdays, dispersion, groups and waves: what is refused, warned about, written back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from capsim.scenario import Scenario, ScenarioError, load

BASE: dict[str, Any] = {
    "start": "2026-01-05",
    "horizon": "8 weeks",
    "teams": {"desk": {"fte": 1}},
    "stages": {"intake": {"team": "desk", "work": "1 h"}},
}
WAVE = {"date": "2026-02-02", "people": 5}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "six weekdays": (
        {"rate": {"per_day": 1}, "weekdays": [1] * 6},
        "inflows.x.weekdays = [1, 1, 1, 1, 1, 1]: must have seven factors; write seven factors, "
        "Monday to Sunday",
    ),
    "no weekday": (
        {"rate": {"per_day": 1}, "weekdays": [0] * 7},
        "inflows.x.weekdays = [0, 0, 0, 0, 0, 0, 0]: all are 0; write the days on which",
    ),
    "negative weekday": (
        {"rate": {"per_day": 1}, "weekdays": [1, 1, 1, 1, -1, 0, 0]},
        "inflows.x.weekdays.4 = -1: must be at least 0",
    ),
    "dispersion below one": (
        {"rate": {"per_day": 1}, "dispersion": 0.5},
        "inflows.x.dispersion = 0.5: must be at least 1; write 1 for Poisson, or more, such as 2",
    ),
    "dispersion as text": (
        {"rate": {"per_day": 1}, "dispersion": "2"},
        "inflows.x.dispersion = '2': must be a number",
    ),
    "endless dispersion": (
        {"rate": {"per_day": 1}, "dispersion": 1e9},
        "inflows.x.dispersion = 1000000000: must be at most 1,000",
    ),
    "nobody together": (
        {"rate": {"per_day": 1}, "together": 0},
        "inflows.x.together = 0: must be at least 1",
    ),
    "half a group": (
        {"rate": {"per_day": 1}, "together": 1.5},
        "inflows.x.together = 1.5: must be a whole number or a law of counts",
    ),
    "growing groups": (
        {"rate": {"per_day": 1}, "together": {"law": "geometric", "mean": 2, "growth": 0.1}},
        "inflows.x.together.growth = 0.1: a group has no growth; let the rate grow",
    ),
    "no period": (
        {"counts": {"2026-13": 4}},
        "inflows.x.counts.when.0 = '2026-13': is no month, week or day; write 2026-03, 2026-W10",
    ),
    "mixed periods": (
        {"counts": {"2026-03": 4, "2026-W20": 5}},
        "inflows.x.counts.when = ['2026-03', '2026-W20']: mixes a month and a week",
    ),
    "a period twice": (
        {"counts": {"when": ["2026-03", "2026-03"], "count": [4, 5]}},
        "inflows.x.counts.when.1 = '2026-03': stands twice; add the numbers up",
    ),
    "a number too few": (
        {"counts": {"when": ["2026-03", "2026-04"], "count": [4]}},
        "inflows.x.counts.count = [4]: must have 2 values; write one each",
    ),
    "fewer than nobody": (
        {"counts": {"2026-03": -4}},
        "inflows.x.counts.count.0 = -4: must be at least 0; write 0 or more people",
    ),
    "unknown office": (
        {"counts": {"when": ["2026-03"], "count": [4], "office": ["genk"]}},
        "inflows.x.counts.office = 'genk': there is no such office",
    ),
    "exactly nothing": (
        {"rate": {"per_day": 1}, "counts_exact": True},
        "inflows.x.counts: counts_exact needs them; add counts, or remove counts_exact",
    ),
    "exactly a half": (
        {"counts": {"2026-03": 4.5}, "counts_exact": True},
        "inflows.x.counts.count.0 = 4.5: an exact number is a whole one; write a whole number, or",
    ),
    "exact and dispersed": (
        {"counts": {"2026-03": 4}, "counts_exact": True, "dispersion": 2},
        "inflows.x.dispersion = 2: exact counts leave nothing to it; remove it, or leave",
    ),
    "steps of two kinds": (
        {"rate": {"unit": "per_day", "steps": [["2026-01-05", 1], ["9 days", 2]]}},
        "inflows.x.rate.steps = [['2026-01-05', 1], ['9 days', 2]]: mixes dates and times since",
    ),
    "steps out of order": (
        {"rate": {"unit": "per_day", "steps": [["2026-02-05", 1], ["2026-01-05", 2]]}},
        "the steps must follow in time; sort them",
    ),
    "a step at no date": (
        {"rate": {"unit": "per_day", "steps": [["2026-02-30", 1]]}},
        "inflows.x.rate.steps.0.0 = '2026-02-30': is not a duration",
    ),
    "ahead in workdays": (
        {"lag": "9 days", "waves": {"w": {**WAVE, "ahead": "3 workdays"}}},
        "inflows.x.waves.w.ahead = '3 workdays': counts calendar time back; write days or weeks",
    ),
    "notice in workdays": (
        {"waves": {"w": {**WAVE, "notice": "3 workdays"}}},
        "inflows.x.waves.w.notice = '3 workdays': counts calendar time back; write days or weeks",
    ),
    "take-up above all": (
        {"waves": {"w": {**WAVE, "take_up": 1.2}}},
        "inflows.x.waves.w.take_up = 1.2: must be at most 1; write a share such as 0.36",
    ),
    "work as a lag": (
        {"waves": {"w": {**WAVE, "lag": "a while"}}},
        "inflows.x.waves.w.lag = 'a while': is not a duration",
    ),
}


@pytest.mark.parametrize(("inflow", "message"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_value_is_refused_by_path_with_a_remedy(
    inflow: dict[str, Any], message: str
) -> None:
    """One mistake that says what, where, why and what to write."""
    with pytest.raises(ScenarioError) as caught:
        Scenario(**BASE, inflows={"x": inflow})
    (mistake,) = caught.value.mistakes
    assert message in str(mistake)
    assert mistake.remedy


SHARES = {
    "unknown inflow": ({"y": 0.4}, {}, "offices.a.shares = 'y': there is no such inflow"),
    "more than all": ({"x": 0.8}, {"x": 0.4}, "the offices have 1.2 of this inflow, not 1"),
    "less than all": ({"x": 0.4}, {"x": 0.4}, "the offices have 0.8 of this inflow, not 1"),
    "above one": ({"x": 1.4}, {}, "offices.a.shares.x = 1.4: must be at most 1"),
}


@pytest.mark.parametrize(("a", "b", "message"), SHARES.values(), ids=SHARES)
def test_wrong_shares_of_an_inflow_are_refused(
    a: dict[str, float], b: dict[str, float], message: str
) -> None:
    """Shares of an inflow that exist, and together are all of it."""
    offices = {"a": {"share": 0.5, "shares": a}, "b": {"share": 0.5, "shares": b}}
    with pytest.raises(ScenarioError) as caught:
        Scenario(**BASE, inflows={"x": {"rate": {"per_day": 1}}}, offices=offices)
    assert [str(mistake) for mistake in caught.value.mistakes if message in str(mistake)]


def test_check_names_periods_outside_the_run_and_days_without_a_number() -> None:
    """January to February for a run from the 5th of January to the 2nd of March, and an old one."""
    counts = {"2025-11": 3, "2026-01": 4, "2026-02": 5}
    warned = Scenario(**BASE, inflows={"x": {"counts": counts}}).check()
    assert warned == [
        "inflows.x.counts: 1 of 3 periods lie outside the run and are left out",
        "inflows.x.counts: nothing is said of the days from 2026-03-01 on, on which nobody "
        "applies; add periods, or shorten the horizon",
    ]
    late = Scenario(**BASE, inflows={"x": {"counts": {"2026-02": 5, "2026-03": 5}}}).check()
    assert late == [
        "inflows.x.counts: nothing is said of the days before 2026-02-01, on which nobody applies"
    ]


def test_check_names_what_changes_nothing() -> None:
    """Factors without a rate, and a lag that is none."""
    waves = {"w": {**WAVE, "ahead": "1 week"}}
    inflow = {"waves": waves, "weekdays": [1, 0, 0, 0, 0, 0, 0], "dispersion": 2, "together": 2}
    assert Scenario(**BASE, inflows={"x": inflow}).check() == [
        "inflows.x.weekdays: changes a rate or counts, and there are none",
        "inflows.x.dispersion: changes a rate or counts, and there are none",
        "inflows.x.together: changes a rate or counts, and there are none",
        "inflows.x.waves.w.ahead: without a lag all of them apply so long before the date",
    ]


FILE = """start = 2026-01-05
horizon = "8 weeks"
stages.pause.stay = "1 day"
[offices.genk]
share = 0.5
shares.x = 0.25
[offices.as]
share = 0.5
[inflows.x]
counts = "applications.csv"
counts_exact = true
weekdays = [1, 1, 1, 1, 1, 0, 0]
[inflows.y]
together = { law = "geometric", mean = 1.5 }
rate = { unit = "per_month", steps = [[2026-01-01, 41], [2026-02-01, 38]] }
waves.w = { date = 2026-02-02, people = 5, lag = "2 days", ahead = "1 week", notice = "3 weeks" }
"""


def test_a_file_with_counts_is_written_back_with_its_figures(tmp_path: Path) -> None:
    """Saved elsewhere it is the same scenario, with the same hash, beside the same CSV."""
    (tmp_path / "s.toml").write_text(FILE)
    csv = "month,count,office\n2026-01,41,genk\n2026-01,3,\n2026-02,38,as\n"
    (tmp_path / "applications.csv").write_text(csv)
    scenario = load(tmp_path / "s.toml")
    counts = scenario.inflows["x"].counts
    assert counts is not None
    assert list(counts.rows()) == [
        ("2026-01", 41, "genk"),
        ("2026-01", 3, None),
        ("2026-02", 38, "as"),
    ]
    scenario.save(tmp_path / "other" / "s.toml")
    assert (tmp_path / "other" / "applications.csv").read_text() == csv
    assert "[[2026-01-01, 41], [2026-02-01, 38]]" in (tmp_path / "other" / "s.toml").read_text()
    again = load(tmp_path / "other" / "s.toml")
    assert again == scenario
    assert again.hash == scenario.hash


WRONG_FILES = {
    "unknown column": ("month,number\n2026-01,3\n", "column 'number'\": there is no such column"),
    "no count": ("month\n2026-01\n", "needs one of the columns month, week and day, and"),
    "no rows": ("month,count\n", "has no counts; add rows below the header"),
    "not a month": (
        "month,count\nMarch,3\n",
        "line 2, month 'March'\": is no month; write it",
    ),
    "no number": ("day,count\n2026-01-05,many\n", "count 'many'\": is no number of people"),
    "week as month": ("week,count\n2026-03,5\n", "is no week; write it as 2026-W10"),
    "a cell too few": ("week,count\n2026-W10\n", "has 1 cells for 2 columns"),
    "empty": ("", "the file is empty; write the columns month and count, and rows"),
}


@pytest.mark.parametrize(("text", "message"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_wrong_file_of_counts_is_named_by_row_and_column(
    tmp_path: Path, text: str, message: str
) -> None:
    """What stands in the file is quoted, with what to write."""
    (tmp_path / "s.toml").write_text(FILE)
    (tmp_path / "applications.csv").write_text(text)
    with pytest.raises(ScenarioError, match=r"inflows\.x\.counts") as caught:
        load(tmp_path / "s.toml")
    assert message in str(caught.value)
