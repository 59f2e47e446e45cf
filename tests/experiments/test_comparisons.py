"""Comparisons, sweeps and selections: paired on the same luck."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.experiments import select_best
from experiments.small import service

FAST = {"engine": "simpy", "backend": "serial"}


@pytest.fixture(scope="module")
def three():
    """Now, with more intake staff, and with more guidance staff."""
    return {
        "now": service(),
        "intake": service(**{"teams.intake.fte": 1.5}),
        "guidance": service(**{"teams.guidance.fte": 3}),
    }


@pytest.fixture(scope="module")
def comparison(three):
    """Eight replications of each."""
    return capsim.compare(three, n=8, seed=3, **FAST)


def test_differences_are_paired(comparison, three):
    """By hand from the replications of each scenario."""
    alone = {
        name: capsim.replicate(one, n=8, seed=3, **FAST).values("wait_mean[intake]")["value"]
        for name, one in three.items()
    }
    table = comparison.differences("wait_mean[intake]").set_index("scenario")
    difference = (alone["intake"] - alone["now"]).to_numpy()
    assert table.loc["intake", "baseline"] == "now"
    assert table.loc["intake", "difference"] == pytest.approx(difference.mean())
    half = 2.3646243 * difference.std(ddof=1) / np.sqrt(8)  # t quantile 0.975, 7 degrees
    # The tail of a bad quarter points down: one more worker takes it away.
    assert table.loc["intake", "upper"] - difference.mean() >= half
    assert difference.mean() - table.loc["intake", "lower"] >= half
    gain = (alone["intake"].var() + alone["now"].var()) / difference.var(ddof=1)
    assert table.loc["intake", "variance_reduction"] == pytest.approx(gain)
    assert table.loc["intake", "n"] == 8


def test_a_change_downstream_leaves_the_intake_as_it_was(comparison):
    """On the same luck more guidance changes nothing at intake: exactly zero, p of 1."""
    row = comparison.differences("wait_mean[intake]").set_index("scenario").loc["guidance"]
    assert row["difference"] == 0
    assert row["p"] == 1


def test_p_values_are_adjusted_for_all_rows_of_the_table(comparison):
    """Holm over what is asked for: fewer rows, smaller adjusted values."""
    from capsim.estimates import holm

    wide = comparison.differences()
    np.testing.assert_array_equal(wide["p_holm"], holm(wide["p"]))
    narrow = comparison.differences("wait_mean[intake]", "late_share[intake]")
    assert list(dict.fromkeys(narrow["measure"])) == ["wait_mean", "late_share"]
    np.testing.assert_array_equal(narrow["p_holm"], holm(narrow["p"]))
    key = ["scenario", "measure", "kind", "of", "inflow", "office", "window"]
    both = narrow.merge(wide, on=key, suffixes=("", "_wide"))
    np.testing.assert_allclose(both["p"], both["p_wide"])
    assert (both["p_holm"] <= both["p_holm_wide"] + 1e-15).all()


def test_all_pairs(comparison):
    """Three scenarios make three pairs; opposite differences add up."""
    table = comparison.differences("wait_mean[intake]", pairs="all")
    pairs = list(zip(table["baseline"], table["scenario"], strict=True))
    assert pairs == [("now", "intake"), ("now", "guidance"), ("intake", "guidance")]
    by_pair = dict(zip(pairs, table["difference"], strict=True))
    assert by_pair["now", "guidance"] == pytest.approx(
        by_pair["now", "intake"] + by_pair["intake", "guidance"]
    )


def test_offices_and_inflows_on_request(comparison):
    """The default table is of everybody; None gives each."""
    assert set(comparison.differences()["office"]) == {"all"}
    assert set(comparison.differences(office=None)["office"]) == {"all", "main"}
    with pytest.raises(ValueError, match="office = 'genk' is not in scenario"):
        comparison.differences(office="genk")


def test_a_comparison_prints_and_travels(comparison, tmp_path):
    """Baseline and others with differences; frames and labelled arrays."""
    text = repr(comparison)
    assert "3 scenarios on the same luck: 8 replications each, seed 3, simpy engine" in text
    assert "differences from 'now'" in text
    few = "Only 8 replications: the intervals are wide and rough; take 20 or more."
    table, _, notes = text.partition(f"\n{few}\n")
    assert max(map(len, table.splitlines()[1:])) <= 80
    assert notes.startswith("now, intake, guidance: initial: measured while the service fills")
    assert len(notes.splitlines()) == 1
    assert "<table>" in comparison._repr_html_()
    comparison.to_parquet(tmp_path / "c.parquet")
    assert len(pd.read_parquet(tmp_path / "c.parquet")) == len(comparison.values())
    array = comparison.to_xarray()
    assert array.sizes["scenario"] == 3
    picked = array.sel(scenario="intake")[:, (array["measure"] == "wait_mean").to_numpy()]
    values = comparison.values("wait_mean[intake]")
    expected = values[values["scenario"] == "intake"]["value"].to_numpy()
    columns = picked.to_numpy().T
    assert any(np.array_equal(column, expected) for column in columns)
    summary = comparison.summary("late_share[intake]")
    assert list(summary["scenario"]) == ["now", "intake", "guidance"]


def test_scenarios_with_other_stages_are_compared_in_what_they_share(three):
    """A measure that only one has is in its summary, not among the differences."""
    short = capsim.Scenario.model_validate(
        {
            **service().to_dict(),
            "stages": {"intake": service().to_dict()["stages"]["intake"]},
            "teams": {"intake": {"fte": 1}},
        }
    )
    result = capsim.compare({"short": short, "now": three["now"]}, n=3, seed=1, **FAST)
    assert set(result.differences()["of"]) == {"intake", "completed"}
    assert "guidance" in set(result.summary()["of"])
    assert result.differences("wait_mean[intake]")["difference"].iloc[0] == 0
    repr(result)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ({"now": service()}, {}, r"\['now'\] cannot be compared; give two or more"),
        ([service()], {}, "scenarios = list must be a table of names"),
        ({"a": service(), "b": 3}, {}, "b = 3: must be a Scenario"),
        (
            {"a": service(), "b": service()},
            {"baseline": "c"},
            "baseline = 'c' must be the name of one of",
        ),
    ],
    ids=str,
)
def test_wrong_comparisons_are_named(arguments, options, message):
    """What is wrong, and what to write."""
    with pytest.raises(ValueError, match=message):
        capsim.compare(arguments, n=2, seed=1, **options)


def test_a_sweep_is_one_tidy_frame():
    """A grid gives every combination; each point is what `replicate` gives."""
    grid = {"teams.intake.fte": [1, 1.5], "teams.guidance.fte": [2, 3]}
    result = capsim.sweep(service(), grid, n=3, seed=3, **FAST)
    frame = result.summary("wait_mean[intake]")
    assert list(frame["teams.intake.fte"]) == [1, 1, 1.5, 1.5]
    assert list(frame["teams.guidance.fte"]) == [2, 3, 2, 3]
    alone = capsim.replicate(service(**{"teams.intake.fte": 1.5}), n=3, seed=3, **FAST)
    point = result.values()
    point = point[(point["teams.intake.fte"] == 1.5) & (point["teams.guidance.fte"] == 2)]
    np.testing.assert_array_equal(point["value"], alone.values()["value"])
    assert "4 points of 'service'" in repr(result)
    assert result.to_xarray().sizes == {"point": 4, "replication": 3, "row": 162}


def test_a_comparison_a_sweep_and_replications_have_one_summary(comparison, three):
    """Each holds what `replicate` gives, behind the columns that say whose it is."""
    sweep = capsim.sweep(three["now"], [{}, {"teams.intake.fte": 1.5}], n=8, seed=3, **FAST)
    alone = capsim.replicate(three["intake"], n=8, seed=3, **FAST)
    for column, value, result in (
        ("scenario", "intake", comparison),
        ("teams.intake.fte", 1.5, sweep),
    ):
        for name, arguments in (
            ("summary", {"confidence": 0.8}),
            ("values", {"office": "all"}),
            ("to_frame", {}),
        ):
            whole = getattr(result, name)(**arguments)
            assert whole.columns[0] == column
            part = whole[whole[column] == value].drop(columns=column).reset_index(drop=True)
            pd.testing.assert_frame_equal(part, getattr(alone, name)(**arguments))


def test_a_printed_sweep_has_the_intervals_of_its_means():
    """Beside each mean stands half of its interval, as far as one of one replication has none."""
    grid = {"teams.intake.fte": [1, 1.5]}
    result = capsim.sweep(service(), grid, n=8, seed=3, **FAST)
    lines = repr(result).splitlines()
    column = 1 + result.table().keys.index(("stage", "intake", "wait_mean"))
    body = [line for line in lines if line.startswith("1")]
    assert "mean wait" in lines[3] + lines[4]
    for row, line in zip(result.summary("wait_mean[intake]").itertuples(), body, strict=True):
        half = max(row.upper - row.mean, row.mean - row.lower)
        assert re.split("  +", line)[column] == f"{row.mean:.1f} ± {half:.1f}"
    assert lines[2] == "± is half of the 95 % interval"
    assert "±" not in repr(capsim.sweep(service(), grid, n=1, seed=3, **FAST))


def test_what_is_varied_comes_first():
    """Staff of guidance cannot change intake: sweep and comparison show guidance, within a page."""
    grid = {"teams.guidance.fte": [1, 1.4, 2]}
    swept = capsim.sweep(service(), grid, n=4, seed=3, **FAST)
    scenarios = {str(fte): service(**{"teams.guidance.fte": fte}) for fte in (1, 2)}
    compared = capsim.compare(scenarios, n=4, seed=3, **FAST)

    assert {of for _, of, _ in swept.table().keys} == {"guidance"}
    for result in (swept, compared):
        table = repr(result).partition("\n\n")[0]
        assert "guidance" in table
        assert "intake" not in table
        assert max(map(len, table.splitlines()[1:])) <= 80
    assert {(kind, of) for kind, of, _ in compared.reacting} == {
        ("stage", "guidance"),
        ("team", "guidance"),
        ("exit", "completed"),
    }


def test_equal_columns_are_folded_into_a_line():
    """Where nothing reacts there is no column of equal numbers; where some do, the rest is told."""
    result = capsim.sweep(service(), {"teams.guidance.fte": [2, 3]}, n=3, seed=3, **FAST)
    keys = [("stage", "intake", "wait_mean"), ("team", "guidance", "utilization")]

    table = result.table(keys)
    nothing = capsim.sweep(service(), [{}, {"follow_up": "0 days"}], n=3, seed=3, **FAST)

    mean = result.summary("wait_mean[intake]")["mean"]
    assert table.keys == (keys[1],)
    assert table.below[0].startswith(
        f"The same at every point: mean wait, days of intake {mean.iloc[0]:.1f} ± "
    )
    assert mean.nunique() == 1
    assert nothing.table().keys == ()
    assert "The same at every point: decided late of intake" in repr(nothing)
    assert (
        "No room for: working hours used of guidance"
        in result.table([("team", "guidance", "caseload_per_worker"), keys[1]], width=40).below[0]
    )


def test_a_comparison_of_other_times_gives_both_and_warns():
    """A year beside three months is no difference of a change alone."""
    scenarios = {"a": service(), "b": service(horizon="4 months"), "c": service()}
    text = repr(capsim.compare(scenarios, n=2, seed=3, **FAST))

    assert "a, c: measured 2026-01-01 to 2026-03-31\nb: measured 2026-01-01 to 2026-04-30" in text
    assert "Warning: the scenarios are measured at different times" in text


def test_a_long_sweep_prints_its_first_points_and_computes_no_others(monkeypatch):
    """Twelve points are cut with a word about the rest, which nobody summarises for it."""
    from capsim import estimates

    result = capsim.sweep(service(), {"teams.guidance.fte": range(1, 13)}, n=2, seed=3, **FAST)
    summarised, summary_of = [], estimates.summary_of
    monkeypatch.setattr(
        estimates,
        "summary_of",
        lambda *given, **named: summarised.append(given) or summary_of(*given, **named),
    )

    rows = [line.split() or [""] for line in repr(result).splitlines()[4:]]

    points = [row[0] for row in rows if row[0].isdigit()]
    assert points == [str(fte) for fte in range(1, len(points) + 1)]
    assert ["and", str(12 - len(points)), "more"] in rows
    assert 0 < len(summarised) == len(points) < 12


def test_a_sweep_over_a_list_of_overrides():
    """Points may change different settings; laws are shown as JSON."""
    points = [
        {},
        {"teams.intake.fte": 2},
        {"stages.intake.work": {"law": "exponential", "mean": "3 h"}},
    ]
    result = capsim.sweep(service(), points, n=2, seed=3, **FAST)
    assert list(result.points.columns) == ["teams.intake.fte", "stages.intake.work"]
    assert result.points["stages.intake.work"].iloc[2] == '{"law": "exponential", "mean": "3 h"}'
    assert len(result) == 3
    assert repr(result).splitlines()[0].startswith("3 points")


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ({}, "points: there is none"),
        ({"teams.intake.fte": 3}, r"must be a list of values: write \[3\]"),
        ("fte", "must be a grid such as"),
        ({"teams.intak.fte": [3]}, "intake"),
    ],
    ids=str,
)
def test_wrong_points_are_named(points, message):
    """Before anything is simulated."""
    with pytest.raises(ValueError, match=message):
        capsim.sweep(service(), points, n=2, seed=1)


def test_the_best_scenario_is_selected(three):
    """In both orders of the candidates, with few replications where the difference is clear."""
    for names in (list(three), list(three)[::-1]):
        result = select_best(
            {name: three[name] for name in names},
            "wait_mean[intake]",
            difference=0.5,
            n=10,
            seed=3,
            **FAST,
        )
        assert (result.best, result.decided) == ("intake", True)
    assert result.table["scenario"].iloc[0] == "intake"
    assert "with probability 0.95 it is the best, or within 0.5 of the best" in repr(result)
    worst = select_best(
        three, "wait_mean[intake]", difference=0.5, n=10, seed=3, goal="largest", **FAST
    )
    assert worst.best in {"now", "guidance"}


def test_a_selection_that_runs_out_of_replications_says_so(three):
    """The leader is named, the promise is not made."""
    result = select_best(
        {"now": three["now"], "a little": service(**{"teams.intake.fte": 1.05})},
        "wait_mean[intake]",
        difference=0.001,
        n=10,
        n_max=12,
        seed=3,
        **FAST,
    )
    assert not result.decided
    assert "NOT decided, the cap of 12 replications came first" in repr(result)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 5}, "at least 10 replications"),
        ({"difference": 0}, "difference = 0 must be above zero"),
        ({"confidence": 0.2}, "a blind choice, and 1"),
        ({"goal": "best"}, "'smallest' or 'largest'"),
    ],
    ids=str,
)
def test_wrong_selections_are_named(three, options, message):
    """Before anything is simulated."""
    arguments = {"difference": 1.0, "n": 10, "seed": 1, **options}
    with pytest.raises(ValueError, match=message):
        select_best(three, "wait_mean[intake]", **arguments)
