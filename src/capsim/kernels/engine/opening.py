"""The opening of a replication: empty tables, and the workers as they are at the start."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.workers import become_free, recompute
from capsim.kernels.jit import inner


@inner
def open_tables(shift, calendar, tables, people, crew, room, written):
    """Set working memory and log to what they are before the first event."""
    # What is read later is taken out here, before the first branch: see `capsim.kernels.jit.jit`.
    W, K, G, watch = room.W, room.K, room.G, room.triggers.watch
    desk, roster_next, next_meeting = room.desk, room.roster_next, room.next_meeting
    copies, meeting_first = tables.copies, tables.meetings.first
    count = tables.watches.count
    worker_copy, worker_fte, worker_hours = crew.worker_copy, crew.worker_fte, crew.worker_hours
    worker_rate, worker_state = crew.worker_rate, crew.worker_state
    roster_time, roster_worker = crew.roster_time, crew.roster_worker
    n_cases, horizon = people.applied.shape[0], calendar.horizon
    written.case_seen.fill(0)
    written.case_left.fill(codes.NONE)
    written.case_exit.fill(-1)
    room.nth_stay.fill(0)
    W.fill(0)
    room.heads.fill(-1)
    room.tails.fill(-1)
    room.room_taken.fill(0)
    room.buckets.fill(-1)
    room.todo_marked.fill(0)
    room.meeting_heads.fill(-1)
    room.meeting_tails.fill(-1)
    room.counts.fill(0)
    written.peaks.fill(0)
    written.contacts.fill(0)
    written.spent.fill(0)
    room.is_changed.fill(0)
    room.n_changed[0] = 0
    room.n_changed[1] = 0
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
    for worker in range(W.shape[0]):
        copy = worker_copy[worker]
        W[worker, c.COPY] = copy
        W[worker, c.PLACES] = K[copy, c.OF_PLACES]
        W[worker, c.FTE] = worker_fte[worker]
        W[worker, c.HOURS] = worker_hours[worker]
        W[worker, c.ON_DUTY] = 1
        W[worker, c.ONBOARDING] = worker_rate[worker]
        W[worker, c.BUSY] = -1
        W[worker, c.HELD_FIRST] = -1
        W[worker, c.DESK_FIRST] = desk[worker]
        W[worker, c.NEXT_CHANGE] = horizon
        recompute(W, worker, K[copy, c.SHARE])
        if worker_state[worker] != codes.STATE_OUT:
            W[worker, c.EMPLOYED] = 1
        if worker_state[worker] == codes.STATE_OFF:
            W[worker, c.THERE] = 1
            W[worker, c.ON_DUTY] = 0
        if worker_state[worker] == codes.STATE_PRESENT:
            W[worker, c.THERE] = 1
            W[worker, c.PRESENT] = 1
            become_free(W, K, worker, np.int64(0))

    for i in range(roster_time.shape[0] - 1, -1, -1):
        worker = roster_worker[i]
        roster_next[i] = W[worker, c.NEXT_CHANGE]
        W[worker, c.NEXT_CHANGE] = min(horizon, roster_time[i])
