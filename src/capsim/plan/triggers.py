"""Triggers: what is counted on Mondays, and the seats that are switched on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capsim.kernels.codes import (
    WATCH_NOTHING,
    WATCH_OPEN,
    WATCH_PENDING,
    WATCH_PLACES,
    WATCH_STAYS,
    WATCH_WAITING,
)
from capsim.kernels.tables import Staff, Watches
from capsim.plan.copies import Copies
from capsim.plan.plan import Ints
from capsim.plan.timetable import Timetable
from capsim.scenario.model import Scenario
from capsim.scenario.tables.copies import largest_remainder
from capsim.scenario.tables.triggers import SIGNS, Trigger, condition_of

__all__ = ["Watch", "compile_watches", "watches_of"]

_OF_STAGES = {"waiting": WATCH_WAITING, "open": WATCH_OPEN, "pending": WATCH_PENDING}


@dataclass(frozen=True)
class Watch:
    """A trigger as it looks at some offices.

    Attributes
    ----------
    name, label : str
        Trigger, and what its offices are called together.
    trigger : Trigger
    offices : tuple of str
        Those that it counts.
    seats : tuple of tuple
        Team copy, number of seats there, FTE of each.
    """

    name: str
    label: str
    trigger: Trigger
    offices: tuple[str, ...]
    seats: tuple[tuple[int, int, float], ...]


def watches_of(scenario: Scenario, copies: Copies) -> list[Watch]:
    """The watches of all triggers: one a copy of the team that changes, or one for all offices."""
    result = []
    for name, trigger in scenario.triggers.items():
        change = trigger.change
        own = [c for c, team in enumerate(copies.teams) if team == change.team]
        if not trigger.of_all:
            for c in own:
                n, each = copies.settings[c].seats(change.add)
                result.append(
                    Watch(name, copies.names[c], trigger, copies.members[c], ((c, n, each),))
                )
            continue
        n, each = scenario.teams[change.team].seats(change.add)
        shares = scenario.office_shares
        weights = [sum(shares[office] for office in copies.members[c]) for c in own]
        seats = tuple(
            (c, part, each)
            for c, part in zip(own, largest_remainder(n, weights), strict=True)
            if part
        )
        result.append(Watch(name, "all", trigger, scenario.office_names, seats))
    return result


def compile_watches(
    scenario: Scenario, times: Timetable, copies: Copies, staff: Staff, watches: Sequence[Watch]
) -> Watches:
    """The watches, as the engines read them.

    A Monday on which the service is closed is counted on the next open day.
    """
    n = len(watches)
    stages, offices = scenario.stage_names, scenario.office_names
    what = np.full((n, 2), WATCH_NOTHING)
    of, sign = np.zeros((n, 2), dtype=np.int64), np.zeros((n, 2), dtype=np.int64)
    level = np.zeros((n, 2))
    counted = np.zeros((n, len(offices)), dtype=np.int64)
    loaded = np.zeros((n, 2, len(copies.names)), dtype=np.int64)
    for w, watch in enumerate(watches):
        counted[w] = [office in watch.offices for office in offices]
        for k, text in enumerate((watch.trigger.when, watch.trigger.until)):
            if text is None:
                continue
            condition = condition_of(text)
            sign[w, k], level[w, k] = SIGNS.index(condition.sign), condition.level
            if not condition.is_of_team:
                what[w, k] = _OF_STAGES[condition.quantity]
                of[w, k] = stages.index(condition.of)
                continue
            served = [one for one in scenario.stages.values() if one.team == condition.of]
            by_place = any(one.caseworker for one in served)
            what[w, k] = WATCH_PLACES if by_place else WATCH_STAYS
            for office in watch.offices:
                loaded[w, k, copies.number[office, condition.of]] = 1
    triggers = [watch.trigger for watch in watches]
    reserve = np.flatnonzero(staff.seat_reserve >= 0)
    reserve = reserve[np.argsort(staff.seat_reserve[reserve], kind="stable")]
    leads = [one.change.lead for one in triggers]
    return Watches(
        count=_counts(times) if n else np.zeros(0, dtype=np.int64),
        what=what.astype(np.int64),
        of=of,
        sign=sign,
        level=level,
        offices=counted,
        copies=loaded,
        mondays=np.array([one.mondays for one in triggers], dtype=np.int64),
        lead=np.array([0 if lead is None else times.ticks(lead) for lead in leads], dtype=np.int64),
        most=np.array(
            [0 if one.at_most is None else times.ticks(one.at_most) for one in triggers],
            dtype=np.int64,
        ),
        reserve_watch=staff.seat_reserve[reserve],
        reserve_copy=staff.seat_copy[reserve],
        reserve_seat=staff.seat_number[reserve],
    )


def _counts(times: Timetable) -> Ints:
    """Office instants at which the Mondays of the run are counted."""
    first = -times.start.weekday() % 7
    days = np.arange(first, times.n_days, 7)
    instants: Ints = times.office_day[days] * times.day_ticks
    return instants[instants < times.horizon].astype(np.int64)
