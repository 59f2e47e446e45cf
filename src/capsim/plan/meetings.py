"""Decision meetings as series of office instants."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import numpy as np

from capsim.kernels.tables import Meetings
from capsim.plan.timetable import Timetable
from capsim.scenario.tables.calendar import step
from capsim.scenario.tables.stages import Decision

__all__ = ["SeriesBook", "meeting_days"]


def meeting_days(decision: Decision, times: Timetable) -> list[int]:
    """Calendar days within the horizon on which a series meets, ascending.

    A meeting on a closed day moves to the next open one, and the series goes on from where it
    was; two that come to fall on one day are one meeting. One that would be held on a day of
    `closed` is not held.

    Examples
    --------
    >>> import datetime
    >>> from capsim.plan.timetable import timetable_of
    >>> from capsim.scenario import Calendar
    >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 1), 40)
    >>> meeting_days(Decision(every="14 days", first="2025-12-18"), times)  # Thursdays
    [1, 14, 28]
    """
    if decision.dates is not None:
        nominal: Iterable[int] = (times.day_of(date) for date in decision.dates)
    elif decision.every is None:
        nominal = ()
    else:
        first = decision.first or times.start
        if decision.every.is_workdays:
            every = max(1, int(-(-decision.every.exact // 1)))
            nominal = times.every_workdays(first, every)
        else:
            nominal = _nominal_days(decision, first, times)
    moved = {times.next_open(day) for day in nominal}
    return sorted(
        day
        for day in moved
        if 0 <= day < times.n_days and decision.is_held(times.start + datetime.timedelta(days=day))
    )


def _nominal_days(decision: Decision, first: datetime.date, times: Timetable) -> Iterable[int]:
    """Days of a series before they are moved to open ones, from some weeks before the start."""
    every = decision.every
    assert every is not None
    # Those before the start matter only as far as closed days could move them past it.
    approximate = float(every.exact_days)
    count = max(0, int((-times.day_of(first) - 62) / approximate) - 1)
    day = times.day_of(step(first, every, count))
    while day < times.n_days:
        yield day
        count += 1
        day = times.day_of(step(first, every, count))


class SeriesBook:
    """The meeting series of a plan; equal ones of a stage and an office are one."""

    def __init__(self, times: Timetable) -> None:
        self._times = times
        self._days: dict[Decision, list[int]] = {}
        self._number: dict[tuple[int, int, Decision], int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._instants: list[list[int]] = []

    def number(self, stage: int, office: int, decision: Decision) -> int:
        """Number of the series of a stage and an office, made at first use.

        Inflows that differ in `urgent` alone share meetings and places.
        """
        meetings = decision if decision.urgent == 0 else decision.model_copy(update={"urgent": 0.0})
        key = (stage, office, meetings)
        if key not in self._number:
            self._number[key] = len(self._rows)
            if meetings not in self._days:
                self._days[meetings] = meeting_days(meetings, self._times)
            times = self._times
            self._rows.append((stage, office, -1 if meetings.places is None else meetings.places))
            self._instants.append(
                [int(times.office_day[day]) * times.day_ticks for day in self._days[meetings]]
            )
        return self._number[key]

    def table(self) -> Meetings:
        """The series met so far, as the plan holds them."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 3)
        lengths = [len(instants) for instants in self._instants]
        time = np.array([t for instants in self._instants for t in instants], dtype=np.int64)
        series = np.repeat(np.arange(len(rows)), lengths)
        order = np.lexsort((series, rows[series, 1], rows[series, 0], time))
        return Meetings(
            stage=rows[:, 0],
            office=rows[:, 1],
            places=rows[:, 2],
            first=np.append(0, np.cumsum(lengths)).astype(np.int64),
            time=time,
            held=time[order],
            held_series=series[order],
        )
