"""CSV files beside a scenario: reading them into rows, and what all of them are told alike."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.files.sheets import SHEETS, SheetError, sheet_rows

__all__ = [
    "as_long_as_header",
    "column_mistakes",
    "columns_of",
    "file_rows",
    "first_few",
    "plain_name",
]

Rows = list[tuple[int, list[str]]]
"""Line number and cells."""

_SHOWN = 5


def file_rows(folder: Path, name: str, path: str, wanted: str) -> tuple[Rows, bool, list[Mistake]]:
    """Rows of a CSV file, or of the first sheet of a workbook, that are not empty.

    None, and the mistakes, where it cannot be read.

    Parameters
    ----------
    folder : Path
        Folder to which the name is relative.
    name : str
        Name as the scenario writes it.
    path : str
        Dotted path of the field that names it, for messages.
    wanted : str
        What stands in such a file, for messages.

    Returns
    -------
    rows : list of (int, list of str)
        With their line numbers, the header first.
    quotes : bool
        Whether messages may show what the file says: it lies in the folder of the scenario.
    mistakes : list of Mistake
    """
    file = folder / name
    quotes = _lies_in(file, folder)
    is_sheet = file.suffix.lower() in SHEETS
    sheet: Rows = []
    text = ""
    try:
        if is_sheet:
            sheet = sheet_rows(file)
        else:
            text = file.read_text(encoding="utf-8-sig")
    except SheetError as error:
        return [], quotes, [Mistake(path, name, *error.args)]
    except FileNotFoundError:
        kinds = (".csv", *SHEETS)
        there = sorted(file.parent.iterdir()) if quotes and file.parent.is_dir() else []
        beside = [entry.name for entry in there if entry.suffix.lower() in kinds]
        remedy = nearest(file.name, beside) if beside else f"put it into {file.parent or '.'}"
        said = "there is no such file beside the scenario", remedy if quotes else "check the path"
        return [], quotes, [Mistake(path, name, *said)]
    except UnicodeDecodeError:
        said = "is not a text in UTF-8", "save it as CSV in UTF-8"
        return [], quotes, [Mistake(path, name, *said)]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        said = f"cannot be read: {reason.lower()}", "check the file and its rights"
        return [], quotes, [Mistake(path, name, *said)]
    if is_sheet:
        if not sheet:
            return [], quotes, [Mistake(path, name, "the sheet is empty", f"write {wanted}")]
        return sheet, quotes, []
    if not text.strip():
        return [], quotes, [Mistake(path, name, "the file is empty", f"write {wanted}")]
    lines = text.splitlines()
    delimiter = ";" if lines[0].count(";") > lines[0].count(",") else ","
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        said = f"is not a CSV file: {error}", "correct the quotes"
        return [], quotes, [Mistake(path, name, *said)]
    if not rows:
        return [], quotes, [Mistake(path, name, "all its cells are empty", f"write {wanted}")]
    return rows, quotes, []


def _lies_in(file: Path, folder: Path) -> bool:
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False


def plain_name(name: str) -> str:
    """Name of a CSV file without any folder, so that it lies beside the scenario.

    What was read from a workbook is written as CSV.

    Examples
    --------
    >>> plain_name("../data/arrivals.csv"), plain_name("open.xlsx")
    ('arrivals.csv', 'open.csv')
    """
    last = re.split(r"[/\\\\:]", name)[-1]
    if last.lower().endswith(SHEETS):
        last = f"{last.rpartition('.')[0]}.csv"
    return last if last.strip(". ") else "trace.csv"


def column_mistakes(
    header: Sequence[str],
    known: Sequence[str],
    columns: Sequence[str],
    kind: str,
    name: str,
    path: str,
) -> list[Mistake]:
    """Columns that such a file does not have, or has twice."""
    mistakes = [
        Mistake(
            path,
            f"{name}, column {column!r}",
            f"there is no such column in {kind}",
            nearest(column, columns),
        )
        for column in header
        if column not in known
    ]
    return mistakes + [
        Mistake(path, f"{name}, column {column!r}", "stands twice", "remove one of them")
        for column in dict.fromkeys(header)
        if header.count(column) > 1
    ]


def as_long_as_header(
    row: Sequence[str],
    header: Sequence[str],
    number: int,
    name: str,
    path: str,
    mistakes: list[Mistake],
) -> bool:
    """Whether a row has a cell for every column; if not, a mistake is added."""
    if len(row) != len(header):
        mistakes.append(
            Mistake(
                path,
                f"{name}, row {number}",
                f"has {len(row)} cells for {len(header)} columns",
                "give every column a cell, empty ones too",
            )
        )
    return len(row) == len(header)


def columns_of(
    rows: Rows,
    header: Sequence[str],
    read: Callable[[str, str], Any],
    name: str,
    path: str,
    quotes: bool,
) -> tuple[dict[str, list[Any]], list[Mistake]]:
    """Cells below the header by column, and what is wrong with them; without `quotes` not shown.

    `read` takes a column and a cell, and raises `capsim.scenario.errors.problem`.
    """
    table: dict[str, list[Any]] = {column: [] for column in header}
    mistakes: list[Mistake] = []
    for line, row in rows[1:]:
        if not as_long_as_header(row, header, line, name, path, mistakes):
            continue
        for column, cell in zip(header, row, strict=True):
            try:
                table[column].append(read(column, cell.strip()))
            except ValueError as error:
                table[column].append(None)
                context: Mapping[str, Any] = getattr(error, "context", None) or {}
                shown = f" {cell.strip()[:40]!r}" if quotes else ""
                where = f"{name}, line {line}, {column}{shown}"
                mistakes.append(Mistake(path, where, context["rule"], context["remedy"]))
    return table, mistakes


def first_few(mistakes: list[Mistake], name: str, path: str) -> list[Mistake]:
    """The first mistakes of a file, and how many more there are."""
    more = len(mistakes) - _SHOWN
    if more <= 0:
        return mistakes
    return [
        *mistakes[:_SHOWN],
        Mistake(path, name, f"has {more} more such mistakes", "correct these first"),
    ]
