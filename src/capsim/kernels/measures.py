"""The measures of a run, straight from the engine's log: `capsim.measures.reference`, compiled.

The definitions are there; the tests compare the two on generated scenarios. Sums are kept in
integer ticks for every (stage, inflow, office) and added up to "all" afterwards, so that a stay is
touched once. Index 0 of the inflow and office axes is "all".
"""

from typing import Any, NamedTuple

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import jit
from capsim.kernels.sorting import radix_sort

# Sums of a cell; the longest wait stands first because it is no sum.
(
    LONGEST, COHORT, WAIT, STARTED, WAIT_STARTED, ASSIGNMENT, QUEUED, IN_STAGE, STAYED, JUDGED,
    LATE, DECIDED, DECISION, LEFT, TURNED_AWAY, WAITS_ON, ARRIVALS, COMPLETED, INITIAL_QUEUED,
    SUMS,
) = range(20)  # fmt: skip

# The measures of a stage and of a team, in the order of `capsim.catalogue.measures`.
(
    M_WAIT_MEAN, M_WAIT_P50, M_WAIT_P90, M_WAIT_MAX, M_WAIT_MEAN_FINISHED, M_ASSIGNMENT,
    M_CONTACT_WAIT, M_CONTACT_RATIO, M_QUEUE_MEAN, M_QUEUE_PEAK, M_IN_STAGE, M_STAY, M_LATE,
    M_DECISION_MEAN, M_DECISION_P90, M_DROPOUT, M_TURNED_AWAY, M_CENSORED, M_ARRIVALS,
    M_COMPLETED, M_CLEAR_DAY, STAGE_MEASURES,
) = range(22)  # fmt: skip
T_PER_WORKER, T_PER_FTE, T_PEAK, T_UTILIZATION, T_QUEUE, TEAM_MEASURES = range(6)

# State of a Kaplan-Meier estimate: how many there are, how many were passed, the instant in hand
# with its ends and those at risk; and how many cells before this one that of all offices and that
# of all inflows are.
KM_ALL, KM_PASSED, KM_INSTANT, KM_ENDS, KM_AT_RISK, KM_OFFICE, KM_INFLOW, KM_STATE = range(8)


@jit
def overlap(start, stop, low, high):
    """Length of [start, stop) inside [low, high)."""
    return max(np.int64(0), min(stop, high) - max(start, low))


@jit
def pass_instant(state, survival, cell, values, median, upper, day):
    """Finish the instant in hand: the share that outlasts it, and the quantiles it reaches."""
    if state[cell, KM_ENDS] == 0:
        return
    survival[cell] *= 1.0 - state[cell, KM_ENDS] / state[cell, KM_AT_RISK]
    if median >= 0 and np.isnan(values[cell, median]) and survival[cell] <= 0.5 + codes.ROUNDING:
        values[cell, median] = state[cell, KM_INSTANT] / day
    if np.isnan(values[cell, upper]) and survival[cell] <= 1.0 - 0.9 + codes.ROUNDING:
        values[cell, upper] = state[cell, KM_INSTANT] / day
    state[cell, KM_ENDS] = 0


@jit
def quantiles(
    keys, n, cell_bits, state, survival, values, median, upper, n_inflows, n_offices, day
):  # fmt: skip
    """Kaplan-Meier quantiles of all cells; durations ascend, ends stand before open ones.

    `median` and `upper` are the columns of the values, -1 for none.
    """
    cells = state.shape[0]
    mask = (np.int64(1) << cell_bits) - 1
    for cell in range(cells):
        survival[cell] = 1.0
        for field in range(KM_STATE):
            state[cell, field] = 0
        state[cell, KM_OFFICE] = cell % n_offices
        state[cell, KM_INFLOW] = cell // n_offices % n_inflows * n_offices
        if median >= 0:
            values[cell, median] = np.nan
        values[cell, upper] = np.nan
    for step in range(2):
        for i in range(n):
            finest = keys[i] & mask
            for which in range(4):
                cell = finest
                if which & 1:
                    cell -= state[finest, KM_OFFICE]
                if which & 2:
                    cell -= state[finest, KM_INFLOW]
                if step == 0:
                    state[cell, KM_ALL] += 1
                    continue
                duration = keys[i] >> (cell_bits + 1)
                if (keys[i] >> cell_bits) & 1 == 0:
                    if state[cell, KM_ENDS] > 0 and state[cell, KM_INSTANT] != duration:
                        pass_instant(state, survival, cell, values, median, upper, day)
                    if state[cell, KM_ENDS] == 0:
                        state[cell, KM_INSTANT] = duration
                        state[cell, KM_AT_RISK] = state[cell, KM_ALL] - state[cell, KM_PASSED]
                    state[cell, KM_ENDS] += 1
                state[cell, KM_PASSED] += 1
    for cell in range(cells):
        pass_instant(state, survival, cell, values, median, upper, day)


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
    """(cells, SUMS)."""
    keys: Any
    other: Any
    """(stays,) each."""
    bins: Any
    """(2**RADIX_BITS,)."""
    state: Any
    """(cells, KM_STATE)."""
    survival: Any
    """(cells,) float64."""
    daily: Any
    steps: Any
    """(cells, n_days + 1) each, or one row where there is no wave."""
    copies: Any
    """(copies, 7)."""
    idle_hours: Any
    """(copies,) float64."""


@jit
def measure(
    calendar, wave, tables, people, crew, written, n_stays, W, teams, by_place, roster_calendar,
    memory, stage_values, team_values,
):  # fmt: skip
    """Fill the values of stages (cells, STAGE_MEASURES) and of teams and copies (TEAM_MEASURES).

    `wave` is the day of the first wave, -1 for none; `teams` the team of each copy, `by_place` 1
    where its cases hold places; `roster_calendar` the calendar instants of the roster's events.
    """
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    opening = calendar.open_day[0] * day_ticks
    prof, profile, stage_copy = tables.profiles, tables.network.profile, tables.network.stage_copy
    weights = tables.network.inflow_weight
    inflow, office = people.inflow, people.office
    n_initial = people.initial_gap.shape[0]
    stays, contacts, peaks = written.stays, written.contacts, written.peaks
    sums, keys, other, bins, state, survival, daily, steps, copies, idle_hours = memory
    cell_bits = 0
    while (np.int64(1) << cell_bits) <= peaks.size:
        cell_bits += 1
    low = calendar.warm_up_day * day_ticks
    cohort_end = calendar.cohort_end_day * day_ticks
    high = n_days * day_ticks
    day = np.float64(day_ticks)
    window = np.float64(high - low)
    n_stages = peaks.shape[0]
    n_inflows = peaks.shape[1]
    n_offices = peaks.shape[2]
    plane = n_inflows * n_offices
    sums.fill(0)
    if wave >= 0:
        daily.fill(0)
        steps.fill(0)

    n_waits = np.int64(0)
    for i in range(n_stays):
        case = stays[i, c.S_CASE]
        stage = stays[i, c.S_STAGE]
        cell = stage * plane + (inflow[case] + 1) * n_offices + office[case] + 1
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
        sums[cell, IN_STAGE] += overlap(joined, end, low, high)
        if queued:
            sums[cell, QUEUED] += overlap(joined, wait_end, low, high)
            if is_initial:
                sums[cell, INITIAL_QUEUED] += 1
            if wave >= 0 and wait_end > joined:
                add_daily(daily, steps, cell, joined, np.int64(1), day_ticks, n_days)
                add_daily(daily, steps, cell, wait_end, np.int64(-1), day_ticks, n_days)
        if outcome == codes.OUTCOME_COMPLETED and end >= low:
            sums[cell, COMPLETED] += 1
        if joined >= low and not is_initial:
            sums[cell, ARRIVALS] += 1
        if is_initial or joined < low or joined >= cohort_end:
            continue
        wait = wait_end - joined
        waits_on = is_open and not started
        sums[cell, COHORT] += 1
        sums[cell, WAIT] += wait
        sums[cell, LONGEST] = max(sums[cell, LONGEST], wait)
        sums[cell, STAYED] += end - joined
        if started:
            sums[cell, STARTED] += 1
            sums[cell, WAIT_STARTED] += wait
        assigned = stays[i, c.S_ASSIGNED]
        sums[cell, ASSIGNMENT] += (wait_end if assigned == codes.NONE else assigned) - joined
        if waits_on:
            sums[cell, WAITS_ON] += 1
        if outcome == codes.OUTCOME_LEFT:
            sums[cell, LEFT] += 1
        elif outcome == codes.OUTCOME_TURNED_AWAY:
            sums[cell, TURNED_AWAY] += 1
        due = stays[i, c.S_DUE]
        if due != codes.NONE and due <= high and stays[i, c.S_LATE] != codes.LATE_UNKNOWN:
            sums[cell, JUDGED] += 1
            if stays[i, c.S_LATE] == codes.LATE_YES:
                sums[cell, LATE] += 1
        if stays[i, c.S_CLOCK] != codes.NONE and outcome == codes.OUTCOME_COMPLETED:
            sums[cell, DECIDED] += 1
            sums[cell, DECISION] += end - stays[i, c.S_CLOCK]
        keys[n_waits] = ((2 * wait + (1 if waits_on else 0)) << cell_bits) | cell
        n_waits += 1

    # Quantiles: of waits, and of the days to decision.
    swapped = radix_sort(keys, other, n_waits, cell_bits, bins)
    ordered = other if swapped else keys
    quantiles(
        ordered,
        n_waits,
        cell_bits,
        state,
        survival,
        stage_values,
        np.int64(M_WAIT_P50),
        np.int64(M_WAIT_P90),
        n_inflows,
        n_offices,
        day,
    )
    n_decisions = np.int64(0)
    for i in range(n_initial, n_stays):
        clock = stays[i, c.S_CLOCK]
        joined = stays[i, c.S_JOINED]
        if clock == codes.NONE or joined < low or joined >= cohort_end:
            continue
        case = stays[i, c.S_CASE]
        stage = stays[i, c.S_STAGE]
        cell = stage * plane + (inflow[case] + 1) * n_offices + office[case] + 1
        end = high if stays[i, c.S_ENDED] == codes.NONE else stays[i, c.S_ENDED]
        censored = 0 if stays[i, c.S_OUTCOME] == codes.OUTCOME_COMPLETED else 1
        keys[n_decisions] = ((2 * (end - clock) + censored) << cell_bits) | cell
        n_decisions += 1
    swapped = radix_sort(keys, other, n_decisions, cell_bits, bins)
    ordered = other if swapped else keys
    quantiles(
        ordered,
        n_decisions,
        cell_bits,
        state,
        survival,
        stage_values,
        np.int64(-1),
        np.int64(M_DECISION_P90),
        n_inflows,
        n_offices,
        day,
    )

    # Team copies, from the cells of their stages and from their workers.
    copies.fill(0)
    idle_hours.fill(0.0)
    for stage in range(n_stages):
        for here in range(1, n_offices):
            copy = stage_copy[here - 1, stage]
            if copy < 0:
                continue
            for kind_of_case in range(1, n_inflows):
                cell = stage * plane + kind_of_case * n_offices + here
                copies[copy, 0] += sums[cell, QUEUED]
                if by_place[copy] == 0:
                    copies[copy, 1] += sums[cell, IN_STAGE]
                    copies[copy, 2] += sums[cell, IN_STAGE] * weights[kind_of_case - 1]
    for worker in range(crew.worker_copy.shape[0]):
        copy = crew.worker_copy[worker]
        hired = max(np.int64(0), crew.worker_hired[worker])
        left = min(crew.worker_left[worker], high)
        copies[copy, 3] += overlap(hired, left, low, high)
        copies[copy, 4] += overlap(hired, left, low, high) * crew.worker_fte[worker]
        if by_place[copy] == 1:
            copies[copy, 1] += W[worker, c.CASELOAD] - W[worker, c.CASELOAD_0]
            copies[copy, 2] += W[worker, c.WEIGHTED] - W[worker, c.WEIGHTED_0]
        copies[copy, 5] += W[worker, c.WORKED] - W[worker, c.WORKED_0]
        idle_hours[copy] += (W[worker, c.IDLE] - W[worker, c.IDLE_0]) / 1e9
        copies[copy, 6] = max(copies[copy, 6], W[worker, c.MAX_MEASURED])
    for i in range(crew.roster_kind.shape[0]):
        # A contract that is shortened counts less from then on.
        if crew.roster_kind[i] == codes.EVENT_SHORTENED:
            worker = crew.roster_worker[i]
            before = crew.worker_fte[worker]
            for j in range(i):
                if crew.roster_kind[j] == codes.EVENT_SHORTENED and crew.roster_worker[j] == worker:
                    before = crew.roster_value[j]
            left = min(crew.worker_left[worker], high)
            span = overlap(max(roster_calendar[i], crew.worker_hired[worker]), left, low, high)
            copies[crew.worker_copy[worker], 4] -= span * (before - crew.roster_value[i])
    n_teams = team_values.shape[0] - copies.shape[0]
    for row in range(team_values.shape[0]):
        queue, cases, weighted, employed, contract, worked, most = 0, 0, 0, 0, 0, 0, 0
        idle = 0.0
        for copy in range(copies.shape[0]):
            if row == n_teams + copy or (row < n_teams and teams[copy] == row):
                queue += copies[copy, 0]
                cases += copies[copy, 1]
                weighted += copies[copy, 2]
                employed += copies[copy, 3]
                contract += copies[copy, 4]
                worked += copies[copy, 5]
                idle += idle_hours[copy]
                most = max(most, copies[copy, 6])
        team_values[row, T_PER_WORKER] = ratio(np.float64(cases), np.float64(employed))
        team_values[row, T_PER_FTE] = ratio(np.float64(weighted), np.float64(contract))
        team_values[row, T_PEAK] = most
        team_values[row, T_UTILIZATION] = ratio(np.float64(worked), worked + idle)
        team_values[row, T_QUEUE] = queue / window

    # From the finest cells to "all".
    for stage in range(n_stages):
        base = stage * plane
        for kind_of_case in range(1, n_inflows):
            for here in range(1, n_offices):
                cell = base + kind_of_case * n_offices + here
                for which in range(3):
                    target = base
                    if which == 1:
                        target += kind_of_case * n_offices
                    elif which == 2:
                        target += here
                    sums[target, LONGEST] = max(sums[target, LONGEST], sums[cell, LONGEST])
                    for field in range(1, SUMS):
                        sums[target, field] += sums[cell, field]
                    if wave >= 0 and twin(target, n_inflows, n_offices) == target:
                        for d in range(n_days):
                            daily[target, d] += daily[cell, d]
                            steps[target, d] += steps[cell, d]

    for stage in range(n_stages):
        for kind_of_case in range(n_inflows):
            for here in range(n_offices):
                cell = stage * plane + kind_of_case * n_offices + here
                of = sums[cell]
                v = stage_values[cell]
                number = np.float64(of[COHORT])
                v[M_WAIT_MEAN] = ratio(np.float64(of[WAIT]), number) / day
                v[M_WAIT_MAX] = of[LONGEST] / day if of[COHORT] > 0 else np.nan
                v[M_WAIT_MEAN_FINISHED] = ratio(np.float64(of[WAIT_STARTED]), of[STARTED]) / day
                v[M_ASSIGNMENT] = ratio(np.float64(of[ASSIGNMENT]), number) / day
                n_contacts, contact_wait, planned, rhythm_wait = 0, 0, 0, 0
                for a in range(contacts.shape[1]):
                    if kind_of_case > 0 and a != kind_of_case - 1:
                        continue
                    for b in range(contacts.shape[2]):
                        if here > 0 and b != here - 1:
                            continue
                        n_contacts += contacts[stage, a, b, c.CONTACTS]
                        contact_wait += contacts[stage, a, b, c.CONTACT_WAIT]
                        planned += contacts[stage, a, b, c.RHYTHM_PLANNED]
                        rhythm_wait += contacts[stage, a, b, c.RHYTHM_WAIT]
                v[M_CONTACT_WAIT] = ratio(np.float64(contact_wait), n_contacts) / day
                v[M_CONTACT_RATIO] = ratio(np.float64(planned), planned + rhythm_wait)
                v[M_QUEUE_MEAN] = of[QUEUED] / window
                v[M_QUEUE_PEAK] = peaks[stage, kind_of_case, here]
                v[M_IN_STAGE] = of[IN_STAGE] / window
                v[M_STAY] = ratio(np.float64(of[STAYED]), number) / day
                v[M_LATE] = ratio(np.float64(of[LATE]), of[JUDGED])
                v[M_DECISION_MEAN] = ratio(np.float64(of[DECISION]), of[DECIDED]) / day
                v[M_DROPOUT] = ratio(np.float64(of[LEFT]), number)
                v[M_TURNED_AWAY] = ratio(np.float64(of[TURNED_AWAY]), number)
                v[M_CENSORED] = ratio(np.float64(of[WAITS_ON]), number)
                v[M_ARRIVALS] = of[ARRIVALS]
                v[M_COMPLETED] = of[COMPLETED]
                v[M_CLEAR_DAY] = np.nan
                if wave >= 0 and wave < n_days and twin(cell, n_inflows, n_offices) == cell:
                    # Steps become ramps, and daily integrals running sums of all days before.
                    level = np.int64(0)
                    total = np.int64(0)
                    for d in range(n_days):
                        level += steps[cell, d]
                        integral = daily[cell, d] + level * day_ticks
                        daily[cell, d] = total
                        total += integral
                    daily[cell, n_days] = total
                    v[M_CLEAR_DAY] = clear_day(
                        daily, cell, wave, of[INITIAL_QUEUED], day_ticks, n_days
                    )
    for cell in range(n_stages * plane):
        stage_values[cell, M_CLEAR_DAY] = stage_values[
            twin(cell, n_inflows, n_offices), M_CLEAR_DAY
        ]
