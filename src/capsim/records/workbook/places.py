"""Where the answers stand in a workbook: by the names of its cells, and by the words beside them.

A spreadsheet moves the defined names of the template along with the cells. Other programs do not,
or drop them: then a name leads to another cell, to a sheet that is called otherwise, or nowhere.
So a name is believed where the words of the template are in its row (of a table: in its cell) or
nowhere at all; else the answer stands beside its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from capsim.records.workbook.words import ANSWERS, LANGUAGES, TABLES

__all__ = ["Place", "Sheets", "column_number", "defined_names", "settled"]

Place = tuple[str, int, int]
"""Sheet, row and column, counted from 0."""
Sheets = Mapping[str, list[list[Any]]]
"""Rows of cells by the name of the sheet."""

_REFERENCE = re.compile(r"=?(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::.*)?")
_ROWS, _COLUMNS = 300, 50
"""As far as words of the template are looked for."""


def column_number(letters: str) -> int:
    """Number of a column, counted from 0.

    Examples
    --------
    >>> column_number("A"), column_number("AB")
    (0, 27)
    """
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


def defined_names(written: Iterable[tuple[Mapping[str, str], str]]) -> dict[str, Place]:
    """Places by names in lower case, from the attributes and the text of their elements.

    A name of one sheet alone belongs to a copy of a sheet.
    """
    found = {}
    for attributes, text in written:
        place = _REFERENCE.fullmatch(text.strip())
        if place is not None and "localSheetId" not in attributes:
            sheet = (place[1] or place[2]).replace("''", "'")
            cell = int(place[4]) - 1, column_number(place[3])
            found[attributes.get("name", "").lower()] = (sheet, *cell)
    return found


def settled(names: Mapping[str, Place], sheets: Sheets) -> dict[str, Place]:
    """Places of the answers, and of the heads of tables as TABLE_FIELD, that are there."""
    found = {}
    answers, heads = _beside_labels(sheets), _heads(sheets)
    for answer in ANSWERS:
        named, worded = names.get(answer.name), answers.get(answer.name)
        if named is not None and named[0] in sheets and worded in (None, named[:2]):
            found[answer.name] = named
        elif worded is not None:
            sheet, row = worded
            labels = [_LABELS.get(_folded(cell)) for cell in sheets[sheet][row]]
            found[answer.name] = (sheet, row, labels.index(answer.name) + 1)
    for key, (_, _, fields) in TABLES.items():
        columns = [f"{key}_{field}" for field, _, _ in fields]
        rows = {heads[name][:2] for name in columns if name in heads}
        for name in columns:
            named = names.get(name)
            if name in heads:
                found[name] = heads[name]
            elif named is not None and named[0] in sheets and (not rows or named[:2] in rows):
                found[name] = named
    return found


def _folded(cell: Any) -> str:
    """A text for comparison; nothing for other cells."""
    return " ".join(cell.lower().split()) if isinstance(cell, str) else ""


_LABELS = {_folded(text): answer.name for answer in ANSWERS for text in answer.label}
_HEADS = [
    (key, {_folded(words[language]): field for field, words, _ in fields})
    for key, (_, _, fields) in TABLES.items()
    for language in range(len(LANGUAGES))
]


def _rows(sheets: Sheets) -> Iterator[tuple[str, int, list[str]]]:
    for sheet, rows in sheets.items():
        for row, cells in enumerate(rows[:_ROWS]):
            yield sheet, row, [_folded(cell) for cell in cells[:_COLUMNS]]


def _beside_labels(sheets: Sheets) -> dict[str, tuple[str, int]]:
    """Sheet and row of the labels that stand in one place only."""
    found: dict[str, list[tuple[str, int]]] = {}
    for sheet, row, texts in _rows(sheets):
        for text in texts:
            if text in _LABELS:
                found.setdefault(_LABELS[text], []).append((sheet, row))
    return {name: rows[0] for name, rows in found.items() if len(rows) == 1}


def _heads(sheets: Sheets) -> dict[str, Place]:
    """Places of heads by TABLE_FIELD, and the row of each table by its name.

    The row of a table holds at least two of its heads in one language, and is the only such.
    """
    rows: dict[str, dict[tuple[str, int], dict[str, int]]] = {}
    for sheet, row, texts in _rows(sheets):
        for key, words in _HEADS:
            columns = {words[text]: c for c, text in enumerate(texts) if text in words}
            best = rows.setdefault(key, {})
            if len(columns) >= 2 and len(columns) > len(best.get((sheet, row), ())):
                best[sheet, row] = columns
    found: dict[str, Place] = {}
    for key, places in rows.items():
        if len(places) == 1:
            [((sheet, row), columns)] = places.items()
            found |= {f"{key}_{field}": (sheet, row, c) for field, c in columns.items()}
    return found
