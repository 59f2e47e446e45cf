"""Two scenarios on the same luck, thing by thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.sample import Sample

__all__ = ["Cut", "difference"]


@dataclass(frozen=True)
class Cut:
    """What is compared of a sample, infinite where it was not reached."""

    keys: pd.DataFrame
    values: Floats
    outlines: Floats | None

    @classmethod
    def of(cls, sample: Sample, keys: pd.DataFrame, columns: np.ndarray, control: bool) -> Cut:
        """The columns of a sample."""
        from capsim.estimates.table import with_infinities

        mine = keys.iloc[columns].reset_index(drop=True)
        theirs = sample.outlines if control else None
        return cls(
            mine,
            with_infinities(mine, sample.matrix[:, columns]),
            None if theirs is None else with_infinities(mine, theirs[:, columns]),
        )


def difference(base: Cut, other: Cut, confidence: float) -> pd.DataFrame:
    """Other minus base, of what both have."""
    from capsim.estimates.differences import common_things, differences_of

    mine, theirs = common_things(base.keys, other.keys)
    keys = base.keys.iloc[mine].reset_index(drop=True)
    outlines = None
    if base.outlines is not None and other.outlines is not None:
        many = min(len(base.outlines), len(other.outlines))
        outlines = base.outlines[:many, mine], other.outlines[:many, theirs]
    return differences_of(
        keys,
        base.values[:, mine],
        other.values[:, theirs],
        confidence=confidence,
        outlines=outlines,
    )
