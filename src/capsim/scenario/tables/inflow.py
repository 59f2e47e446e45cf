"""Where cases come from: rates, waves, traces, and those already there on the first day."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
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
    is_iso_date,
    plain_table,
)
from capsim.scenario.errors import nearest, problem
from capsim.scenario.laws.counts import AbstractCountLaw, Visits
from capsim.scenario.laws.durations import AbstractLaw, Law
from capsim.scenario.tables.burden import Burden
from capsim.scenario.tables.open_cases import OpenCases
from capsim.scenario.tables.periods import Counts, counts_or_rows
from capsim.scenario.tables.stages import StageOverride
from capsim.scenario.tables.teams import Seasonality
from capsim.scenario.units import DAYS_PER_MONTH, DAYS_PER_YEAR, Duration

__all__ = ["Inflow", "Initial", "InitialCases", "InitialTables", "Rate", "Trace", "Wave"]

_PERIOD_DAYS = {
    "per_day": 1.0,
    "per_week": 7.0,
    "per_month": float(DAYS_PER_MONTH),
    "per_year": float(DAYS_PER_YEAR),
}

Weekdays = Annotated[tuple[NonNegative, ...], Field(min_length=7, max_length=7)]
"""Seven factors, Monday to Sunday."""

MOST_DISPERSED = 1_000.0

Dispersion = Annotated[float, Field(strict=True, ge=1, le=MOST_DISPERSED, allow_inf_nan=False)]
"""Variance over mean of a count."""

Period = Literal["per_day", "per_week", "per_month", "per_year"]


def _since(value: object) -> object:
    if isinstance(value, str) and is_iso_date(value):
        return datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    return Duration.parse(value)


Since = Annotated[datetime.date | Duration, BeforeValidator(_since)]
"""A date, or a time since the start."""


class Rate(Table):
    """Applications per unit of calendar time, constant or in steps.

    Examples
    --------
    >>> Rate(per_week=14).steps_per_day(datetime.date(2026, 1, 1))
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
    steps: tuple[tuple[Since, NonNegative], ...] | None = None
    """Pairs of a date, or a time since the start, and the rate from then on."""
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
        dates: list[datetime.date] = []
        starts: list[Any] = []
        for position, (since, _) in enumerate(self.steps):
            if isinstance(since, datetime.date):
                dates.append(since)
                continue
            if since.is_workdays:
                raise problem(
                    "a step cannot be in workdays", "write calendar days", f"steps.{position}.0"
                )
            starts.append(since.exact_days)
        if dates and starts:
            raise problem("mixes dates and times since the start", "write dates only", "steps")
        starts = starts or dates
        if sorted(set(starts)) != starts:
            raise problem("the steps must follow in time", "sort them", "steps")
        return self

    def steps_per_day(self, start: datetime.date) -> tuple[tuple[float, float], ...]:
        """Pairs of calendar days since `start` and cases per calendar day from then on.

        Of steps at dates up to the start the last one holds from it.
        """
        if self.steps is not None:
            assert self.unit is not None
            period = _PERIOD_DAYS[self.unit]
            pairs = [
                (
                    float((since - start).days) if isinstance(since, datetime.date) else since.days,
                    rate / period,
                )
                for since, rate in self.steps
            ]
            begun = sum(day <= 0 for day, _ in pairs)
            return tuple((max(day, 0.0), rate) for day, rate in pairs[max(begun - 1, 0) :])
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
    take_up: Share | None = None
    """Share of these people who apply, default that of the inflow."""
    lag: Law | None = None
    """Calendar time from entitlement to application, default that of the inflow."""
    ahead: Duration | None = None
    """The lag counts from so long before the date, but not from before the start."""
    notice: Duration | None = None
    """It is announced so long before its date; `changes` may be decided on that day."""


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
    weekdays: Weekdays | None = None
    """Factors of applications by weekday, Monday first; only their proportions count."""
    counts: Annotated[Counts, BeforeValidator(counts_or_rows)] | None = None
    """Applications expected in each month, week or day: a table, or the name of a CSV file."""
    counts_exact: bool = False
    """Exactly so many as `counts` says, at chance instants; default a Poisson number around it."""
    dispersion: Dispersion = 1.0
    """Variance over mean of the numbers of a week; 1 is Poisson."""
    together: Visits | None = None
    """How many apply at once, such as families: a number or a law. Rate and counts are people's."""
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

    def take_up_of(self, wave: Wave) -> float:
        """Share of the people of a wave who apply."""
        return self.take_up if wave.take_up is None else wave.take_up

    def lag_of(self, wave: Wave) -> AbstractLaw | None:
        """Law of the lag of a wave, None if they apply at once."""
        return self.lag if wave.lag is None else wave.lag

    @model_validator(mode="after")
    def _check(self) -> Inflow:
        if self.weekdays is not None and not sum(self.weekdays):
            raise problem("all are 0", "write the days on which people apply", "weekdays")
        if isinstance(self.together, AbstractCountLaw) and self.together.growth:
            raise problem("a group has no growth", "let the rate grow", "together.growth")
        if self.counts_exact and self.counts is not None:
            for field, none in (("dispersion", 1.0), ("together", None)):
                if self.rate is None and getattr(self, field) != none:
                    raise problem(
                        "exact counts leave nothing to it",
                        f"remove it, or leave counts_exact out so that {field} applies",
                        field,
                    )
            for position, count in enumerate(self.counts.count):
                if not float(count).is_integer():
                    raise problem(
                        "an exact number is a whole one",
                        "write a whole number, or leave counts_exact out",
                        f"counts.count.{position}",
                    )
        return self


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
    is_listed: bool = False
    """Whether they are those of a list of open cases."""


def _kind_of_initial(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "several"
    is_list = isinstance(value, OpenCases) or (isinstance(value, Mapping) and "case" in value)
    return "list" if is_list else "one"


InitialTables = Annotated[
    Annotated[Initial, Tag("one")]
    | Annotated[tuple[Initial, ...], Field(min_length=1), Tag("several")]
    | Annotated[OpenCases, Tag("list")],
    Discriminator(_kind_of_initial),
]
"""Cases of one inflow, or a list of several, an entry for each inflow; open cases one by one."""
