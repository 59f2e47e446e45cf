"""Who is in the reserves of a replication, and its roster once a run has called them."""

from __future__ import annotations

import numpy as np

from capsim.draws.luck import Luck
from capsim.plan.plan import Ints, Plan

__all__ = ["called", "reserve_of"]


def reserve_of(plan: Plan, luck: Luck) -> Ints:
    """Workers in the reserve of each watch.

    Returns
    -------
    (seats, 2) int64
        Watch and worker, in the order of watches and seats.
    """
    tables = plan.watches
    if not len(tables.reserve_watch):
        return np.zeros((0, 2), dtype=np.int64)
    seats = zip(luck.worker_copy.tolist(), luck.worker_seat.tolist(), strict=True)
    holder = {seat: worker for worker, seat in enumerate(seats)}
    rows = [
        (watch, holder[copy, seat])
        for watch, copy, seat in zip(
            tables.reserve_watch.tolist(),
            tables.reserve_copy.tolist(),
            tables.reserve_seat.tolist(),
            strict=True,
        )
    ]
    return np.array(rows, dtype=np.int64)


def called(plan: Plan, luck: Luck, watch: Ints, came: Ints, went: Ints) -> Luck:
    """The luck with the roster that a run had: its reserves came and went as they were called.

    Parameters
    ----------
    plan, luck : Plan, Luck
    watch, came, went : (orders,)
        Watch of each order, and the office ticks; NONE: they never did.
    """
    if not len(watch):
        return luck
    reserve = reserve_of(plan, luck)
    order, row = np.nonzero(watch[:, None] == reserve[None, :, 0])
    return luck.with_reserves(reserve[row, 1], came[order], went[order])
