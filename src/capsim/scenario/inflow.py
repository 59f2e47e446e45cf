"""Where cases come from: rates, waves, traces, and those already there on the first day."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from capsim.scenario.base import (
    Count,
    Date,
    Growth,
    Milli,
    NonNegative,
    Priority,
    Share,
    Table,
    plain_table,
)
from capsim.scenario.burden import Burden
from capsim.scenario.errors import nearest, problem
from capsim.scenario.laws import Law
from capsim.scenario.stages import StageOverride
from capsim.scenario.teams import Seasonality
from capsim.scenario.units import DAYS_PER_MONTH, DAYS_PER_YEAR, Duration

__all__ = ["Inflow", "Initial", "InitialCases", "InitialTables", "Rate", "Trace", "Wave"]

_PERIOD_DAYS = {
    "per_day": 1.0,
    "per_week": 7.0,
    "per_month": float(DAYS_PER_MONTH),
    "per_year": float(DAYS_PER_YEAR),
}

Period = Literal["per_day", "per_week", "per_month", "per_year"]


class Rate(Table):
    """Applications per unit of calendar time, constant or in steps.

    Examples
    --------
    >>> Rate(per_week=14).steps_per_day
    ((0.0, 2.0),)
    """

    per_day: NonNegative | None = None
    """Applications in a calendar day."""
    per_week: NonNegative | None = None
    """Applications in a week."""
    per_month: NonNegative | None = None
    """Applications in a month of 30.4375 days."""
    per_year: NonNegative | None = None
    """Applications in a year of 365.25 days."""
    steps: tuple[tuple[Duration, NonNegative], ...] | None = None
    """Pairs of a time since the start and the rate from then on."""
    unit: Period | None = None
    """Unit of the rates in `steps`."""

    @model_validator(mode="after")
    def _check(self) -> Rate:
        given = [name for name in (*_PERIOD_DAYS, "steps") if getattr(self, name) is not None]
        if len(given) != 1:
            raise problem(
                "needs exactly one of per_day, per_week, per_month, per_year and steps",
                f"keep one of {', '.join(given)}" if given else "write per_month = 40, say",
            )
        if self.steps is None:
            if self.unit is not None:
                raise problem("unit belongs to steps", "leave it out", "unit")
            return self
        if self.unit is None:
            raise problem("steps need a unit", "add unit = 'per_day', say")
        if not self.steps:
            raise problem("needs at least one step", "write [['0 days', 1.2]]", "steps")
        for position, (since, _) in enumerate(self.steps):
            if since.is_workdays:
                raise problem(
                    "a step cannot be in workdays", "write calendar days", f"steps.{position}.0"
                )
        starts = [since.exact_days for since, _ in self.steps]
        if sorted(set(starts)) != starts:
            raise problem("the steps must follow in time", "sort them", "steps")
        return self

    @property
    def steps_per_day(self) -> tuple[tuple[float, float], ...]:
        """Pairs of calendar days since the start and cases per calendar day from then on."""
        if self.steps is not None:
            assert self.unit is not None
            period = _PERIOD_DAYS[self.unit]
            return tuple((since.days, rate / period) for since, rate in self.steps)
        for name, period in _PERIOD_DAYS.items():
            rate = getattr(self, name)
            if rate is not None:
                return ((0.0, rate / period),)
        raise AssertionError("a rate has exactly one form")


class Wave(Table):
    """People who become entitled on one date, or evenly over a time from it."""

    date: Date
    """Day on which they become entitled."""
    people: Count
    """How many become entitled; `take_up` of them apply."""
    over: Duration | None = None
    """Time over which they are spread evenly, default none."""


LARGEST_DAY = 4_000_000
"""Days of about ten thousand years, beyond which no recorded day lies."""


def _entry(value: object) -> object:
    if isinstance(value, bool):
        raise problem("is neither a day nor a date", "write 12.5 or 2026-01-31")
    if isinstance(value, (int, float)):
        if not abs(value) <= LARGEST_DAY:
            raise problem("is too far from the start", "write days since the start, such as 12.5")
        return float(value)
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise problem("is neither a day nor a date", "write 12.5 or 2026-01-31") from None
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise problem("is neither a day nor a date", "write 12.5 or 2026-01-31")
    return value


Entry = Annotated[datetime.date | float, BeforeValidator(_entry)]
Cell = NonNegative | None


class Trace(Table):
    """Recorded applications, one entry each, in the order of the record."""

    file: str | None = None
    """CSV file beside the scenario from which the trace was read."""
    when: tuple[Entry, ...]
    """Dates, or calendar days since the start."""
    office: tuple[str | None, ...] | None = None
    """Office of each; none: by share."""
    work: dict[str, tuple[Cell, ...]] = Field(default_factory=dict)
    """Hours of client work of each visit, by stage; none: drawn."""
    stay: dict[str, tuple[Cell, ...]] = Field(default_factory=dict)
    """Days of the stay, by stage; none: drawn."""
    patience: dict[str, tuple[Cell, ...]] = Field(default_factory=dict)
    """Days of patience, by stage; none: drawn."""

    def to_plain(self) -> Any:
        """A bare list unless there is more than the entries."""
        table = plain_table(self)
        return table["when"] if set(table) == {"when"} else table

    def __len__(self) -> int:
        """Number of recorded applications."""
        return len(self.when)

    def days(self, start: datetime.date) -> tuple[float, ...]:
        """Calendar days since `start` of each entry; negative before it."""
        return tuple(
            float((entry - start).days) if isinstance(entry, datetime.date) else entry
            for entry in self.when
        )


def _trace(value: Any) -> Any:
    return {"when": value} if isinstance(value, (list, tuple)) else value


class Inflow(Table):
    """Applications of one kind."""

    enter: str | None = None
    """Stage in which they start, default the first one."""
    priority: Priority = 0
    """Lower is served first."""
    case_weight: Milli = 1.0
    """Weight of a case in the caseload."""
    burden: Burden | None = None
    """Factor on all client work of a case, drawn once per case, with mean 1; default 1 for all."""
    rate: Rate | None = None
    """Applications per unit of time, a Poisson process."""
    seasonality: Seasonality | None = None
    """Factors of the rate by calendar month, January to December, not normalised."""
    growth: Growth = 0.0
    """Growth of the rate in a year, compounding."""
    take_up: Share = 1.0
    """Share of the people of a wave who apply."""
    lag: Law | None = None
    """Calendar time from entitlement to application, for waves."""
    waves: dict[str, Wave] = Field(default_factory=dict)
    """Waves by name."""
    trace: Annotated[Trace, BeforeValidator(_trace)] | None = None
    """Recorded applications: a list of days or dates, or the name of a CSV file."""
    stages: dict[str, StageOverride] = Field(default_factory=dict)
    """What these cases have differently at a stage."""


def _kind_of_number(value: object) -> str:
    return "steady" if isinstance(value, str) else "number"


def _steady(value: object) -> object:
    if value != "steady":
        raise problem(
            "must be a whole number or 'steady'", nearest(value, ["steady"]) or "write 60, say"
        )
    return value


class Initial(Table):
    """Cases already in a stage on the first day."""

    cases: Annotated[
        Annotated[Count, Tag("number")]
        | Annotated[Literal["steady"], BeforeValidator(_steady), Tag("steady")],
        Discriminator(_kind_of_number),
    ]
    """How many there are; "steady": as many as theory expects at the load of the first day."""
    inflow: str | None = None
    """Inflow to which they belong, default the first one; of "steady" ones default all."""
    age: Law | None = None
    """Time since their application; without it they have no deadline."""


class InitialCases(NamedTuple):
    """Cases of one inflow in one stage on the first day, their number known."""

    stage: str
    inflow: str
    office: str | None
    """None: each case has an office drawn by the shares of the offices."""
    cases: int
    age: Law | None


InitialTables = Annotated[
    Annotated[Initial, Tag("one")]
    | Annotated[tuple[Initial, ...], Field(min_length=1), Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, (list, tuple)) else "one"),
]
"""Cases of one inflow, or a list of several, an entry for each inflow."""
