"""Draws on demand: keyed by names, equal in any order, replaced by a trace where it has values."""

import math

import numpy as np
import pytest
from scipy import stats

from capsim.draws import Delay, Draws, deal
from capsim.kernels.codes import SOURCE_TRACE, SOURCE_WAVE
from capsim.kernels.draws.philox import _philox_python
from capsim.plan.hashes import name_hash
from draws.by_hand import Laws, plan, source

H = 100
N_DAYS = 14
GROWTH = np.linspace(1.0, 2.0, N_DAYS + 1)


def two_stages(*, mean=50.0, stages=("intake", "guidance"), trace=False):
    """Draws of 20 people of a wave; the laws of both stages are the same."""
    laws = Laws()
    short = laws.exponential(mean)
    grown = laws.fixed(80.0, growth=GROWTH)
    workdays = laws.fixed(3.4, office=True)
    number = laws.discrete([(0.5, 1), (0.5, 3)])
    first, later = laws.fixed(7.0), laws.fixed(9.0)
    n = len(stages)
    options = {}
    sources = [source(SOURCE_WAVE, name="w", n=20)]
    if trace:
        rows = [(0, 0, -1, 0), (10, 1, -1, -1)]
        sources = [source(SOURCE_TRACE, name="w", trace=rows)]
        options["trace_values"] = np.array([[40, -1]])
    table = plan(
        n_days=N_DAYS,
        laws=laws,
        sources=sources,
        stages=stages,
        residuals=tuple((-1, -1, -1) for _ in stages),
        profiles={
            "patience": [short] * n,
            "stay": [workdays] * (n - 1) + [-1],
            "visits": [number] * (n - 1) + [-1],
            "gap": [grown] * n,
            "work": [[first, later]] * n,
        },
        **options,
    )
    return Draws(table, deal(table, 21, 5))


def word(k, purpose, index, lane):
    """The random word of a draw, worked out beside the code under test."""
    block = _philox_python(21, 5, k, name_hash(purpose), name_hash("inflow0/w"), index)
    return block[lane]


def unit(raw):
    """The number in [0, 1) of a word."""
    return (raw >> 11) / 2**53


def test_uniform_draws_are_the_documented_lanes():
    """Routing, closing and urgent are lanes of the blocks named after stage, stay and visit."""
    draws = two_stages()
    for case in (0, 7, 19):
        assert draws.routing(case, 1, 2) == unit(word(2, "stay/guidance", case, 3))
        assert draws.closing(case, 1, 2, 3) == unit(word((2 << 32) | 3, "visit/guidance", case, 2))
        assert draws.urgent(case, 0, 1) == unit(word(1, "decision/intake", case, 0))


def test_times_are_the_documented_lanes():
    """Patience and number of visits come from lanes 0 and 2 of the stay's block."""
    draws = two_stages()
    for case in range(20):
        raw = word(1, "stay/intake", case, 0)
        exact = max(1, math.floor(stats.expon(scale=50).ppf(raw / 2**64) + 0.5))
        ticks, office = draws.patience(case, 0, 1, 0)
        assert abs(ticks - exact) <= 1
        assert office is False
        expected = 1 if unit(word(1, "stay/intake", case, 2)) < 0.5 else 3
        assert draws.visits(case, 0, 1, 0) == expected


def test_draws_do_not_depend_on_the_order_of_asking():
    """Two passes in opposite orders, with every draw asked twice, agree."""
    questions = [(case, stage, nth) for case in range(6) for stage in (0, 1) for nth in (1, 2)]

    def answers(draws, question):
        return (
            draws.patience(*question, 0),
            draws.routing(*question),
            draws.closing(*question, 1),
            draws.closing(*question, 2),
            draws.gap(*question, 1, 3),
            draws.urgent(*question),
        )

    one, two = two_stages(), two_stages()
    forward = {question: answers(one, question) for question in questions}
    backward = {question: answers(two, question) for question in reversed(questions)}
    assert forward == backward
    assert forward == {question: answers(one, question) for question in questions}
    assert len({value[1] for value in forward.values()}) == len(questions)


def test_another_stage_leaves_the_draws_of_the_others_alone():
    """Draws are keyed by the stage's name, not by its number."""
    few, many = two_stages(), two_stages(stages=("screening", "intake", "guidance"))
    for case in range(20):
        assert few.patience(case, 0, 1, 0) == many.patience(case, 1, 1, 0)
        assert few.routing(case, 1, 1) == many.routing(case, 2, 1)
        assert few.closing(case, 1, 1, 4) == many.closing(case, 2, 1, 4)


def test_a_longer_mean_stretches_the_same_patience():
    """Twice the mean is twice the patience of each case, but for rounding."""
    short, long = two_stages(mean=50.0), two_stages(mean=100.0)
    for case in range(20):
        a, b = (draws.patience(case, 0, 1, 0).ticks for draws in (short, long))
        assert abs(b - 2 * a) <= 1


def test_growth_and_workdays_are_told():
    """A gap grows with the day on which it begins; a law in workdays says so; both round."""
    draws = two_stages()
    assert draws.gap(3, 0, 1, 1, 0) == Delay(80, False)
    assert draws.gap(3, 0, 1, 1, N_DAYS) == Delay(160, False)
    assert draws.stay(3, 0, 1, 0) == Delay(3, True)


def test_work_is_by_visit_and_the_last_law_repeats():
    """Two laws of work: the first for the first visit, the second for all later ones."""
    draws = two_stages()
    assert [draws.work(0, 0, 1, visit, 0) for visit in (1, 2, 3, 9)] == [7, 9, 9, 9]


def test_absent_laws_give_nothing():
    """A stage without stay or number of visits has none to draw."""
    draws = two_stages()
    assert draws.stay(0, 1, 1, 0) is None
    assert draws.visits(0, 1, 1, 0) == 0


def test_values_of_a_trace_replace_draws():
    """Where the trace has a value it holds for every visit and stay; elsewhere the law does."""
    traced, drawn = two_stages(trace=True), two_stages()
    assert traced.work(0, 0, 1, 1, 0) == traced.work(0, 0, 2, 3, 0) == 40
    assert traced.patience(0, 0, 1, 0) == Delay(40, False)
    assert traced.stay(0, 0, 1, 0) == Delay(40, False)
    assert traced.work(0, 1, 1, 1, 0) == 7
    assert traced.patience(0, 1, 1, 0) == drawn.patience(0, 1, 1, 0)
    # The second row of the trace has no values at all.
    assert traced.work(1, 0, 1, 1, 0) == 7
    assert traced.patience(1, 0, 1, 0) == drawn.patience(1, 0, 1, 0)


def test_answers_are_plain_python_numbers():
    """Engines in Python compare and add them: no NumPy scalars, which would be slow."""
    draws = two_stages()
    assert type(draws.patience(0, 0, 1, 0).ticks) is int
    assert type(draws.visits(0, 0, 1, 0)) is int
    assert type(draws.work(0, 0, 1, 1, 0)) is int
    assert type(draws.routing(0, 0, 1)) is float
    assert type(draws.urgent(0, 0, 1)) is float


def test_uniform_draws_are_uniform_and_independent():
    """Routing of neighbouring cases and stays: KS and correlation, false alarms 1 in 10,000."""
    draws = two_stages()
    values = np.array(
        [[draws.routing(case, 0, nth) for nth in range(1, 101)] for case in range(20)]
    )
    assert stats.kstest(values.ravel(), "uniform").pvalue > 1e-4
    assert stats.pearsonr(values[:, :-1].ravel(), values[:, 1:].ravel()).pvalue > 1e-4
    assert stats.pearsonr(values[:-1].ravel(), values[1:].ravel()).pvalue > 1e-4


@pytest.mark.parametrize("nth", [1, 2**31 - 1])
def test_visit_blocks_of_stays_and_visits_do_not_meet(nth):
    """Stay and visit number share a word without overlap."""
    draws = two_stages()
    values = {draws.closing(0, 0, nth, visit) for visit in (1, 2, 2**32 - 1)}
    values |= {draws.closing(0, 0, nth + 1, visit) for visit in (1, 2, 2**32 - 1)}
    assert len(values) == 6
