"""The plan: every number an engine needs, in flat arrays.

Units. `ticks` are the integer seconds of `capsim.engines`, rules 1 to 4. An *office instant* counts
office seconds since the start (nights and closed days do not exist on it). A *calendar instant* is
`calendar_day * day_ticks + second of the office day`. Full-time equivalents, shares, rates and
weights are integer thousandths ("milli"). A *destination* is a stage number, or `-(exit + 1)` for
an exit. All codes are those of `capsim.kernels.codes`.

A *profile* is what one inflow meets at one stage in one office: the stage with the inflow's and the
office's own settings applied. Equal profiles are stored once. A *copy* is a team as it stands in
one office, or shared by a cluster of offices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario, compiled. All arrays are C-contiguous and read-only; all integers are int64."""

    # -- names, for tables and messages -------------------------------------------------------
    scenario: Any
    stages: tuple[str, ...]
    offices: tuple[str, ...]
    inflows: tuple[str, ...]
    teams: tuple[str, ...]
    exits: tuple[str, ...]
    copies: tuple[str, ...]
    """The office (or cluster) name of each team copy."""

    # -- time ----------------------------------------------------------------------------------
    day_ticks: int
    """Office seconds of one office day, H."""
    n_days: int
    """Calendar days of the horizon."""
    warm_up_day: int
    cohort_end_day: int
    """Calendar day at which the judged cohort ends: horizon - follow_up."""
    open_day: Ints
    """(n_open + 1,) calendar day of each office day; the last entry is n_days, a sentinel."""
    office_day: Ints
    """(n_days + 1,) number of open days before each calendar day."""
    is_open: Ints
    """(n_days + 1,) 1 on open days; the last entry is 0."""
    horizon: int
    """Office instant at which the run ends (exclusive): n_open * day_ticks."""
    warm_up: int
    """Office instant of the first office tick at or after the warm-up day."""

    # -- laws ------------------------------------------------------------------------------------
    law_kind: Ints
    law_value: Floats
    """Value of a fixed law."""
    law_plus: Floats
    """Added after the inverse. A mixture draws (inverse of the part + plus of the part) * its own
    growth + its own plus; its parts have no growth, and are never mixtures themselves."""
    law_first: Ints
    """First entry of the law in its tables (table, mixture or discrete)."""
    law_n: Ints
    law_growth: Ints
    """Row of `growth`, or -1."""
    law_office: Ints
    """1 where the law was written in workdays: its draws are *office* ticks, counted from the
    office instant at which the delay begins: end = office(c) + max(1, floor(x + 0.5)). 0: calendar
    ticks."""
    table_low: Floats
    """Value at the lower edge of a cell; the inverse is linear inside: low + span * fraction."""
    table_span: Floats
    part_upto: Floats
    """Cumulative shares of mixture parts, or cumulative weights of discrete values."""
    part_value: Floats
    """Law number of a mixture part, or a discrete value."""
    growth: Floats
    """(rows, n_days + 1) factor of each calendar day."""

    # -- stages, offices, inflows ----------------------------------------------------------------
    profile: Ints
    """(offices, inflows, stages) row of the profile tables."""
    stage_copy: Ints
    """(offices, stages) team copy that serves the stage, -1 for a delay."""
    stage_clock: Ints
    """(stages,) number of the deadline clock that an entry into the stage starts, or -1."""
    n_clocks: int

    p_kind: Ints
    p_ending: Ints
    p_visits: Ints
    """Law of the number of visits, -1 if the stage does not end by visits."""
    p_work_first: Ints
    p_work_n: Ints
    work_list: Ints
    """Laws of client work per visit; visit v of a profile reads entry first + min(v, n) - 1."""
    p_gap: Ints
    p_stay: Ints
    p_patience: Ints
    """Laws, -1 where absent."""
    p_room: Ints
    """Most that may wait, -1 for no limit."""
    p_closing: Ints
    """Row of the closing tables, -1 if absent."""
    p_decision: Ints
    """Meeting series, -1 where no meeting is needed."""
    p_urgent: Floats
    p_deadline: Ints
    p_within: Ints
    """Whole days (DEADLINE_DAYS), calendar ticks (DEADLINE_EXACT), or row of `workday_due`
    (DEADLINE_WORKDAYS)."""
    p_until: Ints
    p_clock: Ints
    """Deadline clock that `due` and the days to decision count from; -1 if neither applies."""
    p_class_first: Ints
    p_class_later: Ints
    """Class of a first and of a later visit in the queue of the copy; lower is served first."""
    p_assign_new: Ints
    p_assign_handed: Ints
    """Class in the assignment queue of a new and of a handed-over case."""
    p_route_first: Ints
    p_route_n: Ints
    route_upto: Floats
    route_to: Ints
    p_if_left: Ints
    p_if_turned_away: Ints

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

    inflow_weight: Ints
    inflow_entry: Ints

    # -- team copies -----------------------------------------------------------------------------
    copy_team: Ints
    copy_share: Ints
    """Client share, milli."""
    copy_limit: Ints
    """Caseload limit, milli cases per FTE; -1 for none."""
    copy_by_deadline: Ints
    """1 where the discipline is "deadline"."""
    copy_classes: Ints
    copy_assign_classes: Ints

    # -- meetings --------------------------------------------------------------------------------
    series_stage: Ints
    series_office: Ints
    series_places: Ints
    """-1: unlimited."""
    series_first: Ints
    """(series + 1,) slice of `series_time` of each series, ascending."""
    series_time: Ints
    """Office instants."""
    meeting_time: Ints
    meeting_series: Ints
    """All meetings in the order of their events: (instant, stage, office)."""

    # -- what the draws need ---------------------------------------------------------------------
    stage_purpose: NDArray[np.uint64]
    """(stages, 3) hashes of "stay/NAME", "visit/NAME", "decision/NAME"."""
    arrivals: Any
    """`capsim.plan.arrivals.ArrivalTables`: inflow sources, and the office shares."""
    staff: Any
    """`capsim.plan.staff.StaffTables`: seats, changes, absences, turnover of every copy."""
