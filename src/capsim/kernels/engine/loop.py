"""The compiled engine: the contract of `capsim.engines`, interpreted from the tables of a plan.

One loop takes the next timed event in the order (time, rank, id), and finishes all its
consequences before the next one. What an event does is expressed in three variables, so that the
consequences are written once: `mover`, a case that moves to `destination` (at the calendar instant
`now`), and the list `todo` of team copies to be settled. The order of the consequences is that of
the contract: the worker is free, the mover joins, assignments, starts, then the room is judged.

Where nothing can come between, visits are entered ahead of the clock: see `diary`.

The loop is one function because cutting it made it slower: "The engines" in `docs/design.md` has
the figures, and the names of the files beside this one that hold its parts.

`calendar_base` and `office_base` are the calendar and office instants of the opening of the current
office day, so that the present instant is converted by an addition.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_DAYS,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    ENDING_STAY,
    ENDING_VISITS,
    EVENT_HIRE,
    EVENT_LEAVE,
    EVENT_ONBOARDED,
    EVENT_RETURN,
    EVENT_SHORTENED,
    INITIAL_AGELESS,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_POOLED,
    LATE_NO,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_OPEN,
    OUTCOME_TURNED_AWAY,
    UNTIL_END,
)
from capsim.kernels.draws.laws import sample, ticks
from capsim.kernels.draws.philox import philox, uniform
from capsim.kernels.engine.columns import (
    ASSIGN_CLASSES,
    ASSIGN_FIRST,
    ASSIGNMENT_QUEUE,
    AT_DESK,
    BETWEEN,
    BUSY,
    BY_DEADLINE,
    CASELOAD_SINCE,
    CASES,
    COPY,
    COPY_FIELDS,
    DELAY,
    DESK,
    DESK_FIRST,
    DIARY,
    EFFECTIVE,
    EMPLOYED,
    FAR,
    FIRST_WAIT,
    FOLLOWED,
    FREE_FIRST,
    FTE,
    GONE,
    HELD_FIRST,
    IDLE_FROM,
    IN_VISIT,
    IS_CHANGED,
    L_CASE,
    L_FROM,
    L_UNTIL,
    L_WORKER,
    LIMIT,
    LOAD,
    LOAD_WEIGHT,
    MEETING,
    NEXT_CHANGE,
    NOWHERE,
    ONBOARDING,
    P_ASSIGN_HANDED,
    P_ASSIGN_NEW,
    P_CLASS_FIRST,
    P_CLASS_LATER,
    P_CLOCK,
    P_CLOSING,
    P_DEADLINE,
    P_DECISION,
    P_DRAWS,
    P_ENDING,
    P_GAP,
    P_IF_LEFT,
    P_IF_TURNED_AWAY,
    P_KIND,
    P_PATIENCE,
    P_ROOM,
    P_ROUTE_FIRST,
    P_ROUTE_N,
    P_STAY,
    P_UNTIL,
    P_VISITS,
    P_WITHIN,
    PACE,
    PRESENT,
    RETRY,
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
    S_SERVED,
    S_STAGE,
    S_STARTED,
    S_VISITS,
    S_WORKER,
    SHARE,
    STARTS_LATER,
    TEAM_CLASSES,
    TEAM_FIRST,
    TEAM_QUEUE,
    UNASSIGNED,
    V_BEGIN,
    V_END,
    V_WORK,
    V_WORKER,
    VISIT_DUE,
    VISIT_END,
    VISITS,
    WAITING,
    WORKED,
    WORKER_FIRST,
    WORKER_LAST,
)
from capsim.kernels.engine.counts import (
    count_contact,
    count_waiting,
    new_visit,
    no_longer_waiting,
    note_peaks,
    start_peaks,
)
from capsim.kernels.engine.diary import enter_in_diary, has_time
from capsim.kernels.engine.rules import delay_over, given, is_late
from capsim.kernels.engine.visits import (
    first_start,
    visit_length,
    visit_over,
    visit_words,
    visit_work,
)
from capsim.kernels.engine.workers import (
    account_caseload,
    account_idle,
    become_free,
    close_visit,
    give_place_back,
    in_visit,
    no_longer_free,
    recompute,
    snapshot,
    take_place,
)
from capsim.kernels.event_set import (
    BEGIN,
    BUCKET,
    CASE_BITS,
    CLASS,
    CLOSING_WORD,
    COUNTED,
    DEADLINE,
    DONE,
    DUE,
    END,
    FINISHED,
    GAP_WORD,
    HANDED,
    HEAP_SIZE,
    HELD_NEXT,
    INDEX_WORD,
    INFLOW,
    LAST_WORKER,
    LEFT,
    MEETING_NEXT,
    MEETING_PREV,
    NTH,
    OFFICE,
    PENDING,
    PHASE,
    PLACE_ROW,
    PREVIOUS_END,
    PROFILE,
    QUEUE,
    ROUTE_WORD,
    SEQUENCE,
    SERVER,
    SHIFT,
    SOURCE_WORD,
    STAGE,
    STARTED,
    STAY,
    STAY_END,
    TOUCHED,
    TRACE,
    VISIT,
    VISIT_ROW,
    WEIGHT,
    WORDS_OF,
    WORK,
    WORKER,
    cancel,
    heap_pop,
    load_bucket,
    schedule,
    sort,
)
from capsim.kernels.jit import jit
from capsim.kernels.queues import (
    first_entry,
    join_assignment,
    join_desk,
    join_queue,
    leave_assignment,
    leave_desk,
    leave_queue,
)


@jit
def simulate(full, shift, key, calendar, laws, tables, people, crew, room, written):
    """Run one replication; the arguments are described in `capsim.kernels.tables`.

    `full` is 1 where visits and places are written, `shift` the width of a time bucket (2**shift).
    Nothing is allocated here. Returns 0, or the number of the table of the log (1 stays, 2 visits,
    3 places) that was too small: the caller enlarges it and begins again, with the same result.
    """
    day_ticks, n_days, horizon = calendar.day_ticks, calendar.n_days, calendar.horizon
    warm_up, warm_up_day, open_day = calendar.warm_up, calendar.warm_up_day, calendar.open_day
    prof, rules, meetings, arrivals = (
        tables.profiles, tables.rules, tables.meetings, tables.arrivals,
    )  # fmt: skip
    profile, stage_copy, stage_clock, purposes, inflow_weight, _ = tables.network
    trace_work, trace_stay = arrivals.trace_work, arrivals.trace_stay
    (
        applied, join, inflow, office, source, index, trace, initial, initial_gap, initial_stay,
        initial_visits,
    ) = people  # fmt: skip
    (
        C, U, nth_stay, clocks, W, K, heads, tails, room_taken, G, buckets, heap, touched, todo,
        todo_marked, held, meeting_heads, meeting_tails, next_meeting, counts, changed, is_changed,
        n_changed, changed_workers, desk, roster_next,
    ) = room  # fmt: skip
    case_seen, case_left, case_exit, stays, visits, places, contacts, peaks, sizes = written

    n_cases = applied.shape[0]
    n_copies = tables.copies.shape[0]
    n_workers = crew.worker_copy.shape[0]
    n_initial = initial_gap.shape[0]
    n_roster = crew.roster_time.shape[0]
    n_meetings = meetings.held.shape[0]
    n_clocks = clocks.shape[1]
    calendar_end = n_days * day_ticks
    cohort_from = warm_up_day * day_ticks
    cohort_until = calendar.cohort_end_day * day_ticks

    case_seen.fill(0)
    case_left.fill(NONE)
    case_exit.fill(-1)
    nth_stay.fill(0)
    W.fill(0)
    heads.fill(-1)
    tails.fill(-1)
    room_taken.fill(0)
    buckets.fill(-1)
    todo_marked.fill(0)
    meeting_heads.fill(-1)
    meeting_tails.fill(-1)
    counts.fill(0)
    peaks.fill(0)
    contacts.fill(0)
    is_changed.fill(0)
    n_changed[0] = 0
    n_changed[1] = 0
    for i in range(meetings.first.shape[0]):
        next_meeting[i] = meetings.first[i]
    for copy in range(n_copies):
        for field in range(COPY_FIELDS):
            K[copy, field] = tables.copies[copy, field]
    G.fill(0)
    G[END] = horizon
    G[SHIFT] = shift
    bits = np.int64(1)
    while (np.int64(1) << bits) < n_cases + 1:
        bits += 1
    G[CASE_BITS] = bits
    mask = (np.int64(1) << bits) - 1
    n_buckets = buckets.shape[0]
    n_stays = 0
    n_visits = 0
    n_places = 0

    for worker in range(n_workers):
        copy = crew.worker_copy[worker]
        W[worker, COPY] = copy
        W[worker, FTE] = crew.worker_fte[worker]
        W[worker, ONBOARDING] = crew.worker_rate[worker]
        W[worker, BUSY] = -1
        W[worker, HELD_FIRST] = -1
        W[worker, DESK_FIRST] = desk[worker]
        W[worker, NEXT_CHANGE] = horizon
        recompute(W, worker, K[copy, SHARE])
        if crew.worker_state[worker] > 0:
            W[worker, EMPLOYED] = 1
        if crew.worker_state[worker] == 1:
            W[worker, PRESENT] = 1
            become_free(W, K, worker, np.int64(0))

    for i in range(n_roster - 1, -1, -1):
        worker = crew.roster_worker[i]
        roster_next[i] = W[worker, NEXT_CHANGE]
        W[worker, NEXT_CHANGE] = min(horizon, crew.roster_time[i])

    time = np.int64(0)
    office_base = np.int64(0)
    calendar_base = open_day[0] * day_ticks
    open_index = 0
    sequence = np.int64(0)
    measuring = warm_up == 0
    afresh = False
    next_case = 0
    next_roster = 0
    next_held = 0
    files_left = 0
    series = 0
    stream = np.int64(-1)  # moment of the next roster change, meeting or arrival; -1: not looked up
    stream_bucket = np.int64(0)
    starting = True  # the initial cases join, one by one, before anything is settled
    direct = np.int64(-1)  # a due visit that goes into its worker's diary without waiting
    to_diaries = False  # visits on the desks of touched workers may go into their diaries

    while True:
        # -- visits go into diaries, ahead of the clock: see `diary` --------
        touch = 0
        while direct >= 0 or (to_diaries and touch < G[TOUCHED]):
            if direct >= 0:
                case = direct
                direct = np.int64(-1)
                worker = C[case, WORKER]
            else:
                worker = touched[touch]
                if W[worker, AT_DESK] == 0 or not has_time(W, K, worker, time):
                    touch += 1
                    continue
                case = heads[W[worker, DESK_FIRST]]
                leave_desk(C, W, K, heads, tails, case)
            enter_in_diary(full, key, calendar, laws, tables, room, written, case, worker, time)
        to_diaries = False

        # -- the next event, and what it does --------
        mover = np.int64(-1)
        destination = np.int64(0)
        now = np.int64(0)
        n_todo = 0
        at_visit_end = False
        finished = np.int64(-1)  # a case whose work in its stage is done
        leaving = np.int64(-1)  # a case that leaves a queue by its own will
        due_now = np.int64(-1)  # a case whose next visit falls due
        handed = False
        G[TOUCHED] = 0

        if full == 1 and n_visits + 4 > visits.shape[0]:
            return 2

        if starting:
            if next_case < n_initial:
                mover = np.int64(next_case)
                next_case += 1
                destination = arrivals.source_entry[source[mover]]
            else:
                starting = False
                if horizon > 0:
                    for copy in range(n_copies):
                        todo[copy] = copy
                    n_todo = n_copies
        elif files_left > 0:
            # One file of the meeting in hand; its consequences are finished before the next one.
            now = calendar_base + time - office_base
            files_left -= 1
            case = meeting_heads[series]
            following = C[case, MEETING_NEXT]
            meeting_heads[series] = following
            if following >= 0:
                C[following, MEETING_PREV] = -1
            else:
                meeting_tails[series] = -1
            mover = case
        else:
            # The next of the sorted streams: roster, meetings, arrivals.
            if stream < 0:
                stream = np.int64(NEVER)
                if next_roster < n_roster:
                    stream = crew.roster_time[next_roster] * 8 + codes.RANK_ROSTER
                if next_held < n_meetings:
                    stream = min(stream, meetings.held[next_held] * 8 + codes.RANK_MEETING)
                if next_case < n_cases:
                    stream = min(stream, join[next_case] * 8 + codes.RANK_ARRIVAL)
                stream_bucket = min((stream >> 3) >> shift, n_buckets - 1)
            case = np.int64(-1)
            moment = np.int64(NEVER)
            while True:
                while G[HEAP_SIZE] > 0:
                    packed = heap[0]
                    case = packed & mask
                    moment = packed >> bits
                    if C[case, PENDING] == moment:
                        break
                    heap_pop(heap, G)
                if G[HEAP_SIZE] > 0 or G[BUCKET] >= stream_bucket:
                    break
                load_bucket(C, buckets, heap, G, G[BUCKET] + 1)
            if G[HEAP_SIZE] == 0:
                moment = np.int64(NEVER)
            of_case = moment < stream
            if of_case:
                heap_pop(heap, G)
                C[case, PENDING] = -1
            else:
                moment = stream
                stream = np.int64(-1)
            if moment >> 3 >= horizon:
                break
            rank = moment & 7
            if moment >> 3 > time:
                if afresh:
                    afresh = False
                    start_peaks(W, counts, peaks)
                if measuring and n_changed[0] + n_changed[1] > 0:
                    note_peaks(W, counts, peaks, changed, is_changed, n_changed, changed_workers)
                if not measuring and moment >> 3 >= warm_up:
                    measuring = True
                    snapshot(C, W, K, warm_up, warm_up_day * day_ticks)
                    # At the instant itself the peaks begin with what its events leave behind.
                    afresh = moment >> 3 == warm_up
                    if not afresh:
                        start_peaks(W, counts, peaks)
                time = moment >> 3
                while time >= office_base + day_ticks:
                    office_base += day_ticks
                    open_index += 1
                    calendar_base = open_day[open_index] * day_ticks
            present = calendar_base + time - office_base  # calendar instant, as an opening
            now = present

            if of_case:
                if rank == codes.RANK_VISIT_END:
                    at_visit_end = True
                    if time == office_base and open_index > 0:
                        # It ended at closing time, and belongs to the day that closed.
                        now = (open_day[open_index - 1] + 1) * day_ticks
                    worker = C[case, SERVER]
                    copy = W[worker, COPY]
                    if K[copy, DIARY] == 0:
                        W[worker, BUSY] = -1
                        W[worker, WORKED] += C[case, WORK]
                        W[worker, VISITS] += 1
                        if W[worker, EMPLOYED] == 1 and W[worker, PRESENT] == 1:
                            become_free(W, K, worker, time)
                            touched[G[TOUCHED]] = worker
                            G[TOUCHED] += 1
                    todo[0] = copy
                    n_todo = 1
                    p = C[case, PROFILE]
                    stay = C[case, STAY]
                    C[case, DONE] += 1
                    if full == 1:
                        visits[C[case, VISIT_ROW], V_END] = time
                    C[case, PREVIOUS_END] = now
                    done = False
                    if prof[p, P_ENDING] == ENDING_VISITS:
                        C[case, LEFT] -= 1
                        done = C[case, LEFT] <= 0
                    elif prof[p, P_ENDING] == ENDING_STAY:
                        done = time >= C[case, STAY_END]
                    else:
                        row = prof[p, P_CLOSING]
                        probability = rules.closing_probability[row]
                        above = W[worker, LOAD] - rules.closing_norm[row]
                        if above > 0:
                            cell = min(
                                above // rules.closing_step[row], rules.closing_table.shape[1] - 1
                            )
                            probability = rules.closing_table[row, cell]
                        done = uniform(U[case, CLOSING_WORD]) < probability
                    handed = C[case, HANDED] == 1
                    if handed:
                        C[case, HANDED] = 0
                        if full == 1:
                            places[C[case, PLACE_ROW], L_UNTIL] = now
                        give_place_back(C, W, K, case, now)
                    if done:
                        finished = case
                        C[case, PHASE] = GONE
                    else:
                        due = time
                        if prof[p, P_GAP] >= 0:
                            law = prof[p, P_GAP]
                            day = now // day_ticks if laws.growth[law] >= 0 else np.int64(0)
                            delay = sample(law, U[case, GAP_WORD], day, laws)
                            due = delay_over(now, law, ticks(delay), laws, calendar)
                        C[case, PHASE] = BETWEEN
                        C[case, QUEUE] = NOWHERE
                        if handed:
                            join_assignment(
                                C, K, heads, tails, copy, prof[p, P_ASSIGN_HANDED], case
                            )
                            room_taken[C[case, STAGE], copy] += 1
                        if prof[p, P_GAP] < 0:
                            due_now = case
                        elif prof[p, P_ENDING] == ENDING_STAY and due >= C[case, STAY_END]:
                            schedule(
                                C, buckets, heap, G, C[case, STAY_END], codes.RANK_DELAY_END, case
                            )
                        else:
                            schedule(C, buckets, heap, G, due, codes.RANK_DELAY_END, case)
                elif rank == codes.RANK_DELAY_END:
                    phase = C[case, PHASE]
                    p = C[case, PROFILE]
                    copy = stage_copy[C[case, OFFICE], C[case, STAGE]]
                    if phase == DELAY:
                        finished = case
                    elif phase == STARTS_LATER:
                        # Its first visit starts, as the diary said: it no longer waits.
                        C[case, PHASE] = IN_VISIT
                        no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                        moment = C[case, STAY_END]
                        schedule(C, buckets, heap, G, moment >> 3, moment & 7, case)
                        continue
                    elif (
                        K[copy, DIARY] == 1
                        and C[case, WORKER] >= 0
                        and W[C[case, WORKER], AT_DESK] == 0
                        and has_time(W, K, C[case, WORKER], time)
                    ):
                        C[case, VISIT] += 1
                        C[case, DUE] = now
                        if full == 1:
                            new_visit(C, visits, n_visits, case)
                            n_visits += 1
                        direct = case
                        continue
                    elif prof[p, P_ENDING] == ENDING_STAY and time >= C[case, STAY_END]:
                        finished = case
                        todo[0] = copy
                        n_todo = 1
                        if phase == VISIT_DUE:
                            stays[C[case, STAY], S_LAPSED] += 1
                            if C[case, QUEUE] == DESK:
                                leave_desk(C, W, K, heads, tails, case)
                            if cohort_from <= C[case, DUE] < cohort_until:
                                count_contact(C, contacts, case, now, np.int64(0))
                    else:
                        due_now = case
                        todo[0] = copy
                        n_todo = 1
                else:
                    leaving = case
            elif rank == codes.RANK_ROSTER:
                while next_roster < n_roster and crew.roster_time[next_roster] == time:
                    worker = crew.roster_worker[next_roster]
                    kind = crew.roster_kind[next_roster]
                    value = crew.roster_value[next_roster]
                    W[worker, NEXT_CHANGE] = roster_next[next_roster]
                    next_roster += 1
                    copy = W[worker, COPY]
                    K[copy, RETRY] = 1
                    if todo_marked[copy] == 0:
                        todo_marked[copy] = 1
                        todo[n_todo] = copy
                        n_todo += 1
                    hand_over = False
                    if kind == EVENT_HIRE:
                        W[worker, EMPLOYED] = 1
                        W[worker, PRESENT] = 1
                        W[worker, CASELOAD_SINCE] = now
                        become_free(W, K, worker, time)
                    elif kind == EVENT_RETURN:
                        W[worker, PRESENT] = 1
                        if not in_visit(W, K, worker, time):
                            become_free(W, K, worker, time)
                    elif kind == EVENT_ONBOARDED or kind == EVENT_SHORTENED:
                        if W[worker, PRESENT] == 1 and not in_visit(W, K, worker, time):
                            account_idle(W, worker, time, warm_up)
                        if kind == EVENT_ONBOARDED:
                            W[worker, ONBOARDING] = value
                        else:
                            W[worker, FTE] = value
                        recompute(W, worker, K[copy, SHARE])
                    else:
                        if W[worker, PRESENT] == 1 and not in_visit(W, K, worker, time):
                            no_longer_free(W, K, worker, time, warm_up)
                        W[worker, PRESENT] = 0
                        hand_over = kind == EVENT_LEAVE or value == 1
                        if kind == EVENT_LEAVE:
                            W[worker, EMPLOYED] = 0
                    if hand_over:
                        n_held = W[worker, CASES]
                        case = W[worker, HELD_FIRST]
                        for i in range(n_held):
                            held[i] = case
                            case = C[case, HELD_NEXT]
                        sort(held, n_held)
                        for i in range(n_held):
                            case = held[i]
                            if C[case, PHASE] == IN_VISIT:
                                if K[copy, DIARY] == 0:
                                    C[case, HANDED] = 1
                                    continue
                                if W[worker, BUSY] == case and W[worker, VISIT_END] >= time:
                                    C[case, HANDED] = 1
                                    if W[worker, FOLLOWED] == 1:
                                        # Its end is an event after all.
                                        W[worker, FOLLOWED] = 0
                                        cancel(C, buckets, G, case)
                                        if prof[C[case, PROFILE], P_ENDING] == ENDING_VISITS:
                                            C[case, LEFT] += 1
                                        C[case, DONE] -= 1
                                        C[case, WORDS_OF] = 0
                                        _, U[case, GAP_WORD], U[case, CLOSING_WORD] = visit_words(
                                            C, U, case, C[case, VISIT], key, purposes
                                        )
                                        if full == 1:
                                            visits[C[case, VISIT_ROW], V_END] = NONE
                                        schedule(
                                            C, buckets, heap, G, W[worker, VISIT_END],
                                            codes.RANK_VISIT_END, case,
                                        )  # fmt: skip
                                    continue
                                C[case, PHASE] = BETWEEN
                            if C[case, QUEUE] == DESK:
                                leave_desk(C, W, K, heads, tails, case)
                            if full == 1:
                                places[C[case, PLACE_ROW], L_UNTIL] = now
                            give_place_back(C, W, K, case, now)
                            handed_rank = prof[C[case, PROFILE], P_ASSIGN_HANDED]
                            join_assignment(C, K, heads, tails, copy, handed_rank, case)
                            room_taken[C[case, STAGE], copy] += 1
                    if W[worker, PRESENT] == 1:
                        touched[G[TOUCHED]] = worker
                        G[TOUCHED] += 1
                sort(todo, n_todo)
                for i in range(n_todo):
                    todo_marked[todo[i]] = 0
            elif rank == codes.RANK_MEETING:
                series = meetings.held_series[next_held]
                next_held += 1
                next_meeting[series] += 1
                files_left = meetings.places[series]
                if files_left < 0:
                    files_left = n_cases
                in_hand = 0
                case = meeting_heads[series]
                while case >= 0 and in_hand < files_left:
                    in_hand += 1
                    case = C[case, MEETING_NEXT]
                files_left = in_hand
                continue
            else:
                mover = np.int64(next_case)
                next_case += 1
                destination = arrivals.source_entry[source[mover]]
                now = present

        # -- a case leaves a queue, or is done with a stage --------
        outcome = OUTCOME_COMPLETED
        if leaving >= 0:
            mover = leaving
            outcome = OUTCOME_LEFT
            destination = prof[C[mover, PROFILE], P_IF_LEFT]
        turned_away = False
        going_on = False

        if finished >= 0:
            case = finished
            p = C[case, PROFILE]
            stay = C[case, STAY]
            stays[stay, S_SERVED] = now
            waits = False
            row = prof[p, P_DECISION]
            if row >= 0:
                waits = True
                due = stays[stay, S_DUE]
                if due != NONE and prof[p, P_UNTIL] == UNTIL_END and rules.urgent[p] > 0.0:
                    held_next = next_meeting[row]
                    after_deadline = True
                    if held_next < meetings.first[row + 1]:
                        instant = meetings.time[held_next]
                        opening = open_day[instant // day_ticks] * day_ticks + instant % day_ticks
                        after_deadline = is_late(due, prof[p, P_DEADLINE], opening, False)
                    if after_deadline:
                        block = philox(
                            key[0], key[1], np.uint64(C[case, NTH]), purposes[C[case, STAGE], 2],
                            U[case, SOURCE_WORD], U[case, INDEX_WORD],
                        )  # fmt: skip
                        waits = not uniform(block[0]) < rules.urgent[p]
            if waits:
                C[case, PHASE] = MEETING
                C[case, FINISHED] = time
                before = meeting_tails[row]
                after = np.int64(-1)
                while before >= 0 and C[before, FINISHED] == time and before > case:
                    after = before
                    before = C[before, MEETING_PREV]
                C[case, MEETING_PREV] = before
                C[case, MEETING_NEXT] = after
                if before >= 0:
                    C[before, MEETING_NEXT] = case
                else:
                    meeting_heads[row] = case
                if after >= 0:
                    C[after, MEETING_PREV] = case
                else:
                    meeting_tails[row] = case
                if at_visit_end and handed:
                    copy = todo[0]
                    join_assignment(C, K, heads, tails, copy, prof[p, P_ASSIGN_HANDED], case)
                    room_taken[C[case, STAGE], copy] += 1
            else:
                mover = case

        # -- the next visit falls due --------
        if due_now >= 0:
            case = due_now
            p = C[case, PROFILE]
            C[case, VISIT] += 1
            C[case, PHASE] = VISIT_DUE
            C[case, DUE] = now
            if full == 1:
                new_visit(C, visits, n_visits, case)
                n_visits += 1
            if prof[p, P_KIND] == KIND_POOLED:
                copy = stage_copy[C[case, OFFICE], C[case, STAGE]]
                C[case, QUEUE] = TEAM_QUEUE
                C[case, CLASS] = prof[p, P_CLASS_LATER]
                C[case, SEQUENCE] = sequence
                sequence += 1
                queue = K[copy, TEAM_FIRST] + C[case, CLASS]
                join_queue(C, heads, tails, K[copy, BY_DEADLINE], queue, case)
                K[copy, WAITING] += 1
            else:
                if prof[p, P_ENDING] == ENDING_STAY:
                    schedule(C, buckets, heap, G, C[case, STAY_END], codes.RANK_DELAY_END, case)
                if C[case, WORKER] >= 0:
                    C[case, CLASS] = prof[p, P_CLASS_LATER]
                    join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                    sequence += 1

        # -- consequences: move, settle, judge the room; again for one who is turned away --------
        while True:
            joined_copy = np.int64(-1)
            if mover >= 0:
                case = mover
                mover = np.int64(-1)
                here = office[case]
                kind_of_case = inflow[case]
                if going_on:
                    going_on = False
                elif case_seen[case] == 1:
                    # It ends its stay.
                    stage = C[case, STAGE]
                    p = C[case, PROFILE]
                    stay = C[case, STAY]
                    copy = stage_copy[here, stage]
                    if outcome == OUTCOME_COMPLETED:
                        chance = uniform(U[case, ROUTE_WORD])
                        route = prof[p, P_ROUTE_FIRST]
                        last = route + prof[p, P_ROUTE_N] - 1
                        while route < last and chance >= rules.route_upto[route]:
                            route += 1
                        destination = rules.route_to[route]
                    stays[stay, S_ENDED] = now
                    stays[stay, S_VISITS] = C[case, DONE]
                    stays[stay, S_WORKER] = C[case, LAST_WORKER]
                    stays[stay, S_OUTCOME] = outcome
                    if stays[stay, S_DUE] != NONE:
                        late = is_late(stays[stay, S_DUE], prof[p, P_DEADLINE], now, at_visit_end)
                        if outcome == OUTCOME_COMPLETED:
                            if prof[p, P_UNTIL] == UNTIL_END:
                                stays[stay, S_LATE] = LATE_YES if late else LATE_NO
                            elif C[case, STARTED] == 0 and late:
                                stays[stay, S_LATE] = LATE_YES
                        elif late:
                            stays[stay, S_LATE] = LATE_YES
                    no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                    if C[case, QUEUE] == TEAM_QUEUE:
                        queue = K[copy, TEAM_FIRST] + C[case, CLASS]
                        leave_queue(C, heads, tails, K[copy, BY_DEADLINE], queue, case)
                        K[copy, WAITING] -= 1
                        room_taken[stage, copy] -= 1
                        C[case, QUEUE] = NOWHERE
                        if cohort_from <= C[case, DUE] < cohort_until:
                            count_contact(C, contacts, case, now, np.int64(0))
                    elif C[case, QUEUE] == ASSIGNMENT_QUEUE:
                        leave_assignment(C, K, heads, tails, copy, case)
                        room_taken[stage, copy] -= 1
                        if n_todo == 0:
                            todo[0] = copy
                            n_todo = 1
                    if outcome != OUTCOME_COMPLETED:
                        cancel(C, buckets, G, case)
                        if not turned_away and n_todo == 0:
                            todo[0] = copy
                            n_todo = 1
                    if C[case, WORKER] >= 0:
                        keeps = False
                        if destination >= 0 and stage_copy[here, destination] == copy:
                            onward = profile[here, kind_of_case, destination]
                            keeps = prof[onward, P_KIND] == KIND_CASEWORKER
                        if not keeps:
                            if full == 1:
                                places[C[case, PLACE_ROW], L_UNTIL] = now
                            give_place_back(C, W, K, case, now)
                        if n_todo == 0:
                            todo[0] = copy
                            n_todo = 1
                if turned_away:
                    # The team is settled without the one who is turned away before it goes on.
                    turned_away = False
                    onward_case = case
                else:
                    onward_case = np.int64(-1)

                if onward_case < 0:
                    if destination < 0:
                        C[case, PHASE] = GONE
                        C[case, STAGE] = -1
                        case_left[case] = now
                        case_exit[case] = -destination - 1
                    else:
                        # It joins its next stage.
                        stage = destination
                        p = profile[here, kind_of_case, stage]
                        is_initial = starting
                        if case_seen[case] == 0:
                            case_seen[case] = 1
                            C[case, PENDING] = -1
                            C[case, WORKER] = -1
                            C[case, COUNTED] = 0
                            C[case, TRACE] = trace[case]
                            U[case, SOURCE_WORD] = arrivals.source_hash[source[case]]
                            U[case, INDEX_WORD] = np.uint64(index[case])
                            C[case, INFLOW] = kind_of_case
                            C[case, OFFICE] = here
                            C[case, WEIGHT] = inflow_weight[kind_of_case]
                            C[case, HANDED] = 0
                            begin = applied[case]
                            if initial[case] == INITIAL_AGELESS:
                                begin = np.int64(NONE)
                            for i in range(n_clocks):
                                clocks[case, i] = begin
                        nth_stay[case, stage] += 1
                        nth = np.int64(nth_stay[case, stage])
                        # An initial case has been in the stages before its own: a return.
                        returns = nth > 1 or (
                            case < n_initial and stage < arrivals.source_entry[source[case]]
                        )
                        if stage_clock[stage] >= 0 and returns:
                            clocks[case, stage_clock[stage]] = now
                        C[case, STAGE] = stage
                        C[case, PROFILE] = p
                        C[case, NTH] = nth
                        C[case, WORDS_OF] = 0
                        C[case, STAY] = n_stays
                        C[case, PREVIOUS_END] = NONE
                        C[case, DEADLINE] = FAR
                        C[case, STARTED] = 0
                        C[case, DONE] = 0
                        C[case, LAST_WORKER] = -1
                        C[case, QUEUE] = NOWHERE
                        if n_stays == stays.shape[0]:
                            return 1
                        stays[n_stays, S_CASE] = case
                        stays[n_stays, S_STAGE] = stage
                        stays[n_stays, S_NTH] = nth
                        stays[n_stays, S_JOINED] = now
                        stays[n_stays, S_ASSIGNED] = NONE
                        stays[n_stays, S_STARTED] = NONE
                        stays[n_stays, S_SERVED] = NONE
                        stays[n_stays, S_ENDED] = NONE
                        stays[n_stays, S_CLOCK] = NONE
                        stays[n_stays, S_DUE] = NONE
                        stays[n_stays, S_LATE] = LATE_UNKNOWN
                        stays[n_stays, S_OUTCOME] = OUTCOME_OPEN
                        stays[n_stays, S_LAPSED] = 0
                        if prof[p, P_CLOCK] >= 0:
                            begin = clocks[case, prof[p, P_CLOCK]]
                            stays[n_stays, S_CLOCK] = begin
                            if begin != NONE and prof[p, P_DEADLINE] != DEADLINE_NONE:
                                day = begin // day_ticks
                                if prof[p, P_DEADLINE] == DEADLINE_DAYS:
                                    due = (day + prof[p, P_WITHIN] + 1) * day_ticks
                                elif prof[p, P_DEADLINE] == DEADLINE_EXACT:
                                    due = begin + prof[p, P_WITHIN]
                                else:
                                    column = max(np.int64(0), day + DAYS_BEFORE)
                                    due = (
                                        rules.workday_due[prof[p, P_WITHIN], column] + 1
                                    ) * day_ticks
                                stays[n_stays, S_DUE] = due
                                C[case, DEADLINE] = due
                        block = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
                        if prof[p, P_DRAWS] == 1:
                            block = philox(
                                key[0], key[1], np.uint64(nth), purposes[stage, 0],
                                U[case, SOURCE_WORD], U[case, INDEX_WORD],
                            )  # fmt: skip
                        U[case, ROUTE_WORD] = block[3]
                        kind = prof[p, P_KIND]
                        row = C[case, TRACE]
                        day = now // day_ticks
                        if kind == KIND_DELAY:
                            C[case, PHASE] = DELAY
                            law, length = given(trace_stay, row, stage, prof[p, P_STAY])
                            if is_initial:
                                length = initial_stay[case]
                            elif law >= 0:
                                length = ticks(sample(law, block[1], day, laws))
                            instant = delay_over(now, law, length, laws, calendar)
                            schedule(C, buckets, heap, G, instant, codes.RANK_DELAY_END, case)
                        else:
                            joined_copy = stage_copy[here, stage]
                            if prof[p, P_ENDING] == ENDING_VISITS:
                                C[case, LEFT] = ticks(
                                    sample(prof[p, P_VISITS], block[2], day, laws)
                                )
                            U[case, GAP_WORD] = block[1]  # for the length of a stay, see below
                            if kind == KIND_POOLED or not is_initial:
                                C[case, COUNTED] = 1
                                count_waiting(
                                    counts, changed, is_changed, n_changed, stage, kind_of_case,
                                    here, np.int64(1),
                                )  # fmt: skip
                            C[case, VISIT] = 0
                            if kind == KIND_CASEWORKER and is_initial:
                                # Assigned before: it comes as one handed over, between visits.
                                C[case, PHASE] = BETWEEN
                                C[case, VISIT] = 1
                                instant = time
                                if prof[p, P_GAP] >= 0:
                                    length = initial_gap[case]
                                    instant = delay_over(
                                        now, prof[p, P_GAP], length, laws, calendar
                                    )
                                if prof[p, P_ENDING] == ENDING_VISITS:
                                    C[case, LEFT] = initial_visits[case]
                                elif prof[p, P_ENDING] == ENDING_STAY:
                                    length = initial_stay[case]
                                    C[case, STAY_END] = delay_over(
                                        now, prof[p, P_STAY], length, laws, calendar
                                    )
                                    instant = min(instant, C[case, STAY_END])
                                schedule(C, buckets, heap, G, instant, codes.RANK_DELAY_END, case)
                                join_assignment(
                                    C, K, heads, tails, joined_copy, prof[p, P_ASSIGN_HANDED], case
                                )
                                room_taken[stage, joined_copy] += 1
                            elif kind == KIND_CASEWORKER and C[case, WORKER] >= 0:
                                # It holds a place with this team, and keeps worker and place.
                                worker = C[case, WORKER]
                                present = calendar_base + time - office_base
                                stays[n_stays, S_ASSIGNED] = present
                                C[case, LAST_WORKER] = worker
                                if prof[p, P_ENDING] == ENDING_STAY:
                                    law, length = given(trace_stay, row, stage, prof[p, P_STAY])
                                    if law >= 0:
                                        day = present // day_ticks
                                        length = ticks(sample(law, block[1], day, laws))
                                    C[case, STAY_END] = delay_over(
                                        present, law, length, laws, calendar
                                    )
                                    schedule(
                                        C,
                                        buckets,
                                        heap,
                                        G,
                                        C[case, STAY_END],
                                        codes.RANK_DELAY_END,
                                        case,
                                    )
                                C[case, VISIT] = 1
                                C[case, PHASE] = VISIT_DUE
                                C[case, DUE] = present
                                C[case, CLASS] = prof[p, P_CLASS_FIRST]
                                if full == 1:
                                    new_visit(C, visits, n_visits, case)
                                    n_visits += 1
                                join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                                sequence += 1
                            else:
                                C[case, PHASE] = FIRST_WAIT
                                room_taken[stage, joined_copy] += 1
                                if kind == KIND_POOLED:
                                    C[case, VISIT] = 1
                                    C[case, DUE] = now
                                    C[case, QUEUE] = TEAM_QUEUE
                                    C[case, CLASS] = prof[p, P_CLASS_FIRST]
                                    C[case, SEQUENCE] = sequence
                                    sequence += 1
                                    queue = K[joined_copy, TEAM_FIRST] + C[case, CLASS]
                                    join_queue(
                                        C, heads, tails, K[joined_copy, BY_DEADLINE], queue, case
                                    )
                                    K[joined_copy, WAITING] += 1
                                    if full == 1:
                                        new_visit(C, visits, n_visits, case)
                                        n_visits += 1
                                    if is_initial and initial[case] == INITIAL_AGELESS:
                                        C[case, DUE] = -1  # due long ago, in no window
                                else:
                                    join_assignment(
                                        C, K, heads, tails, joined_copy, prof[p, P_ASSIGN_NEW], case
                                    )
                                law, length = given(
                                    arrivals.trace_patience, row, stage, prof[p, P_PATIENCE]
                                )
                                if law >= 0:
                                    length = ticks(sample(law, block[0], day, laws))
                                if length > 0:
                                    instant = delay_over(now, law, length, laws, calendar)
                                    schedule(
                                        C, buckets, heap, G, instant, codes.RANK_PATIENCE, case
                                    )
                        n_stays += 1
                    if joined_copy >= 0 and not (n_todo > 0 and todo[0] == joined_copy):
                        todo[n_todo] = joined_copy
                        n_todo += 1
            else:
                onward_case = np.int64(-1)

            if starting:
                break

            present = calendar_base + time - office_base
            for i in range(n_todo):
                copy = todo[i]
                # Assignments, until the head of the queue is blocked.
                while K[copy, UNASSIGNED] > 0 and K[copy, RETRY] == 1:
                    _, case = first_entry(heads, K[copy, ASSIGN_FIRST], K[copy, ASSIGN_CLASSES])
                    best = np.int64(-1)
                    for worker in range(K[copy, WORKER_FIRST], K[copy, WORKER_LAST]):
                        if (
                            W[worker, PRESENT] == 1
                            and (best < 0 or W[worker, LOAD] < W[best, LOAD])
                            and (
                                K[copy, LIMIT] < 0
                                or W[worker, CASES] == 0
                                or (W[worker, LOAD_WEIGHT] + C[case, WEIGHT]) * 1000
                                <= K[copy, LIMIT] * W[worker, EFFECTIVE]
                            )
                        ):
                            best = np.int64(worker)
                    if best < 0:
                        K[copy, RETRY] = 0
                        break
                    leave_assignment(C, K, heads, tails, copy, case)
                    stage = C[case, STAGE]
                    room_taken[stage, copy] -= 1
                    take_place(C, W, case, best, present)
                    if W[best, IS_CHANGED] == 0:
                        W[best, IS_CHANGED] = 1
                        changed_workers[n_changed[1]] = best
                        n_changed[1] += 1
                    if full == 1:
                        if n_places == places.shape[0]:
                            return 3
                        if n_visits + 4 > visits.shape[0]:
                            return 2
                        C[case, PLACE_ROW] = n_places
                        places[n_places, L_CASE] = case
                        places[n_places, L_WORKER] = best
                        places[n_places, L_FROM] = present
                        places[n_places, L_UNTIL] = NONE
                        n_places += 1
                    stay = C[case, STAY]
                    p = C[case, PROFILE]
                    C[case, LAST_WORKER] = best
                    if stays[stay, S_ASSIGNED] == NONE:
                        stays[stay, S_ASSIGNED] = present
                    if C[case, PHASE] == FIRST_WAIT:
                        cancel(C, buckets, G, case)
                        if prof[p, P_ENDING] == ENDING_STAY:
                            law, length = given(trace_stay, C[case, TRACE], stage, prof[p, P_STAY])
                            if law >= 0:
                                day = open_day[open_index]
                                length = ticks(sample(law, U[case, GAP_WORD], day, laws))
                            C[case, STAY_END] = delay_over(present, law, length, laws, calendar)
                            schedule(
                                C, buckets, heap, G, C[case, STAY_END], codes.RANK_DELAY_END, case
                            )
                        C[case, VISIT] = 1
                        C[case, PHASE] = VISIT_DUE
                        C[case, DUE] = present
                        if full == 1:
                            new_visit(C, visits, n_visits, case)
                            n_visits += 1
                    if C[case, PHASE] == VISIT_DUE:
                        if C[case, VISIT] == 1:
                            C[case, CLASS] = prof[p, P_CLASS_FIRST]
                        else:
                            C[case, CLASS] = prof[p, P_CLASS_LATER]
                        join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                        sequence += 1

                if K[copy, DIARY] == 1:
                    to_diaries = True
                    continue

                # Starts, the best entry first.
                while True:
                    best_case = np.int64(-1)
                    best_worker = np.int64(-1)
                    best_class = np.int64(FAR)
                    by_deadline = K[copy, BY_DEADLINE] == 1
                    if K[copy, WAITING] > 0 and K[copy, FREE_FIRST] >= 0:
                        rank, case = first_entry(heads, K[copy, TEAM_FIRST], K[copy, TEAM_CLASSES])
                        best_case = case
                        best_class = np.int64(rank)
                    for j in range(G[TOUCHED]):
                        worker = touched[j]
                        if (
                            W[worker, COPY] != copy
                            or W[worker, AT_DESK] == 0
                            or W[worker, BUSY] >= 0
                            or W[worker, PRESENT] == 0
                        ):
                            continue
                        rank, case = first_entry(
                            heads, W[worker, DESK_FIRST], K[copy, TEAM_CLASSES]
                        )
                        better = best_case < 0 or rank < best_class
                        if not better and rank == best_class:
                            if by_deadline:
                                better = C[case, DEADLINE] < C[best_case, DEADLINE] or (
                                    C[case, DEADLINE] == C[best_case, DEADLINE] and case < best_case
                                )
                            else:
                                better = C[case, SEQUENCE] < C[best_case, SEQUENCE]
                        if better:
                            best_case = case
                            best_worker = worker
                            best_class = np.int64(rank)
                    if best_case < 0:
                        break
                    case = best_case
                    worker = best_worker
                    stage = C[case, STAGE]
                    stay = C[case, STAY]
                    p = C[case, PROFILE]
                    if worker >= 0:
                        leave_desk(C, W, K, heads, tails, case)
                    else:
                        worker = K[copy, FREE_FIRST]
                        queue = K[copy, TEAM_FIRST] + C[case, CLASS]
                        leave_queue(C, heads, tails, K[copy, BY_DEADLINE], queue, case)
                        K[copy, WAITING] -= 1
                        C[case, QUEUE] = NOWHERE
                        if C[case, PHASE] == FIRST_WAIT:
                            room_taken[stage, copy] -= 1
                    cancel(C, buckets, G, case)
                    no_longer_free(W, K, worker, time, warm_up)
                    C[case, PHASE] = IN_VISIT
                    C[case, SERVER] = worker
                    work_word, U[case, GAP_WORD], U[case, CLOSING_WORD] = visit_words(
                        C, U, case, C[case, VISIT], key, purposes
                    )
                    work = visit_work(
                        C, case, work_word, open_day[open_index], prof, rules.work, trace_work, laws
                    )
                    end = time + visit_length(work, W[worker, PACE])
                    C[case, BEGIN] = time
                    C[case, WORK] = work
                    W[worker, BUSY] = case
                    W[worker, VISIT_END] = end
                    schedule(C, buckets, heap, G, end, codes.RANK_VISIT_END, case)
                    C[case, LAST_WORKER] = worker
                    if C[case, STARTED] == 0:
                        first_start(C, stays, prof, case, present)
                        no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                    if cohort_from <= C[case, DUE] < cohort_until:
                        until = visit_over(end, calendar)
                        count_contact(C, contacts, case, present, until - present)
                    if full == 1:
                        visit_row = C[case, VISIT_ROW]
                        visits[visit_row, V_WORKER] = worker
                        visits[visit_row, V_BEGIN] = time
                        visits[visit_row, V_WORK] = work

            if onward_case >= 0:
                mover = onward_case
                n_todo = 0
                going_on = True
                continue
            if joined_copy >= 0:
                case = stays[n_stays - 1, S_CASE]
                if (
                    C[case, PHASE] == FIRST_WAIT
                    and prof[C[case, PROFILE], P_ROOM] >= 0
                    and room_taken[C[case, STAGE], joined_copy] > prof[C[case, PROFILE], P_ROOM]
                ):
                    mover = case
                    outcome = OUTCOME_TURNED_AWAY
                    destination = prof[C[case, PROFILE], P_IF_TURNED_AWAY]
                    turned_away = True
                    at_visit_end = False
                    todo[0] = joined_copy
                    n_todo = 1
                    continue
            break

    # -- the end of the horizon --------
    if not measuring:
        snapshot(C, W, K, warm_up, warm_up_day * day_ticks)
    if (not measuring and warm_up < horizon) or afresh:
        start_peaks(W, counts, peaks)
    if warm_up < horizon:
        note_peaks(W, counts, peaks, changed, is_changed, n_changed, changed_workers)
    for worker in range(n_workers):
        account_caseload(W, worker, calendar_end)
        if K[W[worker, COPY], DIARY] == 1:
            if W[worker, BUSY] >= 0:
                close_visit(W, worker, horizon, warm_up)
            if W[worker, PRESENT] == 1 and W[worker, IDLE_FROM] < horizon:
                account_idle(W, worker, horizon, warm_up)
        elif W[worker, BUSY] >= 0:
            case = W[worker, BUSY]
            begin = C[case, BEGIN]
            W[worker, WORKED] += C[case, WORK] * (horizon - begin) // (W[worker, VISIT_END] - begin)
        elif W[worker, PRESENT] == 1:
            account_idle(W, worker, horizon, warm_up)
    for case in range(n_cases):
        if case_seen[case] == 0 or C[case, STAGE] < 0:
            continue
        stay = C[case, STAY]
        p = C[case, PROFILE]
        stays[stay, S_VISITS] = C[case, DONE]
        stays[stay, S_WORKER] = C[case, LAST_WORKER]
        due = stays[stay, S_DUE]
        open_ended = prof[p, P_UNTIL] == UNTIL_END or C[case, STARTED] == 0
        if due != NONE and due <= calendar_end and open_ended:
            stays[stay, S_LATE] = LATE_YES
        if C[case, PHASE] == VISIT_DUE or C[case, QUEUE] == TEAM_QUEUE:
            if cohort_from <= C[case, DUE] < cohort_until:
                count_contact(C, contacts, case, calendar_end, np.int64(0))

    sizes[0], sizes[1], sizes[2] = n_stays, n_visits, n_places
    return 0
