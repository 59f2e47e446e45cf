"""Axes of a staffing: which values are the same, what they cost, what they can do."""

import pytest

import capsim
from capsim.experiments.staffing.grid import grid_of
from capsim.experiments.staffing.targets import Target
from experiments.small import service


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


def test_a_change_of_nothing_is_one_staffing_whenever_it_starts():
    """Adding 0 FTE at two dates is the same, and costs nothing."""
    grid = grid_of(
        queue(),
        {
            "teams.intake.changes.spring.add": (0, 2, 1),
            "teams.intake.changes.spring.at": ["2026-03-01", "2026-06-01"],
        },
    )

    assert grid.size == 5
    assert grid.cost[0].tolist() == [0.0, 0.0]
    assert grid.staffed(grid.same((0, 0))).teams["intake"].changes == {}


def test_a_change_costs_for_the_time_that_it_is_there():
    """Two FTE for the second half of the time cost as much as one for all of it."""
    scenario = queue(horizon="200 days", start="2026-01-02")
    grid = grid_of(
        scenario,
        {
            "teams.intake.changes.spring.add": [2],
            "teams.intake.changes.spring.at": ["2026-04-12"],
        },
    )

    assert grid.cost.ravel()[0] == pytest.approx(1.0, abs=0.02)


def test_what_a_team_can_do_for_a_target_follows_the_pathway():
    """Own staff helps; staff downstream does nothing; staff upstream may help or harm."""
    vary = {"teams.intake.fte": (1, 2, 1), "teams.guidance.fte": (1, 2, 1)}
    grid = grid_of(service(), vary)

    def effects(text):
        return grid.effects(Target.parse(text))

    assert effects("wait_mean[intake] <= 1 day") == ("helps", "none")
    assert effects("wait_mean[guidance] <= 1 day") == ("either", "helps")
    assert effects("caseload_peak[guidance] <= 50") == ("either", "helps")
    assert effects("late_share[intake] <= 5 %") == ("helps", "none")
    assert effects("decision_days_mean[guidance] <= 9 days") == ("helps", "helps")
