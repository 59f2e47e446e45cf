"""The families of variables behind the laws: exponential, lognormal, gamma and so on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from capsim.scenario.errors import problem
from capsim.scenario.laws.variable import Floats, Variable

__all__ = [
    "CutNormalVariable",
    "ExponentialVariable",
    "GammaVariable",
    "LognormalVariable",
    "TriangularVariable",
    "UniformVariable",
    "WeibullVariable",
]


@dataclass(frozen=True)
class ExponentialVariable(Variable):
    """Exponential with scale `mean`."""

    scale: float

    @property
    def mean(self) -> float:
        """The scale."""
        return self.scale

    @property
    def sd(self) -> float:
        """The scale."""
        return self.scale

    def ppf(self, p: Floats) -> Floats:
        """-scale log(1 - p)."""
        with np.errstate(divide="ignore"):
            return -self.scale * np.log1p(-p)

    def isf(self, q: Floats) -> Floats:
        """-scale log q."""
        with np.errstate(divide="ignore"):
            return -self.scale * np.log(q)

    def cdf(self, x: Floats) -> Floats:
        """1 - exp(-x / scale)."""
        return -np.expm1(-np.maximum(x, 0) / self.scale)

    def sf(self, x: Floats) -> Floats:
        """exp(-x / scale)."""
        return np.exp(-np.maximum(x, 0) / self.scale)

    def limited_mean(self, x: Floats) -> Floats:
        """Scale times the distribution function: the residual is the variable itself."""
        return self.scale * self.cdf(x)


@dataclass(frozen=True)
class LognormalVariable(Variable):
    """exp of a normal variable with mean `mu` and standard deviation `sigma`."""

    mu: float
    sigma: float

    @classmethod
    def of(cls, mean: float, cv: float) -> LognormalVariable:
        """From mean and coefficient of variation of the variable itself."""
        variance = math.log1p(cv * cv)
        return cls(math.log(mean) - variance / 2, math.sqrt(variance))

    @property
    def mean(self) -> float:
        """exp(mu + sigma^2 / 2)."""
        return math.exp(self.mu + self.sigma**2 / 2)

    @property
    def sd(self) -> float:
        """Mean times sqrt(exp(sigma^2) - 1)."""
        return self.mean * math.sqrt(math.expm1(self.sigma**2))

    def ppf(self, p: Floats) -> Floats:
        """exp(mu + sigma z)."""
        from scipy.special import ndtri

        return np.exp(self.mu + self.sigma * ndtri(p))

    def isf(self, q: Floats) -> Floats:
        """exp(mu - sigma z)."""
        from scipy.special import ndtri

        return np.exp(self.mu - self.sigma * ndtri(q))

    def _z(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return (np.log(np.maximum(x, 0)) - self.mu) / self.sigma

    def cdf(self, x: Floats) -> Floats:
        """Normal distribution function of the standardised logarithm."""
        from scipy.special import ndtr

        return ndtr(self._z(x))

    def sf(self, x: Floats) -> Floats:
        """Its complement."""
        from scipy.special import ndtr

        return ndtr(-self._z(x))

    def limited_mean(self, x: Floats) -> Floats:
        """Partial expectation plus x times the tail."""
        from scipy.special import ndtr

        return self.mean * ndtr(self._z(x) - self.sigma) + x * self.sf(x)


@dataclass(frozen=True)
class GammaVariable(Variable):
    """Gamma with a shape and a scale."""

    shape: float
    scale: float

    @classmethod
    def of(cls, mean: float, cv: float) -> GammaVariable:
        """From mean and coefficient of variation."""
        shape = 1 / (cv * cv)
        return cls(shape, mean / shape)

    @property
    def mean(self) -> float:
        """Shape times scale."""
        return self.shape * self.scale

    @property
    def sd(self) -> float:
        """Scale times the root of the shape."""
        return self.scale * math.sqrt(self.shape)

    def ppf(self, p: Floats) -> Floats:
        """Inverse of the regularised lower incomplete gamma function."""
        from scipy.special import gammaincinv

        return self.scale * gammaincinv(self.shape, p)

    def isf(self, q: Floats) -> Floats:
        """Inverse of the upper one."""
        from scipy.special import gammainccinv

        return self.scale * gammainccinv(self.shape, q)

    def cdf(self, x: Floats) -> Floats:
        """Regularised lower incomplete gamma function."""
        from scipy.special import gammainc

        return gammainc(self.shape, np.maximum(x, 0) / self.scale)

    def sf(self, x: Floats) -> Floats:
        """Regularised upper incomplete gamma function."""
        from scipy.special import gammaincc

        return gammaincc(self.shape, np.maximum(x, 0) / self.scale)

    def limited_mean(self, x: Floats) -> Floats:
        """Partial expectation plus x times the tail."""
        from scipy.special import gammainc

        return self.mean * gammainc(self.shape + 1, x / self.scale) + x * self.sf(x)


@dataclass(frozen=True)
class WeibullVariable(Variable):
    """Weibull with a shape and a scale."""

    shape: float
    scale: float

    @classmethod
    def of(cls, mean: float, cv: float) -> WeibullVariable:
        """From mean and coefficient of variation; the shape by root finding."""
        from scipy.optimize import brentq
        from scipy.special import gammaln

        wanted = math.log1p(cv * cv)

        def excess(log_shape: float) -> float:
            inverse = math.exp(-log_shape)
            return float(gammaln(1 + 2 * inverse) - 2 * gammaln(1 + inverse)) - wanted

        try:
            shape = math.exp(brentq(excess, math.log(0.02), math.log(1e6), xtol=1e-14))
        except ValueError:
            raise problem(f"no Weibull law has a cv of {cv:g}", "write another law") from None
        return cls(shape, mean / math.exp(float(gammaln(1 + 1 / shape))))

    @property
    def mean(self) -> float:
        """Scale times Gamma(1 + 1 / shape)."""
        return self.scale * math.gamma(1 + 1 / self.shape)

    @property
    def sd(self) -> float:
        """From the first two moments."""
        second = math.exp(math.lgamma(1 + 2 / self.shape) - 2 * math.lgamma(1 + 1 / self.shape))
        return self.mean * math.sqrt(max(second - 1, 0.0))

    def ppf(self, p: Floats) -> Floats:
        """A power of the exponential quantile."""
        with np.errstate(divide="ignore"):
            return self.scale * (-np.log1p(-p)) ** (1 / self.shape)

    def isf(self, q: Floats) -> Floats:
        """A power of the exponential quantile."""
        with np.errstate(divide="ignore"):
            return self.scale * (-np.log(q)) ** (1 / self.shape)

    def _power(self, x: Floats) -> Floats:
        return (np.maximum(x, 0) / self.scale) ** self.shape

    def cdf(self, x: Floats) -> Floats:
        """1 - exp(-(x / scale)^shape)."""
        return -np.expm1(-self._power(x))

    def sf(self, x: Floats) -> Floats:
        """exp(-(x / scale)^shape)."""
        return np.exp(-self._power(x))

    def limited_mean(self, x: Floats) -> Floats:
        """Partial expectation, an incomplete gamma function, plus x times the tail."""
        from scipy.special import gammainc

        return self.mean * gammainc(1 + 1 / self.shape, self._power(x)) + x * self.sf(x)


@dataclass(frozen=True)
class CutNormalVariable(Variable):
    """max(0, N) for a normal N with mean `centre` and standard deviation `spread`."""

    centre: float
    spread: float

    def _excess(self, z: Any) -> Any:
        """E[(Z - z)+] of a standard normal Z."""
        from scipy.special import ndtr

        z = np.asarray(z, dtype=float)
        finite = np.where(np.isfinite(z), z, 0.0)
        value = np.exp(-finite * finite / 2) / math.sqrt(2 * math.pi) - finite * ndtr(-finite)
        return np.where(np.isfinite(z), value, 0.0)

    @property
    def mean(self) -> float:
        """Mean of what is left after the cut."""
        return float(self.spread * self._excess(-self.centre / self.spread))

    @property
    def sd(self) -> float:
        """Standard deviation of what is left after the cut."""
        from scipy.special import ndtr

        z = self.centre / self.spread
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        second = (self.centre**2 + self.spread**2) * float(ndtr(z))
        second += self.centre * self.spread * density
        return math.sqrt(max(second - self.mean**2, 0.0))

    def ppf(self, p: Floats) -> Floats:
        """Normal quantile, at least 0."""
        from scipy.special import ndtri

        return np.maximum(self.centre + self.spread * ndtri(p), 0.0)

    def isf(self, q: Floats) -> Floats:
        """Normal quantile, at least 0."""
        from scipy.special import ndtri

        return np.maximum(self.centre - self.spread * ndtri(q), 0.0)

    def cdf(self, x: Floats) -> Floats:
        """Normal distribution function from 0 on."""
        from scipy.special import ndtr

        return np.where(x < 0, 0.0, ndtr((x - self.centre) / self.spread))

    def sf(self, x: Floats) -> Floats:
        """Its complement."""
        from scipy.special import ndtr

        return np.where(x < 0, 1.0, ndtr((self.centre - x) / self.spread))

    def limited_mean(self, x: Floats) -> Floats:
        """Difference of two expected excesses."""
        return self.mean - self.spread * self._excess((x - self.centre) / self.spread)


@dataclass(frozen=True)
class UniformVariable(Variable):
    """Uniform from `low` to `high`."""

    low: float
    high: float

    @property
    def mean(self) -> float:
        """Middle."""
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        """Width over root 12."""
        return (self.high - self.low) / math.sqrt(12)

    def ppf(self, p: Floats) -> Floats:
        """Linear."""
        return self.low + (self.high - self.low) * p

    def isf(self, q: Floats) -> Floats:
        """Linear."""
        return self.high - (self.high - self.low) * q

    def cdf(self, x: Floats) -> Floats:
        """Linear between the ends."""
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    def sf(self, x: Floats) -> Floats:
        """Linear between the ends."""
        return np.clip((self.high - x) / (self.high - self.low), 0.0, 1.0)

    def limited_mean(self, x: Floats) -> Floats:
        """Quadratic between the ends."""
        beyond = np.clip(self.high - x, 0.0, self.high - self.low) ** 2
        inside = self.mean - beyond / (2 * (self.high - self.low))
        return np.where(x <= self.low, x, inside)


@dataclass(frozen=True)
class TriangularVariable(Variable):
    """Triangular density from `low` to `high` with its top at `mode`."""

    low: float
    mode: float
    high: float

    @property
    def mean(self) -> float:
        """Mean of the three corners."""
        return (self.low + self.mode + self.high) / 3

    @property
    def sd(self) -> float:
        """From the three corners."""
        a, b, c = self.low, self.high, self.mode
        return math.sqrt(((b - a) ** 2 - (c - a) * (b - c)) / 18)

    def ppf(self, p: Floats) -> Floats:
        """Root of a quadratic on either side of the mode."""
        return self._quantile(p, 1 - p)

    def isf(self, q: Floats) -> Floats:
        """Root of a quadratic on either side of the mode."""
        return self._quantile(1 - q, q)

    def _quantile(self, p: Floats, q: Floats) -> Floats:
        width, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        return np.where(
            p * width <= left,
            self.low + np.sqrt(p * width * left),
            self.high - np.sqrt(q * width * right),
        )

    def cdf(self, x: Floats) -> Floats:
        """Quadratic on either side of the mode."""
        return np.where(x < self.mode, self._left(x, 2), 1 - self._right(x, 2))

    def sf(self, x: Floats) -> Floats:
        """Quadratic on either side of the mode."""
        return np.where(x < self.mode, 1 - self._left(x, 2), self._right(x, 2))

    def _left(self, x: Floats, power: int) -> Floats:
        width, left = self.high - self.low, self.mode - self.low
        return np.clip(x - self.low, 0, left) ** power / (width * (left or 1.0))

    def _right(self, x: Floats, power: int) -> Floats:
        width, right = self.high - self.low, self.high - self.mode
        return np.clip(self.high - x, 0, right) ** power / (width * (right or 1.0))

    def limited_mean(self, x: Floats) -> Floats:
        """Cubic on either side of the mode."""
        left = np.minimum(x, self.mode) - self._left(x, 3) / 3
        return np.where(x < self.mode, left, self.mean - self._right(x, 3) / 3)
