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

from capsim.estimates.means import mean_intervals
from capsim.estimates.table import cut_to_limits, matrix_of, with_infinities
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
        Long values (replication, measure, kind, of, inflow, office, value) of each scenario.
    baseline : str, optional
        Default: the first.
    confidence : float
        Of each interval by itself; `p_holm` accounts for looking at all rows of the result. Select
        the rows that the study is about first: every row more makes it stricter.

    Returns
    -------
    DataFrame
        scenario, baseline, measure, kind, of, inflow, office, difference, lower, upper, p, p_holm,
        variance_reduction, n. `variance_reduction`: the variance of the difference if the
        scenarios had been run with luck of their own, over the variance that it has: 10 means a
        tenth of the replications. Infinite where the pairing leaves nothing to chance.

    Raises
    ------
    ValueError
        With fewer than two scenarios or another baseline, or no replication in common.
    """
    import pandas as pd
    from scipy.stats import t

    names = list(values)
    first = names[0] if baseline is None and names else str(baseline)
    if len(names) < 2 or first not in values:
        raise ValueError(
            f"scenarios: {names} with baseline {first!r} cannot be compared; give two or more and "
            "name one of them as the baseline"
        )
    parts = []
    for name in names:
        if name == first:
            continue
        keys, base, other = _paired(values[first], values[name], f"{name!r} and {first!r}")
        difference = np.full(base.shape, np.nan)
        np.subtract(other, base, out=difference, where=~(np.isinf(other) & np.isinf(base)))
        # Both unreached: the difference is unknown, not absent, so there is no mean.
        difference[np.isinf(other) & np.isinf(base)] = np.inf
        mean, lower, upper, n = mean_intervals(difference, confidence=confidence)
        spread = _variance(difference)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.abs(mean) / np.sqrt(spread / n)
            gain = (
                _variance(np.where(np.isnan(difference), np.nan, base))
                + _variance(np.where(np.isnan(difference), np.nan, other))
            ) / spread
        p = 2 * t.sf(score, np.maximum(n - 1, 1))
        # No difference in any replication: nothing speaks against equality.
        p = np.where((mean == 0) & (spread == 0), 1.0, p)
        lower, upper = cut_to_limits(keys["measure"], lower, upper, of_differences=True)
        part = keys.copy()
        part.insert(0, "scenario", name)
        part.insert(1, "baseline", first)
        part["difference"], part["lower"], part["upper"] = mean, lower, upper
        part["p"] = np.where(n > 1, p, np.nan)
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


def _variance(matrix: Floats) -> Floats:
    """Variance of the finite values of each column; NaN for fewer than two."""
    finite = np.isfinite(matrix)
    n = finite.sum(axis=0)
    values = np.where(finite, matrix, 0.0)
    mean = values.sum(axis=0) / np.maximum(n, 1)
    squares = (np.where(finite, matrix - mean, 0.0) ** 2).sum(axis=0)
    result: Floats = np.where(n > 1, squares / np.maximum(n - 1, 1), np.nan)
    return result
