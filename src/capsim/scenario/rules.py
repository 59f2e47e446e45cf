"""Second pass: how the tables of a scenario go together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capsim.scenario.base import plain
from capsim.scenario.construction import constructing, current
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.inflow import Inflow
from capsim.scenario.laws import SHARE_TOLERANCE
from capsim.scenario.model import Scenario, ScenarioFields
from capsim.scenario.offices import copies_of, fte_by_copy
from capsim.scenario.overrides import flattened
from capsim.scenario.staff_rules import team_rules
from capsim.scenario.stage_rules import (
    calendar_law,
    no_time_passes,
    stage_rules,
    too_early,
)
from capsim.scenario.stages import Stage, StageFields

__all__ = ["SMALLEST_WORKER", "Names", "broken_rules", "check_rules"]

SMALLEST_WORKER = 0.1
"""Smallest contract of a worker, in FTE."""

_RESERVED = ("all", "open")
_EXITS = ("completed", "left", "turned_away")
_NAME = re.compile(r"\w[\w-]*")
_CLOSE = 0.8


@dataclass(frozen=True)
class Names:
    """Names that exist, whether or not their tables are in order."""

    stages: tuple[str, ...]
    teams: tuple[str, ...]
    inflows: tuple[str, ...]
    offices: tuple[str, ...]
    knows_start: bool = True

    @classmethod
    def of(cls, raw: Mapping[str, Any], knows_start: bool = True) -> Names:
        """Names in plain data."""

        def keys(name: str) -> tuple[str, ...]:
            table = raw.get(name)
            return tuple(map(str, table)) if isinstance(table, Mapping) else ()

        return cls(
            keys("stages"),
            keys("teams"),
            keys("inflows"),
            keys("offices") or ("main",),
            knows_start,
        )


def check_rules(scenario: Scenario) -> list[Mistake]:
    """Every mistake of a scenario whose tables are valid by themselves."""
    mistakes = broken_rules(scenario, Names.of(scenario.__dict__))
    if not mistakes:
        mistakes = list(_office_settings(scenario))
    if not mistakes and current().examines_variants:
        mistakes = list(_variants(scenario))
    return mistakes


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
        *_times(scenario),
        *_teams(scenario, names),
        *_stages(scenario, names),
        *_inflows(scenario, names),
        *_initial(scenario, names),
        *_offices(scenario, names),
        *_cycles(scenario),
    ]


# -- names ---------------------------------------------------------------


def _names(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    exits = _exits(scenario, names)
    groups: list[tuple[str, Iterable[str]]] = [
        ("stages", names.stages),
        ("teams", names.teams),
        ("inflows", names.inflows),
        ("offices", scenario.offices),
        *((f"teams.{team}.changes", table.changes) for team, table in scenario.teams.items()),
        *((f"teams.{team}.absence", table.absence) for team, table in scenario.teams.items()),
        *((f"inflows.{name}.waves", table.waves) for name, table in scenario.inflows.items()),
        ("variants", scenario.variants),
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
        for source in ("rate", "trace", "initial"):
            if source in table.waves:
                yield Mistake(
                    f"inflows.{inflow}.waves",
                    source,
                    f"{source!r} names another source of the inflow",
                    "give the wave another name",
                )
    if not names.stages:
        yield Mistake("stages", {}, "needs at least one stage", "write [stages.intake]")
    if not names.inflows:
        yield Mistake("inflows", {}, "needs at least one inflow", "write [inflows.regular]")


def _name(name: str, place: str) -> Iterator[Mistake]:
    if name in _RESERVED:
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


def _times(scenario: ScenarioFields) -> Iterator[Mistake]:
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


# -- teams ---------------------------------------------------------------


def _teams(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    used = {stage.team for stage in scenario.stages.values()}
    start = scenario.start if names.knows_start else None
    for name, team in scenario.teams.items():
        path = f"teams.{name}"
        yield from team_rules(team, path, start, name in used)
        if isinstance(team.shared, tuple):
            yield from _clusters(team.shared, f"{path}.shared", names)


def _clusters(clusters: tuple[tuple[str, ...], ...], path: str, names: Names) -> Iterator[Mistake]:
    seen: set[str] = set()
    for position, cluster in enumerate(clusters):
        if not cluster:
            yield Mistake(f"{path}.{position}", [], "needs at least one office", "remove it")
        for office in cluster:
            yield from _known(office, names.offices, f"{path}.{position}", "office")
            if office in seen:
                yield Mistake(
                    f"{path}.{position}", office, "is in two clusters", "keep it in one of them"
                )
            seen.add(office)


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
            yield from _known(stage.team, names.teams, f"{path}.team", "team")
        yield from _references(stage, path, names, uses)


def _references(
    fields: StageFields, path: str, names: Names, uses: Mapping[str, int]
) -> Iterator[Mistake]:
    if not names.stages:
        return
    if fields.deadline is not None and fields.deadline.from_ is not None:
        yield from _known(fields.deadline.from_, names.stages, f"{path}.deadline.from", "stage")
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


def _known(name: str, known: Iterable[str], path: str, noun: str) -> Iterator[Mistake]:
    known = list(known)
    if name not in known:
        yield Mistake(path, name, f"there is no such {noun}", nearest(name, known))


# -- inflows ---------------------------------------------------------------


def _inflows(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    for name, inflow in scenario.inflows.items():
        path = f"inflows.{name}"
        if inflow.enter is not None and names.stages:
            yield from _known(inflow.enter, names.stages, f"{path}.enter", "stage")
        if inflow.lag is not None:
            yield from calendar_law(inflow.lag, f"{path}.lag")
        if not inflow.waves and (inflow.rate is not None or inflow.trace is not None):
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
            if names.knows_start:
                yield from too_early(
                    table.date, scenario.start, f"{path}.waves.{wave}.date", "a wave"
                )
        yield from _trace(inflow, f"{path}.trace", scenario, names)
        for stage, override in inflow.stages.items():
            place = f"{path}.stages"
            if names.stages:
                yield from _known(stage, names.stages, place, "stage")
            yield from _references(override, f"{place}.{stage}", names, _Always())
            if stage in scenario.stages:
                written = [key for key in StageFields.model_fields
                           if getattr(override, key) is not None]  # fmt: skip
                merged = scenario.stages[stage].with_override(override)
                yield from stage_rules(merged, f"{place}.{stage}", written)


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
            yield from _known(office, names.offices, f"{path}.office", "office")
    for field in ("work", "stay", "patience"):
        for stage, cells in getattr(trace, field).items():
            place = f"{path}.{field}.{stage}"
            if names.stages:
                yield from _known(stage, names.stages, place, "stage")
            if len(cells) != len(trace):
                yield Mistake(
                    place, len(cells), f"must have {len(trace)} values", "one per application"
                )
            settings = scenario.stages.get(stage)
            if settings is None:
                continue
            lacks = settings.kind == "delay" if field != "stay" else _ends_otherwise(settings)
            if lacks:
                yield Mistake(
                    place, stage, f"the stage has no {field} to replace", "remove the column"
                )
    if trace.office is not None and len(trace.office) != len(trace):
        yield Mistake(
            f"{path}.office", len(trace.office), f"must have {len(trace)} values", "one each"
        )


def _ends_otherwise(stage: Stage) -> bool:
    return stage.stay is None


def _initial(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    for stage, initial in scenario.initial.items():
        if names.stages:
            yield from _known(stage, names.stages, "initial", "stage")
        if initial.inflow is not None and names.inflows:
            yield from _known(initial.inflow, names.inflows, f"initial.{stage}.inflow", "inflow")
        if initial.age is not None:
            yield from calendar_law(initial.age, f"initial.{stage}.age")


# -- offices ---------------------------------------------------------------


def _offices(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    if scenario.offices:
        total = sum(office.share for office in scenario.offices.values())
        if abs(total - 1) > SHARE_TOLERANCE:
            shares = {name: office.share for name, office in scenario.offices.items()}
            yield Mistake(
                "offices",
                plain(shares),
                f"the shares of the offices sum to {total:.6g}, not to 1",
                "correct them, or divide each by their sum",
            )
            return
    for name, office in scenario.offices.items():
        for key in office.fte:
            yield from _known(key, names.teams, f"offices.{name}.fte", "team")
    for name, team in scenario.teams.items():
        if isinstance(team.shared, tuple) and any(_clusters(team.shared, "", names)):
            continue
        if scenario.offices:
            yield from _explicit_fte(scenario, name)
        yield from _small_workers(scenario, name)


def _explicit_fte(scenario: ScenarioFields, team: str) -> Iterator[Mistake]:
    explicit = [office.fte[team] for office in scenario.offices.values() if team in office.fte]
    total = scenario.teams[team].fte
    everywhere = sum(office.share for office in scenario.offices.values() if team not in office.fte)
    gap = total - sum(explicit)
    if gap < -1e-9 or (explicit and everywhere == 0 and gap > 1e-9):
        yield Mistake(
            f"teams.{team}.fte",
            plain(total),
            f"the offices give it {sum(explicit):g} FTE explicitly",
            "write that number, or correct offices.*.fte",
        )


def _small_workers(scenario: ScenarioFields, name: str) -> Iterator[Mistake]:
    from capsim.scenario.staffing import seats_of

    small = {}
    offices = copies_of(scenario, name)
    for copy, fte in fte_by_copy(scenario, name).items():
        team = scenario.teams[name]
        first = offices[copy][0]
        own = (
            dict(flattened(scenario.to_dict(), scenario.offices[first].set))
            if (first in scenario.offices and scenario.offices[first].set)
            else {}
        )
        worker_fte = own.get(f"teams.{name}.worker_fte", team.worker_fte)
        if not isinstance(worker_fte, (int, float)) or worker_fte <= 0:
            continue
        seats, each = seats_of(fte, worker_fte)
        if seats and each < SMALLEST_WORKER - 1e-9:
            small[copy] = each
    if small:
        copy, each = min(small.items(), key=lambda item: item[1])
        more = f" (and in {len(small) - 1} more)" if len(small) > 1 else ""
        where = f" in office {copy!r}{more}" if scenario.offices else ""
        yield Mistake(
            f"teams.{name}.fte",
            plain(scenario.teams[name].fte),
            f"a worker would have {each:.3g} FTE{where}, less than {SMALLEST_WORKER}",
            f"share the team: teams.{name}.shared = true or clusters of offices"
            if scenario.offices
            else "give the team more FTE, or its work to another team",
        )


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


# -- overrides ---------------------------------------------------------------


def _office_settings(scenario: Scenario) -> Iterator[Mistake]:
    for name, office in scenario.offices.items():
        if not office.set:
            continue
        prefix = f"offices.{name}.set"
        refused = list(_not_of_an_office(scenario, name, prefix))
        if refused:
            yield from refused
            continue
        with constructing(examines_variants=False, source=""):
            try:
                scenario.for_office(name)
            except ScenarioError as error:
                yield from _under(prefix, error)


def _not_of_an_office(scenario: Scenario, office: str, prefix: str) -> Iterator[Mistake]:
    for path, value in flattened(scenario.to_dict(), scenario.offices[office].set):
        parts = path.split(".")
        rule, remedy = "", ""
        if parts[0] == "stages":
            if parts[2:] and parts[2] in ("team", "caseworker"):
                rule, remedy = "an office cannot change who does the work", "change the stage"
        elif parts[0] == "teams" and len(parts) > 2:
            team = scenario.teams.get(parts[1])
            if parts[2] == "fte":
                rule = "an office has its FTE elsewhere"
                remedy = f"write offices.{office}.fte.{parts[1]}"
            elif parts[2] in ("changes", "shared"):
                rule, remedy = f"{parts[2]} hold for all offices", "change the team"
            elif team is not None and len(_copy_with(scenario, parts[1], office)) > 1:
                rule, remedy = "the team is shared with other offices", "change the team"
        elif not (parts[0] == "inflows" and parts[2:3] == ["stages"]):
            rule = "an office can set stages.*, teams.* and inflows.*.stages.* only"
            remedy = "set it for the whole scenario"
        if rule:
            yield Mistake(f"{prefix}.{path}", value, rule, remedy)


def _copy_with(scenario: Scenario, team: str, office: str) -> tuple[str, ...]:
    return next(offices for offices in copies_of(scenario, team).values() if office in offices)


def _variants(scenario: Scenario) -> Iterator[Mistake]:
    for name in scenario.variants:
        with constructing(examines_variants=False, source=""):
            try:
                scenario.variant(name)
            except ScenarioError as error:
                yield from _under(f"variants.{name}", error)


def _under(prefix: str, error: ScenarioError) -> Iterator[Mistake]:
    for mistake in error.mistakes:
        path = f"{prefix}.{mistake.path}" if mistake.path else prefix
        yield Mistake(path, mistake.value, mistake.rule, mistake.remedy)
