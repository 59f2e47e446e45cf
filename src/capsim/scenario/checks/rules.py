"""Second pass: how the tables of a scenario go together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from capsim.scenario.base import plain
from capsim.scenario.checks.money_rules import money_rules
from capsim.scenario.checks.names import Names, unknown
from capsim.scenario.checks.office_rules import SMALLEST_WORKER, cluster_rules, office_rules
from capsim.scenario.checks.open_case_rules import open_case_rules
from capsim.scenario.checks.place_rules import kind_rules, place_rules
from capsim.scenario.checks.sizes import LONGEST_HORIZON
from capsim.scenario.checks.staff_rules import (
    announcements,
    strain_rules,
    team_rules,
    weekday_rules,
)
from capsim.scenario.checks.stage_rules import (
    calendar_law,
    no_time_passes,
    stage_rules,
    too_early,
)
from capsim.scenario.checks.trigger_rules import trigger_rules
from capsim.scenario.checks.window_rules import window_rules
from capsim.scenario.checks.worker_rules import worker_rules
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.copies import copies_of, unnamed_by_copy
from capsim.scenario.tables.inflow import Inflow, Initial, Wave
from capsim.scenario.tables.open_cases import OpenCases
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import Stage, StageFields
from capsim.scenario.tables.windows import RESERVED

__all__ = ["broken_rules"]

_RESERVED = ("all", "open")
_EXITS = ("completed", "left", "turned_away")
_NAME = re.compile(r"\w[\w-]*")
_CLOSE = 0.8


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
        *_inflows(scenario, names),
        *_initial(scenario, names),
        *trigger_rules(scenario, names),
        *office_rules(scenario, names),
        *money_rules(scenario, names, (*_EXITS, *_exits(scenario, names))),
        *_cycles(scenario),
        *_rings(scenario),
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
    several = names.offices is not None and len(copies_of(scenario, name)) > 1
    path = f"teams.{name}.workers"
    people = scenario.named_workers(name)
    yield from worker_rules(workers, people, path, names.offices, several, SMALLEST_WORKER)


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
        yield from _references(stage, path, names, uses)


def _references(
    fields: StageFields, path: str, names: Names, uses: Mapping[str, int]
) -> Iterator[Mistake]:
    if not names.stages:
        return
    if fields.deadline is not None and fields.deadline.from_ is not None:
        yield from unknown(fields.deadline.from_, names.stages, f"{path}.deadline.from", "stage")
    places = [(name, f"{path}.next") for name in fields.next or ()]
    for way in ("if_left", "if_turned_away"):
        if getattr(fields, way) is not None:
            places.append((getattr(fields, way), f"{path}.{way}"))
    for name, place in places:
        meant = None if name in names.stages else _almost(name, names.stages)
        if meant is not None and uses[name] == 1:
            yield Mistake(
                place,
                name,
                "is neither a stage nor an exit used elsewhere",
                f"did you mean {meant!r}?",
            )


def _almost(name: str, stages: Iterable[str]) -> str | None:
    """The stage that a destination may be a misspelling of."""
    lower = {stage.lower(): stage for stage in stages}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=_CLOSE)
    return lower[close[0]] if close else None


# -- inflows ---------------------------------------------------------------


def _inflows(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    for name, inflow in scenario.inflows.items():
        path = f"inflows.{name}"
        if inflow.enter is not None and names.stages:
            yield from unknown(inflow.enter, names.stages, f"{path}.enter", "stage")
        if inflow.lag is not None:
            yield from calendar_law(inflow.lag, f"{path}.lag")
        others = (inflow.rate, inflow.counts, inflow.trace)
        if not inflow.waves and any(source is not None for source in others):
            for field in ("take_up", "lag"):
                value = getattr(inflow, field)
                if value != type(inflow).model_fields[field].default:
                    yield Mistake(
                        f"{path}.{field}",
                        plain(value),
                        f"{field} belongs to waves, of which there are none",
                        f"remove {field}, or give the waves an inflow of their own",
                    )
        for wave, table in inflow.waves.items():
            yield from _wave(table, f"{path}.waves.{wave}", scenario, names)
        if inflow.counts_exact and inflow.counts is None:
            yield Mistake.absent(
                f"{path}.counts", "counts_exact needs them", "add counts, or remove counts_exact"
            )
        for office in inflow.counts.offices if inflow.counts is not None else ():
            if office is not None:
                yield from unknown(office, names.offices, f"{path}.counts.office", "office")
        yield from _trace(inflow, f"{path}.trace", scenario, names)
        for stage, override in inflow.stages.items():
            place = f"{path}.stages"
            if names.stages:
                yield from unknown(stage, names.stages, place, "stage")
            yield from _references(override, f"{place}.{stage}", names, _Always())
            if stage in scenario.stages:
                written = [key for key in StageFields.model_fields
                           if getattr(override, key) is not None]  # fmt: skip
                merged = scenario.stages[stage].with_override(override)
                yield from stage_rules(merged, f"{place}.{stage}", written)
                if merged.team in scenario.teams:
                    team = scenario.teams[merged.team]
                    for mistake in kind_rules(merged, team, f"{place}.{stage}"):
                        if mistake.path.split(".")[4] in written:
                            yield mistake


def _wave(wave: Wave, path: str, scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    if names.knows_start:
        yield from too_early(wave.date, scenario.start, f"{path}.date", "a wave")
    if wave.lag is not None:
        yield from calendar_law(wave.lag, f"{path}.lag")
    for name in ("ahead", "notice"):
        value = getattr(wave, name)
        if value is not None and value.is_workdays:
            yield Mistake(
                f"{path}.{name}", str(value), "counts calendar time back", "write days or weeks"
            )
    if wave.ahead is not None and wave.over is not None and wave.over.is_workdays:
        yield Mistake(
            f"{path}.over",
            str(wave.over),
            "in workdays it does not go with ahead",
            "write calendar days, or leave ahead out",
        )


class _Always(dict[str, int]):
    """Counts one use of every name."""

    def __missing__(self, name: str) -> int:
        return 1


def _trace(inflow: Inflow, path: str, scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    trace = inflow.trace
    if trace is None:
        return
    if not len(trace):
        yield Mistake(path, trace.file or [], "the trace has no applications", "add rows")
    for office in dict.fromkeys(trace.office or ()):
        if office is not None:
            yield from unknown(office, names.offices, f"{path}.office", "office")
    for field in ("work", "stay", "patience"):
        for stage, cells in getattr(trace, field).items():
            place = f"{path}.{field}.{stage}"
            if names.stages:
                yield from unknown(stage, names.stages, place, "stage")
            if len(cells) != len(trace):
                yield Mistake(
                    place, len(cells), f"must have {len(trace)} values", "one per application"
                )
            settings = scenario.stages.get(stage)
            if settings is None:
                continue
            lacks = _LACKS[field](settings)
            if lacks:
                yield Mistake(
                    place, stage, f"the stage has no {field} to replace", "remove the column"
                )
    if trace.office is not None and len(trace.office) != len(trace):
        yield Mistake(
            f"{path}.office", len(trace.office), f"must have {len(trace)} values", "one each"
        )


_LACKS: dict[str, Callable[[Stage], bool]] = {
    "work": lambda stage: stage.kind in ("delay", "places"),
    "stay": lambda stage: stage.stay is None,
    "patience": lambda stage: stage.kind == "delay",
}


def _initial(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    for stage, tables in scenario.initial.items():
        if isinstance(tables, OpenCases):
            yield from open_case_rules(scenario, names, f"initial.{stage}")
        elif names.stages:
            yield from unknown(stage, names.stages, "initial", "stage")
    met: set[tuple[str, str]] = set()
    for path, stage, initial in scenario.initial_tables:
        if initial.inflow is not None and names.inflows:
            yield from unknown(initial.inflow, names.inflows, f"{path}.inflow", "inflow")
        if initial.age is not None:
            yield from calendar_law(initial.age, f"{path}.age")
        if isinstance(scenario.initial[stage], Initial):
            continue
        if initial.inflow is None:
            yield Mistake.absent(
                f"{path}.inflow", "is missing: a list has an entry for each inflow", "name it"
            )
        elif (stage, initial.inflow) in met:
            yield Mistake(
                f"{path}.inflow", initial.inflow, "has an entry already", "keep one of the two"
            )
        else:
            met.add((stage, initial.inflow))


# -- cycles ---------------------------------------------------------------


def _cycles(scenario: ScenarioFields) -> Iterator[Mistake]:
    found: set[tuple[str, ...]] = set()
    for inflow in scenario.inflows:
        edges: dict[str, dict[str, str]] = {}
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            for way in no_time_passes(stage):
                targets = (
                    [to for to, share in scenario.next_of(name, stage).items() if share > 0]
                    if way == "next"
                    else [getattr(stage, way)]
                )
                for target in targets:
                    if target in scenario.stages:
                        edges.setdefault(name, {}).setdefault(target, way)
        cycle = _cycle(edges)
        if cycle and tuple(sorted(cycle)) not in found:
            found.add(tuple(sorted(cycle)))
            way = edges[cycle[0]][cycle[1 % len(cycle)]]
            yield Mistake(
                f"stages.{cycle[0]}.{way}",
                " -> ".join([*cycle, cycle[0]]),
                "a routing cycle in which no time can pass",
                "send the cases to an exit or to a delay",
            )


def _rings(scenario: ScenarioFields) -> Iterator[Mistake]:
    """Teams whose places are kept for one another: all would wait, and nobody would move."""
    edges: dict[str, dict[str, str]] = {}
    kept: dict[tuple[str, str], str] = {}
    for inflow in scenario.inflows:
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            if not stage.keep_place or not stage.has_places or stage.team is None:
                continue
            for target, share in scenario.next_of(name, stage).items():
                if share <= 0 or target not in scenario.stages:
                    continue
                onward = scenario.stage_for(target, inflow)
                if onward.has_places and onward.team is not None and onward.team != stage.team:
                    edges.setdefault(stage.team, {}).setdefault(onward.team, "next")
                    kept.setdefault((stage.team, onward.team), name)
    ring = _cycle(edges)
    if ring:
        name = kept[ring[0], ring[1 % len(ring)]]
        yield Mistake(
            f"stages.{name}.keep_place",
            True,
            f"places would be kept in a ring, {' -> '.join([*ring, ring[0]])}: when all are taken, "
            "everybody waits for everybody",
            "remove it from one of the stages, or send cases to an exit or a stage without places",
        )


def _cycle(edges: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Stages of one cycle in order; empty if there is none."""
    finished: set[str] = set()
    for origin in edges:
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = [(origin, iter(edges[origin]))]
        if origin in finished:
            continue
        path.append(origin)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                stack.pop()
                path.pop()
                finished.add(node)
            elif target in path:
                return path[path.index(target) :]
            elif target not in finished and target in edges:
                path.append(target)
                stack.append((target, iter(edges[target])))
    return []
