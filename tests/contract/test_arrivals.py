"""Rules 32 to 36: who comes, when, and to which office."""

import numpy as np

import capsim
from capsim.draws import deal
from capsim.plan import compile_plan
from contract.timetable import at, office, rows

STAGE = {"s": {"stay": "1 day"}}


def simulated(inflow, engine, **others):
    """The run of one inflow "a" through a delay of a day."""
    return capsim.simulate(office(STAGE, {"a": inflow}, **others), seed=3, engine=engine)


def test_exact_counts_come_within_their_period_on_their_weekdays(engine):
    """Seven in the first week, all on Tuesday; five on Friday the 16th; none of a week before."""
    weeks = {"2026-W01": 9, "2026-W02": 7}
    run = simulated(
        {"counts": weeks, "counts_exact": True, "weekdays": [0, 1, 0, 0, 0, 0, 0]}, engine
    )
    assert len(run.cases) == 7
    assert run.cases.applied.between(1, 2, inclusive="left").all()
    run = simulated({"counts": {"2026-01-16": 5}, "counts_exact": True}, engine)
    assert len(run.cases) == 5
    assert run.cases.applied.between(11, 12, inclusive="left").all()


def test_a_period_that_the_run_cuts_keeps_its_even_share(engine):
    """Of 300 in January the start on the 5th leaves 27 / 31; 5 standard errors of each kind."""
    n, share = 300, 27 / 31
    for exact, sd in ((True, np.sqrt(n * share * (1 - share))), (False, np.sqrt(n * share))):
        inflow = {"counts": {"2026-01": n}, "counts_exact": exact}
        run = simulated(inflow, engine, horizon="5 weeks")
        assert abs(len(run.cases) - n * share) < 5 * sd
        assert run.cases.applied.max() < 27


def test_counts_of_an_office_go_there_and_the_others_by_share(engine):
    """Genk has four of its own, and none of the nine that are dealt by a share of 0."""
    run = simulated(
        {
            "counts": {"when": ["2026-01", "2026-01"], "count": [4, 9], "office": ["genk", None]},
            "counts_exact": True,
        },
        engine,
        start="2026-01-01",
        horizon="31 days",
        offices={"genk": {"share": 0.5, "shares": {"a": 0}}, "as": {"share": 0.5}},
        teams={"t": {"fte": 2}},
    )
    source = run.cases.case.str.rsplit("/", n=1).str[0]
    assert set(zip(source, run.cases.office, strict=True)) == {
        ("a/counts/genk/2026-01", "genk"),
        ("a/counts/2026-01", "as"),
    }
    assert source.value_counts().tolist() == [9, 4]


def test_a_dated_step_holds_from_its_opening(engine):
    """Nobody before Monday the 19th, sixty a day from it; a step before the start is over."""
    steps = [["2025-01-01", 50], ["2026-01-01", 0], ["2026-01-19", 60]]
    run = simulated({"rate": {"unit": "per_day", "steps": steps}}, engine, horizon="16 days")
    assert 14 <= run.cases.applied.min() < 14.5
    assert abs(len(run.cases) - 120) < 5 * np.sqrt(120)


def test_weeks_that_vary_do_so_from_monday_on():
    """Fifty weeks of 20 with variance over mean 20: far more than chance, and alike within a week.

    The variance over mean of weeks is at most 3 for Poisson numbers (5 standard errors are 1), and
    at least 6 here; that of weeks counted from Thursday is smaller.
    """
    scenario = office(
        STAGE, {"a": {"rate": {"per_week": 20}, "dispersion": 20}}, horizon="50 weeks"
    )
    applied = deal(compile_plan(scenario), 2).applied / (8 * 3600)
    spread = {}
    for first in (0, 3):
        weeks = np.histogram(applied, np.arange(first, 350, 7))[0]
        spread[first] = weeks.var() / weeks.mean()
    assert spread[0] > 6
    assert spread[3] < spread[0]


def test_people_of_a_group_come_at_one_instant_to_one_office(engine):
    """Groups of three: indices 0, 1, 2 share instant and office, then 3, 4, 5."""
    run = simulated(
        {"rate": {"per_day": 3}, "together": 3},
        engine,
        offices={"genk": {"share": 0.5}, "as": {"share": 0.5}},
        teams={"t": {"fte": 2}},
    )
    index = run.cases.case.str.rsplit("/", n=1).str[1].astype(int)
    assert sorted(index) == list(range(len(index)))
    groups = run.cases.groupby(index // 3)
    assert len(groups) > 10
    assert (groups.applied.nunique() == 1).all()
    assert (groups.office.nunique() == 1).all()
    assert (groups.size() == 3).all()
    assert run.cases.office.nunique() == 2


def test_a_wave_has_take_up_and_lag_of_its_own(engine):
    """Two waves of Monday the 19th: all come after a day, and nobody though the inflow says all."""
    wave = {"date": "2026-01-19", "people": 4}
    run = simulated(
        {
            "lag": "3 days",
            "waves": {"now": {**wave, "lag": "1 day"}, "never": {**wave, "take_up": 0}},
        },
        engine,
    )
    assert rows(run.cases, "case applied") == [(f"a/now/{i}", 15.0) for i in range(4)]


def test_a_lag_counts_from_ahead_of_the_date_but_not_from_before_the_start(engine):
    """Lag 10 days: a wave of day 21 a week ahead comes on day 24; one of day 7, on day 10.

    A month before the 2nd of February lies before the start.
    """
    run = simulated(
        {
            "lag": "10 days",
            "waves": {
                "a": {"date": "2026-01-26", "people": 1, "ahead": "1 week"},
                "b": {"date": "2026-01-12", "people": 1, "ahead": "8 weeks"},
                "c": {"date": "2026-02-02", "people": 1, "ahead": "1 month"},
            },
        },
        engine,
    )
    assert rows(run.cases, "case applied") == [
        ("a/b/0", at(10)),
        ("a/c/0", at(10)),
        ("a/a/0", at(24)),
    ]


def test_shares_of_an_inflow_hold_for_initial_cases_and_traces_too(engine):
    """As has all of inflow a, and by its own share none of b; a row with an office stays there."""
    run = capsim.simulate(
        office(
            STAGE,
            {"a": {"trace": {"when": [0.0, 1.0], "office": [None, "genk"]}}, "b": [0, 0, 0]},
            offices={"genk": {"share": 1}, "as": {"share": 0, "shares": {"a": 1}}},
            teams={"t": {"fte": 2}},
            initial={"s": {"cases": 5, "inflow": "a"}},
        ),
        seed=1,
        engine=engine,
    )
    counted = run.cases.groupby("inflow", observed=True).office.value_counts()
    assert counted["a"].to_dict() == {"as": 6, "genk": 1}
    assert counted["b"].to_dict() == {"genk": 3}
