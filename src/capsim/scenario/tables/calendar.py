"""The calendar of the office: which days are open, and how long a working day is."""

from __future__ import annotations

import calendar as month_lengths
import datetime
import math
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from capsim.scenario.base import Date, Number, Table
from capsim.scenario.errors import problem
from capsim.scenario.tables.opening import (
    COUNTRY_ZONES,
    DAY,
    ClockTime,
    Lunch,
    OfficeDay,
    Zone,
    office_day,
)
from capsim.scenario.units import Duration

__all__ = ["WEEKDAYS", "Calendar", "add_months", "step"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _country(value: Any) -> Any:
    if value is None or value is False or isinstance(value, str):
        return value
    raise problem("must be the code of a country", "write a code such as 'BE', or false for none")


def _lunch(value: Any) -> Any:
    if value is None or value is False or isinstance(value, dict | Lunch):
        return value
    raise problem("is no break", "write { from = '12:00', until = '12:45' }, or false for none")


class Calendar(Table):
    """Opening days and hours.

    Public holidays are those of the package `holidays`, on the days on which the law puts them: one
    that falls in a weekend closes nothing, even if the office makes it good by another day, and
    "NL" closes Good Friday, on which many Dutch offices work. `closed` and `open` correct both.

    Examples
    --------
    >>> Calendar().day_ticks
    27360
    >>> Calendar().open_days(datetime.date(2026, 1, 1), 5)
    array([False,  True, False, False,  True])
    """

    kind: Literal["office", "continuous"] = "office"
    """"office", or "continuous": every day, 24 hours."""
    hours_per_day: Number | None = None
    """Contract hours of a full-time day, default 7.6; 24 if continuous."""
    country: Annotated[str | Literal[False] | None, BeforeValidator(_country)] = None
    """Code of the country whose public holidays are closed, default "BE"; false for none."""
    closed: tuple[Date, ...] = ()
    """More days on which the office is closed."""
    open: tuple[Date, ...] = ()
    """Days on which it is open after all, public holiday or weekend."""
    weekdays: tuple[Weekday, ...] = Field(default=("mon", "tue", "wed", "thu", "fri"))
    """Days of the week on which the office is open."""
    opens: ClockTime | None = None
    """When the office opens, default 08:30; only for times of day in event logs and stories."""
    lunch: Annotated[Lunch | Literal[False] | None, BeforeValidator(_lunch)] = None
    """Break around noon, default from 12:00 until 12:45; false for none. For times of day only."""
    zone: Zone = None
    """Time zone of the office, default that of its country. For times of day only."""

    @model_validator(mode="after")
    def _check(self) -> Calendar:
        if self.kind == "continuous":
            for name in ("hours_per_day", "country", "closed", "open", "opens", "lunch"):
                if getattr(self, name):
                    raise problem(
                        f"a continuous calendar has no {name}",
                        f"leave {name} out, or write kind = 'office'",
                        name,
                    )
            if "weekdays" in self.model_fields_set and len(self.weekdays) != 5:
                raise problem("a continuous calendar has no weekdays", "leave them out", "weekdays")
            return self
        if not self.weekdays:
            raise problem("the office must open at least one day a week", "list days", "weekdays")
        hours = self.office_hours
        if not 0.5 / 3600 < hours <= 24:
            raise problem(
                "must be above 0 and at most 24",
                "write 7.6, say",
                "hours_per_day",
            )
        if abs(hours * 3600 - round(hours * 3600)) > 1e-6:
            raise problem("must be a whole number of seconds", "write 7.6, say", "hours_per_day")
        for day in sorted(set(self.open) & set(self.closed)):
            raise problem(f"{day} is in closed as well", "take it out of one of them", "open")
        if self.office_day.closes > DAY:
            raise problem("the day would end after midnight", "open earlier", "opens")
        return self

    @property
    def office_hours(self) -> float:
        """Hours in an office day."""
        if self.kind == "continuous":
            return 24.0
        return 7.6 if self.hours_per_day is None else self.hours_per_day

    @property
    def day_ticks(self) -> int:
        """Seconds of office time in a day: H of the contract."""
        return round(self.office_hours * 3600)

    @property
    def office_day(self) -> OfficeDay:
        """Where the office seconds of a day lie on the clock."""
        if self.kind == "continuous":
            return OfficeDay(0, DAY, 0, 0)
        return office_day(self.day_ticks, self.opens, self.lunch)

    @property
    def local_zone(self) -> str:
        """Time zone of the office: its own, that of its country, or UTC if that has several."""
        return self.zone or COUNTRY_ZONES.get(self.country or "BE", "UTC")

    @property
    def workdays_per_week(self) -> int:
        """Open days in a week without holidays."""
        return 7 if self.kind == "continuous" else len(set(self.weekdays))

    def open_days(self, start: datetime.date, n_days: int) -> np.ndarray:
        """Whether the office is open on each of the days from `start`.

        Returns
        -------
        numpy.ndarray
            (n_days,) bool.
        """
        if self.kind == "continuous":
            return np.ones(n_days, dtype=bool)
        open_weekday = np.array([name in self.weekdays for name in WEEKDAYS])
        flags = open_weekday[(start.weekday() + np.arange(n_days)) % 7]
        shut = dict.fromkeys((*self._holidays(start, n_days), *self.closed), False)
        for day, is_open in {**shut, **dict.fromkeys(self.open, True)}.items():
            position = (day - start).days
            if 0 <= position < n_days:
                flags[position] = is_open
        return flags

    def _holidays(self, start: datetime.date, n_days: int) -> tuple[datetime.date, ...]:
        if self.country is False:
            return ()
        last = start + datetime.timedelta(days=max(n_days - 1, 0))
        return _public_holidays(self.country or "BE", start.year, last.year)

    def mean_days(self, duration: Duration) -> float:
        """Calendar days in a duration; workdays at the rate of the week, holidays ignored."""
        if duration.is_workdays:
            return float(duration.value) * 7 / self.workdays_per_week
        return duration.days

    def days_after(self, start: datetime.date, duration: Duration) -> int:
        """Whole days from `start` that a duration spans, rounded up.

        Months and years in whole numbers step by the calendar; workdays reach to the end of the
        last of that many open days.

        Examples
        --------
        >>> import datetime
        >>> Calendar().days_after(datetime.date(2026, 1, 1), Duration.parse("3 years"))
        1096
        """
        if duration.is_calendar_step:
            return (add_months(start, duration.months) - start).days
        if not duration.is_workdays:
            return math.ceil(duration.exact_days)
        wanted = math.ceil(duration.exact)
        span = 2 * wanted + 30
        while True:
            reached = np.cumsum(self.open_days(start, span))
            if wanted == 0:
                return 0
            if reached[-1] >= wanted:
                return int(np.searchsorted(reached, wanted)) + 1
            span *= 2
            if span > 4_000_000:
                raise ValueError(f"the calendar has no {duration} after {start}")

    def days_back(self, day: datetime.date, duration: Duration) -> float:
        """Calendar days by which a duration precedes a day; whole months and years step back.

        Examples
        --------
        >>> Calendar().days_back(datetime.date(2026, 3, 31), Duration.parse("1 month"))
        31
        """
        if duration.is_calendar_step:
            return (day - add_months(day, -duration.months)).days
        return duration.days

    def days_before_end(self, start: datetime.date, n_days: int, workdays: Duration) -> int:
        """Calendar days before day `n_days` that hold the given number of open days.

        The whole of the `n_days` if there are fewer.
        """
        wanted = math.ceil(workdays.exact)
        counted = np.cumsum(self.open_days(start, n_days)[::-1])
        if wanted == 0:
            return 0
        if not len(counted) or counted[-1] < wanted:
            return n_days
        return int(np.searchsorted(counted, wanted)) + 1


@lru_cache(maxsize=64)
def _public_holidays(country: str, first: int, last: int) -> tuple[datetime.date, ...]:
    """Public holidays of the years from `first` to `last`."""
    import holidays

    return tuple(holidays.country_holidays(country, years=range(first, last + 1)))


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day of the month that many months later, or the last day of that month.

    Examples
    --------
    >>> add_months(datetime.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = month_lengths.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def step(first: datetime.date, every: Duration, count: int) -> datetime.date:
    """The `count`-th date of a series in whole days, weeks, months or years after the first.

    Months are counted from the first date, so a series on the 31st stays at month ends.

    Examples
    --------
    >>> step(datetime.date(2026, 1, 6), Duration.parse("14 days"), 2)
    datetime.date(2026, 2, 3)
    """
    if every.is_calendar_step:
        return add_months(first, every.months * count)
    return first + datetime.timedelta(days=math.ceil(every.exact_days * count))
