"""What differs between samples on the same luck: the rows that a change can reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from capsim.catalogue.meant import of_the_whole_service

if TYPE_CHECKING:
    from capsim.experiments.results.sample import Sample

__all__ = ["Key", "reacting"]

Key = tuple[str, str, str]
"""Kind, of, measure."""


def reacting(samples: Iterable[Sample]) -> frozenset[Key]:
    """Kind, of and measure of the rows of everybody together that are not the same in all samples.

    On the same luck a stage that a change cannot reach has the very same numbers, to the last
    bit, so whatever differs at all reacts. A measure of the user's own is always among them.
    """
    seen = [_whole(sample) for sample in samples]
    found: set[Key] = set()
    for rows in seen:
        for key, values in rows.items():
            others = [other.get(key) for other in seen]
            if key[0] == "run" or any(not _equal(values, other) for other in others):
                found.add(key)
    return frozenset(found)


def _whole(sample: Sample) -> dict[Key, np.ndarray]:
    keys = of_the_whole_service(sample.keys())
    columns = keys.index.tolist()
    names = zip(keys["kind"], keys["of"], keys["measure"], strict=True)
    return {
        (str(kind), str(of), str(measure)): sample.matrix[:, column]
        for (kind, of, measure), column in zip(names, columns, strict=True)
    }


def _equal(values: np.ndarray, other: np.ndarray | None) -> bool:
    return other is not None and np.array_equal(values, other, equal_nan=True)
