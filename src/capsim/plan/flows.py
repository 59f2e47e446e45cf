"""What costs money and what pays, as flows: spans of time that have a price for each unit of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from capsim.kernels.codes import (
    FLOW_JOINED,
    FLOW_LATE,
    FLOW_OPEN,
    FLOW_RESERVE,
    FLOW_USUAL,
    NEVER,
)  # fmt: skip
from capsim.plan.plan import Plan
from capsim.scenario.tables.money import Funding, Joined
from capsim.scenario.units import Duration

__all__ = ["DAY", "MONTH", "YEAR", "Flow", "Item", "flows_of", "group_of"]

DAY, MONTH, YEAR = range(3)
"""Units of time that have a price."""
_STEPS = {"month": 1, "quarter": 3, "year": 12}


class Item(NamedTuple):
    """What is paid, or paid for."""

    name: str
    """Path of a price below `costs`, or name of a rule of funding."""
    kind: str
    """"cost", "funding", or "joined" and "covered" for those who join, and who do in time."""
    team: str | None
    """Team whose posts it pays."""


@dataclass
class Flow:
    """One line of prices; `price` is by inflow, NaN for those without."""

    item: int
    unit: int
    of: int
    price: list[float]
    what: int = FLOW_OPEN
    low: list[int] = field(default_factory=list)
    """Late days: first one that has this price, by inflow."""
    high: list[int] = field(default_factory=list)
    joined: tuple[int, int] = (-NEVER, NEVER)
    begin: Duration | None = None
    """Time after joining, or after leaving, from which it runs."""
    end: Duration | None = None
    share: float = 1.0


def flows_of(plan: Plan) -> tuple[list[Item], list[Flow]]:
    """What a plan pays and is paid for, costs in the order of the scenario first."""
    items: list[Item] = []
    flows: list[Flow] = []
    costs = plan.scenario.costs
    for team, own in costs.teams.items():
        if own.post is not None:
            items.append(Item(f"teams.{team}.post", "cost", team))
            number = plan.teams.index(team)
            what = FLOW_OPEN if own.reserve is None else FLOW_USUAL
            flows.append(Flow(len(items) - 1, YEAR, number, [own.post], what))
        if own.reserve is not None and team in plan.scenario.reserved_teams:
            items.append(Item(f"teams.{team}.reserve", "cost", team))
            number = plan.teams.index(team)
            flows.append(Flow(len(items) - 1, YEAR, number, [own.reserve], FLOW_RESERVE))
    for stage in costs.priced_stages:
        number = plan.stages.index(stage)
        prices = [costs.of_stage(stage, inflow) for inflow in plan.inflows]
        late = [_number(one.late_day) for one in prices]
        if not np.isnan(late).all():
            items.append(Item(f"stages.{stage}.late_day", "cost", None))
            most = [math.inf if one.late_most is None else one.late_most for one in prices]
            flows += _late(len(items) - 1, number, late, most)
        month = [_number(one.open_month) for one in prices]
        if not np.isnan(month).all():
            items.append(Item(f"stages.{stage}.open_month", "cost", None))
            flows.append(Flow(len(items) - 1, MONTH, number, month))
    for way in costs.priced_exits:
        if way in plan.exits:
            items.append(Item(f"exits.{way}", "cost", None))
            amounts = [_number(costs.of_exit(way, inflow)) for inflow in plan.inflows]
            flows.append(Flow(len(items) - 1, DAY, plan.exits.index(way), amounts))
    for name, funding in plan.scenario.funding.items():
        items.append(Item(name, "funding", None))
        flows += _funded(plan, len(items) - 1, funding)
    for name, funding in plan.scenario.funding.items():
        for kind in ("joined", "covered") if funding.joined is not None else ():
            items.append(Item(name, kind, None))
            flows += _joiners(plan, len(items) - 1, funding, kind == "covered")
    return items, flows


def _joiners(plan: Plan, item: int, funding: Funding, covered: bool) -> Iterator[Flow]:
    """Those who join a stage that is paid for, or of them those who do in its window."""
    window = _joined(plan, funding.joined if covered else None)
    counts = [funding.inflows is None or name in funding.inflows for name in plan.inflows]
    priced = plan.scenario.costs.priced_stages
    for name in (funding.stage,) if funding.stage is not None else priced:
        one = [1.0 if counted else math.nan for counted in counts]
        yield Flow(item, DAY, plan.stages.index(name), one, FLOW_JOINED, joined=window)


def _number(price: float | None) -> float:
    return math.nan if price is None else price


def _late(item: int, stage: int, price: Sequence[float], most: Sequence[float]) -> Iterator[Flow]:
    """Days at the full price, then the one that reaches the most."""
    full, rest = [], []
    for each, limit in zip(price, most, strict=True):
        if math.isnan(each) or each == 0 or math.isinf(limit):
            full.append(NEVER)
            rest.append(math.nan)
        else:
            full.append(math.floor(limit / each + 1e-12))
            rest.append(max(limit - full[-1] * each, 0.0))
    yield Flow(item, DAY, stage, list(price), FLOW_LATE, [0] * len(full), full)
    if any(one > 0 for one in rest):
        after = [min(one + 1, NEVER) for one in full]
        last = [one if one > 0 else math.nan for one in rest]
        yield Flow(item, DAY, stage, last, FLOW_LATE, full, after)


def _funded(plan: Plan, item: int, funding: Funding) -> Iterator[Flow]:
    counts = [funding.inflows is None or name in funding.inflows for name in plan.inflows]
    joined = _joined(plan, funding.joined)
    years = None if funding.years is None else Duration(round(12 * funding.years), "months")
    if funding.kind == "open":
        assert funding.stage is not None
        assert funding.per_year is not None
        price = [funding.per_year if one else math.nan for one in counts]
        stage = plan.stages.index(funding.stage)
        yield Flow(item, YEAR, stage, price, joined=joined, end=years)
    elif funding.kind == "exit":
        assert funding.exit is not None
        assert funding.amount is not None
        if funding.exit not in plan.exits:
            return
        price = [funding.amount if one else math.nan for one in counts]
        way = plan.exits.index(funding.exit)
        kept = 1.0 if funding.share_kept is None else funding.share_kept
        yield Flow(item, DAY, way, price, begin=funding.at_least, share=kept)
    else:
        assert funding.shares is not None
        each = _STEPS[funding.per or "year"]
        costs = plan.scenario.costs
        for name in costs.priced_stages if funding.stage is None else [funding.stage]:
            months = [
                _number(costs.of_stage(name, inflow).open_month) if one else math.nan
                for inflow, one in zip(plan.inflows, counts, strict=True)
            ]
            if np.isnan(months).all():
                continue
            stage = plan.stages.index(name)
            for first, last, share in _pieces(funding.shares, each, years):
                yield Flow(
                    item, MONTH, stage, months, joined=joined, begin=first, end=last, share=share
                )


def _pieces(
    shares: Sequence[float], each: int, until: Duration | None
) -> Iterator[tuple[Duration | None, Duration | None, float]]:
    """Begin, end and share of the steps of a stay; equal neighbours are one."""
    end = None if until is None else until.months
    begin = 0
    for k, share in enumerate(shares):
        last = k + 1 == len(shares)
        stop = end if last else (k + 1) * each if end is None else min((k + 1) * each, end)
        if not last and shares[k + 1] == share:
            continue
        if share > 0 and (stop is None or stop > begin):
            yield (
                Duration(begin, "months") if begin else None,
                None if stop is None else Duration(stop, "months"),
                share,
            )
        begin = begin if stop is None else stop


def _joined(plan: Plan, window: Joined | None) -> tuple[int, int]:
    """Calendar ticks between which a case must have joined."""
    if window is None:
        return -NEVER, NEVER
    low, high = (
        None if date is None else (date - plan.scenario.start).days * plan.time.day_ticks
        for date in (window.from_, window.until)
    )
    # One whose date is not known joined at no time: `NEVER` to the left of every date.
    return (-NEVER + 1 if low is None else low), (NEVER if high is None else high)


def group_of(item: Item, flow: Flow) -> int:
    """Flows of stages come first, then those of exits, then those of teams."""
    if item.team is not None:
        return 2
    return int(flow.unit == DAY and flow.what == FLOW_OPEN)
