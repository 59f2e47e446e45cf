"""Traces: recorded applications in a CSV file beside the scenario.

Columns: `date` (ISO) or `day` (calendar days since the start); optionally `office`, and
`work.STAGE`, `stay.STAGE`, `patience.STAGE`. A cell with a unit is a duration; a number is hours in
a `work` column and days in the others; an empty cell is drawn. Work is that of each visit.
"""

from __future__ import annotations

import csv
import datetime
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from capsim.scenario.construction import current
from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.inflow import LARGEST_DAY
from capsim.scenario.units import Duration

__all__ = ["plain_name", "read_trace", "trace_text", "with_traces"]

_KINDS = ("work", "stay", "patience")
_SHOWN = 5


def with_traces(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Plain data with every named trace file read.

    Returns
    -------
    tuple
        The data, a trace that could not be read left out, and the mistakes.
    """
    inflows = raw.get("inflows")
    if not isinstance(inflows, Mapping):
        return raw, []
    mistakes: list[Mistake] = []
    changed = {}
    for name, table in inflows.items():
        if isinstance(table, Mapping) and isinstance(table.get("trace"), str):
            folder = current().folder or Path()
            trace, found = read_trace(folder, table["trace"], f"inflows.{name}.trace")
            mistakes += found
            table = {key: value for key, value in table.items() if key != "trace"}
            if trace is not None:
                table["trace"] = trace
        changed[name] = table
    return {**raw, "inflows": changed}, mistakes


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
    file = folder / name
    quotes = _lies_in(file, folder)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        beside = [entry.name for entry in file.parent.glob("*.csv")] if quotes else []
        remedy = nearest(file.name, beside) if beside else f"put it into {file.parent or '.'}"
        remedy = remedy if quotes else "check the path"
        return None, [Mistake(path, name, "there is no such file beside the scenario", remedy)]
    except UnicodeDecodeError:
        return None, [Mistake(path, name, "is not a text in UTF-8", "save it as CSV in UTF-8")]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be opened"
        return None, [
            Mistake(
                path, name, f"cannot be read: {reason.lower()}", "check the file and its rights"
            )
        ]
    if not text.strip():
        return None, [
            Mistake(path, name, "the file is empty", "write a header such as 'date' and rows")
        ]
    lines = text.splitlines()
    delimiter = ";" if lines[0].count(";") > lines[0].count(",") else ","
    try:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        return None, [Mistake(path, name, f"is not a CSV file: {error}", "correct the quotes")]
    if not rows:
        rule = "all its cells are empty"
        return None, [Mistake(path, name, rule, "write a header such as 'date' and rows")]
    return _table(rows, name, path, quotes)


def _lies_in(file: Path, folder: Path) -> bool:
    try:
        return file.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return False


def plain_name(name: str) -> str:
    """Name of a trace file without any folder, so that it lies beside the scenario.

    Examples
    --------
    >>> plain_name("../data/arrivals.csv")
    'arrivals.csv'
    """
    last = re.split(r"[/\\\\:]", name)[-1]
    return last if last.strip(". ") else "trace.csv"


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
    mistakes = [
        Mistake(
            path,
            f"{name}, column {column!r}",
            "there is no such column in a trace",
            nearest(
                column, ["date", "day", "office", "work.STAGE", "stay.STAGE", "patience.STAGE"]
            ),
        )
        for column in header
        if column not in known
    ]
    mistakes += [
        Mistake(path, f"{name}, column {column!r}", "stands twice", "remove one of them")
        for column in dict.fromkeys(header)
        if header.count(column) > 1
    ]
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
        if len(row) != len(header):
            mistakes.append(
                Mistake(
                    path,
                    f"{name}, row {number}",
                    f"has {len(row)} cells for {len(header)} columns",
                    "give every column a cell, empty ones too",
                )
            )
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
        if len(mistakes) > _SHOWN:
            more = len(mistakes) - _SHOWN
            mistakes = [
                *mistakes[:_SHOWN],
                Mistake(path, name, f"has {more} more such mistakes", "correct these first"),
            ]
        return None, mistakes
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
