"""CSV files beside a scenario: reading them into rows, and what all of them are told alike."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.files.sheets import SHEETS, SheetError, sheet_rows

__all__ = ["FileKind", "csv_text", "first_few", "plain_name"]

Rows = list[tuple[int, list[str]]]
"""Line number and cells."""

_SHOWN = 5


def _file_rows(folder: Path, name: str, path: str, wanted: str) -> tuple[Rows, bool, list[Mistake]]:
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


class FileKind(NamedTuple):
    """What stands in the columns of one kind of file, and what messages call it."""

    noun: str
    """Of the whole, such as "a trace"."""
    rows: str
    """What each row is, in the plural."""
    example: str
    """What a file that is empty needs."""
    columns: tuple[str, ...]
    """Those that it may have, as messages show them."""
    cell: Callable[[str, str], Any]
    """Takes a column and a cell, and raises `capsim.scenario.errors.problem`."""
    lacking: Callable[[Sequence[str]], Iterable[tuple[str, str]]]
    """Rule and remedy of what a header does not have."""
    is_column: Callable[[str], bool] | None = None
    """Whether it has such a column; none: one of `columns`."""
    once: str | None = None
    """Column in which nothing stands twice."""

    def read(
        self, folder: Path, name: str, path: str
    ) -> tuple[dict[str, Any] | None, list[Mistake]]:
        """Name of the file and its cells by column, or the mistakes in it; see `_file_rows`."""
        rows, quotes, mistakes = _file_rows(folder, name, path, self.example)
        if mistakes:
            return None, mistakes
        header = [cell.strip() for cell in rows[0][1]]
        is_column = self.is_column or self.columns.__contains__
        known = [column for column in header if is_column(column)]
        if not quotes and len(known) < len(header):
            rule = f"is not {self.noun}, and lies outside the folder of the scenario"
            return None, [Mistake(path, name, rule, f"name a CSV file of {self.rows}")]
        mistakes = [
            *_column_mistakes(header, known, self.columns, self.noun, name, path),
            *(Mistake(path, f"{name}, header {header}", *said) for said in self.lacking(header)),
        ]
        if not mistakes and len(rows) == 1:
            rule = f"has no {self.rows}"
            mistakes = [Mistake(path, name, rule, "add rows below the header")]
        if mistakes:
            return None, mistakes
        table, mistakes = self._cells(rows, header, name, path, quotes)
        if mistakes:
            return None, first_few(mistakes, name, path)
        return {"file": plain_name(name), **table}, []

    def text(self, table: Mapping[str, Any]) -> str:
        """A table with these columns as CSV text that `read` reads back."""
        return csv_text({column: table[column] for column in self.columns if column in table})

    def _cells(
        self, rows: Rows, header: Sequence[str], name: str, path: str, quotes: bool
    ) -> tuple[dict[str, list[Any]], list[Mistake]]:
        """Cells below the header by column, and what is wrong; without `quotes` not shown."""
        table: dict[str, list[Any]] = {column: [] for column in header}
        mistakes: list[Mistake] = []
        twice: list[Mistake] = []
        first: dict[str, int] = {}
        for line, row in rows[1:]:
            if len(row) != len(header):
                rule = f"has {len(row)} cells for {len(header)} columns"
                remedy = "give every column a cell, empty ones too"
                mistakes.append(Mistake(path, f"{name}, line {line}", rule, remedy))
                continue
            for column, cell in zip(header, map(str.strip, row), strict=True):
                try:
                    value = self.cell(column, cell)
                except PydanticCustomError as error:
                    value, said = None, error.context or {}
                    where = f"{name}, line {line}, {column}" + (f" {cell[:40]!r}" if quotes else "")
                    mistakes.append(Mistake(path, where, said["rule"], said["remedy"]))
                table[column].append(value)
                if column == self.once and first.setdefault(cell, line) != line:
                    rule = f"stands in line {first[cell]} already"
                    where = f"{name}, line {line}, {column} {cell!r}"
                    twice.append(Mistake(path, where, rule, f"give every {column} one row"))
        return table, mistakes + twice


def csv_text(columns: Mapping[str, Sequence[Any]]) -> str:
    r"""Columns as the text of a CSV file; nothing where a cell is None.

    Examples
    --------
    >>> csv_text({"month": ["2026-01", "2026-02"], "count": [41, None]})
    'month,count\n2026-01,41\n2026-02,\n'
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()


def _column_mistakes(
    header: Sequence[str],
    known: Sequence[str],
    columns: Sequence[str],
    noun: str,
    name: str,
    path: str,
) -> list[Mistake]:
    """Columns that such a file does not have, or has twice."""
    mistakes = [
        Mistake(
            path,
            f"{name}, column {column!r}",
            f"there is no such column in {noun}",
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


def first_few(mistakes: list[Mistake], name: str, path: str) -> list[Mistake]:
    """The first mistakes of a file, and how many more there are."""
    more = len(mistakes) - _SHOWN
    if more <= 0:
        return mistakes
    return [
        *mistakes[:_SHOWN],
        Mistake(path, name, f"has {more} more such mistakes", "correct these first"),
    ]
