"""Sums of an outline: hours and places by the day, and queues for their peaks."""

from __future__ import annotations

import numpy as np

from capsim.kernels.codes import KIND_CASEWORKER, KIND_DELAY, NONE
from capsim.kernels.engine.columns import (
    P_KIND,
    S_CASE,
    S_ENDED,
    S_JOINED,
    S_STAGE,
    S_STARTED,
    SPENT_CASES,
    SPENT_IDLE,
    SPENT_WEIGHT,
    SPENT_WORK,
)
from capsim.kernels.jit import inner
from capsim.kernels.outline.tables import (
    Q_ADDED,
    Q_BACKLOG,
    Q_GIVEN,
    Q_LOAD,
    Q_OPEN,
    Q_WORKED,
)


@inner
def end_of_day(d, calendar, windows, levels, state, crew_first, spent):
    """Add the hours and places of an open day; they stand with the first worker of a copy."""
    n_copies, day_ticks = levels.shape[0], calendar.day_ticks
    opened = calendar.open_day[d]
    span = calendar.open_day[d + 1] - opened
    for c in range(n_copies):
        given = levels[c, d + 1] - levels[c, d]
        state[c, Q_BACKLOG] += state[c, Q_ADDED]
        done = min(state[c, Q_BACKLOG], given)
        state[c, Q_BACKLOG] -= done
        k = windows.of_day[opened]
        if k >= 0:
            state[c, Q_WORKED] += done
            state[c, Q_GIVEN] += given
            state[c, Q_LOAD] += state[c, Q_OPEN] * span * day_ticks
            w = crew_first[c]
            if w >= 0:  # the sums so far stand at the next border
                spent[w, k + 1, SPENT_WORK] = np.int64(state[c, Q_WORKED])
                idle = (state[c, Q_GIVEN] - state[c, Q_WORKED]) * 1e9
                spent[w, k + 1, SPENT_IDLE] = np.int64(idle)
                spent[w, k + 1, SPENT_CASES] = np.int64(state[c, Q_LOAD])
                spent[w, k + 1, SPENT_WEIGHT] = np.int64(state[c, Q_LOAD] * 1e3)


@inner
def add_queues(calendar, windows, tables, people, stays, n_stays, waiting, peaks):
    """Count queues by the day, of all inflows together, and keep their peaks."""
    prof, net, day_ticks = tables.profiles, tables.network, calendar.day_ticks
    n_initial = people.initial_gap.shape[0]
    for i in range(n_stays):
        p_kind = prof[
            net.profile[
                people.office[stays[i, S_CASE]], people.inflow[stays[i, S_CASE]], stays[i, S_STAGE]
            ],
            P_KIND,
        ]
        if p_kind == KIND_DELAY or (p_kind == KIND_CASEWORKER and i < n_initial):
            continue
        end = stays[i, S_STARTED]
        if end == NONE:
            end = stays[i, S_ENDED]
        first = stays[i, S_JOINED] // day_ticks
        last = calendar.n_days if end == NONE else end // day_ticks
        here = people.office[stays[i, S_CASE]]
        waiting[stays[i, S_STAGE], here + 1, first] += 1
        waiting[stays[i, S_STAGE], here + 1, last] -= 1
        waiting[stays[i, S_STAGE], 0, first] += 1
        waiting[stays[i, S_STAGE], 0, last] -= 1
    peaks[:] = 0
    for stage in range(waiting.shape[0]):
        for place in range(waiting.shape[1]):
            number = 0
            for day in range(calendar.n_days):
                number += waiting[stage, place, day]
                k = windows.of_day[day]
                if k >= 0:
                    peaks[k, stage, 0, place] = max(peaks[k, stage, 0, place], number)


@inner
def carry_over(spent):
    """Let the sums so far stand at every later border too."""
    for w in range(spent.shape[0]):
        for k in range(1, spent.shape[1]):
            for field in (SPENT_WORK, SPENT_IDLE, SPENT_CASES, SPENT_WEIGHT):
                spent[w, k, field] = max(spent[w, k, field], spent[w, k - 1, field])
