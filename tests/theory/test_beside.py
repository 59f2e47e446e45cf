"""Closed forms found in scenarios: `capsim.theory.beside`, and what a result shows beside them."""

import math

import pytest

import capsim
from capsim.scenario import Scenario
from capsim.theory import beside, case_manager, erlang_a, erlang_b, erlang_c, mmck

DAY = {"law": "exponential", "mean": "24 h"}


def always_open(**changes):
    """Five workers in a service that never closes, 4.5 cases a day, a day of work each."""
    tables = {
        "start": "2026-01-01",
        "horizon": "400 days",
        "warm_up": "100 days",
        "calendar": {"kind": "continuous"},
        "teams": {"desk": {"fte": 5}},
        "stages": {"desk": {"team": "desk", "work": DAY}},
        "inflows": {"regular": {"rate": {"per_day": 4.5}}},
    }
    return Scenario(**{**tables, **changes})


def known(scenario, office="all"):
    """Exact values by (measure, stage or team) in one office."""
    return {
        (figure.measure, figure.of): figure.value
        for figure in beside(scenario)
        if figure.office == office
    }


def test_one_desk_is_erlang_c():
    """Waits, queue, cases present, utilisation and expected arrivals of M/M/5."""
    line = erlang_c(4.5, 1, 5)
    found = known(always_open())
    assert found.pop(("utilization", "desk")) == pytest.approx(0.9)
    assert found == {
        ("arrivals", "desk"): pytest.approx(4.5 * 300),
        ("wait_mean", "desk"): pytest.approx(line.wait_mean),
        ("wait_p90", "desk"): pytest.approx(line.wait_quantile(0.9)),
        ("wait_mean_finished", "desk"): pytest.approx(line.wait_mean),
        ("queue_mean", "desk"): pytest.approx(line.queue_mean),
        ("in_stage_mean", "desk"): pytest.approx(line.in_system_mean),
    }


def test_burdens_lengthen_the_wait_of_one_worker():
    """M/G/1 by Pollaczek and Khinchine: E S^2 = E B^2 E W^2; two workers have no formula here."""
    burden = {"law": "gamma", "cv": 0.6}
    inflows = {"regular": {"rate": {"per_day": 0.8}, "burden": burden}}
    found = known(always_open(teams={"desk": {"fte": 1}}, inflows=inflows))
    assert found["wait_mean", "desk"] == pytest.approx(0.8 * 2 * 1.36 / 2 / 0.2)
    inflows["light"] = {"rate": {"per_day": 0.1}}
    found = known(always_open(teams={"desk": {"fte": 1}}, inflows=inflows))
    second = 2 * (0.8 * 1.36 + 0.1) / 0.9
    assert found["wait_mean", "desk"] == pytest.approx(0.9 * second / 2 / 0.1)
    assert ("wait_mean", "desk") not in known(always_open(inflows=inflows))


def test_groups_wait_for_each_other():
    """Geometric groups of mean 1.5: L = load m / (1 - load); pairs, and pairs of heavy cases.

    Of two workers, of a second stage behind the first, or of cases that come back nothing is known.
    """
    desk = {"desk": {"fte": 1}}
    regular = {"rate": {"per_day": 0.6}, "together": {"law": "geometric", "mean": 1.5}}
    found = known(always_open(teams=desk, inflows={"regular": regular}))
    assert found["in_stage_mean", "desk"] == pytest.approx(0.6 * 1.5 / 0.4)
    assert found["wait_mean", "desk"] == pytest.approx(1.5 / 0.4 - 1)
    heavy = {"rate": {"per_day": 0.6}, "together": 2, "burden": {"law": "gamma", "cv": 0.6}}
    found = known(always_open(teams=desk, inflows={"regular": heavy}))
    assert found["wait_mean", "desk"] == pytest.approx(0.6 * 2 * 1.36 / 2 / 0.4 + 1 / 2 / 0.4)
    assert ("wait_mean", "desk") not in known(always_open(inflows={"regular": regular}))
    later = {
        "desk": {"team": "desk", "work": {"law": "exponential", "mean": "24 h"}},
        "more": {"team": "more", "work": {"law": "exponential", "mean": "24 h"}},
    }
    two = known(
        always_open(teams=desk | {"more": {"fte": 1}}, stages=later, inflows={"regular": regular})
    )
    assert ("wait_mean", "desk") in two
    assert ("wait_mean", "more") not in two
    back = {"desk": later["desk"] | {"next": {"desk": 0.1, "done": 0.9}}}
    assert ("wait_mean", "desk") not in known(
        always_open(teams=desk, stages=back, inflows={"regular": regular})
    )


def test_patience_is_erlang_a_and_room_is_mmck():
    """Exponential patience, or a limited room; together they have no closed form here."""
    patience = {"law": "exponential", "mean": "2 days"}
    stage = {"team": "desk", "work": DAY}
    leaving = known(always_open(stages={"desk": {**stage, "patience": patience}}))
    line = erlang_a(4.5, 1, 0.5, 5)
    assert leaving["dropout_share", "desk"] == pytest.approx(line.abandonment_share)
    assert leaving["wait_mean", "desk"] == pytest.approx(line.wait_mean)
    assert leaving["utilization", "desk"] == pytest.approx(line.utilization)
    bounded = known(always_open(stages={"desk": {**stage, "room": 3}}))
    limited = mmck(4.5, 1, 5, 8)
    assert bounded["turned_away_share", "desk"] == pytest.approx(limited.probability_of_blocking)
    assert bounded["wait_mean_finished", "desk"] == pytest.approx(limited.wait_mean)
    assert bounded["wait_mean", "desk"] == pytest.approx(
        limited.wait_mean * (1 - limited.probability_of_blocking)
    )
    both = {**stage, "room": 3, "patience": patience}
    assert beside(always_open(stages={"desk": both})) == ()


def house(stay, **stage):
    """Five places that 4.5 people a day ask for."""
    stages = {"desk": {"team": "desk", "stay": stay, **stage}}
    return always_open(teams={"desk": {"places": 5}}, stages=stages)


@pytest.mark.parametrize(
    "stay",
    ["1 day", {"law": "exponential", "mean": "1 day"}, {"law": "gamma", "mean": "1 day", "cv": 2}],
)
def test_places_without_a_list_lose_what_erlang_says(stay):
    """M/G/5/5: for every law of the stay the same share is turned away, and nobody waits."""
    found = known(house(stay, room=0))
    assert found["turned_away_share", "desk"] == pytest.approx(erlang_b(4.5, 5))
    assert found["utilization", "desk"] == pytest.approx(0.9 * (1 - erlang_b(4.5, 5)))
    assert found["in_stage_mean", "desk"] == pytest.approx(4.5 * (1 - erlang_b(4.5, 5)))
    assert found["wait_mean", "desk"] == 0


def test_places_with_a_list_are_erlang_c():
    """M/M/5 for exponential stays; nothing is known here for others, or in office hours."""
    line = erlang_c(4.5, 1, 5)
    found = known(house({"law": "exponential", "mean": "1 day"}))
    assert found["wait_mean", "desk"] == pytest.approx(line.wait_mean)
    assert found["queue_mean", "desk"] == pytest.approx(line.queue_mean)
    assert found["utilization", "desk"] == pytest.approx(0.9)
    assert ("wait_mean", "desk") not in known(house("1 day"))
    offices = house("1 day", room=0).with_({"calendar.kind": "office"})
    assert ("turned_away_share", "desk") not in known(offices)


@pytest.mark.parametrize(
    "changes",
    [
        {"calendar": {"kind": "office", "hours_per_day": 24}},
        {"stages": {"desk": {"team": "desk", "work": {"law": "gamma", "mean": "24 h", "cv": 1}}}},
        {"stages": {"desk": {"team": "desk", "work": DAY, "visits": 2}}},
        {"stages": {"desk": {"team": "desk", "work": {**DAY, "plus": "1 h"}}}},
        {"stages": {"desk": {"team": "desk", "work": {**DAY, "growth": 0.1}}}},
        {"stages": {"desk": {"team": "desk", "work": DAY, "decision": {"every": "7 days"}}}},
        {"stages": {"desk": {"team": "desk", "work": DAY, "patience": "3 days"}}},
        {"stages": {"desk": {"team": "desk", "caseworker": True, "visits": 1, "work": DAY}}},
        {"teams": {"desk": {"fte": 5, "changes": {"more": {"at": "2026-06-01", "add": 1}}}}},
        {
            "teams": {
                "desk": {"fte": 5, "absence": {"ill": {"spells_per_year": 1, "length": "9 days"}}}
            }
        },
        {
            "teams": {
                "desk": {"fte": 5, "turnover": {"per_year": 0.1, "vacancy": "90 days"}},
            }
        },
        {"teams": {"desk": {"fte": 5, "discipline": "deadline"}}},
        {"teams": {"desk": {"fte": 4}}},
        {"inflows": {"regular": {"rate": {"per_day": 4.5}, "growth": 0.02}}},
        {"inflows": {"regular": {"rate": {"per_day": 4}, "seasonality": [1] * 11 + [2]}}},
        {"inflows": {"regular": {"rate": {"per_day": 4}, "trace": [5]}}},
        {
            "inflows": {
                "regular": {
                    "rate": {"per_day": 4},
                    "waves": {"reform": {"date": "2026-03-01", "people": 9}},
                }
            }
        },
        {
            "inflows": {
                "regular": {"rate": {"per_day": 2}},
                "urgent": {"rate": {"per_day": 2}, "priority": -1},
            }
        },
        {
            "inflows": {
                "regular": {"rate": {"steps": [["0 days", 2], ["9 days", 4]], "unit": "per_day"}}
            }
        },
    ],
)
def test_what_is_not_one_of_the_classical_queues_is_left_out(changes):
    """No figure is better than a figure of another model."""
    assert beside(always_open(**changes)) == ()


def test_a_team_with_two_stages_is_left_out():
    """Two stages share the workers, so neither is a queue of its own."""
    stages = {
        "intake": {"team": "desk", "work": {"law": "exponential", "mean": "6 h"}},
        "desk": {"team": "desk", "work": {"law": "exponential", "mean": "6 h"}},
    }
    assert beside(always_open(stages=stages)) == ()


def network(**intake):
    """Intake, investigation with returns to it, and a guidance that is a delay."""
    return always_open(
        teams={"desk": {"fte": 6}, "research": {"fte": 9}},
        stages={
            "intake": {"team": "desk", "work": DAY, **intake},
            "investigation": {
                "team": "research",
                "work": {"law": "exponential", "mean": "36 h"},
                "next": {"guidance": 0.7, "intake": 0.1, "refused": 0.2},
            },
            "guidance": {"stay": {"law": "gamma", "mean": "90 days", "cv": 0.8}},
        },
    )


def test_a_network_follows_the_traffic_equations():
    """Jackson: 5 a day at both desks (4.5 and a tenth returning); 3.5 a day into the delay."""
    found = known(network())
    assert found["wait_mean", "intake"] == pytest.approx(erlang_c(5, 1, 6).wait_mean)
    assert found["wait_mean", "investigation"] == pytest.approx(erlang_c(5, 1 / 1.5, 9).wait_mean)
    assert found["in_stage_mean", "guidance"] == pytest.approx(3.5 * 90)
    assert found["arrivals", "guidance"] == pytest.approx(3.5 * 300)


def test_behind_patience_or_fixed_work_nothing_is_known():
    """What leaves a queue that people give up, or fixed work, is no Poisson stream."""
    assert beside(network(patience={"law": "exponential", "mean": "9 days"})) == ()
    assert beside(network(work="24 h")) == ()


def test_inflows_may_stay_differently_in_a_delay():
    """M/G/infinity: the numbers of the inflows add up."""
    scenario = always_open(
        teams={},
        stages={"guidance": {"stay": "10 days"}},
        inflows={
            "short": {"rate": {"per_day": 2}},
            "long": {"rate": {"per_day": 1}, "stages": {"guidance": {"stay": "30 days"}}},
        },
    )
    assert known(scenario) == {("in_stage_mean", "guidance"): 50, ("arrivals", "guidance"): 900}


def offices(shared):
    """Two offices of 60 and 40 % of the people, with five workers in all."""
    return always_open(
        teams={"desk": {"fte": 5, "shared": shared}},
        offices={"genk": {"share": 0.6}, "bree": {"share": 0.4}},
        inflows={"regular": {"rate": {"per_day": 4}}},
    )


def test_separate_offices_are_queues_of_their_own():
    """3 and 2 workers; the mean wait of all weighs the offices by their cases."""
    scenario = offices(shared=False)
    genk, bree = erlang_c(2.4, 1, 3), erlang_c(1.6, 1, 2)
    assert known(scenario, "genk")["wait_mean", "desk"] == pytest.approx(genk.wait_mean)
    assert known(scenario, "bree")["queue_mean", "desk"] == pytest.approx(bree.queue_mean)
    found = known(scenario)
    assert found["wait_mean", "desk"] == pytest.approx(0.6 * genk.wait_mean + 0.4 * bree.wait_mean)
    assert found["queue_mean", "desk"] == pytest.approx(genk.queue_mean + bree.queue_mean)
    assert found["utilization", "desk"] == pytest.approx(0.8)
    assert ("wait_p90", "desk") not in found


def test_a_shared_team_is_one_queue():
    """Five workers together; each office has its share of the queue."""
    scenario = offices(shared=True)
    line = erlang_c(4, 1, 5)
    assert known(scenario, "genk")["queue_mean", "desk"] == pytest.approx(0.6 * line.queue_mean)
    assert known(scenario, "genk")["wait_p90", "desk"] == pytest.approx(line.wait_quantile(0.9))
    assert known(scenario)["queue_mean", "desk"] == pytest.approx(line.queue_mean)


def test_speed_counts_the_contract_and_the_client_share():
    """Three workers of 0.8 with half of their hours for clients: 9.6 hours of work a day each."""
    scenario = always_open(
        teams={"desk": {"fte": 2.4, "worker_fte": 0.8, "client_share": 0.5}},
        inflows={"regular": {"rate": {"per_day": 1}}},
    )
    assert known(scenario)["wait_mean", "desk"] == pytest.approx(erlang_c(1, 0.4, 3).wait_mean)


def guidance(**changes):
    """Two case managers of 5 places, a contact of a day due 2 days after the last, closing 0.2."""
    stage = {
        "team": "desk",
        "caseworker": True,
        "work": DAY,
        "gap": {"law": "exponential", "mean": "2 days"},
        "closing": {"probability": 0.2},
    }
    tables = {
        "teams": {"desk": {"fte": 2, "caseload_limit": 5}},
        "stages": {"desk": {**stage, **changes.pop("stage", {})}},
        "inflows": {"regular": {"rate": {"per_day": 0.3}}},
    }
    return always_open(**{**tables, **changes})


def test_one_or_two_case_managers_are_a_chain():
    """Waits for a place and at the desk, cases, caseload and utilisation of the exact chain."""
    line = case_manager(0.3, 1, 0.5, 0.2, caseload_limit=5, workers=2)
    assert known(guidance()) == {
        ("arrivals", "desk"): pytest.approx(0.3 * 300),
        ("assignment_wait_mean", "desk"): pytest.approx(2.0216590),
        ("contact_wait_mean", "desk"): pytest.approx(line.contact_wait_mean),
        ("stay_mean", "desk"): pytest.approx(line.time_in_system_mean),
        ("in_stage_mean", "desk"): pytest.approx(0.3 * line.time_in_system_mean),
        ("utilization", "desk"): pytest.approx(0.75),
        ("caseload_per_worker", "desk"): pytest.approx(line.caseload_mean),
    }
    assert {figure.formula for figure in beside(guidance())} == {"Poisson", "2 case managers x 5"}


def test_places_of_case_managers_count_contract_and_weight():
    """A limit of 5 for each FTE is 2 places of a worker of 0.8 whose cases weigh 2."""
    scenario = guidance(
        teams={"desk": {"fte": 0.8, "worker_fte": 0.8, "caseload_limit": 5}},
        inflows={"regular": {"rate": {"per_day": 0.05}, "case_weight": 2.0}},
    )
    line = case_manager(0.05, 0.8, 0.5, 0.2, caseload_limit=2, workers=1)
    assert known(scenario)["assignment_wait_mean", "desk"] == pytest.approx(
        line.assignment_wait_mean
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": {"closing": {"probability": 0.2, "norm": 3, "elasticity": -1.0}}},
        {"stage": {"gap": "2 days"}},
        {"stage": {"work": "24 h"}},
        {"stage": {"patience": {"law": "exponential", "mean": "9 days"}}},
        {"teams": {"desk": {"fte": 2}}},
        {"teams": {"desk": {"fte": 3, "caseload_limit": 5}}},
        {"teams": {"desk": {"fte": 2, "caseload_limit": 5, "discipline": "returning_first"}}},
        {"inflows": {"regular": {"rate": {"per_day": 0.393}}}},
        {
            "inflows": {
                "light": {"rate": {"per_day": 0.1}},
                "heavy": {"rate": {"per_day": 0.1}, "case_weight": 2.0},
            }
        },
    ],
)
def test_other_caseworkers_are_left_out(changes):
    """Feedback, fixed laws, no limit, three workers, unequal cases, more than the places allow."""
    assert beside(guidance(**changes)) == ()


def test_behind_case_managers_nothing_is_known():
    """What leaves a caseload is no Poisson stream."""
    scenario = guidance()
    tables = scenario.to_dict()
    tables["stages"]["after"] = {"stay": "9 days"}
    assert {figure.of for figure in beside(Scenario(**tables))} == {"desk"}


def test_a_result_shows_a_caseload_beside_its_chain():
    """Simulated case managers agree with the exact chain in all six figures."""
    scenario = guidance(horizon="24000 days", warm_up="300 days", follow_up="100 days")
    frame = capsim.replicate(scenario, n=40, seed=4, jobs=1).theory()
    frame = frame[(frame.office == "all") & (frame.formula != "Poisson")]
    assert set(frame.measure) == {
        "assignment_wait_mean",
        "contact_wait_mean",
        "stay_mean",
        "in_stage_mean",
        "utilization",
        "caseload_per_worker",
    }
    # 5 standard errors happen once in a million; a place more would be off by far more.
    assert frame.difference.abs().max() < 5
    more = case_manager(0.3, 1, 0.5, 0.2, caseload_limit=6, workers=2)
    wait = frame[frame.measure == "assignment_wait_mean"].iloc[0]
    assert abs(wait.simulated - more.assignment_wait_mean) > 8 * wait.standard_error


def test_a_result_shows_theory_beside_the_simulation():
    """`Replications.theory`: simulated, standard error, exact, difference; M/M/5 agrees."""
    result = capsim.replicate(
        always_open(horizon="1500 days", follow_up="20 days"), n=40, seed=3, jobs=1
    )
    frame = result.theory()
    assert list(frame.columns) == [
        "measure", "kind", "of", "inflow", "office", "window", "simulated", "standard_error",
        "exact", "difference", "formula",
    ]  # fmt: skip
    wait = frame[(frame.measure == "wait_mean") & (frame.office == "all")].iloc[0]
    assert wait.exact == pytest.approx(1.5249864414658711)
    assert wait.simulated == pytest.approx(result.interval("wait_mean[desk]").estimate)
    assert wait.difference == pytest.approx((wait.simulated - wait.exact) / wait.standard_error)
    assert wait.formula == "M/M/5"
    # 13 figures; 5 standard errors happen once in a million.
    assert frame.difference.abs().max() < 5


def test_one_replication_has_no_standard_error():
    """The exact value is shown, the difference is left open."""
    frame = capsim.replicate(always_open(), n=1, seed=3, jobs=1).theory()
    assert len(frame)
    assert frame.standard_error.isna().all()
    assert all(math.isnan(value) for value in frame.difference)


def test_a_result_without_closed_form_shows_none():
    """The frame is empty, with its columns, and says why; one with rows has nothing to excuse."""
    scenario = always_open(stages={"desk": {"team": "desk", "work": "20 h"}}, horizon="150 days")
    frame = capsim.replicate(scenario, n=2, seed=3, jobs=1).theory()
    assert len(frame) == 0
    assert "exact" in frame
    assert "has a closed form; help(capsim.theory.beside)" in frame.attrs["why_empty"]
    known = capsim.replicate(always_open(horizon="150 days"), n=2, seed=3, jobs=1).theory()
    assert len(known)
    assert not known.attrs


def test_office_to_which_nobody_goes_has_no_figures():
    """A share of 0 is no division by zero, and the other offices keep their figures."""
    delay = {"away": {"stay": {"law": "exponential", "mean": "1 day"}}}
    scenario = always_open(offices={"here": {"share": 1}, "nobody": {"share": 0}}, stages=delay)

    assert known(scenario, "here") == known(scenario)
    assert known(scenario, "nobody") == {}
    assert scenario.check() == ["teams.desk: no stage uses this team"]
