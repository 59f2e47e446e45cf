"""Moments and quantiles of laws against scipy.stats and against quadrature."""

import numpy as np
import pytest
import scipy.stats as stats
from pydantic import TypeAdapter

from capsim.scenario.laws.counts import EmpiricalCount, Geometric, Poisson
from capsim.scenario.laws.durations import LAWS, AbstractLaw, Law
from capsim.scenario.units import Duration, days, half_up, hours, seconds, workdays

P = np.array([0.001, 0.1, 0.5, 0.9, 0.999])


def law(raw: object) -> AbstractLaw:
    """The law that plain data describes."""
    return TypeAdapter(Law).validate_python(raw)


SIGMA = np.sqrt(np.log1p(4.0))
FROZEN = {
    "exponential": ({"mean": "3 days"}, stats.expon(scale=3)),
    "lognormal": (
        {"mean": "3 days", "cv": 2},
        stats.lognorm(SIGMA, scale=3 * np.exp(-(SIGMA**2) / 2)),
    ),
    "gamma": ({"mean": "3 days", "sd": "36 h"}, stats.gamma(4, scale=0.75)),
    "erlang": ({"mean": "3 days", "shape": 3}, stats.gamma(3, scale=1)),
    "uniform": ({"low": "1 day", "high": "4 days"}, stats.uniform(1, 3)),
    "triangular": (
        {"low": "1 day", "mode": "2 days", "high": "5 days"},
        stats.triang(0.25, loc=1, scale=4),
    ),
    "scipy": (
        {"name": "beta", "args": [2, 3], "loc": "1 day", "scale": "10 days"},
        stats.beta(2, 3, loc=1, scale=10),
    ),
}


@pytest.mark.parametrize("name", FROZEN)
def test_law_is_that_of_scipy(name: str) -> None:
    """Mean, sd, both quantile functions and the distribution function agree to 1e-9."""
    fields, frozen = FROZEN[name]
    mine = law({"law": name, **fields})
    assert mine.mean_in(days) == pytest.approx(frozen.mean(), rel=1e-9)
    assert mine.sd_in(days) == pytest.approx(frozen.std(), rel=1e-9)
    np.testing.assert_allclose(mine.ppf(P, days), frozen.ppf(P), rtol=1e-9)
    np.testing.assert_allclose(mine.isf([1e-12, 0.3], days), frozen.isf([1e-12, 0.3]), rtol=1e-8)
    np.testing.assert_allclose(mine.cdf(frozen.ppf(P), days), P, rtol=1e-9)


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.0, 3.0])
def test_weibull_has_the_stated_mean_and_cv(cv: float) -> None:
    """The shape that is found gives the cv back, by scipy's own moments."""
    variable = law({"law": "weibull", "mean": "8 days", "cv": cv}).variable(days)
    frozen = stats.weibull_min(variable.shape, scale=variable.scale)  # type: ignore[attr-defined]
    assert frozen.mean() == pytest.approx(8, rel=1e-9)
    assert frozen.std() / frozen.mean() == pytest.approx(cv, rel=1e-7)


OTHERS = {
    "normal, cut": {"law": "normal", "mean": "1 day", "cv": 1.5},
    "mixture": {
        "law": "mixture",
        "of": [
            {"share": 0.3, "law": "fixed", "mean": "1 day", "plus": "12 h"},
            {"share": 0.7, "law": "gamma", "mean": "3 days", "cv": 0.5},
        ],
    },
    "empirical": {
        "law": "empirical",
        "values": ["3 days", "1 day", "2 days"],
        "weights": [1, 2, 3],
    },
    "scipy, cut": {"law": "scipy", "name": "norm", "loc": "1 day", "scale": "36 h"},
    "fixed": "3 days",
    **{
        name: {"law": name, **fields} for name, (fields, _) in FROZEN.items() if name != "lognormal"
    },
}


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("plus", [None, "6 h"])
def test_moments_are_those_of_what_is_sampled(raw: object, plus: str | None) -> None:
    """Mean and sd are those of the quantile function, by the midpoint rule on 200,000 cells."""
    if plus is not None:
        raw = (
            {**raw, "plus": plus}
            if isinstance(raw, dict)
            else {"law": "fixed", "mean": raw, "plus": plus}
        )
    mine = law(raw)
    p = (np.arange(200_000) + 0.5) / 200_000
    values = mine.ppf(p, days)
    assert values.min() >= 0
    assert mine.mean_in(days) == pytest.approx(values.mean(), rel=1e-4)
    assert mine.sd_in(days) == pytest.approx(values.std(), rel=2e-3, abs=1e-12)
    np.testing.assert_allclose(mine.isf(1 - p[::997], days), values[::997], rtol=1e-7)


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_residual_is_the_integrated_tail(raw: object) -> None:
    """The integral of the tail up to a residual quantile is that share of the mean."""
    mine = law(raw)
    p = np.array([0.05, 0.5, 0.95])
    grid = (np.arange(20_000) + 0.5) / 20_000
    for share, quantile in zip(p, mine.residual_ppf(p, days), strict=True):
        tail = 1 - mine.cdf(grid * quantile, days)
        assert tail.mean() * quantile == pytest.approx(share * mine.mean_in(days), rel=1e-3)


def test_residual_of_fixed_and_exponential() -> None:
    """Uniform for a fixed duration, the same law for an exponential one."""
    np.testing.assert_allclose(law("8 h").residual_ppf([0.25], hours), [2.0])
    mine = law({"law": "exponential", "mean": "8 h"})
    np.testing.assert_allclose(mine.residual_ppf(P, hours), mine.ppf(P, hours))


def test_counts() -> None:
    """Geometric from 1; Poisson and empirical counts below 1 become 1; residuals by their tail."""
    assert Geometric(mean=4.5).expectation == pytest.approx(4.5, rel=1e-12)
    np.testing.assert_allclose(Geometric(mean=4.5).pmf()[:9], stats.geom(1 / 4.5).pmf(range(1, 10)))
    poisson = Poisson(mean=2.0)
    assert poisson.expectation == pytest.approx(2 + np.exp(-2), rel=1e-12)
    assert EmpiricalCount(values=(0, 3), weights=(1, 3)).pmf().tolist() == [0.25, 0, 0.75]
    np.testing.assert_allclose(EmpiricalCount(values=(3,)).residual_pmf(), [1 / 3] * 3)
    residual = Geometric(mean=4.5).residual_pmf()
    np.testing.assert_allclose(residual[:20], Geometric(mean=4.5).pmf()[:20], rtol=1e-9)


def test_units() -> None:
    """Months, years, hours of a 7.6-hour day, and rounding half up."""
    assert Duration.parse("1 month").days == 30.4375
    assert Duration.parse("2 years").days == 730.5
    assert Duration.parse("1 week").ticks(27_360) == 7 * 27_360
    assert Duration.parse("1 h").ticks(27_360) == 1140
    assert Duration.parse("0.1 days").ticks(5) == 1
    assert (half_up(0.49), half_up(0.5), half_up(1.5)) == (0, 1, 2)
    assert seconds(Duration.parse("45 min")) == 2700
    assert workdays(Duration.parse("10 workdays")) == 10
    assert str(Duration.parse(" 1.50 hours ")) == "1.5 h"
    with pytest.raises(ValueError, match="no fixed number of calendar days"):
        days(Duration.parse("10 workdays"))


LAWS_OF_A_SHAPE = [
    *({"law": name, **fields} for name, (fields, _) in FROZEN.items()),
    {"law": "weibull", "mean": "3 days", "cv": 2},
    {"law": "normal", "mean": "3 days", "sd": "1 day"},
]


@pytest.mark.parametrize("raw", LAWS_OF_A_SHAPE, ids=lambda raw: raw["law"])
def test_variable_is_scale_times_unit_variable(raw: dict[str, object]) -> None:
    """Quantiles and mean are those of scale 1 times the scale, whatever the unit."""
    mine = law(raw)
    unit, scale = mine.unit_variable(days)
    whole = mine.variable(days)
    np.testing.assert_allclose(whole.ppf(P), scale * unit.ppf(P), rtol=1e-12)
    assert whole.mean == pytest.approx(scale * unit.mean, rel=1e-12)
    again, in_hours = mine.unit_variable(lambda duration: 24 * duration.days)
    assert in_hours == pytest.approx(24 * scale)
    np.testing.assert_allclose(again.ppf(P), unit.ppf(P), rtol=1e-12)


def test_laws_of_one_shape_share_a_variable() -> None:
    """The variable without its scale is equal, and so is its hash: a table is made once."""
    raw = {"law": "lognormal", "cv": 0.5}
    short, long = law({**raw, "mean": "1 day"}), law({**raw, "mean": "8 days"})
    assert short.unit_variable(days)[0] == long.unit_variable(days)[0]
    beta = {"law": "scipy", "name": "beta", "args": [2, 3]}
    one, ten = law({**beta, "scale": "1 day"}), law({**beta, "scale": "10 days"})
    assert hash(one.unit_variable(days)[0]) == hash(ten.unit_variable(days)[0])


def test_every_law_of_the_language_has_a_name_and_a_case_here() -> None:
    """A law that is added to LAWS is tried by the tests above, or is one of the made ones."""
    made = {"fixed", "mixture", "empirical"}
    assert {one.kind for one in LAWS} == {raw["law"] for raw in LAWS_OF_A_SHAPE} | made
