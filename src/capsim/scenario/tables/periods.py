"""Calendar periods of official statistics, and how many people applied in each."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import BeforeValidator, model_validator

from capsim.scenario.base import NonNegative, Table
from capsim.scenario.errors import problem

__all__ = [
    "PERIOD_KINDS",
    "Counts",
    "Period",
    "counts_or_rows",
    "period_of",
    "spread",
    "weekday_weights",
]

PERIOD_KINDS = ("month", "week", "day")
"""Kinds of periods, and names of their columns in a file."""

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


class Period(NamedTuple):
    """A calendar month, a week from Monday, or a day."""

    kind: str
    first: datetime.date
    end: datetime.date
    """The day after its last one."""


def period_of(text: str) -> Period:
    """The period that a text denotes.

    Raises
    ------
    ValueError
        If it is neither a month, nor a week, nor a day.

    Examples
    --------
    >>> period = period_of("2026-W10")
    >>> period.kind, period.first.isoformat(), (period.end - period.first).days
    ('week', '2026-03-02', 7)
    >>> (period_of("2026-02").end - period_of("2026-02").first).days
    28
    """
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        first = datetime.date(year, month, 1)
        end = (first + datetime.timedelta(days=31)).replace(day=1)
        return Period("month", first, end)
    if match := _WEEK.fullmatch(text):
        first = datetime.date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return Period("week", first, first + datetime.timedelta(days=7))
    first = datetime.date.fromisoformat(text)
    return Period("day", first, first + datetime.timedelta(days=1))


def _period(value: object) -> object:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = value.isoformat()
    remedy = "write 2026-03, 2026-W10 or 2026-03-05"
    if not isinstance(value, str):
        raise problem("is no month, week or day", remedy)
    try:
        period_of(value.strip())
    except (ValueError, OverflowError):
        raise problem("is no month, week or day", remedy) from None
    return value.strip()


PeriodText = Annotated[str, BeforeValidator(_period)]


def weekday_weights(weekdays: tuple[float, ...] | None, first: int, n: int) -> np.ndarray:
    """Factors of the days from one with weekday `first` (0 is Monday) on, mean 1 over a week.

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> weekday_weights((2, 1, 1, 1, 1, 0, 1), 4, 4).tolist()
    [1.0, 0.0, 1.0, 2.0]
    """
    if weekdays is None:
        return np.ones(n)
    factors = np.array(weekdays, dtype=float)
    return (factors * (7 / factors.sum()))[(first + np.arange(n)) % 7]


class Counts(Table):
    """How many people applied in each month, week or day, as statistics give it."""

    file: str | None = None
    """CSV file beside the scenario from which they were read."""
    when: tuple[PeriodText, ...]
    """Months such as 2026-03, weeks such as 2026-W10, or days."""
    count: tuple[NonNegative, ...]
    """People who apply in each."""
    office: tuple[str | None, ...] | None = None
    """Office of each number; none: by share."""

    @model_validator(mode="after")
    def _check(self) -> Counts:
        if not self.when:
            raise problem("needs at least one period", 'write when = ["2026-03"], count = [55]')
        for name in ("count", "office"):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.when):
                raise problem(f"must have {len(self.when)} values", "write one each", name)
        kinds = list(dict.fromkeys(period_of(text).kind for text in self.when))
        if len(kinds) > 1:
            raise problem(f"mixes a {kinds[0]} and a {kinds[1]}", f"write every {kinds[0]}", "when")
        seen: set[tuple[str, str | None]] = set()
        for position, (text, _, office) in enumerate(self.rows()):
            if (text, office) in seen:
                raise problem("stands twice", "add the numbers up", f"when.{position}")
            seen.add((text, office))
        return self

    def rows(self) -> Iterator[tuple[str, float, str | None]]:
        """Period, number and office of each."""
        offices = self.office or (None,) * len(self.when)
        return zip(self.when, self.count, offices, strict=True)

    @property
    def offices(self) -> tuple[str | None, ...]:
        """Offices that have numbers of their own, None for those dealt by share, in order."""
        return tuple(dict.fromkeys(office for _, _, office in self.rows()))

    @property
    def ends(self) -> datetime.date:
        """The day after the last period."""
        return max(period_of(text).end for text in self.when)

    def by_day(
        self,
        office: str | None,
        start: datetime.date,
        n_days: int,
        weekdays: tuple[float, ...] | None,
    ) -> np.ndarray:
        """Expected applications on each day of a run, of those with one office, or with none.

        Returns
        -------
        (n_days,) float64

        Examples
        --------
        >>> counts = Counts(when=["2026-01", "2026-02"], count=[31, 56])
        >>> counts.by_day(None, datetime.date(2026, 1, 31), 3, None).tolist()
        [1.0, 2.0, 2.0]
        """
        result = np.zeros(n_days)
        for text, count, of in self.rows():
            if of == office:
                day, shares = spread(period_of(text), start, weekdays)
                first, last = max(day, 0), min(day + len(shares), n_days)
                if first < last:
                    result[first:last] += count * shares[first - day : last - day]
        return result


def spread(
    period: Period, start: datetime.date, weekdays: tuple[float, ...] | None
) -> tuple[int, np.ndarray]:
    """Day of a run on which a period begins, and the share of each of its days.

    Examples
    --------
    >>> spread(period_of("2026-W02"), datetime.date(2026, 1, 1), (1, 1, 0, 0, 0, 0, 0))[0]
    4
    """
    n = (period.end - period.first).days
    weights = weekday_weights(weekdays, period.first.weekday(), n)
    if not weights.sum():
        weights = np.ones(n)  # a day on which nobody ever comes, and yet people came
    return (period.first - start).days, weights / weights.sum()


def counts_or_rows(value: Any) -> Any:
    """Tables of periods, also as a mapping from each to its number.

    Examples
    --------
    >>> counts_or_rows({"2026-01": 41, "2026-02": 38})
    {'when': ['2026-01', '2026-02'], 'count': [41, 38]}
    """
    if isinstance(value, dict) and value and not {"when", "count", "office", "file"} & set(value):
        return {"when": list(value), "count": list(value.values())}
    return value
