"""How often decision meetings take place, and how long a file waits for the next one."""

from __future__ import annotations

import datetime
from functools import lru_cache

import numpy as np

from capsim.plan.meetings import meeting_days
from capsim.plan.timetable import timetable_of
from capsim.scenario.model import Scenario
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.stages import Decision, Stage

__all__ = ["meeting_rhythm"]


def meeting_rhythm(stage: Stage, scenario: Scenario) -> tuple[float, float]:
    """Meetings per day over the last year of the horizon, and the mean wait for the next one."""
    if stage.meetings is None:
        return 0.0, 0.0
    return _rhythm(stage.meetings, scenario.calendar, scenario.start, scenario.horizon_days)


@lru_cache(maxsize=256)
def _rhythm(
    meetings: Decision, calendar: Calendar, start: datetime.date, n_days: int
) -> tuple[float, float]:
    days = np.array(meeting_days(meetings, timetable_of(calendar, start, n_days)))
    if days.size == 0:
        return 0.0, 0.0
    first = max(0, n_days - 365)
    per_day = ((days >= first) & (days < n_days)).sum() / (n_days - first)
    # Somebody who is ready at a random instant: half the mean of the squared intervals.
    between = np.diff(days) if days.size > 1 else np.array([float(n_days)])
    return float(per_day), float((between**2).mean() / between.mean() / 2)
