"""Lists of workers in a CSV file beside the scenario; `Workers` has their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from capsim.scenario.base import as_date
from capsim.scenario.errors import problem
from capsim.scenario.files.csv_files import FileKind
from capsim.scenario.tables.workers import COLUMNS

__all__ = ["WORKERS"]


def _lacking(header: Sequence[str]) -> Iterator[tuple[str, str]]:
    if "name" not in header:
        yield "there is no column 'name'", "add it"
    if not {"fte", "hours"} & set(header):
        yield "has neither fte nor hours", "add the column fte, or hours"


def _cell(column: str, cell: str) -> Any:
    if not cell:
        if column == "name":
            raise problem("is empty", "write a name or a code, or take the row out")
        return ""
    if column in ("from", "until"):
        return as_date(cell).isoformat()
    if column in ("fte", "hours"):
        try:
            return float(cell.replace(",", ".", 1))
        except ValueError:
            raise problem("is no number", "write 0.8, say") from None
    return cell


WORKERS = FileKind(
    noun="a list of workers",
    rows="workers",
    example="a header 'name,fte' and rows",
    columns=COLUMNS,
    cell=_cell,
    lacking=_lacking,
)
