"""Rules of offices: shares, staff, and clusters that share a team."""

from __future__ import annotations

from collections.abc import Iterator

from capsim.scenario.base import plain
from capsim.scenario.checks.names import Names, unknown
from capsim.scenario.errors import Mistake
from capsim.scenario.laws.law import SHARE_TOLERANCE
from capsim.scenario.overrides import flattened
from capsim.scenario.tables.copies import copies_of_team, unnamed_by_copy
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.teams import seats_of

__all__ = ["SMALLEST_WORKER", "cluster_rules", "office_rules"]

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
    for inflow in dict.fromkeys(key for one in scenario.offices.values() for key in one.shares):
        yield from _own_shares(scenario, inflow, names)
    for name, office in scenario.offices.items():
        for key in office.fte:
            yield from unknown(key, names.teams, f"offices.{name}.fte", "team")
    for name, team in scenario.teams.items():
        if isinstance(team.shared, tuple) and any(cluster_rules(team.shared, "", names)):
            continue
        if scenario.offices:
            yield from _explicit_fte(scenario, name)
        wrong = list(_names_and_posts(scenario, name))
        yield from wrong
        if not wrong:
            yield from _small_workers(scenario, name)


def _names_and_posts(scenario: ScenarioFields, name: str) -> Iterator[Mistake]:
    """Mistakes of a team with more named workers than posts."""
    if scenario.teams[name].workers is None:
        return
    for copy, rest in unnamed_by_copy(scenario, name).items():
        if rest < 0:
            where = f" of {copy!r}" if scenario.offices else ""
            yield Mistake(
                f"teams.{name}.fte",
                plain(scenario.teams[name].fte),
                f"more names than seats{where}: workers of the first day have {-rest:.3g} FTE more",
                "leave fte out, or take names out of the list",
            )


def _own_shares(scenario: ScenarioFields, inflow: str, names: Names) -> Iterator[Mistake]:
    """Mistakes of the shares that offices have of one inflow."""
    own = {
        name: office.shares[inflow]
        for name, office in scenario.offices.items()
        if inflow in office.shares
    }
    path = f"offices.{next(iter(own))}.shares"
    unknown_ones = list(unknown(inflow, names.inflows, path, "inflow"))
    yield from unknown_ones
    total = sum(own.values())
    others = sum(one.share for name, one in scenario.offices.items() if name not in own)
    if not unknown_ones and (total > 1 + SHARE_TOLERANCE or not others):
        if abs(total - 1) > SHARE_TOLERANCE:
            yield Mistake(
                f"{path}.{inflow}",
                plain(own),
                f"the offices have {total:.6g} of this inflow, not 1"
                if not others
                else f"the offices have {total:.6g} of this inflow, more than all of it",
                "correct them, or leave an office out, which then gets what is left",
            )


def _explicit_fte(scenario: ScenarioFields, team: str) -> Iterator[Mistake]:
    explicit = [office.fte[team] for office in scenario.offices.values() if team in office.fte]
    total = scenario.teams[team].size
    everywhere = sum(office.share for office in scenario.offices.values() if team not in office.fte)
    gap = total - sum(explicit)
    if gap < -1e-9 or (explicit and everywhere == 0 and gap > 1e-9):
        yield Mistake(
            f"teams.{team}.{'fte' if scenario.teams[team].places is None else 'places'}",
            plain(total),
            f"the offices give it {sum(explicit):g} FTE explicitly",
            "write that number, or correct offices.*.fte",
        )
    for name, office in scenario.offices.items():
        own = office.fte.get(team, 0.0)
        if scenario.teams[team].places is not None and own != int(own):
            yield Mistake(
                f"offices.{name}.fte.{team}", own, "places are whole", "write a whole number"
            )


def _small_workers(scenario: ScenarioFields, name: str) -> Iterator[Mistake]:
    if scenario.teams[name].places is not None:
        return
    small = {}
    offices = copies_of_team(scenario, name)
    has_settings = any(office.set for office in scenario.offices.values())
    raw = scenario.plain_data if has_settings else {}
    for copy, fte in unnamed_by_copy(scenario, name).items():
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
