"""How many workers are needed over time: the unit of work of a staffing profile.

The need of a team is the number of its visits that are due, or under way with a worker who is still
employed. A visit that falls due is served at once if there are more workers than the need it meets,
which is not that of a random instant where visits fall due together: on Monday morning, after a
meeting. All is taken on the clock of office hours, so that nobody waits for nights and weekends.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.execution.block import Arrays
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows
from capsim.kernels.codes import NEVER, NONE
from capsim.log.clock import DayClock
from capsim.log.log import Log
from capsim.plan.plan import Ints

__all__ = ["COLUMNS", "DUE", "MEAN", "SAMPLES", "WAITED", "NeedWork"]

SAMPLES = 60
"""Visits of an interval, spread evenly over those that fall due in it, whose need is noted."""
MEAN, DUE, WAITED = SAMPLES, SAMPLES + 1, SAMPLES + 2
"""Columns after the samples."""
COLUMNS = SAMPLES + 3


@dataclass(frozen=True, eq=False)
class NeedWork(ScenarioWork):
    """Need and waiting of one team by interval.

    Rows of the values: for each interval `SAMPLES` needs that visits met when they fell due (NaN
    without any), the mean need over time, visits that fell due, and how many of them had to wait.

    Attributes
    ----------
    team : str
    days : tuple of int
        First calendar day of each interval; the last one ends with the horizon.
    """

    team: str = ""
    days: tuple[int, ...] = (0,)

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""
        from capsim.draws import deal
        from capsim.engines import compiled, reference
        from capsim.plan import compile_plan

        plan = compile_plan(self.scenario)
        engine = compiled if self.engine == "compiled" else reference
        rows = []
        for replication in range(first, first + count):
            rows.append(self._row(engine.run(plan, deal(plan, self.seed, replication))))
        return Arrays(np.stack(rows))

    def _row(self, log: Log) -> NDArray[np.float64]:
        plan = log.plan
        clock = DayClock.of(plan)
        due, begin, end = self._visits(log, clock)
        edges = self._edges(clock)
        order = np.argsort(due, kind="stable")
        due, begin, end = due[order], begin[order], np.sort(end)
        met = np.arange(len(due)) - np.searchsorted(end, due, side="right")
        result = np.full((len(self.days), COLUMNS), np.nan)
        even = (np.arange(SAMPLES) + 0.5) / SAMPLES
        for k, (low, high) in enumerate(pairwise(edges.tolist())):
            first, stop = np.searchsorted(due, [low, high])
            if stop > first:
                result[k, :SAMPLES] = met[first + (even * (stop - first)).astype(np.int64)]
            times = low + (even * (high - low)).astype(np.int64)
            present = np.searchsorted(due, times, side="right")
            result[k, MEAN] = (present - np.searchsorted(end, times, side="right")).mean()
            result[k, DUE] = stop - first
            late = (begin == NONE) | (begin > due)
            result[k, WAITED] = late[first:stop].sum()
        return result.reshape(-1)

    def _visits(self, log: Log, clock: DayClock) -> tuple[Ints, Ints, Ints]:
        """Due, begin and end of the visits of the team, in office time; NEVER: not ended."""
        plan = log.plan
        stages = [
            number
            for number, name in enumerate(plan.stages)
            if self.scenario.stages[name].team == self.team
        ]
        mine = np.isin(log.stay_stage[log.visit_stay], stages)
        stay = log.visit_stay[mine]
        due = clock.office(log.visit_due[mine])
        begin, end = log.visit_begin[mine], log.visit_end[mine]
        # Who has left still finishes the visit in hand, but no longer counts among the workers.
        worker = log.visit_worker[mine]
        left = np.where(worker >= 0, clock.office(log.luck.worker_left)[worker], NEVER)
        finished = np.maximum(np.minimum(np.where(end != NONE, end, NEVER), left), begin)
        # A visit that never started is no longer needed once the stay is over.
        over = clock.office(log.stay_ended[stay])
        end = np.where(begin != NONE, finished, np.where(over != NONE, over, NEVER))
        return due, begin, end.astype(np.int64)

    def _edges(self, clock: DayClock) -> Ints:
        days = np.array([*self.days, clock.n_days], dtype=np.int64)
        edges = clock.office(days * clock.day_ticks)
        horizon = np.int64(len(clock.open_day[:-1])) * clock.day_ticks
        return np.minimum(edges, horizon).astype(np.int64)

    def rows(self) -> Rows:
        """Columns interval and what."""
        return self._need_rows

    @cached_property
    def _need_rows(self) -> Rows:
        what = [*(f"need {k}" for k in range(SAMPLES)), "mean", "due", "waited"]
        return Rows(
            {
                "interval": [str(day) for day in self.days for _ in what],
                "what": what * len(self.days),
            }
        )

    def identity(self) -> dict[str, Any]:
        """All that the values depend on."""
        return {**super().identity(), "need": [self.team, *self.days]}
