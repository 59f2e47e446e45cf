"""Staff over time: against the exact law of the time-varying queue, and beside constant staff."""

import math

import numpy as np
import pytest

import capsim
from capsim import theory
from capsim.execution.settings import RunSettings
from capsim.experiments import profile_for_target, staffing_profile, study
from capsim.experiments.staffing.need import COLUMNS, DUE, MEAN, SAMPLES, WAITED, NeedWork

WEEKS = 24
PERIOD = 84.0
RATES = tuple(
    round(10 * (1 + 0.6 * math.sin(2 * math.pi * (7 * week + 3.5) / PERIOD)), 6)
    for week in range(WEEKS)
)


def season(**changes):
    """A queue open day and night whose inflow comes and goes twice; exponential work of a day."""
    scenario = capsim.Scenario(
        name="season",
        start="2026-01-01",
        horizon=f"{7 * WEEKS} days",
        calendar={"kind": "continuous"},
        teams={"desk": {"fte": 13}},
        stages={
            "service": {
                "team": "desk",
                "work": {"law": "exponential", "mean": "24 h"},
                "deadline": {"within": "12 h", "until": "start"},
            }
        },
        inflows={
            "everyone": {
                "rate": {
                    "unit": "per_day",
                    "steps": [[f"{7 * week} days", rate] for week, rate in enumerate(RATES)],
                }
            }
        },
    )
    return scenario.with_(changes) if changes else scenario


def exact(workers):
    """Mean probability of waiting in each week, from Kolmogorov's equations."""
    times = np.arange(0.25, 7 * WEEKS, 0.5)
    rate = theory.steps(*((7 * week, value) for week, value in enumerate(RATES)))
    staff = theory.steps(*((7 * week, int(value)) for week, value in enumerate(workers)))
    line = theory.transient_mmc(rate, 1.0, staff, times)
    return line.probability_of_waiting.reshape(WEEKS, -1).mean(axis=1)


@pytest.fixture(scope="module")
def profile():
    """The staff with which a fifth has to wait."""
    return staffing_profile(season(), "desk", probability=0.2, seed=1, n=100, every="7 days")


def test_the_profile_holds_the_probability_in_every_week(profile):
    """By the exact law, waiting stays near a fifth while the inflow changes fourfold.

    One worker more or less changes it by about a third; a constant staff of the same mean lets
    nobody wait or everybody.
    """
    waiting = exact(profile.table["workers"])
    same = np.full(WEEKS, math.ceil(profile.fte_mean))
    constant = exact(same)

    assert profile.settled
    assert waiting.min() > 0.07
    assert waiting.max() < 0.33
    assert constant.min() < 0.02
    assert constant.max() > 0.6


def test_the_theory_beside_it_is_the_modified_offered_load(profile):
    """The modified offered load, too, holds the probability; that of the moment does not."""
    lagging = exact(profile.table["theory"])
    rate = theory.steps(*((7 * week, value) for week, value in enumerate(RATES)))
    direct = theory.modified_offered_load(
        rate, theory.exponential(1.0), [7.0 * week for week in range(WEEKS)], probability=0.2
    )

    assert lagging.max() < 0.33
    assert np.abs(profile.table["theory"].to_numpy() - np.array(direct.servers)).max() <= 1


def test_simulated_waiting_agrees_with_the_exact_law_while_staff_grows(profile):
    """Where nobody leaves, shares that had to wait are those of Kolmogorov's equations.

    Within four standard errors in each of the weeks: false alarm below 0.001 in all. Where staff
    falls, the last visits of those who leave make it smaller.
    """
    table = profile.table
    rising = np.flatnonzero(np.diff(table["workers"], prepend=0) >= 0)
    steady = [
        week
        for week in rising
        if week and table["workers"][week - 1 : week + 1].is_monotonic_increasing
    ]
    error = (table["upper"] - table["lower"]) / 2 / 1.96
    away = (table["waiting"] - exact(table["workers"])).abs() / error

    assert len(steady) >= 8
    settled = [week for week in steady if all(w in rising for w in (week - 1, week - 2))]
    assert away[settled].max() < 4.5


def test_constant_staff_that_does_as_well_is_dearer(profile):
    """It must be as large as the peak."""
    assert profile.constant_fte >= profile.table["fte"].max() - 1
    assert profile.constant_fte > 1.25 * profile.fte_mean
    assert "a constant staff needs" in repr(profile)
    assert profile.scenario.teams["desk"].fte == profile.table["fte"][0]


def test_absent_workers_are_replaced():
    """If a fifth is away, a quarter more are employed, and as few wait."""
    away = season(
        **{
            "teams.desk.absence": {
                "any": {"spells_per_year": 12, "length": {"law": "exponential", "mean": "7.6 days"}}
            }
        }
    )
    n = {"probability": 0.2, "seed": 1, "n": 40, "every": "14 days"}
    full, short = staffing_profile(season(), "desk", **n), staffing_profile(away, "desk", **n)

    assert 1.15 < short.fte_mean / full.fte_mean < 1.35


def test_a_profile_for_a_target_costs_less_than_constant_staff():
    """For the same late share the staff that follows the need has a smaller mean."""
    target = "late_share[service] <= 5 %"
    result = profile_for_target(season(), "desk", target, seed=1, every="7 days")
    constant = capsim.find_staffing(
        season(), {"teams.desk.fte": (10, 20, 1)}, target, seed=1, frontier=0
    )

    assert result.feasible
    assert constant.feasible
    assert result.cost < constant.cost


def test_a_study_of_a_profile_goes_on_from_its_store(tmp_path):
    """The store knows what was asked."""
    arguments = {"seed": 1, "every": "2 months", "n": 5, "max_replications": 40, "jobs": 1}
    first = profile_for_target(
        season(), "desk", "late_share[service] <= 30 %", store=tmp_path, **arguments
    )
    (again,) = study.resume(tmp_path, jobs=1).values()

    assert again.evidence.equals(first.evidence)


def test_need_is_what_visits_meet_and_who_waits():
    """Three arrivals at once and two workers: needs 0, 1, 2, and one has to wait."""
    scenario = capsim.Scenario(
        start="2026-01-05",
        horizon="4 days",
        teams={"desk": {"fte": 2}},
        stages={"service": {"team": "desk", "work": "2 h"}},
        inflows={"known": {"trace": [0.0, 0.0, 0.0]}},
    )
    work = NeedWork("", scenario, RunSettings(1, "simpy"), team="desk", days=(0, 1))

    values = work.run(0, 1).values.reshape(2, COLUMNS)

    assert sorted(set(values[0, :SAMPLES])) == [0, 1, 2]
    assert values[0, DUE] == 3
    assert values[0, WAITED] == 1
    # 6 of the 15.2 hours of work.
    assert values[0, MEAN] == pytest.approx((3 * 2 + 1 * 2) / 7.6, rel=0.05)
    assert np.isnan(values[1, :SAMPLES]).all()
    assert values[1, MEAN] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"team": "dek"}, "did you mean 'desk'"),
        ({"probability": 1.5}, "between 0 and 1"),
        ({"n": 1}, "at least 2"),
        ({"every": "0 days"}, "at least one day"),
    ],
)
def test_mistakes_are_told(arguments, message):
    """Arguments are checked before anything runs."""
    given = {"team": "desk", "probability": 0.2, "n": 10, "every": "1 month", **arguments}

    with pytest.raises(ValueError, match=message):
        staffing_profile(season(), given.pop("team"), seed=1, **given)


def test_a_team_of_many_offices_has_no_single_profile():
    """A profile is one of a single staff."""
    offices = {"genk": {"share": 0.5}, "bree": {"share": 0.5}}

    with pytest.raises(ValueError, match="2 copies"):
        staffing_profile(season(offices=offices), "desk", probability=0.2, seed=1)
