"""Runs of presets that several tests share: means and values by row, one matrix per scenario."""

from functools import lru_cache

import numpy as np

import capsim
from capsim.catalogue.rows import measure_keys
from capsim.engines import compiled
from capsim.plan import compile_plan
from capsim.scenario import Scenario

SEED = 1

WINDOWS = {
    "whole": {},
    # Applications that reach the investigation in 2026, each followed for 59 days at least.
    "2026": {"horizon": "26 months", "follow_up": "59 days"},
    "January 2026": {"horizon": "13 months", "follow_up": "0 days"},
    "December 2028": {"warm_up": "1430 days", "follow_up": "0 days"},
}
"""Overrides that make the measures of a run of `limburg` those of a part of it."""


@lru_cache
def preset(name: str) -> Scenario:
    return capsim.load(name)


@lru_cache
def limburg(variant: str | None = None, window: str = "whole") -> Scenario:
    scenario = preset("limburg")
    if variant is not None:
        scenario = scenario.variant(variant)
    return scenario.with_(WINDOWS[window]) if WINDOWS[window] else scenario


@lru_cache
def outcome(scenario: Scenario, n: int) -> dict[tuple[str, str, str, str, str], np.ndarray]:
    """Values of the whole run in n replications, by (measure, kind, of, inflow, office)."""
    plan = compile_plan(scenario)
    values = compiled.measure(plan, SEED, 0, n)
    rows = zip(measure_keys(plan).rows, values.T, strict=True)
    return {row[:-1]: values for row, values in rows if row[-1] == "all"}


def values(
    scenario: Scenario, n: int, measure: str, of: str, inflow: str = "all", office: str = "all"
) -> np.ndarray:
    found = outcome(scenario, n)
    stage = found.get((measure, "stage", of, inflow, office))
    return found[measure, "team", of, inflow, office] if stage is None else stage
