"""A workbook that was read: its sheets, and where the answers stand in them."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from capsim.records.workbook.cells import Cell
from capsim.records.workbook.places import Place, column_number, defined_names, settled
from capsim.records.workbook.words import ANSWERS, SERVICE, TABLES
from capsim.scenario.errors import Mistake, ScenarioError

__all__ = ["Book", "open_book"]

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST_BYTES = 50_000_000
_MOST_CELLS = 2_000_000
_NUMBER_ITSELF = "write the number itself, or leave the cell empty"
_COUNT_IT = "write the number, or open the file in a spreadsheet and save it"
_ANEW = "start from a new one: capsim template service.xlsx"


@dataclass
class Book:
    """A workbook that was read.

    Attributes
    ----------
    name : str
        Of the file.
    places : dict
        Sheet, row and column by defined name, in lower case.
    sheets : dict
        Rows of cells by the name of the sheet.
    merged : dict
        Ranges of merged cells by sheet: first row and column, last row and column.
    unread : dict
        Value, rule and remedy by sheet, row and column: formulas without a result, and errors.
    mistakes : list of Mistake
        Those found so far.
    """

    name: str
    places: dict[str, Place]
    sheets: dict[str, list[list[Any]]]
    merged: dict[str, list[tuple[int, int, int, int]]]
    unread: dict[Place, tuple[str | None, str, str]]
    mistakes: list[Mistake] = field(default_factory=list)

    def cell(self, sheet: str, row: int, column: int) -> Cell:
        """A cell; that of a merged range has what stands in its first one."""
        for top, left, bottom, right in self.merged.get(sheet, ()):
            if top <= row <= bottom and left <= column <= right and (top, left) != (row, column):
                found = Cell(sheet, row, column, self._value(sheet, top, left))
                if found.value is not None:
                    first = Cell(sheet, top, left).place
                    self.mistakes.append(
                        found.mistake(f"is merged with {first}", "unmerge the cells, write it anew")
                    )
                return Cell(sheet, row, column)
        found = Cell(sheet, row, column, self._value(sheet, row, column))
        if found.value is None and (sheet, row, column) in self.unread:
            value, rule, remedy = self.unread[sheet, row, column]
            self.mistakes.append(replace(found, value=value).mistake(rule, remedy))
        return found

    def _value(self, sheet: str, row: int, column: int) -> Any:
        rows = self.sheets[sheet]
        if row >= len(rows) or column >= len(rows[row]):
            return None
        value = rows[row][column]
        if isinstance(value, str):
            value = value.replace("\u00a0", " ").strip() or None
        return value

    def is_blank(self, cell: Cell) -> bool:
        """Whether nothing stands in a cell, and nothing was said of it."""
        return cell.value is None and (cell.sheet, cell.row, cell.column) not in self.unread

    def answers(self) -> dict[str, Cell]:
        """Cells of the first sheet by the names of its answers; what is gone is a mistake."""
        gone = [answer for answer in ANSWERS if answer.name not in self.places]
        if len(gone) == len(ANSWERS):
            here = ", ".join(map(repr, self.sheets))
            self._gone(f"sheet {' or '.join(map(repr, dict.fromkeys(SERVICE)))}",
                       f"is missing, and no other has its words; there are {here}")  # fmt: skip
        else:
            for answer in gone:
                self._gone(
                    f"name {answer.name!r}",
                    f"this cell of the template is gone, and so is {answer.label[0]!r} beside it",
                )
        return {
            answer.name: self.cell(*self.places[answer.name])
            for answer in ANSWERS
            if answer.name in self.places
        }

    def _gone(self, what: str, rule: str) -> None:
        self.mistakes.append(Mistake.absent(f"{self.name}, {what}", rule, _ANEW))

    def table(self, key: str, needed: tuple[str, ...]) -> list[dict[str, Cell]]:
        """Rows below the heads of a table in which anything stands, by the names of their columns.

        Columns that are not needed may be gone; so may the sheet.
        """
        titles, _, fields = TABLES[key]
        names = [name for name, _, _ in fields]
        heads = {
            name: self.cell(*self.places[f"{key}_{name}"])
            for name in names
            if f"{key}_{name}" in self.places
        }
        missing = [name for name in needed if name not in heads]
        if not heads:
            if (title := next((one for one in titles if one in self.sheets), None)) is not None:
                self._gone(f"sheet {title!r}", "the heads of its columns are gone")
            return []
        for name in missing:
            sheet = next(iter(heads.values())).sheet
            self._gone(f"sheet {sheet!r}", f"the column {name!r} is gone")
        wrong = [head for head in heads.values() if isinstance(head.value, float | datetime.date)]
        self.mistakes += [
            head.mistake("stands where the head of the column was", _ANEW) for head in wrong
        ]
        if missing or wrong:
            return []
        found = []
        first = max(head.row for head in heads.values()) + 1
        sheet = heads[needed[0]].sheet
        for row in range(first, len(self.sheets[sheet])):
            cells = {
                name: self.cell(sheet, row, heads[name].column) if name in heads
                else Cell(sheet, row, heads[needed[0]].column)
                for name in names
            }  # fmt: skip
            if not all(self.is_blank(cell) for cell in cells.values()):
                found.append(cells)
        return found


def open_book(path: Path) -> Book:
    """The cells of a workbook.

    Raises
    ------
    ScenarioError
        If it cannot be read, or is not made from the template.
    ImportError
        Without python-calamine.
    """
    try:
        import python_calamine
    except ImportError as error:
        raise ImportError("a workbook is read by python-calamine: install capsim[excel]") from error
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _unreadable(path, "is larger than 50 MB", "take out what is not of the template")
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets, merged = {}, {}
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MOST_CELLS:
                raise _unreadable(path, f"has millions of cells in {name!r}", "delete empty rows")
            rows = sheet.to_python(skip_empty_area=False)
            sheets[name] = [[None if cell == "" else cell for cell in row] for row in rows]
            merged[name] = [
                (first[0], first[1], last[0], last[1])
                for first, last in (sheet.merged_cell_ranges or [])
            ]
        with zipfile.ZipFile(path) as archive:
            places = settled(_names(archive), sheets)
            unread = _unread(archive, {sheet for sheet, _, _ in places.values()})
    except ScenarioError:
        raise
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise _unreadable(
            path, f"cannot be read: {reason}", "close it elsewhere, or save it again"
        ) from None
    except Exception as error:
        # Whatever a damaged file makes two readers say.
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:80]
        rule = f"is no workbook that can be read ({first_line})"
        raise _unreadable(path, rule, "save it again as .xlsx") from None
    if not places:
        raise _unreadable(
            path,
            "is not made from the template",
            "fill in what 'capsim template service.xlsx' writes",
        )
    return Book(path.name, places, sheets, merged, unread)


def _unreadable(path: Path, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Mistake("", path.name, rule, remedy)], path.name)


def _elements(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """Elements of a part of a workbook, with their names without the space."""
    info = archive.getinfo(name)
    if info.file_size > _MOST_BYTES:
        raise ValueError(f"{name} is too long")
    text = archive.read(info)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError("it declares entities")
    for element in ElementTree.fromstring(text).iter():
        yield element.tag.rpartition("}")[2], element


def _names(archive: zipfile.ZipFile) -> dict[str, Place]:
    return defined_names(
        (element.attrib, element.text or "")
        for tag, element in _elements(archive, "xl/workbook.xml")
        if tag == "definedName"
    )


def _unread(archive: zipfile.ZipFile, sheets: set[str]) -> dict[Place, tuple[str | None, str, str]]:
    """Cells that look empty and are not: errors, and formulas that nobody has counted.

    A program that writes workbooks need not count.
    """
    found: dict[Place, tuple[str | None, str, str]] = {}
    targets = {
        element.get("Id"): "xl/" + element.get("Target", "").removeprefix("/xl/")
        for tag, element in _elements(archive, "xl/_rels/workbook.xml.rels")
        if tag == "Relationship"
    }
    parts = {
        element.get("name", ""): targets.get(element.get(_SHEET_ID))
        for tag, element in _elements(archive, "xl/workbook.xml")
        if tag == "sheet"
    }
    for sheet in sheets:
        part = parts.get(sheet)
        for tag, element in _elements(archive, part) if part in archive.namelist() else ():
            place = _CELL.fullmatch(element.get("r", "")) if tag == "c" else None
            if place is None:
                continue
            inside = {one.tag.rpartition("}")[2]: one.text for one in element if one.text}
            key = sheet, int(place[2]) - 1, column_number(place[1])
            if element.get("t") == "e":
                found[key] = inside.get("v", "#N/A"), "is an error of the sheet", _NUMBER_ITSELF
            elif set(inside) == {"f"}:
                found[key] = None, "holds a formula without a result", _COUNT_IT
    return found
