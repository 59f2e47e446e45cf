"""Tables for people: dates in the place of days, files that a spreadsheet opens as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any

from capsim.catalogue.measures import measure_named

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["harmless", "with_dates", "write_csv"]

_ESTIMATES = ("value", "mean", "lower", "upper")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def with_dates(frame: pd.DataFrame, start: date | Mapping[str, date]) -> pd.DataFrame:
    """The frame with dates where a measure is a day of the calendar, or a row has a day.

    Parameters
    ----------
    frame : DataFrame
        With a column `measure` and values, means or limits; or a time series with a column `day`.
    start : date or mapping of str to date
        Day 0; by scenario where the frame has a column of that name.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"measure": ["clear_day", "wait_mean"], "mean": [31.0, 2.5]})
    >>> with_dates(frame, date(2026, 1, 1))["mean"].tolist()
    ['2026-02-01', 2.5]
    """
    if isinstance(start, Mapping):
        first = [start[str(name)] for name in frame["scenario"]]
    else:
        first = [start] * len(frame)
    columns: dict[str, list[Any]] = {}
    if "day" in frame:
        columns["day"] = [_date(day, value) for day, value in zip(first, frame["day"], strict=True)]
    names = {name: measure_named(str(name).split("[")[0]).unit for name in set(frame["measure"])}
    is_day = [names[name] == "day" for name in frame["measure"]]
    if any(is_day):
        for name in _ESTIMATES:
            if name in frame:
                columns[name] = [
                    _date(day, value) if dated else value
                    for day, value, dated in zip(first, frame[name], is_day, strict=True)
                ]
    return frame.assign(**columns)


def _date(first: date, days: float) -> str | float:
    if days == math.inf:
        return "not reached"
    return (first + timedelta(days=math.floor(days))).isoformat() if days == days else math.nan


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without a text that a spreadsheet would take for a formula.

    Such texts, names of files for instance, begin with an apostrophe, as a spreadsheet writes them.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"scenario": ["=cmd", "office"], "mean": [-1.0, 2.0]})
    >>> harmless(frame)["scenario"].tolist()
    ["'=cmd", 'office']
    """
    import pandas as pd

    changed = {
        name: column.map(_harmless)
        for name, column in frame.items()
        if not (pd.api.types.is_numeric_dtype(column) or column.dtype.kind == "M")
    }
    return frame.assign(**{str(name): column for name, column in changed.items()}).rename(
        columns=_harmless
    )


def _harmless(value: Any) -> Any:
    is_formula = isinstance(value, str) and value.startswith(_FORMULAS)
    return f"'{value}" if is_formula else value


def write_csv(frame: pd.DataFrame, path: str | PathLike[str], *, excel: bool = False) -> None:
    """Write a frame as CSV.

    Parameters
    ----------
    frame : DataFrame
    path : path
    excel : bool
        With semicolons, decimal commas and a byte order mark, as the spreadsheets of most of
        Europe open without questions.
    """
    frame = harmless(frame)
    if not excel:
        frame.to_csv(path, index=False, lineterminator="\n")
        return
    mixed = [name for name in frame if frame[name].dtype == object]
    frame = frame.assign(**{str(name): frame[name].map(_with_comma) for name in mixed})
    frame.to_csv(
        path, index=False, sep=";", decimal=",", encoding="utf-8-sig", lineterminator="\r\n"
    )


def _with_comma(value: Any) -> Any:
    return repr(value).replace(".", ",") if isinstance(value, float) and value == value else value
