"""The roster of one replication: who holds each seat, and when they are there.

Each kind of absence of a seat is a Poisson process on a clock of its own that runs only while the
holder is present, at the speed of the season. So a change of one kind does not touch the numbers
that another kind draws. The seat keeps these clocks when its holder changes: the time to the next
spell has no memory.

Where leaving depends on the load, only the engines know when somebody leaves. `enrol` is told the
instants that are known so far, and lets all others stay; it names everyone who may ever sit there.

Who is known by name is there at the start: their seats draw neither vacancy nor hiring.

A seat of a reserve has one worker, who is out until a trigger says otherwise, and of whose events
only those of working days are here.

Blocks of the generator, per seat. Purpose of the turnover: k = 0 is the state at the start (lanes
vacant, residual vacancy, present), k = holder gives lanes employment and vacancy after it. Purpose
of a kind of absence: k = 0 is the state at the start (lanes absent, residual length), k = 1, 2, ...
the spells (lanes exposure until the spell, its length). Purpose of hiring: k = 0 (lanes found,
lead).

At the start, a holder is absent by kind j with probability w_j / (1 + sum of w), w being rate times
mean length (times the factor of the season on the first day). It is decided by a race: exponential
times of rate 1 for "present" and w_j for each kind, the smallest wins. So the probability changes
where a rate changes, and no other kind's draw does.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from capsim.kernels import codes
from capsim.kernels.clock import delay_end, office_instant
from capsim.kernels.codes import (
    LONGEST_TENURE,
    MOST_STRAIN,
    NEVER,
    STATE_ABSENT,
    STATE_OFF,
    STATE_OUT,
    STATE_PRESENT,
)
from capsim.kernels.draws.laws import sample, ticks
from capsim.kernels.draws.philox import Word, philox, uniform
from capsim.kernels.jit import inner, jit
from capsim.kernels.tables import Laws, Staff, Time

__all__ = ["enrol"]

# Not written out: numba compiles a function anew for every number that stands in a call.
NOTHING: Any = np.int64(0)
ONE: Any = np.int64(1)
FULL_RATE: Any = np.int64(1000)
UNREACHED = 1e300
"""Exposure that no calendar reaches: the kind of absence never comes."""


@inner
def _exponential(raw: Word) -> float:
    """A unit exponential number by inversion of the uniform number of a random word."""
    return -math.log1p(-uniform(raw))


@inner
def _exposure(instant: float, row: int, day_ticks: int, season: Any, cumulative: Any) -> float:
    """The season-weighted ticks from the start to a calendar instant."""
    if row < 0:
        return float(instant)
    day = int(instant // day_ticks)
    return cumulative[row, day] + season[row, day] * (instant - day * day_ticks)


@inner
def _instant(
    exposure: float, row: int, day_ticks: int, n_days: int, season: Any, cumulative: Any
) -> float:
    """The calendar instant at which an exposure is reached, beyond the horizon if it is not."""
    if row < 0:
        return exposure
    if exposure >= cumulative[row, n_days]:
        return float(n_days * day_ticks)
    low = 0
    high = n_days
    while high - low > 1:  # cumulative[low] <= exposure < cumulative[high]
        middle = (low + high) >> 1
        if cumulative[row, middle] <= exposure:
            low = middle
        else:
            high = middle
    return low * day_ticks + (exposure - cumulative[row, low]) / season[row, low]


@inner
def _emit(events: Any, n: int, time: int, worker: int, kind: int, value: int) -> int:
    """Write event `n` if there is room for it, and give n + 1."""
    if n < events.shape[1]:
        events[0, n] = time
        events[1, n] = worker
        events[2, n] = kind
        events[3, n] = value
    return n + 1


@inner
def _hours(fte: int, week: int, days: int) -> int:
    """Thousandths of a full day that a worker has on each of so many days of the open ones."""
    return (2 * fte * week + days) // (2 * days)


@inner
def _hired(decided: int, law: int, raw: Word, calendar: Time, laws: Laws) -> int:
    """The calendar instant at which a post is filled whose lead is drawn; 0: from the start."""
    length = ticks(sample(law, raw, max(decided, NOTHING) // calendar.day_ticks, laws))
    if decided < 0 and laws.office[law] == 1:
        length += decided
        decided = NOTHING
        if length <= 0:
            return NOTHING
    hired = delay_end(decided, length, laws.office[law], calendar)
    return NOTHING if office_instant(hired, calendar) == 0 else hired


@jit
def enrol(
    key: Any,
    calendar: Time,
    laws: Laws,
    staff: Staff,
    leaves: Any,
    cumulative: Any,
    remaining: Any,
    spells: Any,
    workers: Any,
    events: Any,
    sizes: Any,
) -> None:
    """Write workers in worker order, and their events worker by worker.

    Parameters
    ----------
    key : (2,) uint64
        Key of the replication.
    calendar, laws, staff
        Tables of a plan.
    leaves : (workers,) int64
        Calendar instants at which those leave whose load decides on it, NEVER for one who has not
        left yet; none at all: nobody has.
    cumulative : (rows, n_days + 1) float64
        Season-weighted ticks from the start to the beginning of each calendar day.
    remaining : (kinds,) float64
        Working memory: exposure until the next spell of each kind, for the seat in hand.
    spells : (kinds,) int64
        Working memory: number of that spell.
    workers : (10, capacity) int64
        Filled with copy, seat, holder, fte, hours, state, rate, hired, left and tenure.
    events : (4, capacity) int64
        Filled with time, worker, kind and value.
    sizes : (2,) int64
        Filled with the numbers of workers and events. Where one exceeds its capacity the surplus
        was not written.
    """
    key_0, key_1 = key[0], key[1]
    day_ticks, n_days = calendar.day_ticks, calendar.n_days
    season = staff.season
    end = n_days * day_ticks
    horizon = calendar.horizon
    n_open = calendar.office_day[n_days]
    n_workers = NOTHING
    n_events = NOTHING
    for seat in range(staff.seat_copy.shape[0]):
        copy = staff.seat_copy[seat]
        word = staff.seat_hash[seat]
        number = staff.seat_number[seat]
        until = staff.seat_until[seat]
        turnover = staff.turnover_rate[copy]
        first_kind = staff.absence_first[copy]
        last_kind = staff.absence_first[copy + 1]
        in_reserve = staff.seat_reserve[seat] >= 0
        if in_reserve:  # who is called knows neither absence nor turnover
            turnover = 0.0
            last_kind = first_kind
        for kind in range(first_kind, last_kind):
            raw, _, _, _ = philox(key_0, key_1, ONE, staff.absence_purpose[kind], word, number)
            spells[kind] = 1
            remaining[kind] = UNREACHED
            if staff.absence_rate[kind] > 0.0:
                remaining[kind] = _exponential(raw) / staff.absence_rate[kind]
        to_vacant, to_vacancy, to_present, _ = philox(
            key_0, key_1, NOTHING, staff.turnover_purpose[copy], word, number
        )
        hired = staff.seat_from[seat]
        is_known = staff.seat_named[seat] == 1
        if not is_known and (staff.seat_filled[seat] < 1.0 or staff.seat_lead[seat] >= 0):
            to_filled, to_lead, _, _ = philox(
                key_0, key_1, NOTHING, staff.hiring_purpose[copy], word, number
            )
            if uniform(to_filled) >= staff.seat_filled[seat]:
                continue
            if staff.seat_lead[seat] >= 0:
                hired = _hired(
                    staff.seat_decided[seat], staff.seat_lead[seat], to_lead, calendar, laws
                )
        week, days, shifts = staff.seat_week[seat], staff.seat_days[seat], staff.seat_duty[seat]
        from_start = hired <= 0
        if from_start and turnover > 0.0 and not is_known:
            weight = turnover * staff.vacancy_mean[copy]
            if uniform(to_vacant) < weight / (1.0 + weight):
                from_start = False
                law = staff.vacancy_residual[copy]
                length = ticks(sample(law, to_vacancy, NOTHING, laws))
                hired = delay_end(NOTHING, length, laws.office[law], calendar)
        holder = 0
        strained = turnover > 0.0 and staff.strain.row[copy] >= 0
        while hired < until:
            hired_at = office_instant(hired, calendar)
            if hired_at >= horizon:
                break
            worker = n_workers
            holder += 1
            now = max(hired, 0)

            # Employment.
            to_employment, to_vacancy, _, _ = philox(
                key_0, key_1, holder, staff.turnover_purpose[copy], word, number
            )
            left = until
            tenure: Any = np.int64(NEVER)
            if turnover > 0.0:
                tenure = ticks(_exponential(to_employment) / turnover)
                if not strained:
                    left = min(until, now + tenure)
                    tenure = np.int64(NEVER)
                else:
                    tenure = min(tenure, LONGEST_TENURE)
                    if office_instant(now + tenure, calendar) <= hired_at:
                        left = min(until, now + tenure)  # nobody has had any load by then
                    elif worker < leaves.shape[0]:
                        left = min(until, leaves[worker])
            left_at = office_instant(left, calendar)
            if left_at >= horizon:
                left = NEVER
            rate = FULL_RATE
            fte = staff.seat_fte[seat]
            size = fte
            for cut in range(staff.cut_seat.shape[0]):
                if staff.cut_seat[cut] == seat:
                    if staff.cut_time[cut] <= now:
                        fte = staff.cut_fte[cut]
                        size = fte
                    elif staff.cut_time[cut] < left:
                        time = office_instant(staff.cut_time[cut], calendar)
                        if time < min(left_at, horizon):
                            n_events = _emit(
                                events,
                                n_events,
                                time,
                                worker,
                                codes.EVENT_SHORTENED,
                                staff.cut_fte[cut],
                            )
                            if shifts >= 0 or week == 0:
                                hours = _hours(staff.cut_fte[cut], week, days)
                                n_events = _emit(
                                    events, n_events, time, worker, codes.EVENT_HOURS, hours
                                )
                            # Where there are no places any more, or some again.
                            if week == 0 and (size == 0) != (staff.cut_fte[cut] == 0):
                                kind = codes.EVENT_RETURN if size == 0 else codes.EVENT_ABSENT
                                n_events = _emit(events, n_events, time, worker, kind, NOTHING)
                            size = staff.cut_fte[cut]
            if not from_start:
                n_events = _emit(events, n_events, hired_at, worker, codes.EVENT_HIRE, NOTHING)
                length = staff.onboarding_length[copy]
                if length != 0:
                    rate = staff.onboarding_rate[copy]
                    in_office_time = ONE if length < 0 else NOTHING
                    trained = delay_end(now, abs(length), in_office_time, calendar)
                    time = office_instant(trained, calendar)
                    if time < min(left_at, horizon):
                        n_events = _emit(
                            events, n_events, time, worker, codes.EVENT_ONBOARDED, FULL_RATE
                        )
            if left != NEVER:
                n_events = _emit(events, n_events, left_at, worker, codes.EVENT_LEAVE, NOTHING)

            # Working days.
            works = True
            if shifts >= 0:
                first_day = hired_at // day_ticks
                works = staff.duty[shifts, first_day] == 1
                if not works and not from_start:
                    n_events = _emit(events, n_events, hired_at, worker, codes.EVENT_OFF, NOTHING)
                for day in range(first_day + 1, n_open):
                    time = day * day_ticks
                    if time >= left_at:
                        break
                    on = staff.duty[shifts, day]
                    if on != staff.duty[shifts, day - 1]:
                        kind = codes.EVENT_ON if on == 1 else codes.EVENT_OFF
                        n_events = _emit(events, n_events, time, worker, kind, NOTHING)

            # Absence at the start.
            state = STATE_OUT
            if in_reserve:
                if not works:
                    n_events = _emit(events, n_events, NOTHING, worker, codes.EVENT_OFF, NOTHING)
            elif from_start:
                state = STATE_PRESENT if works else STATE_OFF
                if fte == 0:  # no places yet
                    state = STATE_ABSENT
                shortest = _exponential(to_present)
                absent = -1
                to_residual = to_present
                for kind in range(first_kind, last_kind):
                    weight = staff.absence_rate[kind] * staff.absence_mean[kind]
                    if staff.absence_season[kind] >= 0:
                        weight *= season[staff.absence_season[kind], 0]
                    raw, to_length, _, _ = philox(
                        key_0, key_1, NOTHING, staff.absence_purpose[kind], word, number
                    )
                    if weight > 0.0 and _exponential(raw) / weight < shortest:
                        shortest = _exponential(raw) / weight
                        absent = kind
                        to_residual = to_length
                if absent >= 0:
                    state = STATE_ABSENT
                    if not works:
                        n_events = _emit(
                            events, n_events, NOTHING, worker, codes.EVENT_OFF, NOTHING
                        )
                    law = staff.absence_residual[absent]
                    length = ticks(sample(law, to_residual, NOTHING, laws))
                    now = delay_end(NOTHING, length, laws.office[law], calendar)
                    time = office_instant(now, calendar)
                    if time < min(left_at, horizon):
                        n_events = _emit(
                            events, n_events, time, worker, codes.EVENT_RETURN, NOTHING
                        )

            # Absences while present.
            stop = min(left, end)
            while first_kind < last_kind and now < stop:
                begin = float(stop)
                absent = -1
                for kind in range(first_kind, last_kind):
                    row = staff.absence_season[kind]
                    reached = _exposure(now, row, day_ticks, season, cumulative)
                    instant = _instant(
                        reached + remaining[kind], row, day_ticks, n_days, season, cumulative
                    )
                    if instant < begin:
                        begin = instant
                        absent = kind
                for kind in range(first_kind, last_kind):
                    row = staff.absence_season[kind]
                    passed = _exposure(begin, row, day_ticks, season, cumulative) - _exposure(
                        now, row, day_ticks, season, cumulative
                    )
                    remaining[kind] = max(0.0, remaining[kind] - passed)
                if absent < 0:
                    break
                _, to_length, _, _ = philox(
                    key_0, key_1, spells[absent], staff.absence_purpose[absent], word, number
                )
                spells[absent] += 1
                raw, _, _, _ = philox(
                    key_0, key_1, spells[absent], staff.absence_purpose[absent], word, number
                )
                remaining[absent] = _exponential(raw) / staff.absence_rate[absent]
                begun = max(now, int(begin))
                law = staff.absence_length[absent]
                length = ticks(sample(law, to_length, begun // day_ticks, laws))
                now = delay_end(begun, length, laws.office[law], calendar)
                time = office_instant(begun, calendar)
                back = office_instant(now, calendar)
                # Nothing to be seen of an absence while the office is closed, or after leaving.
                if time == back or time >= min(left_at, horizon):
                    continue
                longest = staff.handover_after[copy]
                hands_over = 0
                if longest != NEVER:
                    # Where one is in office time and the other is not, they meet in calendar time.
                    measured = length
                    if (longest < 0) != (laws.office[law] == 1):
                        if longest < 0:
                            longest *= n_days
                            measured *= n_open
                        else:
                            longest *= n_open
                            measured *= n_days
                    hands_over = int(measured > abs(longest))
                n_events = _emit(events, n_events, time, worker, codes.EVENT_ABSENT, hands_over)
                if back < min(left_at, horizon):
                    n_events = _emit(events, n_events, back, worker, codes.EVENT_RETURN, NOTHING)

            if worker < workers.shape[1]:
                workers[0, worker] = copy
                workers[1, worker] = number
                workers[2, worker] = holder
                workers[3, worker] = fte
                workers[4, worker] = _hours(fte, week, days)
                workers[5, worker] = state
                workers[6, worker] = rate
                workers[7, worker] = NEVER if in_reserve else max(hired, 0)
                workers[8, worker] = left
                workers[9, worker] = tenure
            n_workers += 1
            from_start = False
            if left >= until:  # never, or with the seat
                break
            law = staff.vacancy[copy]
            length = ticks(sample(law, to_vacancy, left // day_ticks, laws))
            hired = delay_end(left, length, laws.office[law], calendar)

        # Whoever may ever follow: at ten times the rate the others would have left by the end.
        if not strained:
            continue
        shortest = 0
        follower = 1
        while shortest < end or follower <= holder:
            to_employment, _, _, _ = philox(
                key_0, key_1, follower, staff.turnover_purpose[copy], word, number
            )
            tenure = min(ticks(_exponential(to_employment) / turnover), LONGEST_TENURE)
            shortest += max(ONE, tenure // MOST_STRAIN)
            if follower > holder:
                if n_workers < workers.shape[1]:
                    workers[0, n_workers] = copy
                    workers[1, n_workers] = number
                    workers[2, n_workers] = follower
                    workers[3, n_workers] = staff.seat_fte[seat]
                    workers[4, n_workers] = _hours(staff.seat_fte[seat], week, days)
                    workers[5, n_workers] = STATE_OUT
                    workers[6, n_workers] = FULL_RATE
                    workers[7, n_workers] = end
                    workers[8, n_workers] = end
                    workers[9, n_workers] = tenure
                n_workers += 1
            follower += 1
    sizes[0] = n_workers
    sizes[1] = n_events
