"""The applicants of a replication: how many, when, in which order, and with whose luck."""

import sys

import numpy as np
import pytest
from scipy import stats

from capsim.draws import deal
from capsim.kernels.codes import (
    INITIAL_AGELESS,
    INITIAL_WITH_AGE,
    NOT_INITIAL,
    SOURCE_EXACT,
    SOURCE_INITIAL,
    SOURCE_RATE,
    SOURCE_TRACE,
    SOURCE_WAVE,
)
from draws.by_hand import Laws, plan, source
from draws.large import DAY, N_DAYS, province

H = 100  # ticks of a day; weeks of five days, day 0 a Monday
EVERY_DAY = (1, 1, 1, 1, 1, 1, 1)


def rate(*pieces, inflow=0, **more):
    """A source with the given (start, rate) pieces, the last one its end."""
    return source(SOURCE_RATE, inflow, pieces=list(pieces), **more)


def cases(luck, *, of=0):
    """What each case of a source is told, by its index."""
    rows = np.flatnonzero(luck.source == of)
    fields = zip(luck.applied[rows], luck.office[rows], luck.trace[rows], strict=True)
    return dict(zip(luck.index[rows].tolist(), fields, strict=True))


def test_poisson_counts_have_mean_and_variance_of_the_rate():
    """400 replications at 50 expected: mean within 5 standard errors, dispersion test at 1e-5.

    A regular stream, whose variance is 0, fails the dispersion test for certain.
    """
    table = plan(n_days=10, sources=[rate((0, 0.05), (10 * H, 0.0))], open_week=EVERY_DAY)
    counts = np.array([len(deal(table, 1, r).applied) for r in range(400)])
    assert abs(counts.mean() - 50) < 5 * np.sqrt(50 / 400)
    dispersion = np.sum((counts - 50) ** 2) / 50
    assert 1e-5 < stats.chi2(400).cdf(dispersion) < 1 - 1e-5


def test_arrivals_are_spread_by_the_rate_of_each_piece():
    """Places within the cumulative rate are uniform (KS, false alarm 1 in 10,000).

    Ignoring the change of rate would put half of all arrivals into the first half of the run
    instead of a quarter, which the test cannot overlook at 20,000 arrivals.
    """
    day = 100_000
    table = plan(
        n_days=10,
        day_ticks=day,
        open_week=EVERY_DAY,
        sources=[rate((0, 0.01), (5 * day, 0.03), (10 * day, 0.0))],
    )
    applied = deal(table, 4).applied
    share = np.where(applied < 5 * day, applied * 0.01, 5_000 + (applied - 5 * day) * 0.03) / 20_000
    assert stats.kstest(share, "uniform").pvalue > 1e-4
    assert stats.kstest(applied / (10 * day), "uniform").pvalue < 1e-10


def test_no_arrivals_in_a_piece_of_rate_zero():
    """A gap in the rate stays empty and the stream goes on after it."""
    table = plan(
        n_days=9,
        open_week=EVERY_DAY,
        sources=[rate((0, 0.5), (3 * H, 0.0), (6 * H, 0.5), (9 * H, 0.0))],
    )
    days = deal(table, 5).applied // H
    assert set(days) == {0, 1, 2, 6, 7, 8}


def test_doubling_a_rate_halves_the_time_to_each_arrival():
    """Arrival i is the same unit-rate arrival, so its instant scales with the rate."""
    slow, fast = (
        deal(plan(n_days=100, sources=[rate((0, r), (100 * H, 0.0))], open_week=EVERY_DAY), 6)
        for r in (0.01, 0.02)
    )
    n = len(slow.applied)
    assert len(fast.applied) > n > 50
    assert np.all(np.abs(fast.applied[:n] - slow.applied / 2) <= 1)


def test_weekend_applications_keep_their_instant_and_join_on_monday():
    """`applied` is calendar time, `join` the next opening, in the order of application."""
    table = plan(n_days=14, sources=[rate((0, 0.2), (14 * H, 0.0))])
    luck = deal(table, 7)
    weekend = (luck.applied >= 5 * H) & (luck.applied < 7 * H)
    assert weekend.sum() > 10
    assert set(luck.join[weekend]) == {5 * H}
    inside = luck.applied < 5 * H
    assert np.array_equal(luck.join[inside], luck.applied[inside])
    assert np.all(np.diff(luck.join) >= 0)
    # The last weekend is over only after the run.
    assert luck.applied.max() < 12 * H


def test_wave_comes_at_its_instant_with_the_share_that_takes_up():
    """People of a wave without lag apply at once; take-up within 5 standard errors of 36 %."""
    table = plan(sources=[source(SOURCE_WAVE, name="w", n=10_000, first=3 * H, take_up=0.36)])
    luck = deal(table, 8)
    assert set(luck.applied) == {3 * H}
    assert abs(len(luck.applied) / 10_000 - 0.36) < 5 * np.sqrt(0.36 * 0.64 / 10_000)
    assert np.all(np.diff(luck.index) > 0)


def test_more_take_up_adds_people_and_moves_nobody():
    """Whoever applies at a take-up of 30 % also applies at 60 %, at the same instant."""
    laws = Laws()
    lag = laws.exponential(5 * H)
    few, many = (
        cases(
            deal(
                plan(
                    n_days=70,
                    laws=laws,
                    offices=(1, 2),
                    sources=[source(SOURCE_WAVE, n=300, first=H, take_up=share, lag=lag)],
                ),
                9,
            )
        )
        for share in (0.3, 0.6)
    )
    assert 0 < len(few) < len(many)
    assert few.items() <= many.items()


@pytest.mark.parametrize(
    ("over", "expected"),
    [(0, [0, 0, 0, 0]), (400, [50, 150, 250, 350]), (1000, [125, 375, 625, 875]),
     (-1000, [125, 375, 825, 1075])],
)  # fmt: skip
def test_wave_spreads_evenly(over, expected):
    """Person j of n falls due at (j + 1/2) / n of the time; workdays skip the weekend."""
    luck = deal(plan(sources=[source(SOURCE_WAVE, n=4, last=over)]), 1)
    assert luck.applied.tolist() == expected


@pytest.mark.parametrize(
    ("first", "office", "applied"),
    [(150, False, 450), (150, True, 450), (350, False, 650), (350, True, 850)],
)
def test_lag_runs_in_the_time_that_it_was_written_in(first, office, applied):
    """Three days or three workdays: the same within a week, but not over a weekend."""
    laws = Laws()
    lag = laws.fixed(3 * H, office=office)
    wave = source(SOURCE_WAVE, n=1, first=first, lag=lag)
    assert deal(plan(laws=laws, sources=[wave]), 1).applied.tolist() == [applied]


def test_trace_rows_come_as_they_are():
    """A trace gives instants, its own row numbers, offices where it names them, and its values."""
    rows = [(10, 0, 1, -1), (310, 2, -1, 0), (1_350, 5, 0, 1)]
    table = plan(
        sources=[source(SOURCE_TRACE, name="trace", trace=rows)],
        offices=(1.0, 1.0),
        trace_values=np.array([[60], [70]]),
    )
    luck = deal(table, 3)
    # The last row falls into the weekend after which the run ends.
    assert luck.applied.tolist() == [10, 310]
    assert luck.index.tolist() == [0, 2]
    assert luck.trace.tolist() == [-1, 0]
    assert luck.office[0] == 1


def test_initial_cases_come_first_with_age_or_without():
    """Ages are counted backwards from 0 and need not be known; residuals are as their laws say."""
    laws = Laws()
    age, gap, stay = laws.fixed(30.4), laws.fixed(250.0), laws.fixed(300.0, office=True)
    visits = laws.fixed(3)
    table = plan(
        n_days=14,
        laws=laws,
        residuals=((gap, stay, visits),),
        sources=[
            source(SOURCE_INITIAL, name="initial/intake", n=2, first=age),
            source(SOURCE_INITIAL, name="initial/other", n=1, first=-1),
            source(SOURCE_WAVE, name="w", n=1),
        ],
    )
    luck = deal(table, 3)
    assert luck.applied.tolist() == [-30, -30, -1, 0]
    assert luck.initial.tolist() == [INITIAL_WITH_AGE] * 2 + [INITIAL_AGELESS, NOT_INITIAL]
    assert luck.join.tolist() == [0, 0, 0, 0]
    assert luck.index.tolist() == [0, 1, 0, 0]
    assert luck.initial_gap.tolist() == [250] * 3
    assert luck.initial_stay.tolist() == [300] * 3
    assert luck.initial_visits.tolist() == [3] * 3
    assert luck.initial_joined.tolist() == [-30, -30, 0]


def test_whoever_joined_an_instant_before_the_start_comes_before_those_of_unknown_age():
    """They joined at -1 and at 0, whatever the order of their sources."""
    laws = Laws()
    table = plan(
        laws=laws,
        sources=[
            source(SOURCE_INITIAL, name="initial/ageless", n=2, first=-1),
            source(SOURCE_INITIAL, name="initial/aged", n=1, first=laws.fixed(1.0)),
        ],
    )
    luck = deal(table, 3)
    assert luck.initial.tolist() == [INITIAL_WITH_AGE] + [INITIAL_AGELESS] * 2
    assert luck.initial_joined.tolist() == [-1, 0, 0]


def test_case_order_is_application_then_inflow_source_and_index():
    """Ties in the instant are broken by inflow, then source, then index."""
    luck = deal(province(), 3)
    keys = list(zip(luck.applied, luck.inflow, luck.source, luck.index, strict=True))
    assert keys == sorted(keys)
    tied = plan(
        sources=[
            source(SOURCE_INITIAL, 1, "initial/a", n=2, first=-1),
            source(SOURCE_INITIAL, 0, "initial/b", n=1, first=-1),
            source(SOURCE_WAVE, 0, "w", n=2, first=H),
            source(SOURCE_WAVE, 1, "v", n=1, first=H),
        ],
        inflows=2,
    )
    luck = deal(tied, 1)
    assert luck.source.tolist() == [1, 0, 0, 2, 2, 3]
    assert luck.index.tolist() == [0, 0, 1, 0, 1, 0]


def test_offices_get_their_shares():
    """Chi-square over four offices at 20,000 people; false alarm 1 in 10,000."""
    table = plan(sources=[source(SOURCE_WAVE, n=20_000)], offices=(1, 2, 3, 4))
    observed = np.bincount(deal(table, 2).office, minlength=4)
    assert stats.chisquare(observed, [2_000, 4_000, 6_000, 8_000]).pvalue > 1e-4


def test_another_inflow_leaves_everyone_else_alone():
    """Adding a source, in front or behind, does not touch the others' cases."""
    laws = Laws()
    lag = laws.exponential(3 * H)
    one = rate((0, 0.1), (14 * H, 0.0), hash_name="regular/rate")
    two = source(SOURCE_WAVE, 1, "w", n=50, first=H, take_up=0.5, lag=lag, hash_name="reform/w")
    new = rate((0, 0.3), (14 * H, 0.0), hash_name="new/rate")
    options = {"laws": laws, "offices": (1, 2, 3), "inflows": 3}
    small = deal(plan(sources=[one, two], **options), 11)
    large = deal(plan(sources=[new, one, two], **options), 11)
    assert cases(small, of=0) == cases(large, of=1)
    assert cases(small, of=1) == cases(large, of=2)


def test_another_office_moves_only_those_it_takes():
    """With a last office added, whoever does not go there stays in the office of before."""
    wave = source(SOURCE_WAVE, n=1_000)
    two = deal(plan(sources=[wave], offices=(0.5, 0.5)), 12).office
    three = deal(plan(sources=[wave], offices=(0.5, 0.3, 0.2)), 12).office
    stayed = three < 2
    assert np.array_equal(two[stayed], three[stayed])
    assert np.any(~stayed)


def test_replications_and_seeds_differ_and_repeat():
    """The same seed and replication give the same; any other pair gives something else."""
    table = province(people=200)
    first = deal(table, 1, 0).applied
    assert np.array_equal(first, deal(table, 1, 0).applied)
    for seed, replication in ((1, 1), (2, 0), (0, 1), (2**64 - 1, 2**64 - 1)):
        other = deal(table, seed, replication)
        assert other.key.tolist() == [seed, replication]
        assert not np.array_equal(first, other.applied)


def test_more_arrivals_than_room_was_made_for(monkeypatch):
    """A replication far above its expected number is dealt again with more room."""
    table = plan(n_days=100, sources=[rate((0, 0.5), (100 * H, 0.0))], open_week=EVERY_DAY)
    expected = deal(table, 1)
    monkeypatch.setattr(sys.modules["capsim.draws.deal"].math, "ceil", lambda value: 1)
    assert np.array_equal(expected.applied, deal(table, 1).applied)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seed_outside_a_word_is_refused(seed):
    """The message names the value and the limits."""
    with pytest.raises(ValueError, match=rf"seed = {seed} must lie between 0 and 2\*\*64 - 1"):
        deal(plan(), seed)
    with pytest.raises(ValueError, match="replication"):
        deal(plan(), 1, seed)


@pytest.mark.parametrize("seed", [1.0, "1", None])
def test_seed_that_is_no_integer_is_refused(seed):
    """Floats and strings are refused, NumPy integers are not."""
    with pytest.raises(TypeError, match=r"seed = .* must be a whole number"):
        deal(plan(), seed)
    assert deal(plan(), np.int64(3)).key.tolist() == [3, 0]


def test_an_empty_scenario_has_no_cases():
    """No sources and no seats give empty arrays of the right type."""
    luck = deal(plan(), 1)
    assert len(luck.applied) == len(luck.initial_gap) == len(luck.roster_time) == 0
    assert luck.applied.dtype == luck.roster_time.dtype == np.int64


def test_nobody_joins_at_or_after_the_horizon():
    """All of a large province join within the run."""
    table = province()
    luck = deal(table, 1)
    assert luck.join.max() < table.time.horizon
    assert luck.applied.max() < N_DAYS * DAY


def test_the_weeks_of_a_dispersed_rate_vary_as_they_should():
    """Weekly counts at mean 14 and variance over mean 3: negative binomial, chi-square at 1e-5.

    4,000 weeks; Poisson counts, whose variance is a third, fail for certain.
    """
    weeks = 40
    pieces = [(w * 7 * H, 2 / H, w, 7.0) for w in range(weeks)] + [(weeks * 7 * H, 0.0)]
    table = plan(n_days=7 * weeks, open_week=EVERY_DAY, sources=[rate(*pieces)])
    found = np.concatenate(
        [np.bincount(deal(table, 5, r).applied // (7 * H), minlength=weeks) for r in range(100)]
    )
    law = stats.nbinom(7, 1 / 3)
    edges = np.array([-1, *np.unique(law.ppf(np.arange(1, 20) / 20)), np.inf])
    expected = len(found) * np.diff(law.cdf(edges))
    observed = np.histogram(found, bins=edges + 0.5)[0]
    assert stats.chisquare(observed, expected).pvalue > 1e-5
    poisson = len(found) * np.diff(stats.poisson(14).cdf(edges))
    assert stats.chisquare(observed, poisson).pvalue < 1e-100


def test_small_shapes_of_a_week_have_their_law_too():
    """Shape 0.3, so far below 1: number of a week with mean 3, 6,000 weeks, chi-square at 1e-5."""
    weeks = 60
    pieces = [(w * 7 * H, 3 / (7 * H), w, 0.3) for w in range(weeks)] + [(weeks * 7 * H, 0.0)]
    table = plan(n_days=7 * weeks, open_week=EVERY_DAY, sources=[rate(*pieces)])
    found = np.concatenate(
        [np.bincount(deal(table, 6, r).applied // (7 * H), minlength=weeks) for r in range(100)]
    )
    law = stats.nbinom(0.3, 1 / 11)
    edges = np.array([-1, 0, 1, 2, 4, 7, 12, 20, np.inf])
    expected = len(found) * np.diff(law.cdf(edges))
    observed = np.histogram(found, bins=edges + 0.5)[0]
    assert stats.chisquare(observed, expected).pvalue > 1e-5


def test_exact_numbers_are_uniform_within_what_the_run_covers():
    """A period of which the run covers 20 to 70 %: 10,000 people, binomial and KS at 1e-5."""
    n = 10_000
    period = source(
        SOURCE_EXACT,
        name="counts/2026-03",
        n=n,
        pieces=[(0, 0.0005), (10 * H, 0.0)],
        begin=0.2,
        end=0.7,
    )
    applied = deal(plan(n_days=10, open_week=EVERY_DAY, sources=[period]), 2).applied
    assert stats.binomtest(len(applied), n, 0.5).pvalue > 1e-5
    assert stats.kstest(applied / (10 * H), "uniform").pvalue > 1e-5


def test_exact_numbers_lose_nobody_to_rounding():
    """Shares of a period that sum to a little less than 1 still place everyone."""
    pieces = [(0, 0.3 / H), (H, 0.6999999 / H), (2 * H, 0.0)]
    period = source(SOURCE_EXACT, name="counts/2026-03", n=50_000, pieces=pieces)
    luck = deal(plan(n_days=2, open_week=EVERY_DAY, sources=[period]), 1)
    assert len(luck.applied) == 50_000
    assert sorted(luck.index.tolist()) == list(range(50_000))


def test_groups_have_their_law_and_one_number_each_person():
    """Sizes 1 and 3 at even chance, keyed by group: 2,000 groups, binomial at 1e-5."""
    laws = Laws()
    size = laws.discrete([(0.5, 1.0), (0.5, 3.0)])
    people = rate((0, 2.0), (10 * H, 0.0), group=size)
    luck = deal(plan(n_days=10, open_week=EVERY_DAY, laws=laws, sources=[people]), 3)
    assert sorted(luck.index.tolist()) == list(range(len(luck.index)))
    alone = deal(plan(n_days=10, open_week=EVERY_DAY, sources=[rate((0, 2.0), (10 * H, 0.0))]), 3)
    assert np.unique(luck.applied).tolist() == np.unique(alone.applied).tolist()
    groups = len(alone.applied)
    assert stats.binomtest((len(luck.applied) - groups) // 2, groups, 0.5).pvalue > 1e-5
