"""The procedure KN: the best of k systems, with a stated probability, on common random numbers.

Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation,
ACM Transactions on Modeling and Computer Simulation 11(3), 251-273, with c = 1. Screening looks at
the variance of each *difference*, so common random numbers save replications, and the promise holds
with them: the Bonferroni split of the error over the k - 1 rivals needs no independence.

Replications may be handed over in batches of any size: the screening is carried out at every single
replication in order, so that the outcome does not depend on the batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Verdict", "select"]

Sample = Callable[[int, Sequence[int]], NDArray[np.float64]]
"""Function of (stop, systems) giving a (stop, k) matrix whose columns `systems` are filled."""


@dataclass(frozen=True)
class Verdict:
    """Outcome of the procedure.

    Attributes
    ----------
    best : int
        Number of the system selected.
    decided : bool
        Whether the promise holds; False if the cap on replications came first.
    alive : tuple of int
        Systems not screened out, the best one included.
    replications : tuple of int
        Replications used for each system.
    means : tuple of float
        Means over those.
    """

    best: int
    decided: bool
    alive: tuple[int, ...]
    replications: tuple[int, ...]
    means: tuple[float, ...]


def select(
    sample: Sample,
    k: int,
    *,
    difference: float,
    confidence: float,
    first: int,
    at_most: int,
) -> Verdict:
    """The system with the smallest mean.

    Parameters
    ----------
    sample : function
        Gives the replications; row r of all columns shares its random numbers.
    k : int
        Number of systems, at least 2.
    difference : float
        Smallest difference of means worth detecting.
    confidence : float
        Probability of selecting the best if it is better than all others by `difference`, and
        otherwise of one within `difference` of the best.
    first : int
        Replications of the first stage, which estimate the variances.
    at_most : int
        Cap on the replications of one system.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> luck = generator.normal(size=(2_000, 1))
    >>> data = luck + generator.normal(size=(2_000, 3)) + [0.0, 1.0, 0.5]
    >>> verdict = select(
    ...     lambda stop, systems: data[:stop],
    ...     3, difference=0.5, confidence=0.95, first=20, at_most=2_000,
    ... )
    >>> verdict.best, verdict.decided
    (0, True)
    """
    error = (1 - confidence) / (k - 1)
    eta = 0.5 * ((2 * error) ** (-2 / (first - 1)) - 1)
    h_squared = 2 * eta * (first - 1)
    data = sample(first, range(k))
    variance = _variances_of_differences(data[:first])
    reach = h_squared * variance / difference**2
    last = math.floor(reach.max()) + 1
    """Replication at which all continuation regions have closed."""

    alive = list(range(k))
    used = np.full(k, first)
    sums = data[:first].sum(axis=0)
    r = first
    while True:
        alive = _screened(alive, sums / r, reach, r, difference)
        if len(alive) == 1 or r >= last or r >= at_most:
            break
        if r == len(data):
            stop = min(max(r + first, r + r // 4), last, at_most)
            data = sample(stop, alive)
        sums = sums + data[r]
        r += 1
        used[alive] = r
    means = [float(data[: used[i], i].mean()) for i in range(k)]
    best = min(alive, key=lambda i: means[i])
    return Verdict(
        best=best,
        decided=len(alive) == 1 or r >= last,
        alive=tuple(alive),
        replications=tuple(int(number) for number in used),
        means=tuple(means),
    )


def _variances_of_differences(data: NDArray[np.float64]) -> NDArray[np.float64]:
    covariance = np.cov(data, rowvar=False)
    spread = np.diag(covariance)
    return np.maximum(spread[:, None] + spread[None, :] - 2 * covariance, 0.0)


def _screened(
    alive: list[int], means: NDArray[np.float64], reach: NDArray[np.float64], r: int, delta: float
) -> list[int]:
    """Systems that no rival beats by more than the width of their continuation region."""
    width = np.maximum(0.0, delta / (2 * r) * (reach - r))
    kept = [i for i in alive if all(means[i] <= means[rival] + width[i, rival] for rival in alive)]
    # In exact arithmetic the best mean always survives; equal means all do.
    return kept or [min(alive, key=lambda i: means[i])]
