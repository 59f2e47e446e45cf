"""Compiling ahead of the first study."""

from __future__ import annotations

import time
from dataclasses import dataclass

from capsim.engines import engine_named
from capsim.engines.warming import is_compiled
from capsim.runs.simulate import simulate

__all__ = ["Warmup", "warmup"]

_SMALL = {
    "start": "2026-01-05",
    "horizon": "4 weeks",
    "teams": {
        "guidance": {"fte": 2, "absence": {"leave": {"spells_per_year": 3, "length": "5 days"}}}
    },
    "stages": {
        "intake": {"team": "guidance", "work": "1 h"},
        "guidance": {
            "team": "guidance",
            "caseworker": True,
            "visits": 2,
            "work": "1 h",
            "gap": "5 days",
        },
    },
    "inflows": {"regular": {"rate": {"per_month": 30}}},
}
"""A scenario of each kind of work: types, not numbers, decide what has to be compiled."""


@dataclass(frozen=True)
class Warmup:
    """What `warmup` did.

    Attributes
    ----------
    seconds : float
        How long it took.
    cache : str or None
        The directory in which compiled code is kept; None if there is no place for it, so that
        every process compiles for itself.
    was_compiled : bool
        Whether the code was in the cache already.
    """

    seconds: float
    cache: str | None
    was_compiled: bool

    def __str__(self) -> str:
        """One sentence for the terminal."""
        if self.cache is None:
            return (
                f"The compiled engine is ready for this process ({self.seconds:.1f} s). It cannot "
                "be kept: set NUMBA_CACHE_DIR to a directory that can be written."
            )
        found = "was compiled before" if self.was_compiled else "is compiled"
        return f"The engine {found} ({self.seconds:.1f} s); it is kept in {self.cache}"


def warmup() -> Warmup:
    """Compile everything that the compiled engine needs, or find it in the cache.

    Returns
    -------
    Warmup
        How long it took, and where the machine code is kept.

    Raises
    ------
    ImportError
        If numba cannot be imported, or is switched off.

    Examples
    --------
    >>> from capsim.runs.warming import warmup
    >>> warmup().seconds < 600
    True
    """
    from capsim.kernels.jit import CACHE
    from capsim.scenario import Scenario

    began = time.perf_counter()
    was_compiled = is_compiled()
    engine = engine_named("compiled")
    scenario = Scenario.model_validate(_SMALL)
    for detail in ("measures", "full"):
        simulate(scenario, seed=1, engine=engine, detail=detail).measures()
    simulate(scenario, seed=1, engine="simpy")
    return Warmup(time.perf_counter() - began, CACHE, was_compiled)
