"""Teams: equal seats, changes of staff, onboarding, absence and turnover."""

from __future__ import annotations

import datetime
import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from capsim.scenario.base import (
    Date,
    Milli,
    MilliShare,
    NonNegative,
    Number,
    Share,
    Table,
    as_date,
)
from capsim.scenario.laws.durations import Fixed, Law
from capsim.scenario.tables.calendar import Weekday
from capsim.scenario.tables.workers import Workers
from capsim.scenario.units import Duration

__all__ = ["Absence", "Change", "Onboarding", "Strain", "Team", "Turnover", "seats_of"]

Seasonality = Annotated[tuple[NonNegative, ...], Field(min_length=12, max_length=12)]
"""Twelve factors, January to December."""


def _decided(value: object) -> object:
    if isinstance(value, str) and "." in value:
        return value
    return as_date(value)


Decided = Annotated[datetime.date | str, BeforeValidator(_decided)]
"""A day, or "INFLOW.WAVE"."""


class Change(Table):
    """FTE, or places, added to or taken from a team at a date, or some time after a decision."""

    at: Date | None = None
    """Day on which it takes effect; or `decided` and `lead`."""
    decided: Decided | None = None
    """Day of the decision, which may precede the start; or a wave, as in "reform.january", on whose
    announcement it is decided."""
    lead: Law | None = None
    """Time from the decision until the seats are filled, default none; each seat draws its own."""
    add: Number
    """FTE, or places; below zero they go, highest seats first."""
    filled: Share = 1.0
    """Share of the posts for which somebody is ever found."""
    offices: tuple[str, ...] | None = None
    """Offices among which the seats are dealt, default all."""

    @property
    def fixed_lead(self) -> Duration | None:
        """The lead if it is one duration for all seats."""
        lead = self.lead
        if isinstance(lead, Fixed) and lead.plus is None and lead.growth == 0:
            return lead.mean
        return None

    @property
    def drawn_lead(self) -> Law | None:
        """The law of which each seat draws its own lead, if it is one."""
        return None if self.fixed_lead is not None else self.lead


class Onboarding(Table):
    """Everyone hired after the first day works slower for a time."""

    length: Duration
    """Calendar time that it takes."""
    rate: MilliShare
    """Speed and room during onboarding, as a share of the full one."""


class Absence(Table):
    """A kind of absence."""

    spells_per_year: NonNegative
    """Spells in a year of presence."""
    length: Law
    """Calendar length of a spell."""
    seasonality: Seasonality | None = None
    """Factors of the rate, January to December."""


class Strain(Table):
    """Leaving rises with the load of the worker: (load / norm) ** elasticity, above the norm."""

    norm: Milli
    """Weighted open cases per FTE above which more leave."""
    elasticity: Annotated[float, Field(strict=True, gt=0, le=20, allow_inf_nan=False)]
    """Power of load / norm; nobody leaves more than ten times as often."""


class Turnover(Table):
    """Workers who leave and are replaced."""

    per_year: NonNegative
    """Rate of leaving, in a year of employment."""
    vacancy: Law
    """Calendar time until the seat is filled again."""
    load: Strain | None = None
    """How leaving rises with the load, in a team with a caseworker stage; default not at all."""


Days = tuple[Weekday, ...]


def _one_or_several(value: Any) -> str:
    several = isinstance(value, list | tuple) and any(isinstance(x, list | tuple) for x in value)
    return "several" if several else "one"


Weekdays = Annotated[
    Annotated[Days, Tag("one")] | Annotated[tuple[Days, ...], Tag("several")],
    Discriminator(_one_or_several),
]
"""Days of the week, or several lists of them."""


class Team(Table):
    """A team of equal seats, or of places."""

    fte: NonNegative | None = None
    """Contract full-time equivalents on the first day, default those of `workers`; or `places`."""
    workers: Workers | None = None
    """Workers by name, or the CSV file with them; what `fte` has beyond them has no names."""
    places: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] | None = None
    """Places on the first day instead of `fte`: beds, rooms, day places. A stage of it has `stay`
    and no `work`."""
    worker_fte: Annotated[float, Field(strict=True, gt=0, le=1000, allow_inf_nan=False)] = 1.0
    """Contract of one worker."""
    client_share: MilliShare = 1.0
    """Share of the hours at work that reaches clients."""
    caseload_limit: Milli | None = None
    """Weighted open cases per FTE; without it no limit."""
    discipline: Literal["fifo", "deadline", "returning_first"] = "fifo"
    """Order of service within equal priorities."""
    shared: bool | tuple[tuple[str, ...], ...] = False
    """True: one copy for all offices; or clusters of offices that share one copy each."""
    weekdays: Weekdays | None = None
    """Days on which its workers work, full hours as far as their FTE reaches; several lists are
    dealt to the seats in turn. Default: every open day, more slowly by less than 1 FTE."""
    changes: dict[str, Change] = Field(default_factory=dict)
    """Dated changes of FTE."""
    onboarding: Onboarding | None = None
    """How new colleagues begin, default at full speed."""
    absence: dict[str, Absence] = Field(default_factory=dict)
    """Kinds of absence by name; they never overlap."""
    turnover: Turnover | None = None
    """How often workers leave and are replaced, default never."""
    handover_after: Duration | None = None
    """An absence that will last longer hands its cases over at once; default never."""

    @property
    def cases_per_fte(self) -> float | None:
        """Weighted cases that one FTE has room for, None without a limit; a place has one."""
        return self.caseload_limit if self.places is None else 1.0

    @property
    def size(self) -> float:
        """FTE or places on the first day."""
        return float(self.fte or 0.0) if self.places is None else float(self.places)

    def seats(self, size: float) -> tuple[int, float]:
        """How many seats, of how much each, so many FTE or places are: places are one seat.

        Examples
        --------
        >>> Team(fte=3).seats(2.5), Team(places=120).seats(120)
        ((3, 0.8333333333333334), (1, 120.0))
        """
        return seats_of(size, self.worker_fte) if self.places is None else (1, float(size))

    @property
    def patterns(self) -> tuple[tuple[Weekday, ...], ...]:
        """The lists of working days that are dealt to the seats; none if they work every day."""
        days: Any = self.weekdays
        if days is None:
            return ()
        return tuple(days) if days and isinstance(days[0], tuple) else (days,)


def seats_of(fte: float, worker_fte: float) -> tuple[int, float]:
    """Number of equal seats and the FTE of each.

    Examples
    --------
    >>> n, each = seats_of(1.8, 0.8)
    >>> n, round(each, 3)
    (3, 0.6)
    """
    if fte <= 0:
        return 0, 0.0
    n = max(1, math.ceil(round(fte / worker_fte, 9)))
    return n, fte / n
