"""Sampling by inverse tables: where a random word leads, and what distribution comes out."""

import numpy as np
import pytest
from scipy import stats

from capsim.kernels.codes import LAW_CELLS, LAW_OCTAVES
from capsim.kernels.draws import laws as kernel
from capsim.kernels.draws.laws import place, sample, ticks
from draws.by_hand import Laws

TOP = 1 << 64
HALF = 1 << 63


def words(n, seed=1):
    """Random words that owe nothing to the generator under test."""
    return np.random.default_rng(seed).integers(0, TOP, n, dtype=np.uint64)


def drawn(laws, law, raws, day=0):
    """The values of a law at some words."""
    table = laws.tables()
    return np.array([sample(law, raw, day, table) for raw in raws])


def test_a_word_finds_the_cell_that_holds_its_tail_probability():
    """Cell and fraction, turned back into a tail probability, give the word to its last bits."""
    raws = words(2000).tolist()
    raws += [2**k + d for k in range(64) for d in (-1, 0, 1) if 0 <= 2**k + d < TOP]
    raws += [TOP - 1 - raw for raw in raws]
    for raw in raws:
        cell, fraction = place(np.uint64(raw))
        half, rest = divmod(cell, LAW_OCTAVES * LAW_CELLS)
        octave, cell = divmod(rest, LAW_CELLS)
        low = 0 if octave == LAW_OCTAVES - 1 else 2 ** (62 - octave)
        width = (2 ** (63 - octave) - low) / LAW_CELLS
        tail = TOP - 1 - raw if raw >= HALF else raw
        assert half == (raw >= HALF)
        assert 0.0 <= fraction < 1.0
        assert low + (cell + fraction) * width == pytest.approx(tail, rel=1e-15, abs=1e-3)


def test_both_forms_of_place_are_one():
    """The compiled look-up and the one in Python integers agree on the cell and to the last bit."""
    raws = words(3000, seed=2).tolist() + [2**k for k in range(64)] + [0, TOP - 1, HALF - 1]
    for raw in raws:
        assert place(np.uint64(raw)) == kernel._place_python(raw)


def test_sampling_is_monotone_in_the_word():
    """A larger word never gives a smaller value, across the median and in both tails."""
    laws = Laws()
    law = laws.exponential(3.0)
    edges = [2**k + d for k in range(64) for d in (-1, 0, 1) if 0 <= 2**k + d < TOP]
    raws = sorted({*edges, *(TOP - 1 - raw for raw in edges), *words(500).tolist()})
    values = drawn(laws, law, [np.uint64(raw) for raw in raws])
    assert np.all(np.diff(values) >= 0.0)


@pytest.mark.parametrize(
    "distribution",
    [stats.expon(scale=10), stats.gamma(4, scale=2), stats.uniform(1, 3), stats.norm(50, 5)],
    ids=["exponential", "gamma", "uniform", "normal"],
)
def test_sampled_values_follow_their_law(distribution):
    """Kolmogorov and Smirnov: 40,000 draws of one seed; a false alarm in 1 of 10,000 seeds."""
    laws = Laws()
    law = laws.table(distribution)
    values = drawn(laws, law, words(40_000, seed=3))
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-4


def test_the_check_of_laws_finds_a_wrong_table():
    """A mean 8 % too large is found; less than one in a million seeds would miss it."""
    laws = Laws()
    law = laws.exponential(10.8)
    values = drawn(laws, law, words(40_000, seed=3))
    assert stats.kstest(values, stats.expon(scale=10).cdf).pvalue < 1e-4


def test_mixture_chooses_parts_by_share_and_each_follows_its_law():
    """Shares within five standard errors (a false alarm in 1.7 million seeds), parts by KS."""
    laws = Laws()
    short = laws.exponential(1.0)
    far = laws.table(stats.uniform(100, 50))
    law = laws.mixture([(0.7, short), (0.3, far)])
    values = drawn(laws, law, words(40_000, seed=4))
    is_far = values >= 100
    assert abs(is_far.mean() - 0.3) < 5 * np.sqrt(0.21 / 40_000)
    assert stats.kstest(values[~is_far], stats.expon().cdf).pvalue > 1e-4
    assert stats.kstest(values[is_far], stats.uniform(100, 50).cdf).pvalue > 1e-4


def test_discrete_values_come_by_their_weights():
    """Chi-square of 20,000 draws over three values; false alarm 1 in 10,000."""
    laws = Laws()
    law = laws.discrete([(0.2, 1.0), (0.5, 2.0), (0.3, 4.0)])
    values = drawn(laws, law, words(20_000, seed=5))
    observed = [np.sum(values == value) for value in (1.0, 2.0, 4.0)]
    assert sum(observed) == 20_000
    assert stats.chisquare(observed, [4_000, 10_000, 6_000]).pvalue > 1e-4


def test_plus_is_added_after_growth():
    """Growth of the day multiplies what is drawn, the constant comes on top, in mixtures too."""
    growth = np.linspace(1.0, 2.0, 11)
    laws = Laws()
    grown = laws.fixed(8.0, plus=5.0, growth=growth)
    part = laws.fixed(8.0, plus=5.0)
    mixed = laws.mixture([(1.0, part)], plus=100.0, growth=growth)
    raw = [np.uint64(12345)]
    assert drawn(laws, grown, raw, day=0) == [13.0]
    assert drawn(laws, grown, raw, day=10) == [21.0]
    assert drawn(laws, mixed, raw, day=10) == [126.0]


def test_a_changed_mean_stretches_the_same_luck():
    """Two laws that differ by scale give values in that proportion at every word."""
    laws = Laws()
    small, large = laws.exponential(3.0), laws.exponential(6.0)
    raws = words(500, seed=6)
    assert drawn(laws, large, raws) == pytest.approx(2 * drawn(laws, small, raws), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 1), (0.49, 1), (1.5, 2), (2.49, 2), (2.5, 3), (-7.0, 1)]
)
def test_times_round_half_up_to_at_least_one_tick(value, expected):
    """Rounding is half up, not half even, and no time is shorter than a tick."""
    assert ticks(value) == expected


def test_endless_times_stay_within_integers():
    """A value beyond every calendar becomes the longest time instead of overflowing."""
    assert ticks(1e300) == ticks(np.inf) == 10**17
