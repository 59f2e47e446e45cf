"""Draws on demand, for an engine written in Python: any number of any case, in any order.

Each is a function of the key of the replication and of the names of what is drawn; asking twice, or
in another order, gives the same. `docs/design.md` lists which lane of which block is which draw.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from capsim.draws.luck import Luck
from capsim.kernels.codes import BURDEN_UNIT, VISIT_MISSED, VISIT_OWN, VISIT_PARTNER
from capsim.plan.plan import Plan

__all__ = ["Delay", "Draws"]

_Block = tuple[Any, Any, Any, Any]


def uniform_of(raw: int) -> float:
    """The number in [0, 1) of a random word, as `capsim.kernels.draws.philox.uniform` makes it.

    Examples
    --------
    >>> uniform_of(1 << 63)
    0.5
    """
    return (int(raw) >> 11) * 2.0**-53


class Delay(NamedTuple):
    """How long something takes.

    Attributes
    ----------
    ticks : int
        At least one.
    in_office_time : bool
        False: ticks of calendar time; the delay ends at the first office instant at or after the
        end. True (the law was written in workdays): ticks of office time, counted from the first
        office instant at or after the beginning.
    """

    ticks: int
    in_office_time: bool


class Draws:
    """The keyed draws of one replication, trace values in their place where there are any.

    A delay whose law the scenario does not have is None. `day` is the calendar day on which the
    delay or the visit begins: laws may grow from day to day.

    Parameters
    ----------
    plan : Plan
    luck : Luck
        What `capsim.draws.deal` gave for that plan.
    """

    def __init__(self, plan: Plan, luck: Luck) -> None:
        from capsim.kernels.draws.laws import LONGEST, sample
        from capsim.kernels.draws.philox import philox

        self._philox = philox
        self._sample = sample
        self._longest = LONGEST
        self._laws = plan.laws
        self._law_office = plan.laws.office.tolist()
        self._patience = plan.profiles.patience.tolist()
        self._stay = plan.profiles.stay.tolist()
        self._visits = plan.profiles.visits.tolist()
        self._gap = plan.profiles.gap.tolist()
        self._work_first = plan.profiles.work_first.tolist()
        self._work_n = plan.profiles.work_n.tolist()
        self._work_list = plan.rules.work.tolist()
        self._missed_cost = plan.profiles.missed_cost.tolist()
        self._partner = plan.rules.partner.tolist()
        self._missed = plan.rules.missed.tolist()
        self._profiles = plan.network.profile.tolist()
        self._office = luck.office.tolist()
        self._inflow = luck.inflow.tolist()
        self._key = (luck.key[0], luck.key[1])
        self._purposes = [tuple(row) for row in plan.network.stage_purpose]
        tables = plan.arrivals
        self._source_word = list(tables.source_hash)
        self._source = luck.source.tolist()
        self._index: Any = luck.index.astype(np.uint64)
        self._trace = luck.trace.tolist()
        self._burden = luck.burden.tolist()
        self._trace_work = tables.trace_work
        self._trace_stay = tables.trace_stay
        self._trace_patience = tables.trace_patience
        # The latest block of each case: an engine asks for its lanes one after the other.
        self._stay_blocks: dict[int, tuple[int, int, _Block]] = {}
        self._visit_blocks: dict[int, tuple[int, int, int, _Block]] = {}

    def profile(self, case: int, stage: int) -> int:
        """Row of the profile tables that holds for a case at a stage."""
        return self._profiles[self._office[case]][self._inflow[case]][stage]

    def patience(self, case: int, stage: int, nth: int, day: int) -> Delay | None:
        """Patience of the nth stay of a case in a stage."""
        given = self._traced(self._trace_patience, case, stage)
        if given is not None:
            return given
        law = self._patience[self.profile(case, stage)]
        return None if law < 0 else self._delay(law, self._stay_block(case, stage, nth)[0], day)

    def stay(self, case: int, stage: int, nth: int, day: int) -> Delay | None:
        """Length of the nth stay of a case in a stage, where the stage has one by a law."""
        law = self._stay[self.profile(case, stage)]
        if law < 0:
            return None
        given = self._traced(self._trace_stay, case, stage)
        if given is not None:
            return given
        return self._delay(law, self._stay_block(case, stage, nth)[1], day)

    def visits(self, case: int, stage: int, nth: int, day: int) -> int:
        """Number of visits of the nth stay, at least one; 0 if the stage does not end by visits."""
        law = self._visits[self.profile(case, stage)]
        if law < 0:
            return 0
        return max(1, self._rounded(law, self._stay_block(case, stage, nth)[2], day))

    def routing(self, case: int, stage: int, nth: int) -> float:
        """Uniform number in [0, 1) that decides where the nth stay leads."""
        return uniform_of(self._stay_block(case, stage, nth)[3])

    def work(self, case: int, stage: int, nth: int, visit: int, day: int, missed: int = 0) -> int:
        """Client work of a visit (1, 2, ...) of the nth stay, seconds, the burden included.

        `missed` of the visits before it were missed: the first one held has the first law of work.
        """
        row = self._trace[case]
        if row >= 0:
            given = int(self._trace_work[row, stage])
            if given >= 0:
                return given
        profile = self.profile(case, stage)
        entry = self._work_first[profile] + min(visit - missed, self._work_n[profile]) - 1
        block = self._visit_block(case, stage, nth, visit)
        value = float(self._sample(self._work_list[entry], np.uint64(block[0]), day, self._laws))
        value *= self._burden[case] / BURDEN_UNIT
        return math.floor(min(value, self._longest) + 0.5)

    def lost(self, case: int, stage: int, nth: int, visit: int, day: int) -> int:
        """Client work that is lost where nobody comes to a visit, seconds."""
        law = self._missed_cost[self.profile(case, stage)]
        return self._rounded(law, self._visit_block(case, stage, nth, visit)[0], day)

    def kind_of_visit(self, case: int, stage: int, nth: int, visit: int) -> int:
        """Whether a visit is one of an own worker, is missed, or is a partner's: VISIT_*."""
        profile = self.profile(case, stage)
        if self._missed[profile] == 0:
            return VISIT_OWN
        chance = uniform_of(self._visit_block(case, stage, nth, visit)[3])
        if chance < self._partner[profile]:
            return VISIT_PARTNER
        return VISIT_MISSED if chance < self._missed[profile] else VISIT_OWN

    def gap(self, case: int, stage: int, nth: int, visit: int, day: int) -> Delay | None:
        """Time from the end of a visit of the nth stay until the next one is due."""
        law = self._gap[self.profile(case, stage)]
        if law < 0:
            return None
        return self._delay(law, self._visit_block(case, stage, nth, visit)[1], day)

    def closing(self, case: int, stage: int, nth: int, visit: int) -> float:
        """Uniform number in [0, 1) that decides whether the case closes after a visit."""
        return uniform_of(self._visit_block(case, stage, nth, visit)[2])

    def urgent(self, case: int, stage: int, nth: int) -> float:
        """Uniform number in [0, 1) that decides whether a file is decided outside the meetings."""
        return uniform_of(self._block(nth, self._purposes[stage][2], case)[0])

    def _traced(self, table: np.ndarray, case: int, stage: int) -> Delay | None:
        row = self._trace[case]
        if row < 0:
            return None
        given = int(table[row, stage])
        return Delay(max(1, given), False) if given >= 0 else None

    def _rounded(self, law: int, raw: int, day: int) -> int:
        value = float(self._sample(law, np.uint64(raw), day, self._laws))
        return math.floor(min(value, self._longest) + 0.5)

    def _delay(self, law: int, raw: int, day: int) -> Delay:
        return Delay(max(1, self._rounded(law, raw, day)), bool(self._law_office[law]))

    def _stay_block(self, case: int, stage: int, nth: int) -> _Block:
        latest = self._stay_blocks.get(case)
        if latest is not None and latest[0] == stage and latest[1] == nth:
            return latest[2]
        block = self._block(nth, self._purposes[stage][0], case)
        self._stay_blocks[case] = (stage, nth, block)
        return block

    def _visit_block(self, case: int, stage: int, nth: int, visit: int) -> _Block:
        latest = self._visit_blocks.get(case)
        if latest is not None and latest[:3] == (stage, nth, visit):
            return latest[3]
        block = self._block((nth << 32) | visit, self._purposes[stage][1], case)
        self._visit_blocks[case] = (stage, nth, visit, block)
        return block

    def _block(self, k: int, purpose: np.uint64, case: int) -> _Block:
        word = self._source_word[self._source[case]]
        block: _Block = self._philox(
            self._key[0], self._key[1], np.uint64(k), purpose, word, self._index[case]
        )
        return block
