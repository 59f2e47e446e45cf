"""Morris's elementary effects: a first look at many inputs for few runs.

Each trajectory starts at a random point of a grid and moves one input after the other by about half
of its range; the change of the outcome, per whole range, is an elementary effect of that input.
Over trajectories, mu is their mean, mu_star the mean of their sizes (influence, whatever its
direction) and sigma their standard deviation (interaction or curvature). Morris (1991), "Factorial
sampling plans for preliminary computational experiments", Technometrics 33(2); mu_star after
Campolongo, Cariboni and Saltelli (2007), Environmental Modelling & Software 22(10), section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates.bootstrap import bootstrap, generator
from capsim.experiments.designs.base import (
    AbstractMethod,
    check_points,
    check_responses,
    index_frame,
)
from capsim.experiments.designs.inputs import AbstractInput, inputs_of
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["MorrisDesign"]

LEAST = 4
"""Trajectories below which intervals are the few effects themselves."""

LEVELS = 4
"""Grid of each input, as Morris recommends; a step is 2 / 3 of the range."""

_STEP = LEVELS / (2 * (LEVELS - 1))


@dataclass(frozen=True, eq=False)
class MorrisDesign(AbstractMethod):
    """Trajectories of inputs + 1 rows; those of one trajectory share their luck."""

    method: ClassVar[str] = "morris"
    title: ClassVar[str] = "Elementary effects"
    headline: ClassVar[tuple[str, str]] = ("mu_star", "sigma")
    ranked_by: ClassVar[str] = "mu_star"

    @classmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        points: int | None = None,
        *,
        seed: int = 0,
        scenario: Scenario | None = None,
    ) -> MorrisDesign:
        """The design with `points` trajectories, that is points * (inputs + 1) rows.

        Parameters
        ----------
        inputs : mapping
            See `capsim.experiments.designs.inputs`.
        points : int
            Trajectories, at least 4; 10 to 50 are usual. More begin with the same ones.
        seed : int
        scenario : Scenario, optional
            Where the paths must lead.

        Examples
        --------
        >>> design = MorrisDesign.of({"x": (0.0, 1.0), "y": (0.0, 3.0)}, 10, seed=1)
        >>> x, y = design.numbers().T
        >>> frame = design.analyse(2 * x - y)
        >>> frame.loc[frame["index"] == "mu", "value"].round(6).tolist()
        [2.0, -3.0]
        """
        points = check_points(
            points,
            "morris",
            LEAST,
            "trajectories, each run once per input and once; 10 to 50 are usual",
            "trajectories, such as 20",
        )
        found = inputs_of(inputs, scenario)
        random = generator(seed, 1)
        positions = np.concatenate([_trajectory(len(found), random) for _ in range(points)])
        return cls(found, positions, np.repeat(np.arange(points), len(found) + 1))

    @property
    def points(self) -> int:
        """Number of trajectories."""
        return len(self) // (len(self.inputs) + 1)

    def _doubts(self, value: Floats, lower: Floats, upper: Floats, replications: int) -> list[str]:
        if len(value) < 2 or value.max() == 0 or lower.max() > upper.min():
            return []
        return [
            "The intervals of mu_star all overlap, so no input is shown to matter more than "
            f"another: take more than {self.points} trajectories, or more replications."
        ]

    def _place(self, one: AbstractInput, position: float) -> dict[str, Any]:
        return one.across(position)

    def effects(self, responses: ArrayLike) -> Floats:
        """(trajectories, inputs) elementary effects, per whole range of an input."""
        d = len(self.inputs)
        means = check_responses(self, responses).mean(axis=1).reshape(self.points, d + 1)
        means = np.where(np.isfinite(means), means, np.nan)  # not reached: no effect is known
        moves = np.diff(self.positions.reshape(self.points, d + 1, d), axis=1)
        order = np.abs(moves).argmax(axis=2)
        steps = np.take_along_axis(moves, order[..., None], axis=2)[..., 0]
        effects = np.empty((self.points, d))
        np.put_along_axis(effects, order, np.diff(means, axis=1) / steps, axis=1)
        return effects

    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """mu_star, mu and sigma of each input, in the unit of the outcome per whole range.

        Columns input, index, value, lower, upper; NaN where some row has no value. Trajectories
        are resampled for the intervals.
        """
        effects = self.effects(responses)
        n, d = effects.shape

        def indices(averages: Floats) -> Floats:
            size, mean, square = np.split(averages, 3, axis=-1)
            variance = np.maximum(square - mean**2, 0.0) * n / (n - 1)
            return np.concatenate([size, mean, np.sqrt(variance)], axis=-1)

        # Equal effects would leave rounding of their squares as a spread.
        centre = effects[0]
        columns = np.column_stack([np.abs(effects), effects - centre, (effects - centre) ** 2])
        found = bootstrap(columns, indices, confidence=confidence, seed=seed)
        mu = tuple(values[d : 2 * d] + centre for values in found)
        return index_frame(
            self.names,
            {
                "mu_star": tuple(values[:d] for values in found),
                "mu": mu,
                "sigma": tuple(values[2 * d :] for values in found),
            },
        )


def _trajectory(d: int, random: np.random.Generator) -> Floats:
    """(d + 1, d) positions; from each row to the next one input moves by a step up or down."""
    low = random.integers(0, LEVELS // 2, size=d) / (LEVELS - 1)
    upwards = random.random(d) < 0.5
    start = np.where(upwards, low, low + _STEP)
    end = np.where(upwards, low + _STEP, low)
    turn = np.argsort(random.permutation(d))
    moved = np.arange(d + 1)[:, None] > turn[None, :]
    return np.where(moved, end, start)
