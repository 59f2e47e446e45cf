"""Where theory expects the answer: the staff at which each team just keeps its targets.

The larger of three: hours (Erlang's formula for the lasting load, with the seats of the offices),
what comes once (the fluid backlog of waves, initial cases and seasons, from the modified offered
load day by day), and places (open cases against the caseload limit). Only a starting point: the
search goes on from there, and a poor one costs replications, not correctness.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from capsim.experiments.staffing.grid import Grid
from capsim.experiments.staffing.on_demand import has_no_beginning
from capsim.experiments.staffing.targets import Target

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["TeamNeed", "needs", "start_of"]

_ALLOWED = {"wait_p50": 0.5, "wait_p90": 0.1, "decision_days_p90": 0.1}
"""Share that may wait longer than a quantile."""
_MOST_USED = 0.97
_PLENTY = 1e4


@dataclass(frozen=True, eq=False)
class TeamNeed:
    """What is asked of a team, and what one FTE of it gives, from the theory of a scenario.

    Attributes
    ----------
    asked : (days,) float64
        Client hours asked on each day of the horizon if nobody waits.
    lasting : float
        Client hours a day of the lasting inflows.
    per_fte : (days,) float64
        Client hours of one contract FTE on each day.
    visit : float
        Mean client hours of a visit.
    worker : float
        Client hours a day of one present worker.
    cases : float
        Cases a day that need the team.
    open_cases : float
        Weighted open cases of the planned rhythm, the highest day.
    copies : int
        Offices or clusters with a copy of their own.
    limit : float or None
        Weighted open cases per effective FTE.
    """

    asked: NDArray[np.float64]
    lasting: float
    per_fte: NDArray[np.float64]
    visit: float
    worker: float
    cases: float
    open_cases: float
    copies: int
    limit: float | None

    def for_wait(self, wait: float, share: float) -> float:
        """FTE with which at most a share of the cases waits longer, in days."""
        return max(self._lasting_for(wait, share), self._once_for(wait, share))

    def for_use(self, utilization: float) -> float:
        """FTE at which so large a share of the hours is used."""
        return self.lasting / max(float(self.per_fte.mean()) * utilization, 1e-12)

    def for_places(self, per_fte: float) -> float:
        """FTE with which the open cases per FTE stay at a number."""
        return self.open_cases / max(per_fte, 1e-12)

    def _lasting_for(self, wait: float, share: float) -> float:
        from capsim.theory import TheoryError, smallest_servers

        hours = float(self.per_fte.mean())
        if not (self.lasting > 0 and hours > 0 and self.visit > 0 and self.worker > 0):
            return 0.0
        # An absent worker is a server less: count those that are present.
        one = self.worker / hours
        load = self.lasting / self.copies / self.worker
        rate = self.worker / self.visit
        try:
            servers = smallest_servers(
                load * rate, rate, probability=min(max(share, 1e-6), 0.999), wait=max(wait, 0.0)
            )
        except TheoryError:
            return self.for_use(0.9)
        return servers * one * self.copies

    def _once_for(self, wait: float, share: float) -> float:
        """FTE with which the fluid backlog makes at most that share wait longer."""
        total = float(self.asked.sum())
        if total <= 0 or float(self.per_fte.mean()) <= 0:
            return 0.0

        def late(fte: float) -> float:
            backlog, too_late = 0.0, 0.0
            for asked, hours in zip(self.asked, self.per_fte * fte, strict=True):
                backlog = max(0.0, backlog + asked - hours)
                if backlog > wait * hours:
                    too_late += asked
            return too_late / total

        low, high = 0.0, max(self.for_use(_MOST_USED), 1e-6)
        while late(high) > share and high < _PLENTY:
            low, high = high, 1.5 * high
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if late(middle) > share else (low, middle)
        return high


def needs(scenario: Scenario) -> dict[str, TeamNeed]:
    """What is asked of every team."""
    from capsim.theory.demand import Span, demand_by_day, lasting_arrivals
    from capsim.theory.lasting import lasting
    from capsim.theory.supply import supplies

    copies, supply = supplies(scenario)
    span = Span(scenario.start, scenario.horizon_days)
    arrivals = lasting_arrivals(scenario)
    found = lasting(
        scenario,
        copies,
        [one.worker_hours for one in supply],
        None,
        {key: float(flow[span.reference].mean()) for key, flow in arrivals.items()},
        span.reference_day,
    )
    flows, _ = demand_by_day(scenario, found, arrivals)
    rows = found.asked(scenario)
    result = {}
    for team in scenario.teams:
        numbers = [number for number, name in enumerate(copies.teams) if name == team]
        own = [supply[number] for number in numbers]
        fte = np.maximum(sum((one.fte for one in own), np.zeros(scenario.horizon_days)), 1e-12)
        mine = [row for row in rows if row.team == team]
        visits = sum(row.cases * row.visits for row in mine)
        lasting_hours = sum(row.cases * row.hours for row in mine)
        there = sum(flows[number].weight_there[: scenario.horizon_days] for number in numbers)
        placed = np.asarray(there, dtype=np.float64)
        limits = [one.caseload_limit for one in own if one.caseload_limit is not None]
        effective = sum(one.effective_fte for one in own) / fte
        result[team] = TeamNeed(
            asked=np.sum(
                [flows[number].all_hours[: scenario.horizon_days] for number in numbers], axis=0
            ),
            lasting=float(lasting_hours),
            per_fte=sum(one.hours for one in own) / fte,
            visit=float(lasting_hours / visits) if visits else 0.0,
            worker=max((one.worker_hours for one in own), default=0.0),
            cases=float(sum(row.cases for row in mine)),
            open_cases=float(placed.max()) if placed.size else 0.0,
            copies=len(own),
            limit=limits[0] * float(np.mean(effective)) if limits else None,
        )
    return result


def start_of(grid: Grid, targets: tuple[Target, ...]) -> dict[str, float]:
    """Number on each axis of staff at which theory expects the targets to be met."""
    middle = tuple(len(axis) // 2 for axis in grid.axes)
    scenario = grid.staffed(grid.same(middle))
    if has_no_beginning(scenario):
        scenario = grid.staffed(grid.top)
        if has_no_beginning(scenario):
            return {}
    found = needs(scenario)
    start: dict[str, float] = {}
    for axis in grid.axes:
        if axis.team is None or axis.field not in ("fte", "add") or axis.office is not None:
            continue
        team = axis.team
        fte = max((_need(scenario, found[team], team, target) for target in targets), default=0.0)
        if found[team].limit is not None:
            fte = max(fte, found[team].for_places(found[team].limit or 1.0))
        if axis.field == "add":
            fte -= scenario.teams[team].size
        if math.isfinite(fte):
            low, high = float(axis.numbers[0]), float(axis.numbers[-1])
            start[axis.path] = min(max(fte, low), high)
    return start


def _need(scenario: Scenario, need: TeamNeed, team: str, target: Target) -> float:
    """FTE of a team that one target asks, or what keeps its hours below a high use."""
    from capsim.experiments.staffing.grid import stages_of

    selector = target.selector
    own = stages_of(scenario, selector.of, selector.kind)
    if not any(scenario.stages[name].team == team for name in own):
        return need.for_use(0.9)
    rule = _RULES.get(target.measure)
    if rule is None:
        return need.for_use(0.9)
    return rule(scenario, need, own[0], target)


Rule = Callable[["Scenario", TeamNeed, str, Target], float]


def _of_mean_wait(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    # An exponential tail with that mean exceeds 2.3 times it with probability 0.1.
    return need.for_wait(2.3 * target.bound, 0.1)


def _of_quantile(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    return need.for_wait(target.bound, _ALLOWED.get(target.measure, 0.1))


def _of_decision(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    slack = max(target.bound - _planned_days(scenario, stage), 0.1 * target.bound)
    return need.for_wait(slack, _ALLOWED.get(target.measure, 0.3))


def _of_lateness(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    deadline = scenario.stages[stage].deadline
    if deadline is None:
        return need.for_use(0.9)
    within = scenario.calendar.mean_days(deadline.within)
    planned = 0.0 if deadline.until == "start" else _planned_days(scenario, stage)
    return need.for_wait(max(within - planned, 0.1 * within), target.bound)


def _of_queue(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    wait = target.bound / max(need.cases, 1e-12)
    return need.for_wait(2.3 * wait, 0.1)


def _of_use(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    return need.for_use(max(target.bound, 1e-3))


def _of_caseload(scenario: Scenario, need: TeamNeed, stage: str, target: Target) -> float:
    return need.for_places(target.bound)


_RULES: dict[str, Rule] = {
    "wait_mean": _of_mean_wait,
    "wait_mean_finished": _of_mean_wait,
    "contact_wait_mean": _of_mean_wait,
    "wait_p50": _of_quantile,
    "wait_p90": _of_quantile,
    "wait_max": _of_quantile,
    "decision_days_mean": _of_decision,
    "decision_days_p90": _of_decision,
    "stay_mean": _of_decision,
    "late_share": _of_lateness,
    "queue_mean": _of_queue,
    "queue_peak": _of_queue,
    "utilization": _of_use,
    "caseload_per_worker": _of_caseload,
    "caseload_per_fte": _of_caseload,
    "caseload_peak": _of_caseload,
}
"""How a measure's bound becomes FTE; other measures take a use of 90 % of the hours."""


def _planned_days(scenario: Scenario, last: str) -> float:
    """Days from joining the pathway to the end of a stage if nobody waits."""
    from capsim.theory.demand import Span
    from capsim.theory.pace import pace_of
    from capsim.theory.rhythm import meeting_rhythm

    names = list(scenario.stages)
    deadline = scenario.stages[last].deadline
    first = names[0] if deadline is None or deadline.from_ is None else deadline.from_
    begin, end = names.index(first), names.index(last)
    day = Span(scenario.start, scenario.horizon_days).reference_day
    total = 0.0
    for name in names[min(begin, end) : end + 1]:
        stage = scenario.stages[name]
        _, wait = meeting_rhythm(stage, scenario)
        pace = pace_of(
            stage, scenario.calendar, hours_per_day=0.0, meeting_wait=wait, day=day, load=None
        )
        total += pace.days
    return total
