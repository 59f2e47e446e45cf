"""Proportions: how often something happened in n independent trials."""

from __future__ import annotations

from capsim.estimates.means import Interval, check_confidence


def proportion_interval(successes: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Proportion with its exact interval, which never covers less than the confidence.

    Parameters
    ----------
    successes, n : int
        For example in how many of n replications a target was met. Cases of one replication are
        not independent: take the share per replication and `mean_interval` for those.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26; limits as quantiles of beta distributions.

    Examples
    --------
    >>> print(proportion_interval(0, 20))
    0 [0, 0.1684] (n=20)
    """
    from scipy.stats import beta

    check_confidence(confidence)
    if not 0 <= successes <= n or n < 1:
        raise ValueError(
            f"proportion: {successes} successes in {n} trials is impossible; give 0 <= successes "
            "<= n and n >= 1"
        )
    tail = (1 - confidence) / 2
    lower = 0.0 if successes == 0 else float(beta.ppf(tail, successes, n - successes + 1))
    upper = 1.0 if successes == n else float(beta.isf(tail, successes + 1, n - successes))
    return Interval(successes / n, lower, upper, n, confidence)
