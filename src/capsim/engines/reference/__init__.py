"""The reference engine: SimPy, one process per applicant, written to be read.

Read in this order, in which each file knows only those before it:

* `clock`, the two clocks; `record`, the rows that are written down; `waiting`, a list;
* `team`, workers and who waits for them; `surroundings`, all that cases share;
* `case`, the life of an applicant;
* `policies`, the rules that a user may bring along; `settling`, who is taken next;
* `triggers`, plans that react; `strain`, leaving that rises with the load;
* `verifying`, a self-check, and `writing`, the log;
* `service`, the order of events and what follows from each.

The contract that all of it keeps is the docstring of `capsim.engines`; rules are cited by their
number and heading there.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from capsim.draws.luck import Luck
from capsim.engines.reference.policies import (
    AssignRule,
    CaseView,
    ChooseRule,
    EntryView,
    Policies,
    TeamView,
    WorkerView,
)
from capsim.engines.reference.service import Service
from capsim.log import Log
from capsim.plan import Plan

__all__ = ["AssignRule", "CaseView", "ChooseRule", "EntryView", "TeamView", "WorkerView", "run"]


def run(
    plan: Plan,
    luck: Luck,
    *,
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
) -> Log:
    """The log of one replication.

    Parameters
    ----------
    plan : Plan
        From `capsim.plan.compile_plan`.
    luck : Luck
        From `capsim.draws.deal`, for that plan.
    assign : callable, optional
        Instead of rule 12 (assignment): `assign(team, case, workers)` gives one of the workers, or
        None.
    choose : callable, optional
        Instead of rule 10 (starts): `choose(team, entries)` gives one of the entries, or None.

    Returns
    -------
    Log
        Without `totals`; everything else to the last integer what any other engine gives.
    """
    service = Service(plan, luck, Policies(assign, choose))
    if assign is not None or choose is not None:
        return service.run()  # rules of others may leave garbage behind at every call
    with _garbage_left():
        return service.run()


@contextmanager
def _garbage_left() -> Iterator[None]:
    """Collect no garbage meanwhile.

    Processes and events of SimPy refer to each other, and live until the end of the run: looking
    through all of them again and again finds next to nothing, takes up to half of the time, and
    makes it grow faster than the number of applicants. The peak of memory is the same.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
