"""What results show first, in Python as in the terminal, on a page of 80 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from capsim.catalogue import Selector, measure_named
from capsim.catalogue.meant import of_the_whole_service
from capsim.catalogue.measures import FIRST_LOOK
from capsim.catalogue.shown import estimate, shown, shown_interval
from capsim.catalogue.text import PAGE

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.reacting import Key
    from capsim.scenario import Scenario

__all__ = [
    "CLEAR_DAY",
    "Clearing",
    "clearings",
    "estimate_of",
    "explanation_lines",
    "first_look",
    "summary_table",
    "with_headings",
]

CLEAR_DAY = "clear_day"


def first_look(frame: pd.DataFrame, scenarios: Iterable[Scenario]) -> list[Key]:
    """What the table of a scenario shows, of all inflows and offices together, in order.

    When a backlog is gone is shown where one of the scenarios has one. Everything else is in the
    summary.
    """
    from capsim.runs.verdict import backlogged

    backlogs = frozenset[str]().union(*map(backlogged, scenarios))
    whole = of_the_whole_service(frame)
    there = list(dict.fromkeys(zip(whole["kind"], whole["of"], whole["measure"], strict=True)))
    places = list(dict.fromkeys((kind, of) for kind, of, _ in there))
    keys: list[Key] = []
    for kind, of in places:
        own = [measure for k, o, measure in there if (k, o) == (kind, of)]
        keys += [(kind, of, name) for name in FIRST_LOOK.get(kind, own) if name in own]
    return [key for key in keys if key[2] != CLEAR_DAY or key[1] in backlogs]


def estimate_of(row: Mapping[Any, Any], measure: str) -> str:
    """The mean of a row of a summary with the half-width of its interval.

    Examples
    --------
    >>> estimate_of({"mean": 0.2718, "lower": 0.2549, "upper": 0.2887}, "late_share")
    '27.2 ± 1.7 %'
    """
    return estimate(measure, float(row["mean"]), float(row["lower"]), float(row["upper"]))


class OfOneScenario(Protocol):
    """What the table looks at; `capsim.experiments.Replications` is one."""

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""

    @property
    def n(self) -> int:
        """How often."""

    def values(self, *selectors: str) -> pd.DataFrame:
        """Values by replication."""


def summary_table(
    summary: pd.DataFrame, keys: Sequence[Key], result: OfOneScenario
) -> list[list[str]]:
    """The table of one scenario: measure, mean, interval, by stage and team.

    The backlog is a date that some replications may not reach, so its middle one stands for it.
    """
    rows = {
        (str(row["kind"]), str(row["of"]), str(row["measure"])): row
        for row in of_the_whole_service(summary).to_dict("records")
    }
    start = result.scenario.start
    backlogs = [str(Selector(CLEAR_DAY, of)) for _, of, measure in keys if measure == CLEAR_DAY]
    cleared = clearings(result.values(*backlogs)) if backlogs else {}
    table: list[list[str]] = [["", "mean", "95 % interval"]]
    for key in keys:
        row, measure = rows[key], key[2]
        if measure == CLEAR_DAY:
            table.append(cleared[key[1]].row(start))
            continue
        table.append(
            [
                f"  {measure_named(measure).title}",
                shown(measure, float(row["mean"]), start),
                shown_interval(measure, float(row["lower"]), float(row["upper"]), start),
            ]
        )
    if result.n == 1:
        table = [row[:2] for row in table]
    return with_headings(table, keys)


_HEADINGS = {
    "stage": "stage {of}",
    "team": "team {of}",
    "money": "money of {of}",
}
"""Above the measures of each thing; those of the user's own have one heading."""


def with_headings(rows: Sequence[Sequence[str]], keys: Sequence[Key]) -> list[list[str]]:
    """The rows of a table, a header first, with a heading wherever stage or team changes."""
    result = [list(rows[0])]
    place: tuple[str, str] | None = None
    for (kind, of, _), row in zip(keys, rows[1:], strict=True):
        if place != (kind, of):
            place = (kind, of)
            text = _HEADINGS.get(kind, "your measures").format(of=of)
            result.append([text, *[""] * (len(row) - 1)])
        result.append(list(row))
    return result


def explanation_lines(measures: Iterable[str]) -> list[str]:
    r"""A sentence for each measure that says what it is, with its name, in lines of a page.

    Examples
    --------
    >>> print(*explanation_lines(["late_share", "caseload_per_fte"]), sep="\n")
      decided late      late_share: Late among those whose deadline fell before the
                        end of the run.
      caseload per FTE  caseload_per_fte: Weighted open cases per contract FTE, over
                        time.
    """
    records = [measure_named(name) for name in dict.fromkeys(measures)]
    known = [record for record in records if record.of != "run"]
    width = max((len(record.title) for record in known), default=0)
    return [
        line
        for record in known
        for line in textwrap.wrap(
            f"{record.name}: {record.explanation}",
            PAGE,
            initial_indent=f"  {record.title.ljust(width)}  ",
            subsequent_indent=" " * (width + 4),
        )
    ]


@dataclass(frozen=True)
class Clearing:
    """The day on which the backlog of a stage is cleared, over replications.

    A replication that did not get there by the end of the run is later than all others, so the
    middle one is given, not the mean.

    Attributes
    ----------
    median : float
        Days since the start; infinite if fewer than half of the replications got there.
    lower, upper : float
        Its 95 % interval from order statistics; infinite where the replications give no limit.
    reached, n : int
        Replications that got there, and all.
    """

    median: float
    lower: float
    upper: float
    reached: int
    n: int

    @property
    def share(self) -> str:
        """In how many replications the backlog was cleared.

        Examples
        --------
        >>> Clearing(100.0, 80.0, math.inf, 8, 12).share
        '8 of 12 runs'
        """
        return f"{self.reached} of {self.n} run{'s' if self.n > 1 else ''}"

    def row(self, start: date) -> list[str]:
        """Cells of the table of one scenario: title, middle date, interval.

        Examples
        --------
        >>> Clearing(100.0, 80.0, math.inf, 8, 12).row(date(2026, 1, 1))
        ['  backlog cleared (median, in 8 of 12 runs)', '2026-04-11', '2026-03-22 to not reached']
        """
        return [
            f"  backlog cleared (median, in {self.share})",
            shown(CLEAR_DAY, self.median, start),
            shown_interval(CLEAR_DAY, self.lower, self.upper, start),
        ]

    def cells(self, start: date) -> dict[str, str]:
        """Cells of a column of a comparison, by the titles of their rows.

        Examples
        --------
        >>> for row in Clearing(100.0, 80.0, math.inf, 8, 12).cells(date(2026, 1, 1)).items():
        ...     print(*row, sep=": ")
        backlog cleared, median: 2026-04-11
          95 % interval from: 2026-03-22
          95 % interval to: not reached
          reached in: 8 of 12 runs
        """
        cells = {"backlog cleared, median": shown(CLEAR_DAY, self.median, start)}
        if self.lower > -math.inf:
            cells["  95 % interval from"] = shown(CLEAR_DAY, self.lower, start)
            cells["  95 % interval to"] = shown(CLEAR_DAY, self.upper, start)
        return {**cells, "  reached in": self.share}


def clearings(values: pd.DataFrame) -> dict[str, Clearing]:
    """By stage, when all inflows and offices together had their backlog cleared.

    Parameters
    ----------
    values : DataFrame
        Long values of one scenario: replication, measure, kind, of, inflow, office, window, value.
    """
    from capsim.estimates import quantile_interval

    whole = values[
        (values["measure"] == CLEAR_DAY) & (values["inflow"] == "all") & (values["office"] == "all")
    ]
    found = {}
    for of, part in whole.groupby("of", sort=False):
        days = part["value"].fillna(math.inf).to_numpy(dtype=float)
        middle = quantile_interval(days, 0.5)
        found[str(of)] = Clearing(
            middle.estimate, middle.lower, middle.upper, sum(map(math.isfinite, days)), len(days)
        )
    return found
