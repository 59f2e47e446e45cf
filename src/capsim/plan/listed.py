"""Open cases of a list as tables of the plan: what is known of each, and the laws of the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from capsim.kernels.codes import INITIAL_NEW, INITIAL_VISITED, INITIAL_WITH_AGE
from capsim.kernels.tables import Staff
from capsim.plan.copies import Copies
from capsim.plan.laws import LawBook, Part
from capsim.plan.timetable import Timetable
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.laws.durations import AbstractLaw
from capsim.scenario.model import Scenario
from capsim.scenario.tables.copies import named_by_copy
from capsim.scenario.tables.open_cases import Moment, OpenCases, days_of
from capsim.scenario.tables.stages import Stage
from capsim.scenario.units import half_up

__all__ = ["Listed", "ListedCase", "SeatNames", "compile_listed", "seat_names", "with_names"]

SeatNames = dict[tuple[int, int], str]
"""Name by team copy and number of the seat."""

_ENDS_AT_ONCE: list[Part] = []
_SEAT = re.compile(r"[1-9][0-9]{0,8}")


class ListedCase(NamedTuple):
    """Where an open case is, in the numbers of the plan."""

    name: str
    inflow: int
    stage: int
    office: int
    """-1: drawn by share."""


class Listed(NamedTuple):
    """The cases of the list, in its order, and the fields `listed_*` and `part_*` of `Arrivals`."""

    cases: tuple[ListedCase, ...]
    tables: dict[str, Any]


# -- who is who ---------------------------------------------------------------


def seat_names(scenario: Scenario, copies: Copies, staff: Staff, named: SeatNames) -> SeatNames:
    """Who sits where: those `named` by a list of workers, and workers of open cases.

    The latter are dealt to the seats of the first day that have no name yet.

    A worker that is called OFFICE/TEAM/NAME in the list is NAME. One whose name is the number of a
    seat has that seat; the others get the remaining ones in the order of their names.

    Raises
    ------
    ScenarioError
        If a team has more names than seats, or a case is with somebody who is not there yet, or
        not any more.
    """
    table = scenario.open_cases
    _check_numbers(copies, staff, named)
    if table is None or table.worker is None:
        return dict(named)
    wanted: dict[int, set[str]] = {}
    for stage, office, worker in zip(
        table.stage, table.column("office"), table.worker, strict=True
    ):
        if worker is not None and scenario.stages[stage].caseworker:
            copy = _copy(scenario, copies, stage, office)
            wanted.setdefault(copy, set()).add(_own_name(worker, copies, copy))
    there = (staff.seat_from == 0) & (staff.seat_reserve < 0)
    found: SeatNames = dict(named)
    mistakes = []
    for copy, names in sorted(wanted.items()):
        seats = staff.seat_number[there & (staff.seat_copy == copy)].tolist()
        known = {name for (c, seat), name in named.items() if c == copy and seat in seats}
        names = names - known
        mistakes += _away(scenario, copies, copy, names)
        seats = [seat for seat in seats if (copy, seat) not in named]
        numbers = {int(name) for name in names if _SEAT.fullmatch(name)} & set(seats)
        others = sorted(names - {str(number) for number in numbers})
        free = [seat for seat in seats if seat not in numbers]
        if len(others) > len(free):
            team = f"{copies.names[copy]}/{copies.teams[copy]}"
            rule = (
                f"{team} has {len(seats)} seats on the first day, and the list {len(names)} names"
            )
            path = f"teams.{copies.teams[copy]}.fte"
            value = scenario.teams[copies.teams[copy]].size
            mistakes.append(Mistake(path, value, rule, "give the team more FTE, or correct names"))
        found |= {(copy, seat): name for seat, name in zip(free, others, strict=False)}
        found |= {(copy, number): str(number) for number in numbers}
    if mistakes:
        raise ScenarioError(mistakes)
    return found


def _away(scenario: Scenario, copies: Copies, copy: int, names: set[str]) -> list[Mistake]:
    """Names of which the list of workers says that they are not there on the first day."""
    team = copies.teams[copy]
    return [
        Mistake(
            "initial.files.worker",
            worker.name,
            f"teams.{team}.workers has a contract from {worker.since or 'before'} until "
            f"{worker.until or 'the end'}, not on the first day ({scenario.start})",
            "correct one of the two, or leave the worker of these cases empty",
        )
        for worker in named_by_copy(scenario, team)[copies.names[copy]]
        if worker.name in names and not worker.is_there(scenario.start)
    ]


def with_names(staff: Staff, names: SeatNames) -> Staff:
    """The same seats, those of the first day that have a name being filled then."""
    keys = zip(staff.seat_copy.tolist(), staff.seat_number.tolist(), strict=True)
    is_named = np.array([key in names for key in keys], dtype=bool)
    return staff._replace(seat_named=(is_named & (staff.seat_from == 0)).astype(np.int64))


def _check_numbers(copies: Copies, staff: Staff, named: SeatNames) -> None:
    """Refuse a name that is the number of another seat, which is called by it.

    Raises
    ------
    ScenarioError
        If there is such a name.
    """
    if not named:
        return
    seats = zip(staff.seat_copy.tolist(), staff.seat_number.tolist(), strict=True)
    plain = {(copy, str(seat)) for copy, seat in seats if (copy, seat) not in named}
    mistakes = [
        Mistake(
            f"teams.{copies.teams[copy]}.workers",
            name,
            "is the number of a seat without a name",
            "put a letter before it",
        )
        for (copy, _), name in named.items()
        if (copy, name) in plain
    ]
    if mistakes:
        raise ScenarioError(mistakes)


def _copy(scenario: Scenario, copies: Copies, stage: str, office: str | None) -> int:
    team = scenario.stages[stage].team
    assert team is not None
    return copies.number[office or scenario.office_names[0], team]


def _own_name(worker: str, copies: Copies, copy: int) -> str:
    return worker.removeprefix(f"{copies.names[copy]}/{copies.teams[copy]}/")


# -- what is known ---------------------------------------------------------------


def compile_listed(
    scenario: Scenario, times: Timetable, laws: LawBook, copies: Copies, names: SeatNames
) -> Listed:
    """The list of open cases as tables; empty ones without a list.

    Visits, gaps and stays that are in hand are those of the law, given how long they have lasted.
    Before the first day a law in workdays counts as many days to an office day as in the run.
    """
    table = scenario.open_cases
    book = _Book(scenario, times, laws, copies, names)
    if table is not None:
        for row in range(len(table)):
            book.add(table, row)
    return book.listed()


class _Book:
    """Rows of the tables as the cases are read."""

    def __init__(
        self,
        scenario: Scenario,
        times: Timetable,
        laws: LawBook,
        copies: Copies,
        names: SeatNames,
    ) -> None:
        self.scenario, self.times, self.laws, self.copies = scenario, times, laws, copies
        self.seats = {(copy, name): seat for (copy, seat), name in names.items()}
        self.tells_workers = set()
        table = scenario.open_cases
        if table is not None and table.worker is not None:
            told = zip(table.stage, table.worker, strict=True)
            self.tells_workers = {stage for stage, worker in told if worker is not None}
        self.cases: list[ListedCase] = []
        self.rows: list[tuple[int, ...]] = []
        self.knows: list[list[int]] = []
        self.parts: list[list[Part]] = []
        self.known: dict[Any, list[Part]] = {}

    def add(self, table: OpenCases, row: int) -> None:
        """One more case."""
        scenario = self.scenario
        cell = {name: table.column(name)[row] for name in _READ}
        inflow = cell["inflow"] or next(iter(scenario.inflows))
        stage, office = cell["stage"], cell["office"]
        worker = cell["worker"] if scenario.stages[stage].caseworker else None
        settings = self.copies.local[office or scenario.office_names[0]].stage_for(stage, inflow)
        copy = seat = -1
        if worker is not None:
            copy = _copy(scenario, self.copies, stage, office)
            seat = self.seats[copy, _own_name(worker, self.copies, copy)]
        offices = scenario.office_names
        number = offices.index(office) if office is not None and len(offices) > 1 else -1
        self.cases.append(
            ListedCase(
                cell["case"],
                list(scenario.inflows).index(inflow),
                scenario.stage_names.index(stage),
                number,
            )
        )
        kind, done = self._state(settings, cell["visits_done"], worker is not None, stage)
        since = min(self._ticks(cell["since"]), -1)
        applied = since if cell["applied"] is None else min(self._ticks(cell["applied"]), since)
        due = -1
        if cell["next_visit"] is not None:
            due = self.times.office_instant(max(self._ticks(cell["next_visit"]), 0))
        self.rows.append((kind, applied, since, done, due, copy, seat))
        self._add_laws(settings, kind, seat >= 0, cell, since, done)

    def _state(
        self, settings: Stage, done: int | None, has_worker: bool, stage: str
    ) -> tuple[int, int]:
        """Whether the case was visited before, and the number of its last visit."""
        if settings.kind == "delay":
            return INITIAL_NEW, 0
        if settings.kind == "places":
            return INITIAL_WITH_AGE, 0
        if done is None and settings.kind == "caseworker":
            if has_worker:
                return INITIAL_VISITED, 1
            if stage not in self.tells_workers:
                return INITIAL_WITH_AGE, 0
        return (INITIAL_VISITED, done) if done else (INITIAL_NEW, 0)

    def _add_laws(
        self,
        settings: Stage,
        kind: int,
        has_worker: bool,
        cell: dict[str, Any],
        since: int,
        done: int,
    ) -> None:
        knows, parts = [-1, -1, -1], [_ENDS_AT_ONCE] * 3
        is_in_hand = kind == INITIAL_VISITED or has_worker
        if settings.kind == "places":
            knows[1], parts[1] = 1, self._given(settings.stay, -since)
        elif kind == INITIAL_WITH_AGE:
            knows = [0, 0, 0]
        elif settings.kind == "delay" or is_in_hand:
            visits = settings.n_visits
            if settings.kind == "delay" or (visits is None and settings.stay is not None):
                knows[1], parts[1] = 1, self._given(settings.stay, -since)
            if kind == INITIAL_VISITED:
                last = cell["last_visit"]
                knows[0] = 0
                if last is not None and settings.gap is not None:
                    knows[0], parts[0] = 1, self._given(settings.gap, -min(self._ticks(last), 0))
                if settings.kind != "delay" and (visits is not None or not self._ends(settings)):
                    if cell["visits_done"] is None:
                        knows[2] = 0
                    else:
                        law = self.laws.count(1 if visits is None else visits)
                        knows[2], parts[2] = 1, self.laws.given(law, done)
        self.knows.append(knows)
        self.parts += parts

    @staticmethod
    def _ends(settings: Stage) -> bool:
        """Whether something else than the number of visits ends the work of a stage."""
        return settings.stay is not None or settings.closing is not None

    def _given(self, law: AbstractLaw | None, past: int) -> list[Part]:
        """What is left of a delay; kept, because many cases have waited as long as others."""
        assert law is not None
        number = self.laws.calendar(law)
        if law.in_workdays:
            past = past * self.times.n_open // max(self.times.n_days, 1)
        key = number, past
        if key not in self.known:
            self.known[key] = self.laws.given(number, past)
        return self.known[key]

    def _ticks(self, moment: Moment) -> int:
        return half_up(days_of(moment, self.scenario.start) * self.times.day_ticks)

    def listed(self) -> Listed:
        """All of them."""
        columns: Sequence[Any] = list(zip(*self.rows, strict=True)) or [()] * 7
        flat = [part for parts in self.parts for part in parts]
        names = ("kind", "applied", "joined", "done", "due", "copy", "seat")
        tables: dict[str, Any] = {
            f"listed_{name}": np.array(column, dtype=np.int64)
            for name, column in zip(names, columns, strict=True)
        }
        tables["listed_knows"] = np.array(self.knows, dtype=np.int64).reshape(-1, 3)
        sizes = [0, *(len(parts) for parts in self.parts)]
        tables["listed_part"] = np.cumsum(np.array(sizes, dtype=np.int64))
        tables["part_upto"] = np.array([part.upto for part in flat], dtype=float)
        tables["part_law"] = np.array([part.law for part in flat], dtype=np.int64)
        tables["part_beyond"] = np.array([part.beyond for part in flat], dtype=float)
        tables["part_past"] = np.array([part.past for part in flat], dtype=float)
        return Listed(tuple(self.cases), tables)


_READ = (
    *("case", "stage", "since", "applied", "inflow", "office", "worker"),
    *("visits_done", "last_visit", "next_visit"),
)
