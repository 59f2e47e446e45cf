"""Open files of the first day, one by one: `initial = "open.csv"`, or `initial.files`.

A row per open case. `case` is its name in all tables, `stage` where it is, `since` when it joined
that stage. Optional: `applied` (default `since`), `inflow` (default the first one), `office`,
`worker` (who keeps the case in a stage with caseworkers), `visits_done`, `last_visit` and
`next_visit`, all of them of the present stage. Times are dates (the opening of that day), dates
with a time of day, or days since the start; an empty cell is not known.
"""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from capsim.scenario.base import Count, Table, plain_table
from capsim.scenario.errors import Mistake, nearest, problem
from capsim.scenario.files.construction import current
from capsim.scenario.files.csv_files import (
    column_mistakes,
    columns_of,
    file_rows,
    first_few,
    plain_name,
)

__all__ = ["COLUMNS", "Moment", "OpenCases", "days_of", "open_text", "read_open", "with_open_cases"]

COLUMNS = (
    *("case", "stage", "since", "applied", "inflow", "office", "worker"),
    *("visits_done", "last_visit", "next_visit"),
)
REQUIRED = COLUMNS[:3]
TIMES = ("since", "applied", "last_visit", "next_visit")
_LARGEST_DAY = 4_000_000
_TIME = "write 2026-01-31, 2026-01-31 14:30 or days since the start"

Moment = datetime.datetime | datetime.date | float
"""The opening of a day, a time of day, or days since the start."""


def _moment(value: object) -> object:
    """A moment from what a file or a table says; None where nothing stands."""
    if value is None or (isinstance(value, str) and value.strip() in ("", "NaT", "nan")):
        return None
    if isinstance(value, bool):
        raise problem("is no time", _TIME)
    if isinstance(value, int | float):
        if not abs(value) <= _LARGEST_DAY:
            raise problem("is too far from the start", _TIME)
        return float(value)
    if isinstance(value, str):
        try:
            return _moment_of_text(value.strip())
        except ValueError:
            raise problem("is no time", _TIME) from None
    if isinstance(value, datetime.datetime):
        return _of_clock(value)
    if isinstance(value, datetime.date):
        return value
    raise problem("is no time", _TIME)


def _moment_of_text(text: str) -> Moment:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return _of_clock(datetime.datetime.fromisoformat(text))
    except ValueError:
        return float(_moment(float(text)))  # type: ignore[arg-type]


def _of_clock(value: datetime.datetime) -> datetime.datetime | datetime.date:
    if value.tzinfo is not None:
        raise problem("has a zone", "write the time of the office's clock, such as 14:30")
    if value.time() == datetime.time():
        return value.date()
    return value.replace(microsecond=0)


def _name(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:.15g}"
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return value.strip() if isinstance(value, str) else value


Name = Annotated[str, BeforeValidator(_name)]
OptionalName = Annotated[str | None, BeforeValidator(_name)]
Instant = Annotated[Moment, BeforeValidator(_moment)]
OptionalInstant = Annotated[Moment | None, BeforeValidator(_moment)]


class OpenCases(Table):
    """Open cases of the first day by columns of equal length, in the order of their rows."""

    file: str | None = None
    """CSV file beside the scenario from which the list was read."""
    case: Annotated[tuple[Name, ...], Field(min_length=1)]
    """Name of each case, which it bears in all tables."""
    stage: tuple[Name, ...]
    """Stage in which each is."""
    since: tuple[Instant, ...]
    """When it joined that stage."""
    applied: tuple[OptionalInstant, ...] | None = None
    """When it applied: deadlines count from there. Default `since`."""
    inflow: tuple[OptionalName, ...] | None = None
    """Inflow of each, default the first one."""
    office: tuple[OptionalName, ...] | None = None
    """Office of each; none: that of the worker, else drawn by share."""
    worker: tuple[OptionalName, ...] | None = None
    """Who has the case and keeps it, in a stage with caseworkers; their seats get these names."""
    visits_done: tuple[Count | None, ...] | None = None
    """Visits so far in the present stage."""
    last_visit: tuple[OptionalInstant, ...] | None = None
    """When the last of them ended; without it the time since then is that of a random moment."""
    next_visit: tuple[OptionalInstant, ...] | None = None
    """Appointment for the next one; without it the rest of the gap is drawn."""

    @model_validator(mode="after")
    def _check(self) -> OpenCases:
        for column in COLUMNS[1:]:
            values = getattr(self, column)
            if values is not None and len(values) != len(self.case):
                rule = f"has {len(values)} entries for {len(self.case)} cases"
                raise problem(rule, "give every case one, None where it is not known", column)
        return self

    def __len__(self) -> int:
        """Number of open cases."""
        return len(self.case)

    def column(self, name: str) -> Sequence[Any]:
        """A column, None where nothing is known."""
        values = getattr(self, name)
        return (None,) * len(self.case) if values is None else tuple(values)

    def numbers(self, first: str) -> list[tuple[tuple[str, str, str | None], int]]:
        """How many there are by stage, inflow (`first` where none is told) and office."""
        inflows = [inflow or first for inflow in self.column("inflow")]
        keys = zip(self.stage, inflows, self.column("office"), strict=True)
        return list(Counter(keys).items())

    def to_plain(self) -> Any:
        """The columns in which anything stands."""
        table = plain_table(self)
        return {
            name: values
            for name, values in table.items()
            if name == "file" or any(value is not None for value in values)
        }


def days_of(moment: Moment, start: datetime.date) -> float:
    """Calendar days from the start to a moment; a time of day is a part of its 24 hours.

    Examples
    --------
    >>> days_of(datetime.datetime(2025, 12, 31, 12), datetime.date(2026, 1, 1))
    -0.5
    """
    if isinstance(moment, datetime.datetime):
        clock = datetime.datetime.combine(start, datetime.time())
        return (moment - clock) / datetime.timedelta(days=1)
    if isinstance(moment, datetime.date):
        return float((moment - start).days)
    return moment


# -- files ---------------------------------------------------------------


def with_open_cases(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Plain data with the list of open cases read, where a file is named.

    Returns
    -------
    tuple
        The data, a list that could not be read left out, and the mistakes.
    """
    initial = raw.get("initial")
    path = "initial"
    if isinstance(initial, str):
        name, others = initial, {}
    elif isinstance(initial, Mapping) and isinstance(initial.get("files"), str):
        name, path = initial["files"], "initial.files"
        others = {key: value for key, value in initial.items() if key != "files"}
    else:
        return raw, []
    table, mistakes = read_open(current().folder or Path(), name, path)
    if table is not None:
        others["files"] = table
    return {**raw, "initial": others}, mistakes


def read_open(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A file of open cases as plain data, or the mistakes in it.

    Parameters
    ----------
    folder : Path
        Folder to which the name is relative.
    name : str
        Name as the scenario writes it.
    path : str
        Dotted path of the list, for messages.
    """
    rows, quotes, mistakes = file_rows(folder, name, path, "a header 'case,stage,since' and rows")
    if mistakes:
        return None, mistakes
    header = [cell.strip() for cell in rows[0][1]]
    known = [column for column in header if column in COLUMNS]
    if not quotes and len(known) < len(header):
        rule = "is no list of open cases, and lies outside the folder of the scenario"
        return None, [Mistake(path, name, rule, "name a CSV file of open cases")]
    mistakes = column_mistakes(header, known, COLUMNS, "a list of open cases", name, path)
    mistakes += [
        Mistake(path, f"{name}, header", f"there is no column {column!r}", "add it")
        for column in REQUIRED
        if column not in header
    ]
    if not mistakes and len(rows) == 1:
        mistakes = [Mistake(path, name, "has no open cases", "add rows below the header")]
    if mistakes:
        return None, mistakes
    table, mistakes = columns_of(rows, header, _cell, name, path, quotes)
    lines: dict[str, int] = {}
    for (line, _), case in zip(rows[1:], table["case"], strict=False):
        if case in lines:
            rule = f"stands in line {lines[case]} already"
            where = f"{name}, line {line}, case {case!r}"
            mistakes.append(Mistake(path, where, rule, "give every open case one row"))
        lines.setdefault(case, line)
    if mistakes:
        return None, first_few(mistakes, name, path)
    return {"file": plain_name(name), **table}, []


def _cell(column: str, cell: str) -> Any:
    if not cell:
        if column in REQUIRED:
            raise problem("is empty", "write it in, or take the row out")
        return None
    if column in TIMES:
        moment = _moment(cell)
        return moment.isoformat() if isinstance(moment, datetime.date) else moment
    if column == "visits_done":
        if not cell.removesuffix(".0").isdigit():
            raise problem("is no number of visits", "write 0, 1, 2, ... or leave it empty")
        return int(cell.removesuffix(".0"))
    return cell


def open_text(table: Mapping[str, Any]) -> str:
    """A list of open cases as CSV text that `read_open` reads back.

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
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()


# -- rules ---------------------------------------------------------------


class Known:
    """What a list refers to, as far as it is in order."""

    def __init__(self, scenario: Any, names: Any) -> None:
        self.start = scenario.start if names.knows_start else None
        self.stages = scenario.stages
        self.names = names
        self.shared = {name: team.shared for name, team in scenario.teams.items()}


def list_rules(scenario: Any, names: Any, path: str) -> Iterator[Mistake]:
    """Mistakes in how a list goes together with the scenario, named by case and column."""
    table: OpenCases = scenario.open_cases
    if path != "initial.files":
        yield Mistake.absent(
            path, "is a list of open cases, which is no stage's", "write initial.files"
        )
    yield from first_few(list(_list_rules(table, Known(scenario, names), path)), path, path)


def _list_rules(table: OpenCases, known: Known, path: str) -> Iterator[Mistake]:
    met: set[str] = set()
    names = known.names
    columns = {column: table.column(column) for column in COLUMNS}
    for row, case in enumerate(table.case):
        cells = {column: values[row] for column, values in columns.items()}

        def wrong(column: str, rule: str, remedy: str, cells: Any = cells) -> Mistake:
            where = f"case {cells['case']!r}, {column} {str(cells[column])!r}"
            name = f"{table.file}, " if table.file else ""
            return Mistake(path, name + where, rule, remedy)

        if case in met:
            yield wrong("case", "stands twice", "give every open case one row")
        met.add(case)
        for column, choices in (
            ("stage", names.stages),
            ("inflow", names.inflows),
            ("office", names.offices),
        ):
            value = cells[column]
            if value is not None and choices and value not in choices:
                yield wrong(column, f"there is no such {column}", nearest(value, choices))
        if known.start is not None:
            yield from _time_rules(cells, known.start, wrong)
        stage = known.stages.get(cells["stage"])
        if stage is not None:
            yield from _stage_rules(cells, stage, known, wrong)


def _time_rules(cells: Mapping[str, Any], start: datetime.date, wrong: Any) -> Iterator[Mistake]:
    days = {column: days_of(cells[column], start) for column in TIMES if cells[column] is not None}
    since = days["since"]
    if since >= 0:
        rule = f"is not before the first day, {start}"
        yield wrong("since", rule, "take out who was not open then, or begin later")
        return
    if days.get("applied", since) > since:
        yield wrong("applied", "is after since", "nobody joins a stage before applying")
    last = days.get("last_visit")
    if last is not None and not since <= last <= 0:
        yield wrong("last_visit", "is not between since and the first day", "correct the date")


def _stage_rules(cells: Mapping[str, Any], stage: Any, known: Known, wrong: Any) -> Any:
    done, worker = cells["visits_done"], cells["worker"]
    worker = worker if stage.caseworker else None
    if worker is not None and cells["office"] is None and len(known.names.offices or ()) > 1:
        if known.shared.get(stage.team) is not True:
            yield wrong("worker", "has no office", "fill in the column office")
    if stage.team is None and (done or cells["last_visit"] or cells["next_visit"]):
        yield wrong("stage", "has no visits", "leave visits_done, last_visit, next_visit empty")
    if cells["last_visit"] is not None and done == 0:
        yield wrong("last_visit", "is told, but visits_done is 0", "correct one of the two")
    if cells["next_visit"] is not None and not done and worker is None:
        rule = "nobody has this case, and no visit of it is told"
        yield wrong("next_visit", rule, "fill in visits_done or worker, or leave it empty")
