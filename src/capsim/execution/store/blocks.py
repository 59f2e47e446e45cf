"""The blocks of one identity: those of one scenario, seed and version, in one directory."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.execution.store.blockfile import PARQUET, Rows, decode, encode, format_here
from capsim.execution.store.files import checksum_of, holds, reason_of, write_atomically

__all__ = ["BLOCK_NAME", "DAMAGED", "Blocks", "Found"]

BLOCK_NAME = re.compile(r"(\d{10,})-(\d{10,})\.([0-9a-f]{16})\.(parquet|csv\.gz)")
DAMAGED = "_damaged-"


@dataclass
class Found:
    """What a store holds of a range of replications.

    Attributes
    ----------
    matrix : (count, rows) float64
        The numbers; NaN where `present` is False.
    present : (count,) bool
        Whether the replication is there.
    problems : list of str
        One sentence per file that could not be used.
    """

    matrix: NDArray[np.float64]
    present: NDArray[np.bool_]
    problems: list[str] = field(default_factory=list)


class Blocks:
    """The blocks of one identity, in one directory."""

    def __init__(self, path: Path, identity: Mapping[str, Any], keys: Rows) -> None:
        self.path = path
        self.identity = identity
        self.keys = keys
        self._form = format_here()
        self._known = False

    def __len__(self) -> int:
        """Number of block files."""
        return sum(1 for _ in self._files())

    def load(self, first: int, stop: int, *, repair: bool = True) -> Found:
        """What is there of the replications `first` to `stop - 1`.

        Parameters
        ----------
        first, stop : int
            The range.
        repair : bool
            Move damaged files aside, so that they are named once.
        """
        found = Found(
            np.full((stop - first, len(self.keys)), np.nan), np.zeros(stop - first, dtype=bool)
        )
        for path, begin, end in self._files():
            low, high = max(begin, first), min(end, stop)
            if low >= high or found.present[low - first : high - first].all():
                continue
            matrix = self._read(path, begin, end, found.problems, repair)
            if matrix is not None:
                found.matrix[low - first : high - first] = matrix[low - begin : high - begin]
                found.present[low - first : high - first] = True
        return found

    def write(self, first: int, matrix: NDArray[np.float64]) -> Path:
        """Write a finished block and give its path.

        Raises
        ------
        OSError
            If it cannot be written; the store is then as it was before.
        """
        self.introduce()
        data = encode(self.keys, first, matrix, self._form)
        checksum = checksum_of(data)
        last = first + len(matrix) - 1
        path = self.path / f"{first:010d}-{last:010d}.{checksum}.{self._form}"
        write_atomically(path, data)
        return path

    def introduce(self) -> None:
        """Write whose numbers these are, if it is not there yet, or damaged.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        about = self.path / "_about.json"
        if not self._known and not holds(about, self.identity):
            write_atomically(about, json.dumps(self.identity, indent=1).encode())
        self._known = True

    def _files(self) -> Iterator[tuple[Path, int, int]]:
        """Block files with the range they cover, by first replication."""
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return
        for name in names:
            match = BLOCK_NAME.fullmatch(name)
            if match:
                yield self.path / name, int(match[1]), int(match[2]) + 1

    def _read(
        self, path: Path, begin: int, end: int, problems: list[str], repair: bool
    ) -> NDArray[np.float64] | None:
        match = BLOCK_NAME.fullmatch(path.name)
        assert match is not None
        form = match[4]
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None  # Another process has moved it aside.
        except OSError as error:
            problems.append(f"{path} cannot be read ({reason_of(error)})")
            return None
        if form == PARQUET and format_here() != PARQUET:
            problems.append(f"{path} needs pyarrow to be read: install capsim[parquet]")
            return None
        if checksum_of(data) != match[3]:
            problems.append(f"{path} is damaged: its bytes do not match the checksum in its name")
        else:
            try:
                first, matrix = decode(data, form, len(self.keys))
            except Exception as error:  # each package that reads has errors of its own
                problems.append(f"{path} is damaged: {error}")
            else:
                if first == begin and len(matrix) == end - begin:
                    return matrix
                problems.append(f"{path} is damaged: it holds other replications than it says")
        if repair:
            try:
                path.replace(path.with_name(f"{DAMAGED}{path.name}"))
            except OSError:
                return None  # A read-only store keeps its damaged file and names it each time.
        return None
