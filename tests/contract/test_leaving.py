"""Rule 47: leaving that rises with the load of the worker."""

import numpy as np
import pytest

import capsim
from capsim.draws import deal
from capsim.kernels.codes import NEVER
from capsim.plan import compile_plan
from contract.timetable import at, office

H = 8 * 3600
STAGE = {"s": {"team": "t", "caseworker": True, "work": "1 min", "visits": 2, "gap": "500 days"}}
LOAD = {"norm": 2, "elasticity": 1}
TURNOVER = {"per_year": 12, "vacancy": "7 days"}


FOUR = (at(0, 1),) * 4


def service(load=None, arrivals=FOUR, *, fte=1, per_year=12, **team):
    """A worker who gets some cases and keeps them; `load` or none."""
    turnover = TURNOVER | {"per_year": per_year} | ({"load": load} if load else {})
    return office(
        STAGE,
        {"a": list(arrivals)},
        team={"fte": fte, "turnover": turnover, **team},
        horizon="52 weeks",
    )


def tenures(scenario, seed):
    """What was drawn for each worker, in ticks at a usual load."""
    return deal(compile_plan(scenario), seed, 0).worker_tenure


def first_who_is_there(scenario):
    """A seed with which the first seat is taken at the start, and left within half a year."""
    for seed in range(100):
        luck = deal(compile_plan(scenario), seed, 0)
        if luck.worker_hired[0] == 0 and 10 * H < luck.worker_tenure[0] < 180 * H:
            return seed
    raise AssertionError


def test_twice_the_norm_uses_the_tenure_twice_as_fast(engine):
    """Nothing happens for an hour, then four cases at a norm of two: half of the rest is left.

    The successor comes seven days later, to the four cases that waited since: twice as fast again,
    from the opening at which they were assigned.
    """
    scenario = service(LOAD)
    seed = first_who_is_there(scenario)
    drawn = tenures(scenario, seed).tolist()
    luck = capsim.simulate(scenario, seed=seed, engine=engine).log.luck
    left = 3600 + -(-(drawn[0] - 3600) // 2)
    assert luck.worker_left[0] == left
    assert luck.worker_hired[1] == left + 7 * H
    hired = left + 7 * H
    day = hired // H
    opening = hired if day % 7 < 5 else (day + 7 - day % 7) * H
    assert luck.worker_left[1] == opening + -(-(drawn[1] - (opening - hired)) // 2)


def test_up_to_the_norm_everything_is_as_without(engine):
    """The same stays, visits and workers as if leaving did not depend on the load."""
    arrivals = [at(day, 1) for day in range(40)]
    more = {"caseload_limit": 12, "onboarding": {"length": "9 days", "rate": 0.5}}
    more |= {"absence": {"ill": {"spells_per_year": 12, "length": "4 days"}}}
    usual = capsim.simulate(service(None, arrivals, fte=3, **more), seed=3, engine=engine)
    same = {"norm": 500, "elasticity": 2}
    strained = capsim.simulate(service(same, arrivals, fte=3, **more), seed=3, engine=engine)
    assert len(usual.workers) > 6
    for name in ("stays", "visits", "workers"):
        assert getattr(usual, name).equals(getattr(strained, name))


def test_nobody_leaves_more_than_ten_times_as_often(engine):
    """Four cases at a norm of 0.1 and a power of two: ten times as fast, not 1,600 times."""
    scenario = service({"norm": 0.1, "elasticity": 2}, [0.0] * 4)
    seed = first_who_is_there(scenario)
    drawn = int(tenures(scenario, seed)[0])
    luck = capsim.simulate(scenario, seed=seed, engine=engine).log.luck
    assert luck.worker_left[0] == -(-drawn // 10)


def test_a_cut_comes_before_the_end_of_a_tenure(engine):
    """Whoever is cut leaves at the cut, if the load does not make them leave before."""
    scenario = service(LOAD, changes={"cut": {"at": "2026-02-02", "add": -1}}, fte=2)
    lefts = []
    for seed in range(12):
        luck = capsim.simulate(scenario, seed=seed, engine=engine).log.luck
        lefts += luck.worker_left[(luck.worker_seat == 2) & (luck.worker_hired < 28 * H)].tolist()
    assert max(lefts) == 28 * H
    assert min(lefts) < 28 * H


def test_a_constant_load_gives_exponential_tenures_of_the_scaled_rate(engine):
    """Twenty full caseloads of twice the norm: every employment takes half of what was drawn.

    What is drawn is exponential, so is a half of it; and of 20 posts vacant for v after each
    employment of mean 1 / 2r, 1 / (1 + 2 r v) are filled.
    """
    scenario = office(
        STAGE,
        {"a": [0.0] * 400},
        team={
            "fte": 20,
            "caseload_limit": 4,
            "turnover": {"per_year": 6, "vacancy": "1 day", "load": LOAD},
        },
        horizon="52 weeks",
        calendar={"kind": "continuous"},
    )
    luck = capsim.simulate(scenario, seed=5, engine=engine).log.luck
    gone = luck.worker_left < 360 * 86_400
    assert gone.sum() > 100
    lasted = (luck.worker_left - luck.worker_hired)[gone]
    assert np.array_equal(lasted, -(-luck.worker_tenure[gone] // 2))


def test_a_reserve_does_not_leave():
    """Its tenure is endless, whatever it carries."""
    scenario = service(LOAD).with_(
        {
            "triggers.more": {
                "when": "waiting[s] >= 0",
                "until": "waiting[s] < 0",
                "change": {"team": "t", "add": 1},
            }
        }
    )
    luck = deal(compile_plan(scenario), 1, 0)
    assert luck.worker_tenure[luck.worker_hired == NEVER].tolist() == [NEVER]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("teams.t.turnover.load.norm", 0, "0.001"),
        ("teams.t.turnover.load.norm", "seventy", "number"),
        ("teams.t.turnover.load.elasticity", -0.5, "0"),
        ("teams.t.turnover.load.elasticity", 21, "20"),
        ("teams.t.turnover.load.power", 2, "elasticity"),
        ("teams.t.turnover.load", 75, "must be a table"),
    ],
)
def test_what_makes_no_sense_is_refused(path, value, words):
    """By path, with what to write instead."""
    with pytest.raises(capsim.ScenarioError) as caught:
        service(LOAD).with_({path: value})
    assert path in str(caught.value)
    assert words in str(caught.value)


def test_a_team_without_cases_of_its_own_has_no_load():
    """A pooled stage: refused by path, with two remedies."""
    with pytest.raises(capsim.ScenarioError, match=r"teams\.t\.turnover\.load.*caseworker = true"):
        office(
            {"s": {"team": "t", "work": "1 h"}},
            {"a": [0.0]},
            team={"turnover": TURNOVER | {"load": LOAD}},
        )
