"""What a forecast tells of each week: who comes, waits, is undecided or late, and files in hand.

Over intervals between given days, of stages (per office and "all")

    arrivals        number that joined; of a case's first stage, that applied: on the day itself,
                    also where the office is closed and the case joins at the next opening
    waiting         joined and not yet started, time average
    pending         people without a decision (`capsim.measures.pending`), time average
    late            those of them whose term is over

and

    caseload_per_worker     of teams (per copy and "all"): open cases per employed worker
                            of those who are known by name: the cases that each of them has
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capsim.kernels.codes import KIND_DELAY, NEVER, NONE, NOT_INITIAL
from capsim.log.facts import Facts, Setting
from capsim.measures.pending import late_since, pending_of
from capsim.measures.series import CopySeries, StageSeries
from capsim.measures.steps import integrals
from capsim.plan.pending import deciding_stages
from capsim.plan.plan import Floats, Ints

if TYPE_CHECKING:
    from capsim.log.log import Log
    from capsim.plan.plan import Plan

__all__ = ["FILES", "MEASURES", "week_rows", "week_values"]

FILES = "caseload_per_worker"
MEASURES = ("arrivals", "waiting", "pending", "late", FILES)
"""In the order of the rows."""

Row = tuple[str, str, str]
"""Measure, of what, office."""


def week_rows(plan: Plan) -> list[Row]:
    """The rows of `week_values`: measure, stage, team or worker, and office."""
    offices = (*plan.offices, "all")
    stages = plan.stages
    kind = plan.profiles.kind[plan.network.profile[0, 0]]
    rows = [("arrivals", stage, office) for stage in stages for office in offices]
    rows += [
        ("waiting", stage, office)
        for number, stage in enumerate(stages)
        if kind[number] != KIND_DELAY
        for office in offices
    ]
    deciding = deciding_stages(plan)
    rows += [("pending", stages[s], office) for s in deciding for office in offices]
    rows += [("late", stages[s], office) for s in _with_term(plan) for office in offices]
    team = plan.copies.team.tolist()
    for t, name in enumerate(plan.teams):
        own = [copy for copy, number in zip(plan.copy_names, team, strict=True) if number == t]
        rows += [(FILES, name, copy) for copy in (*own, "all")]
    for (copy, _), name in sorted(plan.seat_names.items()):
        office = plan.copy_names[copy]
        rows.append((FILES, f"{office}/{plan.teams[team[copy]]}/{name}", office))
    return rows


def week_values(log: Log, days: Ints) -> Floats:
    """Values of a run by row of `week_rows` and interval.

    Parameters
    ----------
    log : Log
        With all its tables.
    days : (weeks + 1,) int64
        Days at which the intervals begin, and the end of the last one. The run goes on until the
        next opening, at which those join who apply at the end.

    Returns
    -------
    (rows, weeks) float64
        NaN for the files of a team in which nobody is employed.
    """
    plan = log.plan
    setting, facts = Setting.of(plan), Facts.of(log)
    # Intervals are counted from the beginning of the run; what lies before the first is dropped.
    skipped = int(days[0] > 0)
    borders = np.append(np.zeros(skipped, np.int64), days)
    borders = np.append(borders, setting.n_days) if days[-1] < setting.n_days else borders
    ticks = borders * setting.day_ticks
    stages = StageSeries(setting, facts, ticks)
    copies = CopySeries(setting, facts, borders, stages)
    of_stage = [stages.of_stage(s) for s in range(len(plan.stages))]
    blocks = _arrivals(log, ticks)
    blocks += [found["waiting"] for found in of_stage if "waiting" in found]
    blocks += _undecided(log, ticks)
    for t in range(len(plan.teams)):
        mine = np.flatnonzero(plan.copies.team == t).tolist()
        blocks.append(copies.of_team(mine)[FILES])
    blocks.append(_named(log, ticks))
    return np.vstack(blocks)[:, skipped : skipped + len(days) - 1]


def _arrivals(log: Log, ticks: Ints) -> list[Floats]:
    """(offices + 1, weeks) numbers by stage."""
    plan, luck, case = log.plan, log.luck, log.stay_case
    first = np.unique(case, return_index=True)[1]
    came = log.stay_joined.copy()
    came[first] = np.where(
        luck.initial[case[first]] == NOT_INITIAL, luck.applied[case[first]], NEVER
    )
    bins = len(ticks) - 1
    week = np.searchsorted(ticks, came, side="right") - 1
    group = luck.office[case] * len(plan.stages) + log.stay_stage
    known = (week >= 0) & (week < bins)
    counts = np.bincount(
        group[known] * bins + week[known], minlength=len(plan.offices) * len(plan.stages) * bins
    ).reshape(len(plan.offices), len(plan.stages), bins)
    whole = np.concatenate([counts, counts.sum(axis=0, keepdims=True)]).astype(np.float64)
    return [whole[:, s] for s in range(len(plan.stages))]


def _with_term(plan: Plan) -> list[int]:
    """Stages that decide within a term."""
    rule = plan.profiles.deadline[plan.network.profile]
    return [s for s in deciding_stages(plan) if (rule[:, :, s] != 0).any()]


def _undecided(log: Log, ticks: Ints) -> list[Floats]:
    """(offices + 1, weeks) means of the undecided by stage that decides; then of the late."""
    plan = log.plan
    pending = pending_of(log)
    n_offices = len(plan.offices)
    office = log.luck.office[pending.case]
    late = late_since(log, pending)
    lengths = np.diff(ticks).astype(np.float64)
    found = []
    for chosen, start in (
        (deciding_stages(plan), pending.start),
        (_with_term(plan), np.where(late == NEVER, pending.stop, late)),
    ):
        for s in chosen:
            group = np.where(pending.stage == s, office, -1)
            level = integrals(group, n_offices, start, pending.stop, None, ticks) / lengths
            found.append(np.vstack([level, level.sum(axis=0)]))
    return found


def _named(log: Log, ticks: Ints) -> Floats:
    """(named workers, weeks) mean number of cases that each has."""
    plan, luck = log.plan, log.luck
    names = sorted(plan.seat_names)
    number = {place: k for k, place in enumerate(names)}
    places = zip(luck.worker_copy.tolist(), luck.worker_seat.tolist(), strict=True)
    # Whoever comes after the one who is known is somebody else.
    group = np.array([number.get(place, -1) for place in places], dtype=np.int64)
    group = np.where(luck.worker_holder == 1, group, -1)
    until = np.where(log.place_until == NONE, ticks[-1], log.place_until)
    held = integrals(group[log.place_worker], len(names), log.place_from, until, None, ticks)
    return held / np.diff(ticks)
