"""The service: the order of events, what follows from each, the roster and the meetings."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from heapq import heappop
from typing import Any, final

from capsim.draws.luck import Luck
from capsim.engines.reference.applicant import Applicant
from capsim.engines.reference.case import DECIDED, HANDED_OVER, TURNED_AWAY, VISIT_OVER, Case
from capsim.engines.reference.clock import Appointment
from capsim.engines.reference.policies import Policies
from capsim.engines.reference.settling import settle
from capsim.engines.reference.strain import Strains
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Team, Worker
from capsim.engines.reference.triggers import Triggers
from capsim.engines.reference.verifying import verify
from capsim.engines.reference.writing import write_log
from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_HOURS,
    EVENT_LEAVE,
    EVENT_OFF,
    EVENT_ON,
    EVENT_ONBOARDED,
    EVENT_RETURN,
    EVENT_SHORTENED,
    LATE_YES,
    NEVER,
    NONE,
    NOT_INITIAL,
    RANK_ARRIVAL,
    RANK_MEETING,
    RANK_ROSTER,
    UNTIL_START,
)
from capsim.log import Log
from capsim.plan.plan import Plan


@final
class Service(Surroundings[Case]):
    """One replication: surroundings in which things happen.

    With `CAPSIM_VERIFY=1` in the environment the whole state is verified after every event, which
    takes many times as long.

    Parameters
    ----------
    plan, luck : Plan, Luck
        What the engine is a function of.
    policies : Policies
        Rules of the user in the place of rules 10 (starts) and 12 (assignment).
    """

    def __init__(self, plan: Plan, luck: Luck, policies: Policies) -> None:
        super().__init__(plan, luck)
        self.policies = policies
        self.cases: list[Case] = []
        self.triggers = Triggers(self, self.cases)
        self.strains = Strains(self)
        self._next_change = 0
        self._next_leave = NEVER
        self._appointment: Appointment | None = None
        self._verifies = os.environ.get("CAPSIM_VERIFY", "") not in ("", "0")

    # -- the run ---------------------------------------------------------------------------------

    def run(self) -> Log:
        """Let everything happen until the horizon, and give the log."""
        n_initial = int((self.luck.initial != NOT_INITIAL).sum())
        for number in range(n_initial):
            self.env.process(self._new_case(number).life())
        # `succeed` lets this happen after all initial cases have joined and before the first event.
        opening = self.env.event()
        opening.callbacks.append(lambda _: self._open())
        opening.succeed()
        self._plan_changes()
        self._next_of(iter(enumerate(self.plan.meetings.held.tolist())), RANK_MEETING, self._meet)
        joins = self.luck.join.tolist()
        self._next_of(
            ((number, joins[number]) for number in range(n_initial, len(joins))),
            RANK_ARRIVAL,
            self._arrive,
        )
        # Nothing is ever planned for the horizon or later, so the run ends by itself.
        self.env.run()
        self._close()
        orders = self.triggers.orders
        return write_log(self.plan, self.luck, self.cases, self.workers, orders)

    def _next_of(self, stream: Any, rank: int, action: Callable[[int], None]) -> None:
        """Plan the next event of a stream of (number, office instant) in order of time."""
        number, at = next(stream, (0, NEVER))
        if at >= self.horizon:
            return

        def happen() -> None:
            self._next_of(stream, rank, action)
            self.is_visit_end = False
            self.instant = self.today
            action(number)

        Appointment(self.env, at, rank, number, happen)

    def _new_case(self, number: int) -> Applicant:
        case = Applicant(self, number)
        self.cases.append(case)
        return case

    def _open(self) -> None:
        """Settle every team once the initial cases have joined."""
        self._settle(self.teams)
        self.touched.clear()
        self._look_ahead()

    def _arrive(self, number: int) -> None:
        """Start the life of an applicant."""
        case = self._new_case(number)
        process = self.env.process(case.life())
        # The process starts before any other event; its consequences follow at once.
        start = process.target
        assert start is not None
        start.callbacks.append(lambda _: self.finish(case))

    def _close(self) -> None:
        """Settle the accounts at the horizon."""
        end = self.horizon
        for worker in self.workers:
            worker.count_idle_time(end)
            worker.caseload += len(worker.cases) * self.clock.end
            if worker.visiting is not None:
                row = worker.visiting.stay.visits[-1]
                worker.worked += row.work * (end - row.begin) // row.duration
        for case in self.cases:
            stay = case.stay
            if stay.ended == NONE and NONE < stay.due <= self.clock.end:
                if self.until[stay.profile] != UNTIL_START or stay.started == NONE:
                    stay.late = LATE_YES

    # -- an event and its consequences -----------------------------------------------------------

    def happens(self, case: Case, news: str) -> None:
        """An appointment of a case: tell it, then see what follows."""
        self.is_visit_end = news == VISIT_OVER
        now = self.now
        self.instant = (
            self.clock.calendar_of_end(now) if self.is_visit_end else self.clock.calendar(now)
        )
        case.tell(news)
        self.finish(case)

    def finish(self, case: Case) -> None:
        """Consequences of what happened to a case: rule 7 (consequences), then rule 14 (room)."""
        self._settle_touched()
        while case.has_just_joined:
            stay, team = case.stay, case.team
            assert team is not None
            room = self.room[stay.profile]
            if room < 0 or team.waiting[stay.stage] <= room:
                case.has_just_joined = False
                break
            case.has_just_joined = False
            if self.least_urgent[stay.profile]:
                case = self._least_urgent(team, stay.stage)
            case.withdraw()
            self._settle([team])
            case.tell(TURNED_AWAY)
            self._settle_touched()
        self._look_ahead()

    def _least_urgent(self, team: Team[Case], stage: int) -> Case:
        """The last in the list of those who may be turned away at a stage."""
        waiting = [*team.queue.in_order(), *team.unassigned.in_order()]
        return next(
            case
            for _, case in reversed(waiting)
            if case.stay.stage == stage and case.may_be_turned_away
        )

    def _settle_touched(self) -> None:
        touched, self.touched = self.touched, []
        self._settle(touched)
        # What settling starts touches only the team that is being settled.
        self.touched.clear()

    def _settle(self, teams: list[Team[Case]]) -> None:
        """Settle teams in turn, and then those in which a kept place becomes free by that."""
        for team in teams:
            settle(team, self, self.policies)
        while self.freed:
            freed, self.freed = self.freed, set()
            for team in sorted(freed, key=lambda one: one.number):
                settle(team, self, self.policies)

    # -- roster ----------------------------------------------------------------------------------

    def _look_ahead(self) -> None:
        """After an event: loads may have changed, and with them who leaves next."""
        following = self.strains.next_leave()
        if following != self._next_leave:
            self._next_leave = following
            self._plan_changes()
        if self._verifies:
            self.verify()

    def _plan_changes(self) -> None:
        """Plan the next changes of staff; those of one instant are one event."""
        if self._appointment is not None:
            self._appointment.cancel()
        at = min(self._next_leave, self.triggers.next_instant)
        if self._next_change < len(self.luck.roster_time):
            at = min(at, int(self.luck.roster_time[self._next_change]))
        if at < self.horizon:
            self._appointment = Appointment(self.env, at, RANK_ROSTER, 0, self._change_roster)

    def _change_roster(self) -> None:
        """Count, then make all changes of the instant in worker order, then settle the teams."""
        self.is_visit_end = False
        self.instant = self.today
        if self._next_leave == self.now:
            self._renew_roster()
        changes = [*self._changes_now(), *self.triggers.react()]
        teams: dict[int, Team[Case]] = {}
        for number, kind, value in changes:
            worker = self.workers[number]
            self._change(worker, kind, value)
            worker.team.something_changed()
            teams[worker.team.number] = worker.team
        self._next_leave = NEVER
        self._plan_changes()
        self._settle([teams[number] for number in sorted(teams)])
        self.touched.clear()
        self._look_ahead()

    def _renew_roster(self) -> None:
        """Let those leave whose tenure is over, and expect who follows them."""
        self.luck = luck = self.strains.leave(self.now)
        self._next_change = bisect_left(luck.roster_time, self.now)
        for worker in self.strains.still_to_come():
            worker.fte = int(luck.worker_fte[worker.number])
            worker.hours = int(luck.worker_hours[worker.number])
            worker.rate = int(luck.worker_rate[worker.number])

    def _changes_now(self) -> Iterator[tuple[int, int, int]]:
        """Worker, kind and value of the changes that the roster has at this instant."""
        luck, row = self.luck, self._next_change
        columns = luck.roster_worker, luck.roster_kind, luck.roster_value
        while row < len(luck.roster_time) and luck.roster_time[row] == self.now:
            worker, kind, value = (int(column[row]) for column in columns)
            yield worker, kind, value
            row += 1
        self._next_change = row

    def _change(self, worker: Worker[Case], kind: int, value: int) -> None:
        now = self.now
        worker.count_idle_time(now)
        if kind == EVENT_HIRE:
            worker.employed = worker.present = True
            worker.free_since = now
        elif kind == EVENT_RETURN:
            worker.present = True
            worker.free_since = now
        elif kind == EVENT_ONBOARDED:
            worker.rate = value
        elif kind == EVENT_SHORTENED:
            worker.fte = worker.hours = value
        elif kind == EVENT_HOURS:
            worker.hours = value
        elif kind == EVENT_OFF:
            worker.on_duty = False
        elif kind == EVENT_ON:
            worker.on_duty = True
            worker.free_since = now
        elif kind == EVENT_ABSENT:
            worker.present = False
            if value:
                self._hand_over_cases_of(worker)
        elif kind == EVENT_LEAVE:
            worker.employed = worker.present = False
            self._hand_over_cases_of(worker)

    def _hand_over_cases_of(self, worker: Worker[Case]) -> None:
        """Rule 19 (hand-over): all open cases now, the one in mid-visit when its visit ends."""
        for number in sorted(worker.cases):
            case = worker.cases[number]
            if case.kept is worker:
                case.give_kept_place_back()
            elif worker.visiting is case:
                case.is_marked = True
            else:
                case.tell(HANDED_OVER)

    # -- meetings --------------------------------------------------------------------------------

    def _meet(self, meeting: int) -> None:
        """Decide on the files one after the other, each with all that follows from it."""
        series = int(self.plan.meetings.held_series[meeting])
        self.meetings_held[series] += 1
        files = self.files[series]
        places = int(self.plan.meetings.places[series])
        for _ in range(len(files) if places < 0 else min(places, len(files))):
            case = heappop(files)[-1]
            case.tell(DECIDED)
            self.finish(case)

    # -- self-check ------------------------------------------------------------------------------

    def verify(self) -> None:
        """Check what holds between two events.

        Raises
        ------
        AssertionError
            If something does not, with the office instant and what is wrong: a mistake of the
            engine, never of the scenario.
        """
        verify(self, self.cases, self.policies)
