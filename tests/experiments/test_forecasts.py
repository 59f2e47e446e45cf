"""Forecasts: what they tell, of which weeks, what was known, and how they are kept."""

import datetime
import json

import numpy as np
import pandas as pd
import pytest

import capsim
from experiments.small import service

FAST = {"n": 40, "seed": 3, "engine": "simpy", "jobs": 1}


@pytest.fixture(scope="module")
def small():
    """Three weeks of a small service."""
    return capsim.forecast(service(), weeks=3, **FAST)


def test_weeks_begin_on_the_first_monday_at_or_after_the_origin(small):
    """A week that is cut by the origin is not told; the run ends with the last week."""
    start = small.scenario.start
    first = small.table["week"].min().date()

    assert first.weekday() == 0
    assert 0 <= (first - start).days < 7
    assert sorted(small.table["week"].dt.date.unique()) == [
        first + datetime.timedelta(days=7 * week) for week in range(3)
    ]
    assert small.scenario.last_day() == first + datetime.timedelta(days=22)  # Monday's opening


def test_bands_are_quantiles_that_hold_one_more(small):
    """Of 40 replications the 95 % band reaches from the least to the most; bands are nested."""
    table = small.table
    values = small.values("waiting[intake]")
    row = table.query("measure == 'waiting' and of == 'intake' and office == 'all'")

    assert values.shape == (40, 3)
    assert row["mean"].to_numpy() == pytest.approx(values.mean(axis=0))
    ranked = np.sort(values, axis=0)
    # 2.5 % of 41 lies between the first and the second.
    assert (row["lower_95"].to_numpy() >= ranked[0]).all()
    assert (row["lower_95"].to_numpy() <= ranked[1]).all()
    for inner, outer in ((50, 80), (80, 95)):
        assert (table[f"lower_{outer}"] <= table[f"lower_{inner}"] + 1e-12).all()
        assert (table[f"upper_{outer}"] >= table[f"upper_{inner}"] - 1e-12).all()


def test_arrivals_are_those_of_the_replications(small):
    """The numbers of a week are those who apply in it, also while the office is closed."""
    run = capsim.simulate(small.scenario, seed=3, replication=7, engine="simpy")
    first = (small.table["week"].min().date() - small.scenario.start).days
    applied = run.cases.loc[run.cases["applied"] >= 0, "applied"]
    weeks = [applied.between(first + 7 * k, first + 7 * k + 7, inclusive="left") for k in range(3)]
    expected = [week.sum() for week in weeks]

    assert small.values("arrivals[intake]")[7].tolist() == expected


def test_weeks_on_either_side_of_closed_days_are_whole():
    """Ten a day come, also in the weekend: 70 in the first week, and in the last one.

    Means of 60 weeks of about 70 have a standard error of 1.1; six of them are allowed.
    """
    scenario = service().with_({"start": "2026-01-05", "inflows.regular.rate": {"per_day": 10}})
    found = capsim.forecast(scenario, weeks=2, n=60, seed=1, engine="simpy", jobs=1)

    assert found.values("arrivals[intake]").mean(axis=0) == pytest.approx([70, 70], abs=6.5)


def test_what_comes_before_the_origin_is_said_to_be_simulated():
    """A later origin is allowed, and the heading says what was not known."""
    scenario = service()
    origin = scenario.start + datetime.timedelta(days=21)
    found = capsim.forecast(scenario, origin=origin, weeks=1, **FAST)

    assert found.table["week"].min().date() >= origin
    assert any("21 days" in line and "simulated" in line for line in found.known)
    assert "made after its origin" in repr(found)


def test_a_forecast_is_kept(small, tmp_path):
    """Read back it is the same, prints the same, and can be scored."""
    folder = small.save(tmp_path / "said")
    again = capsim.load_result(folder)

    pd.testing.assert_frame_equal(again.table, small.table)
    assert repr(again) == repr(small)
    assert again.origin == small.origin
    assert again.provenance == json.loads(json.dumps(small.provenance))


def test_a_store_goes_on(tmp_path):
    """What was computed is found again; the same study can be asked for from the store."""
    first = capsim.forecast(service(), weeks=1, store=tmp_path / "study", **FAST)
    again = capsim.forecast(service(), weeks=1, store=tmp_path / "study", **FAST)

    pd.testing.assert_frame_equal(first.table, again.table)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"origin": "2020-01-01"}, "lies before the first day"),
        ({"origin": "soon"}, "is no date"),
        ({"n": 10}, "at least 39"),
        ({"weeks": 0}, "between 1 and 520"),
        ({"weeks": "12"}, "whole number"),
        ({"seeds": 1}, "there is no option 'seeds'"),
    ],
)
def test_mistakes_are_named(changed, said):
    """Each wrong argument in a sentence, before anything is computed."""
    with pytest.raises((ValueError, TypeError, capsim.ScenarioError), match=said):
        capsim.forecast(service(), **{"weeks": 1, **FAST, **changed})


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        ("queue[intake]", "it tells arrivals, waiting"),
        ("waiting[reception]", "only of intake"),
        ("waiting", "say of what"),
        ("waiting[intake, office=genk]", "no office 'genk'"),
    ],
)
def test_selectors_that_mean_nothing(small, selector, said):
    """What is not told is said, with what there is."""
    with pytest.raises(ValueError, match=said):
        small.values(selector)
