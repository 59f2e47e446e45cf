"""Differences between scenarios that were given the same luck.

Replication r of every scenario has the same applicants and the same draws, so scenarios are
compared pair by pair: most of what differs between replications cancels. Tests that assume
independent samples (Welch, Dunnett) are not valid here. See Law (2015), section 10.2.1, and Holm
(1979), Scandinavian Journal of Statistics 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates import tails
from capsim.estimates.controlled import Reach, control
from capsim.estimates.means import check_confidence
from capsim.estimates.table import cut_to_limits, limits_of_all, matrix_of, with_infinities
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd


def holm(p_values: ArrayLike) -> Floats:
    """P values adjusted for looking at all of them; NaN stays NaN and is not counted.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    result = np.full(given.shape, np.nan)
    there = np.flatnonzero(~np.isnan(given))
    order = there[np.argsort(given[there], kind="stable")]
    factors = len(order) - np.arange(len(order))
    result[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1.0)
    return result


def paired_differences(
    values: Mapping[str, pd.DataFrame],
    *,
    baseline: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Differences of each scenario from the baseline, replication by replication.

    Parameters
    ----------
    values : mapping of str to DataFrame
        Long values of each scenario: replication, measure, kind, of, inflow, office, window, value.
    baseline : str, optional
        Default: the first.
    confidence : float
        Of each interval by itself; `p_holm` accounts for looking at all rows of the result. Select
        the rows that the study is about first: every row more makes it stricter.

    Returns
    -------
    DataFrame
        scenario, baseline, measure, kind, of, inflow, office, window, difference, lower, upper, p,
        p_holm, variance_reduction, n. `variance_reduction`: the variance of the difference if the
        scenarios had been run with luck of their own, over the variance that it has: 10 means a
        tenth of the replications. Infinite where the pairing leaves nothing to chance. Intervals
        and `p`, which belong together, allow for skewness: see `capsim.estimates.tails`.

    Raises
    ------
    ValueError
        With fewer than two scenarios or another baseline, or no replication in common.
    """
    import pandas as pd

    names = list(values)
    first = names[0] if baseline is None and names else str(baseline)
    if len(names) < 2 or first not in values:
        raise ValueError(
            f"scenarios: {names} with baseline {first!r} cannot be compared; give two or more and "
            "name one of them as the baseline"
        )
    check_confidence(confidence)
    parts = []
    for name in names:
        if name == first:
            continue
        keys, base, other = _paired(values[first], values[name], f"{name!r} and {first!r}")
        found = differences_of(keys, base, other, confidence=confidence)
        found.insert(0, "scenario", name)
        found.insert(1, "baseline", first)
        parts.append(found)
    result = pd.concat(parts, ignore_index=True)
    result["p_holm"] = holm(result["p"].to_numpy())
    return result


def differences_of(
    keys: pd.DataFrame,
    base: Floats,
    other: Floats,
    *,
    confidence: float = 0.95,
    outlines: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """Differences of things that two scenarios have, replication by replication.

    Parameters
    ----------
    keys : DataFrame
        A row per thing.
    base, other : (replications, things)
        Infinite where a measure was not reached.
    confidence : float
        Of each interval by itself.
    outlines : two of (more, things), optional
        Of the base and of the other: the difference of the outlines then controls the difference.

    Returns
    -------
    DataFrame
        The keys, and difference, lower, upper, p, p_holm (not adjusted yet: NaN),
        variance_reduction, n; with outlines also explained.
    """
    difference = _difference(base, other)
    mean, spread, skewness, n = tails.moments(difference)
    mean = np.where(np.isinf(difference).any(axis=0), np.nan, mean)
    absent = np.isnan(difference)
    limits = limits_of_all(keys["measure"])
    leaning = _joint_leans(np.where(absent, np.nan, base), np.where(absent, np.nan, other), limits)
    error = (1 - confidence) / 2
    lower = mean - tails.margin(n, spread, -skewness, leaning[0], error)
    upper = mean + tails.margin(n, spread, skewness, leaning[1], error)
    base, other = (np.where(absent, np.nan, one) for one in (base, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (tails.moments(base)[1] ** 2 + tails.moments(other)[1] ** 2) / spread**2
    p = tails.two_sided_p(mean, n, spread, skewness, leaning)
    # No difference in any replication: nothing speaks against equality.
    p = np.where((mean == 0) & (spread == 0), 1.0, p)
    explained = None
    if outlines is not None:
        theirs = _difference(*outlines)
        found = control(difference, theirs)
        reach = Reach.of(found, theirs)
        outline_leaning = _joint_leans(*outlines, limits)
        below, above = zip(leaning, outline_leaning, strict=True)
        there = ~np.isnan(found.mean)
        lower = np.where(there, found.mean - reach.margin(-1, below, error), lower)
        upper = np.where(there, found.mean + reach.margin(1, above, error), upper)
        # Seen from the mean, zero lies below a positive one and above a negative one.
        side = np.where(found.mean > 0, -1.0, 1.0)
        toward = (
            np.where(side < 0, below[0], above[0]),
            np.where(side < 0, below[1], above[1]),
        )
        crossed = tails.crossing(found.mean, lambda e: reach.margin(side, toward, e))
        p = np.where(there, crossed, p)
        mean, explained = np.where(there, found.mean, mean), found.explained
    lower, upper = cut_to_limits(keys["measure"], lower, upper, of_differences=True)
    result = keys.copy()
    result["difference"], result["lower"], result["upper"] = mean, lower, upper
    result["p"] = p
    result["p_holm"] = np.nan
    result["variance_reduction"], result["n"] = gain, n
    return result if explained is None else result.assign(explained=explained)


def _difference(base: Floats, other: Floats) -> Floats:
    """Other minus base; where both are unreached it is unknown, not absent: infinite."""
    difference = np.full(base.shape, np.nan)
    both = np.isinf(other) & np.isinf(base)
    np.subtract(other, base, out=difference, where=~both)
    difference[both] = np.inf
    return difference


def _joint_leans(
    base: Floats, other: Floats, limits: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """How far differences lean to low and to high ones.

    What one scenario may not have shown lengthens the tail of the difference on its side.
    """
    base_low, base_high = _leans(base, limits)
    other_low, other_high = _leans(other, limits)
    return np.maximum(base_high, other_low), np.maximum(base_low, other_high)


def _paired(
    base: pd.DataFrame, other: pd.DataFrame, what: str
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Things that both have, and their values in the replications that both have."""
    common = np.intersect1d(base["replication"], other["replication"])
    if not len(common):
        raise ValueError(f"{what}: no replication in common; run both with the same seed and n")
    keys, matrix = matrix_of(base[base["replication"].isin(common)])
    other_keys, other_matrix = matrix_of(other[other["replication"].isin(common)])
    mine, theirs = common_things(keys, other_keys)
    matrix = with_infinities(keys, matrix)[:, mine]
    other_matrix = with_infinities(other_keys, other_matrix)[:, theirs]
    return keys.iloc[mine].reset_index(drop=True), matrix, other_matrix


def common_things(keys: pd.DataFrame, others: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Rows of what both have, in the order of the first, in each of the two.

    Examples
    --------
    >>> import pandas as pd
    >>> common_things(pd.DataFrame({"of": ["a", "b"]}), pd.DataFrame({"of": ["b", "c"]}))
    ([1], [0])
    """
    position = {tuple(row): k for k, row in enumerate(others.itertuples(index=False))}
    labels = [tuple(row) for row in keys.itertuples(index=False)]
    mine = [k for k, label in enumerate(labels) if label in position]
    return mine, [position[labels[k]] for k in mine]


def _leans(matrix: Floats, limits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """How far each column leans to low and to high values that its replications may not show."""
    mean, spread, _, _ = tails.moments(matrix)
    finite = np.isfinite(matrix)
    smallest = np.where(finite, matrix, np.inf).min(axis=0, initial=np.inf)
    largest = np.where(finite, matrix, -np.inf).max(axis=0, initial=-np.inf)
    least, most = tails.limits_seen(*limits, smallest, largest)
    return tails.lean(spread, most - mean), tails.lean(spread, mean - least)
