"""Rates over time as the scenario language has them, and what is compared at instants."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable

import numpy as np

from statistical import UnderpoweredError, assert_probability_equals
from verification.case import Quantity, Tables
from verification.writing import days

START = datetime.date(2026, 1, 1)


# -- rates -------------------------------------------------------------------------------------


def steps_of(
    per_unit: Callable[[float], float], until: float, width: float, unit: float = 1.0
) -> Tables:
    """A smooth rate as steps of its means, short enough not to matter."""
    n = round(until / width)
    edges = width * np.arange(n + 1)
    middle = (edges[:-1] + edges[1:]) / 2
    ends = np.array([per_unit(t) for t in edges])
    # Simpson's rule: the mean of the rate over the step.
    means = (ends[:-1] + 4 * np.array([per_unit(t) for t in middle]) + ends[1:]) / 6
    pairs = [[days(t, unit), float(m) / unit] for t, m in zip(edges[:-1], means, strict=True)]
    return {"steps": pairs, "unit": "per_day"}


def piecewise(*pairs: tuple[float, float]) -> Tables:
    """A rate in steps: (from day, per day)."""
    return {"steps": [[days(t), per_day] for t, per_day in pairs], "unit": "per_day"}


# -- quantities --------------------------------------------------------------------------------


def counts(
    stage: str, times: list[float], exact: list[float], n: int, *, label: str = ""
) -> list[Quantity]:
    """Numbers present that are Poisson: their means, and at some instants their variances."""
    found = []
    for place, (t, mean) in enumerate(zip(times, exact, strict=True)):
        found.append(
            Quantity(
                f"E N({t:g}){label}",
                mean,
                11 * math.sqrt(mean / n),
                lambda look, t=t: float(look.number(stage, t)),
            )
        )
        if place % 4 == 3:
            found.append(
                Quantity(
                    f"Var N({t:g}){label}",
                    mean,
                    12 * mean * math.sqrt((2 + 1 / mean) / n),
                    lambda look, t=t, mean=mean: float((look.number(stage, t) - mean) ** 2),
                )
            )
    return found


def chance_found(p: float, n: int) -> float:
    """The smallest error of a probability, to a tenth of it, that n trials find."""
    found = 10 * math.sqrt(p * (1 - p) / n) + 30 / n
    while True:
        try:
            assert_probability_equals(round(n * p), n, p, detectable=found)
        except UnderpoweredError:
            found *= 1.1
        else:
            return found
