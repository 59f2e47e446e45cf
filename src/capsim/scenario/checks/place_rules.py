"""Rules of places: teams of beds or rooms instead of workers, and their stages."""

from __future__ import annotations

from collections.abc import Iterator

from capsim.scenario.errors import Mistake
from capsim.scenario.tables.stages import Stage
from capsim.scenario.tables.teams import Team

__all__ = ["kind_rules", "place_rules"]

_OF_WORKERS = {
    "workers": "places are no workers",
    "worker_fte": "places are no workers",
    "client_share": "places work no hours",
    "caseload_limit": "each place has one case",
    "discipline": "people get a place by priority, and then in the order of joining",
    "weekdays": "a place is there on all days of the calendar",
    "onboarding": "places learn nothing",
    "absence": "places are never absent",
    "turnover": "places do not leave",
    "handover_after": "places are never absent",
}

_OF_VISITS = {
    "work": "work needs workers, and places do none",
    "visits": "nobody visits a place",
    "gap": "a gap lies between visits, and a place has none",
    "closing": "closing follows visits, and a place has none",
    "no_show": "only visits can be missed, and a place has none",
    "partner": "a partner does visits, and a place has none",
}


def place_rules(team: Team, path: str) -> Iterator[Mistake]:
    """Mistakes of how large a team is, and of what a team of places cannot have."""
    if team.places is None:
        if team.fte is None:
            yield Mistake.absent(
                f"{path}.fte", "is missing", "write 0 or more full-time equivalents, or places"
            )
        return
    if team.fte is not None:
        rule = "a team has either fte or places"
        remedy = "keep one of them, and write a second team for the other"
        yield team.mistake(path, "places", rule, remedy)
    for name, rule in _OF_WORKERS.items():
        if name in team.model_fields_set and getattr(team, name) is not None:
            yield team.mistake(path, name, rule, "remove it, or write fte instead of places")
    for name, change in team.changes.items():
        place = f"{path}.changes.{name}"
        if change.add != int(change.add):
            remedy = "write a whole number of places"
            yield change.mistake(place, "add", "places are whole", remedy)
        if change.drawn_lead is not None:
            remedy = "write one duration, or a change for each time at which some of them open"
            yield change.mistake(place, "lead", "places open together", remedy)
        if change.filled < 1:
            remedy = "write the number of places that will be there"
            yield change.mistake(place, "filled", "nobody has to be found for a place", remedy)


def kind_rules(stage: Stage, team: Team, path: str) -> Iterator[Mistake]:
    """Mistakes of a stage that does not go with its team.

    Parameters
    ----------
    stage : Stage
        As it stands, or with the override of an inflow.
    team : Team
        That of the stage.
    path : str
        Where the stage, or the override, was written.
    """
    if team.places is None:
        if stage.kind == "places":
            yield Mistake.absent(
                f"{path}.work",
                "a stage with a team needs work",
                "write work = '45 min', say; or places instead of fte, if people stay there",
            )
            rule = "stay needs a caseworker, or a team of places"
            remedy = (
                "add caseworker = true, write places instead of fte, or remove the team if it is "
                "a delay"
            )
            yield stage.mistake(path, "stay", rule, remedy)
        return
    if stage.caseworker:
        rule = f"{stage.team!r} has places, not workers"
        yield stage.mistake(path, "caseworker", rule, "remove it, or name a team with fte")
    for name, rule in _OF_VISITS.items():
        if getattr(stage, name) is not None:
            yield stage.mistake(path, name, rule, f"remove {name}, or name a team with fte")
    if stage.stay is None:
        rule = "a stage of places needs a stay"
        yield Mistake.absent(f"{path}.stay", rule, "write stay = '30 days', say")
