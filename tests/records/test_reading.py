"""Logs in the clothes of others: files, names, clocks; and what cannot be is named by its line."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.records.columns import legal_names

XES = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <string key="concept:name" value="permits"/>
  <global scope="event"><string key="concept:name" value="nothing"/></global>
  <trace>
    <string key="concept:name" value="c1"/>
    <event>
      <string key="concept:name" value="A"><int key="inner" value="3"/></string>
      <date key="time:timestamp" value="2025-03-29T10:00:00.000+01:00"/>
      <string key="lifecycle:transition" value="start"/>
    </event>
    <event>
      <string key="concept:name" value="A"/>
      <date key="time:timestamp" value="2025-03-31T10:00:00.000+02:00"/>
      <string key="lifecycle:transition" value="complete"/>
    </event>
    <event>
      <string key="concept:name" value="B"/>
      <date key="time:timestamp" value="2025-04-01T10:00:00.000+02:00"/>
      <string key="lifecycle:transition" value="start"/>
    </event>
  </trace>
</log>
"""


def small(**columns):
    log = {
        "case": ["a", "a", "b", "c"],
        "stage": ["intake", "guidance", "intake", "intake"],
        "joined": ["2025-01-06", "2025-01-10", "2025-01-07", "2025-01-09"],
        "started": ["2025-01-08", "2025-01-13", "2025-01-09", None],
        "ended": ["2025-01-10", None, "2025-01-10", None],
    }
    return pd.DataFrame({**log, **columns})


def ends_of(steps, zone_text="+01:00"):
    """A completion-only log in the names of pm4py: cases of so many steps, a day apart."""
    rows = [
        (case, f"step {step}", f"2025-02-{step + 1:02d}T{9 + case % 8:02d}:00:00{zone_text}")
        for case in range(20)
        for step in range(steps)
    ]
    return pd.DataFrame(rows, columns=["case:concept:name", "concept:name", "time:timestamp"])


# -- clocks -----------------------------------------------------------------


def test_a_change_to_summer_time_is_no_hour_of_work():
    """From nine in March, +01:00, until nine in April, +02:00, are four days of the wall clock."""
    log = pd.DataFrame(
        {
            "case": range(8),
            "stage": "intake",
            "joined": ["2025-03-28 09:00+01:00"] * 8,
            "started": None,
            "ended": [f"2025-04-{day:02d} 09:00+02:00" for day in (1, 1, 1, 1, 1, 1, 1, 2)],
        }
    )
    read = capsim.fit(log, end="2025-05-01")
    days = read._events.stays["ended"] - read._events.stays["joined"]

    assert sorted(days) == [4.0] * 7 + [5.0]
    assert "the clock of Europe/Brussels" in repr(read)


def test_local_midnights_exported_as_utc_stay_dates():
    """Midnight of the office, written in UTC, is that date again, in one column or in both."""
    local = pd.DataFrame(
        {
            "case": range(30),
            "stage": "a",
            "joined": pd.date_range("2025-01-10", periods=30),
            "started": pd.NaT,
            "ended": pd.date_range("2025-01-10", periods=30)
            + pd.to_timedelta(np.arange(30) % 4 + 1, unit="D"),
        }
    )

    def utc(times):
        return times.dt.tz_localize("Europe/Brussels").dt.tz_convert("UTC")

    plain = capsim.fit(local, end="2025-03-01").estimates
    both = local.assign(joined=utc(local["joined"]), ended=utc(local["ended"]))
    one = local.assign(ended=utc(local["ended"]).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for log in (both, one):
        found = capsim.fit(log, end="2025-03-01")
        pd.testing.assert_frame_equal(found.estimates, plain)
        assert "log.ended: times with an offset from UTC (or Z) were brought" in repr(found)


def test_the_zone_is_that_of_the_calendar_or_named():
    """An hour before midnight in Brussels is midnight in Athens; a zone that is none is refused."""
    log = small(joined=["2025-01-06T22:00Z"] * 4, started=None, ended=None)

    def first(**options):
        return capsim.fit(log, end="2025-02-01", **options)._events.day_0.isoformat()

    assert first() == "2025-01-06"
    assert first(zone="Europe/Athens") == "2025-01-07"
    assert first(calendar={"country": "GR"}) == "2025-01-07"
    with pytest.raises(capsim.ScenarioError, match="zone = 'Mars': is no time zone"):
        capsim.fit(log, zone="Mars")


def test_a_date_of_no_service_is_named():
    """9999-12-31 means that it has not happened; it is asked for an empty cell, by row."""
    log = small(ended=["2025-01-10", "9999-12-31", "2025-01-10", None])
    with pytest.raises(
        capsim.ScenarioError, match=r"log.ended, row 1 = '9999-12-31': lies outside"
    ):
        capsim.fit(log)
    aware = log.assign(ended=pd.to_datetime(log["ended"].replace("9999", "2250", regex=True)))
    aware["ended"] = aware["ended"].dt.tz_localize("UTC")
    with pytest.raises(capsim.ScenarioError, match=r"log.ended, row 1 = .*lies outside the years"):
        capsim.fit(aware)


def test_the_last_event_has_happened():
    """Without `end` the end of the last stay counts as one."""
    found = capsim.fit(ends_of(2))

    assert found.estimates.set_index("path").loc["stages.step_1.stay.mean", "n"] == 20
    assert found.estimates["censored"].eq(0).all()


def test_days_first_are_named_and_not_guessed():
    """06/01/2025 could be June: the form is asked for, in the log and in `end`."""
    with pytest.raises(capsim.ScenarioError, match="is no date of the form year-month-day"):
        capsim.fit(small(joined=["06/01/2025"] * 4), end="2025-12-31")
    with pytest.raises(capsim.ScenarioError, match=r"end = '31/12/2025': is no date of the form"):
        capsim.fit(small(), end="31/12/2025")


def test_blank_cells_are_empty():
    """A cell of spaces, or an empty text, is a cell in which nothing stands."""
    blank = small(
        outcome=["", " ", "", ""], exit=["", "", "", " "], ended=["2025-01-10"] + [""] * 3
    )
    empty = small(ended=["2025-01-10", None, None, None])

    found = capsim.fit(blank, end="2025-02-01")
    pd.testing.assert_frame_equal(found.estimates, capsim.fit(empty, end="2025-02-01").estimates)


# -- names ------------------------------------------------------------------


def test_names_of_pm4py_are_known_and_a_mapping_says_the_rest():
    """The same log under three sets of names gives the same estimates."""
    own = small()
    theirs = {
        "case": "case:concept:name",
        "stage": "concept:name",
        "started": "start_timestamp",
        "ended": "time:timestamp",
    }
    dutch = {"case": "Dossier", "stage": "Stap", "joined": "Van", "ended": "Tot"}
    expected = capsim.fit(own, end="2025-02-01").estimates

    known = capsim.fit(own.rename(columns=theirs), end="2025-02-01")
    mapped = capsim.fit(own.rename(columns=dutch), columns=dutch, end="2025-02-01")
    pd.testing.assert_frame_equal(known.estimates, expected)
    pd.testing.assert_frame_equal(mapped.estimates, expected)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"cse": "case"}, "columns.cse = 'case': is no column of a log; did you mean 'case'"),
        ({"case": "casse"}, "columns.case = 'casse': is not in log; did you mean 'case'"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_named(columns, message):
    """What is misspelt, on which side."""
    with pytest.raises(capsim.ScenarioError, match=message):
        capsim.fit(small(), columns=columns)


def test_a_column_there_twice_is_named():
    """Two columns of one name are no frame to choose from."""
    doubled = pd.concat([small(), small()[["stage"]]], axis=1)
    with pytest.raises(capsim.ScenarioError, match=r"log.stage: the column is there twice"):
        capsim.fit(doubled)


def test_stages_get_names_that_a_scenario_may_bear():
    """Signs become underscores, two names stay two, reserved ones are kept apart, all is shown."""
    names = ["T02 Check", "T02-Check!", "T02_Check", "all", "(new)"]

    assert legal_names(names) == {
        "T02 Check": "T02_Check_2",
        "T02-Check!": "T02-Check",
        "T02_Check": "T02_Check",
        "all": "all_2",
        "(new)": "new",
    }
    found = capsim.fit(small(stage=["In take", "guidance", "In take", "In take"]))
    assert found.stages == {"In take": "In_take"}
    assert "'In take' is In_take" in repr(found)
    assert (
        "stages.In_take.next.guidance" in found.overrides or found.overrides["stages.In_take.next"]
    )


def test_a_scenario_knows_its_stages_by_their_legal_names():
    """Where the scenario has In_take, In take of the log is that stage; others are mistakes."""
    service = capsim.Scenario(
        start="2025-01-01",
        horizon="1 year",
        teams={"t": {"fte": 1}},
        stages={
            "in_take": {"team": "t", "work": "1 h", "next": {"rest": 1.0}},
            "rest": {"stay": "1 day"},
        },
        inflows={"regular": {"rate": {"per_month": 3}}},
    )
    log = small(stage=["In take", "Rest", "In take", "In take"])

    assert capsim.fit(log, scenario=service).stages == {"In take": "in_take", "Rest": "rest"}
    with pytest.raises(capsim.ScenarioError, match=r"log.stage, row 1 = 'sleep'"):
        capsim.fit(small(stage=["In take", "sleep", "In take", "In take"]), scenario=service)


# -- only ends --------------------------------------------------------------


def test_only_ends_are_known():
    """A step lasts from the end of the one before; of the first one nothing is known, and said."""
    found = capsim.fit(ends_of(3))
    rows = found.estimates.set_index("path")

    assert rows.loc["stages.step_1.stay.mean", "estimate"] == pytest.approx(1.0)
    assert rows.loc["stages.step_2.stay.mean", "n"] == 20
    assert not any(path.startswith("stages.step_0.stay") for path in rows.index)
    assert rows.loc["stages.step_0.next.step_1", "estimate"] == 1.0
    assert rows.loc["inflows.regular.rate.per_month", "n"] == 20
    assert "20 first steps have no beginning" in repr(found)
    assert "a case joined a step when the step before ended" in repr(found)


def test_a_joining_that_is_missing_elsewhere_is_a_mistake():
    """Where first stays tell when they were joined, an empty cell is named by its row."""
    log = small(joined=["2025-01-06", None, "2025-01-07", "2025-01-09"])
    with pytest.raises(capsim.ScenarioError, match=r"log.joined, row 1 = None: must not be empty"):
        capsim.fit(log)


def test_an_end_comes_before_the_start_at_the_same_instant():
    """In whatever order the rows stand, the open step follows the one that ended as it began."""
    rows = [
        (1, "guidance", "2025-01-05 10:00", None),
        (1, "check", "2025-01-02 10:00", "2025-01-05 10:00"),
        (1, "intake", "2025-01-01 10:00", "2025-01-02 10:00"),
    ]
    names = ["case:concept:name", "concept:name", "start_timestamp", "time:timestamp"]
    for turn in range(3):
        log = pd.DataFrame(rows[turn:] + rows[:turn], columns=names)
        stays = capsim.fit(log, end="2025-02-01")._events.stays
        following = stays.set_index("stage")["following"]
        assert following["intake"] == "check"
        assert following["check"] == "guidance"
        assert stays.set_index("stage").loc["guidance", "joined"] == 4 + 10 / 24


def test_rows_without_any_time_are_named_and_left_out():
    """A step that neither began nor ended tells nothing in a log of ends: its row is named."""
    log = pd.concat([ends_of(2), ends_of(1).head(1).assign(**{"time:timestamp": None})])
    log = log.set_axis(range(len(log)))
    found = capsim.fit(log)

    assert "log: row 40 without any time left out" in repr(found)
    pd.testing.assert_frame_equal(found.estimates, capsim.fit(ends_of(2)).estimates)


def test_two_ends_at_once_are_two_steps():
    """Systems write several steps in one second; such a log is read."""
    log = pd.concat([ends_of(2), ends_of(2).iloc[::2]])

    assert len(capsim.fit(log)._events.stays) == 60


# -- files ------------------------------------------------------------------


def test_csv_parquet_excel_say_the_same(tmp_path):
    """One log in four files: semicolons and a decimal comma, gzip, parquet, a workbook."""
    pytest.importorskip("python_calamine", reason="the extra excel is not installed")
    xlsx = pytest.importorskip("xlsxwriter", reason="nothing here writes workbooks")
    log = small(hours=[1.5, None, 2.25, None])
    log.to_csv(tmp_path / "a.csv", sep=";", decimal=",", index=False)
    log.to_csv(tmp_path / "b.csv.gz", index=False)
    log.to_parquet(tmp_path / "c.parquet")
    book = xlsx.Workbook(tmp_path / "d.xlsx")
    sheet = book.add_worksheet()
    for column, name in enumerate(log):
        sheet.write(1, column, name)
        for row, value in enumerate(log[name]):
            if value is not None and value == value:
                sheet.write(row + 2, column, value)
    book.close()

    expected = capsim.fit(log, end="2025-02-01").estimates
    for name in ("a.csv", "b.csv.gz", "c.parquet", "d.xlsx"):
        found = capsim.fit(tmp_path / name, end="2025-02-01")
        pd.testing.assert_frame_equal(found.estimates, expected)
        by_frame = capsim.fit(capsim.read_log(tmp_path / name), end="2025-02-01")
        pd.testing.assert_frame_equal(by_frame.estimates, expected)


def test_lines_of_a_file_are_named(tmp_path):
    """An empty line, and a cell with a break in it, do not put the count out."""
    file = tmp_path / "log.csv"
    file.write_text(
        "case,stage,joined,started,ended\n"
        '1,"in\ntake",2025-01-06,,2025-01-07\n'
        "\n"
        "2,intake,2025-01-06,,soon\n",
        encoding="utf-8",
    )
    with pytest.raises(capsim.ScenarioError, match=r"log.ended, line 5 = 'soon'"):
        capsim.read_log(file)


def test_xes_is_read_and_an_open_start_is_open(tmp_path):
    """Start and complete become one stay, a start alone an open one; globals and nested attributes
    are no events; gzip is opened.
    """
    plain, packed = tmp_path / "a.xes", tmp_path / "b.xes.gz"
    plain.write_text(XES, encoding="utf-8")
    packed.write_bytes(gzip.compress(XES.encode()))
    log = capsim.read_log(plain)

    assert log["stage"].tolist() == ["A", "B"]
    assert log["ended"].isna().tolist() == [False, True]
    assert (log["ended"] - log["started"]).iloc[0] == pd.Timedelta(days=2)
    assert log.index.tolist() == [12, 17]
    pd.testing.assert_frame_equal(capsim.read_log(packed), log)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.xes", '<!DOCTYPE log [<!ENTITY a "b">]><log/>', "declares a document type"),
        ("a.xes", "<html></html>", "begins with <html>"),
        ("a.xes", "<log><trace>", "is no XML"),
        ("a.csv", "", "has no header"),
        ("a.csv", "case,stage\n1,2,3\n", "more cells than the header"),
        ("a.csv", "PK\x03\x04", "is a workbook"),
        ("a.xlsx", "case,stage", "is no workbook"),
        ("a.csv", "case,stage\n1,2\n1,2,3\n", "line 3 has 3 cells, and those before have 2"),
        ("a.csv.gz", "case,stage", "a.csv.gz: "),
        ("a.pdf", "", "has the ending '.pdf'"),
        ("log", "", "log: has no ending; give one of"),
        (None, "", "cannot be read"),
    ],
)
def test_a_file_that_is_no_log_says_why(tmp_path, name, text, message):
    """Never a traceback of a parser, and entities are not even looked at."""
    if name == "a.xlsx":
        pytest.importorskip("python_calamine", reason="the extra excel is not installed")
    file = tmp_path / (name or "nowhere.csv")
    if name is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(capsim.ScenarioError, match=message):
        capsim.read_log(file)


def test_starts_and_completes_of_parallel_stays_are_paired_in_order():
    """Of two stays of a case in one stage the first complete closes the first start; a withdrawal
    leaves, and events that say nothing about stays are counted out.
    """
    rows = [
        (1, "a", "start", "2025-01-01"),
        (1, "a", "start", "2025-01-02"),
        (1, "a", "suspend", "2025-01-02"),
        (1, "a", "complete", "2025-01-05"),
        (1, "a", "withdraw", "2025-01-09"),
        (2, "a", "start", "2025-01-03"),
    ]
    names = ["case:concept:name", "concept:name", "lifecycle:transition", "time:timestamp"]
    found = capsim.fit(pd.DataFrame(rows, columns=names), end="2025-02-01")
    stays = found._events.stays

    assert stays["started"].tolist() == [0.0, 1.0, 2.0]
    assert stays["ended"].fillna(-1).tolist() == [4.0, 8.0, -1.0]
    assert stays["outcome"].tolist() == ["completed", "left", "open"]
    assert "events suspend say nothing" in repr(found)


def test_packed_log_that_is_cut_and_a_folder_are_named(tmp_path):
    """Half of a gzip file, one with a garbled middle, and a folder where a file should be."""
    whole = gzip.compress(b"case,stage,joined\n" * 200)
    for content in (whole[:-20], whole[:12] + b"x" * 12 + whole[24:]):
        (tmp_path / "a.csv.gz").write_bytes(content)
        with pytest.raises(capsim.ScenarioError, match=r"a\.csv\.gz: "):
            capsim.read_log(tmp_path / "a.csv.gz")
    with pytest.raises(capsim.ScenarioError, match="is a folder; give the path of a log in it"):
        capsim.read_log(tmp_path)
