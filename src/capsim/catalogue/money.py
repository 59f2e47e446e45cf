"""Money by period, office, inflow and item: what single amounts add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.rows import ALL, MONEY
from capsim.plan.plan import Floats
from capsim.plan.windows import PERIODS
from capsim.scenario.tables.scenario import ScenarioFields

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "added_up", "check_every", "frame_of", "is_told", "need_money", "post_prices"]

COLUMNS = ("period", "office", "inflow", "item", "kind")
"""What an amount is of; "all" marks an aggregate, and the inflow "-" what no case costs."""

Key = tuple[str, ...]
_POSTS = ("post", "reserve")


def check_every(every: str) -> str:
    """The length of the periods, if it is one.

    Raises
    ------
    ValueError
        If it is none of `PERIODS`.
    """
    if every not in PERIODS:
        raise ValueError(f"every = {every!r} must be one of {', '.join(map(repr, PERIODS))}")
    return every


def need_money(scenario: ScenarioFields) -> None:
    """Refuse to tell of the money of a scenario that has none.

    Raises
    ------
    ValueError
        If nothing has a price, and there is no rule of funding.
    """
    if not scenario.has_money:
        raise ValueError(
            f"money: nothing in {scenario.name!r} has a price; add [costs], such as "
            "teams.TEAM.post = 70_000, or [funding]"
        )


def is_told(columns: Mapping[str, Any]) -> np.ndarray:
    """(rows,) bool: which rows of a study are amounts by item and period."""
    found: np.ndarray = np.asarray(columns["measure"]) == MONEY
    return found


def added_up(columns: Mapping[str, Any], matrix: Floats) -> tuple[list[Key], Floats]:
    """Amounts with all their sums.

    Parameters
    ----------
    columns : mapping
        Columns kind, of, inflow, office and window of the single amounts.
    matrix : (replications, amounts) float64

    Returns
    -------
    list of tuple of str
        Period, office, inflow, item and kind of each row: "all" first, then in the order of the
        scenario.
    (replications, rows) float64
    """
    names = ("window", "office", "inflow", "of", "kind")
    leaves = list(zip(*(np.asarray(columns[name]).tolist() for name in names), strict=True))
    place: dict[Key, int] = {}
    for leaf in leaves:
        for key in _sums(leaf):
            place.setdefault(key, len(place))
    total = np.zeros((len(place), len(matrix)))
    for leaf, values in zip(leaves, np.ascontiguousarray(matrix.T), strict=True):
        for key in _sums(leaf):
            total[place[key]] += values
    keys = _in_order(list(place), leaves)
    return keys, np.ascontiguousarray(total[[place[key] for key in keys]].T)


def _sums(leaf: Sequence[str]) -> list[Key]:
    """Everything that an amount is part of."""
    *parts, kind = leaf
    return [(*key, kind) for key in product(*((part, ALL) for part in parts))]


def _in_order(keys: list[Key], leaves: Sequence[Sequence[str]]) -> list[Key]:
    rank = [
        {name: k for k, name in enumerate(dict.fromkeys([ALL, *(leaf[c] for leaf in leaves)]))}
        for c in range(len(COLUMNS))
    ]
    kinds, periods, offices, inflows, items = rank[4], *rank[:4]
    return sorted(
        keys,
        key=lambda key: (
            periods[key[0]],
            kinds[key[4]],
            items[key[3]],
            offices[key[1]],
            inflows[key[2]],
        ),
    )


def post_prices(scenario: ScenarioFields, items: Sequence[str]) -> Floats:
    """What a post costs a year, for each item: of its team, else of the first one with a price.

    Returns
    -------
    (items,) float64
        NaN where no post has a price.
    """
    teams = {name: one.post for name, one in scenario.costs.teams.items() if one.post}
    first = next(iter(teams.values()), np.nan)
    own = {f"teams.{name}.{what}": price for name, price in teams.items() for what in _POSTS}
    return np.array([own.get(item, first) for item in items], dtype=np.float64)


def frame_of(keys: Sequence[Key]) -> pd.DataFrame:
    """The keys of amounts as a frame."""
    import pandas as pd

    return pd.DataFrame(list(keys), columns=list(COLUMNS))
