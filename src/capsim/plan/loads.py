"""What rises or falls with the load of a worker above a norm: closing, and leaving."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from capsim.kernels.codes import MOST_STRAIN, NEVER, STRAIN_UNIT
from capsim.kernels.tables import Strain as StrainTable
from capsim.plan.plan import Floats
from capsim.scenario.tables.stages import Closing
from capsim.scenario.tables.teams import Strain
from capsim.scenario.units import half_up

__all__ = ["CELLS", "closing_row", "strain_table"]

CELLS = 16_384
_REACH = 32  # the table ends at so many times the norm


def _by_load(norm: float, elasticity: float) -> tuple[int, int, Floats]:
    """Norm and step in thousandths, and (load / norm) ** elasticity at norm + cell * step."""
    milli = max(1, half_up(1000 * norm))
    step = max(1, math.ceil((_REACH - 1) * milli / CELLS))
    loads = milli + step * np.arange(CELLS)
    return milli, step, (loads / milli) ** elasticity


def closing_row(closing: Closing) -> tuple[float, int, int, Floats]:
    """Probability, norm, step and table of a closing rule.

    Returns
    -------
    probability : float
        Up to the norm.
    norm, step : int
        Thousandths of a weighted case per FTE.
    table : (CELLS,) float64
        Probability at norm + cell * step, up to 32 times the norm.

    Examples
    --------
    >>> p, norm, step, table = closing_row(Closing(probability=0.06, norm=75, elasticity=-1))
    >>> norm, step, float(table[0])
    (75000, 142, 0.06)
    >>> round(float(table[75_000 // 142]), 4)  # at twice the norm
    0.03
    """
    if closing.norm is None:
        return closing.probability, NEVER, 1, np.full(CELLS, closing.probability)
    norm, step, factors = _by_load(closing.norm, closing.elasticity)
    return closing.probability, norm, step, np.clip(closing.probability * factors, 0.0, 1.0)


def strain_table(strains: Sequence[Strain | None]) -> StrainTable:
    """How much more often somebody leaves at a load, for each team copy; equal ones once.

    Examples
    --------
    >>> table = strain_table([None, Strain(norm=75, elasticity=2)])
    >>> table.row.tolist(), table.norm.tolist(), table.step.tolist()
    ([-1, 0], [75000], [142])
    >>> table.factor[0, [0, 75_000 // 142, -1]].tolist()  # at the norm, at twice the norm, at most
    [1000000, 3998720, 10000000]
    """
    rows = {one: number for number, one in enumerate(dict.fromkeys(one for one in strains if one))}
    tables = [_by_load(one.norm, one.elasticity) for one in rows]
    factors = [np.minimum(table, MOST_STRAIN) * STRAIN_UNIT for _, _, table in tables]
    return StrainTable(
        row=np.array([-1 if one is None else rows[one] for one in strains], dtype=np.int64),
        norm=np.array([norm for norm, _, _ in tables], dtype=np.int64),
        step=np.array([step for _, step, _ in tables], dtype=np.int64),
        factor=np.floor(np.array(factors).reshape(-1, CELLS) + 0.5).astype(np.int64),
    )
