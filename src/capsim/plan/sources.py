"""Where applicants come from: initial cases, rates, traces and waves as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from capsim.kernels.codes import (
    SOURCE_EXACT,
    SOURCE_INITIAL,
    SOURCE_RATE,
    SOURCE_TRACE,
    SOURCE_WAVE,
)
from capsim.kernels.tables import Arrivals
from capsim.plan.hashes import name_hashes
from capsim.plan.laws import LawBook
from capsim.plan.listed import Listed
from capsim.plan.plan import Ints
from capsim.plan.timetable import Timetable
from capsim.scenario.laws.counts import expected_count
from capsim.scenario.model import Scenario
from capsim.scenario.tables.inflow import Inflow, InitialCases, Trace
from capsim.scenario.tables.periods import Counts, Period, period_of, spread, weekday_weights
from capsim.scenario.units import half_up

__all__ = ["compile_arrivals", "rate_segments"]


def rate_segments(inflow: Inflow, times: Timetable) -> tuple[Ints, np.ndarray]:
    """Pieces of constant rate of an inflow, and the end of the last one.

    The rate changes at its steps, at the beginning of a calendar month if there is seasonality,
    every day if it has weekday factors, and every day if it grows: day d has the factor
    (1 + growth) ** (d / 365.25).

    Returns
    -------
    start : (n + 1,) int64
        Calendar ticks; the last entry is the end of the horizon.
    rate : (n + 1,) float64
        Arrivals per calendar tick; the last entry is 0.

    Examples
    --------
    >>> import datetime
    >>> from capsim.plan.timetable import timetable_of
    >>> from capsim.scenario import Calendar
    >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 1), 59)
    >>> inflow = Inflow(rate={"per_day": 2}, seasonality=[1, 3] + [1] * 10)
    >>> start, rate = rate_segments(inflow, times)
    >>> (start / 27_360).tolist(), (rate * 27_360).tolist()
    ([0.0, 31.0, 59.0], [2.0, 6.0, 0.0])
    """
    assert inflow.rate is not None
    day_ticks, n_days = times.day_ticks, times.n_days
    steps = [
        (half_up(since * day_ticks), rate / day_ticks)
        for since, rate in inflow.rate.steps_per_day(times.start)
    ]
    starts = {0} | {since for since, _ in steps}
    if inflow.seasonality is not None:
        starts |= {day * day_ticks for day, _ in times.months()}
    if inflow.growth or inflow.weekdays is not None:
        starts |= {day * day_ticks for day in range(n_days)}
    start = np.array(sorted(s for s in starts if s < n_days * day_ticks), dtype=np.int64)
    position = np.searchsorted([since for since, _ in steps], start, side="right")
    rate = np.array([0.0, *(value for _, value in steps)])[position]
    day = start // day_ticks
    if inflow.seasonality is not None:
        rate = rate * np.array(inflow.seasonality)[times.month_of_days()[day] - 1]
    if inflow.growth:
        rate = rate * times.growth_factors(inflow.growth)[day]
    if inflow.weekdays is not None:
        rate = rate * weekday_weights(inflow.weekdays, times.start.weekday(), n_days)[day]
    return np.append(start, n_days * day_ticks), np.append(rate, 0.0)


def daily_segments(by_day: np.ndarray, times: Timetable) -> tuple[Ints, np.ndarray]:
    """Pieces of constant rate of expected applications by day, as in `rate_segments`.

    Examples
    --------
    >>> import datetime
    >>> from capsim.plan.timetable import timetable_of
    >>> from capsim.scenario import Calendar
    >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 1), 3)
    >>> start, rate = daily_segments(np.array([1.0, 1.0, 2.0]), times)
    >>> (start / 27_360).tolist(), (rate * 27_360).tolist()
    ([0.0, 2.0, 3.0], [1.0, 2.0, 0.0])
    """
    first = np.flatnonzero(np.append(True, np.diff(by_day) != 0))
    start = np.append(first, times.n_days) * times.day_ticks
    return start.astype(np.int64), np.append(by_day[first] / times.day_ticks, 0.0)


def dispersed(
    start: Ints, rate: np.ndarray, inflow: Inflow, times: Timetable
) -> tuple[Ints, np.ndarray, Ints, np.ndarray]:
    """Pieces cut at Mondays, the week of each, and the shape of the factor of that week.

    A gamma factor of mean 1 and variance (dispersion - 1) / m makes the number of a week in which
    m are expected one of mean m and variance m * dispersion. A week that the run cuts has the
    factor of the whole one.

    Examples
    --------
    >>> import datetime
    >>> from capsim.plan.timetable import timetable_of
    >>> from capsim.scenario import Calendar
    >>> times = timetable_of(Calendar(), datetime.date(2026, 1, 3), 9)  # a Saturday
    >>> inflow = Inflow(rate={"per_week": 14}, dispersion=3)
    >>> start, rate, week, shape = dispersed(*rate_segments(inflow, times), inflow, times)
    >>> (start / 27_360).tolist(), np.diff(week).tolist(), shape.round(9).tolist()
    ([0.0, 2.0, 9.0], [1, 0], [7.0, 7.0, 0.0])
    """
    day_ticks, n_days = times.day_ticks, times.n_days
    mondays = np.arange(-times.start.weekday() % 7, n_days, 7) * day_ticks
    starts = np.union1d(start, mondays)
    rates = rate[np.searchsorted(start, starts, side="right") - 1]
    first_week, weekday = divmod(times.start.toordinal() - 1, 7)
    weeks = first_week + (weekday + np.arange(n_days + 1)) // 7
    of_piece = weeks[np.minimum(starts // day_ticks, n_days - 1)]
    expected = np.bincount(of_piece[:-1] - first_week, weights=rates[:-1] * np.diff(starts))
    weights = weekday_weights(inflow.weekdays, weekday, n_days)
    covered = np.bincount(weeks[:n_days] - first_week, weights=weights) / 7
    with np.errstate(divide="ignore", invalid="ignore"):
        shapes = np.where(covered > 0, expected / covered, 0.0) / (inflow.dispersion - 1)
    shape = shapes[of_piece - first_week]
    shape[-1] = 0.0
    return starts.astype(np.int64), rates, of_piece, shape


class _Exact(NamedTuple):
    """Where so many people come at chance instants of a period, as far as the run covers it."""

    begin: float
    """Share of the period before the start of the run."""
    end: float
    """Share of it before the end of the run: 1 unless the horizon cuts it."""
    start: Ints
    rate: np.ndarray
    """Pieces as in `rate_segments`, in shares of the period; the last one is not empty."""


def exact_segments(
    period: Period, weekdays: tuple[float, ...] | None, times: Timetable
) -> _Exact | None:
    """Pieces of a period with exact numbers; None if it lies outside the run."""
    day, shares = spread(period, times.start, weekdays)
    first, last = max(0, -day), min(len(shares), times.n_days - day)
    if first >= last or not shares[first:last].sum():
        return None
    upto = np.append(0.0, np.cumsum(shares))
    end = 1.0 if not shares[last:].any() else float(upto[last])
    last = int(np.flatnonzero(shares[:last])[-1]) + 1
    inside = np.zeros(times.n_days)
    inside[day + first : day + last] = shares[first:last]
    start, rate = daily_segments(inside, times)
    within = start <= (day + last) * times.day_ticks
    begins = np.searchsorted(start, (day + first) * times.day_ticks)
    return _Exact(
        float(upto[first]),
        end,
        start[begins:][within[begins:]],
        np.append(rate[begins:][within[begins:]][:-1], 0.0),
    )


@dataclass
class _Traces:
    """Rows of all traces."""

    applied: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    office: list[int] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    work: list[list[int]] = field(default_factory=list)
    stay: list[list[int]] = field(default_factory=list)
    patience: list[list[int]] = field(default_factory=list)

    def add(self, trace: Trace, scenario: Scenario, times: Timetable) -> tuple[int, int]:
        """Add the entries within the horizon; gives the first row and the end of its rows."""
        begin = len(self.applied)
        offices = {name: number for number, name in enumerate(scenario.office_names)}
        has_own = bool(trace.work or trace.stay or trace.patience)
        for index, entry in enumerate(trace.when):
            if isinstance(entry, float):
                instant = half_up(entry * times.day_ticks)
            else:
                day = times.day_of(entry)
                instant = times.opening(day) if day >= 0 else -1
            if not 0 <= instant < times.n_days * times.day_ticks:
                continue
            name = None if trace.office is None else trace.office[index]
            self.applied.append(instant)
            self.index.append(index)
            self.office.append(-1 if name is None else offices[name])
            if not has_own:
                self.row.append(-1)
                continue
            self.row.append(len(self.work))
            stages = scenario.stage_names
            self.work.append([_cell(trace.work, stage, index, 3600) for stage in stages])
            self.stay.append([_cell(trace.stay, stage, index, times.day_ticks) for stage in stages])
            self.patience.append(
                [_cell(trace.patience, stage, index, times.day_ticks) for stage in stages]
            )
        return begin, len(self.applied)


def _cell(columns: dict[str, tuple[float | None, ...]], stage: str, index: int, ticks: int) -> int:
    """A trace's own value in whole seconds or ticks; -1 where the law of the stage holds."""
    value = columns[stage][index] if stage in columns else None
    return -1 if value is None else half_up(round(value * ticks, 6))


class _Source(NamedTuple):
    """One row of the sources, see `capsim.kernels.tables.Arrivals`."""

    kind: int
    inflow: int
    name: str
    entry: int
    n: int = -1
    first: int = 0
    last: int = 0
    office: int = -1
    take_up: float = 1.0
    lag: int = -1
    ahead: int = 0
    begin: float = 0.0
    end: float = 1.0
    group: int = -1
    listed: int = -1


@dataclass
class _Book:
    """Sources as they are found, with the pieces and rows to which they point."""

    scenario: Scenario
    times: Timetable
    laws: LawBook
    rows: list[_Source] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    weeks: list[int] = field(default_factory=list)
    shapes: list[float] = field(default_factory=list)
    traces: _Traces = field(default_factory=lambda: _Traces())

    def add_initial(self, inflow: int, one: InitialCases) -> None:
        """Cases that are there on the first day."""
        offices = self.scenario.office_names
        name, office = f"initial/{one.stage}", -1
        if one.office is not None and len(offices) > 1:
            name, office = f"{name}/{one.office}", offices.index(one.office)
        entry, age = self.scenario.stage_names.index(one.stage), self.laws.calendar(one.age)
        row = _Source(SOURCE_INITIAL, inflow, name, entry, one.cases, age, office=office)
        self.rows.append(row)

    def add_listed(self, listed: Listed) -> None:
        """Those of a list, one by one."""
        for row, case in enumerate(listed.cases):
            name, office = f"open/{case.name}", case.office
            one = _Source(SOURCE_INITIAL, case.inflow, name, case.stage, 1, -1, office=office)
            self.rows.append(one._replace(listed=row))

    def add_inflow(self, number: int, inflow: Inflow) -> None:
        """Rate, counts, trace and waves of an inflow."""
        scenario, times = self.scenario, self.times
        entry = scenario.stage_names.index(scenario.entry_stage(tuple(scenario.inflows)[number]))
        if inflow.rate is not None:
            self._add_stream(number, inflow, "rate", entry, -1, rate_segments(inflow, times))
        if inflow.counts is not None:
            self._add_counts(number, inflow, inflow.counts, entry)
        if inflow.trace is not None:
            first, last = self.traces.add(inflow.trace, scenario, times)
            row = _Source(SOURCE_TRACE, number, "trace", entry, last - first, first, last)
            self.rows.append(row)
        for name, wave in inflow.waves.items():
            self.rows.append(
                _Source(
                    SOURCE_WAVE,
                    number,
                    name,
                    entry,
                    n=wave.people,
                    first=times.opening(times.day_of(wave.date)),
                    last=0 if wave.over is None else times.ticks(wave.over),
                    take_up=inflow.take_up_of(wave),
                    lag=self.laws.calendar(inflow.lag_of(wave)),
                    ahead=0 if wave.ahead is None else times.before(wave.date, wave.ahead),
                )
            )

    def _add_counts(self, number: int, inflow: Inflow, counts: Counts, entry: int) -> None:
        times = self.times
        offices = {name: number for number, name in enumerate(self.scenario.office_names)}
        if not inflow.counts_exact:
            for office in counts.offices:
                by_day = counts.by_day(office, times.start, times.n_days, inflow.weekdays)
                name, where = ("counts", -1) if office is None else _at(office, offices)
                pieces = daily_segments(by_day, times)
                self._add_stream(number, inflow, name, entry, where, pieces)
            return
        for text, count, office in counts.rows():
            exact = exact_segments(period_of(text), inflow.weekdays, times)
            if exact is None or not count:
                continue
            first, last = self._pieces(exact.start, exact.rate)
            name, where = ("counts", -1) if office is None else _at(office, offices)
            self.rows.append(
                _Source(
                    SOURCE_EXACT,
                    number,
                    f"{name}/{text}",
                    entry,
                    n=int(count),
                    first=first,
                    last=last,
                    office=where,
                    begin=exact.begin,
                    end=exact.end,
                )
            )

    def _add_stream(
        self,
        number: int,
        inflow: Inflow,
        name: str,
        entry: int,
        office: int,
        pieces: tuple[Ints, np.ndarray],
    ) -> None:
        """A Poisson stream of people, or of groups whose weeks vary."""
        start, rate = pieces
        group = -1 if inflow.together is None else self.laws.count(inflow.together)
        if inflow.together is not None:
            rate = rate / expected_count(inflow.together)
        if inflow.dispersion > 1:
            start, rate, week, shape = dispersed(start, rate, inflow, self.times)
            first, last = self._pieces(start, rate, week, shape)
        else:
            first, last = self._pieces(start, rate)
        row = _Source(SOURCE_RATE, number, name, entry, -1, first, last, office, group=group)
        self.rows.append(row)

    def _pieces(
        self,
        start: Ints,
        rate: np.ndarray,
        week: Ints | None = None,
        shape: np.ndarray | None = None,
    ) -> tuple[int, int]:
        """First piece of a source, and the row of its end."""
        first = len(self.starts)
        self.starts.extend(start.tolist())
        self.rates.extend(rate.tolist())
        self.weeks.extend([0] * len(start) if week is None else week.tolist())
        self.shapes.extend([0.0] * len(start) if shape is None else shape.tolist())
        return first, len(self.starts) - 1


def _upto(shares: Mapping[str, float]) -> np.ndarray:
    values = np.array(list(shares.values()), dtype=float)
    upto = np.cumsum(values) / values.sum()
    upto[-1] = 1.0
    return upto


def _at(office: str, offices: dict[str, int]) -> tuple[str, int]:
    return f"counts/{office}", offices[office]


def compile_arrivals(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    residuals: dict[str, Ints],
    initial: tuple[InitialCases, ...],
    listed: Listed,
) -> tuple[tuple[str, ...], Arrivals]:
    """Sources in order: initial cases by stage, then inflow by inflow its rate, trace and waves.

    Gives their names and their tables.
    """
    inflows = tuple(scenario.inflows)
    stages = scenario.stage_names
    book = _Book(scenario, times, laws)
    counted = [one for one in initial if not one.is_listed]
    for one in sorted(counted, key=lambda one: stages.index(one.stage)):
        book.add_initial(inflows.index(one.inflow), one)
    book.add_listed(listed)
    for number, inflow in enumerate(scenario.inflows.values()):
        book.add_inflow(number, inflow)
    rows, traces = book.rows, book.traces
    upto = np.array([_upto(scenario.office_shares_of(name)) for name in inflows])
    # The luck of a case of a list hangs on its name alone.
    full_names = [f"{'' if row.listed >= 0 else inflows[row.inflow]}/{row.name}" for row in rows]

    def column(name: str, kind: type = np.int64) -> Any:
        return np.array([getattr(row, name) for row in rows], dtype=kind)

    own_values = [
        np.array(matrix, dtype=np.int64).reshape(-1, len(stages))
        for matrix in (traces.work, traces.stay, traces.patience)
    ]
    return tuple(row.name for row in rows), Arrivals(
        source_kind=column("kind"),
        source_inflow=column("inflow"),
        source_hash=name_hashes(full_names),
        source_entry=column("entry"),
        source_office=column("office"),
        source_n=column("n"),
        source_first=column("first"),
        source_last=column("last"),
        source_take_up=column("take_up", float),
        source_lag=column("lag"),
        source_ahead=column("ahead"),
        source_begin=column("begin", float),
        source_end=column("end", float),
        source_group=column("group"),
        segment_start=np.array(book.starts, dtype=np.int64),
        segment_rate=np.array(book.rates, dtype=float),
        segment_week=np.array(book.weeks, dtype=np.int64),
        segment_shape=np.array(book.shapes, dtype=float),
        trace_applied=np.array(traces.applied, dtype=np.int64),
        trace_index=np.array(traces.index, dtype=np.int64),
        trace_office=np.array(traces.office, dtype=np.int64),
        trace_row=np.array(traces.row, dtype=np.int64),
        trace_work=own_values[0],
        trace_stay=own_values[1],
        trace_patience=own_values[2],
        office_upto=upto,
        **residuals,
        source_listed=column("listed"),
        **listed.tables,
    )
