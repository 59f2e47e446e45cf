"""Laws of durations and of counts, as a scenario writes them.

`mean`, `cv` and `sd` are of the variable itself, never of its logarithm. The exception is
`Normal`, whose mean and sd are those of the curve before it is cut at 0: what would be negative
becomes 0. `plus` is added after mean, cv and sd. The numbers behind a law (quantiles, moments) are
in `capsim.scenario.variables`; every law reaches them through `Law.variable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from capsim.scenario.base import Growth, Number, Share, Table, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.units import Duration, Unit

if TYPE_CHECKING:
    from capsim.scenario.variables import Variable

__all__ = [
    "AbstractLaw",
    "Empirical",
    "Erlang",
    "Exponential",
    "Fixed",
    "Gamma",
    "Law",
    "Lognormal",
    "Mixture",
    "Normal",
    "Scipy",
    "Triangular",
    "Uniform",
    "Weibull",
    "WorkLaws",
]

SHARE_TOLERANCE = 1e-6


class AbstractLaw(Table):
    """A law of durations."""

    kind: ClassVar[str]

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
        from capsim.scenario.compound import residual_ppf

        return residual_ppf(self.variable(unit), self.plus_in(unit), np.asarray(p, dtype=float))


class Fixed(AbstractLaw):
    """Always the same duration; a bare text such as ``"45 min"`` is one."""

    kind = "fixed"
    law: Literal["fixed"] = "fixed"
    mean: Duration
    """The duration."""

    def to_plain(self) -> Any:
        """The text alone unless there is more to say."""
        if self.plus is None and self.growth == 0 and self.share is None:
            return str(self.mean)
        return {"law": self.law, **plain_table(self)}

    def variable(self, unit: Unit) -> Variable:
        """A constant."""
        from capsim.scenario.variables import Constant

        return Constant(unit(self.mean))


class _Tagged(AbstractLaw):
    """A law whose table starts with its name."""

    def to_plain(self) -> Any:
        """Name of the law first, then what differs from the defaults."""
        return {"law": self.kind, **plain_table(self)}


class Exponential(_Tagged):
    """Exponential with a mean: no memory."""

    kind = "exponential"
    law: Literal["exponential"] = "exponential"
    mean: Duration

    @model_validator(mode="after")
    def _check(self) -> Exponential:
        _positive(self.mean, "mean")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Exponential variable."""
        from capsim.scenario.variables import ExponentialVariable

        return ExponentialVariable(unit(self.mean))


class _MeanSpread(_Tagged):
    """A law given by its mean and either cv or sd."""

    mean: Duration
    """Mean of the variable itself."""
    cv: Number | None = None
    """Standard deviation over mean."""
    sd: Duration | None = None
    """Standard deviation of the variable itself."""

    @model_validator(mode="after")
    def _check(self) -> _MeanSpread:
        _positive(self.mean, "mean")
        if (self.cv is None) == (self.sd is None):
            raise problem("needs either cv or sd", "write one of them, such as cv = 0.5")
        if self.cv is not None and self.cv <= 0:
            raise problem(
                "cv must be above 0", "write a positive cv, or a bare duration if it is fixed", "cv"
            )
        if self.sd is not None:
            _positive(self.sd, "sd")
        return self

    def spread(self, unit: Unit) -> tuple[float, float]:
        """Mean and coefficient of variation."""
        mean = unit(self.mean)
        if self.cv is not None:
            return mean, self.cv
        assert self.sd is not None
        return mean, unit(self.sd) / mean


class Lognormal(_MeanSpread):
    """Lognormal given by mean and cv or sd of the variable itself."""

    kind = "lognormal"
    law: Literal["lognormal"] = "lognormal"

    def variable(self, unit: Unit) -> Variable:
        """Lognormal variable."""
        from capsim.scenario.variables import LognormalVariable

        return LognormalVariable.of(*self.spread(unit))


class Gamma(_MeanSpread):
    """Gamma given by mean and cv or sd."""

    kind = "gamma"
    law: Literal["gamma"] = "gamma"

    def variable(self, unit: Unit) -> Variable:
        """Gamma variable."""
        from capsim.scenario.variables import GammaVariable

        return GammaVariable.of(*self.spread(unit))


class Weibull(_MeanSpread):
    """Weibull given by mean and cv or sd."""

    kind = "weibull"
    law: Literal["weibull"] = "weibull"

    def variable(self, unit: Unit) -> Variable:
        """Weibull variable."""
        from capsim.scenario.variables import WeibullVariable

        return WeibullVariable.of(*self.spread(unit))


class Normal(_MeanSpread):
    """Normal curve cut at 0: mean and sd are of the curve, negative values become 0."""

    kind = "normal"
    law: Literal["normal"] = "normal"

    def variable(self, unit: Unit) -> Variable:
        """Normal variable with its negative values at 0."""
        from capsim.scenario.variables import CutNormalVariable

        mean, cv = self.spread(unit)
        return CutNormalVariable(mean, mean * cv)


class Erlang(_Tagged):
    """Sum of `shape` equal exponential phases."""

    kind = "erlang"
    law: Literal["erlang"] = "erlang"
    mean: Duration
    shape: Annotated[int, Field(strict=True, ge=1)]
    """Number of phases."""

    @model_validator(mode="after")
    def _check(self) -> Erlang:
        _positive(self.mean, "mean")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Gamma variable with a whole shape."""
        from capsim.scenario.variables import GammaVariable

        return GammaVariable(float(self.shape), unit(self.mean) / self.shape)


class Uniform(_Tagged):
    """Every value from `low` to `high` alike."""

    kind = "uniform"
    law: Literal["uniform"] = "uniform"
    low: Duration
    high: Duration

    @model_validator(mode="after")
    def _check(self) -> Uniform:
        _ordered(self.low, self.high, "low", "high")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Uniform variable."""
        from capsim.scenario.variables import UniformVariable

        return UniformVariable(unit(self.low), unit(self.high))


class Triangular(_Tagged):
    """From `low` to `high`, most often near `mode`."""

    kind = "triangular"
    law: Literal["triangular"] = "triangular"
    low: Duration
    mode: Duration
    high: Duration

    @model_validator(mode="after")
    def _check(self) -> Triangular:
        _ordered(self.low, self.high, "low", "high")
        if not _at_most(self.low, self.mode) or not _at_most(self.mode, self.high):
            raise problem(
                "mode must lie between low and high",
                f"write a mode from {self.low} to {self.high}",
                "mode",
            )
        return self

    def variable(self, unit: Unit) -> Variable:
        """Triangular variable."""
        from capsim.scenario.variables import TriangularVariable

        return TriangularVariable(unit(self.low), unit(self.mode), unit(self.high))


class Mixture(_Tagged):
    """One of several laws, each with its share."""

    kind = "mixture"
    law: Literal["mixture"] = "mixture"
    of: tuple[Law, ...]
    """The parts, each a law with its `share`."""

    @model_validator(mode="after")
    def _check(self) -> Mixture:
        if not self.of:
            raise problem("needs at least one part", "write of = [{ share = 1, ... }]", "of")
        shares = [part.share for part in self.of]
        if None in shares:
            raise problem(
                f"part {shares.index(None)} has no share", "give every part a share", "of"
            )
        total = sum(share for share in shares if share is not None)
        if abs(total - 1) > SHARE_TOLERANCE:
            raise problem(
                f"the shares sum to {total:.6g}, not to 1", "correct the shares of the parts", "of"
            )
        if any(part.growth for part in self.of):
            raise problem("a part cannot grow by itself", "give growth to the whole mixture", "of")
        return self

    def durations(self) -> Iterator[tuple[str, Duration]]:
        """Durations of all parts."""
        yield from super().durations()
        for position, part in enumerate(self.of):
            for path, duration in part.durations():
                yield f"of.{position}.{path}", duration

    def variable(self, unit: Unit) -> Variable:
        """Mixture of the parts, each with its own `plus`."""
        from capsim.scenario.compound import MixtureVariable, shifted

        return MixtureVariable.of(
            [part.share or 0.0 for part in self.of],
            [shifted(part.variable(unit), part.plus_in(unit)) for part in self.of],
        )


class Empirical(_Tagged):
    """One of the listed values, by weight."""

    kind = "empirical"
    law: Literal["empirical"] = "empirical"
    values: tuple[Duration, ...]
    weights: tuple[Number, ...] | None = None
    """Relative frequencies, default equal."""

    @model_validator(mode="after")
    def _check(self) -> Empirical:
        check_weights(self.values, self.weights)
        return self

    def durations(self) -> Iterator[tuple[str, Duration]]:
        """All values."""
        yield from super().durations()
        for position, value in enumerate(self.values):
            yield f"values.{position}", value

    def variable(self, unit: Unit) -> Variable:
        """Discrete variable."""
        from capsim.scenario.compound import DiscreteVariable

        weights = self.weights or (1.0,) * len(self.values)
        return DiscreteVariable.of([unit(value) for value in self.values], weights)


class Scipy(_Tagged):
    """A continuous law of `scipy.stats`; what would be negative becomes 0."""

    kind = "scipy"
    law: Literal["scipy"] = "scipy"
    name: str
    """Name in scipy.stats, such as "beta"."""
    args: tuple[Number, ...] = ()
    """Shape parameters, plain numbers."""
    loc: Duration = Duration(0, "s")
    scale: Duration

    @model_validator(mode="after")
    def _check(self) -> Scipy:
        from capsim.scenario.compound import check_scipy

        _positive(self.scale, "scale")
        check_scipy(self.name, self.args)
        return self

    def variable(self, unit: Unit) -> Variable:
        """Frozen scipy.stats law with its negative values at 0."""
        from capsim.scenario.compound import ScipyVariable

        loc = 0.0 if self.loc.value == 0 else unit(self.loc)
        return ScipyVariable.of(self.name, self.args, loc, unit(self.scale))


def _positive(duration: Duration, name: str) -> None:
    if duration.value <= 0:
        raise problem(f"{name} must be above 0", f"write a longer {name}, such as '1 h'", name)


def _at_most(first: Duration, second: Duration) -> bool:
    if first.is_workdays or second.is_workdays:
        return first.exact <= second.exact
    return first.exact_days <= second.exact_days


def _ordered(low: Duration, high: Duration, low_name: str, high_name: str) -> None:
    if not _at_most(low, high):
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


_LAWS: tuple[type[AbstractLaw], ...] = (
    Fixed, Exponential, Lognormal, Gamma, Weibull, Normal, Erlang, Uniform, Triangular, Mixture,
    Empirical, Scipy,
)  # fmt: skip


def _tabled(value: Any) -> Any:
    """A bare duration as the table of a fixed law; anything else unchanged."""
    if isinstance(value, (Duration, str)):
        return {"law": "fixed", "mean": value}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if isinstance(value, (Mapping, AbstractLaw)):
            if isinstance(value, Mapping) and "law" not in value:
                raise problem(
                    "the law is not named",
                    'add law = "..."; known: ' + ", ".join(law.kind for law in _LAWS),
                )
            return value
        raise problem("must be a duration or a law", "write '45 min' or { law = ..., mean = ... }")
    return Duration.parse(value)


Law = Annotated[
    Fixed
    | Exponential
    | Lognormal
    | Gamma
    | Weibull
    | Normal
    | Erlang
    | Uniform
    | Triangular
    | Mixture
    | Empirical
    | Scipy,
    Field(discriminator="law"),
    BeforeValidator(_tabled),
]
"""Any law of durations."""


def _one_or_list(value: Any) -> str:
    return "list" if isinstance(value, (list, tuple)) else "one"


WorkLaws = Annotated[
    Annotated[Law, Tag("one")] | Annotated[tuple[Law, ...], Tag("list")],
    Discriminator(_one_or_list),
]
"""One law for all visits, or one per visit, the last one repeating."""

Mixture.model_rebuild()
