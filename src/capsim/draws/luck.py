"""What chance deals to one replication: applicants, roster, and the key of all other draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.codes import EVENT_HIRE, EVENT_LEAVE, NONE
from capsim.plan.plan import Ints


@dataclass(frozen=True, eq=False)
class Luck:
    """Applicants in case order and workers in worker order. Integers are int64.

    Attributes
    ----------
    key : (2,) uint64
        Philox key: seed and replication.
    applied, join : (cases,)
        Calendar tick of the application (negative for initial cases; -1 for those without age) and
        office tick of joining the first stage (0 for initial cases).
    inflow, office, source, index, trace : (cases,)
        Inflow, office and source numbers, index in the source, row of the trace tables or -1.
    initial : (cases,)
        NOT_INITIAL, INITIAL_WITH_AGE, INITIAL_AGELESS; INITIAL_VISITED or INITIAL_NEW in a list.
        Initial cases come first.
    burden : (cases,)
        Factor on all drawn work of the case, millionths.
    initial_gap, initial_stay, initial_visits : (initial cases,)
        Residual gap and stay from 0 (ticks, at least 1, or 0 in a list: of office time where the
        law of the stage was written in workdays, else of calendar time) and visits still to come;
        -1: not used.
    initial_joined, initial_done, initial_due, initial_worker : (initial cases,)
        Calendar tick of joining, by which initial cases are ordered: as `applied` without a list,
        but 0 for those without age. In a list also the number of the last visit, the office tick
        at which the next one falls due and the worker who has the case (-1: not known).
    worker_copy, worker_seat, worker_holder, worker_fte : (workers,)
        A worker is one holder (1, 2, ...) of a seat; FTE in milli when hired.
    worker_hours : (workers,)
        Hours of a day at work, in thousandths of a full day, when hired: the FTE, but for those who
        work on some weekdays only.
    worker_state : (workers,)
        State before the first event: STATE_OUT, STATE_PRESENT, STATE_ABSENT, or STATE_OFF (there,
        but the first day is no working day).
    worker_rate : (workers,)
        Onboarding rate, milli, when hired (1000 for those there from the start).
    worker_hired, worker_left : (workers,)
        Calendar ticks, `NEVER` for one who does not leave. Both are `NEVER` for one of a reserve,
        who comes and goes by events of the roster (`with_reserves`).
    worker_tenure : (workers,)
        Where leaving depends on the load: ticks after which the worker would leave at a usual one;
        `NEVER` elsewhere. Whoever may follow there is a worker too, hired at the end of the last
        day as long as nobody has left; `capsim.draws.deal.with_leaves` gives the roster afterwards.
    roster_time, roster_worker, roster_kind, roster_value : (events,)
        Office tick, worker, kind, and value (EVENT_ABSENT: 1 if the cases are handed over;
        EVENT_ONBOARDED, EVENT_SHORTENED, EVENT_HOURS: the new rate, FTE or hours, milli; a new FTE
        is also the new hours until EVENT_HOURS says otherwise). Ordered by (time, worker,
        kind); only events before the horizon.
    """

    key: NDArray[np.uint64]
    applied: Ints
    join: Ints
    inflow: Ints
    office: Ints
    source: Ints
    index: Ints
    trace: Ints
    initial: Ints
    burden: Ints
    initial_gap: Ints
    initial_stay: Ints
    initial_visits: Ints
    initial_joined: Ints
    initial_done: Ints
    initial_due: Ints
    initial_worker: Ints
    worker_copy: Ints
    worker_seat: Ints
    worker_holder: Ints
    worker_fte: Ints
    worker_hours: Ints
    worker_state: Ints
    worker_rate: Ints
    worker_hired: Ints
    worker_left: Ints
    worker_tenure: Ints
    roster_time: Ints
    roster_worker: Ints
    roster_kind: Ints
    roster_value: Ints

    def with_reserves(self, worker: Ints, came: Ints, went: Ints) -> Luck:
        """The luck in whose roster workers of a reserve come and go, as a run had it.

        Parameters
        ----------
        worker, came, went : (spells,)
            Who, and the office ticks; NONE: not at all.
        """
        came, went = (np.asarray(times, dtype=np.int64) for times in (came, went))
        hire, leave = came != NONE, went != NONE
        n_hired, n_left = int(hire.sum()), int(leave.sum())
        time = np.concatenate([self.roster_time, came[hire], went[leave]])
        who = np.concatenate([self.roster_worker, worker[hire], worker[leave]])
        kind = np.concatenate(
            [self.roster_kind, np.repeat(EVENT_HIRE, n_hired), np.repeat(EVENT_LEAVE, n_left)]
        )
        value = np.concatenate([self.roster_value, np.zeros(n_hired + n_left, dtype=np.int64)])
        order = np.lexsort((kind, who, time))
        return replace(
            self,
            roster_time=time[order],
            roster_worker=who[order],
            roster_kind=kind[order],
            roster_value=value[order],
        )
