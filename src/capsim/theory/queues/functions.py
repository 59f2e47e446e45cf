"""What varies in time and in length: rates that step, and laws of the time a case stays."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from capsim.theory.queues.domain import (
    LARGEST,
    TheoryError,
    nonnegative,
    number,
    pair,
    positive,
    sequence,
)

RateFunction = Callable[[float], float]


@dataclass(frozen=True)
class Steps:
    """A quantity that changes at known times and is constant between: a rate, or a staffing.

    Parameters
    ----------
    times : tuple of float
        Increasing; the first is where it begins (before that it has its first value).
    values : tuple of float
        From each time on (right-continuous).

    Examples
    --------
    >>> rate = steps((0, 4.5), (20, 7.0), (80, 4.5))
    >>> rate(19.9), rate(20), rate(100)
    (4.5, 7.0, 4.5)
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.times) != len(self.values) or not self.times:
            raise TheoryError(
                "steps", (self.times, self.values), "must pair each time with one value", "fill up"
            )
        for time in self.times:
            instant("a time of steps", time)
        if any(later <= earlier for earlier, later in pairwise(self.times)):
            raise TheoryError("steps", self.times, "must have increasing times", "sort them")
        for value in self.values:
            nonnegative("a value of steps", value)

    def __call__(self, time: float) -> float:
        """The value at that time."""
        return self.values[max(bisect_right(self.times, time) - 1, 0)]

    @property
    def breaks(self) -> tuple[float, ...]:
        """The times at which the value changes."""
        return self.times[1:]


def steps(*pairs: tuple[float, float]) -> Steps:
    """A step function from (time, value from then on) pairs: see `Steps`."""
    each = [pair("steps", one) for one in pairs]
    return Steps(
        tuple(number("a time of steps", time) for time, _ in each),
        tuple(nonnegative("a value of steps", value) for _, value in each),
    )


class Checked:
    """A function of time that refuses to give anything but a number of 0 or more."""

    def __init__(self, subject: str, function: RateFunction) -> None:
        self.subject = subject
        self.function = function
        self.breaks: tuple[float, ...] = tuple(getattr(function, "breaks", ()))

    def __call__(self, time: float) -> float:
        """The value at that time."""
        value = self.function(time)
        if type(value) is float and 0 <= value <= LARGEST:
            return value
        return nonnegative(f"{self.subject} at time {time:.6g}", value)


def as_function(subject: str, value: Any) -> RateFunction:
    """A function of time from a number (constant), `Steps`, or any callable.

    What a callable gives back is checked each time: a rate below 0 gives figures that look right.
    """
    if isinstance(value, Steps | Checked):
        return value
    if callable(value):
        return Checked(subject, value)
    return Steps((0.0,), (nonnegative(subject, value),))


def break_times(functions: Iterable[Any], extra: Sequence[float] = ()) -> list[float]:
    """All times at which one of the functions jumps, sorted."""
    times = {float(time) for time in extra}
    for function in functions:
        times.update(float(time) for time in getattr(function, "breaks", ()))
    return sorted(times)


def increasing(times: Sequence[float] | np.ndarray, start: float | None) -> np.ndarray:
    """The times as an array; `TheoryError` unless they rise, from `start` on if there is one."""
    first = -math.inf if start is None else start
    several = [times] if isinstance(times, int | float) else sequence("times", times)
    array = np.array([instant("times", time) for time in several])
    if array.size == 0 or array[0] < first or (np.diff(array) <= 0).any():
        raise TheoryError(
            "times", array.tolist(), f"must increase, from {first:g} on", "sort and deduplicate"
        )
    return array


def instant(subject: str, value: Any) -> float:
    """The value as a float; `TheoryError` unless it is a finite number."""
    result = number(subject, value)
    if abs(result) > LARGEST:
        raise TheoryError(subject, result, "must be finite", "give the last time of interest")
    return result


def pieces(times: np.ndarray, start: float, breaks: Sequence[float]) -> list[tuple[float, float]]:
    """The stretches between `start`, the breaks and the times, up to the last time."""
    marks = sorted({start, *times.tolist(), *(b for b in breaks if start < b < times[-1])})
    return list(pairwise(marks))


@dataclass(frozen=True)
class StayLaw:
    """How long a case stays: its mean and its survival function.

    Made by `exponential`, `fixed`, `lognormal`, `gamma`, or by `stay_law` from something else.
    """

    name: str
    mean: float
    survival: Callable[[float], float] = field(repr=False)
    """P(stay > x)."""
    jumps: tuple[float, ...] = ()
    """Where the survival function jumps: the lengths that have a probability of their own."""
    memoryless: bool = False


def exponential(mean: float) -> StayLaw:
    """Exponential stays of that mean."""
    mean = positive("mean", mean)
    return StayLaw("exponential", mean, lambda x: math.exp(-max(x, 0.0) / mean), (), True)


def fixed(length: float) -> StayLaw:
    """Stays of exactly that length."""
    length = positive("length", length)
    return StayLaw("fixed", length, lambda x: 1.0 if x < length else 0.0, (length,))


def lognormal(mean: float, cv: float) -> StayLaw:
    """Lognormal stays; `mean` and `cv` are of the stay itself, not of its logarithm."""
    mean, cv = positive("mean", mean), positive("cv", cv)
    sigma = math.sqrt(math.log1p(cv**2))
    centre = math.log(mean) - sigma**2 / 2

    def survival(x: float) -> float:
        return 1.0 if x <= 0 else math.erfc((math.log(x) - centre) / (sigma * math.sqrt(2))) / 2

    return StayLaw("lognormal", mean, survival)


def gamma(mean: float, cv: float) -> StayLaw:
    """Gamma stays of that mean and coefficient of variation."""
    from scipy.special import gammaincc

    mean, cv = positive("mean", mean), positive("cv", cv)
    shape = cv**-2
    return StayLaw("gamma", mean, lambda x: float(gammaincc(shape, shape * max(x, 0.0) / mean)))


def stay_law(subject: str, value: Any) -> StayLaw:
    """A law from a `StayLaw`, or from an object with `sf` and `mean` such as a frozen scipy law."""
    if isinstance(value, StayLaw):
        return value
    if hasattr(value, "sf") and hasattr(value, "mean"):
        return StayLaw(subject, float(value.mean()), lambda x: float(value.sf(x)))
    raise TheoryError(
        subject,
        value,
        "is no law of a stay",
        "use theory.exponential, fixed, lognormal or gamma, or a frozen scipy.stats law",
    )
