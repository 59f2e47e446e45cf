"""Differences between scenarios with the same luck."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from capsim.estimates import holm, paired_differences
from estimates.long_values import long


def test_holm_by_hand():
    """Smallest times 4, next times 3, ...; never decreasing, never above 1; NaN not counted."""
    found = holm([0.01, 0.04, np.nan, 0.03, 0.9])
    np.testing.assert_allclose(found, [0.04, 0.09, np.nan, 0.09, 0.9])
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]


def test_false_alarms_of_a_whole_family_stay_below_the_level():
    """1,000 families of 20 true hypotheses at 5 %: more than 8 % is excluded (p < 1e-4).

    Without adjustment two families in three give a false alarm.
    """
    p = np.random.default_rng(1).uniform(size=(1_000, 20))
    adjusted = np.array([holm(row) for row in p])
    assert (adjusted.min(axis=1) < 0.05).mean() < 0.08
    assert (p.min(axis=1) < 0.05).mean() > 0.5


def scenarios(n=60):
    """Two scenarios that share most of their luck; b is longer by 0.5."""
    generator = np.random.default_rng(2)
    luck, own = generator.normal(size=n), generator.normal(size=(2, n))
    a, b = 10 + 3 * luck + 0.3 * own[0], 10.5 + 3 * luck + 0.3 * own[1]
    return a, b


def test_a_difference_is_that_of_a_paired_t_test():
    """Interval and p value as SciPy gives them, and the gain of pairing from the variances.

    Of differences that are symmetric and waits far from zero: others reach farther.
    """
    a, b = scenarios()
    a, b = np.concatenate([a, b - 0.5]) + 1e5, np.concatenate([b, a + 0.5]) + 1e5
    row = paired_differences({"a": long(wait_mean=a), "b": long(wait_mean=b)}).iloc[0]
    test = stats.ttest_rel(b, a)
    limits = test.confidence_interval(0.95)
    assert row["difference"] == pytest.approx(np.mean(b - a))
    assert (row["lower"], row["upper"]) == pytest.approx((limits.low, limits.high))
    assert row["p"] == pytest.approx(test.pvalue)
    gain = (a.var(ddof=1) + b.var(ddof=1)) / (b - a).var(ddof=1)
    assert row["variance_reduction"] == pytest.approx(gain)
    assert gain > 50


def test_without_pairing_the_difference_would_not_be_seen():
    """Shuffled replications lose the gain: the same difference has no significance any more."""
    a, b = scenarios()
    shuffled = long(wait_mean=np.random.default_rng(3).permutation(b))
    row = paired_differences({"a": long(wait_mean=a), "b": shuffled}).iloc[0]
    assert 0.5 < row["variance_reduction"] < 2
    assert row["p"] > 0.05
    assert paired_differences({"a": long(wait_mean=a), "b": long(wait_mean=b)})["p"][0] < 1e-6


def test_rows_of_all_scenarios_are_one_family_in_the_columns_of_the_contract():
    """Three scenarios and two measures are four comparisons with the baseline."""
    a, b = scenarios()
    values = {
        "base": long(wait_mean=a, late_share=a),
        "more": long(wait_mean=b, late_share=a),
        "less": long(wait_mean=a - 1, late_share=b),
    }
    frame = paired_differences(values)
    assert frame["scenario"].tolist() == ["more", "more", "less", "less"]
    assert set(frame["baseline"]) == {"base"}
    np.testing.assert_allclose(frame["p_holm"], holm(frame["p"]))
    equal = frame.iloc[1]
    assert (equal["difference"], equal["p"], equal["lower"], equal["upper"]) == (0, 1, 0, 0)
    certain = frame.iloc[2]
    assert certain["difference"] == pytest.approx(-1)
    assert certain["p"] < 1e-100
    other = paired_differences(values, baseline="less")
    assert other["scenario"].tolist() == ["base", "base", "more", "more"]


def test_an_unreached_quantile_has_no_difference():
    """If a tenth still waits in one scenario, the difference of the others is no estimate."""
    a = long(stay_mean=[1.0, 1, 1], wait_p90=[3.0, 4, 5])
    b = long(stay_mean=[1.0, 1, 1], wait_p90=[4.0, np.nan, 6])
    frame = paired_differences({"a": a, "b": b}).set_index("measure")
    assert np.isnan(frame.loc["wait_p90", "difference"])
    assert frame.loc["wait_p90", "n"] == 2


def test_only_replications_that_both_have_are_compared():
    """And what only one of them measures is left out."""
    a, b = long(wait_mean=[1.0, 2, 3], late_share=[0.0, 0, 0]), long(wait_mean=[9.0, 2, 5])
    b = b[b["replication"] > 0]
    frame = paired_differences({"a": a, "b": b})
    assert frame["measure"].tolist() == ["wait_mean"]
    assert (frame["difference"][0], frame["n"][0]) == (1.0, 2)
    with pytest.raises(ValueError, match="no replication in common"):
        paired_differences({"a": a[a["replication"] == 0], "b": b})
    with pytest.raises(ValueError, match="two or more"):
        paired_differences({"a": a})
    with pytest.raises(ValueError, match="baseline 'c'"):
        paired_differences({"a": a, "b": b}, baseline="c")


def test_the_order_of_rows_does_not_matter():
    """Values are matched by replication and row, not by position."""
    a, b = scenarios()
    first = {"a": long(wait_mean=a, late_share=b), "b": long(wait_mean=b, late_share=a)}
    mixed = {name: frame.sample(frac=1, random_state=4) for name, frame in first.items()}
    key = ["measure"]
    pd.testing.assert_frame_equal(
        paired_differences(first).sort_values(key, ignore_index=True),
        paired_differences(mixed).sort_values(key, ignore_index=True),
    )
