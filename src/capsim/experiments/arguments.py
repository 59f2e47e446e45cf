"""What experiments are asked with: each argument checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["check_n", "check_scenario", "check_scenarios", "check_seed"]


def check_n(n: int, name: str = "n") -> int:
    """The number of replications.

    Raises
    ------
    ValueError
        Unless it is a whole number of at least 1.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
        raise ValueError(f"{name} = {n!r} must be a whole number of at least 1")
    return int(n)


def check_seed(seed: int) -> int:
    """The seed.

    Raises
    ------
    ValueError
        Unless it is a whole number from 0 to 2**64 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(f"seed = {seed!r} must be a whole number, such as seed=1")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed = {seed!r} must lie between 0 and 2**64 - 1")
    return int(seed)


def check_scenario(scenario: Any, what: str = "scenario") -> Scenario:
    """The scenario, loaded or made if a path, the name of a preset or a table is given.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    from capsim.scenario.loading import as_scenario

    return as_scenario(scenario, what)


def check_scenarios(scenarios: Any) -> dict[str, Scenario]:
    """The scenarios by name, at least two.

    Raises
    ------
    ValueError
        If it is no mapping of names to scenarios, or too short.
    ScenarioError
        With the mistakes of all scenarios that are given as files or tables.
    """
    from capsim.scenario.errors import all_of

    if not isinstance(scenarios, Mapping):
        raise ValueError(
            f"scenarios = {type(scenarios).__name__} must be a table of names and scenarios: "
            'write {"now": a, "more staff": b}'
        )
    names = [str(name) for name in scenarios]
    checks = [partial(check_scenario, *one) for one in zip(scenarios.values(), names, strict=True)]
    checked = dict(zip(names, all_of(checks), strict=True))
    if len(checked) < 2:
        raise ValueError(f"scenarios: {list(checked)} cannot be compared; give two or more")
    return checked
