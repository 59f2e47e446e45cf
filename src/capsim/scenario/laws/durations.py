"""Laws of durations, as a scenario writes them.

`mean`, `cv` and `sd` are of the variable itself, never of its logarithm. The exception is
`Normal`, whose mean and sd are those of the curve before it is cut at 0. A new law is a class here,
named in `LAWS`, over a variable of `capsim.scenario.laws.variables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from capsim.scenario.base import Number, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.laws.compound import (
    DiscreteVariable,
    MixtureVariable,
    ScipyVariable,
    check_scipy,
    shifted,
)
from capsim.scenario.laws.law import (
    SHARE_TOLERANCE,
    AbstractLaw,
    AbstractMeanSpread,
    AbstractTagged,
    check_ordered,
    check_positive,
    check_weights,
    is_at_most,
)
from capsim.scenario.laws.variable import Constant, Variable
from capsim.scenario.laws.variables import (
    CutNormalVariable,
    ExponentialVariable,
    GammaVariable,
    LognormalVariable,
    TriangularVariable,
    UniformVariable,
    WeibullVariable,
)
from capsim.scenario.units import Duration, Unit

__all__ = [
    "LAWS",
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


class Fixed(AbstractLaw):
    """Always the same duration; a bare text such as ``"45 min"`` is one."""

    kind = "fixed"
    law: Literal["fixed"] = "fixed"
    """Name of the law."""
    mean: Duration
    """The duration."""

    def to_plain(self) -> Any:
        """The text alone unless there is more to say."""
        if self.plus is None and self.growth == 0 and self.share is None:
            return str(self.mean)
        return {"law": self.law, **plain_table(self)}

    def variable(self, unit: Unit) -> Variable:
        """A constant."""
        return Constant(unit(self.mean))


class Exponential(AbstractTagged):
    """Exponential: what remains is as long as the whole, however long it has lasted.

    P(X > x) = exp(-x / mean).
    """

    kind = "exponential"
    law: Literal["exponential"] = "exponential"
    """Name of the law."""
    mean: Duration
    """Mean."""

    @model_validator(mode="after")
    def _check(self) -> Exponential:
        check_positive(self.mean, "mean")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Exponential variable."""
        return ExponentialVariable(unit(self.mean))


class Lognormal(AbstractMeanSpread):
    """Lognormal given by mean and cv or sd of the variable itself.

    log X is normal with variance s^2 = log(1 + cv^2) and mean log(mean) - s^2 / 2 (Johnson, Kotz
    and Balakrishnan, Continuous Univariate Distributions, volume 1, chapter 14).
    """

    kind = "lognormal"
    law: Literal["lognormal"] = "lognormal"
    """Name of the law."""

    def variable(self, unit: Unit) -> Variable:
        """Lognormal variable."""
        return LognormalVariable.of(*self.spread(unit))


class Gamma(AbstractMeanSpread):
    """Gamma given by mean and cv or sd.

    Shape 1 / cv^2 and scale mean cv^2 (Johnson, Kotz and Balakrishnan, volume 1, chapter 17).
    """

    kind = "gamma"
    law: Literal["gamma"] = "gamma"
    """Name of the law."""

    def variable(self, unit: Unit) -> Variable:
        """Gamma variable."""
        return GammaVariable.of(*self.spread(unit))


class Weibull(AbstractMeanSpread):
    """Weibull given by mean and cv or sd.

    P(X > x) = exp(-(x / b)^k), with 1 + cv^2 = G(1 + 2 / k) / G(1 + 1 / k)^2 and
    b = mean / G(1 + 1 / k) for the gamma function G (Johnson, Kotz and Balakrishnan, volume 1,
    chapter 21).
    """

    kind = "weibull"
    largest_cv = 100.0
    law: Literal["weibull"] = "weibull"
    """Name of the law."""

    def variable(self, unit: Unit) -> Variable:
        """Weibull variable."""
        return WeibullVariable.of(*self.spread(unit))


class Normal(AbstractMeanSpread):
    """Normal curve cut at 0: mean and sd are of the curve, negative values become 0.

    X = max(0, N); its own mean is m F(m / s) + s f(m / s) for mean m and sd s of the curve, with
    the standard normal distribution function F and density f (the censored normal of Tobin,
    Econometrica 26, 1958).
    """

    kind = "normal"
    law: Literal["normal"] = "normal"
    """Name of the law."""

    def variable(self, unit: Unit) -> Variable:
        """Normal variable with its negative values at 0."""
        mean, cv = self.spread(unit)
        return CutNormalVariable(mean, mean * cv)


class Erlang(AbstractTagged):
    """Sum of `shape` equal exponential phases (Erlang, 1917): its cv is 1 / sqrt(shape)."""

    kind = "erlang"
    law: Literal["erlang"] = "erlang"
    """Name of the law."""
    mean: Duration
    """Mean of the sum."""
    shape: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    """Number of phases."""

    @model_validator(mode="after")
    def _check(self) -> Erlang:
        check_positive(self.mean, "mean")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Gamma variable with a whole shape."""
        return GammaVariable(float(self.shape), unit(self.mean) / self.shape)


class Uniform(AbstractTagged):
    """Every value from `low` to `high` alike: P(X > x) = (high - x) / (high - low)."""

    kind = "uniform"
    scaled_by = "high"
    law: Literal["uniform"] = "uniform"
    """Name of the law."""
    low: Duration
    """Shortest duration."""
    high: Duration
    """Longest duration."""

    @model_validator(mode="after")
    def _check(self) -> Uniform:
        check_ordered(self.low, self.high, "low", "high")
        return self

    def variable(self, unit: Unit) -> Variable:
        """Uniform variable."""
        return UniformVariable(unit(self.low), unit(self.high))


class Triangular(AbstractTagged):
    """From `low` to `high`, most often near `mode`; the mean is that of the three."""

    kind = "triangular"
    scaled_by = "high"
    law: Literal["triangular"] = "triangular"
    """Name of the law."""
    low: Duration
    """Shortest duration."""
    mode: Duration
    """Most likely duration."""
    high: Duration
    """Longest duration."""

    @model_validator(mode="after")
    def _check(self) -> Triangular:
        check_ordered(self.low, self.high, "low", "high")
        if not is_at_most(self.low, self.mode) or not is_at_most(self.mode, self.high):
            raise problem(
                "mode must lie between low and high",
                f"write a mode from {self.low} to {self.high}",
                "mode",
            )
        return self

    def variable(self, unit: Unit) -> Variable:
        """Triangular variable."""
        return TriangularVariable(unit(self.low), unit(self.mode), unit(self.high))


class Mixture(AbstractTagged):
    """One of several laws, each with its share."""

    kind = "mixture"
    law: Literal["mixture"] = "mixture"
    """Name of the law."""
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
        return MixtureVariable.of(
            [part.share or 0.0 for part in self.of],
            [shifted(part.variable(unit), part.plus_in(unit)) for part in self.of],
        )


class Empirical(AbstractTagged):
    """One of the listed values, by weight."""

    kind = "empirical"
    law: Literal["empirical"] = "empirical"
    """Name of the law."""
    values: tuple[Duration, ...]
    """The observed durations."""
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
        weights = self.weights or (1.0,) * len(self.values)
        return DiscreteVariable.of([unit(value) for value in self.values], weights)


class Scipy(AbstractTagged):
    """A continuous law of `scipy.stats`; what would be negative becomes 0."""

    kind = "scipy"
    scaled_by = "scale"
    law: Literal["scipy"] = "scipy"
    """Name of the law."""
    name: str
    """Name in scipy.stats, such as "beta"."""
    args: tuple[Number, ...] = ()
    """Shape parameters, plain numbers."""
    loc: Duration = Duration(0, "s")
    """Where the law of scipy begins, its `loc`."""
    scale: Duration
    """Length that stands for 1 in the law of scipy, its `scale`."""

    @model_validator(mode="after")
    def _check(self) -> Scipy:
        check_positive(self.scale, "scale")
        check_scipy(self.name, self.args)
        return self

    def variable(self, unit: Unit) -> Variable:
        """Frozen scipy.stats law with its negative values at 0."""
        loc = 0.0 if self.loc.value == 0 else unit(self.loc)
        return ScipyVariable(self.name, self.args, loc, unit(self.scale))


LAWS: tuple[type[AbstractLaw], ...] = (
    Fixed, Exponential, Lognormal, Gamma, Weibull, Normal, Erlang, Uniform, Triangular, Mixture,
    Empirical, Scipy,
)  # fmt: skip
"""Every law of durations, in the order in which messages name them."""


def _tabled(value: Any) -> Any:
    """A bare duration as the table of a fixed law; anything else unchanged."""
    if isinstance(value, (Duration, str)):
        return {"law": "fixed", "mean": value}
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if isinstance(value, (Mapping, AbstractLaw)):
            if isinstance(value, Mapping) and "law" not in value:
                raise problem(
                    "the law is not named",
                    'add law = "..."; known: ' + ", ".join(law.kind for law in LAWS),
                )
            return value
        raise problem("must be a duration or a law", "write '45 min' or { law = ..., mean = ... }")
    return Duration.parse(value)


if TYPE_CHECKING:
    Law = AbstractLaw
else:
    Law = Annotated[Union[LAWS], Field(discriminator="law"), BeforeValidator(_tabled)]  # noqa: UP007
"""Any law of durations."""


def _one_or_list(value: Any) -> str:
    return "list" if isinstance(value, (list, tuple)) else "one"


WorkLaws = Annotated[
    Annotated[Law, Tag("one")] | Annotated[tuple[Law, ...], Tag("list")],
    Discriminator(_one_or_list),
]
"""One law for all visits, or one per visit, the last one repeating."""

Mixture.model_rebuild()
