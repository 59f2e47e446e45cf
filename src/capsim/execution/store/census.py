"""What a store holds, counted without reading its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Census", "Counted"]


@dataclass(frozen=True)
class Counted:
    """The blocks of one identity, as ranges of replications; nothing of them is read."""

    identity: Mapping[str, Any]
    ranges: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        """Number of files."""
        return len(self.ranges)

    @property
    def held(self) -> int:
        """How many replications are there, each counted once."""
        count = reached = 0
        for first, stop in sorted(self.ranges):
            count += max(stop - max(first, reached), 0)
            reached = max(reached, stop)
        return count

    def covers(self, n: int) -> NDArray[np.bool_]:
        """Which of the replications 0 to n - 1 are there."""
        have = np.zeros(n, dtype=bool)
        for first, stop in self.ranges:
            have[first:stop] = True
        return have


@dataclass(frozen=True)
class Census:
    """All that a store holds.

    Attributes
    ----------
    counted : dict of str to list of Counted
        By kind, "blocks" or "series".
    damaged : list of str
        Files that do not match their checksum, and those moved aside before.
    """

    counted: Mapping[str, Sequence[Counted]]
    damaged: list[str]

    @property
    def files(self) -> int:
        """Number of block files."""
        return sum(len(one) for found in self.counted.values() for one in found)

    def found(self, kind: str, **wanted: Any) -> Iterator[Counted]:
        """Those whose identity has the wanted entries."""
        for one in self.counted[kind]:
            if all(one.identity.get(name) == value for name, value in wanted.items()):
                yield one
