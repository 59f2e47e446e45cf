"""What a service holds when it has filled: open cases and queues of every stage."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from capsim.plan.copies import Copies
from capsim.plan.timetable import timetable_of
from capsim.scenario.checks.sizes import MOST_CASES
from capsim.scenario.errors import Mistake, ScenarioError, amount
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import Inflow, InitialCases
from capsim.theory.beside import beside
from capsim.theory.demand import counted, lasting_arrivals, lasting_at, traced
from capsim.theory.lasting import Lasting, Staff, lasting, office_shares
from capsim.theory.queues.erlang import erlang_c
from capsim.theory.supply import Supply, supplies

__all__ = [
    "NormalQueue",
    "SteadyCases",
    "initial_cases",
    "normal_queues",
    "steady_cases",
    "steady_flows",
]

_YEAR = 365
_FULLEST = 0.99
"""Use at which a queue is taken where visits lapse, so that none grows."""


class SteadyCases(NamedTuple):
    """Open cases of one inflow in one stage of one office."""

    office: str
    stage: str
    inflow: str
    cases: float
    """Expected number, those who wait included as far as a formula knows them; infinite where it
    grows."""
    state: str
    """"stable", or "growing": no number is steady."""


def steady_cases(scenario: Scenario) -> tuple[SteadyCases, ...]:
    """The open cases that theory expects at the load of the first day, stage by stage.

    Entries into the stage (traffic equations, no more than a bottleneck before it serves) x planned
    time in it (Little's law). A pooled stage that is a classical queue has the cases who wait as
    well (see `beside`); any other has its load.

    * The load is that of the rates of the first day, without their season: what is open in a
      stage came over months. Of recorded applications it is the mean of the first year.
    * The staff is that of the first day, absence and turnover on average over the first year.
    * Waves and the cases of `initial` count for nothing here.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of SteadyCases
        office, stage, inflow, cases, state; a row for each stage of each inflow in each office, in
        the order of offices, stages, inflows. `pandas.DataFrame(rows)` makes a table of them.

    References
    ----------
    Little (1961); Jackson (1957); Goodman and Massey (1984) for what passes a bottleneck.

    Examples
    --------
    Two a day stay 100 days, so 200 are open:

    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year", stages={"pause": {"stay": "100 days"}},
    ...     inflows={"a": {"rate": {"per_day": 2}}})
    >>> steady_cases(scenario)
    (SteadyCases(office='main', stage='pause', inflow='a', cases=200.0, state='stable'),)
    """
    return tuple(row for row, _ in steady_flows(scenario))


def steady_flows(scenario: Scenario) -> tuple[tuple[SteadyCases, float], ...]:
    """The same, each row with the entries into the stage a day that belong to it."""
    there = _emptied(scenario)
    copies, supply = supplies(there)
    found = _first_day(there, copies, supply)
    grows = _growing(found)
    exact = {
        (figure.of, figure.office): figure.value
        for figure in beside(there)
        if figure.measure == "in_stage_mean" and there.stages[figure.of].kind == "pooled"
    }
    at = {(path.office, path.inflow): k for k, path in enumerate(found.paths)}
    rows = []
    for office in there.office_names:
        for number, stage in enumerate(there.stage_names):
            entries = {
                inflow: float(found.flows.entries[at[office, inflow]][number])
                for inflow in there.inflows
            }
            total = sum(entries.values())
            for inflow, cases in entries.items():
                k = at[office, inflow]
                value, state = cases * found.paths[k].paces[number].days, "stable"
                if not cases:
                    value = 0.0
                elif (stage, office) in exact:
                    value = exact[stage, office] * cases / total
                elif grows[k][number] or math.isinf(cases):
                    value, state = math.inf, "growing"
                rows.append((SteadyCases(office, stage, inflow, value, state), cases))
    return tuple(rows)


class NormalQueue(NamedTuple):
    """Cases of one inflow that normally wait for one stage of one office."""

    office: str
    stage: str
    inflow: str
    queue: float
    """Expected number who wait for a first visit or a caseworker; infinite where it grows."""
    state: str
    """"stable", or "growing": no queue is normal."""


def normal_queues(scenario: Scenario) -> tuple[NormalQueue, ...]:
    """The queues that theory calls normal at the lasting load, waves and backlogs apart.

    Exact where the stage is a classical queue (see `beside`). Otherwise an approximation: the wait
    of M/M/c with as many servers as workers are present, or as there are places for cases, at the
    use of the team; and those who come on closed days, who wait until the office opens.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of NormalQueue
        office, stage, inflow, queue, state, for the stages that have a team; in the order of
        offices, stages, inflows. The queue of all offices and inflows is the sum.

    References
    ----------
    Erlang (1917), as `capsim.theory.erlang_c`; Little (1961).

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year", calendar={"kind": "continuous"},
    ...     teams={"desk": {"fte": 5}},
    ...     stages={"desk": {"team": "desk", "work": {"law": "exponential", "mean": "24 h"}}},
    ...     inflows={"a": {"rate": {"per_day": 4.5}}})
    >>> [round(row.queue, 3) for row in normal_queues(scenario)]
    [6.862]
    """
    there = _emptied(scenario)
    copies, supply = supplies(there)
    found = lasting_at(there, copies, supply, lasting_arrivals(there))
    grows = _growing(found)
    exact = {
        (figure.of, figure.office): figure.value
        for figure in beside(there)
        if figure.measure == "queue_mean"
    }
    waits = _team_waits(found, supply)
    closed = _closed_wait(there)
    at = {(path.office, path.inflow): k for k, path in enumerate(found.paths)}
    rows = []
    for office in there.office_names:
        for number, stage in enumerate(there.stage_names):
            if there.stages[stage].team is None:
                continue
            entries = {
                inflow: float(found.flows.entries[at[office, inflow]][number])
                for inflow in there.inflows
            }
            total = sum(entries.values())
            for inflow, cases in entries.items():
                k = at[office, inflow]
                path = found.paths[k]
                queue, state = 0.0, "stable"
                if cases and (stage, office) in exact:
                    queue = exact[stage, office] * cases / total
                elif cases and (grows[k][number] or math.isinf(cases)):
                    queue, state = math.inf, "growing"
                elif cases:
                    by_hours, by_places = waits[int(path.copy[number])]
                    wait = by_places if path.weight[number] else by_hours
                    queue = cases * (wait + closed)
                rows.append(NormalQueue(office, stage, inflow, queue, state))
    return tuple(rows)


def _team_waits(found: Lasting, supply: list[Supply]) -> list[tuple[float, float]]:
    """By copy: mean wait in days for a worker, and for a place."""
    visits, placed = np.zeros(len(supply)), np.zeros(len(supply))
    for path, entries in zip(found.paths, found.flows.entries, strict=True):
        for number, copy in enumerate(path.copy.tolist()):
            if copy >= 0 and entries[number] and math.isfinite(entries[number]):
                visits[copy] += entries[number] * min(path.paces[number].visits, 1e9)
                placed[copy] += entries[number] if path.weight[number] else 0.0
    result = []
    for number, one in enumerate(supply):
        hours, places = found.capacity.hours[number], found.capacity.places[number]
        workers = max(1, round(hours / one.worker_hours)) if one.worker_hours else 1
        by_hours = _wait(visits[number], found.flows.hours[number], hours, workers)
        by_places = 0.0
        if math.isfinite(places):
            count = max(1, math.floor(places))
            by_places = _wait(placed[number], found.flows.held[number], places, count)
        result.append((by_hours, by_places))
    return result


_NOBODY = 1e-50
"""Arrivals a day below which nobody waits for anybody."""


def _wait(arrivals: float, asked: float, capacity: float, servers: int) -> float:
    """Mean wait of M/M/c in days, at the use that is asked."""
    if arrivals < _NOBODY or not asked or not math.isfinite(asked):
        return 0.0
    used = min(asked / capacity, _FULLEST) if capacity > 0 else _FULLEST
    return float(erlang_c(arrivals, arrivals / (servers * used), servers).wait_mean)


def _closed_wait(scenario: Scenario) -> float:
    """Mean days until the office is open, of somebody who comes at any time."""
    times = timetable_of(scenario.calendar, scenario.start, scenario.horizon_days)
    is_open = np.asarray(times.is_open[: scenario.horizon_days], dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], is_open, [True])).astype(int)))
    lengths = np.diff(edges)[::2]
    return float((lengths**2).sum() / 2 / is_open.size) if is_open.size else 0.0


def initial_cases(scenario: Scenario) -> tuple[InitialCases, ...]:
    """Who is there on the first day, where some are to be "steady"; see `Scenario.initial_cases`.

    Expected numbers are rounded so that those of an inflow in a stage add up over the offices.

    Raises
    ------
    ScenarioError
        If no number is steady, because theory says that it grows.
    """
    expected: dict[tuple[str, str], list[SteadyCases]] = {}
    for row in steady_cases(scenario):
        expected.setdefault((row.stage, row.inflow), []).append(row)
    numbered = iter(scenario.numbered_initial())
    found: list[InitialCases] = []
    mistakes = []
    for path, stage, table in scenario.initial_tables:
        if table.cases != "steady":
            found.append(next(numbered))
            continue
        for inflow in (table.inflow,) if table.inflow else tuple(scenario.inflows):
            rows = expected[stage, inflow]
            growing = [row.office for row in rows if math.isinf(row.cases)]
            if growing:
                where = f" in {', '.join(growing)}" if len(scenario.offices) > 1 else ""
                rule = f"no number is steady: by theory {stage} grows{where} from the first day on"
                remedy = "write how many there are, or more staff"
                mistakes.append(Mistake(f"{path}.cases", "steady", rule, remedy))
                break
            upto = np.floor(np.cumsum([row.cases for row in rows]) + 0.5)
            if upto[-1] > MOST_CASES:
                rule = f"theory expects {amount(upto[-1])} of them, more than {MOST_CASES:,}"
                mistakes.append(Mistake(f"{path}.cases", "steady", rule, "check rates and stays"))
                break
            for row, cases in zip(rows, np.diff(upto, prepend=0).astype(int).tolist(), strict=True):
                found.append(InitialCases(stage, inflow, row.office, cases, table.age))
    if mistakes:
        raise ScenarioError(mistakes)
    return (*found, *numbered)


def _emptied(scenario: Scenario) -> Scenario:
    """The scenario without waves and without anybody there at first, who make no steady state."""
    inflows = {  # waves stay by name, because take-up, offices and decisions refer to them
        name: inflow.model_copy(
            update={
                "waves": {
                    wave: table.model_copy(update={"people": 0})
                    for wave, table in inflow.waves.items()
                }
            }
        )
        for name, inflow in scenario.inflows.items()
    }
    return scenario.model_copy(update={"initial": {}, "inflows": inflows})


def _first_day(scenario: Scenario, copies: Copies, supply: list[Supply]) -> Lasting:
    staff = []
    for one in supply:
        year = slice(0, _YEAR)
        fte = float(one.effective_fte[year].sum())
        each = float(one.hours[year].sum()) / fte if fte else 0.0
        now = float(one.effective_fte[0]) if one.effective_fte.size else 0.0
        staff.append(Staff(now * each, now))
    shares = {name: office_shares(scenario, name) for name in scenario.inflows}
    arrivals = {
        (office, name): shares[name][office] * _first_rate(inflow, scenario)
        + float(np.mean(traced(inflow, scenario, office, shares[name][office])[:_YEAR]))
        + float(np.mean(counted(inflow, scenario, office, shares[name][office])[:_YEAR]))
        for office in scenario.office_names
        for name, inflow in scenario.inflows.items()
    }
    return lasting(scenario, copies, [one.worker_hours for one in supply], staff, arrivals, 0.0)


def _first_rate(inflow: Inflow, scenario: Scenario) -> float:
    """Applications a day by the rate that holds on the first day."""
    if inflow.rate is None:
        return 0.0
    steps = inflow.rate.steps_per_day(scenario.start)
    return next((rate for since, rate in steps[::-1] if since < 1), 0.0)


def _growing(found: Lasting) -> list[np.ndarray]:
    """By path: whether more comes to a stage than goes on, in the end."""
    flows, capacity = found.flows, found.capacity
    over_hours = flows.lasting_hours > flows.free_hours
    over_places = flows.held > capacity.places
    over_files = flows.files > capacity.files
    result = []
    for path in found.paths:
        stream = path.stream
        by_hours = np.append(over_hours, False)[stream.copy] & ~stream.lapses & (stream.hours > 0)
        by_places = np.append(over_places, False)[stream.copy] & (stream.held > 0)
        by_files = np.append(over_files, False)[stream.meeting]
        result.append(by_hours | by_places | by_files)
    return result
