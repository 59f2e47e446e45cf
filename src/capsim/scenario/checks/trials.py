"""Rules that try other scenarios out: variants, and the settings that offices have of their own.

An override is right if the scenario that it makes is. Making one is the model's business, which
stands above: it hands in `build`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from capsim.scenario.base import plain
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.files.construction import constructing
from capsim.scenario.overrides import apply_overrides, flattened
from capsim.scenario.tables.copies import copies_of_team
from capsim.scenario.tables.scenario import ScenarioFields

__all__ = [
    "NOT_OF_AN_OFFICE",
    "Build",
    "setting_rules",
    "tentative_rules",
    "variant_rules",
    "without_settings",
]

Build = Callable[[dict[str, Any]], object]
"""Makes a scenario of plain data, or raises `ScenarioError`."""

NOT_OF_AN_OFFICE = {
    "stages": ("team", "caseworker"),
    "teams": ("fte", "places", "changes", "shared", "workers"),
}
"""Fields of stages and teams that an office cannot set for itself."""


def setting_rules(scenario: ScenarioFields, build: Build) -> Iterator[Mistake]:
    """Mistakes of the settings of each office, by trying them out.

    Many offices share few settings; each set is tried once.
    """
    raw = scenario.plain_data
    bare = _bare(raw)
    tried: dict[str, ScenarioError | None] = {}
    for name, office in scenario.offices.items():
        if not office.set:
            continue
        prefix = f"offices.{name}.set"
        refused = list(_not_of_an_office(scenario, raw, name, prefix))
        if refused:
            yield from refused
            continue
        settings = json.dumps(plain(office.set))
        if settings not in tried:
            tried[settings] = None
            with constructing(examines_variants=False, source=""):
                try:
                    build(without_settings(apply_overrides(bare, office.set)))
                except ScenarioError as error:
                    tried[settings] = error
        found = tried[settings]
        if found is not None:
            yield from _under(prefix, found)


def _not_of_an_office(
    scenario: ScenarioFields, raw: dict[str, Any], office: str, prefix: str
) -> Iterator[Mistake]:
    for path, value in flattened(raw, scenario.offices[office].set):
        parts = path.split(".")
        rule, remedy = "", ""
        if parts[0] == "stages":
            if parts[2:] and parts[2] in NOT_OF_AN_OFFICE["stages"]:
                rule, remedy = "an office cannot change who does the work", "change the stage"
        elif parts[0] == "teams" and len(parts) > 2:
            team = scenario.teams.get(parts[1])
            if parts[2] in ("fte", "places"):
                rule = "an office says its FTE in a table of its own"
                remedy = f"write offices.{office}.fte.{parts[1]}"
            elif parts[2] in NOT_OF_AN_OFFICE["teams"]:
                rule, remedy = f"{parts[2]} hold for all offices", "change the team"
            elif team is not None and len(_copy_with(scenario, parts[1], office)) > 1:
                rule, remedy = "the team is shared with other offices", "change the team"
        elif not (parts[0] == "inflows" and parts[2:3] == ["stages"]):
            rule = "an office can set stages.*, teams.* and inflows.*.stages.* only"
            remedy = "set it for the whole scenario"
        if rule:
            yield Mistake(f"{prefix}.{path}", value, rule, remedy)


def _copy_with(scenario: ScenarioFields, team: str, office: str) -> tuple[str, ...]:
    return next(offices for offices in copies_of_team(scenario, team).values() if office in offices)


def _bare(raw: dict[str, Any]) -> dict[str, Any]:
    """Plain data without what no rule of a variant or an office looks at, which may be long."""
    unread = ("variants", "uncertain", "evidence")
    return {name: value for name, value in raw.items() if name not in unread}


def without_settings(raw: dict[str, Any]) -> dict[str, Any]:
    """Plain data in which no office has settings of its own."""
    offices = {
        name: {field: value for field, value in office.items() if field != "set"}
        for name, office in raw["offices"].items()
    }
    return {**raw, "offices": offices}


def variant_rules(scenario: ScenarioFields, build: Build) -> Iterator[Mistake]:
    """Mistakes of the variants, by trying them out."""
    raw = scenario.plain_data
    bare = _bare(raw)
    for name, overrides in scenario.variants.items():
        is_bare = all(path.split(".")[0] in bare for path in overrides)
        with constructing(examines_variants=False, source=""):
            try:
                build(apply_overrides(bare if is_bare else raw, overrides))
            except ScenarioError as error:
                yield from _under(f"variants.{name}", error)


def tentative_rules(
    raw: Mapping[str, Any], known: Iterable[Mistake], build: Build
) -> list[Mistake]:
    """Mistakes of variants and of offices' settings in plain data that has other mistakes.

    What an override adds to the mistakes of the rest is its own, so that a user sees all at once.

    Parameters
    ----------
    raw : mapping
        The plain data.
    known : iterable of Mistake
        What was found already.
    build : callable
        Makes a scenario of plain data.
    """
    said = {str(mistake) for mistake in known}
    groups: dict[str, list[str]] = {}
    sets: dict[str, Mapping[str, Any]] = {}
    for table, field in (("variants", ""), ("offices", ".set")):
        members = raw.get(table)
        for name, value in members.items() if isinstance(members, Mapping) else ():
            overrides = value if table == "variants" else _part(value, "set")
            if isinstance(overrides, Mapping) and all(isinstance(key, str) for key in overrides):
                key = json.dumps([table, overrides], default=str)
                sets[key] = overrides
                groups.setdefault(key, []).append(f"{table}.{name}{field}")
    found = []
    for key, overrides in sets.items():
        for mistake in _added(raw, overrides, build):
            if str(mistake) not in said:
                found += [
                    Mistake(f"{prefix}.{mistake.path}", mistake.value, mistake.rule, mistake.remedy)
                    for prefix in groups[key]
                ]
    return [mistake for mistake in found if str(mistake) not in said]


def _part(table: Any, name: str) -> Any:
    return table.get(name) if isinstance(table, Mapping) else None


def _added(raw: Mapping[str, Any], overrides: Mapping[str, Any], build: Build) -> Iterable[Mistake]:
    """Mistakes of data to which overrides were applied."""
    with constructing(examines_variants=False, source=""):
        try:
            build(apply_overrides(_bare(dict(raw)), overrides))
        except ScenarioError as error:
            return error.mistakes
        except (TypeError, AttributeError, KeyError, IndexError):
            return ()  # So much else is wrong that the override has no place to go to.
    return ()


def _under(prefix: str, error: ScenarioError) -> Iterator[Mistake]:
    for mistake in error.mistakes:
        path = f"{prefix}.{mistake.path}" if mistake.path else prefix
        yield Mistake(path, mistake.value, mistake.rule, mistake.remedy)
