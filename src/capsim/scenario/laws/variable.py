"""The numbers behind a law: quantiles, tails and moments of variables that are never negative.

Every variable offers the same things, vectorised over float arrays: `mean` and `sd`; `ppf` and
`isf`, the quantiles by lower and by upper tail probability, so that neither tail loses digits;
`cdf` and `sf`; and `limited_mean`, E[min(X, x)], the integral of `sf` from 0 to x. That one over
the mean is the distribution function of the equilibrium residual (`capsim.scenario.laws.compound`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BISECTIONS", "Constant", "Floats", "Variable"]

Floats = NDArray[np.float64]

# Halvings of a bracket: more than a double has bits, so that bisection ends at full precision.
BISECTIONS = 120


class Variable(ABC):
    """A random variable on [0, infinity)."""

    @property
    @abstractmethod
    def mean(self) -> float:
        """Mean."""

    @property
    @abstractmethod
    def sd(self) -> float:
        """Standard deviation."""

    @abstractmethod
    def ppf(self, p: Floats) -> Floats:
        """Smallest x with P(X <= x) >= p."""

    @abstractmethod
    def isf(self, q: Floats) -> Floats:
        """Smallest x with P(X > x) <= q."""

    @abstractmethod
    def cdf(self, x: Floats) -> Floats:
        """P(X <= x)."""

    @abstractmethod
    def sf(self, x: Floats) -> Floats:
        """P(X > x)."""

    @abstractmethod
    def limited_mean(self, x: Floats) -> Floats:
        """E[min(X, x)] for x >= 0."""


@dataclass(frozen=True)
class Constant(Variable):
    """Always the same value."""

    value: float

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def sd(self) -> float:
        """Zero."""
        return 0.0

    def ppf(self, p: Floats) -> Floats:
        """The value, whatever the probability."""
        return np.full(np.shape(p), self.value)

    def isf(self, q: Floats) -> Floats:
        """The value, whatever the probability."""
        return self.ppf(q)

    def cdf(self, x: Floats) -> Floats:
        """One from the value on."""
        return np.where(x >= self.value, 1.0, 0.0)

    def sf(self, x: Floats) -> Floats:
        """One below the value."""
        return np.where(x < self.value, 1.0, 0.0)

    def limited_mean(self, x: Floats) -> Floats:
        """The smaller of the value and x."""
        return np.minimum(x, self.value)
