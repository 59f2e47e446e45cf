"""Seats of team copies over time: split, added, cut."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from capsim.kernels.codes import NEVER
from capsim.kernels.tables import Staff
from capsim.plan.copies import Copies
from capsim.plan.hashes import name_hashes
from capsim.plan.laws import LawBook
from capsim.plan.loads import strain_table
from capsim.plan.plan import Ints, ints
from capsim.plan.timetable import Timetable
from capsim.scenario.checks.office_rules import SMALLEST_WORKER
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.model import Scenario
from capsim.scenario.tables.calendar import WEEKDAYS
from capsim.scenario.tables.copies import largest_remainder, named_by_copy, unnamed_by_copy
from capsim.scenario.tables.teams import Change
from capsim.scenario.tables.workers import NamedWorker
from capsim.scenario.units import DAYS_PER_YEAR, Duration, half_up

__all__ = ["compile_staff"]

_ROUNDING = 1e-6  # FTE that is no more than an error of rounding


class Reserve(Protocol):
    """Seats of one watch: copy, number of seats and FTE of each."""

    @property
    def seats(self) -> Sequence[tuple[int, int, float]]: ...


@dataclass
class _Seat:
    number: int
    fte: float
    first_fte: float
    begin: int
    """Where the lead is drawn, the instant of the decision."""
    end: int = NEVER
    lead: int = -1
    decided: int = 0
    filled: float = 1.0
    reserve: int = -1
    name: str = ""


@dataclass
class _SeatsOfCopy:
    """The seats of one copy as its changes are applied in the order of time."""

    seats: list[_Seat] = field(default_factory=list)
    shortened: list[tuple[int, _Seat, float]] = field(default_factory=list)

    def add(self, n: int, each: float, instant: int, **drawn: Any) -> None:
        """More seats from an instant on; `drawn`: how they are filled, if that is drawn."""
        for _ in range(n):
            self.seats.append(_Seat(len(self.seats) + 1, each, each, instant, **drawn))

    def cut(self, fte: float, instant: int) -> float:
        """Fewer from an instant on, the highest first; gives what could not be cut."""
        for seat in reversed(self.seats):
            if fte <= _ROUNDING:
                return 0.0
            if seat.end <= instant:
                continue
            if seat.fte <= fte + _ROUNDING:
                fte -= seat.fte
                seat.end = instant
            else:
                seat.fte -= fte
                fte = 0.0
                if instant == 0:
                    seat.first_fte = seat.fte
                else:
                    self.shortened.append((instant, seat, seat.fte))
        return fte if fte > _ROUNDING else 0.0

    def resize(self, places: int, instant: int) -> int:
        """More places from an instant on, or fewer; gives how many there are then."""
        (seat,) = self.seats
        seat.fte += places
        if instant == 0:
            seat.first_fte = seat.fte
        else:
            # Changes of one instant are one.
            self.shortened = [one for one in self.shortened if one[0] != instant]
            self.shortened.append((instant, seat, seat.fte))
        return int(seat.fte)


def change_instant(change: Change, times: Timetable, scenario: Scenario) -> int:
    """Calendar instant at which a change takes effect: 0 if then or before, NEVER if beyond.

    At the opening of its day or of the next open one; after a lead at the first office instant.
    Where each seat draws its lead, that of the decision. A decision on the announcement of a wave
    falls as long before the opening of its date as the notice says, so that a day more of notice is
    a day less of lead.
    """
    instant = _decided(change, times, scenario)
    if isinstance(change.decided, str) and change.lead is None:
        instant = times.after(instant, Duration(0, "days"))
    if change.at is None and change.fixed_lead is not None:
        instant = times.after(instant, change.fixed_lead)
    if instant >= times.n_days * times.day_ticks:
        return NEVER
    return 0 if times.office_instant(instant) == 0 else instant


def _decided(change: Change, times: Timetable, scenario: Scenario) -> int:
    """Calendar instant of the date of a change, or of its decision; below zero before the start."""
    if isinstance(change.decided, str):
        wave = scenario.wave(change.decided)
        instant = times.opening(times.day_of(wave.date))
        return instant if wave.notice is None else instant - times.before(wave.date, wave.notice)
    day = times.day_of(change.at or change.decided or times.start)
    return times.opening(day) if day >= 0 else times.next_open(day) * times.day_ticks


def _contract(worker: NamedWorker, times: Timetable) -> tuple[int, int]:
    """Calendar instants at which a worker comes and goes: 0 if there at the start, or NEVER."""

    def opening(date: datetime.date | None, otherwise: int) -> int:
        if date is None:
            return otherwise
        day = times.day_of(date)
        if day >= times.n_days:
            return NEVER
        instant = times.opening(max(day, 0))
        return 0 if day <= 0 or times.office_instant(instant) == 0 else instant

    return opening(worker.since, 0), opening(worker.until, NEVER)


def _drawn(change: Change, times: Timetable, scenario: Scenario, laws: LawBook) -> dict[str, Any]:
    """How the seats of a change are filled."""
    decided = _decided(change, times, scenario)
    law = change.drawn_lead
    if law is not None and law.in_workdays and decided < 0:
        first = decided // times.day_ticks
        date = times.start + datetime.timedelta(days=first)
        decided = -int(times.calendar.open_days(date, -first).sum()) * times.day_ticks
    return {"lead": laws.calendar(law), "decided": decided, "filled": change.filled}


def _seats(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    copies: Copies,
    reserves: Sequence[Reserve],
) -> list[_SeatsOfCopy]:
    """Seats of every copy with all changes applied, and those of reserves after them."""
    result = [_SeatsOfCopy() for _ in copies.names]
    shares = scenario.office_shares
    mistakes: list[Mistake] = []
    for name, team in scenario.teams.items():
        own = [c for c, team_name in enumerate(copies.teams) if team_name == name]
        fte = unnamed_by_copy(scenario, name)
        later = []
        for c in own:
            for worker in named_by_copy(scenario, name)[copies.names[c]]:
                begin, end = _contract(worker, times)
                if begin == 0 < end:
                    result[c].add(1, worker.fte, 0, end=end, name=worker.name)
                elif begin < end and begin < NEVER:
                    later.append((begin, c, worker, end))
            n, each = copies.settings[c].seats(fte[copies.names[c]])
            result[c].add(n, each, 0)
        instants = {
            key: change_instant(change, times, scenario) for key, change in team.changes.items()
        }
        later.sort(key=lambda one: one[0])
        # A stable sort: changes of one instant stay in the order of the file.
        for key, instant in sorted(instants.items(), key=lambda item: item[1]):
            while later and later[0][0] <= instant:
                begin, c, worker, end = later.pop(0)
                result[c].add(1, worker.fte, begin, end=end, name=worker.name)
            add = team.changes[key].add
            path = f"teams.{name}.changes.{key}.add"
            n, each = team.seats(abs(add))
            if team.places is not None:
                n, each = round(each), 1.0
            if instant == NEVER:
                continue
            chosen = team.changes[key].offices or scenario.office_names
            weights = [sum(shares[o] for o in copies.members[c] if o in chosen) for c in own]
            if not any(weights):  # offices without a share of the inflow, evenly
                weights = [float(any(o in chosen for o in copies.members[c])) for c in own]
            drawn = _drawn(team.changes[key], times, scenario, laws)
            for c, pieces in zip(own, largest_remainder(n, weights), strict=True):
                if team.places is not None:
                    there = result[c].resize(pieces if add > 0 else -pieces, instant)
                    if there < 0:
                        mistakes.append(_too_few(path, add, copies.names[c], there + pieces))
                elif add > 0:
                    if pieces and each < SMALLEST_WORKER - 1e-9:
                        mistakes.append(_too_small(path, add, copies.names[c], each))
                    result[c].add(pieces, each, instant, **drawn)
                else:
                    mistakes += _cut(result[c], pieces * each, instant, path, add, copies.names[c])
        for begin, c, worker, end in later:
            result[c].add(1, worker.fte, begin, end=end, name=worker.name)
    if mistakes:
        raise ScenarioError(mistakes)
    for watch, reserve in enumerate(reserves):
        for c, n, each in reserve.seats:
            result[c].add(n, each, 0, reserve=watch)
    return result


def _cut(
    seats: _SeatsOfCopy, fte: float, instant: int, path: str, add: float, copy: str
) -> list[Mistake]:
    """Take FTE from a copy; gives the mistakes if it has less, or too little would be left."""
    missing = seats.cut(fte, instant)
    if missing:
        rule = f"{copy} would lose {fte:g} FTE but has {fte - missing:g}"
        return [Mistake(path, add, rule, "take less, or share the team over offices")]
    for seat in seats.seats:
        if seat.end == NEVER and seat.fte < SMALLEST_WORKER - 1e-9:
            return [_too_small(path, add, copy, seat.fte)]
    return []


def _too_few(path: str, add: float, copy: str, places: int) -> Mistake:
    return Mistake(
        path,
        add,
        f"{copy} would lose more places than the {places} that it has",
        "take less, or share the team over offices",
    )


def _too_small(path: str, value: float, copy: str, each: float) -> Mistake:
    return Mistake(
        path,
        value,
        f"{copy} would have a worker of {each:.3g} FTE, and none may be below {SMALLEST_WORKER}",
        "share the team over offices (shared = true, or clusters), or give it more FTE",
    )


def _milli(fte: float) -> int:
    return half_up(round(1000 * fte, 6))


def compile_staff(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    copies: Copies,
    reserves: Sequence[Reserve] = (),
) -> tuple[Staff, dict[tuple[int, int], str]]:
    """Seats, changes, absences and turnover of every copy; and names by copy and seat.

    Parameters
    ----------
    scenario, times, laws, copies
        What is compiled, and what of it already was.
    reserves : sequence
        Seats that triggers switch on and off.

    Raises
    ------
    ScenarioError
        If a worker would be below 0.1 FTE, or an office would lose more than it has.
    """
    seats: list[tuple[int, _Seat]] = []
    cuts: list[tuple[int, int, int]] = []
    for c, of_copy in enumerate(_seats(scenario, times, laws, copies, reserves)):
        rows = {}
        for seat in of_copy.seats:
            if seat.end > seat.begin:
                rows[seat.number] = len(seats)
                seats.append((c, seat))
        cuts.extend(
            (instant, rows[seat.number], _milli(rest))
            for instant, seat, rest in of_copy.shortened
            if seat.number in rows
        )
    cuts.sort()
    names = [f"{name}/{team}" for name, team in zip(copies.names, copies.teams, strict=True)]
    per_year = float(DAYS_PER_YEAR) * times.day_ticks
    onboarding = [team.onboarding for team in copies.settings]
    turnover = [team.turnover for team in copies.settings]
    kinds = [
        (c, kind, absence)
        for c, team in enumerate(copies.settings)
        for kind, absence in team.absence.items()
    ]
    season_row: dict[tuple[float, ...], int] = {}
    absence_season = [
        -1 if a.seasonality is None else season_row.setdefault(a.seasonality, len(season_row))
        for _, _, a in kinds
    ]
    patterns = [copies.settings[c].patterns for c, _ in seats]
    days = [
        frozenset(own[(seat.number - 1) % len(own)]) if own else frozenset[str]()
        for own, (_, seat) in zip(patterns, seats, strict=True)
    ]
    duty_row = {own: row for row, own in enumerate(dict.fromkeys(own for own in days if own))}
    week = times.calendar.workdays_per_week
    months = times.month_of_days()
    season = [np.array(factors)[months - 1] for factors in season_row]
    staff = Staff(
        seat_copy=ints(c for c, _ in seats),
        seat_number=ints(seat.number for _, seat in seats),
        seat_fte=ints(_milli(seat.first_fte) for _, seat in seats),
        seat_from=ints(seat.begin for _, seat in seats),
        seat_until=ints(seat.end for _, seat in seats),
        seat_hash=name_hashes(names)[[c for c, _ in seats]] if seats else name_hashes([]),
        seat_lead=ints(seat.lead for _, seat in seats),
        seat_decided=ints(seat.decided for _, seat in seats),
        seat_filled=np.array([seat.filled for _, seat in seats], dtype=float),
        seat_named=np.zeros(len(seats), dtype=np.int64),  # until `listed.with_names`
        hiring_purpose=name_hashes(f"hiring/{team}" for team in copies.teams),
        seat_duty=ints(duty_row.get(own, -1) for own in days),
        seat_week=ints(
            0 if copies.settings[c].places is not None else week if own else 1
            for own, (c, _) in zip(days, seats, strict=True)
        ),
        seat_days=ints(len(own) or 1 for own in days),
        duty=_duty(list(duty_row), times),
        seat_reserve=ints(seat.reserve for _, seat in seats),
        cut_seat=ints(row for _, row, _ in cuts),
        cut_time=ints(instant for instant, _, _ in cuts),
        cut_fte=ints(fte for _, _, fte in cuts),
        onboarding_length=ints(0 if o is None else times.ticks(o.length) for o in onboarding),
        onboarding_rate=ints(1000 if o is None else _milli(o.rate) or 1 for o in onboarding),
        turnover_rate=np.array([0.0 if t is None else t.per_year / per_year for t in turnover]),
        strain=strain_table([None if t is None else t.load for t in turnover]),
        vacancy=ints(-1 if t is None else laws.calendar(t.vacancy) for t in turnover),
        vacancy_residual=ints(-1 if t is None else laws.residual(t.vacancy) for t in turnover),
        vacancy_mean=np.array([0.0 if t is None else laws.mean_ticks(t.vacancy) for t in turnover]),
        handover_after=ints(
            NEVER if team.handover_after is None else times.ticks(team.handover_after)
            for team in copies.settings
        ),
        absence_first=ints(
            sum(1 for c, _, _ in kinds if c < copy) for copy in range(len(copies.names) + 1)
        ),
        absence_rate=np.array([a.spells_per_year / per_year for _, _, a in kinds], dtype=float),
        absence_length=ints(laws.calendar(a.length) for _, _, a in kinds),
        absence_residual=ints(laws.residual(a.length) for _, _, a in kinds),
        absence_mean=np.array([laws.mean_ticks(a.length) for _, _, a in kinds], dtype=float),
        absence_season=ints(absence_season),
        absence_purpose=name_hashes(f"absence/{copies.teams[c]}/{kind}" for c, kind, _ in kinds),
        season=np.array(season, dtype=float).reshape(-1, times.n_days + 1),
        turnover_purpose=name_hashes(f"turnover/{team}" for team in copies.teams),
    )
    return staff, {(c, seat.number): seat.name for c, seat in seats if seat.name}


def _duty(rows: list[frozenset[str]], times: Timetable) -> Ints:
    """(rows, open days) 1 on the office days that are working days of a list of weekdays."""
    weekday = (times.start.weekday() + times.open_day[:-1]) % 7
    works = np.array([[name in days for name in WEEKDAYS] for days in rows], dtype=np.int64)
    return works.reshape(-1, 7)[:, weekday]
