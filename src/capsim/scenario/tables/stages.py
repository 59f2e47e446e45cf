"""Stages: what happens to a case, by whom, how often, and where it goes next."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from capsim.scenario.base import Count, Date, Milli, Priority, Share, Table, plain_table
from capsim.scenario.errors import problem
from capsim.scenario.laws.counts import Visits
from capsim.scenario.laws.durations import Fixed, Law, WorkLaws
from capsim.scenario.units import Duration

__all__ = [
    "Closing",
    "Closure",
    "Deadline",
    "Decision",
    "Destinations",
    "NoShow",
    "Room",
    "Stage",
    "StageFields",
    "StageOverride",
]


class Closure(Table):
    """Days on which nothing is held."""

    from_: Date = Field(alias="from")
    """First of these days."""
    until: Date
    """First day after them."""

    def includes(self, day: datetime.date) -> bool:
        """Whether a day is one of them."""
        return self.from_ <= day < self.until


def _day_or_days(value: Any) -> str:
    return "days" if isinstance(value, Mapping | Closure) else "day"


def _closed(value: Any) -> Any:
    return (value,) if isinstance(value, str | datetime.date | Mapping) else value


Closed = Annotated[
    Annotated[Closure, Tag("days")] | Annotated[Date, Tag("day")],
    Discriminator(_day_or_days),
]
"""A date, or a table of days."""


class Decision(Table):
    """Meetings at which finished files are decided."""

    every: Duration | None = None
    """Rhythm in whole days, weeks, workdays, months or years; or `dates`."""
    first: Date | None = None
    """First meeting of the rhythm, default the start."""
    dates: tuple[Date, ...] | None = None
    """The meetings one by one."""
    closed: Annotated[tuple[Closed, ...], BeforeValidator(_closed)] = ()
    """Days on which no meeting is held: dates, or tables with `from` and `until` (exclusive)."""
    places: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] | None = None
    """Most files decided at a meeting; without it no limit."""
    urgent: Share = 0.0
    """Share decided at once of the files whose next meeting falls after their deadline."""

    def is_held(self, day: datetime.date) -> bool:
        """Whether a meeting that falls on a day is held."""
        return not any(
            closed.includes(day) if isinstance(closed, Closure) else closed == day
            for closed in self.closed
        )


class Deadline(Table):
    """Legal time limit of a stage; a bare duration is one from the entry stage to the end."""

    within: Duration
    """Time allowed."""
    from_: str | None = Field(default=None, alias="from")
    """Stage to which coming back starts the clock anew, default the entry stage of the inflow;
    until then the clock counts from the application."""
    until: Literal["start", "end"] = "end"
    """"start" of the first visit, or "end" of the stage, meeting included."""
    on_return: Literal["restart", "continue"] | None = None
    """What coming back to `from` does to the clock: "restart" it, as a new application does, or let
    it "continue", as for a missed appointment or a file sent back; default "restart"."""

    def to_plain(self) -> Any:
        """The duration alone unless there is more to say."""
        table = plain_table(self)
        return table["within"] if len(table) == 1 else table


class Closing(Table):
    """After each visit the case may close, more often in a lighter caseload."""

    probability: Annotated[float, Field(strict=True, gt=0, le=1)]
    """Chance to close after a visit while the load does not exceed the norm."""
    norm: Milli | None = None
    """Weighted open cases per FTE above which the chance changes."""
    elasticity: Annotated[float, Field(strict=True, ge=-20, le=20, allow_inf_nan=False)] = 0.0
    """Power of load / norm, usually below 0."""


class NoShow(Table):
    """Appointments to which nobody comes."""

    share: Annotated[float, Field(strict=True, ge=0, le=0.99)]
    """Share of the visits that are missed; each falls due again after `gap`."""
    costs: Law = Field(default_factory=lambda: Fixed(mean=Duration(0, "min")))
    """Client work that the worker loses each time, in s, min or h; default none."""


class Room(Table):
    """How many may wait, and who is turned away if one more comes; a bare number: the last one."""

    places: Count
    """Most cases waiting for a first visit, or to be assigned."""
    turn_away: Literal["last", "least_urgent"] = "last"
    """"last" who came, or the "least_urgent" of those who wait, in the order of service."""

    def to_plain(self) -> Any:
        """The number alone unless there is more to say."""
        table = plain_table(self)
        return table["places"] if len(table) == 1 else table


def _room(value: Any) -> Any:
    return {"places": value} if isinstance(value, int | float) else value


def _deadline(value: Any) -> Any:
    return {"within": value} if isinstance(value, (str, int, float, Duration)) else value


def _destinations(value: Any) -> Any:
    if isinstance(value, str):
        raise problem("must say with which share a case goes where", f"write {{ {value} = 1.0 }}")
    return value


def _meetings(value: Any) -> Any:
    if value is True:
        raise problem("true is no meeting", "write false, or a table of meetings")
    return value


def _lifted_or_table(value: Any) -> str:
    return "lifted" if value is False else "meetings"


Meetings = Annotated[
    Annotated[Literal[False], Tag("lifted")] | Annotated[Decision, Tag("meetings")],
    Discriminator(_lifted_or_table),
    BeforeValidator(_meetings),
]
"""Meetings, or false where an inflow needs none."""


Destinations = Annotated[dict[str, Share], BeforeValidator(_destinations)]
"""Shares by destination; a name that is no stage is an exit."""


_FIRST: tuple[str, ...] = ("team", "caseworker")


class StageFields(Table):
    """What a stage has and an inflow may have differently there."""

    priority: Priority | None = None
    """Lower is served first within the team, default 0."""
    work: WorkLaws | None = None
    """Client work of a visit, in s, min or h."""
    visits: Visits | None = None
    """Number of visits, default 1 for pooled stages."""
    stay: Law | None = None
    """Calendar time in a delay, or in a place; or from assignment, with a visit due every gap."""
    closing: Closing | None = None
    """Chance to close after each visit, for caseworker stages."""
    gap: Law | None = None
    """Calendar time from the end of a visit until the next one is due."""
    patience: Law | None = None
    """Calendar time after which a waiting case leaves."""
    no_show: NoShow | None = None
    """Visits to which nobody comes, default none."""
    partner: Share | None = None
    """Share of a caseworker's visits that a partner organisation does, default none."""
    room: Annotated[Room, BeforeValidator(_room)] | None = None
    """Most cases waiting for a first visit, before one is turned away: a number, or a table."""
    decision: Meetings | None = None
    """Meetings at which the finished files are decided."""
    deadline: Annotated[Deadline, BeforeValidator(_deadline)] | None = None
    """Legal time limit: a duration, or a table."""
    next: Destinations | None = None
    """Shares by destination, default the following stage; after the last one "completed"."""
    if_left: str | None = None
    """Where the impatient go, default the exit "left"."""
    if_turned_away: str | None = None
    """Where the turned away go, default the exit "turned_away"."""


class StageOverride(StageFields):
    """What an inflow has differently at a stage; `decision = false`: no meeting needed."""


class Stage(StageFields):
    """One stage of the pathway: a delay, pooled visits, visits by one caseworker, or a place."""

    team: str | None = None
    """Team that does the work, or has the places; without one the stage is a delay."""
    caseworker: Annotated[bool, Field(strict=True)] = False
    """Whether the case stays with one worker and fills a place in the caseload."""
    pauses_deadlines: Annotated[bool, Field(strict=True)] = False
    """Whether all clocks of a case stand still while it is here; for stages without a team."""
    keep_place: Annotated[bool, Field(strict=True)] = False
    """Whether a case that is done here keeps its place, of a caseworker or in a home, until the
    next stage takes it on."""
    priority: Priority = 0
    """Lower is served first within the team."""

    def to_dict(self) -> dict[str, Any]:
        """The stage as plain data, its team first."""
        table = plain_table(self)
        first = {name: table[name] for name in _FIRST if name in table}
        return {**first, **table}

    @property
    def kind(self) -> Literal["delay", "pooled", "caseworker", "places"]:
        """Which of the four kinds of stage it is: a stay at a team without work needs a place."""
        if self.team is None:
            return "delay"
        if self.work is None and self.stay is not None and not self.caseworker:
            return "places"
        return "caseworker" if self.caseworker else "pooled"

    @property
    def has_places(self) -> bool:
        """Whether a case holds a place here: in a caseload, or one of a team of places."""
        return self.kind in ("caseworker", "places")

    @property
    def meetings(self) -> Decision | None:
        """Meetings that a finished file waits for, if any."""
        return self.decision or None

    @property
    def work_laws(self) -> tuple[Law, ...]:
        """Laws of the work of the first, second, ... visit, the last one repeating."""
        if self.work is None:
            return ()
        return self.work if isinstance(self.work, tuple) else (self.work,)

    @property
    def n_visits(self) -> Visits | None:
        """Number of visits: 1 if a pooled stage does not say; none if time or chance ends it."""
        if self.visits is None and self.kind == "pooled":
            return 1
        return self.visits

    def with_override(self, override: StageOverride | None) -> Stage:
        """The stage as an inflow has it.

        An override that says how the stage ends (visits, stay or closing) replaces the way in
        which it ended.
        """
        if override is None:
            return self
        changes = {
            name: getattr(override, name)
            for name in StageFields.model_fields
            if getattr(override, name) is not None
        }
        if self.kind == "caseworker" and changes.keys() & {"visits", "stay", "closing"}:
            changes = {"visits": None, "stay": None, "closing": None, **changes}
        if changes.get("decision") is False:
            changes["decision"] = None
        return self.model_copy(update=changes)
