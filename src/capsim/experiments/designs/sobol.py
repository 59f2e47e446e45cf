"""Sobol' indices: which share of the variance of the outcome is due to which input.

The first order index S1 of an input is the share of the variance that disappears on average when
that input is known; the total index ST is the share that remains when all others are known, its
interactions included. Estimates after Saltelli et al. (2010), "Variance based sensitivity analysis
of model output", Computer Physics Communications 181, table 2 (b) and (f), computed by
`scipy.stats.sobol_indices` from rows A, B and, for each input, A with that column of B. The points
are a scrambled Sobol' sequence, so n must be a power of 2; a larger n begins with the same rows.

Luck is an input like any other, but one that nobody varies: all rows of a base row share it. So
shares are of the variance that is there, what luck adds to the averages of the replications
included (`noise` says how much that is), an index includes the interaction of its input with luck,
and an input without influence has an index of exactly 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capsim.estimates.bootstrap import bootstrap, generator
from capsim.experiments.designs.base import (
    AbstractMethod,
    check_points,
    check_responses,
    index_frame,
)
from capsim.experiments.designs.inputs import inputs_of
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["SobolDesign"]

LEAST = 16
"""Base rows below which an index may come out anywhere, and its interval say nothing."""

WIDE, NARROW = 0.5, 0.2
"""Width of an interval of an index that is too much, and one that can be read."""


@dataclass(frozen=True, eq=False)
class SobolDesign(AbstractMethod):
    """For each base row: A, B, and A with one column of B for each input in turn."""

    method: ClassVar[str] = "sobol"
    title: ClassVar[str] = "Sobol' indices"
    headline: ClassVar[tuple[str, str]] = ("ST", "S1")
    ranked_by: ClassVar[str] = "ST"

    @classmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        points: int | None = None,
        *,
        seed: int = 0,
        scenario: Scenario | None = None,
    ) -> SobolDesign:
        """The design with `points` base rows, that is points * (inputs + 2) rows.

        Parameters
        ----------
        inputs : mapping
            See `capsim.experiments.designs.inputs`.
        points : int
            A power of 2, at least 16: fewer say nothing.
        seed : int
            Of the scrambling of the sequence.
        scenario : Scenario, optional
            Where the paths must lead.

        Raises
        ------
        ValueError
            If `points` is no power of 2, or too small.

        Examples
        --------
        >>> design = SobolDesign.of({"x": (0.0, 1.0), "y": (0.0, 1.0)}, 256, seed=1)
        >>> x, y = design.numbers().T
        >>> frame = design.analyse(2 * x + y)  # exactly 0.8 and 0.2
        >>> frame.loc[frame["index"] == "S1", "value"].round(2).tolist()
        [0.8, 0.2]
        """
        from scipy.stats import qmc

        points = check_points(
            points,
            "sobol",
            LEAST,
            "base rows, each run once per input and twice; 64 or more are usual",
            "a power of 2, such as 128",
        )
        if points & (points - 1):
            below = 1 << (points.bit_length() - 1)
            raise ValueError(
                f"points = {points} must be a power of 2 for method 'sobol', because the points "
                f"are balanced only then: write {below} or {2 * below}"
            )
        found = inputs_of(inputs, scenario)
        d = len(found)
        sequence = qmc.Sobol(2 * d, seed=generator(seed, 1))
        sample = sequence.random_base2(points.bit_length() - 1)
        a, b = sample[:, :d], sample[:, d:]
        mixed = [np.where(np.arange(d) == k, b, a) for k in range(d)]
        positions = np.stack([a, b, *mixed], axis=1).reshape(-1, d)
        return cls(found, positions, np.repeat(np.arange(points), d + 2))

    @property
    def points(self) -> int:
        """Number of base rows."""
        return len(self) // (len(self.inputs) + 2)

    def cell(self, row: Mapping[Any, Any]) -> str:
        """A share of the variance with its interval."""
        if row["value"] != row["value"]:
            return "none"
        return f"{row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"

    def _doubts(self, value: Floats, lower: Floats, upper: Floats, replications: int) -> list[str]:
        widest = float((upper - lower).max())
        if widest <= WIDE:
            return []
        more = 2 ** int(np.ceil(np.log2(self.points * (widest / NARROW) ** 2)))
        return [
            f"An interval of ST is {widest:.2f} wide, of a share between 0 and 1: {self.points} "
            f"base rows are too few to say how much an input matters; points={more} would make it "
            f"about {NARROW} wide."
        ]

    def _judged(self) -> NDArray[np.bool_]:
        return np.tile(np.arange(len(self.inputs) + 2) < 2, self.points)

    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """First order (S1) and total (ST) index of each input: input, index, value, lower, upper.

        NaN where the outcome does not vary, or has no value in some row. Base rows are resampled
        for the intervals, which are cautious: the rows of a Sobol' sequence cover the inputs more
        evenly than independent ones would.
        """
        from scipy.stats import sobol_indices

        means = check_responses(self, responses).mean(axis=1)
        d = len(self.inputs)
        parts = means.reshape(self.points, d + 2)
        if not np.isfinite(parts).all() or np.ptp(parts[:, :2]) == 0:
            nothing = (np.full(d, np.nan),) * 3
            return index_frame(self.names, {"S1": nothing, "ST": nothing})
        a, b, mixed = parts[:, 0], parts[:, 1], parts[:, 2:]
        # scipy drops the axis of inputs if there is one only, and then fails on it: give it twice.
        crossed = mixed.T[:, None] if d > 1 else np.stack([mixed.T, mixed.T])
        found = sobol_indices(func={"f_A": a[None], "f_B": b[None], "f_AB": crossed}, n=self.points)
        first_order, total_order = (
            np.reshape(values, -1)[:d] for values in (found.first_order, found.total_order)
        )
        centre = parts[:, :2].mean()
        a, b, mixed = a - centre, b - centre, mixed - centre
        change = mixed - a[:, None]
        columns = np.column_stack([a + b, a**2 + b**2, change, b[:, None] * change, change**2])

        def indices(averages: Floats) -> Floats:
            shift = averages[..., :1] / 2
            variance = averages[..., 1:2] / 2 - shift**2
            drift, product, square = np.split(averages[..., 2:], 3, axis=-1)
            with np.errstate(divide="ignore", invalid="ignore"):
                first = (product - shift * drift) / variance
                return np.concatenate([first, square / 2 / variance], axis=-1)

        _, lower, upper = bootstrap(columns, indices, confidence=confidence, seed=seed)
        return index_frame(
            self.names,
            {
                "S1": (first_order, lower[:d], upper[:d]),
                "ST": (total_order, lower[d:], upper[d:]),
            },
        )
