"""Control by outlines in studies: the same replications, moved by what their luck was off."""

import dataclasses

import numpy as np
import pytest

import capsim
from capsim.engines import outline
from capsim.estimates import mean_intervals
from capsim.estimates.controlled import controlled_intervals
from capsim.experiments.study import resume, status
from capsim.plan import compile_plan
from compiled_only import needs_compiler

pytestmark = needs_compiler

LATE = "late_share[visit]"
WAIT = "wait_mean[visit]"
N = 25


def desk(**changes):
    """Two workers who fall ill: waits that hang on who is there."""
    scenario = capsim.Scenario(
        start="2026-01-01",
        horizon="6 months",
        teams={
            "desk": {
                "fte": 2,
                "worker_fte": 1,
                "absence": {"illness": {"spells_per_year": 6, "length": "9 days"}},
            }
        },
        stages={"visit": {"team": "desk", "work": "3 h", "deadline": "5 days"}},
        inflows={"regular": {"rate": {"per_month": 75}}},
    )
    return scenario.with_(changes) if changes else scenario


@pytest.fixture(scope="module")
def study():
    """25 replications and 200 outlines."""
    return capsim.replicate(desk(), n=N, seed=1, jobs=1)


def test_the_replications_are_the_same_and_the_plain_summary_too(study):
    """Outlines change no value; `control=False` gives every byte of a study without them."""
    plain = capsim.replicate(desk(), n=N, seed=1, control=0, jobs=1)
    assert np.array_equal(study.sample.matrix, plain.sample.matrix, equal_nan=True)
    assert plain.sample.outlines is None
    assert "explained" not in plain.summary().columns
    assert study.summary(control=False).equals(plain.summary())
    assert study.interval(LATE, control=False) == plain.interval(LATE)


def test_outlines_tell_most_of_the_luck(study):
    """More than 0.9 of the variance of waits and lateness; less than half the width."""
    controlled, plain = study.summary(WAIT, LATE), study.summary(WAIT, LATE, control=False)
    assert (controlled["explained"] > 0.9).all()
    width = [(frame["upper"] - frame["lower"]).to_numpy() for frame in (controlled, plain)]
    assert (width[0] < width[1] / 2).all()
    assert len(study.sample.outlines) == 8 * N
    assert "200 outlines" in repr(study)


def test_the_controlled_mean_is_that_of_many_replications(study):
    """400 replications of another seed lie in the interval, within their own error."""
    many = capsim.replicate(desk(), n=400, seed=77, control=0)
    for selector in (WAIT, LATE, "utilization[desk]", "queue_peak[visit]"):
        found, truth = study.interval(selector), many.interval(selector)
        assert found.lower <= truth.upper
        assert truth.lower <= found.upper


def test_a_wrong_outline_loses_gain_and_not_honesty():
    """Outlines of another seed explain nothing; then intervals are about as wide as plain ones.

    200 studies of 25: 95 % intervals hold the mean of 800 replications in at least 0.9 (three
    standard errors are 0.046).
    """
    plan = compile_plan(desk())
    truth = capsim.replicate(desk(), n=800, seed=5, control=0)
    (keys,) = (np.flatnonzero((truth.sample.keys()["measure"] == "late_share").to_numpy())[:1],)
    k = int(keys[0])
    values = truth.sample.matrix[:, k]
    wrong = outline.measure(plan, 6, 0, 800)[:, k]
    right = outline.measure(plan, 5, 0, 800)[:, k]
    generator = np.random.default_rng(1)
    drawn = generator.integers(0, 800, (200, 200))
    y = values[drawn[:25]]
    limits = np.zeros(200), np.ones(200)
    _, low, high, _, explained = controlled_intervals(y, wrong[drawn], limits=limits)
    _, plain_low, plain_high, _ = mean_intervals(y, limits=limits)
    assert np.median(explained) < 0.1
    assert ((low <= values.mean()) & (values.mean() <= high)).mean() >= 0.9
    assert np.median(high - low) > 0.9 * np.median(plain_high - plain_low)
    _, low, high, _, explained = controlled_intervals(y, right[drawn], limits=limits)
    assert np.median(explained) > 0.9
    assert ((low <= values.mean()) & (values.mean() <= high)).mean() >= 0.9


def test_a_mean_of_another_scenario_is_caught(study):
    """Outlines after the first 25 of a busier desk move the mean many errors away from the truth.

    The comparison with replications of another seed that the right outlines pass.
    """
    busier = outline.measure(
        compile_plan(desk(**{"inflows.regular.rate.per_month": 80})), 1, N, 175
    )
    mixed = np.concatenate([study.sample.outlines[:N], busier])
    wrong = dataclasses.replace(study, sample=dataclasses.replace(study.sample, outlines=mixed))
    many = capsim.replicate(desk(), n=400, seed=77, control=0).interval(WAIT)
    found = wrong.interval(WAIT)
    assert found.lower > many.upper


def test_differences_are_controlled_by_those_of_the_outlines():
    """One worker more: explained, sharper, of the same sign, and p belongs to the interval."""
    more = desk(**{"teams.desk.fte": 3})
    result = capsim.compare({"now": desk(), "more": more}, n=N, seed=1, jobs=1)
    found, plain = result.differences(WAIT), result.differences(WAIT, control=False)
    assert found["explained"].iloc[0] > 0.9
    assert "explained" not in plain.columns
    width = [float((one["upper"] - one["lower"]).iloc[0]) for one in (found, plain)]
    assert width[0] < width[1] / 2
    near = capsim.compare(
        {"now": desk(), "near": desk(**{"teams.desk.client_share": 0.999})}, n=N, seed=1, jobs=1
    )
    p = float(near.differences(WAIT)["p"].iloc[0])
    at = near.differences(WAIT, confidence=1 - p)
    assert 1e-9 < p < 0.5
    assert at["lower"].iloc[0] == pytest.approx(0, abs=1e-5 * at["upper"].iloc[0])
    assert plain.equals(
        capsim.compare({"now": desk(), "more": more}, n=N, seed=1, control=0, jobs=1).differences(
            WAIT
        )
    )


def test_a_sweep_is_controlled_point_by_point():
    """Each point as the study of its own."""
    result = capsim.sweep(desk(), {"teams.desk.fte": [2, 3]}, n=N, seed=1, jobs=1)
    frame = result.summary(WAIT)
    alone = capsim.replicate(desk(), n=N, seed=1, jobs=1).summary(WAIT)
    names = ["mean", "lower", "upper", "explained"]
    assert frame[names].iloc[0].tolist() == alone[names].iloc[0].tolist()


def test_a_precision_is_reached_sooner():
    """The half-width is that of the controlled mean, and outlines grow with the replications."""
    wanted = {WAIT: 0.15}
    found = capsim.replicate(desk(), n=20, seed=1, precision=wanted)
    plain = capsim.replicate(desk(), n=20, seed=1, precision=wanted, control=0)
    assert found.n < plain.n / 2
    assert len(found.sample.outlines) == 8 * found.n
    assert found.precision.intervals[WAIT].half_width <= 0.15
    assert found.precision.intervals[WAIT].upper == pytest.approx(found.interval(WAIT).upper)


def test_saved_results_and_stores_keep_the_outlines(study, tmp_path):
    """A loaded or resumed result has the same summary; a store computes no outline again."""
    study.save(tmp_path / "saved")
    assert capsim.load_result(tmp_path / "saved").summary().equals(study.summary())
    first = capsim.replicate(desk(), n=N, seed=1, store=tmp_path / "store", control=4)
    files = sorted(path.name for path in (tmp_path / "store" / "blocks").rglob("*-*.*"))
    (again,) = resume(tmp_path / "store").values()
    assert again.summary().equals(first.summary())
    assert len(again.sample.outlines) == 4 * N
    assert files == sorted(path.name for path in (tmp_path / "store" / "blocks").rglob("*-*.*"))
    (one,) = status(tmp_path / "store").studies
    assert (one.done, one.total) == (N, N)


def test_outlines_cover_periods_and_leave_own_measures_plain():
    """`by` is controlled month by month; what Python computes of a run has its plain mean."""
    result = capsim.replicate(
        desk(), n=N, seed=1, by="1 month", own={"cases": lambda run: len(run.cases)}, jobs=1
    )
    months = result.by(WAIT)
    assert (months["explained"].dropna() > 0.5).any()
    assert np.isnan(result.summary("cases")["explained"].iloc[0])
    named = outline.measure(compile_plan(desk()), 1, 0, 3)
    assert np.array_equal(named[:, 0], result.sample.outlines[:3, 0], equal_nan=True)


@pytest.mark.parametrize(
    ("scenario", "saves"),
    [
        (desk(), True),
        (desk(**{"teams.desk.absence": {}}), False),
        (desk(**{"stages.visit.room": 5}), False),
        (capsim.load("one-office"), True),
        (capsim.load("examples/service.toml"), False),
        (capsim.load("limburg", variant="phased"), False),
    ],
)
def test_control_is_automatic_where_it_saves_time(scenario, saves):
    """By the scenario alone: chance in the roster, few teams, and no contacts with a known mean."""
    assert outline.saves_time(compile_plan(scenario)) is saves


def test_what_cannot_be_controlled_is_refused_or_left_plain():
    """A wrong number of outlines, and a scenario that they do not know; few replications."""
    for wrong in (1, -1, 2.5, True, "yes"):
        with pytest.raises(ValueError, match="control = "):
            capsim.replicate(desk(), n=20, seed=1, control=wrong)
    with pytest.raises(ValueError, match="do not know limited room"):
        capsim.replicate(desk(**{"stages.visit.room": 5}), n=20, seed=1, control=8)
    few = capsim.replicate(desk(), n=19, seed=1, jobs=1)
    assert few.sample.outlines is None
