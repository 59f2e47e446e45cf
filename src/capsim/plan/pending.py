"""Which stages decide, and from where they can be reached."""

from __future__ import annotations

import numpy as np

from capsim.plan.plan import Ints, Plan

__all__ = ["deciding_stages", "ways_to"]


def deciding_stages(plan: Plan) -> list[int]:
    """Stages whose clock runs for some inflow: those with a deadline or a decision."""
    clock = plan.profiles.clock[plan.network.profile]
    return np.flatnonzero((clock >= 0).any(axis=(0, 1))).tolist()


def ways_to(plan: Plan, stages: list[int]) -> Ints:
    """Whether a case that is in a stage can still come to, or is in, each of the given stages.

    Returns
    -------
    (given stages, offices, inflows, stages) int64
        1 where it can.
    """
    n_offices, n_inflows, n_stages = plan.network.profile.shape
    result = np.zeros((len(stages), n_offices, n_inflows, n_stages), np.int64)
    made: dict[bytes, Ints] = {}
    for o in range(n_offices):
        for i in range(n_inflows):
            row = plan.network.profile[o, i]
            key = row.tobytes()
            if key not in made:
                made[key] = _ways(plan, row, stages)
            result[:, o, i] = made[key]
    return result


def _ways(plan: Plan, row: Ints, stages: list[int]) -> Ints:
    into: dict[int, list[int]] = {}
    for s, p in enumerate(row.tolist()):
        first, n = int(plan.profiles.route_first[p]), int(plan.profiles.route_n[p])
        ways = [*plan.rules.route_to[first : first + n].tolist()]
        ways += [int(plan.profiles.if_left[p]), int(plan.profiles.if_turned_away[p])]
        for way in ways:
            if way >= 0:
                into.setdefault(way, []).append(s)
    result = np.zeros((len(stages), len(row)), np.int64)
    for z, stage in enumerate(stages):
        to_see = [stage]
        while to_see:
            s = to_see.pop()
            if result[z, s] == 0:
                result[z, s] = 1
                to_see += into.get(s, [])
    return result
