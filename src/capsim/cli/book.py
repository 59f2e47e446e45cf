"""Results as one workbook: a sheet for each table, figures, the scenario, and where all is from."""

from __future__ import annotations

import datetime
import json
import math
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.cli.folder import MARK, Results
from capsim.cli.options import Format

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["BookResults", "book_results", "is_ours"]

_MOST_ROWS = 1_048_575
_WIDEST = 40


class BookResults(Results):
    """A workbook that is being filled.

    Parameters
    ----------
    folder : Path
        For what has to be a file for a moment.
    book : xlsxwriter.Workbook
    """

    def __init__(self, folder: Path, book: Any) -> None:
        super().__init__(folder, Format.csv)
        self.book = book
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self.date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.names: set[str] = set()
        self.left_out: list[str] = []

    def _sheet(self, name: str) -> Any:
        """A new sheet; a name has at most 31 characters, and is another than those before."""
        short = (
            "".join(" " if one in "[]:*?/\\" else one for one in name)[:28].strip("' ") or "sheet"
        )
        free, number = short, 1
        while free.lower() in self.names:
            number += 1
            free = f"{short}-{number}"
        self.names.add(free.lower())
        return self.book.add_worksheet(free)

    def table(
        self,
        frame: pd.DataFrame,
        name: str,
        start: datetime.date | Mapping[str, datetime.date] | None = None,
    ) -> None:
        """Write a frame on a sheet of its own; one that is too long is left out, and said so."""
        from capsim.catalogue.sheet import with_dates

        if len(frame) > _MOST_ROWS:
            self.left_out.append(f"{name} ({len(frame):,} rows)")
            return
        dated = frame if start is None else with_dates(frame, start)
        sheet = self._sheet(name)
        for column, title in enumerate(dated.columns):
            cells = dated[title].tolist()
            sheet.write_string(0, column, str(title), self.bold)
            for row, cell in enumerate(cells, start=1):
                self._write(sheet, row, column, cell)
            longest = max((len(str(cell)) for cell in cells[:200]), default=0)
            sheet.set_column(column, column, min(max(longest, len(str(title))) + 2, _WIDEST))
        sheet.freeze_panes(1, 0)
        if len(dated.columns):
            sheet.autofilter(0, 0, len(dated), len(dated.columns) - 1)

    def _write(self, sheet: Any, row: int, column: int, cell: Any) -> None:
        import pandas as pd

        if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
            return
        if isinstance(cell, bool):
            sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float):
            if math.isinf(cell):
                sheet.write_string(row, column, "not reached")
            else:
                sheet.write_number(row, column, cell)
        elif isinstance(cell, datetime.datetime):
            sheet.write_datetime(row, column, cell.replace(tzinfo=None), self.date)
        else:
            sheet.write_string(row, column, str(cell)[:32_000])

    def scenario(self, scenario: Scenario, name: str = "scenario") -> None:
        """The scenario as it was run, line by line, and the tables that it names."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            file = Path(folder) / f"{name}.toml"
            try:
                scenario.save(file)
            except ValueError:  # what TOML cannot say, JSON can
                file = file.with_suffix(".json")
                scenario.save(file)
            for path in (file, *sorted(set(Path(folder).iterdir()) - {file})):
                sheet = self._sheet(path.name)
                sheet.set_column(0, 0, 120)
                for row, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
                    sheet.write_string(row, 0, line[:32_000])

    def figure(self, figure: Any, name: str) -> None:
        """The figure on a sheet of its own."""
        from capsim.plots import save

        picture, _ = save(figure, self.folder / name)
        data = {"image_data": BytesIO(picture.read_bytes())}
        self._sheet(f"figure {name}").insert_image(0, 0, picture.name, data)

    def manifest(self, provenance: Mapping[str, Any], **more: Any) -> None:
        """Where the numbers come from."""
        from capsim.version import __version__

        rows = {
            "capsim": __version__,
            "command": " ".join(["capsim", *sys.argv[1:]]),
            **provenance,
            **more,
            **({"left out, too long for a sheet": self.left_out} if self.left_out else {}),
        }
        sheet = self._sheet("about")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        for row, (key, value) in enumerate(rows.items()):
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            sheet.write_string(row, 0, str(key), self.bold)
            sheet.write_string(row, 1, text[:32_000])


@contextmanager
def book_results(target: Path) -> Iterator[BookResults]:
    """A workbook under construction beside `target`, put in its place at the end."""
    import xlsxwriter

    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        file = Path(folder) / target.name
        with xlsxwriter.Workbook(str(file), options) as book:
            book.set_properties({"comments": MARK})
            yield BookResults(Path(folder), book)
        os.replace(file, target)


def is_ours(target: Path) -> bool:
    """Whether an earlier command wrote a workbook."""
    try:
        with zipfile.ZipFile(target) as archive:
            return MARK.encode() in archive.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
