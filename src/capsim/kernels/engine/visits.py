"""A visit of the compiled engine: its random words, work, length, end, and first start."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.draws.laws import LONGEST, sample
from capsim.kernels.draws.philox import philox, uniform
from capsim.kernels.engine import columns as c
from capsim.kernels.engine.rules import is_late
from capsim.kernels.event_set import cancel, schedule
from capsim.kernels.jit import inlined


@inlined
def visit_words(C, U, case, visit, key, purposes):
    """The random words of a visit: its work, the gap after it, closing, and by whom."""
    block = philox(
        key[0], key[1], np.uint64((C[case, c.NTH] << 32) | visit),
        purposes[C[case, c.STAGE], 1], U[case, c.SOURCE_WORD], U[case, c.INDEX_WORD],
    )  # fmt: skip
    return block[0], block[1], block[2], block[3]


@inlined
def words_for_next(C, U, case, key, purposes):
    """Draw the words of a case's next visit, in the time in which the present one waits for memory.

    They take the place of those of the present visit, which are not needed any more.
    """
    visit = C[case, c.VISIT] + 1
    U[case, c.WORK_WORD], U[case, c.GAP_WORD], U[case, c.CLOSING_WORD], _ = visit_words(
        C, U, case, visit, key, purposes
    )
    C[case, c.WORDS_OF] = visit


@inlined
def visit_work(C, case, word, day, prof, work_laws, trace_work, laws):
    """Client work of a case's present visit in whole seconds, by its trace, or law and burden."""
    stage = C[case, c.STAGE]
    row = C[case, c.TRACE]
    if row >= 0 and trace_work[row, stage] >= 0:
        return trace_work[row, stage]
    p = C[case, c.PROFILE]
    entry = prof[p, c.P_WORK_FIRST]
    if prof[p, c.P_WORK_N] > 1:
        entry += min(C[case, c.VISIT] - C[case, c.MISSED], prof[p, c.P_WORK_N]) - 1
    law = work_laws[entry]
    value = sample(law, word, day, laws)
    value *= C[case, c.BURDEN] / codes.BURDEN_UNIT
    return np.int64(np.floor(min(value, LONGEST) + 0.5))


@inlined
def is_partners(C, U, case, key, purposes, partner):
    """Whether a partner does the next visit of a case."""
    share = partner[C[case, c.PROFILE]]
    if share <= 0.0:
        return False
    _, _, _, whose = visit_words(C, U, case, C[case, c.VISIT] + 1, key, purposes)
    return uniform(whose) < share


@inlined
def meet_partner_now(C, buckets, heap, G, time, case):
    """Let the next visit of a case, which is a partner's, be an event of this very instant."""
    cancel(C, buckets, G, case)
    C[case, c.PHASE] = c.BETWEEN
    schedule(C, buckets, heap, G, time, codes.RANK_DELAY_END, case)


@inlined
def lost_work(C, case, word, day, prof, laws):
    """Client work that is lost where nobody comes to a case's present visit, whole seconds."""
    value = sample(prof[C[case, c.PROFILE], c.P_MISSED_COST], word, day, laws)
    return np.int64(np.floor(min(value, LONGEST) + 0.5))


@inlined
def visit_length(work, pace):
    """Office seconds that a worker of this pace, in thousandths cubed, needs for client work."""
    return max(np.int64(1), (work * 1000000000 + pace // 2) // pace)


@inlined
def visit_over(end, calendar):
    """The calendar instant that the end of a visit is told as; the horizon if it lies there."""
    day_ticks = calendar.day_ticks
    if end >= calendar.horizon:
        return calendar.n_days * day_ticks
    last = (end - 1) // day_ticks
    return calendar.open_day[last] * day_ticks + end - last * day_ticks


@inlined
def first_start(C, stays, prof, case, began):
    """The first visit of a stay starts: note when, and judge a deadline that runs until then."""
    stay = C[case, c.STAY]
    p = C[case, c.PROFILE]
    C[case, c.STARTED] = 1
    stays[stay, c.S_STARTED] = began
    if stays[stay, c.S_DUE] != codes.NONE and prof[p, c.P_UNTIL] == codes.UNTIL_START:
        late = is_late(stays[stay, c.S_DUE], prof[p, c.P_DEADLINE], began, False)
        stays[stay, c.S_LATE] = codes.LATE_YES if late else codes.LATE_NO
