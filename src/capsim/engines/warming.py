"""What the user is told of compilation: that the first run compiles, or what is lost without it.

The compiled engine is machine code that numba makes on this machine. That takes some ten seconds,
once: the result is kept in a cache (`capsim.kernels.jit` says where). Both messages go to the log
`capsim.engines` as warnings, so that they are seen unless somebody switches them off:
``logging.getLogger("capsim.engines").setLevel(logging.ERROR)``.
"""

from __future__ import annotations

import logging
import multiprocessing
from functools import cache
from pathlib import Path

__all__ = ["is_compiled", "tell_before_compiling", "tell_what_is_lost"]

_log = logging.getLogger("capsim.engines")


def is_compiled() -> bool:
    """Whether the cache holds the engine for this machine and these versions."""
    from capsim.kernels.jit import CACHE

    return CACHE is not None and any(Path(CACHE).glob("*/loop.simulate-*.kept"))


@cache
def tell_before_compiling() -> None:
    """Say once, in the main process, that the first run will compile."""
    from capsim.kernels.jit import CACHE

    if multiprocessing.parent_process() is not None or is_compiled():
        return
    kept = f"it is kept in {CACHE}"
    if CACHE is None:
        kept = (
            "it cannot be kept, so every process does it again; set NUMBA_CACHE_DIR to a directory "
            "that can be written"
        )
    _log.warning("capsim compiles its engine for this machine, which takes about 20 s; %s.", kept)


@cache
def tell_what_is_lost() -> None:
    """Say once, in the main process, why the compiled engine is not used and what that costs."""
    from capsim.kernels.jit import REASON, REMEDY

    if multiprocessing.parent_process() is None:
        _log.warning(
            "capsim runs on its SimPy engine, with the same results but some hundred times "
            "slower, because %s. %s to use the compiled engine.",
            REASON,
            REMEDY.capitalize(),
        )
