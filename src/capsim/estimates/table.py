"""The long table of values over replications, and its matrix.

Long: replication, measure, kind, of, inflow, office, window, value. Matrix: a row per replication,
a column per measured thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from capsim.plan.plan import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

_VALUES_AT_ONCE = 2_000_000

KEY = ("measure", "kind", "of", "inflow", "office", "window")


def key_columns(values: pd.DataFrame) -> list[str]:
    """Columns that say what a value is of: those of `KEY` that are there.

    Raises
    ------
    ValueError
        If replication, measure or value is missing.
    """
    missing = [name for name in ("replication", "measure", "value") if name not in values.columns]
    if missing:
        raise ValueError(
            f"values: no column {missing[0]!r} among {list(values.columns)}; give a long table "
            "with columns replication, measure, kind, of, inflow, office, window, value"
        )
    return [name for name in KEY if name in values.columns]


def matrix_of(values: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """What is measured, in order of first appearance, and the values (replications, things).

    A value that a replication lacks is NaN.
    """
    columns = key_columns(values)
    groups = values.groupby(columns, sort=False, dropna=False)
    column = groups.ngroup().to_numpy()
    keys = values.loc[~values.duplicated(columns), columns].reset_index(drop=True)
    replication, row = np.unique(values["replication"].to_numpy(), return_inverse=True)
    matrix = np.full((len(replication), len(keys)), np.nan)
    matrix[row, column] = values["value"].to_numpy(dtype=np.float64)
    return keys, matrix


def with_infinities(keys: pd.DataFrame, matrix: Floats) -> Floats:
    """The matrix with infinity where a measure was not reached, and NaN only where nobody was seen.

    A quantile that too many still wait for, or a backlog that never clears, is NaN in a run. To
    leave such runs out of a mean would drop the unlucky ones. A run in which nobody joined (its
    `stay_mean` is NaN too) says nothing and is left out; without that row it counts as not reached.
    """
    from capsim.catalogue import measure_named

    result = matrix.copy()
    names = keys["measure"].to_numpy()
    others = [name for name in keys.columns if name != "measure"]
    labels = [tuple(row) for row in keys[others].itertuples(index=False)]
    seen = {label: k for k, label in enumerate(labels) if names[k] == "stay_mean"}
    reached = {name: measure_named(name).reached for name in dict.fromkeys(names)}
    for k in np.flatnonzero([reached[name] != "always" for name in names]):
        unreached = np.isnan(matrix[:, k])
        if reached[names[k]] == "by people" and labels[k] in seen:
            unreached &= ~np.isnan(matrix[:, seen[labels[k]]])
        result[unreached, k] = np.inf
    return result


def parts_of(keys: pd.DataFrame, replications: int) -> Iterator[Ints]:
    """Row numbers of keys in parts of a few million values, with what is of one place together.

    `with_infinities` looks from a measure to the `stay_mean` of the same place.
    """
    others = [name for name in keys.columns if name != "measure"]
    place = keys.groupby(others, sort=False, dropna=False).ngroup().to_numpy() if others else None
    order = np.arange(len(keys)) if place is None else np.argsort(place, kind="stable")
    first = 0
    while first < len(order):
        stop = min(first + max(1, _VALUES_AT_ONCE // max(replications, 1)), len(order))
        while (
            place is not None and stop < len(order) and place[order[stop - 1]] == place[order[stop]]
        ):
            stop += 1
        yield order[first:stop]
        first = stop


def limits_of_all(measures: Iterable[str]) -> tuple[Floats, Floats]:
    """Least and largest value of each measure: two of (things,) float64."""
    from capsim.catalogue import measure_named

    limits = np.array([measure_named(str(name)).limits for name in measures]).reshape(-1, 2)
    return limits[:, 0], limits[:, 1]


def cut_to_limits(
    measures: Iterable[str], lower: Floats, upper: Floats, *, of_differences: bool = False
) -> tuple[Floats, Floats]:
    """Limits of intervals without the part that a measure cannot reach.

    An interval of few replications can reach below no wait at all, or above a share of one. The
    true value is not there, so what is left covers it as often as before.

    Parameters
    ----------
    measures : iterable of str
        Of each interval. A measure of the user's own has no limits.
    lower, upper : (things,)
    of_differences : bool
        Of a difference between two values, such as two shares: -1 to 1.

    Examples
    --------
    >>> low, high = cut_to_limits(
    ...     ["wait_mean", "late_share"], np.array([-1.0, 0.9]), np.array([3.0, 1.1])
    ... )
    >>> low.tolist(), high.tolist()
    ([0.0, 0.9], [3.0, 1.0])
    """
    least, most = limits_of_all(measures)
    if of_differences:
        least, most = least - most, most - least
    return np.maximum(lower, least), np.minimum(upper, most)
