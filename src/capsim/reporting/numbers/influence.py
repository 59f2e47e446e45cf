"""What the outcome depends on: each uncertain input at its ends, and all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capsim.experiments import sensitivity, uncertainty
from capsim.reporting.numbers.figures import Figures, selector_of
from capsim.scenario.checks.sizes import sizes_of
from capsim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    from capsim.experiments import Sensitivity, Uncertainty
    from capsim.reporting.numbers.figures import Key
    from capsim.scenario import Scenario

__all__ = ["Effect", "Influence", "influence_of"]

_ENDS = 20_000_000
"""Events of all replications of the ends of inputs."""
_DRAWS, _FEWEST_DRAWS = 25, 10
"""Draws of all inputs together, for the range over the inputs."""
_WIDER = 0.1
"""Share by which a number is moved where the scenario itself calls nothing uncertain."""


@dataclass(frozen=True)
class Effect:
    """What one input does to the chief measure.

    Attributes
    ----------
    path : str
        Dotted path of the input.
    low, high : object
        Values at its ends.
    at_low, at_high : (value, lower, upper)
        Change of the measure there, with its interval.
    """

    path: str
    low: Any
    high: Any
    at_low: tuple[float, float, float]
    at_high: tuple[float, float, float]


@dataclass(frozen=True)
class Influence:
    """What the outcome depends on, the most influential first.

    Attributes
    ----------
    key : Key
        The measure.
    effects : list of Effect
    n : int
        Replications at each end.
    is_stated : bool
        Whether the scenario says what is uncertain; else numbers were moved by a tenth.
    over : Uncertainty or None
        All inputs drawn at once; only where the scenario says what is uncertain.
    """

    key: Key
    effects: list[Effect]
    n: int
    is_stated: bool
    over: Uncertainty | None

    def over_inputs(self, key: Key) -> tuple[float, float] | None:
        """Ends of a measure over the inputs; None if there are none."""
        if self.over is None:
            return None
        low, high = self.over.over_inputs(selector_of(key))
        return (low, high) if low == low and high == high else None


def influence_of(
    figures: Figures, few: Callable[[int, int], int], shared: Mapping[str, Any]
) -> Influence | None:
    """What the chief measure depends on, simulated; None if there is nothing to vary."""
    scenario, key = figures.scenario, figures.chief
    if key is None:
        return None
    inputs: Mapping[str, Any] = scenario.uncertain_inputs
    is_stated = bool(inputs)
    if not is_stated:
        inputs = _by_a_tenth(scenario)
    if not inputs:
        return None
    seed, selector = figures.result.seed, selector_of(key)
    n = max(few(2 * len(inputs) + 1, _ENDS), 2)
    try:
        found = sensitivity(
            scenario, inputs, selector, method="oat", replications=n, seed=seed, **shared
        )
    except (ScenarioError, ValueError):
        if is_stated:
            raise
        return None  # a tenth more or less is no value of something
    over = None
    if is_stated:
        events = 2 * _DRAWS * sizes_of(scenario).events
        draws = _DRAWS if events <= _ENDS else _FEWEST_DRAWS
        over = uncertainty(
            scenario, None, selector, samples=draws, replications=2, seed=seed, **shared
        )
    return Influence(key, _effects(found), n, is_stated, over)


def _effects(found: Sensitivity) -> list[Effect]:
    rows = {
        (str(row["input"]), str(row["index"])): tuple(
            float(row[name]) for name in ("value", "lower", "upper")
        )
        for row in found.indices.to_dict("records")
    }
    effects = []
    for place, path in enumerate(found.inputs):
        low, high = (found.design.overrides[1 + 2 * place + end] for end in (0, 1))
        effects.append(
            Effect(path, low[path], high[path], rows[path, "low"], rows[path, "high"])  # type: ignore[arg-type]
        )
    order = found.ranking()
    return sorted(effects, key=lambda one: order.index(one.path))


def _by_a_tenth(scenario: Scenario) -> dict[str, Any]:
    """Posts, applications and work, a tenth less and a tenth more."""
    inputs: dict[str, Any] = {}
    low, high = 1 - _WIDER, 1 + _WIDER
    for label, inflow in scenario.inflows.items():
        for unit in ("per_day", "per_week", "per_month", "per_year"):
            rate = None if inflow.rate is None else getattr(inflow.rate, unit)
            if rate:
                inputs[f"inflows.{label}.rate.{unit}"] = (rate * low, rate * high)
        if inflow.waves and 0 < inflow.take_up <= 1 / high:
            inputs[f"inflows.{label}.take_up"] = (inflow.take_up * low, inflow.take_up * high)
    for label, team in scenario.teams.items():
        if team.fte is not None and team.fte > 0:
            inputs[f"teams.{label}.fte"] = (team.fte * low, team.fte * high)
    return inputs
