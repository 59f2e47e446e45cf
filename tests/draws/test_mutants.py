"""Errors put into the draws on purpose, each of which the hand-worked arrivals have to notice."""

import inspect
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from capsim.kernels.draws import applicants
from contract import test_arrivals as by_hand

WHOLE_PERIOD = "if target < arrivals.source_begin[s] or target >= arrivals.source_end[s]:"
OWN_SHARES = "upto = arrivals.office_upto[arrivals.source_inflow[s]]"

MUTANTS = {
    "rule 32 (applications): what came before the start is counted": (
        WHOLE_PERIOD,
        "if target >= arrivals.source_end[s]:",
        by_hand.test_a_period_that_the_run_cuts_keeps_its_even_share,
    ),
    "rule 33 (weeks): all weeks are alike": (
        "level *= factor",
        "level *= 1.0",
        by_hand.test_weeks_that_vary_do_so_from_monday_on,
    ),
    "rule 34 (together): one number for all of a group": (
        "index[n] = number + member",
        "index[n] = number",
        by_hand.test_people_of_a_group_come_at_one_instant_to_one_office,
    ),
    "rule 34 (together): everyone comes alone": (
        "size = max(ONE, ticks(value))",
        "size = ONE",
        by_hand.test_people_of_a_group_come_at_one_instant_to_one_office,
    ),
    "rule 35 (waves): a lag counts from before the start": (
        "instant = max(instant - arrivals.source_ahead[s], NOTHING)",
        "instant = instant - arrivals.source_ahead[s]",
        by_hand.test_a_lag_counts_from_ahead_of_the_date_but_not_from_before_the_start,
    ),
    "rule 36 (offices): all inflows have the shares of the first": (
        OWN_SHARES,
        "upto = arrivals.office_upto[0]",
        by_hand.test_shares_of_an_inflow_hold_for_initial_cases_and_traces_too,
    ),
    "rule 36 (offices): counts of an office are dealt by share": (
        "office[n] = to_all\n                if to_all < 0:",
        "office[n] = to_all\n                if True:",
        by_hand.test_counts_of_an_office_go_there_and_the_others_by_share,
    ),
}


TESTS = Path(__file__).parents[1]


def collecting(right, wrong):
    """`collect` with a passage replaced, without a compiler."""
    source = inspect.getsource(applicants)
    assert source.count(right) == 1, f"{right!r} is no passage of the draws"
    source = source.replace(
        "from capsim.kernels.jit import jit\n", "jit = lambda function: function\n"
    )
    module = types.ModuleType("mutant")
    exec(compile(source.replace(right, wrong), "mutant", "exec"), module.__dict__)
    return module.collect


def examine(check):
    """Run a hand-worked test on the reference engine."""
    check(*["simpy"] * len(inspect.signature(check).parameters))


def unnoticed(name):
    """Whether the hand-worked test passes with the passage as it is, and with the wrong one too."""
    right, wrong, check = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applicants, "collect", collecting(right, right))
        examine(check)
        patch.setattr(applicants, "collect", collecting(right, wrong))
        try:
            examine(check)
        except AssertionError:
            return False
    return True


def test_wrong_draws_are_noticed():
    """Each passage replaced makes its hand-worked test fail; in a process without a compiler."""
    program = (
        "from draws import test_mutants as mutants\n"
        "print([name for name in mutants.MUTANTS if mutants.unnoticed(name)])"
    )
    paths = os.pathsep.join([str(TESTS), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]"), done.stdout
