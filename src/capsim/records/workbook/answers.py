"""What a filled workbook says, checked; nothing is assumed here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from capsim.records.workbook.book import Book, open_book
from capsim.records.workbook.cells import (
    Cell,
    date_in,
    month_in,
    number_in,
    share_in,
    text_in,
)
from capsim.records.workbook.words import ANSWERS, TEAMS, TOTALS
from capsim.scenario.errors import Mistake, ScenarioError

__all__ = ["YEARS", "Answers", "Person", "WhatIf", "read_answers"]

YEARS = 2
"""From the date of the numbers on, as long as the simulation lasts."""


_HOURS = (3.8, 60)
"""From a tenth of a post on."""
_HOURS_NOT_FTE = "write the hours of a week: 38 for a whole post"


@dataclass(frozen=True)
class Person:
    """Somebody of the staff."""

    name: str
    hours: float
    since: datetime.date | None
    until: datetime.date | None
    """The last day."""
    team: str | None

    def is_there(self, day: datetime.date) -> bool:
        """Whether the contract runs on a day."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or self.until >= day)


@dataclass(frozen=True)
class WhatIf:
    """A line of what might be."""

    name: str
    applications: float
    posts: float
    month: datetime.date
    over: int


@dataclass(frozen=True)
class Answers:
    """All that is filled in.

    Attributes
    ----------
    file : str
    numbers : dict
        By the defined name of the cell; only those that are filled in.
    places : dict
        Cell of each, as a spreadsheet names it.
    as_of : date
    months : dict
        Applications by the first day of the month.
    staff : list of Person
    what_if : list of WhatIf
    """

    file: str
    numbers: dict[str, float]
    places: dict[str, str]
    as_of: datetime.date
    months: dict[datetime.date, float]
    staff: list[Person]
    what_if: list[WhatIf]


def read_answers(path: Path) -> Answers:
    """What a workbook says.

    Raises
    ------
    ScenarioError
        With every mistake, by sheet and cell.
    """
    book = open_book(path)
    numbers: dict[str, float] = {}
    places: dict[str, str] = {}
    as_of = None
    cells = book.answers()
    for answer in ANSWERS:
        if answer.name not in cells:
            continue
        cell = cells[answer.name]
        places[answer.name] = cell.place
        if answer.kind == "date":
            as_of = date_in(cell, book.mistakes)
            if book.is_blank(cell):
                book.mistakes.append(cell.mistake("is empty", "write the date of the numbers"))
            continue
        read = share_in if answer.kind == "share" else number_in
        value = read(cell, answer.low, answer.high, book.mistakes)
        if value is not None:
            numbers[answer.name] = value
    months = _months(book)
    staff = _staff(book)
    lines = _what_if(book, as_of, _Posts(numbers.get("posts"), staff, as_of))
    if not book.mistakes:
        _enough(numbers, months, staff, as_of, places, book)
    if book.mistakes or as_of is None:
        raise ScenarioError(dict.fromkeys(book.mistakes), book.name)
    return Answers(book.name, numbers, places, as_of, months, staff, lines)


def _enough(
    numbers: dict[str, float],
    months: dict[datetime.date, float],
    staff: list[Person],
    as_of: datetime.date | None,
    places: dict[str, str],
    book: Book,
) -> None:
    """Whether anything says how much work there is, and posts and staff go together."""
    past = [number for month, number in months.items() if as_of is not None and month < as_of]
    there = sum(person.hours / 38 for person in staff if as_of and person.is_there(as_of))
    if numbers.get("posts", there) < there - 0.005:
        book.mistakes.append(
            Mistake(
                places["posts"],
                numbers["posts"],
                f"is less than the staff of that day, {there:.3g} posts",
                "correct it, or leave it empty",
            )
        )
    if "applications_a_month" in numbers or past or "open_files" in numbers:
        return
    book.mistakes.append(
        Mistake.absent(
            places["applications_a_month"],
            "nothing says how many come",
            "write it, or the open files, or past months of applications",
        )
    )


def _needed(cells: dict[str, Cell], fields: tuple[str, ...], book: Book) -> bool:
    """Whether a row has what it needs; what is missing is a mistake."""
    for name in fields:
        if book.is_blank(cells[name]):
            book.mistakes.append(
                cells[name].mistake("is empty", "fill it in, or empty the whole line")
            )
    return all(cells[name].value is not None for name in fields)


def _months(book: Book) -> dict[datetime.date, float]:
    found: dict[datetime.date, float] = {}
    places: dict[datetime.date, str] = {}
    for cells in book.table("applications", ("month", "number")):
        if cells["number"].value is None:
            continue  # a month that is not known
        if not _needed(cells, ("month",), book):
            continue
        month = month_in(cells["month"], book.mistakes)
        number = number_in(cells["number"], 0, 1e6, book.mistakes)
        if month is None or number is None:
            continue
        if month in found:
            book.mistakes.append(
                cells["month"].mistake(f"stands in {places[month]} already", "keep one of them")
            )
        found[month], places[month] = number, cells["month"].place
    return found


def _staff(book: Book) -> list[Person]:
    found: list[Person] = []
    seen: dict[str, str] = {}
    teams = {word.lower(): team for team, words in TEAMS.items() for word in (team, *words)}
    blank: list[Cell] = []
    for cells in book.table("staff", ("name", "hours")):
        if not _needed(cells, ("name", "hours"), book):
            continue
        name = text_in(cells["name"]) or ""
        first_word, *others = name.lower().rstrip(":").split() or [""]
        if first_word in (TOTALS[:2] if others else TOTALS):
            rule = "is the sum of the others, not somebody of the staff"
            book.mistakes.append(cells["name"].mistake(rule, "empty the line"))
            continue
        hours = number_in(cells["hours"], *_HOURS, book.mistakes, _HOURS_NOT_FTE)
        since = date_in(cells["from"], book.mistakes)
        until = date_in(cells["until"], book.mistakes)
        team = None
        if cells["team"].value is None:
            blank.append(cells["team"])
        else:
            team = teams.get(str(cells["team"].value).lower())
            if team is None:
                known = ", ".join(dict.fromkeys(word for words in TEAMS.values() for word in words))
                book.mistakes.append(
                    cells["team"].mistake("is no team", f"leave it empty, or choose among {known}")
                )
        if name in seen:
            book.mistakes.append(
                cells["name"].mistake(f"stands in {seen[name]} already", "give each another name")
            )
        seen[name] = cells["name"].place
        if since is not None and until is not None and until < since:
            book.mistakes.append(cells["until"].mistake("is before the first day", "correct it"))
        if hours is not None:
            found.append(Person(name, hours, since, until, team))
    if blank and any(person.team is not None for person in found):
        book.mistakes += [
            cell.mistake("is empty, but others have a team", "give everybody one, or nobody")
            for cell in blank
        ]
    return found


@dataclass(frozen=True)
class _Posts:
    """How many posts there are: those of the first sheet, and whoever comes and goes."""

    told: float | None
    staff: list[Person]
    as_of: datetime.date | None

    def at(self, day: datetime.date) -> float | None:
        """Posts on a day, None if nothing tells."""
        if self.as_of is None or (self.told is None and not self.staff):
            return None
        now, then = (
            sum(person.hours / 38 for person in self.staff if person.is_there(one))
            for one in (self.as_of, day)
        )
        return max((self.told or 0.0) - now, 0.0) + then


def _what_if(book: Book, as_of: datetime.date | None, there: _Posts) -> list[WhatIf]:
    found: list[WhatIf] = []
    seen: dict[str, str] = {}
    for cells in book.table("what_if", ("name", "month")):
        if not _needed(cells, ("name", "month"), book):
            continue
        name = text_in(cells["name"]) or ""
        applications = number_in(cells["applications"], 0, 1e6, book.mistakes)
        posts = number_in(cells["posts"], -1000, 1000, book.mistakes)
        month = month_in(cells["month"], book.mistakes)
        over = number_in(cells["over"], 1, 120, book.mistakes)
        if over is not None and not over.is_integer():
            book.mistakes.append(cells["over"].mistake("is no whole number", "write 1, 2, 3, ..."))
            continue
        if cells["applications"].value is None and cells["posts"].value is None:
            book.mistakes.append(
                cells["applications"].mistake("changes nothing", "write applications or posts")
            )
        if month is not None and as_of is not None and month < as_of.replace(day=1):
            book.mistakes.append(
                cells["month"].mistake(f"is before the date of the numbers, {as_of}", "correct it")
            )
        last = None if as_of is None else as_of.replace(year=as_of.year + YEARS, day=1)
        if month is not None and last is not None and month >= last:
            rule = f"is after the {YEARS} years that are simulated, until {last:%Y-%m}"
            book.mistakes.append(cells["month"].mistake(rule, "write an earlier month"))
        most = None if month is None else there.at(month)
        if posts is not None and most is not None and -posts > most + 0.005:
            rule = f"takes away more than the {most:.3g} posts that there are then"
            book.mistakes.append(cells["posts"].mistake(rule, "write a smaller number"))
        if name.lower() in seen:
            book.mistakes.append(
                cells["name"].mistake(
                    f"stands in {seen[name.lower()]} already", "give each line another name"
                )
            )
        seen[name.lower()] = cells["name"].place
        if month is not None:
            found.append(WhatIf(name, applications or 0.0, posts or 0.0, month, int(over or 1)))
    return found
