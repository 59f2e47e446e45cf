"""Was the forecast any good? Held against what came, and against forecasts that cost nothing.

A forecast is scored by the continuous ranked probability score, which a forecaster can only lower
by saying what he believes: the mean distance of the forecast from what came, less half the mean
distance within the forecast. It is in the unit of the measure, and for a forecast that is one
number it is the absolute error. The unbiased form for a sample is used for all forecasts alike, so
that a sample of three is not punished for being small.

See Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, Journal
of the American Statistical Association 102; Ferro (2014), Fair scores for ensemble forecasts,
Quarterly Journal of the Royal Meteorological Society 140.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.selector import Selector
from capsim.experiments.forecasts import BANDS, Forecast
from capsim.experiments.results.result import AbstractResult
from capsim.plan.plan import Floats
from capsim.records.observed import dates_of, read_observed
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Score", "crps", "score"]

COLUMNS = (
    *("measure", "forecasts", "weeks", "observed", "mean"),
    *(f"coverage_{band}" for band in BANDS),
    *("crps", "bias", "p_bias", "biased", "crps_last_weeks", "crps_last_year", "verdict"),
)
LAST_WEEKS = 8
"""Weeks before the origin that "as in the last weeks" takes for equally likely."""
_YEAR = 52
_WEEK = datetime.timedelta(days=7)
_SIGNIFICANCE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Score(AbstractResult):
    """How forecasts did, by measure.

    Attributes
    ----------
    table : DataFrame
        measure, forecasts, weeks (that were scored), observed and mean (of the forecast) over
        these weeks; coverage_50, coverage_80, coverage_95: share of the weeks whose observation
        lay in the band; crps; bias (mean of forecast less observation), p_bias and biased: whether
        it is larger than luck allows, of a right forecast in 5 of 100; crps_last_weeks and
        crps_last_year: the same score of "as in the last eight weeks before the origin" and of
        "as in the same three weeks of last year", over the weeks for which these exist, NaN
        without such; verdict: "better" or "loses" against the best of them that exist, or "no
        naive forecast".
    by_week : DataFrame
        measure, origin, week, observed, mean, the bands, crps, crps_last_weeks, crps_last_year.
    known : tuple of str
        Of which day each forecast is, when it was made, and what it was compared with.
    """

    table: pd.DataFrame
    by_week: pd.DataFrame
    known: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _heading(self) -> list[str]:
        forecasts, weeks = self.table["forecasts"].max(), self.table["weeks"].max()
        lines = [f"{counted(int(forecasts), 'forecast')} held against up to {weeks} weeks"]
        lines += [f"known: {line}" for line in self.known]
        losers = self.table[self.table["verdict"] == "loses"]
        for row in losers.to_dict("records"):
            naive = {"last weeks": row["crps_last_weeks"], "last year": row["crps_last_year"]}
            told = [f"{name} {value:.3g}" for name, value in naive.items() if value == value]
            lines.append(
                f"{row['measure']} loses: CRPS {row['crps']:.3g} against {', '.join(told)}; "
                "do not use it before you know why"
            )
        for row in self.table[self.table["biased"]].to_dict("records"):
            side = "high" if row["bias"] > 0 else "low"
            lines.append(f"{row['measure']} is too {side} by {abs(row['bias']):.3g} on average")
        return lines

    def _table(self) -> list[list[str]]:
        header = ["", "weeks", *(f"in {band} %" for band in BANDS), "CRPS", "last weeks"]
        rows = [[*header, "last year", "bias", "verdict"]]
        for row in self.table.to_dict("records"):
            rows.append(
                [
                    str(row["measure"]),
                    str(row["weeks"]),
                    *(f"{row[f'coverage_{band}']:.0%}" for band in BANDS),
                    *(_number(row[name]) for name in COLUMNS[8:9]),
                    *(_number(row[name]) for name in ("crps_last_weeks", "crps_last_year")),
                    f"{_number(row['bias'])}{' *' if row['biased'] else ''}",
                    str(row["verdict"]),
                ]
            )
        return rows

    def _cautions(self) -> list[str]:
        if not self.table["biased"].any():
            return []
        return ["* farther off than luck allows a right forecast in 95 of 100 cases."]


def _number(value: float) -> str:
    return "-" if value != value else f"{value:.3g}"


def crps(sample: Any, observed: float) -> float:
    """Continuous ranked probability score of a sample; lower is better, 0 is perfect.

    Parameters
    ----------
    sample : array_like
        What the forecast says, equally likely values.
    observed : float

    Examples
    --------
    >>> crps([3.0], 5.0), crps([4.0, 6.0], 5.0)
    (2.0, 0.0)
    """
    values = np.sort(np.asarray(sample, dtype=np.float64))
    n = len(values)
    distance = float(np.abs(values - observed).mean())
    if n < 2:
        return distance
    # The sum over all pairs of |x - y|, from the ranks.
    spread = float(((2 * np.arange(n) - n + 1) * values).sum()) / (n * (n - 1) / 2)
    return distance - spread / 2


def score(forecast: Forecast | Sequence[Forecast], observed: Any) -> Score:
    """How a forecast did, against what was observed and against naive forecasts.

    Parameters
    ----------
    forecast : Forecast or sequence of Forecast
        Several origins are judged together.
    observed : mapping or DataFrame
        ``{"arrivals[intake]": series}``, a pandas Series by week: Mondays as dates or texts,
        "2026-W14", or weekly periods. Values of weeks that were over by the origin are the history
        of the naive forecasts; later ones are what is scored. Or a frame, as `validate` takes it.

    Returns
    -------
    Score

    Raises
    ------
    ValueError
        If something observed is not told by the forecast, is not by Mondays, or if no week of the
        forecast was observed, with all such.

    Notes
    -----
    "As in the last weeks" takes the values of the eight weeks before the origin (or as many as
    there are) for equally likely; "as last year" those of the week 52 weeks earlier and of the
    two beside it. Whoever cannot beat these has nothing to say.

    The bias of a forecast is judged by its rank among those of its own replications, each measured
    from the same mean; of several forecasts, those whose weeks do not overlap.

    Examples
    --------
    >>> import pandas as pd
    >>> import capsim
    >>> office = capsim.load("one-office")
    >>> said = capsim.forecast(office, origin="2026-01-05", weeks=4, n=60, seed=1, jobs=1)
    >>> weeks = pd.date_range("2025-11-10", periods=12, freq="7D")
    >>> came = pd.Series([8, 7, 9, 8, 6, 8, 9, 7, 9, 7, 8, 11], index=weeks)
    >>> found = capsim.score(said, {"arrivals[intake]": came})
    >>> found.table["weeks"].item(), bool(found.table["coverage_95"].item() > 0.7)
    (4, True)
    """
    import pandas as pd

    forecasts = _forecasts(forecast)
    numbers, curves = read_observed(observed)
    mistakes = [f"{name}: is one number; give a Series by Monday" for name in numbers]
    weekly: dict[str, dict[datetime.date, float]] = {}
    for name, written in curves.items():
        try:
            weekly[name] = _by_monday(name, written, forecasts[0].scenario)
            for one in forecasts:
                one.values(name)
        except ValueError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ValueError("observed: " + "; ".join(dict.fromkeys(mistakes)))
    rows, weeks = [], []
    for name, values in weekly.items():
        found = [_week_rows(name, one, values) for one in forecasts]
        if not any(len(one) for one in found):
            mistakes.append(_none_observed(name, forecasts))
            continue
        rows.append(_row(name, forecasts, found))
        weeks += [entry for one in found for entry in one]
    if mistakes:
        raise ValueError("observed: " + "; ".join(mistakes))
    return Score(
        pd.DataFrame(rows, columns=list(COLUMNS)),
        pd.DataFrame(weeks).astype({"week": "datetime64[us]", "origin": "datetime64[us]"}),
        tuple(_known(one) for one in forecasts),
    )


def _forecasts(given: Any) -> list[Forecast]:
    found = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    wrong = [type(one).__name__ for one in found if not isinstance(one, Forecast)]
    if wrong or not found:
        raise ValueError(
            f"forecast = {', '.join(wrong) or 'an empty list'}: must be a Forecast, or several; "
            "write capsim.forecast(...), or capsim.load_result(path) of a saved one"
        )
    return sorted(found, key=lambda one: one.origin)


def _known(one: Forecast) -> str:
    text = f"forecast of {one.origin}, made on {one.made}"
    return f"{text}, after the fact" if one.made > one.origin else text


def _by_monday(name: str, written: pd.Series, scenario: Scenario) -> dict[datetime.date, float]:
    """Observed values by the Monday of their week; those that are missing left out.

    Raises
    ------
    ValueError
        If the index holds no Mondays, or one twice, or if a value is no number.
    """
    import pandas as pd

    values = pd.to_numeric(written, errors="coerce")
    wrong = values.isna() & written.notna()
    if wrong.any():
        raise ValueError(f"{name}: {written[wrong].iloc[0]!r} is no number")
    dates, length = dates_of(name, pd.Index(written.index), scenario)
    if length in ("months", "number"):
        raise ValueError(f"{name}: is not by week; index it by the Monday of each week")
    found: dict[datetime.date, float] = {}
    for moment, value in zip(pd.DatetimeIndex(dates), values.tolist(), strict=True):
        day = moment.date()
        if day.weekday() != 0:
            raise ValueError(
                f"{name}: {day} is a {day:%A}; index a week by its Monday, "
                f"{day - datetime.timedelta(days=day.weekday())}"
            )
        if day in found:
            raise ValueError(f"{name}: the week of {day} is there twice; give each once")
        found[day] = float(value)
    return {day: value for day, value in found.items() if np.isfinite(value)}


def _none_observed(name: str, forecasts: Sequence[Forecast]) -> str:
    weeks = forecasts[0].sample.rows.columns["week"]
    last = forecasts[-1].sample.rows.columns["week"][-1]
    return f"{name}: no week from {weeks[0]} to that of {last} was observed; score it later"


# -- one measure ---------------------------------------------------------------


def _week_rows(
    name: str, one: Forecast, values: Mapping[datetime.date, float]
) -> list[dict[str, Any]]:
    """A row for each observed week of a forecast, with the scores of the naive ones."""
    sample = one.values(name)
    if np.isnan(sample).any():
        return []
    mondays = _mondays(one)
    limits = one.table.iloc[one._columns(Selector.parse(name))].reset_index(drop=True)
    # Known at the origin is what was over by then.
    history = {day: value for day, value in values.items() if day + _WEEK <= one.origin}
    recent = [history[day] for day in sorted(history)[-LAST_WEEKS:]]
    found = []
    for place, monday in enumerate(mondays):
        if monday not in values:
            continue
        came = values[monday]
        same = [history[day] for day in _last_year(monday, one.origin) if day in history]
        row = limits.iloc[place]
        found.append(
            {
                "measure": name,
                "origin": one.origin,
                "week": monday,
                "observed": came,
                "mean": float(sample[:, place].mean()),
                **{str(key): row[key] for key in limits.columns if "er_" in str(key)},
                "crps": crps(sample[:, place], came),
                "crps_last_weeks": crps(recent, came) if recent else np.nan,
                "crps_last_year": crps(same, came) if same else np.nan,
            }
        )
    return found


def _mondays(one: Forecast) -> list[datetime.date]:
    weeks = one.sample.rows.columns["week"][: one.weeks]
    return [datetime.date.fromisoformat(week) for week in weeks.tolist()]


def _last_year(monday: datetime.date, origin: datetime.date) -> list[datetime.date]:
    """The week 52 weeks before (or 104, ... where that is not over yet), and those beside it."""
    same = monday - _YEAR * _WEEK
    while same + 2 * _WEEK > origin:
        same -= _YEAR * _WEEK
    return [same - _WEEK, same, same + _WEEK]


def _row(
    name: str, forecasts: Sequence[Forecast], found: Sequence[Sequence[Mapping[str, Any]]]
) -> tuple[Any, ...]:
    """Scores of one measure over all its weeks."""
    weeks = [row for one in found for row in one]

    def mean(key: str) -> float:
        values = np.array([row[key] for row in weeks], dtype=np.float64)
        values = values[~np.isnan(values)]
        return float(values.mean()) if len(values) else np.nan

    coverage = [
        float(
            np.mean(
                [
                    row[f"lower_{band}"] - 1e-9 <= row["observed"] <= row[f"upper_{band}"] + 1e-9
                    for row in weeks
                ]
            )
        )
        for band in BANDS
    ]
    own = mean("crps")
    bias = mean("mean") - mean("observed")
    p = _p_bias(name, forecasts, found)
    verdicts = []
    for naive in ("crps_last_weeks", "crps_last_year"):
        both = [row for row in weeks if row[naive] == row[naive]]
        if both:  # over the same weeks
            ahead = np.mean([row["crps"] for row in both]) <= np.mean([row[naive] for row in both])
            verdicts.append(bool(ahead))
    verdict = "no naive forecast" if not verdicts else "better" if all(verdicts) else "loses"
    return (
        name,
        sum(bool(one) for one in found),
        len(weeks),
        mean("observed"),
        mean("mean"),
        *coverage,
        own,
        bias,
        p,
        bool(p < _SIGNIFICANCE),
        mean("crps_last_weeks"),
        mean("crps_last_year"),
        verdict,
    )


def _p_bias(
    name: str, forecasts: Sequence[Forecast], found: Sequence[Sequence[Mapping[str, Any]]]
) -> float:
    """Probability of a bias at least as large if the forecasts are right, by rank."""
    total = 0.0
    parts: Floats | None = None
    until = datetime.date.min
    for number, (one, rows) in enumerate(zip(forecasts, found, strict=True)):
        if not rows or rows[0]["week"] < until:
            continue
        until = rows[-1]["week"] + _WEEK
        mondays = _mondays(one)
        places = [mondays.index(row["week"]) for row in rows]
        sample = one.values(name)[:, places]
        away = sample.sum(axis=1) - sample.mean(axis=0).sum()
        total += sum(row["observed"] - row["mean"] for row in rows)
        # The same replication of two origins has the same luck; what came has not.
        shuffled = np.random.default_rng(number).permutation(away) if number else away
        fewest = len(away) if parts is None else min(len(parts), len(away))
        parts = shuffled[:fewest] if parts is None else parts[:fewest] + shuffled[:fewest]
    if parts is None:
        return np.nan
    n = len(parts)
    # The mean of n draws lies nearer to each of them than to one to come.
    parts = parts * np.sqrt((n + 1) / (n - 1)) if n > 1 else parts
    beyond = min(int((parts >= total).sum()), int((parts <= total).sum()))
    return min(1.0, 2 * (beyond + 1) / (n + 1))
