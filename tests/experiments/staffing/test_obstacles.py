"""Targets that no staff meets: what stands in the way is named."""

import capsim
from capsim.experiments import obstacles


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


def reasons_of(scenario, target, **options):
    """Sentences about a target that is not met."""
    return " | ".join(obstacles(scenario, target, seed=1, n=10, jobs=1, **options).reasons)


def test_an_impossible_target_says_what_binds():
    """With too narrow limits the largest staffing is shown to fail, and why."""
    result = capsim.find_staffing(
        queue(), {"teams.intake.fte": [0.8, 0.9, 1.0]}, "wait_mean[intake] <= 1 h", seed=1, jobs=1
    )

    assert not result.feasible
    assert "NOT possible" in repr(result)
    assert "staff binds; allow more of it" in " ".join(result.reasons)
    assert set(result.obstacles["without"]) == {"nothing", "lack of staff"}


def test_a_target_that_cannot_be_decided_is_not_called_impossible():
    """A largest staffing that lies on its bound is named undecided, with the remedy."""
    scenario = queue()
    n = 2_000
    bound = capsim.replicate(scenario, n=n, seed=9).summary("wait_mean[intake]")["mean"].iloc[0]

    result = capsim.find_staffing(
        scenario,
        {"teams.intake.fte": [scenario.teams["intake"].fte]},
        f"wait_mean[intake] <= {bound:.6f} days",
        seed=1,
        max_replications=40,
        jobs=1,
    )

    assert not result.feasible
    assert "NOT decided" in repr(result)
    assert "max_replications" in repr(result)
    assert "NOT possible" not in repr(result)
    assert len(result.undecided) == 1


def test_meetings_that_come_too_seldom_are_named():
    """No staff decides before the next meeting."""
    scenario = queue(**{"stages.intake.decision": {"every": "28 days"}, "teams.intake.fte": 3})

    reasons = reasons_of(scenario, "late_share[intake] <= 5 %")

    assert "with 10 times the staff" in reasons
    assert "staff alone cannot do it" in reasons
    assert "hold meetings more often" in reasons


def test_meetings_that_are_full_are_named_apart_from_seldom_ones():
    """Where files are more than the places at meetings, more places would do."""
    decision = {"every": "2 days", "places": 1}
    scenario = queue(**{"stages.intake.decision": decision, "teams.intake.fte": 3})

    reasons = reasons_of(scenario, "late_share[intake] <= 5 %")

    assert "places a month for" in reasons
    assert "without limits of places at meetings it is met" in reasons
    assert "take more files at each" in reasons


def test_places_that_are_full_are_named_apart_from_hours():
    """A team may have hours and no places: then the limit binds."""
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="1 year",
        teams={"guidance": {"fte": 2, "caseload_limit": 15}},
        stages={
            "guidance": {
                "team": "guidance",
                "caseworker": True,
                "stay": "120 days",
                "gap": "28 days",
                "work": "30 min",
            }
        },
        inflows={"regular": {"rate": {"per_month": 12}}},
    )

    reasons = reasons_of(scenario, "assignment_wait_mean[guidance] <= 3 days")

    assert "places bind, not hours" in reasons
    assert "hours of client work bind" not in reasons


def test_small_offices_are_named():
    """Ten offices with little more than one seat each wait long; together they would not."""
    offices = {f"office{k}": {"share": 0.1} for k in range(10)}
    scenario = queue(
        **{
            "offices": offices,
            "teams.intake.fte": 12.5,
            "inflows.regular.rate.per_month": 450,
            "horizon": "1 year",
        }
    )

    assert "share teams over offices" in reasons_of(scenario, "wait_mean[intake] <= 0.3 days")


def test_a_target_below_the_work_itself_is_impossible():
    """Nothing alone is enough if the work takes longer than the deadline."""
    scenario = queue(**{"stages.intake.work": "30 h", "teams.intake.fte": 20})

    assert "nothing alone is enough" in reasons_of(scenario, "stay_mean[intake] <= 1 h")
