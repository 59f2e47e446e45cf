"""The opening of a replication: empty tables, and the workers as they are at the start."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.workers import become_free, recompute
from capsim.kernels.jit import inner


@inner
def open_tables(shift, calendar, tables, people, crew, room, written):
    """Set working memory and log to what they are before the first event."""
    W, K, G = room.W, room.K, room.G
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
    for i in range(tables.meetings.first.shape[0]):
        room.next_meeting[i] = tables.meetings.first[i]
    for copy in range(K.shape[0]):
        for field in range(c.COPY_FIELDS):
            K[copy, field] = tables.copies[copy, field]
    G.fill(0)
    G[c.SHIFT] = shift
    bits = np.int64(1)
    while (np.int64(1) << bits) < people.applied.shape[0] + 1:
        bits += 1
    G[c.CASE_BITS] = bits
    watch = room.watch
    for w in range(watch.shape[0]):
        watch[w, c.HELD] = 0
        watch[w, c.ORDER] = -1
        watch[w, c.COMES] = codes.NEVER
        watch[w, c.ENDS] = codes.NEVER
        watch[w, c.IS_THERE] = 0
        watch[w, c.CHANGED] = -1
    G[c.NEXT_TURN] = codes.NEVER
    if tables.watches.count.shape[0] > 0:
        G[c.NEXT_TURN] = tables.watches.count[0]
    for worker in range(W.shape[0]):
        copy = crew.worker_copy[worker]
        W[worker, c.COPY] = copy
        W[worker, c.PLACES] = K[copy, c.OF_PLACES]
        W[worker, c.FTE] = crew.worker_fte[worker]
        W[worker, c.HOURS] = crew.worker_hours[worker]
        W[worker, c.ON_DUTY] = 1
        W[worker, c.ONBOARDING] = crew.worker_rate[worker]
        W[worker, c.BUSY] = -1
        W[worker, c.HELD_FIRST] = -1
        W[worker, c.DESK_FIRST] = room.desk[worker]
        W[worker, c.NEXT_CHANGE] = calendar.horizon
        recompute(W, worker, K[copy, c.SHARE])
        if crew.worker_state[worker] != codes.STATE_OUT:
            W[worker, c.EMPLOYED] = 1
        if crew.worker_state[worker] == codes.STATE_OFF:
            W[worker, c.THERE] = 1
            W[worker, c.ON_DUTY] = 0
        if crew.worker_state[worker] == codes.STATE_PRESENT:
            W[worker, c.THERE] = 1
            W[worker, c.PRESENT] = 1
            become_free(W, K, worker, np.int64(0))

    for i in range(crew.roster_time.shape[0] - 1, -1, -1):
        worker = crew.roster_worker[i]
        room.roster_next[i] = W[worker, c.NEXT_CHANGE]
        W[worker, c.NEXT_CHANGE] = min(calendar.horizon, crew.roster_time[i])
