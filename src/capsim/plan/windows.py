"""When is measured: the windows of a scenario and the periods of a study, cut into slices."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import numpy as np

from capsim.kernels.codes import NEVER
from capsim.kernels.tables import Time, Windows
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.windows import ALL, INITIAL

__all__ = ["PERIODS", "PLAIN", "Ask", "Window", "periods", "slices_of", "windows_of"]

PERIODS = ("1 week", "1 month", "1 quarter", "1 year")
"""What a study can be cut into."""


@dataclass(frozen=True)
class Ask:
    """What a study wants to be measured besides what the scenario says.

    Attributes
    ----------
    by : str or None
        Length of the calendar periods, one of `PERIODS`.
    days : tuple of str
        Days of which levels are wanted, ISO.
    shares : tuple of (str, float)
        Stages, and numbers of days, of which is wanted how many waited longer.
    money : str or None
        Length of the periods by which money is told, one of `PERIODS`.
    """

    by: str | None = None
    days: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    money: str | None = None

    @property
    def selectors(self) -> list[str]:
        """Selectors that ask for the same days and shares."""
        levels = [f"level[on={day}]" for day in self.days]
        return levels + [f'share_over["{stage}", days={days:g}]' for stage, days in self.shares]


PLAIN = Ask()
"""Nothing more than the scenario says."""


@dataclass(frozen=True)
class Window:
    """A span of calendar days in which is measured.

    Attributes
    ----------
    name : str
    low, high : int
        First day, and the day after the last.
    cohort_end : int
        The day after the last one whose joiners are judged.
    kind : {"all", "named", "initial", "period", "day"}
        Periods are told of all offices together only. The window of the initial cases is no time:
        it begins and ends with the run.
    """

    name: str
    low: int
    high: int
    cohort_end: int
    kind: Literal["all", "named", "initial", "period", "day"]


def windows_of(scenario: ScenarioFields, ask: Ask = PLAIN) -> tuple[Window, ...]:
    """The windows of a scenario: "all" first, then the named ones, then what a study asks for.

    Parameters
    ----------
    scenario : ScenarioFields
    ask : Ask
        Periods, and days of which levels are wanted.

    Raises
    ------
    ValueError
        If a window of the scenario has the name of a period and other dates, or a day lies outside
        the measured time.

    Examples
    --------
    >>> from capsim.scenario import Scenario
    >>> scenario = Scenario(
    ...     start="2026-01-15", horizon="2 months", stages={"talk": {"stay": "1 day"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> [(one.name, one.low, one.high) for one in windows_of(scenario, Ask(by="1 month"))]
    [('all', 0, 59), ('2026-01', 0, 17), ('2026-02', 17, 45), ('2026-03', 45, 59)]
    """
    start, n_days, by = scenario.start, scenario.horizon_days, ask.by
    low = min(scenario.warm_up_days, n_days)
    found = [Window(ALL, low, n_days, max(n_days - scenario.follow_up_days, 0), "all")]
    for name, table in scenario.windows.items():
        first, last = (table.from_ - start).days, (table.until - start).days
        found.append(Window(name, first, last, last, "named"))
    if scenario.initial:
        found.append(Window(INITIAL, n_days, n_days, n_days, "initial"))
    named = {one.name: one for one in found}
    for period in periods(start, low, n_days, by) if by is not None else ():
        same = named.get(period.name)
        if same is None:
            found.append(period)
        elif (same.low, same.high) != (period.low, period.high):
            raise ValueError(
                f"by = {by!r}: the scenario has a window {period.name!r} with other dates than the "
                "period of that name; give the window another name"
            )
    for text in ask.days:
        day = (datetime.date.fromisoformat(text) - start).days
        if not low <= day < n_days:
            raise ValueError(
                f"on={text} lies outside the measured time, {start + datetime.timedelta(days=low)} "
                f"to {start + datetime.timedelta(days=n_days - 1)}"
            )
        found.append(Window(text, day, day + 1, day, "day"))
    return tuple(found)


def periods(start: datetime.date, low: int, high: int, by: str) -> list[Window]:
    """Calendar weeks, months, quarters or years between two days; the first and last may be cut.

    Raises
    ------
    ValueError
        If `by` is none of these.
    """
    if by not in PERIODS:
        raise ValueError(f"by = {by!r} must be one of {', '.join(map(repr, PERIODS))}")
    result = []
    day = start + datetime.timedelta(days=low)
    end = start + datetime.timedelta(days=high)
    while day < end:
        name, following = _period(day, by)
        until = min(following, end)
        low, high = (day - start).days, (until - start).days
        result.append(Window(name, low, high, high, "period"))
        day = until
    return result


def _period(day: datetime.date, by: str) -> tuple[str, datetime.date]:
    """Name of the period of a day, and the first day of the next one."""
    if by == "1 week":
        year, week, weekday = day.isocalendar()
        return f"{year}-W{week:02d}", day + datetime.timedelta(days=8 - weekday)
    if by == "1 year":
        return f"{day.year}", datetime.date(day.year + 1, 1, 1)
    months = 3 if by == "1 quarter" else 1
    number = (day.month - 1) // months
    name = f"{day.year}-Q{number + 1}" if months == 3 else f"{day.year}-{day.month:02d}"
    year, month = divmod((number + 1) * months, 12)
    return name, datetime.date(day.year + year, month + 1, 1)


def slices_of(time: Time, windows: tuple[Window, ...]) -> Windows:
    """The windows as kernels read them: measured time, cut at every border of a window."""
    borders = {day for one in windows for day in (one.low, one.high, one.cohort_end)}
    measured = windows[0]
    days = np.array(sorted(d for d in borders if measured.low <= d <= measured.high), np.int64)
    if len(days) == 1:
        days = np.array([measured.low, measured.high], np.int64)
    office = time.office_day[days] * time.day_ticks
    office[-1] = NEVER
    of_day = np.searchsorted(days, np.arange(time.n_days + 1), side="right") - 1
    first, last, cohort = (
        np.searchsorted(days, [getattr(one, name) for one in windows])
        for name in ("low", "high", "cohort_end")
    )
    for w, one in enumerate(windows):
        if one.kind == "initial":
            cohort[w] = len(days)  # their slice stands behind all others
    members = [
        [w for w in range(len(windows)) if first[w] <= s < cohort[w]] for s in range(len(days))
    ]
    table = Windows(
        border=days * time.day_ticks,
        office=office,
        of_day=np.minimum(of_day, len(days) - 2),
        first=first,
        last=last,
        cohort=cohort,
        whole=np.array([one.kind == "period" for one in windows]),
        of_slice=np.cumsum([0, *map(len, members)]),
        member=np.array([w for row in members for w in row]),
    )
    return Windows(*(np.ascontiguousarray(column, dtype=np.int64) for column in table))
