"""What was observed: numbers and curves by day, date, week or calendar month.

Official figures come by calendar month, under the names that a spreadsheet gives to months:
2026-04, the first day, or the last one. All of them mean the whole month: an arrival counts in it,
a level is its mean over it, whatever day it is filed under.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import Selector
from capsim.execution.scenario_work import VALUE_COLUMNS
from capsim.measures.series import CALENDAR_MONTH
from capsim.plan.plan import Floats
from capsim.records.times import Clock
from capsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Curve", "curve_of", "dates_of", "places", "read_observed"]

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_WEEK = re.compile(r"\d{4}-W\d{2}")
_WHEN = ("day", "period", "month", "week", "date")


@dataclass(frozen=True, eq=False)
class Curve:
    """An observed curve.

    Attributes
    ----------
    days : (n,) first day of each interval, since the start of the scenario
    values : (n,)
    periods : list of str
        Each interval as its reader would write it: 2026-04, or the date of its first day.
    every : str
        Length of an interval.
    """

    days: Floats
    values: Floats
    periods: list[str]
    every: str


def read_observed(observed: Any) -> tuple[dict[str, float], dict[str, pd.Series]]:
    """Observed numbers and curves by selector."""
    import pandas as pd

    if isinstance(observed, pd.DataFrame):
        return _from_frame(observed)
    if isinstance(observed, Mapping) and not observed:
        raise ValueError('observed: it is empty; give {"late_share[investigation]": 0.12}, say')
    if not isinstance(observed, Mapping):
        raise ValueError(
            f"observed = {type(observed).__name__}: must be a mapping from selectors to values, "
            'such as {"late_share[investigation]": 0.12}, or a frame measure, of, value'
        )
    numbers: dict[str, float] = {}
    curves: dict[str, pd.Series] = {}
    wrong = []
    for name, value in observed.items():
        if isinstance(value, pd.Series):
            curves[str(name)] = value
        elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
            numbers[str(name)] = float(value)
        else:
            wrong.append(f"{name} = {value!r} is neither a number nor a pandas Series by day")
    if wrong:
        raise ValueError("observed: " + "; ".join(wrong))
    return numbers, curves


def _from_frame(frame: pd.DataFrame) -> tuple[dict[str, float], dict[str, pd.Series]]:
    columns = [str(name) for name in frame.columns]
    when = next((name for name in _WHEN if name in columns), None)
    if any("[" in name for name in columns):
        # A wide table: a column of periods, and one for each thing that was counted.
        table = frame if when is None else frame.set_index(when)
        others = [name for name in table.columns if "[" not in str(name)]
        if others:
            raise ValueError(
                f"observed: {others[0]!r} is no measure of something; write arrivals[intake], say, "
                f"and one of {', '.join(_WHEN)} for the periods"
            )
        return {}, {str(name): table[name].dropna() for name in table.columns}
    missing = [name for name in ("measure", "of", "value") if name not in frame.columns]
    if missing:
        raise ValueError(
            f"observed: no column {', '.join(missing)} among {list(frame.columns)}; give measure, "
            "of, value, and day or period for curves"
        )
    numbers: dict[str, float] = {}
    curves: dict[str, pd.Series] = {}
    keys = [name for name in VALUE_COLUMNS if name in frame.columns]
    for key, rows in frame.groupby(keys, sort=False, dropna=False):
        parts: dict[str, Any] = {
            name: str(part) for name, part in zip(keys, key, strict=True) if part == part
        }
        selector = str(Selector(**parts))
        if when is None or rows[when].isna().all():
            if len(rows) > 1:
                raise ValueError(
                    f"observed: {len(rows)} values of {selector} without a day; give one, or days"
                )
            numbers[selector] = float(rows["value"].iloc[0])
        else:
            curves[selector] = rows.set_index(when)["value"]
    return numbers, curves


def curve_of(name: str, written: pd.Series, scenario: Scenario, every: str | None) -> Curve:
    """The curve by days since the first day of the scenario.

    Raises
    ------
    ValueError
        If the index holds neither days, dates nor periods, if a value is no number, or if a month
        is not simulated as a whole.
    """
    import pandas as pd

    values = pd.to_numeric(written, errors="coerce")
    wrong = values.isna() & written.notna()
    if wrong.any():
        raise ValueError(f"{name}: {written[wrong].iloc[0]!r} is no number")
    dates, length = dates_of(name, pd.Index(written.index), scenario)
    whole = pd.Series(dates)
    firsts, lasts = whole.dt.is_month_start.all(), whole.dt.is_month_end.all()
    at_borders = (firsts or lasts) and (whole == whole.dt.normalize()).all()
    # A date alone may be that of anything, unless it ends a month.
    enough = len(whole) > 1 or (lasts and length == "date")
    if length != "days" and at_borders and enough:
        length = "months"
    zero = pd.Timestamp(scenario.start)
    number = values.to_numpy(dtype=np.float64)
    if length == "months" and every in (None, "1 month"):
        begin = whole.dt.to_period("M").dt.start_time
        days = ((begin - zero) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)
        days, number, begin = _sorted(days, number, begin)
        _check_months(name, begin, scenario)
        unit = "1 month" if scenario.start.day == 1 else CALENDAR_MONTH
        return Curve(days, number, [f"{month:%Y-%m}" for month in begin], unit)
    days = ((whole - zero) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)
    days, number, begin = _sorted(days, number, whole)
    steps = np.diff(np.unique(days))
    unit = f"{float(steps.min()):g} days" if len(steps) else "7 days"
    return Curve(days, number, [f"{day:%Y-%m-%d}" for day in begin], every or unit)


def _sorted(days: np.ndarray, values: Floats, dates: pd.Series) -> tuple[Floats, Floats, pd.Series]:
    order = np.argsort(days, kind="stable")
    return days[order], values[order], dates.iloc[order]


def dates_of(name: str, index: pd.Index, scenario: Scenario) -> tuple[Any, str]:
    """First instants of the intervals as dates, and "months", "days", "date" or "number"."""
    import pandas as pd

    if len(index) and all(isinstance(entry, pd.Period) for entry in index):
        periods = pd.PeriodIndex(index)
        unit = periods.freqstr.partition("-")[0]
        if unit not in ("M", "ME", "W", "D"):
            raise ValueError(f"{name}: periods of {unit} are not simulated; give months or days")
        return periods.start_time, "months" if unit in ("M", "ME") else "days"
    texts = [str(entry).strip() for entry in index]
    if texts and all(_MONTH.fullmatch(text) for text in texts):
        return pd.to_datetime([f"{text}-01" for text in texts], format="%Y-%m-%d"), "months"
    if texts and all(_WEEK.fullmatch(text) for text in texts):
        try:
            mondays = [
                datetime.date.fromisocalendar(int(text[:4]), int(text[6:]), 1) for text in texts
            ]
        except ValueError:
            raise ValueError(f"{name}: there is no week {texts[0]} in its year") from None
        return pd.DatetimeIndex(mondays), "days"
    zero = pd.Timestamp(scenario.start)
    numbers = pd.to_numeric(pd.Series(index), errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(index) and numbers.notna().all():
        return zero + pd.to_timedelta(numbers.to_numpy(dtype=np.float64), unit="D"), "number"
    clock = Clock(scenario.calendar.local_zone)
    moments = clock.read(pd.Series(index, index=range(len(index))), name, [])
    if moments.isna().any():
        wrong = pd.Series(index)[moments.isna().to_numpy()].iloc[0]
        raise ValueError(
            f"{name}: {wrong!r} is neither a day since the start, a date nor a month; index it by "
            "one, such as 2026-04 or 2026-04-01"
        )
    return pd.DatetimeIndex(moments), "date"


def _check_months(name: str, begin: pd.Series, scenario: Scenario) -> None:
    """Refuse months that the run does not hold as a whole, and months there twice."""
    import pandas as pd

    first = pd.Timestamp(scenario.start)
    end = first + pd.Timedelta(days=scenario.horizon_days)
    outside = (begin < first) | (begin + pd.offsets.MonthBegin(1) > end)
    if outside.any():
        months = ", ".join(f"{month:%Y-%m}" for month in begin[outside][:5])
        raise ValueError(
            f"{name}: the run is from {scenario.start} to {(end - pd.Timedelta(days=1)).date()} "
            f"and does not hold all of {months}; leave these months out"
        )
    doubled = begin[begin.duplicated()]
    if len(doubled):
        raise ValueError(f"{name}: {doubled.iloc[0]:%Y-%m} is there twice; give each once")


def places(name: str, curve: Curve, rows: pd.DataFrame) -> np.ndarray:
    """Columns of the simulated series at the observed days.

    Raises
    ------
    ValueError
        If there is no such series, or none on such a day.
    """
    selector = Selector.parse(name)
    if selector.inflow != "all":
        raise ValueError(f"{name}: curves are of all inflows together; leave out inflow=")
    offices = list(dict.fromkeys(rows["office"]))
    # A scenario with one office has its series under the name of that office.
    office = selector.office if selector.office in offices or len(offices) > 1 else offices[0]
    mask = (rows["measure"] == selector.measure) & (rows["office"] == office)
    if selector.of is not None:
        mask &= rows["of"] == selector.of
    if selector.kind is not None:
        mask &= rows["kind"] == selector.kind
    if not mask.any():
        measures = ", ".join(dict.fromkeys(rows["measure"]))
        stages = ", ".join(dict.fromkeys(rows["of"]))
        raise ValueError(f"{name}: no such series; measures: {measures}; of: {stages}")
    found = rows[mask]
    if selector.kind is None and (found["kind"] == "stage").any():
        found = found[found["kind"] == "stage"]
    if found[["kind", "of"]].drop_duplicates().shape[0] > 1:
        kinds = ", ".join(f"{k} {o}" for k, o in found[["kind", "of"]].drop_duplicates().to_numpy())
        raise ValueError(f"{name}: could be {kinds}; name one, with kind= where needed")
    by_day = {
        round(float(day), 6): place for place, day in zip(found.index, found["day"], strict=True)
    }
    days = [round(float(day), 6) for day in curve.days]
    strange = [f"{day:g}" for day in days if day not in by_day]
    if strange:
        raise ValueError(
            f"{name}: no simulated interval of {curve.every} begins on day "
            f"{', '.join(strange[:5])}; give the days 0, d, 2 d, ... and every='d days', or "
            "calendar months"
        )
    if len(set(days)) < len(days):
        raise ValueError(f"{name}: a day is there twice; give each once")
    return np.array([by_day[day] for day in days], dtype=np.int64)
