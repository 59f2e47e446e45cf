"""The clock on the wall: opening hours, lunch and time zone. Presentation only, no number moves.

In tables the office hours of a day fill the whole day, so half a day of 7.6 hours is not noon. Who
writes a clock time puts the office seconds into the opening hours.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from capsim.scenario.base import Table
from capsim.scenario.errors import problem

__all__ = ["COUNTRY_ZONES", "ClockTime", "Lunch", "OfficeDay", "Zone", "office_day", "seconds_of"]

DAY = 86_400
OPENS = "08:30"

COUNTRY_ZONES = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GR": "Europe/Athens",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IT": "Europe/Rome",
    "LU": "Europe/Luxembourg",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SK": "Europe/Bratislava",
}
"""Zone of the capital; a country that is not here, or has several, names its zone itself."""


def _clock_time(value: Any) -> Any:
    if isinstance(value, datetime.time):
        value = value.isoformat("minutes")
    # A time of TOML has seconds; an office that opens on one is not of this world.
    found = re.fullmatch(r"((?:[01]?\d|2[0-3]):[0-5]\d)(?::00)?", str(value).strip())
    if isinstance(value, str) and found:
        return found[1].zfill(5)
    raise problem("is no time of day", "write hours and minutes, such as '08:30'")


def _zone(value: Any) -> Any:
    from zoneinfo import ZoneInfo

    if value is None:
        return value
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError, TypeError):
        raise problem("is no time zone", "write 'Europe/Brussels', say") from None
    return value


ClockTime = Annotated[str, BeforeValidator(_clock_time)]
"""A time of day in hours and minutes."""

Zone = Annotated[str | None, BeforeValidator(_zone)]
"""Name of a time zone in the IANA data base."""


def seconds_of(time: str) -> int:
    """Seconds since midnight of a time of day.

    Examples
    --------
    >>> seconds_of("08:30")
    30600
    """
    hours, minutes = time.split(":")
    return int(hours) * 3600 + int(minutes) * 60


class Lunch(Table):
    """When nobody works around noon."""

    since: ClockTime = Field(default="12:00", alias="from")
    """Beginning."""
    until: ClockTime = "12:45"
    """End."""

    @model_validator(mode="after")
    def _check(self) -> Lunch:
        if seconds_of(self.until) <= seconds_of(self.since):
            raise problem("must end after it begins", "write a later time", "until")
        return self


@dataclass(frozen=True)
class OfficeDay:
    """Where the office seconds of a day lie on the clock.

    Attributes
    ----------
    opens : int
        Seconds since midnight.
    hours : int
        Office seconds in a day.
    lunch : int
        Seconds since midnight at which lunch begins; meaningless without a break.
    pause : int
        Seconds of the break, 0 for none.

    Examples
    --------
    A day of 7.6 hours from half past eight, with three quarters of an hour for lunch:

    >>> day = OfficeDay(30600, 27360, 43200, 2700)
    >>> [int(second) / 3600 for second in day.clock(np.array([0, 12600, 27360]))]
    [8.5, 12.75, 16.85]
    """

    opens: int
    hours: int
    lunch: int
    pause: int

    def clock(self, office: np.ndarray, *, ends: bool = False) -> np.ndarray:
        """Seconds since midnight of office seconds; at noon, an end comes before lunch."""
        at = self.opens + np.asarray(office)
        after = at > self.lunch if ends else at >= self.lunch
        return at + np.where(after, self.pause, 0)

    @property
    def closes(self) -> int:
        """Seconds since midnight at which the last office second ends."""
        return int(self.clock(np.array([self.hours]), ends=True)[0])


def office_day(hours: int, opens: str | None, lunch: Lunch | bool | None) -> OfficeDay:
    """The day of an office whose calendar says this much; it ends before midnight.

    Examples
    --------
    >>> office_day(27360, None, None).closes / 3600
    16.85
    >>> office_day(86400, None, None).opens
    0
    """
    rest = Lunch() if lunch is None else lunch
    begin, pause = 0, 0
    if isinstance(rest, Lunch):
        begin = seconds_of(rest.since)
        pause = seconds_of(rest.until) - begin
        # Who did not ask for lunch gets none where the day has no room for it.
        if lunch is None and hours + pause > DAY:
            pause = 0
    first = seconds_of(OPENS) if opens is None else seconds_of(opens)
    if opens is None:
        first = max(min(first, DAY - hours - pause), 0)
    if not first < begin < first + hours:
        pause = 0
    return OfficeDay(first, hours, begin, pause)
