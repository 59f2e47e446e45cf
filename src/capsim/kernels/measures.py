"""The measures of a run, straight from the engine's log: `capsim.measures.reference`, compiled.

The definitions are there; the tests compare the two on generated scenarios. Sums are kept in
integer ticks for every (stage, inflow, office) and slice of the measured time, so that a stay is
touched once, however many windows there are. A window adds up its slices, and then the cells to
"all": index 0 of the inflow and office axes.
"""

from typing import Any, NamedTuple

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import jit
from capsim.kernels.sorting import radix_sort

# Sums of a cell. Those before COHORT_SUMS are of who joined in a slice, the longest wait first
# because it is no sum, and of the visits that fell due in it; those before SUMS are of what
# happened in the slice. The last ones are steps: by how much an integral grows in later slices.
(
    LONGEST, COHORT, WAIT, STARTED, WAIT_STARTED, ASSIGNMENT, STAYED, JUDGED, LATE, DECIDED,
    DECISION, LEFT, TURNED_AWAY, WAITS_ON, CONTACTS, CONTACT_WAIT, PLANNED, RHYTHM_WAIT,
    COHORT_SUMS,
) = range(19)  # fmt: skip
QUEUED, IN_STAGE, ARRIVALS, COMPLETED, MISSED, SUMS = range(COHORT_SUMS, COHORT_SUMS + 6)
QUEUED_STEP, IN_STAGE_STEP, SLICE_SUMS = range(SUMS, SUMS + 3)

# The measures of a stage and of a team, in the order of `capsim.catalogue.measures`.
(
    M_WAIT_MEAN, M_WAIT_P50, M_WAIT_P90, M_WAIT_MAX, M_WAIT_MEAN_FINISHED, M_ASSIGNMENT,
    M_CONTACT_WAIT, M_CONTACT_RATIO, M_QUEUE_MEAN, M_QUEUE_PEAK, M_IN_STAGE, M_STAY, M_LATE,
    M_DECISION_MEAN, M_DECISION_P90, M_DROPOUT, M_TURNED_AWAY, M_CENSORED, M_ARRIVALS,
    M_COMPLETED, M_NO_SHOWS, M_CLEAR_DAY, STAGE_MEASURES,
) = range(23)  # fmt: skip
T_PER_WORKER, T_PER_FTE, T_PEAK, T_UTILIZATION, T_QUEUE, TEAM_MEASURES = range(6)

# Sums of a team copy in a window.
(
    IN_QUEUE, CASES, WEIGHT, EMPLOYED, CONTRACT, WORKED, MOST, COPY_SUMS,
) = range(8)  # fmt: skip

# State of a Kaplan-Meier estimate: how many there are, how many were passed, the instant in hand
# with its ends and those at risk.
KM_ALL, KM_PASSED, KM_INSTANT, KM_ENDS, KM_AT_RISK, KM_STATE = range(6)


@jit
def overlap(start, stop, low, high):
    """Length of [start, stop) inside [low, high)."""
    return max(np.int64(0), min(stop, high) - max(start, low))


@jit
def pass_instant(state, survival, row, values, median, upper, day):
    """Finish the instant in hand: the share that outlasts it, and the quantiles it reaches."""
    if state[row, KM_ENDS] == 0:
        return
    survival[row] *= 1.0 - state[row, KM_ENDS] / state[row, KM_AT_RISK]
    if median >= 0 and np.isnan(values[row, median]) and survival[row] <= 0.5 + codes.ROUNDING:
        values[row, median] = state[row, KM_INSTANT] / day
    if np.isnan(values[row, upper]) and survival[row] <= 1.0 - 0.9 + codes.ROUNDING:
        values[row, upper] = state[row, KM_INSTANT] / day
    state[row, KM_ENDS] = 0


@jit
def quantiles(
    keys, n, cell_bits, slice_bits, windows, shape, memory, values, median, upper, day
):  # fmt: skip
    """Kaplan-Meier quantiles of all windows and cells; durations ascend, ends before open ones.

    A key is (duration, whether it is open, cell, slice). `shape` is that of the cells: stages,
    inflows + 1, offices + 1; `median` and `upper` are columns of the values, -1 for none.
    """
    state, survival = memory.state, memory.survival
    n_stages, n_inflows, n_offices = shape
    n_cells = n_stages * n_inflows * n_offices
    bits = cell_bits + slice_bits
    cell_mask = (np.int64(1) << cell_bits) - 1
    slice_mask = (np.int64(1) << slice_bits) - 1
    for row in range(state.shape[0]):
        survival[row] = 1.0
        for field in range(KM_STATE):
            state[row, field] = 0
        if median >= 0:
            values[row, median] = np.nan
        values[row, upper] = np.nan
    for step in range(2):
        for i in range(n):
            k = keys[i] & slice_mask
            finest = (keys[i] >> slice_bits) & cell_mask
            duration = keys[i] >> (bits + 1)
            ends = (keys[i] >> bits) & 1 == 0
            of_office = finest % n_offices
            of_inflow = finest // n_offices % n_inflows * n_offices
            for m in range(windows.of_slice[k], windows.of_slice[k + 1]):
                w = windows.member[m]
                for which in range(4):
                    row = w * n_cells + finest
                    if which & 1:
                        row -= of_office
                    elif windows.whole[w] == 1:
                        continue
                    if which & 2:
                        row -= of_inflow
                    if step == 0:
                        state[row, KM_ALL] += 1
                        continue
                    if ends:
                        if state[row, KM_ENDS] > 0 and state[row, KM_INSTANT] != duration:
                            pass_instant(state, survival, row, values, median, upper, day)
                        if state[row, KM_ENDS] == 0:
                            state[row, KM_INSTANT] = duration
                            state[row, KM_AT_RISK] = state[row, KM_ALL] - state[row, KM_PASSED]
                        state[row, KM_ENDS] += 1
                    state[row, KM_PASSED] += 1
    for row in range(state.shape[0]):
        pass_instant(state, survival, row, values, median, upper, day)


@jit
def slice_of(windows, instant, day_ticks):
    """Slice of a calendar instant within the measured time, its end included."""
    if windows.border.shape[0] == 2:
        return np.int64(0)
    return windows.of_day[instant // day_ticks]


@jit
def add_ramp(sums, cell, field, step, instant, sign, windows, day_ticks):
    """Something that grows by `sign` from a calendar instant on: its integrals over slices."""
    instant = max(instant, windows.border[0])
    if instant >= windows.border[windows.border.shape[0] - 1]:
        return
    k = slice_of(windows, instant, day_ticks)
    sums[cell, k, field] += sign * (windows.border[k + 1] - instant)
    sums[cell, k + 1, step] += sign


@jit
def shows_peak(windows, w, k):
    """Whether the peak of a window may lie in slice k: it has office time, or the window none."""
    first, last = windows.first[w], windows.last[w]
    if windows.office[first] == windows.office[last]:
        return k == first
    return windows.office[k] < windows.office[k + 1]


@jit
def add_daily(daily, steps, cell, instant, sign, day_ticks, n_days):
    """A queue that grows by `sign` from a calendar instant on: its daily integrals."""
    day = max(np.int64(0), instant) // day_ticks
    if day < n_days:
        daily[cell, day] += sign * ((day + 1) * day_ticks - max(np.int64(0), instant))
        steps[cell, day + 1] += sign


@jit
def clear_day(daily, cell, wave, waiting_at_start, day_ticks, n_days):
    """See `capsim.measures.reference`; `daily` holds running sums, entry d of the days before d."""
    since = max(np.int64(0), wave - codes.DAYS_BEFORE_WAVE)
    before = np.float64(waiting_at_start)
    if wave > 0:
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


@jit
def twin(cell, n_inflows, n_offices):
    """The cell of the only inflow or office where that of all is the same, else the cell itself."""
    if n_offices == 2 and cell % n_offices == 0:
        cell += 1
    if n_inflows == 2 and cell // n_offices % n_inflows == 0:
        cell += n_offices
    return cell


@jit
def ratio(above, below):
    """Quotient, NaN where there is nothing to divide by."""
    if below == 0:
        return np.nan
    return above / below


class Memory(NamedTuple):
    """Working memory of `measure`."""

    sums: Any
    """(cells, slices + 1, SLICE_SUMS)."""
    totals: Any
    """(cells, SUMS) of the window in hand."""
    keys: Any
    other: Any
    """(stays,) each."""
    bins: Any
    """(2**RADIX_BITS,)."""
    state: Any
    """(windows * cells, KM_STATE)."""
    survival: Any
    """(windows * cells,) float64."""
    daily: Any
    steps: Any
    """(cells, n_days + 1) each, or one row where there is no wave."""
    at_start: Any
    """(cells,) initial cases that wait."""
    copies: Any
    """(copies, COPY_SUMS)."""
    idle_hours: Any
    """(copies,) float64."""


@jit
def measure(
    calendar, windows, wave, tables, people, crew, written, n_stays, teams, by_place,
    roster_calendar, memory, stage_values, team_values,
):  # fmt: skip
    """Fill the values of stages and of teams, in every window.

    Stages: (windows * cells, STAGE_MEASURES); teams, then copies: (windows, rows, TEAM_MEASURES).
    `wave` is the day of the first wave, -1 for none; `teams` the team of each copy, `by_place` 1
    where its cases hold places; `roster_calendar` the calendar instants of the roster's events.
    """
    day_ticks = calendar.day_ticks
    n_stages = stage_values.shape[0] // windows.first.shape[0]
    n_inflows = written.peaks.shape[2]
    n_offices = written.peaks.shape[3]
    n_stages //= n_inflows * n_offices
    shape = (n_stages, n_inflows, n_offices)
    n_cells = n_stages * n_inflows * n_offices
    cell_bits = np.int64(0)
    while (np.int64(1) << cell_bits) <= n_cells:
        cell_bits += 1
    slice_bits = np.int64(0)
    while (np.int64(1) << slice_bits) < windows.border.shape[0]:
        slice_bits += 1
    memory.sums.fill(0)
    memory.at_start.fill(0)
    if wave >= 0:
        memory.daily.fill(0)
        memory.steps.fill(0)
    n_waits = add_stays(
        calendar, windows, wave, tables, people, written, n_stays, shape, cell_bits, slice_bits,
        memory,
    )  # fmt: skip
    add_contacts(written.contacts, shape, memory.sums)
    make_integrals(windows, shape, memory.sums)

    # Quantiles: of waits, and of the days to decision.
    day = np.float64(day_ticks)
    lowest = cell_bits + slice_bits
    swapped = radix_sort(memory.keys, memory.other, n_waits, lowest, memory.bins)
    ordered = memory.other if swapped else memory.keys
    quantiles(
        ordered, n_waits, cell_bits, slice_bits, windows, shape, memory, stage_values,
        np.int64(M_WAIT_P50), np.int64(M_WAIT_P90), day,
    )  # fmt: skip
    n_decisions = decisions(
        calendar, windows, people, written.stays, n_stays, shape, cell_bits, slice_bits, memory.keys
    )  # fmt: skip
    swapped = radix_sort(memory.keys, memory.other, n_decisions, lowest, memory.bins)
    ordered = memory.other if swapped else memory.keys
    quantiles(
        ordered, n_decisions, cell_bits, slice_bits, windows, shape, memory, stage_values,
        np.int64(-1), np.int64(M_DECISION_P90), day,
    )  # fmt: skip

    for w in range(windows.first.shape[0]):
        add_up(w, windows, shape, memory)
        measure_stages(w, windows, shape, written.peaks, memory.totals, stage_values, day)
        if windows.first[w] == windows.last[w]:
            continue  # of people only
        measure_teams(
            w, calendar, windows, tables, crew, written, teams, by_place, roster_calendar, shape,
            memory, team_values[w],
        )  # fmt: skip
    clear_days(calendar, wave, shape, memory, stage_values)


@jit
def add_stays(
    calendar, windows, wave, tables, people, written, n_stays, shape, cell_bits, slice_bits, memory
):  # fmt: skip
    """Add every stay to the sums of its cell, and list the waits; returns how many these are."""
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    prof, profile = tables.profiles, tables.network.profile
    inflow, office, initial = people.inflow, people.office, people.initial
    n_initial = people.initial_gap.shape[0]
    opening = calendar.open_day[0] * day_ticks
    first_day = windows.border.shape[0] - 1  # initial cases have a slice of their own, the last
    stays, sums, keys = written.stays, memory.sums, memory.keys
    _, n_inflows, n_offices = shape
    low = windows.border[0]
    high = n_days * day_ticks
    n_waits = np.int64(0)
    for i in range(n_stays):
        case = stays[i, c.S_CASE]
        stage = stays[i, c.S_STAGE]
        cell = (stage * n_inflows + inflow[case] + 1) * n_offices + office[case] + 1
        kind = prof[profile[office[case], inflow[case], stage], c.P_KIND]
        joined = stays[i, c.S_JOINED]
        is_open = stays[i, c.S_ENDED] == codes.NONE
        end = high if is_open else stays[i, c.S_ENDED]
        started = stays[i, c.S_STARTED] != codes.NONE
        wait_end = stays[i, c.S_STARTED] if started else end
        is_initial = i < n_initial
        # An initial case that has a caseworker when the run opens has been visited before.
        is_held = is_initial and stays[i, c.S_ASSIGNED] == opening
        queued = kind != codes.KIND_DELAY and not is_held
        outcome = stays[i, c.S_OUTCOME]
        add_ramp(sums, cell, IN_STAGE, IN_STAGE_STEP, joined, np.int64(1), windows, day_ticks)
        add_ramp(sums, cell, IN_STAGE, IN_STAGE_STEP, end, np.int64(-1), windows, day_ticks)
        if queued:
            if is_initial:
                memory.at_start[cell] += 1
            if wait_end > joined:
                add_ramp(sums, cell, QUEUED, QUEUED_STEP, joined, np.int64(1), windows, day_ticks)
                add_ramp(
                    sums, cell, QUEUED, QUEUED_STEP, wait_end, np.int64(-1), windows, day_ticks
                )
                if wave >= 0:
                    add_daily(
                        memory.daily, memory.steps, cell, joined, np.int64(1), day_ticks, n_days
                    )
                    add_daily(
                        memory.daily, memory.steps, cell, wait_end, np.int64(-1), day_ticks, n_days
                    )
        if outcome == codes.OUTCOME_COMPLETED and end >= low:
            sums[cell, slice_of(windows, end, day_ticks), COMPLETED] += 1
        if is_initial:
            k = np.int64(first_day)
        elif joined < low:
            continue
        else:
            k = slice_of(windows, joined, day_ticks)
        of = sums[cell, k]
        of[ARRIVALS] += 1
        due = stays[i, c.S_DUE]
        if due != codes.NONE and due <= high and stays[i, c.S_LATE] != codes.LATE_UNKNOWN:
            of[JUDGED] += 1
            if stays[i, c.S_LATE] == codes.LATE_YES:
                of[LATE] += 1
        if stays[i, c.S_CLOCK] != codes.NONE and outcome == codes.OUTCOME_COMPLETED:
            of[DECIDED] += 1
            of[DECISION] += end - stays[i, c.S_CLOCK]
        if is_held or (is_initial and initial[case] == codes.INITIAL_AGELESS):
            continue
        wait = wait_end - joined
        waits_on = is_open and not started
        of[COHORT] += 1
        of[WAIT] += wait
        of[LONGEST] = max(of[LONGEST], wait)
        of[STAYED] += end - joined
        if started:
            of[STARTED] += 1
            of[WAIT_STARTED] += wait
        assigned = stays[i, c.S_ASSIGNED]
        of[ASSIGNMENT] += (wait_end if assigned == codes.NONE else assigned) - joined
        if waits_on:
            of[WAITS_ON] += 1
        if outcome == codes.OUTCOME_LEFT:
            of[LEFT] += 1
        elif outcome == codes.OUTCOME_TURNED_AWAY:
            of[TURNED_AWAY] += 1
        if windows.of_slice[k] < windows.of_slice[k + 1]:
            key = (2 * wait + (1 if waits_on else 0)) << cell_bits | cell
            keys[n_waits] = key << slice_bits | k
            n_waits += 1
    return n_waits


@jit
def add_contacts(contacts, shape, sums):
    """Take over what the engine counted of visits."""
    _, n_inflows, n_offices = shape
    for k in range(contacts.shape[0]):
        for stage in range(contacts.shape[1]):
            for a in range(contacts.shape[2]):
                for b in range(contacts.shape[3]):
                    of = sums[(stage * n_inflows + a + 1) * n_offices + b + 1, k]
                    seen = contacts[k, stage, a, b]
                    of[CONTACTS] = seen[c.CONTACTS]
                    of[CONTACT_WAIT] = seen[c.CONTACT_WAIT]
                    of[PLANNED] = seen[c.RHYTHM_PLANNED]
                    of[RHYTHM_WAIT] = seen[c.RHYTHM_WAIT]
                    of[MISSED] = seen[c.NO_SHOWS]


@jit
def make_integrals(windows, shape, sums):
    """Steps become what they add to the integrals of later slices."""
    n_stages, n_inflows, n_offices = shape
    for stage in range(n_stages):
        for a in range(1, n_inflows):
            for b in range(1, n_offices):
                of = sums[(stage * n_inflows + a) * n_offices + b]
                queued = np.int64(0)
                in_stage = np.int64(0)
                for k in range(1, of.shape[0] - 1):
                    length = windows.border[k + 1] - windows.border[k]
                    queued += of[k, QUEUED_STEP]
                    in_stage += of[k, IN_STAGE_STEP]
                    of[k, QUEUED] += queued * length
                    of[k, IN_STAGE] += in_stage * length


@jit
def decisions(calendar, windows, people, stays, n_stays, shape, cell_bits, slice_bits, keys):
    """List the days to decision of those who joined in a window; returns how many these are."""
    day_ticks = calendar.day_ticks
    inflow, office = people.inflow, people.office
    n_initial = people.initial_gap.shape[0]
    _, n_inflows, n_offices = shape
    n = np.int64(0)
    for i in range(n_stays):
        clock = stays[i, c.S_CLOCK]
        joined = stays[i, c.S_JOINED]
        if clock == codes.NONE:
            continue
        if i < n_initial:
            k = np.int64(windows.border.shape[0] - 1)
        elif joined < windows.border[0]:
            continue
        else:
            k = slice_of(windows, joined, day_ticks)
        if windows.of_slice[k] == windows.of_slice[k + 1]:
            continue
        case = stays[i, c.S_CASE]
        stage = stays[i, c.S_STAGE]
        cell = (stage * n_inflows + inflow[case] + 1) * n_offices + office[case] + 1
        end = stays[i, c.S_ENDED]
        if end == codes.NONE:
            end = calendar.n_days * day_ticks
        censored = 0 if stays[i, c.S_OUTCOME] == codes.OUTCOME_COMPLETED else 1
        keys[n] = ((2 * (end - clock) + censored) << cell_bits | cell) << slice_bits | k
        n += 1
    return n


@jit
def add_up(w, windows, shape, memory):
    """Totals of a window: the slices of every finest cell, then the cells up to "all"."""
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    sums, totals = memory.sums, memory.totals
    totals.fill(0)
    for stage in range(n_stages):
        for kind_of_case in range(1, n_inflows):
            for here in range(1, n_offices):
                cell = stage * plane + kind_of_case * n_offices + here
                of = totals[cell]
                for k in range(windows.first[w], max(windows.last[w], windows.cohort[w])):
                    from_slice = sums[cell, k]
                    first = LONGEST + 1 if k < windows.cohort[w] else COHORT_SUMS
                    if k < windows.cohort[w]:
                        of[LONGEST] = max(of[LONGEST], from_slice[LONGEST])
                    for field in range(first, SUMS):
                        of[field] += from_slice[field]
                for which in range(3):
                    target = stage * plane
                    if which == 1:
                        target += kind_of_case * n_offices
                    elif which == 2:
                        target += here
                        if windows.whole[w] == 1:
                            continue
                    to = totals[target]
                    to[LONGEST] = max(to[LONGEST], of[LONGEST])
                    for field in range(LONGEST + 1, SUMS):
                        to[field] += of[field]


@jit
def measure_teams(
    w, calendar, windows, tables, crew, written, teams, by_place, roster_calendar, shape, memory,
    values,
):  # fmt: skip
    """Values of teams and copies in a window, from the cells of their stages and their workers."""
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    stage_copy, weights, spent = (
        tables.network.stage_copy, tables.network.inflow_weight, written.spent,
    )  # fmt: skip
    totals, copies, idle_hours = memory.totals, memory.copies, memory.idle_hours
    first, last = windows.first[w], windows.last[w]
    low, high = windows.border[first], windows.border[last]
    end = calendar.n_days * calendar.day_ticks
    copies.fill(0)
    idle_hours.fill(0.0)
    for stage in range(n_stages):
        for here in range(1, n_offices):
            copy = stage_copy[here - 1, stage]
            if copy < 0:
                continue
            for kind_of_case in range(1, n_inflows):
                cell = stage * plane + kind_of_case * n_offices + here
                copies[copy, IN_QUEUE] += totals[cell, QUEUED]
                if by_place[copy] == 0:
                    copies[copy, CASES] += totals[cell, IN_STAGE]
                    copies[copy, WEIGHT] += totals[cell, IN_STAGE] * weights[kind_of_case - 1]
    for worker in range(crew.worker_copy.shape[0]):
        copy = crew.worker_copy[worker]
        hired = max(np.int64(0), crew.worker_hired[worker])
        span = overlap(hired, min(crew.worker_left[worker], end), low, high)
        copies[copy, EMPLOYED] += span
        copies[copy, CONTRACT] += span * crew.worker_fte[worker]
        before = spent[worker, first]
        after = spent[worker, last]
        if by_place[copy] == 1:
            copies[copy, CASES] += after[c.SPENT_CASES] - before[c.SPENT_CASES]
            copies[copy, WEIGHT] += after[c.SPENT_WEIGHT] - before[c.SPENT_WEIGHT]
        copies[copy, WORKED] += after[c.SPENT_WORK] - before[c.SPENT_WORK]
        idle_hours[copy] += (after[c.SPENT_IDLE] - before[c.SPENT_IDLE]) / 1e9
        for k in range(first, last):
            if shows_peak(windows, w, k):
                copies[copy, MOST] = max(copies[copy, MOST], spent[worker, k, c.SPENT_MOST])
    for i in range(crew.roster_kind.shape[0]):
        # A contract that is shortened counts less from then on.
        if crew.roster_kind[i] == codes.EVENT_SHORTENED:
            worker = crew.roster_worker[i]
            fte = crew.worker_fte[worker]
            for j in range(i):
                if crew.roster_kind[j] == codes.EVENT_SHORTENED and crew.roster_worker[j] == worker:
                    fte = crew.roster_value[j]
            left = min(crew.worker_left[worker], end)
            span = overlap(max(roster_calendar[i], crew.worker_hired[worker]), left, low, high)
            copies[crew.worker_copy[worker], CONTRACT] -= span * (fte - crew.roster_value[i])
    n_teams = values.shape[0] - copies.shape[0]
    for row in range(values.shape[0]):
        queue, cases, weighted, employed, contract, worked, most = 0, 0, 0, 0, 0, 0, 0
        idle = 0.0
        for copy in range(copies.shape[0]):
            if row == n_teams + copy or (row < n_teams and teams[copy] == row):
                queue += copies[copy, IN_QUEUE]
                cases += copies[copy, CASES]
                weighted += copies[copy, WEIGHT]
                employed += copies[copy, EMPLOYED]
                contract += copies[copy, CONTRACT]
                worked += copies[copy, WORKED]
                idle += idle_hours[copy]
                most = max(most, copies[copy, MOST])
        values[row, T_PER_WORKER] = ratio(np.float64(cases), np.float64(employed))
        values[row, T_PER_FTE] = ratio(np.float64(weighted), np.float64(contract))
        values[row, T_PEAK] = most
        values[row, T_UTILIZATION] = ratio(np.float64(worked), worked + idle)
        values[row, T_QUEUE] = queue / np.float64(high - low)


@jit
def measure_stages(w, windows, shape, peaks, totals, values, day):
    """Values of the stages in a window, from its totals; quantiles and clear days apart."""
    n_stages, n_inflows, n_offices = shape
    first, last = windows.first[w], windows.last[w]
    length = np.float64(max(np.int64(1), windows.border[last] - windows.border[first]))
    for stage in range(n_stages):
        for kind_of_case in range(n_inflows):
            for here in range(n_offices):
                if here > 0 and windows.whole[w] == 1:
                    continue
                cell = (stage * n_inflows + kind_of_case) * n_offices + here
                of = totals[cell]
                v = values[w * n_stages * n_inflows * n_offices + cell]
                number = np.float64(of[COHORT])
                v[M_WAIT_MEAN] = ratio(np.float64(of[WAIT]), number) / day
                v[M_WAIT_MAX] = of[LONGEST] / day if of[COHORT] > 0 else np.nan
                v[M_WAIT_MEAN_FINISHED] = ratio(np.float64(of[WAIT_STARTED]), of[STARTED]) / day
                v[M_ASSIGNMENT] = ratio(np.float64(of[ASSIGNMENT]), number) / day
                v[M_CONTACT_WAIT] = ratio(np.float64(of[CONTACT_WAIT]), of[CONTACTS]) / day
                v[M_CONTACT_RATIO] = ratio(np.float64(of[PLANNED]), of[PLANNED] + of[RHYTHM_WAIT])
                v[M_QUEUE_MEAN] = of[QUEUED] / length
                most = np.int64(0)
                for k in range(first, last):
                    if shows_peak(windows, w, k):
                        most = max(most, peaks[k, stage, kind_of_case, here])
                v[M_QUEUE_PEAK] = most
                v[M_IN_STAGE] = of[IN_STAGE] / length
                v[M_STAY] = ratio(np.float64(of[STAYED]), number) / day
                v[M_LATE] = ratio(np.float64(of[LATE]), of[JUDGED])
                v[M_DECISION_MEAN] = ratio(np.float64(of[DECISION]), of[DECIDED]) / day
                v[M_DROPOUT] = ratio(np.float64(of[LEFT]), number)
                v[M_TURNED_AWAY] = ratio(np.float64(of[TURNED_AWAY]), number)
                v[M_CENSORED] = ratio(np.float64(of[WAITS_ON]), number)
                v[M_ARRIVALS] = of[ARRIVALS]
                v[M_COMPLETED] = of[COMPLETED]
                v[M_NO_SHOWS] = of[MISSED]


@jit
def clear_days(calendar, wave, shape, memory, values):
    """When backlogs are cleared: of the whole run, in the window "all"."""
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    daily, steps, at_start = memory.daily, memory.steps, memory.at_start
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    for cell in range(n_stages * plane):
        values[cell, M_CLEAR_DAY] = np.nan
    if wave < 0 or wave >= n_days:
        return
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
        values[cell, M_CLEAR_DAY] = clear_day(daily, cell, wave, at_start[cell], day_ticks, n_days)
    for cell in range(n_stages * plane):
        values[cell, M_CLEAR_DAY] = values[twin(cell, n_inflows, n_offices), M_CLEAR_DAY]
