"""Traces: recorded applications in a CSV file beside the scenario.

Columns: `date` (ISO) or `day` (calendar days since the start); optionally `office`, and
`work.STAGE`, `stay.STAGE`, `patience.STAGE`. A cell with a unit is a duration; a number is hours in
a `work` column and days in the others; an empty cell is drawn. Work is that of each visit.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from capsim.scenario.errors import Mistake, problem
from capsim.scenario.files.csv_files import FileKind, csv_text
from capsim.scenario.tables.inflow import LARGEST_DAY
from capsim.scenario.units import Duration

__all__ = ["read_trace", "trace_text"]

_KINDS = ("work", "stay", "patience")


def read_trace(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A trace file as plain data, or the mistakes in it; see `FileKind.read`."""
    columns, mistakes = _TRACE.read(folder, name, path)
    if columns is None:
        return None, mistakes
    trace: dict[str, Any] = {"file": columns.pop("file"), "when": []}
    for column, cells in columns.items():
        kind, _, stage = column.partition(".")
        if column in ("date", "day"):
            trace["when"] = cells
        elif column == "office":
            trace["office"] = cells
        else:
            trace.setdefault(kind, {})[stage] = cells
    return trace, []


def trace_text(trace: Mapping[str, Any]) -> str:
    """A trace as CSV text that `read_trace` reads back."""
    when = trace["when"]
    columns: dict[str, list[Any]] = {"date" if isinstance(when[0], str) else "day": when}
    if "office" in trace:
        columns["office"] = trace["office"]
    for kind in _KINDS:
        for stage, cells in trace.get(kind, {}).items():
            columns[f"{kind}.{stage}"] = cells
    return csv_text(columns)


def _is_column(column: str) -> bool:
    kind, _, stage = column.partition(".")
    return column in ("date", "day", "office") or (kind in _KINDS and bool(stage))


def _lacking(header: Sequence[str]) -> Iterator[tuple[str, str]]:
    if ("date" in header) == ("day" in header):
        rule = "needs exactly one of the columns date and day"
        yield rule, "name the columns in the first row"


def _cell(column: str, cell: str) -> Any:
    if column == "date":
        try:
            return datetime.date.fromisoformat(cell).isoformat()
        except ValueError:
            remedy = "write year-month-day, such as 2026-01-31"
            raise problem("is not a date", remedy) from None
    if column == "day":
        return _number(cell, "write days since the start, such as 12.5")
    if not cell:
        return None
    if column == "office":
        return cell
    if not _is_number(cell):
        duration = Duration.parse(cell)
        if not column.startswith("work."):
            return duration.days
        try:
            return duration.seconds / 3600
        except ValueError:
            raise problem("is not a length of work", "write s, min or h") from None
    remedy = "write a number, or a duration such as '45 min'"
    value = _number(cell, remedy)
    if value < 0:
        raise problem("cannot be negative", remedy)
    return value


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(cell: str, remedy: str) -> float:
    if not _is_number(cell):
        raise problem("is no number", remedy)
    value = float(cell)
    if not math.isfinite(value):
        raise problem("is not a finite number", remedy)
    if abs(value) > LARGEST_DAY:
        raise problem(f"is above {LARGEST_DAY:,}", remedy)
    return int(value) if value.is_integer() else value


_TRACE = FileKind(
    noun="a trace",
    rows="applications",
    example="a header such as 'date' and rows",
    columns=("date", "day", "office", "work.STAGE", "stay.STAGE", "patience.STAGE"),
    cell=_cell,
    lacking=_lacking,
    is_column=_is_column,
)
