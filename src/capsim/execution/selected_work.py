"""Replications of a scenario of which only some rows are kept, as those of a design."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from capsim.execution.block import Arrays
from capsim.execution.derived_work import DerivedWork
from capsim.execution.scenario_work import VALUE_COLUMNS
from capsim.execution.store.blockfile import Rows
from capsim.execution.store.files import digest

__all__ = ["Key", "SelectedWork", "selection_of"]

Key = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SelectedWork(DerivedWork):
    """Replications of a scenario of which only some rows are kept.

    A design has hundreds of scenarios that differ in a few numbers. The rows are given from
    outside, so that a scenario is compiled where it is run and nowhere else; one that the scenario
    does not have is NaN.

    Attributes
    ----------
    keys : tuple of keys
        measure, kind, of, inflow, office, window of each row.
    """

    keys: tuple[Key, ...]

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return self.inner.engine

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules of the user's own."""
        return self.inner.rules

    @property
    def parallel(self) -> Literal["threads", "processes"]:
        """What helps: that of the whole replications."""
        return self.inner.parallel

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""
        values = self.inner.run(first, count).values
        columns = self.inner.rows().columns
        keys = list(zip(*(columns[name].tolist() for name in VALUE_COLUMNS), strict=True))
        place = {key: k for k, key in enumerate(keys)}
        where = np.array([place.get(key, -1) for key in self.keys])
        return Arrays(np.where(where >= 0, values[:, where], np.nan))

    def rows(self) -> Rows:
        """Columns measure, kind, of, inflow, office, window."""
        return Rows(dict(zip(VALUE_COLUMNS, zip(*self.keys, strict=True), strict=True)))

    def identity(self) -> dict[str, Any]:
        """All that the values depend on, the choice of rows included."""
        return {**self.inner.identity(), "rows": selection_of(self.keys)}

    def series_identity(self) -> dict[str, Any]:
        """All that series of the whole replications would depend on."""
        return self.inner.series_identity()


def selection_of(keys: Iterable[Key]) -> str:
    """Short name of a choice of rows."""
    return digest([list(key) for key in keys])
