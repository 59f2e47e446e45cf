"""The pathway of every inflow in every office, and what reaches each stage of it in the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from capsim.plan.copies import Copies
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import Inflow
from capsim.scenario.tables.stages import Stage
from capsim.theory.pace import Pace, pace_of
from capsim.theory.rhythm import meeting_rhythm
from capsim.theory.routes import Routes, routes_of
from capsim.theory.throughput import Capacity, Stream, Throughput, throughput

__all__ = ["Asked", "Lasting", "Path", "Staff", "lasting", "office_shares"]

_LARGEST_LOAD = 1e9


@dataclass(frozen=True)
class Path:
    """The pathway as one inflow has it in one office; arrays have shape (stages,)."""

    office: str
    inflow: str
    met: tuple[Stage, ...]
    paces: tuple[Pace, ...]
    routes: Routes
    entry: int
    copy: np.ndarray
    """Copy of the team of each stage, -1 for a delay."""
    weight: np.ndarray
    """Weight of a case in the caseload, 0 where it holds no place."""
    stream: Stream


@dataclass(frozen=True)
class Staff:
    """What a copy of a team has at some time."""

    hours: float
    """Client hours per calendar day."""
    effective_fte: float


@dataclass(frozen=True)
class Asked:
    """What reaches one stage of one inflow in one office, lasting, per calendar day."""

    office: str
    inflow: str
    stage: str
    team: str | None
    cases: float
    """Entries into the stage; a lasting bottleneck before it passes on no more than it serves."""
    visits: float
    """Visits of a case."""
    hours: float
    """Client hours of a case."""
    days: float
    """Planned time in the stage."""


@dataclass(frozen=True)
class Lasting:
    """Flows in the end, at one level of arrivals and staff."""

    paths: tuple[Path, ...]
    flows: Throughput
    capacity: Capacity
    series: dict[tuple[str, str], int]
    """Number of the meetings of a (stage, office) in `flows.files`."""

    def asked(self, scenario: Scenario) -> tuple[Asked, ...]:
        """What reaches the stages to which anybody comes."""
        return tuple(
            Asked(
                office=path.office,
                inflow=path.inflow,
                stage=name,
                team=path.met[number].team,
                cases=float(entries[number]),
                visits=path.paces[number].visits,
                hours=path.paces[number].hours,
                days=path.paces[number].days,
            )
            for path, entries in zip(self.paths, self.flows.entries, strict=True)
            for number, name in enumerate(scenario.stage_names)
            if entries[number]
        )


def office_shares(scenario: Scenario, inflow: str) -> dict[str, float]:
    """Share of the applicants of an inflow by office; all of them together are 1."""
    shares = scenario.office_shares_of(inflow)
    total = sum(shares.values())
    return {office: share / total for office, share in shares.items()}


def lasting(
    scenario: Scenario,
    copies: Copies,
    worker_hours: Sequence[float],
    staff: Sequence[Staff] | None,
    arrivals: Mapping[tuple[str, str], float],
    day: float,
) -> Lasting:
    """What reaches every stage in the end, at the caseload at which closing settles.

    A heavier caseload closes less, which makes it heavier: the fixed point, from below; at most the
    caseload limit, and without one none may exist (then the load is infinite).

    Parameters
    ----------
    scenario : Scenario
    copies : Copies
    worker_hours : sequence of float
        By copy: client hours of one present worker in a calendar day, on average.
    staff : sequence of Staff or None
        By copy; None: what would come if nothing ever ran out.
    arrivals : mapping
        Applications per day by (office, inflow).
    day : float
        Days since the start for which the growth of laws is taken.
    """
    if staff is None:
        staff = [Staff(math.inf, math.inf)] * len(copies.names)
    limits = [team.cases_per_fte for team in copies.settings]
    places = [
        math.inf if limit is None else limit * one.effective_fte
        for limit, one in zip(limits, staff, strict=True)
    ]
    series, files = _series(scenario, copies)
    if math.inf in (one.hours for one in staff):
        files = np.full(files.size, math.inf)
    capacity = Capacity(np.array([one.hours for one in staff]), np.array(places), files)

    def at(loads: Sequence[float | None]) -> Lasting:
        paths = tuple(_paths(scenario, copies, worker_hours, loads, arrivals, series, day))
        return Lasting(
            paths, throughput([path.stream for path in paths], capacity), capacity, series
        )

    return _settled(at, scenario, copies, staff, limits)


def _settled(
    at: Callable[[Sequence[float | None]], Lasting],
    scenario: Scenario,
    copies: Copies,
    staff: Sequence[Staff],
    limits: Sequence[float | None],
) -> Lasting:
    loads: list[float | None] = [None] * len(staff)
    closings = [
        stage.closing
        for local in {id(one): one for one in copies.local.values()}.values()
        for inflow in scenario.inflows
        for name in scenario.stage_names
        if (stage := local.stage_for(name, inflow)).closing is not None
    ]
    if not any(closing.norm and closing.elasticity for closing in closings if closing):
        return at(loads)
    for _ in range(200):
        held = at(loads).flows.held
        previous = list(loads)
        for copy, (one, limit) in enumerate(zip(staff, limits, strict=True)):
            load = float(held[copy]) / one.effective_fte if one.effective_fte else 0.0
            loads[copy] = min(load, _LARGEST_LOAD if limit is None else limit)
        if previous[0] is not None and np.allclose(
            np.array(previous, dtype=float), np.array(loads, dtype=float), rtol=1e-7
        ):
            break
    return at([math.inf if load is not None and load >= _LARGEST_LOAD else load for load in loads])


def _series(scenario: Scenario, copies: Copies) -> tuple[dict[tuple[str, str], int], np.ndarray]:
    """The meetings with limited places, and how many files they take a day."""
    series: dict[tuple[str, str], int] = {}
    files: list[float] = []
    for office in scenario.office_names:
        local = copies.local[office]
        for name, stage in local.stages.items():
            if stage.meetings is not None and stage.meetings.places is not None:
                series[name, office] = len(files)
                files.append(meeting_rhythm(stage, local)[0] * stage.meetings.places)
    return series, np.array(files)


def _weight(stage: Stage, inflow: Inflow) -> float:
    """What a case takes of the room in a stage: its weight in a caseload, or one place."""
    if stage.kind == "places":
        return 1.0
    return inflow.case_weight if stage.kind == "caseworker" else 0.0


def _paths(
    scenario: Scenario,
    copies: Copies,
    worker_hours: Sequence[float],
    loads: Sequence[float | None],
    arrivals: Mapping[tuple[str, str], float],
    series: Mapping[tuple[str, str], int],
    day: float,
) -> list[Path]:
    names = scenario.stage_names
    number = {name: k for k, name in enumerate(names)}
    known: dict[tuple[int, int, float, float | None], Pace] = {}

    def pace(local: Scenario, stage: Stage, own: int) -> Pace:
        # Stages that an inflow has as they stand are one object, in all offices alike.
        hours, load = (worker_hours[own], loads[own]) if own >= 0 else (0.0, None)
        key = (id(stage), id(local.calendar), hours, load)
        if key not in known:
            known[key] = pace_of(
                stage,
                local.calendar,
                hours_per_day=hours,
                meeting_wait=meeting_rhythm(stage, local)[1],
                day=day,
                load=load,
            )
        return known[key]

    result = []
    for office in scenario.office_names:
        local = copies.local[office]
        for inflow_name, inflow in scenario.inflows.items():
            met = tuple(local.stage_for(name, inflow_name) for name in names)
            copy = np.array(
                [-1 if stage.team is None else copies.number[office, stage.team] for stage in met]
            )
            paces = tuple(
                pace(local, stage, int(own)) for stage, own in zip(met, copy, strict=True)
            )
            weight = np.array([_weight(stage, inflow) for stage in met])
            entry = number[scenario.entry_stage(inflow_name)]
            outside = np.zeros(len(names))
            outside[entry] = arrivals[office, inflow_name]
            days = np.array([pace.days for pace in paces])
            stream = Stream(
                routes=routes_of(local, met),
                outside=outside,
                copy=copy,
                hours=np.array([pace.hours for pace in paces]),
                lapses=np.array(
                    [stage.kind == "caseworker" and stage.stay is not None for stage in met]
                ),
                rank=[(stage.priority, inflow.priority) for stage in met],
                held=np.where(weight > 0, weight * np.where(weight > 0, days, 0.0), 0.0),
                meeting=np.array(
                    [
                        series.get((name, office), -1) if stage.meetings is not None else -1
                        for name, stage in zip(names, met, strict=True)
                    ]
                ),
            )
            result.append(
                Path(office, inflow_name, met, paces, stream.routes, entry, copy, weight, stream)
            )
    return result
