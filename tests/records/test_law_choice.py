"""A law keeps the mean of the data, or is not applied without a word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.records.durations import MANY, Durations, fit_law
from capsim.records.law_choice import choose_law, mean_of
from capsim.scenario.laws.variables import ExponentialVariable


def two_speeds(n, seed=3):
    """Steps of which a bit more than half are done by a system, in seconds."""
    random = np.random.default_rng(seed)
    quick = random.random(n) < 0.55
    return np.where(quick, random.uniform(5, 200, n) / 86400, random.gamma(1.2, 9, n))


@pytest.mark.parametrize("n", [25, 55, 200, 2000])
def test_seconds_beside_days_keep_their_mean(n):
    """A mixture whose mean is that of the data to a tenth, not a lognormal law a hundredfold off;
    a scenario takes it.
    """
    days = two_speeds(n)
    start = np.sort(np.random.default_rng(1).uniform(0, 365, n))
    log = pd.DataFrame(
        {
            "case": range(n),
            "stage": "check",
            "joined": start,
            "started": np.nan,
            "ended": start + days,
        }
    )
    found = capsim.fit(log, end=600)
    row = found.estimates.set_index("path").loc["stages.check.stay.mean"]
    service = capsim.Scenario(
        start="2026-01-01",
        horizon="1 year",
        stages={"check": {"stay": "1 day"}},
        inflows={"regular": {"rate": {"per_month": 3}}},
    )
    fitted = found.apply(service)

    assert row["law"] == "mixture"
    assert row["estimate"] == pytest.approx(days.mean(), rel=0.1)
    assert row["lower"] < days.mean() < row["upper"]
    assert "of two speeds" in repr(found)
    assert fitted.evidence["stages.check.stay"].certainty == "derived"
    assert capsim.simulate(fitted, seed=1, engine="simpy").stays["ended"].notna().any()


def test_steps_of_no_length_are_a_part_of_their_own():
    """Half of the steps take no time at all; the others keep their law."""
    days = np.append(np.zeros(40), np.random.default_rng(1).gamma(2, 5, 40))
    found = choose_law(Durations.known(days)).fitted

    assert found.law == "mixture"
    assert found.parts[0][1].mean == 0
    assert found.mean == pytest.approx(days.mean(), rel=0.1)


def test_no_law_keeps_it_so_the_durations_serve():
    """One enormous duration among equal ones: the mean stays, as an empirical law of 100 values."""
    days = np.append(np.random.default_rng(4).lognormal(0, 3, 400), [20_000.0])
    choice = choose_law(Durations.known(days), two_speeds=False)

    assert choice.keeps
    assert choice.fitted.mean == pytest.approx(days.mean(), rel=0.1)
    assert choice.why


def test_the_empirical_law_has_the_mean_of_its_data():
    """Grouped to a hundred values, the mean is kept to rounding."""
    from capsim.records.law_choice import _empirical

    days = np.random.default_rng(4).lognormal(0, 2, 1000)
    law = _empirical(Durations.known(days), 0.95)

    assert law.mean == pytest.approx(days.mean(), rel=1e-9)
    assert law.variable.mean == pytest.approx(days.mean(), rel=1e-9)
    assert len(law.table("days")["values"]) == 100


def test_a_law_that_misses_the_mean_is_refused_by_apply():
    """Censored and heavy: shown, explained, not among the overrides; `without` leaves it out."""
    found = capsim.fit(heavy_log(), end=700)

    (path,) = found.refused
    assert path == "stages.a.stay"
    assert path not in found.overrides
    assert "no law keeps it" in repr(found)
    service = capsim.Scenario(
        start="2026-01-01",
        horizon="1 year",
        stages={"a": {"stay": "3 days"}},
        inflows={"regular": {"rate": {"per_month": 3}}},
    )
    with pytest.raises(capsim.ScenarioError, match=r"stages.a.stay: the .* law is the likeliest"):
        found.apply(service)
    with pytest.raises(capsim.ScenarioError, match=r"is no path of this fit"):
        found.apply(service, without=["stages.b.stay"])
    kept = found.apply(service, without=["stages.a.stay"])
    assert kept.stages["a"].stay == service.stages["a"].stay


def heavy_log():
    """Two groups, near enough that no mixture is seen, far enough for no law, and open cases."""
    random = np.random.default_rng(8)
    days = np.concatenate(
        [np.full(60, 1.0) + random.uniform(0, 0.01, 60), random.uniform(95, 105, 30)]
    )
    start = np.concatenate([random.uniform(0, 590, 90)])
    ended = start + days
    log = pd.DataFrame({"case": range(90), "stage": "a", "joined": start, "ended": ended})
    more = pd.DataFrame({"case": range(90, 100), "stage": "a", "joined": 300.0, "ended": np.nan})
    return pd.concat([log, more], ignore_index=True).assign(started=np.nan)


def test_kaplan_meier_by_hand():
    """Ends at 1, 2 and 4, one lost from view at 3: the mean is 1 + 3/4 + 1/2 + 1/2; six alike
    count the same.
    """
    time = np.array([1.0, 2.0, 3.0, 4.0])
    upper = np.array([1.0, 2.0, np.inf, 4.0])
    data = Durations(time, upper, np.zeros(4), np.full(4, 6.0))
    assert mean_of(data, ExponentialVariable(1.0)) == pytest.approx((2.75, 2.75))

    late = Durations.of(np.append(time, 4.0), np.append(upper, 4.0), np.array([0, 0, 0, 0, 1.5]))
    # From 1.5 on the last one is in view too: 2 of 4 end at 2 ... by hand 1 + 3/4 + 9/16 + 9/16.
    survival = [1.0, 0.75, 0.75 * 3 / 4]
    low, high = mean_of(late, ExponentialVariable(1.0))
    assert low == high == pytest.approx(survival[0] + survival[1] + 2 * survival[2])


def test_means_of_ordinary_laws_are_kept():
    """Of 60 samples of 80 from a gamma, lognormal or weibull law of cv 0.8, a quarter of them
    censored, none is refused.
    """
    random = np.random.default_rng(5)
    refused = 0
    for _ in range(20):
        for lasted in (
            random.gamma(1.56, 10, 80),
            random.lognormal(2, 0.7, 80),
            10 * random.weibull(1.3, 80),
        ):
            limit = random.uniform(5, 100, 80)
            upper = np.where(lasted < limit, lasted, np.inf)
            data = Durations.of(np.minimum(lasted, limit), upper, np.zeros(80))
            refused += not choose_law(data).keeps

    assert refused == 0


def test_many_durations_are_merged_and_give_the_same():
    """Of very many durations those alike share a row; the mean moves by less than a thousandth."""
    days = np.random.default_rng(2).gamma(2, 10, 3 * MANY)
    data = Durations.known(days)
    merged = data.merged()

    assert len(merged.lower) < MANY / 2
    assert merged.n == data.n
    assert fit_law(data, laws=("gamma",)).mean == pytest.approx(days.mean(), rel=1e-3)
    assert fit_law(data, laws=("gamma",)).goodness > 1e-3


def test_agreement_is_said_in_a_word():
    """Each law has a word beside its goodness; a number that is no law has none."""
    run = capsim.simulate("one-office", seed=1)
    rows = capsim.fit(run).estimates

    assert set(rows["agreement"]) <= {"good", "fair", "doubtful", "cannot say", ""}
    shares = rows["path"].str.contains(".next.", regex=False)
    assert set(rows.loc[shares, "agreement"]) == {""}
    judged = rows["goodness"] >= 0.1
    assert set(rows.loc[judged, "agreement"]) == {"good"}
