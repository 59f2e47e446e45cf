"""What the benchmarks compare does the same work, and the table says what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import expert, growth, load, mm3, pathway
from benchmarks.rows import Row, against_simpy, overload
from capsim.catalogue import measure_keys
from capsim.draws import deal
from capsim.engines import reference
from capsim.kernels.codes import NONE
from capsim.measures import reference_values
from capsim.plan import compile_plan


@pytest.fixture(scope="module")
def both():
    """The pathway of an office by the SimPy engine and by the expert's model."""
    plan = compile_plan(pathway.scenario("office"))
    luck = deal(plan, 1, 0)
    return plan, reference.run(plan, luck), expert.run(expert.Given(plan, luck))


def column(log, stage, name):
    """A column of the stays in a stage, one entry a case."""
    rows = log.stay_stage == stage
    values = np.full(len(log.case_seen), NONE)
    values[log.stay_case[rows]] = getattr(log, f"stay_{name}")[rows]
    return values


@pytest.mark.parametrize(
    ("name", "stage", "of"),
    [
        ("joined", 0, "joined"),
        ("intake", 0, "started"),
        ("intake_end", 0, "served"),
        ("investigation", 1, "started"),
        ("finished", 1, "served"),
        ("decided", 1, "ended"),
        ("guidance", 2, "started"),
        ("closed", 2, "ended"),
    ],
)
def test_the_experts_model_gives_the_same_instants(both, name, stage, of):
    """Every case, to the second."""
    _, log, found = both
    expected = column(log, stage, of)
    if name == "joined":
        expected = expected[expected != NONE]
        assert (found["table"][name][: len(expected)] == expected).all()
    else:
        assert (found["table"][name] == expected).all()
    assert (expected != NONE).sum() > 100


def test_the_experts_model_gives_the_same_contacts_and_measures(both):
    """Contacts done per case, mean waits, and the share decided too late."""
    plan, log, found = both
    contacts = np.where(column(log, 2, "visits") == NONE, 0, column(log, 2, "visits"))
    assert (found["table"]["contacts"] == contacts).all()
    assert contacts.sum() > 5_000
    values = dict(zip(measure_keys(plan).rows, reference_values(log), strict=True))
    for name, value in found["measures"].items():
        measure, _, stage = name.removesuffix("]").partition("[")
        expected = values[(measure, "stage", stage, "all", "all", "all")]
        assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("simulator", [mm3.capsim_waits, mm3.simpy_waits, mm3.ciw_waits])
def test_the_simulators_simulate_the_same_queue(simulator):
    """The mean wait is that of M/M/3 within a half, two and a half standard errors (fixed seeds).

    Two servers would have no steady state, and four a tenth of that wait.
    """
    if simulator is mm3.ciw_waits:
        pytest.importorskip("ciw")
    waits = simulator(20_000)
    assert len(waits) == pytest.approx(20_000, rel=0.05)
    assert waits.mean() == pytest.approx(mm3.MEAN_WAIT, rel=0.5)


def test_the_waiting_list_has_the_length_that_is_asked_for():
    """About a thousand wait at the end, in both disciplines."""
    for discipline in ("fifo", "deadline"):
        plan = compile_plan(overload(1_000, discipline, patience="100 years"))
        log = reference.run(plan, deal(plan, 1, 0))
        assert (log.stay_started == NONE).sum() == pytest.approx(1_000, rel=0.2)


def test_the_table_says_how_a_measurement_compares():
    """Ratios are better the larger, seconds the smaller; nothing measured is no success."""
    assert Row("a ratio", 80, 250, 300).verdict == "aim"
    assert Row("a ratio", 80, 250, 100).verdict == "floor"
    assert Row("a ratio", 80, 250, 70).verdict == "below the floor"
    assert Row("a time", 15, 5, 4.9, "s").verdict == "aim"
    assert Row("a time", 15, 5, 15, "s").verdict == "floor"
    assert Row("a time", 15, 5, 16, "s").verdict == "below the floor"
    assert Row("cimba", 5, 20, None, "x", "No module named 'cimba'").verdict == "not measured"
    assert bench.line(Row("a time", 15, 5, 4.912, "s", "why")) == (
        "| a time | 4.91 s | 15 s | 5 s | aim | why |"
    )


def test_a_small_measurement_works():
    """The comparison with SimPy runs, and finds the compiled engine faster."""
    rows = against_simpy(0.05)
    assert len(rows) == 4
    assert all(row.value > 1 for row in rows)


def test_the_page_has_a_place_for_every_result(tmp_path):
    """Marks are found and replaced, once; a page without them is an error."""
    page = bench.PAGE.read_text(encoding="utf-8")
    for mark in ("table", "versions", "growth"):
        changed = bench.replaced(page, mark, "new text")
        assert f"<!-- {mark} -->\nnew text\n<!-- end of {mark} -->" in changed
    with pytest.raises(LookupError, match="no part"):
        bench.replaced("nothing here", "table", "")


def test_rows_that_are_measured_again_replace_the_old_ones():
    """In their place; new rows come last."""
    page = bench.replaced(
        bench.PAGE.read_text(encoding="utf-8"),
        "table",
        "\n".join([bench.HEAD, bench.line(Row("a", 1, 2, 3)), bench.line(Row("b", 1, 2, 3))]),
    )
    rows = bench.merged(page, [bench.line(Row(name, 1, 2, 4)) for name in ("a", "c")])
    assert [row.split(" | ")[0] for row in rows] == ["| a", "| b", "| c"]
    assert [row.split(" | ")[1] for row in rows] == ["4x", "3x", "4x"]


def test_figures_are_drawn_to_the_same_bytes(tmp_path):
    """One file per quantity, two curves in that of the waiting list."""
    curves = [
        growth.Growth("backlog", "waiting, fifo", "us", [(1.0, 2.0), (10.0, 2.5)]),
        growth.Growth("backlog", "waiting, deadline", "us", [(1.0, 2.5), (10.0, 3.5)]),
        growth.Growth("horizon", "years", "ms", [(1.0, 2.0), (2.0, 4.0)]),
    ]
    first = growth.draw(curves, tmp_path / "first")
    again = growth.draw(curves, tmp_path / "again")
    assert [path.name for path in first] == ["backlog.svg", "horizon.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert "deadline" in first[0].read_text()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "measured",
    [load.ten_studies, load.many_events, load.many_replications],
    ids=lambda f: f.__name__,
)
def test_a_small_load_loses_nothing(measured):
    """A fiftieth of `make load`: the same checks, each of which ends with an error."""
    assert measured(0.02)
