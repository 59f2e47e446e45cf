"""The compiled engine does what the reference does: all tables and all measures, event for event.

Whole scenarios are generated (`contract.strategies`), on clocks so coarse that nearly everything
falls on the same instant, where a wrong order shows. `test_mutants.py` proves that these
comparisons notice an error.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capsim
from compiled_only import needs_compiler
from contract.strategies import scenarios
from twins.checked import checked
from twins.realistic import everything
from twins.twins import compare

SEEDS = st.integers(0, 2**32 - 1)
TESTS = Path(__file__).parent.parent
EXAMPLES = 300
SHARDS, SHARD = 8, 2_500  # 20,000 scenarios in parts that several processes can share
INTERPRETED = 40


def compare_generated(examples, *, derandomize):
    """Compare the engines on so many generated scenarios; how many it were."""
    compared = 0

    @settings(max_examples=examples, derandomize=derandomize)
    @given(scenarios(), SEEDS)
    def check(scenario, seed):
        nonlocal compared
        assert not compare(scenario, seed)
        compared += 1

    check()
    return compared


@needs_compiler
def test_the_engines_agree(record_property):
    """A few hundred generated scenarios, the same ones in every run of the tests."""
    compared = compare_generated(EXAMPLES, derandomize=True)
    record_property("scenarios on which the engines agree", compared)
    assert compared >= EXAMPLES


@needs_compiler
@pytest.mark.parametrize(
    "path", sorted((TESTS / "twins" / "found").glob("*.json")), ids=lambda path: path.stem
)
def test_differences_once_found_stay_away(path):
    """Scenarios on which engines or measures once differed."""
    assert not compare(capsim.load(path), seed=7)


@needs_compiler
@pytest.mark.thorough
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_engines_agree_thoroughly(shard, record_property):
    """Twenty thousand scenarios, new ones in every run, with a seed of their own each."""
    compared = compare_generated(SHARD, derandomize=False)
    record_property("scenarios on which the engines agree", compared)
    assert compared >= SHARD


@needs_compiler
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(everything("office"), id="office"),
        pytest.param(everything("office", generalists=True), id="generalists"),
        pytest.param(everything("office", generalists=True, offices=3), id="three offices"),
        pytest.param(
            everything("province", generalists=True, offices=10, horizon="200 days"),
            id="province",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            everything("province", offices=3, horizon="600 days"),
            id="specialists of a province",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_the_engines_agree_on_what_users_write(scenario):
    """Everything that can happen at once, over years, on a clock of seconds."""
    assert not compare(scenario, seed=20)


@needs_compiler
@pytest.mark.parametrize("name", ["one-office", "one-office:wave", "one-office:wave-with-staff"])
def test_the_engines_agree_on_the_quick_start(name):
    """The preset and its variants."""
    preset, _, variant = name.partition(":")
    scenario = capsim.load(preset, variant=variant or None)
    assert not compare(scenario, seed=1)


@needs_compiler
def test_the_engines_agree_on_limburg():
    """The province with its 38 offices: two months of it."""
    scenario = capsim.load("limburg").with_(
        {
            "horizon": "60 days",
            "warm_up": "10 days",
            "follow_up": "20 days",
            "windows": None,
            "window": "all",
        }
    )
    assert not compare(scenario, seed=1)


@needs_compiler
@pytest.mark.thorough
def test_the_engines_agree_on_limburg_thoroughly():
    """The whole preset and its variants, four years each."""
    scenario = capsim.load("limburg")
    for variant in (None, *scenario.variants):
        assert not compare(scenario if variant is None else scenario.variant(variant), seed=1)


INTERPRETED_PROGRAM = f"""
from hypothesis import given, settings
import conftest
from capsim.kernels.jit import REASON
from contract.strategies import scenarios
from twins.checked import check_kernels
from twins.twins import compare

check_kernels()
compared = 0

@settings(max_examples={INTERPRETED})
@given(scenarios())
def check(scenario):
    global compared
    assert not compare(scenario, seed=7)
    compared += 1

check()
print(compared, REASON)
"""


def test_checked_arrays_refuse_what_compiled_kernels_cannot_see():
    """An index that counts from the end, alone or in a pair, to read or to write."""
    table = checked((np.arange(6).reshape(2, 3), 1))[0]
    assert table[1, 2] == 5
    for key in (-1, (0, np.int64(-3))):
        with pytest.raises(IndexError, match="counts from the end"):
            table[key]
        with pytest.raises(IndexError, match="counts from the end"):
            table[key] = 0
    with pytest.raises(IndexError, match="counts from the end"):
        table[0][-1]


def test_the_interpreted_kernel_agrees():
    """The same source run by Python: what the compiler must not change, and what it cannot see."""
    finished = subprocess.run(
        [sys.executable, "-c", INTERPRETED_PROGRAM],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
            "NUMBA_DISABLE_JIT": "1",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    compared, reason = finished.stdout.split(maxsplit=1)
    assert int(compared) >= INTERPRETED
    assert "NUMBA_DISABLE_JIT" in reason
