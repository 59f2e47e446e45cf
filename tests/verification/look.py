"""What one replication shows: its measures, and counts that only the full tables give."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from capsim.catalogue.rows import measure_keys
from capsim.draws import deal
from capsim.engines import compiled
from capsim.kernels.codes import NEVER, NONE, OUTCOME_COMPLETED, OUTCOME_TURNED_AWAY
from capsim.log import Log
from capsim.plan import compile_plan
from capsim.plan.plan import Plan
from capsim.scenario import Scenario

Arrays = np.ndarray


class Look:
    """One replication. Times are in the unit of the case, which is `unit` days long.

    Parameters
    ----------
    log : Log
    unit : float
        Days in one unit of time of the case.
    """

    def __init__(self, log: Log, unit: float) -> None:
        self.log = log
        self.plan: Plan = log.plan
        self.ticks = unit * log.plan.time.day_ticks
        self.unit = unit
        self._sorted: dict[tuple[str, str], tuple[Arrays, Arrays]] = {}

    @cached_property
    def _measures(self) -> dict[tuple[str, str, str, str], float]:
        assert self.log.totals is not None
        rows = measure_keys(self.plan).rows
        return {
            (measure, of, inflow, office): float(value)
            for (measure, _, of, inflow, office, _), value in zip(
                rows, self.log.totals["values"], strict=True
            )
        }

    def __getitem__(self, name: str) -> float:
        """A measure as capsim tells it, such as "wait_mean[desk]" (durations in days)."""
        measure, _, of = name.rstrip("]").partition("[")
        return self._measures[measure, of, "all", "all"]

    def of_inflow(self, name: str, inflow: str) -> float:
        """The same of one inflow."""
        measure, _, of = name.rstrip("]").partition("[")
        return self._measures[measure, of, inflow, "all"]

    def time(self, name: str) -> float:
        """A measure that is a duration, in units of the case."""
        return self[name] / self.unit

    # -- the cohort ------------------------------------------------------------------------------

    def _stage(self, stage: str) -> Arrays:
        return self.log.stay_stage == self.plan.stages.index(stage)

    def _cohort(self, stage: str) -> Arrays:
        """Stays that joined after the warm-up and before the follow-up, as the measures take it."""
        H = self.plan.time.day_ticks
        joined = self.log.stay_joined
        return (
            self._stage(stage)
            & (joined >= self.plan.time.warm_up_day * H)
            & (joined < self.plan.time.cohort_end_day * H)
        )

    def waits(self, stage: str, until: str = "started") -> Arrays:
        """Waits of the cohort that ended by a start (or an assignment), in ticks."""
        log, kept = self.log, self._cohort(stage)
        reached = {"started": log.stay_started, "assigned": log.stay_assigned}[until]
        kept = kept & (reached != NONE)
        return reached[kept] - log.stay_joined[kept]

    def waited(self, stage: str, until: str = "started") -> float:
        """Share of those who were served that had to wait at all."""
        return float((self.waits(stage, until) > 0).mean())

    def waited_of_all(self, stage: str) -> float:
        """Share of all who joined that were not served at once."""
        log, kept = self.log, self._cohort(stage)
        at_once = log.stay_started[kept] == log.stay_joined[kept]
        return float(1 - at_once.mean())

    def wait_exceeds(self, stage: str, time: float) -> float:
        """Share of those who were served that waited longer than `time`."""
        return float((self.waits(stage) > time * self.ticks).mean())

    def wait_sd(self, stage: str) -> float:
        """Standard deviation of the wait around the mean of this replication."""
        return float(self.waits(stage).std() / self.ticks)

    def wait_square(self, stage: str) -> float:
        """Mean of the squared wait."""
        waits = self.waits(stage) / self.ticks
        return float((waits**2).mean())

    def turned_away(self, stage: str) -> float:
        """Share of the cohort that found no room."""
        return float((self.log.stay_outcome[self._cohort(stage)] == OUTCOME_TURNED_AWAY).mean())

    def accepted_wait(self, stage: str) -> float:
        """Mean wait of those who found room."""
        return float(self.waits(stage).mean() / self.ticks)

    def contact_wait(self, stage: str) -> float:
        """Mean wait at the desk over the visits that fell due after the warm-up and took place."""
        H = self.plan.time.day_ticks
        log = self.log
        due, begin = log.visit_due, log.visit_begin
        kept = (
            (due >= self.plan.time.warm_up_day * H)
            & (due < self.plan.time.cohort_end_day * H)
            & (begin != NONE)
            & self._stage(stage)[log.visit_stay]
        )
        # Continuous calendars only: office and calendar instants are the same.
        return float((begin[kept] - due[kept]).mean() / self.ticks)

    def contacts(self) -> float:
        """Visits that ended after the warm-up, per unit of time."""
        H = self.plan.time.day_ticks
        first = self.plan.time.warm_up_day * H
        ended = self.log.visit_end
        n = int(((ended != NONE) & (ended >= first) & (ended < NEVER)).sum())
        return n / ((self.plan.time.horizon - first) / self.ticks)

    def time_in_system(self) -> float:
        """Mean time from joining to leaving of the cases that come in the cohort's time."""
        H = self.plan.time.day_ticks
        join = self.log.luck.join
        kept = (
            (join >= self.plan.time.warm_up_day * H)
            & (join < self.plan.time.cohort_end_day * H)
            & (self.log.case_left != NONE)
        )
        return float((self.log.case_left[kept] - join[kept]).mean() / self.ticks)

    def rate_of_exit(self, stage: str, share: float) -> float:
        """Completed stays per unit of time, times the share of them that leaves for good."""
        H = self.plan.time.day_ticks
        log = self.log
        kept = (
            self._stage(stage)
            & (log.stay_outcome == OUTCOME_COMPLETED)
            & (log.stay_ended >= self.plan.time.warm_up_day * H)
        )
        length = (self.plan.time.horizon - self.plan.time.warm_up_day * H) / self.ticks
        return float(kept.sum() * share / length)

    # -- instants --------------------------------------------------------------------------------

    def number(self, stage: str, times: Any) -> Arrays:
        """Cases in the stage at these instants; one that leaves at an instant is gone."""
        return self._present(self._edges(stage, "present"), times)

    def waiting(self, stage: str, times: Any) -> Arrays:
        """Cases at these instants whose first visit has not begun."""
        return self._present(self._edges(stage, "waiting"), times)

    def daily(self, stage: str) -> Arrays:
        """Cases in the stage at every midnight after the warm-up."""
        days = np.arange(self.plan.time.warm_up_day, self.plan.time.n_days)
        return self.number(stage, days / self.unit)

    def _edges(self, stage: str, what: str) -> tuple[Arrays, Arrays]:
        """Sorted instants of coming and of going."""
        if (stage, what) not in self._sorted:
            log, kept = self.log, self._stage(stage)
            end = log.stay_ended[kept] if what == "present" else self._wait_end(stage)
            self._sorted[stage, what] = np.sort(log.stay_joined[kept]), np.sort(end[end != NONE])
        return self._sorted[stage, what]

    def _wait_end(self, stage: str) -> Arrays:
        log, kept = self.log, self._stage(stage)
        started = log.stay_started[kept]
        return np.where(started != NONE, started, log.stay_ended[kept])

    def _present(self, edges: tuple[Arrays, Arrays], times: Any) -> Arrays:
        at = np.rint(np.asarray(times, dtype=float) * self.ticks).astype(np.int64)
        come, gone = edges
        return np.searchsorted(come, at, side="right") - np.searchsorted(gone, at, side="right")

    def queue_days(self, stage: str, first: float, last: float) -> float:
        """Integral of the number waiting between two instants."""
        until = self._wait_end(stage)
        until = np.where(until == NONE, self.plan.time.horizon, until)
        low, high = first * self.ticks, last * self.ticks
        joined = self.log.stay_joined[self._stage(stage)]
        overlap = np.minimum(until, high) - np.maximum(joined, low)
        return float(np.maximum(overlap, 0).sum() / self.ticks)

    def late_arrivals(self, stage: str, first: float, last: float, limit: float) -> int:
        """Those who join between two instants and wait longer than `limit`.

        Who waits at the end has waited until then: let the run go on for `limit` after `last`.
        """
        assert (last + limit) * self.ticks <= self.plan.time.horizon
        log, kept = self.log, self._stage(stage)
        joined, started = log.stay_joined[kept], log.stay_started[kept]
        started = np.where(started == NONE, self.plan.time.horizon, started)
        among = (joined >= first * self.ticks) & (joined < last * self.ticks)
        return int((started[among] - joined[among] > limit * self.ticks).sum())


def looks(
    scenario: Scenario, *, seed: int, first: int, count: int, unit: float, detail: str = "full"
) -> Any:
    """The replications `first`, `first` + 1, ... one after the other."""
    plan = compile_plan(scenario)
    for replication in range(first, first + count):
        luck = deal(plan, seed, replication)
        yield Look(compiled.run(plan, luck, detail=detail), unit)
