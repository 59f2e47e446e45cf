"""Workers of a team by name: `teams.T.workers = "staff.csv"`.

A row per worker. `name` is who it is in all tables; `fte`, or `hours` a week. Optional: `from` and
`until` (the first day, and the first day without; empty: before the start, and to the end) and
`office`, where a team has a copy in each. Each has a seat of that size; what `fte` of the team has
beyond them on the first day are seats without a name.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from capsim.scenario.base import Date, Positive, Table, as_date, plain_table
from capsim.scenario.errors import Mistake, problem
from capsim.scenario.files.construction import current
from capsim.scenario.files.csv_files import (
    column_mistakes,
    columns_of,
    file_rows,
    first_few,
    plain_name,
)
from capsim.scenario.tables.calendar import Calendar

__all__ = [
    "COLUMNS",
    "NamedWorker",
    "Workers",
    "hours_of_week",
    "read_workers",
    "with_workers",
    "worker_rules",
    "workers_text",
]

COLUMNS = ("name", "fte", "hours", "from", "until", "office")
_MOST_FTE = 2.0
"""Of one worker; more is a slip of the pen."""


def _name(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:.15g}"
    return value.strip() if isinstance(value, str) else value


def _nothing(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in ("", "NaT", "nan") else value


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1)]
OptionalSize = Annotated[Positive | None, BeforeValidator(_nothing)]
OptionalDate = Annotated[Date | None, BeforeValidator(_nothing)]
OptionalName = Annotated[str | None, BeforeValidator(_nothing)]


class NamedWorker(NamedTuple):
    """One worker of a list, with the FTE of the contract."""

    name: str
    fte: float
    since: datetime.date | None
    until: datetime.date | None
    office: str | None

    def is_there(self, day: datetime.date) -> bool:
        """Whether the contract runs on a day."""
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day < self.until)


class Workers(Table):
    """Workers of a team by columns of equal length, in the order of their seats."""

    file: str | None = None
    """CSV file beside the scenario from which the list was read."""
    name: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Who each is, in all tables: OFFICE/TEAM/NAME."""
    fte: tuple[OptionalSize, ...] | None = None
    """Full-time equivalents of the contract."""
    hours: tuple[OptionalSize, ...] | None = None
    """Hours a week of the contract, where no FTE are told."""
    from_: tuple[OptionalDate, ...] | None = Field(default=None, alias="from")
    """First day; none: there at the start."""
    until: tuple[OptionalDate, ...] | None = None
    """First day without; none: to the end."""
    office: tuple[OptionalName, ...] | None = None
    """Where, if the team has a copy in each office."""

    @model_validator(mode="after")
    def _check(self) -> Workers:
        for column in COLUMNS[1:]:
            values = getattr(self, "from_" if column == "from" else column)
            if values is not None and len(values) != len(self.name):
                rule = f"has {len(values)} entries for {len(self.name)} workers"
                raise problem(rule, "give every worker one, None where it is not known", column)
        return self

    def named(self, week: float) -> list[NamedWorker]:
        """Each worker; `week` are the hours of a full-time one."""
        nothing = (None,) * len(self.name)
        fte, hours = self.fte or nothing, self.hours or nothing
        rows = zip(
            self.name, fte, hours, self.from_ or nothing, self.until or nothing,
            self.office or nothing, strict=True,
        )  # fmt: skip
        return [
            NamedWorker(name, own if own is not None else (h or 0.0) / week, since, until, office)
            for name, own, h, since, until, office in rows
        ]

    def to_plain(self) -> Any:
        """The columns in which anything stands; TOML has no word for nothing but an empty text."""
        return {
            name: values if name == "file" else ["" if value is None else value for value in values]
            for name, values in plain_table(self).items()
            if name == "file" or any(value is not None for value in values)
        }


def hours_of_week(calendar: Calendar) -> float:
    """Hours of a full-time week."""
    return calendar.office_hours * calendar.workdays_per_week


# -- files ---------------------------------------------------------------


def with_workers(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Plain data with every list of workers read, and `fte` from it where it is not written.

    Returns
    -------
    tuple
        The data, a list that could not be read left out, and the mistakes.
    """
    teams = raw.get("teams")
    if not isinstance(teams, Mapping):
        return raw, []
    mistakes: list[Mistake] = []
    changed = {}
    for team, table in teams.items():
        if isinstance(table, Mapping) and "workers" in table:
            workers = table["workers"]
            if isinstance(workers, str):
                path = f"teams.{team}.workers"
                workers, found = read_workers(current().folder or Path(), workers, path)
                mistakes += found
            rest = {key: value for key, value in table.items() if key != "workers"}
            table = rest if workers is None else {**rest, "workers": workers}
            if "fte" not in table and "places" not in table:
                table = {"fte": _first_day(raw, workers), **table}
        changed[team] = table
    return {**raw, "teams": changed}, mistakes


def _first_day(raw: Mapping[str, Any], workers: Any) -> float:
    """FTE of those who are there on the first day; 1 while something else is wrong."""
    try:
        calendar = Calendar.model_validate(raw.get("calendar", {}))
        start = as_date(raw.get("start"))
        people = Workers.model_validate(workers).named(hours_of_week(calendar))
    except (ValidationError, ValueError):
        return 1.0
    return round(sum(person.fte for person in people if person.is_there(start)), 9)


def read_workers(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A file of workers as plain data, or the mistakes in it.

    Parameters
    ----------
    folder : Path
        Folder to which the name is relative.
    name : str
        Name as the scenario writes it.
    path : str
        Dotted path of the list, for messages.
    """
    rows, quotes, mistakes = file_rows(folder, name, path, "a header 'name,fte' and rows")
    if mistakes:
        return None, mistakes
    header = [cell.strip() for cell in rows[0][1]]
    known = [column for column in header if column in COLUMNS]
    if not quotes and len(known) < len(header):
        rule = "is no list of workers, and lies outside the folder of the scenario"
        return None, [Mistake(path, name, rule, "name a CSV file of workers")]
    mistakes = column_mistakes(header, known, COLUMNS, "a list of workers", name, path)
    if "name" not in header:
        mistakes.append(Mistake(path, f"{name}, header", "there is no column 'name'", "add it"))
    if not {"fte", "hours"} & set(header):
        rule = "has neither fte nor hours"
        mistakes.append(Mistake(path, f"{name}, header", rule, "add the column fte, or hours"))
    if not mistakes and len(rows) == 1:
        mistakes = [Mistake(path, name, "has no workers", "add rows below the header")]
    if mistakes:
        return None, mistakes
    table, mistakes = columns_of(rows, header, _cell, name, path, quotes)
    if mistakes:
        return None, first_few(mistakes, name, path)
    return {"file": plain_name(name), **table}, []


def _cell(column: str, cell: str) -> Any:
    if not cell:
        if column == "name":
            raise problem("is empty", "write a name or a code, or take the row out")
        return ""
    if column in ("from", "until"):
        return as_date(cell).isoformat()
    if column in ("fte", "hours"):
        try:
            return float(cell.replace(",", ".", 1))
        except ValueError:
            raise problem("is no number", "write 0.8, say") from None
    return cell


def workers_text(table: Mapping[str, Any]) -> str:
    """A list of workers as CSV text that `read_workers` reads back.

    Parameters
    ----------
    table : mapping
        Plain data of the list.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [column for column in COLUMNS if column in table]
    writer.writerow(columns)
    for row in zip(*(table[column] for column in columns), strict=True):
        writer.writerow(row)
    return text.getvalue()


# -- rules ---------------------------------------------------------------


def worker_rules(
    workers: Workers,
    people: Sequence[NamedWorker],
    path: str,
    offices: Sequence[str] | None,
    needs_office: bool,
    smallest: float,
) -> Iterator[Mistake]:
    """Mistakes of a list by itself, by worker.

    Parameters
    ----------
    workers : Workers
    people : sequence of NamedWorker
        Its rows.
    path : str
        Its dotted path.
    offices : sequence of str or None
        Those of the service, if they are known.
    needs_office : bool
        Whether the team has several copies.
    smallest : float
        FTE of the smallest worker.
    """
    nothing = (None,) * len(people)
    yield from first_few(
        list(_rules(workers, people, path, offices, needs_office, smallest, nothing)), path, path
    )


def _rules(
    workers: Workers,
    people: Sequence[NamedWorker],
    path: str,
    offices: Sequence[str] | None,
    needs_office: bool,
    smallest: float,
    nothing: tuple[None, ...],
) -> Iterator[Mistake]:
    seen: set[tuple[str, str | None]] = set()
    told = zip(workers.fte or nothing, workers.hours or nothing, strict=True)
    file = f"{workers.file}, " if workers.file else ""
    for person, (fte, hours) in zip(people, told, strict=True):
        where = f"{file}worker {person.name!r}"
        if (person.name, person.office) in seen:
            yield Mistake(path, where, "stands twice", "give every worker a row and a name")
        seen.add((person.name, person.office))
        if "/" in person.name:
            yield Mistake(path, where, "has a / in the name", "write the name alone")
        if (fte is None) == (hours is None):
            yield Mistake(path, where, "needs fte or hours, one of them", "write one of both")
        elif not smallest - 1e-9 <= person.fte <= _MOST_FTE:
            rule = f"has {person.fte:.3g} FTE, not between {smallest} and {_MOST_FTE:g}"
            yield Mistake(path, where, rule, "correct fte or hours")
        if person.since and person.until and person.until <= person.since:
            yield Mistake(path, where, "is gone before the first day", "correct from or until")
        if person.office is not None and offices and person.office not in offices:
            rule = f"there is no office {person.office!r}"
            yield Mistake(path, where, rule, f"write one of {', '.join(list(offices)[:8])}")
        elif person.office is None and needs_office:
            yield Mistake(path, where, "has no office", "fill in the column office")
