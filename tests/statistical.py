"""Assertions about random results with stated error rates.

A statistical test can fail a correct model (false alarm) and pass a wrong one (miss). Both rates
are arguments here, and so is the error that must be found: `detectable`. With too few samples to
find it the assertion refuses to judge: a test that cannot fail is a defect.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


class UnderpoweredError(ValueError):
    """Too few samples to find the error that the test promises to find.

    Attributes
    ----------
    needed : int
        Number of samples that would do.
    """

    def __init__(self, given: int, needed: int, detectable: float, miss: float) -> None:
        self.needed = needed
        super().__init__(
            f"{given} samples would miss an error of {detectable:g} more often than {miss:g}: "
            f"use about {needed}, or a larger detectable error"
        )


def assert_mean_equals(
    samples: ArrayLike,
    exact: float,
    *,
    detectable: float,
    false_alarm: float = 1e-6,
    miss: float = 1e-6,
) -> None:
    """Fail unless the mean of independent samples agrees with an exact value.

    Parameters
    ----------
    samples : (n,)
        Independent and alike, n >= 10: one value per replication, not one per case. Their mean is
        taken as normal, so let each be an average of many cases where these are skewed.
    exact : float
    detectable : float
        A model whose mean is off by this much, or more, passes with probability `miss` at most.
    false_alarm : float
        Probability with which a correct model fails.

    Raises
    ------
    AssertionError
        If the mean is further from `exact` than chance explains.
    UnderpoweredError
        If there are too few samples for `detectable`.
    """
    values = np.asarray(samples, dtype=float)
    n = len(values)
    assert np.isfinite(values).all(), "a sample is not finite"
    if n < 10:
        raise UnderpoweredError(n, 10, detectable, miss)
    spread = float(values.std(ddof=1))
    error = spread / math.sqrt(n)
    critical = float(stats.t.isf(false_alarm / 2, n - 1))
    if (critical + stats.norm.isf(miss)) * error > detectable:
        raise UnderpoweredError(
            n, _samples_for(spread, detectable, false_alarm, miss), detectable, miss
        )
    # Equal samples leave rounding only.
    allowed = max(critical * error, 1e-12 * abs(exact))
    mean = float(values.mean())
    assert abs(mean - exact) <= allowed, (
        f"mean {mean:.6g} of {n} samples is off {exact:.6g} by {mean - exact:+.3g}, more than "
        f"{allowed:.3g} (a correct model does so once in {1 / false_alarm:,.0f})"
    )


def assert_probability_equals(
    successes: int,
    n: int,
    exact: float,
    *,
    detectable: float,
    false_alarm: float = 1e-6,
    miss: float = 1e-6,
) -> None:
    """Fail unless the share of successes in n independent trials agrees with an exact probability.

    Binomial throughout, so it also holds for rare events. A model whose probability is off by
    `detectable` in a direction that exists passes with probability `miss` at most.

    Raises
    ------
    AssertionError
        If the number of successes is less likely than `false_alarm`.
    UnderpoweredError
        If n is too small for `detectable`.
    """
    low, high = _accepted(n, exact, false_alarm)
    if _misses(n, exact, detectable, false_alarm) > miss:
        needed = n
        while _misses(needed, exact, detectable, false_alarm) > miss:
            needed = math.ceil(needed * 1.1) + 1
            if needed > 10**12:
                break
        raise UnderpoweredError(n, needed, detectable, miss)
    assert low <= successes <= high, (
        f"{successes} of {n} ({successes / n:.6g}) where {exact:.6g} is exact: outside {low} to "
        f"{high} (a correct model is so once in {1 / false_alarm:,.0f})"
    )


def _samples_for(spread: float, detectable: float, false_alarm: float, miss: float) -> int:
    n = 10
    while True:
        critical = float(stats.t.isf(false_alarm / 2, n - 1)) + float(stats.norm.isf(miss))
        needed = math.ceil((critical * spread / detectable) ** 2)
        if needed <= n:
            return n
        n = min(needed, 2 * n)


def _accepted(n: int, exact: float, false_alarm: float) -> tuple[int, int]:
    """Numbers of successes that are accepted: outside on either side at most half the rate."""
    low = int(stats.binom.ppf(false_alarm / 2, n, exact))
    high = int(stats.binom.isf(false_alarm / 2, n, exact))
    return max(low, 0), high


def _misses(n: int, exact: float, detectable: float, false_alarm: float) -> float:
    """Largest probability with which a model off by `detectable` is accepted."""
    low, high = _accepted(n, exact, false_alarm)
    wrong = [p for p in (exact - detectable, exact + detectable) if 0 <= p <= 1]
    if not wrong:
        raise ValueError(f"detectable: {detectable:g} leaves no other probability beside {exact:g}")
    return max(float(stats.binom.cdf(high, n, p) - stats.binom.cdf(low - 1, n, p)) for p in wrong)
