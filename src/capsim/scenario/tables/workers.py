"""Workers of a team by name: `teams.T.workers = "staff.csv"`.

A row per worker. `name` is who it is in all tables; `fte`, or `hours` a week. Optional: `from` and
`until` (the first day, and the first day without; empty: before the start, and to the end) and
`office`, where a team has a copy in each. Each has a seat of that size; what `fte` of the team has
beyond them on the first day are seats without a name.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from capsim.scenario.base import Date, Positive, Table, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.tables.calendar import Calendar

__all__ = ["COLUMNS", "NamedWorker", "Workers", "hours_of_week"]

COLUMNS = ("name", "fte", "hours", "from", "until", "office")


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
