"""Team copies: one of each team in every office, or for a cluster of offices that share it."""

from __future__ import annotations

from dataclasses import dataclass

from capsim.kernels.tables import Copies as CopyTable
from capsim.plan.plan import Ints, ints
from capsim.scenario.model import Scenario
from capsim.scenario.tables.copies import copies_of_team
from capsim.scenario.tables.teams import Team
from capsim.scenario.units import half_up

__all__ = ["Copies", "copies_of"]


@dataclass(frozen=True)
class Copies:
    """The copies of all teams, in order of their first office, then of the team.

    Attributes
    ----------
    names : tuple of str
        Office, or the offices of a cluster joined by "+".
    teams : tuple of str
        Team of each copy.
    members : tuple of tuple of str
        Offices of each copy.
    settings : tuple of Team
        The team as it is there: with the settings of its (first) office.
    number : dict
        Copy of each (office, team).
    local : dict
        The scenario as each office has it, with its own settings.
    """

    names: tuple[str, ...]
    teams: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    settings: tuple[Team, ...]
    number: dict[tuple[str, str], int]
    local: dict[str, Scenario]

    def table(self, scenario: Scenario, classes: Ints, assign_classes: Ints) -> CopyTable:
        """The copies as the plan holds them, with the classes of priority that meet in each."""
        order = {name: number for number, name in enumerate(scenario.teams)}
        limits = [team.cases_per_fte for team in self.settings]
        return CopyTable(
            team=ints(order[name] for name in self.teams),
            share=ints(max(1, half_up(1000 * team.client_share)) for team in self.settings),
            limit=ints(-1 if limit is None else half_up(1000 * limit) for limit in limits),
            by_deadline=ints(team.discipline == "deadline" for team in self.settings),
            of_places=ints(team.places is not None for team in self.settings),
            classes=classes,
            assign_classes=assign_classes,
        )


def copies_of(scenario: Scenario) -> Copies:
    """The copies of every team: one to an office, or to a cluster that shares it."""
    offices = scenario.office_names
    local = _local(scenario)
    names: list[str] = []
    teams: list[str] = []
    members: list[tuple[str, ...]] = []
    settings: list[Team] = []
    number: dict[tuple[str, str], int] = {}
    clusters = {name: copies_of_team(scenario, name) for name in scenario.teams}
    for office in offices:
        for name, of_team in clusters.items():
            if (office, name) in number:
                continue
            label, together = next(item for item in of_team.items() if office in item[1])
            for member in together:
                number[member, name] = len(names)
            names.append(label)
            teams.append(name)
            members.append(together)
            settings.append(local[office].teams[name])
    return Copies(tuple(names), tuple(teams), tuple(members), tuple(settings), number, local)


def _local(scenario: Scenario) -> dict[str, Scenario]:
    """The scenario as each office has it; offices with equal settings share one."""
    known: dict[str, Scenario] = {}
    result = {}
    for office in scenario.office_names:
        settings = scenario.offices[office].set if scenario.offices else {}
        key = repr(sorted(settings.items(), key=lambda item: item[0]))
        if key not in known:
            known[key] = scenario.for_office(office)
        result[office] = known[key]
    return result
