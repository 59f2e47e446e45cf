"""Traces: recorded applications in a CSV file beside the scenario.

Columns: `date` (ISO) or `day` (calendar days since the start); optionally `office`, and
`work.STAGE`, `stay.STAGE`, `patience.STAGE`. A cell with a unit is a duration; a number is hours in
a `work` column and days in the others; an empty cell is drawn. Work is that of each visit.
"""

from __future__ import annotations

import csv
import datetime
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capsim.scenario.errors import Mistake
from capsim.scenario.files.csv_files import (
    as_long_as_header,
    column_mistakes,
    file_rows,
    first_few,
    plain_name,
)
from capsim.scenario.tables.inflow import LARGEST_DAY
from capsim.scenario.units import Duration

__all__ = ["read_trace", "trace_text"]

_KINDS = ("work", "stay", "patience")


def read_trace(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A trace file as plain data, or the mistakes in it.

    Parameters
    ----------
    folder : Path
        Folder to which the name is relative.
    name : str
        Name as the scenario writes it.
    path : str
        Dotted path of the trace, for messages.
    """
    rows, quotes, mistakes = file_rows(folder, name, path, "a header such as 'date' and rows")
    return _table(rows, name, path, quotes) if rows else (None, mistakes)


def _table(
    rows: list[tuple[int, list[str]]], name: str, path: str, quotes: bool
) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """Rows with their line numbers as a trace; without `quotes` no message shows what they say."""
    header = [cell.strip() for cell in rows[0][1]]
    known = [
        column
        for column in header
        if column in ("date", "day", "office")
        or (column.partition(".")[0] in _KINDS and column.partition(".")[2])
    ]
    if not quotes and len(known) < len(header):
        rule = "is no trace, and lies outside the folder of the scenario"
        return None, [Mistake(path, name, rule, "name a CSV file of applications")]
    columns_of_a_trace = ["date", "day", "office", "work.STAGE", "stay.STAGE", "patience.STAGE"]
    mistakes = column_mistakes(header, known, columns_of_a_trace, "a trace", name, path)
    if ("date" in header) == ("day" in header):
        mistakes.append(
            Mistake(
                path,
                f"{name}, header {header}",
                "needs exactly one of the columns date and day",
                "name the columns in the first row",
            )
        )
    if mistakes:
        return None, mistakes
    if len(rows) == 1:
        return None, [
            Mistake(path, name, "the trace has no applications", "add rows below the header")
        ]
    trace: dict[str, Any] = {"file": plain_name(name), "when": []}
    columns: dict[str, list[Any]] = {column: [] for column in header}
    for number, row in rows[1:]:
        if not as_long_as_header(row, header, number, name, path, mistakes):
            continue
        for column, cell in zip(header, row, strict=True):
            try:
                columns[column].append(_cell(column, cell.strip()))
            except ValueError as error:
                columns[column].append(None)
                context: Mapping[str, Any] = getattr(error, "context", None) or {}
                shown = f" {cell.strip()[:40]!r}" if quotes else ""
                mistakes.append(
                    Mistake(
                        path,
                        f"{name}, row {number}, {column}{shown}",
                        context.get("rule", str(error) if quotes else "cannot be read"),
                        context.get("remedy", _remedy(column)),
                    )
                )
    if mistakes:
        return None, first_few(mistakes, name, path)
    for column, cells in columns.items():
        kind, _, stage = column.partition(".")
        if column in ("date", "day"):
            trace["when"] = cells
        elif column == "office":
            trace["office"] = cells
        else:
            trace.setdefault(kind, {})[stage] = cells
    return trace, []


def _cell(column: str, cell: str) -> Any:
    if column == "date":
        return datetime.date.fromisoformat(cell).isoformat()
    if column == "day":
        return _number(cell)
    if not cell:
        return None
    if column == "office":
        return cell
    try:
        value = _number(cell)
    except ValueError:
        duration = Duration.parse(cell)
        if column.startswith("work."):
            return duration.seconds / 3600
        return duration.days
    if value < 0:
        raise ValueError("cannot be negative")
    return value


def _number(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    if abs(value) > LARGEST_DAY:
        raise ValueError(f"is above {LARGEST_DAY:,}")
    return int(value) if value.is_integer() else value


def _remedy(column: str) -> str:
    if column == "date":
        return "write year-month-day, such as 2026-01-31"
    if column == "day":
        return "write days since the start, such as 12.5"
    return "write a number, or a duration such as '45 min'"


def trace_text(trace: Mapping[str, Any]) -> str:
    """A trace as CSV text that `read_trace` reads back.

    Parameters
    ----------
    trace : mapping
        Plain data of the trace.
    """
    from io import StringIO

    when = trace["when"]
    columns: dict[str, list[Any]] = {"date" if isinstance(when[0], str) else "day": when}
    if "office" in trace:
        columns["office"] = trace["office"]
    for kind in _KINDS:
        for stage, cells in trace.get(kind, {}).items():
            columns[f"{kind}.{stage}"] = cells
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()
