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
