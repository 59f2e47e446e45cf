"""Calendar days that lie some time after each day of a run."""

from __future__ import annotations

import datetime
import math

import numpy as np

from capsim.plan.plan import Ints
from capsim.scenario.units import Duration

__all__ = ["Steps"]


class Steps:
    """Days that lie some time after each calendar day, a row for each length of time."""

    def __init__(self, start: datetime.date, n_days: int) -> None:
        self._start, self._n_days = start, n_days
        self._lengths: list[Duration] = []

    def row(self, length: Duration | None) -> int:
        """Row of a length of time, -1 for none."""
        if length is None or length.value == 0:
            return -1
        if length not in self._lengths:
            self._lengths.append(length)
        return self._lengths.index(length)

    @property
    def before(self) -> int:
        """Days before the start that have a column; what began earlier is over by the start."""
        return max((math.ceil(one.exact_days) + 31 for one in self._lengths), default=0)

    def table(self) -> Ints:
        """(rows, before + n_days + 1) calendar day that lies so much later."""
        days = np.arange(-self.before, self._n_days + 1)
        if not self._lengths:
            return np.zeros((0, len(days)), np.int64)
        return np.stack([self._later(one, days) for one in self._lengths])

    def _later(self, length: Duration, days: Ints) -> Ints:
        if not length.is_calendar_step:
            return days + math.ceil(length.exact_days)
        dates = np.datetime64(self._start) + days
        months = dates.astype("datetime64[M]")
        day = (dates - months.astype("datetime64[D]")).astype(np.int64)
        later = months + length.months
        first = later.astype("datetime64[D]")
        last = ((later + 1).astype("datetime64[D]") - first).astype(np.int64) - 1
        found = first + np.minimum(day, last)
        return (found - np.datetime64(self._start)).astype(np.int64)
