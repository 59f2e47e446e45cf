"""A visit of the compiled engine: its random words, work, length, end, and first start."""

import numpy as np

from capsim.kernels.codes import LATE_NO, LATE_YES, NONE, UNTIL_START
from capsim.kernels.draws.laws import LONGEST, sample
from capsim.kernels.draws.philox import philox
from capsim.kernels.engine.columns import (
    P_DEADLINE,
    P_UNTIL,
    P_WORK_FIRST,
    P_WORK_N,
    S_DUE,
    S_LATE,
    S_STARTED,
)
from capsim.kernels.engine.rules import is_late
from capsim.kernels.event_set import (
    CLOSING_WORD,
    GAP_WORD,
    INDEX_WORD,
    NTH,
    PROFILE,
    SOURCE_WORD,
    STAGE,
    STARTED,
    STAY,
    TRACE,
    VISIT,
    WORDS_OF,
    WORK_WORD,
)
from capsim.kernels.jit import inlined


@inlined
def visit_words(C, U, case, visit, key, purposes):
    """The random words of a visit of a case in its stage: its work, the gap after it, closing."""
    block = philox(
        key[0], key[1], np.uint64((C[case, NTH] << 32) | visit),
        purposes[C[case, STAGE], 1], U[case, SOURCE_WORD], U[case, INDEX_WORD],
    )  # fmt: skip
    return block[0], block[1], block[2]


@inlined
def words_for_next(C, U, case, key, purposes):
    """Draw the words of a case's next visit, in the time in which the present one waits for memory.

    They take the place of those of the present visit, which are not needed any more.
    """
    visit = C[case, VISIT] + 1
    U[case, WORK_WORD], U[case, GAP_WORD], U[case, CLOSING_WORD] = visit_words(
        C, U, case, visit, key, purposes
    )
    C[case, WORDS_OF] = visit


@inlined
def visit_work(C, case, word, day, prof, work_laws, trace_work, laws):
    """Client work of a case's present visit in whole seconds, by its trace or its law."""
    stage = C[case, STAGE]
    row = C[case, TRACE]
    if row >= 0 and trace_work[row, stage] >= 0:
        return trace_work[row, stage]
    p = C[case, PROFILE]
    law = work_laws[prof[p, P_WORK_FIRST] + min(C[case, VISIT], prof[p, P_WORK_N]) - 1]
    value = sample(law, word, day, laws)
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
    stay = C[case, STAY]
    p = C[case, PROFILE]
    C[case, STARTED] = 1
    stays[stay, S_STARTED] = began
    if stays[stay, S_DUE] != NONE and prof[p, P_UNTIL] == UNTIL_START:
        late = is_late(stays[stay, S_DUE], prof[p, P_DEADLINE], began, False)
        stays[stay, S_LATE] = LATE_YES if late else LATE_NO
