"""Workbooks that are filled in by a script as a head of service would."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capsim.records.workbook.template import _Writer
from capsim.records.workbook.words import ANSWERS, SERVICE, TABLES, word

ROWS = {answer.name: row for row, answer in enumerate(ANSWERS, start=3)}


def filled(path: Any, language: str = "nl", *, merged: tuple[str, ...] = (), **content: Any) -> Any:
    """A filled workbook.

    Answers by their names; `applications`, `staff` and `what_if` are lists of rows. `merged` are
    ranges of the first sheet, of which the first cell keeps what stands there.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        writer = _Writer(book, language)
        writer.write()
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        tables = {key: content.pop(key) for key in TABLES if key in content}

        def put(sheet: Any, row: int, column: int, value: Any) -> None:
            if value is None:
                return
            if hasattr(value, "year"):
                sheet.write_datetime(row, column, value, date)
            else:
                sheet.write(row, column, value)

        first = book.get_worksheet_by_name(word(SERVICE, language))
        for name, value in content.items():
            put(first, ROWS[name], 1, value)
        for cells in merged:
            first.merge_range(cells, "merged")
        for key, rows in tables.items():
            sheet = book.get_worksheet_by_name(word(TABLES[key][0], language))
            for number, row in enumerate(rows, start=4):
                for column, value in enumerate(row):
                    put(sheet, number, column, value)
    return path


def rewritten(file: Path, **parts: Callable[[bytes], bytes]) -> Path:
    """A copy in which parts of the archive (`workbook`, `sheet1`, `sharedStrings`) are changed."""
    target = file.with_name(f"rewritten-{file.name}")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            change = parts.get(Path(item.filename).stem)
            new.writestr(item, change(data) if change else data)
    return target
