"""Numbers of a scenario from a log: recovered if known, refused if the log contradicts itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.statistical import assert_probability_equals

import capsim
from capsim.records.arrival_patterns import groups_of
from capsim.records.arrival_rates import fit_rate
from capsim.records.durations import Durations, fit_law

TRUTH = {
    "inflows.regular.rate.per_month": 30,
    "stages.intake.work.mean": 4,
    "stages.intake.work.cv": 0.6,
    "stages.intake.patience.mean": 10,
    "stages.intake.next.guidance": 0.7,
    "stages.guidance.stay.mean": 150,
    "stages.guidance.stay.cv": 0.7,
    "stages.guidance.gap.mean": 25,
    "stages.guidance.gap.cv": 0.4,
    "stages.guidance.next.closed": 0.8,
    "stages.away.stay.mean": 120,
}
REPLICATIONS = 10


@pytest.fixture(scope="module")
def service():
    """An office, open on working days, whose numbers are in `TRUTH`."""
    return capsim.Scenario(
        start="2024-01-01",
        horizon="18 months",
        calendar={"country": "BE"},
        teams={"desk": {"fte": 1.1}, "guidance": {"fte": 4}},
        stages={
            "intake": {
                "team": "desk",
                "work": {"law": "lognormal", "mean": "4 h", "cv": 0.6},
                "patience": {"law": "exponential", "mean": "10 days"},
                "next": {"guidance": 0.7, "refused": 0.3},
            },
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "stay": {"law": "gamma", "mean": "150 days", "cv": 0.7},
                "work": "1 h",
                "gap": {"law": "weibull", "mean": "25 days", "cv": 0.4},
                "next": {"closed": 0.8, "away": 0.2},
            },
            "away": {
                "stay": {"law": "exponential", "mean": "120 days"},
                "next": {"intake": 1.0},
            },
        },
        inflows={"regular": {"rate": {"per_month": 30}}},
    )


@pytest.fixture(scope="module")
def runs(service):
    """Independent histories of the office."""
    return [capsim.simulate(service, seed=7, replication=r) for r in range(REPLICATIONS)]


def covered(estimates, path, value):
    row = estimates.set_index("path").loc[path]
    return bool(row["lower"] <= value <= row["upper"])


def test_a_run_gives_back_its_scenario(service, runs):
    """Of 110 intervals at 95 % as many hold the truth as should: false alarm 1e-6, and intervals
    that hold it only 60 % of the time are missed once in 1e5.
    """
    hits = tried = 0
    for run in runs:
        found = capsim.fit(run, scenario=service).estimates
        for path, value in TRUTH.items():
            hits += covered(found, path, value)
            tried += 1

    assert_probability_equals(hits, tried, 0.95, detectable=0.35, miss=1e-5)


def test_leaving_out_the_open_cases_is_found_out(service, runs):
    """The same assertion fails for a log from which the cases that still go on were dropped."""
    hits = tried = 0
    for run in runs:
        ended = run.stays[run.stays["ended"].notna()]
        found = capsim.fit(ended, scenario=service).estimates
        for path in ("stages.guidance.stay.mean", "stages.away.stay.mean"):
            hits += covered(found, path, TRUTH[path])
            tried += 1

    with pytest.raises(AssertionError, match=r"where 0\.95 is exact"):
        assert_probability_equals(hits, tried, 0.95, detectable=0.75, miss=1e-3)


def test_closed_days_do_not_lengthen_durations(service, runs):
    """Delays end on Mondays: without the calendar their mean comes out too long, on average by
    more than a quarter of a day, with it less than that.
    """
    known, naive = [], []
    for run in runs[:4]:
        everyday = {"kind": "continuous"}
        known.append(capsim.fit(run, scenario=service).estimates)
        naive.append(capsim.fit(run, scenario=service, calendar=everyday).estimates)

    def off(frames):
        means = [
            frame.set_index("path").loc["stages.guidance.gap.mean", "estimate"] for frame in frames
        ]
        return np.mean(means) - 25

    assert abs(off(known)) < 0.25
    assert off(naive) > 0.25


def test_a_fitted_scenario_carries_its_evidence(service, runs):
    """The estimates go into the scenario, with source, number of cases and interval beside them."""
    found = capsim.fit(runs[0], scenario=service, source="files of 2024")
    fitted = found.apply(service)
    about = fitted.evidence["stages.guidance.stay.mean"]

    assert fitted.stages["guidance"].stay.kind == found.overrides["stages.guidance.stay"]["law"]
    assert (about.source, about.certainty) == ("files of 2024", "derived")
    assert "still open" in about.note
    assert "interval" in about.note
    assert sum(fitted.stages["intake"].next.values()) == pytest.approx(1)
    assert "stages.guidance.stay.mean" in repr(found)
    assert "<table>" in found._repr_html_()


def small_log(**columns):
    log = {
        "case": ["a", "a", "b", "c"],
        "stage": ["intake", "guidance", "intake", "intake"],
        "joined": ["2025-01-06", "2025-01-10", "2025-01-07", "2025-01-09"],
        "started": ["2025-01-08", "2025-01-13", "2025-01-09", None],
        "ended": ["2025-01-10", None, "2025-01-10", None],
    }
    return pd.DataFrame({**log, **columns})


def test_dates_and_open_cases():
    """A log of dates with empty cells is read, its last stays open, its exits counted."""
    found = capsim.fit(small_log(), end="2025-02-01")
    rows = found.estimates.set_index("path")

    assert rows.loc["stages.intake.next.guidance", "estimate"] == 0.5
    assert rows.loc["stages.intake.next.completed", "n"] == 2
    # Three came in the 26 days from 6 January on.
    assert rows.loc["inflows.regular.rate.per_month", "estimate"] == pytest.approx(3 / 26 * 30.4375)


def test_every_mistake_of_a_log_is_named_at_once(service):
    """Unknown stages, contradicting times and unreadable cells come together, by row."""
    log = small_log(
        stage=["intake", "guidence", "intake", "intake"],
        ended=["2025-01-02", None, "soon", None],
    )
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.fit(log, scenario=service)
    text = str(caught.value)

    assert "3 mistakes in the log" in text
    assert "log.stage, row 1 = 'guidence'" in text
    assert "did you mean 'guidance'?" in text
    assert "log.ended, row 2 = 'soon'" in text
    assert "log.ended, row 0 = '2025-01-02': lies before 'joined'" in text


def test_missing_columns_are_named():
    """Without the columns that everything rests on nothing is guessed."""
    with pytest.raises(capsim.ScenarioError, match=r"log.joined: the column is missing"):
        capsim.fit(small_log().drop(columns=["joined", "ended"]))


def test_an_unknown_inflow_is_named():
    """A log with inflows is read for one of them, which must be there."""
    with pytest.raises(capsim.ScenarioError, match="did you mean 'regular'"):
        capsim.fit(small_log(inflow="regular"), inflow="regulr")


@pytest.mark.parametrize(
    ("log", "options", "message"),
    [
        (small_log().iloc[:0], {}, "has no rows"),
        (["a", "b"], {}, "must be a data frame"),
        (small_log(joined=[1, 2, 3, 4]), {}, "numbers of days, but started, ended has dates"),
        (small_log(joined=["06/01/2025"] * 4), {}, "'06/01/2025': is no date"),
        (small_log(case=["a", None, "b", "c"]), {}, "log.case, row 1 = .*must not be empty"),
        (small_log(outcome=["done", None, None, None]), {}, "is none of completed"),
        (small_log(hours=["one", 1, 1, 1]), {}, "log.hours, row 0 = 'one': is no number"),
        (small_log(hours=[-1.0, 1, 1, 1]), {}, "log.hours, row 0 = -1.0: work cannot be negative"),
        (pd.concat([small_log(), small_log().iloc[:1]]), {}, "in that stage twice"),
        (small_log(), {"end": "never"}, "is no date"),
        (small_log(), {"start": "2025-02-01", "end": "2025-01-01"}, "lies before the start"),
        (small_log(), {"start": "2024-01-01", "end": "2024-06-01"}, "lies before all stays"),
        (small_log(), {"calendar": {"kind": "offise"}}, "calendar.kind = 'offise'"),
        (small_log(office="xx"), {"scenario": "limburg"}, "is no office of the scenario"),
        (
            small_log(),
            {"visits": pd.DataFrame({"case": ["a"], "stage": ["intake"], "hours": ["x"]})},
            "visits.hours, row 0 = 'x': is no number",
        ),
        (small_log(), {"visits": pd.DataFrame({"case": ["a"]})}, "visits.stage: the column is"),
        (small_log(), {"cases": pd.DataFrame({"case": ["a"]})}, "cases.exit: the column is"),
    ],
)
def test_a_log_that_cannot_be_read_says_where(log, options, message):
    """Row, column, what stands there and what should: never a traceback out of another package."""
    with pytest.raises(capsim.ScenarioError, match=message):
        capsim.fit(log, **options)


def test_times_of_day_and_dates_may_be_mixed():
    """A morning and a bare date are both read, without a guess at what comes first in 3/4."""
    log = small_log(joined=["2025-01-06 09:30", "2025-01-10", "2025-01-07", "2025-01-09"])

    found = capsim.fit(log, end="2025-02-01")

    assert "2025-01-06 to 2025-02-01" in found.source


# -- what else a run tells ------------------------------------------------


OFFICES = {"genk": 0.5, "bree": 0.3, "as": 0.2}
OTHERS = {
    "stages.intake.work.0.mean": 2,
    "stages.intake.work.0.cv": 0.5,
    "stages.intake.work.1.mean": 1,
    "stages.intake.visits": 0.6 + 2 * 0.3 + 3 * 0.1,
    **{f"offices.{name}.share": share for name, share in OFFICES.items()},
}


@pytest.fixture(scope="module")
def province():
    """Three offices, one to three visits of which the first takes longer."""
    return capsim.Scenario(
        start="2024-01-01",
        horizon="1 year",
        teams={"desk": {"fte": 6}},
        stages={
            "intake": {
                "team": "desk",
                "visits": {"law": "empirical", "values": [1, 2, 3], "weights": [0.6, 0.3, 0.1]},
                "work": [
                    {"law": "lognormal", "mean": "2 h", "cv": 0.5},
                    {"law": "exponential", "mean": "1 h"},
                ],
                "gap": {"law": "gamma", "mean": "10 days", "cv": 0.5},
            },
        },
        inflows={"regular": {"rate": {"per_month": 40}}},
        offices={name: {"share": share} for name, share in OFFICES.items()},
    )


def test_offices_visits_and_their_own_work_are_found(province):
    """Of 70 intervals at 95 % as many hold the truth as should: false alarm 1e-6, and intervals
    that hold it only 55 % of the time are missed once in 1e4.
    """
    hits = tried = 0
    for replication in range(10):
        run = capsim.simulate(province, seed=11, replication=replication)
        found = capsim.fit(run, scenario=province)
        for path, value in OTHERS.items():
            hits += covered(found.estimates, path, value)
            tried += 1
        law = found.overrides["stages.intake.visits"]
        assert (law["law"], law["values"]) == ("empirical", [1, 2, 3])
        assert sum(found.overrides[f"offices.{name}.share"] for name in OFFICES) == pytest.approx(1)
        assert found.apply(province).stages["intake"].work[0].kind == "lognormal"

    assert_probability_equals(hits, tried, 0.95, detectable=0.4, miss=1e-4)


def test_a_saved_run_is_fitted_like_the_run(province, tmp_path):
    """Saving and loading changes no estimate, nor does going through CSV files."""
    run = capsim.simulate(province, seed=3)
    run.save(tmp_path / "run")
    for name in ("stays", "visits", "cases"):
        getattr(run, name).to_csv(tmp_path / f"{name}.csv", index=False)

    alone = capsim.fit(run, scenario=province)
    loaded = capsim.fit(capsim.load_run(tmp_path / "run"), scenario=province)
    by_file = capsim.fit(
        pd.read_csv(tmp_path / "stays.csv"),
        scenario=province,
        visits=pd.read_csv(tmp_path / "visits.csv"),
        cases=pd.read_csv(tmp_path / "cases.csv"),
    )

    pd.testing.assert_frame_equal(loaded.estimates, alone.estimates)
    pd.testing.assert_frame_equal(by_file.estimates, alone.estimates, rtol=1e-6)
    assert loaded.overrides == alone.overrides


# -- laws ---------------------------------------------------------------


def test_exponential_by_hand():
    """Ends over total time seen, the censored and those seen late included: 3 / (9 + 5 - 2)."""
    data = Durations.of(
        np.array([2.0, 3, 4, 5]), np.array([2.0, 3, 4, np.inf]), np.array([0, 0, 2.0, 0])
    )

    assert fit_law(data, laws=("exponential",)).mean == pytest.approx(12 / 3, rel=1e-4)


def test_durations_between_bounds():
    """Rounded to 0, 1, 2, ... days, an exponential mean of 3 days is found within its interval:
    the exact estimate is -1 / log(1 - 1 / (1 + mean of the whole days)).
    """
    days = np.floor(np.random.default_rng(5).exponential(3.0, size=400))
    data = Durations.of(days, days + 1, np.zeros(400))

    exact = 1 / np.log1p(1 / days.mean())
    assert fit_law(data, laws=("exponential",)).mean == pytest.approx(exact, rel=1e-4)


def test_a_wrong_law_looks_doubtful():
    """Goodness is below 1e-6 for two separate clusters, and the law that made the data passes at
    1e-3 (false alarm).
    """
    random = np.random.default_rng(1)
    clusters = np.concatenate([random.normal(10, 1, 200), random.normal(30, 1, 200)])
    good = random.gamma(4, 2.5, size=400)

    assert fit_law(Durations.known(clusters)).goodness < 1e-6
    assert fit_law(Durations.known(good), laws=("gamma",)).goodness > 1e-3


@pytest.mark.parametrize("law", ["gamma", "lognormal", "weibull"])
def test_aic_finds_the_law(law):
    """With 2000 durations of cv 0.5, a third of them censored, the law that made them is chosen."""
    variable = capsim.records.durations._MAKERS[law](
        np.array({"gamma": [1.4, 1.0], "lognormal": [2.0, -0.75], "weibull": [0.74, 2.4]}[law])
    )
    random = np.random.default_rng(3)
    lasted = variable.ppf(random.random(2000))
    limit = random.uniform(0, 3 * variable.mean, size=2000)
    data = Durations.of(
        np.minimum(lasted, limit), np.where(lasted < limit, lasted, np.inf), np.zeros(2000)
    )

    found = fit_law(data)
    assert found.law == law
    assert found.mean_lower < variable.mean < found.mean_upper


def test_equal_durations_are_fixed():
    """What always lasts the same is no law with a spread."""
    found = fit_law(Durations.known(np.full(20, 0.75)))

    assert (found.law, found.mean) == ("fixed", 0.75)


# -- rates ---------------------------------------------------------------


def test_season_and_growth_are_found():
    """Four years with a low July and 10 % growth: AIC keeps both, the intervals hold the truth."""
    import datetime

    random = np.random.default_rng(2)
    start = datetime.date(2021, 1, 1)
    days = np.arange(1461)
    months = np.array([(start + datetime.timedelta(days=int(day))).month for day in days])
    rate = 2.0 * np.where(months == 7, 0.5, 1.0) * 1.1 ** (days / 365.25)
    arrivals = np.repeat(days, random.poisson(rate)).astype(float)
    found = fit_rate(arrivals, 0, 1461, day_0=start)

    assert found.season[6, 1] < 0.5 / (11.5 / 12) < found.season[6, 2]
    assert found.growth[1] < 0.1 < found.growth[2]
    assert found.rate[1] < 2 * 30.4375 * 11.5 / 12 < found.rate[2]


def test_one_year_has_no_season():
    """In a year season and growth look alike, so neither is told."""
    found = fit_rate(np.arange(0, 365, 0.5), 0, 365, day_0=None)

    assert found.season is None
    assert found.growth is None


@pytest.fixture(scope="module")
def uneven(service):
    """Pairs that come on weekdays only, twice as many on Monday, in weeks that vary."""
    inflow = {
        "rate": {"per_week": 30},
        "weekdays": [2, 1, 1, 1, 1, 0, 0],
        "together": 2,
        "dispersion": 2.5,
    }
    scenario = service.with_({"inflows.regular": inflow, "teams.desk.fte": 12})
    return scenario, capsim.simulate(scenario, seed=4, engine="simpy")


def test_how_people_come_is_found(uneven):
    """Groups exactly, Monday's factor and the dispersion of weeks within their intervals."""
    scenario, run = uneven
    found = capsim.fit(run, scenario=scenario)
    assert found.overrides["inflows.regular.together"] == 2
    factors = found.overrides["inflows.regular.weekdays"]
    assert factors[5:] == [0.0, 0.0]
    assert covered(found.estimates, "inflows.regular.weekdays.0", 2 * 7 / 6)
    assert covered(found.estimates, "inflows.regular.weekdays.2", 7 / 6)
    assert covered(found.estimates, "inflows.regular.dispersion", 2.5)
    fitted = found.apply(scenario)
    assert fitted.inflows["regular"].weekdays == tuple(factors)
    assert "inflows.regular.weekdays.0" in fitted.evidence


def test_even_arrivals_have_no_pattern(uneven, service, runs):
    """Weekends that wait for Monday are none; what the scenario said of patterns is taken away.

    Each of ten histories is called uneven by chance with probability 0.001 for each of the two.
    """
    scenario, _ = uneven
    for run in runs:
        plain = capsim.fit(run, scenario=service).overrides
        assert not [path for path in plain if path.split(".")[2] in PATTERNS]
    again = capsim.fit(runs[0], scenario=scenario).overrides
    assert [again[f"inflows.regular.{name}"] for name in PATTERNS] == [None, None, 1.0]


PATTERNS = ("weekdays", "together", "dispersion")


def test_a_log_of_dates_has_weekdays_but_no_groups(uneven):
    """Who is told on Monday came on Monday; that two came at once cannot be seen."""
    scenario, run = uneven
    stays = run.with_dates().stays
    days = stays.assign(
        **{name: stays[name].dt.normalize() for name in ("joined", "started", "ended")}
    )
    days = days[["case", "stage", "joined", "started", "ended", "outcome"]]
    found = capsim.fit(days, scenario=scenario, start="2024-01-01", end="2025-07-01")
    assert found.overrides["inflows.regular.weekdays"][0] == pytest.approx(2 * 7 / 6, rel=0.15)
    assert "inflows.regular.together" not in found.overrides


def test_heavy_cases_are_found_and_the_rest_is_left_to_visits(service):
    """A burden with a cv of 0.6 and visits with one of 0.4: both within their intervals.

    Without the burden the hours of a visit have a cv of sqrt(1.36 x 1.16 - 1) = 0.76.
    """
    heavy = service.with_(
        {
            "inflows.regular.burden": {"law": "gamma", "cv": 0.6},
            "stages.guidance.work": {"law": "gamma", "mean": "1 h", "cv": 0.4},
        }
    )
    run = capsim.simulate(heavy, seed=2, engine="simpy")
    found = capsim.fit(run, scenario=heavy)
    assert covered(found.estimates, "inflows.regular.burden.cv", 0.6)
    row = found.estimates.set_index("path").loc["stages.guidance.work.cv"]
    assert row["estimate"] == pytest.approx(0.4, abs=0.06)
    fitted = found.apply(heavy)
    assert fitted.inflows["regular"].burden.cv == pytest.approx(0.6, abs=0.12)
    assert fitted.stages["guidance"].work.cv == pytest.approx(row["estimate"], rel=1e-4)


def test_visits_of_unlike_hours_need_no_burden(service, runs):
    """Visits that vary by themselves have nothing in common, in ten histories at 0.001 each."""
    for run in runs:
        assert "inflows.regular.burden" not in capsim.fit(run, scenario=service).overrides


def test_groups_at_coarse_instants_are_chance():
    """Forty people a day at the full minute share some minutes; pairs at random instants do not."""
    random = np.random.default_rng(3)
    minutes = random.integers(0, 480, 400) / 1440 + np.repeat(np.arange(10.0), 40)
    everyone = np.ones(400, dtype=bool)
    assert groups_of(everyone, minutes, None).tolist() == [1] * 400
    pairs = np.repeat(np.sort(random.uniform(0, 10, 200)), 2)
    assert set(groups_of(everyone, pairs, None).tolist()) == {2}
    assert set(groups_of(everyone, pairs, ["a", "b"] * 200).tolist()) == {1}


def test_a_duration_that_weekends_blur_is_still_fixed():
    """Known to a day or two each, but one length explains all of them; two lengths do not."""
    from capsim.records.durations import Durations, fit_law

    lower = np.array([29.0, 30.0, 28.5, 29.9])
    upper = np.array([31.0, 30.1, 30.5, 32.0])
    fitted = fit_law(Durations.of(lower, upper, np.zeros(4)), laws=("gamma",))
    assert fitted.law == "fixed"
    assert fitted.mean == pytest.approx(30.05)
    later = np.array([0.0, 0.0, 5.0, 0.0])
    apart = fit_law(Durations.of(lower + later, upper + later, np.zeros(4)), laws=("gamma",))
    assert apart.law == "gamma"


def test_missed_visits_and_a_partners_are_told_apart(service):
    """Shares are those of the table of visits; work and numbers are of the visits that count."""
    scenario = service.with_(
        {
            "stages.guidance.no_show": {"share": 0.25, "costs": "30 min"},
            "stages.guidance.partner": 0.3,
            "stages.guidance.visits": 3,
            "stages.guidance.stay": None,
        }
    )
    run = capsim.simulate(scenario, seed=3, engine="simpy")
    found = capsim.fit(run, scenario=scenario)
    number = run.visits.query("stage == 'guidance'")["outcome"].value_counts()
    attended = number["held"] + number["no_show"]
    shares = found.overrides
    assert shares["stages.guidance.partner"] == number["partner"] / (attended + number["partner"])
    assert shares["stages.guidance.no_show"] == {
        "share": number["no_show"] / attended,
        "costs": "0.5 h",
    }
    assert shares["stages.guidance.work"] == "1 h"
    assert shares["stages.guidance.visits"] == 3
    fitted = found.apply(scenario)
    assert fitted.stages["guidance"].no_show.share == number["no_show"] / attended
    assert "stages.guidance.no_show.share" in fitted.evidence


def test_visits_without_a_number_belong_to_the_stay_of_their_time():
    """Ten cases come back after 200 days: each stay has two visits, nine days apart, none 200.

    The same log with the number of the stay gives the same estimates.
    """
    stays, visits = [], []
    for case in range(10):
        for nth, joined in ((1, case), (2, case + 200)):
            ended = joined + 10
            stays.append({"case": f"c{case}", "stage": "talk", "nth": nth, "joined": joined})
            stays[-1].update(started=joined + 1, served=ended, ended=ended)
            for due in (joined + 1, ended):
                visits.append({"case": f"c{case}", "stage": "talk", "nth": nth, "due": due})
                visits[-1].update(ended=due, hours=1.0 + case / 10)
    log, own = pd.DataFrame(stays), pd.DataFrame(visits)

    def bare(frame):
        return frame.drop(columns="nth").sample(frac=1.0, random_state=1)

    found = capsim.fit(bare(log), visits=bare(own), end=400)

    rows = found.estimates.set_index("path")
    assert rows.loc["stages.talk.gap.mean", "estimate"] == pytest.approx(9)
    assert rows.loc["stages.talk.visits", ["estimate", "n"]].tolist() == [2, 20]
    numbered = capsim.fit(log, visits=own, end=400).estimates
    pd.testing.assert_frame_equal(found.estimates, numbered)
