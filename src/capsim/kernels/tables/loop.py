"""What the event loop reads, remembers and writes."""

from __future__ import annotations

from typing import NamedTuple

from capsim.kernels.tables.arrays import Ints, Words
from capsim.kernels.tables.measured import Deciding
from capsim.kernels.tables.people import Strain, Watches
from capsim.kernels.tables.service import Meetings, Network, Rules

__all__ = ["Entering", "Room", "Tables", "Triggers", "Written"]


class Entering(NamedTuple):
    """What the engine reads of arrivals, see `Arrivals`."""

    source_entry: Ints
    source_hash: Words
    trace_work: Ints
    trace_stay: Ints
    trace_patience: Ints


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
