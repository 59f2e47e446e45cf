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
        difference = np.full(base.shape, np.nan)
        np.subtract(other, base, out=difference, where=~(np.isinf(other) & np.isinf(base)))
        # Both unreached: the difference is unknown, not absent, so there is no mean.
        difference[np.isinf(other) & np.isinf(base)] = np.inf
        mean, spread, skewness, n = tails.moments(difference)
        mean = np.where(np.isinf(difference).any(axis=0), np.nan, mean)
        absent = np.isnan(difference)
        base, other = (np.where(absent, np.nan, one) for one in (base, other))
        limits = limits_of_all(keys["measure"])
        # What one scenario may not have shown lengthens the tail of the difference on its side.
        base_low, base_high = _leans(base, limits)
        other_low, other_high = _leans(other, limits)
        leaning = np.maximum(base_high, other_low), np.maximum(base_low, other_high)
        error = (1 - confidence) / 2
        lower = mean - tails.margin(n, spread, -skewness, leaning[0], error)
        upper = mean + tails.margin(n, spread, skewness, leaning[1], error)
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = (tails.moments(base)[1] ** 2 + tails.moments(other)[1] ** 2) / spread**2
        p = tails.two_sided_p(mean, n, spread, skewness, leaning)
        # No difference in any replication: nothing speaks against equality.
        p = np.where((mean == 0) & (spread == 0), 1.0, p)
        lower, upper = cut_to_limits(keys["measure"], lower, upper, of_differences=True)
        part = keys.copy()
        part.insert(0, "scenario", name)
        part.insert(1, "baseline", first)
        part["difference"], part["lower"], part["upper"] = mean, lower, upper
        part["p"] = p
        part["p_holm"] = np.nan
        part["variance_reduction"], part["n"] = gain, n
        parts.append(part)
    result = pd.concat(parts, ignore_index=True)
    result["p_holm"] = holm(result["p"].to_numpy())
    return result


def _paired(
    base: pd.DataFrame, other: pd.DataFrame, what: str
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Things that both have, and their values in the replications that both have."""
    common = np.intersect1d(base["replication"], other["replication"])
    if not len(common):
        raise ValueError(f"{what}: no replication in common; run both with the same seed and n")
    keys, matrix = matrix_of(base[base["replication"].isin(common)])
    other_keys, other_matrix = matrix_of(other[other["replication"].isin(common)])
    position = {tuple(row): k for k, row in enumerate(other_keys.itertuples(index=False))}
    labels = [tuple(row) for row in keys.itertuples(index=False)]
    mine = [k for k, label in enumerate(labels) if label in position]
    theirs = [position[labels[k]] for k in mine]
    matrix = with_infinities(keys, matrix)[:, mine]
    other_matrix = with_infinities(other_keys, other_matrix)[:, theirs]
    return keys.iloc[mine].reset_index(drop=True), matrix, other_matrix


def _leans(matrix: Floats, limits: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """How far each column leans to low and to high values that its replications may not show."""
    mean, spread, _, _ = tails.moments(matrix)
    finite = np.isfinite(matrix)
    smallest = np.where(finite, matrix, np.inf).min(axis=0, initial=np.inf)
    largest = np.where(finite, matrix, -np.inf).max(axis=0, initial=-np.inf)
    least, most = tails.limits_seen(*limits, smallest, largest)
    return tails.lean(spread, most - mean), tails.lean(spread, mean - least)
