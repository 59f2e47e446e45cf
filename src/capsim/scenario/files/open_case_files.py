"""Lists of open cases in a CSV file beside the scenario; `OpenCases` has their columns."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from capsim.scenario.errors import problem
from capsim.scenario.files.csv_files import FileKind
from capsim.scenario.tables.open_cases import COLUMNS, REQUIRED, TIMES, moment_of

__all__ = ["OPEN_CASES"]


def _lacking(header: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column in REQUIRED:
        if column not in header:
            yield f"there is no column {column!r}", "add it"


def _cell(column: str, cell: str) -> Any:
    if not cell:
        if column in REQUIRED:
            raise problem("is empty", "write it in, or take the row out")
        return None
    if column in TIMES:
        moment = moment_of(cell)
        return moment.isoformat() if isinstance(moment, datetime.date) else moment
    if column == "visits_done":
        if not cell.removesuffix(".0").isdigit():
            raise problem("is no number of visits", "write 0, 1, 2, ... or leave it empty")
        return int(cell.removesuffix(".0"))
    return cell


OPEN_CASES = FileKind(
    noun="a list of open cases",
    rows="open cases",
    example="a header 'case,stage,since' and rows",
    columns=COLUMNS,
    cell=_cell,
    lacking=_lacking,
    once="case",
)
