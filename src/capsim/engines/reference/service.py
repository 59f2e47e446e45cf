"""The service in which applicants live: its teams, meetings and roster, and the order of events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy

from capsim.draws.keyed import Delay, Draws
from capsim.draws.luck import Luck
from capsim.engines.reference.case import DECIDED, HANDED_OVER, TURNED_AWAY, VISIT_OVER, Case
from capsim.engines.reference.clock import Appointment, Clock
from capsim.engines.reference.policies import Policies
from capsim.engines.reference.record import write_log
from capsim.engines.reference.team import Team, Worker
from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_LEAVE,
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
    STATE_OUT,
    STATE_PRESENT,
    UNTIL_START,
)
from capsim.log import Log
from capsim.plan.plan import Plan


class Service:
    """Everything that the applicants of one replication share.

    Parameters
    ----------
    plan, luck : Plan, Luck
        What the engine is a function of.
    policies : Policies
        Rules of the user in the place of rules 3 and 5.

    Attributes
    ----------
    instant : int
        Calendar instant of the present event. For the end of a visit it is that of the day that
        worked it, so that Friday's last visit ends on Friday.
    is_visit_end : bool
        Whether the present event is the end of a visit.
    """

    def __init__(self, plan: Plan, luck: Luck, policies: Policies) -> None:
        self.plan, self.luck = plan, luck
        self.env = simpy.Environment()
        self.clock = Clock(plan)
        self.draws = CaseDraws(plan, luck, self.clock)
        self.horizon = plan.horizon
        self.instant = 0
        self.is_visit_end = False

        # Lists, because a number taken from an array is slow and is not a Python integer.
        self.profile = plan.profile.tolist()
        self.stage_copy = plan.stage_copy.tolist()
        self.stage_clock = plan.stage_clock.tolist()
        self.kind = plan.p_kind.tolist()
        self.ending = plan.p_ending.tolist()
        self.room = plan.p_room.tolist()
        self.until = plan.p_until.tolist()
        self.p_clock = plan.p_clock.tolist()
        self.decision_series = plan.p_decision.tolist()
        self.urgent_share = plan.p_urgent.tolist()
        self.class_first = plan.p_class_first.tolist()
        self.class_later = plan.p_class_later.tolist()
        self.assign_new = plan.p_assign_new.tolist()
        self.assign_handed = plan.p_assign_handed.tolist()
        self.if_left = plan.p_if_left.tolist()
        self.if_turned_away = plan.p_if_turned_away.tolist()

        self.teams = [
            Team(
                number,
                plan.teams[plan.copy_team[number]],
                name,
                share=int(plan.copy_share[number]),
                limit=int(plan.copy_limit[number]),
                by_deadline=bool(plan.copy_by_deadline[number]),
                policies=policies,
            )
            for number, name in enumerate(plan.copies)
        ]
        self.workers = [self._worker(number) for number in range(len(luck.worker_copy))]
        self.cases: list[Case] = []
        self._files: list[list[tuple[int, int, Case]]] = [[] for _ in plan.series_stage]
        self._touched: list[Team] = []
        policies.service = self

    def _worker(self, number: int) -> Worker:
        luck = self.luck
        team = self.teams[luck.worker_copy[number]]
        holder = int(luck.worker_holder[number])
        name = f"{team.office}/{team.name}/{luck.worker_seat[number]}"
        state = luck.worker_state[number]
        worker = Worker(
            number,
            name if holder == 1 else f"{name}.{holder}",
            team,
            fte=int(luck.worker_fte[number]),
            rate=int(luck.worker_rate[number]),
            employed=bool(state != STATE_OUT),
            present=bool(state == STATE_PRESENT),
        )
        team.workers.append(worker)
        return worker

    @property
    def now(self) -> int:
        """Office instant of the present event."""
        return int(self.env.now)

    @property
    def today(self) -> int:
        """Calendar instant of now, for what begins now."""
        return self.clock.calendar(self.now)

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
        self._next_of(self._roster_instants(), RANK_ROSTER, self._change_roster)
        self._next_of(iter(enumerate(self.plan.meeting_time.tolist())), RANK_MEETING, self._meet)
        joins = self.luck.join.tolist()
        self._next_of(
            ((number, joins[number]) for number in range(n_initial, len(joins))),
            RANK_ARRIVAL,
            self._arrive,
        )
        # Nothing is ever planned for the horizon or later, so the run ends by itself.
        self.env.run()
        self._close()
        return write_log(self.plan, self.luck, self.cases, self.workers)

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

        # The changes of one instant are one event, so the roster needs no number.
        Appointment(self.env, at, rank, 0 if rank == RANK_ROSTER else number, happen)

    def _new_case(self, number: int) -> Case:
        case = Case(self, number)
        self.cases.append(case)
        return case

    def _open(self) -> None:
        """Settle every team once the initial cases have joined."""
        self._touched.clear()
        for team in self.teams:
            team.settle(0)

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
        """Consequences of what has just happened to a case: rule 2, then room (rule 8)."""
        self._settle_touched()
        while case.has_just_joined:
            stay, team = case.stay, case.team
            assert team is not None
            room = self.room[stay.profile]
            if room < 0 or team.waiting[stay.stage] <= room:
                case.has_just_joined = False
                break
            case.withdraw()
            team.settle(self.now)
            case.tell(TURNED_AWAY)
            self._settle_touched()

    def touch(self, team: Team) -> None:
        """Settle the team when the case whose event this is has moved."""
        if team not in self._touched:
            self._touched.append(team)

    def _settle_touched(self) -> None:
        touched, self._touched = self._touched, []
        for team in touched:
            team.settle(self.now)
        # What settling starts touches only the team that is being settled.
        self._touched.clear()

    # -- roster ----------------------------------------------------------------------------------

    def _roster_instants(self) -> Any:
        """The first change of every instant at which the roster changes."""
        previous = NONE
        for first, at in enumerate(self.luck.roster_time.tolist()):
            if at != previous:
                yield first, at
                previous = at

    def _change_roster(self, first: int) -> None:
        """All changes of one instant, in worker order, then the teams in their order."""
        luck, now = self.luck, self.now
        teams: dict[int, Team] = {}
        for row in range(first, len(luck.roster_time)):
            if luck.roster_time[row] != now:
                break
            worker = self.workers[luck.roster_worker[row]]
            self._change(worker, int(luck.roster_kind[row]), int(luck.roster_value[row]))
            worker.team.something_changed()
            teams[worker.team.number] = worker.team
        self._touched.clear()
        for number in sorted(teams):
            teams[number].settle(now)

    def _change(self, worker: Worker, kind: int, value: int) -> None:
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
            worker.fte = value
        elif kind == EVENT_ABSENT:
            worker.present = False
            if value:
                self._hand_over_cases_of(worker)
        elif kind == EVENT_LEAVE:
            worker.employed = worker.present = False
            self._hand_over_cases_of(worker)

    def _hand_over_cases_of(self, worker: Worker) -> None:
        """Rule 7: all open cases at once, but the one in mid-visit when its visit ends."""
        for number in sorted(worker.cases):
            case = worker.cases[number]
            if worker.visiting is case:
                case.is_marked = True
            else:
                case.tell(HANDED_OVER)

    # -- meetings --------------------------------------------------------------------------------

    def file(self, series: int, case: Case) -> None:
        """Lay a finished file ready for the next meeting."""
        heappush(self._files[series], (self.now, case.number, case))

    def next_meeting(self, series: int) -> int | None:
        """Office instant of the next meeting of a series, one of this instant included."""
        plan = self.plan
        first, last = int(plan.series_first[series]), int(plan.series_first[series + 1])
        position = bisect_left(plan.series_time, self.now, first, last)
        return int(plan.series_time[position]) if position < last else None

    def _meet(self, meeting: int) -> None:
        """Decide on the files one after the other, each with all that follows from it."""
        series = int(self.plan.meeting_series[meeting])
        files = self._files[series]
        places = int(self.plan.series_places[series])
        for _ in range(len(files) if places < 0 else min(places, len(files))):
            case = heappop(files)[-1]
            case.tell(DECIDED)
            self.finish(case)

    # -- laws of the plan ------------------------------------------------------------------------

    def closing_probability(self, profile: int, load: int) -> float:
        """Probability to close after a visit at a load, from the plan's table."""
        plan = self.plan
        row = int(plan.p_closing[profile])
        above = load - int(plan.closing_norm[row])
        if above <= 0:
            return float(plan.closing_probability[row])
        table = plan.closing_table[row]
        return float(table[min(above // int(plan.closing_step[row]), len(table) - 1)])

    def initial_stay_end(self, case: Case) -> int:
        """Office instant at which the stay of an initial case ends, NEVER if not by time."""
        law = int(self.plan.p_stay[case.stay.profile])
        return self._end_of_residual(int(self.luck.initial_stay[case.number]), law, NEVER)

    def initial_gap_end(self, case: Case) -> int:
        """Office instant at which the next visit of an initial case falls due; 0 without a gap."""
        law = int(self.plan.p_gap[case.stay.profile])
        return self._end_of_residual(int(self.luck.initial_gap[case.number]), law, 0)

    def _end_of_residual(self, ticks: int, law: int, without: int) -> int:
        if ticks < 0 or law < 0:
            return without
        return self.clock.end_of(Delay(ticks, bool(self.plan.law_office[law])), 0)


class CaseDraws:
    """The keyed draws of a case where it stands, delays as the office instants at which they end.

    Parameters
    ----------
    plan, luck : Plan, Luck
    clock : Clock
    """

    def __init__(self, plan: Plan, luck: Luck, clock: Clock) -> None:
        self._draws = Draws(plan, luck)
        self._clock = clock
        self._route_first = plan.p_route_first.tolist()
        self._route_n = plan.p_route_n.tolist()
        self._route_upto = plan.route_upto.tolist()
        self._route_to = plan.route_to.tolist()

    def _end(self, delay: Delay | None, begins: int) -> int | None:
        return None if delay is None else self._clock.end_of(delay, begins)

    def patience_end(self, case: Case, begins: int) -> int | None:
        """End of a patience that begins at a calendar instant, None without."""
        stay = case.stay
        delay = self._draws.patience(case.number, stay.stage, stay.nth, begins // self._clock.day)
        return self._end(delay, begins)

    def stay_end(self, case: Case, begins: int) -> int:
        """End of a stay that begins at a calendar instant."""
        stay = case.stay
        delay = self._draws.stay(case.number, stay.stage, stay.nth, begins // self._clock.day)
        assert delay is not None
        return self._clock.end_of(delay, begins)

    def gap_end(self, case: Case, visit: int, begins: int) -> int | None:
        """End of the gap after a visit, None without."""
        stay, day = case.stay, begins // self._clock.day
        return self._end(self._draws.gap(case.number, stay.stage, stay.nth, visit, day), begins)

    def visits(self, case: Case, begins: int) -> int:
        """Number of visits, at least one."""
        stay, day = case.stay, begins // self._clock.day
        return max(1, self._draws.visits(case.number, stay.stage, stay.nth, day))

    def work(self, case: Case, visit: int, begins: int) -> int:
        """Client seconds of a visit."""
        stay, day = case.stay, begins // self._clock.day
        return self._draws.work(case.number, stay.stage, stay.nth, visit, day)

    def closing(self, case: Case, visit: int) -> float:
        """Number in [0, 1) that decides whether the case closes after a visit."""
        return self._draws.closing(case.number, case.stay.stage, case.stay.nth, visit)

    def urgent(self, case: Case) -> float:
        """Number in [0, 1) that decides whether the file is decided outside the meetings."""
        return self._draws.urgent(case.number, case.stay.stage, case.stay.nth)

    def route(self, case: Case) -> int:
        """Destination of a completed stay."""
        stay = case.stay
        first = self._route_first[stay.profile]
        last = first + self._route_n[stay.profile] - 1
        u = self._draws.routing(case.number, stay.stage, stay.nth)
        while first < last and u >= self._route_upto[first]:
            first += 1
        return self._route_to[first]
