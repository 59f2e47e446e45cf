"""One at a time: what happens when one input goes to its ends and all others stay as they are.

The simplest picture, a tornado. It sees no interaction: with two inputs that matter only together
it shows nothing. All rows share their luck, so each change is a paired difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from capsim.experiments.designs.base import (
    AbstractMethod,
    check_points,
    check_responses,
    index_frame,
)
from capsim.experiments.designs.inputs import AbstractInput, inputs_of
from capsim.experiments.results.result import few_replications
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["OneAtATimeDesign"]


@dataclass(frozen=True, eq=False)
class OneAtATimeDesign(AbstractMethod):
    """The scenario as it is, then each input from its low to its high end."""

    method: ClassVar[str] = "oat"
    title: ClassVar[str] = "One at a time"
    headline: ClassVar[tuple[str, str]] = ("low", "high")
    ranked_by: ClassVar[str] = "effect"

    @classmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        points: int | None = None,
        *,
        seed: int = 0,
        scenario: Scenario | None = None,
    ) -> OneAtATimeDesign:
        """The design with `points` values of each input, that is 1 + points * inputs rows.

        Parameters
        ----------
        inputs : mapping
            See `capsim.experiments.designs.inputs`. A law goes from its 5 % to its 95 % quantile.
        points : int
            Values of each input, evenly from one end to the other; default the ends alone.
        seed : int
            Not used: nothing is drawn.
        scenario : Scenario, optional
            Where the paths must lead.

        Examples
        --------
        >>> design = OneAtATimeDesign.of({"x": (0.0, 1.0), "y": (2.0, 3.0)})
        >>> design.overrides
        [{}, {'x': 0.0}, {'x': 1.0}, {'y': 2.0}, {'y': 3.0}]
        """
        points = check_points(
            2 if points is None else points, "oat", 2, "values of each input, the ends included"
        )
        found = inputs_of(inputs, scenario)
        d = len(found)
        positions = np.full((1 + points * d, d), np.nan)
        for k in range(d):
            positions[1 + points * k : 1 + points * (k + 1), k] = np.linspace(0, 1, points)
        return cls(found, positions, np.zeros(len(positions), dtype=np.int64))

    @property
    def points(self) -> int:
        """Number of values of each input."""
        return (len(self) - 1) // len(self.inputs)

    def cautions(self, rows: pd.DataFrame, replications: int) -> list[str]:
        """What a reader of the ranking should know; one replication has no intervals."""
        return [] if replications == 1 else super().cautions(rows, replications)

    def _doubts(self, value: Floats, lower: Floats, upper: Floats, replications: int) -> list[str]:
        few = few_replications(replications)
        if value.any() and ((lower <= 0) & (upper >= 0)).all():
            few.append("No effect is clearly other than 0: take more replications, or wider ends.")
        return few

    def _place(self, one: AbstractInput, position: float) -> dict[str, Any]:
        return one.across(position)

    def _total(self, luck: Floats, between: Floats) -> Floats:
        # Rows share their luck, so it does not show in the variance between them.
        return luck + between

    def outcome(self, responses: ArrayLike, *, confidence: float = 0.95) -> tuple[float, ...]:
        """Mean outcome of the scenario as it is, with lower and upper limit."""
        from capsim.estimates import mean_interval

        found = mean_interval(check_responses(self, responses)[0], confidence=confidence)
        return (found.estimate, found.lower, found.upper)

    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """Changes of the outcome: input, index, value, lower, upper.

        `low` and `high`: from the scenario as it is to that end of the input; `effect`: from the
        low to the high end. t intervals of paired differences, NaN with one replication.
        """
        from capsim.estimates import mean_intervals

        matrix = check_responses(self, responses)
        first = 1 + self.points * np.arange(len(self.inputs))
        low, high = matrix[first], matrix[first + self.points - 1]
        pairs = {"low": (low, matrix[0]), "high": (high, matrix[0]), "effect": (high, low)}
        columns = {}
        for index, (there, here) in pairs.items():
            # Infinite where either was not reached: such an input has no mean change, and the
            # replication is not left out of it.
            known = np.isfinite(there) & np.isfinite(here)
            change = np.full(known.shape, np.inf)
            np.subtract(there, here, out=change, where=known)
            value, lower, upper, _ = mean_intervals(change.T, confidence=confidence)
            columns[index] = (value, lower, upper)
        return index_frame(self.names, columns)
