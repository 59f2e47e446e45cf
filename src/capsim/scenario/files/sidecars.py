"""Tables of a scenario that may stand in CSV files beside it.

They are the traces and counts of inflows, the open cases of the first day, and lists of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from capsim.scenario.base import as_date
from capsim.scenario.errors import Mistake
from capsim.scenario.files.construction import current
from capsim.scenario.files.count_files import counts_text, read_counts
from capsim.scenario.files.open_case_files import OPEN_CASES
from capsim.scenario.files.traces import read_trace, trace_text
from capsim.scenario.files.worker_files import WORKERS
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.periods import counts_or_rows
from capsim.scenario.tables.workers import Workers, hours_of_week

__all__ = ["NamedTable", "Sidecar", "named_tables", "with_files"]

Read = Callable[[Path, str, str], tuple[dict[str, Any] | None, list[Mistake]]]


class Sidecar(NamedTuple):
    """How a table is read from a file and written into one."""

    read: Read
    text: Callable[[Mapping[str, Any]], str]
    of_it: tuple[str, ...] = ()
    """Fields beside the table that say something about it."""


_OF_INFLOWS = {
    "trace": Sidecar(read_trace, trace_text),
    "counts": Sidecar(read_counts, counts_text, ("counts_exact",)),
}
_OPEN_CASES = Sidecar(OPEN_CASES.read, OPEN_CASES.text)
_WORKERS = Sidecar(WORKERS.read, WORKERS.text)


def with_files(raw: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Plain data with every named file read, and what follows from what stands there.

    Returns
    -------
    tuple
        The data, a table that could not be read left out, and the mistakes.
    """
    mistakes: list[Mistake] = []
    raw = _each(raw, "inflows", _inflow, mistakes)
    raw = _initial(raw, mistakes)
    return _each(raw, "teams", partial(_team, raw), mistakes), mistakes


def _each(
    raw: dict[str, Any], field: str, change: Callable[..., Any], mistakes: list[Mistake]
) -> dict[str, Any]:
    """The scenario with each of its inflows, or of its teams, changed."""
    tables = raw.get(field)
    if not isinstance(tables, Mapping):
        return raw
    changed = {
        name: change(table, f"{field}.{name}", mistakes) if isinstance(table, Mapping) else table
        for name, table in tables.items()
    }
    return {**raw, field: changed}


def _inflow(table: Mapping[str, Any], path: str, mistakes: list[Mistake]) -> Mapping[str, Any]:
    """An inflow with its files read, and counts by period as columns."""
    for field, sidecar in _OF_INFLOWS.items():
        if isinstance(table.get(field), str):
            content, found = sidecar.read(_folder(), table[field], f"{path}.{field}")
            mistakes += found
            gone = (field,) if content is not None else (field, *sidecar.of_it)
            table = {key: value for key, value in table.items() if key not in gone}
            if content is not None:
                table[field] = content
    if isinstance(table.get("counts"), Mapping):
        table = {**table, "counts": counts_or_rows(table["counts"])}
    return table


def _initial(raw: dict[str, Any], mistakes: list[Mistake]) -> dict[str, Any]:
    """The scenario with its open cases: `initial`, or `initial.files`, may name a file."""
    initial = raw.get("initial")
    if isinstance(initial, str):
        name, path, others = initial, "initial", {}
    elif isinstance(initial, Mapping) and isinstance(initial.get("files"), str):
        name, path = initial["files"], "initial.files"
        others = {key: value for key, value in initial.items() if key != "files"}
    else:
        return raw
    table, found = _OPEN_CASES.read(_folder(), name, path)
    mistakes += found
    return {**raw, "initial": others if table is None else {**others, "files": table}}


def _team(
    raw: Mapping[str, Any], table: Mapping[str, Any], path: str, mistakes: list[Mistake]
) -> Mapping[str, Any]:
    """A team with its list of workers, and `fte` from it where it is not written."""
    if "workers" not in table:
        return table
    workers = table["workers"]
    if isinstance(workers, str):
        workers, found = _WORKERS.read(_folder(), workers, f"{path}.workers")
        mistakes += found
    rest = {key: value for key, value in table.items() if key != "workers"}
    table = rest if workers is None else {**rest, "workers": workers}
    if "fte" not in table and "places" not in table:
        table = {"fte": _first_day(raw, workers), **table}
    return table


def _first_day(raw: Mapping[str, Any], workers: Any) -> float:
    """FTE of those who are there on the first day; 1 while something else is wrong."""
    try:
        calendar = Calendar.model_validate(raw.get("calendar", {}))
        start = as_date(raw.get("start"))
        people = Workers.model_validate(workers).named(hours_of_week(calendar))
    except (ValidationError, ValueError):
        return 1.0
    return round(sum(person.fte for person in people if person.is_there(start)), 9)


def _folder() -> Path:
    return current().folder or Path()


class NamedTable(NamedTuple):
    """A table that was read from a file, in plain data of a scenario."""

    path: str
    sidecar: Sidecar
    owner: dict[str, Any]
    """The table of which it is a field."""
    field: str

    @property
    def table(self) -> dict[str, Any]:
        """Its columns, and the name of the file."""
        content: dict[str, Any] = self.owner[self.field]
        return content


def named_tables(raw: Mapping[str, Any]) -> Iterator[NamedTable]:
    """All that was read from files, in plain data of a scenario."""
    found = [
        NamedTable(f"inflows.{name}.{field}", sidecar, inflow, field)
        for name, inflow in raw["inflows"].items()
        for field, sidecar in _OF_INFLOWS.items()
    ]
    found.append(NamedTable("initial.files", _OPEN_CASES, raw.get("initial", {}), "files"))
    for name, team in raw.get("teams", {}).items():
        found.append(NamedTable(f"teams.{name}.workers", _WORKERS, team, "workers"))
    for one in found:
        table = one.owner.get(one.field)
        if isinstance(table, dict) and "file" in table:
            yield one
