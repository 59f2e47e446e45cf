"""Names that a scenario file defines, and references to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capsim.scenario.errors import Mistake, nearest

__all__ = ["Names", "unknown"]


@dataclass(frozen=True)
class Names:
    """Names that exist, whether or not their tables are in order."""

    stages: tuple[str, ...]
    teams: tuple[str, ...]
    inflows: tuple[str, ...]
    offices: tuple[str, ...]
    knows_start: bool = True

    @classmethod
    def of(cls, raw: Mapping[str, Any], knows_start: bool = True) -> Names:
        """Names in plain data."""

        def keys(name: str) -> tuple[str, ...]:
            table = raw.get(name)
            return tuple(map(str, table)) if isinstance(table, Mapping) else ()

        return cls(
            keys("stages"),
            keys("teams"),
            keys("inflows"),
            keys("offices") or ("main",),
            knows_start,
        )


def unknown(name: str, known: Iterable[str], path: str, noun: str) -> Iterator[Mistake]:
    """The mistake of a reference to something that does not exist, if it is one."""
    known = list(known)
    if name not in known:
        yield Mistake(path, name, f"there is no such {noun}", nearest(name, known))
