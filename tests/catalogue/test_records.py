"""The records of the measures against each other and against the kernel."""

import math

import pytest

from capsim.catalogue import MEASURES, measure_named
from capsim.catalogue.measures import (
    FIRST_LOOK,
    HEADLINES,
    MONEY_MEASURES,
    STAGE_MEASURES,
    STAGE_SERIES,
    TEAM_MEASURES,
    TEAM_SERIES,
)
from capsim.catalogue.shown import estimate, shown, shown_interval
from capsim.kernels import measures as kernel

GROUPS = (STAGE_MEASURES, TEAM_MEASURES, STAGE_SERIES, TEAM_SERIES)


def test_each_thing_has_one_record_and_the_kernel_has_a_column_for_it():
    """No name twice among the rows of a kind, and as many columns as the kernel computes."""
    for group in GROUPS:
        names = [record.name for record in group]
        assert len(set(names)) == len(names)
    assert len(STAGE_MEASURES) == kernel.STAGE_MEASURES
    assert len(TEAM_MEASURES) == kernel.TEAM_MEASURES


def test_first_looks_name_what_there_is():
    """A misspelt measure in a list of what is shown would be left out without a word."""
    known = {("stage", one.name) for one in STAGE_MEASURES}
    known |= {("team", one.name) for one in TEAM_MEASURES}
    known |= {("money", one.name) for one in MONEY_MEASURES}
    assert set(HEADLINES) <= known
    assert {(kind, name) for kind, names in FIRST_LOOK.items() for name in names} <= known


def test_shares_end_at_one_and_only_quantiles_and_dates_can_fail_to_come():
    """Intervals are cut at the limits, and runs that did not get there are counted as late."""
    whole = {name: measure_named(name) for name in MEASURES}
    ends = {name for name, one in whole.items() if one.limits == (0.0, 1.0)}
    assert ends == {name for name in whole if name.endswith("_share")} | {
        "share_over",
        "contact_ratio",
        "utilization",
    }
    assert {name for name, one in whole.items() if one.reached != "always"} == {
        "wait_p50",
        "wait_p90",
        "decision_days_p90",
        "clear_day",
    }
    assert {name: one.more_staff for name, one in whole.items() if one.more_staff != "lowers"} == {
        "contact_ratio": "raises",
        "completed": "raises",
        "exits": "raises",
        "arrivals": "nothing",
        "no_shows": "nothing",
        **{one.name: "either" for one in MONEY_MEASURES},
    }


@pytest.mark.parametrize("measure", ["wait_mean", "late_share", "arrivals", "my_cost"])
def test_what_is_missing_is_shown_in_one_way(measure):
    """Nobody there, never reached and no interval are told apart, whatever the unit."""
    assert shown(measure, math.nan) == estimate(measure, math.nan, math.nan, math.nan) == "-"
    assert shown(measure, math.inf) == estimate(measure, math.inf, 1.0, math.inf) == "not reached"
    assert shown_interval(measure, math.nan, math.nan) == "no interval"
    assert shown_interval(measure, math.inf, math.inf) == "not reached"
    assert not shown(measure, -1e-9).startswith("-0")


def test_every_measure_has_its_formula():
    """Of a run; what a series is, its explanation says."""
    assert [name for name in MEASURES if not measure_named(name).formula] == []
