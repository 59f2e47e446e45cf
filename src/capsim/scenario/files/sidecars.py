"""Tables of a scenario that stand in CSV files beside it: traces and counts of inflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from capsim.scenario.errors import Mistake
from capsim.scenario.files.construction import current
from capsim.scenario.files.count_files import counts_text, read_counts
from capsim.scenario.files.traces import read_trace, trace_text
from capsim.scenario.tables.periods import counts_or_rows

__all__ = ["SIDECARS", "Sidecar", "named_tables", "with_files"]

Read = Callable[[Path, str, str], tuple[dict[str, Any] | None, list[Mistake]]]


class Sidecar(NamedTuple):
    """How a field of an inflow is read from a file and written into one."""

    read: Read
    text: Callable[[Mapping[str, Any]], str]
    of_it: tuple[str, ...] = ()
    """Fields that say something about it."""


SIDECARS = {
    "trace": Sidecar(read_trace, trace_text),
    "counts": Sidecar(read_counts, counts_text, ("counts_exact",)),
}
"""Fields of an inflow that may name a CSV file."""


def with_files(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Plain data with every named file read, and counts by period as columns.

    Returns
    -------
    tuple
        The data, a table that could not be read left out, and the mistakes.
    """
    inflows = raw.get("inflows")
    if not isinstance(inflows, Mapping):
        return raw, []
    mistakes: list[Mistake] = []
    changed = {}
    folder = current().folder or Path()
    for name, table in inflows.items():
        if isinstance(table, Mapping):
            for field, sidecar in SIDECARS.items():
                if not isinstance(table.get(field), str):
                    continue
                content, found = sidecar.read(folder, table[field], f"inflows.{name}.{field}")
                mistakes += found
                gone = (field,) if content is not None else (field, *sidecar.of_it)
                table = {key: value for key, value in table.items() if key not in gone}
                if content is not None:
                    table[field] = content
            if isinstance(table.get("counts"), Mapping):
                table = {**table, "counts": counts_or_rows(table["counts"])}
        changed[name] = table
    return {**raw, "inflows": changed}, mistakes


def named_tables(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Inflow, field and table of all that was read from a file, in plain data of a scenario."""
    for name, inflow in raw["inflows"].items():
        for field in SIDECARS:
            table = inflow.get(field)
            if isinstance(table, dict) and "file" in table:
                yield name, field, table
