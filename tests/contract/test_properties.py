"""What holds in every scenario: on generated ones, all features mixed and nearly all tied."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capsim.draws import deal
from capsim.engines import compiled, reference
from capsim.plan import compile_plan
from compiled_only import needs_compiler
from contract.audit import CHECKS, Audit
from contract.strategies import scenarios

SEEDS = st.integers(0, 2**16)


@pytest.fixture(scope="module", autouse=True)
def verified():
    """Verify states only where that is what is shown: it takes many times as long as a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CAPSIM_VERIFY", raising=False)
        yield


def differences(one, other):
    """Names of the tables in which two logs differ."""
    names = [
        field.name
        for field in dataclasses.fields(one)
        if isinstance(getattr(one, field.name), np.ndarray)
    ]
    return [name for name in names if not np.array_equal(getattr(one, name), getattr(other, name))]


@settings(max_examples=150)
@given(scenarios(), SEEDS)
def test_the_log_of_the_reference_is_sound(scenario, seed):
    """One place a case, one visit a worker, limits kept, nobody overtaken, sums exact.

    And after every event the state holds what `Service.verify` knows.
    """
    plan = compile_plan(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPSIM_VERIFY", "1")
        audit = Audit(reference.run(plan, deal(plan, seed, 0)))
    for check in CHECKS:
        check(audit)


@needs_compiler
@settings(max_examples=150)
@given(scenarios(), SEEDS)
def test_both_engines_give_the_same_log(scenario, seed):
    """Every table of the compiled engine equals the reference's to the last integer."""
    plan = compile_plan(scenario)
    luck = deal(plan, seed, 0)
    assert not differences(reference.run(plan, luck), compiled.run(plan, luck, detail="full"))


@pytest.mark.thorough
@needs_compiler
@settings(max_examples=20_000)
@given(scenarios(), SEEDS)
def test_both_engines_give_the_same_log_thoroughly(scenario, seed):
    """The same on many more scenarios, with the soundness of each log."""
    plan = compile_plan(scenario)
    luck = deal(plan, seed, 0)
    log = reference.run(plan, luck)
    assert not differences(log, compiled.run(plan, luck, detail="full"))
    audit = Audit(log)
    for check in CHECKS:
        check(audit)


@settings(max_examples=25)
@given(scenarios(), SEEDS)
def test_the_same_seed_gives_the_same_tables(scenario, seed):
    """A run depends on plan and luck only: nothing is left over from the run before."""
    plan = compile_plan(scenario)
    first = reference.run(plan, deal(plan, seed, 0))
    again = reference.run(plan, deal(plan, seed, 0))
    assert not differences(first, again)


@settings(max_examples=25)
@given(scenarios(), SEEDS)
def test_rules_that_repeat_the_contract_change_nothing(scenario, seed):
    """`assign` by load and `choose` of the first entry are the contract's own rules."""
    plan = compile_plan(scenario)
    luck = deal(plan, seed, 0)
    ruled = reference.run(
        plan,
        luck,
        assign=lambda team, case, workers: min(workers, key=lambda worker: worker.load),
        choose=lambda team, entries: entries[0],
    )
    assert not differences(reference.run(plan, luck), ruled)
