"""How people come besides the rate: on which weekdays, how many at once, and in which weeks.

Each is told only where chance alone would hardly give such a log: a pattern that is not there costs
nothing, and one that is seen by mistake changes every wait.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.plan.plan import Floats, Ints
from capsim.records.arrival_rates import MONTH, YEAR, FittedRate

if TYPE_CHECKING:
    from capsim.records.event_log import EventLog
    from capsim.records.findings import Findings

__all__ = ["add_patterns", "by_weekday", "dispersion", "groups_of", "weekday_factors"]

SURE = 0.001
"""Probability with which chance alone may look like a pattern."""
FEWEST = 100
"""Arrivals from which weekdays are told, and of which groups are."""
FEWEST_WEEKS = 26
_FEWEST_GROUPS = 10
_DIGITS = 7  # of a day: a hundredth of a second
_TINY = 1e-9


def add_patterns(
    log: EventLog,
    path: str,
    days: Floats,
    offices: Sequence[object] | None,
    fitted: FittedRate,
    reference: float,
    findings: Findings,
) -> None:
    """Weekdays, groups and dispersion of arrivals, as far as the log tells them.

    Parameters
    ----------
    log : EventLog
    path : str
        That of the inflow.
    days : (n,)
        Days on which they came.
    offices : sequence of length n, optional
        Where they came: people who come together go to one office.
    fitted : FittedRate
    reference : float
        Day to which its rate belongs.
    findings : Findings
        Estimates and overrides are added to it.
    """
    had = None
    if log.scenario is not None and log.scenario.inflows:
        had = log.scenario.inflows.get(path.removeprefix("inflows."))
    first, last = math.ceil(log.begin), math.floor(log.end)
    expected = _expected(log, first, last, fitted, reference)
    sizes = np.ones(1, dtype=np.int64)
    if not log.whole_days:
        sizes = groups_of(days - np.floor(days) > log.opening + _TINY, days, offices)
        if (sizes > 1).any():
            _add_groups(path, sizes, findings)
        elif had is not None and had.together is not None and len(days) >= FEWEST:
            findings.overrides[f"{path}.together"] = None
    mean = float(sizes.mean())
    spread = float((sizes.astype(float) ** 2).mean()) / mean  # variance over mean of people
    if log.day_0 is not None and len(days) >= FEWEST:
        weekday = (log.day_0.weekday() + np.arange(first, last)) % 7
        closed = np.array(log.closed_before[first + 1 : last + 1]) > 0
        told = np.histogram(days, np.arange(first, last + 1))[0]
        waited = days - np.floor(days) <= log.opening + _TINY
        at_opening = np.histogram(days[waited], np.arange(first, last + 1))[0]
        counts, exposure, carried = by_weekday(
            weekday, closed, told, None if log.whole_days else at_opening, expected
        )
        factors = weekday_factors(counts, exposure, carried, spread, findings.confidence)
        if factors is not None:
            for number, limits in enumerate(factors):
                findings.add(f"{path}.weekdays.{number}", limits, "factor", len(days))
            shares = [float(f"{factor:.6g}") for factor in factors[:, 0]]
            findings.overrides[f"{path}.weekdays"] = shares
        elif had is not None and had.weekdays is not None:
            findings.overrides[f"{path}.weekdays"] = None
    parameters = 1 + (11 if fitted.season is not None else 0) + (fitted.growth is not None)
    begin = first if log.day_0 is None else first + (-log.day_0.weekday() - first) % 7
    weeks = (last - begin) // 7
    if weeks - parameters < FEWEST_WEEKS:
        return
    in_weeks = np.histogram(_came(log, days), begin + 7.0 * np.arange(weeks + 1))[0]
    by_week = expected[begin - first :][: 7 * weeks].reshape(weeks, 7).sum(axis=1)
    limits = dispersion(in_weeks, by_week, parameters, mean, spread, findings.confidence)
    if limits is not None:
        findings.add(f"{path}.dispersion", limits, "", weeks)
        findings.overrides[f"{path}.dispersion"] = float(f"{limits[0]:.6g}")
    elif had is not None and had.dispersion != 1:
        findings.overrides[f"{path}.dispersion"] = 1.0


def _expected(log: EventLog, first: int, last: int, fitted: FittedRate, reference: float) -> Floats:
    """Arrivals of each day from `first` up to `last` by the fitted rate."""
    day = np.arange(first, last)
    expected = np.full(len(day), float(fitted.rate[0]) / MONTH)
    if fitted.growth is not None:
        expected *= (1 + float(fitted.growth[0])) ** ((day + 0.5 - reference) / YEAR)
    if fitted.season is not None and log.day_0 is not None:
        dates = np.datetime64(log.day_0) + day
        month = dates.astype("datetime64[M]").astype(np.int64) % 12
        expected *= fitted.season[month, 0]
    return expected


def _came(log: EventLog, days: Floats) -> Floats:
    """The days on which they came: who is told at an opening came on the closed days before."""
    day = np.floor(days).astype(np.int64)
    inside = np.clip(day, 0, len(log.closed_before) - 1)
    waited = (days - day <= log.opening + _TINY) & (log.closed_before[inside] > 0)
    return np.where(waited & ~np.full(len(days), log.whole_days), day - 0.5, days)


# -- together -------------------------------------------------------------------------------------


def groups_of(inside: Any, days: Floats, offices: Sequence[object] | None) -> Ints:
    """Sizes of the groups that came at one instant at one office.

    Only arrivals within the hours of a day can tell, since who comes while the office is closed is
    told at its opening. Of people who come one by one some share an instant, too, if instants are
    coarse: where that explains the groups, all are alone.

    Parameters
    ----------
    inside : (n,) bool
        Whether an arrival fell within the hours.
    days : (n,)
    offices : sequence of length n, optional

    Examples
    --------
    >>> days = np.repeat(np.arange(20) + 0.3 + 0.01 * np.arange(20), 2)
    >>> sizes = groups_of(np.ones(40, dtype=bool), days, None)
    >>> len(sizes), set(sizes.tolist())
    (20, {2})
    """
    alone = np.ones(max(len(days), 1), dtype=np.int64)
    chosen = np.asarray(inside, dtype=bool)
    if chosen.sum() < 2 * _FEWEST_GROUPS:
        return alone
    when = days[chosen]
    where = np.zeros(len(when), dtype=np.int64)
    if offices is not None:
        names = np.array([str(name) for name in offices])[chosen]
        where = np.unique(names, return_inverse=True)[1]
    _, sizes = np.unique(np.stack([where, when.round(_DIGITS)]), axis=1, return_counts=True)
    part = np.unique((when - np.floor(when)).round(_DIGITS))
    hours = float(part[-1] - part[0])
    if hours <= 0:
        return alone
    _, per_day = np.unique(np.stack([where, np.floor(when)]), axis=1, return_counts=True)
    by_chance = float((per_day * (per_day - 1) / 2).sum()) * float(np.diff(part).min()) / hours
    pairs = float((sizes * (sizes - 1) / 2).sum())
    is_sure = pairs > 5 * by_chance + 5 * math.sqrt(by_chance)
    return sizes if is_sure and (sizes > 1).sum() >= _FEWEST_GROUPS else alone


def _add_groups(path: str, sizes: Ints, findings: Findings) -> None:
    """The law of how many come at once: a number, geometric, or as they were counted."""
    from scipy.special import ndtri

    n, mean = len(sizes), float(sizes.mean())
    wide = float(ndtri(0.5 + findings.confidence / 2)) * float(sizes.std()) / math.sqrt(n)
    values, counts = np.unique(sizes, return_counts=True)
    together: Any = {"law": "geometric", "mean": float(f"{mean:.6g}")}
    if len(values) == 1:
        together = int(values[0])
    else:
        chance = 1 / mean
        geometric = float(counts @ ((values - 1) * math.log1p(-chance) + math.log(chance)))
        counted = float(counts @ np.log(counts / n))
        if 2 * (len(values) - 1) - 2 * counted < 2 - 2 * geometric:
            weights = [int(count) for count in counts]
            together = {"law": "empirical", "values": values.tolist(), "weights": weights}
    law = "fixed" if len(values) == 1 else together["law"]
    findings.add(f"{path}.together", (mean, mean - wide, mean + wide), "people", n, law=law)
    findings.overrides[f"{path}.together"] = together


# -- weekdays -------------------------------------------------------------------------------------


def by_weekday(
    weekday: Ints, closed: Any, told: Ints, at_opening: Ints | None, expected: Floats
) -> tuple[Floats, Floats, Floats]:
    """Arrivals by weekday, and how many the rate expects to come, and to be told, on each.

    Who is told at the opening after a weekend came on one of its days, any of them. Holidays, and
    who is told after them, are left out. A log of dates cannot tell: there nobody comes at the
    weekend, and Monday has them all.

    Parameters
    ----------
    weekday : (days,)
        0 to 6, Monday first.
    closed : (days,) bool
    told : (days,)
        Arrivals of each day in the log.
    at_opening : (days,) or None
        Those of them at its opening; None in a log of dates.
    expected : (days,)
        By the rate.

    Examples
    --------
    A week that begins on a Monday; four are told on the Monday after it, three of them at its
    opening:

    >>> weekday, one = np.arange(8) % 7, np.ones(8)
    >>> closed = weekday > 4
    >>> told, early = np.array([1, 1, 1, 1, 1, 0, 0, 4]), np.array([0, 0, 0, 0, 0, 0, 0, 3])
    >>> by_weekday(weekday, closed, told, early, one)[0]
    array([2. , 1. , 1. , 1. , 1. , 1.5, 1.5])
    >>> counts, comes, is_told = by_weekday(weekday, closed, told, None, one)
    >>> counts, comes, is_told
    (array([5., 1., 1., 1., 1., 0., 0.]), array([2., 1., 1., 1., 1., 0., 0.]), \
array([4., 1., 1., 1., 1., 0., 0.]))
    """
    counts, exposure, carried = np.zeros(7), np.zeros(7), np.zeros(7)
    usually_closed = np.array([closed[weekday == number].all() for number in range(7)])
    waiting: list[int] = []
    for day, number in enumerate(weekday.tolist()):
        if closed[day]:
            waiting.append(day)
            continue
        before, waiting = waiting, []
        is_weekend = bool(usually_closed[weekday[before]].all())
        if at_opening is None:
            if not is_weekend:
                continue
            counts[number] += float(told[day])
            carried[number] += float(expected[before].sum())
        else:
            early = float(at_opening[day]) if before else 0.0
            counts[number] += float(told[day]) - early
            if before and is_weekend:
                share = expected[before] / expected[before].sum()
                np.add.at(counts, weekday[before], share * early)
                np.add.at(exposure, weekday[before], expected[before])
                np.add.at(carried, weekday[before], expected[before])
        exposure[number] += float(expected[day])
        carried[number] += float(expected[day])
    return counts, exposure, carried


def weekday_factors(
    counts: Floats, exposure: Floats, carried: Floats, spread: float, confidence: float
) -> Floats | None:
    """Factors of the weekdays with mean 1; None if chance explains how uneven they are.

    Parameters
    ----------
    counts, exposure, carried : (7,)
        As `by_weekday` gives them.
    spread : float
        Variance over mean of what comes at once.
    confidence : float

    Returns
    -------
    (7, 3) float64 or None
        Factor, lower and upper.

    Examples
    --------
    >>> even = np.full(7, 100.0)
    >>> weekday_factors(even + [5, -5, 0, 0, 0, 0, 0], even, even, 1.0, 0.95) is None
    True
    >>> counts = np.array([200, 100, 100, 100, 100, 50, 50.0])
    >>> weekday_factors(counts, even, even, 1.0, 0.95)[:, 0].round(2)
    array([2. , 1. , 1. , 1. , 1. , 0.5, 0.5])
    """
    from scipy.special import ndtri
    from scipy.stats import chi2

    used = carried > 0
    if used.sum() < 2:
        return None
    flat = carried[used] / carried.sum() * counts.sum()
    square = float(((counts[used] - flat) ** 2 / flat).sum()) / spread
    if chi2.sf(square, int(used.sum()) - 1) >= SURE:
        return None
    factor = np.divide(counts, exposure, out=np.zeros(7), where=exposure > 0)
    factor *= 7 / float(factor.sum())
    share = counts / counts.sum()
    error = np.sqrt(spread * (1 - share) / np.maximum(counts, 1))
    wide = float(ndtri(0.5 + confidence / 2)) * error
    return np.stack([factor, factor * np.maximum(1 - wide, 0), factor * (1 + wide)], axis=1)


# -- weeks ----------------------------------------------------------------------------------------


def dispersion(
    counts: Ints, expected: Floats, parameters: int, mean: float, spread: float, confidence: float
) -> tuple[float, float, float] | None:
    """Variance over mean of the groups of a week; None if chance explains how uneven weeks are.

    Parameters
    ----------
    counts, expected : (weeks,)
        People, and how many the rate expects.
    parameters : int
        Of the rate.
    mean, spread : float
        Of the size of a group: its mean, and its second moment over that.
    confidence : float
        Of the interval, as if weeks were normal.

    Notes
    -----
    Of compound counts the variance over the mean is m D + v / m, where D is that of the groups, m
    the mean and v the variance of their size; spread = m + v / m.

    Examples
    --------
    >>> even, uneven = np.tile([9, 11], 40), np.tile([2, 18], 40)
    >>> dispersion(even, np.full(80, 10.0), 1, 1.0, 1.0, 0.95) is None
    True
    >>> round(dispersion(uneven, np.full(80, 10.0), 1, 1.0, 1.0, 0.95)[0], 2)
    6.48
    """
    from scipy.stats import chi2

    free = len(counts) - parameters
    square = float(((counts - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    if chi2.sf(square / spread, free) >= SURE:
        return None
    tail = (1 - confidence) / 2
    ratios = square / np.array([free, chi2.isf(tail, free), chi2.ppf(tail, free)])
    found = (ratios - (spread - mean)) / mean
    return float(found[0]), max(float(found[1]), 1.0), float(found[2])
