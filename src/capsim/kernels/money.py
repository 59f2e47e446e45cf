"""How long what costs money was there, in whole ticks by flow, inflow, place and slice of time.

`capsim.measures.money` says the same of the tables of a run; what the sums are worth is the
business of `capsim.plan.money`.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inner, jit


@inner
def add_from(sums, instant, weight, border, of_day, day_ticks):
    """Something that is there from a calendar instant on: sums over slices, and steps after."""
    end = border.shape[0] - 1
    instant = max(instant, np.int64(0))
    if instant >= border[end]:
        return
    k = of_day[instant // day_ticks]
    sums[0, k] += weight * (border[k + 1] - instant)
    sums[1, k + 1] += weight


@inner
def add_span(sums, start, stop, weight, border, of_day, day_ticks):
    """Something that is there from `start` until `stop`."""
    if stop > start and stop > 0:
        add_from(sums, start, weight, border, of_day, day_ticks)
        add_from(sums, stop, -weight, border, of_day, day_ticks)


@inner
def later(step, row, before, instant, day_ticks):
    """The same second of the day that lies some time after an instant."""
    column = max(instant // day_ticks + before, np.int64(0))
    return step[row, min(column, np.int64(step.shape[1] - 1))] * day_ticks + instant % day_ticks


@inner
def late_days(due, judged, end, day_ticks):
    """Days begun since a deadline until it was judged, or so far."""
    if judged == codes.NONE:
        return (end - due + day_ticks - 1) // day_ticks
    return (judged - due) // day_ticks + 1


@jit
def add_cases(day_ticks, n_days, money, cases, n_initial, stays, sums):
    """Add what cases cost.

    Parameters
    ----------
    money : Money
    cases : Paying
    n_initial : int
        Cases that are there on the first day.
    stays : (stays, STAY_FIELDS)
    sums : (flows, inflows + 1, places, 2, slices + 1)
        The second of the two are steps.
    """
    end = n_days * day_ticks
    border, of_day = money.border, money.of_day
    for i in range(stays.shape[0]):
        stage = stays[i, c.S_STAGE]
        first, last = money.stage[stage], money.stage[stage + 1]
        if first == last:
            continue
        case = stays[i, c.S_CASE]
        a, b = cases.inflow[case], cases.office[case]
        joined = stays[i, c.S_JOINED]
        told = joined
        if i < n_initial and cases.initial[case] == codes.INITIAL_AGELESS:
            told = np.int64(codes.NONE)
        for f in range(first, last):
            if money.takes[f, a] == 0:
                continue
            if told < money.joined[f, 0] or told >= money.joined[f, 1]:
                continue
            if money.what[f] == codes.FLOW_JOINED:
                if joined < 0 or i < n_initial:
                    continue
                start = joined // day_ticks * day_ticks
                stop = start + day_ticks
            elif money.what[f] == codes.FLOW_LATE:
                if stays[i, c.S_LATE] != codes.LATE_YES:
                    continue
                due = stays[i, c.S_DUE]
                judged = stays[i, c.S_ENDED]
                if money.until[b, a, stage] == codes.UNTIL_START:
                    if stays[i, c.S_STARTED] != codes.NONE:
                        judged = stays[i, c.S_STARTED]
                n = late_days(due, judged, end, day_ticks)
                day = due // day_ticks
                start = (day + min(money.low[f, a], n)) * day_ticks
                stop = (day + min(money.high[f, a], n)) * day_ticks
            else:
                start = joined
                stop = stays[i, c.S_ENDED]
                if stop == codes.NONE:
                    stop = end
                if money.end[f] >= 0:
                    over = later(money.step, money.end[f], money.before, joined, day_ticks)
                    stop = min(stop, over)
                if money.begin[f] >= 0:
                    start = later(money.step, money.begin[f], money.before, joined, day_ticks)
            add_span(sums[f, a, b], start, stop, np.int64(1), border, of_day, day_ticks)
    if money.exit[0] < money.exit[money.exit.shape[0] - 1]:
        for case in range(cases.left.shape[0]):
            left = cases.left[case]
            if left == codes.NONE:
                continue
            way = cases.exit[case]
            a, b = cases.inflow[case], cases.office[case]
            for f in range(money.exit[way], money.exit[way + 1]):
                if money.takes[f, a] == 0:
                    continue
                paid = min(left, end - 1)
                if money.begin[f] >= 0:
                    paid = later(money.step, money.begin[f], money.before, left, day_ticks)
                start = paid // day_ticks * day_ticks
                add_span(
                    sums[f, a, b], start, start + day_ticks, np.int64(1), border, of_day, day_ticks
                )


@jit
def add_staff(day_ticks, n_days, money, staff, changes, sums):
    """Add what posts cost, after all cases, and make the steps what they stand for.

    Parameters
    ----------
    money : Money
    staff : (5, workers)
        Copy, calendar instants of hiring and leaving, and FTE of each; 1 for one of a reserve.
    changes : (3, contracts)
        Worker, calendar instant and new FTE of contracts that are shortened, in order.
    sums
        See `add_cases`.
    """
    end = n_days * day_ticks
    border, of_day = money.border, money.of_day
    nobody = sums.shape[1] - 1
    for worker in range(staff.shape[1]):
        copy = staff[0, worker]
        team = money.copy_team[copy]
        hired, left = max(np.int64(0), staff[1, worker]), min(staff[2, worker], end)
        fte = staff[3, worker]
        for f in range(money.team[team], money.team[team + 1]):
            if money.what[f] == codes.FLOW_USUAL and staff[4, worker] == 1:
                continue
            if money.what[f] == codes.FLOW_RESERVE and staff[4, worker] == 0:
                continue
            cell = sums[f, nobody, money.copy_place[copy]]
            add_span(cell, hired, left, fte, border, of_day, day_ticks)
    for i in range(changes.shape[1]):
        worker = changes[0, i]
        copy = staff[0, worker]
        team = money.copy_team[copy]
        fte = staff[3, worker]
        for j in range(i):
            if changes[0, j] == worker:
                fte = changes[2, j]
        since = max(changes[1, i], np.int64(0), staff[1, worker])
        left = min(staff[2, worker], end)
        for f in range(money.team[team], money.team[team + 1]):
            if money.what[f] == codes.FLOW_RESERVE:
                continue
            cell = sums[f, nobody, money.copy_place[copy]]
            add_span(cell, since, left, changes[2, i] - fte, border, of_day, day_ticks)
    accumulate(sums, border)


@inner
def accumulate(sums, border):
    """Steps become what they add to later slices."""
    for f in range(sums.shape[0]):
        for a in range(sums.shape[1]):
            for b in range(sums.shape[2]):
                level = np.int64(0)
                for k in range(border.shape[0] - 1):
                    level += sums[f, a, b, 1, k]
                    sums[f, a, b, 0, k] += level * (border[k + 1] - border[k])
