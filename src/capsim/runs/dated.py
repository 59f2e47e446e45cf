"""The frames of a run with dates in the place of days since the start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from capsim.log.facts import Setting
from capsim.runs.wall import Wall

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DatedRun"]

_DAYS = {
    "cases": ("applied", "left"),
    "stays": ("joined", "assigned", "started", "served", "ended", "due"),
    "visits": ("due", "started", "ended"),
    "workers": ("hired", "left"),
    "triggers": ("on", "off"),
}


class _Framed(Protocol):
    """What is needed of a run."""

    @property
    def setting(self) -> Setting: ...
    @property
    def stays(self) -> pd.DataFrame: ...
    @property
    def visits(self) -> pd.DataFrame: ...
    def series(self, every: str) -> pd.DataFrame: ...


@dataclass(frozen=True, eq=False)
class DatedRun:
    """The frames of a run; times are datetimes on the clock of the office, NaT where none.

    Parameters
    ----------
    run : Run
    """

    run: _Framed

    @cached_property
    def cases(self) -> pd.DataFrame:
        """As `Run.cases`, with `applied` and `left` as datetimes."""
        return self._dated("cases", {})

    @cached_property
    def stays(self) -> pd.DataFrame:
        """As `Run.stays`, with joined, assigned, started, served, ended and due as datetimes."""
        stays = self.run.stays
        return self._dated("stays", self._wall.stay_columns(stays, self.run.visits))

    @cached_property
    def visits(self) -> pd.DataFrame:
        """As `Run.visits`, with due, started and ended as datetimes."""
        return self._dated("visits", self._wall.visit_columns(self.run.visits))

    @cached_property
    def workers(self) -> pd.DataFrame:
        """As `Run.workers`, with hired and left as datetimes."""
        return self._dated("workers", {})

    @cached_property
    def triggers(self) -> pd.DataFrame:
        """As `Run.triggers`, with `on` and `off` as datetimes."""
        return self._dated("triggers", {})

    def series(self, every: str = "7 days") -> pd.DataFrame:
        """As `Run.series`, with `day` as the date on which the interval begins."""
        frame = self.run.series(every)
        start = np.datetime64(self.run.setting.first_date, "D")
        whole = np.floor(frame["day"].to_numpy(dtype=np.float64)).astype("timedelta64[D]")
        return frame.assign(day=(start + whole).astype("datetime64[us]"))

    @property
    def _wall(self) -> Wall:
        return Wall.of(self.run.setting)

    def _dated(self, name: str, seconds: dict[str, Any]) -> pd.DataFrame:
        frame: pd.DataFrame = getattr(self.run, name)
        wall = self._wall
        columns = {}
        for column in _DAYS[name]:
            own = seconds.get(column)
            if own is None:
                days = frame[column].to_numpy(dtype=np.float64)
                own = wall.seconds(wall.clock.ticks(days))
            columns[column] = wall.times(own).tz_localize(None)
        return frame.assign(**columns)
