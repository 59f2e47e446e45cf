"""find_staffing on services whose best staffing is known, and what it says where there is none."""

import itertools

import numpy as np
import pytest

import capsim
from capsim import theory
from capsim.experiments import study
from capsim.experiments.staffing.grid import grid_of
from capsim.experiments.staffing.start import start_of
from capsim.experiments.staffing.targets import parse_targets
from experiments.small import longest_queue_of_cases, service
from experiments.staffing.erlang_cases import cases
from figures import oracle


def queue(**changes):
    """An office of one team, whose work of 3 hours asks 1.06 FTE; half a year."""
    scenario = capsim.Scenario(
        name="queue",
        start="2026-01-01",
        horizon="6 months",
        teams={"intake": {"fte": 1}},
        stages={"intake": {"team": "intake", "work": "3 h", "deadline": "7 days"}},
        inflows={"regular": {"rate": {"per_month": 45}}},
    )
    return scenario.with_(changes) if changes else scenario


@pytest.fixture(scope="module")
def found():
    """The office's staffing for a mean wait of a day."""
    return capsim.find_staffing(
        queue(), {"teams.intake.fte": (1, 3, 0.25)}, "wait_mean[intake] <= 1 day", seed=1
    )


# -- known answers --------------------------------------------------------------------------------


def right_answers(count, seed, **options):
    """How many of random queues get Erlang's number, how many fewer, and their results."""
    results = []
    exact = fewer = 0
    for case in cases(count, seed):
        result = capsim.find_staffing(
            case.scenario,
            {"teams.desk.fte": (1, case.best + 6, 1)},
            case.target,
            seed=seed,
            frontier=0,
            **options,
        )
        results.append(result)
        answer = result.staffing["teams.desk.fte"] if result.feasible else np.inf
        exact += answer == case.best
        fewer += answer < case.best
    return exact, fewer, results


def test_the_smallest_staff_is_that_of_erlang():
    """12 queues: the exact optimum in all but at most 3, never fewer workers.

    At the stated risk of 5 % each, more than 3 wrong happen with probability 0.002.
    """
    exact, fewer, results = right_answers(12, seed=1)

    assert fewer == 0
    assert exact >= 9
    assert sum(result.effort.replications for result in results) * 5 < sum(
        result.effort.plain_grid for result in results
    )


@pytest.mark.thorough
def test_the_smallest_staff_is_that_of_erlang_in_200_queues():
    """The exact optimum in at least 95 % of 200 queues, fewer workers in at most 5 %."""
    exact, fewer, _ = right_answers(200, seed=7)

    assert exact >= 190
    assert fewer <= 10


def line(rate, work, servers):
    """Mean wait in days of a queue with exponential work in hours; infinite if unstable."""
    if rate * work / 24 >= servers:
        return np.inf
    return theory.erlang_c(rate, 24 / work, servers).wait_mean


def tandem(rate, works):
    """Two queues one after the other, open day and night."""
    return capsim.Scenario(
        name="tandem",
        start="2026-01-01",
        horizon="1 year",
        warm_up="30 days",
        follow_up="30 days",
        calendar={"kind": "continuous"},
        teams={"first": {"fte": 4}, "second": {"fte": 4}},
        stages={
            name: {"team": name, "work": {"law": "exponential", "mean": f"{work} h"}}
            for name, work in zip(("first", "second"), works, strict=True)
        },
        inflows={"everyone": {"rate": {"per_day": rate}}},
    )


def test_two_teams_get_what_exhaustive_search_finds():
    """Waits of a tandem queue are known exactly (Burke): the cheapest pair meets both targets."""
    rate, works, bounds = 7.0, (8.0, 14.0), (0.1, 0.3)
    vary = {"teams.first.fte": (2, 8, 1), "teams.second.fte": (3, 10, 1)}
    cost = {"teams.first.fte": 2.0, "teams.second.fte": 1.0}
    exact = {
        pair: (line(rate, works[0], pair[0]), line(rate, works[1], pair[1]))
        for pair in itertools.product(range(2, 9), range(3, 11))
    }
    feasible = [
        pair for pair, waits in exact.items() if waits[0] <= bounds[0] and waits[1] <= bounds[1]
    ]
    best = min(feasible, key=lambda pair: 2 * pair[0] + pair[1])

    result = capsim.find_staffing(
        tandem(rate, works),
        vary,
        [f"wait_mean[first] <= {bounds[0]} days", f"wait_mean[second] <= {bounds[1]} days"],
        cost=cost,
        seed=3,
        frontier=0,
    )

    # Both waits lie at least 10 % from their bounds at the best pair and below it.
    assert all(abs(wait / bound - 1) > 0.1 for wait, bound in zip(exact[best], bounds, strict=True))
    assert tuple(result.staffing.values()) == best
    assert result.feasible
    assert result.undecided.empty


def test_priorities_get_what_exhaustive_search_finds():
    """The smallest staff that serves the lower of two classes in time, by the exact formula."""
    rates, work, bound = (4.0, 5.0), 12.0, 0.5

    def low_wait(servers):
        if sum(rates) * work / 24 >= servers:
            return np.inf
        return theory.priority_queue(rates, work / 24, servers=servers).wait_means[1]

    best = next(servers for servers in range(1, 20) if low_wait(servers) <= bound)
    scenario = capsim.Scenario(
        name="priorities",
        start="2026-01-01",
        horizon="1 year",
        warm_up="30 days",
        follow_up="30 days",
        calendar={"kind": "continuous"},
        teams={"desk": {"fte": 5}},
        stages={"service": {"team": "desk", "work": {"law": "exponential", "mean": f"{work} h"}}},
        inflows={
            "urgent": {"rate": {"per_day": rates[0]}},
            "others": {"rate": {"per_day": rates[1]}, "priority": 1},
        },
    )

    result = capsim.find_staffing(
        scenario,
        {"teams.desk.fte": (3, 12, 1)},
        f"wait_mean[service, inflow=others] <= {bound} days",
        seed=3,
        frontier=0,
    )

    assert abs(low_wait(best) / bound - 1) > 0.1
    assert result.staffing == {"teams.desk.fte": best}


def test_theory_knows_what_pooling_saves():
    """38 offices apart need four workers each, one team of all 100: where the search starts."""
    figures = oracle("z_phenomena")["pooling"]
    apart, pooled = figures["rows"][0], figures["rows"][-1]
    needed = figures["staff_for_P_wait30_lt_1pct"]

    for row, staff in ((apart, needed["per_office"]), (pooled, needed["pooled"])):
        scenario = capsim.Scenario(
            start="2026-01-01",
            horizon="1 year",
            calendar={"kind": "continuous"},
            teams={"desk": {"fte": row["c"]}},
            stages={
                "service": {
                    "team": "desk",
                    "work": {"law": "exponential", "mean": "96 h"},
                    "deadline": {"within": "720 h", "until": "start"},
                }
            },
            inflows={"everyone": {"rate": {"per_day": row["lam"]}}},
        )
        grid = grid_of(scenario, {"teams.desk.fte": (1, 160, 1)})
        targets = parse_targets("late_share[service] <= 1 %", scenario)

        assert start_of(grid, targets) == {"teams.desk.fte": staff}


@pytest.mark.thorough
def test_an_office_and_a_cluster_get_what_pooling_saves():
    """Four workers for an office of 38, as the oracle has it, and 17 instead of 24 for six.

    Alone the 99 that are too few for all 38 together could not be told from 100 within a working
    life: there the queue forgets its beginning in a century. Exact shares lie 3 times above the
    bound with one worker less and far below it with the staffing found, so that a wrong answer of
    a right search is as rare as its risk of 5 %; it takes some thousand runs without anyone late to
    be sure of 1 % of people.
    """
    figures = oracle("z_phenomena")["pooling"]
    needed = {
        figures["rows"][0]["lam"]: figures["staff_for_P_wait30_lt_1pct"]["per_office"],
        figures["rows"][1]["lam"]: 17,
    }
    for rate, staff in needed.items():
        below, here = (
            theory.erlang_c(rate, 0.25, workers).wait_exceeds(30) for workers in (staff - 1, staff)
        )
        assert here < 0.01 / 3
        assert below > 0.03
        scenario = capsim.Scenario(
            start="2026-01-01",
            horizon="8 years",
            warm_up="3 years",
            follow_up="60 days",
            calendar={"kind": "continuous"},
            teams={"desk": {"fte": staff}},
            stages={
                "service": {
                    "team": "desk",
                    "work": {"law": "exponential", "mean": "96 h"},
                    "deadline": {"within": "720 h", "until": "start"},
                }
            },
            inflows={"everyone": {"rate": {"per_day": rate}}},
        )

        result = capsim.find_staffing(
            scenario,
            {"teams.desk.fte": (staff - 1, staff + 3, 1)},
            "late_share[service] <= 1 %",
            seed=5,
            frontier=0,
            max_replications=4_000,
            jobs=1,
        )

        assert result.feasible
        assert result.staffing == {"teams.desk.fte": staff}
        assert result.undecided.empty


def test_a_wave_is_staffed_from_when_it_pays():
    """How many from when: the cheapest of all dated changes that a full sweep finds feasible."""
    scenario = queue(
        **{
            "teams.intake.fte": 1.25,
            "inflows.reform": {
                "waves": {"one": {"date": "2026-03-02", "people": 60, "over": "1 month"}}
            },
        }
    )
    adds, dates = [0, 1, 2, 3], ["2026-02-02", "2026-03-02", "2026-04-01", "2026-05-01"]
    target = "wait_mean[intake] <= 5 days"
    vary = {
        "teams.intake.changes.spring.add": adds,
        "teams.intake.changes.spring.at": dates,
    }

    result = capsim.find_staffing(scenario, vary, target, seed=4, frontier=0)

    feasible = {}
    for add, date in itertools.product(adds[1:], dates):
        changes = {"teams.intake.changes.spring": {"add": add, "at": date}}
        summary = capsim.replicate(scenario.with_(changes), n=150, seed=99).summary(
            "wait_mean[intake]"
        )
        feasible[add, date] = float(summary["mean"].iloc[0]) / 5
    grid = grid_of(scenario, vary)
    costs = {
        tuple(grid.point(index).values()): float(grid.cost[index])
        for index in itertools.product(range(len(adds)), range(len(dates)))
    }
    best = min(costs[pair] for pair, ratio in feasible.items() if ratio <= 0.93)
    assert result.feasible
    assert feasible[tuple(result.staffing.values())] <= 1.02
    assert result.cost <= best


# -- what it says ---------------------------------------------------------------------------------


def test_the_result_shows_staffing_interval_and_effort(found):
    """A first look says what to do, how sure that is, and what it cost to find out."""
    text = repr(found)

    assert "teams.intake.fte = 1.25" in text
    assert "confidence 95 %" in text
    assert "of 1 cheaper ones 1 fail" in text
    assert "0.5 to 0.6" in text
    assert found._repr_html_().count("<tr>") == len(found._table())


def test_the_evidence_proves_the_answer_and_its_neighbour(found):
    """One step less is shown to fail on fresh replications, the answer to meet the target."""
    evidence = found.evidence
    answer = evidence[evidence["role"] == "answer"].iloc[0]
    cheaper = evidence[evidence["role"] == "cheaper"].iloc[0]

    assert (answer["verdict"], answer["proven"]) == ("met", True)
    assert answer["upper"] < 1
    assert (cheaper["teams.intake.fte"], cheaper["verdict"], cheaper["proven"]) == (
        1,
        "fails",
        True,
    )
    assert found.scenario.teams["intake"].fte == 1.25


def test_the_frontier_falls_with_the_cost(found):
    """More staff buys a shorter wait, up to the largest staffing."""
    frontier = found.frontier

    assert frontier["cost"].is_monotonic_increasing
    assert frontier["estimate"].is_monotonic_decreasing
    assert len(frontier) >= 5


def test_the_grid_knows_every_staffing(found):
    """All nine staffings have a verdict, tested or inferred."""
    grid = found.grid

    assert len(grid) == 9
    assert set(grid.loc[grid["teams.intake.fte"] < 1.25, "verdict"]) == {"fails"}
    assert set(grid.loc[grid["teams.intake.fte"] >= 1.25, "verdict"]) == {"met"}


def test_the_same_call_gives_the_same_answer_whatever_runs_it(found, tmp_path):
    """Neither threads nor a store nor small blocks change a number."""
    again = capsim.find_staffing(
        queue(),
        {"teams.intake.fte": (1, 3, 0.25)},
        "wait_mean[intake] <= 1 day",
        seed=1,
        jobs=1,
        block=7,
        store=tmp_path,
    )

    assert again.evidence.equals(found.evidence)
    (resumed,) = study.resume(tmp_path, jobs=1).values()
    assert resumed.evidence.equals(found.evidence)
    assert "find_staffing" in repr(study.status(tmp_path))


def test_a_share_of_replications_can_be_the_target():
    """Nine futures in ten ask more than the mean does."""
    result = capsim.find_staffing(
        queue(),
        {"teams.intake.fte": (1, 3, 0.25)},
        "wait_p90[intake] <= 2 days in 90 % of replications",
        seed=1,
        frontier=0,
    )

    answer = result.evidence[result.evidence["role"] == "answer"].iloc[0]
    assert answer["estimate"] >= 0.9
    assert "%" in repr(result)


def test_a_measure_of_the_users_own_can_be_the_target():
    """A function of a run bounds the staffing like any measure."""
    result = capsim.find_staffing(
        service(),
        {"teams.intake.fte": (1, 3, 1)},
        "waited_a_day <= 12",
        seed=1,
        max_replications=60,
        frontier=0,
        engine="simpy",
        measures={"waited_a_day": longest_queue_of_cases},
        jobs=1,
    )

    assert result.staffing == {"teams.intake.fte": 2}


# -- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vary", "options", "message"),
    [
        ({}, {}, "nothing to choose"),
        ({"teams.intake.fte": (1, 3)}, {}, "lowest, highest, step"),
        ({"teams.intake.fte": (3, 1, 1)}, {}, "not below the lowest"),
        ({"teams.intake.fte": "3"}, {}, "list of values"),
        ({"teams.intake.fte": []}, {}, "no values"),
        ({"teams.intak.fte": (1, 3, 1)}, {}, "did you mean 'intake'"),
        ({"teams.intake.client_share": [0.5, 1.0]}, {}, "nothing says what"),
        ({"teams.intake.fte": (1, 3, 1)}, {"cost": {"teams.x.fte": 1}}, "vary has no such path"),
        ({"teams.intake.fte": (1, 3, 1)}, {"cost": {"teams.intake.fte": -1}}, "0 or more"),
        ({"teams.intake.fte": (1, 100_001, 0.01)}, {}, "too many"),
        ({"teams.intake.fte": (1, 3, 1)}, {"confidence": 1.0}, "between 0.5 and 1"),
        ({"teams.intake.fte": (1, 3, 1)}, {"max_replications": 5}, "max_replications"),
        ({"teams.intake.fte": (1, 3, 1)}, {"frontier": -1}, "frontier"),
        ({"teams.intake.fte": (-1, 3, 1)}, {}, "teams.intake.fte"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(vary, options, message):
    """Arguments are checked first, with the path and the remedy."""
    with pytest.raises(ValueError, match=message):
        capsim.find_staffing(queue(), vary, "wait_mean[intake] <= 1 day", seed=1, **options)


def test_the_edge_of_a_range_is_no_proof_that_less_fails():
    """Where the answer is the lowest value that was allowed, it says so and claims no minimum."""
    edge = capsim.find_staffing(
        queue(), {"teams.intake.fte": (2, 3, 0.5)}, "wait_mean[intake] <= 20 days", seed=1
    )

    assert edge.staffing == {"teams.intake.fte": 2}
    assert "teams.intake.fte is the lowest that you allowed, so less may do" in repr(edge)
    assert "nothing costs less" not in repr(edge)


def test_a_wrong_path_is_called_wrong_before_its_cost_is_asked_for():
    """Nobody should first state the price of what is not there."""
    with pytest.raises(capsim.ScenarioError, match="intak"):
        grid_of(queue(), {"stages.intak.work": ["1 h", "2 h"]})
    with pytest.raises(ValueError, match="nothing says what"):
        grid_of(queue(), {"stages.intake.work": ["1 h", "2 h"]})


def test_a_target_of_an_unknown_stage_is_told():
    """Names are checked against the scenario."""
    with pytest.raises(ValueError, match="did you mean 'intake'"):
        capsim.find_staffing(
            queue(), {"teams.intake.fte": (1, 3, 1)}, "wait_mean[intak] <= 1 day", seed=1
        )


def test_a_target_that_nobody_can_miss_is_told():
    """Without any case that was due there is no share."""
    scenario = queue(**{"stages.intake.deadline": "200 days"})

    with pytest.raises(ValueError, match="nobody was there"):
        capsim.find_staffing(
            scenario, {"teams.intake.fte": (1, 3, 1)}, "late_share[intake] <= 5 %", seed=1, jobs=1
        )


def steady(**changes):
    """Sixty a month at a desk, where as many are open on the first day as theory expects."""
    return capsim.Scenario(
        start="2026-01-05",
        horizon="1 year",
        teams={"desk": {"fte": 3}},
        stages={"list": {"team": "desk", "work": "3 h"}},
        inflows={"x": {"rate": {"per_month": 60}}},
        initial={"list": {"cases": "steady"}},
    ).with_(changes)


def test_a_staffing_that_grows_from_the_first_day_is_not_enough():
    """Where the first day is "steady", one whose number no theory knows fails without a run."""
    found = capsim.find_staffing(
        steady(), {"teams.desk.fte": [0.5, 0.8, 3]}, "wait_mean[list] <= 3 days", seed=1, jobs=1
    )
    assert (found.staffing, found.feasible) == ({"teams.desk.fte": 3}, True)
    cheaper = found.evidence[found.evidence["role"] == "cheaper"]
    assert set(cheaper["verdict"]) == {"fails"}
    assert set(cheaper["n"]) == {0}
    assert "grows, by theory" in repr(found)


@pytest.mark.parametrize(
    "target", ["wait_mean[list] <= 3 days", "wait_mean[list] <= 3 days in 90 % of replications"]
)
def test_if_all_grow_from_the_first_day_none_is_enough(target):
    """The answer says so, and why, in the place of an error."""
    found = capsim.find_staffing(steady(), {"teams.desk.fte": [0.5, 0.8]}, target, seed=1, jobs=1)
    assert not found.feasible
    assert "list grows from the first day on" in found.reasons[0]
    assert "inf" not in repr(found)
