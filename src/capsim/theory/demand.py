"""What the inflows ask of every team day by day: client hours, places and files.

What comes lasting (rates and traces, continued at the level of the last year) and what comes once
(waves, cases already there) move through the pathway in the planned rhythm, so that a wave reaches
guidance months after intake. Visits take place when they are due, and take no time: how fast the
work is done is not asked here. A lasting bottleneck passes on the share that it serves of what
comes lasting, and nothing more of what comes once: it is full.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capsim.plan.copies import Copies
from capsim.plan.timetable import timetable_of
from capsim.scenario.laws.compound import shifted
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import Inflow
from capsim.scenario.tables.periods import weekday_weights
from capsim.scenario.units import DAYS_PER_YEAR
from capsim.theory.lasting import Lasting, Path, Staff, lasting, office_shares
from capsim.theory.pace import Grid
from capsim.theory.supply import Supply
from capsim.theory.throughput import last_ranks

__all__ = [
    "Span",
    "Flows",
    "arrivals_by_day",
    "counted",
    "demand_by_day",
    "lasting_arrivals",
    "lasting_at",
    "traced",
]

YEARS_BEYOND = 5
"""How far the daily flows go on beyond the horizon, at the rates of its last year."""


@dataclass(frozen=True)
class Span:
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

    def level(self, values: np.ndarray) -> float:
        """Mean of the last year of values by day."""
        recent = values[self.reference]
        return float(recent.mean()) if recent.size else 0.0

    def extended(self, values: np.ndarray) -> np.ndarray:
        """Values by day of the horizon, continued at the mean of its last year."""
        beyond = self.grid.n - self.n_days
        return np.concatenate((values, np.full(beyond, self.level(values))))


@dataclass
class Flows:
    """What is asked of one copy of a team; arrays are (days,) float64 on the span's grid."""

    hours: np.ndarray
    """Client hours that have to be worked, however late."""
    lapsing: np.ndarray
    """Client hours of stages that end by their stay: what comes too late lapses."""
    ahead: np.ndarray
    """Those of them that are served before all others."""
    joined: np.ndarray
    """Cases that come from elsewhere to stages whose hours do not lapse."""
    weight_in: np.ndarray
    """Weighted cases that need a place, and do not hold one of the team already."""
    weight_there: np.ndarray
    """Weighted cases that hold a place if nobody has to wait for one."""
    hours_once: float = 0.0
    """Client hours of waves and of the cases already there, over all days."""

    @property
    def all_hours(self) -> np.ndarray:
        """Client hours of all kinds."""
        return self.hours + self.lapsing + self.ahead

    @classmethod
    def none(cls, n: int) -> Flows:
        """Nothing asked on any of n days."""
        return cls(*np.zeros((6, n)))


def arrivals_by_day(inflow: Inflow, scenario: Scenario) -> np.ndarray:
    """Expected applications of the rate of an inflow on each day of the horizon.

    Weekday factors are in it; `counted` has those of its counts.

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
    steps = inflow.rate.steps_per_day(scenario.start)
    marks = np.array([0.0, *(since for since, _ in steps), max(n_days, steps[-1][0]) + 1.0])
    rates = np.array([0.0, *(rate for _, rate in steps)])
    upto = np.concatenate(([0.0], np.cumsum(rates * np.diff(marks))))
    result = np.diff(np.interp(np.arange(n_days + 1), marks, upto))
    days = np.arange(n_days)
    if inflow.seasonality is not None:
        months = timetable_of(scenario.calendar, scenario.start, n_days).month_of_days()[:n_days]
        result = result * np.array(inflow.seasonality)[months - 1]
    if inflow.weekdays is not None:
        result = result * weekday_weights(inflow.weekdays, scenario.start.weekday(), n_days)
    return np.asarray(result * (1 + inflow.growth) ** (days / float(DAYS_PER_YEAR)))


def counted(inflow: Inflow, scenario: Scenario, office: str, share: float) -> np.ndarray:
    """Applications of an office that the counts of an inflow expect by day."""
    result = np.zeros(scenario.horizon_days)
    if inflow.counts is None:
        return result
    for where in inflow.counts.offices:
        if where in (None, office):
            days = inflow.counts.by_day(where, scenario.start, result.size, inflow.weekdays)
            result += share * days if where is None else days
    return result


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


def _waves(inflow: Inflow, scenario: Scenario, span: Span) -> np.ndarray:
    """Applications of the waves of an inflow by day, take-up and lag included."""
    grid = span.grid
    result = np.zeros(grid.n)
    unit = scenario.calendar.mean_days
    for wave in inflow.waves.values():
        comes = np.zeros(grid.n)
        first = (wave.date - span.start).days
        if wave.ahead is not None:
            back = int(scenario.calendar.days_back(wave.date, wave.ahead))
            first = max(0, first - back)
        length = 0.0 if wave.over is None else scenario.calendar.mean_days(wave.over)
        upto = np.clip(np.arange(grid.n + 1) - first, 0, None) / length if length else None
        if upto is not None:
            comes += wave.people * np.diff(np.minimum(upto, 1.0))
        elif 0 <= first < grid.n:
            comes[first] += wave.people
        comes *= inflow.take_up_of(wave)
        law = inflow.lag_of(wave)
        if law is not None and comes.any():
            lag = shifted(law.variable(unit), law.plus_in(unit))
            comes = grid.values(grid.transform(comes) * grid.transform(grid.split(lag)))
        result += comes
    return np.maximum(result, 0.0)


def lasting_arrivals(scenario: Scenario) -> dict[tuple[str, str], np.ndarray]:
    """Applications by day of the horizon that are no wave's, by (office, inflow)."""
    rates = {name: arrivals_by_day(one, scenario) for name, one in scenario.inflows.items()}
    shares = {name: office_shares(scenario, name) for name in scenario.inflows}
    return {
        (office, name): shares[name][office] * rates[name]
        + traced(inflow, scenario, office, shares[name][office])
        + counted(inflow, scenario, office, shares[name][office])
        for office in scenario.office_names
        for name, inflow in scenario.inflows.items()
    }


def lasting_at(
    scenario: Scenario,
    copies: Copies,
    supply: Sequence[Supply],
    arrivals: dict[tuple[str, str], np.ndarray],
) -> Lasting:
    """What reaches every stage in the end, at the rates and the staff of the last year."""
    span = Span(scenario.start, scenario.horizon_days)
    return lasting(
        scenario,
        copies,
        [one.worker_hours for one in supply],
        [Staff(span.level(one.hours), span.level(one.effective_fte)) for one in supply],
        {key: span.level(flow) for key, flow in arrivals.items()},
        span.reference_day,
    )


def demand_by_day(
    scenario: Scenario,
    found: Lasting,
    arrivals: dict[tuple[str, str], np.ndarray],
) -> tuple[list[Flows], list[np.ndarray]]:
    """What is asked of every copy of a team, and of every series of meetings, day by day.

    Parameters
    ----------
    scenario : Scenario
    found : Lasting
        The pathways, and what each stage passes on in the end.
    arrivals : dict
        Of `lasting_arrivals`.

    Returns
    -------
    flows : list of Flows
        By copy.
    files : list of (days,) array
        By series of meetings: files that are ready for a decision.
    """
    span = Span(scenario.start, scenario.horizon_days)
    n = span.grid.n
    shares = {name: office_shares(scenario, name) for name in scenario.inflows}
    flows = [Flows.none(n) for _ in found.capacity.hours]
    files = [np.zeros(n) for _ in found.capacity.files]
    waves = {name: _waves(one, scenario, span) for name, one in scenario.inflows.items()}
    there = scenario.initial_cases()
    comes = []
    for path in found.paths:
        initial = np.zeros(len(path.met))
        for one in there:
            if one.inflow == path.inflow and one.office in (None, path.office):
                part = shares[path.inflow][path.office] if one.office is None else 1.0
                initial[scenario.stage_names.index(one.stage)] += part * one.cases
        regular = span.extended(arrivals[path.office, path.inflow])
        comes.append((regular, shares[path.inflow][path.office] * waves[path.inflow], initial))
    streams = [path.stream for path in found.paths]
    asked = [_ever_reached(path, *once) for path, once in zip(found.paths, comes, strict=True)]
    last = last_ranks(streams, asked, len(flows))
    kernels: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for k, (path, (regular, wave, initial)) in enumerate(zip(found.paths, comes, strict=True)):
        nobody = np.zeros(len(path.met))
        is_ahead = path.stream.served_before(last)
        passed, served = found.flows.passed[k], found.flows.served[k]
        if regular.any():
            moved = _move(span.grid, path, regular, nobody, passed, kernels)
            _add(path, moved, nobody, is_ahead, served, flows, files, once=False)
        if wave.any() or initial.any():
            whole = np.where(passed < 1, 0.0, 1.0)
            moved = _move(span.grid, path, wave, initial, whole, kernels)
            _add(path, moved, initial, is_ahead, served, flows, files, once=True)
    return flows, files


def _ever_reached(
    path: Path, regular: np.ndarray, wave: np.ndarray, initial: np.ndarray
) -> np.ndarray:
    """Stages that anybody ever comes to."""
    begins = initial.copy()
    begins[path.entry] += float(regular.any() or wave.any())
    return path.routes.reached(begins > 0)


@dataclass(frozen=True)
class _Moved:
    """Cases and hours by stage and day, (stages, days)."""

    arrived: np.ndarray
    left: np.ndarray
    asked: np.ndarray


def _move(
    grid: Grid,
    path: Path,
    external: np.ndarray,
    initial: np.ndarray,
    passed: np.ndarray,
    kernels: dict[int, tuple[np.ndarray, np.ndarray]],
) -> _Moved:
    """Let arrivals, and cases that are there, move through the pathway.

    `kernels` keeps those of a pace, by its identity: offices share them.
    """
    count, size = len(path.met), grid.size // 2 + 1
    exits = np.zeros((count, size), dtype=complex)
    hours = np.zeros((count, size), dtype=complex)
    reached = path.routes.reached((initial > 0) | (np.arange(count) == path.entry))
    for number in np.flatnonzero(reached).tolist():
        pace = path.paces[number]
        if id(pace) not in kernels:
            kernels[id(pace)] = pace.kernels(grid)
        exits[number], hours[number] = kernels[id(pace)]
    outside = np.zeros((count, size), dtype=complex)
    own_exits, own_hours = np.zeros_like(outside), np.zeros_like(outside)
    for number in np.flatnonzero(initial).tolist():
        handed = path.met[number].kind == "caseworker"
        out, work = path.paces[number].initial_kernels(grid, handed=handed)
        own_exits[number], own_hours[number] = initial[number] * out, initial[number] * work
    if initial.any():
        outside += path.routes.sent(passed[:, None] * own_exits)
    outside[path.entry] += grid.transform(external)
    entries = path.routes.transformed(outside, passed[:, None] * exits)
    return _Moved(
        arrived=np.maximum(grid.values(entries), 0.0),
        left=np.maximum(grid.values(exits * entries + own_exits), 0.0),
        asked=np.maximum(grid.values(hours * entries + own_hours), 0.0),
    )


def _add(
    path: Path,
    moved: _Moved,
    initial: np.ndarray,
    is_ahead: np.ndarray,
    served: np.ndarray,
    flows: Sequence[Flows],
    files: list[np.ndarray],
    *,
    once: bool,
) -> None:
    """Add what one inflow in one office asks."""
    stream = path.stream
    kept, within = np.zeros_like(moved.left), np.zeros_like(moved.left)
    for origin, to, share in stream.kept_ways:
        kept[to] += share * served[origin] * moved.left[origin]
    works = (stream.copy >= 0) & ~stream.lapses
    for origin in np.flatnonzero(works).tolist():
        for to, share in path.routes.ways[origin]:
            if works[to] and stream.copy[to] == stream.copy[origin]:
                within[to] += share * served[origin] * moved.left[origin]
    for number, copy in enumerate(stream.copy.tolist()):
        if stream.meeting[number] >= 0:
            files[stream.meeting[number]] += served[number] * moved.left[number]
        if copy < 0:
            continue
        own = flows[copy]
        if is_ahead[number]:
            own.ahead += moved.asked[number]
        elif stream.lapses[number]:
            own.lapsing += moved.asked[number]
        else:
            own.hours += moved.asked[number]
            own.joined += np.maximum(moved.arrived[number] - within[number], 0.0)
            own.joined[0] += initial[number]
        if once:
            own.hours_once += float(moved.asked[number].sum())
        if path.weight[number]:
            weight = path.weight[number]
            present = initial[number] + np.cumsum(moved.arrived[number] - moved.left[number])
            own.weight_there += weight * np.maximum(present, 0.0)
            own.weight_in += weight * np.maximum(moved.arrived[number] - kept[number], 0.0)
            own.weight_in[0] += weight * initial[number]
