"""Money of one run, from its full tables: the definition, written to be read.

Everything is a span of calendar time with a price for each unit of it (`capsim.plan.money`):

open_month, per_year
    From joining the stage to leaving it, waiting included; of a month the days open over its days,
    of a year those over its 365 or 366. Cases that are there when the run opens cost from then on.
post
    FTE employed; a vacancy has nobody, and costs nothing.
late_day
    A late stay has a day for each one begun since its deadline: at the deadline itself, and every
    24 hours of the calendar after it until it is judged, or until the end of the run. A day belongs
    to the date on which it begins; those from `late_most` on are free. Whoever left unjudged is
    not late.
exits
    On the day of leaving.
funding
    "open" as `per_year`, "exit" on the day of leaving plus `at_least`, unless the run ends before,
    times `share_kept`; "cost" a share of `open_month` that steps with each anniversary of joining.
    `joined` and anniversaries look at the stay that is paid for. An initial case whose date nobody
    knows joined at no date, so `joined` leaves it out; its steps count from the first day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capsim.kernels.codes import (
    FLOW_JOINED,
    FLOW_LATE,
    FLOW_OPEN,
    FLOW_RESERVE,
    INITIAL_AGELESS,
    LATE_YES,
    NEVER,
    NONE,
    NOT_INITIAL,
    UNTIL_START,
)
from capsim.log.clock import DayClock
from capsim.log.facts import initial_stays
from capsim.log.log import Log
from capsim.measures.presence import contracts
from capsim.measures.steps import integrals
from capsim.plan.money import Accounts
from capsim.plan.plan import Floats, Ints

__all__ = ["applications", "money_sums"]


@dataclass(frozen=True, eq=False)
class _Spans:
    """Spans of calendar time: inflow (how many there are: none), place, start, stop, weight."""

    inflow: Ints
    place: Ints
    start: Ints
    stop: Ints
    weight: Ints | int = 1


def money_sums(log: Log, accounts: Accounts) -> Floats:
    """(flows, inflows + 1, places, slices) whole ticks; of posts times thousandths of an FTE."""
    money = accounts.table
    n_flows, n_inflows, n_places, n_slices = accounts.shape
    result = np.zeros(accounts.shape)
    for flow in range(n_flows):
        if flow < money.stage[-1]:
            spans = _of_stage(log, accounts, flow)
        elif flow < money.exit[-1]:
            spans = _of_exit(log, accounts, flow)
        else:
            spans = _of_posts(log, accounts, flow)
        cell = spans.inflow * n_places + spans.place
        weight = np.broadcast_to(np.asarray(spans.weight, np.int64), cell.shape)
        found = integrals(cell, n_inflows * n_places, spans.start, spans.stop, weight, money.border)
        result[flow] = found.reshape(n_inflows, n_places, n_slices)
    return result


def applications(log: Log) -> Ints:
    """Calendar ticks at which the cases of the run applied, those of the first day left out."""
    is_new = (log.luck.initial == NOT_INITIAL) & (log.case_seen == 1)
    applied: Ints = log.luck.applied[is_new]
    return applied


def _of_stage(log: Log, accounts: Accounts, flow: int) -> _Spans:
    money, H = accounts.table, accounts.day_ticks
    stage = int(np.searchsorted(money.stage, flow, side="right")) - 1
    case = log.stay_case
    inflow, office, joined = log.luck.inflow[case], log.luck.office[case], log.stay_joined
    undated = (initial_stays(log) > 0) & (log.luck.initial[case] == INITIAL_AGELESS)
    told = np.where(undated, NONE, joined)
    low, high = money.joined[flow]
    mine = (log.stay_stage == stage) & (money.takes[flow, inflow] == 1)
    mine &= (told >= low) & (told < high)
    if money.what[flow] == FLOW_LATE:
        mine &= log.stay_late == LATE_YES
    elif money.what[flow] == FLOW_JOINED:
        mine &= initial_stays(log) == 0
    inflow, office, joined = inflow[mine], office[mine], joined[mine]
    end = DayClock.of(log.plan).end
    ended = log.stay_ended[mine]
    if money.what[flow] == FLOW_JOINED:
        day = joined // H
        return _Spans(inflow, office, day * H, (day + 1) * H)
    if money.what[flow] == FLOW_OPEN:
        stop = np.where(ended == NONE, end, ended)
        if money.end[flow] >= 0:
            stop = np.minimum(stop, _later(accounts, int(money.end[flow]), joined))
        begin = int(money.begin[flow])
        start = joined if begin < 0 else _later(accounts, begin, joined)
        return _Spans(inflow, office, start, stop)
    due, started = log.stay_due[mine], log.stay_started[mine]
    until = log.plan.profiles.until[log.plan.network.profile[office, inflow, stage]]
    judged = np.where((until == UNTIL_START) & (started != NONE), started, ended)
    days = np.where(judged == NONE, -((due - end) // H), (judged - due) // H + 1)
    first = due // H
    start = first + np.minimum(money.low[flow, inflow], days)
    stop = first + np.minimum(money.high[flow, inflow], days)
    return _Spans(inflow, office, start * H, stop * H)


def _of_exit(log: Log, accounts: Accounts, flow: int) -> _Spans:
    money, H = accounts.table, accounts.day_ticks
    way = int(np.searchsorted(money.exit, flow, side="right")) - 1
    left, inflow = log.case_left, log.luck.inflow
    mine = (left != NONE) & (log.case_exit == way) & (money.takes[flow, inflow] == 1)
    end = DayClock.of(log.plan).end
    begin = int(money.begin[flow])
    paid = left[mine]
    paid = np.minimum(paid, end - 1) if begin < 0 else _later(accounts, begin, paid)
    day = paid // H
    return _Spans(inflow[mine], log.luck.office[mine], day * H, (day + 1) * H)


def _of_posts(log: Log, accounts: Accounts, flow: int) -> _Spans:
    money, luck = accounts.table, log.luck
    team = int(np.searchsorted(money.team, flow, side="right")) - 1
    clock = DayClock.of(log.plan)
    worker, hired, left, fte = contracts(luck, clock.calendar(luck.roster_time), clock.end)
    copy = luck.worker_copy[worker]
    mine = money.copy_team[copy] == team
    in_reserve = luck.worker_hired[worker] == NEVER
    if money.what[flow] != FLOW_OPEN:
        mine &= in_reserve == (money.what[flow] == FLOW_RESERVE)
    nobody = np.full(int(mine.sum()), len(accounts.inflows))
    return _Spans(nobody, money.copy_place[copy[mine]], hired[mine], left[mine], fte[mine])


def _later(accounts: Accounts, row: int, instant: Ints) -> Ints:
    """The same second of the day that lies some time after an instant."""
    money, H = accounts.table, accounts.day_ticks
    column = np.clip(instant // H + money.before, 0, money.step.shape[1] - 1)
    later: Ints = money.step[row, column] * H + instant % H
    return later
