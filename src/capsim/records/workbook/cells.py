"""Cells of a workbook by their defined names, and what stands in them."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from capsim.records.workbook.words import MONTHS
from capsim.scenario.errors import Mistake, ScenarioError

__all__ = ["Book", "Cell", "date_in", "month_in", "number_in", "open_book", "share_in", "text_in"]

_REFERENCE = re.compile(r"=?(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::.*)?")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_SHEET_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MOST_BYTES = 50_000_000
_MOST_CELLS = 2_000_000


@dataclass(frozen=True)
class Cell:
    """A cell: where it is, and what stands there; None: nothing."""

    sheet: str
    row: int
    """Counted from 0."""
    column: int
    value: Any = None

    @property
    def place(self) -> str:
        """Sheet and cell as a spreadsheet names them.

        Examples
        --------
        >>> Cell("Staff", 4, 27).place
        'Staff!AB5'
        """
        letters, rest = "", self.column + 1
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{self.sheet}!{letters}{self.row + 1}"

    def mistake(self, rule: str, remedy: str) -> Mistake:
        """A mistake in it."""
        value = self.value
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            value = str(value)
        if value is None:
            return Mistake.absent(self.place, rule, remedy)
        return Mistake(self.place, value, rule, remedy)


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
    uncounted : dict
        Row and column of formulas without a result, by sheet: no spreadsheet has counted them yet.
    mistakes : list of Mistake
        Those found so far.
    """

    name: str
    places: dict[str, tuple[str, int, int]]
    sheets: dict[str, list[list[Any]]]
    merged: dict[str, list[tuple[int, int, int, int]]]
    uncounted: dict[str, set[tuple[int, int]]]
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
        if found.value is None and (row, column) in self.uncounted.get(sheet, ()):
            self.uncounted[sheet].remove((row, column))
            self.mistakes.append(
                Mistake.absent(
                    found.place,
                    "holds a formula without a result",
                    "write the number, or open the file in a spreadsheet and save it",
                )
            )
        return found

    def _value(self, sheet: str, row: int, column: int) -> Any:
        rows = self.sheets[sheet]
        if row >= len(rows) or column >= len(rows[row]):
            return None
        value = rows[row][column]
        if isinstance(value, str):
            value = value.replace("\u00a0", " ").strip() or None
        return value

    def named(self, name: str) -> Cell | None:
        """The cell of a defined name; None and a mistake where it is gone."""
        place = self.places.get(name)
        if place is None or place[0] not in self.sheets:
            self.mistakes.append(
                Mistake.absent(
                    f"{self.name}, name {name!r}",
                    "this cell of the template is gone",
                    "start from a new one: capsim template service.xlsx",
                )
            )
            return None
        return self.cell(*place)

    def table(self, key: str, fields: tuple[str, ...]) -> list[dict[str, Cell]]:
        """Rows below a header in which anything stands, by the names of their columns."""
        heads = {name: self.places.get(f"{key}_{name}") for name in fields}
        if not any(heads.values()):
            return []  # the sheet was taken out
        columns = {name: self.named(f"{key}_{name}") for name in fields}
        known = {name: cell for name, cell in columns.items() if cell is not None}
        if not known:
            return []
        found = []
        first = max(cell.row for cell in known.values()) + 1
        last = max(len(self.sheets[cell.sheet]) for cell in known.values())
        for row in range(first, last):
            cells = {name: self.cell(cell.sheet, row, cell.column) for name, cell in known.items()}
            if any(cell.value is not None for cell in cells.values()):
                blank = next(iter(cells.values()))
                empty = {
                    name: Cell(blank.sheet, row, blank.column)
                    for name in fields
                    if name not in known
                }
                found.append({**cells, **empty})
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
        places = _defined_names(path)
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets, merged = {}, {}
        for name in dict.fromkeys(sheet for sheet, _, _ in places.values()):
            if name not in book.sheet_names:
                continue
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > _MOST_CELLS:
                raise _unreadable(path, f"has millions of cells in {name!r}", "delete empty rows")
            rows = sheet.to_python(skip_empty_area=False)
            sheets[name] = [[None if cell == "" else cell for cell in row] for row in rows]
            merged[name] = [
                (first[0], first[1], last[0], last[1])
                for first, last in (sheet.merged_cell_ranges or [])
            ]
        uncounted = _uncounted(path, set(sheets))
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
    return Book(path.name, places, sheets, merged, uncounted)


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


def _defined_names(path: Path) -> dict[str, tuple[str, int, int]]:
    found = {}
    with zipfile.ZipFile(path) as archive:
        for tag, element in _elements(archive, "xl/workbook.xml"):
            place = _REFERENCE.fullmatch((element.text or "").strip())
            if tag == "definedName" and place is not None:
                sheet = (place[1] or place[2]).replace("''", "'")
                cell = int(place[4]) - 1, _column(place[3])
                found[element.get("name", "").lower()] = (sheet, *cell)
    return found


def _uncounted(path: Path, sheets: set[str]) -> dict[str, set[tuple[int, int]]]:
    """Formulas without a result: a program that writes workbooks need not count."""
    found: dict[str, set[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive:
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
            cells = _elements(archive, part) if part in archive.namelist() else ()
            found[sheet] = {
                (int(place[2]) - 1, _column(place[1]))
                for tag, element in cells
                if tag == "c" and (place := _CELL.fullmatch(element.get("r", "")))
                if {inner.tag.rpartition("}")[2] for inner in element if inner.text} == {"f"}
            }
    return found


def _column(letters: str) -> int:
    """Number of a column, counted from 0."""
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


# -- values ---------------------------------------------------------------


def text_in(cell: Cell) -> str | None:
    """A name; whole numbers are names too.

    Examples
    --------
    >>> text_in(Cell("Staff", 1, 0, 12.0))
    '12'
    """
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value).strip()


def number_in(cell: Cell, low: float, high: float, mistakes: list[Mistake]) -> float | None:
    """A number, with a comma or a point; None where nothing stands or it is none.

    Examples
    --------
    >>> number_in(Cell("Service", 3, 1, "12,5"), 0, 100, [])
    12.5
    """
    value = cell.value
    if value is None:
        return None
    number = _number(value)
    if number is None:
        if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            rule, remedy = "is a date or a time", "format the cell as a number and write it anew"
        elif isinstance(value, str) and value.startswith("#"):
            rule, remedy = "is an error of the sheet", "write the number itself"
        elif isinstance(value, str) and _THOUSANDS.fullmatch(value):
            rule, remedy = "may be thousands or a fraction", "write it without a point or comma"
        else:
            rule, remedy = "is no number", "write the number alone, without words"
        mistakes.append(cell.mistake(rule, remedy))
        return None
    if not low <= number <= high:
        mistakes.append(cell.mistake(f"is not between {low:g} and {high:g}", "correct it"))
        return None
    return number


_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})")


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    if not isinstance(value, str) or _THOUSANDS.fullmatch(value.strip()):
        return None
    text = re.sub(r"[\s\u202f']", "", value)
    if "," in text and "." in text:
        thousands = min(",.", key=text.rindex)
        text = text.replace(thousands, "")
    text = text.replace(",", ".")
    return float(text) if re.fullmatch(r"[+-]?\d{1,15}(?:\.\d{1,15})?", text) else None


def share_in(cell: Cell, low: float, high: float, mistakes: list[Mistake]) -> float | None:
    """A share; "12,5 %" is 0.125.

    Examples
    --------
    >>> share_in(Cell("Service", 3, 1, "12,5 %"), 0, 1, [])
    0.125
    """
    value = cell.value
    if isinstance(value, str) and value.rstrip().endswith("%"):
        number = _number(value.rstrip()[:-1])
        if number is not None and low <= number / 100 <= high:
            return number / 100
        mistakes.append(cell.mistake(f"is no share between {low:.0%} and {high:.0%}", "write 12 %"))
        return None
    number = number_in(cell, -1e9, 1e9, mistakes)
    if number is not None and not low <= number <= high:
        rule = f"is no share between {low:.0%} and {high:.0%}"
        remedy = f"write {number:g} % if you mean that" if 1 < number <= 100 else "write 12 %"
        mistakes.append(cell.mistake(rule, remedy))
        return None
    return number


_DAY = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")


def date_in(cell: Cell, mistakes: list[Mistake]) -> datetime.date | None:
    """A date; as a text year-month-day, or day/month/year where it can be no other.

    Examples
    --------
    >>> date_in(Cell("Service", 3, 1, "31/01/2026"), [])
    datetime.date(2026, 1, 31)
    """
    value = cell.value
    if value is None:
        return None
    found: datetime.date | None = None
    rule, remedy = "is no date", "write 2026-03-01"
    if isinstance(value, datetime.datetime):
        found = value.date()
    elif isinstance(value, datetime.date):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.date.fromisoformat(value)
        except ValueError:
            parts = _DAY.fullmatch(value)
            day, month, year = map(int, parts.groups()) if parts else (0, 0, 0)
            if parts and day <= 12 and month <= 12 and day != month:
                rule = "may be day/month or month/day"
                remedy = f"write {year}-{month:02d}-{day:02d} or {year}-{day:02d}-{month:02d}"
            elif parts:
                try:
                    found = datetime.date(year, month, day)
                except ValueError:
                    found = None
    if found is not None and not 1990 <= found.year <= 2200:
        found, rule = None, "is no year of a service"
    if found is None:
        mistakes.append(cell.mistake(rule, remedy))
    return found


_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")


def month_in(cell: Cell, mistakes: list[Mistake]) -> datetime.date | None:
    """First day of a month: a date, 2026-04, 4/2026 or a name and the year.

    Examples
    --------
    >>> month_in(Cell("Applications", 4, 0, "maart 2026"), [])
    datetime.date(2026, 3, 1)
    """
    value = cell.value
    if isinstance(value, str):
        parts = _MONTH.fullmatch(value)
        year = month = 0
        if parts:
            year, month = (
                (int(parts[1]), int(parts[2])) if parts[1] else (int(parts[4]), int(parts[3]))
            )
        else:
            name, _, rest = value.lower().partition(" ")
            name = name.rstrip(".")
            hits = {
                number
                for known, number in MONTHS.items()
                if known == name or (len(name) >= 3 and known.startswith(name))
            }
            if name in ("mrt",):
                hits = {3}
            if len(hits) == 1 and re.fullmatch(r"\d{4}", rest.strip()):
                year, month = int(rest), hits.pop()
        if 1990 <= year <= 2200 and 1 <= month <= 12:
            return datetime.date(year, month, 1)
        if not re.fullmatch(r"\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{4}", value):
            mistakes.append(cell.mistake("is no month", "write 2026-04, or the date 2026-04-01"))
            return None
    found = date_in(cell, mistakes)
    return None if found is None else found.replace(day=1)
