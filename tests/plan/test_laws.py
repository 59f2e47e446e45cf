"""Compiled laws keep mean and standard deviation, whatever their shape."""

import datetime
import itertools

import numpy as np
import pytest

from capsim.kernels.codes import LAW_DISCRETE, LAW_FIXED, LAW_MIXTURE, LAW_TABLE
from capsim.kernels.draws.laws import sample
from capsim.plan.laws import LawBook, law_moments
from capsim.plan.timetable import timetable_of
from capsim.scenario import Calendar
from capsim.scenario.laws import durations as laws
from capsim.scenario.laws.counts import EmpiricalCount, Geometric, Poisson

H = 27_360
SPREADS = (0.1, 0.5, 1.0, 2.0, 3.0)
TWO_PARTS = (
    {"share": 0.3, "law": "lognormal", "mean": "1 day", "cv": 2.0, "plus": "1 day"},
    {"share": 0.7, "law": "exponential", "mean": "9 days"},
)
ONE_SHAPE = (
    laws.Fixed(mean="3 days"),
    laws.Fixed(mean="3 days", plus="5 h"),
    laws.Exponential(mean="3 days"),
    laws.Exponential(mean="3 days", plus="1 day"),
    laws.Erlang(mean="3 days", shape=4),
    laws.Uniform(low="1 day", high="4 days"),
    laws.Triangular(low="1 day", mode="2 days", high="9 days"),
    laws.Triangular(low="0 days", mode="0 days", high="9 days"),
    laws.Mixture(of=TWO_PARTS),
    laws.Mixture(of=TWO_PARTS, plus="2 days"),
    laws.Mixture(of=({"share": 0.5, "law": "mixture", "of": TWO_PARTS, "plus": "1 h"},
                     {"share": 0.5, "law": "fixed", "mean": "7 days"})),
    laws.Empirical(values=("4 days", "1 day", "4 days"), weights=(1.0, 3.0, 2.0)),
    laws.Empirical(values=("4 days", "1 day"), plus="1 day"),
    laws.Scipy(name="beta", args=(2.0, 3.0), scale="10 days", loc="2 days"),
    laws.Scipy(name="invgauss", args=(3.0,), scale="5 days"),
)  # fmt: skip
SPREAD_LAWS = tuple(
    family(mean="10 days", cv=cv)
    for family, cv in itertools.product(
        (laws.Lognormal, laws.Gamma, laws.Weibull, laws.Normal), SPREADS
    )
)


def named(law):
    """Name of a law in test reports."""
    return f"{law.kind}-{getattr(law, 'cv', '')}"


def in_ticks(duration):
    """Unit of calendar laws."""
    return duration.days * H


@pytest.fixture
def book():
    """Empty book for two years."""
    return LawBook(timetable_of(Calendar(), datetime.date(2026, 1, 1), 730))


def inverse(book, law, raw, day=0):
    """What the kernels draw for random words."""
    table = book.table()
    return np.array([sample(law, np.uint64(word), day, table) for word in raw])


def moments(book, number):
    """Mean and standard deviation of a numbered law."""
    return law_moments(book.table(), number)


@pytest.mark.parametrize("law", ONE_SHAPE + SPREAD_LAWS, ids=named)
def test_mean_and_spread_are_those_of_the_law(book, law):
    """To 0.001 %, a hundredth of what the contract allows, tails included."""
    mean, sd = moments(book, book.calendar(law))

    assert mean == pytest.approx(law.mean_in(in_ticks), rel=1e-5)
    assert sd == pytest.approx(law.sd_in(in_ticks), rel=1e-5)


@pytest.mark.parametrize("law", ONE_SHAPE + SPREAD_LAWS, ids=named)
def test_residual_mean_is_that_of_renewal_theory(book, law):
    """E[residual] = E[X^2] / (2 E[X])."""
    mean, sd = law.mean_in(in_ticks), law.sd_in(in_ticks)
    residual, _ = moments(book, book.residual(law))

    assert residual == pytest.approx((mean**2 + sd**2) / (2 * mean), rel=1e-5)


@pytest.mark.parametrize("cv", SPREADS)
def test_residual_spread_is_that_of_renewal_theory(book, cv):
    """E[residual^2] = E[X^3] / (3 E[X]), with the third moments of lognormal and gamma."""
    third = {
        "lognormal": (1 + cv**2) ** 3,
        "gamma": (1 + cv**2) * (1 + 2 * cv**2),
    }
    for family in (laws.Lognormal, laws.Gamma):
        number = book.residual(family(mean="10 days", cv=cv))
        mean, sd = moments(book, number)
        second = (sd**2 + mean**2) / (10 * H) ** 2

        assert second == pytest.approx(third[family.kind] / 3, rel=2e-3)


def test_residual_of_a_fixed_length_is_uniform(book):
    """What remains of twelve days is anything up to twelve days."""
    mean, sd = moments(book, book.residual(laws.Fixed(mean="12 days")))

    assert mean == pytest.approx(6 * H, rel=1e-8)
    assert sd == pytest.approx(12 * H / 12**0.5, rel=1e-8)


@pytest.mark.parametrize("law", SPREAD_LAWS, ids=named)
def test_draws_follow_the_quantile_function(book, law):
    """At 200 probabilities in the middle and 60 deep in both tails, within 3 % of the quantile.

    A table read upside down, or a half exchanged for the other, is far off. Where a normal law is
    cut the table smooths the corner over one cell, hence 5 % of the standard deviation there.
    """
    number = book.calendar(law)
    tail = 0.5 ** np.arange(2, 32, 0.5)
    p = np.concatenate([np.linspace(0.01, 0.99, 200), tail])
    lower = np.array([int(x * 2**64) for x in p], dtype=np.uint64)
    upper = ~np.array([int(x * 2**64) for x in tail], dtype=np.uint64)

    corner = 0.05 * law.sd_in(in_ticks) if law.kind == "normal" else 1
    assert inverse(book, number, lower) == pytest.approx(law.ppf(p, in_ticks), rel=0.03, abs=corner)
    assert inverse(book, number, upper) == pytest.approx(law.isf(tail, in_ticks), rel=0.03, abs=1)


def test_a_longer_mean_stretches_the_same_luck(book):
    """Equal words give values in the ratio of the means, to the last digits."""
    short = book.calendar(laws.Gamma(mean="10 days", cv=0.7))
    long = book.calendar(laws.Gamma(mean="30 days", cv=0.7))
    words = np.arange(1, 60, dtype=np.uint64) * np.uint64(311_000_000_000_000_000)

    assert inverse(book, long, words) == pytest.approx(3 * inverse(book, short, words), rel=1e-14)


def test_equal_laws_are_one_row(book):
    """240 hours are ten days; an Erlang of one phase stays apart, as it is written otherwise."""
    numbers = [
        book.calendar(laws.Exponential(mean="10 days")),
        book.calendar(laws.Exponential(mean="240 h")),
        book.residual(laws.Exponential(mean="10 days")),
        book.calendar(laws.Erlang(mean="10 days", shape=1)),
    ]

    assert numbers == [0, 0, 0, 1]
    assert len(book.table().low) == 2 * 1024


def test_work_is_in_seconds_and_calendar_time_in_ticks(book):
    """An hour of work is 3,600 seconds; an hour of calendar time is H / 24 ticks."""
    hour = laws.Fixed(mean="1 h")

    assert moments(book, book.work(hour)) == (3600, 0)
    assert moments(book, book.calendar(hour)) == (H / 24, 0)


def test_a_law_in_workdays_is_marked(book):
    """Ten workdays are ten office days of H ticks, drawn in office time."""
    number = book.calendar(laws.Gamma(mean="10 workdays", cv=0.5))
    tables = book.table()

    assert tables.office[number] == 1
    assert law_moments(tables, number)[0] == pytest.approx(10 * H, rel=1e-9)


def test_growth_multiplies_the_draw_but_not_what_is_added(book):
    """After two years at 10 % a mean of 10 days is 12.1 days; the added day stays one."""
    law = laws.Fixed(mean="10 days", plus="1 day", growth=0.1)
    number = book.calendar(law)

    assert inverse(book, number, [7], day=0)[0] == pytest.approx(11 * H)
    assert inverse(book, number, [7], day=730)[0] == pytest.approx(
        10 * H * 1.1 ** (730 / 365.25) + H
    )


def test_growth_of_a_mixture_leaves_its_own_plus(book):
    """One day in the part, one of the part, one of the mixture; a part without share is dropped."""
    law = laws.Mixture(
        of=({"share": 1.0, "law": "fixed", "mean": "1 day", "plus": "1 day"},
            {"share": 0.0, "law": "fixed", "mean": "9 days"}),
        growth=0.5, plus="1 day",
    )  # fmt: skip
    number = book.calendar(law)

    assert inverse(book, number, [7], day=0)[0] == pytest.approx(3 * H)


def test_kinds_of_rows(book):
    """A nested mixture becomes flat; one with a single part becomes that part."""
    nested = book.calendar(ONE_SHAPE[10])
    tables = book.table()
    first, n = tables.first[nested], tables.n[nested]
    parts = tables.part[first : first + n].astype(int)

    assert tables.kind[nested] == LAW_MIXTURE
    assert tables.kind[parts].tolist() == [LAW_TABLE, LAW_TABLE, LAW_FIXED]
    assert tables.upto[first : first + n] == pytest.approx([0.15, 0.5, 1.0])
    assert tables.upto[first + n - 1] == 1.0
    assert tables.plus[parts] == pytest.approx([H + H / 24, H / 24, 0])


@pytest.mark.parametrize(
    ("visits", "mean", "further"),
    [
        (3, 3.0, 1.5),  # one or two of the two times between visits are left
        (1, 1.0, 1.0),
        (Geometric(mean=8.0), 8.0, 8.0),  # no memory
        (Poisson(mean=4.0), 4 + np.exp(-4), None),
        (EmpiricalCount(values=(0, 2, 2, 5)), 2.5, None),
    ],
)
def test_counts(book, visits, mean, further):
    """Means of counts, values below 1 at 1, and of the visits still to come for one in between.

    Of N visits, N - 1 times lie between: E[(N-1) N / 2] / E[N - 1] are still to come on average.
    """
    number, rest = book.count(visits), book.further_visits(visits)
    tables = book.table()
    moments = law_moments(tables, number)
    if further is None:
        between = moments[0] - 1
        further = (moments[1] ** 2 + moments[0] ** 2 - moments[0]) / 2 / between

    assert moments[0] == pytest.approx(mean, rel=1e-9)
    assert law_moments(tables, rest)[0] == pytest.approx(further, rel=1e-9)
    assert tables.kind[number] in (LAW_FIXED, LAW_DISCRETE)
