"""What must hold in the log of every run, whatever the scenario: checked from the tables alone.

Nothing here follows the events again. Each function looks at a log from one side: whereabouts of
cases, hours of workers, places, queues, meetings, deadlines, sums. What holds of the state between
two events, such as that nobody waits for a free worker, the reference engine verifies itself.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np

from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_LEAVE,
    EVENT_OFF,
    EVENT_ON,
    EVENT_RETURN,
    EVENT_SHORTENED,
    KIND_CASEWORKER,
    KIND_DELAY,
    KIND_POOLED,
    NEVER,
    NONE,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_OPEN,
    OUTCOME_TURNED_AWAY,
    STATE_OFF,
    STATE_PRESENT,
    UNTIL_END,
    VISIT_MISSED,
    VISIT_PARTNER,
)
from capsim.log import Log


class Audit:
    """A log with what the checks need of its plan."""

    def __init__(self, log: Log) -> None:
        self.log, self.plan, self.luck = log, log.plan, log.luck
        self.H = self.plan.time.day_ticks
        self.end = self.plan.time.n_days * self.H
        case = log.stay_case
        self.office = self.luck.office[case]
        self.profile = self.plan.network.profile[
            self.office, self.luck.inflow[case], log.stay_stage
        ]
        self.kind = self.plan.profiles.kind[self.profile]
        self.copy = self.plan.network.stage_copy[self.office, log.stay_stage]

    def tick(self, instant: int) -> int:
        """First office instant at or after a calendar instant; the horizon for later ones."""
        day, second = divmod(int(instant), self.H)
        if day >= self.plan.time.n_days:
            return self.plan.time.horizon
        return int(self.plan.time.office_day[day]) * self.H + second * int(
            self.plan.time.is_open[day]
        )

    def calendar(self, tick: int) -> int:
        """Calendar instant of an office instant."""
        return int(self.plan.time.open_day[tick // self.H]) * self.H + tick % self.H

    def places(self, worker: int, tick: int) -> int:
        """Thousandths of places that a team of places has, after the roster of an instant."""
        luck = self.luck
        mine = (luck.roster_worker == worker) & (luck.roster_kind == EVENT_SHORTENED)
        changes = luck.roster_value[mine & (luck.roster_time <= tick)]
        return int(changes[-1] if len(changes) else luck.worker_fte[worker])

    def present(self) -> np.ndarray:
        """(workers, horizon) whether each worker is employed and present in each second."""
        n, horizon = len(self.luck.worker_copy), self.plan.time.horizon
        there = np.zeros((n, horizon), bool)
        there[np.isin(self.luck.worker_state, (STATE_PRESENT, STATE_OFF))] = True
        on_duty = np.ones((n, horizon), bool)
        on_duty[self.luck.worker_state == STATE_OFF] = False
        for at, worker, kind in zip(
            self.luck.roster_time, self.luck.roster_worker, self.luck.roster_kind, strict=True
        ):
            if kind in (EVENT_HIRE, EVENT_RETURN):
                there[worker, at:] = True
            elif kind in (EVENT_ABSENT, EVENT_LEAVE):
                there[worker, at:] = False
            elif kind in (EVENT_ON, EVENT_OFF):
                on_duty[worker, at:] = kind == EVENT_ON
        return there & on_duty

    def busy(self) -> np.ndarray:
        """(workers, horizon) how many visits each worker is at in each second."""
        log = self.log
        change = np.zeros((len(self.luck.worker_copy), self.plan.time.horizon + 1), int)
        begun = log.visit_begin != NONE
        ends = np.where(log.visit_end == NONE, self.plan.time.horizon, log.visit_end)
        np.add.at(change, (log.visit_worker[begun], log.visit_begin[begun]), 1)
        np.add.at(change, (log.visit_worker[begun], ends[begun]), -1)
        return change.cumsum(axis=1)[:, :-1]


def everyone_is_in_one_place(audit: Audit) -> None:
    """Stays of a case follow each other without gap; the last is open or leads to the exit."""
    log = audit.log
    stays: dict[int, list[int]] = defaultdict(list)
    for row, case in enumerate(log.stay_case.tolist()):
        stays[case].append(row)
    assert sorted(stays) == np.flatnonzero(log.case_seen).tolist()
    for case, rows in stays.items():
        for row, following in pairwise(rows):
            assert log.stay_ended[row] == log.stay_joined[following] != NONE
        last = rows[-1]
        assert log.case_left[case] == log.stay_ended[last]
        assert (log.stay_outcome[last] == OUTCOME_OPEN) == (log.case_exit[case] == -1)
        times: dict[int, int] = defaultdict(int)
        for row in rows:
            times[int(log.stay_stage[row])] += 1
            assert log.stay_nth[row] == times[int(log.stay_stage[row])]
            happened = [
                instant
                for instant in (log.stay_joined[row], log.stay_served[row], log.stay_ended[row])
                if instant != NONE
            ]
            assert happened == sorted(happened)
            assert happened[-1] <= audit.end


def nobody_works_twice_or_while_away(audit: Audit) -> None:
    """Visits of a worker do not overlap, and begin while the worker is employed and present."""
    log, there = audit.log, audit.present()
    assert audit.busy().max(initial=0) <= 1
    begun = log.visit_begin != NONE
    at_work = there[log.visit_worker[begun], log.visit_begin[begun]]
    # The opening comes before the first change of the roster, even at the first instant.
    opening = log.visit_begin[begun] == 0
    at_first = audit.luck.worker_state[log.visit_worker[begun]] == STATE_PRESENT
    assert (at_work | (opening & at_first)).all()
    copies = audit.luck.worker_copy[log.visit_worker[begun]]
    assert (copies == audit.copy[log.visit_stay[begun]]).all()


def queues_are_in_order(audit: Audit) -> None:
    """In a queue by joining nobody of the same class is overtaken by one who joined later."""
    log, plan = audit.log, audit.plan
    lists: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row, stay in enumerate(log.visit_stay.tolist()):
        copy, profile = int(audit.copy[stay]), audit.profile[stay]
        gone = log.stay_outcome[stay] in (OUTCOME_LEFT, OUTCOME_TURNED_AWAY)
        if audit.kind[stay] != KIND_POOLED or plan.copies.by_deadline[copy] or gone:
            continue
        classes = (
            plan.profiles.class_first if log.visit_number[row] == 1 else plan.profiles.class_later
        )
        begin = int(log.visit_begin[row])
        lists[copy, int(classes[profile])].append(
            (int(log.visit_due[row]), NEVER if begin == NONE else begin)
        )
    for entries in lists.values():
        entries.sort()
        latest_of_earlier, latest = -1, -1
        for (due, begin), (next_due, _) in pairwise([*entries, (NEVER, NEVER)]):
            assert begin >= latest_of_earlier
            latest = max(latest, begin)
            if next_due > due:
                latest_of_earlier = latest


def caseloads_keep_to_the_limit(audit: Audit) -> None:
    """Two or more open cases of a worker never weigh more than the limit allows."""
    log, plan, luck = audit.log, audit.plan, audit.luck
    assert (log.place_until >= log.place_from)[log.place_until != NONE].all()
    for worker in range(len(luck.worker_copy)):
        rows = np.flatnonzero(log.place_worker == worker)
        until = np.where(log.place_until[rows] == NONE, audit.end, log.place_until[rows])
        since, case = log.place_from[rows], log.place_case[rows]
        assert log.worker_caseload[worker] == (until - since).sum()
        if not len(rows):
            assert log.worker_caseload_max[worker] == 0
            continue
        weight = plan.network.inflow_weight[luck.inflow[case]]
        limit = int(plan.copies.limit[luck.worker_copy[worker]])
        of_places = plan.copies.of_places[luck.worker_copy[worker]] == 1
        for instant in np.unique(since):
            held = (since <= instant) & (until > instant)
            assert held.sum() <= log.worker_caseload_max[worker]
            if of_places:
                assert 1000 * held.sum() <= audit.places(worker, audit.tick(instant))
            elif limit >= 0 and held.sum() > 1:
                assert weight[held].sum() * 1000 <= limit * luck.worker_fte[worker]


def files_are_decided_at_meetings(audit: Audit) -> None:
    """In order of finishing, no more than there are places; or at once where urgency is."""
    log, plan = audit.log, audit.plan
    decided: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    waiting: dict[int, list[tuple[int, int]]] = defaultdict(list)
    meetings = defaultdict(set)
    for at, series in zip(
        plan.meetings.held.tolist(), plan.meetings.held_series.tolist(), strict=True
    ):
        meetings[series].add(audit.calendar(at))
    for stay in np.flatnonzero(log.stay_served != NONE).tolist():
        series = int(plan.profiles.decision[audit.profile[stay]])
        served, ended = int(log.stay_served[stay]), int(log.stay_ended[stay])
        entry = (audit.tick(served), int(log.stay_case[stay]))
        if series < 0:
            assert served == ended
        elif ended == NONE:
            waiting[series].append(entry)
        elif ended in meetings[series] and not (
            ended == served and plan.rules.urgent[audit.profile[stay]]
        ):
            decided[series, ended].append(entry)
        else:
            assert ended == served
            assert plan.rules.urgent[audit.profile[stay]] > 0
    latest: dict[int, tuple[int, int]] = {}
    for series, ended in sorted(decided):
        files = sorted(decided[series, ended])
        places = int(plan.meetings.places[series])
        assert places < 0 or len(files) <= places
        assert latest.get(series, (-1, -1)) < files[0]
        latest[series] = files[-1]
    for series, files in waiting.items():
        assert min(files) > latest.get(series, (-1, -1))


def waits_end_as_they_may(audit: Audit) -> None:
    """Who left never started; the turned away go as they come; delays see no worker."""
    log, plan = audit.log, audit.plan
    left = log.stay_outcome == OUTCOME_LEFT
    turned = log.stay_outcome == OUTCOME_TURNED_AWAY
    assert (log.stay_started[left | turned] == NONE).all()
    assert (log.stay_assigned[left | turned] == NONE).all()
    if not plan.profiles.least_urgent.any():
        assert (log.stay_ended[turned] == log.stay_joined[turned]).all()
    assert (plan.profiles.room[audit.profile[turned]] >= 0).all()
    assert (log.stay_worker[audit.kind == KIND_DELAY] == -1).all()
    completed = log.stay_outcome == OUTCOME_COMPLETED
    assert (log.stay_served[completed] != NONE).all()
    assert (log.stay_assigned[audit.kind < KIND_CASEWORKER] == NONE).all()
    pooled = completed & (audit.kind == KIND_POOLED)
    assert (log.stay_visits[pooled] >= 1).all()


def deadlines_are_judged(audit: Audit) -> None:
    """Completed within the due instant is in time and beyond it late, where that is the rule."""
    log, plan = audit.log, audit.plan
    has = (log.stay_due != NONE) & (plan.profiles.until[audit.profile] == UNTIL_END)
    completed = has & (log.stay_outcome == OUTCOME_COMPLETED)
    before = completed & (log.stay_ended < log.stay_due)
    after = completed & (log.stay_ended > log.stay_due)
    assert (log.stay_late[before] == 0).all()
    assert (log.stay_late[after] == 1).all()
    still_open = has & (log.stay_outcome == OUTCOME_OPEN)
    expected = np.where(log.stay_due <= audit.end, 1, 2)
    assert (log.stay_late[still_open] == expected[still_open]).all()
    assert (log.stay_late[log.stay_due == NONE] == 2).all()


def sums_agree(audit: Audit) -> None:
    """Little's law to the last tick, and hours of workers from their visits.

    The area under the number of cases present is the sum of their times, by stays and by cases.
    """
    log, horizon = audit.log, audit.plan.time.horizon
    ended = np.where(log.stay_ended == NONE, audit.end, log.stay_ended)
    in_stages = int((ended - log.stay_joined).sum())
    change = np.concatenate([log.stay_joined, ended])
    signs = np.concatenate([np.ones(len(ended), int), -np.ones(len(ended), int)])
    order = np.argsort(change, kind="stable")
    path = np.cumsum(signs[order])
    area = int((path[:-1] * np.diff(change[order])).sum()) if len(change) else 0
    assert area == in_stages
    seen = np.flatnonzero(log.case_seen)
    left = np.where(log.case_left[seen] == NONE, audit.end, log.case_left[seen])
    first = np.array([log.stay_joined[log.stay_case == case][0] for case in seen], int)
    assert int((left - first).sum()) == in_stages

    begun = log.visit_begin != NONE
    finished = log.visit_end != NONE
    free = audit.present() & (audit.busy() == 0)
    for worker in range(len(audit.luck.worker_copy)):
        own = begun & (log.visit_worker == worker)
        done = int(log.visit_work[own & finished].sum())
        in_hand = int(log.visit_work[own & ~finished].sum())
        assert done <= log.worker_worked[worker] <= done + in_hand
        held = own & finished & (log.visit_kind != VISIT_MISSED)
        assert log.worker_visits[worker] == held.sum()
        works = audit.luck.worker_hours[worker] > 0
        assert (log.worker_idle[worker] > 0) == bool(works and free[worker].any())
    held = (finished & (log.visit_kind != VISIT_MISSED)) | (log.visit_kind == VISIT_PARTNER)
    visits = np.bincount(log.visit_stay[held], minlength=len(log.stay_case))
    assert (visits == log.stay_visits).all()
    assert horizon == 0 or (log.visit_begin[begun] < horizon).all()


CHECKS = (
    everyone_is_in_one_place,
    nobody_works_twice_or_while_away,
    queues_are_in_order,
    caseloads_keep_to_the_limit,
    files_are_decided_at_meetings,
    waits_end_as_they_may,
    deadlines_are_judged,
    sums_agree,
)
