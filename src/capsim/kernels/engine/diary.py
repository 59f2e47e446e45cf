"""Diaries of the compiled engine: visits that are entered ahead of the clock.

Where a team's workers see their own cases only, in the order of falling due, and no stay or
deadline interferes (`diary_copies` of the engine), nothing can come between a visit that falls
due and the visits before it, until the worker's next change in the roster. So the visit is entered
in the worker's diary as it falls due: it starts when the one before it is over, perhaps ahead of
the clock, and the case's next event is its next due. The end is an event of its own only if
something depends on that moment: the work is done, the load decides on closing, or the next visit
is due at once. What would start at or after the worker's next change (`NEXT_CHANGE`) waits on the
desk for it. So at any change, and at the horizon, a diary holds one visit that may be in hand, the
last; `close_visit` accounts for it later. A hand-over makes its end an event after all.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.draws.laws import sample, ticks
from capsim.kernels.draws.philox import uniform
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.counts import count_contact, no_longer_waiting
from capsim.kernels.engine.rules import delay_over
from capsim.kernels.engine.visits import (
    first_start,
    visit_length,
    visit_over,
    visit_words,
    visit_work,
    words_for_next,
)
from capsim.kernels.engine.workers import account_idle, close_visit
from capsim.kernels.event_set import schedule
from capsim.kernels.jit import inlined


@inlined
def has_time(W, K, worker, time):
    """Whether a visit that is due now can be entered: the worker starts it before any change."""
    return (
        K[W[worker, c.COPY], c.DIARY] == 1
        and W[worker, c.PRESENT] == 1
        and max(time, W[worker, c.VISIT_END]) < W[worker, c.NEXT_CHANGE]
    )


@inlined
def enter_in_diary(
    full, key, calendar, windows, laws, C, U, W, G, buckets, heap, prof, purposes, work_laws,
    trace_work, closing_norm, closing_probability, stays, visits, contacts, spent, counts, changed,
    is_changed, n_changed, case, worker, time,
):  # fmt: skip
    """Let a due visit of an own case follow the last one in its worker's diary."""
    day_ticks, horizon, open_day = calendar.day_ticks, calendar.horizon, calendar.open_day
    if W[worker, c.BUSY] >= 0:
        close_visit(W, worker, horizon, windows, spent)
    start = max(time, W[worker, c.VISIT_END])
    # Looked up even if it is today, because "today" is a branch that no processor guesses.
    open_number = start // day_ticks
    began = open_day[open_number] * day_ticks + start - open_number * day_ticks
    p = C[case, c.PROFILE]
    if C[case, c.WORDS_OF] == C[case, c.VISIT]:
        work_word, gap_word = U[case, c.WORK_WORD], U[case, c.GAP_WORD]
        closing_word = U[case, c.CLOSING_WORD]
    else:
        work_word, gap_word, closing_word, _ = visit_words(
            C, U, case, C[case, c.VISIT], key, purposes
        )
    work = visit_work(C, case, work_word, open_day[open_number], prof, work_laws, trace_work, laws)
    end = start + visit_length(work, W[worker, c.PACE])
    over = visit_over(end, calendar)
    count_contact(C, calendar, windows, contacts, case, began, over - began)
    account_idle(W, worker, start, windows, spent)
    W[worker, c.IDLE_FROM] = end
    W[worker, c.BUSY] = case
    W[worker, c.VISIT_BEGIN] = start
    W[worker, c.VISIT_END] = end
    W[worker, c.VISIT_WORK] = work
    C[case, c.PHASE] = c.IN_VISIT
    C[case, c.SERVER] = worker
    row = C[case, c.VISIT_ROW]
    if full == 1:
        visits[row, c.V_WORKER] = worker
        visits[row, c.V_BEGIN] = start
        visits[row, c.V_WORK] = work
    if C[case, c.STARTED] == 0:
        first_start(C, stays, prof, case, began)
        if start <= time:
            no_longer_waiting(C, counts, changed, is_changed, n_changed, case)

    # The visit's end is an event if its consequences depend on that moment; otherwise the next
    # event of the case is the next visit's due.
    law = prof[p, c.P_GAP]
    ahead = law >= 0 and end < horizon
    if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
        ahead = ahead and C[case, c.LEFT] > 1
    else:
        closing = prof[p, c.P_CLOSING]
        ahead = ahead and (
            closing_norm[closing] >= codes.NEVER
            and uniform(closing_word) >= closing_probability[closing]
        )
    following = end
    rank = codes.RANK_VISIT_END
    W[worker, c.FOLLOWED] = 0
    if ahead:
        W[worker, c.FOLLOWED] = 1
        if prof[p, c.P_ENDING] == codes.ENDING_VISITS:
            C[case, c.LEFT] -= 1
        C[case, c.DONE] += 1
        C[case, c.PREVIOUS_END] = over
        if full == 1:
            visits[row, c.V_END] = end
        day = over // day_ticks if laws.growth[law] >= 0 else np.int64(0)
        delay = sample(law, gap_word, day, laws)
        following = min(horizon, delay_over(over, law, ticks(delay), laws, calendar))
        rank = codes.RANK_DELAY_END
        words_for_next(C, U, case, key, purposes)
    else:
        U[case, c.GAP_WORD] = gap_word
        U[case, c.CLOSING_WORD] = closing_word
    if C[case, c.COUNTED] == 1:
        # It is counted as waiting until its first visit starts, which is an event of its own.
        C[case, c.PHASE] = c.STARTS_LATER
        C[case, c.STAY_END] = following * 8 + rank
        following = start
        rank = codes.RANK_DELAY_END
    schedule(C, buckets, heap, G, following, rank, case)
