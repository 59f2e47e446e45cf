"""SECURITY.md, by tests: texts of others stay texts in every output."""

import csv
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app

SCRIPT = "<script>alert(1)"
OFFICE = """\
name = "=HYPERLINK(\\"x\\",\\"<script>alert(1)</script>\\")\\u001b[31m"
start = 2026-01-05
horizon = "12 weeks"
[teams.desk]
fte = 2
workers = "staff.csv"
[stages.intake]
team = "desk"
work = "2 h"
[inflows.regular]
rate = { per_month = 60 }
[evidence]
"teams.desk.fte" = { value = "=1+1", source = "=2<script>alert(1)</script>", certainty = "stated" }
"""
STAFF = f"name,fte\n=cmd|'C calc'!A0,1\n{SCRIPT},1\n"
FEW = ["-n", "2", "--seed", "1", "--engine", "simpy", "--jobs", "1"]


@pytest.fixture
def office(tmp_path):
    """A scenario whose own name, file name, evidence and workers are formulas and scripts."""
    (tmp_path / "staff.csv").write_text(STAFF, encoding="utf-8")
    path = tmp_path / "=office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return path


def call(*arguments):
    answer = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert answer.exit_code == 0, answer.output
    assert "\x1b[31m" not in answer.output
    return answer


def formulas(path: Path) -> list[str]:
    """Cells of a table that a spreadsheet would run."""
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines(), delimiter=";" if ";" in text.split("\n")[0] else ","))
    return [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]


@pytest.mark.parametrize("style", ["plain", "excel"])
def test_no_table_of_any_command_has_a_formula(office, tmp_path, style):
    """The copy of the user's own list of workers apart, which is read again as it stands."""
    calm = tmp_path / "calm.toml"
    calm.write_text(OFFICE.replace('name = "=HYPER', 'name = "HYPER'), encoding="utf-8")
    commands = {
        "run": (office,),
        "compare": (office, calm),
        "sweep": (office, "--vary", "stages.intake.work=1 h,2 h"),
    }
    for name, what in commands.items():
        call(name, *what, *FEW, "--out", tmp_path / name, "--csv", style)
        tables = [path for path in (tmp_path / name).rglob("*.csv") if path.name != "staff.csv"]
        assert tables
        assert {path.name: formulas(path) for path in tables} == {path.name: [] for path in tables}
    assert "'=HYPERLINK" in (tmp_path / "compare" / "summary.csv").read_text("utf-8-sig")


def test_tables_and_logs_from_python_have_no_formula(office, tmp_path):
    """`to_csv` of a comparison under names that the user gives, and a log for other tools."""
    scenario = capsim.load(office)
    found = capsim.compare({"=a": scenario, "b": scenario}, n=2, seed=1, engine="simpy", jobs=1)
    found.to_csv(tmp_path / "a.csv")
    run = capsim.simulate(scenario, seed=1, engine="simpy")
    run.to_event_log("pm4py", tmp_path / "log.csv")

    assert formulas(tmp_path / "a.csv") == []
    assert formulas(tmp_path / "log.csv") == []
    assert "'=a" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    assert "main/desk/=cmd" in (tmp_path / "log.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_no_name_becomes_part_of_a_page_or_a_figure(office, tmp_path, language):
    """No script, no raw escape; figures remain XML."""
    page = tmp_path / "page.html"
    call("report", office, *FEW, "--language", language, "--out", page)
    text = page.read_text(encoding="utf-8")
    assert SCRIPT not in text
    assert "\x1b" not in text
    if language == "en":
        call("run", office, *FEW, "--out", tmp_path / "out")
        for figure in (tmp_path / "out").glob("*.svg"):
            ElementTree.parse(figure)
            assert SCRIPT not in figure.read_text(encoding="utf-8")
        assert SCRIPT not in capsim.load(office)._repr_html_()
