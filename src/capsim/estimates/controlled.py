"""Means whose luck is told by an outline: the same answer from fewer replications.

An outline of a replication is a cheap calculation on the same applicants and the same roster. It
is wrong about the service, but not about the luck: where the outline of a replication is worse
than that of most, so is the replication. There are N outlines for n replications, so the mean of
the outlines is known better, and the mean over the replications is moved by what their luck, told
by their outlines, was off.

This is regression on one control variate whose mean is itself estimated; see Lavenberg and Welch
(1981), "A perspective on the use of control variables to increase the efficiency of Monte Carlo
simulations", Management Science 27(3), and Law (2015), section 11.4. The variance is the larger of
that of least squares and of the jackknife of the residuals, which does not need them to be alike,
and the variance of the mean of the outlines is added. Where the limits of a measure are known, an
interval also allows for the longer tail, most of which lies in the outlines, of which there are
more. Whatever the outline is, the interval holds:
one that is no use only gains nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capsim.estimates import tails
from capsim.estimates.means import check_confidence, mean_intervals
from capsim.plan.plan import Floats

__all__ = [
    "FEWEST",
    "Controlled",
    "Reach",
    "control",
    "controlled_bound",
    "controlled_intervals",
]

FEWEST = 20
"""Replications below which a slope is not estimated."""


@dataclass(frozen=True, eq=False)
class Controlled:
    """Means moved by their outlines; (things,) each.

    Attributes
    ----------
    mean : float64
        NaN where there is no control.
    error : float64
        Standard error of the mean.
    explained : float64
        Share of the variance of the replications that their outlines explain, 0 to 1. NaN without
        control.
    slope : float64
    residuals : (replications, things) float64
        Of each replication, as the line through the others leaves it.
    """

    mean: Floats
    error: Floats
    explained: Floats
    slope: Floats
    residuals: Floats


def control(values: Floats, outlines: Floats) -> Controlled:
    """The mean of each column of values, moved by the same column of outlines.

    Parameters
    ----------
    values : (n, things)
    outlines : (N, things)
        Of the same replications, and of more: row r of both has the same luck.

    Notes
    -----
    With b the slope of values on outlines over n replications, the mean is mean(values) - b
    (mean_n(outlines) - mean_N(outlines)). There is no control for fewer than `FEWEST` replications,
    where a value or an outline is missing or infinite, where all values are equal, or where the
    outlines of n replications are equal but for one at most.

    Raises
    ------
    ValueError
        With fewer outlines than replications, or other columns.
    """
    n, many = len(values), len(outlines)
    if many < n or values.shape[1:] != outlines.shape[1:]:
        raise ValueError(
            f"outlines of shape {outlines.shape} for values of shape {values.shape}: give one per "
            "replication at least, and a column per column"
        )
    usable = np.isfinite(values).all(axis=0) & np.isfinite(outlines).all(axis=0) & (n >= FEWEST)
    y = np.where(usable, values, 0.0)
    z = np.where(usable, outlines, 0.0)
    x = z[:n]
    middle, far = x.mean(axis=0), z.mean(axis=0)
    centred, deviations = x - middle, y - y.mean(axis=0)
    sxx, syy = (centred**2).sum(axis=0), (deviations**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (centred * deviations).sum(axis=0) / sxx
        residuals = deviations - slope * centred
        leverage = 1 / n + centred**2 / sxx
        left = residuals / (1 - leverage)
        off = far - middle
        squares = (residuals**2).sum(axis=0)
        least_squares = squares / (n - 2) * (1 / n + off**2 / sxx)
        weighted = (1 / n + centred * off / sxx) * left
        knife = (n - 1) / n * ((weighted - weighted.mean(axis=0)) ** 2).sum(axis=0)
        spread = z.var(axis=0, ddof=1) if many > 1 else np.zeros(z.shape[1])
        error = np.sqrt(np.maximum(least_squares, knife) + slope**2 * spread / many)
        explained = 1 - squares / syy
        usable &= (sxx > 0) & (syy > 0) & (leverage.max(axis=0, initial=0.0) < 1 - 1e-9)

    def kept(numbers: Floats) -> Floats:
        return np.where(usable, numbers, np.nan)

    return Controlled(
        kept(y.mean(axis=0) + slope * off),
        kept(error),
        kept(np.clip(explained, 0.0, 1.0)),
        kept(slope),
        kept(left),
    )


def controlled_intervals(
    values: Floats,
    outlines: Floats,
    *,
    confidence: float = 0.95,
    limits: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats, Floats, np.ndarray, Floats]:
    """Mean, lower and upper limit, number of values, and share explained, of each column.

    Parameters
    ----------
    values, outlines : see `control`
    confidence : float
    limits : two of (things,), optional
        Least and largest value that each can have: intervals then allow for skewness, of the
        replications and of the outlines (`capsim.estimates.tails`).

    Returns
    -------
    mean, lower, upper, explained : (things,) float64
        Where there is no control, the plain mean and interval, and `explained` is NaN.
    n : (things,) int64

    Examples
    --------
    >>> luck = np.random.default_rng(1).normal(size=(400, 1))
    >>> values = 5 + luck[:50] + 0.1 * np.random.default_rng(2).normal(size=(50, 1))
    >>> mean, lower, upper, n, explained = controlled_intervals(values, luck)
    >>> round(float(explained[0]), 2), round(float(upper[0] - lower[0]), 2)
    (0.99, 0.2)
    >>> _, lower, upper, _ = mean_intervals(values)
    >>> round(float(upper[0] - lower[0]), 2)
    0.52
    """
    check_confidence(confidence)
    mean, lower, upper, n = mean_intervals(values, confidence=confidence, limits=limits)
    found = control(values, outlines)
    error = (1 - confidence) / 2
    reach = Reach.of(found, outlines)
    below = above = reach.least(error)
    if limits is not None:
        known = np.isfinite(values)
        smallest = np.where(known, values, np.inf).min(axis=0, initial=np.inf)
        largest = np.where(known, values, -np.inf).max(axis=0, initial=-np.inf)
        least, most = tails.limits_seen(*limits, smallest, largest)
        spread = tails.moments(values)[1]
        down, up = most - found.mean, found.mean - least
        below = reach.margin(-1, reach.leanings(spread, down), error)
        above = reach.margin(1, reach.leanings(spread, up), error)
    there = ~np.isnan(found.mean)
    return (
        np.where(there, found.mean, mean),
        np.where(there, found.mean - below, lower),
        np.where(there, found.mean + above, upper),
        n,
        found.explained,
    )


@dataclass(frozen=True, eq=False)
class Reach:
    """What decides how far controlled means may lie off; (things,) each.

    Attributes
    ----------
    n, many : int
        Replications, and outlines.
    error : float64
        Standard error of the mean.
    spread, skewness : float64
        Of the residuals.
    outline_spread, outline_skewness : float64
        Of the outlines, times the slope.
    """

    n: int
    many: int
    error: Floats
    spread: Floats
    skewness: Floats
    outline_spread: Floats
    outline_skewness: Floats

    @classmethod
    def of(cls, found: Controlled, outlines: Floats) -> Reach:
        """That of means and the outlines behind them."""
        _, own, skewness, _ = tails.moments(found.residuals)
        _, wide, bent, _ = tails.moments(outlines)
        return cls(
            len(found.residuals),
            len(outlines),
            found.error,
            own,
            skewness,
            np.abs(found.slope) * wide,
            np.sign(found.slope) * bent,
        )

    def leanings(self, spread: Floats, distance: Floats) -> tuple[Floats, Floats]:
        """How replications and outlines lean to a side; see `capsim.estimates.tails.lean`.

        Parameters
        ----------
        spread : (things,)
            Standard deviation of the replications.
        distance : (things,)
            How far the mean is from the limit on the other side.
        """
        return tails.lean(spread, distance), tails.lean(self.outline_spread, distance)

    def least(self, error: Floats | float) -> Floats:
        """Student's margin, which no other falls below."""
        from scipy.special import stdtrit

        result: Floats = -stdtrit(max(self.n - 2, 1), error) * self.error
        return result

    def margin(
        self,
        side: int | Floats,
        leaning: tuple[Floats, Floats],
        error: Floats | float,
        *,
        reach: float = tails.INTERVAL,
    ) -> Floats:
        """How far the mean may lie off above (1) or below (-1), but for the probability `error`.

        That of the residuals, as of n values, and that of the outlines, as of N, joined by the root
        of squares: what the replications did not show, most of the outlines have.
        """
        first = tails.margin(
            self.n - 1, self.spread, side * self.skewness, leaning[0], error, reach=reach
        )
        bent = side * self.outline_skewness
        second = tails.margin(self.many, self.outline_spread, bent, leaning[1], error, reach=reach)
        result: Floats = np.fmax(self.least(error), np.hypot(first, second))
        return result


def controlled_bound(
    values: Floats,
    outlines: Floats,
    error: float,
    *,
    least: float = -np.inf,
    reach: float = tails.INTERVAL,
) -> float:
    """A bound that the mean of the values exceeds with probability `error`; NaN without control.

    Parameters
    ----------
    values : (n,)
    outlines : (N,)
    error : float
        Inside (0, 0.5).
    least : float
        Smallest possible value.
    reach : float
        See `capsim.estimates.tails`. That of an interval is enough for a proof here: what the
        replications did not show, most of their many outlines have.
    """
    found = control(values.reshape(-1, 1), outlines.reshape(-1, 1))
    mean = float(found.mean[0])
    if np.isnan(mean):
        return float("nan")
    far = Reach.of(found, outlines.reshape(-1, 1))
    leaning = far.leanings(values.std(ddof=1, keepdims=True), np.array([mean - least]))
    return mean + float(far.margin(1, leaning, error, reach=reach)[0])
