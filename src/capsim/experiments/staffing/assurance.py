"""What n replications say about a target: met, fails, or not yet known, with a stated risk.

One-sided bounds for a mean are those of `capsim.estimates.tails`, with the reach of a proof: late
shares are zero in most replications and large in a few, and a sample without any of the few knows
nothing of them. Shares of replications use exact binomial bounds (Clopper and Pearson 1934).

A test looks several times, at growing numbers of replications; look k may err with half the
probability of look k - 1, so all looks together err with at most the stated one, whatever the
dependence between them and between staffings on common random numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from capsim.estimates import tails
from capsim.estimates.tails import PROOF
from capsim.experiments.staffing.targets import Target

__all__ = [
    "Reading",
    "Verdict",
    "look_error",
    "lower_bound",
    "read",
    "replications_wanted",
    "upper_bound",
]

_FEW = 5
"""Values that must differ from the smallest one before their spread is trusted."""

Verdict = Literal["met", "fails", "undecided"]


def look_error(error: float, look: int) -> float:
    """Probability with which look number `look` (from 0) may err, of `error` in all.

    Examples
    --------
    >>> [look_error(0.05, look) for look in range(3)]
    [0.025, 0.0125, 0.00625]
    """
    return error / 2 ** (look + 1)


def upper_bound(
    values: NDArray[np.float64],
    error: float,
    ceiling: float = math.inf,
    floor: float = -math.inf,
    *,
    reach: float = PROOF,
) -> float:
    """A bound that the mean exceeds with probability `error`.

    Parameters
    ----------
    values : (n,) float64
        Independent and alike.
    error : float
        Inside (0, 0.5).
    ceiling : float
        Largest possible value. Where fewer than five values are larger than the smallest one, the
        spread is hardly known: the bound then allows for values at the ceiling in as large a share
        of replications as n of them leave possible; without a ceiling, for values twice as far off
        as the largest one seen, and equal values count as certain.
    floor : float
        Smallest possible value: values that spread as far as their mean is from it are taken to
        come from a skewed law, also where they do not show it. Without both limits, zero is one if
        all values lie on one side of it.
    reach : float
        Standard deviations that a replication not seen may lie off; see `capsim.estimates.tails`.

    Returns
    -------
    float
        Infinite for fewer than two values, or if one of them is.

    Examples
    --------
    >>> round(upper_bound(np.arange(100.0, 111.0), 0.05), 3)
    106.819
    >>> round(upper_bound(np.zeros(59), 0.05, ceiling=1.0), 3)
    0.05
    """
    from capsim.estimates import proportion_interval

    n = len(values)
    if n < 2 or not np.isfinite(values).all():
        return math.inf
    (mean,), (spread,), (skewness,), _ = tails.moments(values.reshape(-1, 1))
    smallest, largest = float(values.min()), float(values.max())
    above = int((values > smallest + 1e-12 * max(1.0, abs(mean))).sum())
    rare = float(mean)
    if above < _FEW:
        far = 2 * (largest - smallest) if math.isinf(ceiling) else max(ceiling - smallest, 0.0)
        rare = smallest + far * proportion_interval(above, n, confidence=1 - 2 * error).upper
    if above == 0:
        return rare
    least, _ = tails.limits_seen(floor, ceiling, smallest, largest)
    leaning = tails.lean(spread, mean - least)
    return max(rare, float(mean + tails.margin(n, spread, skewness, leaning, error, reach=reach)))


def lower_bound(
    values: NDArray[np.float64],
    error: float,
    floor: float = -math.inf,
    ceiling: float = math.inf,
    *,
    reach: float = PROOF,
) -> float:
    """A bound that the mean falls below with probability `error`; see `upper_bound`."""
    return -upper_bound(-values, error, -floor, -ceiling, reach=reach)


@dataclass(frozen=True)
class Reading:
    """What the replications say about one target at one staffing.

    Attributes
    ----------
    verdict : {"met", "fails", "undecided"}
    estimate, lower, upper : float
        Mean over replications, or share of them that keep the bound, with its two-sided interval.
    n : int
        Replications behind it.
    is_hidden : bool
        Undecided only because a sample of n may hide rare replications far off: what it shows
        would have decided.
    """

    verdict: Verdict
    estimate: float
    lower: float
    upper: float
    n: int
    is_hidden: bool = False


def read(
    target: Target,
    values: NDArray[np.float64],
    *,
    error_met: float,
    error_fails: float,
    confidence: float = 0.95,
) -> Reading:
    """What the values say about the target.

    Parameters
    ----------
    target : Target
    values : (n,) float64
        Infinite where the measure was not reached: the mean is then infinite too.
    error_met, error_fails : float
        Probability of calling a target met that is not, and the other way round.
    confidence : float
        Of the interval.

    Notes
    -----
    A measure without value in a replication (nobody joined) is left out. Without any value nothing
    is known.
    """
    n = len(values)
    if target.often is not None:
        return _read_share(target, values, error_met, error_fails, confidence)
    if n == 0:
        return Reading("undecided", math.nan, math.nan, math.nan, 0)
    if np.isinf(values).any():
        return Reading("fails", math.inf, math.inf, math.inf, n)
    from capsim.catalogue import measure_named
    from capsim.estimates import mean_interval

    least, most = measure_named(target.measure).limits
    interval = mean_interval(values, confidence=confidence, limits=(least, most))
    good, bound = target.sign * values, target.sign * target.bound
    floor, ceiling = (least, most) if target.sign == 1 else (-most, -least)
    # Equal waits are not doubted as equal shares are: no wait has a largest value.
    worst, best = (ceiling, floor) if target.is_share else (math.inf, -math.inf)

    def decided(reach: float) -> Verdict:
        if upper_bound(good, error_met, worst, floor, reach=reach) <= bound:
            return "met"
        if lower_bound(good, error_fails, best, ceiling, reach=reach) > bound:
            return "fails"
        return "undecided"

    verdict = decided(tails.PROOF)
    hidden = verdict == "undecided" and decided(0.0) != "undecided"
    return Reading(verdict, interval.estimate, interval.lower, interval.upper, n, hidden)


def _read_share(
    target: Target,
    values: NDArray[np.float64],
    error_met: float,
    error_fails: float,
    confidence: float,
) -> Reading:
    from capsim.estimates import proportion_interval

    assert target.often is not None
    n = len(values)
    if n == 0:
        return Reading("undecided", math.nan, math.nan, math.nan, 0)
    kept = int((target.sign * values <= target.sign * target.bound).sum())
    shown = proportion_interval(kept, n, confidence=confidence)
    # A two-sided interval of confidence 1 - 2e has each of its limits wrong with probability e.
    low = proportion_interval(kept, n, confidence=1 - 2 * error_met).lower
    high = proportion_interval(kept, n, confidence=1 - 2 * error_fails).upper
    verdict: Verdict = "undecided"
    if low >= target.often:
        verdict = "met"
    elif high < target.often:
        verdict = "fails"
    return Reading(verdict, shown.estimate, shown.lower, shown.upper, n)


def replications_wanted(
    target: Target,
    values: NDArray[np.float64],
    error: float,
    at_least: int,
    at_most: int,
) -> int:
    """Replications after which a fresh test should decide, judged from values of another luck.

    Half as many again as the margin of the bound asks, because the distance of the mean from the
    bound is itself only estimated.
    """
    from capsim.catalogue import measure_named

    if target.often is not None:
        kept = (target.sign * values <= target.sign * target.bound).astype(float)
        # One success and one failure more keep a share of 0 or 1 from looking certain.
        share = (kept.sum() + 0.5) / (len(kept) + 1)
        distance, spread = abs(share - target.often), math.sqrt(target.often * (1 - target.often))
        skewness, leaning = 0.0, 0.0
    else:
        finite = values[np.isfinite(values)]
        if len(finite) < 2 or len(finite) < len(values):
            return at_least
        (mean,), (spread,), (skewness,), _ = tails.moments(finite.reshape(-1, 1))
        distance = abs(mean - target.bound)
        if spread == 0.0 and target.is_share and distance > 0:
            return _between(math.log(error) / math.log1p(-min(distance, 0.999)), at_least, at_most)
        least, most = measure_named(target.measure).limits
        away = mean - least
        if mean > target.bound:
            skewness, away = -skewness, most - mean
        leaning = float(tails.lean(spread, away))

    def is_enough(n: int) -> bool:
        bound = tails.margin(n, spread, skewness, leaning, error, reach=PROOF)
        return bool(bound + spread / 2 / math.sqrt(n) <= distance)

    low, high = 1, at_most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return _between(1.5 * high, at_least, at_most)


def _between(number: float, low: int, high: int) -> int:
    return int(min(max(math.ceil(number), low), high))
