"""From a service's own event log to the numbers of a scenario, each with interval and evidence."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.estimates.means import check_confidence
from capsim.experiments.arguments import check_scenario
from capsim.experiments.results.result import AbstractResult
from capsim.records.event_log import EventLog, read_log
from capsim.records.findings import COLUMNS, Findings, find_all
from capsim.scenario import Scenario
from capsim.scenario.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs import Run

__all__ = ["Fit", "fit"]

_DOUBTFUL = 0.01
_MOST_ROWS = 40


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
        path, estimate, lower, upper, unit, n, censored, law, aic, goodness. `goodness` is the
        probability of a worse agreement if the law is right; NaN where it cannot be judged.
    remarks : tuple of str
        What could not be estimated, and why.
    source : str
        The log in words, as the evidence names it.
    confidence : float
        Of each interval by itself.
    """

    overrides: dict[str, Any]
    evidence: dict[str, Evidence]
    estimates: pd.DataFrame
    remarks: tuple[str, ...]
    source: str
    confidence: float

    def apply(self, scenario: Scenario) -> Scenario:
        """The scenario with the estimates in it, and their evidence.

        Raises
        ------
        ScenarioError
            If the scenario has no such stage, inflow or office, with every path.
        """
        about = {f"evidence.{path}": entry.to_dict() for path, entry in self.evidence.items()}
        return scenario.with_({**self.overrides, **about})

    def to_frame(self) -> pd.DataFrame:
        """The estimates."""
        return self.estimates

    def _heading(self) -> list[str]:
        lines = [f"Fit to {self.source}: {len(self.estimates)} estimates"]
        doubtful = self.estimates[self.estimates["goodness"] < _DOUBTFUL]
        for path, law in doubtful[["path", "law"]].itertuples(index=False):
            if not path.endswith(".cv") and ".seasonality." not in path:
                lines.append(f"doubtful: {path} does not look {law} (goodness < {_DOUBTFUL:g})")
        return [*lines, *(f"not fitted: {remark}" for remark in self.remarks)]

    def _table(self) -> list[list[str]]:
        interval = f"{100 * self.confidence:.4g} % interval"
        rows = [["", "estimate", interval, "unit", "n", "open", "law", "goodness"]]
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
                ]
            )
        return rows


def fit(
    log: pd.DataFrame | Run,
    *,
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
        work per visit, gaps, and numbers of visits.
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
    if not isinstance(log, pd.DataFrame) and hasattr(log, "stays"):
        table = log.stays
        visits = log.visits if visits is None else visits
        cases = log.cases if cases is None else cases
        setting = log.setting
        start = datetime.date.fromisoformat(setting.start) if start is None else start
        end = setting.n_days if end is None else end
        if calendar is None and scenario is None:
            calendar = np.isin(np.arange(setting.n_days), setting.open_day)
    events = read_log(
        table,
        inflow=inflow,
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
        tuple(findings.remarks),
        findings.source,
        confidence,
    )


def _described(events: EventLog) -> str:
    number = f"event log of {len(events.stays):,} stays"
    if events.day_0 is None:
        return f"{number}, day {events.begin:g} to {events.end:g}"
    first = events.day_0 + datetime.timedelta(days=int(events.begin))
    last = events.day_0 + datetime.timedelta(days=int(events.end))
    return f"{number}, {first} to {last}"
