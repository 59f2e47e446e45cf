"""Rules of offices: shares, staff, clusters that share a team, and settings of their own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from capsim.scenario.base import plain
from capsim.scenario.construction import constructing
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.laws import SHARE_TOLERANCE
from capsim.scenario.model import Scenario, ScenarioFields
from capsim.scenario.names import Names, unknown
from capsim.scenario.offices import copies_of, fte_by_copy
from capsim.scenario.overrides import apply_overrides, flattened
from capsim.scenario.teams import seats_of

__all__ = ["SMALLEST_WORKER", "cluster_rules", "office_rules", "setting_rules", "variant_rules"]

SMALLEST_WORKER = 0.1
"""Smallest contract of a worker, in FTE."""


def office_rules(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    """Mistakes of offices, and of how they split the teams."""
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
            yield from unknown(key, names.teams, f"offices.{name}.fte", "team")
    for name, team in scenario.teams.items():
        if isinstance(team.shared, tuple) and any(cluster_rules(team.shared, "", names)):
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
    small = {}
    offices = copies_of(scenario, name)
    raw = scenario.to_dict()
    for copy, fte in fte_by_copy(scenario, name).items():
        team = scenario.teams[name]
        first = offices[copy][0]
        own = (
            dict(flattened(raw, scenario.offices[first].set))
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


def cluster_rules(
    clusters: tuple[tuple[str, ...], ...], path: str, names: Names
) -> Iterator[Mistake]:
    """Mistakes of the clusters of offices that share a team."""
    seen: set[str] = set()
    for position, cluster in enumerate(clusters):
        if not cluster:
            yield Mistake(f"{path}.{position}", [], "needs at least one office", "remove it")
        for office in cluster:
            yield from unknown(office, names.offices, f"{path}.{position}", "office")
            if office in seen:
                yield Mistake(
                    f"{path}.{position}", office, "is in two clusters", "keep it in one of them"
                )
            seen.add(office)


def setting_rules(scenario: Scenario) -> Iterator[Mistake]:
    """Mistakes of the settings of each office, by trying them out.

    Many offices share few settings; each set is tried once.
    """
    raw = scenario.to_dict()
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
                    Scenario(**_without_settings(apply_overrides(bare, office.set)))
                except ScenarioError as error:
                    tried[settings] = error
        found = tried[settings]
        if found is not None:
            yield from _under(prefix, found)


def _not_of_an_office(
    scenario: Scenario, raw: dict[str, Any], office: str, prefix: str
) -> Iterator[Mistake]:
    for path, value in flattened(raw, scenario.offices[office].set):
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


def _bare(raw: dict[str, Any]) -> dict[str, Any]:
    """Plain data without what no rule of a variant or an office looks at, which may be long."""
    return {name: value for name, value in raw.items() if name not in ("variants", "evidence")}


def _without_settings(raw: dict[str, Any]) -> dict[str, Any]:
    for office in raw["offices"].values():
        office.pop("set", None)
    return raw


def variant_rules(scenario: Scenario) -> Iterator[Mistake]:
    """Mistakes of the variants, by trying them out."""
    raw = scenario.to_dict()
    bare = _bare(raw)
    for name, overrides in scenario.variants.items():
        is_bare = all(path.split(".")[0] in bare for path in overrides)
        with constructing(examines_variants=False, source=""):
            try:
                Scenario(**apply_overrides(bare if is_bare else raw, overrides))
            except ScenarioError as error:
                yield from _under(f"variants.{name}", error)


def tentative_rules(raw: Mapping[str, Any], known: Iterable[Mistake]) -> list[Mistake]:
    """Mistakes of variants and of offices' settings in plain data that has other mistakes.

    What an override adds to the mistakes of the rest is its own, so that a user sees all at once.

    Parameters
    ----------
    raw : mapping
        The plain data.
    known : iterable of Mistake
        What was found already.
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
        for mistake in _added(raw, overrides):
            if str(mistake) not in said:
                found += [
                    Mistake(f"{prefix}.{mistake.path}", mistake.value, mistake.rule, mistake.remedy)
                    for prefix in groups[key]
                ]
    return [mistake for mistake in found if str(mistake) not in said]


def _part(table: Any, name: str) -> Any:
    return table.get(name) if isinstance(table, Mapping) else None


def _added(raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> Iterable[Mistake]:
    """Mistakes of data to which overrides were applied."""
    with constructing(examines_variants=False, source=""):
        try:
            Scenario(**apply_overrides(_bare(dict(raw)), overrides))
        except ScenarioError as error:
            return error.mistakes
        except (TypeError, AttributeError, KeyError, IndexError):
            return ()  # So much else is wrong that the override has no place to go to.
    return ()


def _under(prefix: str, error: ScenarioError) -> Iterator[Mistake]:
    for mistake in error.mistakes:
        path = f"{prefix}.{mistake.path}" if mistake.path else prefix
        yield Mistake(path, mistake.value, mistake.rule, mistake.remedy)
