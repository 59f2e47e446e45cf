"""Dotted overrides: paths, means at constant cv, additions, removals and refusals."""

from typing import Any

import pytest

from capsim.scenario import Scenario, ScenarioError
from capsim.scenario.units import days, hours


def scenario(**stages: Any) -> Scenario:
    """One desk with the given fields of its only stage."""
    return Scenario(
        start="2026-01-01",
        horizon="2 years",
        teams={
            "desk": {"fte": 2, "absence": {"leave": {"spells_per_year": 3, "length": "10 days"}}}
        },
        stages={
            "intake": {"team": "desk", "work": "45 min", **stages},
            "rest": {"stay": "10 days"},
        },
        inflows={"regular": {"rate": {"per_month": 40}}},
    )


def test_mean_of_a_bare_duration() -> None:
    """The path to the mean works on a text too, which stays one."""
    changed = scenario().with_({"stages.intake.work.mean": "1 h"})
    assert changed.to_dict()["stages"]["intake"]["work"] == "1 h"


@pytest.mark.parametrize(
    ("law", "factor"),
    [
        ({"law": "lognormal", "mean": "2 h", "cv": 0.6}, 1.5),
        ({"law": "gamma", "mean": "2 h", "sd": "30 min", "plus": "5 min"}, 1.5),
        ({"law": "erlang", "mean": "2 h", "shape": 3}, 1.5),
        ({"law": "uniform", "low": "1 h", "high": "3 h", "plus": "5 min"}, 1.5),
        ({"law": "triangular", "low": "30 min", "mode": "1 h", "high": "4.5 h"}, 1.5),
        ({"law": "empirical", "values": ["1 h", "3 h"], "plus": "10 min"}, 1.5),
        (
            {
                "law": "mixture",
                "of": [
                    {"share": 0.5, "law": "fixed", "mean": "30 min", "plus": "30 min"},
                    {"share": 0.5, "law": "gamma", "mean": "3 h", "cv": 0.5},
                ],
            },
            1.5,
        ),
        ({"law": "scipy", "name": "beta", "args": [2, 2], "loc": "1 h", "scale": "2 h"}, 1.5),
    ],
    ids=lambda value: value["law"] if isinstance(value, dict) else "",
)
def test_path_to_a_mean_scales_the_law_at_constant_cv(law: dict[str, Any], factor: float) -> None:
    """Mean and sd grow by the same factor; what is added after the law does not."""
    before = scenario(work=law).stages["intake"].work_laws[0]
    changed = scenario(work=law).with_({"stages.intake.work.mean": "3 h"})
    after = changed.stages["intake"].work_laws[0]
    assert after.variable(hours).mean == pytest.approx(3)
    assert after.sd_in(hours) == pytest.approx(before.sd_in(hours) * factor)
    assert after.plus == before.plus


def test_lists_by_position() -> None:
    """Each visit's law has its own path; without a position the mean is ambiguous."""
    both = scenario(visits=2, work=["1 h", {"law": "gamma", "mean": "2 h", "cv": 0.5}])
    changed = both.with_({"stages.intake.work.1.mean": "4 h", "stages.intake.work.0": "30 min"})
    assert [law.mean_in(hours) for law in changed.stages["intake"].work_laws] == [0.5, 4]
    with pytest.raises(ScenarioError, match="several laws stand here"):
        both.with_({"stages.intake.work.mean": "4 h"})
    with pytest.raises(ScenarioError, match="no position in a list of 2"):
        both.with_({"stages.intake.work.2": "4 h"})


def test_parts_of_what_was_not_written() -> None:
    """A field below an absent or a bare value makes the table around it."""
    changed = scenario(deadline="30 days").with_(
        {
            "stages.intake.deadline.until": "start",
            "stages.intake.decision.every": "14 days",
            "stages.intake.work.growth": 0.02,
            "calendar.hours_per_day": 8,
        }
    )
    intake = changed.stages["intake"]
    assert intake.deadline is not None
    assert (str(intake.deadline.within), intake.deadline.until) == ("30 days", "start")
    assert intake.meetings is not None
    assert intake.work_laws[0].growth == 0.02
    assert changed.calendar.day_ticks == 28_800


def test_new_tables_and_removals() -> None:
    """A new name takes a whole table; None takes an entry away."""
    changed = scenario().with_(
        {
            "inflows.reform": {"take_up": 0.4},
            "inflows.reform.waves": {"march": {"date": "2026-03-01", "people": 10}},
            "inflows.reform.waves.march.people": 20,
            "teams.desk.absence.leave": None,
        }
    )
    assert changed.inflows["reform"].waves["march"].people == 20
    assert changed.teams["desk"].absence == {}


REFUSED = {
    "team": ({"teams.dek.fte": 3}, "there is no team 'dek'; did you mean 'desk'?"),
    "field": ({"teams.desk.ftee": 3}, "teams.desk.ftee = 3: there is no such field"),
    "table": ({"team.desk.fte": 3}, "team = {'desk': {'fte': 3}}: there is no such field; did you"),
    "wave": ({"inflows.regular.waves.may.people": 3}, "there is no wave 'may'"),
    "inflow": ({"inflows.regular.stages.intak.work": "1 h"}, "there is no stage 'intak'"),
    "below a number": ({"teams.desk.fte.mean": 3}, "no law stands here"),
    "value": ({"teams.desk.fte": -3}, "teams.desk.fte = -3: must be at least 0"),
    "nothing to remove": ({"teams.desk.turnover": None}, "there is nothing to take away"),
    "new team without table": ({"teams.guides": 3}, "there is no team 'guides'"),
    "mean of a mistake": ({"stages.intake.work.mean": 3}, "a duration needs its unit"),
}  # fmt: skip


@pytest.mark.parametrize(("overrides", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_paths_say_why(overrides: dict[str, Any], message: str) -> None:
    """The path is named, and the nearest one that exists."""
    with pytest.raises(ScenarioError) as caught:
        scenario().with_(overrides)
    assert message in str(caught.value)


def test_all_refusals_at_once() -> None:
    """Two misspelt paths give two mistakes."""
    with pytest.raises(ScenarioError) as caught:
        scenario().with_({"teams.dek.fte": 3, "stages.intak.work": "1 h"})
    assert len(caught.value.mistakes) == 2


def test_unknown_variant_has_a_suggestion() -> None:
    """The names of the variants are known."""
    base = Scenario(**scenario().to_dict(), variants={"abrupt": {"teams.desk.fte": 3}})
    assert base.variant("abrupt").teams["desk"].fte == 3
    with pytest.raises(ScenarioError, match="did you mean 'abrupt'"):
        base.variant("abrubt")


def test_workday_means_keep_their_unit() -> None:
    """A law in workdays takes a mean in workdays only."""
    law = {"law": "uniform", "low": "5 workdays", "high": "15 workdays"}
    changed = scenario(patience=law).with_({"stages.intake.patience.mean": "20 workdays"})
    patience = changed.stages["intake"].patience
    assert patience is not None
    assert [str(duration) for _, duration in patience.durations()] == ["10 workdays", "30 workdays"]
    with pytest.raises(ScenarioError, match="workdays do not mix"):
        scenario(patience=law).with_({"stages.intake.patience.mean": "20 days"})
    with pytest.raises(ValueError, match="no fixed number"):
        patience.mean_in(days)
