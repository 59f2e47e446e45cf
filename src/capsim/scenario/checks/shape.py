"""The shape of plain data before any table of it is read: depth, keys, and kinds of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from capsim.scenario.errors import Mistake

__all__ = ["TOO_DEEP", "shape_rules", "too_deep"]

DEEPEST = 40
"""Tables within tables; a mixture of mixtures of laws needs about ten."""

TOO_DEEP = Mistake.absent(
    "", f"tables lie more than {DEEPEST} deep in one another", "write them side by side"
)

_MOST_DIGITS = 1 << 63


def too_deep(data: Any) -> bool:
    """Whether tables and lists lie deeper in one another than any scenario needs.

    Examples
    --------
    >>> too_deep({"teams": {"desk": {"fte": 2}}})
    False
    """
    level = [data]
    for _ in range(DEEPEST):
        # By identity: one that contains itself, or another one often, is looked at once a level.
        below = {
            id(item): item
            for node in level
            if isinstance(node, Mapping | list | tuple)
            for item in (node.values() if isinstance(node, Mapping) else node)
            if isinstance(item, Mapping | list | tuple)
        }
        level = list(below.values())
        if not level:
            return False
    return True


def shape_rules(node: Any, path: str = "") -> Iterator[Mistake]:
    """Mistakes of values that no field takes: objects, and numbers without a meaning."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(node, Mapping):
        items = node.items()
    elif isinstance(node, list):
        items = enumerate(node)
    for key, value in items:
        where = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping | list):
            yield from shape_rules(value, where)
        elif isinstance(value, int) and abs(value) >= _MOST_DIGITS:
            yield Mistake(where, value, "is too large a number", "write a smaller one")
        elif isinstance(value, float) and not abs(value) < float("inf"):
            yield Mistake(where, value, "must be a finite number", "write a finite number")
        elif not (value is None or isinstance(value, str | int | float)):
            kind = type(value).__name__
            yield Mistake(where, kind, "is no text, number, date, list or table", "write one")
