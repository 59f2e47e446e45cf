"""A cell of a workbook, and what stands in it."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from capsim.records.workbook.words import MONTHS
from capsim.scenario.errors import Mistake

__all__ = ["Cell", "date_in", "month_in", "number_in", "share_in", "text_in"]


@dataclass(frozen=True)
class Cell:
    """A cell: where it is, and what stands there; None: nothing."""

    sheet: str
    row: int
    """Counted from 0."""
    column: int
    value: Any = None

    @property
    def place(self) -> str:
        """Sheet and cell as a spreadsheet names them.

        Examples
        --------
        >>> Cell("Staff", 4, 27).place
        'Staff!AB5'
        """
        letters, rest = "", self.column + 1
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{self.sheet}!{letters}{self.row + 1}"

    def mistake(self, rule: str, remedy: str) -> Mistake:
        """A mistake in it."""
        value = self.value
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            value = str(value)
        if value is None:
            return Mistake.absent(self.place, rule, remedy)
        return Mistake(self.place, value, rule, remedy)


def text_in(cell: Cell) -> str | None:
    """A name; whole numbers are names too.

    Examples
    --------
    >>> text_in(Cell("Staff", 1, 0, 12.0))
    '12'
    """
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value).strip()


def number_in(
    cell: Cell, low: float, high: float, mistakes: list[Mistake], remedy: str = "correct it"
) -> float | None:
    """A number, with a comma or a point; None where nothing stands or it is none.

    Examples
    --------
    >>> number_in(Cell("Service", 3, 1, "12,5"), 0, 100, [])
    12.5
    """
    value = cell.value
    if value is None:
        return None
    number = _number(value)
    if number is None:
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            rule, cure = "is a date or a time", "format the cell as a number and write it anew"
        elif isinstance(value, str) and value.startswith("#"):
            rule, cure = "is an error of the sheet", "write the number itself"
        elif isinstance(value, str) and _THOUSANDS.fullmatch(value):
            rule, cure = "may be thousands or a fraction", "write it without a point or comma"
        else:
            rule, cure = "is no number", "write the number alone, or leave the cell empty"
        mistakes.append(cell.mistake(rule, cure))
        return None
    if not low <= number <= high:
        mistakes.append(cell.mistake(f"is not between {low:g} and {high:g}", remedy))
        return None
    return number


_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})")


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    if not isinstance(value, str) or _THOUSANDS.fullmatch(value.strip()):
        return None
    text = re.sub(r"[\s\u202f']", "", value)
    if "," in text and "." in text:
        thousands = min(",.", key=text.rindex)
        text = text.replace(thousands, "")
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"[+-]?\d{1,15}(?:\.\d{1,15})?", text) else None


def share_in(cell: Cell, low: float, high: float, mistakes: list[Mistake]) -> float | None:
    """A share; "12,5 %" is 0.125.

    Examples
    --------
    >>> share_in(Cell("Service", 3, 1, "12,5 %"), 0, 1, [])
    0.125
    """
    value = cell.value
    if isinstance(value, str) and value.rstrip().endswith("%"):
        number = _number(value.rstrip()[:-1])
        if number is not None and low <= number / 100 <= high:
            return number / 100
        mistakes.append(cell.mistake(f"is no share between {low:.0%} and {high:.0%}", "write 12 %"))
        return None
    number = number_in(cell, -1e9, 1e9, mistakes)
    if number is not None and not low <= number <= high:
        rule = f"is no share between {low:.0%} and {high:.0%}"
        remedy = f"write {number:g} % if you mean that" if 1 < number <= 100 else "write 12 %"
        mistakes.append(cell.mistake(rule, remedy))
        return None
    return number


_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY_IN_WORDS = re.compile(r"(\d{1,2})\.?\s+([^\W\d]+)\.?\s+(\d{4})")


def _month_named(name: str) -> int:
    """Number of a month by its name, or what it begins with; 0 if it is none, or several."""
    if name == "mrt":
        return 3
    hits = {
        number
        for known, number in MONTHS.items()
        if known == name or (len(name) >= 3 and known.startswith(name))
    }
    return hits.pop() if len(hits) == 1 else 0


def date_in(cell: Cell, mistakes: list[Mistake]) -> datetime.date | None:
    """A date; as a text year-month-day, "2 maart 2026", or day/month/year if it can be no other.

    Examples
    --------
    >>> date_in(Cell("Service", 3, 1, "31/01/2026"), [])
    datetime.date(2026, 1, 31)
    """
    value = cell.value
    if value is None:
        return None
    found: datetime.date | None = None
    rule, remedy = "is no date", "write 2026-03-01"
    if isinstance(value, datetime.datetime):
        found = value.date()
    elif isinstance(value, datetime.date):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.date.fromisoformat(value)
        except ValueError:
            parts = _DAY.fullmatch(value)
            words = _DAY_IN_WORDS.fullmatch(value.lower())
            day, month, year = map(int, parts.groups()) if parts else (0, 0, 0)
            if words:
                day, month, year = int(words[1]), _month_named(words[2]), int(words[3])
            if parts and day <= 12 and month <= 12 and day != month:
                rule = "may be day/month or month/day"
                remedy = f"write {year}-{month:02d}-{day:02d} or {year}-{day:02d}-{month:02d}"
            elif parts or words:
                try:
                    found = datetime.date(year, month, day)
                except ValueError:
                    found = None
    if found is not None and not 1990 <= found.year <= 2200:
        found, rule = None, "is no year of a service"
    if found is None:
        mistakes.append(cell.mistake(rule, remedy))
    return found


_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")


def month_in(cell: Cell, mistakes: list[Mistake]) -> datetime.date | None:
    """First day of a month: a date, 2026-04, 4/2026 or a name and the year.

    Examples
    --------
    >>> month_in(Cell("Applications", 4, 0, "maart 2026"), [])
    datetime.date(2026, 3, 1)
    """
    value = cell.value
    if isinstance(value, str):
        parts = _MONTH.fullmatch(value)
        year = month = 0
        if parts:
            year, month = (
                (int(parts[1]), int(parts[2])) if parts[1] else (int(parts[4]), int(parts[3]))
            )
        else:
            name, _, rest = value.lower().partition(" ")
            if re.fullmatch(r"\d{4}", rest.strip()):
                year, month = int(rest), _month_named(name.rstrip("."))
        if 1990 <= year <= 2200 and 1 <= month <= 12:
            return datetime.date(year, month, 1)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}", value):
            mistakes.append(cell.mistake("is no month", "write 2026-04, or the date 2026-04-01"))
            return None
    found = date_in(cell, mistakes)
    return None if found is None else found.replace(day=1)
