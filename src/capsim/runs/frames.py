"""The tidy frames of a run: one row per case, stay, visit or worker; times in calendar days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.kernels.codes import (
    INITIAL_AGELESS,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    VISIT_MISSED,
    VISIT_PARTNER,
)
from capsim.log.clock import DayClock
from capsim.log.log import OUTCOMES, Log
from capsim.measures.presence import contracts
from capsim.plan.plan import Ints
from capsim.runs.texts import as_text, named, numbered, texts

if TYPE_CHECKING:
    import pandas as pd

CASES = ("case", "inflow", "office", "weight", "applied", "left", "exit")
STAYS = (
    "case",
    "inflow",
    "office",
    "stage",
    "nth",
    "joined",
    "assigned",
    "started",
    "served",
    "ended",
    "outcome",
    "worker",
    "visits_done",
    "visits_lapsed",
    "due",
    "late",
)
VISITS = (
    "case",
    "inflow",
    "office",
    "stage",
    "nth",
    "visit",
    "worker",
    "due",
    "started",
    "ended",
    "hours",
)
WORKERS = (
    "worker",
    "office",
    "team",
    "seat",
    "fte",
    "hired",
    "left",
    "hours_worked",
    "hours_available",
    "visits",
    "caseload_mean",
    "caseload_max",
)
VISIT_OUTCOMES = ("held", "no_show", "partner", "lapsed", "open")
"""What becomes of a visit; only in runs in which visits may be missed, or be a partner's."""
TRIGGERS = ("name", "office", "on", "off")
"""The orders of triggers; stored only where there are any."""
COLUMNS = {"cases": CASES, "stays": STAYS, "visits": VISITS, "workers": WORKERS}
TEXT = frozenset(
    {"case", "inflow", "office", "stage", "exit", "outcome", "worker", "team", "measure", "name"}
    | {"kind", "of", "window"}
)
"""Columns of text; a missing worker is missing, not the word "nan"."""


def make_frame(name: str, log: Log) -> pd.DataFrame:
    """One of the frames `cases`, `stays`, `visits`, `workers`, `triggers`."""
    import pandas as pd

    columns = _MAKERS[name](log)
    # The columns are new, so nobody else can see them change.
    frame = pd.DataFrame(columns, copy=False)
    kept_otherwise = [c for c in frame.columns if c in TEXT and frame[c].dtype != "str"]
    return frame.assign(**{column: as_text(frame[column]) for column in kept_otherwise})


def case_names(log: Log, cases: Ints) -> Any:
    """Array of text "INFLOW/SOURCE/INDEX" of the given cases; those of a list bear its names.

    A name of a list that an applicant of the run might bear, too, begins with "open/".
    """
    plan, luck = log.plan, log.luck
    prefix = [
        f"{plan.inflows[inflow]}/{name}/"
        for inflow, name in zip(
            plan.arrivals.source_inflow.tolist(), plan.source_names, strict=True
        )
    ]
    names = numbered(prefix, luck.source[cases], luck.index[cases])
    listed = np.flatnonzero(plan.arrivals.source_listed[luck.source[cases]] >= 0)
    if len(listed):
        names = names.astype(object)
        taken = tuple(start for start in prefix if "/open/" not in start)
        for row in listed.tolist():
            name = plan.source_names[luck.source[cases[row]]].removeprefix("open/")
            names[row] = f"open/{name}" if name.startswith(taken) else name
        names = texts(names)
    return names


def worker_names(log: Log) -> np.ndarray:
    """(workers,) "OFFICE/TEAM/SEAT", or the name of who sits there; later holders are ".2", ..."""
    plan, luck = log.plan, log.luck
    names = []
    for copy, seat, holder in zip(
        luck.worker_copy.tolist(),
        luck.worker_seat.tolist(),
        luck.worker_holder.tolist(),
        strict=True,
    ):
        own = plan.seat_names.get((copy, seat), seat)
        name = f"{plan.copy_names[copy]}/{plan.teams[plan.copies.team[copy]]}/{own}"
        names.append(name if holder == 1 else f"{name}.{holder}")
    return np.array(names, dtype=object)


def _cases(log: Log) -> dict[str, Any]:
    plan, luck, clock = log.plan, log.luck, DayClock.of(log.plan)
    seen = np.flatnonzero(log.case_seen)
    left = log.case_left[seen]
    applied, left_day = clock.days(luck.applied[seen], left)
    applied[luck.initial[seen] == INITIAL_AGELESS] = np.nan
    return {
        "case": case_names(log, seen),
        "inflow": named(plan.inflows, luck.inflow[seen]),
        "office": named(plan.offices, luck.office[seen]),
        "weight": plan.network.inflow_weight[luck.inflow[seen]] / 1000,
        "applied": applied,
        "left": left_day,
        "exit": named(
            [*plan.exits, "open"], np.where(left == NONE, len(plan.exits), log.case_exit[seen])
        ),
    }


def _stays(log: Log) -> dict[str, Any]:
    import pandas as pd

    plan, luck, clock = log.plan, log.luck, DayClock.of(log.plan)
    case = log.stay_case
    unknown = log.stay_late == LATE_UNKNOWN
    joined, assigned, started, served, ended, due = clock.days(
        log.stay_joined,
        log.stay_assigned,
        log.stay_started,
        log.stay_served,
        log.stay_ended,
        log.stay_due,
    )
    nth, done, lapsed = np.stack([log.stay_nth, log.stay_visits, log.stay_lapsed])
    columns = {
        "case": case_names(log, case),
        "inflow": named(plan.inflows, luck.inflow[case]),
        "office": named(plan.offices, luck.office[case]),
        "stage": named(plan.stages, log.stay_stage),
        "nth": nth,
        "joined": joined,
        "assigned": assigned,
        "started": started,
        "served": served,
        "ended": ended,
        "outcome": named(OUTCOMES, log.stay_outcome),
        "worker": named(worker_names(log), log.stay_worker),
        "visits_done": done,
        "visits_lapsed": lapsed,
        "due": due,
        "late": pd.arrays.BooleanArray(log.stay_late == LATE_YES, unknown),
    }
    if plan.network.stage_keeps.any():
        kept = np.where(log.stay_released == NEVER, NONE, log.stay_released)
        (columns["released"],) = clock.days(kept)
    return columns


def _visits(log: Log) -> dict[str, Any]:
    plan, luck, clock = log.plan, log.luck, DayClock.of(log.plan)
    stay = log.visit_stay
    case = log.stay_case[stay]
    begun = log.visit_begin != NONE
    due, started, ended = clock.days(
        log.visit_due, clock.calendar(log.visit_begin), clock.calendar_end(log.visit_end)
    )
    columns = {
        "case": case_names(log, case),
        "inflow": named(plan.inflows, luck.inflow[case]),
        "office": named(plan.offices, luck.office[case]),
        "stage": named(plan.stages, log.stay_stage[stay]),
        "nth": log.stay_nth[stay],
        "visit": log.visit_number.copy(),
        "worker": named(worker_names(log), log.visit_worker),
        "due": due,
        "started": started,
        "ended": ended,
        "hours": np.where(begun, log.visit_work / 3600, np.nan),
    }
    if not has_other_visits(log):
        return columns
    partner = log.visit_kind == VISIT_PARTNER
    columns["started"] = np.where(partner, due, started)
    columns["ended"] = np.where(partner, due, ended)
    columns["hours"] = np.where(partner, 0.0, columns["hours"])
    over = np.where(log.stay_served != NONE, True, log.stay_ended != NONE)[stay]
    outcome = np.where(begun, np.where(log.visit_end != NONE, 0, 4), np.where(over, 3, 4))
    outcome = np.where((log.visit_kind == VISIT_MISSED) & (outcome == 0), 1, outcome)
    columns["outcome"] = named(VISIT_OUTCOMES, np.where(partner, 2, outcome))
    return columns


def has_other_visits(log: Log) -> bool:
    """Whether visits may be missed, or be a partner's: then a column says what became of each."""
    return bool((log.plan.rules.missed > 0).any())


def _workers(log: Log) -> dict[str, Any]:
    plan, luck, clock = log.plan, log.luck, DayClock.of(log.plan)
    worker, begin, stop, _ = contracts(luck, clock.calendar(luck.roster_time), clock.end)
    in_reserve = luck.worker_hired == NEVER
    hired, left = np.maximum(luck.worker_hired, 0), luck.worker_left.copy()
    np.minimum.at(hired, worker[in_reserve[worker]], begin[in_reserve[worker]])
    left[in_reserve] = 0
    np.maximum.at(left, worker[in_reserve[worker]], stop[in_reserve[worker]])
    employed = np.flatnonzero(hired < clock.end)
    ticks = np.zeros(len(hired), dtype=np.int64)
    np.add.at(ticks, worker, stop - begin)
    ticks = ticks[employed]
    copy = luck.worker_copy[employed]
    worked = log.worker_worked[employed]
    hired_day, left_day = clock.days(
        hired[employed], np.where(left < min(clock.end, NEVER), left, NONE)[employed]
    )
    mean = np.divide(
        log.worker_caseload[employed], ticks, out=np.full(len(ticks), np.nan), where=ticks > 0
    )
    return {
        "worker": texts(worker_names(log)[employed]),
        "office": named(plan.copy_names, copy),
        "team": named(plan.teams, plan.copies.team[copy]),
        "seat": luck.worker_seat[employed],
        "fte": luck.worker_fte[employed] / 1000,
        "hired": hired_day,
        "left": left_day,
        "hours_worked": worked / 3600,
        "hours_available": (worked + log.worker_idle[employed] / 1e9) / 3600,
        "visits": log.worker_visits[employed],
        "caseload_mean": mean,
        "caseload_max": log.worker_caseload_max[employed],
    }


def _triggers(log: Log) -> dict[str, Any]:
    names, clock = log.plan.watch_names, DayClock.of(log.plan)
    on, off = clock.days(log.order_on, log.order_off)
    return {
        "name": named([name for name, _ in names], log.order_watch),
        "office": named([office for _, office in names], log.order_watch),
        "on": on,
        "off": off,
    }


def no_triggers() -> pd.DataFrame:
    """The frame `triggers` of a run in which nobody was called."""
    import pandas as pd

    frame = pd.DataFrame({name: np.zeros(0) for name in TRIGGERS})
    return frame.assign(name=as_text(frame["name"]), office=as_text(frame["office"]))


_MAKERS = {
    "cases": _cases,
    "stays": _stays,
    "visits": _visits,
    "workers": _workers,
    "triggers": _triggers,
}
