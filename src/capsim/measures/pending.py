"""People without a decision: when the clock of each case runs for a stage that decides.

A stage with a deadline or a decision has a clock. It runs for a case from its application on, and
again from every return that starts it anew (rule 22 of `capsim.engines`), until the case is decided
there: its stay in the stage ends, or has its first visit where the deadline asks for a start only.
It also stops when the case leaves the service, or enters a stage from which no way leads there.
Whoever comes back to the stage without a new clock is pending from then on. Initial cases of
unknown age have no clock until one starts, nor have those found behind the stage (rule 22).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    DEADLINE_WORKDAYS,
    INITIAL_AGELESS,
    NEVER,
    NONE,
    NOT_INITIAL,
    UNTIL_START,
)
from capsim.log.log import Log
from capsim.plan.pending import deciding_stages, ways_to
from capsim.plan.plan import Ints

__all__ = ["Pending", "late_since", "pending_of"]


class Pending(NamedTuple):
    """Spans of calendar time in which a case is pending at a stage."""

    stage: Ints
    case: Ints
    start: Ints
    stop: Ints
    clock: Ints
    """Instant from which its deadline counts; before `start` where an old clock goes on."""


def pending_of(log: Log) -> Pending:
    """When which case is pending, in calendar ticks; open ones stop at the end of the run."""
    plan, luck = log.plan, log.luck
    stages = deciding_stages(plan)
    ways = ways_to(plan, stages)
    first_clock = plan.network.stage_first_clock
    end_of_run = plan.time.n_days * plan.time.day_ticks
    spans: list[tuple[int, int, int, int, int]] = []
    cases, first = np.unique(log.stay_case, return_index=True)
    last = np.append(first, len(log.stay_case))[1:]
    for case, begin, end in zip(cases.tolist(), first.tolist(), last.tolist(), strict=True):
        office, inflow = int(luck.office[case]), int(luck.inflow[case])
        is_initial = luck.initial[case] != NOT_INITIAL
        has_age = luck.initial[case] != INITIAL_AGELESS
        mine = range(begin, end)  # stays are ordered by case
        for z, stage in enumerate(stages):
            profile = int(plan.network.profile[office, inflow, stage])
            clock = int(plan.profiles.clock[profile])
            if clock < 0:
                continue
            since = counts_from = NONE
            waits_for_one = not has_age
            for k, row in enumerate(mine):
                here, joined = int(log.stay_stage[row]), int(log.stay_joined[row])
                can_come = bool(ways[z, office, inflow, here])
                returns = log.stay_nth[row] > 1 or (is_initial and here < log.stay_stage[mine[0]])
                if since == NONE and can_come:
                    if k == 0 and has_age and (here <= stage or not is_initial):
                        since = int(luck.applied[case])
                    elif waits_for_one and first_clock[here] == clock and returns:
                        since = joined  # the only one
                    elif plan.network.stage_clock[here] == clock and returns:
                        since = joined  # a new clock
                    elif here == stage and log.stay_clock[row] != NONE:
                        since = joined  # the old one again, after a decision
                if since == NONE:
                    continue
                counts_from = since if counts_from == NONE else counts_from
                if here == stage and log.stay_clock[row] != NONE:
                    counts_from = int(log.stay_clock[row])
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
                    spans.append((stage, case, since, stop, counts_from))
                    since = counts_from = NONE
            if since != NONE:
                left = int(log.case_left[case])
                stop = end_of_run if left == NONE else left
                spans.append((stage, case, since, stop, counts_from))
    table = np.array(spans, dtype=np.int64).reshape(-1, 5)
    return Pending(*(np.ascontiguousarray(column) for column in table.T))


def late_since(log: Log, pending: Pending) -> Ints:
    """Calendar instant from which each pending case is beyond its term; NEVER without a deadline.

    The term ends as rules 22, 23 and 30 say. A case need not have come to the stage that decides:
    who still waits for the first talk after the term of the decision is late too.
    """
    plan, luck = log.plan, log.luck
    profile = plan.network.profile[luck.office[pending.case], luck.inflow[pending.case]]
    profile = profile[np.arange(len(pending.stage)), pending.stage]
    rule, within = plan.profiles.deadline[profile], plan.profiles.within[profile]
    day_ticks = plan.time.day_ticks
    day = pending.clock // day_ticks
    due = (day + within + 1) * day_ticks
    exact, workdays = rule == DEADLINE_EXACT, rule == DEADLINE_WORKDAYS
    due[exact] = (pending.clock + within)[exact]
    if workdays.any():
        last = plan.rules.workday_due[within[workdays], np.maximum(day[workdays] + DAYS_BEFORE, 0)]
        due[workdays] = (last + 1) * day_ticks
    pauses = np.flatnonzero(plan.network.stage_pauses[log.stay_stage] == 1)
    if len(pauses):
        ended = log.stay_ended[pauses]
        ended = np.where(ended == NONE, plan.time.n_days * day_ticks, ended)
        spans = zip(log.stay_joined[pauses].tolist(), ended.tolist(), strict=True)
        of_case: dict[int, list[tuple[int, int]]] = {}
        for case, span in zip(log.stay_case[pauses].tolist(), spans, strict=True):
            of_case.setdefault(case, []).append(span)
        for row, case in enumerate(pending.case.tolist()):
            for joined, left in of_case.get(case, ()):
                # A clock stands still only while it runs, and what is late stays late.
                if pending.clock[row] <= joined < due[row]:
                    due[row] += left - joined
    return np.where(rule == DEADLINE_NONE, NEVER, np.maximum(due, pending.start))
