"""What a team has: FTE, client hours and caseload places of each copy, day by day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from capsim.kernels.clock import delay_end
from capsim.kernels.draws.laws import sample, ticks
from capsim.plan import compile_plan
from capsim.plan.copies import Copies, copies_of
from capsim.plan.plan import Plan
from capsim.scenario.model import Scenario
from capsim.theory.queues.workforce import filled_posts

_LEADS = 64  # quantiles that stand for the law of a lead


@dataclass(frozen=True)
class Supply:
    """One copy of a team, on average over the luck of absence and turnover.

    Day arrays have shape (n_days,) float64, for calendar days since the start.
    """

    copy: str
    team: str
    offices: tuple[str, ...]
    fte: np.ndarray
    """Contract FTE, or places."""
    effective_fte: np.ndarray
    """Filled, counted at the pace of an experienced worker; absent ones included."""
    hours: np.ndarray
    """Client hours: what the present ones give, spread evenly over open and closed days."""
    caseload_limit: float | None
    """Weighted open cases per effective FTE."""
    worker_hours: float
    """Client hours of one present worker in a calendar day, on average."""

    @property
    def places(self) -> np.ndarray | None:
        """Weighted open cases that the copy has room for; None without a limit."""
        return None if self.caseload_limit is None else self.caseload_limit * self.effective_fte


def supplies(scenario: Scenario) -> tuple[Copies, list[Supply]]:
    """The supply of every copy of every team, in the order of the plan.

    Seats and their changes are those of the engines. Absence and turnover take their long-run
    shares: posts / (1 + turnover x vacancy), and presence 1 / (1 + sum of rate x length) with the
    seasons of the day; with onboarding the share of newcomers that turnover keeps up. Newcomers by
    a dated change are slower for the onboarding time. A post whose lead is drawn, or that may stay
    empty, counts with the probability that it is filled. Reserves of triggers do not count.
    """
    plan = compile_plan(scenario)
    copies = copies_of(scenario)
    return copies, [_supply(plan, copies, number) for number in range(len(copies.names))]


def _supply(plan: Plan, copies: Copies, number: int) -> Supply:
    staff, n_days, ticks = plan.staff, plan.time.n_days, plan.time.day_ticks
    settings = copies.settings[number]
    # A day counts with the share of it that a seat exists.
    edges = np.arange(n_days + 1) * float(ticks)

    def present(begin: float, end: float) -> np.ndarray:
        return np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, ticks) / ticks

    length, rate = float(staff.onboarding_length[number]), staff.onboarding_rate[number] / 1000
    # Of the last year: so that neither weekends nor the holidays of a month make a backlog.
    open_share = float(plan.time.is_open[max(0, n_days - 365) : n_days].mean()) if n_days else 0.0
    if length < 0:  # written in workdays
        length = -length / max(open_share, 1 / 365)
    fte = np.zeros(n_days)
    slower = np.zeros(n_days)
    for (start, stop, begin), size in _spans(plan, number).items():
        fte += size / 1000 * present(start, stop)
        if begin > 0 and length > 0:
            learning = present(max(start, begin), min(stop, begin + length))
            slower += size / 1000 * (1 - rate) * learning

    leaving, vacancy = float(staff.turnover_rate[number]), float(staff.vacancy_mean[number])
    filled = filled_posts(1.0, leaving, vacancy)
    newcomers = -np.expm1(-leaving * length) if length > 0 else 0.0
    effective = (fte - slower) * filled * (1 - (1 - rate) * newcomers)

    away = np.zeros(n_days)
    for kind in range(staff.absence_first[number], staff.absence_first[number + 1]):
        season = staff.absence_season[kind]
        factor = np.ones(n_days) if season < 0 else staff.season[season, :n_days]
        away += staff.absence_rate[kind] * staff.absence_mean[kind] * factor
    day_hours = settings.client_share * ticks / 3600 * open_share
    if settings.places is not None:  # nobody works there
        day_hours = 0.0
    each = fte_of_worker(plan, number)
    return Supply(
        copy=copies.names[number],
        team=copies.teams[number],
        offices=copies.members[number],
        fte=fte,
        effective_fte=effective,
        hours=effective * day_hours / (1 + away),
        caseload_limit=settings.cases_per_fte,
        worker_hours=each * day_hours,
    )


def _spans(plan: Plan, number: int) -> dict[tuple[float, float, float], float]:
    """Thousandths of FTE by (from, until, hired): those of equal seats together."""
    staff = plan.staff
    spans: dict[tuple[float, float, float], float] = defaultdict(float)
    shortened = set(staff.cut_seat.tolist())
    usual = (staff.seat_copy == number) & (staff.seat_reserve < 0)
    for seat in np.flatnonzero(usual).tolist():
        begin, end = float(staff.seat_from[seat]), float(staff.seat_until[seat])
        cuts = np.flatnonzero(staff.cut_seat == seat).tolist() if seat in shortened else []
        marks = [begin, *(float(staff.cut_time[cut]) for cut in cuts), end]
        sizes = [int(staff.seat_fte[seat]), *(int(staff.cut_fte[cut]) for cut in cuts)]
        for found, filled in _filled(plan, seat):
            for start, stop, size in zip(marks, marks[1:], sizes, strict=False):
                if max(start, found) < stop:
                    spans[max(start, found), stop, found] += size * filled
    return spans


def _filled(plan: Plan, seat: int) -> list[tuple[float, float]]:
    """Calendar instants at which a seat is filled, with their probabilities.

    The quantiles of a drawn lead stand for its law, in equal parts.
    """
    staff = plan.staff
    filled, law = float(staff.seat_filled[seat]), int(staff.seat_lead[seat])
    if law < 0:
        return [(float(staff.seat_from[seat]), filled)]
    decided, in_office_time = int(staff.seat_decided[seat]), int(plan.laws.office[law])
    found = []
    for part in range(_LEADS):
        word = np.uint64(((2 * part + 1) << 63) // _LEADS)
        length = ticks(sample(law, word, max(decided, 0) // plan.time.day_ticks, plan.laws))
        begin, rest = (0, length + decided) if decided < 0 and in_office_time else (decided, length)
        end = delay_end(begin, rest, in_office_time, plan.time) if rest > 0 else 0
        found.append((float(max(end, 0)), filled / _LEADS))
    return found


def fte_of_worker(plan: Plan, number: int) -> float:
    """FTE of the first seat of a copy; 0 if it has none."""
    seats = np.flatnonzero(plan.staff.seat_copy == number)
    return float(plan.staff.seat_fte[seats[0]]) / 1000 if seats.size else 0.0
