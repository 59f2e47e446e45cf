"""Measures by calendar period: which rows they are, and when each period is."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from capsim.catalogue.selector import Selector
from capsim.plan.plan import Ints
from capsim.plan.windows import periods
from capsim.scenario.tables.scenario import ScenarioFields

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["period_rows", "periods_of"]


def period_rows(
    scenario: ScenarioFields, by: str, keys: pd.DataFrame, selector: str | Selector
) -> tuple[pd.DataFrame, Ints]:
    """The periods of the measured time (window, from, until), and the row of a measure in each.

    Parameters
    ----------
    scenario : ScenarioFields
    by : {"1 week", "1 month", "1 quarter", "1 year"}
    keys : DataFrame
        Keys of rows, those of the periods among them.
    selector : str
        What is asked for; a window in it means nothing, since each period is one.

    Raises
    ------
    KeyError
        If the measure is not told by period.
    ValueError
        If `by` is none of these, or the selector names a window.
    """
    asked = Selector.parse(selector)
    if asked.window is not None:
        raise ValueError(f"measure {str(asked)!r}: each period is a window; leave window= out")
    frame = periods_of(scenario, by)
    if not len(frame):
        return frame, np.empty(0, np.int64)
    first = replace(asked, window=str(frame["window"].iloc[0])).find(keys).iloc[0]
    mine = keys
    for name in ("measure", "kind", "of", "inflow", "office"):
        mine = mine[mine[name] == first[name]]
    places = dict(zip(mine["window"], mine.index, strict=True))
    return frame, np.array([places[name] for name in frame["window"]], np.int64)


def periods_of(scenario: ScenarioFields, by: str) -> pd.DataFrame:
    """The periods of the measured time: window, from, until.

    Raises
    ------
    ValueError
        If `by` is none of these.
    """
    import pandas as pd

    found = periods(scenario.start, scenario.warm_up_days, scenario.horizon_days, by)

    def dates(days: list[int]) -> pd.Series:
        return pd.to_datetime(
            pd.Series([scenario.start + datetime.timedelta(days=day) for day in days])
        )

    return pd.DataFrame(
        {
            "window": [one.name for one in found],
            "from": dates([one.low for one in found]),
            "until": dates([one.high for one in found]),
        }
    )
