"""What is counted, in which span of time, and what measures read of cases and team copies."""

from __future__ import annotations

from typing import NamedTuple

from capsim.kernels.tables.arrays import Floats, Ints

__all__ = ["Cases", "Deciding", "Money", "Over", "Paying", "Rows", "Windows"]


class Windows(NamedTuple):
    """When is measured: the time after the warm-up, cut at every border of a window into slices.

    Whatever is counted is counted once, in its slice; a window is the sum of consecutive slices.
    """

    border: Ints
    """(slices + 1,) calendar tick at which each slice begins; the last is the end of the run."""
    office: Ints
    """(slices + 1,) the same as office instants, that of the first office tick at or after it; the
    last is NEVER, since nothing happens at the end of the run."""
    of_day: Ints
    """(n_days + 1,) slice of each calendar day, -1 before the first; the last is that of the day
    before."""
    first: Ints
    """(windows,) first slice."""
    last: Ints
    """(windows,) the slice after the last."""
    cohort: Ints
    """(windows,) the slice after the last one whose joiners are judged."""
    whole: Ints
    """(windows,) 1 where only the numbers of all offices together are wanted."""
    of_slice: Ints
    """(slices + 2,) part of `member` of each slice: the windows that judge its joiners. Behind the
    slices of time stands one of the initial cases, which no time holds."""
    member: Ints


class Deciding(NamedTuple):
    """Stages that decide: those with a deadline or a decision."""

    stage: Ints
    """(deciding,) number of the stage."""
    row: Ints
    """(stages,) its place above, -1 for other stages."""
    ways: Ints
    """(deciding, offices, inflows, stages) 1 where a case in a stage can still come there."""


class Over(NamedTuple):
    """Of which waits is wanted how many were longer."""

    stage: Ints
    longest: Floats
    """Calendar ticks."""


class Money(NamedTuple):
    """Flows of money, see `capsim.plan.money`: those of stages first, then of exits, then of teams.

    A flow has one price for each inflow.
    """

    border: Ints
    """(slices + 1,) calendar tick at which each slice begins; the last is the end of the run."""
    of_day: Ints
    """(n_days + 1,) slice of each calendar day; the last is that of the day before."""
    stage: Ints
    """(stages + 1,) first flow of each stage."""
    exit: Ints
    team: Ints
    """(exits + 1,), (teams + 1,) likewise."""
    takes: Ints
    """(flows, inflows) 1 where cases of the inflow have a price."""
    what: Ints
    """(flows,) FLOW_*: open time, late days, or those who join, one day each; all posts, the usual
    ones, or those of reserves."""
    low: Ints
    high: Ints
    """(flows, inflows) of late days: numbers of the days that have this price."""
    joined: Ints
    """(flows, 2) calendar ticks between which the case has joined the stage."""
    begin: Ints
    end: Ints
    """(flows,) row of `step` from joining to the begin and end of what counts, from leaving to the
    payment; -1: at once, or never."""
    step: Ints
    """(rows, before + n_days + 1) calendar day some time after each calendar day from `-before`."""
    before: int
    until: Ints
    """(offices, inflows, stages) UNTIL_*: what ends the lateness of a stay."""
    copy_team: Ints
    copy_place: Ints
    """(copies,) team, and place, of each team copy."""


class Paying(NamedTuple):
    """Cases, as money asks for them: fields of `People` and of `Written`."""

    inflow: Ints
    office: Ints
    initial: Ints
    left: Ints
    exit: Ints


class Cases(NamedTuple):
    """What tells of a stay which rules it met: those of a plan, and who the case is."""

    profiles: Ints
    """See `Tables.profiles`."""
    profile: Ints
    stage_clock: Ints
    stage_first_clock: Ints
    """See `Network`."""
    source_entry: Ints
    """See `Arrivals`."""
    applied: Ints
    inflow: Ints
    office: Ints
    source: Ints
    initial: Ints
    """See `People`."""
    n_initial: int
    """How many initial cases there are; they come first."""


class Rows(NamedTuple):
    """What measures of teams read of team copies."""

    stage_copy: Ints
    inflow_weight: Ints
    """See `Network`."""
    team: Ints
    of_places: Ints
    """See `Copies`."""
    by_place: Ints
    """(copies,) 1 where cases hold places."""
