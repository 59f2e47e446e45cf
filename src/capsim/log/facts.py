"""What the time series of a run are computed from: plain integer tables and a few names.

A `Log` knows its plan and its luck; a run that was stored and is read back has neither. Both give
the same `Facts`, so both give the same series.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from capsim.kernels.codes import INITIAL_NEW, INITIAL_VISITED, NOT_INITIAL, UNTIL_START
from capsim.log.clock import DayClock
from capsim.log.log import Log
from capsim.plan.pending import deciding_stages
from capsim.plan.plan import Ints, Plan
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.opening import OfficeDay, office_day


@dataclass(frozen=True)
class Setting:
    """What a run is about: names, calendar, and which team serves what.

    Attributes
    ----------
    stages, offices, inflows, teams, copies : tuple of str
        `copies`: office or cluster of each team copy.
    start : str
        First day, ISO.
    day_ticks, n_days, warm_up_day, cohort_end_day : int
    open_day : tuple of int
        As in `Plan`.
    stage_kind : tuple of int
        KIND_* of each stage.
    stage_copy : tuple of tuples
        (offices, stages) team copy, -1 for a delay.
    copy_team, copy_share : tuple of int
    inflow_weight : tuple of int
        Milli.
    stage_keeps : tuple of int
        1 where places are kept for the next stage.
    deciding : tuple of int
        Stages with a deadline or a decision.
    window : str
        The window that is meant where none is named.
    opens, lunch, pause : int
        Where the office seconds of a day lie on the clock, as in `OfficeDay`; for times of day.
    zone : str
        Time zone of the office; empty in a run that was stored before it was known.
    """

    stages: tuple[str, ...]
    offices: tuple[str, ...]
    inflows: tuple[str, ...]
    teams: tuple[str, ...]
    copies: tuple[str, ...]
    start: str
    day_ticks: int
    n_days: int
    warm_up_day: int
    cohort_end_day: int
    open_day: tuple[int, ...]
    stage_kind: tuple[int, ...]
    stage_copy: tuple[tuple[int, ...], ...]
    copy_team: tuple[int, ...]
    copy_share: tuple[int, ...]
    inflow_weight: tuple[int, ...]
    stage_keeps: tuple[int, ...] = ()
    window: str = "all"
    opens: int = 0
    lunch: int = 0
    pause: int = 0
    zone: str = ""
    deciding: tuple[int, ...] = ()

    @classmethod
    def of(cls, plan: Plan) -> Setting:
        """Setting of a plan."""
        calendar = plan.scenario.calendar
        day = calendar.office_day
        return cls(
            stages=tuple(plan.stages),
            offices=tuple(plan.offices),
            inflows=tuple(plan.inflows),
            teams=tuple(plan.teams),
            copies=tuple(plan.copy_names),
            start=plan.scenario.start.isoformat(),
            day_ticks=int(plan.time.day_ticks),
            n_days=int(plan.time.n_days),
            warm_up_day=int(plan.time.warm_up_day),
            cohort_end_day=int(plan.time.cohort_end_day),
            open_day=tuple(plan.time.open_day.tolist()),
            stage_kind=tuple(plan.profiles.kind[plan.network.profile[0, 0]].tolist()),
            stage_copy=tuple(tuple(row) for row in plan.network.stage_copy.tolist()),
            copy_team=tuple(plan.copies.team.tolist()),
            copy_share=tuple(plan.copies.share.tolist()),
            inflow_weight=tuple(plan.network.inflow_weight.tolist()),
            stage_keeps=tuple(plan.network.stage_keeps.tolist()),
            window=plan.scenario.window,
            opens=day.opens,
            lunch=day.lunch,
            pause=day.pause,
            zone=calendar.local_zone,
            deciding=tuple(deciding_stages(plan)),
        )

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Setting:
        """Setting that was written as JSON."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        values["stage_copy"] = tuple(tuple(row) for row in stored["stage_copy"])
        return cls(**values)

    @property
    def office_day(self) -> OfficeDay:
        """Where the office seconds of a day lie on the clock."""
        if not self.zone:
            return office_day(self.day_ticks, None, None)
        return OfficeDay(self.opens, self.day_ticks, self.lunch, self.pause)

    @property
    def time_zone(self) -> str:
        """Time zone of the office."""
        return self.zone or Calendar().local_zone

    @property
    def clock(self) -> DayClock:
        """Clock of the run."""
        return DayClock(self.day_ticks, self.n_days, np.array(self.open_day, dtype=np.int64))

    @property
    def first_date(self) -> datetime.date:
        """Date of the first day of the run."""
        return datetime.date.fromisoformat(self.start)


def _nothing() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Facts:
    """Integer tables; the part of a name before the underscore is the table.

    Calendar ticks, but visits begin and end, and the roster changes, at office ticks. `stay_first`
    is as `initial_stays` says, `stay_judged_at` the calendar tick at which the deadline of a stay
    stops to matter (NONE: still open).
    """

    stay_case: Ints
    stay_inflow: Ints
    stay_office: Ints
    stay_stage: Ints
    stay_first: Ints
    stay_joined: Ints
    stay_started: Ints
    stay_ended: Ints
    stay_due: Ints
    stay_released: Ints
    stay_judged_at: Ints
    visit_stay: Ints
    visit_worker: Ints
    visit_begin: Ints
    visit_end: Ints
    visit_work: Ints
    place_case: Ints
    place_inflow: Ints
    place_worker: Ints
    place_from: Ints
    place_until: Ints
    worker_copy: Ints
    worker_fte: Ints
    worker_hours: Ints
    worker_rate: Ints
    worker_state: Ints
    worker_hired: Ints
    worker_left: Ints
    roster_time: Ints
    roster_worker: Ints
    roster_kind: Ints
    roster_value: Ints
    pending_stage: Ints = field(default_factory=_nothing)
    pending_office: Ints = field(default_factory=_nothing)
    pending_start: Ints = field(default_factory=_nothing)
    pending_stop: Ints = field(default_factory=_nothing)

    @classmethod
    def of(cls, log: Log, pending: Mapping[str, Ints] | None = None) -> Facts:
        """Facts of a log; `pending` are the columns stage, office, start and stop of who is.

        They are the spans in which people are without a decision (`capsim.measures.pending`).
        """
        plan, luck, case = log.plan, log.luck, log.stay_case
        inflow, office = luck.inflow[case], luck.office[case]
        until = plan.profiles.until[plan.network.profile[office, inflow, log.stay_stage]]
        given = {
            "stay_inflow": inflow,
            "stay_office": office,
            "stay_first": initial_stays(log),
            "stay_judged_at": np.where(until == UNTIL_START, log.stay_started, log.stay_ended),
            "place_inflow": luck.inflow[log.place_case],
        }
        given |= {f"pending_{name}": column for name, column in (pending or {}).items()}
        values = {}
        for one in fields(cls):
            name = one.name
            if name.startswith("pending_") and name not in given:
                continue
            source = luck if hasattr(luck, name) else log
            values[name] = given[name] if name in given else getattr(source, name)
        return cls(**values)

    @property
    def tables(self) -> dict[str, dict[str, Ints]]:
        """Columns by table."""
        result: dict[str, dict[str, Ints]] = {}
        for one in fields(self):
            table, column = one.name.split("_", 1)
            result.setdefault(table, {})[column] = getattr(self, one.name)
        return result


def initial_stays(log: Log) -> Ints:
    """Which stays are those in which cases were found on the first day.

    Returns
    -------
    (stays,) int64
        0 for any other stay, 1 for one of the first day, 2 if its case has also been visited
        before, as a list says, or else because it has a caseworker at the opening: its wait for a
        first visit is over and unknown.
    """
    plan, luck, case = log.plan, log.luck, log.stay_case
    first = np.append(True, case[1:] != case[:-1])[: len(case)]
    initial = first & (luck.initial[case] != NOT_INITIAL)
    opening = plan.time.open_day[0] * plan.time.day_ticks
    kind = luck.initial[case]
    held = (log.stay_assigned == opening) & (kind != INITIAL_NEW)
    return initial.astype(np.int64) + (initial & (held | (kind == INITIAL_VISITED)))
