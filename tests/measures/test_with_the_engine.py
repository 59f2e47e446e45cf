"""Measures and tables of simulated runs against what the engine counted on its way."""

import functools

import numpy as np
import pytest

from capsim.draws import deal
from capsim.engines import reference
from capsim.kernels.codes import NONE
from capsim.measures.presence import Hours, presence
from capsim.plan import compile_plan
from capsim.runs import Run
from capsim.scenario import Scenario

SCENARIO = {
    "name": "busy",
    "start": "2026-01-01",
    "horizon": "200 days",
    "teams": {
        "front": {"fte": 2, "client_share": 0.76},
        "guides": {
            "fte": 3,
            "caseload_limit": 30,
            "turnover": {"per_year": 1, "vacancy": "20 days"},
            "onboarding": {"length": "30 days", "rate": 0.5},
            "absence": {"sickness": {"spells_per_year": 4, "length": "15 days"}},
            "handover_after": "10 days",
            "changes": {"cut": {"at": "2026-05-01", "add": -0.5}},
        },
    },
    "stages": {
        "intake": {"team": "front", "work": "3 h", "patience": "20 days", "room": 60},
        "investigation": {
            "team": "front",
            "visits": 2,
            "work": "2 h",
            "gap": "10 days",
            "decision": {"every": "14 days", "first": "2026-01-06"},
            "deadline": {"within": "30 days", "from": "intake", "until": "end"},
            "next": {"guidance": 0.8, "refused": 0.2},
        },
        "guidance": {
            "team": "guides",
            "caseworker": True,
            "stay": {"law": "gamma", "mean": "100 days", "cv": 0.9},
            "work": "1 h",
            "gap": "14 days",
            "next": {"closed": 0.5, "away": 0.5},
        },
        "away": {"stay": "30 days", "next": {"intake": 1.0}},
    },
    "inflows": {
        "regular": {"rate": {"per_month": 30}},
        "reform": {"waves": {"march": {"date": "2026-03-01", "people": 80}}, "case_weight": 2},
    },
    "offices": {"genk": {"share": 0.6}, "bree": {"share": 0.4}},
    "initial": {"guidance": {"cases": 60, "inflow": "regular"}, "intake": {"cases": 5}},
}


@functools.cache
def busy_run() -> Run:
    """One run with hand-overs, absences, a wave, returns and two offices."""
    plan = compile_plan(Scenario.model_validate(SCENARIO))
    return Run(log=reference.run(plan, deal(plan, 5, 0)), provenance={"seed": 5})


def value(measure, of, office="all", inflow="all"):
    """One measure of the busy run."""
    frame = busy_run().measures()
    row = frame[(frame["measure"] == measure) & (frame["of"] == of) & (frame["office"] == office)]
    row = row[row["inflow"] == inflow]
    return float(row["value"].iloc[0])


def mean_of_series(measure, of, office="all"):
    """Average of a daily series."""
    frame = busy_run().series("1 day")
    rows = frame[(frame["measure"] == measure) & (frame["of"] == of) & (frame["office"] == office)]
    return float(rows["value"].mean())


def test_the_scenario_has_what_these_tests_are_about():
    """Hand-overs, leavers, people turned away or gone, returns: else nothing is tested."""
    log = busy_run().log
    assert len(log.place_case) > len(np.unique(log.place_case)) + 10
    assert (log.luck.worker_left < log.plan.time.n_days * log.plan.time.day_ticks).sum() > 1
    assert (log.stay_nth > 1).any()
    outcomes = set(busy_run().stays["outcome"])
    assert outcomes >= {"completed", "left", "open"}


def test_hours_from_tables_equal_those_the_engine_counted():
    """Worked and idle seconds of every worker, to the last milliard-th."""
    log = busy_run().log
    plan, luck = log.plan, log.luck
    hours = Hours.of(
        presence(luck, plan.copies.share, plan.time.horizon),
        len(luck.worker_copy),
        (log.visit_worker, log.visit_begin, log.visit_end, log.visit_work),
        plan.time.horizon,
    )
    np.testing.assert_array_equal(hours.worked(plan.time.horizon), log.worker_worked)
    np.testing.assert_array_equal(hours.idle(plan.time.horizon), log.worker_idle)


def test_places_add_up_to_the_caseloads_the_engine_counted():
    """Case days of every worker, and the most cases at once."""
    log = busy_run().log
    end = log.plan.time.n_days * log.plan.time.day_ticks
    until = np.where(log.place_until == NONE, end, log.place_until)
    held = np.zeros(len(log.luck.worker_copy), np.int64)
    np.add.at(held, log.place_worker, until - log.place_from)
    np.testing.assert_array_equal(held, log.worker_caseload)
    peak = value("caseload_peak", "guides")
    assert 0 < peak <= log.worker_caseload_max.max()


@pytest.mark.parametrize("of", ["intake", "investigation", "guidance"])
@pytest.mark.parametrize("office", ["genk", "bree", "all"])
def test_a_daily_series_averages_to_the_measure(of, office):
    """Queues and numbers in a stage, without warm-up."""
    assert mean_of_series("waiting", of, office) == pytest.approx(value("queue_mean", of, office))
    assert mean_of_series("open", of, office) == pytest.approx(value("in_stage_mean", of, office))


def test_offices_and_inflows_add_up_to_all():
    """Queues, arrivals and the numbers in a stage are sums of their parts."""
    for measure in ("queue_mean", "in_stage_mean", "arrivals", "completed"):
        for of in ("intake", "guidance"):
            parts = value(measure, of, "genk") + value(measure, of, "bree")
            assert parts == pytest.approx(value(measure, of))
            parts = value(measure, of, inflow="regular") + value(measure, of, inflow="reform")
            assert parts == pytest.approx(value(measure, of))


def test_littles_law_holds_between_measures():
    """Without initial cases or follow-up: time in the queue over the window = waits accumulated."""
    for of in ("investigation", "away"):
        number = len(busy_run().stays.query("stage == @of"))
        measure = "stay_mean"
        assert value("in_stage_mean", of) * 200 == pytest.approx(value(measure, of) * number)
    number = len(busy_run().stays.query("stage == 'investigation'"))
    assert value("queue_mean", "investigation") * 200 == pytest.approx(
        value("wait_mean", "investigation") * number
    )


def test_frames_give_the_same_numbers_to_someone_who_computes_them():
    """A researcher's own mean wait, late share and caseload from the frames."""
    run = busy_run()
    stays = run.stays[run.stays["stage"] == "investigation"]
    wait = stays["started"].fillna(stays["ended"]).fillna(200.0) - stays["joined"]
    assert wait.mean() == pytest.approx(value("wait_mean", "investigation"))
    late = stays["late"][stays["due"] <= 200].dropna()
    assert float(late.mean()) == pytest.approx(value("late_share", "investigation"))
    employed = run.workers[run.workers["team"] == "guides"]
    days = employed["left"].fillna(200.0) - employed["hired"]
    caseload = (employed["caseload_mean"] * days).sum() / days.sum()
    assert caseload == pytest.approx(value("caseload_per_worker", "guides"))
    hours = employed[["hours_worked", "hours_available"]].sum()
    ratio = hours["hours_worked"] / hours["hours_available"]
    assert ratio == pytest.approx(value("utilization", "guides"))


def test_the_unassigned_and_the_assigned_are_those_open():
    """In guidance: open = assigned + unassigned, day by day, hand-overs included."""
    frame = busy_run().series("1 day")
    frame = frame[(frame["office"] == "all")]

    def daily(of, measure):
        rows = frame[(frame["of"] == of) & (frame["measure"] == measure)]
        return rows["value"].to_numpy()

    log = busy_run().log
    end = log.plan.time.n_days * log.plan.time.day_ticks
    until = np.where(log.place_until == NONE, end, log.place_until)
    assigned = (until - log.place_from).sum() / end
    unassigned = daily("guidance", "unassigned")
    assert (unassigned > -1e-9).all()
    assert unassigned.mean() + assigned == pytest.approx(daily("guidance", "open").mean())
    np.testing.assert_allclose(unassigned, daily("guides", "unassigned"), atol=1e-9)
