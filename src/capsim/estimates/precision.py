"""How many replications are enough: add them until each half-width is as small as asked.

The rule looks at the data again and again, so the final interval covers slightly less than its
confidence when it stops early (Chow and Robbins 1965; Law and Kelton 1982, Operations Research 30).
Hence at least `FIRST` replications: 95 % intervals of normal values then cover 94 %, with a first
look at two of them 89 %. Several measures share the error probability (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capsim.estimates.controlled import controlled_intervals
from capsim.estimates.means import Interval, check_confidence, mean_interval
from capsim.estimates.table import KEY, matrix_of, with_infinities
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

FIRST = 20
"""Fewest replications before the rule may stop."""

MOST_AT_ONCE = 2.0
"""The number of replications at most doubles from one look to the next."""


@dataclass(frozen=True)
class Precision:
    """What is reached after n replications.

    Attributes
    ----------
    is_reached : bool
    needed : int
        Replications that this look suggests in all; n if reached.
    intervals : dict
        Interval of each selector.
    """

    is_reached: bool
    needed: int
    intervals: dict[str, Interval]


def replications_needed(interval: Interval, half_width: float, n: int) -> int:
    """Replications to have at the next look; at most n if the half-width is reached.

    Parameters
    ----------
    interval : Interval
        After n replications, some of which may have had no value.
    half_width : float
        The one wanted.

    Examples
    --------
    >>> replications_needed(Interval(0.0, -1.2, 1.2, 100), 1.0, 100)
    159
    """
    if interval.n < 2:
        return max(2 * n, FIRST)
    if interval.half_width <= half_width:
        return FIRST
    # The half-width falls with the root of n; a tenth more spares a look that just misses.
    factor = min(1.1 * (interval.half_width / half_width) ** 2, MOST_AT_ONCE)
    return max(FIRST, math.ceil(n * factor), n + 1)


def check_precision(
    values: pd.DataFrame,
    targets: Mapping[str, float],
    *,
    confidence: float = 0.95,
    outlines: pd.DataFrame | None = None,
) -> Precision:
    """Whether every target has its half-width, and else how many replications to make.

    Parameters
    ----------
    values : DataFrame
        Long values of the replications so far.
    targets : mapping
        Selector, such as "late_share[investigation]", to the half-width wanted, in the unit of the
        measure.
    confidence : float
        Of all intervals together.
    outlines : DataFrame, optional
        Long values of the outlines of the same replications and of more: the means are then
        controlled by them.

    Raises
    ------
    KeyError
        If a selector is not in the values.
    ValueError
        If a half-width is not positive, or a measure cannot have a mean.
    """
    from capsim.catalogue import Selector, measure_named

    check_confidence(confidence)
    if not targets:
        raise ValueError('precision: is empty; write {"late_share[investigation]": 0.01}')
    each = 1 - (1 - confidence) / len(targets)
    n = int(values["replication"].nunique())
    intervals: dict[str, Interval] = {}
    needed = FIRST
    for text, half_width in targets.items():
        if not half_width > 0 or not math.isfinite(half_width):
            raise ValueError(f"precision: {text} = {half_width!r}; write a half-width above zero")
        wanted = Selector.parse(text).find(values).iloc[0]
        sample = _column(values, wanted)
        if np.isinf(sample).any():
            raise ValueError(
                f"precision: {text} was not reached in {int(np.isinf(sample).sum())} of {n} "
                "replications, so it has no mean to be precise about; lengthen the horizon or ask "
                "for a share"
            )
        theirs = None if outlines is None else _column(outlines, wanted)
        limits = measure_named(str(wanted["measure"])).limits
        interval = _interval(sample, theirs, each, limits)
        intervals[text] = interval
        needed = max(needed, replications_needed(interval, half_width, n))
    reached = n >= needed
    return Precision(reached, n if reached else needed, intervals)


def _column(values: pd.DataFrame, wanted: pd.Series) -> Floats:
    """Values of one thing by replication, infinite where it was not reached."""
    place = [name for name in KEY if name != "measure" and name in values.columns]
    same = (values[place] == wanted[place]).all(axis=1)
    beside = values[same & values["measure"].isin(["stay_mean", str(wanted["measure"])])]
    keys, matrix = matrix_of(beside)
    column = int(np.flatnonzero(keys["measure"] == wanted["measure"])[0])
    result: Floats = with_infinities(keys, matrix)[:, column]
    return result


def _interval(
    sample: Floats, outlines: Floats | None, confidence: float, limits: tuple[float, float]
) -> Interval:
    """That of the mean, controlled where there are outlines."""
    if outlines is None:
        return mean_interval(sample, confidence=confidence, limits=limits)
    ends = np.array(limits[:1]), np.array(limits[1:])
    found = controlled_intervals(
        sample.reshape(-1, 1), outlines.reshape(-1, 1), confidence=confidence, limits=ends
    )
    mean, lower, upper = (float(one[0]) for one in found[:3])
    return Interval(mean, lower, upper, int(found[3][0]), confidence)
