"""Does the simulation look like the service? Simulated bands beside what was observed.

An observed year is one year, not the mean of many: it is to be compared with the spread of single
replications (a prediction interval), never with the interval of their mean, which narrows with the
number of replications until every observation lies outside.

If the model is right, the observation and the n replications are n + 1 draws alike, and the rank
of the observation among them says how unusual it is, whatever their law. A curve is judged by its
largest deviation in units of the spread of its day, ranked among those of the replications, each
measured from the others. This is a little cautious: of correct curves (random walks with lognormal
values) 2 to 4 % lay outside 95 % bands of 19 to 100 replications. See Lei, G'Sell, Rinaldo,
Tibshirani and Wasserman (2018), Distribution-free predictive inference for regression, Journal of
the American Statistical Association 113.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import Selector, measure_named
from capsim.catalogue.shown import shown, shown_interval
from capsim.estimates.means import check_confidence
from capsim.estimates.table import with_infinities
from capsim.experiments.results.replications import Replications
from capsim.experiments.results.result import AbstractResult
from capsim.experiments.results.sample import chosen
from capsim.plan.plan import Floats
from capsim.records.observed import Curve, curve_of, places, read_observed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Validation", "validate"]

COLUMNS = (
    "measure",
    "points",
    "observed",
    "simulated",
    "lower",
    "upper",
    "inside_share",
    "p",
    "verdict",
)
BANDS = ("day", "period", "of", "measure", "office", "observed", "mean", "lower", "upper", "inside")

_FLOOR = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Validation(AbstractResult):
    """Simulated against observed.

    Attributes
    ----------
    verdicts : DataFrame
        measure, points, observed, simulated, lower, upper, inside_share, p, verdict; a row per
        measure. `lower` and `upper` hold one new observation, not the mean. `p` is the probability
        of something at least as unusual if the model is right. `verdict` is "inside", "outside" or
        "cannot say". For a curve `observed` and `simulated` are means over its days and the limits
        are in `bands`.
    bands : DataFrame
        day, period, of, measure, office, observed, mean, lower, upper, inside: of each curve; the
        limits hold for all its days at once. `period` is the calendar month, or the first date.
    reasons : dict
        Why nothing can be said, by measure.
    n : int
        Number of replications.
    confidence : float
        Of each measure by itself.
    """

    verdicts: pd.DataFrame
    bands: pd.DataFrame
    reasons: dict[str, str]
    n: int
    confidence: float

    def to_frame(self) -> pd.DataFrame:
        """The verdicts."""
        return self.verdicts

    def _heading(self) -> list[str]:
        counted = self.verdicts["verdict"].value_counts()
        inside, outside = int(counted.get("inside", 0)), int(counted.get("outside", 0))
        judged = inside + outside
        lines = [
            f"Observed against {self.n} replications: {inside} inside, {outside} outside, "
            f"{len(self.verdicts) - judged} cannot say"
        ]
        if judged:
            expected = (1 - self.confidence) * judged
            lines.append(
                f"of a correct model about {expected:.2g} of {judged} would lie outside the "
                f"{100 * self.confidence:.4g} % prediction intervals"
            )
        return [*lines, *(f"{name}: {reason}" for name, reason in self.reasons.items())]

    def _table(self) -> list[list[str]]:
        rows = [["", "observed", "simulated", "prediction", "points inside", "p", "verdict"]]
        for row in self.verdicts.to_dict("records"):
            name = str(row["measure"])
            measure = Selector.parse(name).measure
            limits = shown_interval(measure, row["lower"], row["upper"])
            rows.append(
                [
                    name,
                    shown(measure, row["observed"]),
                    shown(measure, row["simulated"]),
                    limits if row["points"] == 1 else "band",
                    "none"
                    if row["inside_share"] != row["inside_share"]
                    else f"{row['inside_share']:.0%} of {row['points']}",
                    "none" if row["p"] != row["p"] else f"{row['p']:.2g}",
                    str(row["verdict"]),
                ]
            )
        return rows


def validate(
    result: Replications,
    observed: Mapping[str, Any] | pd.DataFrame,
    *,
    every: str | None = None,
    confidence: float = 0.95,
) -> Validation:
    """Whether observed numbers and curves look like a replication.

    Parameters
    ----------
    result : Replications
        At least 39 for a verdict with 95 % on a number, 19 on a curve.
    observed : mapping or DataFrame
        A mapping from selectors to what was observed: ``{"late_share[investigation]": 0.12}``; a
        curve is a pandas Series, such as ``{"waiting[intake]": series}``, by days since the start
        of the scenario, by dates, or by calendar months: "2026-04", a PeriodIndex, or dates that
        all are first or all last days of a month. A frame has a column of periods (day, date,
        week, month or period) and one for each selector; or measure, of, value and, for curves,
        such a column; optional inflow, office, kind. The value of a curve is the mean (or the
        number) over the interval that begins there, in months over the whole month.
    every : str, optional
        Length of the intervals of the curves, such as "7 days"; default calendar months where
        there are such, else the distance of the days.
    confidence : float
        Of each measure by itself.

    Returns
    -------
    Validation

    Raises
    ------
    ValueError
        If something observed cannot be read or is not in the result, with all such.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.load("one-office").with_({"horizon": "1 year", "initial": {}})
    >>> result = capsim.replicate(scenario, n=40, seed=1, jobs=1)
    >>> found = capsim.validate(result, {"arrivals[intake]": 330, "wait_mean[intake]": 200.0})
    >>> found.verdicts["verdict"].tolist()
    ['inside', 'outside']
    """
    import pandas as pd

    check_confidence(confidence)
    if not isinstance(result, Replications):
        raise ValueError(
            f"result = {type(result).__name__}: must be replications; write "
            "capsim.replicate(scenario, n=100, seed=1)"
        )
    numbers, curves = read_observed(observed)
    mistakes: list[str] = []
    verdicts: list[tuple[Any, ...]] = []
    reasons: dict[str, str] = {}
    bands: list[pd.DataFrame] = []
    if numbers:
        keys = result.sample.keys()
        matrix = with_infinities(keys, result.sample.matrix)
        for name, value in numbers.items():
            try:
                column = int(chosen(keys, [name])[0])
            except (KeyError, ValueError) as error:
                mistakes.append(str(error.args[0]))
                continue
            if measure_named(Selector.parse(name).measure).unit == "share" and not (
                0 <= value <= 1 or math.isnan(value)
            ):
                mistakes.append(f"{name} = {value:g} must be a share; write 0.05 for 5 %")
                continue
            verdicts.append(_number(name, value, matrix[:, column], confidence, reasons))
    by_length: dict[str, tuple[pd.DataFrame, Floats]] = {}
    for name, written in curves.items():
        try:
            curve = curve_of(name, written, result.scenario, every)
        except ValueError as error:
            mistakes.append(str(error))
            continue
        length = curve.every
        if length not in by_length:
            rows, found = result.series_matrix(length)
            columns = {key: column.tolist() for key, column in rows.columns.items()}
            by_length[length] = pd.DataFrame(columns), found
        try:
            place = places(name, curve, by_length[length][0])
        except ValueError as error:
            mistakes.append(str(error))
            continue
        simulated = by_length[length][1][:, place]
        verdict, band = _curve(name, curve, simulated, confidence, reasons)
        verdicts.append(verdict)
        bands.append(band)
    if mistakes:
        raise ValueError("observed: " + "; ".join(mistakes))
    return Validation(
        pd.DataFrame(verdicts, columns=list(COLUMNS)),
        pd.concat(bands, ignore_index=True) if bands else pd.DataFrame(columns=list(BANDS)),
        reasons,
        result.n,
        confidence,
    )


# -- numbers ---------------------------------------------------------------


def _number(
    name: str, value: float, simulated: Floats, confidence: float, reasons: dict[str, str]
) -> tuple[Any, ...]:
    """Row of the verdicts for one number, by its rank among the replications."""
    values = np.sort(simulated[~np.isnan(simulated)])
    n = len(values)
    # The k-th smallest and the k-th largest of n hold one more with probability 1 - 2 k / (n + 1).
    k = math.floor((1 - confidence) * (n + 1) / 2 + 1e-9)
    finite = values[np.isfinite(values)]
    middle = float(finite.mean()) if len(finite) == n and n else math.nan
    if k < 1 or math.isnan(value):
        needed = math.ceil(2 / (1 - confidence) - 1 - 1e-9)
        reasons[name] = (
            "nothing was observed"
            if math.isnan(value)
            else f"{n} replications with a value; {needed} are needed at this confidence"
        )
        return (name, 1, value, middle, math.nan, math.nan, math.nan, math.nan, "cannot say")
    lower, upper = float(values[k - 1]), float(values[n - k])
    beyond = min(int((values <= value).sum()), int((values >= value).sum()))
    inside = lower <= value <= upper
    p = min(2 * (beyond + 1) / (n + 1), 1.0)
    return (
        name,
        1,
        value,
        middle,
        lower,
        upper,
        float(inside),
        p,
        "inside" if inside else "outside",
    )


# -- curves ---------------------------------------------------------------


def _curve(
    name: str, curve: Curve, simulated: Floats, confidence: float, reasons: dict[str, str]
) -> tuple[tuple[Any, ...], pd.DataFrame]:
    """Row of the verdicts for one curve, and its band."""
    import pandas as pd

    value = curve.values
    n = len(simulated)
    k = math.ceil(confidence * (n + 1) - 1e-9)
    known = np.isfinite(value) & np.isfinite(simulated).all(axis=0)
    selector = Selector.parse(name)
    mean = simulated.mean(axis=0)
    lower = upper = np.full(len(value), np.nan)
    verdict, share, p = "cannot say", math.nan, math.nan
    if k > n or n < 3:
        reasons[name] = f"{n} replications; {math.ceil(1 / (1 - confidence) - 1 - 1e-9)} are needed"
    elif not known.any():
        reasons[name] = "no day with an observed and a simulated value"
    else:
        below, above, scores = _scores(simulated[:, known])
        factor = float(np.sort(scores)[k - 1])
        lower, upper = np.full(len(value), np.nan), np.full(len(value), np.nan)
        # Numbers of cases and shares of time are never negative.
        lower[known] = np.maximum(mean[known] - factor * below, 0.0)
        upper[known] = mean[known] + factor * above
        own = float(_largest(value[known] - mean[known], below, above))
        within = (value >= lower - 1e-9) & (value <= upper + 1e-9)
        share = float(within[known].mean())
        p = (1 + int((scores >= own).sum())) / (n + 1)
        verdict = "inside" if share == 1 else "outside"
    band = pd.DataFrame(
        {
            "day": curve.days,
            "period": curve.periods,
            "of": selector.of,
            "measure": selector.measure,
            "office": selector.office,
            "observed": value,
            "mean": mean,
            "lower": lower,
            "upper": upper,
            "inside": (value >= lower - 1e-9) & (value <= upper + 1e-9),
        }
    )
    overall = (float(value[known].mean()), float(mean[known].mean())) if known.any() else ()
    row = (name, len(value), *(overall or (math.nan,) * 2), math.nan, math.nan, share, p, verdict)
    return row, band


def _scores(curves: Floats) -> tuple[Floats, Floats, Floats]:
    """Spread of each day below and above its mean, and the score of each replication.

    The two spreads differ because queues are skewed: their roots of mean squares are taken on
    either side. The score of a replication is its largest deviation from the others, in units of
    their spread; it has the law of the score of an observation but for one replication less.
    """
    n = len(curves)
    mean = curves.mean(axis=0)
    deviation = curves - mean
    down, up = np.minimum(deviation, 0) ** 2, np.maximum(deviation, 0) ** 2
    # Days on which next to nothing varies would count every trifle.
    floor = _FLOOR**2 * float((down + up).mean())
    below = np.sqrt(down.mean(axis=0) + floor)
    above = np.sqrt(up.mean(axis=0) + floor)
    below_others = np.sqrt((down.sum(axis=0) - down) / (n - 1) + floor)
    above_others = np.sqrt((up.sum(axis=0) - up) / (n - 1) + floor)
    from_others = deviation * n / (n - 1)
    return below, above, _largest(from_others, below_others, above_others)


def _largest(deviation: Floats, below: Floats, above: Floats) -> Floats:
    """Largest deviation in units of the spread on its side, along the last axis."""
    scale = np.where(deviation < 0, below, above)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(deviation) <= 1e-9, 0.0, np.abs(deviation) / scale)
    return np.asarray(ratio.max(axis=-1), dtype=np.float64)
