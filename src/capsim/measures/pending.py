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
    stages = deciding_stages(log.plan)
    ways = ways_to(log.plan, stages)
    found = [_of_stage(log, stage, ways[z]) for z, stage in enumerate(stages)]
    spans = np.concatenate(found) if found else np.empty((0, 5), np.int64)
    return Pending(*(np.ascontiguousarray(column) for column in spans.T))


def _of_stage(log: Log, stage: int, ways: Ints) -> Ints:
    """Spans (stage, case, start, stop, clock) of one stage: all cases at once, stay after stay."""
    plan, luck = log.plan, log.luck
    network = plan.network
    cases, first = np.unique(log.stay_case, return_index=True)  # stays are ordered by case
    number = np.diff(np.append(first, len(log.stay_case)))
    office, inflow = luck.office[cases], luck.inflow[cases]
    profile = network.profile[office, inflow, stage]
    clock, until = plan.profiles.clock[profile], plan.profiles.until[profile]
    is_initial = luck.initial[cases] != NOT_INITIAL
    has_age = luck.initial[cases] != INITIAL_AGELESS
    entered = log.stay_stage[first]
    since = np.full(len(cases), NONE)
    counts_from = np.full(len(cases), NONE)
    waits_for_one = ~has_age
    spans = []

    def end(who: np.ndarray, at: Ints) -> None:
        ends = who & (at != NONE)
        row = (np.full(ends.sum(), stage), cases[ends], since[ends], at[ends], counts_from[ends])
        spans.append(np.stack(row, axis=1))
        since[ends] = counts_from[ends] = NONE

    for k in range(int(number.max(initial=0))):
        there = (k < number) & (clock >= 0)
        row = np.minimum(first + k, len(log.stay_case) - 1)
        here, joined = log.stay_stage[row], log.stay_joined[row]
        can_come = ways[office, inflow, here] == 1
        returns = (log.stay_nth[row] > 1) | (is_initial & (here < entered))
        decides = here == stage
        begins = there & (since == NONE) & can_come
        applies = begins & (k == 0) & has_age & ((here <= stage) | ~is_initial)
        again = returns & (
            (waits_for_one & (network.stage_first_clock[here] == clock))  # the only clock
            | (network.stage_clock[here] == clock)  # a new one
        )
        # The old one goes on after a decision.
        again |= decides & (log.stay_clock[row] != NONE)
        since = np.where(applies, luck.applied[cases], since)
        since = np.where(begins & ~applies & again, joined, since)
        there &= since != NONE
        counts_from = np.where(there & (counts_from == NONE), since, counts_from)
        known = there & decides & (log.stay_clock[row] != NONE)
        counts_from = np.where(known, log.stay_clock[row], counts_from)
        waits_for_one &= ~there
        begun = (until == UNTIL_START) & (log.stay_started[row] != NONE)
        decided = np.where(begun, log.stay_started[row], log.stay_ended[row])
        end(there & (decides | ~can_come), np.where(can_come, decided, joined))
    end_of_run = plan.time.n_days * plan.time.day_ticks
    left = log.case_left[cases]
    end(since != NONE, np.where(left == NONE, end_of_run, left))
    return np.concatenate(spans)


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
