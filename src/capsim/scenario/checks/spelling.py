"""What people write out of habit in a TOML file that it does not take, and what to write."""

from __future__ import annotations

import re

__all__ = ["habit_of", "remedy_of"]

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
    habit = habit_of(line)
    if habit:
        return habit
    unquoted = _UNQUOTED.search(line)
    if unquoted:
        return f'write "{unquoted[1]} {unquoted[2]}": a duration stands in quotes'
    if "\u00a0" in line:
        return "write plain spaces: there is one that does not break"
    if "=" not in line and not line.strip().startswith("["):
        return "write name = value, or a # before what is no setting"
    return "correct that line"


def habit_of(text: str) -> str:
    """Remedy for a value or a line that a spreadsheet or another language would take; or nothing.

    Examples
    --------
    >>> habit_of("1,000")
    "write 1000, or 1.000 if ',' begins the decimals: thousands are not parted"
    >>> habit_of("True"), habit_of("45 min")
    ('write true', '')
    >>> habit_of("{ per_week = 7, }")
    "write { name = value, other = value }, without ',' at the end"
    """
    for character in text:
        if character in _QUOTES:
            return f"write straight quotes: {character} is a typographic one"
    date = _DATE.search(text)
    if date:
        day, month, year = (int(part) for part in date.groups())
        return f"write {year:04}-{month:02}-{day:02}: a date is year-month-day"
    comma = _DECIMAL_COMMA.search(text)
    if comma:
        whole, decimals = comma.groups()
        if len(decimals) == 3 and whole.lstrip("+-0"):
            number = f"{whole}{decimals}, or {whole}.{decimals}"
            return f"write {number} if ',' begins the decimals: thousands are not parted"
        return f"write {whole}.{decimals}: decimals follow a point, not ','"
    for word, right in _WORDS.items():
        if re.search(rf"(?:^|=)\s*{word}\s*(?:#|$)", text):
            return f"write {right}"
    if re.fullmatch(r"\{.*,\s*\}\s*", text, re.DOTALL):
        return "write { name = value, other = value }, without ',' at the end"
    quote = text[:1]
    if quote in ("'", '"') and text.count(quote) == 1:
        return f"write {quote} at the end too, or nowhere"
    return ""
