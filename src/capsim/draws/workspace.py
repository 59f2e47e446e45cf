"""Memory that kernels work in, kept from one replication to the next.

New memory has to be cleared by the operating system, page by page, when it is first written to. For
the working tables of a replication that takes as long as half of its events.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["Workspace"]

_ALIGNED = 64  # bytes of a line of the processor's cache


class Workspace(threading.local):
    """Arrays of one thread that share a piece of memory, which is kept for the next ones.

    Parameters
    ----------
    most : int
        Bytes that are kept at most; what is larger is given back when it is not used any more.

    Examples
    --------
    >>> workspace = Workspace(1 << 20)
    >>> whole, small = np.dtype("int64"), np.dtype("int8")
    >>> first, second = workspace.arrays([((2, 3), whole), ((5,), small)])
    >>> first.shape, second.dtype
    ((2, 3), dtype('int8'))

    The next arrays lie in the same memory:

    >>> (again,) = workspace.arrays([((6,), whole)])
    >>> np.shares_memory(first, again)
    True
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._memory = np.empty(0, np.uint8)

    def arrays(self, wanted: Sequence[tuple[tuple[int, ...], Any]]) -> list[Any]:
        """Arrays of the shapes and types given, with any content.

        They are good until the next call in the same thread.
        """
        starts = [0]
        for shape, dtype in wanted:
            size = math.prod(shape) * dtype.itemsize
            starts.append(starts[-1] + -(-size // _ALIGNED) * _ALIGNED)
        memory = self._memory
        if len(memory) < starts[-1]:
            memory = np.empty(starts[-1], np.uint8)
            if starts[-1] <= self._most:
                self._memory = memory
        return [
            np.ndarray(shape, dtype, memory, start)
            for (shape, dtype), start in zip(wanted, starts, strict=False)
        ]
