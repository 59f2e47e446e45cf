"""How a scenario is being built: where its files lie, whether its variants are examined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

__all__ = ["Construction", "constructing", "current"]


@dataclass(frozen=True)
class Construction:
    """Circumstances that are no part of the scenario itself."""

    folder: Path | None = None
    """Folder of the scenario file, for its traces; none: the working directory."""
    source: str = ""
    """Name of the file, for messages."""
    examines_variants: bool = False
    """Whether every variant is tried out, as when a file is loaded. A scenario that was derived
    from another keeps its variants unexamined until one is asked for."""
    is_tried: bool = False
    """Whether the plain data is that of a scenario, with changes that were tried when it was made:
    then no rule can be broken."""


_current: ContextVar[Construction] = ContextVar("construction")


def current() -> Construction:
    """Circumstances of the scenario that is being built."""
    return _current.get(Construction())


@contextmanager
def constructing(**changes: Any) -> Iterator[None]:
    """Build scenarios under changed circumstances."""
    token = _current.set(replace(current(), **changes))
    try:
        yield
    finally:
        _current.reset(token)
