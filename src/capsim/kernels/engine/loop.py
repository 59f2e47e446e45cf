"""The compiled engine: the contract of `capsim.engines`, interpreted from the tables of a plan.

One loop takes the next timed event in the order (time, rank, id), and finishes all its
consequences before the next one. What an event does is expressed in three variables, so that the
consequences are written once: `mover`, a case that moves to `destination` (at the calendar instant
`now`), and the list `todo` of team copies to be settled. The order of the consequences is that of
the contract: the worker is free, the mover joins, assignments, starts, then the room is judged.

Where nothing can come between, visits are entered ahead of the clock: see `diary`.

The loop is one function because cutting it made it slower: "The engines" in `docs/design.md` has
the figures, and the names of the files beside this one that hold its parts.

The map of the loop; each part begins with its name between dashes:

1. diaries: visits are entered ahead of the clock
2. next event: the earliest of the heap and of the sorted streams; the clock moves to it
3. an event of a case: a visit ends, a delay ends, patience is over
4. an event of the streams: roster, meeting, arrival
5. visits of a partner, as they fall due
6. a case leaves a queue, or is done with a stage
7. the next visit falls due
8. move: the mover ends its stay, and joins its next stage
9. settle: assignments, then starts
10. the room is judged, and one who is turned away moves again

`calendar_base` and `office_base` are the calendar and office instants of the opening of the current
office day, so that the present instant is converted by an addition.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.draws.laws import sample, ticks
from capsim.kernels.draws.philox import philox, uniform
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.closing import close_accounts
from capsim.kernels.engine.counts import (
    count_contact,
    count_missed,
    count_waiting,
    new_visit,
    no_longer_waiting,
    note_peaks,
    start_peaks,
)
from capsim.kernels.engine.diary import enter_in_diary, has_time
from capsim.kernels.engine.opening import open_again, open_tables
from capsim.kernels.engine.rules import delay_over, given, is_late
from capsim.kernels.engine.strain import next_leave
from capsim.kernels.engine.visits import (
    first_start,
    is_partners,
    lost_work,
    meet_partner_now,
    visit_length,
    visit_over,
    visit_words,
    visit_work,
)
from capsim.kernels.engine.watches import react
from capsim.kernels.engine.workers import (
    account_caseload,
    account_idle,
    account_work,
    become_free,
    give_kept_place_back,
    give_place_back,
    in_visit,
    no_longer_free,
    recompute,
    take_place,
)
from capsim.kernels.event_set import cancel, heap_pop, load_bucket, schedule
from capsim.kernels.jit import jit
from capsim.kernels.queues import (
    first_entry,
    insert_in_order,
    join_assignment,
    join_desk,
    join_queue,
    least_urgent,
    leave_assignment,
    leave_desk,
    leave_queue,
)
from capsim.kernels.sorting import sort
from capsim.kernels.tables import Cases


@jit
def simulate(full, shift, key, calendar, windows, laws, tables, people, crew, room, written):
    """Run one replication; the arguments are described in `capsim.kernels.tables`.

    `full` is 1 where visits and places are written, `shift` the width of a time bucket (2**shift).
    Nothing is allocated here. Returns 0, or the number of the table of the log (1 stays, 2 visits,
    3 places) that was too small: the caller enlarges it and begins again, with the same result. Or
    4: somebody leaves at the next instant because of the load, and the loop goes on from there
    (`room.halt`) once the caller has given it a roster (`crew`) that knows it.
    """
    day_ticks, horizon = calendar.day_ticks, calendar.horizon
    open_day = calendar.open_day
    # What is read later is taken out here, before the first branch: see `capsim.kernels.jit.jit`.
    prof, watches, deciding = tables.profiles, tables.watches, tables.deciding
    urgent, partner, missed = tables.rules.urgent, tables.rules.partner, tables.rules.missed
    work_laws, workday_due = tables.rules.work, tables.rules.workday_due
    route_upto, route_to = tables.rules.route_upto, tables.rules.route_to
    closing_probability, closing_norm = tables.rules.closing_probability, tables.rules.closing_norm
    closing_step, closing_table = tables.rules.closing_step, tables.rules.closing_table
    meeting_time, meeting_first = tables.meetings.time, tables.meetings.first
    held_time, held_series = tables.meetings.held, tables.meetings.held_series
    held_places = tables.meetings.places
    inflow_weight = tables.network.inflow_weight
    profile, stage_copy = tables.network.profile, tables.network.stage_copy
    stage_clock, purposes = tables.network.stage_clock, tables.network.stage_purpose
    stage_first_clock, stage_pauses = tables.network.stage_first_clock, tables.network.stage_pauses
    stage_keeps = tables.network.stage_keeps
    source_entry, source_hash = tables.arrivals.source_entry, tables.arrivals.source_hash
    trace_work, trace_stay = tables.arrivals.trace_work, tables.arrivals.trace_stay
    trace_patience = tables.arrivals.trace_patience
    applied, join, inflow, office = people.applied, people.join, people.inflow, people.office
    source, index, trace, initial = people.source, people.index, people.trace, people.initial
    initial_gap, initial_stay = people.initial_gap, people.initial_stay
    burden = people.burden
    initial_visits, initial_joined = people.initial_visits, people.initial_joined
    initial_done, initial_due = people.initial_done, people.initial_due
    initial_worker = people.initial_worker
    strain_row, strain_norm = tables.strain.row, tables.strain.norm
    strain_step, strain_factor = tables.strain.step, tables.strain.factor
    worker_tenure, worker_left = crew.worker_tenure, crew.worker_left
    worker_fte, worker_hours = crew.worker_fte, crew.worker_hours
    worker_rate, worker_hired = crew.worker_rate, crew.worker_hired
    roster_time, roster_worker = crew.roster_time, crew.roster_worker
    roster_kind, roster_value, roster_next = crew.roster_kind, crew.roster_value, room.roster_next
    C, U, W, K, G, heads, tails = room.C, room.U, room.W, room.K, room.G, room.heads, room.tails
    buckets, heap = room.buckets, room.heap
    nth_stay, clocks, room_taken = room.nth_stay, room.clocks, room.room_taken
    paused = room.paused
    touched = room.touched
    todo, todo_marked, held = room.todo, room.todo_marked, room.held
    meeting_heads, meeting_tails = room.meeting_heads, room.meeting_tails
    next_meeting = room.next_meeting
    counts, changed, is_changed = room.counts, room.changed, room.is_changed
    n_changed, changed_workers = room.n_changed, room.changed_workers
    case_seen, case_left, case_exit = written.case_seen, written.case_left, written.case_exit
    contacts = written.contacts
    stays, visits, places, peaks = written.stays, written.visits, written.places, written.peaks
    spent, orders, sizes = written.spent, written.orders, written.sizes
    triggers, halt = room.triggers, room.halt
    cases = Cases(
        prof, profile, stage_clock, stage_first_clock, source_entry, applied, inflow, office,
        source, initial, initial_gap.shape[0],
    )  # fmt: skip

    n_cases = applied.shape[0]
    n_copies = K.shape[0]
    n_initial = initial_gap.shape[0]
    n_roster = roster_time.shape[0]
    n_meetings = held_time.shape[0]
    n_clocks = clocks.shape[1]
    n_paused = paused.shape[1]  # 0 where no clock ever stands still

    open_tables(shift, calendar, tables, people, crew, room, written)
    G[c.END] = horizon
    bits = G[c.CASE_BITS]
    mask = (np.int64(1) << bits) - 1
    n_buckets = buckets.shape[0]
    n_stays = 0
    n_visits = 0
    n_places = 0
    time = np.int64(0)
    office_base = np.int64(0)
    calendar_base = open_day[0] * day_ticks
    open_index = 0
    sequence = np.int64(0)
    k = np.int64(-1)  # slice of the measured time in which the clock is
    while windows.office[k + 1] == 0:
        k += 1
    afresh = False  # the peaks of the slice begin with what the events of this instant leave behind
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
    if halt[c.HALTED] == 1:
        starting = False
        n_stays, n_visits, n_places = halt[c.H_STAYS], halt[c.H_VISITS], halt[c.H_PLACES]
        time, office_base = halt[c.H_TIME], halt[c.H_OFFICE_BASE]
        calendar_base, open_index = halt[c.H_CALENDAR_BASE], halt[c.H_OPEN_INDEX]
        sequence, k, afresh = halt[c.H_SEQUENCE], halt[c.H_SLICE], halt[c.H_AFRESH] == 1
        next_case, next_held, next_roster = halt[c.H_CASE], halt[c.H_HELD], halt[c.H_ROSTER]
        present = calendar_base + time - office_base
        open_again(
            W, K, worker_fte, worker_hours, worker_rate, worker_hired, roster_time, roster_worker,
            roster_next, next_roster, present, horizon,
        )  # fmt: skip

    while True:
        # -- 1. diaries: visits are entered ahead of the clock --------
        touch = 0
        while direct >= 0 or (to_diaries and touch < G[c.TOUCHED]):
            if direct >= 0:
                case = direct
                direct = np.int64(-1)
                worker = C[case, c.WORKER]
            else:
                worker = touched[touch]
                if W[worker, c.AT_DESK] == 0 or not has_time(W, K, worker, time):
                    touch += 1
                    continue
                case = heads[W[worker, c.DESK_FIRST]]
                leave_desk(C, W, K, heads, tails, case)
            enter_in_diary(
                full, key, calendar, windows, laws, C, U, W, G, buckets, heap, prof, purposes,
                work_laws, trace_work, closing_norm, closing_probability, stays, visits, contacts,
                spent, counts, changed, is_changed, n_changed, case, worker, time,
            )  # fmt: skip
        to_diaries = False

        # -- 2. next event --------
        mover = np.int64(-1)
        destination = np.int64(0)
        now = np.int64(0)
        n_todo = 0
        at_visit_end = False
        finished = np.int64(-1)  # a case whose work in its stage is done
        leaving = np.int64(-1)  # a case that leaves a queue by its own will
        due_now = np.int64(-1)  # a case whose next visit falls due
        handed = False
        G[c.TOUCHED] = 0

        if full == 1 and n_visits + 4 > visits.shape[0]:
            return 2

        if starting:
            if next_case < n_initial:
                mover = np.int64(next_case)
                next_case += 1
                destination = source_entry[source[mover]]
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
            following = C[case, c.MEETING_NEXT]
            meeting_heads[series] = following
            if following >= 0:
                C[following, c.MEETING_PREV] = -1
            else:
                meeting_tails[series] = -1
            mover = case
        else:
            # The next of the sorted streams: roster, meetings, arrivals.
            if G[c.LEAVES_NEXT] >= 0:
                present = calendar_base + time - office_base
                G[c.LEAVES_NEXT] = next_leave(
                    K, W, strain_row, strain_norm, strain_step, strain_factor, worker_tenure,
                    worker_left, calendar, present,
                )  # fmt: skip
                stream = np.int64(-1)
            if stream < 0:
                stream = np.int64(codes.NEVER)
                if next_roster < n_roster:
                    stream = roster_time[next_roster] * 8 + codes.RANK_ROSTER
                if next_held < n_meetings:
                    stream = min(stream, held_time[next_held] * 8 + codes.RANK_MEETING)
                if next_case < n_cases:
                    stream = min(stream, join[next_case] * 8 + codes.RANK_ARRIVAL)
                if G[c.NEXT_TURN] < horizon:
                    stream = min(stream, G[c.NEXT_TURN] * 8 + codes.RANK_ROSTER)
                if 0 <= G[c.LEAVES_NEXT] < horizon:
                    stream = min(stream, G[c.LEAVES_NEXT] * 8 + codes.RANK_ROSTER)
                stream_bucket = min((stream >> 3) >> shift, n_buckets - 1)
            case = np.int64(-1)
            moment = np.int64(codes.NEVER)
            while True:
                while G[c.HEAP_SIZE] > 0:
                    packed = heap[0]
                    case = packed & mask
                    moment = packed >> bits
                    if C[case, c.PENDING] == moment:
                        break
                    heap_pop(heap, G)
                if G[c.HEAP_SIZE] > 0 or G[c.BUCKET] >= stream_bucket:
                    break
                load_bucket(C, buckets, heap, G, G[c.BUCKET] + 1)
            if G[c.HEAP_SIZE] == 0:
                moment = np.int64(codes.NEVER)
            of_case = moment < stream
            if not of_case and 0 <= stream >> 3 == G[c.LEAVES_NEXT] < horizon:
                halt[c.HALTED] = 1
                halt[c.H_STAYS], halt[c.H_VISITS], halt[c.H_PLACES] = n_stays, n_visits, n_places
                halt[c.H_TIME], halt[c.H_OFFICE_BASE] = time, office_base
                halt[c.H_CALENDAR_BASE], halt[c.H_OPEN_INDEX] = calendar_base, open_index
                halt[c.H_SEQUENCE], halt[c.H_SLICE], halt[c.H_AFRESH] = sequence, k, int(afresh)
                halt[c.H_CASE], halt[c.H_HELD] = next_case, next_held
                return 4
            if of_case:
                heap_pop(heap, G)
                C[case, c.PENDING] = -1
            else:
                moment = stream
                stream = np.int64(-1)
            if moment >> 3 >= horizon:
                break
            rank = moment & 7
            if moment >> 3 > time:
                if afresh:
                    afresh = False
                    start_peaks(W, counts, peaks, spent, k)
                if k >= 0 and n_changed[0] + n_changed[1] > 0:
                    note_peaks(
                        W, counts, peaks, spent, k, changed, is_changed, n_changed, changed_workers
                    )
                while moment >> 3 >= windows.office[k + 1]:
                    k += 1
                    # A slice without office time has what the day before it left behind.
                    afresh = windows.office[k] == moment >> 3 < windows.office[k + 1]
                    if not afresh:
                        start_peaks(W, counts, peaks, spent, k)
                time = moment >> 3
                while time >= office_base + day_ticks:
                    office_base += day_ticks
                    open_index += 1
                    calendar_base = open_day[open_index] * day_ticks
            present = calendar_base + time - office_base  # calendar instant, as an opening
            now = present

            # -- 3. an event of a case --------
            if of_case:
                if rank == codes.RANK_VISIT_END:
                    at_visit_end = True
                    if time == office_base and open_index > 0:
                        # It ended at closing time, and belongs to the day that closed.
                        now = (open_day[open_index - 1] + 1) * day_ticks
                    worker = C[case, c.SERVER]
                    copy = W[worker, c.COPY]
                    if K[copy, c.DIARY] == 0:
                        W[worker, c.BUSY] = -1
                        account_work(
                            W, worker, C[case, c.BEGIN], time, C[case, c.WORK], windows, spent
                        )
                        W[worker, c.VISITS] += 1 - C[case, c.MISSES]
                        if W[worker, c.EMPLOYED] == 1 and W[worker, c.PRESENT] == 1:
                            become_free(W, K, worker, time)
                            touched[G[c.TOUCHED]] = worker
                            G[c.TOUCHED] += 1
                    todo[0] = copy
                    n_todo = 1
                    p = C[case, c.PROFILE]
                    stay = C[case, c.STAY]
                    held_visit = 1 - C[case, c.MISSES]
                    C[case, c.DONE] += held_visit
                    C[case, c.MISSED] += C[case, c.MISSES]
                    C[case, c.MISSES] = 0
                    if full == 1:
                        visits[C[case, c.VISIT_ROW], c.V_END] = time
                    C[case, c.PREVIOUS_END] = now
                    done = False
                    if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
                        C[case, c.LEFT] -= held_visit
                        done = C[case, c.LEFT] <= 0
                    elif prof[p, c.P_ENDING] == codes.ENDING_STAY:
                        done = time >= C[case, c.STAY_END]
                    elif held_visit == 1:
                        row = prof[p, c.P_CLOSING]
                        probability = closing_probability[row]
                        above = W[worker, c.LOAD] - closing_norm[row]
                        if above > 0:
                            cell = min(above // closing_step[row], closing_table.shape[1] - 1)
                            probability = closing_table[row, cell]
                        done = uniform(U[case, c.CLOSING_WORD]) < probability
                    handed = C[case, c.HANDED] == 1
                    if handed:
                        C[case, c.HANDED] = 0
                        if full == 1:
                            places[C[case, c.PLACE_ROW], c.L_UNTIL] = now
                        give_place_back(C, W, K, case, now, windows, spent)
                    if done:
                        finished = case
                        C[case, c.PHASE] = c.GONE
                    else:
                        due = time
                        if prof[p, c.P_GAP] >= 0:
                            law = prof[p, c.P_GAP]
                            day = now // day_ticks if laws.growth[law] >= 0 else np.int64(0)
                            delay = sample(law, U[case, c.GAP_WORD], day, laws)
                            due = delay_over(now, law, ticks(delay), laws, calendar)
                        C[case, c.PHASE] = c.BETWEEN
                        C[case, c.QUEUE] = c.NOWHERE
                        if handed:
                            join_assignment(
                                C, K, heads, tails, copy, prof[p, c.P_ASSIGN_HANDED], case
                            )
                            room_taken[C[case, c.STAGE], copy] += 1
                        if prof[p, c.P_GAP] < 0:
                            due_now = case
                        elif (
                            prof[p, c.P_ENDING] == codes.ENDING_STAY and due >= C[case, c.STAY_END]
                        ):
                            schedule(
                                C, buckets, heap, G, C[case, c.STAY_END], codes.RANK_DELAY_END, case
                            )
                        else:
                            schedule(C, buckets, heap, G, due, codes.RANK_DELAY_END, case)
                elif rank == codes.RANK_DELAY_END:
                    phase = C[case, c.PHASE]
                    p = C[case, c.PROFILE]
                    copy = stage_copy[C[case, c.OFFICE], C[case, c.STAGE]]
                    if phase == c.DELAY:
                        finished = case
                    elif phase == c.STARTS_LATER:
                        # Its first visit starts, as the diary said: it no longer waits.
                        C[case, c.PHASE] = c.IN_VISIT
                        no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                        moment = C[case, c.STAY_END]
                        schedule(C, buckets, heap, G, moment >> 3, moment & 7, case)
                        continue
                    elif (
                        K[copy, c.DIARY] == 1
                        and C[case, c.WORKER] >= 0
                        and W[C[case, c.WORKER], c.AT_DESK] == 0
                        and has_time(W, K, C[case, c.WORKER], time)
                    ):
                        C[case, c.VISIT] += 1
                        C[case, c.DUE] = now
                        if full == 1:
                            new_visit(C, visits, n_visits, case)
                            n_visits += 1
                        direct = case
                        continue
                    elif prof[p, c.P_ENDING] == codes.ENDING_STAY and time >= C[case, c.STAY_END]:
                        finished = case
                        todo[0] = copy
                        n_todo = 1
                        if phase == c.VISIT_DUE:
                            stays[C[case, c.STAY], c.S_LAPSED] += 1
                            if C[case, c.QUEUE] == c.DESK:
                                leave_desk(C, W, K, heads, tails, case)
                            count_contact(C, calendar, windows, contacts, case, now, np.int64(0))
                    else:
                        due_now = case
                        todo[0] = copy
                        n_todo = 1
                else:
                    leaving = case
            # -- 4. an event of the streams --------
            elif rank == codes.RANK_ROSTER:
                n_turns = np.int64(0)
                if G[c.NEXT_TURN] == time:
                    n_turns = react(
                        time,
                        now,
                        np.int64(n_stays),
                        calendar,
                        watches,
                        deciding,
                        cases,
                        stage_copy,
                        C,
                        W,
                        K,
                        G,
                        counts,
                        triggers,
                        case_seen,
                        stays,
                        orders,
                    )
                turned = np.int64(0)
                while True:
                    if next_roster < n_roster and roster_time[next_roster] == time:
                        worker = roster_worker[next_roster]
                        kind = roster_kind[next_roster]
                        value = roster_value[next_roster]
                        W[worker, c.NEXT_CHANGE] = roster_next[next_roster]
                        next_roster += 1
                    elif turned < n_turns:
                        worker = triggers.turns[turned, c.TURN_WORKER]
                        kind = triggers.turns[turned, c.TURN_KIND]
                        value = np.int64(0)
                        turned += 1
                    else:
                        break
                    copy = W[worker, c.COPY]
                    K[copy, c.RETRY] = 1
                    K[copy, c.LOADS_CHANGED] = 1
                    if todo_marked[copy] == 0:
                        todo_marked[copy] = 1
                        todo[n_todo] = copy
                        n_todo += 1
                    hand_over = False
                    if kind == codes.EVENT_HIRE:
                        W[worker, c.EMPLOYED] = 1
                        W[worker, c.THERE] = 1
                        # One of a reserve may be off duty, or in a visit begun before it went.
                        W[worker, c.PRESENT] = W[worker, c.ON_DUTY]
                        if W[worker, c.CASES] == 0:
                            W[worker, c.CASELOAD_SINCE] = now
                        if W[worker, c.ON_DUTY] == 1 and not in_visit(W, K, worker, time):
                            become_free(W, K, worker, time)
                    elif kind == codes.EVENT_RETURN or kind == codes.EVENT_ON:
                        if kind == codes.EVENT_RETURN:
                            W[worker, c.THERE] = 1
                        else:
                            W[worker, c.ON_DUTY] = 1
                        if W[worker, c.THERE] == 1 and W[worker, c.ON_DUTY] == 1:
                            W[worker, c.PRESENT] = 1
                            if not in_visit(W, K, worker, time):
                                become_free(W, K, worker, time)
                    elif (
                        kind == codes.EVENT_ONBOARDED
                        or kind == codes.EVENT_SHORTENED
                        or kind == codes.EVENT_HOURS
                    ):
                        if W[worker, c.PRESENT] == 1 and not in_visit(W, K, worker, time):
                            account_idle(W, worker, time, windows, spent)
                        if kind == codes.EVENT_ONBOARDED:
                            W[worker, c.ONBOARDING] = value
                        else:
                            W[worker, c.HOURS] = value
                        if kind == codes.EVENT_SHORTENED:
                            if W[worker, c.PLACES] == 1:
                                account_caseload(W, worker, now, windows, spent)
                            W[worker, c.FTE] = value
                        recompute(W, worker, K[copy, c.SHARE])
                    else:
                        if W[worker, c.PRESENT] == 1 and not in_visit(W, K, worker, time):
                            no_longer_free(W, K, worker, time, windows, spent)
                        W[worker, c.PRESENT] = 0
                        if kind == codes.EVENT_OFF:
                            W[worker, c.ON_DUTY] = 0
                        else:
                            W[worker, c.THERE] = 0
                            hand_over = kind == codes.EVENT_LEAVE or value == 1
                        if kind == codes.EVENT_LEAVE:
                            W[worker, c.EMPLOYED] = 0
                    if hand_over:
                        n_held = W[worker, c.CASES]
                        case = W[worker, c.HELD_FIRST]
                        for i in range(n_held):
                            held[i] = case
                            case = C[case, c.HELD_NEXT]
                        sort(held, n_held)
                        for i in range(n_held):
                            case = held[i]
                            if C[case, c.PHASE] == c.FIRST_WAIT:
                                # It is done here, and has kept its place for the next stage.
                                give_kept_place_back(
                                    full, C, W, K, G, stays, places, case, now, windows, spent
                                )
                                continue
                            if C[case, c.PHASE] == c.IN_VISIT:
                                if K[copy, c.DIARY] == 0:
                                    C[case, c.HANDED] = 1
                                    continue
                                if W[worker, c.BUSY] == case and W[worker, c.VISIT_END] >= time:
                                    C[case, c.HANDED] = 1
                                    if W[worker, c.FOLLOWED] == 1:
                                        # Its end is an event after all.
                                        W[worker, c.FOLLOWED] = 0
                                        cancel(C, buckets, G, case)
                                        if (
                                            prof[C[case, c.PROFILE], c.P_ENDING]
                                            == codes.ENDING_VISITS
                                        ):
                                            C[case, c.LEFT] += 1
                                        C[case, c.DONE] -= 1
                                        C[case, c.WORDS_OF] = 0
                                        _, U[case, c.GAP_WORD], U[case, c.CLOSING_WORD], _ = (
                                            visit_words(C, U, case, C[case, c.VISIT], key, purposes)
                                        )
                                        if full == 1:
                                            visits[C[case, c.VISIT_ROW], c.V_END] = codes.NONE
                                        schedule(
                                            C, buckets, heap, G, W[worker, c.VISIT_END],
                                            codes.RANK_VISIT_END, case,
                                        )  # fmt: skip
                                    continue
                                C[case, c.PHASE] = c.BETWEEN
                            if C[case, c.QUEUE] == c.DESK:
                                leave_desk(C, W, K, heads, tails, case)
                            if full == 1:
                                places[C[case, c.PLACE_ROW], c.L_UNTIL] = now
                            give_place_back(C, W, K, case, now, windows, spent)
                            handed_rank = prof[C[case, c.PROFILE], c.P_ASSIGN_HANDED]
                            join_assignment(C, K, heads, tails, copy, handed_rank, case)
                            room_taken[C[case, c.STAGE], copy] += 1
                    if W[worker, c.PRESENT] == 1:
                        touched[G[c.TOUCHED]] = worker
                        G[c.TOUCHED] += 1
                sort(todo, n_todo)
                for i in range(n_todo):
                    todo_marked[todo[i]] = 0
            elif rank == codes.RANK_MEETING:
                series = held_series[next_held]
                next_held += 1
                next_meeting[series] += 1
                files_left = held_places[series]
                if files_left < 0:
                    files_left = n_cases
                in_hand = 0
                case = meeting_heads[series]
                while case >= 0 and in_hand < files_left:
                    in_hand += 1
                    case = C[case, c.MEETING_NEXT]
                files_left = in_hand
                continue
            else:
                mover = np.int64(next_case)
                next_case += 1
                destination = source_entry[source[mover]]
                now = present

        # -- 5. visits of a partner, as they fall due --------
        while due_now >= 0 and partner[C[due_now, c.PROFILE]] > 0.0:
            case = due_now
            p = C[case, c.PROFILE]
            if not is_partners(C, U, case, key, purposes, partner):
                break
            _, gap_word, closing_word, _ = visit_words(
                C, U, case, C[case, c.VISIT] + 1, key, purposes
            )
            due_now = np.int64(-1)
            C[case, c.VISIT] += 1
            C[case, c.DUE] = now
            C[case, c.PHASE] = c.BETWEEN
            if full == 1:
                if n_visits + 4 > visits.shape[0]:
                    return 2
                new_visit(C, visits, n_visits, case)
                visits[n_visits, c.V_WORK] = 0
                visits[n_visits, c.V_KIND] = codes.VISIT_PARTNER
                n_visits += 1
            count_contact(C, calendar, windows, contacts, case, now, np.int64(0))
            if C[case, c.STARTED] == 0:
                first_start(C, stays, prof, case, now)
                no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
            C[case, c.DONE] += 1
            C[case, c.PREVIOUS_END] = now
            done = False
            if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
                C[case, c.LEFT] -= 1
                done = C[case, c.LEFT] <= 0
            elif prof[p, c.P_ENDING] == codes.ENDING_CLOSING:
                row = prof[p, c.P_CLOSING]
                probability = closing_probability[row]
                above = np.int64(0)
                if C[case, c.WORKER] >= 0:
                    above = W[C[case, c.WORKER], c.LOAD] - closing_norm[row]
                if above > 0:
                    cell = min(above // closing_step[row], closing_table.shape[1] - 1)
                    probability = closing_table[row, cell]
                done = uniform(closing_word) < probability
            law = prof[p, c.P_GAP]
            if done:
                finished = case
                C[case, c.PHASE] = c.GONE
            elif law < 0:
                due_now = case
            else:
                day = now // day_ticks if laws.growth[law] >= 0 else np.int64(0)
                due = delay_over(now, law, ticks(sample(law, gap_word, day, laws)), laws, calendar)
                if prof[p, c.P_ENDING] == codes.ENDING_STAY:
                    due = min(due, C[case, c.STAY_END])
                schedule(C, buckets, heap, G, due, codes.RANK_DELAY_END, case)

        # -- 6. a case leaves a queue, or is done with a stage --------
        outcome = codes.OUTCOME_COMPLETED
        if leaving >= 0:
            mover = leaving
            outcome = codes.OUTCOME_LEFT
            destination = prof[C[mover, c.PROFILE], c.P_IF_LEFT]
        turned_away = False
        going_on = False
        again = False  # copies in which a kept place became free are settled after the others

        if finished >= 0:
            case = finished
            p = C[case, c.PROFILE]
            stay = C[case, c.STAY]
            stays[stay, c.S_SERVED] = now
            waits = False
            row = prof[p, c.P_DECISION]
            if row >= 0:
                waits = True
                due = stays[stay, c.S_DUE]
                if due != codes.NONE and prof[p, c.P_UNTIL] == codes.UNTIL_END and urgent[p] > 0.0:
                    held_next = next_meeting[row]
                    after_deadline = True
                    if held_next < meeting_first[row + 1]:
                        instant = meeting_time[held_next]
                        opening = open_day[instant // day_ticks] * day_ticks + instant % day_ticks
                        after_deadline = is_late(due, prof[p, c.P_DEADLINE], opening, False)
                    if after_deadline:
                        block = philox(
                            key[0], key[1], np.uint64(C[case, c.NTH]),
                            purposes[C[case, c.STAGE], 2], U[case, c.SOURCE_WORD],
                            U[case, c.INDEX_WORD],
                        )  # fmt: skip
                        waits = not uniform(block[0]) < urgent[p]
            if waits:
                C[case, c.PHASE] = c.MEETING
                C[case, c.FINISHED] = time
                before, after = insert_in_order(
                    C, meeting_tails[row], c.FINISHED, c.MEETING_NEXT, c.MEETING_PREV, case
                )
                if before < 0:
                    meeting_heads[row] = case
                if after < 0:
                    meeting_tails[row] = case
                if at_visit_end and handed and C[case, c.QUEUE] != c.ASSIGNMENT_QUEUE:
                    copy = todo[0]
                    join_assignment(C, K, heads, tails, copy, prof[p, c.P_ASSIGN_HANDED], case)
                    room_taken[C[case, c.STAGE], copy] += 1
            else:
                mover = case

        # -- 7. the next visit falls due --------
        if due_now >= 0:
            case = due_now
            p = C[case, c.PROFILE]
            C[case, c.VISIT] += 1
            C[case, c.PHASE] = c.VISIT_DUE
            C[case, c.DUE] = now
            if full == 1:
                new_visit(C, visits, n_visits, case)
                n_visits += 1
            if prof[p, c.P_KIND] == codes.KIND_POOLED:
                copy = stage_copy[C[case, c.OFFICE], C[case, c.STAGE]]
                C[case, c.QUEUE] = c.TEAM_QUEUE
                C[case, c.CLASS] = prof[p, c.P_CLASS_LATER]
                C[case, c.SEQUENCE] = sequence
                sequence += 1
                queue = K[copy, c.TEAM_FIRST] + C[case, c.CLASS]
                join_queue(C, heads, tails, K[copy, c.BY_DEADLINE], queue, case)
                K[copy, c.WAITING] += 1
            else:
                if prof[p, c.P_ENDING] == codes.ENDING_STAY:
                    schedule(C, buckets, heap, G, C[case, c.STAY_END], codes.RANK_DELAY_END, case)
                if C[case, c.WORKER] >= 0:
                    C[case, c.CLASS] = prof[p, c.P_CLASS_LATER]
                    if C[case, c.VISIT] == 1:
                        C[case, c.CLASS] = prof[p, c.P_CLASS_FIRST]
                    join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                    sequence += 1

        # -- 8. move; all that follows again for one who is turned away --------
        while True:
            if not again:
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
                    stage = C[case, c.STAGE]
                    p = C[case, c.PROFILE]
                    stay = C[case, c.STAY]
                    copy = stage_copy[here, stage]
                    if outcome == codes.OUTCOME_COMPLETED:
                        chance = uniform(U[case, c.ROUTE_WORD])
                        route = prof[p, c.P_ROUTE_FIRST]
                        last = route + prof[p, c.P_ROUTE_N] - 1
                        while route < last and chance >= route_upto[route]:
                            route += 1
                        destination = route_to[route]
                    stays[stay, c.S_ENDED] = now
                    stays[stay, c.S_VISITS] = C[case, c.DONE]
                    stays[stay, c.S_WORKER] = C[case, c.LAST_WORKER]
                    stays[stay, c.S_OUTCOME] = outcome
                    if stays[stay, c.S_DUE] != codes.NONE:
                        late = is_late(
                            stays[stay, c.S_DUE], prof[p, c.P_DEADLINE], now, at_visit_end
                        )
                        if outcome == codes.OUTCOME_COMPLETED:
                            if prof[p, c.P_UNTIL] == codes.UNTIL_END:
                                stays[stay, c.S_LATE] = codes.LATE_YES if late else codes.LATE_NO
                            elif C[case, c.STARTED] == 0 and late:
                                stays[stay, c.S_LATE] = codes.LATE_YES
                        elif late:
                            stays[stay, c.S_LATE] = codes.LATE_YES
                    if n_paused > 0 and stage_pauses[stage] == 1:
                        for i in range(n_paused):
                            paused[case, i] += now - stays[stay, c.S_JOINED]
                    no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                    if C[case, c.QUEUE] == c.TEAM_QUEUE:
                        queue = K[copy, c.TEAM_FIRST] + C[case, c.CLASS]
                        leave_queue(C, heads, tails, K[copy, c.BY_DEADLINE], queue, case)
                        K[copy, c.WAITING] -= 1
                        room_taken[stage, copy] -= 1
                        C[case, c.QUEUE] = c.NOWHERE
                        count_contact(C, calendar, windows, contacts, case, now, np.int64(0))
                    elif C[case, c.QUEUE] == c.ASSIGNMENT_QUEUE:
                        leave_assignment(C, K, heads, tails, copy, case)
                        room_taken[stage, copy] -= 1
                        if n_todo == 0:
                            todo[0] = copy
                            n_todo = 1
                    if outcome != codes.OUTCOME_COMPLETED:
                        cancel(C, buckets, G, case)
                        if not turned_away and n_todo == 0:
                            todo[0] = copy
                            n_todo = 1
                    if C[case, c.WORKER] >= 0:
                        keeps = False
                        if C[case, c.PHASE] == c.FIRST_WAIT:
                            # The place that it had kept while it waited here.
                            keeps = True
                            give_kept_place_back(
                                full, C, W, K, G, stays, places, case,
                                calendar_base + time - office_base, windows, spent,
                            )  # fmt: skip
                        elif destination >= 0 and stage_copy[here, destination] == copy:
                            onward = profile[here, kind_of_case, destination]
                            keeps = prof[onward, c.P_KIND] >= codes.KIND_CASEWORKER
                        if (
                            not keeps
                            and stage_keeps[stage] == 1
                            and destination >= 0
                            and stage_copy[here, destination] >= 0
                        ):
                            keeps = True
                            stays[stay, c.S_RELEASED] = codes.NEVER
                            C[case, c.KEPT_STAY] = stay
                        if not keeps:
                            if full == 1:
                                places[C[case, c.PLACE_ROW], c.L_UNTIL] = now
                            give_place_back(C, W, K, case, now, windows, spent)
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
                        C[case, c.PHASE] = c.GONE
                        C[case, c.STAGE] = -1
                        case_left[case] = now
                        case_exit[case] = -destination - 1
                    else:
                        # It joins its next stage.
                        stage = destination
                        p = profile[here, kind_of_case, stage]
                        is_initial = starting
                        if case_seen[case] == 0:
                            case_seen[case] = 1
                            C[case, c.PENDING] = -1
                            C[case, c.WORKER] = -1
                            C[case, c.COUNTED] = 0
                            C[case, c.TRACE] = trace[case]
                            C[case, c.BURDEN] = burden[case]
                            U[case, c.SOURCE_WORD] = source_hash[source[case]]
                            U[case, c.INDEX_WORD] = np.uint64(index[case])
                            C[case, c.INFLOW] = kind_of_case
                            C[case, c.OFFICE] = here
                            C[case, c.WEIGHT] = inflow_weight[kind_of_case]
                            C[case, c.HANDED] = 0
                            begin = applied[case]
                            if initial[case] == codes.INITIAL_AGELESS:
                                begin = np.int64(codes.NONE)
                            for i in range(n_clocks):
                                clocks[case, i] = begin
                            for i in range(n_paused):
                                paused[case, i] = 0
                        nth_stay[case, stage] += 1
                        nth = np.int64(nth_stay[case, stage])
                        # An initial case has been in the stages before its own: a return.
                        returns = nth > 1 or (
                            case < n_initial and stage < source_entry[source[case]]
                        )
                        if returns:
                            clock = stage_clock[stage]
                            if clock >= 0:
                                clocks[case, clock] = now
                                if n_paused > 0:
                                    paused[case, clock] = 0
                            clock = stage_first_clock[stage]
                            if clock >= 0 and clocks[case, clock] == codes.NONE:
                                clocks[case, clock] = now
                                if n_paused > 0:
                                    paused[case, clock] = 0
                        C[case, c.STAGE] = stage
                        C[case, c.PROFILE] = p
                        C[case, c.NTH] = nth
                        C[case, c.WORDS_OF] = 0
                        C[case, c.STAY] = n_stays
                        C[case, c.PREVIOUS_END] = codes.NONE
                        C[case, c.DEADLINE] = c.FAR
                        C[case, c.STARTED] = 0
                        C[case, c.DONE] = 0
                        C[case, c.MISSED] = 0
                        C[case, c.MISSES] = 0
                        C[case, c.LAST_WORKER] = -1
                        C[case, c.QUEUE] = c.NOWHERE
                        if n_stays == stays.shape[0]:
                            return 1
                        stays[n_stays, c.S_CASE] = case
                        stays[n_stays, c.S_STAGE] = stage
                        stays[n_stays, c.S_NTH] = nth
                        stays[n_stays, c.S_JOINED] = now
                        if is_initial and initial[case] != codes.INITIAL_AGELESS:
                            stays[n_stays, c.S_JOINED] = initial_joined[case]
                        stays[n_stays, c.S_ASSIGNED] = codes.NONE
                        stays[n_stays, c.S_STARTED] = codes.NONE
                        stays[n_stays, c.S_SERVED] = codes.NONE
                        stays[n_stays, c.S_ENDED] = codes.NONE
                        stays[n_stays, c.S_CLOCK] = codes.NONE
                        stays[n_stays, c.S_DUE] = codes.NONE
                        stays[n_stays, c.S_LATE] = codes.LATE_UNKNOWN
                        stays[n_stays, c.S_OUTCOME] = codes.OUTCOME_OPEN
                        stays[n_stays, c.S_LAPSED] = 0
                        stays[n_stays, c.S_RELEASED] = codes.NONE
                        if prof[p, c.P_CLOCK] >= 0:
                            begin = clocks[case, prof[p, c.P_CLOCK]]
                            stays[n_stays, c.S_CLOCK] = begin
                            if begin != codes.NONE and prof[p, c.P_DEADLINE] != codes.DEADLINE_NONE:
                                day = begin // day_ticks
                                if prof[p, c.P_DEADLINE] == codes.DEADLINE_DAYS:
                                    due = (day + prof[p, c.P_WITHIN] + 1) * day_ticks
                                elif prof[p, c.P_DEADLINE] == codes.DEADLINE_EXACT:
                                    due = begin + prof[p, c.P_WITHIN]
                                else:
                                    column = max(np.int64(0), day + codes.DAYS_BEFORE)
                                    due = (workday_due[prof[p, c.P_WITHIN], column] + 1) * day_ticks
                                if n_paused > 0:
                                    due += paused[case, prof[p, c.P_CLOCK]]
                                stays[n_stays, c.S_DUE] = due
                                C[case, c.DEADLINE] = due
                        block = (np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0))
                        if prof[p, c.P_DRAWS] == 1:
                            block = philox(
                                key[0], key[1], np.uint64(nth), purposes[stage, 0],
                                U[case, c.SOURCE_WORD], U[case, c.INDEX_WORD],
                            )  # fmt: skip
                        U[case, c.ROUTE_WORD] = block[3]
                        kind = prof[p, c.P_KIND]
                        row = C[case, c.TRACE]
                        day = now // day_ticks
                        if kind == codes.KIND_DELAY:
                            C[case, c.PHASE] = c.DELAY
                            law, length = given(trace_stay, row, stage, prof[p, c.P_STAY])
                            if is_initial:
                                length = initial_stay[case]
                            elif law >= 0:
                                length = ticks(sample(law, block[1], day, laws))
                            instant = delay_over(now, law, length, laws, calendar)
                            schedule(C, buckets, heap, G, instant, codes.RANK_DELAY_END, case)
                        else:
                            joined_copy = stage_copy[here, stage]
                            if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
                                C[case, c.LEFT] = ticks(
                                    sample(prof[p, c.P_VISITS], block[2], day, laws)
                                )
                            U[case, c.GAP_WORD] = block[1]  # for the length of a stay, see below
                            is_visited = is_initial and initial[case] == codes.INITIAL_VISITED
                            if not is_visited:
                                C[case, c.COUNTED] = 1
                                count_waiting(
                                    counts, changed, is_changed, n_changed, stage, kind_of_case,
                                    here, np.int64(1),
                                )  # fmt: skip
                            C[case, c.VISIT] = 0
                            if (
                                kind >= codes.KIND_CASEWORKER
                                and C[case, c.WORKER] >= 0
                                and W[C[case, c.WORKER], c.COPY] == joined_copy
                            ):
                                # It holds a place with this team, and keeps worker and place.
                                worker = C[case, c.WORKER]
                                present = calendar_base + time - office_base
                                stays[n_stays, c.S_ASSIGNED] = present
                                C[case, c.LAST_WORKER] = worker
                                if prof[p, c.P_ENDING] == codes.ENDING_STAY:
                                    law, length = given(trace_stay, row, stage, prof[p, c.P_STAY])
                                    if law >= 0:
                                        day = present // day_ticks
                                        length = ticks(sample(law, block[1], day, laws))
                                    C[case, c.STAY_END] = delay_over(
                                        present, law, length, laws, calendar
                                    )
                                    schedule(
                                        C,
                                        buckets,
                                        heap,
                                        G,
                                        C[case, c.STAY_END],
                                        codes.RANK_DELAY_END,
                                        case,
                                    )
                                if kind == codes.KIND_PLACES:
                                    C[case, c.PHASE] = c.BETWEEN
                                    first_start(C, stays, prof, case, present)
                                    no_longer_waiting(
                                        C, counts, changed, is_changed, n_changed, case
                                    )
                                elif is_partners(C, U, case, key, purposes, partner):
                                    meet_partner_now(C, buckets, heap, G, time, case)
                                else:
                                    C[case, c.VISIT] = 1
                                    C[case, c.PHASE] = c.VISIT_DUE
                                    C[case, c.DUE] = present
                                    C[case, c.CLASS] = prof[p, c.P_CLASS_FIRST]
                                    if full == 1:
                                        new_visit(C, visits, n_visits, case)
                                        n_visits += 1
                                    join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                                    sequence += 1
                            elif is_initial and (is_visited or initial_worker[case] >= 0):
                                # In hand since before the start: it awaits its next visit.
                                C[case, c.PHASE] = c.BETWEEN
                                C[case, c.VISIT] = initial_done[case]
                                if is_visited and prof[p, c.P_ENDING] == codes.ENDING_VISITS:
                                    C[case, c.LEFT] = initial_visits[case]
                                instant = max(initial_due[case], time)
                                law = prof[p, c.P_GAP]
                                if initial_due[case] < 0 and law >= 0 and initial_gap[case] >= 0:
                                    length = initial_gap[case]
                                    instant = delay_over(now, law, length, laws, calendar)
                                if prof[p, c.P_ENDING] == codes.ENDING_STAY:
                                    law, length = prof[p, c.P_STAY], initial_stay[case]
                                    C[case, c.STAY_END] = delay_over(
                                        now, law, length, laws, calendar
                                    )
                                    instant = min(instant, C[case, c.STAY_END])
                                schedule(C, buckets, heap, G, instant, codes.RANK_DELAY_END, case)
                                worker = initial_worker[case]
                                if worker >= 0:
                                    take_place(C, W, case, worker, calendar_base, windows, spent)
                                    K[joined_copy, c.LOADS_CHANGED] = 1
                                    if W[worker, c.IS_CHANGED] == 0:
                                        W[worker, c.IS_CHANGED] = 1
                                        changed_workers[n_changed[1]] = worker
                                        n_changed[1] += 1
                                    C[case, c.LAST_WORKER] = worker
                                    stays[n_stays, c.S_ASSIGNED] = calendar_base
                                    if full == 1:
                                        if n_places == places.shape[0]:
                                            return 3
                                        C[case, c.PLACE_ROW] = n_places
                                        places[n_places, c.L_CASE] = case
                                        places[n_places, c.L_WORKER] = worker
                                        places[n_places, c.L_FROM] = calendar_base
                                        places[n_places, c.L_UNTIL] = codes.NONE
                                        n_places += 1
                                elif kind == codes.KIND_CASEWORKER:
                                    room_taken[stage, joined_copy] += 1
                                    rank = prof[p, c.P_ASSIGN_HANDED]
                                    join_assignment(C, K, heads, tails, joined_copy, rank, case)
                            else:
                                C[case, c.PHASE] = c.FIRST_WAIT
                                room_taken[stage, joined_copy] += 1
                                if kind == codes.KIND_POOLED:
                                    C[case, c.VISIT] = 1
                                    C[case, c.DUE] = stays[n_stays, c.S_JOINED]
                                    C[case, c.QUEUE] = c.TEAM_QUEUE
                                    C[case, c.CLASS] = prof[p, c.P_CLASS_FIRST]
                                    C[case, c.SEQUENCE] = sequence
                                    sequence += 1
                                    queue = K[joined_copy, c.TEAM_FIRST] + C[case, c.CLASS]
                                    join_queue(
                                        C, heads, tails, K[joined_copy, c.BY_DEADLINE], queue, case
                                    )
                                    K[joined_copy, c.WAITING] += 1
                                    if full == 1:
                                        new_visit(C, visits, n_visits, case)
                                        n_visits += 1
                                    if is_initial and initial[case] == codes.INITIAL_AGELESS:
                                        C[case, c.DUE] = -1  # due long ago, in no window
                                else:
                                    rank = prof[p, c.P_ASSIGN_NEW]
                                    if is_initial:
                                        rank = prof[p, c.P_ASSIGN_HANDED]
                                    join_assignment(C, K, heads, tails, joined_copy, rank, case)
                                law, length = given(
                                    trace_patience, row, stage, prof[p, c.P_PATIENCE]
                                )
                                if law >= 0:
                                    length = ticks(sample(law, block[0], day, laws))
                                if length > 0 and (kind == codes.KIND_POOLED or not is_initial):
                                    instant = delay_over(now, law, length, laws, calendar)
                                    schedule(
                                        C, buckets, heap, G, instant, codes.RANK_PATIENCE, case
                                    )
                        n_stays += 1
                    if joined_copy >= 0 and not (n_todo > 0 and todo[0] == joined_copy):
                        todo[n_todo] = joined_copy
                        n_todo += 1
            elif not again:
                onward_case = np.int64(-1)
            again = False

            if starting:
                break

            # -- 9. settle --------
            present = calendar_base + time - office_base
            for i in range(n_todo):
                copy = todo[i]
                # Assignments, until the head of the queue is blocked.
                while K[copy, c.UNASSIGNED] > 0 and K[copy, c.RETRY] == 1:
                    _, case = first_entry(heads, K[copy, c.ASSIGN_FIRST], K[copy, c.ASSIGN_CLASSES])
                    best = np.int64(-1)
                    weight = C[case, c.WEIGHT]
                    if K[copy, c.OF_PLACES] == 1:
                        weight = np.int64(1000)
                    for worker in range(K[copy, c.WORKER_FIRST], K[copy, c.WORKER_LAST]):
                        if (
                            W[worker, c.THERE] == 1
                            and (best < 0 or W[worker, c.LOAD] < W[best, c.LOAD])
                            and (
                                K[copy, c.LIMIT] < 0
                                or W[worker, c.CASES] == 0
                                or (W[worker, c.LOAD_WEIGHT] + weight) * 1000
                                <= K[copy, c.LIMIT] * W[worker, c.EFFECTIVE]
                            )
                        ):
                            best = np.int64(worker)
                    if best < 0:
                        K[copy, c.RETRY] = 0
                        break
                    leave_assignment(C, K, heads, tails, copy, case)
                    stage = C[case, c.STAGE]
                    room_taken[stage, copy] -= 1
                    if C[case, c.WORKER] >= 0:
                        give_kept_place_back(
                            full, C, W, K, G, stays, places, case, present, windows, spent
                        )
                    take_place(C, W, case, best, present, windows, spent)
                    K[copy, c.LOADS_CHANGED] = 1
                    if W[best, c.IS_CHANGED] == 0:
                        W[best, c.IS_CHANGED] = 1
                        changed_workers[n_changed[1]] = best
                        n_changed[1] += 1
                    if full == 1:
                        if n_places == places.shape[0]:
                            return 3
                        if n_visits + 4 > visits.shape[0]:
                            return 2
                        C[case, c.PLACE_ROW] = n_places
                        places[n_places, c.L_CASE] = case
                        places[n_places, c.L_WORKER] = best
                        places[n_places, c.L_FROM] = present
                        places[n_places, c.L_UNTIL] = codes.NONE
                        n_places += 1
                    stay = C[case, c.STAY]
                    p = C[case, c.PROFILE]
                    C[case, c.LAST_WORKER] = best
                    if stays[stay, c.S_ASSIGNED] == codes.NONE:
                        stays[stay, c.S_ASSIGNED] = present
                    is_initial = stay < n_initial and initial[case] <= codes.INITIAL_AGELESS
                    if C[case, c.PHASE] == c.FIRST_WAIT and is_initial and time == 0:
                        # It has had this place, and its first visit, before.
                        no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                        C[case, c.PHASE] = c.BETWEEN
                        C[case, c.VISIT] = 1
                        instant = time
                        if prof[p, c.P_KIND] == codes.KIND_PLACES:
                            first_start(C, stays, prof, case, present)
                            instant = horizon
                        start = np.int64(0)
                        if prof[p, c.P_GAP] >= 0:
                            length = initial_gap[case]
                            instant = delay_over(start, prof[p, c.P_GAP], length, laws, calendar)
                        if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
                            C[case, c.LEFT] = initial_visits[case]
                        elif prof[p, c.P_ENDING] == codes.ENDING_STAY:
                            length = initial_stay[case]
                            C[case, c.STAY_END] = delay_over(
                                start, prof[p, c.P_STAY], length, laws, calendar
                            )
                            instant = min(instant, C[case, c.STAY_END])
                        schedule(C, buckets, heap, G, instant, codes.RANK_DELAY_END, case)
                    elif C[case, c.PHASE] == c.FIRST_WAIT:
                        cancel(C, buckets, G, case)
                        if prof[p, c.P_ENDING] == codes.ENDING_STAY:
                            law, length = given(
                                trace_stay, C[case, c.TRACE], stage, prof[p, c.P_STAY]
                            )
                            if is_initial:
                                length = initial_stay[case]
                            elif law >= 0:
                                day = open_day[open_index]
                                length = ticks(sample(law, U[case, c.GAP_WORD], day, laws))
                            C[case, c.STAY_END] = delay_over(present, law, length, laws, calendar)
                            schedule(
                                C, buckets, heap, G, C[case, c.STAY_END], codes.RANK_DELAY_END, case
                            )
                        if prof[p, c.P_KIND] == codes.KIND_PLACES:
                            C[case, c.PHASE] = c.BETWEEN
                            first_start(C, stays, prof, case, present)
                            no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                        elif is_partners(C, U, case, key, purposes, partner):
                            meet_partner_now(C, buckets, heap, G, time, case)
                        else:
                            C[case, c.VISIT] = 1
                            C[case, c.PHASE] = c.VISIT_DUE
                            C[case, c.DUE] = present
                            if full == 1:
                                new_visit(C, visits, n_visits, case)
                                n_visits += 1
                    if C[case, c.PHASE] == c.VISIT_DUE:
                        if C[case, c.VISIT] == 1:
                            C[case, c.CLASS] = prof[p, c.P_CLASS_FIRST]
                        else:
                            C[case, c.CLASS] = prof[p, c.P_CLASS_LATER]
                        join_desk(C, W, K, heads, tails, touched, G, case, sequence)
                        sequence += 1

                if K[copy, c.DIARY] == 1:
                    to_diaries = True
                    continue

                # Starts, the best entry first.
                while True:
                    best_case = np.int64(-1)
                    best_worker = np.int64(-1)
                    best_class = np.int64(c.FAR)
                    by_deadline = K[copy, c.BY_DEADLINE] == 1
                    if K[copy, c.WAITING] > 0 and K[copy, c.FREE_FIRST] >= 0:
                        rank, case = first_entry(
                            heads, K[copy, c.TEAM_FIRST], K[copy, c.TEAM_CLASSES]
                        )
                        best_case = case
                        best_class = np.int64(rank)
                    for j in range(G[c.TOUCHED]):
                        worker = touched[j]
                        if (
                            W[worker, c.COPY] != copy
                            or W[worker, c.AT_DESK] == 0
                            or W[worker, c.BUSY] >= 0
                            or W[worker, c.PRESENT] == 0
                        ):
                            continue
                        rank, case = first_entry(
                            heads, W[worker, c.DESK_FIRST], K[copy, c.TEAM_CLASSES]
                        )
                        better = best_case < 0 or rank < best_class
                        if not better and rank == best_class:
                            if by_deadline:
                                better = C[case, c.DEADLINE] < C[best_case, c.DEADLINE] or (
                                    C[case, c.DEADLINE] == C[best_case, c.DEADLINE]
                                    and case < best_case
                                )
                            else:
                                better = C[case, c.SEQUENCE] < C[best_case, c.SEQUENCE]
                        if better:
                            best_case = case
                            best_worker = worker
                            best_class = np.int64(rank)
                    if best_case < 0:
                        break
                    case = best_case
                    worker = best_worker
                    stage = C[case, c.STAGE]
                    stay = C[case, c.STAY]
                    p = C[case, c.PROFILE]
                    if worker >= 0:
                        leave_desk(C, W, K, heads, tails, case)
                    else:
                        worker = K[copy, c.FREE_FIRST]
                        queue = K[copy, c.TEAM_FIRST] + C[case, c.CLASS]
                        leave_queue(C, heads, tails, K[copy, c.BY_DEADLINE], queue, case)
                        K[copy, c.WAITING] -= 1
                        C[case, c.QUEUE] = c.NOWHERE
                        if C[case, c.PHASE] == c.FIRST_WAIT:
                            room_taken[stage, copy] -= 1
                            if C[case, c.WORKER] >= 0:
                                give_kept_place_back(
                                    full, C, W, K, G, stays, places, case, present, windows, spent
                                )
                    cancel(C, buckets, G, case)
                    no_longer_free(W, K, worker, time, windows, spent)
                    C[case, c.PHASE] = c.IN_VISIT
                    C[case, c.SERVER] = worker
                    work_word, U[case, c.GAP_WORD], U[case, c.CLOSING_WORD], whose = visit_words(
                        C, U, case, C[case, c.VISIT], key, purposes
                    )
                    misses = missed[p] > 0.0 and uniform(whose) < missed[p]
                    if misses:
                        work = lost_work(C, case, work_word, open_day[open_index], prof, laws)
                        C[case, c.MISSES] = 1
                        count_missed(C, calendar, windows, contacts, case, present)
                    else:
                        work = visit_work(
                            C, case, work_word, open_day[open_index], prof, work_laws, trace_work,
                            laws,
                        )  # fmt: skip
                    end = time + visit_length(work, W[worker, c.PACE])
                    C[case, c.BEGIN] = time
                    C[case, c.WORK] = work
                    W[worker, c.BUSY] = case
                    W[worker, c.VISIT_END] = end
                    schedule(C, buckets, heap, G, end, codes.RANK_VISIT_END, case)
                    C[case, c.LAST_WORKER] = worker
                    if C[case, c.STARTED] == 0 and not misses:
                        first_start(C, stays, prof, case, present)
                        no_longer_waiting(C, counts, changed, is_changed, n_changed, case)
                    until = visit_over(end, calendar)
                    count_contact(C, calendar, windows, contacts, case, present, until - present)
                    if full == 1:
                        visit_row = C[case, c.VISIT_ROW]
                        visits[visit_row, c.V_WORKER] = worker
                        visits[visit_row, c.V_BEGIN] = time
                        visits[visit_row, c.V_WORK] = work
                        if misses:
                            visits[visit_row, c.V_KIND] = codes.VISIT_MISSED

            if G[c.FREED_COPIES] > 0:
                G[c.FREED_COPIES] = 0
                n_todo = 0
                for copy in range(n_copies):
                    if K[copy, c.FREED] == 1:
                        K[copy, c.FREED] = 0
                        todo[n_todo] = copy
                        n_todo += 1
                again = True
                continue

            # -- 10. the room --------
            if onward_case >= 0:
                mover = onward_case
                n_todo = 0
                going_on = True
                continue
            if joined_copy >= 0:
                case = stays[n_stays - 1, c.S_CASE]
                if (
                    C[case, c.PHASE] == c.FIRST_WAIT
                    and prof[C[case, c.PROFILE], c.P_ROOM] >= 0
                    and room_taken[C[case, c.STAGE], joined_copy]
                    > prof[C[case, c.PROFILE], c.P_ROOM]
                ):
                    mover = case
                    if prof[C[case, c.PROFILE], c.P_LEAST_URGENT] == 1:
                        mover = least_urgent(
                            C, K, heads, tails, prof, joined_copy, C[case, c.STAGE], n_initial
                        )
                    outcome = codes.OUTCOME_TURNED_AWAY
                    destination = prof[C[mover, c.PROFILE], c.P_IF_TURNED_AWAY]
                    turned_away = True
                    at_visit_end = False
                    todo[0] = joined_copy
                    n_todo = 1
                    continue
            break

    # -- the end of the horizon --------
    if afresh:
        start_peaks(W, counts, peaks, spent, k)
    if k >= 0:
        note_peaks(W, counts, peaks, spent, k, changed, is_changed, n_changed, changed_workers)
    while k + 2 < windows.office.shape[0]:
        k += 1
        start_peaks(W, counts, peaks, spent, k)
    close_accounts(calendar, windows, prof, C, W, K, case_seen, stays, contacts, spent)
    sizes[0], sizes[1], sizes[2] = n_stays, n_visits, n_places
    sizes[3] = G[c.ORDERS]
    return 0
