"""What the next weeks will bring: bands by week from the open files of a day.

A forecast is a statement made before the fact: it says of which day it is, what was known then,
and how far each number may turn out otherwise. It can be kept, and be held against what came
(`capsim.score`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

import numpy as np

from capsim.catalogue.selector import Selector
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.provenance import provenance
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.questions import Question, register
from capsim.experiments.results.result import AbstractResult, luck_alone
from capsim.experiments.results.sample import Sample, gather
from capsim.experiments.week_work import WeekWork
from capsim.scenario import ScenarioError
from capsim.scenario.base import as_date
from capsim.scenario.errors import Mistake, counted

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    import pandas as pd

    from capsim.experiments.results.saving import Content
    from capsim.scenario import Scenario

__all__ = ["BANDS", "Forecast", "forecast"]

BANDS = (50, 80, 95)
"""Per cent of what may come that each band holds."""

_FEWEST = 39
"""Replications with which the outermost of them, and one to come, leave 95 % between them."""
_MOST_WEEKS = 520
_LONGEST_CLOSED = 60
"""Days within which an office opens again."""


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(AbstractResult):
    """Weekly bands of what the service will see.

    Attributes
    ----------
    scenario : Scenario
        From its first day until the first opening after the last week, at which those join who
        apply at its end.
    origin : date
        The day of the forecast: nothing later was used, but what the scenario plans.
    weeks : int
        Whole weeks from the first Monday at or after the origin.
    seed, n : int
    engine : str
    known : tuple of str
        What was known at the origin, in sentences.
    provenance : dict
        Scenario hash, seed, versions, machine, when it was made.
    sample : Sample
        The numbers of all replications, as a matrix (replications, rows).
    """

    scenario: Scenario
    origin: datetime.date
    weeks: int
    seed: int
    n: int
    engine: str
    known: tuple[str, ...]
    provenance: dict[str, Any]
    sample: Sample = field(kw_only=True)

    saved_as: ClassVar[str] = "forecast"

    @cached_property
    def table(self) -> pd.DataFrame:
        """week, measure, of, office, mean, lower_50, upper_50, lower_80, ..., upper_95.

        A row per week (its Monday) and thing. Measures: arrivals (numbers; of a first stage those
        who apply, on the day itself), waiting, pending
        (without a decision), late (of these, those beyond the term) of stages;
        caseload_per_worker of teams, and of workers who are known by name. All but arrivals are
        means over the week. Each band holds one new observation, not the mean.
        """
        import pandas as pd

        frame = self.sample.keys()
        frame["week"] = pd.to_datetime(frame["week"])
        matrix = self.sample.matrix
        known = ~np.isnan(matrix).any(axis=0)
        frame["mean"] = np.where(known, np.where(known, matrix, 0.0).mean(axis=0), np.nan)
        for band in BANDS:
            rest = (1 - band / 100) / 2
            # The k-th of n leaves k / (n + 1) of new observations below it, whatever their law.
            limits = np.quantile(np.where(known, matrix, 0.0), [rest, 1 - rest], axis=0,
                                 method="weibull")  # fmt: skip
            for side, limit in zip(("lower", "upper"), limits, strict=True):
                frame[f"{side}_{band}"] = np.where(known, limit, np.nan)
        return frame

    def values(self, selector: str) -> np.ndarray:
        """What each replication says of one thing: (replications, weeks).

        Parameters
        ----------
        selector : str
            Such as ``"waiting[intake]"`` or ``"caseload_per_worker[genk/social/Ann]"``.

        Raises
        ------
        ValueError
            If the forecast does not tell it.
        """
        return self.sample.matrix[:, self._columns(Selector.parse(selector))]

    def _columns(self, selector: Selector) -> np.ndarray:
        keys = self.sample.keys()
        mask = keys["measure"] == selector.measure
        if not mask.any():
            told = ", ".join(dict.fromkeys(keys["measure"]))
            raise ValueError(f"{selector}: the forecast does not tell it; it tells {told}")
        if selector.of is not None:
            things = list(dict.fromkeys(keys.loc[mask, "of"]))
            mask &= keys["of"] == selector.of
            if not mask.any():
                raise ValueError(
                    f"{selector}: there is no {selector.measure} of {selector.of!r}, only of "
                    f"{', '.join(things[:12])}"
                )
        things = list(dict.fromkeys(keys.loc[mask, "of"]))
        if len(things) > 1:
            raise ValueError(
                f"{selector}: say of what, as in {selector.measure}[{things[0]}]; it is told of "
                f"{', '.join(things[:12])}"
            )
        offices = list(dict.fromkeys(keys.loc[mask, "office"]))
        office = selector.office
        if office == "all" and "all" not in offices:
            office = offices[0]  # a worker sits somewhere
        if office not in offices:
            raise ValueError(f"{selector}: there is no office {office!r}, only {offices}")
        return np.flatnonzero((mask & (keys["office"] == office)).to_numpy())

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def save(self, path: str | PathLike[str]) -> Path:
        """Write it to a directory, from which `capsim.load_result` reads it back.

        Parameters
        ----------
        path : path
            A new directory, or one that holds a result.

        Returns
        -------
        Path
            The directory.
        """
        from capsim.experiments.results.saving import Content, save

        arguments = {
            "origin": self.origin.isoformat(),
            "weeks": self.weeks,
            "seed": self.seed,
            "n": self.n,
            "engine": self.engine,
            "known": list(self.known),
        }
        return save(path, Content(self.saved_as, arguments, self.provenance, [self.sample]))

    @classmethod
    def restored(cls, content: Content) -> Forecast:
        """The forecast that was saved."""
        given = content.arguments
        (sample,) = content.samples
        return cls(
            scenario=sample.scenario,
            origin=datetime.date.fromisoformat(given["origin"]),
            weeks=int(given["weeks"]),
            seed=int(given["seed"]),
            n=int(given["n"]),
            engine=str(given["engine"]),
            known=tuple(given["known"]),
            provenance=dict(content.provenance),
            sample=sample,
        )

    @property
    def made(self) -> datetime.date:
        """The day on which it was computed."""
        return datetime.date.fromisoformat(self.provenance["finished"][:10])

    def _heading(self) -> list[str]:
        first, last = self.sample.rows.columns["week"][[0, -1]].tolist()
        lines = [
            f"Forecast of {self.scenario.label!r}, origin {self.origin}: "
            f"{counted(self.weeks, 'week')} from {first} to the week of {last}",
            f"{counted(self.n, 'replication')}, seed {self.seed}, {self.engine} engine, made on "
            f"{self.made}",
        ]
        if self.made > self.origin:
            lines.append(
                "made after its origin: what would have been said then, as far as the scenario "
                "holds nothing that was learned later"
            )
        return [*lines, *(f"known: {line}" for line in self.known)]

    def _table(self) -> list[list[str]]:
        whole = self.table[self.table["office"] == "all"]
        if len(self.scenario.office_names) == 1:
            named = self.table["of"].str.contains("/", regex=False)
            whole = self.table[(self.table["office"] == "all") | named]
        weeks = whole["week"].unique()
        chosen = [weeks[k] for k in sorted({0, len(weeks) // 2, len(weeks) - 1})]
        rows = [["", *(f"{week:%Y-%m-%d}" for week in chosen)]]
        for (measure, of), group in whole.groupby(["measure", "of"], sort=False):
            picked = group[group["week"].isin(chosen)]
            cells = [
                "none" if row["mean"] != row["mean"]
                else f"{row['mean']:.1f} ({row['lower_80']:.1f} to {row['upper_80']:.1f})"
                for row in picked.to_dict("records")
            ]  # fmt: skip
            rows.append([f"{measure}[{of}]", *cells])
        return rows

    def _cautions(self) -> list[str]:
        return [
            "Mean, and in brackets the band that holds what comes in 80 of 100 weeks if the "
            "scenario is right.",
            *luck_alone([self.scenario]),
        ]


def forecast(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    *,
    origin: datetime.date | str | None = None,
    weeks: int = 12,
    n: int,
    seed: int,
    engine: str = "auto",
    **execution: Unpack[Execution],
) -> Forecast:
    """Weekly bands of arrivals, waiting, undecided, late and files per worker.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
        With the open files of its first day (`initial = "open.csv"`), and all that is planned.
    origin : date, optional
        The day of the forecast, default the first day of the scenario. What lies between the two
        is simulated, not known; a later list of open files gives narrower bands.
    weeks : int
        Whole weeks from the first Monday at or after the origin.
    n : int
        Number of replications, at least 39.
    seed : int
        Two scenarios on the same seed have the same luck, so that they differ by what they plan.
    engine : {"auto", "simpy", "compiled"}
    **execution
        store, jobs, client, backend, block, progress: see
        `capsim.experiments.Execution`. They change no number.

    Returns
    -------
    Forecast

    Raises
    ------
    ScenarioError
        If the scenario cannot be simulated, or the origin lies before its first day.
    ValueError
        If n or weeks are no such numbers.

    Notes
    -----
    The limits of the bands are quantiles of the replications of which each leaves the right share
    of one new observation beyond it, whatever the law: the k-th smallest of n leaves k / (n + 1)
    below. They hold for each week by itself, and hold what luck does, not that a rate is wrong.

    Examples
    --------
    >>> import capsim
    >>> office = capsim.load("one-office")
    >>> found = capsim.forecast(office, origin="2026-01-05", weeks=2, n=40, seed=1, jobs=1)
    >>> row = found.table.query("measure == 'arrivals' and of == 'intake'").iloc[0]
    >>> row["week"].date().isoformat(), bool(row["lower_95"] <= row["mean"] <= row["upper_95"])
    ('2026-01-05', True)
    """
    check_options(forecast, execution)
    subject = check_scenario(scenario)
    n = check_n(n)
    if n < _FEWEST:
        raise ValueError(
            f"n = {n}: a band that holds 95 % needs at least {_FEWEST} replications; take 200"
        )
    if isinstance(weeks, bool) or not isinstance(weeks, int | np.integer):
        raise ValueError(f"weeks = {weeks!r} must be a whole number, such as 12")
    if not 1 <= weeks <= _MOST_WEEKS:
        raise ValueError(f"weeks = {weeks} must lie between 1 and {_MOST_WEEKS}")
    day = _origin(origin, subject)
    first = day + datetime.timedelta(days=-day.weekday() % 7)
    end = first + datetime.timedelta(days=7 * int(weeks))
    ahead = subject.with_(_cut(subject, end))
    settings = check_settings(seed=seed, engine=engine)
    work = WeekWork(
        ahead.label, ahead, settings, first=(first - subject.start).days, weeks=int(weeks)
    )
    request = request_of("forecast", settings, n=n, origin=day.isoformat(), weeks=int(weeks))
    (taken,), seconds = gather([work], n, request, execution)
    return Forecast(
        scenario=ahead,
        origin=day,
        weeks=int(weeks),
        seed=settings.seed,
        n=n,
        engine=settings.engine,
        known=tuple(_known(ahead, day, end)),
        provenance=provenance({ahead.label: ahead}, settings, seconds, n=n),
        sample=taken,
    )


def _origin(origin: Any, scenario: Scenario) -> datetime.date:
    if origin is None:
        return scenario.start
    if isinstance(origin, datetime.datetime) and origin.time() == datetime.time():
        origin = origin.date()
    try:
        day = as_date(origin)
    except ValueError:
        raise ScenarioError(
            [Mistake("origin", origin, "is no date", "write 2026-03-02")], "the forecast"
        ) from None
    if day < scenario.start:
        rule = f"lies before the first day of the scenario, {scenario.start}"
        remedy = "let the scenario start then, with the files that were open then"
        raise ScenarioError([Mistake("origin", str(day), rule, remedy)], "the forecast")
    return day


def _cut(scenario: Scenario, end: datetime.date) -> dict[str, Any]:
    """Overrides that let the run end soon after the last week; nothing is left out of it."""
    is_open = scenario.calendar.open_days(end, _LONGEST_CLOSED)
    until = end + datetime.timedelta(days=int(np.argmax(is_open)) + 1)
    cut: dict[str, Any] = {"horizon": f"{(until - scenario.start).days} days"}
    raw = scenario.to_dict()
    cut |= {name: None for name in ("warm_up", "follow_up", "window", "windows") if name in raw}
    return cut


def _known(scenario: Scenario, origin: datetime.date, end: datetime.date) -> list[str]:
    """What was known at the origin, and what is only planned or assumed."""
    lines = [f"{_open_files(scenario)} on {scenario.start}"]
    gap = (origin - scenario.start).days
    if gap:
        lines.append(
            f"nothing of the {counted(gap, 'day')} from then to the origin: they are simulated"
        )
    planned = [
        f"{name}.{wave} ({table.date})"
        for name, inflow in scenario.inflows.items()
        for wave, table in inflow.waves.items()
        if origin <= table.date < end
    ]
    planned += [
        f"{name}.{change} ({table.at or table.decided})"
        for name, team in scenario.teams.items()
        for change, table in team.changes.items()
    ]
    if planned:
        lines.append(f"planned, not known: {', '.join(planned)}")
    counts = [name for name, inflow in scenario.inflows.items() if inflow.counts is not None]
    if counts:
        lines.append(f"numbers of applicants ahead are expected ones: {', '.join(counts)}")
    return lines


def _open_files(scenario: Scenario) -> str:
    listed = scenario.open_cases
    numbers = sum(one.cases for one in scenario.initial_cases())
    numbers -= 0 if listed is None else len(listed)
    if listed is not None:
        text = f"{counted(len(listed), 'open file')}, one by one"
        return f"{text}, and {numbers} more in numbers" if numbers else text
    return f"{numbers} open files in numbers" if numbers else "no open files"


register(
    Question(
        "forecast",
        forecast,
        lambda noted: {"scenario": next(iter(noted.scenarios.values())), **noted.arguments},
    )
)
