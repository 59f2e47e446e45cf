"""Numbers of one scenario as a report asks for them: rows of the summary, and by month."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import Selector, measure_named
from capsim.catalogue.meant import in_the_window_meant

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments import Replications
    from capsim.scenario import Scenario

__all__ = ["Figures", "Key", "Monthly", "selector_of"]

Key = tuple[str, str, str]
"""Kind, of, measure."""


@dataclass(frozen=True)
class Monthly:
    """One measure by calendar month.

    Attributes
    ----------
    first : list of date
        First day of each month, or of its measured part.
    until : list of date
    mean, lower, upper : (months,) float64
    """

    first: list[datetime.date]
    until: list[datetime.date]
    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Monthly:
        """Of a frame that `by` gives."""
        columns = [frame[name].to_numpy(dtype=np.float64) for name in ("mean", "lower", "upper")]
        first, until = (
            [day.date() for day in frame[name].dt.to_pydatetime()] for name in ("from", "until")
        )
        return cls(first, until, *columns)

    @property
    def worst(self) -> int | None:
        """Place of the highest mean among whole months; None if no month stands out."""
        lengths = [(b - a).days for a, b in zip(self.first, self.until, strict=True)]
        values = np.where(np.array(lengths) >= _WHOLE, self.mean, np.nan)
        if np.isnan(values).all() or np.nanmin(values) == np.nanmax(values):
            return None
        return int(np.nanargmax(values))


_WHOLE = 15
"""Days of a month that the measured time cuts, from which on it is told as one."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Summary and months of the replications of one scenario.

    Attributes
    ----------
    result : Replications
        By month.
    rows : dict
        Rows of the summary of all offices together, in the window that is meant, by kind, of,
        measure and inflow.
    """

    result: Replications
    rows: dict[tuple[str, str, str, str], dict[Any, Any]]

    @classmethod
    def of(cls, result: Replications) -> Figures:
        """The figures of replications."""
        frame = result.summary(control=False)
        whole = in_the_window_meant(frame[frame["office"] == "all"])
        names = ("kind", "of", "measure", "inflow")
        return cls(
            result,
            {tuple(str(row[name]) for name in names): row for row in whole.to_dict("records")},  # type: ignore[misc]
        )

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.result.scenario

    def row(self, key: Key, inflow: str = "all") -> dict[Any, Any] | None:
        """The row of a measure; None if there is none, or if it has no mean."""
        found = self.rows.get((*key, inflow))
        return None if found is None or math.isnan(float(found["mean"])) else found

    @cached_property
    def keys(self) -> list[Key]:
        """Everything that is measured of all together, in the order of tables."""
        return [(kind, of, name) for kind, of, name, inflow in self.rows if inflow == "all"]

    def first(self, measure: str, kind: str = "stage") -> Key | None:
        """The measure of the first stage or team that has it."""
        return next((key for key in self.keys if key[0] == kind and key[2] == measure), None)

    def monthly(self, key: Key, inflow: str = "all") -> Monthly | None:
        """A measure by month; None if it is not measured so."""
        kind, of, measure = key
        try:
            frame = self.result.by(
                str(Selector(measure, of, inflow=inflow, kind=kind)), control=False
            )
        except (KeyError, ValueError):
            return None
        months = Monthly.of(frame)
        if not measure_named(measure).of_people:
            return months
        # Whoever comes later is not followed long enough: of them only the late ones are known.
        judged = self.scenario.last_day() - datetime.timedelta(days=self.scenario.follow_up_days)
        known = np.array([day <= judged for day in months.until])
        cut = (np.where(known, part, np.nan) for part in (months.mean, months.lower, months.upper))
        return Monthly(months.first, months.until, *cut)

    # -- what matters most ---------------------------------------------------------------

    @cached_property
    def deciding(self) -> str | None:
        """The stage with a deadline or a decision."""
        for measure in ("late_share", "decision_days_mean", "pending_mean"):
            key = self.first(measure)
            if key is not None:
                return key[1]
        return None

    @cached_property
    def waiting(self) -> Key | None:
        """The longest mean wait of any stage."""
        found = [key for key in self.keys if key[2] == "wait_mean" and self.row(key) is not None]
        return max(found, key=lambda key: self._mean(key), default=None)

    @cached_property
    def team(self) -> str | None:
        """The team that uses most of its hours."""
        found = [key for key in self.keys if key[2] == "utilization" and self.row(key) is not None]
        best = max(found, key=lambda key: self._mean(key), default=None)
        return None if best is None else best[1]

    @cached_property
    def carrying(self) -> Key | None:
        """Files per post of the team that carries most."""
        found = [k for k in self.carried if self.row(k) is not None]
        return max(found, key=lambda key: self._mean(key), default=None)

    @property
    def carried(self) -> list[Key]:
        """Files per post of each team of workers; places carry none."""
        teams = self.scenario.teams
        keys = [key for key in self.keys if key[2] == "caseload_per_fte"]
        return [key for key in keys if teams[key[1]].places is None]

    @cached_property
    def chief(self) -> Key | None:
        """The one measure by which plans are judged first: lateness, else the longest wait."""
        late = None if self.deciding is None else ("stage", self.deciding, "late_share")
        return late if late is not None and self.row(late) is not None else self.waiting

    @cached_property
    def headlines(self) -> list[Key]:
        """What stands first in tables and below sliders."""
        stage = self.deciding
        wanted = [
            self.chief,
            *(("stage", stage, name) for name in _OF_DECISIONS if stage is not None),
            self.waiting,
            self.carrying,
            ("team", self.team, "utilization") if self.team is not None else None,
        ]
        found = [key for key in dict.fromkeys(wanted) if key is not None]
        found += [key for key in self.keys if key[2] == "contact_ratio" and key[1] != stage]
        found += [key for key in self.keys if key[2] in ("cost_total", "funding_total")]
        return [key for key in found if self.row(key) is not None]

    @property
    def waves(self) -> dict[str, list[datetime.date]]:
        """Dates of the waves of each inflow in which somebody applies."""
        found = {}
        for label, inflow in self.scenario.inflows.items():
            dates = sorted(
                wave.date
                for wave in inflow.waves.values()
                if wave.people > 0 and inflow.take_up_of(wave) > 0
            )
            if dates:
                found[label] = dates
        return found

    def _mean(self, key: Key) -> float:
        return float(self.rows[(*key, "all")]["mean"])


_OF_DECISIONS = ("decision_days_mean", "decision_days_p90", "pending_mean", "pending_peak")


def selector_of(key: Key) -> str:
    """The selector of a measure of all together."""
    kind, of, measure = key
    if kind == "run":
        return str(Selector(measure))
    return str(Selector(measure, of, kind=kind))
