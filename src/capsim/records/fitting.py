"""From a service's own event log to the numbers of a scenario, each with interval and evidence."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from capsim.estimates.means import check_confidence
from capsim.experiments.arguments import check_scenario
from capsim.experiments.results.result import AbstractResult
from capsim.records.columns import emptied
from capsim.records.event_log import EventLog, calendar_of, check_log, day_number
from capsim.records.files import read_file
from capsim.records.findings import COLUMNS, Findings
from capsim.records.law_choice import DOUBTFUL
from capsim.records.log_reading import find_all
from capsim.records.open_cases import open_cases
from capsim.records.times import Clock
from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.errors import Mistake, counted, nearest
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs import Run

__all__ = ["Fit", "fit"]

_MOST_ROWS = 40
# Ends that should have been seen before the first one: with so many the chance of none is 1 %.
_TOO_QUIET = 4.6


@dataclass(frozen=True, eq=False, repr=False)
class Fit(AbstractResult):
    """What a log tells about a scenario.

    Attributes
    ----------
    overrides : dict
        Dotted path to value, as `Scenario.with_` takes them.
    evidence : dict
        Dotted path to `Evidence`, certainty "derived".
    estimates : DataFrame
        path, estimate, lower, upper, unit, n, censored, law, aic, goodness, agreement. `goodness`
        is the probability of a worse agreement if the law is right, NaN where it cannot be judged;
        `agreement` says it in a word: good, fair, doubtful, cannot say.
    remarks : tuple of str
        How the log was read, why a law was not the likeliest one, what could not be estimated.
    refused : dict
        Dotted path to the reason why its law is not applied: its mean is not that of the data.
    stages : dict
        Stages of the log whose names a scenario may not bear, with the name that each got.
    open_cases : DataFrame
        Who was there at `start`: case, stage, since, applied, inflow, office, worker, visits_done,
        last_visit, next_visit, as far as known; as `initial.files` takes it.
    source : str
        The log in words, as the evidence names it.
    confidence : float
        Of each interval by itself.
    """

    overrides: dict[str, Any]
    evidence: dict[str, Evidence]
    estimates: pd.DataFrame
    remarks: tuple[str, ...]
    refused: dict[str, str]
    stages: dict[str, str]
    source: str
    confidence: float
    _events: EventLog = field(repr=False)
    _inflow: str = "regular"

    @cached_property
    def open_cases(self) -> pd.DataFrame:
        """Who was there at `start`, a row per case."""
        return open_cases(self._events, self._inflow, self._events.begin)

    def open_at(self, day: Any) -> pd.DataFrame:
        """Who was there at the opening of a day, with the columns of `open_cases`.

        Parameters
        ----------
        day : date, text or number
            As `start` of `fit`.

        Raises
        ------
        ScenarioError
            If it is no day, or lies outside the time of the log.
        """
        mistakes: list[Mistake] = []
        at = day_number(day, self._events.day_0, "day", mistakes)
        if not mistakes and (at is None or not self._events.begin <= at <= self._events.end):
            mistakes.append(
                Mistake("day", str(day), "lies outside the log", f"it is of {self.source}")
            )
        if mistakes or at is None:
            raise ScenarioError(mistakes, "the log")
        return open_cases(self._events, self._inflow, at)

    def apply(self, scenario: Scenario, *, without: Collection[str] = ()) -> Scenario:
        """The scenario with the estimates in it, their evidence, and who is open at its start.

        Parameters
        ----------
        scenario : Scenario
            Where its first day lies in the log, the cases open then become its list of open
            cases, in the place of initial numbers of stages that the log knows.
        without : collection of str
            Paths whose values stay those of the scenario; "initial" for its own initial cases.

        Raises
        ------
        ScenarioError
            If the scenario has no such stage, inflow or office, with every path; or if the mean of
            a law is not that of the data, see `refused`.
        """
        left_out = set(without)
        known = {*self.overrides, *self.refused, "initial"}
        mistakes = [
            Mistake("without", path, "is no path of this fit", nearest(path, known))
            for path in sorted(left_out - known)
        ]
        mistakes += [
            Mistake.absent(path, why, f"write apply(scenario, without=[{path!r}]) to keep its own")
            for path, why in self.refused.items()
            if path not in left_out
        ]
        if mistakes:
            raise ScenarioError(mistakes, "the fit")
        kept = {path: value for path, value in self.overrides.items() if path not in left_out}
        about = {
            f"evidence.{path}": entry.to_dict()
            for path, entry in self.evidence.items()
            if not any(f"{path}.".startswith(f"{other}.") for other in left_out)
        }
        begun = {} if "initial" in left_out else self._initial(scenario)
        return scenario.with_({**kept, **begun, **about})

    def _initial(self, scenario: Scenario) -> dict[str, Any]:
        """The initial cases of a scenario that starts within the log."""
        events = self._events
        if events.day_0 is None:
            return {}
        at = float((scenario.start - events.day_0).days)
        if not events.begin <= at <= events.end:
            return {}
        table = open_cases(events, self._inflow, at)
        table = table[table["since"].notna()]
        if table.empty:
            return {}
        columns = {
            name: [_plain(cell) for cell in table[name].tolist()]
            for name in table.columns
            if table[name].notna().any()
        }
        seen = set(events.stays["stage"])
        kept = {
            stage: entry
            for stage, entry in scenario.to_dict().get("initial", {}).items()
            if stage not in seen and stage != "files"
        }
        return {"initial": {**kept, "files": columns}}

    def to_frame(self) -> pd.DataFrame:
        """The estimates."""
        return self.estimates

    def _heading(self) -> list[str]:
        lines = [f"Fit to {self.source}: {len(self.estimates)} estimates"]
        doubtful = self.estimates[self.estimates["goodness"] < DOUBTFUL]
        for path, law in doubtful[["path", "law"]].itertuples(index=False):
            if not path.endswith(".cv") and ".seasonality." not in path:
                lines.append(f"doubtful: {path} does not look {law} (goodness < {DOUBTFUL:g})")
        lines += [
            f"refused: {path}: {why}; it is not applied" for path, why in self.refused.items()
        ]
        told = {f"{path}: {why}" for path, why in self.refused.items()}
        lines += [f"note: {remark}" for remark in self.remarks if remark not in told]
        return lines

    def _table(self) -> list[list[str]]:
        interval = f"{100 * self.confidence:.4g} % interval"
        rows = [["", "estimate", interval, "unit", "n", "open", "law", "goodness", ""]]
        for row in self.estimates.head(_MOST_ROWS).to_dict("records"):
            goodness = row["goodness"]
            rows.append(
                [
                    str(row["path"]),
                    f"{row['estimate']:.4g}",
                    f"{row['lower']:.4g} to {row['upper']:.4g}",
                    str(row["unit"]),
                    str(row["n"]),
                    str(row["censored"]),
                    str(row["law"]),
                    "" if goodness != goodness else f"{goodness:.2f}",
                    str(row["agreement"]),
                ]
            )
        return rows


def _plain(cell: Any) -> Any:
    """A cell of a list of open cases as a scenario takes it."""
    import pandas as pd

    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:
        return None
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell


def fit(
    log: pd.DataFrame | Run | str | PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    zone: str | None = None,
    scenario: Scenario | str | None = None,
    inflow: str = "regular",
    start: Any = None,
    end: Any = None,
    calendar: Any = None,
    visits: pd.DataFrame | None = None,
    cases: pd.DataFrame | None = None,
    season: bool | None = None,
    growth: bool | None = None,
    source: str = "",
    confidence: float = 0.95,
) -> Fit:
    """Rates, laws, shares and patience of a service, from its own event log.

    Maximum likelihood throughout; cases that are still open count as long as they have been seen,
    and those that were already there when recording began count from then on.

    Parameters
    ----------
    log : DataFrame or Run
        A row per stay of a case in a stage: case, stage, joined, started, ended. Optional: inflow,
        office, outcome (completed, left, turned_away, open), assigned (a caseworker took the case),
        served (the work was done), nth, hours (of client work, one visit), exit. Times are dates,
        times of day or numbers of days, empty while something has not happened. A run stands for
        its own tables, window and calendar.
    scenario : Scenario or str, optional
        Says what the stages are (delay, pooled, caseworker), and the calendar; its numbers are not
        used. Without it the columns tell: a stage with `assigned` has caseworkers, one without any
        `started` is a delay.
    inflow : str
        Where the log has a column inflow, only these rows are read. The rate goes there.
    start, end : date or number, optional
        When recording began, and when the log was drawn. Default the first joining (day 0 for
        numbers of days) and the last event; give `end` if you know it, since the last event is
        always a little early.
    calendar : Calendar or mapping, optional
        Days on which nothing happens: an end at the first opening after them may have been due on
        any of them. Default that of the scenario; without one all days are open.
    visits : DataFrame, optional
        A row per visit: case, stage, and due, started, ended, hours, visit as far as known. Gives
        work per visit, gaps, and numbers of visits; with a column outcome (held, no_show, partner)
        also the shares of visits that are missed and that a partner does.
    cases : DataFrame, optional
        case, exit: by which exit each case left (refused, closed ...), for the shares of `next`.
    season, growth : bool, optional
        Whether the rate of arrivals has a season by calendar month, and grows. Default: both are
        tried if the log spans two years, and kept if they lower the AIC.
    source : str
        What the evidence shall name; default the size and time of the log.
    confidence : float
        Of each interval by itself.

    Returns
    -------
    Fit

    Raises
    ------
    ScenarioError
        With every mistake in the log: missing columns, unknown stages, contradicting times, by row.

    Notes
    -----
    The law of a duration is the one of exponential, gamma, lognormal and weibull with the smallest
    AIC. Patience is exponential. Intervals take the choice of a law, of season and of growth for
    granted: decide the latter yourself if you know. Work cannot be told from calendar times: it
    needs hours.

    Examples
    --------
    >>> import capsim
    >>> office = capsim.load("one-office")
    >>> found = capsim.fit(capsim.simulate(office, seed=1, engine="simpy"))
    >>> row = found.estimates.set_index("path").loc["stages.intake.work.mean"]
    >>> bool(row["lower"] < 0.75 < row["upper"])
    True
    >>> found.apply(office).evidence["stages.intake.work.mean"].certainty
    'derived'
    """
    import pandas as pd

    check_confidence(confidence)
    if scenario is not None:
        scenario = check_scenario(scenario)
    table: Any = log
    run, given = cast("Any", log), start
    zero: datetime.date | None = None
    if not isinstance(log, pd.DataFrame) and hasattr(log, "stays"):
        table = run.stays
        visits = run.visits if visits is None else visits
        cases = run.cases if cases is None else cases
        setting = run.setting
        zero = datetime.date.fromisoformat(setting.start)
        start = zero if start is None else start
        end = setting.n_days if end is None else end
        if calendar is None and scenario is None:
            calendar = np.isin(np.arange(setting.n_days), setting.open_day)
    elif isinstance(log, str | PathLike):
        table = read_file(log, partial(emptied, columns=columns))
    elif isinstance(log, pd.DataFrame):
        table = emptied(log, columns)
    events = check_log(
        table,
        columns=columns,
        clock=_clock_of(zone, calendar, scenario),
        inflow=inflow,
        zero=zero,
        start=start,
        end=end,
        calendar=calendar,
        visits=visits,
        cases=cases,
        scenario=scenario,
    )
    findings = Findings(source or _described(events), confidence)
    find_all(events, inflow, findings, season=season, growth=growth)
    return Fit(
        findings.overrides,
        findings.evidence,
        pd.DataFrame(findings.rows, columns=list(COLUMNS)),
        tuple(_told(events, given, zero is not None, findings)),
        findings.refused,
        events.legal,
        findings.source,
        confidence,
        events,
        inflow,
    )


def _told(events: EventLog, start: Any, simulated: bool, findings: Findings) -> list[str]:
    """How the log was read, and what could not be estimated."""
    told = list(events.remarks)
    unseen = int(events.stays["unseen"].sum())
    if unseen:
        told.append(f"inflows: {unseen:,} cases count as arrived when their first step ended")
    going = int((events.stays["outcome"] == "open").sum())
    if start is None and going and not simulated:
        told.append(_began(events, going))
    elif start is not None:
        there = len(open_cases(events, "", events.begin))
        told.append(f"open_cases: {there:,} cases were open at the start, {_said(events)}")
    return [*told, *findings.remarks]


def _said(events: EventLog) -> str:
    if events.day_0 is None:
        return f"day {events.begin:g}"
    return str(events.day_0 + datetime.timedelta(days=int(events.begin)))


def _began(events: EventLog, going: int) -> str:
    """What follows if recording began later than the first joining, and whether it looks so."""
    stays = events.stays
    text = (
        f"start was not given, so recording is taken to begin with the first joining, "
        f"{_said(events)}; {counted(going, 'stay')} {'is' if going == 1 else 'are'} open"
    )
    lasted = np.sort((stays["ended"] - stays["joined"])[~stays["unseen"]].dropna().to_numpy())
    first = stays["ended"].min()
    early = (first - stays["joined"]).to_numpy()
    early = early[early > 0]
    expected = float((np.searchsorted(lasted, early) / len(lasted)).sum()) if len(lasted) else 0.0
    if expected > _TOO_QUIET:
        when = f"day {first:g}"
        if events.day_0 is not None:
            when = str(events.day_0 + datetime.timedelta(days=int(first)))
        return (
            f"{text}. Yet {len(early):,} had joined before anything ended, on {when}: files that "
            "were closed before are missing, and every mean comes out too long; give start="
        )
    return (
        f"{text}. If files that were closed before some later day are missing, give that day as "
        "start=: else every mean comes out too long"
    )


def _clock_of(zone: str | None, calendar: Any, scenario: Scenario | None) -> Clock:
    """Reads the times of the log: in the zone named, or in that of the calendar."""
    known = calendar_of(calendar, scenario)
    own = known if isinstance(known, Calendar) else Calendar()
    return Clock(zone or own.local_zone, zone is not None)


def _described(events: EventLog) -> str:
    number = f"event log of {len(events.stays):,} stays"
    if events.day_0 is None:
        return f"{number}, day {events.begin:g} to {events.end:g}"
    first = events.day_0 + datetime.timedelta(days=int(events.begin))
    last = events.day_0 + datetime.timedelta(days=int(events.end))
    return f"{number}, {first} to {last}"
