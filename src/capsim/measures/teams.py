"""Measures of teams and of their copies; `capsim.measures.reference` says what they are."""

from __future__ import annotations

import numpy as np

from capsim.catalogue.measures import TEAM_MEASURES
from capsim.catalogue.rows import caseworker_teams
from capsim.kernels.codes import NEVER, NONE
from capsim.log.log import Log
from capsim.measures.presence import NANO, Hours, contracts, places_there, presence
from capsim.measures.stays import Stays, ratio
from capsim.measures.steps import overlap, peaks, totals
from capsim.plan.plan import Floats, Ints
from capsim.plan.windows import Window

__all__ = ["team_measures"]


def team_measures(log: Log, window: Window) -> Floats:
    """Dense array (teams + copies, measures)."""
    plan, luck = log.plan, log.luck
    s = Stays(log, window)
    n_teams, n_copies = len(plan.teams), len(plan.copy_names)
    length = float(max(s.high - s.low, 1))
    copy = plan.network.stage_copy[s.office, s.stage]

    def over_copies(group: Ints, start: Ints, stop: Ints, weight: Ints | int = 1) -> Floats:
        return totals(group, n_copies, weight * overlap(start, stop, s.low, s.high))

    contract_spans = contracts(luck, s.clock.calendar(luck.roster_time), s.run_end)
    worker, hired, left, fte = contract_spans
    of_places = plan.copies.of_places == 1
    employed = over_copies(luck.worker_copy[worker], hired, left)
    contract = over_copies(luck.worker_copy[worker], hired, left, fte)
    weight = plan.network.inflow_weight
    place_copy = luck.worker_copy[log.place_worker]
    held = log.place_until == NONE
    place_until = np.where(held, s.run_end, log.place_until)
    by_place = np.array(caseworker_teams(plan))[plan.copies.team]
    place_weight = np.where(of_places[place_copy], 1000, weight[luck.inflow[log.place_case]])
    cases = np.where(
        by_place,
        over_copies(place_copy, log.place_from, place_until),
        over_copies(copy, s.joined, s.end),
    )
    weighted = np.where(
        by_place,
        over_copies(place_copy, log.place_from, place_until, place_weight),
        over_copies(copy, s.joined, s.end, weight[s.inflow]),
    )
    n_workers = len(luck.worker_copy)
    most = peaks(
        log.place_worker,
        n_workers,
        s.clock.office(log.place_from),
        np.where(held, NEVER, s.clock.office(log.place_until)),
        s.office_low,
        s.office_high,
    )
    peak = np.zeros(n_copies)
    np.maximum.at(peak, luck.worker_copy, most)
    hours = Hours.of(
        presence(luck, plan.copies.share, plan.time.horizon),
        n_workers,
        (log.visit_worker, log.visit_begin, log.visit_end, log.visit_work),
        plan.time.horizon,
    )
    low, high = (
        int(plan.time.office_day[day]) * plan.time.day_ticks for day in (window.low, window.high)
    )
    worked = (hours.worked(high) - hours.worked(low)).astype(np.float64)
    idle = (hours.idle(high) - hours.idle(low)) / NANO
    hours_worked = np.bincount(luck.worker_copy, worked, n_copies).astype(np.float64)
    hours_idle = np.bincount(luck.worker_copy, idle, n_copies).astype(np.float64)
    if of_places.any():
        there = places_there(
            contract_spans,
            (log.place_worker, log.place_from, place_until),
            plan.copies.of_places[luck.worker_copy],
        )
        hours_worked = np.where(of_places, weighted, hours_worked)
        spare = over_copies(luck.worker_copy[there[0]], *there[1:]) - weighted
        hours_idle = np.where(of_places, spare, hours_idle)
        employed = np.where(of_places, contract // 1000, employed)
    queue = over_copies(np.where(s.queued, copy, -1), s.joined, s.wait_end)

    def teams_then_copies(values: Floats) -> Floats:
        """Sums over the copies of each team, before any division: the kernels add in this order."""
        return np.concatenate([np.bincount(plan.copies.team, values, n_teams), values])

    team_peak = np.zeros(n_teams)
    np.maximum.at(team_peak, plan.copies.team, peak)
    used = teams_then_copies(hours_worked)
    values = {
        "caseload_per_worker": ratio(teams_then_copies(cases), teams_then_copies(employed)),
        "caseload_per_fte": ratio(teams_then_copies(weighted), teams_then_copies(contract)),
        "caseload_peak": np.concatenate([team_peak, peak]),
        "utilization": ratio(used, used + teams_then_copies(hours_idle)),
        "queue_mean": teams_then_copies(queue) / length,
    }
    names = [record.name for record in TEAM_MEASURES]
    return np.stack([values[name] for name in names], axis=-1)
