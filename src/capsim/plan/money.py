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
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.tables import Money
from capsim.plan.calendar_steps import Steps
from capsim.plan.flows import DAY, MONTH, Flow, Item, flows_of, group_of
from capsim.plan.plan import Floats, Ints, Plan
from capsim.plan.windows import PLAIN, Ask, Window, periods, windows_of

__all__ = ["Accounts", "Leaf", "accounts_of"]

_ALL = "all"


class Leaf(NamedTuple):
    """An amount of a replication that is no sum of others."""

    item: int
    inflow: int
    """Number of the inflow, or how many there are: of no inflow."""
    place: int
    """Number of the office, then of the copies that serve several."""
    period: int


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

    @property
    def size(self) -> int:
        """How many values there are."""
        return len(self.windows) * self.width + len(self.leaves)

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
        values = np.empty(self.size)
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
    items, flows = flows_of(plan)
    flows.sort(key=lambda flow: (group_of(items[flow.item], flow), flow.of))
    copies = [name for name in dict.fromkeys(plan.copy_names) if name not in plan.offices]
    places = (*plan.offices, *copies)
    steps = Steps(start, n_days)
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
        stage=_first(flows, len(plan.stages), [group_of(items[f.item], f) == 0 for f in flows]),
        exit=_first(flows, len(plan.exits), [group_of(items[f.item], f) == 1 for f in flows]),
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


def _first(flows: Sequence[Flow], n: int, mine: Sequence[bool]) -> Ints:
    """(n + 1,) first flow of each stage, exit or team; flows are ordered by them."""
    numbers = np.array([flow.of for flow, one in zip(flows, mine, strict=True) if one], np.int64)
    begin = list(mine).index(True) if any(mine) else 0
    return begin + np.searchsorted(numbers, np.arange(n + 1))


def _leaves(
    plan: Plan,
    items: Sequence[Item],
    flows: Sequence[Flow],
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
