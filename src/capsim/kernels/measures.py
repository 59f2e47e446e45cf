"""The measures of a run, straight from the engine's log: `capsim.measures.reference`, compiled.

The definitions are there; the tests compare the two on generated scenarios. Sums are kept in
integer ticks for every (stage, inflow, office) and slice of the measured time, so that a stay is
touched once, however many windows there are. A window adds up its slices, and then the cells to
"all": index 0 of the inflow and office axes.
"""

from typing import Any, NamedTuple

import numpy as np

from capsim.kernels import codes
from capsim.kernels.days import add_pending, clear_days, measure_pending
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inner, jit
from capsim.kernels.sorting import radix_sort
from capsim.kernels.sums import (
    ARRIVALS,
    ASSIGNMENT,
    BLOCKED,
    COHORT,
    COHORT_SUMS,
    COMPLETED,
    CONTACT_WAIT,
    CONTACTS,
    DECIDED,
    DECISION,
    IN_STAGE,
    JUDGED,
    LATE,
    LEFT,
    LONGEST,
    MISSED,
    PLANNED,
    QUEUED,
    RHYTHM_WAIT,
    STARTED,
    STAYED,
    SUMS,
    TURNED_AWAY,
    WAIT,
    WAIT_STARTED,
    WAITS_ON,
    add_contacts,
    add_decisions,
    add_stays,
    join_peaks,
    make_integrals,
)
from capsim.kernels.survival import quantiles

# The measures of a stage and of a team, in the order of `capsim.catalogue.measures`.
(
    M_WAIT_MEAN, M_WAIT_P50, M_WAIT_P90, M_WAIT_MAX, M_WAIT_MEAN_FINISHED, M_ASSIGNMENT,
    M_CONTACT_WAIT, M_CONTACT_RATIO, M_QUEUE_MEAN, M_QUEUE_PEAK, M_IN_STAGE, M_STAY, M_LATE,
    M_DECISION_MEAN, M_DECISION_P90, M_DROPOUT, M_TURNED_AWAY, M_CENSORED, M_ARRIVALS,
    M_COMPLETED, M_NO_SHOWS, M_CLEAR_DAY, M_PENDING_MEAN, M_PENDING_PEAK,
    M_PENDING_PEAK_DAY, M_BLOCKED, STAGE_MEASURES,
) = range(27)  # fmt: skip
T_PER_WORKER, T_PER_FTE, T_PEAK, T_UTILIZATION, T_QUEUE, TEAM_MEASURES = range(6)

# Sums of a team copy in a window.
(
    IN_QUEUE, CASES, WEIGHT, EMPLOYED, CONTRACT, WORKED, MOST, COPY_SUMS,
) = range(8)  # fmt: skip


@inner
def overlap(start, stop, low, high):
    """Length of [start, stop) inside [low, high)."""
    return max(np.int64(0), min(stop, high) - max(start, low))


@inner
def shows_peak(office, first, last, k):
    """Whether the peak of a window may lie in slice k: it has office time, or the window none."""
    if office[first] == office[last]:
        return k == first
    return office[k] < office[k + 1]


@inner
def ratio(above, below):
    """Quotient, NaN where there is nothing to divide by."""
    if below == 0:
        return np.nan
    return above / below


class Memory(NamedTuple):
    """Working memory: sums of what was added, lists of it, and what `measure` makes of them."""

    sums: Any
    """(cells, slices + 1, SLICE_SUMS)."""
    at_start: Any
    """(cells,) initial cases that wait."""
    daily: Any
    steps: Any
    """(cells, n_days + 1) each."""
    pending: Any
    pending_steps: Any
    """(deciding stages * inflows + 1 * offices + 1, n_days + 1)."""
    exits: Any
    """(exits, inflows, offices, slices)."""
    found: Any
    """(3,) how many of the following are listed."""
    waits: Any
    decisions: Any
    """(stays,) each: waits, and days to decision."""
    changes: Any
    """(2 * stays + 1,) changes of queues; empty where the engine saw all offices at once."""
    spare: Any
    """As long as the longest of them."""
    since: Any
    """(cases, deciding stages) since when a case is pending."""
    totals: Any
    """(cells, SUMS) of the window in hand."""
    bins: Any
    """(2**RADIX_BITS,)."""
    state: Any
    """(windows * cells, KM_STATE)."""
    survival: Any
    """(windows * cells,) float64."""
    copies: Any
    """(copies, COPY_SUMS)."""
    idle_hours: Any
    """(copies,) float64."""
    levels: Any
    """(stages * (inflows + 1),) who waits."""


SUMMED = 8
"""So many tables of `Memory`, the first ones, begin at zero."""


@jit
def add(calendar, windows, deciding, cases, left, ways, stays, shape, memory):
    """Add the stays of all cases of some offices to the sums, which begin at zero.

    `left` and `ways` are when and how the cases left the service, `shape` is that of the cells.
    """
    cell_bits = bits_of(np.int64(shape[0] * shape[1] * shape[2]))
    slice_bits = bits_of(np.int64(windows.border.shape[0] - 1))
    found = memory.found
    add_stays(
        calendar, windows, cases, stays, shape, cell_bits, slice_bits, memory.sums, memory.waits,
        memory.at_start, memory.daily, memory.steps, memory.changes, found,
    )  # fmt: skip
    add_decisions(
        calendar, windows, cases, stays, shape, cell_bits, slice_bits, memory.decisions, found
    )
    add_pending(
        calendar, deciding, cases, stays, left, shape, memory.since, memory.pending,
        memory.pending_steps,
    )  # fmt: skip
    add_exits(windows, cases.inflow, cases.office, left, ways, calendar.day_ticks, memory.exits)


@jit
def measure(
    calendar, windows, wave, normal, deciding, over, rows, crew, contacts, peaks, spent,
    roster_calendar, memory, stage_values, team_values, exit_values, over_values,
):  # fmt: skip
    """Fill the values of stages and of teams, in every window, once all stays are added.

    Stages: (windows * cells, STAGE_MEASURES); teams, then copies: (windows, rows, TEAM_MEASURES).
    `wave` is the day from which backlogs are sought, `normal` (cells,) the queues that end them;
    `deciding` are stages, `rows` the team copies; `contacts`, `peaks` and `spent` what the engine
    wrote; `roster_calendar` the calendar instants of the roster's events.

    There is no branch in this function, so that its large tuples are never copied: see
    `capsim.kernels.jit.jit`.
    """
    shape = (peaks.shape[1], peaks.shape[2], peaks.shape[3])
    day = np.float64(calendar.day_ticks)
    cell_bits = bits_of(np.int64(shape[0] * shape[1] * shape[2]))
    slice_bits = bits_of(np.int64(windows.border.shape[0] - 1))
    bits = cell_bits + slice_bits
    spare, bins = memory.spare, memory.bins
    n_waits, n_decisions, n_changes = memory.found[0], memory.found[1], memory.found[2]
    state, survival = memory.state, memory.survival
    changes = radix_sort(memory.changes, spare, n_changes, cell_bits + 1, bins)
    join_peaks(
        windows.office, shape, cell_bits, memory.changes.shape[0], changes, n_changes,
        memory.levels, peaks,
    )  # fmt: skip
    add_contacts(contacts, shape, memory.sums)
    make_integrals(windows.border, shape, memory.sums)

    # Quantiles: of waits, and of the days to decision.
    ordered = radix_sort(memory.waits, spare, n_waits, bits, bins)
    quantiles(
        ordered, n_waits, cell_bits, slice_bits, windows.of_slice, windows.member, windows.whole,
        shape, state, survival, stage_values, np.int64(M_WAIT_P50), np.int64(M_WAIT_P90), over,
        over_values, day,
    )  # fmt: skip
    ordered = radix_sort(memory.decisions, spare, n_decisions, bits, bins)
    quantiles(
        ordered, n_decisions, cell_bits, slice_bits, windows.of_slice, windows.member,
        windows.whole, shape, state, survival, stage_values, np.int64(-1),
        np.int64(M_DECISION_P90), over, over_values, day,
    )  # fmt: skip

    measure_windows(
        calendar, windows, rows, crew, spent, peaks, roster_calendar, shape, memory.sums,
        memory.totals, memory.copies, memory.idle_hours, stage_values, team_values,
    )  # fmt: skip
    clear_days(
        calendar, wave, normal, shape, memory.at_start, memory.daily, memory.steps, stage_values,
        np.int64(M_CLEAR_DAY),
    )  # fmt: skip
    measure_pending(
        calendar, windows.border, windows.first, windows.last, windows.whole, deciding, shape,
        memory.pending, memory.pending_steps, stage_values, np.int64(M_PENDING_MEAN),
    )  # fmt: skip
    measure_exits(windows.first, windows.last, memory.exits, exit_values)


@inner
def bits_of(number):
    """How many bits a whole number takes."""
    bits = np.int64(0)
    while (np.int64(1) << bits) <= number:
        bits += 1
    return bits


@inner
def measure_windows(
    calendar, windows, rows, crew, spent, peaks, roster_calendar, shape, sums, totals, copies,
    idle_hours, stage_values, team_values,
):  # fmt: skip
    """Values of stages and teams in every window; quantiles, clear days and the like apart."""
    border, office, first, last = windows.border, windows.office, windows.first, windows.last
    cohort, whole = windows.cohort, windows.whole
    end = calendar.n_days * calendar.day_ticks
    day = np.float64(calendar.day_ticks)
    for w in range(first.shape[0]):
        low, high = first[w], last[w]
        add_up(low, high, cohort[w], whole[w], shape, sums, totals)
        measure_stages(
            w, low, high, whole[w], border, office, shape, peaks, totals, stage_values, day
        )
        if low == high:
            continue  # of people only
        measure_teams(
            low, high, border, office, end, rows, crew, spent, roster_calendar, shape, totals,
            copies, idle_hours, team_values[w],
        )  # fmt: skip


@inner
def add_up(low, high, cohort, whole, shape, sums, totals):
    """Totals of a window: the slices of every finest cell, then the cells up to "all"."""
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    totals.fill(0)
    for stage in range(n_stages):
        for kind_of_case in range(1, n_inflows):
            for here in range(1, n_offices):
                cell = stage * plane + kind_of_case * n_offices + here
                of = totals[cell]
                for k in range(low, max(high, cohort)):
                    from_slice = sums[cell, k]
                    first = LONGEST + 1 if k < cohort else COHORT_SUMS
                    if k < cohort:
                        of[LONGEST] = max(of[LONGEST], from_slice[LONGEST])
                    for field in range(first, SUMS):
                        of[field] += from_slice[field]
                for which in range(3):
                    target = stage * plane
                    if which == 1:
                        target += kind_of_case * n_offices
                    elif which == 2:
                        target += here
                        if whole == 1:
                            continue
                    to = totals[target]
                    to[LONGEST] = max(to[LONGEST], of[LONGEST])
                    for field in range(LONGEST + 1, SUMS):
                        to[field] += of[field]


@inner
def measure_teams(
    first, last, border, office, end, rows, crew, spent, roster_calendar, shape, totals, copies,
    idle_hours, values,
):  # fmt: skip
    """Values of teams and copies in a window, from the cells of their stages and their workers."""
    n_stages, n_inflows, n_offices = shape
    plane = n_inflows * n_offices
    stage_copy, weights, teams = rows.stage_copy, rows.inflow_weight, rows.team
    by_place, of_places = rows.by_place, rows.of_places
    worker_copy, worker_fte = crew.worker_copy, crew.worker_fte
    worker_hired, worker_left = crew.worker_hired, crew.worker_left
    roster_kind, roster_worker = crew.roster_kind, crew.roster_worker
    roster_value = crew.roster_value
    low, high = border[first], border[last]
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
    for worker in range(worker_copy.shape[0]):
        copy = worker_copy[worker]
        hired = max(np.int64(0), worker_hired[worker])
        span = overlap(hired, min(worker_left[worker], end), low, high)
        copies[copy, EMPLOYED] += span
        copies[copy, CONTRACT] += span * worker_fte[worker]
        before = spent[worker, first]
        after = spent[worker, last]
        taken = after[c.SPENT_CASES] - before[c.SPENT_CASES]
        if of_places[copy] == 1:
            copies[copy, CASES] += taken
            copies[copy, WEIGHT] += 1000 * taken
            copies[copy, WORKED] += 1000 * taken
            idle_hours[copy] += after[c.SPENT_WEIGHT] - before[c.SPENT_WEIGHT] - 1000 * taken
        elif by_place[copy] == 1:
            copies[copy, CASES] += taken
            copies[copy, WEIGHT] += after[c.SPENT_WEIGHT] - before[c.SPENT_WEIGHT]
        copies[copy, WORKED] += after[c.SPENT_WORK] - before[c.SPENT_WORK]
        idle_hours[copy] += (after[c.SPENT_IDLE] - before[c.SPENT_IDLE]) / 1e9
        for k in range(first, last):
            if shows_peak(office, first, last, k):
                copies[copy, MOST] = max(copies[copy, MOST], spent[worker, k, c.SPENT_MOST])
    for i in range(roster_kind.shape[0]):
        worker = roster_worker[i]
        if worker_hired[worker] == codes.NEVER:
            # One of a reserve is employed from coming until going.
            sign = np.int64(0)
            if roster_kind[i] == codes.EVENT_HIRE:
                sign = np.int64(1)
            elif roster_kind[i] == codes.EVENT_LEAVE:
                sign = np.int64(-1)
            span = sign * overlap(roster_calendar[i], end, low, high)
            copies[worker_copy[worker], EMPLOYED] += span
            copies[worker_copy[worker], CONTRACT] += span * worker_fte[worker]
        # A contract that is shortened counts less from then on.
        if roster_kind[i] == codes.EVENT_SHORTENED:
            fte = worker_fte[worker]
            for j in range(i):
                if roster_kind[j] == codes.EVENT_SHORTENED and roster_worker[j] == worker:
                    fte = roster_value[j]
            left = min(worker_left[worker], end)
            span = overlap(max(roster_calendar[i], worker_hired[worker]), left, low, high)
            copies[worker_copy[worker], CONTRACT] -= span * (fte - roster_value[i])
    n_teams = values.shape[0] - copies.shape[0]
    for row in range(values.shape[0]):
        queue, cases, weighted, employed, contract, worked, most = 0, 0, 0, 0, 0, 0, 0
        idle = 0.0
        for copy in range(copies.shape[0]):
            if row == n_teams + copy or (row < n_teams and teams[copy] == row):
                queue += copies[copy, IN_QUEUE]
                cases += copies[copy, CASES]
                weighted += copies[copy, WEIGHT]
                contract += copies[copy, CONTRACT]
                if of_places[copy] == 1:
                    employed += copies[copy, CONTRACT] // 1000
                else:
                    employed += copies[copy, EMPLOYED]
                worked += copies[copy, WORKED]
                idle += idle_hours[copy]
                most = max(most, copies[copy, MOST])
        values[row, T_PER_WORKER] = ratio(np.float64(cases), np.float64(employed))
        values[row, T_PER_FTE] = ratio(np.float64(weighted), np.float64(contract))
        values[row, T_PEAK] = most
        values[row, T_UTILIZATION] = ratio(np.float64(worked), worked + idle)
        values[row, T_QUEUE] = queue / np.float64(high - low)


@inner
def measure_stages(
    w, first, last, whole, border, office, shape, peaks, totals, values, day
):  # fmt: skip
    """Values of the stages in a window, from its totals; quantiles and clear days apart."""
    n_stages, n_inflows, n_offices = shape
    length = np.float64(max(np.int64(1), border[last] - border[first]))
    for stage in range(n_stages):
        for kind_of_case in range(n_inflows):
            for here in range(n_offices):
                if here > 0 and whole == 1:
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
                    if shows_peak(office, first, last, k):
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
                v[M_BLOCKED] = ratio(np.float64(of[BLOCKED]), number) / day


@inner
def add_exits(windows, inflow, office, left, ways, day_ticks, counts):
    """Count who left by each exit in every slice."""
    border, of_day = windows.border, windows.of_day
    for case in range(left.shape[0]):
        if left[case] == codes.NONE or left[case] < border[0]:
            continue
        k = of_day[left[case] // day_ticks]
        counts[ways[case], inflow[case], office[case], k] += 1


@inner
def measure_exits(first, last, counts, values):
    """How many left by each exit in every window, and up to "all"."""
    values.fill(0.0)
    for w in range(first.shape[0]):
        for way in range(counts.shape[0]):
            for a in range(counts.shape[1]):
                for b in range(counts.shape[2]):
                    number = np.int64(0)
                    for k in range(first[w], last[w]):
                        number += counts[way, a, b, k]
                    values[w, way, 0, 0] += number
                    values[w, way, a + 1, 0] += number
                    values[w, way, 0, b + 1] += number
                    values[w, way, a + 1, b + 1] += number
