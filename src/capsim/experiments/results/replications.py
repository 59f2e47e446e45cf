"""What `replicate` gives: means with intervals, bands in time, and what theory says beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from capsim.catalogue.meant import in_the_window_meant
from capsim.catalogue.money import check_every, need_money
from capsim.catalogue.shown import shown_interval
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.settings import RunSettings
from capsim.execution.store.blockfile import Rows
from capsim.experiments.precision import PrecisionReached
from capsim.experiments.results.curves import bands, warm_up
from capsim.experiments.results.headline import headline, name_of
from capsim.experiments.results.look import explanation_lines, first_look, summary_table
from capsim.experiments.results.money import (
    EVERY,
    Told,
    collected,
    money_summary,
    uncovered,
)
from capsim.experiments.results.outlined import control_lines
from capsim.experiments.results.result import few_replications, luck_alone, period
from capsim.experiments.results.sample import Sample
from capsim.experiments.results.sampled import AbstractSampled
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.estimates import Interval, WarmUp
    from capsim.experiments.results.reacting import Key
    from capsim.experiments.results.saving import Content
    from capsim.experiments.uncertainties import Uncertainty
    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario

__all__ = ["Replications"]

_MOST_RANGES = 4
"""Measures whose ranges over the inputs are printed."""


@dataclass(frozen=True, eq=False, repr=False)
class Replications(AbstractSampled):
    """The replications 0 to n - 1 of one scenario.

    Attributes
    ----------
    scenario : Scenario
    seed : int
    n : int
        Number of replications.
    engine : str
    precision : PrecisionReached or None
        If a precision was asked for.
    over_inputs : Uncertainty or None
        If the ranges over the inputs stand beside, by `with_inputs`.
    provenance : dict
        Scenario hash, overrides, seed, versions, machine, run time.
    sample : Sample
        The numbers, as a matrix (replications, rows).
    """

    scenario: Scenario
    seed: int
    n: int
    engine: str
    provenance: dict[str, Any]
    precision: PrecisionReached | None = None
    over_inputs: Uncertainty | None = None
    sample: Sample = field(kw_only=True)
    _series: dict[str, tuple[Rows, np.ndarray]] = field(kw_only=True)
    _settings: RunSettings | None = field(kw_only=True)
    _execution: Execution = field(kw_only=True)
    _money: dict[str, Told] = field(default_factory=dict, kw_only=True)

    saved_as: ClassVar[str] = "replications"

    @property
    def settings(self) -> RunSettings | None:
        """What all replications share; None if rules of the user's own are not known any more."""
        return self._settings

    def interval(
        self, selector: str, *, confidence: float = 0.95, control: bool = True
    ) -> Interval:
        """Mean of one measure with its interval.

        Parameters
        ----------
        selector : str
            Such as ``"late_share[investigation, office=genk]"``.
        confidence : float
        control : bool
            False: the plain mean, also where the study made outlines.
        """
        from capsim.estimates import Interval

        row = self.summary(selector, confidence=confidence, control=control).iloc[0]
        return Interval(
            float(row["mean"]), float(row["lower"]), float(row["upper"]), int(row["n"]), confidence
        )

    def series(
        self, every: str = "7 days", *, office: str | None = None, confidence: float = 0.95
    ) -> pd.DataFrame:
        """Time series: day, office, kind, of, measure, mean, lower, upper, lower_all, upper_all, n.

        Parameters
        ----------
        every : str
            Length of the intervals. Series that were not collected by ``replicate(series=...)``
            are simulated now, which takes as long as the replications did.
        office : str, optional
            Only this office, or "all" for the sum of the offices.
        confidence : float
            `lower` and `upper` hold for each day by itself; `lower_all` and `upper_all` for the
            whole curve at once. With several offices the latter are given for their sum, and for
            one of them if it is named.
        """
        return bands(*self.series_matrix(every), office=office, confidence=confidence)

    def warm_up(
        self,
        of: str,
        measure: str = "open",
        *,
        kind: str = "stage",
        office: str = "all",
        every: str = "7 days",
        window: int = 4,
    ) -> WarmUp:
        """How many intervals at the beginning to discard for a steady state (MSER-5).

        Only for questions about a steady state: a wave is a question about its beginning, and
        nothing of that is to be discarded.

        Parameters
        ----------
        of : str
            Stage or team.
        measure : str
            Of the time series, such as "open" or "waiting".
        kind : {"stage", "team"}
        office : str
        every : str
            Length of the intervals.
        window : int
            Of Welch's moving average, by which growth is judged.

        Raises
        ------
        GrowingError
            If the system grows: there is no steady state to wait for.
        ValueError
            If there is no such series, or fewer than five replications or 20 intervals.
        """
        wanted = {"kind": kind, "of": of, "measure": measure, "office": office}
        return warm_up(*self.series_matrix(every), wanted, window=window)

    def theory(self) -> pd.DataFrame:
        """Simulated means beside exact ones, where `capsim.theory.beside` knows a closed form.

        measure, kind, of, inflow, office, window, simulated, standard_error, exact, difference (in
        standard errors), formula. The exact figures are those of the long run: a difference may
        also mean that the warm-up is too short.

        There are no rows where nothing is known exactly, as for most services with opening hours,
        absence or several visits: `capsim.theory.beside` lists the queues that it knows. Why is
        then also in ``attrs["why_empty"]`` of the frame.
        """
        import pandas as pd

        from capsim.theory import beside

        keys = self.sample.keys()
        meant = in_the_window_meant(keys)
        columns = {tuple(row)[1:-1]: tuple(row) for row in meant.itertuples(name=None)}
        rows = []
        for figure in beside(self.scenario):
            found = columns.get((figure.measure, figure.kind, figure.of, "all", figure.office))
            if found is None:
                continue
            column, *key = found
            values = self.sample.matrix[:, column]
            values = values[np.isfinite(values)]
            mean = float(values.mean()) if len(values) else np.nan
            error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else np.nan
            difference = (mean - figure.value) / error if error > 0 else np.nan
            rows.append((*key, mean, error, figure.value, difference, figure.formula))
        names = [*keys.columns, "simulated", "standard_error", "exact", "difference", "formula"]
        frame = pd.DataFrame(rows, columns=names)
        if not rows:
            frame.attrs["why_empty"] = (
                f"no figure of {self.scenario.label!r} has a closed form; "
                "help(capsim.theory.beside) names the queues that are known"
            )
        return frame

    def to_xarray(self) -> Any:
        """A labelled array (replication, row), with the keys of each row.

        Raises
        ------
        ImportError
            Without xarray.
        """
        from capsim.experiments.results.cube import xarray_here

        return xarray_here().DataArray(
            self.sample.matrix.copy(),
            dims=("replication", "row"),
            coords={
                "replication": np.arange(self.n),
                **{name: ("row", column) for name, column in self.sample.rows.columns.items()},
            },
            name="value",
            attrs={"seed": self.seed, "scenario_hash": self.scenario.hash},
        )

    def __len__(self) -> int:
        """Number of replications."""
        return self.n

    def _by_sample(self, frame_of: Callable[[Sample], pd.DataFrame]) -> pd.DataFrame:
        return frame_of(self.sample)

    def money(self, every: str = EVERY, *, confidence: float = 0.95) -> pd.DataFrame:
        """What the service costs, and what is paid for it, by calendar period, warm-up included.

        Parameters
        ----------
        every : {"1 year", "1 quarter", "1 month", "1 week"}
            Studies collect years. Other periods are simulated when they are asked for, which takes
            as long as the replications did.
        confidence : float
            Of each interval by itself.

        Returns
        -------
        DataFrame
            period, office, inflow, item, kind, amount (mean over replications), posts, lower and
            upper (of the amount), n. `Run.money` says what they are.

        Raises
        ------
        ValueError
            If nothing has a price, or the periods are none of these.
        """
        need_money(self.scenario)
        if check_every(every) not in self._money:
            (self._money[every],) = collected(
                [self.sample], every, lambda: [self._work("money")], self._execution
            )
        return money_summary(self.scenario, self._money[every], confidence)

    def _work(self, what: str) -> ScenarioWork:
        """The same replications again, for something that was not collected."""
        if self._settings is None:
            raise ValueError(
                f"{what} by these intervals were not collected before the result was saved, and "
                "rules of your own are not saved: run replicate(...) again with them"
            )
        return ScenarioWork(self.scenario.label, self.scenario, self._settings)

    def series_matrix(self, every: str) -> tuple[Rows, np.ndarray]:
        """Rows and (replications, rows) matrix of the time series.

        Parameters
        ----------
        every : str
            Length of the intervals; series that were not collected are simulated now.
        """
        if every not in self._series:
            if self._settings is None:
                raise ValueError(
                    f"series {every!r} were not collected before the result was saved, and rules "
                    "of your own are not saved: run replicate(..., series=...) again with them"
                )
            settings = replace(self._settings, own={}, every=every)
            work = ScenarioWork(self.scenario.label, self.scenario, settings)
            with Campaign(**self._execution) as campaign:
                point = campaign.add(work)
                campaign.run([(point, 0, self.n)])
                rows = work.series_rows()
                assert rows is not None
                self._series[every] = (rows, campaign.series(point))
        return self._series[every]

    def _start(self) -> date:
        return self.scenario.start

    def _content(self) -> Content:
        from capsim.experiments.results.saving import Content

        reached = self.precision
        arguments = {
            "seed": self.seed,
            "n": self.n,
            "engine": self.engine,
            "has_rules": self._settings is None or bool(self._settings.rules),
            "precision": None if reached is None else asdict(reached),
        }
        return Content(self.saved_as, arguments, self.provenance, [self.sample], self._series)

    @classmethod
    def restored(cls, content: Content) -> Replications:
        """The replications that were saved."""
        given = content.arguments
        seed, engine = int(given["seed"]), str(given["engine"])
        (sample,) = content.samples
        return cls(
            scenario=sample.scenario,
            seed=seed,
            n=int(given["n"]),
            engine=engine,
            provenance=dict(content.provenance),
            precision=PrecisionReached.read(given["precision"]) if given["precision"] else None,
            sample=sample,
            _series=dict(content.series),
            _settings=None if given["has_rules"] else RunSettings(seed=seed, engine=engine),
            _execution={},
        )

    def _heading(self) -> list[str]:
        lines = [
            f"{counted(self.n, 'replication')} of {self.scenario.label!r}, "
            f"seed {self.seed}, {self.engine} engine",
            period(self.scenario),
        ]
        if self.precision is not None:
            lines.append(str(self.precision))
        return lines

    def controlled(self) -> list[str]:
        """A line about the outlines that control the means, if there are any."""
        return control_lines([self.sample], self._shown[1])

    def cleared(self) -> Cleared | None:
        """In how many replications every backlog was gone, and when; None if there was none."""
        return self.sample.cleared

    def _cautions(self) -> list[str]:
        from capsim.runs.verdict import verdict_line

        line = verdict_line(self.scenario, self.cleared())
        return [
            *few_replications(self.n),
            *self.controlled(),
            *luck_alone([self.scenario]),
            *self._over_inputs(),
            *uncovered({"": self.sample}),
            *([line] if line else []),
        ]

    def with_inputs(self, uncertainty: Uncertainty) -> Replications:
        """The same replications, which also print the ranges over the inputs.

        Parameters
        ----------
        uncertainty : Uncertainty
            Of the same scenario, from `capsim.uncertainty`.

        Raises
        ------
        ValueError
            If it is of another scenario.
        """
        if uncertainty.scenario.hash != self.scenario.hash:
            raise ValueError(
                f"uncertainty of {uncertainty.scenario.label!r} is not of the scenario of these "
                f"replications, {self.scenario.label!r} as it stands; compute it of the same one"
            )
        return replace(self, over_inputs=uncertainty)

    def _over_inputs(self) -> list[str]:
        if self.over_inputs is None:
            return []
        texts = []
        for row in headline(self.summary(), _MOST_RANGES).to_dict("records"):
            if row["kind"] not in ("run", "money"):
                ends = self.over_inputs.over_inputs(name_of(row))
                texts.append(f"{name_of(row)} {shown_interval(str(row['measure']), *ends)}")
        return [f"Over the inputs ({self.over_inputs.samples} draws): {'; '.join(texts)}."]

    @cached_property
    def _shown(self) -> tuple[list[list[str]], list[Key]]:
        """The table of a first look, and its measures."""
        summary = self.summary()
        keys = first_look(summary, [self.scenario])
        return summary_table(summary, keys, self), keys

    def _table(self) -> list[list[str]]:
        return self._shown[0]

    def _meanings(self) -> list[str]:
        return explanation_lines(measure for _, _, measure in self._shown[1])
