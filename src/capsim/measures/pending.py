"""People without a decision: when the clock of each case runs for a stage that decides.

A stage with a deadline or a decision has a clock. It runs for a case from its application on, and
again from every return that starts it anew (rule 22 of `capsim.engines`), until the case is decided
there: its stay in the stage ends, or has its first visit where the deadline asks for a start only.
It also stops when the case leaves the service, or enters a stage from which no way leads there.
Whoever comes back to the stage without a new clock is pending from then on. Initial cases of
unknown age have no clock until one starts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from capsim.kernels.codes import INITIAL_AGELESS, NONE, NOT_INITIAL, UNTIL_START
from capsim.log.log import Log
from capsim.plan.pending import deciding_stages, ways_to
from capsim.plan.plan import Ints

__all__ = ["Pending", "pending_of"]


class Pending(NamedTuple):
    """Spans of calendar time in which a case is pending at a stage."""

    stage: Ints
    case: Ints
    start: Ints
    stop: Ints


def pending_of(log: Log) -> Pending:
    """When which case is pending, in calendar ticks; open ones stop at the end of the run."""
    plan, luck = log.plan, log.luck
    stages = deciding_stages(plan)
    ways = ways_to(plan, stages)
    first_clock = plan.network.stage_first_clock
    end_of_run = plan.time.n_days * plan.time.day_ticks
    spans: list[tuple[int, int, int, int]] = []
    rows = np.arange(len(log.stay_case))
    for case in np.unique(log.stay_case).tolist():
        office, inflow = int(luck.office[case]), int(luck.inflow[case])
        is_initial = luck.initial[case] != NOT_INITIAL
        has_age = luck.initial[case] != INITIAL_AGELESS
        mine = rows[log.stay_case == case].tolist()
        for z, stage in enumerate(stages):
            profile = int(plan.network.profile[office, inflow, stage])
            clock = int(plan.profiles.clock[profile])
            if clock < 0:
                continue
            since, waits_for_one = NONE, not has_age
            for k, row in enumerate(mine):
                here, joined = int(log.stay_stage[row]), int(log.stay_joined[row])
                can_come = bool(ways[z, office, inflow, here])
                returns = log.stay_nth[row] > 1 or (is_initial and here < log.stay_stage[mine[0]])
                if since == NONE and can_come:
                    if k == 0 and has_age:
                        since = int(luck.applied[case])
                    elif waits_for_one and first_clock[here] == clock and returns:
                        since = joined  # the only one
                    elif plan.network.stage_clock[here] == clock and returns:
                        since = joined  # a new clock
                    elif here == stage and log.stay_clock[row] != NONE:
                        since = joined  # the old one again, after a decision
                if since == NONE:
                    continue
                waits_for_one = False
                stop = NONE
                if not can_come:
                    stop = joined
                elif here == stage:
                    stop = int(log.stay_ended[row])
                    if (
                        plan.profiles.until[profile] == UNTIL_START
                        and log.stay_started[row] != NONE
                    ):
                        stop = int(log.stay_started[row])
                if stop != NONE:
                    spans.append((stage, case, since, stop))
                    since = NONE
            if since != NONE:
                left = int(log.case_left[case])
                spans.append((stage, case, since, end_of_run if left == NONE else left))
    table = np.array(spans, dtype=np.int64).reshape(-1, 4)
    return Pending(*(np.ascontiguousarray(column) for column in table.T))
