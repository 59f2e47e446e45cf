"""Numbers of the replications of scenarios on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from capsim.catalogue.money import is_told
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows
from capsim.experiments.control import Outlines
from capsim.plan.windows import PLAIN, Ask

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario

__all__ = ["Sample", "by_period", "chosen", "gather", "long_values", "summarised"]


FOUND = ("mean", "lower", "upper", "n", "explained")
"""Columns of estimates, in their order."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Numbers of the replications 0, 1, ... of one scenario.

    Attributes
    ----------
    label : str
    scenario : Scenario
    rows : Rows
    matrix : (replications, rows) float64
    series : (Rows, (replications, series rows) float64) or None
        Time series, if they were asked for.
    ask : Ask
        What was measured besides what the scenario says.
    money : (Rows, (replications, amounts) float64) or None
        Money by item and period, if it was asked for.
    outlines : (outlines, rows) float64 or None
        Of the same replications and of more, where means are controlled.
    """

    label: str
    scenario: Scenario
    rows: Rows
    matrix: NDArray[np.float64]
    series: tuple[Rows, NDArray[np.float64]] | None = None
    ask: Ask = PLAIN
    money: tuple[Rows, NDArray[np.float64]] | None = None
    outlines: NDArray[np.float64] | None = None

    def keys(self) -> pd.DataFrame:
        """measure, kind, of, inflow, office, window of each row."""
        return self.rows.frame()

    def values(self, selectors: Sequence[str] = (), *, office: str | None = None) -> pd.DataFrame:
        """Long values: replication, measure, kind, of, inflow, office, window, value.

        Parameters
        ----------
        selectors : sequence of str
            Only these; default all.
        office : str, optional
            Only of one office, or "all" for all of them together; not used with selectors.

        Raises
        ------
        KeyError
            If a selector means nothing here.
        ValueError
            If there is no such office.
        """
        keys = self.keys()
        columns = chosen(keys, selectors) if selectors else np.arange(len(keys))
        if office is not None and not selectors:
            columns = np.flatnonzero((keys["office"] == office).to_numpy())
            if not len(columns):
                known = ", ".join(map(repr, keys["office"].unique()))
                raise ValueError(f"office = {office!r} is not in {self.label!r}; known: {known}")
        return long_values(keys.iloc[columns], self.matrix[:, columns])

    @property
    def cleared(self) -> Cleared | None:
        """In how many replications every backlog was gone, and when; None if there was none."""
        from capsim.runs.verdict import backlogged, cleared

        keys = self.keys()
        mine = (keys["measure"] == "clear_day") & (keys["inflow"] == "all")
        mine &= keys["of"].isin(backlogged(self.scenario))
        columns = np.flatnonzero((mine & (keys["office"] == "all")).to_numpy())
        return cleared(self.matrix[:, columns], self.scenario)

    def beside(self, selectors: Sequence[str], *, of_outlines: bool = False) -> pd.DataFrame:
        """Long values of the selected things and of the `stay_mean` beside each, or their outlines.

        The latter tells the estimates whether anybody was there.
        """
        keys = self.keys()
        columns = self.with_stays(keys, chosen(keys, selectors))
        matrix = self.outlines if of_outlines and self.outlines is not None else self.matrix
        return long_values(keys.iloc[columns], matrix[:, columns])

    def means(
        self, keys: pd.DataFrame, columns: NDArray[np.int64], confidence: float, control: bool
    ) -> pd.DataFrame:
        """Means of some columns with their intervals, controlled where there are outlines.

        Parameters
        ----------
        keys : DataFrame
            Those of the sample.
        columns : (things,) int64
        confidence : float
        control : bool
            False: plain means, whatever outlines there are.
        """
        from capsim.estimates import summary_of

        outlines = None if self.outlines is None or not control else self.outlines[:, columns]
        return summary_of(
            keys.iloc[columns], self.matrix[:, columns], confidence=confidence, outlines=outlines
        )

    @staticmethod
    def with_stays(keys: pd.DataFrame, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows, and the `stay_mean` of the same place and window, in ascending order."""
        place = ["kind", "of", "inflow", "office", "window"]
        mine = keys.iloc[rows]
        near = np.flatnonzero((keys["measure"] == "stay_mean").to_numpy())
        for name in place:
            near = near[keys[name].iloc[near].isin(mine[name].unique()).to_numpy()]
        wanted = set(mine[place].itertuples(index=False, name=None))
        labels = keys[place].iloc[near].itertuples(index=False, name=None)
        near = near[[label in wanted for label in labels]]
        return np.union1d(rows, near).astype(np.int64)


def by_period(
    sample: Sample, selector: str | None, confidence: float, control: bool = True
) -> pd.DataFrame:
    """Means of one measure, or all, by calendar period.

    Raises
    ------
    ValueError
        If the study was not made by period.
    """
    from capsim.catalogue import measure_named
    from capsim.catalogue.periods import period_rows, periods_of

    if sample.ask.by is None:
        raise ValueError(
            "nothing was measured by period: run the study with by='1 month', '1 week', "
            "'1 quarter' or '1 year'"
        )
    keys = sample.keys()
    if selector is None:
        dates = periods_of(sample.scenario, sample.ask.by)
        within = np.flatnonzero(keys["window"].isin(dates["window"]).to_numpy())
        whole = sample.means(keys, within, confidence, control)
        whole["unit"] = [measure_named(name).unit for name in whole["measure"]]
        whole = whole.merge(dates, on="window", how="left")
        found = [name for name in FOUND if name in whole.columns]
        return whole[[*keys.columns, "from", "until", *found, "unit"]]
    frame, rows = period_rows(sample.scenario, sample.ask.by, keys, selector)
    columns = sample.with_stays(keys, rows)
    whole = sample.means(keys, columns, confidence, control)
    mine = whole.iloc[np.searchsorted(columns, rows)].reset_index(drop=True)
    return frame.assign(**{name: mine[name] for name in FOUND if name in mine.columns})


def summarised(
    sample: Sample, selectors: Sequence[str], confidence: float, control: bool = True
) -> pd.DataFrame:
    """Means of a sample with their intervals, and the unit of each."""
    from capsim.catalogue import measure_named

    keys = sample.keys()
    rows = chosen(keys, selectors) if selectors else np.arange(len(keys))
    columns = sample.with_stays(keys, rows) if selectors else rows
    frame = sample.means(keys, columns, confidence, control)
    frame["unit"] = [measure_named(name).unit for name in frame["measure"]]
    return frame.iloc[np.searchsorted(columns, rows)].reset_index(drop=True)


def chosen(keys: pd.DataFrame, selectors: Sequence[str]) -> NDArray[np.int64]:
    """Row numbers of what the selectors mean, in their order.

    Raises
    ------
    KeyError
        If a selector means nothing here.
    """
    from capsim.catalogue import Selector

    keys = keys.reset_index(drop=True)
    if isinstance(selectors, str):
        selectors = [selectors]
    found = [int(Selector.parse(text).find(keys).index[0]) for text in selectors]
    return np.array(list(dict.fromkeys(found)), dtype=np.int64)


def long_values(keys: pd.DataFrame, matrix: NDArray[np.float64]) -> pd.DataFrame:
    """Long frame of a matrix (replications, rows) with a row of keys per column."""
    import pandas as pd

    count = len(matrix)
    columns: dict[str, Any] = {
        "replication": np.repeat(np.arange(count, dtype=np.int64), len(keys))
    }
    for name in keys.columns:
        columns[name] = np.tile(keys[name].to_numpy(dtype=object), count)
    columns["value"] = matrix.reshape(-1)
    return pd.DataFrame(columns)


def _sample_of(
    campaign: Campaign, point: int, work: ScenarioWork, outlines: NDArray[np.float64] | None
) -> Sample:
    """The numbers of a point of a campaign."""
    rows = work.series_rows()
    series = None if rows is None else (rows, campaign.series(point))
    values, keys, ask = campaign.values(point), work.rows(), work.settings.ask
    if ask.money is None:
        return Sample(work.label, work.scenario, keys, values, series, ask, None, outlines)
    told = is_told(keys.columns)
    split = [(keys.where(mask), values[:, mask]) for mask in (~told, told)]
    return Sample(work.label, work.scenario, *split[0], series, ask, split[1], outlines)


def gather(
    works: Sequence[ScenarioWork],
    n: int,
    request: Mapping[str, Any],
    execution: Execution,
    *,
    more: Callable[[list[Sample]], int] = lambda samples: 0,
    control: int = 0,
) -> tuple[list[Sample], float]:
    """The replications 0 to n - 1 of each scenario, and the seconds that it took.

    Parameters
    ----------
    works : sequence of ScenarioWork
    n : int
    request : mapping
        What a store is to note.
    execution : Execution
    more : function
        How many replications are to be had in all, judged from those that are there.
    control : int
        Outlines for each replication.
    """
    with Campaign(**execution) as campaign:
        for work in works:
            campaign.add(work)
        campaign.record(request)
        outlines = Outlines(campaign, works, control)
        had, wanted = 0, n
        while wanted > had:
            campaign.run([(point, 0, wanted) for point in range(len(works))])
            outlines.run(wanted)
            samples = [
                _sample_of(campaign, point, work, outlines.values(point))
                for point, work in enumerate(works)
            ]
            had, wanted = wanted, more(samples)
        return samples, campaign.seconds
