"""Both directions between office time and calendar time, for whole columns at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.codes import NEVER, NONE
from capsim.plan.plan import Floats, Ints, Plan


@dataclass(frozen=True, eq=False)
class DayClock:
    """The days on which offices are open, and how ticks of one clock become ticks of the other.

    `NONE` passes through every conversion.

    Parameters
    ----------
    day_ticks : int
        Ticks of a day, on both clocks.
    n_days : int
        Calendar days of the run.
    open_day : (open days + 1,)
        Calendar day of each office day; the last entry is `n_days`.

    Examples
    --------
    A week of 100 ticks a day that starts on a Thursday: Thursday, Friday, Monday.

    >>> clock = DayClock(100, 5, np.array([0, 1, 4, 5]))
    >>> clock.calendar(np.array([50, 200, 250])).tolist()
    [50, 400, 450]
    >>> clock.calendar_end(np.array([200])).tolist()
    [200]
    >>> clock.office(np.array([50, 200, 399, 400])).tolist()
    [50, 200, 200, 200]
    """

    day_ticks: int
    n_days: int
    open_day: Ints

    @classmethod
    def of(cls, plan: Plan) -> DayClock:
        """Clock of a plan."""
        return cls(plan.time.day_ticks, plan.time.n_days, plan.time.open_day)

    @property
    def end(self) -> int:
        """Calendar tick at which the run ends."""
        return self.n_days * self.day_ticks

    @property
    def horizon(self) -> int:
        """Office tick at which the run ends."""
        return (len(self.open_day) - 1) * self.day_ticks

    def calendar(self, office: Ints) -> Ints:
        """Calendar instant of office instants; those beyond the run give its end."""
        day = np.clip(office // self.day_ticks, 0, len(self.open_day) - 1)
        beyond = office >= self.horizon
        within = np.where(beyond, 0, office % self.day_ticks)
        instant = self.open_day[day] * self.day_ticks + within
        return np.where(office == NONE, NONE, instant).astype(np.int64)

    def calendar_end(self, office: Ints) -> Ints:
        """Calendar instant of the ends of visits: closing time belongs to the day that worked."""
        return np.where(office == NONE, NONE, self.calendar(office - 1) + 1).astype(np.int64)

    def office(self, calendar: Ints) -> Ints:
        """First office instant at or after calendar instants; `NEVER` beyond the run."""
        day = np.clip(calendar // self.day_ticks, 0, self.n_days)
        before = np.searchsorted(self.open_day[:-1], day, side="left")
        is_open = np.isin(day, self.open_day[:-1])
        instant = before * self.day_ticks + np.where(is_open, calendar % self.day_ticks, 0)
        instant = np.where(calendar >= self.end, NEVER, np.where(calendar < 0, 0, instant))
        return np.where(calendar == NONE, NONE, instant).astype(np.int64)

    def days(self, *ticks: Ints) -> Floats:
        """Calendar days of columns of ticks, as rows of floats; NaN where it did not happen.

        Examples
        --------
        >>> DayClock(100, 5, np.array([0, 1, 4, 5])).days(np.array([50, 450])).tolist()
        [[0.5, 4.5]]
        """
        # In one piece: large pieces of memory cost less to get than many smaller ones.
        days = np.empty((len(ticks), len(ticks[0])))
        for row, column in zip(days, ticks, strict=True):
            missing = column == NONE
            if missing.all():
                row.fill(np.nan)
                continue
            np.divide(column, self.day_ticks, out=row)
            row[missing] = np.nan
        return days

    def ticks(self, days: Floats) -> Ints:
        """Calendar ticks of days that `days` made; NONE where it did not happen."""
        missing: NDArray[np.bool_] = np.isnan(days)
        whole = np.rint(np.where(missing, 0.0, days) * self.day_ticks).astype(np.int64)
        return np.where(missing, NONE, whole)
