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

from capsim.estimates.means import Interval, check_confidence, mean_interval
from capsim.estimates.table import KEY, matrix_of, with_infinities

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
    values: pd.DataFrame, targets: Mapping[str, float], *, confidence: float = 0.95
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
        rows = Selector.parse(text).find(values)
        place = [name for name in KEY if name != "measure" and name in values.columns]
        same = (values[place] == rows.iloc[0][place]).all(axis=1)
        beside = values[same & values["measure"].isin(["stay_mean", str(rows.iloc[0]["measure"])])]
        keys, matrix = matrix_of(beside)
        column = int(np.flatnonzero(keys["measure"] == rows.iloc[0]["measure"])[0])
        sample = with_infinities(keys, matrix)[:, column]
        if np.isinf(sample).any():
            raise ValueError(
                f"precision: {text} was not reached in {int(np.isinf(sample).sum())} of {n} "
                "replications, so it has no mean to be precise about; lengthen the horizon or ask "
                "for a share"
            )
        limits = measure_named(str(rows.iloc[0]["measure"])).limits
        interval = mean_interval(sample, confidence=each, limits=limits)
        intervals[text] = interval
        needed = max(needed, replications_needed(interval, half_width, n))
    reached = n >= needed
    return Precision(reached, n if reached else needed, intervals)
