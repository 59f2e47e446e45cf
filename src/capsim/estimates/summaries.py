"""Tables of means over replications, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capsim.estimates.controlled import controlled_intervals
from capsim.estimates.means import mean_intervals
from capsim.estimates.table import (
    cut_to_limits,
    limits_of_all,
    matrix_of,
    parts_of,
    with_infinities,
)
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary", "summary_of"]


def summary(values: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Means over replications: measure, kind, of, inflow, office, window, mean, lower, upper, n.

    Parameters
    ----------
    values : DataFrame
        Long: replication, measure, kind, of, inflow, office, window, value.
    confidence : float
        Of each interval by itself.

    Notes
    -----
    `n` counts the replications behind the mean: those in which nobody was seen are left out. A
    measure that was not reached in some replication (a quantile that too many still wait for, a
    backlog that never clears) has no mean; `quantile_summary` has its median. Intervals end where
    the measure does: no wait is below 0 and no share above 1. They reach farther than Student's t
    towards the longer tail of skewed values, whether or not the replications show it: see
    `capsim.estimates.tails`.
    """
    keys, matrix = matrix_of(values)
    return summary_of(keys, matrix, confidence=confidence)


def summary_of(
    keys: pd.DataFrame,
    matrix: Floats,
    *,
    confidence: float = 0.95,
    outlines: Floats | None = None,
) -> pd.DataFrame:
    """Means with intervals of a matrix (replications, things), with a row of keys per thing.

    With `outlines` (more of them, things), aligned with the matrix, the means are controlled by
    them, and `explained` is a column more; see `capsim.estimates.controlled`.
    """
    result = keys.reset_index(drop=True).copy()
    found = {name: np.full(len(result), np.nan) for name in ("mean", "lower", "upper")}
    found["n"] = np.zeros(len(result), dtype=np.int64)
    if outlines is not None:
        found["explained"] = np.full(len(result), np.nan)
    # Part by part: intermediate arrays as large as the matrix would multiply the memory it takes.
    rows = len(matrix) if outlines is None else len(outlines)
    for part in parts_of(result, rows):
        values = with_infinities(result.iloc[part], matrix[:, part])
        limits = limits_of_all(result["measure"].iloc[part])
        if outlines is None:
            estimates: tuple[np.ndarray, ...] = mean_intervals(
                values, confidence=confidence, limits=limits
            )
        else:
            theirs = with_infinities(result.iloc[part], outlines[:, part])
            estimates = controlled_intervals(values, theirs, confidence=confidence, limits=limits)
        for name, estimate in zip(found, estimates, strict=True):
            found[name][part] = estimate
    found["lower"], found["upper"] = cut_to_limits(
        result["measure"], found["lower"], found["upper"]
    )
    if outlines is not None:  # a mean that was moved may lie a little beyond its limit too
        least, most = limits_of_all(result["measure"])
        found["mean"] = np.clip(found["mean"], least, most)
    return result.assign(**found)
