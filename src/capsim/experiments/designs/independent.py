"""Independent draws of uncertain inputs, each simulated on luck of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates.bootstrap import generator
from capsim.estimates.variance import jackknife
from capsim.experiments.designs.base import (
    AbstractDesign,
    check_responses,
    index_frame,
)
from capsim.experiments.designs.inputs import inputs_of
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["SampleDesign"]

_ROWS_PER_TERM = 3
"""Rows that each term of the regression needs at least."""


@dataclass(frozen=True, eq=False)
class SampleDesign(AbstractDesign):
    """Rows drawn independently from the laws of the inputs."""

    method: ClassVar[str] = "sample"

    @classmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        samples: int,
        *,
        seed: int,
        scenario: Scenario | None = None,
    ) -> SampleDesign:
        """The design with `samples` rows; more begin with the same ones.

        Parameters
        ----------
        inputs : mapping
            See `capsim.experiments.designs.inputs`.
        samples : int
            At least 10.
        seed : int
        scenario : Scenario, optional
            Where the paths must lead.

        Examples
        --------
        >>> SampleDesign.of({"x": (0.0, 1.0)}, 10, seed=1).numbers().shape
        (10, 1)
        """
        if isinstance(samples, bool) or not isinstance(samples, int | np.integer) or samples < 10:
            raise ValueError(
                f"samples = {samples!r} must be a whole number of at least 10; 50 to 500 are usual"
            )
        found = inputs_of(inputs, scenario)
        positions = generator(seed, 1).random((int(samples), len(found)))
        return cls(found, positions, np.arange(int(samples)))

    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """Share of the variance of single runs that each input explains alone (index "main").

        Columns input, index, value, lower, upper. A quadratic in the position of each input is
        fitted to the means of the rows, and what its terms would explain by chance is taken off,
        so that an input without influence has about 0, above or below. It sees no interaction;
        `capsim.sensitivity` does. Samples without an order (tables, joint rows) have no such
        share, and NaN stands for all with fewer than three rows per term.
        """
        matrix = check_responses(self, responses)
        n, d = len(matrix), len(self.inputs)
        terms = 2 * d + 1
        if n < max(_ROWS_PER_TERM * terms, terms + 2) or not np.isfinite(matrix).all():
            return index_frame(self.names, {"main": (np.full(d, np.nan),) * 3})
        value, without = _explained(self.positions, matrix)
        if not np.isfinite(value).all():
            return index_frame(self.names, {"main": (np.full(d, np.nan),) * 3})
        # The jackknife says how precise the value is; its own centre is noisier.
        _, half = jackknife(value, without, confidence)
        return index_frame(self.names, {"main": (value, value - half, value + half)})


def _explained(positions: Floats, matrix: Floats) -> tuple[Floats, Floats]:
    """Shares explained by each input: with all rows (inputs,), without each (rows, inputs)."""
    n, r = matrix.shape
    u = positions
    linear, square = np.sqrt(3) * (2 * u - 1), np.sqrt(5) * (6 * u**2 - 6 * u + 1)
    d = u.shape[1]
    x = np.column_stack([np.ones(n), linear, square])
    means = matrix.mean(axis=1)
    means = means - means.mean()
    within = matrix.var(axis=1, ddof=1) if r > 1 else np.zeros(n)
    inverse = np.linalg.inv(x.T @ x)
    influence = x @ inverse  # (n, terms)
    fit = influence.T @ means
    left = means - x @ fit
    leverage = np.minimum((influence * x).sum(axis=1), 1 - 1e-9)
    deleted = left / (1 - leverage)
    rest = (left**2).sum()
    spare = n - x.shape[1]

    def shares(fit: Floats, luck: Floats, total: Floats) -> Floats:
        explained = fit**2 - luck
        with np.errstate(divide="ignore", invalid="ignore"):
            return (explained[..., 1 : d + 1] + explained[..., d + 1 :]) / total[..., None]

    value = shares(
        fit,
        rest / spare * np.diag(inverse),
        np.asarray(means.var(ddof=1) + within.mean() * (1 - 1 / r)),
    )
    # Everything without one row in closed form.
    fits = fit - influence * deleted[:, None]
    lucks = ((rest - left * deleted) / (spare - 1))[:, None] * (
        np.diag(inverse) + influence**2 / (1 - leverage)[:, None]
    )
    squares = (means**2).sum() - means**2 * n / (n - 1)
    totals = squares / (n - 2) + (within.sum() - within) / (n - 1) * (1 - 1 / r)
    return value, shares(fits, lucks, totals)
