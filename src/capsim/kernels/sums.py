"""Sums of stays by cell and slice of the measured time: a stay is touched once."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.clock import office_instant
from capsim.kernels.days import add_daily
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inner

# Sums of a cell. Those before COHORT_SUMS are of who joined in a slice, the longest wait first
# because it is no sum, and of the visits that fell due in it; those before SUMS are of what
# happened in the slice. The last ones are steps: by how much an integral grows in later slices.
(
    LONGEST, COHORT, WAIT, STARTED, WAIT_STARTED, ASSIGNMENT, STAYED, JUDGED, LATE, DECIDED,
    DECISION, LEFT, TURNED_AWAY, WAITS_ON, BLOCKED, CONTACTS, CONTACT_WAIT, PLANNED, RHYTHM_WAIT,
    COHORT_SUMS,
) = range(20)  # fmt: skip
QUEUED, IN_STAGE, ARRIVALS, COMPLETED, MISSED, SUMS = range(COHORT_SUMS, COHORT_SUMS + 6)
QUEUED_STEP, IN_STAGE_STEP, SLICE_SUMS = range(SUMS, SUMS + 3)


@inner
def add_ramp(of, field, step, instant, day, sign, border, of_day):
    """Something that grows by `sign` from an instant of a day on: its integrals over slices."""
    k = np.int64(0)
    if instant < border[0]:
        instant = border[0]
    elif instant >= border[border.shape[0] - 1]:
        return
    else:
        k = of_day[day]
    of[k, field] += sign * (border[k + 1] - instant)
    of[k + 1, step] += sign


@inner
def add_stays(
    calendar, windows, cases, stays, shape, cell_bits, slice_bits, sums, waits, at_start, daily,
    steps, changes, found,
):  # fmt: skip
    """Add every stay to the sums of its cell, and list the waits.

    And the changes of queues, where there is room for them: see `join_peaks`.
    """
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    prof, profile = cases.profiles, cases.profile
    inflow, office, initial, n_initial = cases.inflow, cases.office, cases.initial, cases.n_initial
    border, of_day, of_slice = windows.border, windows.of_day, windows.of_slice
    opening = calendar.open_day[0] * day_ticks
    first_day = border.shape[0] - 1  # initial cases have a slice of their own, the last
    _, n_inflows, n_offices = shape
    low = border[0]
    high = n_days * day_ticks
    n_waits, n_changes = found[0], found[2]
    with_changes = changes.shape[0] > 0
    for i in range(stays.shape[0]):
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
        is_held = is_initial and (
            initial[case] == codes.INITIAL_VISITED
            or (stays[i, c.S_ASSIGNED] == opening and initial[case] != codes.INITIAL_NEW)
        )
        queued = kind != codes.KIND_DELAY and not is_held
        outcome = stays[i, c.S_OUTCOME]
        # A division takes longer than all else that an instant needs.
        joined_day = max(np.int64(0), joined) // day_ticks
        end_day = end // day_ticks
        of_cell = sums[cell]
        add_ramp(of_cell, IN_STAGE, IN_STAGE_STEP, joined, joined_day, np.int64(1), border, of_day)
        add_ramp(of_cell, IN_STAGE, IN_STAGE_STEP, end, end_day, np.int64(-1), border, of_day)
        if queued:
            if is_initial:
                at_start[cell] += 1
            if wait_end > joined:
                day = wait_end // day_ticks if started else end_day
                add_ramp(
                    of_cell, QUEUED, QUEUED_STEP, joined, joined_day, np.int64(1), border, of_day
                )
                add_ramp(of_cell, QUEUED, QUEUED_STEP, wait_end, day, np.int64(-1), border, of_day)
                add_daily(daily, steps, cell, joined, joined_day, np.int64(1), day_ticks, n_days)
                add_daily(daily, steps, cell, wait_end, day, np.int64(-1), day_ticks, n_days)
                if with_changes:
                    begins = office_instant(joined, calendar)
                    ends = office_instant(wait_end, calendar)
                    row = stage * n_inflows + inflow[case] + 1
                    if begins < ends:
                        changes[n_changes] = (2 * begins) << cell_bits | row
                        n_changes += 1
                        if ends < codes.NEVER:
                            changes[n_changes] = (2 * ends + 1) << cell_bits | row
                            n_changes += 1
        if outcome == codes.OUTCOME_COMPLETED and end >= low:
            of_cell[of_day[end_day], COMPLETED] += 1
        if is_initial:
            k = np.int64(first_day)
        elif joined < low:
            continue
        else:
            k = of_day[joined_day]
        of = of_cell[k]
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
        if stays[i, c.S_RELEASED] != codes.NONE:
            of[BLOCKED] += min(stays[i, c.S_RELEASED], high) - end
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
        if of_slice[k] < of_slice[k + 1]:
            key = (2 * wait + (1 if waits_on else 0)) << cell_bits | cell
            waits[n_waits] = key << slice_bits | k
            n_waits += 1
    found[0], found[2] = n_waits, n_changes


@inner
def join_peaks(office, shape, cell_bits, room, changes, n, levels, peaks):
    """The longest queues of all offices together, from the n changes in order of office time.

    `changes` are (instant, 1 where somebody no longer waits, stage and inflow), as `add_stays`
    lists them; without `room` for any, the engine has counted all offices together itself. As in
    the engine, a queue is judged after all changes of an instant, a slice with office time begins
    with what those of its first instant leave behind, and another one with what there was before.
    """
    if room == 0:
        return
    n_inflows = shape[1]
    mask = (np.int64(1) << cell_bits) - 1
    levels.fill(0)
    i = np.int64(0)
    for k in range(peaks.shape[0]):
        begin, end = office[k], office[k + 1]
        until = begin + 1 if begin < end else begin
        while i < n and changes[i] >> (cell_bits + 1) < until:
            change_level(levels, changes[i], cell_bits, n_inflows)
            i += 1
        for row in range(levels.shape[0]):
            peaks[k, row // n_inflows, row % n_inflows, 0] = levels[row]
        while i < n and changes[i] >> (cell_bits + 1) < end:
            first = i
            instant = changes[i] >> (cell_bits + 1)
            while i < n and changes[i] >> (cell_bits + 1) == instant:
                change_level(levels, changes[i], cell_bits, n_inflows)
                i += 1
            for j in range(first, i):
                row = changes[j] & mask
                stage = row // n_inflows
                most = peaks[k, stage, row - stage * n_inflows]
                most[0] = max(most[0], levels[row])
                most = peaks[k, stage, 0]
                most[0] = max(most[0], levels[stage * n_inflows])


@inner
def change_level(levels, change, cell_bits, n_inflows):
    """One more or one fewer waits: of the inflow, and of all."""
    row = change & ((np.int64(1) << cell_bits) - 1)
    step = 1 - 2 * ((change >> cell_bits) & 1)
    levels[row] += step
    levels[row // n_inflows * n_inflows] += step


@inner
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


@inner
def make_integrals(border, shape, sums):
    """Steps become what they add to the integrals of later slices."""
    n_stages, n_inflows, n_offices = shape
    for stage in range(n_stages):
        for a in range(1, n_inflows):
            for b in range(1, n_offices):
                of = sums[(stage * n_inflows + a) * n_offices + b]
                queued = np.int64(0)
                in_stage = np.int64(0)
                for k in range(1, of.shape[0] - 1):
                    length = border[k + 1] - border[k]
                    queued += of[k, QUEUED_STEP]
                    in_stage += of[k, IN_STAGE_STEP]
                    of[k, QUEUED] += queued * length
                    of[k, IN_STAGE] += in_stage * length


@inner
def add_decisions(calendar, windows, cases, stays, shape, cell_bits, slice_bits, keys, found):
    """List the days to decision of those who joined in a window."""
    day_ticks = calendar.day_ticks
    inflow, office, n_initial = cases.inflow, cases.office, cases.n_initial
    border, of_day, of_slice = windows.border, windows.of_day, windows.of_slice
    high = calendar.n_days * day_ticks
    _, n_inflows, n_offices = shape
    n = found[1]
    for i in range(stays.shape[0]):
        clock = stays[i, c.S_CLOCK]
        joined = stays[i, c.S_JOINED]
        if clock == codes.NONE:
            continue
        if i < n_initial:
            k = np.int64(border.shape[0] - 1)
        elif joined < border[0]:
            continue
        else:
            k = of_day[joined // day_ticks]
        if of_slice[k] == of_slice[k + 1]:
            continue
        case = stays[i, c.S_CASE]
        stage = stays[i, c.S_STAGE]
        cell = (stage * n_inflows + inflow[case] + 1) * n_offices + office[case] + 1
        end = stays[i, c.S_ENDED]
        if end == codes.NONE:
            end = high
        censored = 0 if stays[i, c.S_OUTCOME] == codes.OUTCOME_COMPLETED else 1
        keys[n] = ((2 * (end - clock) + censored) << cell_bits | cell) << slice_bits | k
        n += 1
    found[1] = n
