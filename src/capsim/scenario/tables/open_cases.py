"""Open files of the first day, one by one: `initial = "open.csv"`, or `initial.files`.

A row per open case. `case` is its name in all tables, `stage` where it is, `since` when it joined
that stage. Optional: `applied` (default `since`), `inflow` (default the first one), `office`,
`worker` (who keeps the case in a stage with caseworkers), `visits_done`, `last_visit` and
`next_visit`, all of them of the present stage. Times are dates (the opening of that day), dates
with a time of day, or days since the start; an empty cell is not known.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from capsim.scenario.base import Count, Table, plain_table
from capsim.scenario.errors import problem

__all__ = ["COLUMNS", "REQUIRED", "TIMES", "Moment", "OpenCases", "days_of", "moment_of"]

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


def moment_of(value: object) -> object:
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
        return float(moment_of(float(text)))  # type: ignore[arg-type]


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
Instant = Annotated[Moment, BeforeValidator(moment_of)]
OptionalInstant = Annotated[Moment | None, BeforeValidator(moment_of)]


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
