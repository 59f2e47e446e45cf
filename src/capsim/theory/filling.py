"""Whether a service is measured while it still fills, because nobody is there on the first day."""

from __future__ import annotations

import math
from typing import NamedTuple

from capsim.scenario.errors import ScenarioError
from capsim.scenario.model import Scenario
from capsim.theory.steady import steady_flows

__all__ = ["Unfilled", "filling_line", "unfilled"]

_TOLD = 0.05
"""Share of the open cases of a stage, on average over the measured time, that may be missing."""

_FEW = 0.5
"""Share of what theory expects that a stage with initial cases of its own must lack, to be told:
who writes a number knows it, and a real service need not be as theory expects."""

_KEPT = 64
_lines: dict[str, str] = {}


class Unfilled(NamedTuple):
    """A stage that cannot hold on the first day of measurement what theory expects there."""

    stage: str
    expected: float
    """Open cases at the load of the first day."""
    most: float
    """No more can be there: those of `initial`, and all who enter during the warm-up."""


def unfilled(scenario: Scenario) -> tuple[tuple[Unfilled, ...], float]:
    """Stages that neither `initial` nor the warm-up can have filled; open cases expected in all.

    A stage counts if at least one case and, over the measured time, 5 % of its open cases are
    missing: (expected - most) / expected x the mean time in the stage / the measured time, the
    second at most 1. What is missing is made up for in about the time that cases stay there. A
    stage with initial cases of its own only counts if more than half is missing.

    Examples
    --------
    Two a day stay 100 days; a warm-up of ten brings no more than 20 of the 200:

    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year", warm_up="10 days",
    ...     stages={"pause": {"stay": "100 days"}}, inflows={"a": {"rate": {"per_day": 2}}})
    >>> unfilled(scenario)
    ((Unfilled(stage='pause', expected=200.0, most=20.0),), 200.0)
    """
    warm_up = scenario.warm_up_days
    measured = max(scenario.horizon_days - warm_up, 1)
    there = dict.fromkeys(scenario.stage_names, 0.0)
    for one in scenario.initial_cases():
        there[one.stage] += one.cases
    expected = dict.fromkeys(scenario.stage_names, 0.0)
    entries = dict.fromkeys(scenario.stage_names, 0.0)
    for row, entering in steady_flows(scenario):
        expected[row.stage] += row.cases
        entries[row.stage] += entering
    found = []
    for stage, cases in expected.items():
        most = there[stage] + entries[stage] * warm_up
        missing = cases - most
        if not math.isfinite(cases) or missing < 1:
            continue
        days = cases / entries[stage]
        if there[stage] and missing / cases <= _FEW:
            continue
        if missing / cases * min(days / measured, 1) >= _TOLD:
            found.append(Unfilled(stage, cases, most))
    total = sum(cases for cases in expected.values() if math.isfinite(cases))
    return tuple(found), total


def filling_line(scenario: Scenario) -> str:
    """Sentence about a service that is measured while it fills; empty if it is not.

    Examples
    --------
    >>> scenario = Scenario(
    ...     start="2026-01-01", horizon="1 year",
    ...     stages={"pause": {"stay": "100 days"}}, inflows={"a": {"rate": {"per_day": 2}}})
    >>> print(filling_line(scenario))  # doctest: +NORMALIZE_WHITESPACE
    initial: measured while the service fills: theory expects 200 open cases on the first day of
    measurement, and of the 200 in pause at most 0 can be there. Write
    initial.pause.cases = "steady", or a longer warm_up
    >>> filling_line(scenario.with_({"initial": {"pause": {"cases": "steady"}}}))
    ''
    """
    key = scenario.hash
    if key not in _lines:
        while len(_lines) >= _KEPT:
            _lines.pop(next(iter(_lines)))
        _lines[key] = _line(scenario)
    return _lines[key]


def _line(scenario: Scenario) -> str:
    try:
        found, total = unfilled(scenario)
    except ScenarioError:
        return ""  # who simulates it is told what is wrong
    if not found:
        return ""
    parts = [
        f"of the {one.expected:,.0f} in {one.stage} at most {one.most:,.0f} can be there"
        for one in found
    ]
    remedies = [f'initial.{one.stage}.cases = "steady"' for one in found]
    return (
        f"initial: measured while the service fills: theory expects {total:,.0f} open cases on the "
        f"first day of measurement, and {', '.join(parts)}. Write {' and '.join(remedies)}, or a "
        "longer warm_up"
    )
