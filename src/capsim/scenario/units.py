"""Durations with their unit written: ``"45 min"``, ``"10 workdays"``, ``"1 month"``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from capsim.scenario.errors import nearest, problem

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "UNITS",
    "Duration",
    "Unit",
    "days",
    "half_up",
    "hours",
    "seconds",
    "workdays",
]

DAYS_PER_MONTH = Fraction("30.4375")
DAYS_PER_YEAR = Fraction("365.25")

LONGEST_DAYS = 10_000 * DAYS_PER_YEAR
"""Days of the longest duration."""

_SECONDS = {"s": 1, "min": 60, "h": 3600}
_DAYS = {
    "s": Fraction(1, 86_400),
    "min": Fraction(1, 1_440),
    "h": Fraction(1, 24),
    "days": Fraction(1),
    "weeks": Fraction(7),
    "months": DAYS_PER_MONTH,
    "years": DAYS_PER_YEAR,
}
UNITS = ("s", "min", "h", "days", "workdays", "weeks", "months", "years")
_SINGULAR = {
    "days": "day",
    "workdays": "workday",
    "weeks": "week",
    "months": "month",
    "years": "year",
}
_SPELLINGS = {
    **{name: name for name in UNITS},
    **{singular: plural for plural, singular in _SINGULAR.items()},
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    "d": "days",
}
_PATTERN = re.compile(r"([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\W\d_]*)")

# Converts a duration to a float in the unit that a calculation wants.
Unit = Callable[["Duration"], float]


@dataclass(frozen=True)
class Duration:
    """A length of time as it was written, never negative.

    Parameters
    ----------
    value : int or float
        Number of units.
    unit : str
        One of ``s min h days workdays weeks months years``.

    Examples
    --------
    >>> Duration.parse("10 workdays")
    Duration('10 workdays')
    >>> Duration.parse("1.5 h").seconds
    5400.0
    >>> Duration.parse("1 month").days
    30.4375
    """

    value: int | float
    unit: str

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Duration that a text such as ``"45 min"`` denotes.

        Raises
        ------
        PydanticCustomError
            (a ValueError) without unit, with an unknown one, or with a negative number.
        """
        if isinstance(text, Duration):
            return text
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            raise problem(
                "a duration needs its unit",
                f"write it as text, such as '{text} days' or '{text} h'",
            )
        if not isinstance(text, str):
            raise problem("must be a duration", "write a text such as '45 min' or '14 days'")
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise problem("is not a duration", "write a number and a unit, such as '45 min'")
        number, spelling = match.groups()
        if not spelling:
            raise problem("a duration needs its unit", f"write '{number} days' or '{number} h'")
        if spelling == "m":
            raise problem("'m' could be minutes or months", "write 'min' or 'months'")
        unit = _SPELLINGS.get(spelling) or _SPELLINGS.get(spelling.lower())
        if unit is None:
            raise problem(f"unknown unit {spelling!r}", nearest(spelling, UNITS))
        value = float(number)
        if not math.isfinite(value):
            raise problem("is too long", "write a finite number")
        if value < 0:
            raise problem("a duration cannot be negative", "write 0 or more")
        duration = cls(int(value) if value.is_integer() else value, unit)
        if duration.exact_in_own > LONGEST_DAYS:
            raise problem("is longer than 10,000 years", "write a shorter duration")
        return duration

    @property
    def seconds(self) -> float:
        """Seconds of work; only for ``s``, ``min`` and ``h``."""
        if self.unit not in _SECONDS:
            raise ValueError(f"{self} is not a length of work: write s, min or h")
        return float(self.exact * _SECONDS[self.unit])

    @property
    def exact(self) -> Fraction:
        """The number of units as the decimal fraction that was written."""
        return Fraction(str(self.value))

    @property
    def exact_in_own(self) -> Fraction:
        """Calendar days without rounding, or workdays of a duration in workdays."""
        return self.exact if self.is_workdays else self.exact_days

    @property
    def exact_days(self) -> Fraction:
        """Calendar days, without rounding; not for workdays, which need a calendar."""
        if self.unit not in _DAYS:
            raise ValueError(f"{self} has no fixed number of calendar days")
        return self.exact * _DAYS[self.unit]

    @property
    def days(self) -> float:
        """Calendar days (a month is 30.4375 of them, a year 365.25); not for workdays."""
        return float(self.exact_days)

    @property
    def is_work(self) -> bool:
        """Whether the unit is one of work: s, min or h."""
        return self.unit in _SECONDS

    @property
    def is_workdays(self) -> bool:
        """Whether the duration counts office days and so needs the calendar."""
        return self.unit == "workdays"

    @property
    def is_calendar_step(self) -> bool:
        """Whether it is a whole number of months or years, which steps by the calendar."""
        return self.unit in ("months", "years") and float(self.value).is_integer()

    @property
    def months(self) -> int:
        """Months of a calendar step."""
        if not self.is_calendar_step:
            raise ValueError(f"{self} is not a whole number of months or years")
        return int(self.value) * (12 if self.unit == "years" else 1)

    def ticks(self, day_ticks: int) -> int:
        """Clock ticks of a calendar duration, rounded half up.

        Parameters
        ----------
        day_ticks : int
            Ticks of a calendar day, H in the contract; an hour has H / 24 of them.

        Examples
        --------
        >>> Duration.parse("1 h").ticks(27_360)
        1140
        """
        return half_up(self.exact_days * day_ticks)

    def times(self, factor: float) -> Duration:
        """The duration stretched by a factor.

        Examples
        --------
        >>> Duration.parse("2 h").times(1.5)
        Duration('3 h')
        """
        value = float(self.value) * factor
        return Duration(int(value) if value.is_integer() else value, self.unit)

    def __str__(self) -> str:
        """The canonical text, which `parse` reads back."""
        return (
            f"{self.value} {_SINGULAR.get(self.unit, self.unit) if self.value == 1 else self.unit}"
        )

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Schema by which a model field takes a text and gives it back."""
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """JSON schema for editors: a text with a unit."""
        units = "s|min|h|days?|workdays?|weeks?|months?|years?"
        return {
            "type": "string",
            "pattern": rf"^\s*[0-9][0-9_]*(\.[0-9]+)?\s*({units})\s*$",
            "examples": ["45 min", "14 days", "10 workdays", "1 month"],
        }


def half_up(number: Fraction | float) -> int:
    """The nearest integer, halves upwards.

    Examples
    --------
    >>> half_up(2.5), half_up(2.4999)
    (3, 2)
    """
    return (
        math.floor(number + Fraction(1, 2))
        if isinstance(number, Fraction)
        else math.floor(number + 0.5)
    )


def seconds(duration: Duration) -> float:
    """Seconds of work in a duration written in s, min or h."""
    return duration.seconds


def hours(duration: Duration) -> float:
    """Hours of work in a duration written in s, min or h."""
    return duration.seconds / 3600


def days(duration: Duration) -> float:
    """Calendar days in a duration that is not in workdays."""
    return duration.days


def workdays(duration: Duration) -> float:
    """Office days in a duration that is in workdays."""
    if not duration.is_workdays:
        raise ValueError(f"{duration} is not in workdays")
    return float(duration.value)
