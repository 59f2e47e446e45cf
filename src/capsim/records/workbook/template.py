"""An empty workbook to be filled in."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import Any

from capsim.records.workbook.words import (
    ANSWERS,
    LANGUAGES,
    SERVICE,
    TABLES,
    TEAMS,
    Answer,
    word,
)

__all__ = ["write_template"]

_ROWS = 60
_FIRST = 3
"""Row, counted from 0, of the first answer, and of the header of a table."""


def write_template(path: str | PathLike[str], language: str = "en") -> Path:
    """Write the empty workbook.

    Parameters
    ----------
    path : path
        Ends in .xlsx; a file that is there is left alone.
    language : {"en", "nl", "fr"}

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    ValueError
        If there is no such language, the ending is another, or a file is there.
    ImportError
        Without xlsxwriter.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> write_template(pathlib.Path(folder.name, "service.xlsx"), "nl").name
    'service.xlsx'
    >>> folder.cleanup()
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ValueError(f"language = {language!r}: the workbook is there in {known}")
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise ValueError(f"path = {str(path)!r}: a workbook ends in .xlsx")
    if target.exists():
        raise ValueError(
            f"path = {str(path)!r}: is there already, perhaps filled in; name another file"
        )
    try:
        import xlsxwriter
    except ImportError as error:
        raise ImportError("a workbook is written by xlsxwriter: install capsim[excel]") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    with xlsxwriter.Workbook(str(partial)) as book:
        _Writer(book, language).write()
    os.replace(partial, target)
    return target


class _Writer:
    """Fills a workbook with words in one language."""

    def __init__(self, book: Any, language: str) -> None:
        self.book, self.language = book, language
        base = {"font_name": "Calibri", "font_size": 11, "valign": "top", "text_wrap": True}
        self.title = book.add_format({**base, "bold": True, "font_size": 16, "text_wrap": False})
        self.plain = book.add_format(base)
        self.bold = book.add_format({**base, "bold": True})
        self.head = book.add_format({**base, "bold": True, "bottom": 1})
        self.note = book.add_format({**base, "font_color": "#555555"})
        self.wide = book.add_format({**base, "font_color": "#555555", "text_wrap": False})
        cell = {**base, "bg_color": "#FFF8DC", "border": 1, "border_color": "#C0B070"}
        self.cells = {
            "number": book.add_format({**cell, "num_format": "0.##"}),
            "share": book.add_format({**cell, "num_format": "0.0%"}),
            "date": book.add_format({**cell, "num_format": "yyyy-mm-dd"}),
            "month": book.add_format({**cell, "num_format": "yyyy-mm"}),
            "text": book.add_format(cell),
        }

    def write(self) -> None:
        """All sheets."""
        self._service()
        for key in TABLES:
            self._table(key)

    def _say(self, words: tuple[str, str, str]) -> str:
        return word(words, self.language)

    def _service(self) -> None:
        name = self._say(SERVICE)
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 36)
        sheet.set_column(1, 1, 14)
        sheet.set_column(2, 2, 22)
        sheet.set_column(3, 3, 64)
        sheet.write(0, 0, name, self.title)
        sheet.write(1, 0, self._say(_INTRODUCTION), self.wide)
        for row, answer in enumerate(ANSWERS, start=_FIRST):
            sheet.write(row, 0, self._say(answer.label), self.bold)
            sheet.write_blank(row, 1, None, self.cells[answer.kind])
            sheet.write(row, 2, self._say(answer.unit), self.plain)
            sheet.write(row, 3, self._say(answer.help), self.note)
            sheet.data_validation(row, 1, row, 1, self._validation(answer))
            self.book.define_name(answer.name, f"='{name}'!$B${row + 1}")
        sheet.freeze_panes(_FIRST, 0)

    def _validation(self, answer: Answer) -> dict[str, Any]:
        if answer.kind == "date":
            from datetime import date

            rule: dict[str, Any] = {
                "validate": "date", "criteria": ">=", "value": date(1990, 1, 1)
            }  # fmt: skip
        else:
            rule = {
                "validate": "decimal", "criteria": "between", "minimum": answer.low,
                "maximum": answer.high,
            }  # fmt: skip
        title = self._say(answer.label)[:32]
        return {**rule, "input_title": title, "input_message": self._say(answer.help)[:255],
                "error_type": "warning"}  # fmt: skip

    def _table(self, key: str) -> None:
        title, purpose, columns = TABLES[key]
        name = self._say(title)
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, len(columns) - 1, 24)
        sheet.write(0, 0, name, self.title)
        sheet.write(1, 0, self._say(purpose), self.wide)
        for column, (field, words, example) in enumerate(columns):
            sheet.write(_FIRST - 1, column, self._example(self._say(example)), self.note)
            sheet.write(_FIRST, column, self._say(words), self.head)
            letter = chr(ord("A") + column)
            self.book.define_name(f"{key}_{field}", f"='{name}'!${letter}${_FIRST + 1}")
            kind = _KINDS.get(field, "text")
            for row in range(_FIRST + 1, _FIRST + 1 + _ROWS):
                sheet.write_blank(row, column, None, self.cells[kind])
            if field == "team":
                teams = [self._say(words) for words in TEAMS.values()]
                sheet.data_validation(
                    _FIRST + 1, column, _FIRST + _ROWS, column,
                    {"validate": "list", "source": teams, "error_type": "warning"},
                )  # fmt: skip
        sheet.freeze_panes(_FIRST + 1, 0)

    def _example(self, text: str) -> str:
        return f"{self._say(_FOR_EXAMPLE)} {text}" if text else ""


_KINDS = {"from": "date", "until": "date", "month": "month", "number": "number",
          "hours": "number", "applications": "number", "posts": "number",
          "over": "number"}  # fmt: skip

_INTRODUCTION = (
    "Fill in the yellow cells; what you leave empty is taken from a Belgian province, and said so.",
    "Vul de gele cellen in; wat leeg blijft, komt uit een Belgische provincie, zoals gezegd wordt.",
    "Remplissez les cellules jaunes ; le vide vient d'une province belge, et c'est dit.",
)
_FOR_EXAMPLE = ("for example", "bijvoorbeeld", "par exemple")
