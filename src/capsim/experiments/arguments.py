"""What experiments are asked with: each argument checked in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.selector import Selector
from capsim.draws.deal import word
from capsim.execution.own_functions import Measure, check_measures, check_rule
from capsim.execution.settings import RunSettings
from capsim.plan.windows import PERIODS, Ask

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = [
    "ask_of",
    "check_n",
    "check_scenario",
    "check_scenarios",
    "check_seed",
    "check_settings",
    "is_number",
    "rules_by_scenario",
]


def is_number(value: Any) -> bool:
    """Whether a value is a number, which True is not."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


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
    try:
        return word("seed", seed)
    except TypeError as error:
        raise ValueError(str(error)) from None


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


def check_settings(
    *,
    seed: int,
    engine: str,
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: Any = None,
    choose: Any = None,
    every: str | None = None,
    by: str | None = None,
    also: Iterable[str | Selector] = (),
    money: str | None = None,
) -> RunSettings:
    """What all replications of a study have in common; `money` are periods that it is told by.

    Raises
    ------
    ValueError
        If the seed, the engine, the length of the periods, a measure or a rule of the user's own is
        none.
    ImportError
        If the compiled engine is asked for and numba cannot be imported.
    """
    from capsim.engines import engine_named

    check_rule("assign", assign)
    check_rule("choose", choose)
    seed = check_seed(seed)
    functions = check_measures(measures, own)
    name = engine_named(engine, has_rule=assign is not None or choose is not None)
    if by is not None and by not in PERIODS:
        raise ValueError(f"by = {by!r} must be one of {', '.join(map(repr, PERIODS))}")
    ask = replace(ask_of(by, also), money=money)
    return RunSettings(seed, name, functions, assign, choose, every, ask)


def ask_of(by: str | None, also: Iterable[str | Selector]) -> Ask:
    """What kernels must know ahead: periods, days of levels, and waits of which is asked how many.

    Parameters
    ----------
    by : str or None
    also : iterable of str
        Selectors. Those of other measures, which are there anyway, ask for nothing.

    Raises
    ------
    ValueError
        If a selector cannot be read, or does not say of which stage a share is.
    """
    days: dict[str, None] = {}
    shares: dict[tuple[str, float], None] = {}
    for text in [also] if isinstance(also, str) else also:
        selector = Selector.parse(text)
        if selector.on is not None:
            days[selector.on] = None
        if selector.days is not None:
            if selector.of is None:
                raise ValueError(
                    f"measure {str(selector)!r}: say of which stage, as in "
                    "share_over[intake, days=30]"
                )
            shares[selector.of, float(selector.days)] = None
    return Ask(by, tuple(days), tuple(shares))


def rules_by_scenario(name: str, rule: Any, labels: Mapping[str, Any]) -> dict[str, Any]:
    """The rule of each scenario: one for all, or those of a table and None for the others.

    Raises
    ------
    ValueError
        If the table names something else, or a rule cannot be called.
    """
    from capsim.scenario.errors import nearest

    if not isinstance(rule, Mapping):
        return dict.fromkeys(labels, rule)
    for label, one in rule.items():
        if label not in labels:
            raise ValueError(
                f"{name}[{label!r}]: there is no such scenario; {nearest(label, labels)}"
            )
        check_rule(f"{name}[{label!r}]", one)
    return {label: rule.get(label) for label in labels}
