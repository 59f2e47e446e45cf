"""Where applicants come from: initial cases, rates, traces and waves as tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from capsim.kernels.codes import SOURCE_INITIAL, SOURCE_RATE, SOURCE_TRACE, SOURCE_WAVE
from capsim.kernels.tables import Arrivals
from capsim.plan.hashes import name_hashes
from capsim.plan.laws import LawBook
from capsim.plan.plan import Ints
from capsim.plan.timetable import Timetable
from capsim.scenario.inflow import Inflow, InitialCases, Trace
from capsim.scenario.model import Scenario
from capsim.scenario.units import half_up

__all__ = ["compile_arrivals", "rate_segments"]


def rate_segments(inflow: Inflow, times: Timetable) -> tuple[Ints, np.ndarray]:
    """Pieces of constant rate of an inflow, and the end of the last one.

    The rate changes at its steps, at the beginning of a calendar month if there is seasonality, and
    every day if it grows: day d has the factor (1 + growth) ** (d / 365.25).

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
        (half_up(since * day_ticks), rate / day_ticks) for since, rate in inflow.rate.steps_per_day
    ]
    starts = {0} | {since for since, _ in steps}
    if inflow.seasonality is not None:
        starts |= {day * day_ticks for day, _ in times.months()}
    if inflow.growth:
        starts |= {day * day_ticks for day in range(n_days)}
    start = np.array(sorted(s for s in starts if s < n_days * day_ticks), dtype=np.int64)
    position = np.searchsorted([since for since, _ in steps], start, side="right")
    rate = np.array([0.0, *(value for _, value in steps)])[position]
    day = start // day_ticks
    if inflow.seasonality is not None:
        rate = rate * np.array(inflow.seasonality)[times.month_of_days()[day] - 1]
    if inflow.growth:
        rate = rate * times.growth_factors(inflow.growth)[day]
    return np.append(start, n_days * day_ticks), np.append(rate, 0.0)


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


def compile_arrivals(
    scenario: Scenario,
    times: Timetable,
    laws: LawBook,
    residuals: dict[str, Ints],
    initial: tuple[InitialCases, ...],
) -> tuple[tuple[str, ...], Arrivals]:
    """Sources in order: initial cases by stage, then inflow by inflow its rate, trace and waves.

    Gives their names and their tables.
    """
    inflows = tuple(scenario.inflows)
    stages = scenario.stage_names
    rows: list[tuple[int, int, str, int, int, int, int, float, int]] = []
    starts: list[int] = []
    rates: list[float] = []
    traces = _Traces()
    for one in sorted(initial, key=lambda one: stages.index(one.stage)):
        number, entry = inflows.index(one.inflow), stages.index(one.stage)
        name, age, office = f"initial/{one.stage}", laws.calendar(one.age), -1
        if one.office is not None and len(scenario.office_names) > 1:
            name, office = f"{name}/{one.office}", scenario.office_names.index(one.office)
        rows.append((SOURCE_INITIAL, number, name, entry, one.cases, age, office, 1.0, -1))
    for number, (inflow_name, inflow) in enumerate(scenario.inflows.items()):
        entry = stages.index(scenario.entry_stage(inflow_name))
        if inflow.rate is not None:
            start, rate = rate_segments(inflow, times)
            first = len(starts)
            starts.extend(start.tolist())
            rates.extend(rate.tolist())
            rows.append((SOURCE_RATE, number, "rate", entry, -1, first, len(starts) - 1, 1.0, -1))
        if inflow.trace is not None:
            first, last = traces.add(inflow.trace, scenario, times)
            rows.append((SOURCE_TRACE, number, "trace", entry, last - first, first, last, 1.0, -1))
        lag = laws.calendar(inflow.lag) if inflow.waves else -1
        for name, wave in inflow.waves.items():
            base = times.opening(times.day_of(wave.date))
            over = 0 if wave.over is None else times.ticks(wave.over)
            row = (SOURCE_WAVE, number, name, entry, wave.people, base, over, inflow.take_up, lag)
            rows.append(row)
    shares = np.array(list(scenario.office_shares.values()), dtype=float)
    upto = np.cumsum(shares) / shares.sum()
    upto[-1] = 1.0
    columns = list(zip(*rows, strict=True)) or [()] * 9
    full_names = [f"{inflows[row[1]]}/{row[2]}" for row in rows]
    own_values = [
        np.array(matrix, dtype=np.int64).reshape(-1, len(stages))
        for matrix in (traces.work, traces.stay, traces.patience)
    ]
    return tuple(row[2] for row in rows), Arrivals(
        source_kind=np.array(columns[0], dtype=np.int64),
        source_inflow=np.array(columns[1], dtype=np.int64),
        source_hash=name_hashes(full_names),
        source_entry=np.array(columns[3], dtype=np.int64),
        source_n=np.array(columns[4], dtype=np.int64),
        source_first=np.array(columns[5], dtype=np.int64),
        source_last=np.array(columns[6], dtype=np.int64),
        source_take_up=np.array(columns[7], dtype=float),
        source_lag=np.array(columns[8], dtype=np.int64),
        segment_start=np.array(starts, dtype=np.int64),
        segment_rate=np.array(rates, dtype=float),
        trace_applied=np.array(traces.applied, dtype=np.int64),
        trace_index=np.array(traces.index, dtype=np.int64),
        trace_office=np.array(traces.office, dtype=np.int64),
        trace_row=np.array(traces.row, dtype=np.int64),
        trace_work=own_values[0],
        trace_stay=own_values[1],
        trace_patience=own_values[2],
        office_upto=upto,
        **residuals,
    )
