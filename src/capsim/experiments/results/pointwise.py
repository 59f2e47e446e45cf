"""The table of a sweep: a row for each point, a column for each measure that reacts."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from capsim.catalogue.shown import estimate, title_with_unit
from capsim.catalogue.text import PAGE, text_table

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.reacting import Key

__all__ = ["PAGE", "PointTable", "point_table"]

_HEADING = 13
"""Characters of a line of a heading."""


@dataclass(frozen=True)
class PointTable:
    """What a sweep shows.

    Attributes
    ----------
    rows : list of lists of str
        With the header first.
    keys : tuple of (kind, of, measure)
        Of the columns behind the settings.
    below : list of str
        What is the same at every point, and what found no room.
    """

    rows: list[list[str]]
    keys: tuple[Key, ...]
    below: list[str]


def point_table(
    settings: Mapping[str, Sequence[str]],
    frames: Sequence[pd.DataFrame],
    keys: Sequence[Key],
    width: int = PAGE,
) -> PointTable:
    """The table of some points.

    Parameters
    ----------
    settings : mapping of str to sequence of str
        Dotted path to its value at each point.
    frames : sequence of DataFrame
        Summary of each point, of the whole service.
    keys : sequence of (kind, of, measure)
        Columns, the most telling first. Those whose cells are equal at every point are told in a
        line, and the last ones left out where the page is too narrow.
    width : int
        Of the page.
    """
    found = [
        {
            (str(row["kind"]), str(row["of"]), str(row["measure"])): row
            for row in frame.to_dict("records")
        }
        for frame in frames
    ]
    columns: dict[Key, list[str]] = {}
    same: list[str] = []
    for key in keys:
        cells = [_cell(rows.get(key), key[2]) for rows in found]
        if len(cells) > 1 and len(set(cells)) == 1:
            same.append(f"{title_with_unit(key[2])}{_of(key)} {cells[0]}".strip())
        else:
            columns[key] = cells
    names = list(settings) or [""]
    left = [list(settings[path]) for path in settings] or [[""] * len(frames)]

    def table(kept: Sequence[Key]) -> list[list[str]]:
        header = [*names, *(_heading(key) for key in kept)]
        body = zip(*left, *(columns[key] for key in kept), strict=True)
        return [header, *(list(row) for row in body)]

    kept = list(columns)
    while len(kept) > 1 and max(map(len, text_table(table(kept)))) > width:
        kept.pop()
    cut = [f"{title_with_unit(key[2])}{_of(key)}" for key in columns if key not in kept]
    below = [f"The same at every point: {'; '.join(same)}."] if same else []
    below += [f"No room for: {'; '.join(cut)}; summary() has it."] if cut else []
    return PointTable(table(kept), tuple(kept), below)


def _cell(row: Mapping[object, object] | None, measure: str) -> str:
    if row is None:
        return ""
    mean, lower, upper = (float(str(row[name])) for name in ("mean", "lower", "upper"))
    return estimate(measure, mean, lower, upper)


def _of(key: Key) -> str:
    return "" if key[0] == "run" or key[1] == "all" else f" of {key[1]}"


def _heading(key: Key) -> str:
    """Title and unit in narrow lines, and of what it is below."""
    lines = textwrap.wrap(title_with_unit(key[2]), _HEADING, break_long_words=False)
    return "\n".join([*lines, *([] if not _of(key) else [key[1]])])
