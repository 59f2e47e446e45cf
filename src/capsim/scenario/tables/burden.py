"""The burden of a case: a factor on all of its work, so that heavy cases stay heavy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from capsim.scenario.base import NonNegative, Positive, Table
from capsim.scenario.errors import problem
from capsim.scenario.laws.durations import Empirical, Exponential, Gamma, Lognormal, Weibull
from capsim.scenario.laws.law import SMALLEST_CV, AbstractLaw, check_weights
from capsim.scenario.units import Duration, hours

__all__ = ["Burden"]

_TOLERANCE = 1e-3
_LARGEST_CV = 10.0
_LARGEST_FACTOR = 1000.0
_WITH_CV: dict[str, type[Gamma] | type[Lognormal] | type[Weibull]] = {
    "gamma": Gamma,
    "lognormal": Lognormal,
    "weibull": Weibull,
}


class Burden(Table):
    """A law of factors, drawn once per case, with mean 1.

    Examples
    --------
    >>> round(Burden(law="gamma", cv=0.6).second_moment, 9)
    1.36
    >>> Burden(law="empirical", values=[0.5, 2], weights=[2, 1]).second_moment
    1.5
    """

    law: Literal["gamma", "lognormal", "weibull", "exponential", "empirical"]
    """Name of the law; "empirical" is one of the listed factors, by weight."""
    mean: Positive = 1.0
    """Mean factor, 1 within a thousandth: `work` already says how much a usual case takes."""
    cv: Annotated[float, Field(strict=True, ge=SMALLEST_CV, le=_LARGEST_CV)] | None = None
    """Standard deviation over mean, for gamma, lognormal and weibull."""
    values: tuple[Annotated[NonNegative, Field(le=_LARGEST_FACTOR)], ...] | None = None
    """The factors, for empirical."""
    weights: tuple[NonNegative, ...] | None = None
    """Relative frequencies of the factors, default equal."""

    @model_validator(mode="after")
    def _check(self) -> Burden:
        has_values = self.law == "empirical"
        if has_values:
            if self.values is None:
                raise problem("an empirical burden needs factors", "write values = [0.5, 2.0]")
            check_weights(self.values, self.weights)
        elif self.values is not None or self.weights is not None:
            field = "values" if self.values is not None else "weights"
            raise problem(f"{field} belongs to empirical", 'write law = "empirical"', field)
        if self.law in _WITH_CV and self.cv is None:
            raise problem("needs a cv", "write cv = 0.6, say")
        if self.law not in _WITH_CV and self.cv is not None:
            raise problem(f"{self.law} has no cv of its own", 'remove cv, or write law = "gamma"',
                          "cv")  # fmt: skip
        mean = self.as_law().mean_in(hours) if has_values else self.mean
        if abs(mean - 1) > _TOLERANCE:
            raise problem(
                f"the mean factor is {mean:.6g}, not 1",
                "make it 1 and write the usual amount of work into stages.S.work",
                "values" if has_values else "mean",
            )
        return self

    def as_law(self) -> AbstractLaw:
        """The same law with an hour for 1, as what computes with laws takes it."""
        mean = Duration(self.mean, "h")
        if self.values is not None:
            values = tuple(Duration(value, "h") for value in self.values)
            return Empirical(values=values, weights=self.weights)
        if self.law == "exponential":
            return Exponential(mean=mean)
        return _WITH_CV[self.law](mean=mean, cv=self.cv)

    @property
    def second_moment(self) -> float:
        """Mean of the squared factor: by so much it multiplies that of the work."""
        law = self.as_law()
        return law.mean_in(hours) ** 2 + law.sd_in(hours) ** 2
