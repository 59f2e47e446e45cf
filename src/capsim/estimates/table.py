"""The long table of values over replications, and its matrix.

Long: replication, measure, kind, of, inflow, office, value. Matrix: a row per replication, a
column per measured thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capsim.plan.tables import Floats

if TYPE_CHECKING:
    import pandas as pd

KEY = ("measure", "kind", "of", "inflow", "office")


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
            "with columns replication, measure, kind, of, inflow, office, value"
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
    from capsim.log.names import UNBOUNDED

    result = matrix.copy()
    names = keys["measure"].to_numpy()
    others = [name for name in keys.columns if name != "measure"]
    labels = [tuple(row) for row in keys[others].itertuples(index=False)]
    seen = {label: k for k, label in enumerate(labels) if names[k] == "stay_mean"}
    for k in np.flatnonzero(np.isin(names, list(UNBOUNDED))):
        unreached = np.isnan(matrix[:, k])
        if names[k] != "clear_day" and labels[k] in seen:
            unreached &= ~np.isnan(matrix[:, seen[labels[k]]])
        result[unreached, k] = np.inf
    return result
