"""Means, quantiles, proportions and their intervals."""

import numpy as np
import pytest
from scipy import stats

from capsim.estimates import (
    mean_interval,
    mean_intervals,
    proportion_interval,
    quantile_interval,
    quantile_summary,
    summary,
)
from estimates.long_values import long
from statistical import assert_probability_equals

NAN, INF = float("nan"), float("inf")


def covers(intervals, truth):
    """In how many rows the interval holds the truth."""
    _, lower, upper, _ = intervals
    return int(((lower <= truth) & (truth <= upper)).sum())


def test_an_interval_of_five_values_covers_as_often_as_it_says():
    """20,000 intervals of 80 %: finds an error of 0.03, false alarm and miss below 1e-6.

    Intervals from normal instead of t quantiles cover 0.73 and must fail.
    """
    sample = np.random.default_rng(1).normal(3.0, 2.0, (5, 20_000))
    options = {"exact": 0.8, "detectable": 0.03}
    found = covers(mean_intervals(sample, confidence=0.8), 3.0)
    assert_probability_equals(found, 20_000, **options)
    mean, error = sample.mean(axis=0), sample.std(axis=0, ddof=1) / np.sqrt(5)
    half = stats.norm.ppf(0.9) * error
    wrong = covers((mean, mean - half, mean + half, 5), 3.0)
    with pytest.raises(AssertionError):
        assert_probability_equals(wrong, 20_000, **options)


def test_an_interval_is_that_of_scipy():
    """The same limits as a one-sample t test gives."""
    sample = np.random.default_rng(2).gamma(2.0, size=12)
    expected = stats.ttest_1samp(sample, 0).confidence_interval(0.9)
    found = mean_interval(sample, confidence=0.9)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high))
    assert found.half_width == pytest.approx((expected.high - expected.low) / 2)


def test_a_replication_in_which_nobody_was_seen_is_left_out():
    """And n says so; with one value there is no interval, with none no mean."""
    frame = summary(
        long(wait_mean=[1.0, NAN, 3.0], late_share=[NAN, NAN, 0.5], queue_mean=[NAN] * 3)
    )
    assert frame["mean"].tolist()[:2] == [2.0, 0.5]
    assert frame["n"].tolist() == [2, 1, 0]
    assert frame["lower"].isna().tolist() == [False, True, True]
    assert np.isnan(frame["mean"][2])
    assert list(frame.columns) == [
        *["measure", "kind", "of", "inflow", "office"],
        *["mean", "lower", "upper", "n"],
    ]


def test_a_quantile_that_was_not_reached_is_not_dropped():
    """Where a tenth still waits at the end the mean over the lucky replications is no estimate.

    In replication 2 nobody joined (no stay_mean): that one may be left out.
    """
    values = long(stay_mean=[5.0, 5.0, NAN], wait_p90=[4.0, 6.0, NAN])
    row = summary(values).set_index("measure").loc["wait_p90"]
    assert (row["mean"], row["n"]) == (5.0, 2)
    values = long(stay_mean=[5.0, 5.0, 5.0], wait_p90=[4.0, 6.0, NAN])
    row = summary(values).set_index("measure").loc["wait_p90"]
    assert np.isnan(row["mean"])
    assert row["n"] == 2
    row = quantile_summary(values, 0.5).set_index("measure").loc["wait_p90"]
    assert (row["quantile"], row["n"]) == (6.0, 3)
    assert row["upper"] == INF


@pytest.mark.parametrize("probability", [0.5, 0.9])
def test_the_interval_of_a_quantile_covers_at_least_as_often_as_it_says(probability):
    """4,000 exponential samples of 40: below 90 % by 0.03 is found; false alarm below 1e-6.

    One order statistic less on either side covers too seldom and must fail.
    """
    generator = np.random.default_rng(3)
    truth = float(stats.expon.ppf(probability))
    found = wrong = 0
    for _ in range(4_000):
        sample = np.sort(generator.exponential(size=40))
        interval = quantile_interval(sample, probability, confidence=0.9)
        found += interval.lower <= truth <= interval.upper
        low, high = np.searchsorted(sample, [interval.lower, interval.upper])
        wrong += sample[low + 1] <= truth <= sample[high - 1]
    floor = stats.binom.ppf(1e-6, 4_000, 0.9)
    assert found >= floor
    assert stats.binom.cdf(floor, 4_000, 0.87) > 1 - 0.2
    assert wrong < floor


def test_few_values_say_nothing_about_an_extreme_quantile():
    """Five values give no upper limit for the 0.9 quantile."""
    interval = quantile_interval([1, 2, 3, 4, 5], 0.9)
    assert (interval.estimate, interval.upper) == (5.0, INF)
    assert quantile_interval([1, NAN, INF], 0.5).n == 2
    assert quantile_interval([], 0.5).n == 0
    with pytest.raises(ValueError, match="probability"):
        quantile_interval([1], 1.0)


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (1, 20), (7, 20), (20, 20)])
def test_a_proportion_has_the_exact_interval(successes, n):
    """Equal to SciPy's Clopper-Pearson interval."""
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="exact")
    found = proportion_interval(successes, n)
    assert (found.lower, found.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_impossible_requests_are_refused():
    """More successes than trials, a confidence of 95, a table without values."""
    with pytest.raises(ValueError, match="impossible"):
        proportion_interval(3, 2)
    with pytest.raises(ValueError, match=r"write 0\.95"):
        mean_interval([1, 2], confidence=95)
    with pytest.raises(ValueError, match="no column 'value'"):
        summary(long(wait_mean=[1.0]).drop(columns="value"))


def test_a_summary_needs_no_more_memory_than_its_matrix():
    """What is computed on the way is made part by part, so a province of 10,000 runs fits."""
    import tracemalloc

    import pandas as pd

    from capsim.estimates import summary_of

    places = [f"office {number}" for number in range(1_000)]
    keys = pd.DataFrame(
        [
            (measure, "stage", "intake", "all", place)
            for place in places
            for measure in ("wait_mean", "wait_p90", "stay_mean", "late_share")
        ],
        columns=["measure", "kind", "of", "inflow", "office"],
    )
    matrix = np.random.default_rng(1).random((5_000, len(keys)))
    matrix[0, 1] = np.nan  # the first office did not reach nine in ten, the second had nobody
    matrix[0, 5] = matrix[0, 6] = np.nan

    tracemalloc.start()
    table = summary_of(keys, matrix)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < matrix.nbytes
    assert np.isnan(table["mean"][1])
    assert table["n"][5] == 4_999
    assert table["mean"][5] == pytest.approx(np.nanmean(matrix[:, 5]))
