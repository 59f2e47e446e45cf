"""Tables of the compiled engine that are made when asked for, and columns of text made in Arrow."""

import dataclasses
import pickle
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsim.draws import deal
from capsim.engines import compiled
from capsim.plan import compile_plan
from capsim.runs import frames
from capsim.runs import texts as module
from capsim.runs.texts import as_text, named, numbered
from capsim.scenario import Scenario
from compiled_only import needs_compiler

SCENARIO = Scenario(
    start="2026-01-05",
    horizon="8 weeks",
    teams={"desk": {"fte": 2}, "guidance": {"fte": 2}},
    stages={
        "intake": {"team": "desk", "work": "1 h"},
        "guidance": {
            "team": "guidance", "caseworker": True, "visits": 3, "work": "1 h", "gap": "5 days"
        },
    },
    inflows={"regular": {"rate": {"per_month": 90}}},
)  # fmt: skip
FIRST_ASKED = ("visit_stay", "place_case", "totals")


def a_log(detail="full"):
    """A run in which cases overtake each other, so that every table has to be sorted."""
    plan = compile_plan(SCENARIO)
    return compiled.run(plan, deal(plan, 1, 0), detail=detail)


def columns(log):
    """All integer tables of a log."""
    names = [field.name for field in dataclasses.fields(log)]
    return {n: getattr(log, n) for n in names if isinstance(getattr(log, n), np.ndarray)}


@needs_compiler
def test_tables_do_not_depend_on_what_was_asked_for_first():
    """In every order of asking, all tables and measures are the same, and in the order promised."""
    expected = None
    for order in permutations(FIRST_ASKED):
        log = a_log()
        assert not set(order) & set(vars(log))  # nothing was made before
        for name in order:
            getattr(log, name)
        found = columns(log) | {"values": log.totals["values"]}
        expected = expected or found
        assert list(found) == list(expected)
        for name, column in found.items():
            np.testing.assert_array_equal(column, expected[name], err_msg=name)
    assert (np.diff(expected["stay_case"]) >= 0).all()
    assert (np.diff(expected["place_case"]) >= 0).all()
    by_stay = expected["visit_stay"] * 100 + expected["visit_number"]
    assert (np.diff(by_stay) > 0).all()
    assert len(by_stay) > len(expected["stay_case"]) > len(expected["place_case"]) > 50


@needs_compiler
def test_measures_are_computed_only_when_asked_for(monkeypatch):
    """A full run whose tables are read computes no measures; a run of measures does at once."""
    calls = []
    monkeypatch.setattr(compiled, "measures_of", lambda *given: calls.append(1) or np.zeros(1))
    log = a_log()
    assert len(frames.make_frame("stays", log)) > 50
    assert calls == []
    assert [log.totals["values"], log.totals["values"]] == [[0.0], [0.0]]
    assert calls == [1]
    a_log(detail="measures")
    assert calls == [1, 1]


@needs_compiler
def test_a_run_of_measures_has_empty_tables():
    """Without tables the columns are there, with no rows."""
    log = a_log(detail="measures")
    found = columns(log)
    tables = [name for name in found if name.startswith(("stay_", "visit_", "place_"))]
    assert len(tables) == 28
    assert not any(len(found[name]) for name in tables)


@needs_compiler
def test_a_log_can_be_copied_changed_and_stored():
    """Pickled, or with another field, a log that made no table yet gives the same tables."""
    expected = columns(a_log())
    for log in (pickle.loads(pickle.dumps(a_log())), dataclasses.replace(a_log(), totals=None)):
        for name, column in columns(log).items():
            np.testing.assert_array_equal(column, expected[name], err_msg=name)
    assert dataclasses.replace(a_log(), totals=None).totals is None


@needs_compiler
def test_a_log_has_no_other_columns():
    """A name that no table has is an error that says so."""
    with pytest.raises(AttributeError, match="no attribute 'stay_length'"):
        a_log().stay_length  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        a_log().anything  # noqa: B018


@needs_compiler
def test_frames_do_not_share_their_numbers_with_the_log():
    """Writing into a frame leaves the log, and so the measures, as they were."""
    log = a_log()
    before = {name: column.copy() for name, column in columns(log).items()}
    for name in frames.COLUMNS:
        frame = frames.make_frame(name, log)
        for column in frame.columns:
            if frame[column].dtype.kind in "if":
                frame.loc[:, column] = 7
    for name, column in columns(log).items():
        np.testing.assert_array_equal(column, before[name], err_msg=name)


texts = st.lists(st.text("abö/ 1", max_size=4), min_size=1, max_size=4)


@pytest.mark.parametrize("in_arrow", [True, False])
@given(names=texts, data=st.data())
def test_names_of_numbers_are_those_of_a_list(in_arrow, names, data):
    """Any names and numbers, -1 for none, give what Python's own lists give, in Arrow or not."""
    n = data.draw(st.integers(0, 6))
    which = data.draw(st.lists(st.integers(-1, len(names) - 1), min_size=n, max_size=n))
    with pytest.MonkeyPatch.context() as patch:
        if not in_arrow:
            patch.setattr(module, "_is_arrow", lambda _: False)
        found = named(names, np.array(which, np.int64))
    assert [None if value != value else value for value in found] == [
        names[k] if k >= 0 else None for k in which
    ]
    assert found.dtype == module.texts([]).dtype


@pytest.mark.parametrize("rows", [1, 8191, 8192, 8193, 20_000])
def test_one_name_all_over_is_a_column_like_any_other(rows):
    """However many rows share it: the same texts, and nothing changes with the frame."""
    frame = pd.DataFrame({"name": named(["this", "that"], np.ones(rows, np.int64))})
    assert frame["name"].tolist() == ["that"] * rows
    frame.loc[rows - 1, "name"] = "other"
    assert frame["name"].tolist() == ["that"] * (rows - 1) + ["other"]


@pytest.mark.parametrize("in_arrow", [True, False])
@given(prefixes=texts, data=st.data())
def test_numbered_names_are_those_of_a_format(in_arrow, prefixes, data):
    """Prefix and number, joined, are what an f-string makes of them, in Arrow or not."""
    n = data.draw(st.integers(0, 6))
    which = data.draw(st.lists(st.integers(0, len(prefixes) - 1), min_size=n, max_size=n))
    number = data.draw(st.lists(st.integers(0, 10**14), min_size=n, max_size=n))
    with pytest.MonkeyPatch.context() as patch:
        if not in_arrow:
            patch.setattr(module, "_is_arrow", lambda _: False)
        found = numbered(prefixes, np.array(which, np.int64), np.array(number, np.int64))
    assert list(found) == [f"{prefixes[k]}{i}" for k, i in zip(which, number, strict=True)]
    assert found.dtype == module.texts([]).dtype


def test_long_runs_of_numbered_names_are_those_of_a_format():
    """Runs of tens of thousands, which are written at once, over all changes of length."""
    number = np.concatenate([np.arange(25_000), np.arange(99_990_000, 100_010_000), [3] * 9_000])
    which = np.repeat([1, 0, 2], [25_000, 20_000, 9_000])
    prefixes = ["a/", "zeeland ü/", ""]
    found = numbered(prefixes, which, number)
    assert list(found) == [
        f"{prefixes[k]}{i}" for k, i in zip(which.tolist(), number.tolist(), strict=True)
    ]


class ColumnOfOld(pd.Series):
    """A column that is made text as pandas does before version 3: None becomes a word."""

    def astype(self, *given, **options):
        return pd.Series([str(value) for value in self], dtype="object")


@pytest.mark.parametrize("kind", [pd.Series, ColumnOfOld])
def test_whoever_has_no_worker_is_not_called_none(kind):
    """In any version of pandas what is missing stays missing, and a worker named None is one."""
    column = as_text(kind(["main/guidance/1", None, "None", np.nan], dtype="object"))
    assert column.isna().tolist() == [False, True, False, True]
    assert column[[0, 2]].tolist() == ["main/guidance/1", "None"]
