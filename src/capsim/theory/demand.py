"""What the inflows ask of every team: cases, client hours and places, on average and day by day.

Two views of the same flows. The *lasting* one is the steady state of what keeps coming (rates and
traces, as they are in the last year of the horizon): the traffic equations, returns included. The
one *by day* adds what comes once (waves, cases already there) and lets everything move through the
pathway in the planned rhythm, so that a wave reaches guidance months after intake. Nobody waits,
leaves or is turned away in either: they say what is asked, not what will happen.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field

import numpy as np

from capsim.plan.timetable import timetable_of
from capsim.scenario.inflow import Inflow
from capsim.scenario.model import Scenario
from capsim.scenario.stages import Stage
from capsim.scenario.units import DAYS_PER_YEAR
from capsim.theory.pace import Grid, Pace, pace_of
from capsim.theory.queues.domain import TheoryError
from capsim.theory.queues.jackson import traffic
from capsim.theory.rhythm import meeting_rhythm

YEARS_BEYOND = 5
"""How far the daily flows go on beyond the horizon, at the rates of its last year."""


@dataclass(frozen=True)
class Clock:
    """The days of a description: those of the horizon, its last year, and some years more."""

    start: datetime.date
    n_days: int

    @property
    def grid(self) -> Grid:
        """All days, those beyond the horizon included."""
        return Grid(self.n_days + YEARS_BEYOND * 365)

    @property
    def reference(self) -> slice:
        """The last year of the horizon, or all of it if it is shorter."""
        return slice(max(0, self.n_days - 365), self.n_days)

    @property
    def reference_day(self) -> float:
        """The middle of it."""
        return (max(0, self.n_days - 365) + self.n_days) / 2

    def extended(self, values: np.ndarray) -> np.ndarray:
        """Values by day of the horizon, continued at the mean of its last year."""
        beyond = self.grid.n - self.n_days
        level = values[self.reference].mean() if self.n_days else 0.0
        return np.concatenate((values, np.full(beyond, level)))


@dataclass(frozen=True)
class Asked:
    """What one inflow asks at one stage in one office, lasting, per calendar day."""

    office: str
    inflow: str
    stage: str
    team: str | None
    cases: float
    """Entries into the stage."""
    visits: float
    """Visits of a case."""
    hours: float
    """Client hours of a case."""
    days: float
    """Planned time in the stage."""
    weight: float
    """Weight of a case in the caseload, 0 where it holds no place."""
    decided: bool
    """Whether the stage ends at a meeting."""


@dataclass
class Flows:
    """What is asked of one team in one office, by day; (days,) float64 on the clock's grid."""

    hours: np.ndarray
    hours_once: float = 0.0
    """Client hours of waves and of the cases already there, over all days."""
    joining: float = 0.0
    """Lasting: cases that come to the team from elsewhere, per day."""
    placing: float = 0.0
    """Lasting: cases that need a place and do not hold one of the team already, per day."""
    cases_in: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Cases that come to the team from elsewhere."""
    weight_in: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Weighted cases that need a place, and do not hold one of the team already."""
    weight_there: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Weighted cases that hold a place if nobody has to wait for one."""


@dataclass(frozen=True)
class Demand:
    """What all inflows ask in one office."""

    asked: tuple[Asked, ...]
    teams: dict[str, Flows]
    files: dict[str, np.ndarray]
    """By stage with meetings: files that are ready for a decision, by day."""


def arrivals_by_day(inflow: Inflow, scenario: Scenario) -> np.ndarray:
    """Expected applications of the rate of an inflow on each day of the horizon.

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="60 days", stages={"pause": {"stay": "1 day"}},
    ...     inflows={"a": {"rate": {"per_day": 2}, "seasonality": [1, 3] + [1] * 10}})
    >>> arrivals_by_day(scenario.inflows["a"], scenario)[[30, 31, 58, 59]].tolist()
    [2.0, 6.0, 6.0, 2.0]
    """
    n_days = scenario.horizon_days
    if inflow.rate is None:
        return np.zeros(n_days)
    steps = inflow.rate.steps_per_day
    marks = np.array([0.0, *(since for since, _ in steps), max(n_days, steps[-1][0]) + 1.0])
    rates = np.array([0.0, *(rate for _, rate in steps)])
    upto = np.concatenate(([0.0], np.cumsum(rates * np.diff(marks))))
    result = np.diff(np.interp(np.arange(n_days + 1), marks, upto))
    days = np.arange(n_days)
    if inflow.seasonality is not None:
        months = timetable_of(scenario.calendar, scenario.start, n_days).month_of_days()[:n_days]
        result = result * np.array(inflow.seasonality)[months - 1]
    return np.asarray(result * (1 + inflow.growth) ** (days / float(DAYS_PER_YEAR)))


def traced(inflow: Inflow, scenario: Scenario, office: str, share: float) -> np.ndarray:
    """Recorded applications of an office by day."""
    result = np.zeros(scenario.horizon_days)
    if inflow.trace is None:
        return result
    offices = inflow.trace.office or (None,) * len(inflow.trace)
    for day, where in zip(inflow.trace.days(scenario.start), offices, strict=True):
        if 0 <= day < result.size and where in (None, office):
            result[int(day)] += share if where is None else 1.0
    return result


def _waves(inflow: Inflow, scenario: Scenario, clock: Clock) -> np.ndarray:
    """Applications of the waves of an inflow by day, take-up and lag included."""
    grid = clock.grid
    result = np.zeros(grid.n)
    for wave in inflow.waves.values():
        first = (wave.date - clock.start).days
        length = 0.0 if wave.over is None else scenario.calendar.mean_days(wave.over)
        upto = np.clip(np.arange(grid.n + 1) - first, 0, None) / length if length else None
        if upto is not None:
            result += wave.people * np.diff(np.minimum(upto, 1.0))
        elif 0 <= first < grid.n:
            result[first] += wave.people
    result *= inflow.take_up
    if inflow.lag is not None and result.any():
        from capsim.scenario.compound import shifted

        unit = scenario.calendar.mean_days
        lag = shifted(inflow.lag.variable(unit), inflow.lag.plus_in(unit))
        result = grid.values(grid.transform(result) * grid.transform(grid.split(lag)))
    return np.maximum(result, 0.0)


@dataclass(frozen=True)
class Setting:
    """What the pace of a team's stages depends on: the worker and the caseload."""

    worker_hours: float
    load: float | None
    """Weighted open cases per FTE; None: not above any norm."""


def demand_of(
    scenario: Scenario,
    local: Scenario,
    office: str,
    share: float,
    settings: dict[str, Setting],
    *,
    by_day: bool = True,
) -> Demand:
    """What is asked in one office.

    Parameters
    ----------
    scenario, local : Scenario
        As it is everywhere, and with the settings of the office.
    office : str
    share : float
        Of the applicants.
    settings : dict of str to Setting
        By team.
    by_day : bool
        Whether the flows by day are wanted; without them only what is lasting.
    """
    clock = Clock(scenario.start, scenario.horizon_days)
    n = clock.grid.n
    stages = scenario.stage_names
    teams = {
        name: Flows(*(np.zeros(n), 0.0, 0.0, 0.0), *(np.zeros(n) for _ in range(3)))
        for name in scenario.teams
    }
    files = {name: np.zeros(n) for name in stages}
    asked: list[Asked] = []
    # When people come is the same everywhere; what they meet may differ by office.
    for inflow_name, inflow in scenario.inflows.items():
        met = [local.stage_for(name, inflow_name) for name in stages]
        paces = [_pace(stage, local, clock, settings) for stage in met]
        routing = routing_of(local, met)
        entry = stages.index(scenario.entry_stage(inflow_name))
        lasting = share * arrivals_by_day(inflow, scenario)
        lasting = lasting + traced(inflow, scenario, office, share)
        level = float(lasting[clock.reference].mean()) if lasting.size else 0.0
        outside = np.zeros(len(stages))
        outside[entry] = level
        entries = steady_entries(outside, routing)
        places = np.array(
            [inflow.case_weight if stage.kind == "caseworker" else 0.0 for stage in met]
        )
        for number, name in enumerate(stages):
            stage, pace = met[number], paces[number]
            asked.append(
                Asked(
                    office=office,
                    inflow=inflow_name,
                    stage=name,
                    team=stage.team,
                    cases=float(entries[number]),
                    visits=pace.visits,
                    hours=pace.hours,
                    days=pace.days,
                    weight=float(places[number]),
                    decided=stage.meetings is not None,
                )
            )
        for team, flows in teams.items():
            own = np.array([stage.team == team for stage in met])
            flows.joining += _from_elsewhere(own, outside, routing, entries)
            held = own & np.array([stage.kind == "caseworker" for stage in met])
            flows.placing += _from_elsewhere(held, outside, routing, entries)
        if not by_day:
            continue
        once = share * _waves(inflow, scenario, clock)
        initial = {
            number: share * cases.cases
            for number, name in enumerate(stages)
            if (cases := scenario.initial.get(name)) is not None
            and (cases.inflow or next(iter(scenario.inflows))) == inflow_name
        }
        regular = clock.extended(lasting)
        for external, there, is_once in ((regular, {}, False), (once, initial, True)):
            if external.any() or there:
                _add_by_day(
                    clock.grid, met, paces, routing, entry, external, there, places, teams, files,
                    stages, once=is_once,
                )  # fmt: skip
    return Demand(tuple(asked), teams, {name: flow for name, flow in files.items() if flow.any()})


def _from_elsewhere(
    own: np.ndarray, outside: np.ndarray, routing: np.ndarray, entries: np.ndarray
) -> float:
    """Entries into the own stages that do not come from one of them."""
    total = float(outside[own].sum())
    for origin in np.flatnonzero(~own):
        for destination in np.flatnonzero(own & (routing[origin] > 0)):
            total += float(routing[origin, destination] * entries[origin])
    return total


def _pace(stage: Stage, local: Scenario, clock: Clock, settings: dict[str, Setting]) -> Pace:
    setting = settings[stage.team] if stage.team is not None else Setting(0.0, None)
    _, wait = meeting_rhythm(stage, local)
    return pace_of(
        stage,
        local.calendar,
        hours_per_day=setting.worker_hours,
        meeting_wait=wait,
        day=clock.reference_day,
        load=setting.load,
    )


def routing_of(local: Scenario, met: list[Stage]) -> np.ndarray:
    """Shares from stage to stage as one inflow has them; exits are left out."""
    names = local.stage_names
    matrix = np.zeros((len(names), len(names)))
    for row, (name, stage) in enumerate(zip(names, met, strict=True)):
        for destination, part in local.next_of(name, stage).items():
            if destination in names:
                matrix[row, names.index(destination)] += part
    return matrix


def steady_entries(outside: np.ndarray, routing: np.ndarray) -> np.ndarray:
    """Entries per day into each stage in the end; infinite where people gather for ever.

    Examples
    --------
    >>> steady_entries(np.array([2.0, 0.0]), np.array([[0.0, 0.5], [1.0, 0.0]])).tolist()
    [4.0, 2.0]
    >>> steady_entries(np.array([2.0, 0.0]), np.array([[0.0, 1.0], [1.0, 0.0]])).tolist()
    [inf, inf]
    """
    try:
        return traffic(outside.tolist(), routing)
    except TheoryError:
        reached = outside > 0
        for _ in range(outside.size):
            reached = reached | ((reached @ (routing > 0)) > 0)
        return np.where(reached, math.inf, 0.0)


def _add_by_day(
    grid: Grid,
    met: list[Stage],
    paces: list[Pace],
    routing: np.ndarray,
    entry: int,
    external: np.ndarray,
    there: dict[int, float],
    places: np.ndarray,
    teams: dict[str, Flows],
    files: dict[str, np.ndarray],
    stages: tuple[str, ...],
    *,
    once: bool,
) -> None:
    """Let arrivals, and cases that are there, move through the pathway, and add what they ask."""
    count = len(stages)
    kernels = [pace.kernels(grid) for pace in paces]
    exits = np.array([kernel[0] for kernel in kernels])
    hours = np.array([kernel[1] for kernel in kernels])
    outside = np.zeros((count, exits.shape[1]), dtype=complex)
    outside[entry] = grid.transform(external)
    own_exits = np.zeros_like(outside)
    own_hours = np.zeros_like(outside)
    for number, cases in there.items():
        out, work = paces[number].initial_kernels(grid, handed=met[number].kind == "caseworker")
        own_exits[number], own_hours[number] = cases * out, cases * work
    # Entries: outside + routing^T (exits x entries + exits of those already there).
    system = np.eye(count) - (routing[:, :, None] * exits[:, None, :]).transpose(2, 1, 0)
    right = outside + routing.T @ own_exits
    try:
        entries = np.linalg.solve(system, right.T[:, :, None])[:, :, 0].T
    except np.linalg.LinAlgError:
        # A loop without exit that takes less than a day: let a little of it leave.
        system = np.eye(count) + (system - np.eye(count)) * (1 - 1e-9)
        entries = np.linalg.solve(system, right.T[:, :, None])[:, :, 0].T
    leaving = exits * entries + own_exits
    asked = grid.values(hours * entries + own_hours)
    arrived, left = grid.values(entries), grid.values(leaving)
    for number, stage in enumerate(met):
        if stage.meetings is not None:
            files[stages[number]] += np.maximum(left[number], 0.0)
        if stage.team is None:
            continue
        flows = teams[stage.team]
        flows.hours += np.maximum(asked[number], 0.0)
        returning = sum(
            routing[other, number] * left[other]
            for other, origin in enumerate(met)
            if origin.team == stage.team
        )
        flows.cases_in += np.maximum(arrived[number] - returning, 0.0)
        flows.cases_in[0] += there.get(number, 0.0)
        if once:
            flows.hours_once += float(asked[number].sum())
        if places[number]:
            present = there.get(number, 0.0) + np.cumsum(arrived[number] - left[number])
            flows.weight_there += places[number] * np.maximum(present, 0.0)
            keeps = sum(
                routing[other, number] * left[other]
                for other, origin in enumerate(met)
                if origin.kind == "caseworker" and origin.team == stage.team
            )
            flows.weight_in += places[number] * np.maximum(arrived[number] - keeps, 0.0)
            flows.weight_in[0] += places[number] * there.get(number, 0.0)
