"""The tables of a plan and of a replication as named tuples: what kernels are given whole.

A field is added here, where it is made, and where it is read; nothing in between counts positions.
All arrays of a plan are C-contiguous and read-only, so that a kernel is compiled once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "Applicants", "Arrivals", "Cases", "Copies", "Crew", "Deciding", "Entering", "Laws",
    "Meetings", "Money", "Network", "Over", "Paying", "People", "Profiles", "Room", "Rows", "Rules",
    "Staff", "Tables", "Time", "Triggers", "Windows", "Written",
]  # fmt: skip

Ints = Any
"""An int64 array: `numpy` is not imported for a name."""
Floats = Any
Words = Any
"""An array of uint64, each a hash of a name."""


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


class Arrivals(NamedTuple):
    """One row per source: initial stages, then inflow by inflow its rate, counts, trace, waves.

    Case order is (applied, inflow, source, index); applied of an initial case is negative.
    """

    source_kind: Ints
    source_inflow: Ints
    source_hash: Words
    """Hash of "inflow/source", the case word of the generator."""
    source_entry: Ints
    """Stage entered."""
    source_office: Ints
    """Office to which all of them go, -1: by share."""
    source_n: Ints
    """People of a wave or of a period with exact numbers, initial cases, rows of a trace; -1 for a
    rate."""
    source_first: Ints
    """Initial: law of the age (-1: none). Rate and exact numbers: first segment. Trace: first row.
    Wave: base instant."""
    source_last: Ints
    """Rate and exact numbers: end of segments, so the pieces are the rows first, ..., last - 1.
    Trace: end of its rows. Wave: calendar ticks over which it spreads (0: at once; below zero: so
    many office ticks, as it was written in workdays)."""
    source_take_up: Floats
    source_lag: Ints
    """Law of the lag, -1 for none."""
    source_ahead: Ints
    """Wave: calendar ticks by which the lag counts from before the date."""
    source_begin: Floats
    source_end: Floats
    """Exact numbers: share of the period before the run begins, and before it ends."""
    source_group: Ints
    """Rate: law of how many come at once, -1: one by one."""

    segment_start: Ints
    """Calendar tick at which a piece of constant rate begins. After the pieces of each source
    stands one more row (row `source_last`), the end of its last piece, with rate 0."""
    segment_rate: Floats
    """Arrivals (of groups) per calendar tick of the piece; for exact numbers the share of the
    period per calendar tick."""
    segment_week: Ints
    """Week of the piece, counted from Monday 1 January of the year 1."""
    segment_shape: Floats
    """Shape of the gamma law of the factor that the week of the piece has, 0 for none."""

    trace_applied: Ints
    """Calendar instant of each trace row (rows before the start are not here)."""
    trace_index: Ints
    """Row number in the user's trace."""
    trace_office: Ints
    """-1: by the keyed draw."""
    trace_row: Ints
    """Row of `trace_work`, `trace_stay`, `trace_patience`, or -1."""
    trace_work: Ints
    """(rows, stages) client seconds of every visit of the stage, -1: by its law."""
    trace_stay: Ints
    """(rows, stages) calendar ticks, -1: by its law."""
    trace_patience: Ints

    office_upto: Floats
    """(inflows, offices) cumulative shares; the last column is 1."""

    residual_gap: Ints
    residual_stay: Ints
    residual_visits: Ints
    """(profiles,) equilibrium residual laws for initial cases, -1 where not needed."""

    source_listed: Ints
    """Initial: row of the tables below for a case of a list, else -1."""
    listed_kind: Ints
    """INITIAL_VISITED, INITIAL_NEW, or INITIAL_WITH_AGE where the list does not tell."""
    listed_applied: Ints
    listed_joined: Ints
    """Calendar ticks, both below zero."""
    listed_done: Ints
    """Number of the last visit."""
    listed_due: Ints
    """Office instant at which the next visit falls due, -1: by the residual gap."""
    listed_copy: Ints
    listed_seat: Ints
    """Team copy and number of the seat whose holder has the case, -1 for nobody."""
    listed_knows: Ints
    """(listed, 3) whether the residual gap, stay and number of visits are drawn given what is
    known: 1 by the parts below, 0 by the equilibrium, -1 not at all."""
    listed_part: Ints
    """(3 listed + 1,) slices of the parts of these laws, one for each law that is no mixture;
    an empty slice: it has lasted longer than its law allows."""
    part_upto: Floats
    """Cumulative shares of the parts, given what is known."""
    part_law: Ints
    part_beyond: Floats
    """Probability of the part's law to last longer than it has."""
    part_past: Floats
    """What is taken from its draw: how long it has lasted."""


class Strain(NamedTuple):
    """How much more often somebody leaves at a load, in millionths of the usual rate."""

    row: Ints
    """(copies,) row of the tables, -1 where leaving does not depend on the load."""
    norm: Ints
    step: Ints
    """(rows,) thousandths of a weighted case per FTE."""
    factor: Ints
    """(rows, cells) factor at norm + cell * step; the last one holds beyond, the first below."""


class Staff(NamedTuple):
    """Seats in worker order (copy, seat); rates per calendar tick; instants are calendar ticks.

    Lengths below zero are office ticks: they were written in workdays.

    A seat exists from `seat_from` until `seat_until`; its holders come and go by turnover.
    """

    seat_copy: Ints
    seat_number: Ints
    """1, 2, ... within the copy, hired later ones after."""
    seat_fte: Ints
    """Milli, at the beginning."""
    seat_from: Ints
    """0: there from the first instant, without onboarding."""
    seat_until: Ints
    """NEVER unless a cut removes the seat."""
    seat_hash: Words
    """(seats,) hash of "office-or-cluster/team", the case word of the generator."""
    seat_lead: Ints
    """Law of the time from the decision until the seat is filled, -1 where `seat_from` says it."""
    seat_decided: Ints
    """Calendar instant of that decision. Below zero for a law in workdays: office ticks before the
    start, with a minus sign."""
    seat_filled: Floats
    """Probability that somebody is ever found."""
    seat_named: Ints
    """1: its holder is known by name, and so is there from the first instant."""
    hiring_purpose: Words
    """(copies,) hash of "hiring/TEAM"."""
    seat_duty: Ints
    """Row of `duty`, -1 for a seat that works every open day."""
    seat_week: Ints
    seat_days: Ints
    """Open weekdays and own weekdays: on a working day a holder has the hours of FTE * week / days.
    Both 1 for a seat that works every open day, and a week of 0 for places, which have no hours."""
    duty: Ints
    """(rows, n_open) 1 on working days."""
    seat_reserve: Ints
    """Row of `Watches` that switches the seat on and off, -1 for a seat like any other."""
    cut_seat: Ints
    """Fractional cuts: the seat shortened ..."""
    cut_time: Ints
    """... the calendar instant ..."""
    cut_fte: Ints
    """... and its new FTE, milli. Ordered by (time, seat)."""

    onboarding_length: Ints
    """(copies,) calendar ticks, 0 for none."""
    onboarding_rate: Ints
    """(copies,) milli."""
    turnover_rate: Floats
    """(copies,) leavers per calendar tick of employment, 0 for none; at a usual load, if it depends
    on that."""
    strain: Strain
    vacancy: Ints
    """(copies,) law of the vacancy, -1 where there is no turnover."""
    vacancy_residual: Ints
    """(copies,) its equilibrium residual law."""
    vacancy_mean: Floats
    """(copies,) calendar ticks."""
    handover_after: Ints
    """(copies,) calendar ticks, NEVER for never."""

    absence_first: Ints
    """(copies + 1,) slice of the kinds of absence of each copy."""
    absence_rate: Floats
    """Spells per calendar tick of presence."""
    absence_length: Ints
    """Law of the length."""
    absence_residual: Ints
    """Its equilibrium residual law."""
    absence_mean: Floats
    absence_season: Ints
    """Row of `season`, -1: none."""
    absence_purpose: Words
    """Hash of "absence/TEAM/KIND"."""
    season: Floats
    """(rows, n_days + 1) factor of each calendar day."""
    turnover_purpose: Words
    """(copies,) hash of "turnover/TEAM"."""


class Watches(NamedTuple):
    """Triggers: one row for each and for each team copy whose offices it counts together.

    Lengths below zero are office ticks: they were written in workdays. The pairs are what calls the
    reserve, and what sends it home.
    """

    count: Ints
    """Office instants at which is counted, one for each Monday."""
    what: Ints
    """(watches, 2) WATCH_*."""
    of: Ints
    """(watches, 2) stage that is counted."""
    sign: Ints
    """(watches, 2) ABOVE, ..."""
    level: Floats
    """(watches, 2)."""
    offices: Ints
    """(watches, offices) 1 for those that are counted."""
    copies: Ints
    """(watches, 2, copies) 1 for the team copies whose caseload is meant."""
    mondays: Ints
    """Counts in a row for which the condition must hold."""
    lead: Ints
    """Ticks from the order until they come."""
    most: Ints
    """Ticks from the order after which they go, 0: as long as it takes."""
    reserve_watch: Ints
    reserve_copy: Ints
    reserve_seat: Ints
    """Seats of the reserve, in the order of watches and seats."""


class Entering(NamedTuple):
    """What the engine reads of arrivals, see `Arrivals`."""

    source_entry: Ints
    source_hash: Words
    trace_work: Ints
    trace_stay: Ints
    trace_patience: Ints


class Applicants(NamedTuple):
    """Applicants of one replication, source by source: what `collect` fills."""

    applied: Ints
    join: Ints
    office: Ints
    source: Ints
    index: Ints
    trace: Ints


class People(NamedTuple):
    """Cases in case order: the fields of `capsim.draws.Luck` of these names."""

    applied: Ints
    join: Ints
    inflow: Ints
    office: Ints
    source: Ints
    index: Ints
    trace: Ints
    initial: Ints
    burden: Ints
    initial_gap: Ints
    initial_stay: Ints
    initial_visits: Ints
    initial_joined: Ints
    initial_done: Ints
    initial_due: Ints
    initial_worker: Ints


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


class Crew(NamedTuple):
    """Workers and their roster: the fields of `capsim.draws.Luck` of these names."""

    worker_copy: Ints
    worker_fte: Ints
    worker_hours: Ints
    worker_state: Ints
    worker_rate: Ints
    worker_hired: Ints
    worker_left: Ints
    worker_tenure: Ints
    roster_time: Ints
    roster_worker: Ints
    roster_kind: Ints
    roster_value: Ints


class Tables(NamedTuple):
    """What the engine reads of a plan besides its time and its laws."""

    profiles: Ints
    """(profiles, columns) `Profiles` row by row, see `engine.columns.P_KIND`."""
    copies: Ints
    """(copies, columns) team copies as they are at the start, see `engine.columns.SHARE`."""
    rules: Rules
    network: Network
    meetings: Meetings
    arrivals: Entering
    deciding: Deciding
    watches: Watches
    strain: Strain


class Triggers(NamedTuple):
    """Working memory of the triggers, see `engine.watches`."""

    watch: Ints
    """(watches, columns) triggers in their present state, see `engine.columns.HELD`."""
    reserve: Ints
    """(seats, 2) watch and worker of each seat of a reserve."""
    turns: Ints
    """(seats, 2) workers of reserves who come or go at this instant, and the event."""
    tally: Ints
    """(2, stages, offices) open cases, and those without a decision, when a trigger counts."""
    tally_weight: Ints
    """(copies,) weight of the open cases."""
    pends: Ints
    """(cases,) since when each is without a decision; empty where no trigger asks."""


class Room(NamedTuple):
    """Working memory of the engine; sizes are those of one replication."""

    C: Ints
    """(cases + 1, columns) the cases, see `event_set.PENDING`."""
    U: Words
    """The same memory as unsigned words."""
    nth_stay: Ints
    """(cases, stages) int32 entries so far."""
    clocks: Ints
    """(cases, clocks) calendar instants from which deadlines run."""
    paused: Ints
    """(cases, clocks) calendar ticks for which each has stood still; no columns if none does."""
    W: Ints
    """(workers, columns), see `engine.columns.COPY`."""
    K: Ints
    """(copies, columns) team copies in their present state."""
    heads: Ints
    tails: Ints
    """(queues,) ends of every queue of cases: of teams, of assignments, of desks."""
    room_taken: Ints
    """(stages, copies) who waits for a first visit or an assignment."""
    G: Ints
    """Scalars, see `event_set.HEAP_SIZE`."""
    buckets: Ints
    heap: Ints
    """Pending events, see `event_set`."""
    touched: Ints
    """Workers whose desks are to be looked at."""
    todo: Ints
    todo_marked: Ints
    """Team copies to be settled."""
    held: Ints
    """Cases of a worker who leaves, sorted."""
    meeting_heads: Ints
    meeting_tails: Ints
    """(series,) ends of the lists of files."""
    next_meeting: Ints
    """(series + 1,) row of `Meetings.time` of the next meeting."""
    counts: Ints
    """(stages, inflows + 1, offices + 1) waiting now; index 0 is all."""
    changed: Ints
    is_changed: Ints
    """Cells of `counts` that changed at this instant."""
    n_changed: Ints
    """(2,) how many cells, and how many workers, changed."""
    changed_workers: Ints
    halt: Ints
    """Where the loop stood when it asked for another roster, see `engine.columns.HALTED`."""
    triggers: Triggers
    desk: Ints
    """(workers,) first queue of each worker's desk."""
    roster_next: Ints
    """(events,) office instant of the same worker's next change, the horizon if there is none."""


class Written(NamedTuple):
    """What the engine writes: the log, and sums that only it can make."""

    case_seen: Ints
    case_left: Ints
    case_exit: Ints
    stays: Ints
    visits: Ints
    places: Ints
    contacts: Ints
    """(slices, stages, inflows, offices, columns), see `engine.columns.CONTACTS`."""
    peaks: Ints
    """(slices, stages, inflows + 1, offices + 1) most waiting."""
    spent: Ints
    """(workers, slices + 1, columns) sums of the workers up to the begin of each slice, see
    `engine.columns.SPENT_WORK`."""
    orders: Ints
    """Orders of triggers, see `engine.columns.O_WATCH`."""
    sizes: Ints
    """(4,) rows used of stays, visits, places and orders."""
