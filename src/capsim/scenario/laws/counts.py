"""Laws of counts: how many visits a stage takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from capsim.scenario.base import Growth, Number, Table, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.laws.law import check_weights

__all__ = [
    "COUNT_LAWS",
    "AbstractCountLaw",
    "CountLaw",
    "EmpiricalCount",
    "Geometric",
    "Poisson",
    "Visits",
    "expected_count",
]


MOST_VISITS = 10_000
"""Most visits that a stage takes, or has in the mean."""


class AbstractCountLaw(Table):
    """A law of whole numbers from 1; a value below 1 becomes 1."""

    kind: ClassVar[str]

    growth: Growth = 0.0
    """Growth of the mean in a year, compounding: the draw is multiplied and rounded half up."""

    def to_plain(self) -> Any:
        """Name of the law first."""
        return {"law": self.kind, **plain_table(self)}

    def pmf(self) -> np.ndarray:
        """Probabilities of 1, 2, 3, ... up to a tail below 1e-15; they sum to 1."""
        raise TypeError(f"{type(self).__name__} has no probabilities of its own")

    @property
    def expectation(self) -> float:
        """Mean of what is drawn, so after values below 1 have become 1."""
        probabilities = self.pmf()
        return float(probabilities @ np.arange(1, len(probabilities) + 1))

    def residual_pmf(self) -> np.ndarray:
        """Probabilities that 1, 2, 3, ... remain, the current one included, in equilibrium.

        P(remaining = k) = P(N >= k) / E[N].
        """
        probabilities = self.pmf()
        tail = np.cumsum(probabilities[::-1])[::-1]
        return tail / tail.sum()


class Geometric(AbstractCountLaw):
    """Geometric from 1: after each visit the same chance to go on.

    P(N = n) = p (1 - p)^(n - 1) with p = 1 / mean.
    """

    kind = "geometric"
    law: Literal["geometric"] = "geometric"
    """Name of the law."""
    mean: Annotated[float, Field(strict=True, gt=0, le=MOST_VISITS, allow_inf_nan=False)]
    """Mean number, at least 1."""

    @model_validator(mode="after")
    def _check(self) -> Geometric:
        if self.mean < 1:
            raise problem("the mean must be at least 1", "a geometric count starts at 1", "mean")
        return self

    def pmf(self) -> np.ndarray:
        """Closed form."""
        chance = 1 / self.mean
        if chance == 1:
            return np.ones(1)
        last = int(np.ceil(np.log(1e-15) / np.log1p(-chance))) + 1
        probabilities = chance * np.exp(np.log1p(-chance) * np.arange(last))
        return probabilities / probabilities.sum()


class Poisson(AbstractCountLaw):
    """Poisson with the stated mean m; 0 becomes 1, which makes the mean m + exp(-m)."""

    kind = "poisson"
    law: Literal["poisson"] = "poisson"
    """Name of the law."""
    mean: Annotated[float, Field(strict=True, gt=0, le=MOST_VISITS, allow_inf_nan=False)]
    """Mean number before 0 becomes 1."""

    def pmf(self) -> np.ndarray:
        """Probabilities with those of 0 and 1 together."""
        from scipy.special import gammaln

        last = int(self.mean + 12 * np.sqrt(self.mean) + 30)
        counts = np.arange(last + 1)
        probabilities = np.exp(counts * np.log(self.mean) - self.mean - gammaln(counts + 1))
        probabilities[1] += probabilities[0]
        return probabilities[1:] / probabilities[1:].sum()


class EmpiricalCount(AbstractCountLaw):
    """One of the listed counts, by weight."""

    kind = "empirical"
    law: Literal["empirical"] = "empirical"
    """Name of the law."""
    values: tuple[Annotated[int, Field(strict=True, ge=0, le=MOST_VISITS)], ...]
    """The observed numbers."""
    weights: tuple[Number, ...] | None = None
    """Relative frequencies, default equal."""

    @model_validator(mode="after")
    def _check(self) -> EmpiricalCount:
        check_weights(self.values, self.weights)
        return self

    def pmf(self) -> np.ndarray:
        """Weights over their sum, values below 1 at 1."""
        weights = self.weights or (1.0,) * len(self.values)
        counts = np.maximum(np.array(self.values), 1)
        probabilities = np.bincount(counts - 1, weights=np.array(weights, dtype=float))
        return probabilities / probabilities.sum()


COUNT_LAWS: tuple[type[AbstractCountLaw], ...] = (Geometric, Poisson, EmpiricalCount)

if TYPE_CHECKING:
    CountLaw = AbstractCountLaw
else:
    CountLaw = Annotated[Union[COUNT_LAWS], Field(discriminator="law")]  # noqa: UP007
"""Any law of counts."""


def _checked(value: Any) -> Any:
    if isinstance(value, AbstractCountLaw):
        return value
    if isinstance(value, Mapping):
        if "law" not in value:
            known = ", ".join(law.kind for law in COUNT_LAWS)
            raise problem("the law is not named", f'add law = "..."; known: {known}')
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise problem("must be a whole number or a law of counts", "write visits = 2, say")
    if value < 1:
        raise problem("must be at least 1", "a stage takes one visit or more")
    if value > MOST_VISITS:
        raise problem(f"must be at most {MOST_VISITS:,}", "write fewer visits")
    return value


def _integer_or_law(value: Any) -> str:
    return "integer" if isinstance(value, int) else "count_law"


Visits = Annotated[
    Annotated[int, Tag("integer")] | Annotated[CountLaw, Tag("count_law")],
    Discriminator(_integer_or_law),
    BeforeValidator(_checked),
]
"""A number of visits: a whole number, or a law of counts."""


def expected_count(visits: int | AbstractCountLaw) -> float:
    """Mean of a whole number or of a law of counts."""
    return float(visits) if isinstance(visits, int) else visits.expectation
