"""Measures computed by the compiled engine against the reference, on generated scenarios."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capsim.catalogue import measure_keys
from capsim.draws import deal
from capsim.engines import compiled
from capsim.measures import reference_values
from capsim.plan import compile_plan
from capsim.plan.windows import PERIODS, Ask
from capsim.runs import Run
from compiled_only import needs_compiler
from contract.strategies import scenarios

pytestmark = needs_compiler


@settings(max_examples=40)
@given(scenarios(), st.sampled_from(PERIODS), st.integers(0, 3))
def test_windows_and_periods_are_those_of_the_tables(scenario, by, wait):
    """Every window of a scenario, every calendar period of a study, and what else it asks for."""
    last = scenario.start + timedelta(days=scenario.horizon_days - 1)
    shares = tuple((stage, float(wait)) for stage in scenario.stages)
    ask = Ask(by=by, days=(last.isoformat(),), shares=shares)
    plan = compile_plan(scenario)
    luck = deal(plan, 1, 0)
    log = compiled.run(plan, luck, detail="full", ask=ask)
    found, expected = log.totals["values"], reference_values(log, ask)
    differs = (found != expected) & ~(np.isnan(found) & np.isnan(expected))
    rows = np.array(measure_keys(plan, ask).rows, dtype=object)[differs]
    assert not differs.any(), list(
        zip(rows.tolist(), found[differs], expected[differs], strict=True)
    )


@settings(max_examples=40)
@given(scenarios())
def test_the_compiled_measures_are_those_of_the_tables(scenario):
    """Every row of scenarios with any rule of the contract, on clocks where much is tied."""
    plan = compile_plan(scenario)
    luck = deal(plan, 1, 0)
    log = compiled.run(plan, luck, detail="full")
    short = compiled.run(plan, luck, detail="measures")
    expected = reference_values(log)
    for found in (log.totals["values"], short.totals["values"]):
        differs = (found != expected) & ~(np.isnan(found) & np.isnan(expected))
        rows = np.array(measure_keys(plan).rows, dtype=object)[differs]
        assert not differs.any(), list(
            zip(rows.tolist(), found[differs], expected[differs], strict=True)
        )


@settings(max_examples=40)
@given(scenarios())
def test_series_are_within_their_bounds_and_add_up(scenario):
    """No negative number, nobody busier than present, offices sum to all, days to the measure."""
    plan = compile_plan(scenario)
    run = Run(log=compiled.run(plan, deal(plan, 2, 0), detail="full"), provenance={})
    series = run.series("1 day")
    assert (series["value"].dropna() >= -1e-9).all()
    busy = series.loc[series["measure"] == "busy_share", "value"].dropna()
    assert (busy <= 1).all()
    stages = series[series["kind"] == "stage"]
    total = stages.groupby(["measure", "of", "day", stages["office"] == "all"])["value"].sum()
    parts, whole = (total.xs(flag, level=3) for flag in (False, True))
    np.testing.assert_allclose(parts, whole, atol=1e-9)
    if plan.time.warm_up_day == 0:
        measures = run.measures().query(
            "measure == 'in_stage_mean' and kind == 'stage' and window == 'all'"
        )
        for row in measures.query("inflow == 'all'").itertuples():
            here = stages[(stages["of"] == row.of) & (stages["office"] == row.office)]
            opened = here.loc[here["measure"] == "open", "value"].mean()
            assert opened == pytest.approx(row.value, abs=1e-12)
