"""The applicants of one replication, source by source, and their arrangement in case order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from capsim.kernels.clock import delay_end, office_instant
from capsim.kernels.codes import (
    BURDEN_UNIT,
    INITIAL_AGELESS,
    INITIAL_WITH_AGE,
    NOT_INITIAL,
    SOURCE_EXACT,
    SOURCE_INITIAL,
    SOURCE_RATE,
    SOURCE_TRACE,
)
from capsim.kernels.draws.laws import sample, ticks, word_of
from capsim.kernels.draws.philox import GRID, Word, philox, uniform
from capsim.kernels.jit import inner, jit
from capsim.kernels.tables import Applicants, Arrivals, Laws, Time

__all__ = ["arrange", "collect", "weigh"]

# Not written out: numba compiles a function anew for every number that stands in a call.
NOTHING: Any = np.int64(0)
ONE: Any = np.int64(1)


@inner
def _office(raw: Word, office_upto: Any) -> int:
    """The office whose share of [0, 1) holds the uniform number of a random word."""
    u = uniform(raw)
    office = 0
    n = office_upto.shape[0]
    while n > 1:  # the office is one of the n from `office` on
        half = n >> 1
        office += half * int(u >= office_upto[office + half - 1])  # no branch to be mispredicted
        n -= half
    return office


@inner
def _week_factor(key: Any, purpose: Word, word: Word, week: int, shape: float) -> float:
    """A gamma number of mean 1, by the method of Marsaglia and Tsang (2000), keyed by the week."""
    key_0, key_1 = key[0], key[1]
    attempt = NOTHING
    boost = 1.0
    grown = shape
    if shape < 1.0:
        _, _, _, raw = philox(key_0, key_1, attempt, purpose, word, week)
        boost = math.exp(math.log1p(-uniform(raw)) / shape)
        grown = shape + 1.0
    level = grown - 1.0 / 3.0
    width = 1.0 / math.sqrt(9.0 * level)
    while True:
        to_radius, to_angle, to_test, _ = philox(key_0, key_1, attempt, purpose, word, week)
        radius = math.sqrt(-2.0 * math.log1p(-uniform(to_radius)))
        normal = radius * math.cos(2.0 * math.pi * uniform(to_angle))
        cube = (1.0 + width * normal) ** 3
        if cube > 0.0 and math.log1p(-uniform(to_test)) < (
            0.5 * normal * normal + level - level * cube + level * math.log(cube)
        ):
            return boost * level * cube / shape
        attempt += ONE


@inner
def _remaining(cell: int, raw: Word, arrivals: Arrivals, laws: Laws) -> float:
    """What is left of something in hand, given how long it has lasted: X - a given X > a.

    A part of a mixture is chosen by its share among those that last longer; then the word is put
    into the upper tail that is left of the part's law.
    """
    first = arrivals.listed_part[cell]
    last = arrivals.listed_part[cell + 1] - 1
    if first > last:
        return 0.0
    part = first
    if first < last:
        u = uniform(raw)
        while part < last and u >= arrivals.part_upto[part]:
            part += 1
        below = arrivals.part_upto[part - 1] if part > first else 0.0
        raw = word_of(min((u - below) / (arrivals.part_upto[part] - below), 1.0 - GRID))
    beyond = arrivals.part_beyond[part]
    if beyond < 1.0:
        raw = word_of(min(1.0 - (1.0 - uniform(raw)) * beyond, 1.0 - GRID))
    return sample(arrivals.part_law[part], raw, NOTHING, laws) - arrivals.part_past[part]


@jit
def collect(
    key: Any,
    purposes: tuple[Word, Word, Word, Word],
    calendar: Time,
    laws: Laws,
    profile: Any,
    order: Any,
    arrivals: Arrivals,
    found: Applicants,
    initial: Any,
) -> int:
    """The number of applicants who join before the horizon; -1 if the arrays are too short.

    Parameters
    ----------
    key : (2,) uint64
        Key of the replication.
    purposes : tuple of uint64
        Hashes of the purposes of cases, arrivals, initial cases and weeks.
    calendar, laws, arrivals
        Tables of a plan.
    profile : (offices, inflows, stages) int64
        Row of the profiles.
    order : (sources,) int64
        Sources by inflow, then by number: within equal instants of application the order of cases.
    found : Applicants
        Arrays of one length, filled source by source.
    initial : (initial cases, 8) int64
        Kind, residual gap, residual stay and residual visits, instant of joining, number of the
        last visit, office instant of the next one, row of the list or -1; initial cases are the
        first rows.
    """
    key_0, key_1 = key[0], key[1]
    purpose_case, purpose_arrival, purpose_initial, purpose_week = purposes
    applied, join, office, source, index, trace = found
    day_ticks, n_days, office_day = calendar.day_ticks, calendar.n_days, calendar.office_day
    horizon = calendar.horizon
    capacity = applied.shape[0]
    offices = arrivals.office_upto.shape[1]
    n = 0
    for pass_ in range(2):  # initial cases first
        for position in range(order.shape[0]):
            s = order[position]
            kind = arrivals.source_kind[s]
            if (kind == SOURCE_INITIAL) != (pass_ == 0):
                continue
            to_all = arrivals.source_office[s]
            upto = arrivals.office_upto[arrivals.source_inflow[s]]
            if kind == SOURCE_RATE:
                piece = arrivals.source_first[s]
                last = arrivals.source_last[s]
                target = 0.0
                before = 0.0  # cumulative rate at the beginning of the piece
                number = NOTHING  # of the next person
                group = NOTHING
                day = NOTHING  # instants ascend, so their days do
                week = -ONE
                factor = 1.0
                level = 0.0
                while piece < last:
                    raw, to_size, _, _ = philox(
                        key_0, key_1, NOTHING, purpose_arrival, arrivals.source_hash[s], group
                    )
                    target -= math.log1p(-uniform(raw))
                    while piece < last:
                        length = arrivals.segment_start[piece + 1] - arrivals.segment_start[piece]
                        level = arrivals.segment_rate[piece]
                        if arrivals.segment_shape[piece] > 0.0:
                            if arrivals.segment_week[piece] != week:
                                week = arrivals.segment_week[piece]
                                factor = _week_factor(
                                    key,
                                    purpose_week,
                                    arrivals.source_hash[s],
                                    week,
                                    arrivals.segment_shape[piece],
                                )
                            level *= factor
                        after = before + level * length
                        if target < after:
                            break
                        before = after
                        piece += 1
                    if piece == last:
                        break
                    elapsed = int((target - before) / level)
                    instant = arrivals.segment_start[piece] + min(elapsed, length - 1)
                    while day < n_days and instant >= (day + 1) * day_ticks:
                        day += 1
                    joined = office_day[day] * day_ticks
                    if calendar.is_open[day]:
                        joined += instant - day * day_ticks
                    size = ONE
                    if arrivals.source_group[s] >= 0:
                        value = sample(arrivals.source_group[s], to_size, day, laws)
                        size = max(ONE, ticks(value))
                    if joined < horizon:
                        to = max(to_all, NOTHING)
                        if offices > 1 and to_all < 0:
                            raw, _, _, _ = philox(
                                key_0, key_1, NOTHING, purpose_case, arrivals.source_hash[s], number
                            )
                            to = _office(raw, upto)
                        if n + size > capacity:
                            return -1
                        for member in range(size):
                            office[n] = to
                            applied[n] = instant
                            join[n] = joined
                            source[n] = s
                            index[n] = number + member
                            trace[n] = -1
                            n += 1
                    number += size
                    group += 1
                continue
            for j in range(arrivals.source_n[s]):
                if n == capacity:
                    return -1
                number = j
                if kind == SOURCE_TRACE:
                    number = arrivals.trace_index[arrivals.source_first[s] + j]
                to_office, to_take_up, to_lag, _ = philox(
                    key_0, key_1, NOTHING, purpose_case, arrivals.source_hash[s], number
                )
                office[n] = to_all
                if to_all < 0:
                    office[n] = _office(to_office, upto)
                source[n] = s
                index[n] = number
                trace[n] = -1
                if kind == SOURCE_INITIAL:
                    to_age, to_gap, to_stay, to_visits = philox(
                        key_0, key_1, NOTHING, purpose_initial, arrivals.source_hash[s], number
                    )
                    applied[n] = -1
                    join[n] = 0
                    listed = arrivals.source_listed[s]
                    initial[n, 0] = INITIAL_AGELESS
                    initial[n, 4] = 0
                    initial[n, 5] = 0
                    initial[n, 6] = -1
                    initial[n, 7] = listed
                    law = arrivals.source_first[s]
                    if law >= 0:
                        initial[n, 0] = INITIAL_WITH_AGE
                        age = ticks(sample(law, to_age, NOTHING, laws))
                        if laws.office[law] and office_day[n_days] > 0:
                            # Before the start there is no calendar: as many days to an office
                            # day as in the run.
                            age = (age * n_days + office_day[n_days] - 1) // office_day[n_days]
                        applied[n] = -age
                        initial[n, 4] = -age
                    if listed >= 0:
                        initial[n, 0] = arrivals.listed_kind[listed]
                        applied[n] = arrivals.listed_applied[listed]
                        initial[n, 4] = arrivals.listed_joined[listed]
                        initial[n, 5] = arrivals.listed_done[listed]
                        initial[n, 6] = arrivals.listed_due[listed]
                    row = profile[office[n], arrivals.source_inflow[s], arrivals.source_entry[s]]
                    for column in range(1, 4):
                        law = arrivals.residual_visits[row]
                        raw = to_visits
                        if column == 1:
                            law = arrivals.residual_gap[row]
                            raw = to_gap
                        elif column == 2:
                            law = arrivals.residual_stay[row]
                            raw = to_stay
                        initial[n, column] = -1
                        knows = NOTHING
                        if listed >= 0:
                            knows = arrivals.listed_knows[listed, column - 1]
                        if knows > 0:
                            cell = 3 * listed + column - 1
                            left = _remaining(cell, raw, arrivals, laws)
                            initial[n, column] = ticks(left)
                            if column < 3 and left < 0.5:
                                initial[n, column] = 0  # it is over at the opening
                        elif knows == 0 and law >= 0:
                            value = sample(law, raw, NOTHING, laws)
                            initial[n, column] = ticks(value)
                    if horizon > 0:
                        n += 1
                    continue
                if kind == SOURCE_TRACE:
                    row = arrivals.source_first[s] + j
                    instant = arrivals.trace_applied[row]
                    trace[n] = arrivals.trace_row[row]
                    if arrivals.trace_office[row] >= 0:
                        office[n] = arrivals.trace_office[row]
                elif kind == SOURCE_EXACT:
                    raw, _, _, _ = philox(
                        key_0, key_1, NOTHING, purpose_arrival, arrivals.source_hash[s], number
                    )
                    target = uniform(raw)
                    if target < arrivals.source_begin[s] or target >= arrivals.source_end[s]:
                        continue
                    piece = arrivals.source_first[s]
                    last = arrivals.source_last[s]
                    before = arrivals.source_begin[s]
                    while piece < last:
                        length = arrivals.segment_start[piece + 1] - arrivals.segment_start[piece]
                        after = before + arrivals.segment_rate[piece] * length
                        if target < after or piece == last - 1:
                            break
                        before = after
                        piece += 1
                    elapsed = int((target - before) / arrivals.segment_rate[piece])
                    instant = arrivals.segment_start[piece] + min(elapsed, length - 1)
                else:
                    if uniform(to_take_up) >= arrivals.source_take_up[s]:
                        continue
                    instant = arrivals.source_first[s]
                    over = arrivals.source_last[s]
                    people = arrivals.source_n[s]
                    if over >= 0:
                        instant += ((2 * j + 1) * over + people) // (2 * people)
                    else:
                        length = ((2 * j + 1) * -over + people) // (2 * people)
                        instant = delay_end(instant, length, ONE, calendar)
                    if arrivals.source_ahead[s] > 0:
                        instant = max(instant - arrivals.source_ahead[s], NOTHING)
                    law = arrivals.source_lag[s]
                    if law >= 0 and instant < n_days * day_ticks:
                        length = ticks(sample(law, to_lag, instant // day_ticks, laws))
                        instant = delay_end(instant, length, laws.office[law], calendar)
                applied[n] = instant
                join[n] = office_instant(instant, calendar)
                if join[n] < horizon:
                    n += 1
    return n


@jit
def arrange(
    order: Any,
    source_inflow: Any,
    found: Applicants,
    initial: Any,
    table: Any,
    initial_table: Any,
) -> None:
    """Write the applicants that `collect` found, in the order `order`.

    Parameters
    ----------
    order : (cases,) int64
        Rows of `found` in case order; initial cases come first.
    table : (8, cases) int64
        Filled with applied, join, inflow, office, source, index, trace and initial.
    initial_table : (7, initial cases) int64
        Filled with columns 1 to 7 of `initial`.
    """
    applied, join, office, source, index, trace = found
    initials = initial_table.shape[1]
    for case in range(order.shape[0]):
        row = order[case]
        s = source[row]
        table[0, case] = applied[row]
        table[1, case] = join[row]
        table[2, case] = source_inflow[s]
        table[3, case] = office[row]
        table[4, case] = s
        table[5, case] = index[row]
        table[6, case] = trace[row]
        table[7, case] = NOT_INITIAL
        if case < initials:
            table[7, case] = initial[row, 0]
            for column in range(7):
                initial_table[column, case] = initial[row, column + 1]


@jit
def weigh(
    key: Any,
    purpose: Word,
    laws: Laws,
    inflow_burden: Any,
    source_hash: Any,
    table: Any,
    burden: Any,
) -> None:
    """Draw the burden of every case whose inflow has a law for it.

    Parameters
    ----------
    key : (2,) uint64
        Key of the replication.
    purpose : uint64
        Hash of the purpose of burdens.
    laws : Laws
        Those of a plan.
    inflow_burden : (inflows,) int64
        Law of each inflow, -1 for none.
    source_hash : (sources,) uint64
        The case words of the sources.
    table : (8, cases) int64
        The cases, as `arrange` wrote them.
    burden : (cases,) int64
        Filled with millionths, where there is a law.
    """
    for case in range(burden.shape[0]):
        law = inflow_burden[table[2, case]]
        if law >= 0:
            raw, _, _, _ = philox(
                key[0], key[1], NOTHING, purpose, source_hash[table[4, case]], table[5, case]
            )
            value = sample(law, raw, NOTHING, laws)
            burden[case] = np.int64(np.floor(max(value, 0.0) * BURDEN_UNIT + 0.5))
