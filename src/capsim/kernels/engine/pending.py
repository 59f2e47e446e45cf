"""Who is without a decision: the clock of a stage that decides, stay by stay.

See `capsim.measures.pending`. The state of a case at such a stage is the calendar instant since
which its clock runs, or one of three marks: `UNSEEN` before its first stay, `WITHOUT` for an
initial case of unknown age until a clock starts, and `codes.NONE` while none runs.
"""

import numpy as np

from capsim.kernels import codes
from capsim.kernels.engine import columns as c
from capsim.kernels.jit import inner

UNSEEN = codes.NEVER
WITHOUT = codes.NEVER - 1


@inner
def runs(since):
    """Whether a clock runs."""
    return since != codes.NONE and since != UNSEEN and since != WITHOUT


@inner
def clock_of(since, i, z, stays, deciding, cases, now):
    """The state of a case at the deciding stage z with its stay i, and when the clock stops in it.

    Visits that start at `now` or later have not started. Gives the state before the stop, and the
    calendar instant of that, NONE if it does not stop.
    """
    case = stays[i, c.S_CASE]
    stage = stays[i, c.S_STAGE]
    here, kind_of_case = cases.office[case], cases.inflow[case]
    prof, initial, n_initial = cases.profiles, cases.initial, cases.n_initial
    decider = deciding.stage[z]
    p = cases.profile[here, kind_of_case, decider]
    clock = prof[p, c.P_CLOCK]
    stop = np.int64(codes.NONE)
    if clock < 0:
        return since, stop
    is_first = since == UNSEEN
    if is_first:
        since = np.int64(codes.NONE)
        if initial[case] == codes.INITIAL_AGELESS:
            since = np.int64(WITHOUT)
    can_come = deciding.ways[z, here, kind_of_case, stage] == 1
    decides = stage == decider
    waits_for_one = since == WITHOUT
    if (since == codes.NONE or waits_for_one) and can_come:
        joined = stays[i, c.S_JOINED]
        returns = stays[i, c.S_NTH] > 1
        if case < n_initial:
            returns = returns or stage < cases.source_entry[cases.source[case]]
        # Who is found behind the stage has been decided there (rule 22).
        is_behind = case < n_initial and stage > decider
        if is_first and not waits_for_one and not is_behind:
            since = cases.applied[case]
        elif cases.stage_clock[stage] == clock and returns:
            since = joined
        elif waits_for_one and cases.stage_first_clock[stage] == clock and returns:
            since = joined
        elif decides and stays[i, c.S_CLOCK] != codes.NONE:
            since = joined
    if since != codes.NONE and since != WITHOUT:
        if not can_come:
            stop = stays[i, c.S_JOINED]
        elif decides:
            stop = stays[i, c.S_ENDED]
            started = stays[i, c.S_STARTED]
            if prof[p, c.P_UNTIL] == codes.UNTIL_START and started != codes.NONE and started < now:
                stop = started
    return since, stop
