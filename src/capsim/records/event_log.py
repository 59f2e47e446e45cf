"""A service's own event log: read, checked, and brought to days since its first day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from capsim.plan.plan import Floats
from capsim.records.columns import legal_names
from capsim.records.durations import Durations
from capsim.records.files import cleaned, stays_of
from capsim.records.log_mistakes import (
    TIMES,
    TINY,
    contradictions,
    missing_columns,
    work_hours,
)
from capsim.records.times import Clock, date_of, rows_of
from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.tables.calendar import Calendar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventLog", "calendar_of", "check_log", "day_number"]

REQUIRED = ("case", "stage", "joined", "started", "ended")
_JUST_AFTER = 1e-6
# Cases of a simulation that were there on the first day: their stays began before anyone looked.
_INITIAL = re.compile(r".+/initial/.+")


@dataclass(frozen=True, eq=False)
class EventLog:
    """A checked log.

    Attributes
    ----------
    stays : DataFrame
        In the order of each case; times in days since `day_0`, with columns initial (already there
        on the first day), unseen (written down at its end, its beginning not known), entry (first
        stay of its case) and following (stage of the next stay).
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
    legal : dict
        Stages whose names a scenario may not bear, and the name that each got.
    remarks : tuple of str
        How the log was read.
    opening : float
        Part of a day after which the office opens; 0 where a log counts office hours as days.
    """

    stays: pd.DataFrame
    visits: pd.DataFrame | None
    day_0: datetime.date | None
    begin: float
    end: float
    whole_days: bool
    closed_before: Floats
    scenario: Scenario | None
    legal: dict[str, str]
    remarks: tuple[str, ...]
    opening: float = 0.0

    @property
    def last(self) -> float:
        """The instant until which something could have been recorded."""
        return self.end - float(self._closed(np.array([self.end]))[0])

    def _closed(self, instants: Floats) -> Floats:
        """Days on which nothing could happen just before each instant."""
        day = np.floor(np.nan_to_num(instants, nan=-1.0) + TINY).astype(np.int64)
        at_opening = (instants - day) <= self.opening + TINY
        inside = at_opening & (day >= 0) & (day < len(self.closed_before))
        closed = np.where(inside, self.closed_before[np.where(inside, day, 0)], 0.0)
        # Before the opening of the first day after them lie the hours of that morning too.
        return np.where(closed > 0, closed + np.maximum(instants - day, 0.0), 0.0)

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
        return Durations.of(lower[kept], upper[kept], entry[kept])


def check_log(
    log: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None,
    clock: Clock,
    inflow: str,
    zero: datetime.date | None,
    start: Any,
    end: Any,
    calendar: Any,
    visits: pd.DataFrame | None,
    cases: pd.DataFrame | None,
    scenario: Scenario | None,
) -> EventLog:
    """The log, checked; `zero` is the date of day 0 of a log that counts days, if it is known.

    Raises
    ------
    ScenarioError
        With every mistake: missing columns, unknown stages and inflows, times that contradict.
    """
    mistakes: list[Mistake] = []
    remarks: list[str] = []
    if hasattr(log, "columns"):
        log, remarks = stays_of(log, columns, clock, mistakes)
    missing = missing_columns(log, REQUIRED, "log")
    own = given = None
    if visits is not None:
        missing += missing_columns(visits, ("case", "stage"), "visits")
        own = visits if missing else cleaned(visits, None, "visits", clock, mistakes)
    if cases is not None:
        missing += missing_columns(cases, ("case", "exit"), "cases")
        given = cases if missing else cleaned(cases, None, "cases", clock, mistakes)
    if not missing and not len(log):
        missing.append(Mistake.absent("log", "has no rows", "give at least one stay"))
    if missing:
        raise ScenarioError([*missing, *mistakes], "the log")
    remarks += clock.remarks()
    chosen = _of_inflow(log, inflow)
    day_0, dated = _first_day(chosen, zero, start, scenario, mistakes)
    chosen, own, legal = _legal(chosen, own, scenario)
    remarks += _mapping(legal)
    stays = chosen[["case", "stage"]].copy()
    for name in TIMES:
        stays[name] = _in_days(chosen[name], day_0) if name in chosen.columns else np.nan
    for name in ("office", "outcome", "exit", "hours", "visits_done", "nth", "worker"):
        if name in chosen.columns:
            stays[name] = chosen[name]
    if "hours" in stays:
        stays["hours"] = work_hours(chosen, "log", mistakes)
    by_ends = _by_ends(stays)
    stays["unseen"] = stays["joined"].isna() & stays["ended"].notna() & by_ends
    mistakes += contradictions(stays, chosen, scenario, clock, by_ends)
    stays["joined"] = stays["joined"].where(~stays["unseen"], stays["ended"])
    window = (
        day_number(start, day_0, "start", mistakes),
        day_number(end, day_0, "end", mistakes),
    )
    stays = _completed(stays, given, inflow)
    own = _own_visits(own, inflow, day_0, mistakes)
    if window[0] is not None and window[1] is not None and window[1] <= window[0]:
        mistakes.append(Mistake("end", end, "lies before the start", "write a later end"))
    if mistakes:
        raise ScenarioError(mistakes, "the log")
    times = stays[[name for name in TIMES if name in stays]].to_numpy(dtype=np.float64)
    finite = times[np.isfinite(times)]
    whole = dated and bool((np.abs(finite - np.round(finite)) < TINY).all())
    begin = window[0] if window[0] is not None else 0.0
    last = window[1]
    if last is None and not dated and scenario is not None:
        last = float(scenario.horizon_days)
    if last is None:
        # The last event has happened, so the log was drawn after it.
        last = float(finite.max()) + (1.0 if whole else _JUST_AFTER)
    if "applied" in stays:  # on a closed day, and joined at the opening after it
        early = stays["entry"] & (stays["applied"] < last) & (stays["joined"] >= last)
        stays["joined"] = stays["joined"].where(~early, stays["applied"])
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
    known = calendar_of(calendar, scenario)
    closed = _closed_runs(known, day_0, int(np.ceil(last)) + 1)
    by_clock = dated and not whole
    opening = known.office_day.opens / 86_400 if by_clock and isinstance(known, Calendar) else 0.0
    return EventLog(
        stays, own, day_0, begin, last, whole, closed, scenario, legal, tuple(remarks), opening
    )


def _of_inflow(log: pd.DataFrame, inflow: str) -> pd.DataFrame:
    if "inflow" not in log.columns or log["inflow"].isna().all():
        return log
    if inflow not in set(log["inflow"]):
        known = [str(name) for name in log["inflow"].dropna().unique()]
        raise ScenarioError(
            [Mistake("inflow", inflow, "is not in the log", nearest(inflow, known))], "the log"
        )
    return log[log["inflow"] == inflow]


def _first_day(
    chosen: pd.DataFrame,
    zero: datetime.date | None,
    start: Any,
    scenario: Scenario | None,
    mistakes: list[Mistake],
) -> tuple[datetime.date | None, bool]:
    """Date of day 0 if there are dates, and whether the times of the log are such."""
    import pandas as pd

    written = [name for name in TIMES if name in chosen.columns and not chosen[name].isna().all()]
    counted = [name for name in written if pd.api.types.is_numeric_dtype(chosen[name])]
    dated = len(counted) < len(written)
    if counted and dated:
        others = ", ".join(name for name in written if name not in counted)
        rule = f"has numbers of days, but {others} has dates"
        raise ScenarioError(
            [*mistakes, Mistake.absent(f"log.{counted[0]}", rule, "write all times alike")],
            "the log",
        )
    if not written and mistakes:
        raise ScenarioError(mistakes, "the log")
    try:
        day_0 = zero or date_of(start, "start")
    except ScenarioError as error:
        mistakes += error.mistakes
        day_0 = None
    if day_0 is None and not dated and scenario is not None:
        day_0 = scenario.start
    if day_0 is None and dated:
        joined = chosen["joined"] if "joined" in chosen else chosen["ended"]
        first = joined.min() if not joined.isna().all() else chosen["ended"].min()
        day_0 = None if pd.isna(first) else first.date()
    return day_0, dated


def _legal(
    chosen: pd.DataFrame, visits: pd.DataFrame | None, scenario: Scenario | None
) -> tuple[pd.DataFrame, pd.DataFrame | None, dict[str, str]]:
    """Log and visits with stage names that a scenario may bear, and the new name of each old one.

    Where the scenario knows the stages, a name that is not one of them stays: it is a mistake.
    """
    written = [str(name) for name in chosen["stage"].dropna().unique()]
    known = scenario.stage_names if scenario is not None else ()
    found = legal_names(written, tuple(known))
    if known:
        found = {name: new for name, new in found.items() if new in known}
    changed = {name: new for name, new in found.items() if name != new}
    is_text = chosen["stage"].dropna().map(lambda name: isinstance(name, str)).all()
    if not changed and is_text:
        return chosen, visits, {}

    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        stage = table["stage"].map(str, na_action="ignore")
        return table.assign(stage=stage.map(lambda name: changed.get(name, name)))

    return renamed(chosen), None if visits is None else renamed(visits), changed


def _mapping(legal: Mapping[str, str]) -> list[str]:
    if not legal:
        return []
    pairs = ", ".join(f"{old!r} is {new}" for old, new in legal.items())
    return [f"stages: names that a scenario may not bear were changed: {pairs}"]


def _by_ends(stays: pd.DataFrame) -> bool:
    """Whether no first stay tells when it was joined: its step was written down at its end."""
    if not stays["joined"].isna().any():
        return False
    at = stays["ended"].fillna(stays["started"])
    first = stays.assign(_at=at).sort_values("_at", kind="stable").drop_duplicates("case")
    told = first["joined"].notna() & ~(first["joined"] == first["started"])
    return not bool(told.any())


def _completed(stays: pd.DataFrame, cases: pd.DataFrame | None, inflow: str) -> pd.DataFrame:
    """Outcome, order, source and following stage of each stay; when its case applied, if known."""
    import pandas as pd

    stays = stays.assign(_row=np.arange(len(stays)))
    stays = stays.sort_values(["case", "joined", "ended", "_row"], kind="stable").drop(
        columns="_row"
    )
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
        if "applied" in cases and pd.api.types.is_numeric_dtype(cases["applied"]):
            stays["applied"] = stays["case"].map(
                cases.drop_duplicates("case").set_index("case")["applied"]
            )
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
            own[name] = _in_days(own[name], day_0)
    if {"started", "ended"} <= set(own.columns):
        wrong = own["ended"] < own["started"] - TINY
        if wrong.any():
            mistakes.append(
                Mistake(
                    f"visits.ended, {rows_of(own, wrong)}",
                    own.loc[wrong, "ended"].iloc[0],
                    "lies before 'started'",
                    "correct one of both times",
                )
            )
    if "hours" in own:
        own["hours"] = work_hours(own, "visits", mistakes)
    return own


def _in_days(times: pd.Series, day_0: datetime.date | None) -> pd.Series:
    """Days since day 0 of times or of numbers of days."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(times):
        return times.astype("float64")
    if times.isna().all():
        return pd.Series(np.nan, index=times.index)
    first = pd.Timestamp(day_0) if day_0 is not None else times.min()
    days: pd.Series = (times - first) / pd.Timedelta(days=1)  # type: ignore[operator]
    return days


def day_number(
    value: Any, day_0: datetime.date | None, name: str, mistakes: list[Mistake]
) -> float | None:
    """Days since day 0 of `start` or `end`."""
    if isinstance(value, int | float | np.number):
        return float(value)
    try:
        date = date_of(value, name)
    except ScenarioError as error:
        mistakes += [mistake for mistake in error.mistakes if mistake not in mistakes]
        return None
    if date is None:
        return None
    if day_0 is None:
        mistakes.append(
            Mistake(
                name, str(value), "is a date where the log counts days", "give start as a date too"
            )
        )
        return None
    return float((date - day_0).days)


def calendar_of(calendar: Any, scenario: Scenario | None) -> Calendar | np.ndarray | None:
    """The calendar that was given, else that of the scenario."""
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
