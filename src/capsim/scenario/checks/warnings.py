"""Warnings: what is allowed, but probably not meant."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from capsim.scenario.checks.money_rules import money_warnings
from capsim.scenario.checks.sizes import size_warnings
from capsim.scenario.checks.trigger_rules import trigger_warnings
from capsim.scenario.checks.window_rules import late_windows
from capsim.scenario.overrides import follows
from capsim.scenario.tables.periods import Counts, period_of
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import Closure

__all__ = ["warnings_of"]

_LARGEST_CV = 3.0


def warnings_of(scenario: ScenarioFields) -> list[str]:
    """One sentence for each thing that is probably not meant, path first."""
    return [
        *_unused(scenario),
        *_unreachable(scenario),
        *_endless(scenario),
        *_inflows(scenario),
        *_dates(scenario),
        *late_windows(scenario),
        *money_warnings(scenario),
        *_settings(scenario),
        *_restarted_clocks(scenario),
        *_idle_pauses(scenario),
        *trigger_warnings(scenario),
        *_sizes(scenario.plain_data, ""),
        *_evidence(scenario),
        *size_warnings(scenario),
    ]


def _unused(scenario: ScenarioFields) -> Iterator[str]:
    used = {stage.team for stage in scenario.stages.values()}
    for name in scenario.teams:
        if name not in used:
            yield f"teams.{name}: no stage uses this team"


def _unreachable(scenario: ScenarioFields) -> Iterator[str]:
    reached = {one.stage for one in scenario.numbered_initial()}
    reached |= {stage for _, stage, _ in scenario.initial_tables}
    frontier = list(reached) + [scenario.entry_stage(name) for name in scenario.inflows]
    reached.update(frontier)
    while frontier:
        name = frontier.pop()
        for inflow in scenario.inflows:
            stage = scenario.stage_for(name, inflow)
            targets = [to for to, share in scenario.next_of(name, stage).items() if share > 0]
            for target in (*targets, stage.if_left, stage.if_turned_away):
                if target in scenario.stages and target not in reached:
                    reached.add(target)
                    frontier.append(target)
    for name in scenario.stages:
        if name not in reached:
            yield f"stages.{name}: no case can reach this stage"


def _endless(scenario: ScenarioFields) -> Iterator[str]:
    """Stages from which no way leads to an exit."""
    for inflow in scenario.inflows:
        into: dict[str, list[str]] = {}
        leaving: list[str] = []
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            targets = [to for to, share in scenario.next_of(name, stage).items() if share > 0]
            if stage.patience is not None:
                targets.append(stage.if_left or "left")
            if stage.room is not None:
                targets.append(stage.if_turned_away or "turned_away")
            for target in targets:
                if target in scenario.stages:
                    into.setdefault(target, []).append(name)
                else:
                    leaving.append(name)
        found = set(leaving)
        while leaving:
            for name in into.get(leaving.pop(), ()):
                if name not in found:
                    found.add(name)
                    leaving.append(name)
        lost = [name for name in scenario.stages if name not in found]
        if lost:
            cases = f" for cases of {inflow!r}" if len(scenario.inflows) > 1 else ""
            yield (
                f"stages.{lost[0]}.next: no way leads from here to an exit{cases}: who comes here "
                "stays for ever"
            )


def _inflows(scenario: ScenarioFields) -> Iterator[str]:
    first = next(iter(scenario.inflows), "")
    holders = {initial.inflow or first for _, _, initial in scenario.initial_tables}
    holders |= {one.inflow for one in scenario.numbered_initial()}
    for name, inflow in scenario.inflows.items():
        streams = (inflow.rate, inflow.counts)
        nothing = streams == (None, None) and not inflow.waves and inflow.trace is None
        if nothing and name not in holders:
            yield f"inflows.{name}: nobody applies (no rate, counts, waves, trace or initial cases)"
        elif nothing:
            yield (
                f"inflows.{name}: nobody applies (no rate, counts, waves or trace), initial cases "
                "aside"
            )
        if inflow.rate is None and (inflow.seasonality is not None or inflow.growth):
            yield f"inflows.{name}: seasonality and growth change a rate, and there is none"
        if streams == (None, None):
            for field, none in (("weekdays", None), ("dispersion", 1.0), ("together", None)):
                if getattr(inflow, field) != none:
                    yield f"inflows.{name}.{field}: changes a rate or counts, and there are none"
        if inflow.counts is not None:
            yield from _counts(scenario, f"inflows.{name}.counts", inflow.counts)
        if inflow.trace is not None:
            days = inflow.trace.days(scenario.start)
            before = sum(day < 0 for day in days)
            after = sum(day >= scenario.horizon_days for day in days)
            if before:
                yield (
                    f"inflows.{name}.trace: {before} of {len(days)} applications lie before the "
                    "start and are left out"
                )
            if after:
                yield (
                    f"inflows.{name}.trace: {after} of {len(days)} applications lie beyond the "
                    "horizon and are left out"
                )


def _counts(scenario: ScenarioFields, path: str, counts: Counts) -> Iterator[str]:
    """Periods that the run does not cover, and days for which there is no period."""
    end = scenario.start + datetime.timedelta(days=scenario.horizon_days)
    periods = [period_of(text) for text in counts.when]
    outside = sum(one.end <= scenario.start or one.first >= end for one in periods)
    if outside:
        yield f"{path}: {outside} of {len(periods)} periods lie outside the run and are left out"
    first = min(one.first for one in periods)
    if first > scenario.start:
        yield f"{path}: nothing is said of the days before {first}, on which nobody applies"
    if counts.ends < end:
        yield (
            f"{path}: nothing is said of the days from {counts.ends} on, on which nobody applies; "
            "add periods, or shorten the horizon"
        )


def _dates(scenario: ScenarioFields) -> Iterator[str]:
    end = scenario.start + datetime.timedelta(days=scenario.horizon_days)
    for name, inflow in scenario.inflows.items():
        for wave, table in inflow.waves.items():
            if table.date >= end:
                yield f"inflows.{name}.waves.{wave}: {table.date} lies beyond the horizon"
            if table.ahead is not None and inflow.lag_of(table) is None:
                yield (
                    f"inflows.{name}.waves.{wave}.ahead: without a lag all of them apply so long "
                    "before the date"
                )
    for name, team in scenario.teams.items():
        for key, change in team.changes.items():
            if change.at is not None and change.at >= end:
                yield f"teams.{name}.changes.{key}: {change.at} lies beyond the horizon"
    for name, stage in scenario.stages.items():
        if stage.meetings is not None and stage.meetings.dates is not None:
            dates = stage.meetings.dates
            before = sum(day < scenario.start for day in dates)
            if before:
                yield f"stages.{name}.decision.dates: {before} of {len(dates)} lie before the start"
        for place, closed in enumerate(() if stage.meetings is None else stage.meetings.closed):
            first = closed.from_ if isinstance(closed, Closure) else closed
            last = closed.until if isinstance(closed, Closure) else closed
            if first >= end or last < scenario.start:
                yield f"stages.{name}.decision.closed.{place}: lies outside the simulated time"


def _settings(scenario: ScenarioFields) -> Iterator[str]:
    for name, stage in scenario.stages.items():
        settings = [stage, *(scenario.stage_for(name, inflow) for inflow in scenario.inflows)]
        urgent = [own for own in settings if own.meetings is not None and own.meetings.urgent]
        if urgent and all(own.deadline is None for own in urgent):
            yield f"stages.{name}.decision.urgent: no file is urgent without a deadline"
        onward = [
            scenario.stages[to].team
            for own in settings
            for to, share in scenario.next_of(name, own).items()
            if share > 0 and to in scenario.stages
        ]
        if stage.keep_place and not any(team not in (None, stage.team) for team in onward):
            yield f"stages.{name}.keep_place: no other team follows for which a place is kept"
        for way, reason in (("if_left", "patience"), ("if_turned_away", "room")):
            if getattr(stage, way) and all(getattr(own, reason) is None for own in settings):
                yield f"stages.{name}.{way}: nobody goes that way without {reason}"
    for name, team in scenario.teams.items():
        stages = [stage for stage in scenario.stages.values() if stage.team == name]
        if team.caseload_limit is not None and stages:
            if not any(stage.caseworker for stage in stages):
                yield f"teams.{name}.caseload_limit: none of its stages has caseworker = true"
        if team.handover_after is not None and not team.absence:
            yield f"teams.{name}.handover_after: the team has no absence"
        if team.shared and not scenario.offices:
            yield f"teams.{name}.shared: there is one office only"


def _idle_pauses(scenario: ScenarioFields) -> Iterator[str]:
    """Stages that stop clocks where there are none."""
    settings = [
        scenario.stage_for(name, inflow) for name in scenario.stages for inflow in scenario.inflows
    ]
    if all(stage.deadline is None for stage in settings):
        for name, stage in scenario.stages.items():
            if stage.pauses_deadlines:
                yield f"stages.{name}.pauses_deadlines: no stage has a deadline that could pause"


def _restarted_clocks(scenario: ScenarioFields) -> Iterator[str]:
    """Deadlines whose clock starts anew because cases come back to the stage where it starts."""
    loops: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in scenario.stages:
        found: dict[str, dict[str, None]] = {}
        for inflow in scenario.inflows:
            deadline = scenario.stage_for(name, inflow).deadline
            if deadline is None or deadline.on_return is not None:
                continue
            first = deadline.from_ or scenario.entry_stage(inflow)
            if (first, inflow) not in loops:
                loops[first, inflow] = _ways_back(scenario, first, inflow)
            if loops[first, inflow]:
                found.setdefault(first, {}).update(dict.fromkeys(loops[first, inflow]))
        for first, origins in found.items():
            yield (
                f"stages.{name}.deadline: cases come back to {first!r} from "
                f"{' and '.join(map(repr, origins))}, and its clock starts anew each time, so that "
                "late and decision_days are counted from the last return; write on_return = "
                '"restart" if a return is a new application, or on_return = "continue" if it is '
                "the same file (sent back, a missed appointment), to count from the first time"
            )


def _ways_back(scenario: ScenarioFields, first: str, inflow: str) -> tuple[str, ...]:
    """Stages that cases of an inflow come to from `first`, and from which they go back to it."""
    seen, to_see, origins = {first}, [first], []
    while to_see:
        name = to_see.pop()
        stage = scenario.stage_for(name, inflow)
        targets = [to for to, share in scenario.next_of(name, stage).items() if share > 0]
        if stage.patience is not None and stage.if_left is not None:
            targets.append(stage.if_left)
        if stage.room is not None and stage.if_turned_away is not None:
            targets.append(stage.if_turned_away)
        if first in targets:
            origins.append(name)
        for target in targets:
            if target in scenario.stages and target not in seen:
                seen.add(target)
                to_see.append(target)
    return tuple(name for name in scenario.stages if name in origins)


def _sizes(table: dict[str, Any], path: str) -> Iterator[str]:
    """Numbers that look like percents, or like a team's: anywhere in the scenario."""
    for key, value in table.items():
        where = f"{path}.{key}" if path else str(key)
        if isinstance(value, int | float) and key == "cv" and value > _LARGEST_CV:
            yield (
                f"{where} = {value:g}: the standard deviation is {value:g} times the mean; 0.5 is "
                "half of the mean"
            )
        if isinstance(value, int | float) and key == "worker_fte" and value > 1:
            yield f"{where} = {value:g}: each worker does the work of {value:g} full-time jobs"
        if isinstance(value, list):
            for number, part in enumerate(value):
                if isinstance(part, dict):
                    yield from _sizes(part, f"{where}.{number}")
        if isinstance(value, dict):
            yield from _sizes(value, where)


def _evidence(scenario: ScenarioFields) -> Iterator[str]:
    raw = scenario.plain_data
    for path in scenario.evidence:
        if not follows(raw, path):
            yield f"evidence.{path!r}: the scenario has nothing at this path"
