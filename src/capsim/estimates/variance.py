"""How much of the variance of an outcome is due to the inputs, and how much to luck.

Rows are draws of the inputs, each with a few replications on luck of its own. By the law of total
variance Var(Y) = Var(E[Y | inputs]) + E[Var(Y | inputs)]: a one-way analysis of variance with
random effects estimates both parts, the first as (mean square between rows - mean square within
rows) / replications; see Searle, Casella and McCulloch (1992), Variance Components, section 3.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from capsim.estimates.means import check_confidence
from capsim.plan.plan import Floats

__all__ = ["VarianceComponents", "jackknife", "variance_components"]


@dataclass(frozen=True)
class VarianceComponents:
    """The two parts of a variance.

    Attributes
    ----------
    inputs : float
        Variance of the expected outcome as the inputs vary; at least 0.
    luck : float
        Mean variance of a single run when the inputs are known.
    share, lower, upper : float
        inputs / (inputs + luck) with its interval.
    rows, replications : int
    """

    inputs: float
    luck: float
    share: float
    lower: float
    upper: float
    rows: int
    replications: int


def variance_components(responses: ArrayLike, *, confidence: float = 0.95) -> VarianceComponents:
    """The variance due to inputs and that due to luck, from replicated rows.

    The interval is the jackknife's, of the logarithm of the ratio of the mean squares (Arvesen and
    Schmitz 1970, "Robust procedures for variance component problems using the jackknife",
    Biometrics 26(4)): it does not need normal distributions, as the classical F interval does.

    Parameters
    ----------
    responses : (rows, replications)
        At least 3 rows of 2.
    confidence : float

    Raises
    ------
    ValueError
        With fewer rows or replications.

    Examples
    --------
    >>> found = variance_components([[1.0, 3.0], [11.0, 13.0], [6.0, 8.0], [16.0, 18.0]])
    >>> round(found.inputs, 3), found.luck
    (40.667, 2.0)
    """
    check_confidence(confidence)
    matrix = np.asarray(responses, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] < 3 or matrix.shape[1] < 2:
        raise ValueError(
            f"responses of shape {matrix.shape}: at least 3 rows of 2 replications are needed to "
            "tell inputs from luck"
        )
    n, r = matrix.shape
    if not np.isfinite(matrix).all():
        return VarianceComponents(np.nan, np.nan, np.nan, np.nan, np.nan, n, r)
    means, within = matrix.mean(axis=1), matrix.var(axis=1, ddof=1)
    luck = float(within.mean())
    between = float(r * means.var(ddof=1))
    inputs = max((between - luck) / r, 0.0)
    if luck == 0 or between == 0:
        share = np.nan if luck == between else float(luck == 0)
        return VarianceComponents(inputs, luck, share, share, share, n, r)
    centred = means - means.mean()
    # Sum of squares without one row, by the formula for taking away one value.
    squares = (centred**2).sum() - centred**2 * n / (n - 1)
    ratios = (r * squares / (n - 2)) / ((within.sum() - within) / (n - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre, half = jackknife(np.log(between / luck), np.log(ratios), confidence)

    def share_of(log_ratio: float) -> float:
        excess = max(np.exp(min(log_ratio, 700.0)) - 1.0, 0.0)
        return float(excess / (excess + r))

    share = inputs / (inputs + luck)
    lower, upper = share_of(float(centre - half)), share_of(float(centre + half))
    return VarianceComponents(inputs, luck, share, min(lower, share), max(upper, share), n, r)


def jackknife(value: ArrayLike, without: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Centre and half-width of t intervals, from values that leave out one row at a time.

    Parameters
    ----------
    value : () or (k,)
        With all rows.
    without : (n,) or (n, k)
        Without each row.
    confidence : float
    """
    from scipy.stats import t

    n = len(without)
    pseudo = n * np.asarray(value) - (n - 1) * without
    error = pseudo.std(axis=0, ddof=1) / np.sqrt(n)
    return pseudo.mean(axis=0), t.ppf(0.5 + confidence / 2, n - 1) * error
