"""Sensitivity of simulations: exact indices of a queue, pairing, execution, mistakes."""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim import theory
from capsim.experiments import SobolDesign, run_design, study
from capsim.scenario import ScenarioError
from experiments.small import longest_queue_of_cases, service

INPUTS = {
    "inflows.regular.rate.per_month": (30.0, 45.0),
    "stages.intake.work.mean": ("2 h", "3 h"),
}
QUICK = {"engine": "simpy", "jobs": 1, "seed": 1}


def desk(days):
    """M/M/c open day and night, measured after ten days."""
    exponential = {"law": "exponential", "mean": "1 h"}
    return capsim.Scenario(
        name="desk",
        start="2026-01-01",
        horizon=f"{days} days",
        warm_up="10 days",
        calendar={"kind": "continuous"},
        teams={"desk": {"fte": 2}, "idle": {"fte": 1}},
        stages={"counter": {"team": "desk", "work": exponential}},
        inflows={"regular": {"rate": {"per_day": 24}}},
    )


RATE, HOURS, SERVERS = (16.0, 26.0), (0.7, 1.0), (2, 3)
QUEUE = {
    "inflows.regular.rate.per_day": RATE,
    "stages.counter.work.mean": (f"{HOURS[0]} h", f"{HOURS[1]} h"),
    "teams.desk.fte": list(SERVERS),
    "teams.idle.fte": (1, 5),
}


def exact_queue(luck=0.0):
    """S1 and ST of the mean wait in M/M/c by quadrature; a share of luck makes both smaller."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    rates = RATE[0] + (RATE[1] - RATE[0]) * (nodes + 1) / 2
    hours = HOURS[0] + (HOURS[1] - HOURS[0]) * (nodes + 1) / 2
    wait = np.array(
        [
            [
                [theory.erlang_c(rate, 24 / hour, servers).wait_mean for servers in SERVERS]
                for hour in hours
            ]
            for rate in rates
        ]
    )
    chances = np.ix_(weights / 2, weights / 2, np.full(len(SERVERS), 1 / len(SERVERS)))

    def variance(known):
        """Variance of the mean wait as far as it follows from the inputs that are known."""
        mean = wait
        for axis in set(range(3)) - set(known):
            mean = (mean * chances[axis]).sum(axis=axis, keepdims=True)
        square = mean**2
        for axis in known:
            mean = (mean * chances[axis]).sum(axis=axis, keepdims=True)
            square = (square * chances[axis]).sum(axis=axis, keepdims=True)
        return float((square - mean**2).item())

    total = variance({0, 1, 2})
    *names, idle = QUEUE
    exact = {(idle, "S1"): 0.0, (idle, "ST"): 0.0}
    for k, name in enumerate(names):
        exact[name, "S1"] = (1 - luck) * variance({k}) / total
        exact[name, "ST"] = (1 - luck) * (1 - variance({0, 1, 2} - {k}) / total)
    return exact


def check_queue(points, replications, days, *, reach):
    """Intervals cover the exact indices of the queue and are not longer than `reach`."""
    result = capsim.sensitivity(
        desk(days),
        QUEUE,
        "wait_mean[counter]",
        method="sobol",
        points=points,
        replications=replications,
        seed=2,
        confidence=0.999,
        jobs=1,
    )
    luck = float(result.noise["noise"].iloc[0])
    exact = exact_queue(luck)
    for row in result.indices.to_dict("records"):
        value = exact[row["input"], row["index"]]
        assert row["lower"] - 1e-9 <= value <= row["upper"] + 1e-9, (row, value)
        assert row["upper"] - row["lower"] < reach, row
    return result


def test_indices_of_a_queue_with_servers_are_those_of_erlang():
    """Arrival rate, service mean and servers of M/M/c: intervals cover the integrated indices.

    Six intervals at 99.9 % (an unused team has exactly 0): a right analysis fails once in 160.
    """
    result = check_queue(128, 2, 60, reach=0.9)

    assert float(result.noise["noise"].iloc[0]) < 0.15
    assert result.ranking()[-1] == "teams.idle.fte"


@pytest.mark.thorough
def test_indices_of_a_queue_with_servers_are_those_of_erlang_closely():
    """The same with eight times the rows and longer runs: errors of 0.2 are seen."""
    check_queue(1024, 2, 120, reach=0.35)


def test_independent_luck_would_give_an_unused_team_an_influence():
    """The wrong pairing, each row on luck of its own, inflates the dummy; ours does not."""
    scenario = service(**{"teams.idle": {"fte": 1.0}})
    design = SobolDesign.of(
        {"inflows.regular.rate.per_month": (43.0, 45.0), "teams.idle.fte": (1.0, 2.0)},
        16,
        seed=1,
        scenario=scenario,
    )
    apart = dataclasses.replace(design, base=np.arange(len(design)))
    options = {"replications": 1, "seed": 1, "engine": "simpy", "jobs": 1}

    right = design.analyse(run_design(scenario, design, **options).of("wait_mean[intake]"))
    wrong = design.analyse(run_design(scenario, apart, **options).of("wait_mean[intake]"))

    def dummy(frame):
        row = frame[(frame["input"] == "teams.idle.fte") & (frame["index"] == "ST")]
        return row.to_dict("records")[0]

    assert dummy(right)["value"] == 0
    assert dummy(right)["lower"] <= 0 <= dummy(right)["upper"]
    assert dummy(wrong)["lower"] > 0.1


def test_rows_are_the_replications_of_their_base_row():
    """Row k of the base is simulated with the replications k r to (k + 1) r - 1 of the seed."""
    scenario = service()
    design = SobolDesign.of(INPUTS, 16, seed=1, scenario=scenario)

    responses = run_design(scenario, design, replications=2, seed=9, engine="simpy", jobs=1)

    values = responses.values(["wait_mean[intake]"])
    for row, j in itertools.product((0, 3, 7), (0, 1)):
        replication = int(design.base[row]) * 2 + j
        one = capsim.simulate(
            scenario.with_(design.overrides[row]), seed=9, replication=replication, engine="simpy"
        )
        frame = one.measures()
        there = frame[(frame["measure"] == "wait_mean") & (frame["of"] == "intake")]
        expected = there[(there["inflow"] == "all") & (there["office"] == "all")]["value"].item()
        found = values[(values["row"] == row) & (values["replication"] == replication)]
        assert found["value"].item() == expected


def test_one_at_a_time_is_a_sweep_of_the_ends():
    """Changes are the paired differences of the same points in a sweep."""
    result = capsim.sensitivity(
        service(), INPUTS, "wait_mean[intake]", method="oat", replications=4, **QUICK
    )
    points = [{}, *({path: end} for path, ends in INPUTS.items() for end in ends)]
    means = (
        capsim.sweep(service(), points, n=4, **QUICK)
        .summary("wait_mean[intake]")["mean"]
        .to_numpy()
    )

    found = result.indices.set_index(["input", "index"])["value"]

    for k, path in enumerate(INPUTS):
        assert found[path, "low"] == pytest.approx(means[1 + 2 * k] - means[0])
        assert found[path, "high"] == pytest.approx(means[2 + 2 * k] - means[0])
        assert found[path, "effect"] == pytest.approx(means[2 + 2 * k] - means[1 + 2 * k])
    assert result.outcome["mean"].item() == pytest.approx(means[0])


@pytest.fixture(scope="module")
def morris():
    """Three inputs, one a date and one a whole number, in four trajectories."""
    scenario = service(**{"inflows.wave": {"waves": {"one": {"date": "2026-02-02", "people": 10}}}})
    return capsim.sensitivity(
        scenario,
        {
            "inflows.wave.waves.one.date": ("2026-01-12", "2026-03-02"),
            "inflows.wave.waves.one.people": (5, 30),
            "stages.intake.work.mean": ("2 h", "3 h"),
        },
        ["wait_mean[intake]", "queue_peak[intake]"],
        method="morris",
        points=4,
        replications=2,
        **QUICK,
    )


def test_dates_and_whole_numbers_are_inputs(morris):
    """A wave is moved by days and made of whole people; both show in the settings."""
    table = morris.design.table()

    assert set(table["inflows.wave.waves.one.date"]) <= {
        "2026-01-12", "2026-01-28", "2026-01-29", "2026-02-14", "2026-02-13", "2026-03-02",
    }  # fmt: skip
    assert {type(people) for people in table["inflows.wave.waves.one.people"].tolist()} == {int}
    assert (morris.indices.query("index == 'mu_star'")["value"] > 0).all()


def test_a_result_prints_and_goes_elsewhere(morris, tmp_path):
    """About ten lines with the share of luck, the same as HTML, and tidy frames."""
    text = repr(morris)

    assert "3 inputs of 'service' in 16 rows of 2 replications, seed 1" in text
    assert "of the variance is luck" in text
    assert len(text.splitlines()) <= 10
    assert "<table>" in morris._repr_html_()
    assert list(morris.indices.columns) == ["input", "measure", "index", "value", "lower", "upper"]
    assert morris.to_frame().equals(morris.indices)
    assert len(morris.values()) == 16 * 2 * 2
    morris.to_csv(tmp_path / "indices.csv")
    assert len(pd.read_csv(tmp_path / "indices.csv")) == 3 * 2 * 3


def test_other_measures_of_the_service_are_at_hand(morris):
    """What was not asked for can be analysed without another run."""
    frame = morris.indices_of("utilization[intake]")

    assert set(frame["measure"]) == {"utilization[intake]"}
    assert (frame["value"].abs() > 0).any()


def test_the_same_numbers_with_any_jobs_backend_and_store(tmp_path):
    """Processes, a store, and going on from it change nothing; resuming gives the same result."""
    options = {"method": "sobol", "points": 16, "replications": 1, "seed": 3, "engine": "simpy"}
    arguments = (service(), INPUTS, "wait_mean[intake]")

    alone = capsim.sensitivity(*arguments, **options, jobs=1)
    apart = capsim.sensitivity(*arguments, **options, jobs=2, backend="processes", block=1)
    stored = capsim.sensitivity(*arguments, **options, jobs=1, store=tmp_path)
    progress = []
    again = capsim.sensitivity(*arguments, **options, store=tmp_path, progress=progress.append)
    (state,) = study.status(tmp_path).studies
    (resumed,) = study.resume(tmp_path, jobs=1).values()

    for other in (apart, stored, again, resumed):
        assert other.values().equals(alone.values())
        assert other.indices.equals(alone.indices)
    assert all(one.done == one.total for one in progress[-1:])
    assert (state.kind, state.done, state.total) == ("sensitivity", 64, 64)


def test_more_points_take_over_what_is_in_the_store(tmp_path):
    """The first rows of a larger study are those of the smaller one and are not run again."""
    options = {"method": "morris", "replications": 1, "seed": 3, "engine": "simpy", "jobs": 1}
    capsim.sensitivity(service(), INPUTS, "wait_mean[intake]", points=4, store=tmp_path, **options)
    before = set(tmp_path.glob("blocks/*/0*"))

    capsim.sensitivity(service(), INPUTS, "wait_mean[intake]", points=5, store=tmp_path, **options)

    assert len(before) == 12
    assert set(tmp_path.glob("blocks/*/0*")) > before
    assert len(set(tmp_path.glob("blocks/*/0*"))) == 15


def test_equal_rows_are_run_once():
    """Where a whole number does not change, A and AB are the same scenario on the same luck."""
    result = capsim.sensitivity(
        service(),
        {"teams.intake.fte": [1, 2], "teams.guidance.fte": [2, 3]},
        "wait_mean[intake]",
        method="sobol",
        points=16,
        replications=1,
        **QUICK,
    )

    assert result.responses.scenarios < len(result.design) == 64


def test_measures_of_your_own_have_indices():
    """They are analysed with the others, by name."""
    result = capsim.sensitivity(
        service(),
        INPUTS,
        "wait_mean[intake]",
        method="oat",
        replications=2,
        own={"long_waits": longest_queue_of_cases},
        **QUICK,
    )

    assert result.measures == ("wait_mean[intake]", "long_waits")
    assert np.isfinite(result.indices.query("measure == 'long_waits'")["value"]).all()


DUMMY = {"teams.guidance.client_share": (0.7, 0.71)}
WAIT = "wait_mean[intake]"
GAP = {"stages.guidance.gap.mean": ("13 days", "15 days")}


@pytest.mark.parametrize(
    ("inputs", "measure", "method", "points", "replications", "words"),
    [
        (DUMMY, WAIT, "oat", None, 3, ["all of the variance may be luck", "Only 3 replications"]),
        (GAP, "contact_ratio[guidance]", "oat", None, 4, ["No effect is clearly other than 0"]),
        (INPUTS, WAIT, "morris", 4, 2, ["mu_star all overlap", "more than 4 trajectories"]),
        ({**INPUTS, **DUMMY}, WAIT, "sobol", 16, 1, ["16 base rows are too few", "points="]),
    ],
)
def test_what_cannot_be_said_is_not_left_to_the_reader(
    inputs, measure, method, points, replications, words
):
    """Luck alone, wide intervals and few replications are named, with what would help."""
    result = capsim.sensitivity(
        service(),
        inputs,
        measure,
        method=method,
        points=points,
        replications=replications,
        **QUICK,
    )

    for text in words:
        assert text in repr(result)


def test_intervals_that_say_something_are_printed_without_comment():
    """The cautions are about the study at hand, not a text that is always there."""
    result = capsim.sensitivity(
        service(warm_up="1 month"),
        {"inflows.regular.rate.per_month": (5.0, 60.0)},
        "wait_mean[intake]",
        method="oat",
        replications=20,
        **QUICK,
    )

    assert repr(result).count("\n") == 3


def test_a_measure_that_is_not_reached_has_no_index_and_says_so():
    """A queue that never clears: no row is left out of the average of the others."""
    scenario = service(
        **{
            "inflows.wave": {"waves": {"one": {"date": "2026-02-02", "people": 10}}},
            "inflows.regular.rate.per_month": 200,
        }
    )

    result = capsim.sensitivity(
        scenario,
        {"inflows.wave.waves.one.people": (5, 30)},
        ["clear_day[intake]", "wait_mean[intake]"],
        method="oat",
        replications=2,
        **QUICK,
    )

    frame = result.indices
    assert frame[frame["measure"] == "clear_day[intake]"]["value"].isna().all()
    assert frame[frame["measure"] == "wait_mean[intake]"]["value"].notna().all()
    assert "no value in 3 of 3 rows" in repr(result)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"inputs": {"teams.intke.fte": (1.0, 2.0)}}, ScenarioError, "did you mean 'intake'"),
        ({"measures": "late_shre[intake]"}, KeyError, "did you mean 'late_share'"),
        ({"measures": "late_share[intke]"}, KeyError, "did you mean 'intake'"),
        ({"measures": []}, ValueError, "name at least one"),
        ({"measures": 3}, ValueError, "a measure or a list"),
        ({"method": "sobl"}, ValueError, "'sobol', 'morris' or 'oat'"),
        ({"method": "sobol"}, ValueError, "points is needed"),
        ({"method": "sobol", "points": 24}, ValueError, "write 16 or 32"),
        ({"method": "sobol", "points": 8}, ValueError, "at least 16"),
        ({"method": "morris", "points": 1}, ValueError, "at least 4"),
        ({"replications": 0}, ValueError, "replications = 0"),
        ({"seed": -1}, ValueError, "seed = -1"),
        ({"confidence": 95}, ValueError, "between 0 and 1"),
    ],
)
def test_mistakes_are_named_before_anything_runs(changes, error, message, monkeypatch):
    """Paths, measures, methods and numbers, each with its remedy."""
    from capsim.execution import scenario_work

    monkeypatch.setattr(scenario_work.ScenarioWork, "run", None)
    arguments = {
        "inputs": INPUTS,
        "measures": "wait_mean[intake]",
        "method": "oat",
        "replications": 2,
        "seed": 1,
        "engine": "simpy",
        **changes,
    }
    with pytest.raises(error, match=message):
        capsim.sensitivity(service(), **arguments)
