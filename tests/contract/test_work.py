"""Rules of the work: burdens of cases, appointments that are missed, contacts of partners."""

import capsim
from capsim.draws import Draws, deal
from capsim.plan import compile_plan
from contract.timetable import at, office, rows


def test_heavy_cases_are_heavy_in_every_visit_and_stage(engine):
    """A factor on all drawn work of a case; recorded work stays as it was recorded.

    One worker. Under this seed the first case has burden 0.5 and the second one 2. The work of the
    first is 1 h for each of two visits and 0.5 h after them. The second has a recorded hour
    for each visit of `talks`, and twice the hour of `report`.
    """
    scenario = office(
        {
            "talks": {"team": "t", "work": "2 h", "visits": 2},
            "report": {"team": "t", "work": "1 h"},
        },
        {
            "a": {
                "trace": {"when": [0, 1], "work": {"talks": [None, 1.0]}},
                "burden": {"law": "empirical", "values": [0.5, 2.0], "weights": [2, 1]},
            }
        },
    )
    plan = compile_plan(scenario)
    seed = next(
        seed for seed in range(100) if deal(plan, seed, 0).burden.tolist() == [500_000, 2_000_000]
    )
    run = capsim.simulate(scenario, seed=seed, engine=engine)
    assert rows(run.visits, "case stage started ended hours") == [
        ("a 0", "talks", at(0, 0), at(0, 1), 1.0),
        ("a 0", "talks", at(0, 1), at(0, 2), 1.0),
        ("a 0", "report", at(0, 2), at(0, 2.5), 0.5),
        ("a 1", "talks", at(1, 0), at(1, 1), 1.0),
        ("a 1", "talks", at(1, 1), at(1, 2), 1.0),
        ("a 1", "report", at(1, 2), at(1, 4), 2.0),
    ]


def test_burdens_have_the_moments_of_their_law():
    """Mean and spread over 20,000 cases; a correct law fails once in a million (5 errors)."""
    scenario = office(
        {"s": {"team": "t", "work": "1 h"}},
        {"a": {"rate": {"per_day": 800}, "burden": {"law": "gamma", "cv": 0.6}}, "b": [0, 1]},
    )
    luck = deal(compile_plan(scenario), 3, 0)
    heavy = luck.burden[luck.inflow == 0] / 1e6
    n = len(heavy)
    assert n > 20_000
    assert abs(heavy.mean() - 1) < 5 * 0.6 / n**0.5
    fourth = 0.36**2 * (3 + 6 * 0.36)  # central moment of a gamma law: kurtosis 3 + 6 cv^2
    assert abs(heavy.var() - 0.36) < 5 * ((fourth - 0.36**2) / n) ** 0.5
    assert set(luck.burden[luck.inflow == 1]) == {1_000_000}


def test_burden_of_a_case_does_not_depend_on_the_other_cases():
    """The draw is keyed by the case: more applications leave those of before as they were."""
    content = {"rate": {"per_day": 1}, "burden": {"law": "exponential"}}
    few = office({"s": {"team": "t", "work": "1 h"}}, {"a": content})
    more = few.with_({"inflows.b": {"rate": {"per_day": 5}}})
    lucks = [deal(compile_plan(scenario), 3, 0) for scenario in (few, more)]
    own = lucks[1].burden[lucks[1].inflow == 0]
    assert len(own) > 10
    assert own.tolist() == lucks[0].burden.tolist()
    work = [Draws(compile_plan(few), lucks[0]).work(case, 0, 1, 1, 0) for case in range(5)]
    assert work == [(3600 * int(one) + 500_000) // 1_000_000 for one in lucks[0].burden[:5]]


def _seed(scenario, kinds):
    """A seed under which the visits of the first cases are of these kinds (rows: cases)."""
    plan = compile_plan(scenario)
    for seed in range(10_000):
        draws = Draws(plan, deal(plan, seed, 0))
        found = [
            "".join("hnp"[draws.kind_of_visit(case, 0, 1, visit + 1)] for visit in range(len(row)))
            for case, row in enumerate(kinds)
        ]
        if found == list(kinds):
            return seed
    raise AssertionError(f"no seed gives {kinds}")


VISITS = "case visit started ended hours outcome"


def test_a_missed_visit_costs_time_and_falls_due_after_the_gap(engine):
    """Rule 37: two visits are needed, the first appointment is missed, and costs half an hour.

    One worker. Case 0 misses its appointment at 0 and has its visits one and two days after the
    end of the last one: the first law of work is that of the first held visit. Case 1 waits for
    half an hour only. The wait of case 0 lasts until its first held visit.
    """
    scenario = office(
        {
            "s": {
                "team": "t",
                "work": ["2 h", "1 h"],
                "visits": 2,
                "gap": "1 day",
                "no_show": {"share": 0.5, "costs": "30 min"},
            }
        },
        {"a": [0, 0]},
    )
    run = capsim.simulate(scenario, seed=_seed(scenario, ["nhh", "hh"]), engine=engine)
    assert rows(run.visits, VISITS) == [
        ("a 0", 1, at(0, 0), at(0, 0.5), 0.5, "no_show"),
        ("a 0", 2, at(1, 0.5), at(1, 2.5), 2.0, "held"),
        ("a 0", 3, at(2, 2.5), at(2, 3.5), 1.0, "held"),
        ("a 1", 1, at(0, 0.5), at(0, 2.5), 2.0, "held"),
        ("a 1", 2, at(1, 2.5), at(1, 3.5), 1.0, "held"),
    ]
    assert rows(run.stays, "case started ended visits_done") == [
        ("a 0", at(1, 0.5), at(2, 3.5), 2),
        ("a 1", at(0, 0.5), at(1, 3.5), 2),
    ]
    found = run.measures().query("inflow == 'all' and office == 'all'")
    value = dict(zip(found["measure"], found["value"], strict=True))
    assert value["no_shows"] == 1
    assert value["utilization"] == (0.5 + 2 + 1 + 2 + 1) / (8 * 20)
    assert rows(run.workers, "visits hours_worked") == [(4, 6.5)]


def test_a_missed_visit_ends_patience_and_queues_again_at_once_without_gap(engine):
    """Rule 37: patience of an hour; case 0 misses twice, behind case 1, and is visited at last.

    Appointments of case 0 at 0, 2.5 h (behind case 1) and 3 h; each missed one costs half an hour.
    """
    scenario = office(
        {
            "s": {
                "team": "t",
                "work": "2 h",
                "patience": "8 h",
                "no_show": {"share": 0.5, "costs": "30 min"},
            }
        },
        {"a": [0, 0]},
    )
    run = capsim.simulate(scenario, seed=_seed(scenario, ["nnh", "h"]), engine=engine)
    assert rows(run.visits, VISITS) == [
        ("a 0", 1, at(0, 0), at(0, 0.5), 0.5, "no_show"),
        ("a 0", 2, at(0, 2.5), at(0, 3), 0.5, "no_show"),
        ("a 0", 3, at(0, 3), at(0, 5), 2.0, "held"),
        ("a 1", 1, at(0, 0.5), at(0, 2.5), 2.0, "held"),
    ]


def test_a_partner_does_visits_as_they_fall_due(engine):
    """Rule 38: no worker, no time, the next gap runs from the due; the last one may be a partner's.

    Case 0 is assigned at 0 and its first visit is a partner's; the second one, a day later, waits
    for the worker, who is with case 1 until 4 h; the third one is a partner's again, and ends the
    stage.
    """
    scenario = office(
        {
            "s": {
                "team": "t",
                "caseworker": True,
                "work": "4 h",
                "visits": 3,
                "gap": "1 day",
                "partner": 0.5,
            }
        },
        {"a": [0, at(1)]},
    )
    run = capsim.simulate(scenario, seed=_seed(scenario, ["php", "hpp"]), engine=engine)
    assert rows(run.visits, "case due started ended hours worker outcome") == [
        ("a 0", at(0), at(0), at(0), 0.0, None, "partner"),
        ("a 0", at(1), at(1), at(1, 4), 4.0, "t/1", "held"),
        ("a 0", at(2, 4), at(2, 4), at(2, 4), 0.0, None, "partner"),
        ("a 1", at(1), at(1, 4), at(2), 4.0, "t/1", "held"),
        ("a 1", at(3), at(3), at(3), 0.0, None, "partner"),
        ("a 1", at(4), at(4), at(4), 0.0, None, "partner"),
    ]
    assert rows(run.stays, "case started served ended visits_done") == [
        ("a 0", at(0), at(2, 4), at(2, 4), 3),
        ("a 1", at(1, 4), at(4), at(4), 3),
    ]


def test_all_by_a_partner_is_no_work(engine):
    """Rule 38: `partner = 1`; the worker has a caseload and no hours. Day 6 is a Sunday."""
    scenario = office(
        {
            "s": {
                "team": "t",
                "caseworker": True,
                "work": "4 h",
                "stay": "10 days",
                "gap": "3 days",
                "partner": 1.0,
            }
        },
        {"a": [0]},
    )
    run = capsim.simulate(scenario, seed=1, engine=engine)
    assert rows(run.visits, "due outcome") == [(at(day), "partner") for day in (0, 3, 7)]
    assert rows(run.workers, "visits hours_worked caseload_max") == [(0, 0.0, 1)]


def test_visits_say_what_became_of_them_only_where_they_may_fail(engine):
    """No column `outcome` without `no_show` and `partner`; with it also those open at the end."""
    plain = office({"s": {"team": "t", "work": "2 h"}}, {"a": [0]})
    assert "outcome" not in capsim.simulate(plain, seed=1, engine=engine).visits
    missed = plain.with_({"stages.s.no_show": {"share": 0.5}, "horizon": "1 day"})
    missed = missed.with_({"stages.s.work": "9 h"})
    run = capsim.simulate(missed, seed=_seed(missed, ["h"]), engine=engine)
    assert rows(run.visits, "started ended outcome") == [(at(0), None, "open")]
