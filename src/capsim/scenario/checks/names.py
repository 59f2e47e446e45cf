"""Names that a scenario file defines, and references to them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.tables.stages import StageFields

__all__ = ["Names", "destinations", "unknown"]

_CLOSE = 0.8


@dataclass(frozen=True)
class Names:
    """Names that exist, whether or not their tables are in order."""

    stages: tuple[str, ...]
    teams: tuple[str, ...] | None
    """None: they have no names, so that nothing can be said of a reference to one."""
    inflows: tuple[str, ...]
    offices: tuple[str, ...] | None
    knows_start: bool = True
    windows: tuple[str, ...] | None = ()
    """As `teams`."""

    @classmethod
    def of(
        cls, raw: Mapping[str, Any], knows_start: bool = True, unnamed: Collection[str] = ()
    ) -> Names:
        """Names in plain data.

        Parameters
        ----------
        raw : mapping
            The plain data.
        knows_start : bool
            Whether the first day is known.
        unnamed : collection of str
            Tables, such as ``"teams"``, in which fields stand where a name should.
        """

        def keys(name: str) -> tuple[str, ...]:
            table = raw.get(name)
            is_named = isinstance(table, Mapping) and name not in unnamed
            return tuple(map(str, table or ())) if is_named else ()

        def has_no_names(name: str) -> bool:
            return name in unnamed or not isinstance(raw.get(name, {}), Mapping)

        return cls(
            keys("stages"),
            None if has_no_names("teams") else keys("teams"),
            keys("inflows"),
            None if has_no_names("offices") else keys("offices") or ("main",),
            knows_start,
            None if has_no_names("windows") else keys("windows"),
        )


def unknown(name: str, known: Iterable[str] | None, path: str, noun: str) -> Iterator[Mistake]:
    """The mistake of a reference to something that does not exist, if it is one."""
    if known is None:
        return
    known = list(known)
    if name not in known:
        yield Mistake(path, name, f"there is no such {noun}", nearest(name, known))


def destinations(
    fields: StageFields, path: str, names: Names, uses: Mapping[str, int]
) -> Iterator[Mistake]:
    """Mistakes in where a stage sends cases; `uses` says how often each destination is named."""
    if not names.stages:
        return
    if fields.deadline is not None and fields.deadline.from_ is not None:
        yield from unknown(fields.deadline.from_, names.stages, f"{path}.deadline.from", "stage")
    places = [(name, f"{path}.next") for name in fields.next or ()]
    for way in ("if_left", "if_turned_away"):
        if getattr(fields, way) is not None:
            places.append((getattr(fields, way), f"{path}.{way}"))
    for name, place in places:
        meant = None if name in names.stages else _almost(name, names.stages)
        if meant is not None and uses[name] == 1:
            yield Mistake(
                place,
                name,
                "is neither a stage nor an exit used elsewhere",
                f"did you mean {meant!r}?",
            )


def _almost(name: str, stages: Iterable[str]) -> str | None:
    """The stage that a destination may be a misspelling of."""
    lower = {stage.lower(): stage for stage in stages}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=_CLOSE)
    return lower[close[0]] if close else None
