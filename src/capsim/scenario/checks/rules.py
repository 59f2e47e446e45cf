"""Second pass: how the tables of a scenario go together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from capsim.scenario.base import plain
from capsim.scenario.checks.cycle_rules import cycle_rules, ring_rules
from capsim.scenario.checks.inflow_rules import inflow_rules, initial_rules
from capsim.scenario.checks.money_rules import money_rules
from capsim.scenario.checks.names import Names, destinations, unknown
from capsim.scenario.checks.office_rules import SMALLEST_WORKER, cluster_rules, office_rules
from capsim.scenario.checks.place_rules import kind_rules, place_rules
from capsim.scenario.checks.sizes import LONGEST_HORIZON
from capsim.scenario.checks.staff_rules import (
    announcements,
    strain_rules,
    team_rules,
    weekday_rules,
)
from capsim.scenario.checks.stage_rules import (
    stage_rules,
)
from capsim.scenario.checks.trigger_rules import trigger_rules
from capsim.scenario.checks.window_rules import window_rules
from capsim.scenario.checks.worker_rules import worker_rules
from capsim.scenario.errors import Mistake
from capsim.scenario.files.csv_files import first_few
from capsim.scenario.tables.copies import copies_of_team, unnamed_by_copy
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import StageFields
from capsim.scenario.tables.windows import RESERVED

__all__ = ["broken_rules"]

_RESERVED = ("all", "open")
_EXITS = ("completed", "left", "turned_away")
_NAME = re.compile(r"\w[\w-]*")


def broken_rules(scenario: ScenarioFields, names: Names) -> list[Mistake]:
    """Mistakes in how the tables go together.

    Parameters
    ----------
    scenario : ScenarioFields
        Tables that are valid by themselves; some may have been taken out.
    names : Names
        The names that the file has, those of the tables that were taken out included.
    """
    return [
        *_names(scenario, names),
        *_times(scenario, names),
        *_teams(scenario, names),
        *_stages(scenario, names),
        *inflow_rules(scenario, names),
        *initial_rules(scenario, names),
        *trigger_rules(scenario, names),
        *office_rules(scenario, names),
        *money_rules(scenario, names, (*_EXITS, *_exits(scenario, names))),
        *cycle_rules(scenario),
        *ring_rules(scenario),
    ]


# -- names ---------------------------------------------------------------


def _names(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    exits = _exits(scenario, names)
    groups: list[tuple[str, Iterable[str]]] = [
        ("stages", names.stages),
        ("teams", names.teams or ()),
        ("inflows", names.inflows),
        ("offices", scenario.offices),
        *((f"teams.{team}.changes", table.changes) for team, table in scenario.teams.items()),
        *((f"teams.{team}.absence", table.absence) for team, table in scenario.teams.items()),
        *((f"inflows.{name}.waves", table.waves) for name, table in scenario.inflows.items()),
        ("funding", scenario.funding),
        ("triggers", scenario.triggers),
        ("variants", scenario.variants),
        ("windows", (name for name in scenario.windows if name not in RESERVED)),
    ]
    for path, members in groups:
        for name in members:
            yield from _name(name, path)
    for name, path in exits.items():
        yield from _name(name, path)
    for name in names.stages:
        if name in _EXITS:
            yield Mistake(
                "stages", name, f"{name!r} is the name of an exit", "give the stage another name"
            )
    for inflow, table in scenario.inflows.items():
        for source in ("rate", "counts", "trace", "initial"):
            if source in table.waves and (source != "counts" or table.counts is not None):
                yield Mistake(
                    f"inflows.{inflow}.waves",
                    source,
                    f"{source!r} names another source of the inflow",
                    "give the wave another name",
                )
    if not scenario.stages and not names.stages:
        yield Mistake("stages", {}, "needs at least one stage", "write [stages.intake]")
    if not names.inflows:
        yield Mistake("inflows", {}, "needs at least one inflow", "write [inflows.regular]")


def _name(name: str, place: str) -> Iterator[Mistake]:
    if name in (_RESERVED[:1] if place == "funding" else _RESERVED):
        yield Mistake(place, name, f"{name!r} is a reserved name", "choose another one")
    elif not _NAME.fullmatch(name):
        yield Mistake(
            place,
            name,
            "a name has letters, digits, _ and - only",
            "write " + repr(re.sub(r"[^\w-]+", "_", name).strip("_-") or "name"),
        )


def _exits(scenario: ScenarioFields, names: Names) -> dict[str, str]:
    """Exits that the file names, with one of the places where it does."""
    exits: dict[str, str] = {}
    for path, fields in _all_settings(scenario):
        for name in fields.next or ():
            if name not in names.stages:
                exits.setdefault(name, f"{path}.next")
        for way in ("if_left", "if_turned_away"):
            name = getattr(fields, way)
            if name is not None and name not in names.stages:
                exits.setdefault(name, f"{path}.{way}")
    return exits


def _all_settings(scenario: ScenarioFields) -> Iterator[tuple[str, StageFields]]:
    for name, stage in scenario.stages.items():
        yield f"stages.{name}", stage
    for inflow, table in scenario.inflows.items():
        for name, override in table.stages.items():
            yield f"inflows.{inflow}.stages.{name}", override


# -- time ---------------------------------------------------------------


def _times(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    calendar = scenario.calendar
    if calendar.country and calendar.country != "BE":
        import holidays

        known = holidays.list_supported_countries(include_aliases=True)
        if calendar.country not in known:
            yield Mistake(
                "calendar.country",
                calendar.country,
                "no public holidays are known for it",
                "write a code such as 'NL', or false and the closed days",
            )
            return
    for name in ("horizon", "warm_up", "follow_up"):
        duration = getattr(scenario, name)
        if name == "horizon" and duration.value <= 0:
            yield Mistake(name, str(duration), "must be above 0", "write '3 years', say")
            return
        try:
            getattr(scenario, f"{name}_days")
        except (OverflowError, ValueError) as error:
            yield Mistake(
                name, str(duration), f"cannot be placed in the calendar ({error})", "shorten it"
            )
            return
    if scenario.horizon_days > LONGEST_HORIZON:
        yield Mistake(
            "horizon",
            str(scenario.horizon),
            f"is longer than {LONGEST_HORIZON} days (292 years), up to which time is counted "
            "exactly",
            "shorten the horizon and use more replications",
        )
        return
    days, used = scenario.horizon_days, scenario.warm_up_days + scenario.follow_up_days
    if used >= days:
        yield Mistake(
            "horizon",
            str(scenario.horizon),
            f"must be longer than warm_up and follow_up together ({used} days)",
            "lengthen it, or shorten those",
        )
    elif not scenario.calendar.open_days(scenario.start, min(days, 4000)).any():
        yield Mistake(
            "calendar", plain(calendar), "no day of the horizon is open", "open some weekdays"
        )
    yield from window_rules(scenario, names)


# -- teams ---------------------------------------------------------------


def _teams(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    used = {stage.team for stage in scenario.stages.values()}
    start = scenario.start if names.knows_start else None
    for name, team in scenario.teams.items():
        path = f"teams.{name}"
        yield from place_rules(team, path)
        yield from team_rules(team, path, start, name in used)
        if set(names.stages) == set(scenario.stages):
            mine = (stage for stage in scenario.stages.values() if stage.team == name)
            yield from strain_rules(team, path, mine)
        if names.inflows and set(names.inflows) == set(scenario.inflows):
            yield from announcements(team, path, scenario.inflows)
        if team.workers is not None:
            yield from _workers(scenario, name, names)
        if isinstance(team.shared, tuple):
            yield from cluster_rules(team.shared, f"{path}.shared", names)
        for key, change in team.changes.items():
            for number, office in enumerate(change.offices or ()):
                place = f"{path}.changes.{key}.offices.{number}"
                yield from unknown(office, names.offices, place, "office")
        if team.patterns and names.offices is not None:
            sizes = _sizes_of_workers(scenario, name)
            yield from weekday_rules(team, path, scenario.calendar, sizes)


def _workers(scenario: ScenarioFields, name: str, names: Names) -> Iterator[Mistake]:
    """Mistakes of a list of workers."""
    workers = scenario.teams[name].workers
    assert workers is not None
    several = names.offices is not None and len(copies_of_team(scenario, name)) > 1
    path = f"teams.{name}.workers"
    people = scenario.named_workers(name)
    found = worker_rules(workers, people, path, names.offices, several, SMALLEST_WORKER)
    yield from first_few(list(found), path, path)


def _sizes_of_workers(scenario: ScenarioFields, name: str) -> dict[str, float]:
    """FTE of a worker of a team by office, and by change."""
    team = scenario.teams[name]
    try:
        there = unnamed_by_copy(scenario, name)
    except KeyError:  # an unknown office, which is told elsewhere
        return {}
    sizes = {copy: team.seats(fte)[1] for copy, fte in there.items()}
    sizes |= {f"worker {one.name}": one.fte for one in scenario.named_workers(name)}
    for key, change in team.changes.items():
        if change.add > 0:
            sizes[f"changes.{key}"] = team.seats(change.add)[1]
    for key, trigger in scenario.triggers.items():
        if trigger.change.team == name:
            sizes[f"triggers.{key}"] = team.seats(trigger.change.add)[1]
    return sizes


# -- stages ---------------------------------------------------------------


def _stages(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    uses: dict[str, int] = {}
    for _, fields in _all_settings(scenario):
        for name in (*(fields.next or ()), fields.if_left, fields.if_turned_away):
            if name is not None:
                uses[name] = uses.get(name, 0) + 1
    for name, stage in scenario.stages.items():
        path = f"stages.{name}"
        yield from stage_rules(stage, path)
        if stage.decision is False:
            yield Mistake(
                f"{path}.decision", False, "only an inflow can lift a decision", "remove it"
            )
        if stage.team is not None:
            yield from unknown(stage.team, names.teams, f"{path}.team", "team")
            if stage.team in scenario.teams:
                yield from kind_rules(stage, scenario.teams[stage.team], path)
        yield from destinations(stage, path, names, uses)
