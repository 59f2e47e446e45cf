"""Rates of arrival with season and growth, by maximum likelihood from counted arrivals."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np

from capsim.plan.plan import Floats, Ints
from capsim.scenario import ScenarioError
from capsim.scenario.errors import Mistake
from capsim.scenario.units import DAYS_PER_MONTH, DAYS_PER_YEAR

__all__ = ["FittedRate", "fit_rate"]

MONTH = float(DAYS_PER_MONTH)
YEAR = float(DAYS_PER_YEAR)
SPAN = 2 * 365
"""Days that a log must span before season and growth can be told apart from chance."""


@dataclass(frozen=True, eq=False)
class FittedRate:
    """Arrivals a month, with season and growth where the data choose them.

    Attributes
    ----------
    n : int
        Number of arrivals.
    rate : (3,) estimate, lower, upper; cases a month at the reference day, over a whole year
    season : (12, 3) or None
        Factors of the months with mean 1.
    growth : (3,) or None
        A year.
    aic : float
    goodness : float
        Probability of months more uneven than those seen, if arrivals are Poisson: a chi-square.
    by_model : dict
        AIC of each model tried.
    """

    n: int
    rate: Floats
    season: Floats | None
    growth: Floats | None
    aic: float
    goodness: float
    by_model: dict[str, float]


def fit_rate(
    days: Floats,
    begin: float,
    end: float,
    *,
    day_0: datetime.date | None,
    reference: float = 0.0,
    season: bool | None = None,
    growth: bool | None = None,
    confidence: float = 0.95,
) -> FittedRate:
    """The Poisson rate of arrivals in a window.

    Season (by calendar month) and growth are tried where the window spans two years, and kept if
    they lower Akaike's criterion, unless the caller decides.

    Parameters
    ----------
    days : (n,)
        Days of arrival in [begin, end).
    begin, end : float
        Window, days.
    day_0 : date, optional
        Date of day 0; without it there is no season.
    reference : float
        Day at which the rate is given if it grows.
    season, growth : bool, optional
        Whether the rate has them; default Akaike's criterion decides. A season needs dates and a
        window with all twelve months.
    confidence : float
        Of each interval by itself. It takes the choice of season and growth for granted.

    Examples
    --------
    >>> import numpy as np
    >>> fitted = fit_rate(np.arange(0, 100, 1.0), 0, 100, day_0=None)
    >>> [round(float(limit), 1) for limit in fitted.rate]
    [30.4, 24.8, 37.0]
    """
    cell, month = _cells(begin, end, day_0)
    exposure = np.diff(cell) / MONTH
    years = ((cell[:-1] + cell[1:]) / 2 - reference) / YEAR
    count = np.histogram(days, cell)[0].astype(np.float64)
    possible = {
        "season": _choices(season, end - begin >= SPAN and day_0 is not None),
        "growth": _choices(growth, end - begin >= SPAN),
    }
    if True in possible["season"] and len(set(month.tolist())) < 12:
        raise ScenarioError(
            [Mistake("season", season, "needs dates of all twelve months", "leave it out")],
            "the log",
        )
    designs = {}
    for seasonal in possible["season"]:
        for grows in possible["growth"]:
            columns = (
                (month[:, None] == np.arange(1, 13)).astype(np.float64)
                if seasonal
                else np.ones((len(count), 1))
            )
            name = " and ".join(
                word for word, is_in in (("season", seasonal), ("growth", grows)) if is_in
            )
            designs[name] = np.hstack([columns, years[:, None]]) if grows else columns
    found = {name: _poisson(design, count, exposure) for name, design in designs.items()}
    by_model = {name: 2 * len(b) - 2 * top for name, (b, _, _, top) in found.items()}
    chosen = min(by_model, key=lambda name: by_model[name])
    values, variance, expected, _ = found[chosen]
    from scipy.special import ndtri
    from scipy.stats import chi2

    wide = float(ndtri(0.5 + confidence / 2))
    n = int(count.sum())
    factors = change = None
    if chosen == "":
        tail, total = (1 - confidence) / 2, float(exposure.sum())
        lower = float(chi2.ppf(tail, 2 * n)) / 2 / total if n else 0.0
        rate = np.array([n / total, lower, float(chi2.isf(tail, 2 * n + 2)) / 2 / total])
    elif chosen == "growth":
        rate = _limits(values[0], variance[0, 0], wide)
    else:
        rate, factors = _seasonal(values[:12], variance[:12, :12], wide)
    if "growth" in chosen:
        change = _limits(values[-1], variance[-1, -1], wide) - 1
    free = len(count) - len(values)
    square = float(((count - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    goodness = float(chi2.sf(square, free)) if free > 0 else math.nan
    return FittedRate(n, rate, factors, change, by_model[chosen], goodness, by_model)


def _choices(wanted: bool | None, can: bool) -> tuple[bool, ...]:
    """Which answers are tried to the question whether the rate has a season, or grows."""
    if wanted is not None:
        return (wanted,)
    return (False, True) if can else (False,)


def _cells(begin: float, end: float, day_0: datetime.date | None) -> tuple[Floats, Ints]:
    """Edges of months (of 30.4375 days where dates are not known) and the calendar month of each.

    With dates the pieces are calendar months, cut at both sides of the window.
    """
    if day_0 is None:
        pieces = max(int((end - begin) / MONTH), 1)
        return np.linspace(begin, end, pieces + 1), np.zeros(pieces, dtype=np.int64)
    first = day_0 + datetime.timedelta(days=math.floor(begin))
    edges, months = [begin], [first.month]
    year, month = first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        day = float((datetime.date(year, month, 1) - day_0).days)
        if day >= end:
            break
        edges.append(day)
        months.append(month)
    return np.array([*edges, end]), np.array(months, dtype=np.int64)


def _poisson(
    design: Floats, count: Floats, exposure: Floats
) -> tuple[Floats, Floats, Floats, float]:
    """Coefficients of the logarithm of the rate, their covariance, expected counts, likelihood.

    Newton's method; the logarithm of the likelihood is concave.
    """
    start = math.log(max(float(count.sum()), 0.5) / float(exposure.sum()))
    values = np.linalg.lstsq(design, np.full(len(count), start), rcond=None)[0]
    for _ in range(50):
        expected = exposure * np.exp(np.clip(design @ values, -30, 30))
        information = design.T @ (design * expected[:, None]) + 1e-9 * np.eye(len(values))
        step = np.linalg.solve(information, design.T @ (count - expected))
        values = values + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    expected = exposure * np.exp(np.clip(design @ values, -30, 30))
    information = design.T @ (design * expected[:, None]) + 1e-9 * np.eye(len(values))
    top = float((count * np.log(np.maximum(expected, 1e-300)) - expected).sum())
    return values, np.linalg.inv(information), expected, top


def _limits(log: float, variance: float, wide: float) -> Floats:
    error = math.sqrt(variance)
    return np.exp([log, log - wide * error, log + wide * error])


def _seasonal(logs: Floats, covariance: Floats, wide: float) -> tuple[Floats, Floats]:
    """Mean rate of the months and the factor of each, by the delta method."""
    rates = np.exp(logs)
    slope = rates / rates.sum()
    mean = _limits(math.log(rates.mean()), float(slope @ covariance @ slope), wide)
    factors = np.empty((12, 3))
    for month in range(12):
        change = -slope.copy()
        change[month] += 1
        log = math.log(rates[month] / rates.mean())
        factors[month] = _limits(log, float(change @ covariance @ change), wide)
    return mean, factors
