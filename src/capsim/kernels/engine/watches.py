"""Triggers in the compiled engine: counting on Mondays, orders, and who comes and goes.

All of it belongs to the event of the roster: `react` counts before anything of the instant is
changed, and leaves in `turns` the changes of reserves, which the loop makes after all others.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.clock import office_instant
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.pending import UNSEEN, clock_of, runs
from capsim.kernels.jit import inner


@inner
def react(
    time, now, n_stays, calendar, watches, deciding, cases, stage_copy, C, W, K, G, counts,
    triggers, case_seen, stays, orders,
):  # fmt: skip
    """Count if it is time, and tell how many of the reserves come or go: rows of `turns`."""
    watch, reserve, turns = triggers.watch, triggers.reserve, triggers.turns
    tally, tally_weight, pends = triggers.tally, triggers.tally_weight, triggers.pends
    count, mondays, what, of = watches.count, watches.mondays, watches.what, watches.of
    n_counts = count.shape[0]
    is_counted = False
    while G[c.NEXT_COUNT] < n_counts and count[G[c.NEXT_COUNT]] == time:
        if not is_counted:
            count_up(
                now, n_stays, what, of, deciding, cases, stage_copy, C, tally, tally_weight, pends,
                case_seen, stays,
            )  # fmt: skip
            is_counted = True
        for w in range(watch.shape[0]):
            if watch[w, c.CHANGED] == time:
                continue
            if watch[w, c.ORDER] >= 0:
                if holds(w, np.int64(1), watches, W, K, counts, tally, tally_weight):
                    end_order(w, time, now, watch, orders)
                continue
            watch[w, c.HELD] += 1
            if not holds(w, np.int64(0), watches, W, K, counts, tally, tally_weight):
                watch[w, c.HELD] = 0
            if watch[w, c.HELD] >= mondays[w]:
                give_order(w, time, now, calendar, watches.lead, watches.most, watch, orders, G)
        G[c.NEXT_COUNT] += 1

    n_turns = np.int64(0)
    following = np.int64(codes.NEVER)
    if G[c.NEXT_COUNT] < n_counts:
        following = count[G[c.NEXT_COUNT]]
    for w in range(watch.shape[0]):
        if watch[w, c.ORDER] >= 0 and watch[w, c.ENDS] <= time:
            end_order(w, time, now, watch, orders)
        is_there = np.int64(0)
        if watch[w, c.ORDER] >= 0 and watch[w, c.COMES] <= time:
            is_there = np.int64(1)
        if is_there != watch[w, c.IS_THERE]:
            watch[w, c.IS_THERE] = is_there
            kind = np.int64(codes.EVENT_LEAVE)
            if is_there == 1:
                kind = np.int64(codes.EVENT_HIRE)
                orders[watch[w, c.ORDER], c.O_CAME] = time
            for seat in range(reserve.shape[0]):
                if reserve[seat, c.R_WATCH] == w:
                    turns[n_turns, c.TURN_WORKER] = reserve[seat, c.R_WORKER]
                    turns[n_turns, c.TURN_KIND] = kind
                    n_turns += 1
        if watch[w, c.ORDER] >= 0:
            following = min(following, watch[w, c.ENDS])
            if is_there == 0:
                following = min(following, watch[w, c.COMES])
    G[c.NEXT_TURN] = following
    return n_turns


@inner
def give_order(w, time, now, calendar, lead, most, watch, orders, G):
    """Order the reserve of a watch: when it comes, and when it goes whatever is counted."""
    row = G[c.ORDERS]
    G[c.ORDERS] += 1
    orders[row, c.O_WATCH] = w
    orders[row, c.O_ON] = now
    orders[row, c.O_OFF] = codes.NONE
    orders[row, c.O_CAME] = codes.NONE
    orders[row, c.O_WENT] = codes.NONE
    watch[w, c.HELD] = 0
    watch[w, c.CHANGED] = time
    watch[w, c.ORDER] = row
    watch[w, c.COMES] = time
    if lead[w] != 0:
        watch[w, c.COMES] = after(lead[w], time, now, calendar)
    watch[w, c.ENDS] = codes.NEVER
    if most[w] != 0:
        watch[w, c.ENDS] = after(most[w], time, now, calendar)


@inner
def after(ticks, time, now, calendar):
    """The office instant at which so many ticks are over; below zero: of office time."""
    if ticks < 0:
        return time - ticks
    return office_instant(now + ticks, calendar)


@inner
def end_order(w, time, now, watch, orders):
    """End the order of a watch; who of its reserve is there goes."""
    row = watch[w, c.ORDER]
    orders[row, c.O_OFF] = now
    if watch[w, c.IS_THERE] == 1:
        orders[row, c.O_WENT] = time
    watch[w, c.ORDER] = -1
    watch[w, c.CHANGED] = time


@inner
def holds(w, which, watches, W, K, counts, tally, tally_weight):
    """Whether the condition of a watch that calls (0), or sends home (1), holds now."""
    copies, offices = watches.copies, watches.offices
    level, signs = watches.level, watches.sign
    what, stage = watches.what[w, which], watches.of[w, which]
    if what == codes.WATCH_NOTHING:
        return False
    counted = np.int64(0)
    against = np.int64(1)
    if what == codes.WATCH_PLACES or what == codes.WATCH_STAYS:
        against = np.int64(0)
        for copy in range(K.shape[0]):
            if copies[w, which, copy] == 0:
                continue
            if what == codes.WATCH_STAYS:
                counted += tally_weight[copy]
            for worker in range(K[copy, c.WORKER_FIRST], K[copy, c.WORKER_LAST]):
                if what == codes.WATCH_PLACES:
                    counted += W[worker, c.LOAD_WEIGHT]
                if W[worker, c.EMPLOYED] == 1:
                    against += W[worker, c.FTE]
    else:
        for here in range(offices.shape[1]):
            if offices[w, here] == 0:
                continue
            if what == codes.WATCH_WAITING:
                counted += counts[stage, 0, here + 1]
            elif what == codes.WATCH_OPEN:
                counted += tally[0, stage, here]
            else:
                counted += tally[1, stage, here]
    limit = level[w, which] * against
    sign = signs[w, which]
    if sign == codes.ABOVE:
        return counted > limit
    if sign == codes.AT_LEAST:
        return counted >= limit
    if sign == codes.BELOW:
        return counted < limit
    return counted <= limit


@inner
def count_up(
    now, n_stays, what, of, deciding, cases, stage_copy, C, tally, tally_weight, pends, case_seen,
    stays,
):  # fmt: skip
    """Count what only looking at every case tells, as far as a trigger asks for it."""
    tally.fill(0)
    tally_weight.fill(0)
    looks = False
    for w in range(what.shape[0]):
        for which in range(2):
            looks = looks or what[w, which] == codes.WATCH_OPEN
            looks = looks or what[w, which] == codes.WATCH_STAYS
    if looks:
        for case in range(case_seen.shape[0]):
            if case_seen[case] == 1 and C[case, c.STAGE] >= 0:
                here = C[case, c.OFFICE]
                copy = stage_copy[here, C[case, c.STAGE]]
                tally[0, C[case, c.STAGE], here] += 1
                if copy >= 0:
                    tally_weight[copy] += C[case, c.WEIGHT]
    for stage in range(tally.shape[1]):
        asks = False
        for w in range(what.shape[0]):
            for which in range(2):
                asks = asks or (what[w, which] == codes.WATCH_PENDING and of[w, which] == stage)
        if not asks:
            continue
        z = deciding.row[stage]
        pends.fill(UNSEEN)
        for i in range(n_stays):
            case = stays[i, c.S_CASE]
            begin, stop = clock_of(pends[case], i, z, stays, deciding, cases, now)
            pends[case] = begin if stop == codes.NONE else np.int64(codes.NONE)
        for case in range(pends.shape[0]):
            if runs(pends[case]) and C[case, c.STAGE] >= 0:
                tally[1, stage, C[case, c.OFFICE]] += 1
