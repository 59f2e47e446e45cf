"""Who comes, and who works: applicants and seats, and both as luck deals them."""

from __future__ import annotations

from typing import NamedTuple

from capsim.kernels.tables.arrays import Floats, Ints, Words

__all__ = ["Applicants", "Arrivals", "Crew", "People", "Staff", "Strain", "Watches"]


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
