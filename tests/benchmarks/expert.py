"""The pathway of the benchmarks as an expert would write it in SimPy, for speed alone.

Three specialist teams in one office, no absence, no turnover. What makes it fast:

* no processes: bare events with one callback, and everything that takes no time is a call;
* own deques and lists instead of resources; who lost patience is skipped when their turn comes;
* the diary rule: a caseworker serves only own cases, first come first served, so a visit that falls
  due starts at max(due, free) and ends at a known instant, and the next due date follows at once.
  A contact is one event instead of two;
* all random numbers, and the calendar, are given in plain lists before the clock starts. (A model
  that samples while it runs would be slower.)

Simultaneous events are in the order of capsim's contract, so the tables are equal to its own.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import Any

import numpy as np
import simpy
from simpy.events import Event

from capsim.draws.keyed import Draws
from capsim.draws.luck import Luck
from capsim.kernels.codes import NONE
from capsim.log.clock import DayClock
from capsim.plan.plan import Plan

INTAKE, INVESTIGATION, GUIDANCE = range(3)
VISIT_END, DELAY_END, MEETING, ARRIVAL, PATIENCE = (rank << 40 for rank in range(1, 6))


class Given:
    """Everything that is known before the run, as plain lists: applicants, draws, calendar, staff.

    Parameters
    ----------
    plan, luck : Plan, Luck
        Of `pathway.scenario(size)`.
    """

    def __init__(self, plan: Plan, luck: Luck) -> None:
        assert plan.stages == ("intake", "investigation", "guidance")
        assert plan.copies.team.tolist() == [0, 1, 2]
        assert not len(luck.roster_time)
        assert not luck.initial.any()
        draws = Draws(plan, luck)
        self.plan = plan
        self.horizon = plan.time.horizon
        self.day = plan.time.day_ticks
        self.end = plan.time.n_days * plan.time.day_ticks
        self.open_day = plan.time.open_day.tolist()
        self.office_day = plan.time.office_day.tolist()
        self.is_open = plan.time.is_open.tolist()
        self.meetings = plan.meetings.held.tolist()
        self.applied = luck.applied
        self.join = luck.join.tolist()
        self.workers: list[int] = []
        self.pace: list[int] = []
        for copy in range(3):
            fte = luck.worker_fte[luck.worker_copy == copy]
            assert (fte == fte[0]).all()  # so that the fewest cases are the least load
            self.workers.append(len(fte))
            self.pace.append(int(fte[0]) * int(plan.copies.share[copy]) * 1000)
        cases = range(len(self.join))
        self.patience = [draws.patience(case, INTAKE, 1, 0).ticks for case in cases]
        self.intake = [self.duration(INTAKE, draws.work(case, INTAKE, 1, 1, 0)) for case in cases]
        self.investigation = [
            tuple(
                self.duration(INVESTIGATION, draws.work(case, INVESTIGATION, 1, visit, 0))
                for visit in (1, 2)
            )
            for case in cases
        ]
        self.papers = [draws.gap(case, INVESTIGATION, 1, 1, 0).ticks for case in cases]
        granted = float(
            plan.rules.route_upto[
                plan.profiles.route_first[plan.network.profile[0, 0, INVESTIGATION]]
            ]
        )
        self.is_granted = [draws.routing(case, INVESTIGATION, 1) < granted for case in cases]
        closing = float(plan.rules.closing_probability[0])
        self.contacts: list[list[tuple[int, int]]] = []
        for case in cases:
            contacts: list[tuple[int, int]] = []
            while self.is_granted[case]:
                visit = len(contacts) + 1
                work = self.duration(GUIDANCE, draws.work(case, GUIDANCE, 1, visit, 0))
                if draws.closing(case, GUIDANCE, 1, visit) < closing:
                    contacts.append((work, -1))
                    break
                contacts.append((work, draws.gap(case, GUIDANCE, 1, visit, 0).ticks))
            self.contacts.append(contacts)

    def duration(self, team: int, work: int) -> int:
        """Office seconds of a visit of so many client seconds."""
        pace = self.pace[team]
        return max(1, (work * 10**9 + pace // 2) // pace)


class Model:
    """One replication; `run` gives a table of instants per case and some measures.

    Every list has an office tick per case, or -1 where it did not happen; `done` counts contacts.
    """

    def __init__(self, given: Given) -> None:
        self.given = given
        self.env = simpy.Environment()
        n = len(given.join)
        self.left, self.start_1, self.end_1, self.start_2, self.finished, self.decided = (
            [-1] * n for _ in range(6)
        )
        self.first, self.closed, self.done = [-1] * n, [-1] * n, [0] * n
        self.visit = [0] * n
        self.waiting_1: deque[int] = deque()
        self.waiting_2: deque[int] = deque()
        self.free_1 = [(0, worker) for worker in range(given.workers[INTAKE])]
        self.free_2 = [(0, worker) for worker in range(given.workers[INVESTIGATION])]
        self.server = [0] * n
        self.files: list[tuple[int, int]] = []
        self.load = [0] * given.workers[GUIDANCE]
        self.diary = [0] * given.workers[GUIDANCE]
        self.caseworker = [-1] * n
        self.next_meeting = 0

    def at(self, time: int, rank: int, case: int, callback: Any) -> None:
        """Call `callback` with the case at an office instant."""
        event = Event(self.env)
        event._ok = True
        event._value = case
        event.callbacks = [callback]
        self.env.schedule(event, rank + case, time - self.env._now)

    def office(self, calendar: int) -> int:
        """First office instant at or after a calendar instant."""
        given = self.given
        if calendar >= given.end:
            return given.horizon
        day, second = divmod(calendar, given.day)
        return given.office_day[day] * given.day + (second if given.is_open[day] else 0)

    def told_end(self, time: int) -> int:
        """Calendar instant of a visit's end: closing time belongs to the day that worked it."""
        given = self.given
        day, second = divmod(time - 1, given.day)
        return given.open_day[day] * given.day + second + 1

    # -- intake ----------------------------------------------------------------------------------

    def arrive(self, event: Event) -> None:
        case = event._value
        now = self.env._now
        following = case + 1
        if following < len(self.given.join) and self.given.join[following] < self.given.horizon:
            self.at(self.given.join[following], ARRIVAL, following, self.arrive)
        self.waiting_1.append(case)
        self.start_intakes(now)
        if self.start_1[case] < 0:
            given = self.given
            told = given.open_day[now // given.day] * given.day + now % given.day
            end = self.office(told + given.patience[case])
            if end < given.horizon:
                self.at(end, PATIENCE, case, self.lose_patience)

    def start_intakes(self, now: int) -> None:
        waiting, free = self.waiting_1, self.free_1
        while free and waiting:
            case = waiting.popleft()
            if self.left[case] < 0:
                self.server[case] = free.pop(0)[1]
                self.start_1[case] = now
                self.at(now + self.given.intake[case], VISIT_END, case, self.end_intake)

    def lose_patience(self, event: Event) -> None:
        if self.start_1[event._value] < 0:
            self.left[event._value] = self.env._now

    def end_intake(self, event: Event) -> None:
        case, now = event._value, self.env._now
        insort(self.free_1, (now, self.server[case]))
        self.end_1[case] = now
        self.waiting_2.append(case)
        self.start_intakes(now)
        self.start_investigations(now)

    # -- investigation ---------------------------------------------------------------------------

    def start_investigations(self, now: int) -> None:
        waiting, free = self.waiting_2, self.free_2
        while free and waiting:
            case = waiting.popleft()
            self.server[case] = free.pop(0)[1]
            visit = self.visit[case]
            if not visit:
                self.start_2[case] = now
            duration = self.given.investigation[case][visit]
            self.at(now + duration, VISIT_END, case, self.end_investigation)

    def end_investigation(self, event: Event) -> None:
        case, now = event._value, self.env._now
        insort(self.free_2, (now, self.server[case]))
        self.visit[case] += 1
        if self.visit[case] == 1:
            due = self.office(self.told_end(now) + self.given.papers[case])
            if due < self.given.horizon:
                self.at(due, DELAY_END, case, self.papers_are_in)
        else:
            self.finished[case] = now
            self.files.append((now, case))
        self.start_investigations(now)

    def papers_are_in(self, event: Event) -> None:
        self.waiting_2.append(event._value)
        self.start_investigations(self.env._now)

    def meet(self, event: Event) -> None:
        now = self.env._now
        self.next_meeting += 1
        if self.next_meeting < len(self.given.meetings):
            self.at(self.given.meetings[self.next_meeting], MEETING, 0, self.meet)
        files, self.files = sorted(self.files), []
        for _, case in files:
            self.decided[case] = now
            if self.given.is_granted[case]:
                worker = self.load.index(min(self.load))
                self.load[worker] += 1
                self.caseworker[case] = worker
                self.contact(case, now)

    # -- guidance --------------------------------------------------------------------------------

    def fall_due(self, event: Event) -> None:
        self.contact(event._value, self.env._now)

    def contact(self, case: int, due: int) -> None:
        """Enter the contact into the diary of the caseworker, and what follows from it."""
        given, worker, number = self.given, self.caseworker[case], self.done[case]
        start = max(due, self.diary[worker])
        duration, gap = given.contacts[case][number]
        end = start + duration
        self.diary[worker] = end
        if not number and start < given.horizon:
            self.first[case] = start
        if end >= given.horizon:
            return
        if gap < 0:
            self.at(end, VISIT_END, case, self.close)
            return
        self.done[case] = number + 1
        following = self.office(self.told_end(end) + gap)
        if following < given.horizon:
            self.at(following, DELAY_END, case, self.fall_due)

    def close(self, event: Event) -> None:
        case = event._value
        self.load[self.caseworker[case]] -= 1
        self.done[case] += 1
        self.closed[case] = self.env._now

    # -- the run ---------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Columns of calendar ticks (NONE where it did not happen), contacts done, and measures."""
        given = self.given
        if given.join and given.join[0] < given.horizon:
            self.at(given.join[0], ARRIVAL, 0, self.arrive)
        if given.meetings:
            self.at(given.meetings[0], MEETING, 0, self.meet)
        self.env.run(until=given.horizon)
        clock = DayClock(given.day, given.plan.time.n_days, given.plan.time.open_day)

        def column(values: list[int]) -> Any:
            ticks = np.array(values, np.int64)
            ticks[ticks < 0] = NONE
            return ticks

        table = {
            "joined": clock.calendar(np.array(given.join, np.int64)),
            "left": clock.calendar(column(self.left)),
            "intake": clock.calendar(column(self.start_1)),
            "intake_end": clock.calendar_end(column(self.end_1)),
            "investigation": clock.calendar(column(self.start_2)),
            "finished": clock.calendar_end(column(self.finished)),
            "decided": clock.calendar(column(self.decided)),
            "guidance": clock.calendar(column(self.first)),
            "closed": clock.calendar_end(column(self.closed)),
            "contacts": np.array(self.done, np.int64),
        }
        return {"table": table, "measures": self.measures(table)}

    def measures(self, table: dict[str, Any]) -> dict[str, float]:
        """Mean waits in days (open ones as long as seen), and the share decided too late."""
        given = self.given

        def wait(joined: Any, started: Any, left: Any = None) -> float:
            until = np.where(started != NONE, started, given.end)
            if left is not None:
                until = np.where(left != NONE, left, until)
            seen = joined != NONE
            return float((until - joined)[seen].sum() / seen.sum() / given.day)

        due = (given.applied // given.day + 31) * given.day
        known = (table["intake_end"] != NONE) & (due <= given.end)
        late = (table["decided"] == NONE) | (table["decided"] >= due)
        granted = np.where(given.is_granted, table["decided"], NONE)
        return {
            "wait_mean[intake]": wait(table["joined"], table["intake"], table["left"]),
            "wait_mean[investigation]": wait(table["intake_end"], table["investigation"]),
            "wait_mean[guidance]": wait(granted, table["guidance"]),
            "late_share[investigation]": float(late[known].sum() / known.sum()),
        }


def run(given: Given) -> dict[str, Any]:
    """One replication from given draws."""
    return Model(given).run()
