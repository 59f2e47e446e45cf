"""The commands that answer: how many workers, and which assumption matters."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.cli.options import values_of

OFFICE = """\
name = "office"
start = 2026-01-05
horizon = "3 months"
[teams.desk]
fte = 1
[stages.intake]
team = "desk"
work = "3 h"
[inflows.regular]
rate = { per_month = 45 }
"""

RATE = ["--input", "inflows.regular.rate.per_month=30:45"]
WAIT = ["--measure", "wait_mean[intake]"]
SMALL = ["--seed", "1", "--engine", "simpy", "--jobs", "1"]


@pytest.fixture
def office(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return str(path)


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_staff_prints_and_writes_the_answer_of_the_library(office, tmp_path):
    """The staffing found, its evidence and its frontier are those of `find_staffing`."""
    out = tmp_path / "out"
    choice = ["--vary", "teams.desk.fte=1:4:1", "--target", "wait_mean[intake] <= 1 day"]

    answer = call("staff", office, *choice, *SMALL, "--out", out)

    assert answer.exit_code == 0
    assert "teams.desk.fte = 2" in answer.stdout
    assert json.loads((out / "manifest.json").read_text())["staffing"] == {"teams.desk.fte": 2}
    assert {"evidence.csv", "frontier.csv"} <= {path.name for path in out.iterdir()}
    assert capsim.load(out / "scenario.toml").teams["desk"].fte == 2


def test_staff_warns_about_the_staffing_found_not_the_old_one(office):
    """A file that is overloaded gives no warning about the staffing that cures it."""
    choice = ["--vary", "teams.desk.fte=1:4:1", "--target", "wait_mean[intake] <= 1 day"]

    busy = ["--set", "inflows.regular.rate.per_month=70"]

    assert "OVERLOAD" in call("check", office, *busy).stdout
    answer = call("staff", office, *choice, *busy, *SMALL)
    assert answer.exit_code == 0
    assert "OVERLOAD" not in answer.stdout


def test_sensitivity_writes_the_indices_of_the_library(office, tmp_path):
    """The indices in the file are those that `sensitivity` gives."""
    out = tmp_path / "out"

    answer = call(
        "sensitivity", office, *RATE, *WAIT, "--method", "oat", "-n", 3, *SMALL, "--out", out
    )

    expected = capsim.sensitivity(
        capsim.load(office),
        {"inflows.regular.rate.per_month": (30, 45)},
        ["wait_mean[intake]"],
        method="oat",
        replications=3,
        seed=1,
        engine="simpy",
        jobs=1,
    ).indices
    actual = pd.read_csv(out / "indices.csv")
    assert answer.exit_code == 0
    assert list(actual["value"]) == pytest.approx(list(expected["value"]))
    assert (out / "tornado-wait_mean-intake.png").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--method", "sobol", "--points", 16], "1 input of 'office'"),
        (["--method", "oat"], "wait_mean[intake]"),
        (["--method", "morris", "--points", 4], "mu_star"),
    ],
)
def test_one_input_is_analysed_by_every_method(office, options, said):
    """A single input is no special case of any method, and no reason for a traceback."""
    answer = call("sensitivity", office, *RATE, *WAIT, *options, "-n", 2, *SMALL)

    assert answer.exit_code == 0
    assert said in answer.stdout


def test_an_input_without_influence_is_told(office):
    """Where all is luck, the share of luck is told in words, not divided by what is left."""
    still = ["--input", "teams.desk.onboarding.rate=0.5:0.9"]

    answer = call(
        "sensitivity", office, *still, *WAIT, "--method", "oat", "-n", 2, *SMALL,
        "--set", "teams.desk.onboarding={length='1 month', rate=0.5}",
    )  # fmt: skip

    assert answer.exit_code == 0
    assert "the inputs do little beside it" in answer.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["sensitivity", "--method", "oat"], "any of the 3 rows may"),
        (["uncertainty", "--samples", 10], "any of the 10 draws may"),
    ],
)
def test_only_the_scenario_as_it_is_was_judged(office, command, said):
    """Inputs may overload a calm service: the answer says that nobody looked, and at how many."""
    name, *options = command
    busy = ["--input", "inflows.regular.rate.per_month=30:200"]

    answer = call(name, office, *busy, *WAIT, *options, "-n", 2, *SMALL)

    assert answer.exit_code == 0
    assert "OVERLOAD:" not in answer.stdout
    assert said in answer.stdout


def test_uncertainty_tells_inputs_and_luck_apart(office):
    """The printed table names both sources."""
    answer = call("uncertainty", office, *RATE, *WAIT, "--samples", 10, "-n", 2, *SMALL)

    assert answer.exit_code == 0
    assert "by inputs" in answer.stdout
    assert "by luck" in answer.stdout


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["staff", "--vary", "teams.desk.fte=1:4:1", "--target", "waits are short"], "waits"),
        (["staff", "--vary", "teams.desk.fte=1:4", "--target", "wait_mean <= 1 day"], "LOW:HIGH"),
        (["sensitivity", "--method", "oat", "-n", 2, *RATE, "--measure", "wait[intake]"], "wait"),
        (["sensitivity", "--method", "oat", "-n", 2, *RATE, *RATE, *WAIT], "given twice"),
        (
            ["sensitivity", "--method", "sobol", "--points", 100, "-n", 2, *RATE, *WAIT],
            "power of 2",
        ),
        (["uncertainty", "--samples", 10, "-n", 1, *RATE, *WAIT], "replications"),
    ],
)
def test_an_argument_that_the_library_refuses_is_a_mistake(office, command, message):
    """The refusal is told in its own words, with exit code 2 and no traceback."""
    answer = call(command[0], office, *command[1:], *SMALL)

    assert answer.exit_code == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_fault_of_the_program_is_not_a_mistake_of_the_user(office, monkeypatch):
    """An error that no sentence of the library explains keeps its traceback."""
    from capsim import experiments

    monkeypatch.setattr(experiments, "sensitivity", lambda *_, **__: {}["oops"])

    answer = call("sensitivity", office, *RATE, *WAIT, "--method", "oat", "-n", 2, *SMALL)

    assert isinstance(answer.exception, KeyError)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b=1:4:0.5", (1, 4, 0.5)),
        ("a.b=1,2,3", [1, 2, 3]),
        ("a.b=2026-03-01,2026-06-01", ["2026-03-01", "2026-06-01"]),
        ('a.b={ law = "uniform", low = 1, high = 2 }', {"law": "uniform", "low": 1, "high": 2}),
    ],
)
def test_choices_may_be_spans_lists_and_tables(text, expected):
    """Each way of writing values gives what the library takes."""
    assert values_of(text, "--vary", parts=3) == ("a.b", expected)
