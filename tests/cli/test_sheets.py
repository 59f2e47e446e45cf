"""Tables that commands write for people: dates, spreadsheets, short summaries, harmless texts."""

import pandas as pd
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app

OFFICE = """\
start = 2026-01-05
horizon = "20 weeks"
[teams.desk]
fte = 1.3
[stages.intake]
team = "desk"
work = "2 h"
deadline = "5 days"
[inflows.regular]
rate = { per_month = 60 }
waves.reform = { date = 2026-01-19, people = 60 }
"""
OFFICES = """\
[offices.north]
share = 0.6
[offices.south]
share = 0.4
"""
SMALL = ["-n", "4", "--seed", "1", "--engine", "simpy", "--jobs", "1"]


def call(*arguments):
    answer = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert answer.exit_code == 0, answer.output
    return answer


@pytest.fixture
def office(tmp_path):
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    return path


def result_of(path):
    return capsim.replicate(capsim.load(path), n=4, seed=1, engine="simpy", jobs=1)


def test_days_are_dates_in_every_csv(office, tmp_path):
    """Backlogs, series, cases and stays have dates; no number of days since the start is left."""
    call("run", office, *SMALL, "--out", tmp_path / "out")
    result = result_of(office)
    result.to_csv(tmp_path / "own.csv")

    values = pd.read_csv(tmp_path / "out" / "values.csv")
    own = pd.read_csv(tmp_path / "own.csv")
    days = result.values("clear_day[intake]")["value"]
    start = pd.Timestamp("2026-01-05")
    expected = [str((start + pd.Timedelta(days=int(day))).date()) for day in days.dropna()]
    for frame in (values, own):
        rows = frame[(frame["measure"] == "clear_day") & (frame["inflow"] == "all")]
        rows = rows[rows["office"] == "all"]
        assert rows["value"].dropna().tolist() == expected
    assert len(expected) > 0
    series = pd.read_csv(tmp_path / "out" / "series.csv")
    assert series["day"].iloc[0] == "2026-01-05"
    stays = pd.read_csv(tmp_path / "out" / "stays.csv", parse_dates=["joined", "ended", "due"])
    run = capsim.simulate(capsim.load(office), seed=1, engine="simpy")
    assert (stays["joined"] == run.with_dates().stays["joined"]).all()
    whole = start + pd.to_timedelta(run.stays["joined"] // 1, "D")
    assert (stays["joined"].dt.normalize() == whole).all()


def test_dates_of_a_run_are_those_of_the_clock_of_the_office():
    """Work from half past eight over lunch: three hours and a half end at half past twelve."""
    scenario = capsim.Scenario(
        start="2026-01-05",
        horizon="2 weeks",
        calendar={
            "opens": "08:30",
            "lunch": {"from": "12:00", "until": "12:30"},
            "hours_per_day": 7.6,
        },
        teams={"desk": {"fte": 1}},
        stages={"intake": {"team": "desk", "work": "3.75 h"}},
        inflows={"few": {"waves": {"one": {"date": "2026-01-06", "people": 1}}}},
    )
    run = capsim.simulate(scenario, seed=1, engine="simpy")
    stay = run.with_dates().stays.iloc[0]

    assert (stay["started"], stay["ended"]) == (
        pd.Timestamp("2026-01-06 08:30"),
        pd.Timestamp("2026-01-06 12:45"),
    )
    assert run.with_dates().cases["applied"].iloc[0].date().isoformat() == "2026-01-06"
    assert str(run.with_dates().series("1 week")["day"].iloc[-1].date()) == "2026-01-12"


def test_a_summary_is_short_and_offices_have_a_file(office, tmp_path):
    """summary.csv is of all offices together, offices.csv holds the rest; none for one office."""
    many = tmp_path / "many.toml"
    many.write_text(OFFICE + OFFICES, encoding="utf-8")
    call("run", office, *SMALL, "--out", tmp_path / "one")
    call("run", many, *SMALL, "--out", tmp_path / "two")

    assert set(pd.read_csv(tmp_path / "two" / "summary.csv")["office"]) == {"all"}
    assert set(pd.read_csv(tmp_path / "two" / "offices.csv")["office"]) == {"north", "south"}
    rows = [len(pd.read_csv(tmp_path / "two" / f"{name}.csv")) for name in ("summary", "offices")]
    assert sum(rows) == len(result_of(many).summary())
    assert set(pd.read_csv(tmp_path / "one" / "summary.csv")["office"]) == {"all"}
    assert not (tmp_path / "one" / "offices.csv").exists()


def test_a_spreadsheet_opens_the_tables(office, tmp_path):
    """Semicolons, decimal commas, a byte order mark; numbers are the same, dates stay dates."""
    call("run", office, *SMALL, "--out", tmp_path / "plain")
    call("run", office, *SMALL, "--out", tmp_path / "excel", "--csv", "excel")

    data = (tmp_path / "excel" / "summary.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfmeasure;kind;of;")
    assert b"." not in data.replace(b".\r", b"").split(b"\r\n")[1]
    excel, plain = (
        pd.read_csv(tmp_path / name / "values.csv", **options).set_index("measure")["value"]
        for name, options in (
            ("excel", {"sep": ";", "encoding": "utf-8-sig", "dtype": str}),
            ("plain", {"dtype": str}),
        )
    )
    assert (excel["wait_mean"].str.replace(",", ".") == plain["wait_mean"]).all()
    assert (excel["clear_day"].dropna() == plain["clear_day"].dropna()).all()
    refused = CliRunner().invoke(
        app, ["run", str(office), *SMALL, "--out", "x", "--csv", "excel", "--format", "parquet"]
    )
    assert refused.exit_code == 2


def test_no_cell_is_a_formula(office, tmp_path):
    """A file called `=cmd.toml` names a scenario, and a spreadsheet leaves it alone."""
    other = tmp_path / "=cmd.toml"
    other.write_text(OFFICE.replace("1.3", "2"), encoding="utf-8")
    call("compare", office, other, *SMALL, "--out", tmp_path / "out", "--csv", "excel")

    texts = [path.read_text(encoding="utf-8-sig") for path in (tmp_path / "out").glob("*.csv")]
    cells = [cell.strip('"') for text in texts for line in text.split() for cell in line.split(";")]
    assert "'=cmd" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
