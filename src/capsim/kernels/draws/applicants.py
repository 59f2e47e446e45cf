"""The applicants of one replication, source by source, and their arrangement in case order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from capsim.kernels.clock import delay_end, office_instant
from capsim.kernels.codes import (
    INITIAL_AGELESS,
    INITIAL_WITH_AGE,
    NOT_INITIAL,
    SOURCE_INITIAL,
    SOURCE_RATE,
    SOURCE_TRACE,
)
from capsim.kernels.draws.laws import sample, ticks
from capsim.kernels.draws.philox import Word, philox, uniform
from capsim.kernels.jit import jit

__all__ = ["arrange", "collect"]

# Not written out: numba compiles a function anew for every number that stands in a call.
NOTHING: Any = np.int64(0)
ONE: Any = np.int64(1)


@jit
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


@jit
def collect(
    key_0: Word,
    key_1: Word,
    purpose_case: Word,
    purpose_arrival: Word,
    purpose_initial: Word,
    day_ticks: int,
    n_days: int,
    open_day: Any,
    office_day: Any,
    is_open: Any,
    law_kind: Any,
    law_value: Any,
    law_plus: Any,
    law_first: Any,
    law_n: Any,
    law_growth: Any,
    law_office: Any,
    table_low: Any,
    table_span: Any,
    part_upto: Any,
    part_value: Any,
    growth: Any,
    profile: Any,
    order: Any,
    source_kind: Any,
    source_inflow: Any,
    source_hash: Any,
    source_entry: Any,
    source_n: Any,
    source_first: Any,
    source_last: Any,
    source_take_up: Any,
    source_lag: Any,
    segment_start: Any,
    segment_rate: Any,
    trace_applied: Any,
    trace_index: Any,
    trace_office: Any,
    trace_row: Any,
    office_upto: Any,
    residual_gap: Any,
    residual_stay: Any,
    residual_visits: Any,
    applied: Any,
    join: Any,
    office: Any,
    source: Any,
    index: Any,
    trace: Any,
    initial: Any,
) -> int:
    """The number of applicants who join before the horizon; -1 if the arrays are too short.

    Parameters
    ----------
    key_0, key_1, purpose_case, purpose_arrival, purpose_initial : uint64
        Key of the replication and hashes of the purposes.
    day_ticks, ..., residual_visits
        The tables of a plan and its arrivals.
    order : (sources,) int64
        Sources by inflow, then by number: within equal instants of application the order of cases.
    applied, join, office, source, index, trace : (capacity,) int64
        Filled source by source.
    initial : (initial cases, 4) int64
        Kind, residual gap, residual stay and residual visits; initial cases are the first rows.
    """
    horizon = office_day[n_days] * day_ticks
    capacity = applied.shape[0]
    offices = office_upto.shape[0]
    n = 0
    for pass_ in range(2):  # initial cases first
        for position in range(order.shape[0]):
            s = order[position]
            kind = source_kind[s]
            if (kind == SOURCE_INITIAL) != (pass_ == 0):
                continue
            if kind == SOURCE_RATE:
                piece = source_first[s]
                last = source_last[s]
                target = 0.0
                before = 0.0  # cumulative rate at the beginning of the piece
                number = NOTHING
                day = NOTHING  # instants ascend, so their days do
                while piece < last:
                    raw, _, _, _ = philox(
                        key_0, key_1, NOTHING, purpose_arrival, source_hash[s], number
                    )
                    target -= math.log1p(-uniform(raw))
                    while piece < last:
                        length = segment_start[piece + 1] - segment_start[piece]
                        after = before + segment_rate[piece] * length
                        if target < after:
                            break
                        before = after
                        piece += 1
                    if piece == last:
                        break
                    elapsed = int((target - before) / segment_rate[piece])
                    instant = segment_start[piece] + min(elapsed, length - 1)
                    while day < n_days and instant >= (day + 1) * day_ticks:
                        day += 1
                    joined = office_day[day] * day_ticks
                    if is_open[day]:
                        joined += instant - day * day_ticks
                    if joined < horizon:
                        if n == capacity:
                            return -1
                        office[n] = 0
                        if offices > 1:
                            raw, _, _, _ = philox(
                                key_0, key_1, NOTHING, purpose_case, source_hash[s], number
                            )
                            office[n] = _office(raw, office_upto)
                        applied[n] = instant
                        join[n] = joined
                        source[n] = s
                        index[n] = number
                        trace[n] = -1
                        n += 1
                    number += 1
                continue
            for j in range(source_n[s]):
                if n == capacity:
                    return -1
                number = j
                if kind == SOURCE_TRACE:
                    number = trace_index[source_first[s] + j]
                to_office, to_take_up, to_lag, _ = philox(
                    key_0, key_1, NOTHING, purpose_case, source_hash[s], number
                )
                office[n] = _office(to_office, office_upto)
                source[n] = s
                index[n] = number
                trace[n] = -1
                if kind == SOURCE_INITIAL:
                    to_age, to_gap, to_stay, to_visits = philox(
                        key_0, key_1, NOTHING, purpose_initial, source_hash[s], number
                    )
                    applied[n] = -1
                    join[n] = 0
                    initial[n, 0] = INITIAL_AGELESS
                    law = source_first[s]
                    if law >= 0:
                        initial[n, 0] = INITIAL_WITH_AGE
                        age = ticks(
                            sample(
                                law, to_age, NOTHING, law_kind, law_value, law_plus, law_first,
                                law_n, law_growth, table_low, table_span, part_upto, part_value,
                                growth,
                            )
                        )  # fmt: skip
                        if law_office[law] and office_day[n_days] > 0:
                            # Before the start there is no calendar: as many days to an office
                            # day as in the run.
                            age = (age * n_days + office_day[n_days] - 1) // office_day[n_days]
                        applied[n] = -age
                    row = profile[office[n], source_inflow[s], source_entry[s]]
                    for column in range(1, 4):
                        law = residual_visits[row]
                        raw = to_visits
                        if column == 1:
                            law = residual_gap[row]
                            raw = to_gap
                        elif column == 2:
                            law = residual_stay[row]
                            raw = to_stay
                        initial[n, column] = -1
                        if law >= 0:
                            value = sample(
                                law, raw, NOTHING, law_kind, law_value, law_plus, law_first, law_n,
                                law_growth, table_low, table_span, part_upto, part_value, growth,
                            )  # fmt: skip
                            initial[n, column] = ticks(value)
                    if horizon > 0:
                        n += 1
                    continue
                if kind == SOURCE_TRACE:
                    row = source_first[s] + j
                    instant = trace_applied[row]
                    trace[n] = trace_row[row]
                    if trace_office[row] >= 0:
                        office[n] = trace_office[row]
                else:
                    if uniform(to_take_up) >= source_take_up[s]:
                        continue
                    instant = source_first[s]
                    over = source_last[s]
                    people = source_n[s]
                    if over >= 0:
                        instant += ((2 * j + 1) * over + people) // (2 * people)
                    else:
                        instant = delay_end(
                            instant, ((2 * j + 1) * -over + people) // (2 * people), ONE, day_ticks,
                            n_days, open_day, office_day, is_open,
                        )  # fmt: skip
                    law = source_lag[s]
                    if law >= 0 and instant < n_days * day_ticks:
                        length = ticks(
                            sample(
                                law, to_lag, instant // day_ticks, law_kind, law_value, law_plus,
                                law_first, law_n, law_growth, table_low, table_span, part_upto,
                                part_value, growth,
                            )
                        )  # fmt: skip
                        instant = delay_end(
                            instant, length, law_office[law], day_ticks, n_days, open_day,
                            office_day, is_open,
                        )  # fmt: skip
                applied[n] = instant
                join[n] = office_instant(instant, day_ticks, n_days, office_day, is_open)
                if join[n] < horizon:
                    n += 1
    return n


@jit
def arrange(
    order: Any,
    source_inflow: Any,
    applied: Any,
    join: Any,
    office: Any,
    source: Any,
    index: Any,
    trace: Any,
    initial: Any,
    table: Any,
    initial_table: Any,
) -> None:
    """Write the applicants that `collect` found, in the order `order`.

    Parameters
    ----------
    order : (cases,) int64
        Rows of `applied`, ..., `trace` in case order; initial cases come first.
    table : (8, cases) int64
        Filled with applied, join, inflow, office, source, index, trace and initial.
    initial_table : (3, initial cases) int64
        Filled with residual gap, stay and visits.
    """
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
            for column in range(3):
                initial_table[column, case] = initial[row, column + 1]
