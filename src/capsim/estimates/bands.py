"""Bands around a time series: pointwise, and simultaneous ones that hold for the whole curve.

A pointwise 95 % band misses the true curve somewhere far more often than once in twenty: it has a
chance to miss on every day. The simultaneous band widens it by the quantile of the largest
studentised deviation, found by resampling whole replications (max-t bootstrap); see Montiel Olea
and Plagborg-Moller (2019), Journal of Applied Econometrics 34, algorithm 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates.means import check_confidence, mean_intervals
from capsim.plan.plan import Floats

RESAMPLES = 2_000
_BLOCK = 100


@dataclass(frozen=True, eq=False)
class Band:
    """A mean curve with its bands; (times,) float64 each.

    Attributes
    ----------
    mean, lower, upper : pointwise interval
    lower_all, upper_all : simultaneous band
    n : (times,) number of replications
    """

    mean: Floats
    lower: Floats
    upper: Floats
    lower_all: Floats
    upper_all: Floats
    n: np.ndarray


def band(curves: ArrayLike, *, confidence: float = 0.95, seed: int = 0) -> Band:
    """Bands around the mean of independent curves.

    Parameters
    ----------
    curves : (replications, times)
        Times at which some replication has no value (NaN) keep their pointwise interval and stay
        out of the simultaneous band. A time at which all are equal has an interval without width.
    confidence : float
    seed : int
        Of the resampling, so that the same curves give the same band.

    Notes
    -----
    With fewer than about 20 replications the bootstrap is optimistic; the critical value is
    therefore never below the pointwise one.
    """
    check_confidence(confidence)
    given = np.asarray(curves, dtype=np.float64)
    if given.ndim != 2:
        raise ValueError(
            f"curves: shape {given.shape} is not (replications, times); give a row per replication"
        )
    mean, lower, upper, n = mean_intervals(given, confidence=confidence)
    half = upper - mean
    replications = len(given)
    usable = np.isfinite(given).all(axis=0) & (half > 0)
    factor = 1.0
    if replications > 1 and usable.any():
        factor = _critical(given[:, usable], confidence, seed) / _pointwise(
            replications, confidence
        )
    wide = half * max(factor, 1.0)
    outside = ~usable & ~(half == 0)
    return Band(
        mean,
        lower,
        upper,
        np.where(outside, np.nan, mean - wide),
        np.where(outside, np.nan, mean + wide),
        n,
    )


def _pointwise(n: int, confidence: float) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + confidence / 2, n - 1))


def _critical(curves: Floats, confidence: float, seed: int) -> float:
    """Quantile of the largest studentised deviation of a resampled mean."""
    generator = np.random.default_rng(seed)
    n = len(curves)
    centred = curves - curves.mean(axis=0)
    squares = centred**2
    largest = []
    for _ in range(RESAMPLES // _BLOCK):
        # A resample is a count of how often each replication was drawn: means are matrix products.
        counts = generator.multinomial(n, np.full(n, 1 / n), size=_BLOCK) / n
        mean = counts @ centred
        variance = np.maximum(counts @ squares - mean**2, 0.0) * n / (n - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.abs(mean) / np.sqrt(variance / n)
        # A resample of one replication only has no variance; it says nothing.
        score = np.where(variance > 1e-12 * squares.mean(axis=0), score, 0.0)
        largest.append(score.max(axis=1))
    return float(np.quantile(np.concatenate(largest), confidence))
