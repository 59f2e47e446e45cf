"""What theory says about a scenario before any run: `describe`.

For every copy of a team: the client hours that its inflows ask and the hours that it has; the open
cases of the planned rhythm (Little's law) and the places that it has for them; and a verdict. The
figures take every queue as empty, so that they hold for a service that works. One that asks more
than it has is never given a steady state: its queue grows, by so many cases a month.

Where an overload passes (a wave, a season, a delay in hiring) the verdict is the day on which the
backlog is gone, from the fluid model: what is asked less what can be done, day by day. Chance adds
to that; near a load of 1 it adds much, which is what "critical" is for.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

import numpy as np

from capsim.scenario.model import Scenario
from capsim.theory.demand import Clock, Demand, Flows, Setting, demand_of
from capsim.theory.description import MONTH, ORDER, Description, MeetingLoad, TeamLoad, times
from capsim.theory.rhythm import meeting_rhythm
from capsim.theory.supply import Supply, supplies

__all__ = ["CRITICAL", "Description", "MeetingLoad", "TeamLoad", "describe"]

CRITICAL = 0.95
"""Utilisation from which a stable team is called critical: chance makes long queues there."""

_SPOKEN_OF_DAYS = 7.0  # a backlog below a week of work is no backlog to speak of
_SPOKEN_OF_SHARE = 0.01  # nor is a queue for a place below a hundredth of the places


def describe(scenario: Scenario) -> Description:
    """Offered load, capacity and a verdict for every team of a scenario, before any run.

    * Hours: entries into a stage (traffic equations of each inflow: rate with seasonality and
      growth, returns included) x visits of a case x client hours of a visit, against FTE x client
      share x office hours x presence x filled share of the posts x the pace of newcomers.
    * Visits of a case: the stated number; for `stay` the visits that fall due in it, about stay /
      (gap + visit); for `closing` 1 / probability, at the load that results.
    * Places: weighted cases of the planned rhythm against limit x FTE.
    * Lasting figures are those of the last year of the horizon.

    Patience and room are not taken off the load: a queue that only people who give up keep short
    is an overload.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Description
        Prints as a table; `to_frame()` and `loads()` give the figures.

    Raises
    ------
    ScenarioError
        If the staff cannot be split over the offices.

    References
    ----------
    Little (1961); Jackson (1957) for the flows; the fluid backlog is that of
    `capsim.theory.queues.fluid`, with hours for cases.

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year", calendar={"kind": "continuous"},
    ...     teams={"desk": {"fte": 2}}, stages={"intake": {"team": "desk", "work": "30 h"}},
    ...     inflows={"regular": {"rate": {"per_day": 1}}})
    >>> describe(scenario)
    team  office  FTE  asked h  available h  used  open cases  places  used  verdict
    desk  main      2    913.1       1461.0  62 %         1.2       -     -  stable
    client hours a month
    """
    copies, supply = supplies(scenario)
    clock = Clock(scenario.start, scenario.horizon_days)
    office_settings = _with_feedback(scenario, copies.local, copies.number, supply, clock)
    shares = _shares(scenario)
    demands = {
        office: demand_of(
            scenario, copies.local[office], office, shares[office], office_settings[office]
        )
        for office in scenario.office_names
    }
    rows: list[TeamLoad] = []
    for name in scenario.teams:
        own = [number for number, team in enumerate(copies.teams) if team == name]
        of_team = [
            _team_load(scenario, copies.local, supply[number], demands, clock) for number in own
        ]
        if len(of_team) > 1:
            rows.append(_all_of(of_team))
        rows.extend(of_team)
    meetings = tuple(_meetings(scenario, copies.local, demands, clock))
    asked = tuple(row for demand in demands.values() for row in demand.asked if row.cases)
    return Description(scenario.label, tuple(rows), meetings, asked)


def _shares(scenario: Scenario) -> dict[str, float]:
    total = sum(scenario.office_shares.values())
    return {office: share / total for office, share in scenario.office_shares.items()}


def _with_feedback(
    scenario: Scenario,
    local: dict[str, Scenario],
    number: dict[tuple[str, str], int],
    supply: list[Supply],
    clock: Clock,
) -> dict[str, dict[str, Setting]]:
    """The settings of every team in every office, with the caseload at which closing settles.

    A heavier caseload closes less, which makes it heavier: the fixed point, from below; at most the
    caseload limit, and without one none may exist (then the load is infinite).
    """
    loads: list[float | None] = [None] * len(supply)
    shares = _shares(scenario)

    def settings() -> dict[str, dict[str, Setting]]:
        return {
            office: {
                team: Setting(
                    supply[number[office, team]].worker_hours, loads[number[office, team]]
                )
                for team in scenario.teams
            }
            for office in scenario.office_names
        }

    closings = [
        stage.closing
        for office in scenario.office_names
        for inflow in scenario.inflows
        for name in scenario.stage_names
        if (stage := local[office].stage_for(name, inflow)).closing is not None
    ]
    if not any(closing.norm and closing.elasticity for closing in closings if closing):
        return settings()
    for _ in range(200):
        weights = [0.0] * len(supply)
        for office, of_office in settings().items():
            lasting = demand_of(
                scenario, local[office], office, shares[office], of_office, by_day=False
            )
            for row in lasting.asked:
                if row.team is not None:
                    copy = number[office, row.team]
                    weights[copy] += row.weight * times(row.cases, row.days)
        previous = list(loads)
        for copy, one in enumerate(supply):
            fte = float(one.effective_fte[clock.reference].mean())
            load = weights[copy] / fte if fte else 0.0
            if one.caseload_limit is not None:
                load = min(load, one.caseload_limit)
            loads[copy] = min(load, 1e9)
        if previous[0] is not None and np.allclose(
            np.array(previous, dtype=float), np.array(loads, dtype=float), rtol=1e-7
        ):
            break
    loads = [math.inf if load is not None and load >= 1e9 else load for load in loads]
    return settings()


def _team_load(
    scenario: Scenario,
    local: dict[str, Scenario],
    supply: Supply,
    demands: dict[str, Demand],
    clock: Clock,
) -> TeamLoad:
    flows = _sum_of([demands[office].teams[supply.team] for office in supply.offices])
    asked = [
        row
        for office in supply.offices
        for row in demands[office].asked
        if row.team == supply.team and row.cases
    ]
    load = sum(times(row.cases, row.hours) for row in asked)
    weight = sum(row.weight * times(row.cases, row.days) for row in asked if row.weight)
    available = _level(supply.hours, clock)
    utilization = _ratio(load, available)
    growing_hours = _growth(load, available, flows.joining)
    places, filled, growing_places = math.nan, math.nan, 0.0
    waits: list[tuple[float, int, int | None]] = []
    hours_per_case = _hours_per_case(load, flows)
    if math.isfinite(load):
        capacity = clock.extended(supply.hours)
        spoken_of = _SPOKEN_OF_DAYS * float(capacity.mean())
        waits.append(_passing(flows.hours, capacity, spoken_of, hours_per_case))
    room = supply.places
    if room is not None:
        places = _level(room, clock)
        filled = _ratio(weight, places)
        growing_places = _growth(weight, places, flows.placing)
        if math.isfinite(weight):
            waits.append(_waiting_for_a_place(flows, clock.extended(room), weight))
    growth = max(growing_hours, growing_places)
    by_places = growing_places > growing_hours or (
        growth == 0 and not math.isnan(filled) and filled > utilization
    )
    row = TeamLoad(
        team=supply.team,
        office=supply.copy,
        fte=_level(supply.fte, clock),
        load_hours=load * MONTH,
        available_hours=available * MONTH,
        utilization=utilization,
        once_hours=flows.hours_once,
        open_cases=sum(times(row.cases, row.days) for row in asked),
        places=places,
        places_utilization=filled,
        binding="places" if by_places else "hours",
        state="stable",
        growth_per_month=growth * MONTH,
        queue_peak=0.0,
        queue_peak_date=None,
        clear_date=None,
        bounded=_bounded(local, scenario, supply),
    )
    return _judged(row, waits, clock)


def _sum_of(flows: Iterable[Flows]) -> Flows:
    """Flows of several offices together."""
    several = list(flows)
    return Flows(
        **{entry.name: sum(getattr(one, entry.name) for one in several) for entry in fields(Flows)}
    )


def _level(values: np.ndarray, clock: Clock) -> float:
    recent = values[clock.reference]
    return float(recent.mean()) if recent.size else 0.0


def _ratio(load: float, capacity: float) -> float:
    if capacity > 0:
        return load / capacity
    return math.inf if load > 0 else 0.0


def _growth(load: float, capacity: float, cases: float) -> float:
    """Cases per day that are left over when `cases` ask `load` and `capacity` is there."""
    if not math.isfinite(load):
        return math.inf
    return cases * (1 - capacity / load) if load >= capacity and load > 0 else 0.0


def _hours_per_case(load: float, flows: Flows) -> float:
    if 0 < load < math.inf and 0 < flows.joining < math.inf:
        return load / flows.joining
    cases, hours = float(flows.cases_in.sum()), float(flows.hours.sum())
    return hours / cases if cases > 0 and hours > 0 else 1.0


def _passing(
    asked: np.ndarray, capacity: np.ndarray, threshold: float, size: float
) -> tuple[float, int, int | None]:
    """Largest fluid backlog in cases of `size`, its day, and the day on which it is gone."""
    total = np.cumsum(asked - capacity)
    backlog = total - np.minimum(np.minimum.accumulate(total), 0.0)
    return _peak_of(backlog, threshold, size)


def _waiting_for_a_place(
    flows: Flows, places: np.ndarray, weight: float
) -> tuple[float, int, int | None]:
    """Largest fluid queue for a caseload place (weighted), its day, and when it is gone.

    If the cases fit with nobody waiting there is none. Otherwise cases leave at 1 / mean stay each
    (as in the fluid model with exponential stays) while those beyond the places wait.
    """
    if (flows.weight_there <= places).all():
        return 0.0, 0, None
    entering = float(flows.weight_in.sum())
    if entering <= 0:
        return 0.0, 0, None
    # Stays of the lasting cases if there are any: the days end before the last ones do.
    lasting = flows.placing and weight
    stay = weight / flows.placing if lasting else float(flows.weight_there.sum()) / entering
    waiting = np.zeros(places.size)
    present = 0.0
    for day in range(places.size):
        present += flows.weight_in[day]
        present -= min(present, min(present, places[day]) / max(stay, 1.0))
        waiting[day] = max(0.0, present - places[day])
    return _peak_of(waiting, max(1.0, _SPOKEN_OF_SHARE * float(places.mean())), 1.0)


def _peak_of(backlog: np.ndarray, threshold: float, size: float) -> tuple[float, int, int | None]:
    top = int(np.argmax(backlog))
    if backlog[top] <= threshold:
        return 0.0, top, None
    gone = np.flatnonzero(backlog[top:] <= 1e-6 * backlog[top])
    return float(backlog[top]) / size, top, top + int(gone[0]) if gone.size else None


def _judged(row: TeamLoad, waits: list[tuple[float, int, int | None]], clock: Clock) -> TeamLoad:
    """The row with its state, and the passing backlog if it has one."""
    if row.growth_per_month > 0 or not math.isfinite(row.utilization):
        return replace(row, state="growing", queue_peak=math.nan)
    state = "stable"
    used = max(
        row.utilization, 0.0 if math.isnan(row.places_utilization) else row.places_utilization
    )
    if used >= CRITICAL:
        state = "critical"
    passing = [wait for wait in waits if wait[0] > 0]
    if not passing:
        return replace(row, state=state)
    peak, top, _ = max(passing)
    ends = [gone for _, _, gone in passing]
    date = clock.start + datetime.timedelta(days=top)
    if any(gone is None for gone in ends):
        # Still there years after the horizon: nothing that passes.
        return replace(row, state="critical", queue_peak=peak, queue_peak_date=date)
    last = max(gone for gone in ends if gone is not None)
    return replace(
        row,
        state="clears",
        queue_peak=peak,
        queue_peak_date=date,
        clear_date=clock.start + datetime.timedelta(days=last),
    )


def _all_of(rows: list[TeamLoad]) -> TeamLoad:
    """All copies of a team: sums, and the verdict of copies that cannot help each other."""
    load = sum(row.load_hours for row in rows)
    available = sum(row.available_hours for row in rows)
    limited = [row for row in rows if not math.isnan(row.places)]
    places = sum(row.places for row in limited) if limited else math.nan
    held = sum(row.places * row.places_utilization for row in limited if row.places)
    states = [row.state for row in rows]
    peaks = [row for row in rows if row.queue_peak_date is not None]
    worst = min(rows, key=lambda row: (ORDER.index(row.state), -row.growth_per_month))
    cleared = [row.clear_date for row in rows if row.clear_date is not None]
    state = min(states, key=ORDER.index)
    return TeamLoad(
        team=rows[0].team,
        office="all",
        fte=sum(row.fte for row in rows),
        load_hours=load,
        available_hours=available,
        utilization=_ratio(load, available),
        once_hours=sum(row.once_hours for row in rows),
        open_cases=sum(row.open_cases for row in rows),
        places=places,
        places_utilization=_ratio(held, places) if limited else math.nan,
        binding=worst.binding,
        state=state,
        growth_per_month=sum(row.growth_per_month for row in rows),
        queue_peak=math.nan if state == "growing" else sum(row.queue_peak for row in rows),
        queue_peak_date=max(peaks, key=lambda row: row.queue_peak).queue_peak_date
        if peaks and state != "growing"
        else None,
        clear_date=max(cleared) if cleared and state == "clears" else None,
        bounded=any(row.bounded for row in rows),
    )


def _bounded(local: dict[str, Scenario], scenario: Scenario, supply: Supply) -> bool:
    """Whether somebody who waits for the copy may leave or be turned away."""
    for office in supply.offices:
        for inflow in scenario.inflows:
            for name in scenario.stage_names:
                stage = local[office].stage_for(name, inflow)
                if stage.team == supply.team and (stage.patience or stage.room is not None):
                    return True
    return False


def _meetings(
    scenario: Scenario, local: dict[str, Scenario], demands: dict[str, Demand], clock: Clock
) -> Iterator[MeetingLoad]:
    """The meetings with limited places that anybody needs."""
    for office, demand in demands.items():
        for name in scenario.stage_names:
            stage = local[office].stages[name]
            meetings = stage.meetings
            if meetings is None or meetings.places is None or name not in demand.files:
                continue
            rows = [row for row in demand.asked if row.stage == name and row.decided and row.cases]
            files = sum(row.cases for row in rows)
            per_day, _ = meeting_rhythm(stage, local[office])
            places = per_day * meetings.places
            growth = _growth(files, places, files)
            capacity = np.full(clock.grid.n, places)
            peak, _, gone = (
                _passing(demand.files[name], capacity, float(meetings.places), 1.0)
                if per_day
                else (0.0, 0, None)
            )
            utilization = _ratio(files, places)
            state = "critical" if utilization >= CRITICAL or (peak and gone is None) else "stable"
            if growth > 0 or math.isinf(utilization):
                state, peak, gone = "growing", math.nan, None
            elif gone is not None:
                state = "clears"
            yield MeetingLoad(
                stage=name,
                office=office,
                files=files * MONTH,
                places=places * MONTH,
                utilization=utilization,
                state=state,
                growth_per_month=growth * MONTH,
                queue_peak=peak,
                clear_date=None if gone is None else clock.start + datetime.timedelta(days=gone),
            )
