"""Every error that was put into the kernels is noticed, and the unchanged kernels pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from twins.mutants import MUTANTS, at_most, mutated

TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def verdicts():
    """What gave each mutant away, by name ("": the unchanged kernels), without a compiler."""
    finished = subprocess.run(
        [sys.executable, "-m", "twins.mutants"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
            "NUMBA_DISABLE_JIT": "1",
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(line) for line in finished.stdout.splitlines())


def test_the_unchanged_kernels_pass(verdicts):
    """No difference on any of the scenarios, so that a difference means a mutant."""
    assert verdicts[""] == ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_is_noticed(verdicts, mutant):
    """The comparison of tables finds the broken rule."""
    assert verdicts[mutant.name] != ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_mutant_follows_the_source(mutant):
    """The passage is in the source, and what replaces it is something else."""
    assert mutated(mutant) != mutated(mutant._replace(wrong=mutant.right))


def test_there_are_enough_of_them_and_each_is_another():
    """At least fourteen broken rules."""
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 14
    assert len({(mutant.module, mutant.wrong) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_mutant_that_runs_for_ever_is_ended():
    """A loop without an end becomes an error, and what comes after goes on undisturbed."""

    def run_for_ever():
        while True:
            pass

    with pytest.raises(TimeoutError, match=r"not done after 0\.1 s"), at_most(0.1):
        run_for_ever()
    with at_most(60):
        assert sum(range(10)) == 45
