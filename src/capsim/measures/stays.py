"""Columns of the stays of a run, as measures of one window ask for them."""

from __future__ import annotations

import numpy as np

from capsim.catalogue.rows import stage_kinds
from capsim.kernels.codes import INITIAL_AGELESS, KIND_DELAY, KIND_POOLED, NONE
from capsim.log.clock import DayClock
from capsim.log.facts import initial_stays
from capsim.log.log import Log
from capsim.plan.plan import Floats
from capsim.plan.windows import Window

__all__ = ["Stays", "ratio"]


class Stays:
    """Columns of the stays, and what several measures need of them."""

    def __init__(self, log: Log, window: Window) -> None:
        plan, luck = log.plan, log.luck
        self.clock = DayClock.of(plan)
        day_ticks = plan.time.day_ticks
        self.low, self.high = window.low * day_ticks, window.high * day_ticks
        self.cohort_end = window.cohort_end * day_ticks
        self.run_end = self.clock.end
        low, high = (int(plan.time.office_day[day]) for day in (window.low, window.high))
        # A window without office time has what the day before it left behind.
        self.office_low = low * day_ticks - (low == high)
        self.office_high = high * day_ticks
        case = log.stay_case
        self.stage = log.stay_stage
        self.inflow = luck.inflow[case]
        self.office = luck.office[case]
        kind = np.array(stage_kinds(plan))[self.stage]
        first = initial_stays(log)
        self.initial = first > 0
        ageless = self.initial & (luck.initial[case] == INITIAL_AGELESS)
        self.due_long_ago = ageless & (kind == KIND_POOLED)
        self.joined = log.stay_joined
        self.is_open = log.stay_ended == NONE
        self.end = np.where(self.is_open, self.run_end, log.stay_ended)
        self.started = log.stay_started != NONE
        self.wait_end = np.where(self.started, log.stay_started, self.end)
        self.waits_on = ~self.started & self.is_open
        self.queued = (kind != KIND_DELAY) & (first != 2)
        late_enough = ~self.initial & (self.joined >= self.low)
        self.joiners = late_enough & (self.joined < self.high)
        # Of some initial cases the wait is over, or nobody knows when it began.
        self.people = self.cohort = late_enough & (self.joined < self.cohort_end)
        if window.kind == "initial":
            self.joiners = self.people = self.initial
            self.cohort = self.initial & ~ageless & (first != 2)


def ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, NaN where there is nothing to divide by."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)
