"""Intervals and bounds keep their rates where lateness is rare and a few replications very bad.

Studies are drawn with replacement from pools of 4,000 replications, whose mean is the truth. The
pools are of the presets and the example service, some with one worker more; the late share of the
office with one worker more has mean 0.004 and skewness 11.6.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from capsim.estimates import mean_intervals, paired_differences
from capsim.estimates.tails import PROOF, lean, limits_seen, margin, moments, two_sided_p
from capsim.experiments.staffing.assurance import lower_bound, upper_bound

STORED = np.load(Path(__file__).parent / "pools.npz")
POOLS = {name: STORED[name] for name in STORED if not name.startswith("outline")}
SIZES = (20, 50, 100, 320, 640)
INF = float("inf")


def limits(name):
    """The limits of the measure of a pool, as arrays of one."""
    return np.array([0.0]), np.array([INF if "wait" in name else 1.0])


def studies(name, n, rounds):
    """(n, rounds) values, a column per study, and the truth."""
    pool = POOLS[name].astype(float)
    generator = np.random.default_rng(n)
    return pool[generator.integers(0, len(pool), (n, rounds))], pool.mean()


def coverage(name, n, *, plain=False, rounds=4_000):
    """Share of 95 % intervals that hold the truth, and their median width."""
    sample, truth = studies(name, n, rounds)
    ends = None if plain else tuple(np.repeat(end, rounds) for end in limits(name))
    _, lower, upper, _ = mean_intervals(sample, limits=ends)
    return ((lower <= truth) & (truth <= upper)).mean(), np.median(upper - lower)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", POOLS)
def test_an_interval_covers_also_where_a_few_replications_are_very_bad(name, n):
    """At least 0.92 of 95 % intervals, and never less than Student's t.

    4,000 studies: 0.92 is found to be missed by 0.015 nearly always (three standard errors are
    0.013), and all pools and sizes lie 0.008 or more above it.
    """
    found, _ = coverage(name, n)
    assert found >= 0.92
    assert found >= coverage(name, n, plain=True)[0]


@pytest.mark.parametrize("n", [20, 50, 100])
def test_student_alone_fails_that_test(n):
    """It covers 0.81 to 0.83 of the rare late share: the test can fail."""
    assert coverage("rare late share", n, plain=True)[0] < 0.85


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("utilization", (1.1, 1.05, 1.03, 1.02, 1.02)),
        ("wave late share", (1.2, 1.12, 1.08, 1.05, 1.04)),
        ("service late share", (1.3, 1.18, 1.13, 1.08, 1.06)),
        ("rare late share", (1.8, 1.7, 1.6, 1.5, 1.4)),
    ],
)
def test_intervals_of_well_behaved_measures_hardly_widen(name, most):
    """Median width over that of t; the medians vary by less than one per cent here."""
    for n, ratio in zip(SIZES, most, strict=True):
        assert 1.0 <= coverage(name, n)[1] / coverage(name, n, plain=True)[1] <= ratio


@pytest.mark.parametrize("error", [0.02, 0.005])
@pytest.mark.parametrize("n", [20, 40, 80, 160, 320, 640])
def test_a_proof_errs_no_more_often_than_it_says(n, error):
    """Of 4,000 proofs that the rare late share is at most its mean, less than a hair, error + 3 se.

    Hall's correction errs in 12 to 14 % at 20 to 80 where 2 % are asked.
    """
    rounds = 4_000
    sample, truth = studies("rare late share", n, rounds)
    wrong = sum(upper_bound(column, error, 1.0, 0.0) < truth for column in sample.T)
    assert wrong / rounds <= error + 3 * np.sqrt(error * (1 - error) / rounds)


@pytest.mark.parametrize("name", POOLS)
def test_a_proof_of_failure_errs_no_more_often_than_it_says(name):
    """The other side, and every pool: 2,000 bounds from 40 replications at 2 %."""
    rounds, error = 2_000, 0.02
    sample, truth = studies(name, 40, rounds)
    (floor,), (ceiling,) = limits(name)
    allowed = error + 3 * np.sqrt(error * (1 - error) / rounds)
    high = sum(upper_bound(column, error, ceiling, floor) < truth for column in sample.T)
    low = sum(lower_bound(column, error, floor, ceiling) > truth for column in sample.T)
    assert high / rounds <= allowed
    assert low / rounds <= allowed


def in_offices(values):
    """A long table of one wait in as many offices as there are columns."""
    n, offices = values.shape
    return pd.DataFrame(
        {
            "replication": np.repeat(np.arange(n), offices),
            "measure": "wait_mean",
            "kind": "stage",
            "of": "intake",
            "inflow": "all",
            "office": np.tile(np.arange(offices), n),
            "value": values.reshape(-1),
        }
    )


def test_a_paired_difference_covers_whatever_side_is_skewed():
    """20 pairs of waits, one more worker taking away most of the bad years: 0.92 of 95 %.

    4,000 studies, each an office; Student's t covers less than 0.9.
    """
    rounds, n = 4_000, 20
    generator = np.random.default_rng(4)
    pool = POOLS["office wait"].astype(float)
    drawn = pool[generator.integers(0, len(pool), (n, rounds))]
    truth = (0.3 * np.sqrt(pool) - pool).mean()
    less = 0.3 * np.sqrt(drawn)
    table = paired_differences({"a": in_offices(drawn), "b": in_offices(less)})
    assert ((table["lower"] <= truth) & (truth <= table["upper"])).mean() >= 0.92
    plain = stats.ttest_1samp(less - drawn, 0).confidence_interval(0.95)
    assert ((plain.low <= truth) & (truth <= plain.high)).mean() < 0.9


def test_a_margin_is_never_below_that_of_student():
    """And equals it for symmetric values far from any limit."""
    n = np.arange(2, 200)
    t = -stats.t.ppf(0.025, n - 1) / np.sqrt(n)
    assert margin(n, 1.0, 0.0, 0.0, 0.025) == pytest.approx(t)
    assert margin(n, 1.0, -5.0, 0.0, 0.025) == pytest.approx(t)
    for skewness, leaning in ((1.0, 0.0), (0.0, 0.5), (4.0, 1.0)):
        assert (margin(n, 1.0, skewness, leaning, 0.025) > t).all()
    assert np.isnan(margin(1, 1.0, 0.0, 0.0, 0.025))
    assert margin(20, 1.0, 1.0, 1.0, 0.02, reach=PROOF) > margin(20, 1.0, 1.0, 1.0, 0.02)


def test_the_p_value_belongs_to_the_interval():
    """At that error the interval just ends at zero; without skewness it is that of SciPy.

    It is 1 where even the shortest interval holds zero.
    """
    generator = np.random.default_rng(5)
    matrix = generator.exponential(size=(30, 50)) - generator.uniform(0.3, 1.5, 50)
    mean, spread, skewness, n = moments(matrix)
    bent = lean(spread, mean + 2), lean(spread, mean + 1)
    p = two_sided_p(mean, n, spread, skewness, bent)
    side = np.where(mean > 0, -skewness, skewness), np.where(mean > 0, *bent)
    found = margin(n, spread, *side, p / 2)
    below = p < 1 - 1e-9
    assert found[below] == pytest.approx(np.abs(mean)[below], rel=1e-6)
    assert (found[~below] >= np.abs(mean)[~below]).all()
    assert 20 < below.sum() < 50
    flat = np.zeros(50)
    expected = stats.ttest_1samp(matrix, 0).pvalue
    assert two_sided_p(mean, n, spread, flat, (flat, flat)) == pytest.approx(expected)


def test_values_of_one_sign_have_a_limit_at_zero():
    """A measure of one's own that is never negative is taken to have a reason for that."""
    least, most = limits_seen([-INF, -INF, -INF, 0.0], [INF] * 4, [1, -2, -1, 3], [5, -1, 1, 4])
    assert least.tolist() == [0.0, -INF, -INF, 0.0]
    assert most.tolist() == [INF, 0.0, INF, INF]
