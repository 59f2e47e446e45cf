"""Results in a workbook: what a directory would hold, and nothing of anybody else's overwritten."""

import pandas as pd
import pytest
import python_calamine
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app

SMALL = """
name = "=cmd"
start = 2026-01-05
horizon = "3 months"
[teams.desk]
fte = 1
[stages.intake]
team = "desk"
work = "3 h"
[inflows.regular]
counts = "numbers.csv"
"""
RUN = ["-n", "3", "--seed", "1", "--engine", "simpy", "--jobs", "1"]


@pytest.fixture
def scenario(tmp_path):
    """A scenario with a table in a file beside it."""
    (tmp_path / "numbers.csv").write_text("month,count\n2026-01,40\n2026-02,30\n2026-03,30\n")
    file = tmp_path / "small.toml"
    file.write_text(SMALL)
    return file


def run(*arguments):
    """A command and what it printed."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_a_run_goes_to_a_workbook(scenario, tmp_path):
    """Tables are those of the CSV files, the scenario can be copied out, nothing is a formula."""
    book, folder = tmp_path / "results.xlsx", tmp_path / "results"
    for target in (book, folder):
        told = run("run", scenario, *RUN, "--out", target)
        assert told.exit_code == 0, told.output
    opened = python_calamine.CalamineWorkbook.from_path(str(book))
    tables = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    tables.pop("numbers")

    assert set(tables) < set(opened.sheet_names)
    for name, expected in tables.items():
        header, *rows = opened.get_sheet_by_name(name).to_python(skip_empty_area=False)
        assert header == list(expected.columns)
        assert len(rows) == len(expected)
    header, *rows = opened.get_sheet_by_name("summary").to_python()
    means = pd.to_numeric(tables["summary"]["mean"], errors="coerce")
    found = [row[header.index("mean")] for row in rows]
    assert [value for value, mean in zip(found, means, strict=True) if mean == mean] == (
        pytest.approx(means.dropna().tolist())
    )
    lines = [row[0] for row in opened.get_sheet_by_name("scenario.toml").to_python()]
    assert 'name = "=cmd"' in lines
    assert opened.get_sheet_by_name("numbers.csv").to_python()[0][0] == "month,count"
    assert {"about", "figure queues"} <= set(opened.sheet_names)


def test_only_results_are_replaced(scenario, tmp_path):
    """A second run replaces the first; somebody else's workbook stays as it is."""
    book = tmp_path / "results.xlsx"
    assert run("run", scenario, *RUN, "--out", book).exit_code == 0
    assert run("run", scenario, *RUN, "--out", book).exit_code == 0
    other = tmp_path / "mine.xlsx"
    other.write_bytes(b"years of work")
    told = run("run", scenario, *RUN, "--out", other)
    assert told.exit_code == 2
    assert "is no workbook of results" in told.output
    assert other.read_bytes() == b"years of work"
    told = run("run", scenario, *RUN, "--out", book, "--format", "parquet")
    assert told.exit_code == 2
    assert not list(tmp_path.glob(".*"))


def sheet(path, rows):
    """A workbook with one table."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet()
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if hasattr(cell, "year"):
                    page.write_datetime(row, column, cell, date)
                elif cell is not None:
                    page.write(row, column, cell)
    return path


def test_tables_of_a_scenario_may_be_workbooks(scenario, tmp_path):
    """Open cases and counts from a sheet are those from CSV; saved they are CSV files."""
    import datetime

    sheet(tmp_path / "numbers.xlsx", [["month", "count"], ["2026-01", 40], ["2026-02", 30],
                                      ["2026-03", 30]])  # fmt: skip
    since = datetime.datetime(2025, 12, 1)
    sheet(tmp_path / "open.xlsx", [["case", "stage", "since"], [101, "intake", since],
                                   [None, None, None], ["b", "intake", "2025-12-30"]])  # fmt: skip
    (tmp_path / "open.csv").write_text("case,stage,since\n101,intake,2025-12-01\n"
                                       "b,intake,2025-12-30\n")  # fmt: skip
    text = scenario.read_text()
    plain = tmp_path / "plain.toml"
    plain.write_text('initial = "open.csv"\n' + text)
    book = tmp_path / "book.toml"
    book.write_text('initial = "open.xlsx"\n' + text.replace("numbers.csv", "numbers.xlsx"))
    one, other = capsim.load(plain), capsim.load(book)

    assert one.hash == other.hash
    other.save(tmp_path / "saved" / "again.toml")
    assert (tmp_path / "saved" / "open.csv").read_text() == (tmp_path / "open.csv").read_text()
    assert capsim.load(tmp_path / "saved" / "again.toml").hash == one.hash


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"case,stage,since\n"])
def test_a_list_that_is_no_workbook(scenario, tmp_path, content):
    """In a sentence with what to do."""
    (tmp_path / "open.xlsx").write_bytes(content)
    scenario.write_text('initial = "open.xlsx"\n' + scenario.read_text())
    with pytest.raises(capsim.ScenarioError, match=r"open.xlsx.*is no workbook that can be read"):
        capsim.load(scenario)


def test_mistakes_of_a_sheet_name_the_row(scenario, tmp_path):
    """As those of a CSV file name the line."""
    sheet(tmp_path / "open.xlsx", [["case", "stage", "since"], ["a", "intake", "long ago"]])
    scenario.write_text('initial = "open.xlsx"\n' + scenario.read_text())
    with pytest.raises(capsim.ScenarioError, match=r"open.xlsx, line 2, since 'long ago'"):
        capsim.load(scenario)
