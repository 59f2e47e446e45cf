"""Runs of presets that several tests share: means and values by row, one matrix per scenario."""

from functools import lru_cache

import numpy as np

import capsim
from capsim.catalogue.rows import measure_keys
from capsim.engines import compiled
from capsim.plan import compile_plan
from capsim.scenario import Scenario

SEED = 1

MONTHS = {
    "january": {"from": "2026-01-01", "until": "2026-02-01"},
    "december": {"from": "2028-12-01", "until": "2029-01-01"},
}
"""Windows of `limburg` that tests need beside its years."""


@lru_cache
def preset(name: str) -> Scenario:
    return capsim.load(name)


@lru_cache
def limburg(variant: str | None = None) -> Scenario:
    scenario = preset("limburg")
    return scenario if variant is None else scenario.variant(variant)


@lru_cache
def outcome(scenario: Scenario, n: int) -> dict[tuple[str, ...], np.ndarray]:
    """Values in n replications, by (measure, kind, of, inflow, office, window)."""
    months = {f"windows.{name}": month for name, month in MONTHS.items()}
    plan = compile_plan(scenario.with_(months) if scenario.name == "limburg" else scenario)
    values = compiled.measure(plan, SEED, 0, n)
    return dict(zip(measure_keys(plan).rows, values.T, strict=True))


def values(
    scenario: Scenario,
    n: int,
    measure: str,
    of: str,
    inflow: str = "all",
    office: str = "all",
    window: str = "all",
) -> np.ndarray:
    found = outcome(scenario, n)
    stage = found.get((measure, "stage", of, inflow, office, window))
    return found[measure, "team", of, inflow, office, window] if stage is None else stage
