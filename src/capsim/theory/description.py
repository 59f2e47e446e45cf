"""What `describe` gives back: the load and the verdict of every team, in rows, frames and print."""

from __future__ import annotations

import datetime
import html
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING

from capsim.scenario.units import DAYS_PER_MONTH
from capsim.theory.lasting import Asked

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MONTH",
    "ORDER",
    "Description",
    "MeetingLoad",
    "TeamLoad",
    "severity",
    "times",
]

MONTH = float(DAYS_PER_MONTH)
"""Days in a month."""
ORDER = ("growing", "clears_after_end", "clears", "critical", "stable")
"""The states, the worst first."""
_ROWS_SHOWN = 12


@dataclass(frozen=True)
class TeamLoad:
    """Load and capacity of one copy of a team, or of all its copies ("all")."""

    team: str
    office: str
    fte: float
    """Contract FTE, mean of the last year of the horizon."""
    load_hours: float
    """Client hours a month that is asked by what reaches the team, lasting."""
    available_hours: float
    """Client hours a month that the present workers have."""
    utilization: float
    """load_hours / available_hours."""
    once_hours: float
    """Client hours, in all, of waves and of the cases there on the first day."""
    open_cases: float
    """Cases in the team's stages in the planned rhythm (Little's law), waves apart."""
    places: float
    """Weighted open cases that the caseload limit allows; nan without a limit."""
    places_utilization: float
    """Weighted cases that hold a place / places; nan without a limit."""
    binding: str
    """"hours" or "places": which of the two is used more, or runs out."""
    state: str
    """"stable", "critical", "clears" (within the run), "clears_after_end" or "growing"."""
    growth_per_month: float
    """Cases a month that cannot be served; 0 unless growing, inf if people never leave."""
    queue_peak: float
    """Largest passing backlog, in cases; nan if growing."""
    queue_peak_date: datetime.date | None
    clear_date: datetime.date | None
    """Day on which the last passing backlog is gone; None with "clears_after_end" if no day within
    a century is."""
    bounded: bool
    """Whether patience or room keeps some queue of the team from growing without end."""
    lapsing: bool
    """Whether some of its hours are of stages that end by their stay: too late, they lapse."""

    @property
    def verdict(self) -> str:
        """The state in words."""
        return _in_words(self.state, self.growth_per_month, self.clear_date, self.bounded)


@dataclass(frozen=True)
class MeetingLoad:
    """Files and places of the decision meetings of a stage in an office."""

    stage: str
    office: str
    files: float
    """Files a month that become ready for a decision, lasting."""
    places: float
    """Places a month."""
    utilization: float
    """files / places."""
    state: str
    growth_per_month: float
    queue_peak: float
    clear_date: datetime.date | None

    @property
    def verdict(self) -> str:
        """The state in words."""
        return _in_words(self.state, self.growth_per_month, self.clear_date, False)


def _in_words(state: str, growth: float, clear_date: datetime.date | None, bounded: bool) -> str:
    if state == "growing":
        if math.isinf(growth):
            return "does not clear (grows without end: cases never leave)"
        unless = " unless they leave" if bounded else ""
        return f"does not clear (grows by {growth:.3g} a month{unless})"
    if state == "clears":
        return f"clears by {clear_date}"
    if state == "clears_after_end":
        return f"clears after the end of the run ({clear_date or 'no date within a century'})"
    return state


def severity(row: TeamLoad | MeetingLoad) -> tuple[int, float, int, float]:
    """Sorts rows, the worst first: by state, growth, date and use."""
    date = 0
    if row.state.startswith("clears"):
        date = -(row.clear_date.toordinal() if row.clear_date else datetime.date.max.toordinal())
    return ORDER.index(row.state), -row.growth_per_month, date, -row.utilization


@dataclass(frozen=True)
class Description:
    """Load, capacity and verdict of every team before any run: what `describe` gives back."""

    scenario: str
    """Name of the scenario."""
    teams: tuple[TeamLoad, ...]
    """One for each copy, and one "all" for a team with several."""
    meetings: tuple[MeetingLoad, ...]
    """Decision meetings with a limited number of places."""
    asked: tuple[Asked, ...] = field(repr=False)
    """What each inflow asks at each stage of each office, lasting, per calendar day."""
    pathway: tuple[tuple[str, str | None], ...] = field(repr=False)
    """Stages with their teams, in the order of the pathway."""
    filling: str = ""
    """That the service is measured while it fills, with the number and the remedy; else empty."""

    @property
    def state(self) -> str:
        """The worst state of any team or meeting."""
        states = [row.state for row in self.teams] + [row.state for row in self.meetings]
        return min(states or ["stable"], key=ORDER.index)

    @property
    def verdict(self) -> str:
        """The worst verdict, and whose it is; all that grow, the first in the pathway first."""
        everything = self._in_pathway()
        if not everything:
            return "stable: there is no team"
        named = self.growing or (min(everything, key=severity),)
        return "; ".join(f"{_name(row)}: {row.verdict}" for row in named)

    @property
    def growing(self) -> tuple[TeamLoad | MeetingLoad, ...]:
        """The teams and meetings that grow, the first in the pathway first."""
        return tuple(row for row in self._in_pathway() if row.state == "growing")

    def _in_pathway(self) -> list[TeamLoad | MeetingLoad]:
        """One row for each team, and those of meetings, in the order of the pathway."""
        place: dict[str, int] = {}
        for number, (_, team) in enumerate(self.pathway):
            if team is not None:
                place.setdefault(team, number)
        at = {name: number for number, (name, _) in enumerate(self.pathway)}
        teams = [row for row in self.teams if row.office == "all" or self._single(row.team)]
        several: list[tuple[int, int, TeamLoad | MeetingLoad]] = [
            *((place.get(row.team, len(at)), 0, row) for row in teams),
            *((at[row.stage], 1, row) for row in self.meetings),
        ]
        return [row for _, _, row in sorted(several, key=lambda entry: entry[:2])]

    def __getitem__(self, team: str) -> TeamLoad:
        """The row of a team over all its copies, or of one copy: "team" or "team@office"."""
        name, _, office = team.partition("@")
        rows = [row for row in self.teams if row.team == name]
        for row in rows:
            if row.office == office or (not office and (row.office == "all" or len(rows) == 1)):
                return row
        known = ", ".join(f"{row.team}@{row.office}" for row in self.teams)
        raise KeyError(f"no team {team!r}; there are {known}")

    def to_frame(self) -> pd.DataFrame:
        """One row per copy of a team, and "all": the fields of `TeamLoad` and the verdict."""
        import pandas as pd

        columns = [entry.name for entry in fields(TeamLoad)]
        rows = [[getattr(row, name) for name in columns] + [row.verdict] for row in self.teams]
        return pd.DataFrame(rows, columns=[*columns, "verdict"])

    def loads(self) -> pd.DataFrame:
        """What each inflow asks at each stage, a month.

        Columns team, office, inflow, stage, cases (entries a month), visits and hours (client
        hours, both of one case), hours_per_month, days (planned time in the stage), in_stage (cases
        there).
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "team": row.team or "",
                    "office": row.office,
                    "inflow": row.inflow,
                    "stage": row.stage,
                    "cases": row.cases * MONTH,
                    "visits": row.visits,
                    "hours": row.hours,
                    "hours_per_month": times(row.cases, row.hours) * MONTH,
                    "days": row.days,
                    "in_stage": times(row.cases, row.days),
                }
                for row in self.asked
            ]
        )

    @cached_property
    def _copies(self) -> Counter[str]:
        return Counter(row.team for row in self.teams if row.office != "all")

    def _single(self, team: str) -> bool:
        return self._copies[team] == 1

    def _shown(self) -> tuple[list[TeamLoad], str]:
        """The rows that a table shows, and what it says about the others."""
        if len(self.teams) <= _ROWS_SHOWN:
            return list(self.teams), ""
        rows = [row for row in self.teams if row.office == "all" or self._single(row.team)]
        copies = [row for row in self.teams if row.office != "all" and not self._single(row.team)]
        counts = {state: sum(row.state == state for row in copies) for state in ORDER}
        if not copies:
            rows.sort(key=severity)
            return rows[:_ROWS_SHOWN], f"the worst {_ROWS_SHOWN} of {len(rows)} teams"
        worst = sorted(copies, key=severity)
        left = max(0, _ROWS_SHOWN - len(rows))
        said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        return rows + worst[:left], f"of {len(copies)} teams in offices: {said}"

    def _table(self) -> tuple[list[str], list[list[str]], list[str]]:
        header = [
            "team", "office", "FTE", "asked h", "available h", "used", "open cases", "places",
            "used", "verdict",
        ]  # fmt: skip
        rows, note = self._shown()
        cells = [
            [
                row.team,
                row.office,
                f"{row.fte:.4g}",
                f"{row.load_hours:.1f}",
                f"{row.available_hours:.1f}",
                _percent(row.utilization),
                f"{row.open_cases:.1f}",
                "-" if math.isnan(row.places) else f"{row.places:.0f}",
                "-" if math.isnan(row.places_utilization) else _percent(row.places_utilization),
                row.verdict,
            ]
            for row in rows
        ]
        notes = ["client hours a month", *([note] if note else [])]
        full = sorted((row for row in self.meetings if row.state != "stable"), key=severity)
        notes += [
            f"meetings of {row.stage} in {row.office}: {row.files:.1f} files for "
            f"{row.places:.1f} places a month, {row.verdict}"
            for row in full[:3]
        ]
        notes += [f"Warning: {self.filling}"] if self.filling else []
        return header, cells, notes

    def __repr__(self) -> str:
        header, cells, notes = self._table()
        widths = [max(len(row[k]) for row in (header, *cells)) for k in range(len(header))]
        text_columns = (0, 1, len(header) - 1)

        def line(row: Sequence[str]) -> str:
            return "  ".join(
                cell.ljust(width) if k in text_columns else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()

        return "\n".join([line(header), *(line(row) for row in cells), *notes])

    def _repr_html_(self) -> str:
        header, cells, notes = self._table()
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in cells
        )
        below = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}"


def _name(row: TeamLoad | MeetingLoad) -> str:
    name = row.team if isinstance(row, TeamLoad) else f"meetings of {row.stage}"
    return name if row.office in ("all", "main") else f"{name} in {row.office}"


def _percent(share: float) -> str:
    return "inf" if math.isinf(share) else f"{100 * share:.0f} %"


def times(count: float, size: float) -> float:
    """The product, in which nobody times anything is nothing."""
    return count * size if count and size else 0.0
