"""The staffing that costs least in money: posts against lateness, on the same luck.

The search asks for the mean of `cost_total` and looks at few replications of many staffings: first
at a coarse grid of each axis, then ever closer around the cheapest. It relies on one thing: along
an axis costs fall and then rise, so that no valley lies between two steps of the coarse grid. Those
that the search cannot tell from the cheapest, and its direct neighbours, are then compared on
replications that it never saw, by the procedure KN (`capsim.estimates.indifference`). Targets,
where there are any, are tested on the same new replications, dearer staffings taking the place of
those that fail.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from capsim.catalogue import Selector
from capsim.catalogue.shown import shown, shown_interval
from capsim.estimates import Interval, mean_interval
from capsim.estimates.indifference import select
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution
from capsim.execution.provenance import provenance
from capsim.experiments.results.result import AbstractResult
from capsim.experiments.staffing.assurance import Reading, read
from capsim.experiments.staffing.grid import Grid, Index
from capsim.experiments.staffing.on_demand import OnDemand
from capsim.experiments.staffing.problem import Problem
from capsim.experiments.staffing.search import PROOF, SEARCH
from capsim.experiments.staffing.targets import Target
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["MONEY", "PricedStaffing", "solved_in_money"]

MONEY = Target("cost_total", Selector("cost_total"), "<=", math.inf)
"""What is to be as small as can be."""

_GLANCE = 20
"""Replications of a staffing in the search."""
_FIRST = 20
"""Replications of the first stage of the comparison."""
_STEPS = 4
"""Steps of the coarse grid along an axis."""
_COARSE = 128
"""Staffings of a coarse grid, at most; with more axes, lines through the start."""
_RIVALS = 24
"""Staffings that are compared, at most."""
_DIFFERENCE = 0.1
"""Of what the smallest step of staff costs: the least difference that matters."""
_OF_COST = 0.002
"""Of the cost: the same where no step of staff has a price."""


@dataclass(frozen=True, eq=False, repr=False)
class PricedStaffing(AbstractResult):
    """The staffing that costs least, waiting and lateness included.

    Attributes
    ----------
    staffing : dict
        Value by dotted path.
    feasible : bool
        Whether it meets all targets, with at least the probability `confidence`; True without any.
    cost : float
        Mean of `cost_total` over the replications of the proof, in the currency of the scenario.
    interval : Interval
        The same with its interval.
    decided : bool
        Whether the promise holds: with probability `confidence` no staffing compared costs less by
        `difference` or more. False if the cap on replications came first.
    difference : float
    targets : tuple of Target
    confidence : float
    scenario : Scenario
        With the staffing.
    replications : int
        Of all staffings together.
    seed : int
    engine : str
    provenance : dict
    """

    staffing: dict[str, Any]
    feasible: bool
    cost: float
    interval: Interval
    decided: bool
    difference: float
    targets: tuple[Target, ...]
    confidence: float
    scenario: Scenario
    replications: int
    seed: int
    engine: str
    provenance: dict[str, Any]
    _rows: list[dict[str, Any]] = field(kw_only=True)
    _readings: tuple[Reading, ...] = field(kw_only=True)

    @property
    def evidence(self) -> pd.DataFrame:
        """Every staffing tested, cheapest first.

        Columns: the paths, cost, lower, upper (of the mean), n, compared (False: seen by the search
        only), and role ("answer", "rival" if it cannot be told from the answer, or "dearer").
        """
        import pandas as pd

        return pd.DataFrame(self._rows)

    def to_frame(self) -> pd.DataFrame:
        """The evidence."""
        return self.evidence

    def _heading(self) -> list[str]:
        money = self.scenario.costs.currency
        chosen = ", ".join(f"{path} = {value}" for path, value in self.staffing.items())
        ends = shown_interval("cost_total", self.interval.lower, self.interval.upper)
        lines = [f"{chosen} costs {shown('cost_total', self.cost)} {money} ({ends})"]
        delta = shown("cost_total", self.difference)
        if self.decided:
            lines.append(
                f"with probability {self.confidence:g} nothing that was compared costs less by "
                f"{delta} or more"
            )
        else:
            lines.append("NOT decided: the cap on replications came first; others may cost less")
        for target, reading in zip(self.targets, self._readings, strict=True):
            lines.append(f"{target.text}: {reading.verdict}")
        return lines

    def _table(self) -> list[list[str]]:
        rows = [["staffing", "cost", "95 % interval", "n", "role"]]
        paths = list(self.staffing)
        for row in self._rows[: _STEPS * 2]:
            rows.append(
                [
                    ", ".join(str(row[path]) for path in paths),
                    shown("cost_total", row["cost"]),
                    shown_interval("cost_total", row["lower"], row["upper"]),
                    str(row["n"]),
                    row["role"],
                ]
            )  # fmt: skip
        return rows

    def _cautions(self) -> list[str]:
        edges = [
            path
            for path, value in self.staffing.items()
            for column in [[row[path] for row in self._rows]]
            if all(isinstance(one, int | float) for one in column)
            and len(set(column)) > 1
            and value in (min(column), max(column))
        ]
        lines = [
            f"{path} stands at the edge of its range: more, or less, may cost less"
            for path in edges
        ]
        return [*lines, f"{counted(self.replications, 'replication')} in all"]


def solved_in_money(problem: Problem, execution: Execution) -> PricedStaffing:
    """The staffing of a grid that costs least, and meets the targets if there are any.

    Raises
    ------
    ValueError
        If no staffing meets the targets, or theory says of all of them that they grow.
    """
    grid, settings = problem.grid, problem.settings
    asked = replace(problem, targets=(*problem.targets, MONEY))
    with Campaign(**execution) as campaign:
        made = OnDemand(campaign, asked)
        if not made.grows(grid.top):
            made.add(grid.top, SEARCH)
            made.columns(grid.top)
        campaign.record(problem.request)
        seen = _Seen(grid, made, problem)
        seen.search()
        answer, compared = seen.compared()
        seconds = campaign.seconds
    interval = compared.intervals[answer]
    readings = compared.readings[answer]
    staffed = grid.staffed(answer)
    total = made.total(SEARCH) + made.total(PROOF)
    return PricedStaffing(
        staffing=grid.point(answer),
        feasible=all(reading.verdict == "met" for reading in readings),
        cost=interval.estimate,
        interval=interval,
        decided=compared.decided,
        difference=seen.difference,
        targets=problem.targets,
        confidence=problem.confidence,
        scenario=staffed,
        replications=total,
        seed=settings.seed,
        engine=settings.engine,
        provenance=provenance(
            {grid.scenario.label: grid.scenario},
            settings,
            seconds,
            targets=[one.text for one in problem.targets],
            confidence=problem.confidence,
            replications=total,
        ),
        _rows=seen.rows(answer, compared),
        _readings=readings,
    )


@dataclass(frozen=True)
class _Compared:
    """What new replications say of the staffings that were compared."""

    decided: bool
    alive: frozenset[Index]
    intervals: Mapping[Index, Interval]
    readings: Mapping[Index, tuple[Reading, ...]]


class _Seen:
    """What is known of staffings so far."""

    def __init__(self, grid: Grid, made: OnDemand, problem: Problem) -> None:
        self._grid, self._made, self._problem = grid, made, problem
        self._glance = min(_GLANCE, problem.most)
        self.costs: dict[Index, NDArray[np.float64]] = {}
        self._failing: set[Index] = set()
        self.difference = 0.0

    # -- search ---------------------------------------------------------------------------------

    def look_at(self, wanted: Iterable[Index]) -> None:
        """See what these staffings cost in a few replications."""
        new = [
            index
            for index in dict.fromkeys(map(self._grid.same, wanted))
            if index not in self.costs and not self._made.grows(index)
        ]
        self._made.have([(index, SEARCH, SEARCH + self._glance) for index in new])
        for index in new:
            *targets, cost = self._made.look(index, SEARCH, SEARCH + self._glance)
            self.costs[index] = cost
            for target, values in zip(self._problem.targets, targets, strict=True):
                reading = read(target, values, error_met=0.1, error_fails=0.1)
                away = target.distance(reading.estimate)
                if reading.verdict == "fails" or (reading.verdict == "undecided" and away > 0):
                    self._failing.add(index)

    def best(self) -> Index:
        """The cheapest so far of those that seem to meet the targets.

        Raises
        ------
        ValueError
            If there is none.
        """
        known = [index for index in self.costs if index not in self._failing]
        if not known:
            why = "meets the targets" if self.costs else "has a steady beginning"
            raise ValueError(
                f"cost = 'money': no staffing of those that were tried {why}; allow more staff"
            )
        return min(known, key=lambda index: (float(self.costs[index].mean()), index))

    def search(self) -> None:
        """Come ever closer to the cheapest staffing."""
        shape = self._grid.shape
        strides = [max(1, math.ceil((n - 1) / _STEPS)) for n in shape]
        lines = [sorted({*range(0, n, s), n - 1}) for n, s in zip(shape, strides, strict=True)]
        start = self._start()
        if math.prod(map(len, lines)) <= _COARSE:
            self.look_at(itertools.product(*lines))
        else:
            self.look_at(
                (*start[:axis], k, *start[axis + 1 :])
                for axis, line in enumerate(lines)
                for k in line
            )
        self.look_at([start, self._grid.top])
        while True:
            best = self.best()
            self.look_at(self._around(best, strides))
            if self.best() != best:
                continue
            if max(strides) == 1:
                break
            strides = [max(1, s // 2) for s in strides]
        self.difference = self._least_difference(best)

    def _start(self) -> Index:
        """Where theory expects the answer, on the axes of staff; the middle of others."""
        found = []
        for axis in self._grid.axes:
            wanted = self._problem.start.get(axis.path)
            if wanted is None:
                found.append(len(axis) // 2)
            else:
                found.append(int(np.argmin(np.abs(axis.numbers - wanted))))
        return tuple(found)

    def _around(self, index: Index, strides: Sequence[int]) -> list[Index]:
        """Staffings one stride away: in all directions at once of up to three axes."""
        shape = self._grid.shape
        steps = [
            [k for k in (at - s, at, at + s) if 0 <= k < n]
            for at, s, n in zip(index, strides, shape, strict=True)
        ]
        if len(shape) <= 3:
            return list(itertools.product(*steps))
        return [(*index[:axis], k, *index[axis + 1 :]) for axis, ks in enumerate(steps) for k in ks]

    def _least_difference(self, best: Index) -> float:
        """What matters: a part of what the smallest step of staff costs."""
        scenario = self._grid.scenario
        first, last = _measured_days(scenario)
        prices = []
        for axis in self._grid.axes:
            team = scenario.costs.teams.get(axis.team or "")
            if team is None or not team.post or axis.field not in ("fte", "add"):
                continue
            if len(axis) > 1:
                step = float(np.diff(axis.numbers).min())
                prices.append(step * team.post * (last - first) / 365.25)
        if prices:
            return _DIFFERENCE * min(prices)
        return max(_OF_COST * abs(float(self.costs[best].mean())), 1e-9)

    # -- comparison -----------------------------------------------------------------------------

    def compared(self) -> tuple[Index, _Compared]:
        """The cheapest on new replications, and all that they say; dearer ones where it fails."""
        problem = self._problem
        intervals: dict[Index, Interval] = {}
        readings: dict[Index, tuple[Reading, ...]] = {}
        while True:
            rivals = self._rivals()
            decided, alive, best = True, frozenset(rivals), rivals[0]
            if len(rivals) > 1:
                verdict = select(
                    lambda stop, systems: self._matrix(stop, systems, rivals),  # noqa: B023
                    len(rivals),
                    difference=self.difference,
                    confidence=problem.confidence,
                    first=min(_FIRST, problem.most),
                    at_most=problem.most,
                )
                decided, best = verdict.decided, rivals[verdict.best]
                alive = frozenset(rivals[k] for k in verdict.alive)
            for index in rivals:
                n = max(self._made.made.get((index, PROOF), 0), min(_FIRST, problem.most))
                intervals[index] = self._interval(index, n)
            readings[best] = self._tested(best)
            if all(reading.verdict == "met" for reading in readings[best]):
                return best, _Compared(decided, alive, intervals, readings)
            self._failing.add(best)
            try:
                self.look_at(self._around(best, [1] * len(best)))
                self.best()
            except ValueError:
                return best, _Compared(decided, alive, intervals, readings)

    def _rivals(self) -> list[Index]:
        """The cheapest of the search, and those that it cannot tell from it; cheapest first."""
        best = self.best()
        near = set(self._around(best, [1] * len(best)))
        found = []
        for index, costs in self.costs.items():
            if index in self._failing:
                continue
            away = costs - self.costs[best]
            error = float(away.std(ddof=1)) / math.sqrt(len(away)) if len(away) > 1 else math.inf
            if index in near or float(away.mean()) - 3 * error <= self.difference:
                found.append((float(costs.mean()), index))
        return [index for _, index in sorted(found)[:_RIVALS]]

    def _matrix(
        self, stop: int, systems: Sequence[int], rivals: Sequence[Index]
    ) -> NDArray[np.float64]:
        self._made.have([(rivals[k], PROOF, PROOF + stop) for k in systems])
        data = np.full((stop, len(rivals)), np.nan)
        for k, index in enumerate(rivals):
            known = self._made.look(index, PROOF, PROOF + stop)[-1]
            data[: len(known), k] = known
        return data

    def _interval(self, index: Index, n: int) -> Interval:
        self._made.have([(index, PROOF, PROOF + n)])
        costs = self._made.look(index, PROOF, PROOF + n)[-1]
        return mean_interval(costs, limits=(0.0, math.inf))

    def _tested(self, index: Index) -> tuple[Reading, ...]:
        """What new replications say of the targets; more of them while they say nothing."""
        problem = self._problem
        error = 1 - problem.confidence
        n = min(2 * _FIRST, problem.most)
        while problem.targets:
            self._made.have([(index, PROOF, PROOF + n)])
            values = self._made.look(index, PROOF, PROOF + n)[:-1]
            found = tuple(
                read(target, one, error_met=error / 4, error_fails=error / 4)
                for target, one in zip(problem.targets, values, strict=True)
            )
            open_ = any(reading.verdict == "undecided" for reading in found)
            if n >= problem.most or not open_:
                return found
            n = min(2 * n, problem.most)
            error /= 2
        return ()

    def rows(self, answer: Index, compared: _Compared) -> list[dict[str, Any]]:
        """The evidence, cheapest first."""
        rows = []
        for index, costs in self.costs.items():
            interval = compared.intervals.get(index)
            new = interval is not None
            interval = interval or mean_interval(costs, limits=(0.0, math.inf))
            role = "rival" if index in compared.alive else "dearer"
            role = "fails" if index in self._failing else role
            rows.append(
                {
                    **self._grid.point(index),
                    "cost": interval.estimate,
                    "lower": interval.lower,
                    "upper": interval.upper,
                    "n": interval.n,
                    "compared": new,
                    "role": "answer" if index == answer else role,
                }
            )
        return sorted(rows, key=lambda row: (row["role"] != "answer", row["cost"]))


def _measured_days(scenario: Scenario) -> tuple[int, int]:
    """Days of the window that is meant."""
    from capsim.plan.windows import windows_of

    return next((one.low, one.high) for one in windows_of(scenario) if one.name == scenario.window)
