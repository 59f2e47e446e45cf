"""Profiles: what a case of one inflow meets at one stage in one office, as rows of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_DAYS,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    DEADLINE_WORKDAYS,
    ENDING_CLOSING,
    ENDING_STAY,
    ENDING_VISITS,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_PLACES,
    KIND_POOLED,
    UNTIL_END,
    UNTIL_START,
)
from capsim.kernels.tables import Meetings, Profiles, Rules
from capsim.plan.copies import Copies
from capsim.plan.laws import LawBook
from capsim.plan.loads import CELLS, closing_row
from capsim.plan.meetings import SeriesBook
from capsim.plan.plan import Ints
from capsim.plan.timetable import Timetable
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import InitialCases
from capsim.scenario.tables.stages import Closing, Deadline, Stage
from capsim.scenario.units import half_up

__all__ = ["Compiled", "compile_profiles"]

_KINDS = {
    "delay": KIND_DELAY,
    "pooled": KIND_POOLED,
    "caseworker": KIND_CASEWORKER,
    "places": KIND_PLACES,
}
DEFAULT_EXITS = ("completed", "left", "turned_away")


class _Row(NamedTuple):
    """One profile: the columns of `Profiles`, lists where these have slices, and residual laws."""

    kind: int
    ending: int
    visits: int
    work: tuple[int, ...]
    gap: int
    stay: int
    patience: int
    room: int
    closing: int
    decision: int
    urgent: float
    partner: float
    missed: float
    missed_cost: int
    deadline: int
    within: int
    until: int
    clock: int
    class_first: int
    class_later: int
    assign_new: int
    assign_handed: int
    route: tuple[tuple[float, int], ...]
    if_left: int
    if_turned_away: int
    least_urgent: int
    residual_gap: int
    residual_stay: int
    residual_visits: int


class Compiled(NamedTuple):
    """What `compile_profiles` gives: tables of the plan, and what others need for theirs."""

    profiles: Profiles
    rules: Rules
    meetings: Meetings
    profile: Ints
    """(offices, inflows, stages) row of each profile."""
    stage_copy: Ints
    stage_clock: Ints
    stage_first_clock: Ints
    n_clocks: int
    exits: tuple[str, ...]
    classes: Ints
    assign_classes: Ints
    """(copies,) how many classes meet in the queue and in the assignment queue of each."""
    residuals: dict[str, Ints]
    """Fields `residual_*` of the arrivals."""


class _Exits:
    """Exits by number: the three default ones, then others as they come."""

    def __init__(self, stages: tuple[str, ...]) -> None:
        self._stage = {name: number for number, name in enumerate(stages)}
        self._exit = {name: number for number, name in enumerate(DEFAULT_EXITS)}

    def destination(self, name: str) -> int:
        if name in self._stage:
            return self._stage[name]
        return -(self._exit.setdefault(name, len(self._exit)) + 1)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._exit)


class _Clocks:
    """Deadline clocks by the stage whose entry starts them, and by what a return does to them."""

    def __init__(self, stages: tuple[str, ...]) -> None:
        self._stages = stages
        self._number: dict[tuple[str, bool], int] = {}

    def number(self, stage: str, *, continues: bool = False) -> int:
        return self._number.setdefault((stage, continues), len(self._number))

    def of_stages(self, *, continues: bool = False) -> Ints:
        numbers = [self._number.get((stage, continues), -1) for stage in self._stages]
        return np.array(numbers, np.int64)

    def __len__(self) -> int:
        return len(self._number)


class _Compiler:
    """Gathers the profiles of a scenario, with what they refer to."""

    def __init__(
        self,
        scenario: Scenario,
        times: Timetable,
        laws: LawBook,
        copies: Copies,
        initial: tuple[InitialCases, ...],
    ) -> None:
        self.scenario = scenario
        self.times = times
        self.laws = laws
        self.copies = copies
        self.stages = scenario.stage_names
        self.exits = _Exits(self.stages)
        self.clocks = _Clocks(self.stages)
        self.series = SeriesBook(times)
        self.closings: dict[Closing, int] = {}
        self.workdays: dict[int, int] = {}
        self.initial = {(one.stage, one.inflow) for one in initial if one.cases}
        self.listed = {(one.stage, one.inflow) for one in initial if one.is_listed}
        # What does not depend on the office: (settings of the stage, inflow) -> parts of the row.
        self.parts: dict[tuple[int, str, str], dict[str, Any]] = {}

    def row(
        self,
        stage: str,
        inflow: str,
        office: int,
        settings: Stage,
        classes: Mapping[str, Any],
    ) -> _Row:
        """The profile of an inflow at a stage in an office."""
        key = (id(settings), stage, inflow)
        if key not in self.parts:
            self.parts[key] = self._parts(stage, inflow, settings)
        decision = settings.meetings
        number = self.stages.index(stage)
        return _Row(
            **self.parts[key],
            decision=-1 if decision is None else self.series.number(number, office, decision),
            urgent=0.0 if decision is None else decision.urgent,
            **classes,
        )

    def _parts(self, stage: str, inflow: str, settings: Stage) -> dict[str, Any]:
        laws = self.laws
        kind = _KINDS[settings.kind]
        visits = settings.n_visits
        if kind == KIND_DELAY or (visits is None and settings.stay is not None):
            ending = ENDING_STAY
        elif visits is None and settings.closing is not None:
            ending = ENDING_CLOSING
        else:
            ending = ENDING_VISITS
        stay = laws.calendar(settings.stay) if ending == ENDING_STAY else -1
        gap = laws.calendar(settings.gap) if kind != KIND_DELAY else -1
        count = laws.count(1 if visits is None else visits) if ending == ENDING_VISITS else -1
        residual_gap = residual_stay = residual_visits = -1
        if (stage, inflow) in self.initial:
            if ending == ENDING_STAY:
                residual_stay = laws.residual(settings.stay)
            if kind == KIND_POOLED and (stage, inflow) in self.listed:
                residual_gap = laws.residual(settings.gap)
            if kind == KIND_CASEWORKER:
                residual_gap = laws.residual(settings.gap)
                if ending == ENDING_VISITS:
                    residual_visits = laws.further_visits(1 if visits is None else visits)
        closing = -1
        if ending == ENDING_CLOSING:
            assert settings.closing is not None
            closing = self.closings.setdefault(settings.closing, len(self.closings))
        return {
            "kind": kind,
            "ending": ending,
            "visits": count,
            "work": tuple(laws.work(law) for law in settings.work_laws),
            "gap": gap,
            "stay": stay,
            "patience": laws.calendar(settings.patience),
            "room": -1 if settings.room is None else settings.room.places,
            "least_urgent": int(
                settings.room is not None and settings.room.turn_away == "least_urgent"
            ),
            **self._visits_of_another_kind(settings),
            "closing": closing,
            "route": self._route(stage, settings),
            "if_left": self.exits.destination(settings.if_left or "left"),
            "if_turned_away": self.exits.destination(settings.if_turned_away or "turned_away"),
            "residual_gap": residual_gap,
            "residual_stay": residual_stay,
            "residual_visits": residual_visits,
            **self._deadline(inflow, settings),
        }

    def _visits_of_another_kind(self, settings: Stage) -> dict[str, Any]:
        partner, no_show = settings.partner or 0.0, settings.no_show
        if no_show is None or not no_show.share:
            return {"partner": partner, "missed": partner, "missed_cost": -1}
        return {
            "partner": partner,
            "missed": partner + (1 - partner) * no_show.share,
            "missed_cost": self.laws.work(no_show.costs),
        }

    def _route(self, stage: str, settings: Stage) -> tuple[tuple[float, int], ...]:
        upto = 0.0
        route = []
        for name, share in self.scenario.next_of(stage, settings).items():
            destination = self.exits.destination(name)
            if share > 0:
                upto += share
                route.append((upto, destination))
        route[-1] = (1.0, route[-1][1])
        return tuple(route)

    def _deadline(self, inflow: str, settings: Stage) -> dict[str, int]:
        deadline = settings.deadline
        entry = self.scenario.entry_stage(inflow)
        if deadline is None:
            clock = -1 if settings.meetings is None else self.clocks.number(entry)
            return {"deadline": DEADLINE_NONE, "within": 0, "until": UNTIL_END, "clock": clock}
        kind, within = self._within(deadline)
        return {
            "deadline": kind,
            "within": within,
            "until": UNTIL_START if deadline.until == "start" else UNTIL_END,
            "clock": self.clocks.number(
                deadline.from_ or entry, continues=deadline.on_return == "continue"
            ),
        }

    def _within(self, deadline: Deadline) -> tuple[int, int]:
        within = deadline.within
        if within.is_workdays:
            days = half_up(within.exact)
            return DEADLINE_WORKDAYS, self.workdays.setdefault(days, len(self.workdays))
        if within.is_work:
            return DEADLINE_EXACT, within.ticks(self.times.day_ticks)
        return DEADLINE_DAYS, half_up(within.exact_days)

    def closing_arrays(self) -> dict[str, Any]:
        rows = [closing_row(closing) for closing in self.closings]
        return {
            "closing_probability": np.array([row[0] for row in rows], dtype=float),
            "closing_norm": np.array([row[1] for row in rows], dtype=np.int64),
            "closing_step": np.array([row[2] for row in rows], dtype=np.int64),
            "closing_table": np.array([row[3] for row in rows], dtype=float).reshape(-1, CELLS),
        }

    def workday_due(self) -> Ints:
        rows = [self.times.workday_deadlines(days, DAYS_BEFORE) for days in self.workdays]
        return np.array(rows, dtype=np.int64).reshape(-1, DAYS_BEFORE + self.times.n_days + 1)


def compile_profiles(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    copies: Copies,
    initial: tuple[InitialCases, ...],
) -> Compiled:
    """Profiles of every (office, inflow, stage), equal ones stored once.

    Settings of the office replace those of the stage, settings of the inflow replace both.
    """
    compiler = _Compiler(scenario, times, laws, copies, initial)
    stages, inflows, offices = scenario.stage_names, tuple(scenario.inflows), scenario.office_names
    settings = _settings(scenario, copies)
    stage_copy = np.full((len(offices), len(stages)), -1, dtype=np.int64)
    for number, stage in enumerate(stages):
        team = scenario.stages[stage].team
        if team is not None:
            stage_copy[:, number] = [copies.number[office, team] for office in offices]
    classes, met = _classes(scenario, copies, settings, stage_copy)
    table: dict[_Row, int] = {}
    profile = np.empty((len(offices), len(inflows), len(stages)), dtype=np.int64)
    for i, office in enumerate(offices):
        for j, inflow in enumerate(inflows):
            for k, stage in enumerate(stages):
                row = compiler.row(
                    stage, inflow, i, settings[office, inflow, stage], classes[i, j, k]
                )
                profile[i, j, k] = table.setdefault(row, len(table))
    columns, lists = _columns(list(table))
    return Compiled(
        profiles=Profiles(**{name: columns[name] for name in Profiles._fields}),
        rules=Rules(
            urgent=np.array([row.urgent for row in table], dtype=float),
            partner=np.array([row.partner for row in table], dtype=float),
            missed=np.array([row.missed for row in table], dtype=float),
            workday_due=compiler.workday_due(),
            **lists,
            **compiler.closing_arrays(),
        ),
        meetings=compiler.series.table(),
        profile=profile,
        stage_copy=stage_copy,
        stage_clock=compiler.clocks.of_stages(),
        stage_first_clock=compiler.clocks.of_stages(continues=True),
        n_clocks=len(compiler.clocks),
        exits=compiler.exits.names,
        classes=met[0],
        assign_classes=met[1],
        residuals={name: columns[name] for name in columns if "residual" in name},
    )


def _settings(scenario: Scenario, copies: Copies) -> dict[tuple[str, str, str], Stage]:
    """Every stage as an inflow has it in an office; equal ones are one object."""
    result = {}
    plain: dict[tuple[str, str], Stage] = {
        (inflow, stage): scenario.stage_for(stage, inflow)
        for inflow in scenario.inflows
        for stage in scenario.stage_names
    }
    for office in scenario.office_names:
        local = copies.local[office]
        for inflow in scenario.inflows:
            for stage in scenario.stage_names:
                own = plain[inflow, stage]
                if local is not scenario:
                    changed = local.stage_for(stage, inflow)
                    own = own if changed == own else changed
                result[office, inflow, stage] = own
    return result


_NO_CLASS = {"class_first": 0, "class_later": 0, "assign_new": 0, "assign_handed": 0}


def _classes(
    scenario: Scenario,
    copies: Copies,
    settings: Mapping[tuple[str, str, str], Stage],
    stage_copy: Ints,
) -> tuple[dict[tuple[int, int, int], dict[str, int]], tuple[Ints, Ints]]:
    """Ranks of the priorities that meet in each team copy, lower served first."""
    stages, inflows, offices = scenario.stage_names, tuple(scenario.inflows), scenario.office_names
    keys: dict[tuple[int, int, int], tuple[int, Any, Any, Any, Any]] = {}
    queue: list[set[Any]] = [set() for _ in copies.names]
    assignment: list[set[Any]] = [set() for _ in copies.names]
    for i, office in enumerate(offices):
        for k, stage in enumerate(stages):
            copy = int(stage_copy[i, k])
            if copy < 0:
                continue
            returning = copies.settings[copy].discipline == "returning_first"
            for j, inflow in enumerate(inflows):
                own = settings[office, inflow, stage]
                priority = copies.local[office].inflows[inflow].priority
                first = (own.priority or 0, priority, 1 if returning else 0)
                later = (own.priority or 0, priority, 0)
                # People get places by the priority of the stage too, as pooled visits do.
                own_priority = own.priority or 0 if own.kind == "places" else 0
                new, handed = (1, own_priority, priority), (0, own_priority, priority)
                keys[i, j, k] = (copy, first, later, new, handed)
                queue[copy] |= {first, later}
                if own.caseworker or own.kind == "places":
                    assignment[copy] |= {new, handed}
                else:
                    keys[i, j, k] = (copy, first, later, None, None)
    queue_rank = [{key: rank for rank, key in enumerate(sorted(found))} for found in queue]
    assign_rank = [{key: rank for rank, key in enumerate(sorted(found))} for found in assignment]
    result = {}
    for i in range(len(offices)):
        for j in range(len(inflows)):
            for k in range(len(stages)):
                if (i, j, k) not in keys:
                    result[i, j, k] = _NO_CLASS
                    continue
                copy, first, later, new, handed = keys[i, j, k]
                result[i, j, k] = {
                    "class_first": queue_rank[copy][first],
                    "class_later": queue_rank[copy][later],
                    "assign_new": assign_rank[copy].get(new, 0),
                    "assign_handed": assign_rank[copy].get(handed, 0),
                }
    return result, (
        np.array([len(found) for found in queue], dtype=np.int64),
        np.array([len(found) for found in assignment], dtype=np.int64),
    )


def _columns(rows: list[_Row]) -> tuple[dict[str, Ints], dict[str, Any]]:
    """Profiles as columns, and the flat lists of work laws and routes of which they are slices."""
    work_list: list[int] = []
    work_at: dict[tuple[int, ...], int] = {}
    routes: list[tuple[float, int]] = []
    route_at: dict[tuple[tuple[float, int], ...], int] = {}
    for row in rows:
        if row.work not in work_at:
            work_at[row.work] = len(work_list)
            work_list.extend(row.work)
        if row.route not in route_at:
            route_at[row.route] = len(routes)
            routes.extend(row.route)
    columns = {
        name: np.array([getattr(row, name) for row in rows], dtype=np.int64)
        for name in _Row._fields
        if name not in ("work", "route", "urgent", "partner", "missed")
    }
    columns["work_first"] = np.array([work_at[row.work] for row in rows], dtype=np.int64)
    columns["work_n"] = np.array([len(row.work) for row in rows], dtype=np.int64)
    columns["route_first"] = np.array([route_at[row.route] for row in rows], dtype=np.int64)
    columns["route_n"] = np.array([len(row.route) for row in rows], dtype=np.int64)
    return columns, {
        "work": np.array(work_list, dtype=np.int64),
        "route_upto": np.array([upto for upto, _ in routes], dtype=float),
        "route_to": np.array([to for _, to in routes], dtype=np.int64),
    }
