"""The recursion: what each case does next, part of a day by part of a day."""

from __future__ import annotations

import numpy as np

from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_DAYS,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    ENDING_CLOSING,
    ENDING_STAY,
    ENDING_VISITS,
    INITIAL_AGELESS,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_PLACES,
    KIND_POOLED,
    LATE_NO,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_OPEN,
    UNTIL_END,
    UNTIL_START,
)
from capsim.kernels.draws.laws import LONGEST, sample, ticks
from capsim.kernels.draws.philox import philox, uniform
from capsim.kernels.engine.columns import (
    P_CLOCK,
    P_CLOSING,
    P_DEADLINE,
    P_DECISION,
    P_ENDING,
    P_GAP,
    P_IF_LEFT,
    P_KIND,
    P_PATIENCE,
    P_ROUTE_FIRST,
    P_ROUTE_N,
    P_STAY,
    P_UNTIL,
    P_VISITS,
    P_WITHIN,
    P_WORK_FIRST,
    P_WORK_N,
    S_ASSIGNED,
    S_CASE,
    S_CLOCK,
    S_DUE,
    S_ENDED,
    S_JOINED,
    S_LAPSED,
    S_LATE,
    S_NTH,
    S_OUTCOME,
    S_RELEASED,
    S_SERVED,
    S_STAGE,
    S_STARTED,
    S_VISITS,
    S_WORKER,
)
from capsim.kernels.engine.rules import delay_over, is_late
from capsim.kernels.jit import inner, jit
from capsim.kernels.outline.sums import add_queues, carry_over, end_of_day
from capsim.kernels.outline.supply import day_of, has_room, level_at, reached
from capsim.kernels.outline.tables import (
    GO_ON,
    JOIN,
    LEAVE,
    O_LEFT,
    O_NEXT,
    O_NTH,
    O_OPEN,
    O_PROFILE,
    O_STAGE,
    O_STAY,
    O_TIME,
    O_VISIT,
    O_WHAT,
    Q_ADDED,
    Q_DUE,
    Q_GAP,
    Q_OPEN,
    Q_PROMISED,
    Q_WORK,
    SLOTS,
    VISIT,
)


@inner
def put(cases, heads, case, what, time, day_ticks):
    """Enter what a case does next in its part of a day."""
    cases[case, O_WHAT] = what
    cases[case, O_TIME] = time
    if time < NEVER:
        slot = time * SLOTS // day_ticks
        if slot < heads.shape[0]:
            cases[case, O_NEXT] = heads[slot]
            heads[slot] = case


@jit
def outline(
    key, calendar, windows, laws, tables, people, crew, contacts, given_by, memory, stays, peaks,
    spent,
):  # fmt: skip
    """Write the stays of an outline, queue peaks and hours; how many stays, or -1 without room.

    Peaks are those of all inflows together. Hours and places of a copy stand with its first worker.
    """
    cases, clocks, nth_stay, heads, queue, queue_ends, state, waiting, crew_first = memory
    levels, fte, pace = given_by
    mean_work, mean_gap, factor = contacts
    day_ticks = calendar.day_ticks
    prof, rules, net, meetings = tables.profiles, tables.rules, tables.network, tables.meetings
    source_hash, entries = tables.arrivals.source_hash, tables.arrivals.source_entry
    n_cases = people.applied.shape[0]
    n_initial = people.initial_gap.shape[0]
    n_copies = levels.shape[0]
    n_days = fte.shape[1]
    horizon = n_days * day_ticks
    stretch = calendar.n_days / n_days
    heads[:] = -1
    nth_stay[:] = 0
    state[:] = 0.0
    waiting[:] = 0
    queue[:] = -1
    queue_ends[:] = -1
    spent[:] = 0
    crew_first[:] = -1
    for w in range(crew.worker_copy.shape[0] - 1, -1, -1):
        crew_first[crew.worker_copy[w]] = w
    n_stays = 0
    any_due = False
    # Cases come in the order of their numbers; the lists are read from the last one entered, and
    # turned before they are read.
    for case in range(n_initial):
        put(cases, heads, case, JOIN, 0, day_ticks)
    for case in range(n_initial, n_cases):
        put(cases, heads, case, JOIN, people.join[case], day_ticks)
    for slot in range(n_days * SLOTS):
        d = slot // SLOTS
        is_morning = slot == d * SLOTS
        opening = min((slot * day_ticks + SLOTS - 1) // SLOTS, (d + 1) * day_ticks - 1)
        chain = np.int64(-1)
        if is_morning:
            any_due = False
        for c in range(n_copies if is_morning or any_due else 0):
            if is_morning:
                state[c, Q_ADDED] = 0.0
                state[c, Q_DUE] = 0.0
                if state[c, Q_OPEN] > 0:
                    since = calendar.open_day[d] - (calendar.open_day[d - 1] if d > 0 else -1)
                    given = max(levels[c, d + 1] - levels[c, d], 1e-9)
                    delay = max(state[c, Q_PROMISED] - levels[c, d], 0.0) / given * day_ticks
                    gap = state[c, Q_GAP] / state[c, Q_OPEN] + delay * stretch
                    work = state[c, Q_WORK] * since * day_ticks / max(gap, 1.0) * factor[c]
                    state[c, Q_DUE] = work / SLOTS
                    any_due |= work > 0.0
                # Who leaves the list of those who wait for a place this morning.
                while queue[c] >= 0 and has_room(tables.copies, fte, state, c, d):
                    case = queue[c]
                    queue[c] = cases[case, O_NEXT]
                    state[c, Q_OPEN] += 1.0
                    cases[case, O_WHAT] = VISIT
                    cases[case, O_TIME] = opening
                    cases[case, O_NEXT] = chain
                    chain = case
            if state[c, Q_DUE] > 0.0:
                level = level_at(levels, c, opening, day_ticks)
                state[c, Q_PROMISED] = max(state[c, Q_PROMISED], level) + state[c, Q_DUE]
                state[c, Q_ADDED] += state[c, Q_DUE]
        todo = heads[slot]
        while todo >= 0:
            following = cases[todo, O_NEXT]
            cases[todo, O_NEXT] = chain
            chain = todo
            todo = following
        heads[slot] = -1
        while chain >= 0 or heads[slot] >= 0:
            if chain < 0:
                chain = heads[slot]
                heads[slot] = -1
            case = chain
            chain = cases[case, O_NEXT]
            what = cases[case, O_WHAT]
            time = cases[case, O_TIME]
            here, kind_of_case = people.office[case], people.inflow[case]
            word, number = source_hash[people.source[case]], np.uint64(people.index[case])
            destination = np.int64(-1)
            if what == JOIN:
                destination = entries[people.source[case]]
                for i in range(clocks.shape[1]):
                    clocks[case, i] = (
                        NONE if people.initial[case] == INITIAL_AGELESS else people.applied[case]
                    )
            elif what == LEAVE or what == GO_ON:
                stay = cases[case, O_STAY]
                p = cases[case, O_PROFILE]
                now = day_of(time, calendar)
                stays[stay, S_ENDED] = now
                if what == LEAVE:
                    stays[stay, S_OUTCOME] = OUTCOME_LEFT
                    destination = prof[p, P_IF_LEFT]
                else:
                    stays[stay, S_OUTCOME] = OUTCOME_COMPLETED
                    block = philox(
                        key[0], key[1], np.uint64(cases[case, O_NTH]),
                        net.stage_purpose[cases[case, O_STAGE], 0], word, number,
                    )  # fmt: skip
                    chance = uniform(block[3])
                    route = prof[p, P_ROUTE_FIRST]
                    last = route + prof[p, P_ROUTE_N] - 1
                    while route < last and chance >= rules.route_upto[route]:
                        route += 1
                    destination = rules.route_to[route]
                if stays[stay, S_DUE] != NONE and prof[p, P_UNTIL] == UNTIL_END:
                    late = is_late(stays[stay, S_DUE], prof[p, P_DEADLINE], now, True)
                    if what == GO_ON:
                        stays[stay, S_LATE] = LATE_YES if late else LATE_NO
                    elif late:
                        stays[stay, S_LATE] = LATE_YES
                if cases[case, O_OPEN] >= 0:
                    c = cases[case, O_OPEN]
                    cases[case, O_OPEN] = -1
                    state[c, Q_OPEN] -= 1.0
                    if prof[p, P_ENDING] == ENDING_STAY:
                        state[c, Q_WORK] -= mean_work[p]
                        state[c, Q_GAP] -= mean_gap[p]
            if what != VISIT:
                if destination < 0:
                    continue
                # It joins a stage.
                stage = destination
                p = net.profile[here, kind_of_case, stage]
                is_initial = what == JOIN and case < n_initial
                now = np.int64(0) if is_initial else day_of(time, calendar)
                nth_stay[case, stage] += 1
                nth = np.int64(nth_stay[case, stage])
                returns = nth > 1 or (case < n_initial and stage < entries[people.source[case]])
                if net.stage_clock[stage] >= 0 and returns:
                    clocks[case, net.stage_clock[stage]] = now
                if n_stays == stays.shape[0]:
                    return -1
                stay = n_stays
                n_stays += 1
                stays[stay, S_CASE] = case
                stays[stay, S_STAGE] = stage
                stays[stay, S_NTH] = nth
                stays[stay, S_JOINED] = now
                for field in (S_ASSIGNED, S_STARTED, S_SERVED, S_ENDED, S_CLOCK, S_DUE):
                    stays[stay, field] = NONE
                stays[stay, S_LATE] = LATE_UNKNOWN
                stays[stay, S_OUTCOME] = OUTCOME_OPEN
                stays[stay, S_LAPSED] = 0
                stays[stay, S_RELEASED] = NONE
                stays[stay, S_WORKER] = -1
                stays[stay, S_VISITS] = 0
                if prof[p, P_CLOCK] >= 0:
                    begin = clocks[case, prof[p, P_CLOCK]]
                    stays[stay, S_CLOCK] = begin
                    if begin != NONE and prof[p, P_DEADLINE] != DEADLINE_NONE:
                        day = begin // day_ticks
                        if prof[p, P_DEADLINE] == DEADLINE_DAYS:
                            due = (day + prof[p, P_WITHIN] + 1) * day_ticks
                        elif prof[p, P_DEADLINE] == DEADLINE_EXACT:
                            due = begin + prof[p, P_WITHIN]
                        else:
                            column = max(np.int64(0), day + DAYS_BEFORE)
                            due = (rules.workday_due[prof[p, P_WITHIN], column] + 1) * day_ticks
                        stays[stay, S_DUE] = due
                cases[case, O_STAGE] = stage
                cases[case, O_PROFILE] = p
                cases[case, O_STAY] = stay
                cases[case, O_NTH] = nth
                cases[case, O_VISIT] = 0
                cases[case, O_OPEN] = -1
                block = philox(
                    key[0], key[1], np.uint64(nth), net.stage_purpose[stage, 0], word, number,
                )  # fmt: skip
                kind = prof[p, P_KIND]
                day = now // day_ticks
                if kind == KIND_DELAY or kind == KIND_PLACES:
                    if kind == KIND_PLACES:  # as if there were always one
                        stays[stay, S_ASSIGNED] = now
                        stays[stay, S_STARTED] = now
                    if is_initial:
                        length = people.initial_stay[case]
                    else:
                        length = ticks(sample(prof[p, P_STAY], block[1], day, laws))
                    put(
                        cases, heads, case, GO_ON,
                        delay_over(now, prof[p, P_STAY], length, laws, calendar), day_ticks,
                    )  # fmt: skip
                    continue
                c = net.stage_copy[here, stage]
                cases[case, O_LEFT] = 0
                if prof[p, P_ENDING] == ENDING_VISITS:
                    cases[case, O_LEFT] = ticks(sample(prof[p, P_VISITS], block[2], day, laws))
                if is_initial:
                    if kind == KIND_CASEWORKER:
                        stays[stay, S_ASSIGNED] = 0
                        stays[stay, S_STARTED] = 0
                        state[c, Q_OPEN] += 1.0
                        cases[case, O_OPEN] = c
                        if prof[p, P_ENDING] == ENDING_STAY:
                            state[c, Q_WORK] += mean_work[p]
                            state[c, Q_GAP] += mean_gap[p]
                            end = delay_over(
                                now, prof[p, P_STAY], people.initial_stay[case], laws, calendar
                            )
                            put(cases, heads, case, GO_ON, end, day_ticks)
                            continue
                        cases[case, O_LEFT] = people.initial_visits[case]
                        cases[case, O_VISIT] = 1
                        if prof[p, P_GAP] >= 0:
                            end = delay_over(
                                now, prof[p, P_GAP], people.initial_gap[case], laws, calendar
                            )
                            put(cases, heads, case, VISIT, end, day_ticks)
                            continue
                if kind == KIND_CASEWORKER and cases[case, O_OPEN] < 0:
                    if queue[c] >= 0 or not has_room(tables.copies, fte, state, c, d):
                        cases[case, O_NEXT] = -1
                        if queue[c] < 0:
                            queue[c] = case
                        else:
                            cases[queue_ends[c], O_NEXT] = case
                        queue_ends[c] = case
                        continue
                    state[c, Q_OPEN] += 1.0
                what = VISIT
            # A visit falls due.
            stage, p, stay = cases[case, O_STAGE], cases[case, O_PROFILE], cases[case, O_STAY]
            c = net.stage_copy[here, stage]
            kind = prof[p, P_KIND]
            nth = cases[case, O_NTH]
            if kind == KIND_CASEWORKER and cases[case, O_OPEN] < 0:
                cases[case, O_OPEN] = c
                stays[stay, S_ASSIGNED] = day_of(time, calendar)
            state[c, Q_PROMISED] = max(state[c, Q_PROMISED], level_at(levels, c, time, day_ticks))
            start = max(time, reached(levels, c, state[c, Q_PROMISED], d, day_ticks))
            cases[case, O_VISIT] += 1
            visit = cases[case, O_VISIT]
            if visit == 1 and prof[p, P_PATIENCE] >= 0:
                joined = stays[stay, S_JOINED]
                block = philox(
                    key[0], key[1], np.uint64(nth), net.stage_purpose[stage, 0], word, number,
                )  # fmt: skip
                length = ticks(sample(prof[p, P_PATIENCE], block[0], joined // day_ticks, laws))
                gone = delay_over(joined, prof[p, P_PATIENCE], length, laws, calendar)
                if gone < start and kind == KIND_POOLED:
                    put(cases, heads, case, LEAVE, max(gone, time), day_ticks)
                    continue
            day = calendar.open_day[min(start // day_ticks, n_days - 1)]
            block = philox(
                key[0], key[1], np.uint64((nth << 32) | visit), net.stage_purpose[stage, 1], word,
                number,
            )  # fmt: skip
            law = rules.work[prof[p, P_WORK_FIRST] + min(visit, prof[p, P_WORK_N]) - 1]
            work = np.floor(min(sample(law, block[0], day, laws), LONGEST) + 0.5)
            state[c, Q_PROMISED] += work
            state[c, Q_ADDED] += work
            if start >= horizon:
                continue
            began = day_of(start, calendar)
            if stays[stay, S_STARTED] == NONE:
                stays[stay, S_STARTED] = began
                if stays[stay, S_DUE] != NONE and prof[p, P_UNTIL] == UNTIL_START:
                    late = is_late(stays[stay, S_DUE], prof[p, P_DEADLINE], began, False)
                    stays[stay, S_LATE] = LATE_YES if late else LATE_NO
            stays[stay, S_VISITS] += 1
            if kind == KIND_CASEWORKER and prof[p, P_ENDING] == ENDING_STAY:
                state[c, Q_WORK] += mean_work[p]
                state[c, Q_GAP] += mean_gap[p]
                assigned = stays[stay, S_ASSIGNED]
                block = philox(
                    key[0], key[1], np.uint64(nth), net.stage_purpose[stage, 0], word, number,
                )  # fmt: skip
                length = ticks(sample(prof[p, P_STAY], block[1], assigned // day_ticks, laws))
                end = delay_over(assigned, prof[p, P_STAY], length, laws, calendar)
                put(cases, heads, case, GO_ON, max(end, time), day_ticks)
                continue
            end = start + np.int64(work / pace[c])
            if end >= horizon:
                continue
            over = day_of(end, calendar)
            if prof[p, P_ENDING] == ENDING_CLOSING:
                row = prof[p, P_CLOSING]
                probability = rules.closing_probability[row]
                load = np.int64(1e3 * state[c, Q_OPEN] / max(fte[c, d], 1e-3))
                if load > rules.closing_norm[row]:
                    cell = (load - rules.closing_norm[row]) // rules.closing_step[row]
                    probability = rules.closing_table[
                        row, min(cell, rules.closing_table.shape[1] - 1)
                    ]
                cases[case, O_LEFT] = 0 if uniform(block[2]) < probability else 1
            else:
                cases[case, O_LEFT] -= 1
            if cases[case, O_LEFT] > 0:
                following = end
                if prof[p, P_GAP] >= 0:
                    length = ticks(sample(prof[p, P_GAP], block[1], over // day_ticks, laws))
                    following = delay_over(over, prof[p, P_GAP], length, laws, calendar)
                put(cases, heads, case, VISIT, max(following, time), day_ticks)
                continue
            stays[stay, S_SERVED] = over
            row = prof[p, P_DECISION]
            if row >= 0:
                first, last = meetings.first[row], meetings.first[row + 1]
                while first < last:
                    middle = (first + last) // 2
                    if meetings.time[middle] < end:
                        first = middle + 1
                    else:
                        last = middle
                held = np.int64(NEVER)
                if first < meetings.first[row + 1]:
                    held = meetings.time[first]
                due = stays[stay, S_DUE]
                if due != NONE and prof[p, P_UNTIL] == UNTIL_END and rules.urgent[p] > 0.0:
                    after = True
                    if held < horizon:
                        after = is_late(due, prof[p, P_DEADLINE], day_of(held, calendar), False)
                    if after:
                        block = philox(
                            key[0], key[1], np.uint64(nth), net.stage_purpose[stage, 2], word,
                            number,
                        )  # fmt: skip
                        if uniform(block[0]) < rules.urgent[p]:
                            held = end
                end = held
            put(cases, heads, case, GO_ON, end, day_ticks)
        if slot + 1 < (d + 1) * SLOTS:
            continue
        end_of_day(d, calendar, windows, levels, state, crew_first, spent)
    add_queues(calendar, windows, tables, people, stays, n_stays, waiting, peaks)
    carry_over(spent)
    return n_stays
