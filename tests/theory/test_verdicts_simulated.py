"""Verdicts beside what was simulated: who grows, who does not, and two dates in one sentence."""

import datetime

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.runs.verdict import Cleared, cleared, verdict_line
from capsim.scenario import Scenario
from theory.test_verdicts import example
from theory.verdict_scenarios import generated

HORIZON = "6 years"
ERRORS = 0.05
"""Share of the verdicts that chance may contradict in one history; of the 37 six-year histories of
the default test one was."""


def _yearly_growth(scenario: Scenario) -> float:
    """Cases open in the sixth year of one history less those of the fifth."""
    frame = capsim.simulate(scenario, seed=1).series(every="1 day")
    whole = frame[(frame["measure"] == "open") & (frame["kind"] == "stage")]
    if "all" in set(whole["office"]):
        whole = whole[whole["office"] == "all"]
    opened = whole.groupby("day")["value"].sum().to_numpy()
    return float(opened[-365:].mean() - opened[-730:-365].mean())


def _contradicted(seeds: range) -> tuple[int, int]:
    """How many verdicts stable or growing one long history contradicts, of how many."""
    wrong, judged = 0, 0
    for seed in seeds:
        scenario = Scenario(**{**generated(seed), "horizon": HORIZON})
        description = scenario.describe()
        rows = [*description.teams, *description.meetings]
        if any(getattr(row, "bounded", False) for row in rows):
            continue  # they leave
        if description.state == "stable":
            judged += 1
            arrivals = sum(float(one.cases) for one in description.asked) * 365
            grows = _yearly_growth(scenario)
            wrong += grows > 0.05 * arrivals + 5
        elif description.state == "growing":
            judged += 1
            wrong += _yearly_growth(scenario) <= 0
    return wrong, judged


def test_stable_services_do_not_grow_and_growing_ones_do_not_clear() -> None:
    """Of some thirty generated services, in one history of six years each, at most two behave
    otherwise.
    """
    wrong, judged = _contradicted(range(5000, 5045))
    assert judged > 20
    assert wrong <= 2


@pytest.mark.thorough
def test_many_stable_and_growing_services() -> None:
    """Of some three hundred generated services at most one in twenty behaves otherwise."""
    wrong, judged = _contradicted(range(6000, 6450))
    assert judged > 200
    assert wrong <= ERRORS * judged


def test_both_dates_stand_in_one_sentence() -> None:
    """Theory's date, which takes every visit as made, and in how many runs by when; in the text of
    replications, of a comparison and of its one scenario with a wave.
    """
    waved = example(**{"inflows.regular.waves": {"a": {"date": "2026-04-01", "people": 150}}})
    result = capsim.replicate(waved, n=4, seed=1)
    found = result.cleared()
    assert found is not None
    assert found.n == 4
    assert found.end == datetime.date(2027, 12, 31)
    line = next(line for line in repr(result).splitlines() if line.startswith("PASSING"))
    theory = waved.describe()["social"].clear_date
    assert f"clears after the end of the run ({theory}), by theory without chance" in line
    assert f"in which every visit is made however late; simulated: {found}" in line
    assert f"in {found.reached} of 4 runs by 2027-12-31" in line

    # The share is that of the runs in which all stages were back, by plain pandas.
    days = result.values()
    days = days[(days["measure"] == "clear_day") & (days["inflow"] == "all")]
    last = days[days["office"] == "all"].groupby("replication")["value"].max(skipna=False)
    assert found.reached == int(last.notna().sum())
    if found.half is not None:
        by_then = pd.Timestamp("2026-01-01") + pd.to_timedelta(last, unit="D")
        assert (by_then <= pd.Timestamp(found.half)).sum() >= 2

    both = capsim.compare({"calm": example(), "waved": waved}, n=4, seed=1)
    assert both.cleared() == {"calm": None, "waved": found}
    assert f"simulated: {found}" in repr(both)


def test_the_line_without_a_backlog_has_no_share() -> None:
    """Nothing to clear, nothing told: neither for a growing nor for a stable service."""
    assert cleared(np.empty((3, 0)), example()) is None
    assert verdict_line(example()) == ""
    overloaded = example(**{"teams.social.fte": 0.8, "initial": {}})
    assert "simulated" not in verdict_line(overloaded)
    seen = Cleared(0, 20, datetime.date(2027, 12, 31), None)
    assert "; simulated: in 0 of 20 runs by 2027-12-31." in verdict_line(overloaded, seen)
