"""Official figures in a CSV file beside the scenario: how many applied in each period.

Columns: `month` (2026-03), `week` (2026-W10) or `day` (2026-03-05), `count`, and optionally
`office`; an empty office is dealt by share.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from capsim.scenario.errors import Mistake, problem
from capsim.scenario.files.csv_files import FileKind, csv_text
from capsim.scenario.tables.periods import PERIOD_KINDS, period_of

__all__ = ["counts_text", "read_counts"]

_EXAMPLES = {"month": "2026-03", "week": "2026-W10", "day": "2026-03-05"}


def read_counts(folder: Path, name: str, path: str) -> tuple[dict[str, Any] | None, list[Mistake]]:
    """A file of counts as plain data, or the mistakes in it; see `FileKind.read`."""
    columns, mistakes = _COUNTS.read(folder, name, path)
    if columns is None:
        return None, mistakes
    (when,) = (columns[column] for column in columns if column in PERIOD_KINDS)
    counts = {"file": columns["file"], "when": when, "count": columns["count"]}
    if "office" in columns:
        counts["office"] = columns["office"]
    return counts, []


def counts_text(counts: Mapping[str, Any]) -> str:
    """Counts as CSV text that `read_counts` reads back."""
    columns = {period_of(counts["when"][0]).kind: counts["when"], "count": counts["count"]}
    if "office" in counts:
        columns["office"] = counts["office"]
    return csv_text(columns)


def _lacking(header: Sequence[str]) -> Iterator[tuple[str, str]]:
    if sum(column in PERIOD_KINDS for column in header) != 1 or "count" not in header:
        rule = "needs one of the columns month, week and day, and the column count"
        yield rule, "name the columns in the first row"


def _cell(column: str, cell: str) -> Any:
    if column == "office":
        return cell or None
    if column == "count":
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or value < 0:
            raise problem("is no number of people", "write 0 or more")
        return int(value) if value.is_integer() else value
    try:
        kind = period_of(cell).kind
    except (ValueError, OverflowError):
        kind = ""
    if kind != column:
        raise problem(f"is no {column}", f"write it as {_EXAMPLES[column]}")
    return cell


_COUNTS = FileKind(
    noun="a list of counts",
    rows="counts",
    example="the columns month and count, and rows",
    columns=(*PERIOD_KINDS, "count", "office"),
    cell=_cell,
    lacking=_lacking,
)
