"""The opening of a replication: empty tables, and the workers as they are at the start.

And the one after a halt of the loop (see `strain`), with another roster.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.workers import become_free, recompute
from capsim.kernels.jit import inner


@inner
def open_tables(shift, calendar, tables, people, crew, room, written):
    """Set working memory and log to what they are before the first event, unless it halted."""
    # What is read later is taken out here, before the first branch: see `capsim.kernels.jit.jit`.
    W, K, G, watch = room.W, room.K, room.G, room.triggers.watch
    desk, roster_next, next_meeting = room.desk, room.roster_next, room.next_meeting
    copies, meeting_first = tables.copies, tables.meetings.first
    count = tables.watches.count
    worker_copy, worker_fte, worker_hours = crew.worker_copy, crew.worker_fte, crew.worker_hours
    worker_rate, worker_state, worker_hired = crew.worker_rate, crew.worker_state, crew.worker_hired
    roster_time, roster_worker = crew.roster_time, crew.roster_worker
    n_cases, horizon = people.applied.shape[0], calendar.horizon
    case_seen, case_left, case_exit = written.case_seen, written.case_left, written.case_exit
    peaks, contacts, spent = written.peaks, written.contacts, written.spent
    nth_stay, heads, tails, room_taken = room.nth_stay, room.heads, room.tails, room.room_taken
    buckets, todo_marked, counts = room.buckets, room.todo_marked, room.counts
    meeting_heads, meeting_tails = room.meeting_heads, room.meeting_tails
    is_changed, n_changed = room.is_changed, room.n_changed
    if room.halt[c.HALTED] == 1:
        return
    case_seen.fill(0)
    case_left.fill(codes.NONE)
    case_exit.fill(-1)
    nth_stay.fill(0)
    W.fill(0)
    heads.fill(-1)
    tails.fill(-1)
    room_taken.fill(0)
    buckets.fill(-1)
    todo_marked.fill(0)
    meeting_heads.fill(-1)
    meeting_tails.fill(-1)
    counts.fill(0)
    peaks.fill(0)
    contacts.fill(0)
    spent.fill(0)
    is_changed.fill(0)
    n_changed[0] = 0
    n_changed[1] = 0
    for i in range(meeting_first.shape[0]):
        next_meeting[i] = meeting_first[i]
    for copy in range(K.shape[0]):
        for field in range(c.COPY_FIELDS):
            K[copy, field] = copies[copy, field]
    G.fill(0)
    G[c.SHIFT] = shift
    bits = np.int64(1)
    while (np.int64(1) << bits) < n_cases + 1:
        bits += 1
    G[c.CASE_BITS] = bits
    for w in range(watch.shape[0]):
        watch[w, c.HELD] = 0
        watch[w, c.ORDER] = -1
        watch[w, c.COMES] = codes.NEVER
        watch[w, c.ENDS] = codes.NEVER
        watch[w, c.IS_THERE] = 0
        watch[w, c.CHANGED] = -1
    G[c.NEXT_TURN] = codes.NEVER
    if count.shape[0] > 0:
        G[c.NEXT_TURN] = count[0]
    G[c.LEAVES_NEXT] = -1  # nobody's load decides
    for copy in range(K.shape[0]):
        if K[copy, c.STRAINED] == 1:
            G[c.LEAVES_NEXT] = codes.NEVER
    for worker in range(W.shape[0]):
        copy = worker_copy[worker]
        W[worker, c.COPY] = copy
        W[worker, c.PLACES] = K[copy, c.OF_PLACES]
        W[worker, c.ON_DUTY] = 1
        W[worker, c.BUSY] = -1
        W[worker, c.HELD_FIRST] = -1
        W[worker, c.DESK_FIRST] = desk[worker]
        expect(W, K, worker, worker_fte, worker_hours, worker_rate, worker_hired)
        if worker_state[worker] != codes.STATE_OUT:
            W[worker, c.EMPLOYED] = 1
        if worker_state[worker] == codes.STATE_OFF:
            W[worker, c.THERE] = 1
            W[worker, c.ON_DUTY] = 0
        if worker_state[worker] == codes.STATE_PRESENT:
            W[worker, c.THERE] = 1
            W[worker, c.PRESENT] = 1
            become_free(W, K, worker, np.int64(0))
    follow(W, roster_time, roster_worker, roster_next, np.int64(0), horizon)


@inner
def open_again(
    W, K, worker_fte, worker_hours, worker_rate, worker_hired, roster_time, roster_worker,
    roster_next, first, present, horizon,
):  # fmt: skip
    """After a halt: whoever comes later is as the new roster says, and so are changes to come."""
    for worker in range(W.shape[0]):
        copy = W[worker, c.COPY]
        if K[copy, c.STRAINED] == 1:
            K[copy, c.LOADS_CHANGED] = 1
            if worker_hired[worker] > present:
                expect(W, K, worker, worker_fte, worker_hours, worker_rate, worker_hired)
    follow(W, roster_time, roster_worker, roster_next, first, horizon)


@inner
def expect(W, K, worker, worker_fte, worker_hours, worker_rate, worker_hired):
    """A worker before the first day, as far as the roster decides on it."""
    W[worker, c.FTE] = worker_fte[worker]
    W[worker, c.HOURS] = worker_hours[worker]
    W[worker, c.ONBOARDING] = worker_rate[worker]
    W[worker, c.USED_UNTIL] = worker_hired[worker]
    W[worker, c.FACTOR] = codes.STRAIN_UNIT
    recompute(W, worker, K[W[worker, c.COPY], c.SHARE])


@inner
def follow(W, roster_time, roster_worker, roster_next, first, horizon):
    """Find the next change of each worker, and the one after each change from `first` on."""
    for worker in range(W.shape[0]):
        W[worker, c.NEXT_CHANGE] = horizon
    for i in range(roster_time.shape[0] - 1, first - 1, -1):
        worker = roster_worker[i]
        roster_next[i] = W[worker, c.NEXT_CHANGE]
        W[worker, c.NEXT_CHANGE] = min(horizon, roster_time[i])
