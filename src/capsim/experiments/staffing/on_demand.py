"""Replications of staffings, made when a search asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from capsim.execution.campaign import Campaign
from capsim.execution.scenario_work import ScenarioWork
from capsim.experiments.staffing.grid import Index
from capsim.experiments.staffing.problem import Problem
from capsim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["OnDemand", "has_no_beginning"]


def has_no_beginning(scenario: Scenario) -> str:
    """Why nobody can say who is there on the first day, where it is to be steady; else empty."""
    try:
        scenario.initial_cases()
    except ScenarioError as error:
        return "; ".join(one.rule for one in error.mistakes)
    return ""


class OnDemand:
    """Replications of staffings, made when asked for.

    One that grows, where the cases of the first day are to be "steady", can have none.
    """

    def __init__(self, campaign: Campaign, problem: Problem) -> None:
        self._campaign, self._problem = campaign, problem
        self._grows: dict[Index, bool] = {}
        self._works: dict[Index, ScenarioWork] = {}
        self._points: dict[tuple[Index, int], int] = {}
        self._columns: dict[Index, list[tuple[NDArray[np.int64], pd.DataFrame]]] = {}
        self.made: dict[tuple[Index, int], int] = {}

    def add(self, index: Index, first: int) -> int:
        """Number of a staffing in the campaign, for replications from `first` on."""
        if (index, first) not in self._points:
            if index not in self._works:
                grid = self._problem.grid
                label = ", ".join(f"{k}={v}" for k, v in grid.point(index).items())
                self._works[index] = ScenarioWork(
                    label, grid.staffed(index), self._problem.settings
                )
            self._points[index, first] = self._campaign.add(self._works[index], first)
        return self._points[index, first]

    def have(self, wanted: Sequence[tuple[Index, int, int]]) -> None:
        """Make replications `first` to `stop - 1` of staffings."""
        ranges = []
        for index, first, stop in wanted:
            ranges.append((self.add(index, first), first, stop))
            self.made[index, first] = max(stop - first, self.made.get((index, first), 0))
        self._campaign.run(ranges)

    def look(self, index: Index, first: int, stop: int) -> list[NDArray[np.float64]]:
        """Values of each target in those replications."""
        matrix = self._campaign.values(self._points[index, first])[: stop - first]
        return [
            target.values(keys, matrix[:, columns])
            for target, (columns, keys) in zip(
                self._problem.targets, self.columns(index), strict=True
            )
        ]

    def grows(self, index: Index) -> bool:
        """Whether a staffing has no steady number of cases for its first day."""
        if index not in self._grows:
            self._grows[index] = bool(has_no_beginning(self._problem.grid.staffed(index)))
        return self._grows[index]

    def columns(self, index: Index) -> list[tuple[NDArray[np.int64], pd.DataFrame]]:
        """For each target the columns that it needs, and their keys.

        Raises
        ------
        ValueError
            If a target names something that does not exist.
        """
        if index not in self._columns:
            keys = self._works[index].rows().frame()
            try:
                chosen = [target.columns(keys) for target in self._problem.targets]
            except KeyError as error:
                raise ValueError(f"target: {error.args[0]}") from None
            self._columns[index] = [(columns, keys.iloc[columns]) for columns in chosen]
        return self._columns[index]

    def total(self, first: int) -> int:
        """Replications made from there."""
        return sum(count for (_, begin), count in self.made.items() if begin == first)
