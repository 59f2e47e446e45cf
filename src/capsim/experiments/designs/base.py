"""Designs: which values of the inputs are tried together, and which of them share their luck.

A design is made without a simulation, run by `capsim.experiments.run_design`, and analyses what
comes back; each step can be used alone. What makes a design one for a stochastic model are its
*base rows*: rows that differ in some inputs only and are compared with each other. They are
simulated with the same replications of the seed, row k of the base with the replications
k * r to (k + 1) * r - 1, so that a difference between them is one of the inputs. With independent
luck instead, an input without any influence looks like one with a large one: it gets the noise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from capsim.catalogue.shown import difference_interval, shown_difference
from capsim.estimates.bootstrap import bootstrap
from capsim.experiments.designs.inputs import AbstractInput, inputs_of
from capsim.plan.plan import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["AbstractDesign", "AbstractMethod", "FreeDesign", "check_points"]


INDEX_COLUMNS = ("input", "index", "value", "lower", "upper")


@dataclass(frozen=True, eq=False)
class AbstractDesign(ABC):
    """Rows of positions of the inputs.

    Attributes
    ----------
    inputs : tuple of AbstractInput
    positions : (rows, inputs) float64
        Between 0 and 1; NaN: as the scenario has it.
    base : (rows,) int64
        Base row of each row; equal ones share their luck.
    """

    inputs: tuple[AbstractInput, ...]
    positions: Floats
    base: Ints

    method: ClassVar[str]
    """Its name."""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.positions)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(one.name for one in self.inputs)

    @property
    def overrides(self) -> list[dict[str, Any]]:
        """What each row sets in the scenario."""
        return [
            {
                path: value
                for one, position in zip(self.inputs, row, strict=True)
                if position == position
                for path, value in self._place(one, position).items()
            }
            for row in self.positions.tolist()
        ]

    def _place(self, one: AbstractInput, position: float) -> dict[str, Any]:
        return one.at(position)

    def table(self) -> pd.DataFrame:
        """One row per row of the design: base, and a column per path with its value."""
        import pandas as pd

        paths = [path for one in self.inputs for path in one.paths]
        frame = pd.DataFrame(self.overrides, columns=paths)
        frame.insert(0, "base", self.base)
        return frame

    def numbers(self) -> Floats:
        """(rows, inputs) values of inputs that are numbers, for a function of them.

        Raises
        ------
        TypeError
            If an input is something else.
        """
        frame = self.table().drop(columns="base")
        try:
            return frame.to_numpy(dtype=np.float64)
        except (TypeError, ValueError):
            raise TypeError("numbers(): some input is no number; use table() instead") from None

    @abstractmethod
    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """What each input does: input, index, value, lower, upper.

        Parameters
        ----------
        responses : (rows,) or (rows, replications)
            One measure; replications are averaged.
        confidence : float
            Of each interval by itself.
        seed : int
            Of the bootstrap.
        """

    def _judged(self) -> NDArray[np.bool_]:
        """Rows whose values say how the outcome varies with the inputs."""
        return np.ones(len(self), dtype=bool)

    def outcome(self, responses: ArrayLike, *, confidence: float = 0.95) -> tuple[float, ...]:
        """Mean outcome over the inputs, with lower and upper limit."""
        from capsim.estimates import mean_interval

        rows = self._judged()
        means = check_responses(self, responses).mean(axis=1)[rows]
        if not np.isfinite(means).all():
            return (np.nan, np.nan, np.nan)
        base = self.base[rows]
        _, place = np.unique(base, return_inverse=True)
        found = mean_interval(np.bincount(place, means) / np.bincount(place), confidence=confidence)
        return (found.estimate, found.lower, found.upper)

    def noise(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> dict[str, float]:
        """How much of what is seen is luck rather than inputs.

        Parameters
        ----------
        responses : (rows, replications)

        Returns
        -------
        dict
            `noise`, `lower`, `upper`: share of the variance of the averages that is left of luck,
            mean (variance within a row / replications) / variance of the averages; `single_run`:
            the same for single runs; `variance`: that of the averages. NaN with one replication.
        """
        matrix = check_responses(self, responses)
        judged = matrix[self._judged()]
        replications = matrix.shape[1]
        means = judged.mean(axis=1)
        nothing = dict.fromkeys(("noise", "lower", "upper", "single_run", "variance"), np.nan)
        if len(means) < 2 or not np.isfinite(judged).all():
            return nothing
        if replications < 2:
            return {**nothing, "variance": float(means.var())}
        within = judged.var(axis=1, ddof=1) / replications
        centred = means - means.mean()
        _, place = np.unique(self.base[self._judged()], return_inverse=True)
        size = np.bincount(place)
        columns = np.stack(
            [np.bincount(place, values) / size for values in (within, centred, centred**2)], axis=1
        )

        def share(averages: Floats) -> Floats:
            luck = averages[..., 0]
            total = self._total(luck, averages[..., 2] - averages[..., 1] ** 2)
            inputs = np.maximum(total - luck, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.stack(
                    [
                        np.minimum(luck / total, 1.0),
                        replications * luck / (replications * luck + inputs),
                        total,
                    ],
                    axis=-1,
                )

        value, lower, upper = bootstrap(columns, share, confidence=confidence, seed=seed)
        return {
            "noise": float(value[0]),
            "lower": float(lower[0]),
            "upper": float(upper[0]),
            "single_run": float(value[1]),
            "variance": float(value[2]),
        }

    def _total(self, luck: Floats, between: Floats) -> Floats:
        """Variance of the averages, from that of luck and that between rows."""
        return between

    def to_salib_problem(self) -> dict[str, Any]:
        """Problem of SALib for the same inputs, as positions between 0 and 1.

        Sample it with SALib, run ``FreeDesign.of(inputs, sample)``, and give the means to an
        `analyze` function of SALib.
        """
        return {
            "num_vars": len(self.inputs),
            "names": list(self.names),
            "bounds": [[0.0, 1.0] for _ in self.inputs],
        }


@dataclass(frozen=True, eq=False)
class AbstractMethod(AbstractDesign):
    """A design whose analysis is a method of `capsim.sensitivity`; it says how it is read."""

    title: ClassVar[str]
    headline: ClassVar[tuple[str, str]]
    """The two indices that are shown first."""
    ranked_by: ClassVar[str]
    """The index by whose size inputs are ranked."""

    @classmethod
    @abstractmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        points: int | None = None,
        *,
        seed: int = 0,
        scenario: Scenario | None = None,
    ) -> Self:
        """The design with so many points; errors where the method does not take them."""

    @property
    @abstractmethod
    def points(self) -> int:
        """What `of` was asked for."""

    def cell(self, row: Mapping[Any, Any]) -> str:
        """An effect with its interval: a difference, so points where the measure is a share."""
        measure = str(row["measure"]).split("[")[0]
        value = shown_difference(measure, float(row["value"]))
        if row["lower"] != row["lower"]:
            return value
        limits = float(row["lower"]), float(row["upper"])
        return f"{value} ({difference_interval(measure, *limits)})"

    def cautions(self, rows: pd.DataFrame, replications: int) -> list[str]:
        """What a reader of the ranking should know.

        Parameters
        ----------
        rows : DataFrame
            Indices `ranked_by` of one measure: value, lower, upper.
        replications : int
        """
        value, lower, upper = (rows[name].to_numpy() for name in ("value", "lower", "upper"))
        if not np.isfinite(value).all():
            return []  # the heading says why
        if not np.isfinite(lower + upper).all():
            return [
                f"{self.ranked_by} has no interval, because the outcome is the same in nearly all "
                "rows: take more points, or a measure that varies more."
            ]
        return self._doubts(value, lower, upper, replications)

    @abstractmethod
    def _doubts(self, value: Floats, lower: Floats, upper: Floats, replications: int) -> list[str]:
        """Doubts about the ranking where all indices have an interval."""


@dataclass(frozen=True, eq=False)
class FreeDesign(AbstractDesign):
    """Positions of your own, for analyses that capsim does not have."""

    method: ClassVar[str] = "free"

    @classmethod
    def of(
        cls,
        inputs: Mapping[Any, Any],
        positions: ArrayLike,
        *,
        base: ArrayLike | None = None,
        scenario: Scenario | None = None,
    ) -> FreeDesign:
        """The design with these rows.

        Parameters
        ----------
        inputs : mapping
            See `capsim.experiments.designs.inputs`.
        positions : (rows, inputs)
            Between 0 and 1, such as a sample of ``to_salib_problem``.
        base : (rows,), optional
            Which rows share their luck; default each has its own.
        scenario : Scenario, optional

        Examples
        --------
        >>> design = FreeDesign.of({"x": (10.0, 20.0)}, [[0.0], [0.5]])
        >>> design.overrides
        [{'x': 10.0}, {'x': 15.0}]
        """
        found = inputs_of(inputs, scenario)
        matrix = np.atleast_2d(np.asarray(positions, dtype=np.float64))
        if matrix.shape[1] != len(found) or not ((matrix >= 0) & (matrix <= 1)).all():
            raise ValueError(
                f"positions: (rows, {len(found)}) numbers between 0 and 1 are needed, one column "
                f"per input; this has shape {matrix.shape} and lies between {matrix.min():g} and "
                f"{matrix.max():g}"
            )
        rows = np.arange(len(matrix)) if base is None else np.asarray(base, dtype=np.int64)
        if rows.shape != (len(matrix),):
            raise ValueError(f"base: {len(matrix)} numbers are needed, one per row of positions")
        return cls(found, matrix, rows)

    def analyse(
        self, responses: ArrayLike, *, confidence: float = 0.95, seed: int = 0
    ) -> pd.DataFrame:
        """Nothing: the analysis of such a design is yours."""
        import pandas as pd

        return pd.DataFrame(columns=list(INDEX_COLUMNS))


def check_responses(design: AbstractDesign, responses: ArrayLike) -> Floats:
    """(rows, replications) of what was measured.

    Raises
    ------
    ValueError
        If there is not one row per row of the design.
    """
    matrix = np.asarray(responses, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2 or len(matrix) != len(design):
        raise ValueError(
            f"responses of shape {matrix.shape}: the design has {len(design)} rows; give one "
            "number, or one row of replications, for each"
        )
    return matrix


def check_points(points: int | None, method: str, least: int, what: str, usual: str = "") -> int:
    """The number of points.

    Raises
    ------
    ValueError
        Unless it is a whole number of at least `least`.
    """
    if points is None:
        raise ValueError(f"points is needed for method {method!r}: {usual}")
    if isinstance(points, bool) or not isinstance(points, int | np.integer) or points < least:
        raise ValueError(
            f"points = {points!r} must be a whole number of at least {least} for method "
            f"{method!r}: {what}"
        )
    return int(points)


def index_frame(names: tuple[str, ...], columns: Mapping[str, tuple[Floats, ...]]) -> pd.DataFrame:
    """Frame of indices: input, index, value, lower, upper, an input's indices together."""
    import pandas as pd

    return pd.DataFrame(
        [
            (name, index, *(float(limit[k]) for limit in values))
            for k, name in enumerate(names)
            for index, values in columns.items()
        ],
        columns=list(INDEX_COLUMNS),
    )
