"""Office time and calendar time: when the office is open, and the way between both clocks."""

from __future__ import annotations

import datetime
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from capsim.kernels.codes import NEVER
from capsim.plan.plan import Ints
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.units import Duration, half_up

__all__ = ["Timetable", "timetable_of"]

# How far before the start a date can lie that moves to an opening on or after it: longer than any
# closing of an office that a meeting could fall into.
_DAYS_LOOKED_BACK = 366


@dataclass(frozen=True, eq=False)
class Timetable:
    """Open days of the horizon, and both clocks.

    Attributes
    ----------
    start : datetime.date
        Calendar day 0.
    day_ticks : int
        Office seconds of an office day, H.
    n_days : int
        Calendar days of the horizon.
    open_day : (n_open + 1,) int64
        Calendar day of each office day, then the sentinel `n_days`.
    office_day : (n_days + 1,) int64
        Open days before each calendar day.
    is_open : (n_days + 1,) int64
        1 on open days; 0 at the end.

    Examples
    --------
    >>> from capsim.scenario import Calendar
    >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 1), 7)  # a Thursday, New Year
    >>> times.open_day
    array([1, 4, 5, 6, 7])
    >>> times.calendar_instant(27_360) == 4 * 27_360  # second office day: Monday
    True
    """

    calendar: Calendar
    start: datetime.date
    day_ticks: int
    n_days: int
    open_day: Ints
    office_day: Ints
    is_open: Ints

    @property
    def n_open(self) -> int:
        """Open days within the horizon."""
        return len(self.open_day) - 1

    @property
    def horizon(self) -> int:
        """Office instant at which the run ends, exclusive."""
        return self.n_open * self.day_ticks

    def day_of(self, date: datetime.date) -> int:
        """Calendar day of a date, negative before the start."""
        return (date - self.start).days

    def next_open(self, day: int) -> int:
        """The calendar day itself if it is open, else the next open one; `n_days` if there is none.

        A day before the start gives the day on which it would be served, also if that is still
        before the start.
        """
        if day >= self.n_days:
            return self.n_days
        if day < 0:
            back = _earlier_days(self.calendar, self.start)
            if day < -len(back):
                return day
            later = np.flatnonzero(back[len(back) + day :])
            if len(later):
                return day + int(later[0])
            day = 0
        return int(self.open_day[self.office_day[day]])

    def opening(self, day: int) -> int:
        """Calendar instant of the opening of a calendar day, or of the next open one.

        A day at or beyond the horizon gives its own first instant.
        """
        return max(day, self.next_open(day)) * self.day_ticks

    def office_instant(self, instant: int) -> int:
        """First office instant at or after a calendar instant; NEVER beyond the horizon."""
        if instant >= self.n_days * self.day_ticks:
            return NEVER
        if instant < 0:
            return 0
        day, second = divmod(instant, self.day_ticks)
        return int(self.office_day[day]) * self.day_ticks + (second if self.is_open[day] else 0)

    def calendar_instant(self, instant: int) -> int:
        """Calendar instant of an office instant."""
        day, second = divmod(instant, self.day_ticks)
        return int(self.open_day[min(day, self.n_open)]) * self.day_ticks + second

    def ticks(self, duration: Duration) -> int:
        """Calendar ticks of a duration, or office ticks with a minus sign if it is in workdays."""
        if duration.is_workdays:
            return -half_up(duration.exact * self.day_ticks)
        return duration.ticks(self.day_ticks)

    def before(self, date: datetime.date, duration: Duration) -> int:
        """Calendar ticks by which a duration precedes a date; whole months step by the calendar.

        Examples
        --------
        >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 1), 3)
        >>> times.before(datetime.date(2026, 3, 31), Duration(1, "months")) // 27_360
        31
        """
        if duration.is_calendar_step:
            return int(self.calendar.days_back(date, duration)) * self.day_ticks
        return self.ticks(duration)

    def after(self, instant: int, duration: Duration) -> int:
        """Calendar instant of the opening instant at which a delay ends; NEVER beyond the horizon.

        Parameters
        ----------
        instant : int
            Calendar instant at which it begins, also before the start.
        duration : Duration
            Its length; a length of 0 ends at once.
        """
        day_ticks = self.day_ticks
        if not duration.is_workdays:
            end = instant + duration.ticks(day_ticks)
            if end < 0:
                return end
            office = self.office_instant(end)
            return NEVER if office == NEVER else self.calendar_instant(office)
        length = half_up(duration.exact * day_ticks)
        day, second = divmod(instant, day_ticks)
        # Office days are counted from the day of the instant, which may precede the table.
        reach = self._span(length // day_ticks)
        flags = self.calendar.open_days(self.start + datetime.timedelta(days=day), reach)
        positions = np.flatnonzero(flags)
        if not flags[0]:
            second = 0
        whole, rest = divmod(second + length, day_ticks)
        end = (day + int(positions[whole])) * day_ticks + rest
        return end if end < self.n_days * day_ticks else NEVER

    def _span(self, workdays: int) -> int:
        """Calendar days that hold more than so many open ones."""
        weeks = workdays // self.calendar.workdays_per_week + 1
        return 10 * weeks + _DAYS_LOOKED_BACK

    def workday_deadlines(self, workdays: int, days_before: int) -> Ints:
        """Last day of a deadline in workdays for each calendar day on which its clock may start.

        The `workdays`-th open day after the day of the clock, which does not count itself.

        Returns
        -------
        (days_before + n_days + 1,) int64
            Calendar days; the first belongs to calendar day `-days_before`.
        """
        first = self.start - datetime.timedelta(days=days_before)
        length = days_before + self.n_days + 1
        flags = self.calendar.open_days(first, length + self._span(workdays))
        positions = np.flatnonzero(flags)
        opened = np.cumsum(flags)[:length]  # open days up to and with each day
        wanted = opened + workdays - 1
        days: Ints = positions[np.minimum(wanted, len(positions) - 1)] - days_before
        if workdays == 0:
            days = np.arange(length) - days_before
        return days.astype(np.int64)

    def every_workdays(self, first: datetime.date, every: int) -> list[int]:
        """Calendar days from 0 on of a series in workdays: every n-th open day from the first."""
        lead = min(self.day_of(first), 0)
        flags = self.calendar.open_days(
            self.start + datetime.timedelta(days=lead), self.n_days - lead
        )
        positions = np.flatnonzero(flags) + lead
        begin = bisect_left(positions.tolist(), self.day_of(first))
        return [int(day) for day in positions[begin::every] if day >= 0]

    def months(self) -> list[tuple[int, int]]:
        """First day within the horizon and number (1 to 12) of each calendar month, in order."""
        result = [(0, self.start.month)]
        day = (self.start.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        while self.day_of(day) < self.n_days:
            result.append((self.day_of(day), day.month))
            day = (day + datetime.timedelta(days=32)).replace(day=1)
        return result

    def month_of_days(self) -> Ints:
        """(n_days + 1,) month (1 to 12) of each calendar day."""
        months = self.months()
        starts = np.array([day for day, _ in months])
        numbers = np.array([number for _, number in months])
        days = np.arange(self.n_days + 1)
        return numbers[np.searchsorted(starts, days, side="right") - 1].astype(np.int64)

    def growth_factors(self, growth: float) -> np.ndarray:
        """(n_days + 1,) factor of each calendar day of what grows by `growth` a year."""
        return np.exp(math.log1p(growth) * np.arange(self.n_days + 1) / 365.25)


@lru_cache(maxsize=256)
def _timetable(
    calendar: Calendar, start: datetime.date, n_days: int, _kind: tuple[Any, ...]
) -> Timetable:
    flags = np.append(calendar.open_days(start, n_days), False)
    open_day = np.append(np.flatnonzero(flags), n_days).astype(np.int64)
    office_day = np.append(0, np.cumsum(flags[:-1])).astype(np.int64)
    is_open = flags.astype(np.int64)
    for array in (open_day, office_day, is_open):
        array.setflags(write=False)
    return Timetable(calendar, start, calendar.day_ticks, n_days, open_day, office_day, is_open)


def timetable_of(calendar: Calendar, start: datetime.date, n_days: int) -> Timetable:
    """Timetable of `n_days` calendar days from `start`."""
    # False and 0 are equal as keys, and so are 0.0 and 0: the types keep calendars apart.
    return _timetable(calendar, start, n_days, (type(calendar.country),))


@lru_cache(maxsize=256)
def _earlier_days(calendar: Calendar, start: datetime.date) -> np.ndarray:
    """Whether each of the 366 days just before the start was open, (366,) bool."""
    first = start - datetime.timedelta(days=_DAYS_LOOKED_BACK)
    return calendar.open_days(first, _DAYS_LOOKED_BACK)
