"""The log of a run that is over, from the rows of its cases and workers."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from capsim.draws.luck import Luck
from capsim.draws.reserves import called
from capsim.engines.reference.case import Case
from capsim.engines.reference.record import OrderRow
from capsim.engines.reference.team import Worker
from capsim.kernels.codes import NONE
from capsim.log import Log
from capsim.plan.plan import Plan


def write_log(
    plan: Plan,
    luck: Luck,
    cases: list[Case],
    workers: list[Worker[Case]],
    orders: list[OrderRow],
) -> Log:
    """The rows of all cases, workers and orders as the tables of a `Log`."""
    n = len(luck.applied)
    seen, left, exits = np.zeros(n, np.int64), np.full(n, NONE), np.full(n, -1)
    stays: list[tuple[int, ...]] = []
    visits: list[tuple[int, ...]] = []
    places: list[tuple[int, ...]] = []
    for case in cases:
        seen[case.number] = 1
        left[case.number] = case.left
        exits[case.number] = case.exit
        for stay in case.stays:
            visits += [(len(stays), *_VISIT(visit)) for visit in stay.visits]
            stays.append((case.number, *_STAY(stay)))
        places += [(case.number, *_PLACE(place)) for place in case.places]
    ordered = _columns("order", _ORDER_COLUMNS, [_ORDER(order) for order in orders])
    watch, came, went = (ordered[f"order_{name}"] for name in ("watch", "came", "went"))
    return Log(
        plan,
        called(plan, luck, watch, came, went),
        case_seen=seen,
        case_left=left,
        case_exit=exits,
        **_columns("stay", _STAY_COLUMNS, stays),
        **_columns("visit", _VISIT_COLUMNS, visits),
        **_columns("place", "case worker from until", places),
        **_columns("worker", _WORKER_COLUMNS, [_WORKER(worker) for worker in workers]),
        **ordered,
    )


_STAY_COLUMNS = (
    "case stage nth joined assigned started served ended clock due late outcome worker"
    " visits lapsed released"
)
_STAY = attrgetter(*_STAY_COLUMNS.replace("visits", "done").split()[1:])
_VISIT_COLUMNS = "stay number worker due begin end work kind"
_VISIT = attrgetter(*_VISIT_COLUMNS.split()[1:])
_PLACE = attrgetter("worker", "since", "until")
_WORKER_COLUMNS = "worked idle visits caseload caseload_max"
_WORKER = attrgetter(*_WORKER_COLUMNS.split())
_ORDER_COLUMNS = "watch on off came went"
_ORDER = attrgetter(*_ORDER_COLUMNS.split())


def _columns(prefix: str, names: str, rows: list[tuple[int, ...]]) -> dict[str, Any]:
    columns = names.split()
    table = np.array(rows, dtype=np.int64).reshape(len(rows), len(columns)).T
    return {
        f"{prefix}_{name}": np.ascontiguousarray(column)
        for name, column in zip(columns, table, strict=True)
    }
