"""The life of an applicant, as one process that a social worker could follow on paper.

`Applicant.life` goes from stage to stage. In each stage the applicant waits, is visited, waits for
the next visit, and at last for a decision. Wherever the text says `yield self.news()`, time passes
until somebody or something has news for the applicant: a worker starts the visit, a gap is over,
patience is over, the worker has left. What the applicant does about it takes no time; afterwards
the service looks whom the teams can now take (`Service.finish`).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from capsim.engines.reference.case import (
    ASSIGNED,
    BY_PARTNER,
    DECIDED,
    GAP_OVER,
    HANDED_OVER,
    PATIENCE_OVER,
    STARTED,
    STAY_OVER,
    TURNED_AWAY,
    VISIT_OVER,
    Case,
)
from capsim.engines.reference.clock import News
from capsim.engines.reference.team import Worker
from capsim.kernels.codes import (
    ENDING_STAY,
    ENDING_VISITS,
    INITIAL_AGELESS,
    INITIAL_VISITED,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_PLACES,
    KIND_POOLED,
    LATE_NO,
    LATE_YES,
    NONE,
    NOT_INITIAL,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_TURNED_AWAY,
    RANK_DELAY_END,
    RANK_VISIT_END,
    UNTIL_START,
    VISIT_MISSED,
    VISIT_PARTNER,
)

Waiting = Generator[News, Any, Any]


class Applicant(Case):
    """An applicant who goes through the service."""

    def life(self) -> Waiting:
        """Go from stage to stage until an exit is reached."""
        stage = self.entry
        while stage >= 0:
            kind = self.enter(stage)
            if kind == KIND_DELAY:
                outcome = yield from self.delay()
            elif kind == KIND_POOLED:
                outcome = yield from self.pooled_visits()
            elif kind == KIND_PLACES:
                outcome = yield from self.stay_in_a_place()
            else:
                outcome = yield from self.caseworker_visits()
            if outcome == OUTCOME_COMPLETED:
                self.stay.served = self.service.instant
                yield from self.decision()
            stage = self.destination(outcome)
            self.leave(outcome, stage)
        self.left, self.exit = self.service.instant, -stage - 1

    def delay(self) -> Waiting:
        """Let the stay of a stage without a team pass."""
        if self.is_first_of_initial:
            end = self.service.initial_stay_end(self, 0)
        else:
            end = self.service.draws.stay_end(self, self.service.instant)
        self.expect(end, RANK_DELAY_END, STAY_OVER)
        yield self.news()
        return OUTCOME_COMPLETED

    def pooled_visits(self) -> Waiting:
        """Wait for any free worker, be visited, and so on for every visit."""
        service, stay, team = self.service, self.stay, self.team
        assert team is not None
        begin, last = 1, service.draws.visits(self, service.instant)
        if self.is_in_hand:
            begin, last = self.last_visit + 1, self.last_visit + service.initial_visits(self)
        number = begin - 1
        while number - self.missed < last:
            number += 1
            first = number == 1
            if not first:
                gap_end: int | None
                if number == begin:
                    gap_end = service.initial_gap_end(self)
                else:
                    gap_end = service.draws.gap_end(self, number - 1, service.instant)
                if gap_end is not None:
                    self.expect(gap_end, RANK_DELAY_END, GAP_OVER)
                    yield self.news()
            self.fall_due(number, stay.joined if first else service.instant)
            rank = service.class_first if first else service.class_later
            team.join_queue(self, rank[stay.profile], first=first)
            service.touch(team)
            if first:
                self.has_just_joined = self.initial == NOT_INITIAL or len(self.stays) > 1
                self.lose_patience()
            told, worker = yield self.news()
            if told == PATIENCE_OVER:
                return OUTCOME_LEFT
            if told == TURNED_AWAY:
                return OUTCOME_TURNED_AWAY
            self.give_kept_place_back()
            yield from self.visit(worker)
        return OUTCOME_COMPLETED

    def caseworker_visits(self) -> Waiting:
        """Get a caseworker, and be visited by that worker until the work of the stage is over."""
        service, stay, team = self.service, self.stay, self.team
        assert team is not None
        number, last = 1, 0
        if service.ending[stay.profile] == ENDING_VISITS:
            last = service.draws.visits(self, service.instant)
        is_in_hand = self.is_in_hand
        if is_in_hand:
            if self.keeper >= 0:
                self.get_place(service.workers[self.keeper])
            else:
                self.ask_for_another_worker()
        elif self.place is None:
            told, worker = yield from self.assignment()
            if told == PATIENCE_OVER:
                return OUTCOME_LEFT
            if told == TURNED_AWAY:
                return OUTCOME_TURNED_AWAY
            self.get_place(worker)
        else:
            stay.assigned, stay.worker = service.today, self.place.number
            service.touch(team)
        is_counted = self.is_first_of_initial and self.initial <= INITIAL_AGELESS
        if is_in_hand:
            number = self.last_visit + 1
            if self.initial == INITIAL_VISITED:
                last = self.last_visit + service.initial_visits(self)
            self._stay_end = service.initial_stay_end(self, 0)
            self.plan_visit(number, service.initial_gap_end(self))
        elif is_counted and service.now == 0:
            # Who has a place when the run opens has had it, and a first visit, before.
            number, last = 2, 1 + service.initial_visits(self)
            self._stay_end = service.initial_stay_end(self, 0)
            self.plan_visit(number, service.initial_gap_end(self))
        else:
            if service.ending[stay.profile] == ENDING_STAY:
                if is_counted:
                    self._stay_end = service.initial_stay_end(self, service.today)
                else:
                    self._stay_end = service.draws.stay_end(self, service.today)
            if self.is_partners(number):
                self.visit_number = number
                self.expect(service.now, RANK_DELAY_END, GAP_OVER)
            else:
                self.fall_due(number, service.today)
                self.wait_for_visit()
        while True:
            told, worker = yield from self.until_visited()
            if told == STAY_OVER:
                return OUTCOME_COMPLETED
            if told == BY_PARTNER:
                self.meet_partner(number)
            else:
                yield from self.visit(worker)
            is_over = self.is_work_over(number, last)
            if self.is_marked:
                self.is_marked = False
                self.give_place_back()
                if not is_over:
                    self.ask_for_another_worker()
            if is_over:
                return OUTCOME_COMPLETED
            gap_end = service.draws.gap_end(self, number, service.instant)
            number += 1
            while gap_end is None and self.is_partners(number):
                self.meet_partner(number)
                if self.is_work_over(number, last):
                    return OUTCOME_COMPLETED
                number += 1
            self.plan_visit(number, gap_end)

    def stay_in_a_place(self) -> Waiting:
        """Get a place, and let the stay pass."""
        service, stay, team = self.service, self.stay, self.team
        assert team is not None
        if self.place is None:
            told, keeper = yield from self.assignment()
            if told == PATIENCE_OVER:
                return OUTCOME_LEFT
            if told == TURNED_AWAY:
                return OUTCOME_TURNED_AWAY
            self.get_place(keeper)
        else:
            stay.assigned, stay.worker = service.today, self.place.number
            service.touch(team)
        self.note_start(service.today)
        if self.is_first_of_initial:
            end = service.initial_stay_end(self, service.today if service.now else 0)
        else:
            end = service.draws.stay_end(self, service.today)
        self.expect(end, RANK_DELAY_END, STAY_OVER)
        yield self.news()
        return OUTCOME_COMPLETED

    def assignment(self) -> Waiting:
        """Wait for a caseworker or a place; initial cases with those handed over."""
        service, stay, team = self.service, self.stay, self.team
        assert team is not None
        is_initial = self.is_first_of_initial
        rank = service.assign_handed if is_initial else service.assign_new
        team.join_unassigned(self, rank[stay.profile])
        service.touch(team)
        if not is_initial:
            self.has_just_joined = True
            self.lose_patience()
        told = yield self.news()
        self.cancel_timer()
        return told

    def until_visited(self) -> Waiting:
        """Wait for the next visit: who starts it, or that a partner does, or the stay is over."""
        service, stay, team = self.service, self.stay, self.team
        assert team is not None
        while True:
            told, worker = yield self.news()
            if told == STARTED:
                return told, worker
            elif told == GAP_OVER and self.is_partners(self.visit_number):
                service.touch(team)
                return BY_PARTNER, None
            elif told == GAP_OVER:
                self.fall_due(self.visit_number, service.today)
                self.wait_for_visit()
            elif told == STAY_OVER:
                if self.is_visit_due:
                    stay.lapsed += 1
                    if self.place is not None:
                        self.place.desk.remove(self)
                return told, None
            elif told == HANDED_OVER:
                self.hand_over()
            elif told == ASSIGNED:
                self.get_place(worker)
                if self.is_visit_due:
                    self.put_on_desk()
            service.touch(team)

    def visit(self, worker: Worker[Case]) -> Waiting:
        """Be visited by a worker, whom nothing interrupts."""
        service, stay, row = self.service, self.stay, self.stay.visits[-1]
        self.cancel_timer()
        self.has_just_joined = False
        now = service.now
        stay.worker = row.worker = worker.number
        row.begin = now
        row.kind = service.draws.kind_of_visit(self, row.number)
        if row.kind == VISIT_MISSED:
            row.work = service.draws.lost(self, row.number, service.today)
        else:
            self.note_start(service.today)
            row.work = service.draws.work(self, row.number, service.today, self.missed)
        speed = worker.speed
        row.duration = max(1, (row.work * 10**9 + speed // 2) // speed)
        self.expect(now + row.duration, RANK_VISIT_END, VISIT_OVER)
        yield self.news()
        now = service.now
        row.end = now
        if row.kind == VISIT_MISSED:
            self.missed += 1
        else:
            stay.done += 1
            worker.visits += 1
        worker.worked += row.work
        worker.count_idle_time(now)
        worker.visiting = None
        worker.free_since = now
        service.touch(worker.team)

    def meet_partner(self, number: int) -> None:
        """Have a visit by a partner organisation, which takes no time, as it falls due."""
        stay = self.stay
        self.fall_due(number, self.service.instant)
        row = stay.visits[-1]
        row.kind, row.work = VISIT_PARTNER, 0
        self.note_start(row.due)
        stay.done += 1

    def note_start(self, instant: int) -> None:
        """The first visit that is held starts: note when, and judge a deadline until then."""
        service, stay = self.service, self.stay
        if stay.started == NONE:
            stay.started = instant
            if service.until[stay.profile] == UNTIL_START and stay.due != NONE:
                late = self.clock.is_late(stay.profile, stay.due, instant, visit_end=False)
                stay.late = LATE_YES if late else LATE_NO

    def is_partners(self, number: int) -> bool:
        """Whether a partner does this visit."""
        return self.service.draws.kind_of_visit(self, number) == VISIT_PARTNER

    def decision(self) -> Waiting:
        """Wait for the meeting that decides on the file, unless none is needed or it is urgent."""
        service, stay, team = self.service, self.stay, self.team
        series = service.decision_series[stay.profile]
        if series < 0 or self.is_decided_at_once(series):
            return
        service.file(series, self)
        is_caseworker = service.kind[stay.profile] == KIND_CASEWORKER
        if is_caseworker and self.place is None and team and self not in team.unassigned:
            self.ask_for_another_worker()
        while True:
            told, worker = yield self.news()
            if told == DECIDED:
                return
            elif told == HANDED_OVER:
                self.hand_over()
            elif told == ASSIGNED:
                self.get_place(worker)
