"""What people write out of habit in a TOML file that it does not take, and what to write."""

from __future__ import annotations

import re

__all__ = ["remedy_of"]

_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
_DATE = re.compile(r"(?<![\w.])(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?![\w.])")
_DECIMAL_COMMA = re.compile(r"(?<![\w.,])([+-]?\d+),(\d+)(?![\w.,])")
_UNQUOTED = re.compile(r"=\s*([+-]?\d+(?:\.\d+)?)\s*([^\W\d_]+)")
_WORDS = {"True": "true", "False": "false", "None": "nothing: leave the line out"}


def remedy_of(line: str) -> str:
    """Remedy for a line that is not TOML: the character that is meant otherwise, or a general one.

    Examples
    --------
    >>> remedy_of("fte = 3,2")
    "write 3.2: decimals follow a point, not ','"
    >>> remedy_of("start = 01/04/2026")
    'write 2026-04-01: a date is year-month-day'
    >>> remedy_of("work = 45 min")
    'write "45 min": a duration stands in quotes'
    """
    for character in line:
        if character in _QUOTES:
            return f"write straight quotes: {character} is a typographic one"
    date = _DATE.search(line)
    if date:
        day, month, year = (int(part) for part in date.groups())
        return f"write {year:04}-{month:02}-{day:02}: a date is year-month-day"
    comma = _DECIMAL_COMMA.search(line)
    if comma:
        return f"write {comma[1]}.{comma[2]}: decimals follow a point, not ','"
    unquoted = _UNQUOTED.search(line)
    if unquoted:
        return f'write "{unquoted[1]} {unquoted[2]}": a duration stands in quotes'
    for word, right in _WORDS.items():
        if re.search(rf"=\s*{word}\b", line):
            return f"write {right}"
    if "\u00a0" in line:
        return "write plain spaces: there is one that does not break"
    if "=" not in line and not line.strip().startswith("["):
        return "write name = value, or a # before what is no setting"
    return "correct that line"
