"""How the cases write their scenarios: an office that never closes, in the unit of the source.

A source counts in its own unit of time (a minute, a day, a month); `unit` is its length in days.
The engine's clock ticks in seconds, so where a source counts in minutes one of its minutes is
written as one day: queues do not know the unit, and rounding disappears.
"""

from __future__ import annotations

from typing import Any

Tables = dict[str, Any]


def days(time: float, unit: float = 1.0) -> str:
    """A time in units as a duration of the scenario language."""
    return f"{float(time * unit)!r} days"


def hours(time: float, unit: float = 1.0) -> str:
    """A time in units of client work; a worker of the continuous calendar works 24 h a day."""
    return f"{float(24 * time * unit)!r} h"


def exponential(mean: str) -> Tables:
    """An exponential law."""
    return {"law": "exponential", "mean": mean}


def always_open(
    *,
    length: float,
    warm_up: float = 0.0,
    follow_up: float = 0.0,
    unit: float = 1.0,
    start: str = "2026-01-01",
    **tables: Any,
) -> Tables:
    """A scenario of a service that never closes; lengths in units."""
    return {
        "start": start,
        "horizon": days(length, unit),
        "warm_up": days(warm_up, unit),
        "follow_up": days(follow_up, unit),
        "calendar": {"kind": "continuous"},
        **tables,
    }


def rate(per_unit: float, unit: float = 1.0) -> Tables:
    """A constant rate."""
    return {"per_day": per_unit / unit}


def one_desk(
    *,
    arrivals: float,
    work: Any,
    workers: int,
    length: float,
    warm_up: float,
    follow_up: float = 0.0,
    unit: float = 1.0,
    **stage: Any,
) -> Tables:
    """One pooled stage `desk` of one visit, with Poisson applications of a constant rate."""
    return always_open(
        length=length,
        warm_up=warm_up,
        follow_up=follow_up,
        unit=unit,
        teams={"desk": {"fte": workers}},
        stages={"desk": {"team": "desk", "work": work, **stage}},
        inflows={"regular": {"rate": rate(arrivals, unit)}},
    )
