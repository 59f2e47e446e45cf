"""Where applicants come from, as tables: rates, waves, traces and initial cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capsim.plan.plan import Floats, Ints


@dataclass(frozen=True, eq=False)
class ArrivalTables:
    """One row per source: initial stages, then inflow by inflow its rate, trace, waves.

    Case order is (applied, inflow, source, index); applied of an initial case is negative.
    """

    source_kind: Ints
    source_inflow: Ints
    source_name: tuple[str, ...]
    """"initial/guidance" for initial cases, "rate", "trace", or the wave's name."""
    source_hash: NDArray[np.uint64]
    """Hash of "inflow/source", the case word of the generator."""
    source_entry: Ints
    """Stage entered."""
    source_n: Ints
    """People of a wave, initial cases, rows of a trace; -1 for a rate."""
    source_first: Ints
    """Initial: law of the age (-1: none). Rate: first segment. Trace: first row. Wave: base
    instant."""
    source_last: Ints
    """Rate: end of segments, so its pieces are the rows first, ..., last - 1. Trace: end of its
    rows. Wave: calendar ticks over which it spreads (0: at once; below zero: so many office ticks,
    as it was written in workdays)."""
    source_take_up: Floats
    source_lag: Ints
    """Law of the lag, -1 for none."""

    segment_start: Ints
    """Calendar tick at which a piece of constant rate begins. After the pieces of each source
    stands one more row (row `source_last`), the end of its last piece, with rate 0."""
    segment_rate: Floats
    """Arrivals per calendar tick of the piece."""

    trace_applied: Ints
    """Calendar instant of each trace row (rows before the start are not here)."""
    trace_index: Ints
    """Row number in the user's trace."""
    trace_office: Ints
    """-1: by the keyed draw."""
    trace_row: Ints
    """Row of `trace_work`, `trace_stay`, `trace_patience`, or -1."""
    trace_work: Ints
    """(rows, stages) client seconds of every visit of the stage, -1: by its law."""
    trace_stay: Ints
    """(rows, stages) calendar ticks, -1: by its law."""
    trace_patience: Ints

    office_upto: Floats
    """(offices,) cumulative shares; the last entry is 1."""

    residual_gap: Ints
    residual_stay: Ints
    residual_visits: Ints
    """(profiles,) equilibrium residual laws for initial cases, -1 where not needed."""
