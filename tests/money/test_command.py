"""`capsim money`, and what other commands say and write where something has a price."""

import tomllib
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app

OFFICE = """\
name = "office"
start = 2026-01-05
horizon = "4 months"
[teams.desk]
fte = 2
[stages.intake]
team = "desk"
work = "3 h"
deadline = "5 days"
[stages.guidance]
stay = "60 days"
next = { work = 1.0 }
[inflows.regular]
rate = { per_month = 75 }
[costs]
teams.desk.post = 70_000
stages.intake.late_day = 35
exits.work = 20
[funding.per_file]
kind = "open"
stage = "guidance"
per_year = 518
joined = { until = 2026-03-01 }
"""
SMALL = ["-n", "3", "-s", "1", "--jobs", "1"]


@pytest.fixture
def office(tmp_path):
    """A file with prices."""
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return path


def call(*arguments):
    """What a command prints."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_money_prints_and_writes_the_means_of_the_library(office, tmp_path):
    """The table has every item; the file is the frame of `Replications.money`."""
    out = tmp_path / "out"
    answer = call("money", office, *SMALL, "--every", "quarter", "--out", out)
    frame = capsim.replicate(capsim.load(office), n=3, seed=1, jobs=1).money("1 quarter")
    whole = frame[(frame[["period", "office", "inflow", "item"]] == "all").all(axis=1)]
    written = pd.read_csv(out / "money.csv")

    assert answer.exit_code == 0, answer.output
    for text in ("Means in EUR", "costs", "teams.desk.post", "exits.work", "per_file", "2026-Q2"):
        assert text in answer.stdout
    assert f"{whole['amount'].iloc[0]:,.0f}" in answer.stdout
    assert "join outside this window" in answer.stdout
    assert written["amount"].to_numpy() == pytest.approx(frame["amount"].to_numpy())


def test_money_of_what_has_no_price_is_a_mistake_of_the_user(office):
    """It ends with 2, and says what to write; so does an office that there is not."""
    office.write_text(OFFICE.split("[costs]")[0], encoding="utf-8")
    answer = call("money", office, *SMALL)

    assert answer.exit_code == 2
    assert "add [costs]" in answer.output


def test_an_office_that_there_is_not_is_told(office):
    """With those that there are."""
    answer = call("money", office, *SMALL, "--office", "genk")

    assert answer.exit_code == 2
    assert "no office 'genk'" in answer.output


def test_run_and_compare_tell_of_money(office, tmp_path):
    """Costs and funding stand among the means, and the table is written beside the others."""
    out = tmp_path / "out"
    answer = call("run", office, *SMALL)
    other = tmp_path / "more.toml"
    other.write_text(OFFICE.replace("fte = 2", "fte = 3"), encoding="utf-8")
    compared = call("compare", office, other, *SMALL, "--out", out)

    assert "funding" in answer.stdout
    assert "costs for a case" in answer.stdout
    assert compared.exit_code == 0, compared.output
    assert set(pd.read_csv(out / "money.csv")["scenario"]) == {"office", "more"}


def test_staff_finds_the_cheapest_in_money(office):
    """Without a target: posts against late days."""
    answer = call(
        "staff", office, "--vary", "teams.desk.fte=1:3:1", "--cost", "money", "--seed", "1",
        "--jobs", "1", "--most", "30",
    )  # fmt: skip

    assert answer.exit_code == 0, answer.output
    assert "teams.desk.fte = 2 costs" in answer.stdout


def test_the_page_about_money_shows_tables_that_hold():
    """The prices and rules of the how-to page are those of a valid scenario, without a warning."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "money.md"
    tables = tomllib.loads(page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0])
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="3 years",
        teams={"social": {"fte": 3}},
        stages={
            "investigation": {"team": "social", "work": "5 h", "deadline": "30 days"},
            "guidance": {"stay": "300 days", "next": {"work": 0.5, "closed": 0.5}},
        },
        inflows={"regular": {"rate": {"per_month": 10}}, "reform": {"rate": {"per_month": 2}}},
        **tables,
    )

    assert list(scenario.funding) == ["per_file", "doubled", "outflow", "reimbursed"]
    assert not [line for line in scenario.check() if "costs" in line or "funding" in line]
