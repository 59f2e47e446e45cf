"""Kernels run by Python on arrays that refuse negative indices, which compiled ones cannot see."""

from __future__ import annotations

from typing import Any

import numpy as np

from capsim.kernels import measures as statistics
from capsim.kernels.draws import applicants as arrivals
from capsim.kernels.draws import roster
from capsim.kernels.engine import loop as engine

KERNELS = [
    (arrivals, "collect"),
    (arrivals, "arrange"),
    (arrivals, "weigh"),
    (roster, "enrol"),
    (engine, "simulate"),
    (statistics, "add"),
    (statistics, "measure"),
]
"""What the library calls; everything else in the package is called by these."""


class Checked(np.ndarray):
    """An array whose indices do not count from its end."""

    def __getitem__(self, key: Any) -> Any:
        """An entry or a part, from places that are not negative."""
        return super().__getitem__(_from_the_beginning(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Set an entry or a part, at places that are not negative."""
        super().__setitem__(_from_the_beginning(key), value)


def _from_the_beginning(key: Any) -> Any:
    for index in key if isinstance(key, tuple) else (key,):
        if isinstance(index, int | np.integer) and index < 0:
            raise IndexError(f"index {index} counts from the end, which compiled kernels cannot")
    return key


def checked(argument: Any) -> Any:
    """The same arrays, checked, in tuples of tuples."""
    if isinstance(argument, tuple):
        parts = [checked(part) for part in argument]
        return type(argument)(*parts) if hasattr(argument, "_fields") else tuple(parts)
    return argument.view(Checked) if isinstance(argument, np.ndarray) else argument


def check_kernels() -> None:
    """Let the kernels of this process, which are not compiled, see checked arrays only."""
    for module, name in KERNELS:
        kernel = getattr(module, name)
        setattr(module, name, lambda *given, kernel=kernel: kernel(*map(checked, given)))
