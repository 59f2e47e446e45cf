"""Rules of a single team."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping

from capsim.scenario.base import plain
from capsim.scenario.checks.stage_rules import calendar_law, too_early
from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.inflow import Inflow
from capsim.scenario.tables.stages import Stage
from capsim.scenario.tables.teams import Change, Team

__all__ = ["announcements", "strain_rules", "team_rules", "weekday_rules"]


def team_rules(
    team: Team, path: str, start: datetime.date | None, is_used: bool
) -> Iterator[Mistake]:
    """Mistakes of a team by itself.

    Parameters
    ----------
    team : Team
        The team.
    path : str
        Its dotted path.
    start : date or None
        First day of the scenario, if it is known.
    is_used : bool
        Whether some stage is served by it.
    """
    if team.size == 0 and is_used and not any(change.add > 0 for change in team.changes.values()):
        rule = "a team that serves a stage needs staff" + (
            ", or places" if team.places == 0 else ""
        )
        field = "fte" if team.places is None else "places"
        yield Mistake(f"{path}.{field}", 0, rule, "write a number above 0")
    for name, change in team.changes.items():
        yield from _change(change, f"{path}.changes.{name}", start)
    for name, absence in team.absence.items():
        yield from calendar_law(absence.length, f"{path}.absence.{name}.length")
    if team.turnover is not None:
        yield from calendar_law(team.turnover.vacancy, f"{path}.turnover.vacancy")


def strain_rules(team: Team, path: str, stages: Iterable[Stage]) -> Iterator[Mistake]:
    """Mistakes of leaving that rises with the load, in a team that serves these stages."""
    if team.turnover is None or team.turnover.load is None:
        return
    if not any(stage.caseworker for stage in stages):
        yield Mistake(
            f"{path}.turnover.load",
            plain(team.turnover.load),
            "the load is that of cases with a worker of their own, and nobody here has any",
            "write caseworker = true in a stage of the team, or remove it",
        )


def announcements(team: Team, path: str, inflows: Mapping[str, Inflow]) -> Iterator[Mistake]:
    """Mistakes of changes that are decided when a wave is announced."""
    for name, change in team.changes.items():
        if not isinstance(change.decided, str):
            continue
        place = f"{path}.changes.{name}.decided"
        inflow, _, wave = change.decided.partition(".")
        if inflow not in inflows or wave not in inflows[inflow].waves:
            waves = [f"{one}.{key}" for one, table in inflows.items() for key in table.waves]
            remedy = nearest(change.decided, waves) if waves else "write a date such as 2026-01-31"
            yield Mistake(place, change.decided, "there is no such wave", remedy)


def weekday_rules(
    team: Team, path: str, calendar: Calendar, sizes: Mapping[str, float]
) -> Iterator[Mistake]:
    """Mistakes of the working days of a team.

    Parameters
    ----------
    team : Team
        The team.
    path : str
        Its dotted path.
    calendar : Calendar
        That of the service.
    sizes : mapping
        FTE of a worker by office or change.
    """
    several = len(team.patterns) > 1 or team.weekdays == team.patterns
    for number, days in enumerate(team.patterns):
        place = f"{path}.weekdays.{number}" if several else f"{path}.weekdays"
        closed = (
            []
            if calendar.kind == "continuous"
            else [day for day in days if day not in calendar.weekdays]
        )
        if closed:
            yield Mistake(
                place,
                closed[0],
                "the service is closed on that day of the week",
                f"open it in calendar.weekdays, or choose among {', '.join(calendar.weekdays)}",
            )
        if not days:
            rule = "needs at least one day: who never works is no worker"
            yield Mistake(place, [], rule, "write ['mon', 'tue', 'wed'], say, or remove it")
            continue
        for day in sorted({day for day in days if days.count(day) > 1}):
            yield Mistake(place, day, "stands there twice", "write each day once")
        if closed or len(set(days)) < len(days):
            continue
        week = calendar.workdays_per_week
        for where, fte in sizes.items():
            if fte * week > len(days) * (1 + 1e-6):
                yield Mistake(
                    place,
                    plain(days),
                    f"a worker of {fte:.4g} FTE ({where}) would work {fte * week:.3g} days a week "
                    f"on {len(days)}, more than full days",
                    f"write worker_fte = {math.floor(1000 * len(days) / week) / 1000:g} or less, "
                    "or more days",
                )
                break


def _change(change: Change, path: str, start: datetime.date | None) -> Iterator[Mistake]:
    if change.lead is not None:
        yield from calendar_law(change.lead, f"{path}.lead")
    if change.add < 0:
        for name, value in (("filled", change.filled < 1), ("lead", change.drawn_lead)):
            if value:
                yield Mistake(
                    f"{path}.{name}",
                    plain(getattr(change, name)),
                    "only posts that are added take their time to be filled, or stay empty",
                    "write a date or a duration for a cut" if name == "lead" else "remove it",
                )
    if change.offices is not None and not change.offices:
        yield Mistake(f"{path}.offices", [], "needs at least one office", "remove it for all")
    if change.add == 0:
        yield Mistake(f"{path}.add", 0, "changes nothing", "write the FTE that come or go")
    if (change.at is None) == (change.decided is None):
        yield Mistake(
            path, plain(change), "needs exactly one of at and decided", "write at = 2026-03-01, say"
        )
        return
    if change.at is not None:
        if change.lead is not None:
            yield change.mistake(path, "lead", "lead belongs to decided", "remove it")
        if start is not None:
            yield from too_early(change.at, start, f"{path}.at", "the change")
        return
    assert change.decided is not None
    if isinstance(change.decided, str):
        return  # `announcements` looks at the wave
    fixed = change.fixed_lead
    if start is None or change.drawn_lead or (fixed is not None and fixed.is_workdays):
        return
    lead = 0 if fixed is None else math.ceil(fixed.exact_days)
    try:
        effect = change.decided + datetime.timedelta(days=lead)
    except OverflowError:
        yield Mistake(f"{path}.lead", str(fixed), "reaches beyond the year 9999", "shorten it")
        return
    if effect < start:
        yield Mistake(
            f"{path}.decided",
            change.decided.isoformat(),
            f"the change takes effect on {effect.isoformat()}, before the start",
            "count it in fte instead",
        )
