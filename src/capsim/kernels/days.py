"""What is told by day: when a backlog is cleared, and who is without a decision."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.pending import UNSEEN, clock_of, runs
from capsim.kernels.jit import inner


@inner
def add_daily(daily, steps, cell, instant, day, sign, day_ticks, n_days):
    """A queue that grows by `sign` from an instant of a day on: its daily integrals."""
    if day < n_days:
        daily[cell, day] += sign * ((day + 1) * day_ticks - max(np.int64(0), instant))
        steps[cell, day + 1] += sign


@inner
def clear_day(daily, cell, wave, normal, waiting_at_start, day_ticks, n_days):
    """See `capsim.measures.reference`; `daily` holds running sums, entry d of the days before d."""
    since = max(np.int64(0), wave - codes.DAYS_BEFORE_WAVE)
    before = np.float64(waiting_at_start)
    if normal == np.inf:
        return np.nan
    if normal == normal:
        before = normal
    elif wave > 0:
        before = (daily[cell, wave] - daily[cell, since]) / ((wave - since) * day_ticks)
    peak = wave
    highest = -1.0
    most = np.int64(-1)  # the sum of the days whose mean is the highest, if they are a full week
    for day in range(wave, n_days):
        first = max(np.int64(0), day - codes.DAYS_OF_MEAN + 1)
        over = daily[cell, day + 1] - daily[cell, first]
        if over <= most:
            continue  # as the week grows no longer, its mean is not higher: no need to divide
        mean = over / ((day + 1 - first) * day_ticks)
        if mean > highest:
            highest = mean
            peak = day
            if day + 1 - first == codes.DAYS_OF_MEAN:
                most = over
    for day in range(peak + 1, n_days):
        first = max(np.int64(0), day - codes.DAYS_OF_MEAN + 1)
        mean = (daily[cell, day + 1] - daily[cell, first]) / ((day + 1 - first) * day_ticks)
        if mean <= before + 1e-9:
            return np.float64(day)
    return np.nan


@inner
def twin(cell, n_inflows, n_offices):
    """The cell of the only inflow or office where that of all is the same, else the cell itself."""
    if n_offices == 2 and cell % n_offices == 0:
        cell += 1
    if n_inflows == 2 and cell // n_offices % n_inflows == 0:
        cell += n_offices
    return cell


@inner
def clear_days(calendar, wave, normal, shape, at_start, daily, steps, values, column):
    """When backlogs are cleared, into a column: of the whole run, in the window "all".

    `wave` is the day from which they are sought, `normal` the queue of each cell that ends one: NaN
    is that before the wave, infinite none.
    """
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    for stage in range(n_stages):
        for kind_of_case in range(1, n_inflows):
            for here in range(1, n_offices):
                cell = stage * plane + kind_of_case * n_offices + here
                for which in range(3):
                    target = stage * plane
                    if which == 1:
                        target += kind_of_case * n_offices
                    elif which == 2:
                        target += here
                    if twin(target, n_inflows, n_offices) == target:
                        at_start[target] += at_start[cell]
                        for d in range(n_days):
                            daily[target, d] += daily[cell, d]
                            steps[target, d] += steps[cell, d]
    for cell in range(n_stages * plane):
        if twin(cell, n_inflows, n_offices) != cell:
            continue
        # Steps become ramps, and daily integrals running sums of all days before.
        level = np.int64(0)
        total = np.int64(0)
        for d in range(n_days):
            level += steps[cell, d]
            integral = daily[cell, d] + level * day_ticks
            daily[cell, d] = total
            total += integral
        daily[cell, n_days] = total
        values[cell, column] = clear_day(
            daily, cell, wave, normal[cell], at_start[cell], day_ticks, n_days
        )
    for cell in range(n_stages * plane):
        values[cell, column] = values[twin(cell, n_inflows, n_offices), column]


@inner
def add_span(daily, steps, cell, start, stop, day_ticks, n_days):
    """Somebody is without a decision from `start` until `stop`."""
    first = max(np.int64(0), start) // day_ticks
    last = max(np.int64(0), stop) // day_ticks
    add_daily(daily, steps, cell, start, first, np.int64(1), day_ticks, n_days)
    add_daily(daily, steps, cell, stop, last, np.int64(-1), day_ticks, n_days)


@inner
def add_pending(
    calendar, deciding, cases, stays, case_left, shape, since, daily, steps
):  # fmt: skip
    """Add up by day who is without a decision; see `capsim.measures.pending`."""
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    inflow, office = cases.inflow, cases.office
    n_deciding = deciding.stage.shape[0]
    _, n_inflows, n_offices = shape
    all_started = np.int64(codes.NEVER)
    n_cases = inflow.shape[0]
    for case in range(n_cases):
        for z in range(n_deciding):
            since[case, z] = UNSEEN
    for z in range(n_deciding):
        for i in range(stays.shape[0]):
            case = stays[i, c.S_CASE]
            begin, stop = clock_of(since[case, z], i, z, stays, deciding, cases, all_started)
            since[case, z] = begin
            if stop != codes.NONE:
                cell = (z * n_inflows + inflow[case] + 1) * n_offices + office[case] + 1
                add_span(daily, steps, cell, begin, stop, day_ticks, n_days)
                since[case, z] = codes.NONE
        for case in range(n_cases):
            begin = since[case, z]
            if not runs(begin):
                continue
            stop = n_days * day_ticks
            if case < case_left.shape[0] and case_left[case] != codes.NONE:
                stop = case_left[case]
            cell = (z * n_inflows + inflow[case] + 1) * n_offices + office[case] + 1
            add_span(daily, steps, cell, begin, stop, day_ticks, n_days)


@inner
def measure_pending(
    calendar, border, first, last, whole, deciding, shape, daily, steps, values, column
):  # fmt: skip
    """Who is without a decision, in every window, into three columns from `column` on.

    The mean, the peak of the daily means, and the first day of the peak. `deciding` are the stages.
    """
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    for z in range(deciding.shape[0]):
        for kind_of_case in range(1, n_inflows):
            for here in range(1, n_offices):
                part = kind_of_case * n_offices + here
                cell = z * plane + part
                level = np.int64(0)
                for d in range(n_days):
                    level += steps[cell, d]
                    daily[cell, d] += level * day_ticks
                for which in range(3):
                    target = np.int64(0)
                    if which == 1:
                        target = np.int64(kind_of_case * n_offices)
                    elif which == 2:
                        target = np.int64(here)
                    if twin(target, n_inflows, n_offices) == target:
                        for d in range(n_days):
                            daily[z * plane + target, d] += daily[cell, d]
        for w in range(first.shape[0]):
            low = border[first[w]] // day_ticks
            high = border[last[w]] // day_ticks
            if low == high:
                continue
            row = (w * n_stages + deciding[z]) * plane
            for part in range(plane):
                if whole[w] == 1 and part % n_offices > 0:
                    continue
                cell = z * plane + twin(part, n_inflows, n_offices)
                total = np.int64(0)
                most = np.int64(0)
                day_of_most = -1
                for d in range(low, high):
                    integral = daily[cell, d]
                    total += integral
                    if integral > most:
                        most = integral
                        day_of_most = d
                v = values[row + part]
                v[column] = total / np.float64((high - low) * day_ticks)
                v[column + 1] = most / np.float64(day_ticks)
                v[column + 2] = np.float64(day_of_most) if most > 0 else np.nan
