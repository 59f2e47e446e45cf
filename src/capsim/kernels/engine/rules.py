"""Small rules of the contract on which several events of the compiled engine depend."""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.clock import office_instant
from capsim.kernels.jit import inlined


@inlined
def delay_over(start, law, ticks, laws, calendar):
    """The office instant at which a delay of so many ticks ends that begins at a calendar instant.

    `law` tells whether the ticks are of office time (a law in workdays) or of calendar time.
    """
    if law >= 0 and laws.office[law] == 1:
        return office_instant(start, calendar) + ticks
    return office_instant(start + ticks, calendar)


@inlined
def is_late(due, kind, now, at_visit_end):
    """A deadline in days ends with its day: closing time is in time, the next opening is not."""
    return now > due or (kind != codes.DEADLINE_EXACT and now == due and not at_visit_end)


@inlined
def given(trace_table, row, stage, law):
    """The law of a delay and its length: (-1, ticks) where a trace gives it, else (law, -1)."""
    if row >= 0 and trace_table[row, stage] >= 0:
        return np.int64(-1), max(np.int64(1), trace_table[row, stage])
    return law, np.int64(-1)
