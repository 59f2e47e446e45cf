"""The stories of policy that are not a case: equal paths, and what has no exact figure."""

import datetime

import numpy as np
import pytest

import capsim
from capsim import theory
from capsim.engines import compiled
from capsim.plan import compile_plan
from capsim.scenario import Scenario
from figures import oracle
from statistical import assert_mean_equals
from verification import over_time
from verification.case import changed
from verification.look import looks
from verification.phenomena import (
    BEFORE,
    CLIFF,
    LATE,
    START,
    caseload_wave,
    cliff,
    hiring,
    late_exactly,
    two_deadlines,
)


def announced(notice: float, lead: float):
    """The wave of `hiring`, with a decision `notice` days before it and `lead` days to hire."""
    decided = START + datetime.timedelta(days=BEFORE - notice)
    change = {"decided": decided.isoformat(), "lead": f"{lead} days", "add": 8}
    return Scenario(**changed(hiring(0), {"teams.desk.changes.more": change}))


def measured(scenario, n=3):
    return compiled.measure(compile_plan(scenario), 7, 0, n)


def is_same(measures, others):
    """Whether every measure is equal; one that nobody has a value for is so in both."""
    assert np.isfinite(measures).any(axis=1).all()
    return np.array_equal(measures, others, equal_nan=True)


@pytest.mark.parametrize("more", [1, 17, 90])
def test_notice_and_lead_that_grow_together_give_the_same_path(more):
    """Decided `more` days earlier with a lead `more` days longer: every measure is equal."""
    first = measured(announced(60, 90))
    assert is_same(measured(announced(60 + more, 90 + more)), first)
    # And what theory calls D = 30 is the same path again.
    assert is_same(measured(Scenario(**hiring(30))), first)


def test_a_day_more_of_notice_alone_changes_the_path():
    """The equality above is no accident: one day of D makes another path."""
    assert not is_same(measured(announced(61, 90)), measured(announced(60, 90)))


def test_the_cliff_is_that_of_theory():
    """P(wait > 30 d) of 20 workers rises from one in millions to a fifth within 9 % of load."""
    for load, exact in CLIFF.items():
        line = theory.erlang_c(5 * load, 0.25, 20)
        assert line.wait_exceeds(30) == pytest.approx(exact, rel=0.05)


def test_late_is_who_waits_longer_than_the_deadline():
    """`late_share` of a deadline in hours until the start counts the waits beyond it."""
    scenario = Scenario(**cliff(0.96, length=10))
    for look in looks(scenario, seed=2, first=0, count=3, unit=1.0):
        waits = look.waits("desk")
        assert look["late_share[desk]"] == pytest.approx((waits > 30 * 86_400).mean(), abs=1e-12)


def test_pooling_needs_a_third_fewer_workers():
    """Fewest workers with P(wait > 30 d) below 1 %: 4 in each of 38 offices, 100 in one pool."""
    exact = oracle("z_phenomena")["pooling"]["staff_for_P_wait30_lt_1pct"]

    def fewest(arrivals):
        workers = int(arrivals / 0.25) + 1
        while theory.erlang_c(arrivals, 0.25, workers).wait_exceeds(30) >= 0.01:
            workers += 1
        return workers

    assert 38 * fewest(0.65) == exact["total_38_separate"]
    assert fewest(0.65 * 38) == exact["pooled"]


@pytest.mark.thorough
@pytest.mark.parametrize("duration", LATE)
def test_late_arrivals_are_the_integral(duration):
    """The figures of the cases; the oracle's are lower, by less the slower the wave is."""
    (row,) = (
        row
        for row in oracle("z_phenomena")["abrupt_vs_phased"]["rows"]
        if row["duration"] == duration
    )
    assert late_exactly(duration) == pytest.approx(LATE[duration], rel=1e-6)
    lower = 1 - row["late30_arrivals_0_720"] / LATE[duration]
    assert 0 < lower < 0.055
    assert lower < 0.02 or duration <= 10


def shares(load, discipline, n=24):
    """Share of late starts in each replication."""
    scenario = Scenario(**two_deadlines(load, discipline))
    found = looks(scenario, seed=3, first=0, count=n, unit=1.0, detail="measures")
    return np.array([look["late_share[desk]"] for look in found])


def test_earliest_deadline_first_helps_until_there_is_too_much(record_property):
    """Below capacity it saves most of the late starts; above it everybody is just late.

    On the same luck; each difference is beyond 7 standard errors of chance.
    """
    rows = []
    for load, is_better in ((0.90, True), (0.96, True), (1.10, False)):
        by_joining, by_deadline = shares(load, "fifo"), shares(load, "deadline")
        saved = by_joining - by_deadline
        error = saved.std(ddof=1) / len(saved) ** 0.5
        assert (saved.mean() > 7 * error) == is_better
        if not is_better:
            assert saved.mean() < 0
        rows.append([f"{load:.2f}", float(by_joining.mean()), float(by_deadline.mean())])
    record_property("story", {"name": "deadline", "rows": rows})


DAYS = [30, 60, 90, 120, 180, 240, 360, 540, 720]


def caseloads(n=200, **settings):
    """(n, days) open cases, those on the list included."""
    scenario = Scenario(**caseload_wave(**settings))
    return np.array(
        [
            look.number("guidance", DAYS)
            for look in looks(scenario, seed=1, first=0, count=n, unit=1)
        ]
    )


def test_a_limit_prevents_collapse(record_property):
    """Without it the caseload stays high in about half of the runs, with it in none.

    The model of the oracle closes by the caseload of the team; the means of capsim stay within a
    tenth of it up to day 240 and within 15 % later, though the rules differ.
    """
    exact = {
        (row["beta"], row["K"]): row["mean_total"]
        for row in oracle("m_caseload_feedback")["transient"]
        if row["wave"] == 1.0
    }
    known = [exact[0.0, 900], exact[2.0, 900], exact[2.0, 110]]
    simulated = [
        caseloads(limit=None, weakens=False),
        caseloads(limit=None, weakens=True),
        caseloads(limit=22, weakens=True),
    ]
    free, unlimited, limited = simulated
    rows = []
    for place, day in enumerate(DAYS):
        row = [float(day)]
        for path, runs in zip(known, simulated, strict=True):
            mean = float(runs[:, place].mean())
            row += [float(path[place]), mean]
            assert mean == pytest.approx(path[place], rel=0.12 if day <= 240 else 0.2)
        rows.append(row)
    high = unlimited[:, -1] > 150
    # About 0.45; 200 runs put it between 0.25 and 0.65 but once in a million.
    assert 0.25 < high.mean() < 0.65
    assert (limited[:, -1] > 150).sum() == 0
    assert free[:, -1].mean() < 85
    record_property(
        "story",
        {
            "name": "collapse",
            "rows": rows,
            "without": float(high.mean()),
            "with": float((limited[:, -1] > 150).mean()),
        },
    )


def test_the_wave_peaks_later_downstream():
    """Intake has its most cases on day 90 and guidance on day 135, a quarter above normal.

    The simulated fall of intake and rise of guidance between the two are those of theory; a model
    in which guidance peaks with intake would be off by more than what is found (10 cases).
    """
    (case,) = (case for case in over_time.cases() if case.name == "downstream wave")
    intake, guidance = (curve.exact() for curve in case.curves)
    times = case.curves[0].times
    assert times[intake.argmax()] == 90
    assert times[guidance.argmax()] == 135
    assert guidance.max() > 1.25 * guidance[0]
    at = {t: int(np.flatnonzero(times == t)[0]) for t in (90.0, 135.0, 150.0, 270.0)}
    assert intake[at[150.0]] < 1.2 * intake[0]
    assert guidance[at[270.0]] > 1.1 * guidance[0]
    found = looks(case.scenario, seed=5, first=0, count=200, unit=1.0)
    change = np.array(
        [
            [np.diff(look.number(stage, [90, 135]))[0] for stage in ("intake", "guidance")]
            for look in found
        ]
    )
    for column, path in enumerate((intake, guidance)):
        exact = path[at[135.0]] - path[at[90.0]]
        assert_mean_equals(change[:, column], exact, detectable=10.0, false_alarm=1e-6)
    assert change[:, 0].mean() < -10
    assert change[:, 1].mean() > 10


def test_variants_differ_in_what_they_change_only():
    """Phased and abrupt waves of the same people: the totals of the runs are equal."""
    start = START.isoformat()
    tables = {
        "start": start,
        "horizon": "400 days",
        "calendar": {"kind": "continuous"},
        "teams": {"desk": {"fte": 2}},
        "stages": {"desk": {"team": "desk", "work": {"law": "exponential", "mean": "5 h"}}},
        "inflows": {"reform": {"waves": {"all-at-once": {"date": start, "people": 150}}}},
    }
    abrupt = capsim.simulate(Scenario(**tables), seed=1)
    phased = capsim.simulate(
        Scenario(**changed(tables, {"inflows.reform.waves.all-at-once.over": "120 days"})), seed=1
    )
    # The same people with the same work: only their instants differ.
    assert (abrupt.visits["hours"].to_numpy() == phased.visits["hours"].to_numpy()).all()
    waits = [(run.stays["started"] - run.stays["joined"]).max() for run in (abrupt, phased)]
    assert waits[0] > 2 * waits[1]
