"""Matrices that grow: what is there of a point of a study, and what of it is stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from capsim.execution.block import AbstractWork, Arrays, Block
from capsim.execution.store.blocks import Blocks

__all__ = ["PointNumbers", "length"]


class PointNumbers:
    """The numbers of one point of the study."""

    def __init__(
        self, work: AbstractWork, first: int, blocks: Blocks | None, series: Blocks | None
    ) -> None:
        self.first = first
        self.values = Matrix(first, len(work.rows()), blocks)
        rows = work.series_rows()
        self.series = None if rows is None else Matrix(first, len(rows), series)

    @property
    def _matrices(self) -> list[Matrix]:
        return [self.values] if self.series is None else [self.values, self.series]

    def reach(self, first: int, stop: int) -> None:
        """Make room for a range of replications."""
        if first < self.first:
            raise ValueError(f"replication {first} lies before the first one, {self.first}")
        for matrix in self._matrices:
            matrix.reach(stop)

    def look_up(self, first: int, stop: int) -> list[str]:
        """Take what the store holds of a range; a sentence per file that cannot be used."""
        problems = []
        for matrix in self._matrices:
            for begin, end in matrix.gaps(first, stop):
                problems += matrix.look_up(begin, end)
        return problems

    def gaps(self, first: int, stop: int) -> list[tuple[int, int]]:
        """Ranges that are not complete."""
        present = self.values.present[first - self.first : stop - self.first]
        if self.series is not None:
            present = present & self.series.present[first - self.first : stop - self.first]
        return gaps_of(present, first)

    def fill(self, block: Block, arrays: Arrays) -> int:
        """Take the numbers of a block; how many replications are new."""
        new = length(self.gaps(block.first, block.stop))
        self.values.fill(block.first, arrays.values)
        if self.series is not None:
            assert arrays.series is not None
            self.series.fill(block.first, arrays.series)
        return new

    def write(self, block: Block) -> None:
        """Store what the block has filled."""
        for matrix in self._matrices:
            matrix.write(block.first, block.stop)

    def introduce(self) -> None:
        """Let the blocks that are there say whose they are."""
        for matrix in self._matrices:
            matrix.introduce()


class Matrix:
    """A matrix that grows, with the part of it that is there and the part that is stored."""

    def __init__(self, first: int, rows: int, blocks: Blocks | None) -> None:
        self._first = first
        self._blocks = blocks
        self._array = np.empty((0, rows))
        self.present = np.zeros(0, dtype=bool)
        self._stored = np.zeros(0, dtype=bool)
        self._stop = first

    def reach(self, stop: int) -> None:
        """Make room up to a replication."""
        self._stop = max(self._stop, stop)
        more = self._stop - self._first - len(self.present)
        if more > 0:
            # At least doubling keeps a study that grows in steps from copying at each of them.
            more = max(more, len(self.present))
            try:
                missing = np.full((more, self._array.shape[1]), np.nan)
                self._array = np.concatenate([self._array, missing])
            except (MemoryError, ValueError):
                # NumPy refuses what no memory holds, and what no index reaches.
                numbers = self._array.shape[1]
                needed = 8e-9 * (self._stop - self._first) * numbers
                raise ValueError(
                    f"{self._stop - self._first:,} replications of {numbers} numbers take "
                    f"{needed:,.0f} GB, more than this machine has; ask for fewer"
                ) from None
            nothing = np.zeros(more, dtype=bool)
            self.present = np.concatenate([self.present, nothing])
            self._stored = np.concatenate([self._stored, nothing])

    def introduce(self) -> None:
        """Let the blocks that are there say whose they are."""
        if self._blocks is not None and self._blocks.path.exists():
            self._blocks.introduce()

    def gaps(self, first: int, stop: int) -> list[tuple[int, int]]:
        """Ranges that are not there."""
        return gaps_of(self.present[first - self._first : stop - self._first], first)

    def look_up(self, first: int, stop: int) -> list[str]:
        """Take what the store holds of a range; a sentence per file that cannot be used."""
        if self._blocks is None:
            return []
        found = self._blocks.load(first, stop)
        where = np.flatnonzero(found.present) + first - self._first
        self._array[where] = found.matrix[found.present]
        self.present[where] = True
        self._stored[where] = True
        return found.problems

    def fill(self, first: int, array: NDArray[np.float64]) -> None:
        """Take the numbers of a block."""
        place = slice(first - self._first, first - self._first + len(array))
        self._array[place] = array
        self.present[place] = True

    def write(self, first: int, stop: int) -> None:
        """Store a range, unless all of it is stored."""
        assert self._blocks is not None
        place = slice(first - self._first, stop - self._first)
        if self._stored[place].all():
            return
        self._blocks.write(first, self._array[place])
        self._stored[place] = True

    def filled(self) -> NDArray[np.float64]:
        """The rows from the first replication up to the last one that is there without a gap."""
        missing = np.flatnonzero(~self.present)
        stop = int(missing[0]) if len(missing) else len(self.present)
        view = self._array[:stop]
        view = view.view()
        view.flags.writeable = False
        return view


def gaps_of(present: NDArray[np.bool_], first: int) -> list[tuple[int, int]]:
    """Ranges of what is not present, counted from `first`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], present.astype(np.int8), [1]])))
    starts, stops = edges[::2], edges[1::2]
    return [(first + int(a), first + int(b)) for a, b in zip(starts, stops, strict=True)]


def length(ranges: list[tuple[int, int]]) -> int:
    """Number of replications in ranges (first, stop)."""
    return sum(stop - first for first, stop in ranges)
