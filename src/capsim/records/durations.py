"""Laws of durations by maximum likelihood, from durations of which some are only bounded.

A duration may be known exactly, known to lie between two bounds (its end was written down as a
date, or fell on closed days), or known to exceed a bound because it has not ended yet. It may also
have come into view only after some time, which is then known to have passed. The likelihood of one
duration X with bounds lower <= X <= upper and time of entry e is f(lower) / S(e) if both bounds
agree, else (S(lower) - S(upper)) / S(e), with S(infinity) = 0.

References: Klein and Moeschberger (2003), Survival Analysis, 2nd edition, section 3.5 (likelihood);
Hjort (1990), Goodness of fit tests in models for life history data based on cumulative hazard
rates, Annals of Statistics 18 (observed against expected events).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.plan.plan import Floats, Ints
from capsim.scenario.laws.compound import DiscreteVariable
from capsim.scenario.laws.variable import Constant, Variable
from capsim.scenario.laws.variables import (
    ExponentialVariable,
    GammaVariable,
    LognormalVariable,
    WeibullVariable,
)

__all__ = ["LAWS", "Durations", "FittedLaw", "fit_law", "goodness_of"]

LAWS = ("exponential", "gamma", "lognormal", "weibull")
"""Laws among which the data choose."""

FEWEST_ENDS = 5
"""Fewer ended durations than this choose no law."""

MANY = 20_000
"""From so many durations on those that differ by less than a thousandth count as equal."""

_SHORTEST = 1e-9
_STEP = 1e-4
# Natural parameters beyond these are of no law that data of this kind could show.
_RANGE = 12.0


@dataclass(frozen=True, eq=False)
class Durations:
    """Durations of which some are only bounded; (rows,) float64 each.

    Attributes
    ----------
    lower, upper : bounds of the duration; equal where it is known, upper infinite where it goes on
    entry : duration at which it came into view, 0 for those seen from their beginning
    times : how many durations are like this
    """

    lower: Floats
    upper: Floats
    entry: Floats
    times: Floats

    @classmethod
    def of(cls, lower: Floats, upper: Floats, entry: Floats) -> Durations:
        """One of each."""
        return cls(lower, upper, entry, np.ones(len(lower)))

    @classmethod
    def known(cls, values: Floats) -> Durations:
        """Durations that are all known exactly."""
        exact = np.asarray(values, dtype=np.float64)
        return cls.of(exact, exact, np.zeros(len(exact)))

    @property
    def n(self) -> int:
        """Number of durations, open ones included."""
        return int(self.times.sum())

    @property
    def censored(self) -> int:
        """How many have not ended."""
        return int(self.times[np.isinf(self.upper)].sum())

    @property
    def ended(self) -> int:
        """How many have ended."""
        return self.n - self.censored

    @property
    def middle(self) -> Floats:
        """Middle of the bounds; of those that go on, how long they were seen."""
        return (self.lower + np.where(np.isinf(self.upper), self.lower, self.upper)) / 2

    def chosen(self, which: NDArray[np.bool_] | Ints) -> Durations:
        """Some of them."""
        return Durations(self.lower[which], self.upper[which], self.entry[which], self.times[which])

    def merged(self) -> Durations:
        """The same with those alike in one row, if they are many."""
        if len(self.lower) <= MANY:
            return self
        rows = np.stack([_rounded(self.lower), _rounded(self.upper), _rounded(self.entry)])
        order = np.lexsort(rows)
        rows, times = rows[:, order], self.times[order]
        new = np.append(True, (rows[:, 1:] != rows[:, :-1]).any(axis=0))
        group = np.cumsum(new) - 1
        lower, upper, entry = rows[:, new]
        return Durations(lower, upper, entry, np.bincount(group, weights=times).astype(np.float64))


def _rounded(values: Floats) -> Floats:
    """Values on a grid of a thousandth of each."""
    at = np.isfinite(values) & (values > 0)
    grid = np.round(np.log(values, where=at, out=np.zeros(len(values))) * 1000) / 1000
    return np.where(at, np.exp(grid), values)


@dataclass(frozen=True)
class FittedLaw:
    """The law that fits best, with intervals.

    Attributes
    ----------
    law : str
        "exponential", "gamma", "lognormal", "weibull", "fixed", "mixture" or "empirical".
    mean, mean_lower, mean_upper : float
        In the unit of the data.
    cv, cv_lower, cv_upper : float
        NaN for a law without cv.
    aic : float
        Akaike's criterion, smaller is better; NaN for a fixed duration.
    goodness : float
        Probability of a worse agreement if the law is right: a chi-square of the events observed
        and expected in classes of the duration. NaN with too few events.
    by_law : dict
        AIC of each law that was tried.
    variable : Variable
        The law, in the unit of the data.
    parts : tuple of (share, FittedLaw)
        Of a mixture.
    """

    law: str
    mean: float
    mean_lower: float
    mean_upper: float
    cv: float
    cv_lower: float
    cv_upper: float
    aic: float
    goodness: float
    by_law: dict[str, float]
    variable: Variable
    parts: tuple[tuple[float, FittedLaw], ...] = ()

    def table(self, unit: str) -> Any:
        """The law as a scenario writes it, in "days" or "h"."""
        mean = f"{self.mean:.6g} {unit}"
        if self.law == "fixed":
            return mean
        if self.law == "exponential":
            return {"law": self.law, "mean": mean}
        if isinstance(self.variable, DiscreteVariable):
            return {
                "law": self.law,
                "values": [f"{value:.6g} {unit}" for value in self.variable.values],
                "weights": [float(f"{share:.6g}") for share in self.variable.probabilities],
            }
        if self.parts:
            tables = [(share, part.table(unit)) for share, part in self.parts]
            plain = [
                (share, {"law": "fixed", "mean": table} if isinstance(table, str) else table)
                for share, table in tables
            ]
            return {"law": self.law, "of": [{**table, "share": share} for share, table in plain]}
        return {"law": self.law, "mean": mean, "cv": float(f"{self.cv:.6g}")}


def _exponential(parameters: Floats) -> Variable:
    return ExponentialVariable(math.exp(parameters[0]))


def _gamma(parameters: Floats) -> Variable:
    return GammaVariable(math.exp(parameters[0]), math.exp(parameters[1]))


def _lognormal(parameters: Floats) -> Variable:
    return LognormalVariable(float(parameters[0]), math.exp(parameters[1]))


def _weibull(parameters: Floats) -> Variable:
    return WeibullVariable(math.exp(parameters[0]), math.exp(parameters[1]))


_MAKERS: dict[str, Callable[[Floats], Variable]] = {
    "exponential": _exponential,
    "gamma": _gamma,
    "lognormal": _lognormal,
    "weibull": _weibull,
}


def _log_density(variable: Variable, x: Floats) -> Floats:
    log = np.log(x)
    if isinstance(variable, ExponentialVariable):
        return -math.log(variable.scale) - x / variable.scale
    if isinstance(variable, GammaVariable):
        shape, scale = variable.shape, variable.scale
        return (shape - 1) * log - x / scale - math.lgamma(shape) - shape * math.log(scale)
    if isinstance(variable, LognormalVariable):
        z = (log - variable.mu) / variable.sigma
        return -log - math.log(variable.sigma * math.sqrt(2 * math.pi)) - z * z / 2
    assert isinstance(variable, WeibullVariable)
    shape, ratio = variable.shape, log - math.log(variable.scale)
    with np.errstate(over="ignore"):
        return math.log(shape / variable.scale) + (shape - 1) * ratio - np.exp(shape * ratio)


def _log_likelihood(variable: Variable, data: Durations) -> float:
    exact = data.lower == data.upper
    each = _log_density(variable, np.maximum(data.lower[exact], _SHORTEST))
    total = float(each @ data.times[exact])
    bounded = ~exact
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tail = variable.sf(data.lower[bounded])
        upper = data.upper[bounded]
        beyond = np.where(np.isinf(upper), 0.0, variable.sf(np.minimum(upper, 1e30)))
        each = np.log(np.maximum(tail - beyond, 1e-300))
        total += float(each @ data.times[bounded])
        late = data.entry > 0
        each = np.log(np.maximum(variable.sf(data.entry[late]), 1e-300))
        total -= float(each @ data.times[late])
    return total


def fit_law(
    data: Durations, *, laws: tuple[str, ...] = LAWS, confidence: float = 0.95
) -> FittedLaw:
    """The law with the smallest AIC, its mean and cv with intervals.

    Parameters
    ----------
    data : Durations
        At least one of them ended.
    laws : tuple of str
        The candidates.
    confidence : float
        Of each interval by itself: of log mean and log cv by the observed information.

    Notes
    -----
    The interval is that of the chosen law; it takes the choice for granted.

    Examples
    --------
    Of four durations one goes on: twelve days seen, three of them ended.

    >>> import numpy as np
    >>> data = Durations.of(np.array([1.0, 2, 4, 5]), np.array([1.0, 2, 4, np.inf]), np.zeros(4))
    >>> fitted = fit_law(data, laws=("exponential",))
    >>> fitted.law, round(fitted.mean, 3)
    ('exponential', 4.0)
    """
    if data.ended == 0:
        raise ValueError("durations: none has ended; a law needs at least one that has")
    ended = np.isfinite(data.upper)
    # One duration that all who ended may have had, known to a hundredth: nothing is left to chance.
    least, most = float(data.lower[ended].max()), float(data.upper[ended].min())
    slack = 1e-6 * max(least, 1.0)
    value = (least + most) / 2
    same = least <= most + slack and most - least <= max(0.01 * most, slack)
    nobody_longer = data.ended > 1 and not (data.lower[~ended] > value + slack).any()
    if same and nobody_longer:
        nan = math.nan
        return FittedLaw("fixed", value, value, value, nan, nan, nan, nan, nan, {}, Constant(value))
    whole, data = data, data.merged()
    found = {law: _maximise(law, data) for law in laws}
    by_law = {law: 2 * len(best) - 2 * top for law, (best, top) in found.items()}
    law = min(by_law, key=lambda name: by_law[name])
    best, _ = found[law]
    centre, error = _mean_and_cv(law, best, data)
    from scipy.special import ndtri

    wide = float(ndtri(0.5 + confidence / 2)) * error
    mean, mean_lower, mean_upper = np.exp([centre[0], centre[0] - wide[0], centre[0] + wide[0]])
    if law == "exponential":
        cv = cv_lower = cv_upper = math.nan
        mean_lower, mean_upper = _exponential_limits(mean_lower, mean_upper, data, confidence)
    else:
        cv, cv_lower, cv_upper = np.exp([centre[1], centre[1] - wide[1], centre[1] + wide[1]])
    return FittedLaw(
        law,
        float(mean),
        float(mean_lower),
        float(mean_upper),
        float(cv),
        float(cv_lower),
        float(cv_upper),
        by_law[law],
        goodness_of(_MAKERS[law](best), len(best), whole),
        by_law,
        _MAKERS[law](best),
    )


def _maximise(law: str, data: Durations) -> tuple[Floats, float]:
    """Natural parameters of the largest likelihood, and its logarithm."""
    from scipy.optimize import minimize

    middle, share = np.maximum(data.middle, _SHORTEST), data.times / data.times.sum()
    seen = float((middle - data.entry) @ data.times)
    log_mean = math.log(max(seen / data.ended, _SHORTEST))
    mean, log_middle = float(middle @ share), float(np.log(middle) @ share)
    deviation = math.sqrt(float((middle - mean) ** 2 @ share))
    shape = -2 * math.log(max(deviation / mean, 0.01))
    spread = max(math.sqrt(float((np.log(middle) - log_middle) ** 2 @ share)), 0.01)
    start = {
        "exponential": [log_mean],
        "gamma": [shape, log_mean - shape],
        "lognormal": [log_middle, math.log(spread)],
        "weibull": [shape / 2, log_mean],
    }[law]
    size = len(start)
    simplex = np.array(start) + np.vstack([np.zeros(size), 0.2 * np.eye(size)])
    make = _MAKERS[law]

    def loss(parameters: Floats) -> float:
        # Parameters run off where the likelihood is flat; keep the exponentials finite.
        if np.abs(parameters - start).max() > _RANGE:
            return 1e12
        value = -_log_likelihood(make(parameters), data)
        return value if math.isfinite(value) else 1e12

    found = minimize(
        loss,
        np.array(start),
        method="Nelder-Mead",
        options={"xatol": 1e-5, "fatol": 1e-6, "initial_simplex": simplex},
    )
    return np.asarray(found.x, dtype=np.float64), -float(found.fun)


def _mean_and_cv(law: str, best: Floats, data: Durations) -> tuple[Floats, Floats]:
    """Logarithms of mean and cv with their standard errors, by the delta method."""
    make = _MAKERS[law]
    size = len(best)

    def loss(parameters: Floats) -> float:
        return -_log_likelihood(make(parameters), data)

    def target(parameters: Floats) -> Floats:
        variable = make(parameters)
        return np.log([variable.mean, variable.sd / variable.mean])

    steps = np.eye(size) * 10 * _STEP
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            a, b = steps[i], steps[j]
            hessian[i, j] = (
                loss(best + a + b) - loss(best + a - b) - loss(best - a + b) + loss(best - a - b)
            ) / (4 * (10 * _STEP) ** 2)
    slopes = np.array([(target(best + s) - target(best - s)) / (20 * _STEP) for s in steps]).T
    try:
        variance = np.diag(slopes @ np.linalg.inv(hessian) @ slopes.T)
    except np.linalg.LinAlgError:
        variance = np.full(2, np.nan)
    return target(best), np.sqrt(np.where(variance >= 0, variance, np.nan))


def _exponential_limits(
    lower: float, upper: float, data: Durations, confidence: float
) -> tuple[float, float]:
    """Limits of the mean; by chi-square quantiles where all ends are known.

    With d ends in a total time T, 2 T / mean has a chi-square law with 2 d degrees of freedom if
    nothing is censored; with censoring d is as good as Poisson and 2 d + 1 is the usual compromise
    (Cox 1953, Some simple approximate tests for Poisson variates, Biometrika 40).
    """
    from scipy.stats import chi2

    if not (np.isinf(data.upper) | (data.lower == data.upper)).all():
        return lower, upper
    ends = 2 * data.ended + (1 if data.censored else 0)
    total = 2 * float((data.lower - data.entry) @ data.times)
    tail = (1 - confidence) / 2
    return total / float(chi2.isf(tail, ends)), total / float(chi2.ppf(tail, ends))


def goodness_of(variable: Variable, parameters: int, data: Durations) -> float:
    """Chi-square of observed and expected ends in classes of the duration.

    The expected number is the cumulative hazard that those in view passed through in the class,
    so that open durations count as long as they were seen. Where an end is only bounded, it is
    drawn between its bounds by the law (always the same draw): if the law is right, so are these.
    Of very many durations the same sample is judged.
    """
    from scipy.stats import chi2

    if len(data.lower) > MANY:
        data = data.chosen(np.random.default_rng(0).choice(len(data.lower), MANY, replace=False))
    ended = np.isfinite(data.upper)
    seen = np.where(ended, data.upper, data.lower)
    loose = np.flatnonzero(ended & (data.lower < data.upper))
    low, high = variable.cdf(data.lower[loose]), variable.cdf(data.upper[loose])
    drawn = low + (high - low) * np.random.default_rng(0).random(len(loose))
    # Far out the distribution function is 1 and has no inverse; the upper bound serves there.
    inside = (drawn > 0) & (drawn < 1 - 1e-9)
    seen[loose[inside]] = variable.ppf(drawn[inside])
    seen = np.maximum(seen, _SHORTEST)
    classes = min(8, int(ended.sum()) // 15)
    if classes <= parameters:
        return math.nan

    def passed(until: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return -np.log(np.maximum(variable.sf(until), 1e-300))

    def expected_by(time: float) -> float:
        before = np.minimum(seen, time)
        return float((passed(before) - passed(np.minimum(data.entry, before))).sum())

    # Classes in which equally many ends are expected, cut at quantiles of what was seen.
    grid = np.unique(np.quantile(seen, np.linspace(0, 1, 201)))
    cumulated = np.array([expected_by(time) for time in grid])
    cuts = np.interp(np.arange(1, classes) / classes * cumulated[-1], cumulated, grid)
    edges = np.concatenate([[0.0], cuts, [float(seen.max())]])
    if (np.diff(edges) <= 0).any():
        return math.nan
    observed = np.histogram(seen[ended], edges)[0]
    expected = np.diff([expected_by(time) for time in edges])
    if (expected <= 0).any():
        return math.nan
    square = float(((observed - expected) ** 2 / expected).sum())
    return float(chi2.sf(square, len(observed) - parameters))
