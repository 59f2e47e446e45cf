"""Replications: summaries, bands, precision, own measures, and the same numbers however run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.experiments import PrecisionWarning, ReplicationError
from experiments.small import longest_queue_of_cases, service

FAST = {"engine": "simpy", "backend": "serial"}


@pytest.fixture(scope="module")
def replications():
    """Eight replications of the small service."""
    return capsim.replicate(service(), n=8, seed=3, series="14 days", **FAST)


def test_each_replication_is_the_run_of_that_number(replications):
    """Replication r of a study is what `simulate` gives for r alone."""
    run = capsim.simulate(service(), seed=3, replication=5, engine="simpy")
    values = replications.values()
    pd.testing.assert_series_equal(
        values[values["replication"] == 5]["value"].reset_index(drop=True), run.measures()["value"]
    )
    assert list(values.columns) == [
        *["replication", "measure", "kind", "of", "inflow", "office", "window", "value"]
    ]


def test_the_summary_is_the_mean_with_an_interval_that_allows_for_skewness(replications):
    """By hand for one measure: Student's t, the skewness seen, and what eight may not show."""
    values = replications.values("wait_mean[intake]")["value"].to_numpy()
    interval = replications.interval("wait_mean[intake]", confidence=0.9)
    mean, spread = values.mean(), values.std(ddof=1)
    t = 1.8945786  # quantile 0.95 with 7 degrees
    skewness = ((values - mean) ** 3).mean() / values.std() ** 3
    a = skewness / np.sqrt(8)
    assert a > 0
    above = t + a / 6 * (1 + 2 * t**2) + a**2 / 9 * (t + 2 * t**3)
    unseen = 3 * (1 - 0.05 ** (1 / 8)) * min(spread / mean, 1) ** 2
    assert interval.estimate == pytest.approx(mean)
    assert interval.upper == pytest.approx(mean + spread * (above / np.sqrt(8) + unseen))
    assert interval.lower == pytest.approx(max(mean - t * spread / np.sqrt(8), 0))
    assert interval.n == 8


def test_series_have_both_bands(replications):
    """The mean is that of the runs; the simultaneous band is at least as wide everywhere."""
    frame = replications.series("14 days", office="all")
    row = frame[(frame["day"] == 28) & (frame["of"] == "intake") & (frame["measure"] == "waiting")]
    row = row[row["kind"] == "stage"]
    runs = [capsim.simulate(service(), seed=3, replication=r, engine="simpy") for r in range(8)]
    series = [run.series(every="14 days") for run in runs]
    by_hand = [
        one[
            (one["day"] == 28)
            & (one["of"] == "intake")
            & (one["measure"] == "waiting")
            & (one["kind"] == "stage")
            & (one["office"] == "all")
        ]["value"].iloc[0]
        for one in series
    ]
    assert row["mean"].iloc[0] == pytest.approx(np.mean(by_hand))
    banded = frame.dropna(subset=["lower", "lower_all"])
    assert len(banded) > 20
    assert (banded["upper_all"] >= banded["upper"] - 1e-12).all()
    assert (banded["lower_all"] <= banded["lower"] + 1e-12).all()


def test_series_that_were_not_collected_are_simulated_then(replications):
    """Another interval gives the same total of arrivals."""

    def arrivals(frame):
        kept = (frame["measure"] == "arrivals") & (frame["of"] == "intake")
        return frame[kept]["mean"].sum()

    fortnights = arrivals(replications.series("14 days", office="all"))
    assert arrivals(replications.series("30 days", office="all")) == pytest.approx(fortnights)
    with pytest.raises(ValueError, match="office = 'genk' is not in the series"):
        replications.series("14 days", office="genk")


def test_a_warm_up_for_a_steady_state_and_a_refusal_where_there_is_none():
    """MSER-5 on the mean curve; a service with too little staff has no steady state."""
    from capsim.estimates import GrowingError

    steady = service(**{"teams.intake.fte": 1.5, "horizon": "1 year"})
    result = capsim.replicate(steady, n=6, seed=3, series="7 days", **FAST)
    found = result.warm_up("guidance")
    assert 0 <= found.discard <= 25
    assert found.is_reliable
    with pytest.raises(ValueError, match="stages and teams: guidance, intake"):
        result.warm_up("intak")
    crowded = service(**{"teams.intake.fte": 0.5, "horizon": "1 year"})
    growing = capsim.replicate(crowded, n=6, seed=3, series="7 days", **FAST)
    with pytest.raises(GrowingError, match="no steady state"):
        growing.warm_up("intake", "waiting")


def test_a_result_prints_on_a_page(replications):
    """What was run, then means with intervals, in units, and a sentence for each."""
    text = repr(replications)
    assert text.startswith("8 replications of 'service', seed 3, simpy engine\n")
    assert "\nstage intake\n" in text
    assert " days " in text
    assert "  late_share: " in text
    assert "<th>  decided late</th>" in replications._repr_html_()


def test_results_go_elsewhere(replications, tmp_path):
    """CSV, parquet and xarray hold the same numbers; in CSV a day of the calendar is its date."""
    frame = replications.to_frame()
    is_day = frame["measure"].isin(["clear_day", "pending_peak_day"])
    assert is_day.any()
    replications.to_csv(tmp_path / "r.csv")
    replications.to_parquet(tmp_path / "r.parquet")
    written = pd.read_csv(tmp_path / "r.csv")
    numbers = written[~is_day].astype({"value": float})
    pd.testing.assert_frame_equal(numbers, frame[~is_day], check_dtype=False)
    start = pd.Timestamp(replications.scenario.start)
    days = (pd.to_datetime(written["value"][is_day]) - start).dt.days
    np.testing.assert_array_equal(days, frame["value"][is_day] // 1)
    columns = frame.columns.drop("value")
    pd.testing.assert_frame_equal(written[columns], frame[columns], check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), frame, check_dtype=False)
    array = replications.to_xarray()
    assert array.dims == ("replication", "row")
    np.testing.assert_array_equal(array.to_numpy().reshape(-1), frame["value"])


def test_a_result_is_frozen_and_says_where_it_comes_from(replications):
    """Nothing can be changed by accident; the provenance reproduces it."""
    with pytest.raises(AttributeError):
        replications.n = 9
    with pytest.raises(ValueError, match="read-only"):
        replications.sample.matrix[0, 0] = 1.0
    origin = replications.provenance
    assert origin["scenarios"]["service"]["scenario_hash"] == service().hash
    assert (origin["seed"], origin["n"], origin["engine"]) == (3, 8, "simpy")
    assert set(origin["versions"]) >= {"python", "capsim", "numpy", "simpy"}


@pytest.mark.parametrize(
    "options",
    [
        {"jobs": 2, "backend": "processes", "block": 3},
        {"jobs": 2, "backend": "threads", "block": 1},
    ],
    ids=str,
)
def test_the_same_frames_by_processes_and_threads(replications, options):
    """However it is carried out, the frames are identical."""
    other = capsim.replicate(service(), n=8, seed=3, series="14 days", engine="simpy", **options)
    pd.testing.assert_frame_equal(other.values(), replications.values())
    pd.testing.assert_frame_equal(other.series("14 days"), replications.series("14 days"))


def test_measures_of_the_users_own(tmp_path):
    """A function of a run becomes a row, in processes and in a store too."""
    own = {"waited": longest_queue_of_cases}
    here = capsim.replicate(service(), n=4, seed=3, measures=own, **FAST)
    there = capsim.replicate(
        service(),
        n=4,
        seed=3,
        measures=own,
        engine="simpy",
        jobs=2,
        backend="processes",
        store=tmp_path / "study",
    )
    run = capsim.simulate(service(), seed=3, replication=2, engine="simpy")
    values = here.values("waited")["value"]
    assert values.iloc[2] == longest_queue_of_cases(run)
    pd.testing.assert_frame_equal(here.values(), there.values())
    assert "waited" in repr(here)


def test_a_function_of_a_notebook_can_be_used_in_processes():
    """Functions that no module holds are sent by value."""
    factor = 2.0
    here = capsim.replicate(
        service(),
        n=2,
        seed=3,
        measures={"twice": lambda run: factor * len(run.cases)},
        engine="simpy",
        jobs=2,
        backend="processes",
    )
    run = capsim.simulate(service(), seed=3, replication=1, engine="simpy")
    assert here.values("twice")["value"].iloc[1] == 2 * len(run.cases)


def test_a_changed_measure_is_computed_again(tmp_path):
    """A store does not give the numbers of an earlier definition."""
    options = {"n": 2, "seed": 3, "store": tmp_path / "study", **FAST}
    first = capsim.replicate(service(), measures={"own": lambda run: 1.0}, **options)
    second = capsim.replicate(service(), measures={"own": lambda run: 2.0}, **options)
    assert list(first.values("own")["value"]) == [1.0, 1.0]
    assert list(second.values("own")["value"]) == [2.0, 2.0]


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ({"wait_mean": len}, "is a measure of capsim; choose another name"),
        ({"two words": len}, "'two words' is not a name"),
        ({"own": 3}, r"measures\['own'\] = 3 must be a function"),
    ],
)
def test_wrong_measures_are_named(measures, message):
    """Before anything is simulated."""
    with pytest.raises(ValueError, match=message):
        capsim.replicate(service(), n=2, seed=1, measures=measures)


def test_a_measure_that_fails_names_the_replication():
    """With the call that runs it alone."""
    with pytest.raises(ReplicationError, match=r"seed=1, replication=0, engine='simpy'\)") as e:
        capsim.replicate(service(), n=2, seed=1, measures={"own": lambda run: "many"}, **FAST)
    assert "it must give one number per run" in str(e.value)


def test_a_precision_adds_replications_until_it_is_reached():
    """Several measures share the confidence; one more look with the same answer costs nothing."""
    result = capsim.replicate(
        service(),
        n=5,
        seed=1,
        precision={"wait_mean[intake]": 0.25},
        relative_precision={"arrivals[intake]": 0.05},
        **FAST,
    )
    assert result.precision.reached
    assert 20 <= result.n < 500
    waits = result.interval("wait_mean[intake]", confidence=0.975)
    assert waits.half_width <= 0.25
    arrivals = result.interval("arrivals[intake]", confidence=0.975)
    assert arrivals.half_width <= 0.05 * arrivals.estimate
    fixed = capsim.replicate(service(), n=result.n, seed=1, **FAST)
    pd.testing.assert_frame_equal(fixed.values(), result.values())


def test_a_cap_that_comes_first_is_admitted():
    """The result and a warning say that the precision is not reached."""
    with pytest.warns(PrecisionWarning, match="NOT reached: the cap of 25 replications came first"):
        result = capsim.replicate(
            service(), n=5, seed=1, precision={"wait_mean[intake]": 0.001}, n_max=25, **FAST
        )
    assert result.n == 25
    assert not result.precision.reached
    assert "NOT reached" in repr(result)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0, "seed": 1}, ValueError, "n = 0 must be a whole number of at least 1"),
        ({"n": 2.5, "seed": 1}, ValueError, r"n = 2\.5 must be a whole number"),
        ({"n": 2, "seed": -1}, ValueError, "seed = -1 must lie between 0 and"),
        ({"n": 2, "seed": "a"}, ValueError, "seed = 'a' must be a whole number"),
        ({"n": 2, "seed": 1, "precision": {"wait_mean[intake]": 0}}, ValueError, "above zero"),
        ({"n": 2, "seed": 1, "precision": {"wait_mean[intak]": 1}}, KeyError, "'intake'"),
        ({"n": 2, "seed": 1, "engine": "gpu"}, ValueError, "engine = 'gpu'"),
        ({"seed": 1}, TypeError, "n"),
        ({"n": 1}, TypeError, "seed"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(options, error, message):
    """N and seed have no default; what is wrong is named with its remedy."""
    with pytest.raises(error, match=message):
        capsim.replicate(service(), **options)


def test_something_else_than_a_scenario_is_refused():
    """A list is no scenario, and an empty table lacks what a scenario needs."""
    with pytest.raises(ValueError, match="scenario = a list: must be a Scenario, a path, the name"):
        capsim.replicate([], n=1, seed=1)
    with pytest.raises(ValueError, match="horizon: is missing"):
        capsim.replicate({}, n=1, seed=1)


def test_the_compiled_engine_by_threads_gives_the_numbers_of_single_runs():
    """Blocks of the compiled engine equal its single runs."""
    result = capsim.replicate(service(), n=6, seed=3, engine="compiled", jobs=2, block=2)
    alone = [
        capsim.simulate(service(), seed=3, replication=r, engine="compiled").measures()["value"]
        for r in range(6)
    ]
    np.testing.assert_array_equal(
        result.values()["value"].to_numpy(), np.concatenate([one.to_numpy() for one in alone])
    )
