"""The plan as a whole."""

import dataclasses
import time

import numpy as np
import pytest

from capsim.plan import compile_plan
from capsim.plan.hashes import name_hash
from capsim.scenario import Scenario, ScenarioError


def arrays(plan):
    """All arrays of a plan by name."""
    tables = (getattr(plan, field.name) for field in dataclasses.fields(plan))
    return {
        f"{type(table).__name__}.{name}": value
        for table in tables
        if hasattr(table, "_asdict")
        for name, value in table._asdict().items()
        if isinstance(value, np.ndarray)
    }


def test_arrays_are_flat_and_read_only(build):
    """Contiguous, sealed, and of three kinds of number only."""
    found = arrays(compile_plan(build()))
    assert len(found) > 70
    for name, array in found.items():
        assert array.flags.c_contiguous, name
        assert not array.flags.writeable, name
        assert array.dtype in (np.int64, np.float64, np.uint64), name


def test_equal_scenarios_give_equal_plans(build):
    """Nothing in a plan depends on the process or on what was compiled before."""
    first, second = compile_plan(build()), compile_plan(build())

    assert first is not second
    assert arrays(first).keys() == arrays(second).keys()
    for name, array in arrays(first).items():
        assert np.array_equal(array, arrays(second)[name]), name


def test_a_plan_is_kept_for_its_scenario_only(build):
    """The same object gives the same plan, also after many others; an equal one its own."""
    scenario = build()
    plan = compile_plan(scenario)

    assert compile_plan(scenario) is plan
    for days in range(5, 45):
        assert compile_plan(build(horizon=f"{days} days")).time.n_days == days
    assert compile_plan(scenario).scenario is scenario
    assert compile_plan(build()).scenario is not scenario


@pytest.mark.parametrize(
    ("changes", "warm_up", "cohort_end", "n_days"),
    [
        ({"horizon": "1 year"}, 0, 365, 365),
        ({"horizon": "2 years", "warm_up": "1 year", "follow_up": "60 days"}, 365, 670, 730),
        ({"horizon": "36 h", "warm_up": "1 h"}, 1, 2, 2),
        ({"horizon": "1 month", "follow_up": "10 days"}, 0, 21, 31),
    ],
)
def test_days_of_the_horizon(build, changes, warm_up, cohort_end, n_days):
    """Months and years by the calendar, the rest rounded up to whole days."""
    plan = compile_plan(build(**changes))

    assert (plan.time.warm_up_day, plan.time.cohort_end_day, plan.time.n_days) == (
        warm_up,
        cohort_end,
        n_days,
    )
    assert plan.time.warm_up == plan.time.office_day[warm_up] * plan.time.day_ticks
    assert plan.time.horizon == (len(plan.time.open_day) - 1) * plan.time.day_ticks


def test_names_are_hashed_as_documented(build):
    """Little-endian BLAKE2b of eight bytes, the purposes of a stage in their columns."""
    plan = compile_plan(build())

    assert name_hash("case") == 0xF5F9187FCAF6C31D
    assert plan.network.stage_purpose.tolist() == [
        [name_hash(f"{kind}/intake") for kind in ("stay", "visit", "decision")]
    ]


def test_inflows(build):
    """Weights in thousandths, entry stages by number."""
    stages = {"a": {"stay": "1 day"}, "b": {"stay": "2 days"}}
    inflows = {"x": {"case_weight": 1.5}, "y": {"enter": "b"}}
    plan = compile_plan(build(stages=stages, inflows=inflows))

    assert plan.network.inflow_weight.tolist() == [1500, 1000]
    assert plan.network.inflow_entry.tolist() == [0, 1]


def test_a_province_compiles_quickly(build):
    """Thirty-eight offices with meetings and absences, laws known: under a fifth of a second.

    Measured at 10 to 20 ms; the best of three, so that a busy machine does not decide.
    """
    guidance = {
        "team": "desk", "caseworker": True, "work": {"law": "lognormal", "mean": "1 h", "cv": 0.5},
        "stay": {"law": "gamma", "mean": "11 months", "cv": 0.9},
        "gap": {"law": "gamma", "mean": "28 days", "cv": 0.3},
    }  # fmt: skip
    board = {"team": "desk", "work": "2 h", "decision": {"every": "14 days", "places": 40}}
    team = {
        "fte": 80,
        "absence": {"sickness": {"spells_per_year": 2.0, "length": "8 days"}},
    }
    province = {
        "horizon": "4 years",
        "teams": {"desk": team},
        "offices": {f"o{i}": {"share": 1 / 38} for i in range(38)},
        "stages": {"board": board, "guidance": guidance},
        "inflows": {"x": {"rate": {"per_year": 5000}, "growth": 0.01}, "y": {}},
        "initial": {"guidance": {"cases": 5000}},
    }
    elapsed = []
    for _ in range(3):
        scenario = build(**province)
        begin = time.perf_counter()
        compile_plan(scenario)
        elapsed.append(time.perf_counter() - begin)

    assert min(elapsed) < 0.2


def test_a_horizon_too_long_for_exact_accounts_is_refused() -> None:
    """Idle time would overflow beyond about 292 years of one full-time worker: said, not wrong."""
    document = {
        "start": "2026-01-01",
        "calendar": {"kind": "continuous"},
        "teams": {"desk": {"fte": 1}},
        "stages": {"visit": {"team": "desk", "work": "1 h"}},
        "inflows": {"regular": {"rate": {"per_day": 1}}},
    }
    compile_plan(Scenario.model_validate({**document, "horizon": "100000 days"}))
    with pytest.raises(ScenarioError, match=r"horizon.*106751 days.*shorten"):
        compile_plan(Scenario.model_validate({**document, "horizon": "240000 days"}))
