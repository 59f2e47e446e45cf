"""Step functions from intervals: integrals, averages over bins, and peaks, for many groups at once.

Everything here works on integer ticks. A group is a number 0 ... n - 1, or -1 for a row that
belongs to none.
"""

from __future__ import annotations

import numpy as np

from capsim.plan.plan import Floats, Ints

_EXACT = 2.0**53
"""Whole numbers below it are exact as float64."""


def totals(group: Ints, n: int, values: Ints | Floats | None = None) -> Floats:
    """Sum of `values` (default: how many rows) in each group.

    Whole numbers are added exactly, and rounded once at the end.

    Returns
    -------
    (n,) float64
    """
    keep = group >= 0
    weights = None if values is None else np.asarray(values)[keep]
    if weights is not None and weights.dtype.kind == "i":
        if np.abs(weights).sum(dtype=np.float64) >= _EXACT:
            sums = np.zeros(n, dtype=np.int64)
            np.add.at(sums, group[keep], weights)
            return sums.astype(np.float64)
        weights = weights.astype(np.float64)
    return np.bincount(group[keep], weights=weights, minlength=n).astype(np.float64)


def overlap(start: Ints, stop: Ints, low: int, high: int) -> Ints:
    """Length of each interval [start, stop) inside [low, high)."""
    return np.maximum(np.minimum(stop, high) - np.maximum(start, low), 0)


def integrals(
    group: Ints, n: int, start: Ints, stop: Ints, weight: Ints | None, borders: Ints
) -> Floats:
    """Integral, over each bin between `borders`, of the weight of the intervals that are running.

    Parameters
    ----------
    group, start, stop, weight : (rows,)
        Intervals [start, stop) and their weights (None: 1).
    borders : (bins + 1,) int64, ascending

    Returns
    -------
    (n, bins) float64

    Examples
    --------
    One interval from 5 to 25 seen in bins of ten:

    >>> import numpy as np
    >>> integrals(np.array([0]), 1, np.array([5]), np.array([25]), None, np.array([0, 10, 20, 30]))
    array([[ 5., 10.,  5.]])
    """
    n_bins = len(borders) - 1
    keep = (group >= 0) & (stop > start)
    size = np.ones(len(group)) if weight is None else np.asarray(weight, dtype=np.float64)
    result = np.zeros((n, n_bins))
    lengths = np.diff(borders).astype(np.float64)
    # A running weight from `start` on, minus one from `stop` on: each is a ramp that counts in part
    # in the bin of its instant and fully in all later ones.
    for instant, sign in ((start, 1.0), (stop, -1.0)):
        at = np.clip(instant[keep], borders[0], borders[-1])
        bin_number = np.searchsorted(borders, at, side="right") - 1
        inside = bin_number < n_bins
        where = group[keep][inside] * n_bins + bin_number[inside]
        amount = sign * size[keep][inside]
        rest = (borders[bin_number[inside] + 1] - at[inside]).astype(np.float64)
        first = np.bincount(where, amount * rest, n * n_bins).reshape(n, n_bins)
        steps = np.bincount(where, amount, n * n_bins).reshape(n, n_bins)
        result += first
        result[:, 1:] += np.cumsum(steps, axis=1)[:, :-1] * lengths[1:]
    return result


def amounts(group: Ints, n: int, start: Ints, stop: Ints, rate: Floats, borders: Ints) -> Floats:
    """The same integrals for rates that are no whole numbers: only added up, never taken back.

    So they are exactly zero where nothing runs, and never below; `integrals` could leave a rest of
    rounding there. Each interval is cut at the borders, which takes longer if most meet many bins.

    Examples
    --------
    >>> import numpy as np
    >>> start, stop, borders = np.array([5]), np.array([25]), np.array([0, 10, 20, 30])
    >>> amounts(np.array([0]), 1, start, stop, np.array([0.1]), borders)
    array([[0.5, 1. , 0.5]])
    """
    n_bins = len(borders) - 1
    first = np.searchsorted(borders, start, side="right") - 1
    last = np.searchsorted(borders, stop, side="left")
    row, where = pairs(np.maximum(first, 0), np.clip(last, np.maximum(first, 0), n_bins))
    length = np.minimum(stop[row], borders[where + 1]) - np.maximum(start[row], borders[where])
    cell = group[row] * n_bins + where
    return totals(cell, n * n_bins, rate[row] * length).reshape(n, n_bins)


def peaks(group: Ints, n: int, up: Ints, down: Ints, low: int, high: int) -> Floats:
    """Largest number of intervals running at once in each group, after all events of an instant.

    Parameters
    ----------
    up, down : (rows,)
        Instants at which an interval starts and stops.
    low, high : int
        The first and (exclusive) last instant looked at.

    Examples
    --------
    The second begins at the instant at which the first ends: never two at once.

    >>> import numpy as np
    >>> peaks(np.array([0, 0]), 1, np.array([0, 4]), np.array([4, 9]), 0, 10)
    array([1.])
    """
    keep = (group >= 0) & (up < high)
    instants = np.concatenate([np.maximum(up[keep], low), np.maximum(down[keep], low)])
    groups = np.concatenate([group[keep], group[keep]])
    changes = np.repeat([1, -1], keep.sum())
    seen = instants < high
    instants, groups, changes = instants[seen], groups[seen], changes[seen]
    order = np.lexsort((instants, groups))
    instants, groups, changes = instants[order], groups[order], changes[order]
    result = np.zeros(n)
    if not len(groups):
        return result
    level = np.cumsum(changes)
    new_group = np.append(True, groups[1:] != groups[:-1])
    before = np.append(0, level[:-1])[new_group]
    level = level - before[np.cumsum(new_group) - 1]
    last = np.append((groups[1:] != groups[:-1]) | (instants[1:] != instants[:-1]), True)
    np.maximum.at(result, groups[last], level[last].astype(np.float64))
    return result


def pairs(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Every (row, position) with first[row] <= position < last[row].

    Examples
    --------
    >>> import numpy as np
    >>> row, position = pairs(np.array([0, 3]), np.array([2, 4]))
    >>> row.tolist(), position.tolist()
    ([0, 0, 1], [0, 1, 3])
    """
    count = last - first
    row = np.repeat(np.arange(len(first)), count)
    start = np.repeat(first - np.append(0, np.cumsum(count)[:-1])[: len(count)], count)
    return row, start + np.arange(len(row))
