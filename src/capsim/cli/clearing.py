"""When a backlog is cleared: a date that some replications reach and others do not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

CLEAR_DAY = "clear_day"
NEVER = "not reached"


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
        limits = ""
        if math.isfinite(self.lower):
            limits = f"{date_of(self.lower, start)} to {date_of(self.upper, start)}"
        title = f"  backlog cleared (median, in {self.share})"
        return [title, date_of(self.median, start), limits]

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
        cells = {"backlog cleared, median": date_of(self.median, start)}
        if self.lower > -math.inf:
            cells["  95 % interval from"] = date_of(self.lower, start)
            cells["  95 % interval to"] = date_of(self.upper, start)
        return {**cells, "  reached in": self.share}


def date_of(day: float, start: date) -> str:
    """The date of a day of the scenario, or that it was not reached."""
    return (start + timedelta(days=int(day))).isoformat() if math.isfinite(day) else NEVER


def clearings(values: pd.DataFrame) -> dict[str, Clearing]:
    """By stage, when all inflows and offices together had their backlog cleared.

    Parameters
    ----------
    values : DataFrame
        Long values of one scenario: replication, measure, kind, of, inflow, office, value.
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


def has_waves(scenario: Scenario) -> bool:
    """Whether anyone of a wave applies in this scenario, so that there is a backlog to clear."""
    return any(
        inflow.take_up > 0 and any(wave.people > 0 for wave in (inflow.waves or {}).values())
        for inflow in scenario.inflows.values()
    )
