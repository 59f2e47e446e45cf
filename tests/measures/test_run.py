"""Frames, series, storage and print of the run in `hand_logs`."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from capsim.runs import Run, load_run, storage
from capsim.runs.frames import COLUMNS
from measures.hand_logs import hand_log


@pytest.fixture
def run():
    """The run of the log by hand."""
    return Run(log=hand_log(), provenance={"scenario": "by hand", "seed": 1, "replication": 0})


@pytest.mark.parametrize("name", COLUMNS)
def test_a_frame_has_the_columns_of_the_contract_in_their_order(run, name):
    """The columns are a public promise."""
    assert tuple(getattr(run, name).columns) == COLUMNS[name]


def test_cases_are_named_by_inflow_source_and_index(run):
    """Someone of unknown age has no application date; whoever is there has not left."""
    frame = run.cases
    assert frame["case"].tolist() == [
        "regular/initial/guidance/0",
        "regular/rate/0",
        "regular/rate/1",
        "reform/march/0",
        "reform/march/1",
    ]
    assert frame["exit"].tolist() == ["open", "completed", "open", "left", "open"]
    assert frame["weight"].tolist() == [1.5, 1.5, 1.5, 1.0, 1.0]
    np.testing.assert_array_equal(frame["applied"], [np.nan, 1.0, 4.5, 7.0, 7.0])
    np.testing.assert_array_equal(frame["left"], [np.nan, 9.1, np.nan, 8.0, np.nan])


def test_stays_are_in_days_and_late_may_be_unknown(run):
    """c4 is late although still open; c3 left before the deadline."""
    frame = run.stays[run.stays["stage"] == "intake"].reset_index(drop=True)
    np.testing.assert_array_equal(frame["started"], [1.2, 4.9, np.nan, np.nan])
    np.testing.assert_array_equal(frame["ended"], [1.4, 5.0, 8.0, np.nan])
    assert frame["outcome"].tolist() == ["completed", "completed", "left", "open"]
    assert frame["late"].tolist() == [False, False, pd.NA, True]
    assert frame["worker"].tolist()[:2] == ["main/desk/1", "main/desk/1"]
    assert frame["worker"].isna().tolist() == [False, False, True, True]


def test_a_visit_that_ends_at_closing_time_ends_on_that_day(run):
    """Friday's last intake ends at 5.0, not on Monday; visits that wait are rows too."""
    frame = run.visits
    friday = frame[(frame["case"] == "regular/rate/1") & (frame["stage"] == "intake")].iloc[0]
    assert (friday["started"], friday["ended"], friday["hours"]) == (4.9, 5.0, 1.0)
    assert len(frame) == 10
    assert frame["started"].isna().sum() == 3


def test_workers_have_their_hours_and_caseload(run):
    """Guide 1: 70 hours at half, three visits of an hour; 17.7 case days in ten days."""
    guide = run.workers.set_index("worker").loc["main/guides/1"]
    assert (guide["hired"], guide["left"], guide["fte"]) == (0.0, 10.0, 1.0)
    assert guide["hours_worked"] == 1.5
    assert guide["hours_available"] == 35.0
    assert guide["caseload_mean"] == pytest.approx(1.77)
    assert run.workers["left"].isna().tolist() == [True, False, True]


SERIES = {
    ("intake", "waiting"): [0.6 / 7, 8 / 7],
    ("intake", "in_service"): [0.3 / 7, 0],
    ("intake", "open"): [0.9 / 7, 8 / 7],
    ("intake", "arrivals"): [2, 2],
    ("intake", "exits"): [2, 1],
    ("intake", "late_open"): [0, 4 / 7],
    ("guidance", "waiting"): [2.1 / 7, 0.1 / 7],
    ("guidance", "in_service"): [0.2 / 7, 0.3 / 7],
    ("guidance", "open"): [(7 + 5.6 + 2) / 7, (7 + 2.1 + 7) / 7],
    ("guidance", "unassigned"): [2 / 7, 1 / 7],
    ("guidance", "arrivals"): [2, 0],
    ("guides", "caseload_per_worker"): [12.6 / 14, 15.1 / 10],
    ("guides", "caseload_per_fte"): [1.5 * 12.6 / 14, 1.5 * 15.1 / 6.5],
    ("guides", "caseload_max"): [2, 2],
    ("guides", "busy_share"): [1 / 45, 1 / 27.5],
    ("guides", "unassigned"): [2 / 7, 1 / 7],
    ("desk", "busy_share"): [3 / 50, 0],
    ("desk", "caseload_per_worker"): [0.9 / 7, 8 / 7],
}


@pytest.mark.parametrize(("of", "measure"), SERIES)
def test_a_series_is_what_the_paper_says(run, of, measure):
    """Two intervals of a week; "all" offices equal the only one there is."""
    frame = run.series("7 days")
    rows = frame[(frame["of"] == of) & (frame["measure"] == measure)]
    for _, values in rows.groupby("office"):
        assert values["day"].tolist() == [0.0, 7.0]
        tolerance = {"rel": 1e-9, "abs": 1e-12}
        assert values["value"].tolist() == pytest.approx(SERIES[of, measure], **tolerance)
    assert set(rows["office"]) == {"main", "all"}


def test_days_add_up_to_weeks(run):
    """The mean of seven daily averages is the weekly one; the last interval may be shorter."""

    def values(every):
        frame = run.series(every)
        rows = frame[(frame["of"] == "guidance") & (frame["office"] == "all")]
        return rows.pivot(index="day", columns="measure", values="value")

    daily, weekly = values("1 day"), values("7 days")
    for measure in ("waiting", "open", "unassigned", "in_service"):
        averaged = daily[measure].to_numpy().reshape(2, 7).mean(axis=1)
        np.testing.assert_allclose(averaged, weekly[measure], atol=1e-12)
    assert values("9 days").index.tolist() == [0.0, 9.0]
    assert values("9 days")["arrivals"].tolist() == [2.0, 0.0]


@pytest.mark.parametrize("every", ["12 h", "7", "0 days", "2 workdays", "1.5 days"])
def test_an_interval_that_is_no_number_of_days_is_refused(run, every):
    """With what to write instead."""
    with pytest.raises(ValueError, match="every: "):
        run.series(every)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_stored_run_is_the_run(run, tmp_path, format):
    """Frames, series, measures and provenance are equal to the last bit, print included."""
    stored = load_run(run.save(tmp_path / "run", format=format))
    for name in COLUMNS:
        pd.testing.assert_frame_equal(getattr(stored, name), getattr(run, name), check_exact=True)
    pd.testing.assert_frame_equal(stored.measures(), run.measures(), check_exact=True)
    pd.testing.assert_frame_equal(stored.series("1 day"), run.series("1 day"), check_exact=True)
    assert dict(stored.provenance) == dict(run.provenance)
    assert repr(stored) == repr(run)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".pkl", ".npy", ".npz")]
    again = load_run(stored.save(tmp_path / "copy", format=format))
    pd.testing.assert_frame_equal(again.stays, run.stays, check_exact=True)


def test_names_that_look_like_missing_values_are_names(tmp_path):
    """An inflow called NA and an office called null come back from CSV."""
    log = hand_log()
    plan = dataclasses.replace(log.plan, inflows=("NA", "nan"), offices=("null",))
    run = Run(log=dataclasses.replace(log, plan=plan), provenance={})
    stored = load_run(run.save(tmp_path / "run", format="csv"))
    assert stored.stays["inflow"].tolist() == ["NA"] * 5 + ["nan"] * 2
    assert set(stored.stays["office"]) == {"null"}
    pd.testing.assert_frame_equal(stored.measures(), run.measures())


def test_a_failed_save_leaves_what_was_there(run, tmp_path, monkeypatch):
    """Neither half of the new run nor a trace of it."""
    run.save(tmp_path / "run", format="csv")
    before = {path.name for path in tmp_path.iterdir()}

    def full(*args):
        raise OSError("no space left on device")

    monkeypatch.setattr(storage, "_write", full)
    with pytest.raises(OSError, match="no space"):
        run.save(tmp_path / "run", format="csv")
    assert {path.name for path in tmp_path.iterdir()} == before
    assert len(load_run(tmp_path / "run").cases) == 5


def test_only_a_stored_run_is_replaced(run, tmp_path):
    """A directory with something else in it stays."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="not a stored run"):
        run.save(tmp_path / "notes")
    assert (tmp_path / "notes" / "thesis.txt").exists()
    run.save(tmp_path / "run", format="csv")
    run.save(tmp_path / "run", format="parquet")
    assert not (tmp_path / "run" / "stays.csv").exists()
    (tmp_path / "run" / "remarks.txt").write_text("an afternoon")
    with pytest.raises(FileExistsError, match=r"remarks\.txt"):
        run.save(tmp_path / "run")
    assert (tmp_path / "run" / "remarks.txt").exists()


def test_what_is_no_stored_run_is_named(run, tmp_path):
    """Missing, of a later version, cut off, or without one of its tables."""
    with pytest.raises(FileNotFoundError, match="no stored run here"):
        load_run(tmp_path / "nowhere")
    run.save(tmp_path / "run", format="csv")
    manifest = tmp_path / "run" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(text) | {"version": 99}))
    with pytest.raises(ValueError, match="update capsim"):
        load_run(tmp_path / "run")
    manifest.write_text(text[:50])
    with pytest.raises(ValueError, match="damaged"):
        load_run(tmp_path / "run")
    manifest.write_text(text)
    (tmp_path / "run" / "stays.csv").write_text("case,inflow\n")
    with pytest.raises(ValueError, match=r"stays\.csv was changed after it was written"):
        load_run(tmp_path / "run").stays  # noqa: B018
    content = json.loads(text)
    for key in ("setting", "rows", "checksums", "provenance"):
        manifest.write_text(json.dumps({name: content[name] for name in content if name != key}))
        with pytest.raises(ValueError, match=f"lacks '{key}', so it is damaged; save the run"):
            load_run(tmp_path / "run")
    manifest.write_text(json.dumps(content | {"verdict": "stable"}))
    with pytest.raises(ValueError, match=r"manifest\.json was changed"):
        load_run(tmp_path / "run")
    manifest.write_text(text)
    (tmp_path / "run" / "visits.csv").unlink()
    with pytest.raises(ValueError, match="missing"):
        load_run(tmp_path / "run").visits  # noqa: B018


def test_without_pyarrow_a_run_is_saved_as_csv_with_a_word(run, tmp_path, monkeypatch):
    """Asked for parquet outright, it says what to install."""
    monkeypatch.setattr(storage, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match=r"capsim\[parquet\]"):
        run.save(tmp_path / "run")
    assert (tmp_path / "run" / "stays.csv").exists()
    with pytest.raises(ImportError, match=r"capsim\[parquet\]"):
        run.save(tmp_path / "other", format="parquet")
    with pytest.raises(ValueError, match="'parquet' or 'csv'"):
        run.save(tmp_path / "other", format="xlsx")


def test_a_run_without_tables_says_how_to_get_them(run, tmp_path):
    """It has measures, can be stored, and nothing else."""
    log = run.log
    values = run.measures()["value"].to_numpy()
    short = Run(
        log=dataclasses.replace(log, totals={"values": values}, detail="measures"),
        provenance=run.provenance,
    )
    for name in COLUMNS:
        with pytest.raises(ValueError, match="detail='full'"):
            getattr(short, name)
    with pytest.raises(ValueError, match="detail='full'"):
        short.series()
    pd.testing.assert_frame_equal(short.measures(), run.measures())
    stored = load_run(short.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(stored.measures(), run.measures())
    with pytest.raises(ValueError, match="detail='full'"):
        stored.series()
    assert repr(stored) == repr(run)


def test_it_answers_the_first_question(run):
    """How long people wait, how many still do, how many are late, the caseloads: ten lines."""
    lines = repr(run).splitlines()
    assert len(lines) <= 10
    assert lines[0] == "Run of by hand: 14 days from 2026-03-02, seed 1, replication 0"
    assert [cell.strip() for cell in lines[1].split("  ") if cell.strip()] == [
        "stage",
        "joined",
        "mean wait",
        "9 in 10 within",
        "still waiting",
        "gave up",
        "late",
    ]
    intake = next(line for line in lines if line.startswith("intake"))
    assert " ".join(intake.split()) == "intake 4 2.1 days not reached 25.0 % 25.0 % 33.3 %"
    page = run._repr_html_()
    assert "<table>" in page
    assert "33.3 %" in page


def test_a_run_is_frozen(run):
    """Its parts cannot be exchanged."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.log = None
