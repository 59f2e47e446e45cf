"""Official figures in a CSV file beside the scenario: how many applied in each period.

Columns: `month` (2026-03), `week` (2026-W10) or `day` (2026-03-05), `count`, and optionally
`office`; an empty office is dealt by share.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from capsim.scenario.errors import Mistake
from capsim.scenario.files.csv_files import (
    Rows,
    as_long_as_header,
    column_mistakes,
    file_rows,
    first_few,
    plain_name,
)
from capsim.scenario.tables.periods import PERIOD_KINDS, period_of

__all__ = ["counts_text", "read_counts"]

_COLUMNS = (*PERIOD_KINDS, "count", "office")
_EXAMPLES = {"month": "2026-03", "week": "2026-W10", "day": "2026-03-05"}


def read_counts(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A file of counts as plain data, or the mistakes in it.

    Parameters
    ----------
    folder : Path
        Folder to which the name is relative.
    name : str
        Name as the scenario writes it.
    path : str
        Dotted path of the counts, for messages.
    """
    rows, quotes, mistakes = file_rows(folder, name, path, "the columns month and count, and rows")
    return _table(rows, name, path, quotes) if rows else (None, mistakes)


def _table(
    rows: Rows, name: str, path: str, quotes: bool
) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """Rows with their line numbers; without `quotes` no message shows what they say."""
    header = [cell.strip() for cell in rows[0][1]]
    known = [column for column in header if column in _COLUMNS]
    if not quotes and len(known) < len(header):
        rule = "has no counts, and lies outside the folder of the scenario"
        return None, [Mistake(path, name, rule, "name a CSV file of counts")]
    mistakes = column_mistakes(header, known, _COLUMNS, "counts", name, path)
    kinds = [column for column in header if column in PERIOD_KINDS]
    if len(kinds) != 1 or "count" not in header:
        mistakes.append(
            Mistake(
                path,
                f"{name}, header {header}",
                "needs one of the columns month, week and day, and the column count",
                "name the columns in the first row",
            )
        )
    elif len(rows) == 1:
        mistakes.append(Mistake(path, name, "there are no counts", "add rows below the header"))
    if mistakes:
        return None, mistakes
    columns: dict[str, list[Any]] = {column: [] for column in header}
    for number, row in rows[1:]:
        if not as_long_as_header(row, header, number, name, path, mistakes):
            continue
        for column, cell in zip(header, row, strict=True):
            try:
                columns[column].append(_cell(column, cell.strip()))
            except (ValueError, OverflowError):
                shown = f" {cell.strip()[:40]!r}" if quotes else ""
                where = f"{name}, row {number}, {column}{shown}"
                mistakes.append(Mistake(path, where, *_rule(column)))
    if mistakes:
        return None, first_few(mistakes, name, path)
    counts = {"file": plain_name(name), "when": columns[kinds[0]], "count": columns["count"]}
    if "office" in columns:
        counts["office"] = columns["office"]
    return counts, []


def _cell(column: str, cell: str) -> Any:
    if column == "office":
        return cell or None
    if column == "count":
        value = float(cell)
        if not math.isfinite(value) or value < 0:
            raise ValueError
        return int(value) if value.is_integer() else value
    if period_of(cell).kind != column:
        raise ValueError
    return cell


def _rule(column: str) -> tuple[str, str]:
    if column == "count":
        return "is no number of people", "write 0 or more"
    return f"is no {column}", f"write it as {_EXAMPLES[column]}"


def counts_text(counts: Mapping[str, Any]) -> str:
    r"""Counts as CSV text that `read_counts` reads back.

    Examples
    --------
    >>> counts_text({"when": ["2026-01", "2026-02"], "count": [41, 38]})
    'month,count\n2026-01,41\n2026-02,38\n'
    """
    columns = {period_of(counts["when"][0]).kind: counts["when"], "count": counts["count"]}
    if "office" in counts:
        columns["office"] = counts["office"]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(["" if cell is None else cell for cell in row])
    return text.getvalue()
