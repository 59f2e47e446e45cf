"""What stands fixed for a run: time, laws, and what cases meet at each stage."""

from __future__ import annotations

from typing import NamedTuple

from capsim.kernels.tables.arrays import Floats, Ints, Words

__all__ = ["Copies", "Laws", "Meetings", "Network", "Profiles", "Rules", "Time"]


class Time(NamedTuple):
    """Office time and calendar time."""

    day_ticks: int
    """Office seconds of one office day, H."""
    n_days: int
    """Calendar days of the horizon."""
    warm_up_day: int
    cohort_end_day: int
    """Calendar day at which the judged cohort ends: horizon - follow_up."""
    horizon: int
    """Office instant at which the run ends (exclusive): n_open * day_ticks."""
    warm_up: int
    """Office instant of the first office tick at or after the warm-up day."""
    open_day: Ints
    """(n_open + 1,) calendar day of each office day; the last entry is n_days, a sentinel."""
    office_day: Ints
    """(n_days + 1,) number of open days before each calendar day."""
    is_open: Ints
    """(n_days + 1,) 1 on open days; the last entry is 0."""


class Laws(NamedTuple):
    """Laws by number, and the tables to which they point."""

    kind: Ints
    value: Floats
    """Value of a fixed law."""
    plus: Floats
    """Added after the inverse. A mixture draws (inverse of the part + plus of the part) * its own
    growth + its own plus; its parts have no growth, and are never mixtures themselves."""
    first: Ints
    """First entry of the law in its tables (table, mixture or discrete)."""
    n: Ints
    growth: Ints
    """Row of `factor`, or -1."""
    office: Ints
    """1 where the law was written in workdays: its draws are *office* ticks, counted from the
    office instant at which the delay begins: end = office(c) + max(1, floor(x + 0.5)). 0: calendar
    ticks."""
    low: Floats
    """Of a table: value at the lower edge of a cell; the inverse is linear inside it, low + span *
    fraction."""
    span: Floats
    upto: Floats
    """Cumulative shares of mixture parts, or cumulative weights of discrete values."""
    part: Floats
    """Law number of a mixture part, or a discrete value."""
    factor: Floats
    """(rows, n_days + 1) growth up to each calendar day."""


class Profiles(NamedTuple):
    """One entry a profile in every column, all whole numbers."""

    kind: Ints
    ending: Ints
    visits: Ints
    """Law of the number of visits, -1 if the stage does not end by visits."""
    work_first: Ints
    work_n: Ints
    """Visit v reads entry first + min(v, n) - 1 of `Rules.work`."""
    gap: Ints
    stay: Ints
    patience: Ints
    """Laws, -1 where absent."""
    room: Ints
    """Most that may wait, -1 for no limit."""
    missed_cost: Ints
    """Law of the client work that is lost when nobody comes to a visit, -1 where all come."""
    closing: Ints
    """Row of the closing tables, -1 if absent."""
    decision: Ints
    """Meeting series, -1 where no meeting is needed."""
    deadline: Ints
    within: Ints
    """Whole days (DEADLINE_DAYS), calendar ticks (DEADLINE_EXACT), or row of `Rules.workday_due`
    (DEADLINE_WORKDAYS)."""
    until: Ints
    clock: Ints
    """Deadline clock that `due` and the days to decision count from; -1 if neither applies."""
    class_first: Ints
    class_later: Ints
    """Class of a first and of a later visit in the queue of the copy; lower is served first."""
    assign_new: Ints
    assign_handed: Ints
    """Class in the assignment queue of a new and of a handed-over case."""
    route_first: Ints
    route_n: Ints
    """Slice of `Rules.route_upto` and `Rules.route_to`."""
    if_left: Ints
    if_turned_away: Ints
    least_urgent: Ints
    """1 where the least urgent of those who wait is turned away instead of the last who came."""


class Rules(NamedTuple):
    """What profiles point to."""

    urgent: Floats
    """(profiles,) share decided outside the meetings where the deadline does not allow to wait."""
    partner: Floats
    """(profiles,) share of the visits that a partner does: draws below it."""
    missed: Floats
    """(profiles,) draws from `partner` up to this are visits to which nobody comes."""
    work: Ints
    """Laws of client work per visit."""
    route_upto: Floats
    """Cumulative shares of the ways out of a stage."""
    route_to: Ints
    """Destinations."""
    workday_due: Ints
    """(rows, DAYS_BEFORE + n_days + 1) day E at whose end a deadline in workdays expires, for a
    clock that starts on calendar day d: column max(0, d + DAYS_BEFORE)."""
    closing_probability: Floats
    """(rows,) at or below the norm."""
    closing_norm: Ints
    """(rows,) load, thousandths of a weighted case per FTE, up to which the probability is
    constant."""
    closing_step: Ints
    """(rows,) width of a cell of the table above the norm, same unit."""
    closing_table: Floats
    """(rows, cells) probability at norm + cell * step; loads beyond read the last cell."""


class Network(NamedTuple):
    """Offices, inflows and stages: what a case meets where."""

    profile: Ints
    """(offices, inflows, stages) row of `Profiles`."""
    stage_copy: Ints
    """(offices, stages) team copy that serves the stage, -1 for a delay."""
    stage_clock: Ints
    """(stages,) number of the deadline clock that a return to the stage starts anew, or -1."""
    stage_first_clock: Ints
    """(stages,) number of the clock that a return starts only if it has not started yet, or -1."""
    stage_pauses: Ints
    """(stages,) 1 where the clocks of a case stand still."""
    stage_keeps: Ints
    """(stages,) 1 where a case that is done keeps its place until the next stage takes it on."""
    stage_purpose: Words
    """(stages, 3) hashes of "stay/NAME", "visit/NAME", "decision/NAME"."""
    inflow_weight: Ints
    inflow_burden: Ints
    """(inflows,) law of the factor on the work of a case, -1 where all are alike."""
    inflow_entry: Ints


class Copies(NamedTuple):
    """One entry a team copy in every column."""

    team: Ints
    share: Ints
    """Client share, milli."""
    limit: Ints
    """Caseload limit, milli cases per FTE; -1 for none."""
    by_deadline: Ints
    """1 where the discipline is "deadline"."""
    of_places: Ints
    """1 where the copy has places: one seat that never works, as large as there are places."""
    classes: Ints
    assign_classes: Ints


class Meetings(NamedTuple):
    """Series of decision meetings."""

    stage: Ints
    office: Ints
    places: Ints
    """-1: unlimited."""
    first: Ints
    """(series + 1,) slice of `time` of each series, ascending."""
    time: Ints
    """Office instants."""
    held: Ints
    held_series: Ints
    """All meetings in the order of their events: (instant, stage, office)."""
