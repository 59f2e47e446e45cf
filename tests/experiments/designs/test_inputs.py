"""What an input may be, and which mistakes are named."""

import json

import numpy as np
import pytest

import capsim
from capsim.experiments.designs.inputs import inputs_of
from capsim.scenario import ScenarioError
from experiments.small import service


def rich():
    """A service with a wave, shares, and integers."""
    return capsim.Scenario(
        name="rich",
        start="2026-01-01",
        horizon="6 months",
        teams={"desk": {"fte": 2}, "idle": {"fte": 1}},
        stages={
            "intake": {"team": "desk", "work": "1 h"},
            "study": {
                "team": "desk",
                "visits": 2,
                "work": {"law": "lognormal", "mean": "2 h", "cv": 0.5},
                "gap": {"law": "gamma", "mean": "7 days", "cv": 0.5},
                "next": {"accepted": 0.8, "refused": 0.2},
            },
        },
        inflows={
            "regular": {"rate": {"per_month": 20}},
            "reform": {"waves": {"summer": {"date": "2026-04-01", "people": 50}}},
        },
    )


CASES = [
    ("teams.desk.fte", (1.5, 2.5), 0.25, 1.75),
    ("teams.desk.fte", (1, 3), 0.25, 1.5),
    ("inflows.reform.waves.summer.people", (10, 19), 0.999, 19),
    ("inflows.reform.waves.summer.people", (10, 19), 0.0, 10),
    ("stages.study.visits", (1, 3), 0.5, 2),
    ("inflows.reform.waves.summer.date", ("2026-03-01", "2026-03-11"), 0.5, "2026-03-06"),
    ("stages.study.gap.mean", ("3 days", "7 days"), 0.25, "4 days"),
    ("stages.study.gap.mean", ("1 day", "2 weeks"), 1.0, "14 days"),
    (
        "stages.study.next",
        ({"accepted": 0.9, "refused": 0.1}, {"accepted": 0.7, "refused": 0.3}),
        0.5,
        {"accepted": 0.8, "refused": 0.2},
    ),
    ("teams.desk.discipline", ["fifo", "deadline"], 0.6, "deadline"),
    ("teams.desk.fte", [3, 1, 2], 0.1, 1),
    ("teams.desk.fte", np.array([3.0, 1.0, 2.0]), 0.9, 3.0),
    ("teams.desk.fte", {"values": [1, 3], "weights": [3, 1]}, 0.7, 1),
    ("teams.desk.fte", {"between": [1.0, 2.0]}, 0.5, 1.5),
    ("inflows.regular.growth", {"law": "uniform", "low": -0.1, "high": 0.1}, 0.25, -0.05),
    ("stages.intake.work.mean", {"law": "uniform", "low": "30 min", "high": "2 h"}, 0.5, "75 min"),
    (
        "inflows.reform.take_up",
        {"law": "triangular", "low": 0.2, "mode": 0.3, "high": 0.4},
        0.5,
        0.3,
    ),
    (
        "inflows.reform.take_up",
        {"law": "scipy", "name": "beta", "args": [1, 1]},
        0.25,
        0.25,
    ),
    (
        "inflows.reform.waves.summer.people",
        {"law": "uniform", "low": 10, "high": 21},
        0.2,
        12,
    ),
]


@pytest.mark.parametrize(("path", "what", "position", "value"), CASES)
def test_an_input_takes_the_value_at_a_position(path, what, position, value):
    """Numbers, whole numbers, dates, durations, tables, lists and laws, also after JSON."""
    (one,) = inputs_of({path: what}, rich())
    (again,) = inputs_of({path: json.loads(json.dumps(one.spec()))}, rich())

    for made in (one, again):
        found = made.at(position)[path]
        if isinstance(value, float):
            assert found == pytest.approx(value, rel=1e-9)
        elif isinstance(value, dict):
            assert found == pytest.approx(value)
        else:
            assert found == value
        rich().with_(made.at(position))


def test_whole_numbers_are_equally_likely():
    """Each of ten numbers of people has a tenth of the positions, the ends too."""
    (one,) = inputs_of({"inflows.reform.waves.summer.people": (10, 19)}, rich())
    positions = (np.arange(1000) + 0.5) / 1000

    values = [one.at(u)["inflows.reform.waves.summer.people"] for u in positions]

    assert np.bincount(values)[10:].tolist() == [100] * 10


def test_several_paths_move_together():
    """Rows of samples keep what belongs together; two rows in a tuple have a line between."""
    paths = ("stages.intake.work.mean", "stages.study.work.mean")
    (rows,) = inputs_of({paths: [("30 min", "3 h"), ("2 h", "1 h")]}, rich())
    (line,) = inputs_of({paths: (("30 min", "3 h"), ("60 min", "1 h"))}, rich())

    assert [tuple(rows.at(u).values()) for u in (0.2, 0.7)] == [("30 min", "3 h"), ("2 h", "1 h")]
    assert line.at(0.5) == {paths[0]: "45 min", paths[1]: "2 h"}
    assert rows.name == " + ".join(paths)


def test_from_end_to_end_a_law_leaves_out_its_tails():
    """Where a design goes from end to end, a law is followed from its 5 % to its 95 % quantile."""
    (one,) = inputs_of({"x": {"law": "exponential", "mean": 1.0}})

    assert one.across(0.0)["x"] == pytest.approx(-np.log(0.95))
    assert one.across(1.0)["x"] == pytest.approx(-np.log(0.05))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"teams.dsk.fte": (1.0, 2.0)}, "did you mean 'desk'"),
        ({"teams.desk.ftee": (1.0, 2.0)}, "did you mean 'fte'"),
        ({"stages.study.gap.mean": (3, 5)}, "needs its unit"),
        ({"teams.desk.fte": (-1.0, 2.0)}, "must be at least 0"),
    ],
)
def test_mistakes_in_the_scenario_are_those_of_the_scenario(inputs, message):
    """A path that leads nowhere, or an end that is not valid there, is told as in a file."""
    with pytest.raises(ScenarioError, match=message):
        inputs_of(inputs, rich())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "must be a table of paths"),
        ({"teams.desk.fte": 3}, "must be two ends"),
        ({"teams.desk.fte": (3.0, 1.0)}, "write .low, high."),
        ({"teams.desk.fte": (1, 2, 3)}, "a tuple is two ends"),
        ({"teams.desk.fte": ("fifo", 2)}, "nothing between"),
        ({"teams.desk.fte": [2]}, "two values or more"),
        ({"teams.desk.fte": [2, 2, 2]}, "nothing varies"),
        ({"teams.desk.fte": {"values": [1, 2], "weights": [1]}}, "for each of the 2 values"),
        ({"teams.desk.fte": {"law": "triangluar"}}, "did you mean 'triangular'"),
        ({"teams.desk.fte": {"law": "triangular", "low": 1, "high": 2}}, "mode"),
        ({"teams.desk.fte": {"law": "exponential", "mean": 1, "growth": 0.1}}, "no growth"),
        ({"teams.desk.fte": {"law": "normal", "mean": -1, "sd": 1}}, "no values below 0"),
        ({"teams.desk.fte": {"law": "scipy", "name": "betta"}}, "continuous law of scipy.stats"),
        ({"teams.desk.fte": {"law": "scipy", "name": "beta", "args": [1]}}, "does not take"),
        ({("teams.desk.fte", "teams.idle.fte"): [(1, 2), (3,)]}, "a row of 2 values"),
        (
            {"teams.desk.fte": (1.0, 2.0), ("teams.desk.fte", "teams.idle.fte"): [(1, 2), (3, 4)]},
            "set twice",
        ),
    ],
)
def test_mistakes_in_an_input_are_named(inputs, message):
    """Subject, value, rule and remedy of everything that cannot be read."""
    with pytest.raises(ValueError, match=message):
        inputs_of(inputs, rich())


def test_a_row_that_is_not_valid_is_told_before_anything_runs(monkeypatch):
    """Ends that are valid alone may not be so together: the row and its settings are named."""
    from capsim.execution import scenario_work

    monkeypatch.setattr(scenario_work.ScenarioWork, "run", None)
    with pytest.raises(ScenarioError) as caught:
        capsim.sensitivity(
            rich(),
            {"warm_up": ("1 day", "150 days"), "horizon": ("90 days", "180 days")},
            "wait_mean[intake]",
            method="sobol",
            points=16,
            replications=1,
            seed=1,
        )
    assert any("row" in note and "warm_up" in note for note in caught.value.__notes__)


def test_a_scenario_of_the_service_is_left_alone():
    """Trying ends changes nothing."""
    scenario = service()
    before = scenario.to_dict()

    inputs_of({"teams.intake.fte": (1.0, 2.0)}, scenario)

    assert scenario.to_dict() == before
