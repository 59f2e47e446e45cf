"""Loops over flat arrays, compiled by numba where it is installed and plain Python where it is not.

This package imports nothing of the rest of capsim. Import its modules inside the function that
needs them: importing `capsim.kernels` or its `workspace` costs nothing, importing one of the other
modules starts numba, which takes most of a second.
"""

from __future__ import annotations

__all__ = ["available", "why_not"]


def available() -> bool:
    """Whether kernels are compiled: numba can be imported and is not switched off.

    The first call imports numba. The answer holds for the life of the process.

    Examples
    --------
    >>> import capsim.kernels
    >>> capsim.kernels.available() == (capsim.kernels.why_not() == "")
    True
    """
    return why_not() == ""


def why_not() -> str:
    """The reason why kernels are not compiled, "" if they are."""
    from capsim.kernels import jit

    return jit.REASON
