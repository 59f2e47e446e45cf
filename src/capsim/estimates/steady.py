"""Where a series stops to depend on its beginning, for questions about a steady state.

A policy wave is a question about a given beginning: there nothing is to be deleted. These tools are
for long runs of a stable system.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from capsim.plan.plan import Floats

BATCH = 5


@dataclass(frozen=True)
class WarmUp:
    """Result of `mser5`.

    Attributes
    ----------
    discard : int
        How many values at the beginning to leave out.
    mean : float
        Mean of the rest.
    is_reliable : bool
        False if more than half would have to go: the series is too short, or has no steady state.
    """

    discard: int
    mean: float
    is_reliable: bool


def mser5(series: ArrayLike) -> WarmUp:
    """How much of the beginning to discard: the rule MSER-5.

    Averages batches of five and discards d batches, d minimising the sum of squares of the rest
    over the square of their number, which is the squared standard error that their mean would have
    if they were independent.

    Parameters
    ----------
    series : (n,)
        One run, or the mean over replications, at equal intervals; n >= 20.

    References
    ----------
    White (1997), Simulation 69; White, Cobb and Spratt (2000), Winter Simulation Conference.

    Examples
    --------
    >>> import numpy as np
    >>> mser5(np.concatenate([np.linspace(50, 0, 50), np.tile([1.0, -1.0], 200)])).discard
    50
    """
    given = np.asarray(series, dtype=np.float64)
    n_batches = len(given) // BATCH
    if given.ndim != 1 or n_batches < 4:
        raise ValueError(
            f"series: shape {given.shape} is too short for MSER-5; give at least {4 * BATCH} values"
        )
    if not np.isfinite(given).all():
        raise ValueError("series: has missing values; give a value for every interval")
    batches = given[: n_batches * BATCH].reshape(-1, BATCH).mean(axis=1)
    # The last few statistics are of very few batches, so small by chance: never use them.
    candidates = np.arange(n_batches - 2)
    scores = np.array([np.var(batches[d:]) / (n_batches - d) for d in candidates])
    best = int(np.argmin(scores))
    return WarmUp(best * BATCH, float(given[best * BATCH :].mean()), best <= n_batches // 2)


class GrowingError(ValueError):
    """The system grows, so it has no steady state. `growth` is per interval, with its interval.

    Attributes
    ----------
    growth, lower, upper : float
    """

    def __init__(self, growth: float, lower: float, upper: float) -> None:
        self.growth, self.lower, self.upper = growth, lower, upper
        super().__init__(
            f"series: grows by {growth:.4g} per interval ({lower:.4g} to {upper:.4g} at 95 %) in "
            "its second half, so there is no steady state to wait for; describe the transient, or "
            "add capacity until the load is below 1"
        )


def welch(curves: ArrayLike, *, window: int) -> Floats:
    """Mean over replications, smoothed by a moving average: read off where it becomes level.

    Parameters
    ----------
    curves : (replications, times)
        At least five replications.
    window : int
        Half-width w of the moving average over 2 w + 1 intervals, narrower at the beginning.

    Returns
    -------
    (times - window,) float64

    Raises
    ------
    GrowingError
        If the second half still grows significantly (t test over replications of the slope, one
        per mille) and by more than a tenth of its mean: a queue that grows has no warm-up.

    References
    ----------
    Welch (1983); Law (2015), section 9.5.1.
    """
    from scipy.stats import t

    given = np.asarray(curves, dtype=np.float64)
    if given.ndim != 2 or len(given) < 5:
        raise ValueError(
            f"curves: shape {given.shape}; Welch's procedure needs (replications, times) with five "
            "replications or more"
        )
    n, length = given.shape
    if not 1 <= window <= length // 4:
        raise ValueError(
            f"window: {window} is not between 1 and {length // 4}, a quarter of the run"
        )
    half = given[:, length // 2 :]
    times = np.arange(half.shape[1]) - (half.shape[1] - 1) / 2
    slopes = half @ times / (times @ times)
    error = slopes.std(ddof=1) / np.sqrt(n)
    mean_slope = float(slopes.mean())
    rise = mean_slope * half.shape[1]
    if mean_slope > t.ppf(0.999, n - 1) * error and rise > 0.1 * abs(half.mean()):
        reach = float(t.ppf(0.975, n - 1) * error)
        raise GrowingError(mean_slope, mean_slope - reach, mean_slope + reach)
    mean = given.mean(axis=0)
    return np.array(
        [mean[i - min(i, window) : i + min(i, window) + 1].mean() for i in range(length - window)]
    )
