"""Prices and rules of funding as flat tables, and what they make of a replication.

Whatever costs money is a *flow*: spans of time that have a price for each unit of time. Open files
and posts are spans as they are; a late day is a span of one calendar day, the day in which it
begins; an exit is one day, that of the payment. Kernel and reference add up spans, in whole ticks,
by flow, inflow, place and slice of the calendar; `Accounts.amounts` turns these sums into money.
So engines agree to the last bit.

Slices begin with every month, and wherever a window or a period begins or ends; in each of them a
day is the same part of its month, and of its year.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.codes import (
    FLOW_JOINED,
    FLOW_LATE,
    FLOW_OPEN,
    FLOW_RESERVE,
    FLOW_USUAL,
    NEVER,
)  # fmt: skip
from capsim.kernels.tables import Money
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import PLAIN, Ask, Window, periods, windows_of
from capsim.scenario.money import Funding, Joined
from capsim.scenario.units import Duration

__all__ = ["Accounts", "Item", "Leaf", "accounts_of"]

DAY, MONTH, YEAR = range(3)
"""Units of time that have a price."""
_STEPS = {"month": 1, "quarter": 3, "year": 12}
_ALL = "all"


class Item(NamedTuple):
    """What is paid, or paid for."""

    name: str
    """Path of a price below `costs`, or name of a rule of funding."""
    kind: str
    """"cost", "funding", or "joined" and "covered" for those who join, and who do in time."""
    team: str | None
    """Team whose posts it pays."""


class Leaf(NamedTuple):
    """An amount of a replication that is no sum of others."""

    item: int
    inflow: int
    """Number of the inflow, or how many there are: of no inflow."""
    place: int
    """Number of the office, then of the copies that serve several."""
    period: int


@dataclass
class _Flow:
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


@dataclass(frozen=True, eq=False)
class Accounts:
    """The money of a plan.

    Attributes
    ----------
    items : tuple of Item
        Costs in the order of the scenario, then funding.
    inflows, places : tuple of str
        Places are the offices, then the copies of teams that serve several of them.
    windows : tuple of Window
        Those in which `cost_total` and its like are measured: windows that are time.
    periods : tuple of Window
        Those of a study that wants money by period.
    leaves : tuple of Leaf
        What is told by period.
    table : Money
        For kernels.
    """

    items: tuple[Item, ...]
    inflows: tuple[str, ...]
    places: tuple[str, ...]
    windows: tuple[Window, ...]
    periods: tuple[Window, ...]
    leaves: tuple[Leaf, ...]
    table: Money
    price: Floats
    """(flows, inflows + 1) of a unit."""
    flow_item: Ints
    units: Floats
    """(flows, slices) days of the unit that has the price; of posts a thousand times as many."""
    day_ticks: int
    has_costs: bool
    has_funding: bool

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Flows, inflows and none, places, slices."""
        return (*self.price.shape, len(self.places), len(self.table.border) - 1)

    def values(self, sums: Ints | Floats, applied: Ints) -> Floats:
        """Values of the rows: those of the windows, then the leaves.

        A window has costs, funding, costs for a case, and for each rule with a window of its own
        the share of people whom that covers.

        Parameters
        ----------
        sums : (flows, inflows + 1, places, slices)
            Whole ticks by flow; those of posts are times thousandths of an FTE.
        applied : (cases,)
            Calendar ticks of the applications of all cases that are not of the first day, in order.
        """
        flows = sums * self.price[:, :, None, None]
        flows /= self._divisor
        by_slice = flows.sum(axis=(1, 2))
        before = np.searchsorted(applied, self._ticks).tolist()
        values = np.empty(len(self.windows) * self.width + len(self.leaves))
        for w, (low, high) in enumerate(self._of_window):
            here = by_slice[:, low:high].sum(axis=1)
            cases = before[2 * w + 1] - before[2 * w]
            total = here[self._of_kind("cost")].sum()
            row = values[w * self.width : (w + 1) * self.width]
            row[0] = total
            row[1] = here[self._of_kind("funding")].sum()
            row[2] = total / cases if cases else math.nan
            for k, name in enumerate(self.windowed):
                joined = here[self._of_kind("joined", name)].sum()
                covered = here[self._of_kind("covered", name)].sum()
                row[3 + k] = covered / joined if joined else math.nan
        if self.leaves:
            parts = [flows[..., low:high].sum(axis=3) for low, high in self._of_period]
            by_item = np.zeros((len(self.items), *flows.shape[1:3], len(parts)))
            for k, part in enumerate(parts):
                np.add.at(by_item[..., k], self.flow_item, part)
            values[len(self.windows) * self.width :] = by_item.reshape(-1)[self._where]
        return values

    @cached_property
    def _divisor(self) -> Floats:
        return (self.units * self.day_ticks)[:, None, None, :]

    @cached_property
    def _masks(self) -> dict[tuple[str, str | None], NDArray[np.bool_]]:
        return {}

    def _of_kind(self, kind: str, name: str | None = None) -> NDArray[np.bool_]:
        """(flows,) which are of items of a kind, and of a name."""
        if (kind, name) not in self._masks:
            mine = [item.kind == kind and name in (None, item.name) for item in self.items]
            self._masks[kind, name] = np.array(mine, np.bool_)[self.flow_item]
        return self._masks[kind, name]

    @cached_property
    def windowed(self) -> tuple[str, ...]:
        """Rules of funding that hold only for those who join at some time."""
        return tuple(item.name for item in self.items if item.kind == "covered")

    @property
    def width(self) -> int:
        """Values of a window."""
        return 3 + len(self.windowed)

    @cached_property
    def _ticks(self) -> Ints:
        days = [day for one in self.windows for day in (one.low, one.high)]
        return np.array(days, np.int64) * self.day_ticks

    @cached_property
    def _of_window(self) -> list[tuple[int, int]]:
        return [self._slices(one) for one in self.windows]

    @cached_property
    def _of_period(self) -> list[tuple[int, int]]:
        return [self._slices(one) for one in self.periods]

    def _slices(self, window: Window) -> tuple[int, int]:
        days = self.table.border // self.day_ticks
        low, high = np.searchsorted(days, [window.low, window.high]).tolist()
        return low, high

    @cached_property
    def _where(self) -> Ints:
        """Places of the leaves among items, inflows, places and periods."""
        shape = (len(self.items), *self.shape[1:3], len(self.periods))
        found: Ints = np.ravel_multi_index(tuple(np.array(self.leaves, np.int64).T), shape)
        return found


_made: WeakKeyDictionary[Plan, dict[Ask, Accounts | None]] = WeakKeyDictionary()


def accounts_of(plan: Plan, ask: Ask = PLAIN) -> Accounts | None:
    """The money of a plan, made once for what a study asks; None if nothing costs anything."""
    made = _made.setdefault(plan, {})
    if ask not in made:
        made[ask] = _make(plan, ask) if plan.scenario.has_money else None
    return made[ask]


def _make(plan: Plan, ask: Ask) -> Accounts:
    scenario, H = plan.scenario, plan.time.day_ticks
    n_days, start = plan.time.n_days, scenario.start
    windows = tuple(one for one in windows_of(scenario, ask) if is_time(one))
    told = tuple(periods(start, 0, n_days, ask.money)) if ask.money is not None else ()
    days = _borders(start, n_days, (*windows, *told))
    items, flows = _flows(plan)
    flows.sort(key=lambda flow: (_order(items[flow.item], flow), flow.of))
    copies = [name for name in dict.fromkeys(plan.copy_names) if name not in plan.offices]
    places = (*plan.offices, *copies)
    steps = _Steps(start, n_days)
    rows = [(steps.row(flow.begin), steps.row(flow.end)) for flow in flows]
    posts = [items[flow.item].team is not None for flow in flows]
    n = len(plan.inflows)
    price = np.zeros((len(flows), n + 1))
    takes = np.zeros((len(flows), n), np.int64)
    for number, flow in enumerate(flows):
        if posts[number]:
            price[number, n] = flow.price[0]
        else:
            takes[number] = ~np.isnan(flow.price)
            price[number, :n] = np.nan_to_num(flow.price) * flow.share
    of_day = np.searchsorted(days, np.arange(n_days + 1), side="right") - 1
    table = Money(
        border=days * H,
        of_day=np.minimum(of_day, len(days) - 2),
        stage=_first(flows, len(plan.stages), [_order(items[f.item], f) == 0 for f in flows]),
        exit=_first(flows, len(plan.exits), [_order(items[f.item], f) == 1 for f in flows]),
        team=_first(flows, len(plan.teams), posts),
        takes=takes,
        what=np.array([flow.what for flow in flows]),
        low=np.array([flow.low or [0] * n for flow in flows]).reshape(-1, n),
        high=np.array([flow.high or [0] * n for flow in flows]).reshape(-1, n),
        joined=np.array([flow.joined for flow in flows]).reshape(-1, 2),
        begin=np.array([row for row, _ in rows]),
        end=np.array([row for _, row in rows]),
        step=steps.table(),
        before=steps.before,
        until=plan.profiles.until[plan.network.profile],
        copy_team=plan.copies.team,
        copy_place=np.array([places.index(name) for name in plan.copy_names]),
    )
    table = Money(**{name: _fixed(column) for name, column in table._asdict().items()})
    return Accounts(
        items=tuple(items),
        inflows=tuple(plan.inflows),
        places=places,
        windows=windows,
        periods=told,
        leaves=tuple(_leaves(plan, items, flows, posts, takes, places, len(told))),
        table=table,
        price=price,
        flow_item=np.array([flow.item for flow in flows], np.int64),
        units=np.array(
            [
                _unit_days(flow.unit, start, days[:-1]) * (1000 if post else 1)
                for flow, post in zip(flows, posts, strict=True)
            ]
        ).reshape(len(flows), len(days) - 1),
        day_ticks=H,
        has_costs=any(item.kind == "cost" for item in items),
        has_funding=any(item.kind == "funding" for item in items),
    )


def _fixed(column: Any) -> Any:
    if isinstance(column, int):
        return column
    return np.ascontiguousarray(column, dtype=np.int64)


def is_time(window: Window) -> bool:
    """Whether money is measured in a window: not in single days, nor of the cases of the first."""
    return window.kind not in ("initial", "day")


def _borders(start: datetime.date, n_days: int, windows: Iterable[Window]) -> Ints:
    """Days at which slices begin, and the end."""
    found = {0, n_days, *(day for one in windows for day in (one.low, one.high))}
    found |= {one.low for one in periods(start, 0, n_days, "1 month")}
    return np.array(sorted(day for day in found if 0 <= day <= n_days), np.int64)


def _unit_days(unit: int, start: datetime.date, days: Ints) -> Floats:
    """Days of the month or year in which each day lies; 1 for a unit of one day."""
    if unit == DAY:
        return np.ones(len(days))
    dates = np.datetime64(start) + days
    step = "M" if unit == MONTH else "Y"
    first = dates.astype(f"datetime64[{step}]")
    length = (first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")
    return length.astype(np.int64).astype(np.float64)


# -- flows ----------------------------------------------------------------------------------------


def _flows(plan: Plan) -> tuple[list[Item], list[_Flow]]:
    items: list[Item] = []
    flows: list[_Flow] = []
    costs = plan.scenario.costs
    for team, own in costs.teams.items():
        if own.post is not None:
            items.append(Item(f"teams.{team}.post", "cost", team))
            number = plan.teams.index(team)
            what = FLOW_OPEN if own.reserve is None else FLOW_USUAL
            flows.append(_Flow(len(items) - 1, YEAR, number, [own.post], what))
        if own.reserve is not None and team in plan.scenario.reserved_teams:
            items.append(Item(f"teams.{team}.reserve", "cost", team))
            number = plan.teams.index(team)
            flows.append(_Flow(len(items) - 1, YEAR, number, [own.reserve], FLOW_RESERVE))
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
            flows.append(_Flow(len(items) - 1, MONTH, number, month))
    for way in costs.priced_exits:
        if way in plan.exits:
            items.append(Item(f"exits.{way}", "cost", None))
            amounts = [_number(costs.of_exit(way, inflow)) for inflow in plan.inflows]
            flows.append(_Flow(len(items) - 1, DAY, plan.exits.index(way), amounts))
    for name, funding in plan.scenario.funding.items():
        items.append(Item(name, "funding", None))
        flows += _funded(plan, len(items) - 1, funding)
    for name, funding in plan.scenario.funding.items():
        for kind in ("joined", "covered") if funding.joined is not None else ():
            items.append(Item(name, kind, None))
            flows += _joiners(plan, len(items) - 1, funding, kind == "covered")
    return items, flows


def _joiners(plan: Plan, item: int, funding: Funding, covered: bool) -> Iterator[_Flow]:
    """Those who join a stage that is paid for, or of them those who do in its window."""
    window = _joined(plan, funding.joined if covered else None)
    counts = [funding.inflows is None or name in funding.inflows for name in plan.inflows]
    priced = plan.scenario.costs.priced_stages
    for name in (funding.stage,) if funding.stage is not None else priced:
        one = [1.0 if counted else math.nan for counted in counts]
        yield _Flow(item, DAY, plan.stages.index(name), one, FLOW_JOINED, joined=window)


def _number(price: float | None) -> float:
    return math.nan if price is None else price


def _late(item: int, stage: int, price: Sequence[float], most: Sequence[float]) -> Iterator[_Flow]:
    """Days at the full price, then the one that reaches the most."""
    full, rest = [], []
    for each, limit in zip(price, most, strict=True):
        if math.isnan(each) or each == 0 or math.isinf(limit):
            full.append(NEVER)
            rest.append(math.nan)
        else:
            full.append(math.floor(limit / each + 1e-12))
            rest.append(max(limit - full[-1] * each, 0.0))
    yield _Flow(item, DAY, stage, list(price), FLOW_LATE, [0] * len(full), full)
    if any(one > 0 for one in rest):
        after = [min(one + 1, NEVER) for one in full]
        last = [one if one > 0 else math.nan for one in rest]
        yield _Flow(item, DAY, stage, last, FLOW_LATE, full, after)


def _funded(plan: Plan, item: int, funding: Funding) -> Iterator[_Flow]:
    counts = [funding.inflows is None or name in funding.inflows for name in plan.inflows]
    joined = _joined(plan, funding.joined)
    years = None if funding.years is None else Duration(round(12 * funding.years), "months")
    if funding.kind == "open":
        assert funding.stage is not None
        assert funding.per_year is not None
        price = [funding.per_year if one else math.nan for one in counts]
        stage = plan.stages.index(funding.stage)
        yield _Flow(item, YEAR, stage, price, joined=joined, end=years)
    elif funding.kind == "exit":
        assert funding.exit is not None
        assert funding.amount is not None
        if funding.exit not in plan.exits:
            return
        price = [funding.amount if one else math.nan for one in counts]
        way = plan.exits.index(funding.exit)
        kept = 1.0 if funding.share_kept is None else funding.share_kept
        yield _Flow(item, DAY, way, price, begin=funding.at_least, share=kept)
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
                yield _Flow(
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


def _order(item: Item, flow: _Flow) -> int:
    """Flows of stages come first, then those of exits, then those of teams."""
    if item.team is not None:
        return 2
    return int(flow.unit == DAY and flow.what == FLOW_OPEN)


def _first(flows: Sequence[_Flow], n: int, mine: Sequence[bool]) -> Ints:
    """(n + 1,) first flow of each stage, exit or team; flows are ordered by them."""
    numbers = np.array([flow.of for flow, one in zip(flows, mine, strict=True) if one], np.int64)
    begin = list(mine).index(True) if any(mine) else 0
    return begin + np.searchsorted(numbers, np.arange(n + 1))


def _leaves(
    plan: Plan,
    items: Sequence[Item],
    flows: Sequence[_Flow],
    posts: Sequence[bool],
    takes: Ints,
    places: Sequence[str],
    n_periods: int,
) -> Iterator[Leaf]:
    """What an item can be paid for where, in every period."""
    n = len(plan.inflows)
    for number, item in enumerate(items):
        if item.kind not in ("cost", "funding"):
            continue
        mine = [k for k, flow in enumerate(flows) if flow.item == number]
        if any(posts[k] for k in mine):
            own = plan.copies.team == plan.teams.index(item.team or "")
            names = [name for name, one in zip(plan.copy_names, own, strict=True) if one]
            cells = [(n, places.index(name)) for name in names]
        else:
            inflows = np.flatnonzero(takes[mine].any(axis=0)).tolist() if mine else []
            cells = [(i, o) for i in inflows for o in range(len(plan.offices))]
        for period in range(n_periods):
            yield from (Leaf(number, inflow, place, period) for inflow, place in cells)


class _Steps:
    """Days that lie some time after each calendar day, a row for each length of time."""

    def __init__(self, start: datetime.date, n_days: int) -> None:
        self._start, self._n_days = start, n_days
        self._lengths: list[Duration] = []

    def row(self, length: Duration | None) -> int:
        """Row of a length of time, -1 for none."""
        if length is None or length.value == 0:
            return -1
        if length not in self._lengths:
            self._lengths.append(length)
        return self._lengths.index(length)

    @property
    def before(self) -> int:
        """Days before the start that have a column; what began earlier is over by the start."""
        return max((math.ceil(one.exact_days) + 31 for one in self._lengths), default=0)

    def table(self) -> Ints:
        """(rows, before + n_days + 1) calendar day that lies so much later."""
        days = np.arange(-self.before, self._n_days + 1)
        if not self._lengths:
            return np.zeros((0, len(days)), np.int64)
        return np.stack([self._later(one, days) for one in self._lengths])

    def _later(self, length: Duration, days: Ints) -> Ints:
        if not length.is_calendar_step:
            return days + math.ceil(length.exact_days)
        dates = np.datetime64(self._start) + days
        months = dates.astype("datetime64[M]")
        day = (dates - months.astype("datetime64[D]")).astype(np.int64)
        later = months + length.months
        first = later.astype("datetime64[D]")
        last = ((later + 1).astype("datetime64[D]") - first).astype(np.int64) - 1
        found = first + np.minimum(day, last)
        return (found - np.datetime64(self._start)).astype(np.int64)
