"""A service's own event log: read, checked, and brought to days since its first day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from capsim.plan.plan import Floats
from capsim.records.durations import Durations
from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.calendar import Calendar
from capsim.scenario.errors import Mistake, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventLog", "read_log"]

TIMES = ("joined", "assigned", "started", "served", "ended")
REQUIRED = ("case", "stage", "joined", "started", "ended")
OUTCOMES = ("completed", "left", "turned_away", "open")
# Cases of a simulation that were there on the first day: their stays began before anyone looked.
_INITIAL = re.compile(r".+/initial/.+")
_SHOWN_ROWS = 5
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class EventLog:
    """A checked log.

    Attributes
    ----------
    stays : DataFrame
        In the order of each case; times in days since `day_0`, with columns initial (already there
        on the first day), entry (first stay of its case) and following (stage of the next stay).
    visits : DataFrame or None
    day_0 : date or None
        Date of day 0; None where only numbers of days are known.
    begin, end : float
        The window in which events were recorded, days.
    whole_days : bool
        Whether times are dates without an hour.
    closed_before : (days + 1,) float64
        Length of the run of closed days that ends at the opening of each day from day 0.
    scenario : Scenario or None
    """

    stays: pd.DataFrame
    visits: pd.DataFrame | None
    day_0: datetime.date | None
    begin: float
    end: float
    whole_days: bool
    closed_before: Floats
    scenario: Scenario | None

    @property
    def last(self) -> float:
        """The instant until which something could have been recorded."""
        return self.end - float(self._closed(np.array([self.end]))[0])

    def _closed(self, instants: Floats) -> Floats:
        """Days on which nothing could happen just before each instant."""
        day = np.floor(np.nan_to_num(instants, nan=-1.0) + _TINY).astype(np.int64)
        opening = np.abs(instants - day) <= _TINY
        inside = opening & (day >= 0) & (day < len(self.closed_before))
        return np.where(inside, self.closed_before[np.where(inside, day, 0)], 0.0)

    def durations(self, since: Any, until: Any, ended: Any) -> Durations:
        """Durations from `since` to `until`, going on at `until` where they have not `ended`.

        Those that ended before the window are left out; those that began before it came into view
        at its beginning. An end at the first opening after closed days lies anywhere on them.
        """
        begun = np.asarray(since, dtype=np.float64)
        seen_until = np.asarray(until, dtype=np.float64)
        is_end = np.asarray(ended, dtype=bool) & ~(seen_until >= self.end)
        seen_until = np.where(is_end, seen_until, np.fmin(seen_until, self.last))
        upper = seen_until - begun
        lower = upper - self._closed(seen_until)
        if self.whole_days:
            lower, upper = lower - 0.5, upper + 0.5
        entry = np.maximum(self.begin - begun, 0.0)
        lower = np.maximum(lower, entry)
        kept = (begun < self.end) & (seen_until > self.begin) & (upper > 0)
        kept &= ~np.isnan(upper)
        upper = np.where(is_end, np.maximum(upper, lower), np.inf)
        return Durations(lower[kept], upper[kept], entry[kept])


def read_log(
    log: pd.DataFrame,
    *,
    inflow: str,
    start: Any,
    end: Any,
    calendar: Any,
    visits: pd.DataFrame | None,
    cases: pd.DataFrame | None,
    scenario: Scenario | None,
) -> EventLog:
    """The log, checked.

    Raises
    ------
    ScenarioError
        With every mistake: missing columns, unknown stages and inflows, times that contradict.
    """
    import pandas as pd

    mistakes = _missing(log, REQUIRED, "log")
    if visits is not None:
        mistakes += _missing(visits, ("case", "stage"), "visits")
    if cases is not None:
        mistakes += _missing(cases, ("case", "exit"), "cases")
    if not mistakes and not len(log):
        mistakes.append(Mistake.absent("log", "has no rows", "give at least one stay"))
    if mistakes:
        raise ScenarioError(mistakes, "the log")
    if "inflow" in log.columns and inflow not in set(log["inflow"]):
        known = [str(name) for name in log["inflow"].dropna().unique()]
        raise ScenarioError(
            [Mistake("inflow", inflow, "is not in the log", nearest(inflow, known))], "the log"
        )
    chosen = log[log["inflow"] == inflow] if "inflow" in log.columns else log
    written = [name for name in TIMES if name in chosen.columns and not chosen[name].isna().all()]
    counted = [name for name in written if pd.api.types.is_numeric_dtype(chosen[name])]
    dated = len(counted) < len(written)
    if counted and dated:
        others = ", ".join(name for name in written if name not in counted)
        raise ScenarioError(
            [
                Mistake.absent(
                    f"log.{counted[0]}",
                    f"has numbers of days, but {others} has dates",
                    "write all times alike",
                )
            ],
            "the log",
        )
    day_0 = _date(start)
    if day_0 is None and not dated and scenario is not None:
        day_0 = scenario.start
    if day_0 is None and dated:
        first = _moments(chosen["joined"]).min()
        day_0 = None if pd.isna(first) else first.date()
    stays = pd.DataFrame({"case": chosen["case"], "stage": chosen["stage"]}, index=chosen.index)
    for name in TIMES:
        if name in chosen.columns:
            stays[name] = _in_days(chosen[name], day_0, f"log.{name}", mistakes)
        else:
            stays[name] = np.nan
    for name in ("office", "outcome", "exit", "hours", "visits_done", "nth"):
        if name in chosen.columns:
            stays[name] = chosen[name]
    if "hours" in stays:
        stays["hours"] = _work_hours(chosen, "log", mistakes)
    mistakes += _contradictions(stays, chosen, scenario)
    window = (_day(start, day_0), _day(end, day_0))
    stays = _completed(stays, cases, inflow)
    own = _own_visits(visits, inflow, day_0, mistakes)
    if window[0] is not None and window[1] is not None and window[1] <= window[0]:
        mistakes.append(Mistake("end", end, "lies before the start", "write a later end"))
    if mistakes:
        raise ScenarioError(mistakes, "the log")
    times = stays[[name for name in TIMES if name in stays]].to_numpy(dtype=np.float64)
    finite = times[np.isfinite(times)]
    whole = dated and bool((np.abs(finite - np.round(finite)) < _TINY).all())
    begin = window[0] if window[0] is not None else 0.0
    last = window[1]
    if last is None and not dated and scenario is not None:
        last = float(scenario.horizon_days)
    if last is None:
        last = float(finite.max()) + (1.0 if whole else 0.0)
    stays = stays[stays["joined"] < last].copy()
    for name in TIMES:
        stays.loc[stays[name] >= last, name] = np.nan
    if stays.empty:
        raise ScenarioError(
            [
                Mistake(
                    "end", last if end is None else end, "lies before all stays", "write a later"
                )
            ],
            "the log",
        )
    stays.loc[stays["ended"].isna(), "outcome"] = "open"
    closed = _closed_runs(_calendar(calendar, scenario), day_0, int(np.ceil(last)) + 1)
    return EventLog(stays, own, day_0, begin, last, whole, closed, scenario)


def _missing(frame: Any, columns: Iterable[str], name: str) -> list[Mistake]:
    if not hasattr(frame, "columns"):
        return [
            Mistake(name, type(frame).__name__, "must be a data frame", "read it with pandas first")
        ]
    present = [str(column) for column in frame.columns]
    return [
        Mistake.absent(f"{name}.{column}", "the column is missing", nearest(column, present))
        for column in columns
        if column not in present
    ]


def _rows(frame: pd.DataFrame, wrong: Any) -> str:
    labels = [str(label) for label in frame.index[np.asarray(wrong, dtype=bool)]]
    more = len(labels) - _SHOWN_ROWS
    text = ", ".join(labels[:_SHOWN_ROWS]) + (f" and {more} more" if more > 0 else "")
    return f"row{'' if len(labels) == 1 else 's'} {text}"


def _in_days(
    column: pd.Series, day_0: datetime.date | None, path: str, mistakes: list[Mistake]
) -> pd.Series:
    import pandas as pd

    if column.isna().all():
        return pd.Series(np.nan, index=column.index)
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    moments = _moments(column)
    wrong = moments.isna() & column.notna()
    if wrong.any():
        mistakes.append(
            Mistake(
                f"{path}, {_rows(column.to_frame(), wrong)}",
                str(column[wrong].iloc[0]),
                "is no date, time or number of days",
                "write 2026-01-31, 2026-01-31 09:30, or leave it empty while it has not happened",
            )
        )
    if moments.dt.tz is not None:
        moments = moments.dt.tz_localize(None)
    first = pd.Timestamp(day_0) if day_0 is not None else moments.min()
    return (moments - first) / pd.Timedelta(days=1)


def _moments(column: pd.Series) -> pd.Series[pd.Timestamp]:
    """Dates and times of texts, NaT for what is none; no guess which of 3/4 is the month."""
    import pandas as pd

    if not pd.api.types.is_object_dtype(column) and not pd.api.types.is_string_dtype(column):
        return pd.to_datetime(column, errors="coerce")
    return pd.to_datetime(column, errors="coerce", format="ISO8601")


def _work_hours(frame: pd.DataFrame, name: str, mistakes: list[Mistake]) -> pd.Series:
    """Hours as numbers, 0 or more."""
    import pandas as pd

    hours = pd.to_numeric(frame["hours"], errors="coerce")
    for wrong, rule in (
        (hours.isna() & frame["hours"].notna(), "is no number"),
        (hours < 0, "work cannot be negative"),
    ):
        if wrong.any():
            value = frame.loc[wrong, "hours"].iloc[0]
            mistakes.append(
                Mistake(
                    f"{name}.hours, {_rows(frame, wrong)}",
                    value.item() if isinstance(value, np.generic) else value,
                    rule,
                    "write hours of client work, such as 1.5",
                )
            )
    return hours


def _contradictions(
    stays: pd.DataFrame, written: pd.DataFrame, scenario: Scenario | None
) -> list[Mistake]:
    mistakes = []

    def report(column: str, wrong: Any, rule: str, remedy: str) -> None:
        if wrong.any():
            path = f"log.{column}, {_rows(stays, wrong)}"
            value = written.loc[wrong.to_numpy(), column].iloc[0]
            value = value.item() if isinstance(value, np.generic) else value
            mistakes.append(Mistake(path, value, rule, remedy))

    for column in ("case", "stage", "joined"):
        report(column, written[column].isna(), "must not be empty", "fill it in, or drop the row")
    if scenario is not None and len(scenario.offices) > 1 and "office" in stays:
        names = list(scenario.offices)
        elsewhere = stays["office"].notna() & ~stays["office"].isin(names)
        for name in stays.loc[elsewhere, "office"].unique():
            report(
                "office",
                stays["office"] == name,
                "is no office of the scenario",
                nearest(str(name), names),
            )
    if scenario is not None:
        unknown = ~stays["stage"].isin(scenario.stage_names) & stays["stage"].notna()
        for name in stays.loc[unknown, "stage"].unique():
            report(
                "stage",
                stays["stage"] == name,
                "is no stage of the scenario",
                nearest(str(name), scenario.stage_names),
            )
    known_wrong = {name: stays["case"].isna() & False for name in TIMES}
    for earlier, later in (
        ("joined", "assigned"),
        ("joined", "started"),
        ("joined", "ended"),
        ("started", "ended"),
        ("started", "served"),
        ("served", "ended"),
    ):
        # One sentence for each time that is too early, however many it contradicts.
        wrong = (stays[later] < stays[earlier] - _TINY) & ~known_wrong[later]
        known_wrong[later] = known_wrong[later] | wrong
        report(
            later,
            wrong,
            f"lies before '{earlier}'",
            "correct one of both times",
        )
    if "outcome" in stays:
        wrong = stays["outcome"].notna() & ~stays["outcome"].isin(OUTCOMES)
        for name in stays.loc[wrong, "outcome"].unique():
            report(
                "outcome",
                stays["outcome"] == name,
                f"is none of {', '.join(OUTCOMES)}",
                nearest(str(name), OUTCOMES),
            )
        report(
            "outcome",
            (stays["outcome"] == "open") & stays["ended"].notna(),
            "cannot be open with a time in 'ended'",
            "take the time away, or write completed or left",
        )
    keys = [name for name in ("case", "stage", "nth", "joined") if name in stays]
    report(
        "case",
        stays.duplicated(keys, keep="first") & stays["case"].notna(),
        "is in that stage twice from the same time on",
        "keep one row per stay",
    )
    return mistakes


def _completed(stays: pd.DataFrame, cases: pd.DataFrame | None, inflow: str) -> pd.DataFrame:
    """Outcome, order, source and following stage of each stay."""
    stays = stays.assign(_row=np.arange(len(stays)))
    stays = stays.sort_values(["case", "joined", "_row"], kind="stable").drop(columns="_row")
    has_starts = stays.groupby("stage")["started"].transform("count") > 0
    # An end without a start is a case that gave up, unless the stage never has a start.
    inferred = np.where(
        stays["ended"].isna(),
        "open",
        np.where(stays["started"].isna() & has_starts, "left", "completed"),
    )
    if "outcome" in stays:
        inferred = np.where(stays["outcome"].isna(), inferred, stays["outcome"])
    stays["outcome"] = inferred
    names = stays["case"].astype(str)
    stays["entry"] = ~stays.duplicated("case", keep="first")
    stays["initial"] = stays["entry"] & names.str.fullmatch(_INITIAL.pattern)
    # A simulated case bears its source: only those of the rate tell about the rate.
    named = names.str.startswith(f"{inflow}/").all()
    stays["by_rate"] = names.str.startswith(f"{inflow}/rate/") if named else True
    stays["following"] = stays.groupby("case", sort=False)["stage"].shift(-1)
    if cases is not None:
        exits = cases.drop_duplicates("case").set_index("case")["exit"]
        stays["exit"] = stays["case"].map(exits)
    return stays


def _own_visits(
    visits: pd.DataFrame | None,
    inflow: str,
    day_0: datetime.date | None,
    mistakes: list[Mistake],
) -> pd.DataFrame | None:
    if visits is None:
        return None
    chosen = visits[visits["inflow"] == inflow] if "inflow" in visits.columns else visits
    own = chosen.copy()
    for name in ("due", "started", "ended"):
        if name in own:
            own[name] = _in_days(own[name], day_0, f"visits.{name}", mistakes)
    if {"started", "ended"} <= set(own.columns):
        wrong = own["ended"] < own["started"] - _TINY
        if wrong.any():
            mistakes.append(
                Mistake(
                    f"visits.ended, {_rows(own, wrong)}",
                    own.loc[wrong, "ended"].iloc[0],
                    "lies before 'started'",
                    "correct one of both times",
                )
            )
    if "hours" in own:
        own["hours"] = _work_hours(own, "visits", mistakes)
    return own


def _date(value: Any) -> datetime.date | None:
    import pandas as pd

    if value is None or isinstance(value, int | float | np.number):
        return None
    try:
        return pd.Timestamp(value).date()
    except (ValueError, TypeError):
        raise ScenarioError(
            [Mistake("start or end", value, "is no date", "write 2026-01-31, or a day number")],
            "the log",
        ) from None


def _day(value: Any, day_0: datetime.date | None) -> float | None:
    date = _date(value)
    if value is None:
        return None
    if date is None:
        return float(value)
    if day_0 is None:
        raise ScenarioError(
            [
                Mistake(
                    "end", value, "is a date where the log counts days", "give start as a date too"
                )
            ],
            "the log",
        )
    return float((date - day_0).days)


def _calendar(calendar: Any, scenario: Scenario | None) -> Calendar | np.ndarray | None:
    if isinstance(calendar, np.ndarray):
        return calendar
    if calendar is None:
        return scenario.calendar if scenario is not None else None
    if isinstance(calendar, Calendar):
        return calendar
    try:
        return Calendar.model_validate(calendar)
    except ValidationError as error:
        raise ScenarioError(
            [
                Mistake(
                    ".".join(["calendar", *(str(token) for token in one["loc"])]),
                    one["input"],
                    one["msg"],
                    "write it as in a scenario, such as {'country': 'BE'}",
                )
                for one in error.errors()
            ],
            "the log",
        ) from None


def _closed_runs(
    calendar: Calendar | np.ndarray | None, day_0: datetime.date | None, n_days: int
) -> Floats:
    runs = np.zeros(n_days + 1)
    if isinstance(calendar, np.ndarray):
        is_open = np.ones(n_days, dtype=bool)
        is_open[: len(calendar)] = calendar[:n_days]
    elif calendar is None or day_0 is None:
        return runs
    else:
        is_open = calendar.open_days(day_0, n_days)
    for day in range(n_days):
        runs[day + 1] = 0.0 if is_open[day] else runs[day] + 1.0
    return runs
