"""Which law stands for durations: the likeliest one that keeps the mean of the data.

A queue answers to the mean first, and the likeliest of a few laws may miss it widely: where a
system does half of the steps in seconds and people the others in days, a lognormal law puts its
mean out in a tail that nobody saw. A law whose mean is off by more than a tenth is therefore
replaced: by a mixture of a quick and a slow law where the data are of two speeds, by another law
that keeps the mean, or by the durations themselves.

References: Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, Journal
of the American Statistical Association 53 (the mean with censoring, with late entries as in Klein
and Moeschberger, 2003, section 4.6); Ashman, Bird and Zepf (1994), Detecting bimodality in
astronomical datasets, Astronomical Journal 108 (the distance D of two groups).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from capsim.plan.plan import Floats
from capsim.records.durations import (
    FEWEST_ENDS,
    LAWS,
    Durations,
    FittedLaw,
    fit_law,
    goodness_of,
)
from capsim.scenario.laws.compound import DiscreteVariable, MixtureVariable
from capsim.scenario.laws.variable import Variable

__all__ = ["Choice", "choose_law", "mean_of"]

OFF = 0.1
"""A mean off by more than this share is not that of the data."""

DOUBTFUL = 0.01
"""Goodness below which a law is doubtful."""

_APART, _RATIO = 4.0, 10.0
_VALUES = 100
_SHORTEST = 1e-9


@dataclass(frozen=True)
class Choice:
    """A law, and why it is not the likeliest one.

    Attributes
    ----------
    fitted : FittedLaw
    why : str
        Empty where the likeliest law keeps the mean.
    keeps : bool
        Whether the mean of the law is that of the data to a tenth.
    """

    fitted: FittedLaw
    why: str
    keeps: bool


def choose_law(
    data: Durations,
    *,
    laws: tuple[str, ...] = LAWS,
    confidence: float = 0.95,
    two_speeds: bool = True,
) -> Choice:
    """The law of durations.

    Parameters
    ----------
    data : Durations
        At least one of them ended.
    laws : tuple of str
        The candidates; if none of them keeps the mean, the others are asked as well.
    confidence : float
        Of each interval by itself.
    two_speeds : bool
        Whether a mixture is tried.

    Examples
    --------
    Half of the steps take seconds, the others days:

    >>> days = np.append(np.linspace(1, 20, 20), np.linspace(1e-4, 2e-3, 20))
    >>> found = choose_law(Durations.known(days))
    >>> found.fitted.law, round(found.fitted.mean, 2), round(float(days.mean()), 2)
    ('mixture', 5.22, 5.25)
    """
    best = fit_law(data, laws=laws, confidence=confidence)
    keeps = _keeps(best, data)
    both = _mixture(data, confidence) if two_speeds else None
    if both is not None and not both.aic > best.aic and _keeps(both, data):
        quick, slow = (part.mean for _, part in both.parts)
        why = f"durations of two speeds, about {quick:.3g} and {slow:.3g}, are a mixture"
        return Choice(both, why, True)
    if keeps:
        return Choice(best, "", True)
    low, high = mean_of(data, best.variable)
    seen = f"{low:.4g}" if high - low < 0.005 * high else f"{low:.4g} to {high:.4g}"
    off = f"the {best.law} law is the likeliest, but its mean is {best.mean:,.4g}, not {seen}"
    others = [fit_law(data, laws=(law,), confidence=confidence) for law in LAWS if law != best.law]
    for other in sorted(others, key=lambda fitted: fitted.aic):
        if _keeps(other, data):
            return Choice(other, f"{off}; the {other.law} law keeps it and was taken", True)
    found = _empirical(data, confidence)
    if found is not None and _keeps(found, data):
        return Choice(found, f"{off}; no law keeps it, so the durations themselves serve", True)
    return Choice(best, f"{off}; no law keeps it", False)


def _keeps(fitted: FittedLaw, data: Durations) -> bool:
    """Whether the mean of a law lies within a tenth of that of the data."""
    if fitted.law == "fixed":
        return True
    if not math.isfinite(fitted.mean):
        return False
    low, high = mean_of(data, fitted.variable)
    return (1 - OFF) * low <= fitted.mean <= (1 + OFF) * high


def mean_of(data: Durations, beyond: Variable) -> tuple[float, float]:
    """Mean of the data, lowest and highest where ends are only bounded.

    The plain mean where all have ended, else that of Kaplan and Meier up to the duration at which
    fewer than five are left; what follows is taken from the law `beyond`, which nobody can check.
    Those seen from their beginning count alone if enough of them have ended.

    Examples
    --------
    >>> from capsim.scenario.laws.variables import ExponentialVariable
    >>> mean_of(Durations.known(np.array([1.0, 2.0, 6.0])), ExponentialVariable(1.0))
    (3.0, 3.0)
    """
    fresh = data.chosen(data.entry == 0)
    seen = fresh if fresh.ended >= FEWEST_ENDS else data
    ended = np.isfinite(seen.upper)
    if ended.all() and not (seen.entry > 0).any():
        share = seen.times / seen.times.sum()
        return float(seen.lower @ share), float(seen.upper @ share)
    found = []
    for bound in (seen.lower, np.where(ended, seen.upper, seen.lower)):
        time, survival = _kaplan_meier(bound, ended, seen.entry, seen.times)
        until = np.append(0.0, time)
        limited = float(np.diff(until) @ np.append(1.0, survival)[: len(time)])
        left, last = float(survival[-1]), float(time[-1])
        tail = float(beyond.sf(np.array([last]))[0])
        rest = beyond.mean - float(beyond.limited_mean(np.array([last]))[0])
        found.append(limited + (left * rest / tail if left > 1e-12 and tail > 0 else 0.0))
    return min(found), max(found)


def _kaplan_meier(
    time: Floats, ended: np.ndarray, entry: Floats, times: Floats
) -> tuple[Floats, Floats]:
    """Instants of ends and what is left after each, while five or more are in view.

    The last instant is the end of what was seen if all of the last ones ended there.
    """
    instants = np.unique(time[ended])
    entry = np.where(entry > 0, entry, -1.0)
    order, entered = np.argsort(time), np.argsort(entry)
    gone = np.append(0.0, np.cumsum(times[order]))
    came = np.append(0.0, np.cumsum(times[entered]))
    at_risk = (
        came[np.searchsorted(entry[entered], instants, side="left")]
        - gone[np.searchsorted(time[order], instants, side="left")]
    )
    place = np.searchsorted(instants, time[ended])
    deaths = np.bincount(place, weights=times[ended], minlength=len(instants))
    survival = np.cumprod(1 - np.minimum(deaths / np.maximum(at_risk, deaths), 1.0))
    if not (time[~ended] >= instants[-1]).any():
        return instants, survival
    kept = np.flatnonzero(at_risk >= min(FEWEST_ENDS, at_risk[0]))
    last = int(kept[-1]) + 1 if len(kept) else len(instants)
    return instants[:last], survival[:last]


def _mixture(data: Durations, confidence: float) -> FittedLaw | None:
    """A quick and a slow law, if the durations that ended are of two speeds."""
    ended = np.isfinite(data.upper)
    middle = data.middle
    positive = middle[ended & (middle > _SHORTEST)]
    if data.ended < 2 * FEWEST_ENDS or not len(positive):
        return None
    # What takes no time at all stands apart from whatever takes some.
    logs = np.log(np.maximum(middle[ended], float(positive.min()) / 100))
    split = _split(logs, data.times[ended])
    if split is None:
        return None
    quick = ended & (np.log(np.maximum(middle, _SHORTEST)) < split)
    parts = (data.chosen(quick), data.chosen(~quick))
    if min(part.ended for part in parts) < FEWEST_ENDS:
        return None
    found = [choose_law(part, confidence=confidence, two_speeds=False).fitted for part in parts]
    count = np.array([part.n for part in parts], dtype=np.float64)
    share = count / count.sum()
    first = float(f"{share[0]:.6g}")
    shares = (first, round(1 - first, 6))
    variable = MixtureVariable.of(shares, [part.variable for part in found])
    mean = float(share @ np.array([part.mean for part in found]))
    from scipy.special import ndtri

    wide = float(ndtri(0.5 + confidence / 2))
    variance = share[0] * share[1] / count.sum() * (found[0].mean - found[1].mean) ** 2
    for part, weight in zip(found, share, strict=True):
        if 0 < part.mean_lower < part.mean_upper:
            error = math.log(part.mean_upper / part.mean_lower) / (2 * wide) * part.mean
            variance += (weight * error) ** 2
    wider = math.exp(wide * math.sqrt(variance) / mean) if mean else 1.0
    # Each part as likely as it is by itself, and its share: no more than the likelihood of both.
    aic = sum(part.aic for part in found) + 2 - 2 * float(count @ np.log(share))
    parameters = 1 + sum(1 if part.law in ("exponential", "fixed") else 2 for part in found)
    return FittedLaw(
        "mixture",
        mean,
        mean / wider,
        mean * wider,
        variable.sd / mean if mean else math.nan,
        math.nan,
        math.nan,
        aic,
        goodness_of(variable, parameters, data),
        {},
        variable,
        tuple(zip(shares, found, strict=True)),
    )


def _split(logs: Floats, times: Floats) -> float | None:
    """Logarithm between two groups that stand clearly apart, by the least sum of squares."""
    order = np.argsort(logs)
    x, w = logs[order], times[order]
    weight, first, second = np.cumsum(w), np.cumsum(w * x), np.cumsum(w * x * x)
    below, above = weight[:-1], weight[-1] - weight[:-1]
    squares = (second[:-1] - first[:-1] ** 2 / below) + (
        second[-1] - second[:-1] - (first[-1] - first[:-1]) ** 2 / above
    )
    squares[x[1:] <= x[:-1]] = np.inf
    if not np.isfinite(squares).any():
        return None
    k = int(np.argmin(squares))
    means = first[k] / below[k], (first[-1] - first[k]) / above[k]
    distance = means[1] - means[0]
    spread = math.sqrt(
        max(second[k] / below[k] - means[0] ** 2, 0.0)
        + max((second[-1] - second[k]) / above[k] - means[1] ** 2, 0.0)
    )
    if distance < math.log(_RATIO) or math.sqrt(2) * distance < _APART * spread:
        return None
    return float((x[k] + x[k + 1]) / 2)


def _empirical(data: Durations, confidence: float) -> FittedLaw | None:
    """The durations themselves, at most a hundred values with the same mean.

    None where too many go on: what they will come to is not in the data.
    """
    fresh = data.chosen(data.entry == 0)
    seen = fresh if fresh.ended >= FEWEST_ENDS else data
    ended = np.isfinite(seen.upper)
    time, survival = _kaplan_meier(seen.middle, ended, seen.entry, seen.times)
    if survival[-1] > 1e-9:
        return None
    weight = -np.diff(np.append(1.0, survival))
    group = np.minimum((np.cumsum(weight) - weight / 2) * _VALUES, _VALUES - 1).astype(np.int64)
    mass = np.bincount(group, weights=weight)
    value = np.bincount(group, weights=weight * time)
    kept = mass > 0
    variable = DiscreteVariable.of((value[kept] / mass[kept]).tolist(), mass[kept].tolist())
    mean = float(weight @ time)
    from scipy.special import ndtri

    error = math.sqrt(float(weight @ (time - mean) ** 2) / seen.ended)
    wider = math.exp(float(ndtri(0.5 + confidence / 2)) * error / mean) if mean else 1.0
    nan = math.nan
    law = FittedLaw(
        "empirical", mean, mean / wider, mean * wider, nan, nan, nan, nan, nan, {}, variable
    )
    return replace(law, cv=variable.sd / mean if mean else nan)
