"""Kaplan-Meier: how long things last when some of them have not ended yet.

Leaving out the cases that still wait would leave out the unlucky ones. Each open case counts as
long as it has been seen: at every instant at which waits end, the share that ends is taken among
all who have waited at least that long, the open ones included.

Reference: Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, Journal
of the American Statistical Association 53, equation (2b).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from capsim.kernels.codes import ROUNDING
from capsim.plan.plan import Floats, Ints


def survival(durations: ArrayLike, ended: ArrayLike) -> tuple[Floats, Floats]:
    """Distinct durations at which something ended, and the share that lasts longer.

    Parameters
    ----------
    durations : (n,)
        How long each has lasted, ended or not.
    ended : (n,) bool
        False for those that are still open (censored).

    Returns
    -------
    times, share : (k,) float64
        `share` is the estimate of P(duration > time).

    Examples
    --------
    Four waits: one day, two days, still open after two days, four days.

    >>> times, share = survival([1, 2, 2, 4], [True, True, False, True])
    >>> times.tolist(), share.tolist()
    ([1.0, 2.0, 4.0], [0.75, 0.5, 0.0])
    """
    lasted = np.asarray(durations, dtype=np.float64)
    is_end = np.asarray(ended, dtype=bool)
    times, number = np.unique(lasted[is_end], return_counts=True)
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), times, side="left")
    return times, np.cumprod(1.0 - number / at_risk, dtype=np.float64)


def quantile(durations: ArrayLike, ended: ArrayLike, probability: float) -> float:
    """Smallest duration that at least `probability` of all do not outlast; NaN if never reached.

    Examples
    --------
    >>> quantile([1, 2, 2, 4], [True, True, False, True], 0.5)
    2.0
    >>> quantile([1, 2, 5, 5], [True, True, False, False], 0.9)
    nan
    """
    times, share = survival(durations, ended)
    reached = np.flatnonzero(share <= 1.0 - probability + ROUNDING)
    return float(times[reached[0]]) if len(reached) else float("nan")


def quantiles_by_group(
    group: Ints, n: int, durations: Ints, ended: Ints, probabilities: tuple[float, ...]
) -> Floats:
    """Quantiles of each group; NaN for an empty group and where never reached.

    Returns
    -------
    (probabilities, n) float64
    """
    result = np.full((len(probabilities), n), np.nan)
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(n + 1))
    for number in np.flatnonzero(np.diff(edges)):
        rows = order[edges[number] : edges[number + 1]]
        for k, probability in enumerate(probabilities):
            result[k, number] = quantile(durations[rows], ended[rows], probability)
    return result
