"""How the hand-worked timetables are written: small offices, and what happened as plain tuples.

The office opens eight hours a day from Monday to Friday, without holidays, and day 0 is Monday
the 5th of January 2026. So an hour is exactly an eighth of a day: `at(1, 2)` is Tuesday, two
hours after opening, and all instants are exact in floating point.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

import capsim
from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_LEAVE,
    EVENT_RETURN,
    STATE_ABSENT,
    STATE_OUT,
)
from capsim.runs import Run

CALENDAR = {"hours_per_day": 8, "country": False}
ABSENT, RETURN, LEAVE, HIRE = EVENT_ABSENT, EVENT_RETURN, EVENT_LEAVE, EVENT_HIRE


def at(day: int, hour: float = 0) -> float:
    """Calendar days of so many hours after the opening of a day."""
    return day + hour / 8


def office(
    stages: dict[str, Any],
    inflows: dict[str, Any],
    *,
    team: dict[str, Any] | None = None,
    **others: Any,
) -> capsim.Scenario:
    """A scenario with one team "t", unless `teams` says otherwise; four weeks long."""
    settings: dict[str, Any] = {
        "start": "2026-01-05",
        "horizon": "4 weeks",
        "calendar": CALENDAR,
        "teams": {"t": {"fte": 1} | (team or {})},
        "stages": stages,
        "inflows": {
            name: {"trace": inflow} if isinstance(inflow, list) else inflow
            for name, inflow in inflows.items()
        },
    }
    return capsim.Scenario(**(settings | others))


def rows(frame: Any, columns: str, **where: Any) -> list[tuple[Any, ...]]:
    """Rows of a frame as tuples, None for what did not happen, in the order of the frame.

    Cases and workers get short names: "a 0" for "a/trace/0", "t/1" for "main/t/1".
    """
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return [tuple(_plain(value) for value in row) for row in frame[columns.split()].to_numpy()]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, str):
        for source in ("/trace/", "/initial/"):
            value = value.replace(source, " ")
        return value.removeprefix("main/")
    if isinstance(value, np.generic):
        return value.item()
    return value


def with_roster(
    scenario: capsim.Scenario,
    engine: str,
    *events: tuple[float, int, int, int],
    out: tuple[int, ...] = (),
    absent: tuple[int, ...] = (),
) -> Run:
    """A run whose roster is written by hand instead of drawn.

    Parameters
    ----------
    scenario : Scenario
        It says which workers there are.
    engine : str
    events : tuple
        (day, worker, kind, value): calendar day as from `at`, number of the worker from 0, kind of
        event, and for ABSENT 1 if the cases are handed over.
    out, absent : tuple of int
        Workers not yet hired, and workers absent, before the first event.
    """
    from capsim.draws import deal
    from capsim.engines import compiled, reference
    from capsim.plan import compile_plan

    plan = compile_plan(scenario)
    luck = deal(plan, 1, 0)
    H = plan.time.day_ticks
    ordered = sorted(events, key=lambda event: (event[0], event[1], event[2]))
    office_tick = [
        int(plan.time.office_day[int(day)]) * H + round((day % 1) * H) for day, *_ in ordered
    ]
    state = luck.worker_state.copy()
    state[list(out)] = STATE_OUT
    state[list(absent)] = STATE_ABSENT
    hired, left = luck.worker_hired.copy(), luck.worker_left.copy()
    for day, worker, kind, _ in ordered:
        if kind == HIRE:
            hired[worker] = round(day * H)
        if kind == LEAVE:
            left[worker] = round(day * H)
    luck = dataclasses.replace(
        luck,
        worker_state=state,
        worker_hired=hired,
        worker_left=left,
        roster_time=np.array(office_tick, np.int64),
        roster_worker=np.array([event[1] for event in ordered], np.int64),
        roster_kind=np.array([event[2] for event in ordered], np.int64),
        roster_value=np.array([event[3] for event in ordered], np.int64),
    )
    run = compiled.run if engine == "compiled" else reference.run
    return Run(run(plan, luck), provenance={})
