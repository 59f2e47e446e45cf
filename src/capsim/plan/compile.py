"""The door from a scenario to its plan."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from capsim.kernels.tables import Network, Time
from capsim.plan.bounds import check_bounds, check_memory
from capsim.plan.copies import copies_of
from capsim.plan.hashes import name_hashes
from capsim.plan.laws import LawBook
from capsim.plan.listed import compile_listed, seat_names, with_names
from capsim.plan.plan import Plan
from capsim.plan.profiles import Compiled, compile_profiles
from capsim.plan.sources import compile_arrivals
from capsim.plan.teams import compile_staff
from capsim.plan.timetable import Timetable, timetable_of
from capsim.plan.triggers import compile_watches, watches_of
from capsim.scenario.model import Scenario
from capsim.scenario.units import half_up

__all__ = ["compile_plan"]

_KEPT = 32
Table = TypeVar("Table", bound=Any)  # a named tuple

# By identity: comparing scenarios takes as long as compiling one, and equal ones may differ in the
# overrides that they remember. A plan holds its scenario, so an address is not used twice.
_recent: dict[int, Plan] = {}


def compile_plan(scenario: Scenario) -> Plan:
    """The plan of a scenario: every number that an engine needs, in flat read-only arrays.

    Nothing in it is random, and equal scenarios give equal plans. Those of the last few scenario
    objects are kept.

    Raises
    ------
    ScenarioError
        If a worker would be below 0.1 FTE, an office would lose more staff than it has, the memory
        does not suffice, or something is too large to be counted (`capsim.plan.bounds`); if the
        number of initial cases is to be steady and theory says that it grows.

    Examples
    --------
    >>> plan = compile_plan(
    ...     Scenario(
    ...         start="2026-01-01",
    ...         horizon="1 month",
    ...         teams={"intake": {"fte": 2}},
    ...         stages={"intake": {"team": "intake", "work": "45 min"}},
    ...         inflows={"regular": {"rate": {"per_month": 40}}},
    ...     )
    ... )
    >>> plan.time.n_days, plan.time.day_ticks, len(plan.time.open_day) - 1
    (31, 27360, 21)
    """
    plan = _recent.get(id(scenario))
    if plan is None:
        plan = _compiled(scenario)
        for oldest in list(_recent)[: max(0, len(_recent) - _KEPT + 1)]:
            _recent.pop(oldest, None)
        _recent[id(scenario)] = plan
    return plan


def _compiled(scenario: Scenario) -> Plan:
    check_memory(scenario)
    times = timetable_of(scenario.calendar, scenario.start, scenario.horizon_days)
    laws = LawBook(times)
    copies = copies_of(scenario)
    initial = scenario.initial_cases()
    compiled = compile_profiles(scenario, times, laws, copies, initial)
    triggered = watches_of(scenario, copies)
    staff, named = compile_staff(scenario, times, laws, copies, triggered)
    names = seat_names(scenario, copies, staff, named)
    listed = compile_listed(scenario, times, laws, copies, names)
    source_names, arrivals = compile_arrivals(
        scenario, times, laws, compiled.residuals, initial, listed
    )
    network = _network(scenario, compiled, laws)
    staff = with_names(staff, names)
    check_bounds(scenario, times, laws, network, arrivals, staff)
    return Plan(
        scenario=scenario,
        stages=scenario.stage_names,
        offices=scenario.office_names,
        inflows=tuple(scenario.inflows),
        teams=tuple(scenario.teams),
        exits=compiled.exits,
        copy_names=copies.names,
        source_names=source_names,
        seat_names=names,
        watch_names=tuple((one.name, one.label) for one in triggered),
        n_clocks=compiled.n_clocks,
        time=sealed(_time(scenario, times)),
        laws=sealed(laws.table()),
        profiles=sealed(compiled.profiles),
        rules=sealed(compiled.rules),
        network=sealed(network),
        copies=sealed(copies.table(scenario, compiled.classes, compiled.assign_classes)),
        meetings=sealed(compiled.meetings),
        arrivals=sealed(arrivals),
        staff=sealed(staff),
        watches=sealed(compile_watches(scenario, times, copies, staff, triggered)),
    )


def _time(scenario: Scenario, times: Timetable) -> Time:
    warm_up_day = min(scenario.warm_up_days, times.n_days)
    return Time(
        day_ticks=times.day_ticks,
        n_days=times.n_days,
        warm_up_day=warm_up_day,
        cohort_end_day=max(times.n_days - scenario.follow_up_days, 0),
        horizon=times.horizon,
        warm_up=int(times.office_day[warm_up_day]) * times.day_ticks,
        open_day=times.open_day,
        office_day=times.office_day,
        is_open=times.is_open,
    )


def _network(scenario: Scenario, compiled: Compiled, laws: LawBook) -> Network:
    stages, inflows = scenario.stage_names, tuple(scenario.inflows)
    purposes = [f"{kind}/{name}" for name in stages for kind in ("stay", "visit", "decision")]
    weights = [half_up(1000 * scenario.inflows[name].case_weight) for name in inflows]
    burdens = [laws.factor(scenario.inflows[name].burden) for name in inflows]
    entries = [stages.index(scenario.entry_stage(name)) for name in inflows]
    return Network(
        profile=compiled.profile,
        stage_copy=compiled.stage_copy,
        stage_clock=compiled.stage_clock,
        stage_first_clock=compiled.stage_first_clock,
        stage_pauses=np.array(
            [scenario.stages[name].pauses_deadlines for name in stages], dtype=np.int64
        ),
        stage_keeps=np.array([scenario.stages[name].keep_place for name in stages], dtype=np.int64),
        stage_purpose=name_hashes(purposes).reshape(-1, 3),
        inflow_weight=np.array(weights, dtype=np.int64),
        inflow_burden=np.array(burdens, dtype=np.int64),
        inflow_entry=np.array(entries, dtype=np.int64),
    )


def sealed(table: Table) -> Table:
    """The table with every array contiguous and read-only."""
    return table._make(map(_fixed, table))


def _fixed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = np.ascontiguousarray(value)
        value.setflags(write=False)
    return sealed(value) if isinstance(value, tuple) else value
