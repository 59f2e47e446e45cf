"""What the roster of a replication gives, as the level that each team copy reaches."""

from __future__ import annotations

import numpy as np

from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_LEAVE,
    EVENT_ONBOARDED,
    EVENT_RETURN,
    NEVER,
    STATE_ABSENT,
    STATE_OUT,
    STATE_PRESENT,
)
from capsim.kernels.engine.columns import LIMIT, SHARE
from capsim.kernels.jit import inner, jit
from capsim.kernels.outline.tables import HANDED_OVER, Q_OPEN


@inner
def gives(state, fte, rate, share):
    """Client seconds that a worker gives in an office second."""
    return fte * rate * share / 1e9 if state == STATE_PRESENT else 0.0


@inner
def holds(state, fte, rate):
    """Full-time equivalents that a worker has room for cases as."""
    return fte * rate / 1e6 if state == STATE_PRESENT or state == STATE_ABSENT else 0.0


@jit
def supply(crew, copies, day_ticks, levels, fte, pace, given, room, states, ftes, rates):
    """What the roster gives: client seconds before each open day, and who holds cases on it.

    Parameters
    ----------
    levels : (copies, open days + 1) float64
    fte : (copies, open days) float64
        Full-time equivalents that have room for cases.
    pace : (copies,) float64
        Mean client seconds that one of the workers gives in an office second.
    given, room : (copies,) float64
    states : (workers,) int64
    ftes, rates : (workers,) float64
        Working memory.
    """
    n_copies, n_days = fte.shape
    levels[:] = 0.0
    given[:] = 0.0
    room[:] = 0.0
    pace[:] = 0.0
    n_workers = crew.worker_copy.shape[0]
    for w in range(n_workers):
        c = crew.worker_copy[w]
        share = copies[c, SHARE]
        ftes[w] = crew.worker_fte[w]
        rates[w] = crew.worker_rate[w]
        states[w] = crew.worker_state[w]
        room[c] += 1.0
        pace[c] += ftes[w] * share / 1e6
        given[c] += gives(states[w], ftes[w], rates[w], share)
    for c in range(n_copies):
        pace[c] = pace[c] / room[c] if room[c] > 0 else 1.0
        room[c] = 0.0
    for w in range(n_workers):
        room[crew.worker_copy[w]] += holds(states[w], ftes[w], rates[w])
    event = 0
    n_events = crew.roster_time.shape[0]
    for d in range(n_days):
        for c in range(n_copies):
            levels[c, d + 1] = levels[c, d] + given[c] * day_ticks
        while event < n_events and crew.roster_time[event] < (d + 1) * day_ticks:
            w = crew.roster_worker[event]
            c = crew.worker_copy[w]
            share = copies[c, SHARE]
            kind = crew.roster_kind[event]
            value = crew.roster_value[event]
            before = gives(states[w], ftes[w], rates[w], share)
            room[c] -= holds(states[w], ftes[w], rates[w])
            if kind == EVENT_HIRE or kind == EVENT_RETURN:
                states[w] = STATE_PRESENT
            elif kind == EVENT_ABSENT:
                states[w] = HANDED_OVER if value == 1 else STATE_ABSENT
            elif kind == EVENT_LEAVE:
                states[w] = STATE_OUT
            elif kind == EVENT_ONBOARDED:
                rates[w] = value
            else:
                ftes[w] = value
            change = gives(states[w], ftes[w], rates[w], share) - before
            room[c] += holds(states[w], ftes[w], rates[w])
            given[c] += change
            levels[c, d + 1] += change * ((d + 1) * day_ticks - crew.roster_time[event])
            event += 1
        for c in range(n_copies):
            fte[c, d] = room[c]


@inner
def level_at(levels, c, time, day_ticks):
    """Client seconds that a copy has given at an office instant."""
    d = time // day_ticks
    return levels[c, d] + (levels[c, d + 1] - levels[c, d]) * (time - d * day_ticks) / day_ticks


@inner
def reached(levels, c, level, d, day_ticks):
    """The office instant, from open day d on, at which a copy has given so much; NEVER if not."""
    n = levels.shape[1] - 1
    while d < n and levels[c, d + 1] <= level:
        d += 1
    if d == n:
        return np.int64(NEVER)
    given = levels[c, d + 1] - levels[c, d]
    return np.int64(d * day_ticks + max(level - levels[c, d], 0.0) / given * day_ticks)


@inner
def day_of(time, calendar):
    """The calendar instant of an office instant inside the horizon."""
    d = time // calendar.day_ticks
    return calendar.open_day[d] * calendar.day_ticks + time - d * calendar.day_ticks


@inner
def has_room(copies, fte, state, c, d):
    """Whether a copy can take one more case on an open day."""
    return copies[c, LIMIT] < 0 or 1e3 * (state[c, Q_OPEN] + 1.0) <= fte[c, d] * copies[c, LIMIT]
