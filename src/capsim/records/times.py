"""Dates and times of a service's files, brought to one clock: the local one of the service.

A clock on the wall tells 24 hours a day; an offset from UTC changes twice a year. What bears an
offset (or Z) is brought to the zone of the service; what bears none is that clock already. Days of
a log are days of the wall clock, so 9 o'clock is 9 o'clock in March and in April.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from capsim.scenario import ScenarioError
from capsim.scenario.errors import Mistake

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Clock", "date_of", "rows_of"]

_OFFSET = r"[T\s]\d\d.*(?:[Zz]|[+-]\d\d:?(?:\d\d)?)$"
_DAY_FIRST = re.compile(r"\s*\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:[ T].*)?\s*")
_ISO = "write 2026-01-31, 2026-01-31 09:30, or leave it empty while it has not happened"
_NOTHING = ("", "nat", "nan", "none", "null")
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_FAR = (
    f"lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}",
    "correct it, or leave it empty while it has not happened",
)
_SHOWN_ROWS = 5


def rows_of(frame: pd.DataFrame | pd.Series[Any], wrong: Any) -> str:
    """The rows that are wrong, in words: labels of a frame, lines of a file.

    Examples
    --------
    >>> import pandas as pd
    >>> rows_of(pd.Series([1, 2, 3]), [True, False, True])
    'rows 0, 2'
    """
    labels = [str(label) for label in frame.index[np.asarray(wrong, dtype=bool)]]
    more = len(labels) - _SHOWN_ROWS
    text = ", ".join(labels[:_SHOWN_ROWS]) + (f" and {more} more" if more > 0 else "")
    noun = "line" if frame.index.name == "line" else "row"
    return f"{noun}{'' if len(labels) == 1 else 's'} {text}"


@dataclass(eq=False)
class Clock:
    """Reads columns of times, and remembers what it took for granted.

    Attributes
    ----------
    zone : str
        Name of the time zone whose clock hangs on the wall of the service.
    named : bool
        Whether the user named it.
    moved, plain : list of str
        Columns whose times bore an offset, and those whose times of day bore none.
    unread : dict of str to set
        Labels of the rows whose times were none, by column.
    """

    zone: str
    named: bool = False
    moved: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    unread: dict[str, set[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a zone that does not exist."""
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, KeyError, TypeError):
            raise ScenarioError(
                [Mistake("zone", self.zone, "is no time zone", "write Europe/Brussels, say")],
                "the log",
            ) from None

    def read(self, column: pd.Series[Any], path: str, mistakes: list[Mistake]) -> pd.Series[Any]:
        """Times of the wall clock without a zone, NaT for what is empty; no guess at 3/4/2026."""
        import pandas as pd

        if pd.api.types.is_datetime64_any_dtype(column):
            if column.dt.tz is None:
                self._note_plain(column, path)
                local = column
            else:
                self.moved.append(path)
                local = column.dt.tz_convert(self.zone).dt.tz_localize(None)
            return self._checked(local, column, path, mistakes)
        text = column.map(_text, na_action="ignore").astype("string").str.strip()
        text = text.mask(text.str.lower().isin(_NOTHING))
        shifted = text.str.contains(_OFFSET, regex=True).fillna(False).to_numpy(dtype=bool)
        found = pd.Series(pd.NaT, index=column.index, dtype="datetime64[us]")
        places = np.flatnonzero(shifted)
        if len(places):
            aware = pd.to_datetime(text.iloc[places], errors="coerce", format="ISO8601", utc=True)
            found.iloc[places] = _micro(aware.dt.tz_convert(self.zone).dt.tz_localize(None))
            self.moved.append(path)
        places = np.flatnonzero(~shifted)
        if len(places):
            local = pd.to_datetime(text.iloc[places], errors="coerce", format="ISO8601")
            found.iloc[places] = _micro(local)
            self._note_plain(local, path)
        self._report(found, text, column, path, mistakes)
        return self._checked(found, column, path, mistakes)

    def _report(
        self,
        found: pd.Series[Any],
        text: pd.Series[Any],
        column: pd.Series[Any],
        path: str,
        mistakes: list[Mistake],
    ) -> None:
        """Name the texts that are no times."""
        wrong = (found.isna() & text.notna()).to_numpy()
        if not wrong.any():
            return
        self.unread.setdefault(path, set()).update(column.index[wrong])
        first = column[wrong].iloc[0]
        year = re.match(r"\s*(\d{4})-", str(first))
        rule, remedy = "is no date, time or number of days", _ISO
        if _DAY_FIRST.fullmatch(str(first)):
            rule = "is no date of the form year-month-day"
            remedy = (
                "whether day or month comes first is not guessed: write 2026-01-31 for 31/01/2026"
            )
        elif year and int(year[1]) > _LAST_YEAR:
            rule, remedy = _FAR
        mistakes.append(Mistake(f"{path}, {rows_of(column, wrong)}", first, rule, remedy))

    def _checked(
        self,
        found: pd.Series[Any],
        column: pd.Series[Any],
        path: str,
        mistakes: list[Mistake],
    ) -> pd.Series[Any]:
        """The times without those of no service: 9999-12-31 often stands for an empty cell."""
        far = ((found.dt.year > _LAST_YEAR) | (found.dt.year < _FIRST_YEAR)).to_numpy(dtype=bool)
        if not far.any():
            return found
        self.unread.setdefault(path, set()).update(column.index[far])
        rule, remedy = _FAR
        value = str(column[far].iloc[0]).removesuffix(" 00:00:00")
        mistakes.append(Mistake(f"{path}, {rows_of(column, far)}", value, rule, remedy))
        return found.mask(far)

    def _note_plain(self, local: pd.Series[Any], path: str) -> None:
        at = local.dropna()
        if len(at) and bool((at != at.dt.normalize()).any()):
            self.plain.append(path)

    def remarks(self) -> list[str]:
        """What was taken for granted, in sentences."""
        if not self.moved:
            return []
        how = "as zone= says" if self.named else "name another one with zone="
        said = [
            f"{_columns(self.moved)}: times with an offset from UTC (or Z) were brought to the "
            f"clock of {self.zone}; {how}"
        ]
        plain = [path for path in dict.fromkeys(self.plain) if path not in self.moved]
        both = [path for path in dict.fromkeys(self.plain) if path in self.moved]
        if plain:
            said.append(
                f"{_columns(plain)}: times without an offset were read as the clock of {self.zone}"
            )
        if both:
            said.append(
                f"{_columns(both)}: where a time bears no offset, it was read as the clock of "
                f"{self.zone}"
            )
        return said


def _columns(paths: list[str]) -> str:
    return ", ".join(dict.fromkeys(paths))


def _micro(times: pd.Series[Any]) -> np.ndarray:
    return times.to_numpy().astype("datetime64[us]")


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    return str(value)


def date_of(value: Any, name: str) -> datetime.date | None:
    """The day that `start` or `end` names; None for a number of days or nothing.

    Raises
    ------
    ScenarioError
        If it is none; which of 3/4 is the month is not guessed.
    """
    import pandas as pd

    if value is None or isinstance(value, int | float | np.number):
        return None
    found: Any = None
    try:
        if isinstance(value, str):
            return datetime.datetime.fromisoformat(value.strip()).date()
        found = pd.Timestamp(value)
    except (ValueError, TypeError):
        pass
    if found is None or pd.isna(found):
        swapped = isinstance(value, str) and _DAY_FIRST.fullmatch(value)
        rule = "is no date of the form year-month-day" if swapped else "is no date"
        raise ScenarioError(
            [Mistake(name, value, rule, "write 2026-01-31, or a day number")], "the log"
        )
    return datetime.date(found.year, found.month, found.day)
