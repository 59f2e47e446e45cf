"""Bootstrap intervals of statistics that are functions of averages over rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from capsim.estimates.means import check_confidence
from capsim.plan.plan import Floats

__all__ = ["bootstrap", "generator"]

RESAMPLES = 1000


def generator(seed: int, purpose: int) -> np.random.Generator:
    """Random numbers of a design or an analysis, apart from all those of the simulation."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, purpose])))


def bootstrap(
    columns: Floats,
    statistic: Callable[[Floats], Floats],
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Floats, Floats, Floats]:
    """Value, lower and upper limit of statistics, resampling rows.

    Percentile intervals, widened as Student's t is wider than the normal distribution, without
    which they are too short for a few rows; see Hesterberg (2015), "What teachers should know
    about the bootstrap", The American Statistician 69(4), section 4.3 (the expanded percentile
    interval).

    Parameters
    ----------
    columns : (n, k)
        Rows that are resampled together.
    statistic : function of (..., k) averages of the columns giving (..., m) values
    confidence : float
    seed : int

    Returns
    -------
    value, lower, upper : (m,) float64
        The limits are NaN for a single row.

    Examples
    --------
    >>> sample = np.arange(10.0).reshape(-1, 1)
    >>> value, lower, upper = bootstrap(sample, lambda averages: averages)
    >>> float(value[0]), bool(lower[0] < 4.5 < upper[0])
    (4.5, True)
    """
    from scipy.stats import norm, t

    check_confidence(confidence)
    n = len(columns)
    value = statistic(columns.mean(axis=0))
    if n < 2:
        nothing = np.full_like(value, np.nan)
        return value, nothing, nothing
    counts = generator(seed, 2).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    sample = statistic(counts @ columns / n)
    tail = norm.cdf(math.sqrt(n / (n - 1)) * t.ppf((1 - confidence) / 2, n - 1))
    lower, upper = np.quantile(sample, [tail, 1 - tail], axis=0)
    return value, lower, upper
