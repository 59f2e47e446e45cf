"""Whether heavy cases stay heavy: what the visits of one case have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.plan.plan import Floats

if TYPE_CHECKING:
    import pandas as pd

    from capsim.records.findings import Findings

__all__ = ["add_burden", "burden_of", "rest_of"]

FEWEST_CASES = 50
"""Cases with two visits or more from which a burden is told."""
SURE = 3.09
"""Standard errors above 0; chance looks so once in a thousand times."""
_SMALLEST_CV = 0.05
_SPLIT = ("gamma", "lognormal", "weibull", "exponential")


def burden_of(case: Any, work: Any) -> tuple[float, float] | None:
    """Squared cv of a factor that all visits of a case share, and its standard error.

    The covariance of two visits of a case over the squared mean: for work B X with a factor B of
    mean 1 that is drawn once per case, E[B X B X'] / E[B X]^2 = 1 + cv(B)^2.

    Parameters
    ----------
    case : (visits,)
    work : (visits,)
        Of each, over the mean of such visits.

    Returns
    -------
    tuple of float, or None
        None where too few cases have two visits.

    Examples
    --------
    Heavy cases of two hours a visit and light ones of one, without any other chance:

    >>> case = np.repeat(np.arange(200), 2)
    >>> square, error = burden_of(case, 1.0 + case % 2)
    >>> round(square, 3), error < 0.01
    (0.111, True)
    """
    found = _pairs(case, work)
    if found is None:
        return None
    weight, mean_of, pair, _ = found
    mean, product = float(weight @ mean_of), float(weight @ pair)
    part = weight * ((pair - product) / mean**2 - 2 * product * (mean_of - mean) / mean**3)
    return product / mean**2 - 1, math.sqrt(float((part**2).sum()))


def rest_of(case: Any, work: Any) -> float | None:
    """The cv of visits of one case, from E[w^2] / E[w w'] = 1 + cv(X)^2; None if too few have two.

    Examples
    --------
    >>> case = np.repeat(np.arange(200), 2)
    >>> round(rest_of(case, (1.0 + case % 2) * np.tile([0.5, 1.5], 200)), 3)
    0.816
    """
    found = _pairs(case, work)
    if found is None:
        return None
    weight, _, pair, square = found
    return math.sqrt(max(float(weight @ square) / float(weight @ pair) - 1, 0.0))


def _pairs(case: Any, work: Any) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Of cases with two visits: weight, mean, mean product of two visits, mean square."""
    _, who = np.unique(np.asarray(case), return_inverse=True)
    amount = np.asarray(work, dtype=np.float64)
    n = np.bincount(who)
    total, squares = np.bincount(who, amount), np.bincount(who, amount**2)
    several = n > 1
    if several.sum() < FEWEST_CASES:
        return None
    n, total, squares = n[several], total[several], squares[several]
    pair = (total**2 - squares) / (n * (n - 1))
    return (n - 1) / (n - 1).sum(), total / n, pair, squares / n


def add_burden(path: str, visits: Sequence[tuple[str, pd.DataFrame]], findings: Findings) -> None:
    """The burden of the cases of an inflow, and what is left of chance in each visit.

    Parameters
    ----------
    path : str
        That of the inflow.
    visits : sequence
        Path of the work of a stage, or of one of its visits, and the visits: case, hours.
    findings : Findings
        Has the laws of work already; their cv becomes that of visits of equal cases.
    """
    from scipy.special import ndtri

    kept = [
        (place, one)
        for place, one in visits
        if place in findings.overrides and float(one["hours"].mean()) > 0
    ]
    if not kept:
        return
    case = np.concatenate([one["case"].astype(str).to_numpy() for _, one in kept])
    work = np.concatenate([one["hours"] / one["hours"].mean() for _, one in kept])
    found = burden_of(case, work)
    if found is None:
        return
    square, error = found
    if square < _SMALLEST_CV**2 or square < SURE * error:
        return
    wide = float(ndtri(0.5 + findings.confidence / 2)) * error
    limits = [math.sqrt(max(one, 0.0)) for one in (square, square - wide, square + wide)]
    n = int((np.unique(case, return_counts=True)[1] > 1).sum())
    whole = [place for place, _ in kept if _law_of(findings.overrides[place]) not in _SPLIT]
    if whole:
        findings.remarks.append(
            f"{path}.burden: the visits of a case have a cv of {limits[0]:.2f} in common, but "
            f"{' and '.join(whole)} is no law with a cv from which it could be taken; not applied"
        )
        return
    for place, own in kept:
        _take_out(place, rest_of(own["case"].astype(str), own["hours"]), square, findings)
    findings.add(f"{path}.burden.cv", limits, "", n, law="gamma")
    findings.overrides[f"{path}.burden"] = {"law": "gamma", "cv": float(f"{limits[0]:.6g}")}


def _law_of(table: Any) -> str:
    return str(table.get("law", "fixed")) if isinstance(table, dict) else "fixed"


def _take_out(path: str, seen: float | None, square: float, findings: Findings) -> None:
    """Leave in a law of work what visits of one case differ by."""
    table = findings.overrides[path]
    had = float(table.get("cv", 1.0))
    cv = math.sqrt(max((1 + had**2) / (1 + square) - 1, 0.0)) if seen is None else seen
    said = findings.evidence.pop(f"{path}.cv", None)
    if cv < _SMALLEST_CV:
        findings.overrides[path] = table["mean"]
    elif table["law"] == "exponential":
        findings.overrides[path] = {**table, "law": "gamma", "cv": float(f"{cv:.6g}")}
    else:
        findings.overrides[path] = {**table, "cv": float(f"{cv:.6g}")}
    for row in findings.rows:
        if row["path"] == f"{path}.cv":
            row.update({name: row[name] * cv / had for name in ("estimate", "lower", "upper")})
            if said is not None and cv >= _SMALLEST_CV:
                limits = row["estimate"], row["lower"], row["upper"]
                number, going = int(row["n"]), int(row["censored"])
                findings.prove(f"{path}.cv", limits, "", number, going, str(row["law"]))
