"""The seats of every team copy and what befalls their holders, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capsim.plan.plan import Floats, Ints


@dataclass(frozen=True, eq=False)
class StaffTables:
    """Seats in worker order (copy, seat); rates per calendar tick; instants are calendar ticks.

    Lengths below zero are office ticks: they were written in workdays.

    A seat exists from `seat_from` until `seat_until`; its holders come and go by turnover.
    """

    seat_copy: Ints
    seat_number: Ints
    """1, 2, ... within the copy, hired later ones after."""
    seat_fte: Ints
    """Milli, at the beginning."""
    seat_from: Ints
    """0: there from the first instant, without onboarding."""
    seat_until: Ints
    """NEVER unless a cut removes the seat."""
    seat_hash: NDArray[np.uint64]
    """(seats,) uint64 hash of "office-or-cluster/team", the case word of the generator."""
    cut_seat: Ints
    """Fractional cuts: the seat shortened ..."""
    cut_time: Ints
    """... the calendar instant ..."""
    cut_fte: Ints
    """... and its new FTE, milli. Ordered by (time, seat)."""

    onboarding_length: Ints
    """(copies,) calendar ticks, 0 for none."""
    onboarding_rate: Ints
    """(copies,) milli."""
    turnover_rate: Floats
    """(copies,) leavers per calendar tick of employment, 0 for none."""
    vacancy: Ints
    """(copies,) law of the vacancy, -1 where there is no turnover."""
    vacancy_residual: Ints
    """(copies,) its equilibrium residual law."""
    vacancy_mean: Floats
    """(copies,) calendar ticks."""
    handover_after: Ints
    """(copies,) calendar ticks, NEVER for never."""

    absence_first: Ints
    """(copies + 1,) slice of the kinds of absence of each copy."""
    absence_rate: Floats
    """Spells per calendar tick of presence."""
    absence_length: Ints
    """Law of the length."""
    absence_residual: Ints
    """Its equilibrium residual law."""
    absence_mean: Floats
    absence_season: Ints
    """Row of `season`, -1: none."""
    absence_purpose: NDArray[np.uint64]
    """uint64 hash of "absence/TEAM/KIND"."""
    season: Floats
    """(rows, n_days + 1) factor of each calendar day."""
    turnover_purpose: NDArray[np.uint64]
    """(copies,) uint64 hash of "turnover/TEAM"."""
