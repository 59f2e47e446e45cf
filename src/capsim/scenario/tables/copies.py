"""Copies of a team, one for each office or cluster of offices, and their staff."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.workers import NamedWorker

__all__ = [
    "copies_of_team",
    "fte_by_copy",
    "fte_by_office",
    "largest_remainder",
    "named_by_copy",
    "unnamed_by_copy",
]


def largest_remainder(n: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers that sum to n, in proportion to shares; ties go to the first.

    Examples
    --------
    >>> largest_remainder(5, [0.5, 0.3, 0.2])
    [3, 1, 1]
    >>> largest_remainder(1, [0.5, 0.5])
    [1, 0]
    """
    total = sum(shares)
    if total <= 0:
        return [0] * len(shares)
    quotas = [n * share / total for share in shares]
    # Shares are decimals: without the rounding, 0.3 of 10 would be one short of 3.
    parts = [math.floor(round(quota, 9)) for quota in quotas]
    remainders = [round(quota - part, 9) for quota, part in zip(quotas, parts, strict=True)]
    order = sorted(range(len(parts)), key=lambda i: (-remainders[i], i))
    for i in order[: n - sum(parts)]:
        parts[i] += 1
    return parts


def fte_by_office(scenario: ScenarioFields, team: str) -> dict[str, float]:
    """FTE or places of a team in each office, before any sharing.

    What the offices give explicitly comes first; the others have the workers whom a list names
    there, and split the rest by share, places whole.

    Examples
    --------
    >>> from capsim.scenario import Scenario
    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year", teams={"desk": {"fte": 6}},
    ...     stages={"intake": {"team": "desk", "work": "1 h"}}, inflows={"all_kinds": {}},
    ...     offices={"genk": {"share": 0.5, "fte": {"desk": 2}}, "as": {"share": 0.1},
    ...              "bree": {"share": 0.4}})
    >>> {name: round(fte, 3) for name, fte in fte_by_office(scenario, "desk").items()}
    {'genk': 2.0, 'as': 0.8, 'bree': 3.2}
    """
    total = scenario.teams[team].size
    if not scenario.offices:
        return dict.fromkeys(scenario.office_names, total)
    explicit = {
        name: office.fte[team] for name, office in scenario.offices.items() if team in office.fte
    }
    shares = {
        name: office.share for name, office in scenario.offices.items() if name not in explicit
    }
    named = _named_by_office(scenario, team)
    rest = total - sum(explicit.values()) - sum(named[name] for name in shares)
    whole = sum(shares.values())
    if scenario.teams[team].places is not None:
        parts = largest_remainder(max(0, round(rest)), list(shares.values()))
        dealt = dict(zip(shares, map(float, parts), strict=True))
        return {name: explicit.get(name, dealt.get(name, 0.0)) for name in scenario.offices}
    return {
        name: explicit[name]
        if name in explicit
        else named[name] + rest * shares[name] / (whole or 1.0)
        for name in scenario.offices
    }


def _named_by_office(scenario: ScenarioFields, team: str) -> dict[str, float]:
    """FTE of the workers of a list who are there on the first day; the others are in the first."""
    named = dict.fromkeys(scenario.office_names, 0.0)
    first = scenario.office_names[0]
    for worker in scenario.named_workers(team):
        if worker.is_there(scenario.start):
            named[worker.office if worker.office in named else first] += worker.fte
    return named


def named_by_copy(scenario: ScenarioFields, team: str) -> dict[str, list[NamedWorker]]:
    """Workers whom a list names, by the copy of the team where they sit."""
    copies = copies_of_team(scenario, team)
    of_office = {office: copy for copy, offices in copies.items() for office in offices}
    first = next(iter(copies))
    found: dict[str, list[NamedWorker]] = {copy: [] for copy in copies}
    for worker in scenario.named_workers(team):
        found[of_office.get(worker.office or "", first)].append(worker)
    return found


def unnamed_by_copy(scenario: ScenarioFields, team: str) -> dict[str, float]:
    """FTE of each copy on the first day beyond the workers whom a list names there."""
    named = named_by_copy(scenario, team)
    start = scenario.start
    rest = {
        copy: fte - sum(worker.fte for worker in named[copy] if worker.is_there(start))
        for copy, fte in fte_by_copy(scenario, team).items()
    }
    return {copy: 0.0 if abs(fte) < 1e-6 else fte for copy, fte in rest.items()}


def copies_of_team(scenario: ScenarioFields, team: str) -> dict[str, tuple[str, ...]]:
    """Copies of a team: their names and the offices that each one serves.

    A shared copy bears the names of its offices joined by "+". In the order of the first office.
    """
    shared = scenario.teams[team].shared
    names = scenario.office_names
    if shared is False:
        return {name: (name,) for name in names}
    clusters = (names,) if shared is True else tuple(shared)
    cluster_of = {name: tuple(cluster) for cluster in clusters for name in cluster}
    copies: dict[str, tuple[str, ...]] = {}
    for name in names:
        cluster = cluster_of.get(name, (name,))
        copies["+".join(cluster)] = cluster
    return copies


def fte_by_copy(scenario: ScenarioFields, team: str) -> dict[str, float]:
    """FTE of each copy of a team: the sum over the offices that it serves."""
    by_office: Mapping[str, float] = fte_by_office(scenario, team)
    return {
        copy: sum(by_office[office] for office in offices)
        for copy, offices in copies_of_team(scenario, team).items()
    }
