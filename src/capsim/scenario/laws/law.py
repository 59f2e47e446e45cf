"""What every law of durations has: its numbers, its variable and its scale.

`mean`, `cv` and `sd` are of the variable itself, never of its logarithm. `plus` is added after
them. The numbers behind a law (quantiles, moments) are in `capsim.scenario.laws.variables`; every
law reaches them through `AbstractLaw.variable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from pydantic import model_validator

from capsim.scenario.base import Growth, Number, Share, Table, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.laws.compound import residual_ppf
from capsim.scenario.laws.variable import Variable
from capsim.scenario.units import Duration, Unit

__all__ = [
    "SHARE_TOLERANCE",
    "AbstractLaw",
    "AbstractMeanSpread",
    "AbstractTagged",
    "is_at_most",
    "check_ordered",
    "check_positive",
    "check_weights",
]

SHARE_TOLERANCE = 1e-6

SMALLEST_CV = 1e-6
"""Smallest spread of a law that is not fixed."""


class AbstractLaw(Table):
    """A law of durations."""

    kind: ClassVar[str]
    scaled_by: ClassVar[str] = "mean"
    """Field that is the scale: all durations over it are the shape of the law."""

    plus: Duration | None = None
    """Fixed time added after mean, cv and sd."""
    growth: Growth = 0.0
    """Growth of the mean in a year, compounding; `plus` does not grow."""
    share: Share | None = None
    """Share of this part; only within a mixture."""

    def to_plain(self) -> Any:
        """The law as plain data; a fixed duration without more is its text."""
        return plain_table(self)

    def durations(self) -> Iterator[tuple[str, Duration]]:
        """Every duration written in the law, with its path below the law."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, Duration):
                yield name, value

    @property
    def in_workdays(self) -> bool:
        """Whether the law gives numbers of office days instead of calendar time."""
        return any(duration.is_workdays for _, duration in self.durations())

    def variable(self, unit: Unit) -> Variable:
        """The random variable without `plus` and growth, as plain numbers.

        Parameters
        ----------
        unit : callable
            Converts a `Duration` to the unit of the result, such as
            `capsim.scenario.units.seconds` or `capsim.scenario.units.days`.
        """
        raise TypeError(f"{type(self).__name__} has no variable of its own")

    def unit_variable(self, unit: Unit) -> tuple[Variable, float]:
        """The variable with its scale taken as the unit, and the scale.

        The variable of the law is the one times the other, so that laws which differ by their scale
        alone share what is computed of the variable.

        Parameters
        ----------
        unit : callable
            Converts a `Duration` to the unit of the scale.

        Examples
        --------
        >>> from capsim.scenario.laws.durations import Uniform
        >>> from capsim.scenario.units import hours
        >>> Uniform(low="1 h", high="4 h").unit_variable(hours)
        (UniformVariable(low=0.25, high=1.0), 4.0)
        """
        scale = unit(getattr(self, self.scaled_by))
        return self.variable(lambda duration: unit(duration) / scale), scale

    def plus_in(self, unit: Unit) -> float:
        """The fixed part `plus`, 0 without one."""
        return 0.0 if self.plus is None else unit(self.plus)

    def mean_in(self, unit: Unit) -> float:
        """Mean, `plus` included, growth left out."""
        return self.variable(unit).mean + self.plus_in(unit)

    def sd_in(self, unit: Unit) -> float:
        """Standard deviation, growth left out."""
        return self.variable(unit).sd

    def ppf(self, p: Any, unit: Unit) -> np.ndarray:
        """Quantiles at the probabilities `p`, `plus` included."""
        return self.variable(unit).ppf(np.asarray(p, dtype=float)) + self.plus_in(unit)

    def isf(self, q: Any, unit: Unit) -> np.ndarray:
        """Quantiles at the upper-tail probabilities `q`, exact far out where 1 - q rounds."""
        return self.variable(unit).isf(np.asarray(q, dtype=float)) + self.plus_in(unit)

    def cdf(self, x: Any, unit: Unit) -> np.ndarray:
        """Probability of at most `x`, `plus` included."""
        return self.variable(unit).cdf(np.asarray(x, dtype=float) - self.plus_in(unit))

    def residual_ppf(self, p: Any, unit: Unit) -> np.ndarray:
        """Quantiles of what remains of such a duration, seen at a random instant.

        The equilibrium law with density P(X > x) / E[X], `plus` included.
        """
        return residual_ppf(self.variable(unit), self.plus_in(unit), np.asarray(p, dtype=float))


class AbstractTagged(AbstractLaw):
    """A law whose table starts with its name."""

    def to_plain(self) -> Any:
        """Name of the law first, then what differs from the defaults."""
        return {"law": self.kind, **plain_table(self)}


class AbstractMeanSpread(AbstractTagged):
    """A law given by its mean and either cv or sd."""

    largest_cv: ClassVar[float] = 1000.0

    mean: Duration
    """Mean of the variable itself."""
    cv: Number | None = None
    """Standard deviation over mean."""
    sd: Duration | None = None
    """Standard deviation of the variable itself."""

    @model_validator(mode="after")
    def _check(self) -> AbstractMeanSpread:
        check_positive(self.mean, "mean")
        if (self.cv is None) == (self.sd is None):
            raise problem("needs either cv or sd", "write one of them, such as cv = 0.5")
        if self.cv is not None and self.cv <= 0:
            raise problem(
                "cv must be above 0", "write a positive cv, or a bare duration if it is fixed", "cv"
            )
        if self.sd is not None:
            check_positive(self.sd, "sd")
        if self.sd is None or self.sd.is_workdays == self.mean.is_workdays:
            _, cv = self.spread(lambda duration: float(duration.exact_in_own))
            if not SMALLEST_CV <= cv <= self.largest_cv:
                raise problem(
                    f"the standard deviation must be {SMALLEST_CV:g} to {self.largest_cv:g} times "
                    "the mean",
                    "write cv = 0.5 for half of the mean",
                    "cv" if self.sd is None else "sd",
                )
        return self

    def spread(self, unit: Unit) -> tuple[float, float]:
        """Mean and coefficient of variation."""
        mean = unit(self.mean)
        if self.cv is not None:
            return mean, self.cv
        assert self.sd is not None
        return mean, unit(self.sd) / mean


def check_positive(duration: Duration, name: str) -> None:
    """Raise unless a duration is above 0."""
    if duration.value <= 0:
        raise problem(f"{name} must be above 0", f"write a longer {name}, such as '1 h'", name)


def is_at_most(first: Duration, second: Duration) -> bool:
    """Whether a duration is no longer than another one of its kind, by exact fractions."""
    if first.is_workdays or second.is_workdays:
        return first.exact <= second.exact
    return first.exact_days <= second.exact_days


def check_ordered(low: Duration, high: Duration, low_name: str, high_name: str) -> None:
    """Raise unless the first duration is shorter than the second."""
    if not is_at_most(low, high):
        raise problem(
            f"{low_name} is above {high_name}", f"swap {low_name} and {high_name}", low_name
        )
    if low.exact == high.exact and low.unit == high.unit:
        raise problem(
            f"{low_name} equals {high_name}", f"write the fixed duration '{low}' instead", low_name
        )


def check_weights(values: tuple[Any, ...], weights: tuple[float, ...] | None) -> None:
    """Raise unless there are values, and weights that fit them."""
    if not values:
        raise problem("needs at least one value", "list the observed values", "values")
    if weights is None:
        return
    if len(weights) != len(values):
        raise problem(
            f"{len(weights)} weights for {len(values)} values", "give each value one", "weights"
        )
    if min(weights) < 0 or sum(weights) <= 0:
        raise problem("weights must be 0 or more, one above 0", "correct the weights", "weights")
