"""Rules of a list of open cases: how its rows go together with the scenario."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.files.csv_files import first_few
from capsim.scenario.tables.open_cases import COLUMNS, TIMES, OpenCases, days_of

__all__ = ["open_case_rules"]


class _Known:
    """What a list refers to, as far as it is in order."""

    def __init__(self, scenario: Any, names: Any) -> None:
        self.start = scenario.start if names.knows_start else None
        self.stages = scenario.stages
        self.names = names
        self.shared = {name: team.shared for name, team in scenario.teams.items()}


def open_case_rules(scenario: Any, names: Any, path: str) -> Iterator[Mistake]:
    """Mistakes in how a list goes together with the scenario, named by case and column."""
    table: OpenCases = scenario.open_cases
    if path != "initial.files":
        yield Mistake.absent(
            path, "is a list of open cases, which is no stage's", "write initial.files"
        )
    yield from first_few(list(_row_rules(table, _Known(scenario, names), path)), path, path)


def _row_rules(table: OpenCases, known: _Known, path: str) -> Iterator[Mistake]:
    met: set[str] = set()
    names = known.names
    columns = {column: table.column(column) for column in COLUMNS}
    for row, case in enumerate(table.case):
        cells = {column: values[row] for column, values in columns.items()}

        def wrong(column: str, rule: str, remedy: str, cells: Any = cells) -> Mistake:
            where = f"case {cells['case']!r}, {column} {str(cells[column])!r}"
            name = f"{table.file}, " if table.file else ""
            return Mistake(path, name + where, rule, remedy)

        if case in met:
            yield wrong("case", "stands twice", "give every open case one row")
        met.add(case)
        for column, choices in (
            ("stage", names.stages),
            ("inflow", names.inflows),
            ("office", names.offices),
        ):
            value = cells[column]
            if value is not None and choices and value not in choices:
                yield wrong(column, f"there is no such {column}", nearest(value, choices))
        if known.start is not None:
            yield from _time_rules(cells, known.start, wrong)
        stage = known.stages.get(cells["stage"])
        if stage is not None:
            yield from _stage_rules(cells, stage, known, wrong)


def _time_rules(cells: Mapping[str, Any], start: datetime.date, wrong: Any) -> Iterator[Mistake]:
    days = {column: days_of(cells[column], start) for column in TIMES if cells[column] is not None}
    since = days["since"]
    if since >= 0:
        rule = f"is not before the first day, {start}"
        yield wrong("since", rule, "take out who was not open then, or begin later")
        return
    if days.get("applied", since) > since:
        yield wrong("applied", "is after since", "nobody joins a stage before applying")
    last = days.get("last_visit")
    if last is not None and not since <= last <= 0:
        yield wrong("last_visit", "is not between since and the first day", "correct the date")


def _stage_rules(cells: Mapping[str, Any], stage: Any, known: _Known, wrong: Any) -> Any:
    done, worker = cells["visits_done"], cells["worker"]
    worker = worker if stage.caseworker else None
    if worker is not None and cells["office"] is None and len(known.names.offices or ()) > 1:
        if known.shared.get(stage.team) is not True:
            yield wrong("worker", "has no office", "fill in the column office")
    if stage.team is None and (done or cells["last_visit"] or cells["next_visit"]):
        yield wrong("stage", "has no visits", "leave visits_done, last_visit, next_visit empty")
    if cells["last_visit"] is not None and done == 0:
        yield wrong("last_visit", "is told, but visits_done is 0", "correct one of the two")
    if cells["next_visit"] is not None and not done and worker is None:
        rule = "nobody has this case, and no visit of it is told"
        yield wrong("next_visit", rule, "fill in visits_done or worker, or leave it empty")
