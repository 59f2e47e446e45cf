"""Rows of the first sheet of a workbook as texts, as a CSV file has them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

__all__ = ["SHEETS", "SheetError", "sheet_rows"]

SHEETS = (".xlsx", ".xls", ".ods")
"""Endings of workbooks."""

_MOST_CELLS = 5_000_000


class SheetError(Exception):
    """A workbook that cannot be read: rule and remedy."""


def sheet_rows(file: Path) -> list[tuple[int, list[str]]]:
    """Number and cells of the rows in which anything stands.

    Raises
    ------
    SheetError
        If it cannot be read.
    OSError
        If it cannot be opened.
    """
    try:
        import python_calamine
    except ImportError:
        raise SheetError("needs python-calamine", "install capsim[excel], or save as CSV") from None
    with file.open("rb"):
        pass
    try:
        sheet = python_calamine.CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0)
        if sheet.total_height * sheet.total_width > _MOST_CELLS:
            raise SheetError("has millions of cells", "delete empty rows and columns")
        rows = sheet.to_python(skip_empty_area=False)
    except SheetError:
        raise
    except Exception:  # whatever a damaged file makes the reader say
        raise SheetError("is no workbook that can be read", "save it again") from None
    found = [[_text(cell) for cell in row] for row in rows]
    width = max((k + 1 for row in found for k, cell in enumerate(row) if cell.strip()), default=0)
    return [
        (number, row[:width])
        for number, row in enumerate(found, start=1)
        if any(cell.strip() for cell in row)
    ]


def _text(cell: Any) -> str:
    """A cell as CSV would have it.

    Examples
    --------
    >>> _text(3.0), _text(datetime.datetime(2026, 3, 2)), _text(0.1)
    ('3', '2026-03-02', '0.1')
    """
    if isinstance(cell, datetime.datetime):
        is_day = cell.time() == datetime.time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, float) and not isinstance(cell, bool):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell)
