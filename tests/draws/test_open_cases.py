"""What is left of something that has lasted for a time is drawn from its law, given that time."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

import capsim
from capsim.draws import deal
from capsim.plan import compile_plan

LAWS = {
    "weibull": {"law": "weibull", "mean": "50 days", "cv": 0.5},
    "lognormal": {"law": "lognormal", "mean": "50 days", "cv": 1.5},
    "mixture": {
        "law": "mixture",
        "of": [
            {"share": 0.8, "law": "exponential", "mean": "5 days"},
            {"share": 0.2, "law": "gamma", "mean": "90 days", "cv": 0.4},
        ],
    },
}


def rests(law, since, n=2_000, seed=1):
    """Days that are left of so many delays which began that many days before the first day."""
    names = [f"c{k}" for k in range(n)]
    scenario = capsim.Scenario(
        start="2026-01-05",
        horizon="1 day",
        stages={"s": {"stay": law}},
        inflows={"a": {"rate": {"per_day": 0}}},
        initial={"files": {"case": names, "stage": ["s"] * n, "since": [-since] * n}},
    )
    plan = compile_plan(scenario)
    return deal(plan, seed).initial_stay / plan.time.day_ticks


@pytest.mark.parametrize("name", LAWS)
def test_the_rest_is_drawn_given_how_long_it_has_lasted(name):
    """2,000 delays have lasted 30 days: their rests are those of whole delays beyond 30.

    Two-sample Kolmogorov-Smirnov test that errs once in a million; the whole delays are lists that
    began just before the opening.
    """
    whole = rests(LAWS[name], 0.001, n=20_000, seed=2)
    expected = whole[whole > 30] - 30
    found = rests(LAWS[name], 30)
    assert len(expected) > 1_000
    assert ks_2samp(found, expected).pvalue > 1e-6
    assert ks_2samp(rests(LAWS[name], 60), expected).pvalue < 1e-6  # the test can fail


def test_values_that_are_over_are_no_longer_drawn():
    """Of 20, 40 and 70 days, after 30 only the last two are left, as often as each other."""
    found = rests({"law": "empirical", "values": ["20 days", "40 days", "70 days"]}, 30)
    assert sorted(set(found.round(9).tolist())) == [10.0, 40.0]
    assert abs((found < 20).mean() - 0.5) < 4.9 * np.sqrt(0.25 / len(found))  # once in a million


def test_what_is_longer_than_its_law_is_over():
    """Ten days that began 30 days ago, and ten that began exactly ten days ago."""
    assert set(rests("10 days", 30, n=3)) == {0.0}
    assert set(rests("10 days", 10, n=3)) == {0.0}
