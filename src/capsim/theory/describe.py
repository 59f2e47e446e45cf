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
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from capsim.plan.copies import Copies
from capsim.scenario.model import Scenario
from capsim.theory.backlog import Backlog, backlog_of, lapsing_backlog
from capsim.theory.demand import Flows, Span, demand_by_day, lasting_arrivals, lasting_at
from capsim.theory.description import (
    MONTH,
    Description,
    MeetingLoad,
    TeamLoad,
    severity,
    times,
)
from capsim.theory.filling import filling_line
from capsim.theory.lasting import Asked, Lasting
from capsim.theory.supply import Supply, supplies

__all__ = ["CRITICAL", "Description", "MeetingLoad", "TeamLoad", "describe"]

CRITICAL = 0.95
"""Utilisation from which a stable team is called critical: chance makes long queues there."""

_SPOKEN_OF_DAYS = 7.0  # a backlog below a week of work is no backlog to speak of
_SPOKEN_OF_SHARE = 0.01  # nor is a hundredth more than the places for a week


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
    span = Span(scenario.start, scenario.horizon_days)
    arrivals = lasting_arrivals(scenario)
    found = lasting_at(scenario, copies, supply, arrivals)
    asked = found.asked(scenario)
    flows, files = demand_by_day(scenario, found, arrivals)
    by_copy: dict[int, list[Asked]] = {}
    for row in asked:
        if row.team is not None:
            by_copy.setdefault(copies.number[row.office, row.team], []).append(row)
    of_teams: dict[str, list[int]] = {name: [] for name in scenario.teams}
    for number, name in enumerate(copies.teams):
        of_teams[name].append(number)
    bounded = _bounded(found)
    rows: list[TeamLoad] = []
    for numbers in of_teams.values():
        of_team = [
            replace(
                _team_load(
                    found, number, supply[number], flows[number], by_copy.get(number, []), span
                ),
                bounded=number in bounded,
            )
            for number in numbers
        ]
        if len(of_team) > 1:
            rows.append(_all_of(of_team))
        rows.extend(of_team)
    meetings = tuple(_meetings(copies, found, files, span))
    pathway = tuple((name, stage.team) for name, stage in scenario.stages.items())
    filling = filling_line(scenario)
    return Description(scenario.label, tuple(rows), meetings, asked, pathway, filling)


def _team_load(
    found: Lasting,
    number: int,
    supply: Supply,
    flows: Flows,
    asked: Sequence[Asked],
    span: Span,
) -> TeamLoad:
    lasts = found.flows
    load, weight = float(lasts.hours[number]), float(lasts.held[number])
    available, room = float(found.capacity.hours[number]), supply.places
    places, filled, growing_places = math.nan, math.nan, 0.0
    backlogs: list[Backlog] = []
    growing_hours = _growth(
        lasts.lasting_hours[number], lasts.free_hours[number], lasts.left_over[number]
    )
    pressed = False
    if math.isfinite(load):
        capacity = span.extended(supply.hours)
        backlog, pressed = lapsing_backlog(
            flows.hours,
            flows.lapsing,
            flows.ahead,
            capacity,
            _SPOKEN_OF_DAYS * float(capacity.mean()),
            available - load,
        )
        if backlog is not None:
            backlogs.append(replace(backlog, peak=backlog.peak / _hours_per_case(flows)))
    if room is not None:
        places = float(found.capacity.places[number])
        filled = _ratio(weight, places)
        growing_places = _growth(weight, places, lasts.unplaced[number])
        if math.isfinite(weight):
            waiting = _waiting_for_a_place(flows, span.extended(room), weight, places)
            backlogs += [waiting] if waiting is not None else []
    growth = max(growing_hours, growing_places)
    utilization = _ratio(load, available)
    by_places = growing_places > growing_hours or (
        growth == 0 and not math.isnan(filled) and filled > utilization
    )
    row = TeamLoad(
        team=supply.team,
        office=supply.copy,
        fte=span.level(supply.fte) if supply.hours.any() else 0.0,
        load_hours=load * MONTH,
        available_hours=available * MONTH,
        utilization=utilization,
        once_hours=flows.hours_once,
        open_cases=sum(times(row.cases, row.days) for row in asked),
        places=places,
        places_utilization=filled,
        binding="places" if by_places else "hours",
        state="critical" if pressed else "stable",
        growth_per_month=growth * MONTH,
        queue_peak=0.0,
        queue_peak_date=None,
        clear_date=None,
        bounded=False,
        lapsing=bool(flows.lapsing.any() or flows.ahead.any()),
    )
    return _judged(row, backlogs, span)


def _ratio(load: float, capacity: float) -> float:
    if capacity > 0:
        return load / capacity
    return math.inf if load > 0 else 0.0


def _growth(asked: float, capacity: float, left_over: float) -> float:
    """Cases per day that are left over: none if there is enough, without end if nobody leaves."""
    if not math.isfinite(asked):
        return math.inf
    return float(left_over) if asked > capacity else 0.0


def _hours_per_case(flows: Flows) -> float:
    cases, hours = float(flows.joined.sum()), float(flows.hours.sum())
    return hours / cases if cases > 0 and hours > 0 else 1.0


def _waiting_for_a_place(
    flows: Flows, places: np.ndarray, weight: float, lasting_places: float
) -> Backlog | None:
    """Fluid queue for a caseload place (weighted).

    The places that are wanted and not there, day by day, are wanted later: they make the backlog
    and its end. The largest queue is that of the fluid model with exponential stays: cases leave at
    1 / mean stay each while those beyond the places wait.
    """
    spoken_of = _SPOKEN_OF_DAYS * max(1.0, _SPOKEN_OF_SHARE * float(places.mean()))
    backlog = backlog_of(flows.weight_there, places, spoken_of, lasting_places - weight)
    if backlog is None:
        return None
    entering = float(flows.weight_in.sum())
    stay = max(float(flows.weight_there.sum()) / entering, 1.0) if entering > 0 else 1.0
    waiting = np.zeros(places.size)
    present = 0.0
    for day in range(places.size):
        present += flows.weight_in[day]
        present -= min(present, min(present, places[day]) / stay)
        waiting[day] = max(0.0, present - places[day])
    top = int(np.argmax(waiting))
    return Backlog(float(waiting[top]), top, backlog.gone)


def _judged(row: TeamLoad, backlogs: list[Backlog], span: Span) -> TeamLoad:
    """The row with its state, and the passing backlog if it has one."""
    endless = math.isinf(row.growth_per_month)
    if row.growth_per_month > 0 or endless or math.isinf(row.load_hours):
        return replace(row, state="growing", queue_peak=math.nan)
    filled = 0.0 if math.isnan(row.places_utilization) else row.places_utilization
    if max(row.utilization, filled) >= CRITICAL:
        row = replace(row, state="critical")
    if not backlogs:
        return row
    most = max(backlogs, key=lambda backlog: backlog.peak)
    state, date = _clearing(backlogs, span)
    return replace(
        row,
        state=state,
        queue_peak=most.peak,
        queue_peak_date=span.start + datetime.timedelta(days=most.top),
        clear_date=date,
    )


def _clearing(backlogs: list[Backlog], span: Span) -> tuple[str, datetime.date | None]:
    """State and date of the last of some backlogs."""
    ends = [backlog.gone for backlog in backlogs if backlog.gone is not None]
    if len(ends) < len(backlogs):
        return "clears_after_end", None
    last = max(ends)
    try:
        date = span.start + datetime.timedelta(days=last)
    except OverflowError:
        return "clears_after_end", None
    return ("clears" if last < span.n_days else "clears_after_end"), date


def _all_of(rows: list[TeamLoad]) -> TeamLoad:
    """All copies of a team: sums, and the verdict of copies that cannot help each other."""
    load = sum(row.load_hours for row in rows)
    available = sum(row.available_hours for row in rows)
    limited = [row for row in rows if not math.isnan(row.places)]
    places = sum(row.places for row in limited) if limited else math.nan
    held = sum(row.places * row.places_utilization for row in limited if row.places)
    peaks = [row for row in rows if row.queue_peak_date is not None]
    worst = min(rows, key=severity)
    state = worst.state
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
        clear_date=worst.clear_date,
        bounded=any(row.bounded for row in rows),
        lapsing=any(row.lapsing for row in rows),
    )


def _bounded(found: Lasting) -> set[int]:
    """Copies at which somebody who waits may leave or be turned away."""
    return {
        copy
        for path in found.paths
        for stage, copy in zip(path.met, path.copy.tolist(), strict=True)
        if stage.patience is not None or stage.room is not None
    }


def _meetings(
    copies: Copies,
    found: Lasting,
    ready: list[np.ndarray],
    span: Span,
) -> Iterator[MeetingLoad]:
    """The meetings with limited places that anybody needs."""
    for (name, office), number in found.series.items():
        meetings = copies.local[office].stages[name].meetings
        if meetings is None or meetings.places is None or not ready[number].any():
            continue
        files, places = float(found.flows.files[number]), float(found.capacity.files[number])
        utilization = _ratio(files, places)
        growth = _growth(files, places, max(0.0, files - places))
        backlog = None
        if growth == 0:
            backlog = backlog_of(
                ready[number],
                np.full(span.grid.n, places),
                float(meetings.places),
                places - files,
            )
        state, date = ("critical" if utilization >= CRITICAL else "stable"), None
        if growth > 0:
            state = "growing"
        elif backlog is not None:
            state, date = _clearing([backlog], span)
        yield MeetingLoad(
            stage=name,
            office=office,
            files=files * MONTH,
            places=places * MONTH,
            utilization=utilization,
            state=state,
            growth_per_month=growth * MONTH,
            queue_peak=math.nan if growth > 0 else backlog.peak if backlog is not None else 0.0,
            clear_date=date,
        )
