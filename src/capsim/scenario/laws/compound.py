"""Random variables made of others, or of data, and what remains of one seen at a random instant.

The equilibrium residual is in Feller, An Introduction to Probability Theory and Its Applications,
volume 2, section XI.4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from capsim.scenario.errors import nearest, problem
from capsim.scenario.laws.variable import BISECTIONS, Constant, Floats, Variable
from capsim.scenario.laws.variables import ExponentialVariable

__all__ = [
    "DiscreteVariable",
    "MixtureVariable",
    "ScipyVariable",
    "ShiftedVariable",
    "check_scipy",
    "residual_ppf",
    "shifted",
]


@dataclass(frozen=True, eq=False)
class DiscreteVariable(Variable):
    """Finitely many values."""

    values: Floats
    """(n,) ascending."""
    probabilities: Floats
    """(n,) summing to 1."""

    @classmethod
    def of(cls, values: Sequence[float], weights: Sequence[float]) -> DiscreteVariable:
        """From values in any order and their relative frequencies."""
        unique, position = np.unique(np.asarray(values, dtype=float), return_inverse=True)
        mass = np.bincount(position, weights=np.asarray(weights, dtype=float))
        keep = mass > 0
        return cls(unique[keep], mass[keep] / mass.sum())

    @cached_property
    def _upto(self) -> Floats:
        return np.cumsum(self.probabilities)

    @cached_property
    def _beyond(self) -> Floats:
        tail = np.cumsum(self.probabilities[::-1])[::-1]
        return np.append(tail[1:], 0.0)

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(self.probabilities @ self.values)

    @property
    def sd(self) -> float:
        """Weighted standard deviation."""
        return math.sqrt(float(self.probabilities @ (self.values - self.mean) ** 2))

    def ppf(self, p: Floats) -> Floats:
        """By bisection of the cumulative sums."""
        last = len(self.values) - 1
        return self.values[np.minimum(np.searchsorted(self._upto, p), last)]

    def isf(self, q: Floats) -> Floats:
        """By bisection of the tail sums."""
        last = len(self.values) - 1
        position = np.searchsorted(-self._beyond, -np.asarray(q))
        return self.values[np.minimum(position, last)]

    def cdf(self, x: Floats) -> Floats:
        """Steps."""
        cumulative = np.append(0.0, self._upto)
        return cumulative[np.searchsorted(self.values, x, side="right")]

    def sf(self, x: Floats) -> Floats:
        """Steps."""
        tail = np.append(1.0, self._beyond)
        return tail[np.searchsorted(self.values, x, side="right")]

    def limited_mean(self, x: Floats) -> Floats:
        """Weighted mean of the smaller ones of value and x."""
        return np.minimum(np.asarray(x)[..., None], self.values) @ self.probabilities


@dataclass(frozen=True)
class ShiftedVariable(Variable):
    """A variable plus a constant."""

    inner: Variable
    by: float

    @property
    def mean(self) -> float:
        """Mean plus the constant."""
        return self.inner.mean + self.by

    @property
    def sd(self) -> float:
        """Standard deviation, unchanged."""
        return self.inner.sd

    def ppf(self, p: Floats) -> Floats:
        """Shifted quantile."""
        return self.inner.ppf(p) + self.by

    def isf(self, q: Floats) -> Floats:
        """Shifted quantile."""
        return self.inner.isf(q) + self.by

    def cdf(self, x: Floats) -> Floats:
        """Shifted distribution function."""
        return np.where(x < self.by, 0.0, self.inner.cdf(np.maximum(x - self.by, 0.0)))

    def sf(self, x: Floats) -> Floats:
        """Shifted tail."""
        return np.where(x < self.by, 1.0, self.inner.sf(np.maximum(x - self.by, 0.0)))

    def limited_mean(self, x: Floats) -> Floats:
        """One tick for one up to the constant, then that of the variable."""
        inner = self.inner.limited_mean(np.maximum(x - self.by, 0.0))
        return np.minimum(x, self.by) + inner


def shifted(variable: Variable, by: float) -> Variable:
    """The variable plus a constant; itself if the constant is 0."""
    return ShiftedVariable(variable, by) if by else variable


@dataclass(frozen=True)
class MixtureVariable(Variable):
    """One of several variables by share."""

    shares: tuple[float, ...]
    parts: tuple[Variable, ...]

    @classmethod
    def of(cls, shares: Sequence[float], parts: Sequence[Variable]) -> MixtureVariable:
        """From shares that sum to 1 up to rounding; parts without share are left out."""
        kept = [(share, part) for share, part in zip(shares, parts, strict=True) if share > 0]
        total = sum(share for share, _ in kept)
        return cls(tuple(share / total for share, _ in kept), tuple(part for _, part in kept))

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return sum(share * part.mean for share, part in zip(self.shares, self.parts, strict=True))

    @property
    def sd(self) -> float:
        """From variances within and between the parts."""
        mean = self.mean
        variance = sum(
            share * (part.sd**2 + (part.mean - mean) ** 2)
            for share, part in zip(self.shares, self.parts, strict=True)
        )
        return math.sqrt(variance)

    def ppf(self, p: Floats) -> Floats:
        """By bisection between the smallest and the largest quantile of the parts."""
        quantiles = np.stack([part.ppf(p) for part in self.parts])
        return self._bisect(quantiles, lambda x: self.cdf(x) >= p)

    def isf(self, q: Floats) -> Floats:
        """By bisection between the smallest and the largest quantile of the parts."""
        quantiles = np.stack([part.isf(q) for part in self.parts])
        return self._bisect(quantiles, lambda x: self.sf(x) <= q)

    @staticmethod
    def _bisect(quantiles: Floats, reached: Any) -> Floats:
        low, high = quantiles.min(axis=0), quantiles.max(axis=0)
        low = np.where(reached(low), low, np.nextafter(low, np.inf))
        with np.errstate(invalid="ignore"):
            for _ in range(BISECTIONS):
                middle = np.where(np.isinf(high), high, low + (high - low) / 2)
                enough = reached(middle)
                high, low = np.where(enough, middle, high), np.where(enough, low, middle)
        return np.where(reached(low), low, high)

    def cdf(self, x: Floats) -> Floats:
        """Weighted mean of the distribution functions."""
        return self._mean_of([part.cdf(x) for part in self.parts])

    def sf(self, x: Floats) -> Floats:
        """Weighted mean of the tails."""
        return self._mean_of([part.sf(x) for part in self.parts])

    def limited_mean(self, x: Floats) -> Floats:
        """Weighted mean of the limited means."""
        return self._mean_of([part.limited_mean(x) for part in self.parts])

    def _mean_of(self, terms: list[Floats]) -> Floats:
        total = np.zeros_like(terms[0])
        for share, term in zip(self.shares, terms, strict=True):
            total = total + share * term
        return total


@dataclass(frozen=True)
class ScipyVariable(Variable):
    """max(0, X) for a continuous law of scipy.stats."""

    name: str
    args: tuple[float, ...]
    loc: float
    scale: float

    @cached_property
    def frozen(self) -> Any:
        """The law of scipy.stats with its parameters."""
        import scipy.stats

        return getattr(scipy.stats, self.name)(*self.args, loc=self.loc, scale=self.scale)

    @property
    def mean(self) -> float:
        """Mean after the cut at 0."""
        return self._moments[0]

    @property
    def sd(self) -> float:
        """Standard deviation after the cut at 0."""
        return self._moments[1]

    @cached_property
    def _moments(self) -> tuple[float, float]:
        if self.frozen.support()[0] >= 0:
            return float(self.frozen.mean()), float(self.frozen.std())
        from scipy.integrate import quad

        top = self.frozen.support()[1]
        mean = quad(self.frozen.sf, 0, top, limit=200)[0]
        second = quad(lambda x: 2 * x * self.frozen.sf(x), 0, top, limit=200)[0]
        return float(mean), math.sqrt(max(second - mean**2, 0.0))

    def ppf(self, p: Floats) -> Floats:
        """Quantile, at least 0."""
        return np.maximum(self.frozen.ppf(p), 0.0)

    def isf(self, q: Floats) -> Floats:
        """Quantile, at least 0."""
        return np.maximum(self.frozen.isf(q), 0.0)

    def cdf(self, x: Floats) -> Floats:
        """Distribution function from 0 on."""
        return np.where(x < 0, 0.0, self.frozen.cdf(x))

    def sf(self, x: Floats) -> Floats:
        """Tail from 0 on."""
        return np.where(x < 0, 1.0, self.frozen.sf(x))

    @cached_property
    def _grid(self) -> tuple[Floats, Floats]:
        """Points dense in both tails, and the limited mean at them."""
        tail = 0.5 ** np.arange(1, 60, 0.25)
        points = np.concatenate([[0.0], self.ppf(tail), self.isf(tail)])
        points = np.unique(points[np.isfinite(points)])
        pieces = self._integral(points[:-1], points[1:])
        return points, np.append(0.0, np.cumsum(pieces))

    def _integral(self, low: Floats, high: Floats) -> Floats:
        nodes, weights = np.polynomial.legendre.leggauss(10)
        half = (high - low)[..., None] / 2
        return (self.frozen.sf(low[..., None] + half * (nodes + 1)) @ weights) * half[..., 0]

    def limited_mean(self, x: Floats) -> Floats:
        """Gauss-Legendre quadrature of the tail between quantiles."""
        points, sums = self._grid
        x = np.minimum(np.asarray(x, dtype=float), points[-1])
        position = np.clip(np.searchsorted(points, x, side="right") - 1, 0, len(points) - 1)
        return sums[position] + self._integral(points[position], x)


def check_scipy(name: str, args: Sequence[float]) -> None:
    """Raise unless the name and its shape parameters give a law with mean and variance."""
    import scipy.stats

    continuous = scipy.stats.rv_continuous
    family = getattr(scipy.stats, name, None)
    if not isinstance(family, continuous):
        known = [key for key, value in vars(scipy.stats).items() if isinstance(value, continuous)]
        remedy = nearest(name, known)
        if not remedy.startswith("did"):
            remedy = "see the continuous distributions of scipy.stats"
        raise problem("scipy.stats has no such continuous law", remedy, "name")
    if len(args) != family.numargs:
        shapes = family.shapes or "none"
        raise problem(
            f"{name} takes {family.numargs} shape parameters", f"write args for {shapes}", "args"
        )
    with np.errstate(all="ignore"):
        mean, variance = family.stats(*args, moments="mv")
    if not (np.isfinite(mean) and np.isfinite(variance)):
        raise problem(
            f"{name} with these parameters has no finite mean and variance",
            f"correct args ({family.shapes or 'none'})",
            "args",
        )


def residual_ppf(variable: Variable, plus: float, p: Floats) -> Floats:
    """Quantiles of the equilibrium residual of `variable + plus`.

    Its distribution function is the integral of P(X > t) from 0 to x over E[X]; it is inverted by
    bisection, to the last digits of a double. Exact for a constant.

    Examples
    --------
    >>> residual_ppf(Constant(3.0), 1.0, np.array([0.25, 0.5])).tolist()
    [1.0, 2.0]
    """
    target = np.asarray(p, dtype=float) * (variable.mean + plus)
    if isinstance(variable, Constant):
        return target
    beyond = np.maximum(target - plus, 0.0)
    if isinstance(variable, ExponentialVariable):
        solved = variable.ppf(np.minimum(beyond / variable.mean, 1.0))
        return np.where(target <= plus, target, plus + solved)
    low = np.zeros_like(target)
    high = np.full_like(target, variable.mean)
    for _ in range(200):
        short = variable.limited_mean(high) < np.minimum(beyond, variable.mean * (1 - 1e-15))
        if not short.any():
            break
        high = np.where(short, 2 * high, high)
    for _ in range(BISECTIONS):
        middle = low + (high - low) / 2
        enough = variable.limited_mean(middle) >= beyond
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return np.where(target <= plus, target, plus + high)
