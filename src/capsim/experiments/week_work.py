"""Weeks of a scenario from a day on: the unit of work of a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.execution.block import Arrays
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows

__all__ = ["KEYS", "WeekWork"]

KEYS = ("week", "measure", "of", "office")


@dataclass(frozen=True, eq=False)
class WeekWork(ScenarioWork):
    """Values of `capsim.measures.weeks` for some weeks of a run.

    Attributes
    ----------
    first : int
        Day on which the first week begins.
    weeks : int
    """

    first: int = 0
    weeks: int = 1

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Days at which the weeks begin, and the end of the last one."""
        return np.int64(self.first) + 7 * np.arange(self.weeks + 1)

    @cached_property
    def mondays(self) -> list[date]:
        """Dates on which the weeks begin."""
        return [self.scenario.start + timedelta(days=day) for day in self.days[:-1].tolist()]

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""
        from capsim.draws import deal
        from capsim.engines import compiled, reference
        from capsim.measures.weeks import week_values
        from capsim.plan import compile_plan

        plan = compile_plan(self.scenario)
        engine = compiled if self.engine == "compiled" else reference
        rows = []
        for replication in range(first, first + count):
            log = engine.run(plan, deal(plan, self.seed, replication))
            rows.append(week_values(log, self.days).reshape(-1))
        return Arrays(np.stack(rows))

    def rows(self) -> Rows:
        """Columns week, measure, of, office; the weeks of each thing follow each other."""
        return self._week_rows

    @cached_property
    def _week_rows(self) -> Rows:
        from capsim.measures.weeks import week_rows
        from capsim.plan import compile_plan

        things = week_rows(compile_plan(self.scenario))
        weeks = [monday.isoformat() for monday in self.mondays]
        keys = [(week, *thing) for thing in things for week in weeks]
        return Rows(dict(zip(KEYS, zip(*keys, strict=True), strict=True)))

    def identity(self) -> dict[str, Any]:
        """All that the values depend on."""
        return {**super().identity(), "first": self.first, "weeks": self.weeks}
