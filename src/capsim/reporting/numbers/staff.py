"""Posts that are filled, and posts at work, by month: the mean of a few runs in full."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capsim.log.facts import Facts, Setting
from capsim.measures.presence import contracts, presence
from capsim.measures.series import borders_of
from capsim.measures.steps import integrals

if TYPE_CHECKING:
    from capsim.runs import Run

__all__ = ["Staff", "staff_of"]

MILLI = 1000.0


@dataclass(frozen=True)
class Staff:
    """FTE by calendar month, of all teams together.

    Attributes
    ----------
    first : list of date
        First day of each month.
    filled : (months,) float64
        Contracts of those employed.
    at_work : (months,) float64
        The same without the absent, beginners as fast as they are.
    runs : int
        Runs of which it is the mean.
    """

    first: list[datetime.date]
    filled: np.ndarray
    at_work: np.ndarray
    runs: int


def staff_of(runs: Sequence[Run]) -> Staff | None:
    """The staff of runs with tables; None without runs or without staff."""
    if not runs or not _staffed(runs[0]).any():
        return None
    parts = [_of_run(run) for run in runs]
    setting = runs[0].setting
    days = borders_of(setting, "calendar month")
    kept = days[:-1] >= setting.warm_up_day
    kept |= days[1:] > setting.warm_up_day
    first = [setting.first_date + datetime.timedelta(days=int(day)) for day in days[:-1][kept]]
    filled, at_work = (np.mean([part[place] for part in parts], axis=0)[kept] for place in (0, 1))
    return Staff(first, filled, at_work, len(runs))


def _staffed(run: Run) -> np.ndarray:
    """(copies,) bool: whether a team copy has workers; others have places."""
    teams = list(run.log.plan.scenario.teams.values())
    return np.array([teams[k].places is None for k in run.setting.copy_team], dtype=np.bool_)


def _of_run(run: Run) -> tuple[np.ndarray, np.ndarray]:
    setting, facts = Setting.of(run.log.plan), Facts.of(run.log)
    clock = setting.clock
    days = borders_of(setting, "calendar month")
    borders = days * setting.day_ticks
    worker, hired, left, fte = contracts(facts, clock.calendar(facts.roster_time), clock.end)
    staffed = _staffed(run)[facts.worker_copy]
    fte = np.where(staffed[worker], fte, 0)
    nobody = np.zeros(len(worker), dtype=np.int64)
    filled = integrals(nobody, 1, hired, left, fte, borders)[0] / np.diff(borders) / MILLI
    office = np.append(clock.office(borders[:-1]), clock.horizon)
    share = np.array(setting.copy_share, dtype=np.int64)
    spans = presence(facts, share, clock.horizon)
    pace = spans.speed // share[facts.worker_copy[spans.worker]]  # hours times rate, in milli
    pace *= staffed[spans.worker]
    somebody = np.zeros(len(spans.worker), dtype=np.int64)
    hours = integrals(somebody, 1, spans.start, spans.stop, pace, office)[0] / MILLI**2
    open_ = np.diff(office)
    at_work = np.divide(hours, open_, out=np.full(len(open_), np.nan), where=open_ > 0)
    return filled, at_work
