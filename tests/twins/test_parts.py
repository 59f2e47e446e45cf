"""Offices that share nothing, run one part after the other: the same as all of them at once.

`compare` runs every scenario both ways (`twins.ways_to_run`), so all other tests of the twins look
at parts too, against the SimPy engine. Here are more of them, and how a plan is divided.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks import pathway
from capsim.draws import deal
from capsim.engines import compiled
from capsim.engines.compiled import parts
from capsim.plan import compile_plan
from compiled_only import needs_compiler
from contract.open_lists import listed_scenarios
from contract.strategies import scenarios
from twins.twins import (
    compile_kernels,
    differences,
    everything_of,
    measure_differences,
    ways_to_run,
)

EXAMPLES = 120
STRAIN = {"per_year": 1, "vacancy": "1 month", "load": {"norm": 9, "elasticity": 1}}
SEEDS = st.integers(0, 2**32 - 1)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def offices_of(plan, fewest, luck=None):
    """The offices of each part of a plan that has so many cases at least; None if it is whole."""
    usual = parts.FEWEST
    try:
        parts.FEWEST = fewest
        parts.made.pop(plan, None)
        found = parts.parts_of(plan, luck or deal(plan, 1, 0))
    finally:
        parts.FEWEST = usual
        parts.made.pop(plan, None)
    return found and [one.tolist() for one in found.offices]


def of_offices(n, **settings):
    """The plan of a pathway in so many offices, with settings."""
    return compile_plan(pathway.scenario((1_500, 100), offices=n).with_(settings))


@needs_compiler
@settings(max_examples=EXAMPLES, suppress_health_check=SLOW)
@given(st.one_of(scenarios(), listed_scenarios()), SEEDS)
def test_parts_are_the_whole(scenario, seed):
    """120 generated scenarios that have parts: every table and every measure, to the last bit."""
    compile_kernels()
    plan = compile_plan(scenario)
    luck = deal(plan, seed, 0)
    assume(offices_of(plan, 0, luck))
    ask = everything_of(plan)
    found = [
        [compiled.run(plan, luck, detail=detail, ask=ask) for detail in ("full", "measures")]
        for _ in ways_to_run(plan, luck)
    ]
    (full, short), (joined, joined_short) = found  # the whole, then the parts
    assert not differences(full, joined)
    for log in (short, joined, joined_short):
        assert not measure_differences(plan, full.totals["values"], log.totals["values"], ask)


def test_every_office_is_a_part_if_that_is_enough():
    """Three offices with teams of their own."""
    assert offices_of(of_offices(3), 0) == [[0], [1], [2]]


def test_small_offices_are_put_together():
    """A part is closed once it has the cases; what is left at the end is one too."""
    plan = of_offices(5)
    luck = deal(plan, 1, 0)
    cases = np.bincount(luck.office, minlength=5)
    assert offices_of(plan, cases[0] + 1, luck) == [[0, 1], [2, 3], [4]]
    assert offices_of(plan, len(luck.office) + 1, luck) is None


def test_offices_that_share_a_team_are_in_one_part():
    """Directly, or by another office that shares with both."""
    shared = {
        "teams.intake.shared": [["office-00", "office-03"], ["office-01", "office-02"]],
        "teams.guidance.shared": [["office-03", "office-04"]],
    }
    assert offices_of(of_offices(5, **shared), 0) == [[0, 3, 4], [1, 2]]
    assert offices_of(of_offices(5, **{"teams.intake.shared": True}), 0) is None


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"teams.guidance.turnover": STRAIN}, id="load"),
        pytest.param(
            {
                "triggers.more": {
                    "when": "waiting[intake] > 9",
                    "change": {"team": "intake", "add": 1},
                }
            },
            id="trigger",
        ),
    ],
)
def test_plans_whose_roster_is_made_by_the_run_stay_whole(settings):
    """Leaving that rises with the load, and triggers."""
    assert offices_of(of_offices(3, **settings), 0) is None


@needs_compiler
def test_a_country_runs_in_parts_by_itself():
    """Two offices with enough cases each give the numbers of one loop over both."""
    plan = compile_plan(pathway.scenario((2_500, 500), offices=2))
    luck = deal(plan, 1, 0)
    assert parts.parts_of(plan, luck) is not None
    usual = compiled.measure(plan, 1, 0, 1)[0]
    for _ in ways_to_run(plan, luck):
        assert not measure_differences(plan, usual, compiled.measure(plan, 1, 0, 1)[0])
