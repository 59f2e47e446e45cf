"""What n replications say about a target: met, fails, or not yet known, with a stated risk.

One-sided bounds for a mean follow Student's t with Hall's correction for skewness: late shares are
zero in most replications and large in a few, and the plain t bound is then too low where it
matters (Hall 1992, Journal of the Royal Statistical Society B 54, 221-228). Shares of replications
use exact binomial bounds (Clopper and Pearson 1934).

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


def upper_bound(values: NDArray[np.float64], error: float, ceiling: float = math.inf) -> float:
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

    Returns
    -------
    float
        Infinite for fewer than two values, or if one of them is.

    Examples
    --------
    >>> round(upper_bound(np.arange(11.0), 0.05), 3)
    6.812
    >>> round(upper_bound(np.zeros(59), 0.05, ceiling=1.0), 3)
    0.05
    """
    from capsim.estimates import proportion_interval

    n = len(values)
    if n < 2 or not np.isfinite(values).all():
        return math.inf
    mean = float(values.mean())
    deviations = values - mean
    spread = math.sqrt(float((deviations**2).sum()) / (n - 1))
    smallest, largest = float(values.min()), float(values.max())
    above = int((values > smallest + 1e-12 * max(1.0, abs(mean))).sum())
    rare = mean
    if above < _FEW:
        reach = 2 * (largest - smallest) if math.isinf(ceiling) else max(ceiling - smallest, 0.0)
        rare = smallest + reach * proportion_interval(above, n, confidence=1 - 2 * error).upper
    if above == 0:
        return rare
    skewness = float((deviations**3).mean()) / float((deviations**2).mean()) ** 1.5
    return max(rare, mean - spread / math.sqrt(n) * _quantile(skewness, n, error))


def lower_bound(values: NDArray[np.float64], error: float, floor: float = -math.inf) -> float:
    """A bound that the mean falls below with probability `error`; see `upper_bound`."""
    return -upper_bound(-values, error, -floor)


def _quantile(skewness: float, n: int, error: float) -> float:
    """Quantile `error` of the studentised mean: Hall's cubic, which is monotone, inverted."""
    from scipy.special import stdtrit

    t = float(stdtrit(n - 1, error))
    a = skewness / math.sqrt(n)
    if abs(a) < 1e-9:
        return t
    return 3 / a * (float(np.cbrt(1 + a * (t - a / 6))) - 1)


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
    """

    verdict: Verdict
    estimate: float
    lower: float
    upper: float
    n: int


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
    from capsim.estimates import mean_interval

    interval = mean_interval(values, confidence=confidence)
    good, bound = target.sign * values, target.sign * target.bound
    limits = ((0.0, 1.0) if target.sign == 1 else (-1.0, 0.0)) if target.is_share else None
    floor, ceiling = limits or (-math.inf, math.inf)
    verdict: Verdict = "undecided"
    if upper_bound(good, error_met, ceiling) <= bound:
        verdict = "met"
    elif lower_bound(good, error_fails, floor) > bound:
        verdict = "fails"
    return Reading(verdict, interval.estimate, interval.lower, interval.upper, n)


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

    Half as many again as the normal approximation asks, because the distance of the mean from the
    bound is itself only estimated.
    """
    from scipy.special import ndtri

    if target.often is not None:
        kept = (target.sign * values <= target.sign * target.bound).astype(float)
        # One success and one failure more keep a share of 0 or 1 from looking certain.
        share = (kept.sum() + 0.5) / (len(kept) + 1)
        distance, variance = abs(share - target.often), target.often * (1 - target.often)
    else:
        finite = values[np.isfinite(values)]
        if len(finite) < 2 or len(finite) < len(values):
            return at_least
        distance, variance = abs(float(finite.mean()) - target.bound), float(finite.var(ddof=1))
        if variance == 0.0 and target.is_share and distance > 0:
            return _between(math.log(error) / math.log1p(-min(distance, 0.999)), at_least, at_most)
    if distance == 0.0:
        return at_most
    z = -float(ndtri(error)) + 0.5
    return _between(1.5 * variance * (z / distance) ** 2, at_least, at_most)


def _between(number: float, low: int, high: int) -> int:
    return int(min(max(math.ceil(number), low), high))
