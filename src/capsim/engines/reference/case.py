"""An applicant as the others see one: where the case is, and what can be done with it.

What happens to an applicant, from stage to stage, is told by `capsim.engines.reference.applicant`.
"""

from __future__ import annotations

from capsim.engines.reference.clock import Appointment, News
from capsim.engines.reference.record import PlaceRow, StayRow, VisitRow
from capsim.engines.reference.surroundings import Surroundings
from capsim.engines.reference.team import Team, Worker
from capsim.kernels.codes import (
    ENDING_STAY,
    ENDING_VISITS,
    INITIAL_AGELESS,
    INITIAL_VISITED,
    KIND_CASEWORKER,
    LATE_NO,
    LATE_UNKNOWN,
    LATE_YES,
    NEVER,
    NONE,
    NOT_INITIAL,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_TURNED_AWAY,
    RANK_DELAY_END,
    RANK_PATIENCE,
    UNTIL_END,
    VISIT_MISSED,
    VISIT_PARTNER,
)

ASSIGNED, STARTED = "assigned", "started"
PATIENCE_OVER, TURNED_AWAY = "patience over", "turned away"
VISIT_OVER, GAP_OVER, STAY_OVER = "visit over", "gap over", "stay over"
HANDED_OVER, DECIDED = "handed over", "decided"
BY_PARTNER = "by a partner"


class Case:
    """An applicant.

    Attributes
    ----------
    number : int
        Place in the case order.
    stay : StayRow
        The stage where the case is, and what has happened there so far.
    missed : int
        Visits of this stay that were missed.
    place : Worker or None
        The caseworker in whose caseload the case has a place.
    kept : Worker or None
        Who has the place in the stage before, which the case keeps while it waits in this one.
    is_marked : bool
        The caseworker left, or went away for long, during the visit that is going on: the case is
        handed over when the visit ends.
    last_visit, keeper : int
        Of an initial case: the number of its last visit, and the worker who has it (-1: nobody).
    has_just_joined : bool
        Whether `room` is still to be judged: the case joined in the present event and waits.
    """

    def __init__(self, service: Surroundings[Case], number: int) -> None:
        luck = service.luck
        self.service = service
        self.clock = service.clock
        self.number = number
        self.office = int(luck.office[number])
        self.inflow = int(luck.inflow[number])
        self.weight = int(service.plan.network.inflow_weight[self.inflow])
        self.initial = int(luck.initial[number])
        is_ageless = self.initial == INITIAL_AGELESS
        self.applied = NONE if is_ageless else int(luck.applied[number])
        self.clocks = [self.applied] * service.plan.n_clocks
        self.paused = [0] * service.plan.n_clocks
        self.last_visit, self.keeper = 0, NONE
        if self.initial != NOT_INITIAL:
            self.last_visit = int(luck.initial_done[number])
            self.keeper = int(luck.initial_worker[number])
        self.entry = int(service.plan.arrivals.source_entry[luck.source[number]])
        self.times_in: dict[int, int] = {}
        self.stays: list[StayRow] = []
        self.places: list[PlaceRow] = []
        self.left, self.exit = NONE, -1
        self.stay: StayRow
        self.team: Team[Case] | None = None
        self.place: Worker[Case] | None = None
        self.kept: Worker[Case] | None = None
        self.kept_since: StayRow
        self.visit_number = 0
        self.missed = 0
        self.is_marked = False
        self.is_handed_over = False
        self.has_just_joined = False
        self._stay_end = NONE
        self._timer: Appointment | None = None
        self._news: News

    # -- entering and leaving a stage ------------------------------------------------------------

    @property
    def is_first_of_initial(self) -> bool:
        """Whether this is the stay in which an initial case was found on the first day."""
        return self.initial != NOT_INITIAL and len(self.stays) == 1

    @property
    def may_be_turned_away(self) -> bool:
        """Whether rule 14 (room) may reach the case, which waits in a list of its team."""
        is_new = self.visit_number <= 1 and not self.is_handed_over and not self.is_first_of_initial
        return is_new and self.service.room[self.stay.profile] >= 0

    @property
    def is_in_hand(self) -> bool:
        """Whether the case was found, on the first day, after a visit or with a caseworker."""
        is_known = self.initial == INITIAL_VISITED or self.keeper >= 0
        return self.is_first_of_initial and is_known

    def enter(self, stage: int) -> int:
        """Open the row of a stay and start its clock; the kind of the stage."""
        service = self.service
        nth = self.times_in.get(stage, 0) + 1
        self.times_in[stage] = nth
        profile = service.profile[self.office][self.inflow][stage]
        if nth > 1 or (self.initial != NOT_INITIAL and stage < self.entry):
            # A return. An initial case has been in the stages before its own.
            self.start_clock(service.stage_clock[stage])
            first = service.stage_first_clock[stage]
            if first >= 0 and self.clocks[first] == NONE:
                self.start_clock(first)
        counts_from = service.p_clock[profile]
        started = self.clocks[counts_from] if counts_from >= 0 else NONE
        due = self.clock.due(profile, started)
        if due != NONE:
            due += self.paused[counts_from]
        is_of_known_age = self.initial not in (NOT_INITIAL, INITIAL_AGELESS) and not self.stays
        joined = service.initial_joined(self) if is_of_known_age else service.instant
        self.stay = StayRow(stage, nth, profile, joined, started, due)
        self.stays.append(self.stay)
        copy = service.stage_copy[self.office][stage]
        self.team = service.teams[copy] if copy >= 0 else None
        self.visit_number = self.missed = 0
        self.is_handed_over = False
        self._stay_end = NONE
        return service.kind[profile]

    def start_clock(self, clock: int) -> None:
        """Let a deadline clock, if it is one, begin now."""
        if clock >= 0:
            self.clocks[clock] = self.service.instant
            self.paused[clock] = 0

    def destination(self, outcome: int) -> int:
        """Where the case goes from here: a stage, or below zero an exit."""
        service, profile = self.service, self.stay.profile
        if outcome == OUTCOME_LEFT:
            return service.if_left[profile]
        if outcome == OUTCOME_TURNED_AWAY:
            return service.if_turned_away[profile]
        return service.draws.route(self)

    def leave(self, outcome: int, destination: int) -> None:
        """Close the row of the stay; the place is kept only for more work of the same team."""
        service, stay, team = self.service, self.stay, self.team
        stay.ended, stay.outcome = service.instant, outcome
        if service.stage_pauses[stay.stage]:
            stood_still = stay.ended - stay.joined
            self.paused = [ticks + stood_still for ticks in self.paused]
        if stay.due != NONE and (service.until[stay.profile] == UNTIL_END or stay.started == NONE):
            is_visit_end = service.is_visit_end and outcome == OUTCOME_COMPLETED
            late = self.clock.is_late(
                stay.profile, stay.due, service.instant, visit_end=is_visit_end
            )
            in_time = service.until[stay.profile] == UNTIL_END and outcome == OUTCOME_COMPLETED
            stay.late = LATE_YES if late else LATE_NO if in_time else LATE_UNKNOWN
        if team is None:
            return
        self.withdraw()
        if self.place is not None and not self.continues_at(destination):
            if service.stage_keeps[stay.stage] and self.may_wait_at(destination):
                self.kept, self.kept_since, self.place = self.place, stay, None
                stay.released = NEVER
            else:
                self.give_place_back()
        service.touch(team)

    def withdraw(self) -> None:
        """Leave the list in which the case waits for a first visit or a caseworker, if any."""
        team = self.team
        assert team is not None
        self.cancel_timer()
        self.give_kept_place_back()
        self.has_just_joined = False
        if self in team.queue:
            team.leave_queue(self, first=True)
        elif self in team.unassigned:
            team.leave_unassigned(self)

    def continues_at(self, destination: int) -> bool:
        """Whether the next stage needs a place in the same team, so that the case keeps its own."""
        if destination < 0:
            return False
        service = self.service
        profile = service.profile[self.office][self.inflow][destination]
        copy = service.stage_copy[self.office][destination]
        return service.kind[profile] >= KIND_CASEWORKER and service.teams[copy] is self.team

    def may_wait_at(self, destination: int) -> bool:
        """Whether the next stage has a team."""
        return destination >= 0 and self.service.stage_copy[self.office][destination] >= 0

    # -- places and desks ------------------------------------------------------------------------

    def get_place(self, worker: Worker[Case]) -> None:
        """Take a place in the caseload of a worker."""
        today = self.service.today
        self.give_kept_place_back()
        self.has_just_joined = self.is_handed_over = False
        self.place = worker
        self.stay.worker = worker.number
        if self.stay.assigned == NONE:
            self.stay.assigned = today
        worker.take(self, today)
        self.places.append(PlaceRow(worker.number, today))

    def give_place_back(self) -> None:
        """Give the place in the caseload back."""
        assert self.place is not None
        self.place.give_back(self, self.service.instant)
        self.place.team.something_changed()
        self.places[-1].until = self.service.instant
        self.place = None

    def give_kept_place_back(self) -> None:
        """Give the place back that the case has kept for this stage, if any: rule 46 (kept)."""
        keeper, service = self.kept, self.service
        if keeper is not None:
            keeper.give_back(self, service.today)
            keeper.team.something_changed()
            self.places[-1].until = self.kept_since.released = service.today
            self.kept = None
            service.freed.add(keeper.team)

    def hand_over(self) -> None:
        """Go back to the list of those without a caseworker; whatever runs, runs on."""
        assert self.place is not None
        if self in self.place.desk:
            self.place.desk.remove(self)
        self.give_place_back()
        self.ask_for_another_worker()

    def ask_for_another_worker(self) -> None:
        """Wait to be assigned as one who has been handed over, before all new cases."""
        assert self.team is not None
        self.is_handed_over = True
        self.team.join_unassigned(self, self.service.assign_handed[self.stay.profile])

    # -- visits ----------------------------------------------------------------------------------

    @property
    def is_visit_due(self) -> bool:
        """Whether a visit has fallen due and not begun."""
        visits = self.stay.visits
        return bool(visits) and visits[-1].begin == NONE and visits[-1].kind != VISIT_PARTNER

    def fall_due(self, number: int, instant: int) -> None:
        """Open the row of a visit that is due now."""
        self.visit_number = number
        self.stay.visits.append(VisitRow(number, instant))

    def plan_visit(self, number: int, due: int | None) -> None:
        """Let the next visit of a caseworker stage fall due at office instant `due`, or at once.

        A stay that ends before, or at the same instant, ends instead.
        """
        self.visit_number = number
        is_stay = self.service.ending[self.stay.profile] == ENDING_STAY
        if due is None:
            self.fall_due(number, self.service.instant)
            self.wait_for_visit()
        elif is_stay and due >= self._stay_end:
            self.expect(self._stay_end, RANK_DELAY_END, STAY_OVER)
        else:
            self.expect(due, RANK_DELAY_END, GAP_OVER)

    def wait_for_visit(self) -> None:
        """Wait on the desk of the caseworker, if there is one, until visited or the stay ends."""
        if self.place is not None:
            self.put_on_desk()
        if self.service.ending[self.stay.profile] == ENDING_STAY:
            self.expect(self._stay_end, RANK_DELAY_END, STAY_OVER)

    def put_on_desk(self) -> None:
        """Join the desk of the caseworker, at its end."""
        assert self.place is not None
        service = self.service
        rank = service.class_first if self.visit_number == 1 else service.class_later
        self.place.team.put_on_desk(self.place, self, rank[self.stay.profile])

    def is_work_over(self, number: int, last: int) -> bool:
        """Whether the visit that has just ended was the last one of a caseworker stage."""
        service, stay = self.service, self.stay
        ending = service.ending[stay.profile]
        if ending == ENDING_VISITS:
            return number - self.missed >= last
        if ending == ENDING_STAY:
            return service.now >= self._stay_end
        if stay.visits[-1].kind == VISIT_MISSED:
            return False
        load = 0 if self.place is None else self.place.load
        chance = service.closing_probability(stay.profile, load)
        return service.draws.closing(self, number) < chance

    def is_decided_at_once(self, series: int) -> bool:
        """Whether the file is urgent: the next meeting would be too late, and the draw says so."""
        service, stay = self.service, self.stay
        if service.until[stay.profile] != UNTIL_END or stay.due == NONE:
            return False
        meeting = service.next_meeting(series)
        if meeting is not None and not self.clock.is_late(
            stay.profile, stay.due, self.clock.calendar(meeting), visit_end=False
        ):
            return False
        return service.draws.urgent(self) < service.urgent_share[stay.profile]

    # -- news and appointments -------------------------------------------------------------------

    def news(self) -> News:
        """Wait for news: the event to yield."""
        self._news = News(self.service.env)
        return self._news

    def tell(self, news: str, worker: Worker[Case] | None = None) -> None:
        """Tell the case something; when this returns it has acted on it."""
        self._news.tell((news, worker))

    def expect(self, at: int, rank: int, news: str) -> None:
        """Make an appointment: `news` at office instant `at`, unless the run ends before."""
        service = self.service
        if at < service.horizon:
            self._timer = Appointment(
                service.env, at, rank, self.number, lambda: service.happens(self, news)
            )

    def lose_patience(self) -> None:
        """Leave when patience is over, unless something happens before."""
        end = self.service.draws.patience_end(self, self.service.instant)
        if end is not None:
            self.expect(end, RANK_PATIENCE, PATIENCE_OVER)

    def cancel_timer(self) -> None:
        """Take back the appointment."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
