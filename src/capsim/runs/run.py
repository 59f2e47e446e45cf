"""A run: what one replication gave, as frames, measures and time series."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.log.facts import Facts, Setting
from capsim.log.log import Log

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs.dated import DatedRun
    from capsim.runs.story import Stay


class AbstractRun(ABC):
    """What a simulated and a stored run have in common. Times are calendar days since the start.

    Attributes
    ----------
    provenance : Mapping
        Where the numbers come from: scenario and its hash, overrides, seed, replication, engine,
        versions, machine, run time.
    detail : str
        "full", or "measures" for a run that kept no tables.
    """

    provenance: Mapping[str, Any]

    @property
    @abstractmethod
    def detail(self) -> str:
        """What was kept: "full", or "measures" for a run without tables."""

    @property
    @abstractmethod
    def setting(self) -> Setting:
        """Names, calendar and measured time."""

    @property
    @abstractmethod
    def verdict(self) -> str:
        """Sentence about an overload that theory sees; empty if there is none."""

    @abstractmethod
    def _frame(self, name: str) -> pd.DataFrame:
        """One of the four frames."""

    @abstractmethod
    def _facts(self) -> Facts:
        """Integer tables that the series are computed from."""

    @abstractmethod
    def measures(self) -> pd.DataFrame:
        """Measures of the run: measure, kind, of, inflow, office, window, value.

        "all" marks an aggregate; `capsim.measures` says what each is.
        """

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row per case: case, inflow, office, weight, applied, left, exit.

        `left` is NaN and `exit` "open" for whoever is still there; `applied` is NaN for initial
        cases of unknown age.
        """
        return self._checked("cases")

    @cached_property
    def stays(self) -> pd.DataFrame:
        """One row per stay of a case in a stage.

        case, inflow, office, stage, nth, joined, assigned, started, served, ended, outcome
        (completed, left, turned_away, open), worker (the last one), visits_done, visits_lapsed, due
        (deadline), late (True, False, NA while undecidable). NaN where it did not happen.
        In a place `started` is when it was got. Where places are kept for the next stage `released`
        says until when.
        """
        return self._checked("stays")

    @cached_property
    def visits(self) -> pd.DataFrame:
        """One row per visit that fell due, whether or not it took place.

        case, inflow, office, stage, nth, visit, worker, due, started, ended, hours (client work).
        """
        return self._checked("visits")

    @cached_property
    def workers(self) -> pd.DataFrame:
        """One row per worker employed at any time.

        worker, office, team, seat, fte, hired, left (end of employment), hours_worked,
        hours_available (client hours), visits, caseload_mean, caseload_max.
        """
        return self._checked("workers")

    @cached_property
    def triggers(self) -> pd.DataFrame:
        """One row per order that a trigger gave: name, office, on, off.

        `on` is the day of the order, the reserve comes after its `lead`; `off` is the day on which
        the order ended, NaN for one that goes on. `office` is "all" with `of_all`, else the office
        or the cluster that shares the team.

        Examples
        --------
        A plan was a false alarm where it ended within four weeks:

        >>> import capsim
        >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
        >>> int((run.triggers["off"] - run.triggers["on"] <= 28).sum())
        0
        """
        return self._frame("triggers")

    def series(self, every: str = "7 days") -> pd.DataFrame:
        """Time series: day, office, kind, of, measure, value, one row per interval.

        Parameters
        ----------
        every : str
            Length of an interval in whole days, weeks, months or years, or "calendar month"; the
            last one ends with the run.

        Notes
        -----
        `capsim.measures.series` says what each measure is. Averages are over calendar time.
        """
        from capsim.measures.series import series_of

        self._need_tables("series")
        return series_of(self.setting, self._facts(), every)

    def with_dates(self) -> DatedRun:
        """The same frames with datetimes in the place of days since the start.

        Its `cases`, `stays`, `visits`, `workers` and `series` are frames as those of the run. Times
        are those of the office's clock, see `to_event_log`.

        Examples
        --------
        >>> import capsim
        >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
        >>> first = run.with_dates().stays["joined"].iloc[0]
        >>> first.date() >= run.setting.first_date
        True
        """
        from capsim.runs.dated import DatedRun

        return DatedRun(self)

    def to_event_log(
        self,
        style: str = "pm4py",
        path: str | PathLike[str] | None = None,
        *,
        visits: bool = False,
    ) -> pd.DataFrame:
        """The run as an event log, in the words of a tool for process mining or animation.

        Parameters
        ----------
        style : {"pm4py", "bupar", "vidigi", "xes"}
            pm4py: a row per stay with start_timestamp and time:timestamp. bupar: events start and
            complete with case_id, activity, activity_instance_id, lifecycle, timestamp, resource.
            vidigi: arrival, queue, resource_use and depart, in minutes since midnight of the first
            day. xes: events start and complete under the names of IEEE 1849.
        path : path, optional
            Where to write it as well: .xes for xes, else .csv or .parquet.
        visits : bool
            A row per visit, numbered, instead of a row per stay.

        Returns
        -------
        DataFrame
            Of a stay from the start of work (a delay: from joining) until its end; who is still
            there has no end, and who never had a visit no beginning. Times are those of the
            office's clock: `calendar.opens`, `calendar.lunch` and `calendar.zone` say where the
            office seconds of a day lie.

        Raises
        ------
        ValueError
            If the style is unknown, the ending is not that of the style, or the run kept no tables.

        Examples
        --------
        >>> import capsim
        >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
        >>> log = run.to_event_log()
        >>> len(log) == len(run.stays)
        True
        >>> list(log.columns[:4])
        ['case:concept:name', 'concept:name', 'start_timestamp', 'time:timestamp']
        """
        from capsim.runs.export import event_log, write_log

        self._need_tables("to_event_log")
        log = event_log(style, self.setting, self.stays, self.visits, self.cases, visits)
        if path is not None:
            write_log(log, style, Path(path))
        return log

    def life(self, case: str) -> list[Stay]:
        """The stays of one case in order, each with its visits and its times on the clock.

        Raises
        ------
        ValueError
            If there is no such case, or the run kept no tables.
        """
        from capsim.runs.story import case_named, stays_of

        self._need_tables("life")
        return stays_of(case_named(case, self.cases), self.setting, self.stays, self.visits)

    def story(self, case: str) -> str:
        """The life of one case in sentences, a line per stay.

        Dates, who, how long it waited for what, and when it was late; `capsim.plots.story` draws
        it.

        Parameters
        ----------
        case : str
            Name of the case, as in `cases`.

        Raises
        ------
        ValueError
            If there is no such case, or the run kept no tables.

        Examples
        --------
        >>> import capsim
        >>> run = capsim.simulate("one-office", seed=1, engine="simpy")
        >>> run.story(run.cases["case"].iloc[-1]).splitlines()[0][:5]
        'Case '
        """
        from capsim.runs.story import story

        return story(str(case), self.setting, self.cases, self.life(case))

    def save(self, path: str | PathLike[str], format: str | None = None) -> Path:
        """Directory to which the run was written: its tables, and a JSON manifest.

        Parameters
        ----------
        path : path
            A directory that does not exist yet, is empty, or holds a stored run, which is replaced.
            It appears complete or not at all.
        format : "parquet" or "csv", optional
            Default: parquet where pyarrow is installed, else CSV with a warning.

        Raises
        ------
        FileExistsError
            If something else is there.
        ValueError
            If the path is none.
        """
        from capsim.runs.frames import COLUMNS
        from capsim.runs.storage import fact_frames, save_run

        if not isinstance(path, str | PathLike):
            raise ValueError(f'path = {path!r}: is no path; name a directory, such as "runs/first"')

        tables = {"measures": self.measures()}
        if self.detail == "full":
            tables |= {name: getattr(self, name) for name in COLUMNS}
            tables |= fact_frames(self._facts())
        if len(self.triggers):
            tables["triggers"] = self.triggers
        manifest = {
            "detail": self.detail,
            "provenance": dict(self.provenance),
            "verdict": self.verdict,
            "setting": asdict(self.setting),
        }
        return save_run(Path(path), tables, manifest, format)

    def _checked(self, name: str) -> pd.DataFrame:
        self._need_tables(name)
        return self._frame(name)

    def _need_tables(self, name: str) -> None:
        if self.detail != "full":
            raise ValueError(
                f"run.{name}: this run kept its measures only (detail={self.detail!r}); "
                "simulate the same scenario, seed and replication with detail='full' to get tables"
            )

    def __repr__(self) -> str:
        from capsim.runs.summary import heading, text_summary

        return text_summary(heading(self.setting, self.provenance), self.measures(), self.verdict)

    def _repr_html_(self) -> str:
        from capsim.runs.summary import heading, html_summary

        return html_summary(heading(self.setting, self.provenance), self.measures(), self.verdict)


@dataclass(frozen=True, eq=False, repr=False)
class Run(AbstractRun):
    """One simulated replication; frames are made when first asked for.

    Parameters
    ----------
    log : Log
        What the engine returned.
    provenance : Mapping
        Where the numbers come from.
    """

    log: Log
    provenance: Mapping[str, Any]

    @property
    def detail(self) -> str:
        """What was kept: "full", or "measures" for a run without tables."""
        return self.log.detail

    @cached_property
    def setting(self) -> Setting:
        """Names, calendar and measured time."""
        return Setting.of(self.log.plan)

    @property
    def verdict(self) -> str:
        """Sentences about an overload, or a service that fills, that theory sees; else empty."""
        from capsim.runs.verdict import said_of

        return said_of(self.log.plan.scenario)

    def _frame(self, name: str) -> pd.DataFrame:
        from capsim.runs.frames import make_frame

        return make_frame(name, self.log)

    def _facts(self) -> Facts:
        from capsim.measures.pending import pending_of

        found = pending_of(self.log)
        return Facts.of(
            self.log,
            {
                "stage": found.stage,
                "office": self.log.luck.office[found.case],
                "start": found.start,
                "stop": found.stop,
            },
        )

    def measures(self) -> pd.DataFrame:
        """Measures of the run: measure, kind, of, inflow, office, window, value.

        "all" marks an aggregate; `capsim.measures` says what each is.
        """
        from capsim.measures import measures_of

        return measures_of(self.log)

    def by(self, selector: str, *, every: str = "1 month") -> pd.DataFrame:
        """One measure by calendar period: window, from, until, value.

        Parameters
        ----------
        selector : str
            Such as ``"late_share[investigation]"``; of all offices together.
        every : {"1 week", "1 month", "1 quarter", "1 year"}

        Raises
        ------
        KeyError
            If there is no such measure by period.
        ValueError
            If the periods are none of these, or the run kept no tables.

        Notes
        -----
        People belong to the period in which they joined, and are followed to the end of the run.
        The first and the last period may be cut, as `from` and `until` tell.
        """
        from capsim.catalogue.periods import period_rows
        from capsim.catalogue.rows import measure_keys
        from capsim.measures.reference import reference_values
        from capsim.plan.windows import Ask

        self._need_tables("by")
        ask = Ask(by=every)
        periods, rows = period_rows(
            self.log.plan.scenario, every, measure_keys(self.log.plan, ask).frame(), selector
        )
        return periods.assign(value=reference_values(self.log, ask)[rows])

    def money(self, every: str = "1 year") -> pd.DataFrame:
        """What the run cost, and what was paid for it, by calendar period, warm-up included.

        Parameters
        ----------
        every : {"1 year", "1 quarter", "1 month", "1 week"}

        Returns
        -------
        DataFrame
            period, office, inflow, item, kind ("cost" or "funding"), amount, posts (amount over the
            price of a post and year: of the item's team, else the first that has one). "all" marks
            an aggregate, and the inflow "-" what no case costs. See `capsim.measures.money`.

        Raises
        ------
        ValueError
            If nothing has a price, the periods are none of these, or the run kept no tables.
        """
        from capsim.catalogue import money
        from capsim.catalogue.rows import measure_keys
        from capsim.measures.reference import reference_values
        from capsim.plan.windows import Ask

        scenario = self.log.plan.scenario
        money.need_money(scenario)
        ask = Ask(money=money.check_every(every))
        self._need_tables("money")
        keys = measure_keys(self.log.plan, ask).frame()
        told = money.is_told({"measure": keys["measure"]})
        values = reference_values(self.log, ask)[told]
        columns = {str(name): keys[name][told] for name in keys}
        names, amounts = money.added_up(columns, values.reshape(1, -1))
        frame = money.frame_of(names).assign(amount=amounts[0])
        return frame.assign(posts=amounts[0] / money.post_prices(scenario, list(frame["item"])))
