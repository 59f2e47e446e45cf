"""What a report says, and how numbers and dates look, in one of its languages.

`languages/` has a table for each language that a translator can edit: sentences by key, the words
for every measure, and the form of numbers and dates. A test finds what is missing.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from capsim.catalogue import measure_named, shown
from capsim.reporting.markup.html import name

__all__ = ["LANGUAGES", "Words", "words_in"]

LANGUAGES = ("nl", "fr", "en")
"""The languages that there are."""

_OVER = re.compile(r"share_over_([0-9.e+]+)_days")


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Attributes
    ----------
    language : str
    table : mapping
        As the file has it.
    """

    language: str
    table: Mapping[str, Any]

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence of a key, with the values in their places.

        Raises
        ------
        KeyError
            If there is no such sentence.
        """
        part: Any = self.table
        for step in key.split("."):
            part = part[step]
        return str(part).format(**values)

    def several(self, key: str, count: int, /, **values: object) -> str:
        """The sentence of `key.one` or `key.many`, with the count in its form."""
        form = "one" if count == 1 else "many"
        return self(f"{key}.{form}", count=self.whole(count), **values)

    # -- measures ---------------------------------------------------------------

    def title(self, measure: str) -> str:
        """Name of a measure that a head of service understands."""
        over = _OVER.fullmatch(measure)
        if over is not None:
            return self("measures.share_over.named", days=self.local(over[1]))
        entry = self.table["measures"].get(measure)
        return measure_named(measure).title if entry is None else str(entry["title"])

    def meaning(self, measure: str) -> str:
        """One sentence: what is measured, and where the number could mislead."""
        entry = self.table["measures"].get("share_over" if _OVER.fullmatch(measure) else measure)
        if entry is not None:
            return str(entry["meaning"])
        if measure_named(measure).of == "run":
            return self("own_measure")
        return measure_named(measure).explanation

    # -- numbers ---------------------------------------------------------------

    def local(self, text: str) -> str:
        """A number that was written as 1,234.5 in the form of the language."""
        form = self.table["form"]
        swap = {",": form["thousands"], ".": form["decimal"], "-": "\u2212"}
        return "".join(swap.get(sign, sign) for sign in text)

    def whole(self, count: float) -> str:
        """A whole number."""
        return self.local(f"{count:,.0f}")

    def plain(self, value: float) -> str:
        """A number as short as it is."""
        return self.local(f"{value:,.6g}")

    def value(self, measure: str, value: float, start: datetime.date | None = None) -> str:
        """A value in its unit, rounded as in every print; days of the calendar as dates."""
        unit = measure_named(measure).unit
        if math.isnan(value):
            return self("none")
        if value == math.inf:
            return self("not_reached")
        if unit == "day" and start is not None:
            return self.date(start + datetime.timedelta(days=int(value)))
        text = self._number(shown.number(value, unit))
        return self("form.days", days=text) if unit == "days" else text

    def interval(
        self, measure: str, lower: float, upper: float, start: datetime.date | None = None
    ) -> str:
        """An interval in the unit of its measure."""
        if math.isnan(lower) or math.isnan(upper) or lower == -math.inf:
            return self("no_interval")
        if lower == math.inf:
            return self("not_reached")
        first = self.value(measure, lower, start)
        if measure_named(measure).unit == "days" and math.isfinite(upper):
            first = self._number(shown.number(lower, "days"))
        return self("form.range", lower=first, upper=self.value(measure, upper, start))

    def difference(self, measure: str, middle: float, lower: float, upper: float) -> str:
        """A difference with half of its interval; shares in points of a hundred."""
        if not math.isfinite(middle):
            return self("none")
        if middle == lower == upper == 0:
            return self("the_same")
        text = shown.estimate(measure, middle, lower, upper, signed=True)
        text = self._number(text.removesuffix(" pt"))
        return self("form.points", number=text) if measure_named(measure).unit == "share" else text

    def _number(self, text: str) -> str:
        if text.endswith(" %"):
            return self("form.percent", number=self.local(text.removesuffix(" %")))
        return self.local(text)

    def share(self, share: float) -> str:
        """A share in hundredths, as a whole number."""
        return self("form.percent", number=self.local(f"{100 * share:.0f}"))

    # -- dates ---------------------------------------------------------------

    def date(self, day: datetime.date) -> str:
        """A day, such as 1 May 2026."""
        form = self.table["form"]
        number = form["first"] if day.day == 1 else str(day.day)
        month = form["months"][day.month - 1]
        return str(form["date"]).format(day=number, month=month, year=day.year)

    def month(self, day: datetime.date) -> str:
        """A month, such as May 2026."""
        return f"{self.table['form']['months'][day.month - 1]} {day.year}"

    def short_month(self, day: datetime.date) -> str:
        """A month where there is little room."""
        return f"{self.table['form']['short_months'][day.month - 1]} {day.year}"

    # -- lists ---------------------------------------------------------------

    def listed(self, texts: list[str]) -> str:
        """Texts with commas, and a word before the last."""
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {self('form.and')} {texts[-1]}"

    def place(self, kind: str, of: str) -> str:
        """A stage or a team, by its name."""
        if kind not in ("stage", "team", "exit"):
            return self("place.run")
        return self(f"place.{kind}", name=name(of))


@functools.cache
def words_in(language: str) -> Words:
    """The words of a language.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> words_in("nl").value("late_share", 0.3921)
    '39,2%'
    >>> words_in("en").date(datetime.date(2026, 5, 1))
    '1 May 2026'
    """
    if language not in LANGUAGES:
        *some, last = map(repr, LANGUAGES)
        raise ValueError(f"language = {language!r} must be {', '.join(some)} or {last}")
    file = resources.files("capsim.reporting").joinpath("languages", f"{language}.toml")
    return Words(language, tomllib.loads(file.read_text(encoding="utf-8")))
