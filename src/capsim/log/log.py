"""What an engine returns: the events of one replication as flat integer tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capsim.draws.luck import Luck
from capsim.plan.plan import Ints, Plan


def _no_orders() -> Ints:
    return np.zeros(0, dtype=np.int64)


OUTCOMES = ("open", "completed", "left", "turned_away")


@dataclass(frozen=True, eq=False)
class Log:
    """One replication, as integer (int64) tables.

    Calendar instants are ticks; `NONE` where it did not happen.

    Order: cases in case order; stays by (case, order of entry); visits by (stay, number).

    Attributes
    ----------
    case_left, case_exit : (cases,)
        Calendar instant of leaving (NONE: open) and number of the exit (-1: open). Cases that
        do not join before the horizon are not cases of the run: `case_seen` is 0 for them.
    stay_case, stay_stage, stay_nth : (stays,)
    stay_joined, stay_assigned, stay_started, stay_served, stay_ended : (stays,)
    stay_clock : (stays,)
        Calendar instant from which deadline and days to decision count; NONE without.
    stay_due : (stays,)
        Calendar instant at which the deadline expires; NONE without.
    stay_released : (stays,)
        Calendar instant at which the place of the stay was given back that had been kept for the
        next stage; NEVER if it still is, NONE if it was not kept.
    stay_late, stay_outcome, stay_worker, stay_visits, stay_lapsed : (stays,)
        LATE_*, OUTCOME_*, last worker (-1: none), visits done and lapsed.
    visit_stay, visit_number, visit_worker, visit_due : (visits,)
    visit_begin, visit_end, visit_work, visit_kind : (visits,)
        Due is a calendar instant; begin and end are *office* instants (NONE: not started, not ended
        before the horizon, or a partner's, which takes place when due); work is client seconds
        (-1: not started); kind is VISIT_*.
    place_case, place_worker, place_from, place_until : (places,)
        Every holding of a caseload place: from the assignment until it is given back (NONE: still
        held), calendar instants. Ordered by (case, from). A handed-over case has several.
    worker_worked, worker_idle : (workers,)
        Client seconds worked, and billionths of a client second available but idle.
    worker_visits, worker_caseload_max : (workers,)
        Visits held and finished; most open cases at once.
    worker_caseload : (workers,)
        Integral of open assigned cases over calendar ticks of employment.
    order_watch, order_on, order_off, order_came, order_went : (orders,)
        Orders of triggers in the order of their events: the watch, the calendar instants at which
        it was given and at which it ended, the *office* instants at which the reserve came and
        went. NONE: not before the horizon, or not at all. The roster of `luck` has the reserves.
    totals : dict, optional
        What an engine accumulated while it ran. `totals["values"]`: the measures, aligned with
        `capsim.measures.measure_keys(plan)`; without it they are computed from the tables.
    detail : str
        "full", or "measures" for a run that kept no tables (all of them are empty then).
    """

    plan: Plan
    luck: Luck
    case_seen: Ints
    case_left: Ints
    case_exit: Ints
    stay_case: Ints
    stay_stage: Ints
    stay_nth: Ints
    stay_joined: Ints
    stay_assigned: Ints
    stay_started: Ints
    stay_served: Ints
    stay_ended: Ints
    stay_clock: Ints
    stay_due: Ints
    stay_late: Ints
    stay_outcome: Ints
    stay_worker: Ints
    stay_visits: Ints
    stay_lapsed: Ints
    stay_released: Ints
    visit_stay: Ints
    visit_number: Ints
    visit_worker: Ints
    visit_due: Ints
    visit_begin: Ints
    visit_end: Ints
    visit_work: Ints
    visit_kind: Ints
    place_case: Ints
    place_worker: Ints
    place_from: Ints
    place_until: Ints
    worker_worked: Ints
    worker_idle: Ints
    worker_visits: Ints
    worker_caseload: Ints
    worker_caseload_max: Ints
    order_watch: Ints = field(default_factory=_no_orders)
    order_on: Ints = field(default_factory=_no_orders)
    order_off: Ints = field(default_factory=_no_orders)
    order_came: Ints = field(default_factory=_no_orders)
    order_went: Ints = field(default_factory=_no_orders)
    totals: dict[str, Any] | None = None
    detail: str = "full"
