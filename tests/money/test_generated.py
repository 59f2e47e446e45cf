"""Money of generated services: both engines to the last bit, and parts that add up."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from capsim.catalogue import measure_keys
from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.measures import reference_values
from capsim.plan import compile_plan
from capsim.plan.windows import Ask
from compiled_only import needs_compiler
from contract.strategies import scenarios

PRICES = st.sampled_from([0, 1, 7.5, 1_000])
EXAMPLES = 30


@st.composite
def priced(draw):
    """A generated service with prices on some of its parts, and rules of funding."""
    bare = draw(scenarios())
    stages, teams, inflows = list(bare.stages), list(bare.teams), list(bare.inflows)
    exits = list(compile_plan(bare).exits)
    late = [
        name for name in stages
        if any(bare.stage_for(name, one).deadline is not None for one in inflows)
    ]  # fmt: skip

    def prices(names, of):
        return {name: of(name) for name in names if draw(st.booleans())}

    def of_stage(name):
        table = {"open_month": draw(PRICES)}
        if name in late:
            table["late_day"] = draw(PRICES)
            if draw(st.booleans()):
                table["late_most"] = draw(st.sampled_from([0, 3, 20]))
        return table

    costs = {
        "teams": prices(teams, lambda name: {"post": draw(PRICES)}),
        "stages": {stages[0]: of_stage(stages[0]), **prices(stages[1:], of_stage)},
        "exits": prices(exits, lambda name: draw(PRICES)),
        "per_inflow": {
            draw(st.sampled_from(inflows)): {"stages": {stages[0]: {"open_month": draw(PRICES)}}}
        },
    }
    joined = {"from": bare.start.isoformat(), "until": f"{bare.start.year + 1}-02-01"}
    funding = {
        "open": {"kind": "open", "stage": draw(st.sampled_from(stages)), "per_year": 365,
                 "inflows": [draw(st.sampled_from(inflows))]},
        "window": {"kind": "open", "stage": draw(st.sampled_from(stages)), "per_year": 100,
                   "joined": joined, "years": 0.25},
        "exit": {"kind": "exit", "exit": draw(st.sampled_from(exits)), "amount": 12,
                 "at_least": draw(st.sampled_from(["0 days", "1 day", "1 month"])),
                 "share_kept": 0.5},
        "back": {"kind": "cost", "of": "open_month", "shares": [1.0, 0.5, 0.25], "per": "month"},
    }  # fmt: skip
    return bare.with_({"costs": costs, "funding": funding})


@needs_compiler
def test_engines_agree_on_the_money_of_generated_services(record_property):
    """Prices of all kinds on coarse clocks: every amount of the kernel is that of the tables."""
    compared = paid = 0

    @settings(max_examples=EXAMPLES)
    @given(priced(), st.integers(0, 2**32 - 1))
    def check(scenario, seed):
        nonlocal compared, paid
        plan, ask = compile_plan(scenario), Ask(money="1 week")
        luck = deal(plan, seed, 0)
        by_tables = reference_values(reference.run(plan, luck), ask)
        by_kernel = compiled.run(plan, luck, detail="measures", ask=ask).totals["values"]
        keys = measure_keys(plan, ask).frame()
        mine = keys["kind"].isin(["money", "cost", "funding"]).to_numpy()
        np.testing.assert_array_equal(by_tables[mine], by_kernel[mine])
        assert (by_kernel[mine & keys["kind"].isin(["cost", "funding"])] >= 0).all()
        whole = {"cost": "cost_total", "funding": "funding_total"}
        assume(scenario.warm_up_days == 0)
        for kind, measure in whole.items():
            told = by_kernel[((keys["measure"] == "money") & (keys["kind"] == kind)).to_numpy()]
            row = (keys["measure"] == measure) & (keys["window"] == "all")
            total = by_kernel[row.to_numpy()][0]
            np.testing.assert_allclose(told.sum(), total, rtol=1e-9, atol=1e-9)
            paid += total > 0
        compared += 1

    check()
    record_property("services on whose money the engines agree", compared)
    assert compared >= EXAMPLES // 2
    assert paid >= EXAMPLES // 2
