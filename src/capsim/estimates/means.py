"""Means over replications with Student's t intervals.

Replications are independent and alike, so the mean of n of them has standard error s / sqrt(n);
see Law (2015), Simulation Modeling and Analysis, 5th edition, equation (4.12). Where the limits of
a measure are known, intervals also allow for its longer tail: see `capsim.estimates.tails`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates import tails
from capsim.plan.plan import Floats


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval.

    Attributes
    ----------
    estimate, lower, upper : float
        NaN if there is none: no values, or an infinite one among them. The limits are NaN for a
        single value.
    n : int
        Number of values behind it.
    confidence : float
    """

    estimate: float
    lower: float
    upper: float
    n: int
    confidence: float = 0.95

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.upper - self.lower) / 2

    def __str__(self) -> str:
        return f"{self.estimate:.4g} [{self.lower:.4g}, {self.upper:.4g}] (n={self.n})"


def check_confidence(confidence: float) -> float:
    """The confidence, if it lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: {confidence!r} is not between 0 and 1; write 0.95")
    return confidence


def mean_interval(
    values: ArrayLike,
    *,
    confidence: float = 0.95,
    limits: tuple[float, float] | None = None,
) -> Interval:
    """Mean of independent values with its t interval.

    Parameters
    ----------
    values : (n,)
        NaN: nothing was seen, left out. Infinite: the mean is NaN.
    confidence : float
    limits : (least, most), optional
        What a value can be: the interval then allows for skewness, as those of summaries do.

    Examples
    --------
    >>> print(mean_interval([1.0, 2.0, 3.0, 4.0]))
    2.5 [0.4457, 4.554] (n=4)
    """
    matrix = np.asarray(values, dtype=np.float64).reshape(-1, 1)
    ends = None if limits is None else (np.array([limits[0]]), np.array([limits[1]]))
    mean, lower, upper, n = mean_intervals(matrix, confidence=confidence, limits=ends)
    return Interval(float(mean[0]), float(lower[0]), float(upper[0]), int(n[0]), confidence)


def mean_intervals(
    matrix: Floats,
    *,
    confidence: float = 0.95,
    limits: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats, np.ndarray]:
    """Mean, lower and upper limit, and number of values, of each column.

    Parameters
    ----------
    matrix : (replications, things)
        NaN are left out; a column with an infinite value has no mean and no interval.
    confidence : float
    limits : two of (things,), optional
        Least and largest value that each can have, infinite where there is none: the intervals
        then allow for skewness (`capsim.estimates.tails`). They are not cut there.

    Returns
    -------
    mean, lower, upper : (things,) float64
    n : (things,) int64
        Number of finite values.
    """
    from scipy.special import stdtrit

    check_confidence(confidence)
    error = (1 - confidence) / 2
    mean, spread, skewness, n = tails.moments(matrix)
    mean = np.where(np.isinf(matrix).any(axis=0), np.nan, mean)
    if limits is None:
        half = -stdtrit(np.maximum(n - 1, 1), error) * spread / np.sqrt(np.maximum(n, 1))
        return mean, mean - half, mean + half, n
    known = np.isfinite(matrix)
    smallest = np.where(known, matrix, np.inf).min(axis=0, initial=np.inf)
    largest = np.where(known, matrix, -np.inf).max(axis=0, initial=-np.inf)
    least, most = tails.limits_seen(*limits, smallest, largest)
    below = tails.margin(n, spread, -skewness, tails.lean(spread, most - mean), error)
    above = tails.margin(n, spread, skewness, tails.lean(spread, mean - least), error)
    return mean, mean - below, mean + above, n
