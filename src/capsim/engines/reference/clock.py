"""Office time, in which everything happens, and calendar time, in which it is told."""

from __future__ import annotations

from typing import Any

import simpy
from simpy.events import EventPriority

from capsim.draws.keyed import Delay
from capsim.kernels.codes import (
    DAYS_BEFORE,
    DEADLINE_EXACT,
    DEADLINE_NONE,
    DEADLINE_WORKDAYS,
    NEVER,
    NONE,
)
from capsim.plan.plan import Plan


class Appointment(simpy.Event):
    """A timed event that knows its place among all the others of its instant.

    SimPy orders the events of one instant by priority, then by the order in which they were made.
    The contract orders them by rank and number, so both are packed into the priority. Priorities
    0 and 1 stay with SimPy itself (the start of a process, the end of the run): whatever it
    schedules for "now" is over before the next appointment.

    Parameters
    ----------
    env : simpy.Environment
    at : int
        Office instant, not before now.
    rank, number : int
        Rank of the event, and case, meeting or 0 within the rank.
    action : callable
        Called without arguments when the time has come.
    """

    def __init__(
        self, env: simpy.Environment, at: int, rank: int, number: int, action: Any
    ) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self.callbacks.append(lambda _: action())
        env.schedule(self, priority=EventPriority(2 + (rank << 40) + number), delay=at - env.now)

    def cancel(self) -> None:
        """Let the time come and nothing happen."""
        if self.callbacks is not None:
            self.callbacks.clear()


class News(simpy.Event):
    """Something told to a waiting process, which acts on it before `tell` returns.

    `succeed` would queue the process behind whatever else was set off at this instant, and another
    applicant could take the worker in between.
    """

    def tell(self, value: Any) -> None:
        """Hand `value` to the process that waits here."""
        self._ok = True
        self._value = value
        callbacks = self.callbacks
        self.callbacks = None  # type: ignore[assignment]  # SimPy's mark of a past event
        for callback in callbacks:
            callback(self)


class Clock:
    """Conversions between office and calendar instants, and the rules of deadlines.

    Parameters
    ----------
    plan : Plan
        Its calendar is read.
    """

    def __init__(self, plan: Plan) -> None:
        self.day = plan.time.day_ticks
        self.end = plan.time.n_days * plan.time.day_ticks
        self._open_day = plan.time.open_day.tolist()
        self._office_day = plan.time.office_day.tolist()
        self._is_open = plan.time.is_open.tolist()
        self._deadline = plan.profiles.deadline.tolist()
        self._within = plan.profiles.within.tolist()
        self._workday_due = plan.rules.workday_due

    def calendar(self, t: int) -> int:
        """Calendar instant of the office instant `t`."""
        return self._open_day[t // self.day] * self.day + t % self.day

    def calendar_of_end(self, t: int) -> int:
        """Calendar instant at which a visit ends: at closing time it is that of the closing day."""
        return self.calendar(t - 1) + 1

    def office(self, c: int) -> int:
        """First office instant at or after the calendar instant `c`; NEVER beyond the horizon."""
        if c >= self.end:
            return NEVER
        day, second = divmod(c, self.day)
        return self._office_day[day] * self.day + (second if self._is_open[day] else 0)

    def end_of(self, delay: Delay, begins: int) -> int:
        """Office instant at which a delay ends that begins at the calendar instant `begins`."""
        if delay.in_office_time:
            return self.office(begins) + delay.ticks
        return self.office(begins + delay.ticks)

    def due(self, profile: int, started: int) -> int:
        """Calendar instant at which a deadline expires whose clock `started` then, or NONE."""
        rule = self._deadline[profile]
        if rule == DEADLINE_NONE or started == NONE:
            return NONE
        within = self._within[profile]
        if rule == DEADLINE_EXACT:
            return started + within
        day = started // self.day
        if rule == DEADLINE_WORKDAYS:
            return (int(self._workday_due[within, max(0, day + DAYS_BEFORE)]) + 1) * self.day
        return (day + within + 1) * self.day

    def is_late(self, profile: int, due: int, instant: int, *, visit_end: bool) -> bool:
        """Whether what is told at a calendar instant is too late for `due`, which exists.

        A deadline in days expires when its day is over: the day's last visit, which ends at closing
        time, is still in time; anything else told at that instant belongs to the next day.
        """
        if self._deadline[profile] == DEADLINE_EXACT or visit_end:
            return instant > due
        return instant >= due
