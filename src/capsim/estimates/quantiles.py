"""Quantiles over replications with intervals from order statistics, which assume nothing else.

The number of values below the true p-quantile is binomial (n, p), so the j-th and k-th smallest
value enclose it with probability P(j <= B < k); David and Nagaraja (2003), Order Statistics, 3rd
edition, section 7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates.means import Interval, check_confidence
from capsim.estimates.table import matrix_of, with_infinities

if TYPE_CHECKING:
    import pandas as pd


def quantile_interval(
    values: ArrayLike, probability: float, *, confidence: float = 0.95
) -> Interval:
    """Quantile of independent values, with an interval of at least the confidence.

    Parameters
    ----------
    values : (n,)
        NaN are left out; infinite values count as larger than all others.
    probability : float
        Strictly between 0 and 1.

    Returns
    -------
    Interval
        A limit is infinite where n values cannot give one at this confidence: five values say
        nothing about an upper limit of the 0.9 quantile.

    Examples
    --------
    >>> print(quantile_interval(range(1, 101), 0.5))
    50 [40, 61] (n=100)
    """
    from scipy.stats import binom

    check_confidence(confidence)
    if not 0 < probability < 1:
        raise ValueError(f"probability: {probability!r} is not between 0 and 1; write 0.9")
    given = np.asarray(values, dtype=np.float64).reshape(-1)
    ordered = np.sort(given[~np.isnan(given)])
    n = len(ordered)
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0, confidence)
    tail = (1 - confidence) / 2
    # Positions from 1; position 0 and n + 1 are minus and plus infinity.
    below = binom.cdf(np.arange(-1, n + 1), n, probability)  # P(B <= j - 1) for j = 0 ... n + 1
    lower = int(np.flatnonzero(below <= tail)[-1])
    upper = int(np.flatnonzero(below >= 1 - tail)[0])
    padded = np.concatenate([[-np.inf], ordered, [np.inf]])
    position = int(np.ceil(n * probability - 1e-9))
    return Interval(
        float(ordered[max(position, 1) - 1]),
        float(padded[lower]),
        float(padded[min(upper, n + 1)]),
        n,
        confidence,
    )


def quantile_summary(
    values: pd.DataFrame, probability: float = 0.5, *, confidence: float = 0.95
) -> pd.DataFrame:
    """A quantile over replications of every measure, with its interval.

    Parameters
    ----------
    values : DataFrame
        Long: replication, measure, kind, of, inflow, office, window, value.
    probability : float
        0.5: the median; 0.9: what one replication in ten exceeds.

    Returns
    -------
    DataFrame
        measure, kind, of, inflow, office, window, probability, quantile, lower, upper, n.
        Replications in which a measure was not reached count as larger than all others.
    """
    keys, matrix = matrix_of(values)
    matrix = with_infinities(keys, matrix)
    found = [quantile_interval(column, probability, confidence=confidence) for column in matrix.T]
    result = keys.copy()
    result["probability"] = probability
    result["quantile"] = [interval.estimate for interval in found]
    result["lower"] = [interval.lower for interval in found]
    result["upper"] = [interval.upper for interval in found]
    result["n"] = [interval.n for interval in found]
    return result
