"""What the cases of a service live in: teams, clock, files, laws and draws.

A case may look at all of it, and asks it for appointments. What happens then is for the one who
holds the surroundings to say, in `service`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from heapq import heappush
from typing import Generic

import simpy

from capsim.draws.keyed import Delay, Draws
from capsim.draws.luck import Luck
from capsim.engines.reference.clock import Clock
from capsim.engines.reference.team import E, Entrant, Team, Worker
from capsim.kernels.codes import NEVER, STATE_OFF, STATE_OUT, STATE_PRESENT
from capsim.plan.plan import Plan


class Surroundings(ABC, Generic[E]):
    """Everything that the cases of one replication share.

    Parameters
    ----------
    plan, luck : Plan, Luck
        What the engine is a function of.

    Attributes
    ----------
    instant : int
        Calendar instant of the present event. For the end of a visit it is that of the day that
        worked it, so that Friday's last visit ends on Friday.
    is_visit_end : bool
        Whether the present event is the end of a visit.
    files : list of list
        By series of meetings: a heap of the finished files that wait.
    touched : list of Team
        Teams to settle when the case whose event this is has moved, in that order.
    freed : set of Team
        Teams in which a kept place became free, to be settled after those.
    """

    def __init__(self, plan: Plan, luck: Luck) -> None:
        self.plan, self.luck = plan, luck
        self.env = simpy.Environment()
        self.clock = Clock(plan)
        self.draws = CaseDraws(plan, luck, self.clock)
        self.horizon = plan.time.horizon
        self.instant = 0
        self.is_visit_end = False

        # Lists, because a number taken from an array is slow and is not a Python integer.
        self.profile = plan.network.profile.tolist()
        self.stage_copy = plan.network.stage_copy.tolist()
        self.stage_clock = plan.network.stage_clock.tolist()
        self.stage_first_clock = plan.network.stage_first_clock.tolist()
        self.stage_pauses = plan.network.stage_pauses.tolist()
        self.stage_keeps = plan.network.stage_keeps.tolist()
        self.kind = plan.profiles.kind.tolist()
        self.ending = plan.profiles.ending.tolist()
        self.room = plan.profiles.room.tolist()
        self.least_urgent = plan.profiles.least_urgent.tolist()
        self.until = plan.profiles.until.tolist()
        self.p_clock = plan.profiles.clock.tolist()
        self.decision_series = plan.profiles.decision.tolist()
        self.urgent_share = plan.rules.urgent.tolist()
        self.class_first = plan.profiles.class_first.tolist()
        self.class_later = plan.profiles.class_later.tolist()
        self.assign_new = plan.profiles.assign_new.tolist()
        self.assign_handed = plan.profiles.assign_handed.tolist()
        self.if_left = plan.profiles.if_left.tolist()
        self.if_turned_away = plan.profiles.if_turned_away.tolist()

        self.teams: list[Team[E]] = [
            Team(
                number,
                plan.teams[plan.copies.team[number]],
                name,
                share=int(plan.copies.share[number]),
                limit=int(plan.copies.limit[number]),
                by_deadline=bool(plan.copies.by_deadline[number]),
                of_places=bool(plan.copies.of_places[number]),
            )
            for number, name in enumerate(plan.copy_names)
        ]
        self.workers: list[Worker[E]] = [
            self._worker(number) for number in range(len(luck.worker_copy))
        ]
        self.files: list[list[tuple[int, int, E]]] = [[] for _ in plan.meetings.stage]
        self.meetings_held = [0 for _ in plan.meetings.stage]
        self.touched: list[Team[E]] = []
        self.freed: set[Team[E]] = set()

    def _worker(self, number: int) -> Worker[E]:
        luck = self.luck
        team = self.teams[luck.worker_copy[number]]
        holder = int(luck.worker_holder[number])
        seat = int(luck.worker_seat[number])
        own = self.plan.seat_names.get((team.number, seat), seat)
        name = f"{team.office}/{team.name}/{own}"
        state = luck.worker_state[number]
        worker: Worker[E] = Worker(
            number,
            name if holder == 1 else f"{name}.{holder}",
            team,
            fte=int(luck.worker_fte[number]),
            hours=int(luck.worker_hours[number]),
            rate=int(luck.worker_rate[number]),
            employed=bool(state != STATE_OUT),
            present=bool(state in (STATE_PRESENT, STATE_OFF)),
            on_duty=bool(state != STATE_OFF),
        )
        team.workers.append(worker)
        return worker

    @abstractmethod
    def happens(self, case: E, news: str) -> None:
        """An appointment of a case has come: tell it the news, then see what follows."""

    @property
    def now(self) -> int:
        """Office instant of the present event."""
        return int(self.env.now)

    @property
    def today(self) -> int:
        """Calendar instant of now, for what begins now."""
        return self.clock.calendar(self.now)

    def touch(self, team: Team[E]) -> None:
        """Settle the team when the case whose event this is has moved."""
        if team not in self.touched:
            self.touched.append(team)

    # -- meetings --------------------------------------------------------------------------------

    def file(self, series: int, case: E) -> None:
        """Lay a finished file ready for the next meeting."""
        heappush(self.files[series], (self.now, case.number, case))

    def next_meeting(self, series: int) -> int | None:
        """Office instant of the next meeting of a series; one of this instant if it is to come."""
        meetings = self.plan.meetings
        position = int(meetings.first[series]) + self.meetings_held[series]
        last = int(meetings.first[series + 1])
        return int(meetings.time[position]) if position < last else None

    # -- laws of the plan ------------------------------------------------------------------------

    def closing_probability(self, profile: int, load: int) -> float:
        """Probability to close after a visit at a load, from the plan's table."""
        plan = self.plan
        row = int(plan.profiles.closing[profile])
        above = load - int(plan.rules.closing_norm[row])
        if above <= 0:
            return float(plan.rules.closing_probability[row])
        table = plan.rules.closing_table[row]
        return float(table[min(above // int(plan.rules.closing_step[row]), len(table) - 1)])

    def initial_stay_end(self, case: E, begins: int) -> int:
        """End of the remaining stay of an initial case, which begins then; NEVER if not by time."""
        law = int(self.plan.profiles.stay[case.stay.profile])
        return self._end_of_residual(int(self.luck.initial_stay[case.number]), law, begins, NEVER)

    def initial_gap_end(self, case: E) -> int:
        """Office instant at which the next visit of an initial case falls due; 0 without a gap."""
        due = int(self.luck.initial_due[case.number])
        if due >= 0:
            return due
        law = int(self.plan.profiles.gap[case.stay.profile])
        return self._end_of_residual(int(self.luck.initial_gap[case.number]), law, 0, 0)

    def initial_visits(self, case: E) -> int:
        """Visits of the first stay of an initial case that are still to come."""
        return int(self.luck.initial_visits[case.number])

    def initial_joined(self, case: E) -> int:
        """Calendar instant at which an initial case joined the stage in which it was found."""
        return int(self.luck.initial_joined[case.number])

    def _end_of_residual(self, ticks: int, law: int, begins: int, without: int) -> int:
        if ticks < 0 or law < 0:
            return without
        return self.clock.end_of(Delay(ticks, bool(self.plan.laws.office[law])), begins)


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
        self._route_first = plan.profiles.route_first.tolist()
        self._route_n = plan.profiles.route_n.tolist()
        self._route_upto = plan.rules.route_upto.tolist()
        self._route_to = plan.rules.route_to.tolist()

    def _end(self, delay: Delay | None, begins: int) -> int | None:
        return None if delay is None else self._clock.end_of(delay, begins)

    def patience_end(self, case: Entrant, begins: int) -> int | None:
        """End of a patience that begins at a calendar instant, None without."""
        stay = case.stay
        delay = self._draws.patience(case.number, stay.stage, stay.nth, begins // self._clock.day)
        return self._end(delay, begins)

    def stay_end(self, case: Entrant, begins: int) -> int:
        """End of a stay that begins at a calendar instant."""
        stay = case.stay
        delay = self._draws.stay(case.number, stay.stage, stay.nth, begins // self._clock.day)
        assert delay is not None
        return self._clock.end_of(delay, begins)

    def gap_end(self, case: Entrant, visit: int, begins: int) -> int | None:
        """End of the gap after a visit, None without."""
        stay, day = case.stay, begins // self._clock.day
        return self._end(self._draws.gap(case.number, stay.stage, stay.nth, visit, day), begins)

    def visits(self, case: Entrant, begins: int) -> int:
        """Number of visits, at least one."""
        stay, day = case.stay, begins // self._clock.day
        return max(1, self._draws.visits(case.number, stay.stage, stay.nth, day))

    def work(self, case: Entrant, visit: int, begins: int, missed: int) -> int:
        """Client seconds of a visit, of whose predecessors so many were missed."""
        stay, day = case.stay, begins // self._clock.day
        return self._draws.work(case.number, stay.stage, stay.nth, visit, day, missed)

    def lost(self, case: Entrant, visit: int, begins: int) -> int:
        """Client seconds lost to a visit that is missed."""
        stay, day = case.stay, begins // self._clock.day
        return self._draws.lost(case.number, stay.stage, stay.nth, visit, day)

    def kind_of_visit(self, case: Entrant, visit: int) -> int:
        """Whether a visit is one of an own worker, is missed, or is a partner's: VISIT_*."""
        return self._draws.kind_of_visit(case.number, case.stay.stage, case.stay.nth, visit)

    def closing(self, case: Entrant, visit: int) -> float:
        """Number in [0, 1) that decides whether the case closes after a visit."""
        return self._draws.closing(case.number, case.stay.stage, case.stay.nth, visit)

    def urgent(self, case: Entrant) -> float:
        """Number in [0, 1) that decides whether the file is decided outside the meetings."""
        return self._draws.urgent(case.number, case.stay.stage, case.stay.nth)

    def route(self, case: Entrant) -> int:
        """Destination of a completed stay."""
        stay = case.stay
        first = self._route_first[stay.profile]
        last = first + self._route_n[stay.profile] - 1
        u = self._draws.routing(case.number, stay.stage, stay.nth)
        while first < last and u >= self._route_upto[first]:
            first += 1
        return self._route_to[first]
