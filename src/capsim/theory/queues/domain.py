"""The error that the theory functions raise outside their domain, and the checks that raise it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

SMALLEST, LARGEST = 1e-100, 1e100
"""Rates and times beyond these leave the range of floats when they are multiplied."""
LARGEST_COUNT = 10_000_000
"""Servers, places and cases beyond this take the recursions too long."""


class TheoryError(ValueError):
    """A number outside the domain of a formula.

    Parameters
    ----------
    subject : str
        The argument or quantity that is wrong.
    value : object
        What it was.
    rule : str
        What it has to be.
    remedy : str
        What the caller can do about it.

    Examples
    --------
    >>> print(TheoryError("servers", 0, "must be at least 1", "give a whole number of workers"))
    servers: 0 must be at least 1; give a whole number of workers
    """

    def __init__(self, subject: str, value: object, rule: str, remedy: str) -> None:
        self.subject = subject
        self.value = value
        self.rule = rule
        self.remedy = remedy
        super().__init__(f"{subject}: {_shown(value)} {rule}; {remedy}")


def _shown(value: object) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    return repr(value)


def number(subject: str, value: Any) -> float:
    """The value as a float; `TheoryError` unless it is a number (nan and text are none)."""
    try:
        result = math.nan if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        result = math.nan
    if math.isnan(result):
        raise TheoryError(subject, value, "is not a number", "give a plain number")
    return result


def positive(subject: str, value: Any) -> float:
    """The value as a float; `TheoryError` unless it is above zero and finite."""
    result = number(subject, value)
    if not 0 < result < math.inf:
        raise TheoryError(subject, result, "must be above 0 and finite", "give a positive number")
    if not SMALLEST <= result <= LARGEST:
        raise TheoryError(
            subject,
            result,
            f"must lie between {SMALLEST:g} and {LARGEST:g}",
            "count in another unit of time",
        )
    return result


def nonnegative(subject: str, value: Any) -> float:
    """The value as a float; `TheoryError` if it is below zero or infinite."""
    result = number(subject, value)
    if not result >= 0:
        raise TheoryError(subject, result, "must be 0 or more", "give a larger number")
    return positive(subject, result) if result else 0.0


def share(subject: str, value: Any, *, zero: bool = True, one: bool = True) -> float:
    """The value as a float; `TheoryError` unless it lies between 0 and 1 (ends as told)."""
    result = number(subject, value)
    inside = (result >= 0 if zero else result > 0) and (result <= 1 if one else result < 1)
    if not inside:
        low, high = "[" if zero else "(", "]" if one else ")"
        raise TheoryError(subject, result, f"must lie in {low}0, 1{high}", "give a share, not a %")
    return result


def whole(subject: str, value: Any, at_least: int = 0) -> int:
    """The value as an int; `TheoryError` unless it is whole and at least `at_least`."""
    result = number(subject, value)
    if math.isinf(result) or result != math.floor(result):
        raise TheoryError(subject, value, "must be a whole number", "round it up or down first")
    if result < at_least:
        raise TheoryError(subject, int(result), f"must be at least {at_least}", "give a larger one")
    if result > LARGEST_COUNT:
        raise TheoryError(
            subject, result, f"must be at most {LARGEST_COUNT:,}", "give a smaller one, or `fluid`"
        )
    return int(result)


def sequence(subject: str, values: Any) -> list[Any]:
    """The values as a list; `TheoryError` unless they are several (text is not)."""
    try:
        if isinstance(values, str):
            raise TypeError
        return list(values)
    except TypeError:
        raise TheoryError(
            subject, values, "is no list", "give one entry for each, in brackets"
        ) from None


def pair(subject: str, value: Any) -> tuple[Any, Any]:
    """The two entries of the value; `TheoryError` unless they are two."""
    entries = sequence(subject, value)
    if len(entries) != 2:
        raise TheoryError(subject, value, "must be a pair", "give two numbers in brackets")
    return entries[0], entries[1]


def routing_matrix(routing: Any, size: int) -> np.ndarray:
    """The shares as a (size, size) array; `TheoryError` unless rows sum to at most 1."""
    try:
        matrix = np.array(routing, dtype=float)
    except (TypeError, ValueError):
        raise TheoryError(
            "routing", routing, f"must be {size} rows of {size} shares", "fill it up with 0"
        ) from None
    if matrix.shape != (size, size):
        raise TheoryError(
            "routing", matrix.tolist(), f"must be {size} rows of {size} shares", "one per station"
        )
    # Written so that nan is refused.
    if not ((matrix >= 0).all() and (matrix.sum(axis=1) <= 1 + 1e-9).all()):
        raise TheoryError(
            "routing", matrix.tolist(), "must be shares that sum to at most 1 per row", "rescale"
        )
    return matrix


def stable(subject: str, offered: float, capacity: float) -> float:
    """The utilisation offered / capacity; `TheoryError` if it is 1 or more."""
    utilization = offered / capacity
    if utilization >= 1:
        raise TheoryError(
            f"utilisation of {subject}",
            utilization,
            "must be below 1: with more work than capacity there is no steady state",
            "add capacity, or ask `fluid` or `transient_mmc` how fast the queue grows",
        )
    return utilization


def same_length(subjects: dict[str, Iterable[Any]]) -> int:
    """The common length of several sequences; `TheoryError` if they differ."""
    lengths = {subject: len(sequence(subject, values)) for subject, values in subjects.items()}
    if len(set(lengths.values())) > 1:
        raise TheoryError(
            ", ".join(lengths), lengths, "must have equal lengths", "give one entry for each"
        )
    return next(iter(lengths.values()))


def quantile(survival: Callable[[float], float], p: float, scale: float) -> float:
    """The smallest t >= 0 with P(X > t) <= 1 - p, for a survival function falling to zero.

    Parameters
    ----------
    survival : callable
        P(X > t) of a time t >= 0.
    p : float
        The share that is reached by then, in [0, 1).
    scale : float
        A typical size of X: where the search begins.

    Returns
    -------
    float
        In the unit of `scale`; relative accuracy 1e-12.
    """
    from scipy.optimize import brentq

    p = share("p", p, one=False)
    target = 1 - p
    if survival(0.0) <= target:
        return 0.0
    high = scale
    while survival(high) > target:
        high *= 2
    # xtol is absolute: the scale of the answer, not of the unit, has to set it.
    return float(brentq(lambda t: survival(t) - target, 0.0, high, xtol=1e-13 * high, rtol=1e-13))
