"""Both engines do the same with lists of open cases: all tables and all measures."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiled_only import needs_compiler
from contract.open_lists import listed_scenarios
from twins.twins import compare

SEEDS = st.integers(0, 2**32 - 1)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@needs_compiler
@settings(max_examples=150, suppress_health_check=SLOW)
@given(listed_scenarios(), SEEDS)
def test_the_engines_agree_on_lists(scenario, seed):
    """150 generated services with lists of every kind of knowledge, the same in every run."""
    assert not compare(scenario, seed)
