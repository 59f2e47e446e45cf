"""Uncertain inputs beside luck: variance components, exact cases, execution, mistakes."""

import numpy as np
import pytest
from scipy.stats import binom

import capsim
from capsim.estimates.variance import variance_components
from capsim.experiments import SampleDesign, study
from experiments.small import service

QUICK = {"engine": "simpy", "jobs": 1, "seed": 1}
RATE = {"inflows.regular.rate.per_month": (30.0, 45.0)}


def two_way(rows, replications, share, seed, draw):
    """Replicated rows of variance 1, of which a share is due to the row."""
    random = np.random.default_rng(seed)
    inputs = np.sqrt(share) * draw(random, (rows, 1))
    return inputs + np.sqrt(1 - share) * draw(random, (rows, replications))


def normal(random, size):
    return random.standard_normal(size)


def skewed(random, size):
    return random.exponential(size=size) - 1


def coverage(rows, replications, share, draw, *, naive=False):
    """In how many of 200 cases the 95 % interval holds the share of the inputs."""
    hits = 0
    for seed in range(200):
        responses = two_way(rows, replications, share, seed, draw)
        found = variance_components(responses)
        shift = 0.0
        if naive:  # the variance of the means as that of the inputs, luck left in it
            between = responses.mean(axis=1).var(ddof=1)
            shift = between / (between + responses.var(axis=1, ddof=1).mean()) - found.share
        hits += found.lower + shift <= share <= found.upper + shift
    return hits


@pytest.mark.parametrize("draw", [normal, skewed])
@pytest.mark.parametrize(("rows", "replications", "share"), [(200, 2, 0.3), (100, 4, 0.9)])
def test_the_share_of_the_inputs_lies_in_its_interval(draw, rows, replications, share):
    """95 % intervals cover in 88 % of the cases or more, also where nothing is normal.

    With a coverage of 88 % fewer than 161 of 200 occur once in 600.
    """
    least = 161
    assert binom.cdf(least - 1, 200, 0.88) < 1.7e-3

    assert coverage(rows, replications, share, draw) >= least


def test_luck_left_in_the_means_would_be_seen():
    """Without taking luck off the means, the same check fails by far."""
    assert coverage(200, 2, 0.3, normal, naive=True) < 100


def test_components_are_those_of_the_analysis_of_variance():
    """Estimates of Searle, Casella and McCulloch (1992), section 3.4, on numbers by hand."""
    found = variance_components([[1.0, 3.0], [11.0, 13.0], [6.0, 8.0], [16.0, 18.0]])

    # Means 2, 12, 7, 17 have variance 125 / 3; within each row it is 2.
    assert found.luck == 2
    assert found.inputs == pytest.approx(125 / 3 - 1)
    assert found.share == pytest.approx((125 / 3 - 1) / (125 / 3 + 1))
    assert found.lower <= found.share <= found.upper


def test_one_source_alone_has_everything():
    """Without luck the share of the inputs is 1; without differences between rows it is 0."""
    rows = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])

    assert variance_components(rows).share == 1
    assert variance_components(rows.T.repeat(2, axis=0)[:3]).share == 0
    assert np.isnan(variance_components(np.ones((3, 2))).share)


def test_inputs_and_luck_cannot_be_told_apart_without_replications():
    """One replication is refused with the reason."""
    with pytest.raises(ValueError, match="2 replications"):
        variance_components(np.ones((10, 1)))


def test_what_each_input_explains_alone_lies_in_its_interval():
    """3 x + y**2 + luck: main shares are 9/12, 4/45 and 0 of the variance.

    Three 99.9 % intervals: a right analysis fails once in 300; errors of 0.25 are seen.
    """
    design = SampleDesign.of(dict.fromkeys("xyz", (0.0, 1.0)), 200, seed=1)
    x = design.numbers()
    luck = np.random.default_rng(1).normal(0, 0.5, (200, 2))

    frame = design.analyse((3 * x[:, 0] + x[:, 1] ** 2)[:, None] + luck, confidence=0.999)

    total = 9 / 12 + 4 / 45 + 1 / 4
    for row, exact in zip(frame.to_dict("records"), (9 / 12, 4 / 45, 0.0), strict=True):
        assert row["lower"] <= exact / total <= row["upper"], row
        assert row["upper"] - row["lower"] < 0.5, row


def test_a_few_rows_explain_nothing_alone():
    """Fewer than three rows per term of the regression: no share, rather than a fitted one."""
    design = SampleDesign.of(dict.fromkeys("wxyz", (0.0, 1.0)), 20, seed=1)

    assert design.analyse(design.numbers()[:, 0])["value"].isna().all()


@pytest.fixture(scope="module")
def counted():
    """Arrivals of three months whose rate is only known to lie between 30 and 90 a month."""
    scenario = capsim.Scenario(
        name="counted",
        start="2026-01-01",
        horizon="90 days",
        calendar={"kind": "continuous"},
        teams={"desk": {"fte": 1}},
        stages={"intake": {"team": "desk", "work": "1 min"}},
        inflows={"regular": {"rate": {"per_day": 1}}},
    )
    return capsim.uncertainty(
        scenario,
        {"inflows.regular.rate.per_day": (0.2, 0.6)},
        "arrivals[intake]",
        samples=150,
        replications=3,
        confidence=0.999,
        **QUICK,
    )


def test_a_poisson_count_with_an_uncertain_rate_has_its_exact_shares(counted):
    """90 days at a rate uniform on 0.2 to 0.6: 108 of the variance of 144 is due to the rate.

    Three 99.9 % intervals, of shares and of the mean, and the two bands of single numbers within
    their sampling error: a right analysis fails once in 200; errors of the share of 0.15 are seen.
    """
    shares = counted.shares.set_index("source")
    intervals = counted.intervals.set_index("source")

    inputs = 90**2 * 0.4**2 / 12
    assert inputs == pytest.approx(108)
    exact = inputs / (inputs + 36)
    assert shares.loc["inputs", "lower"] <= exact <= shares.loc["inputs", "upper"]
    assert shares.loc["inputs", "upper"] - shares.loc["inputs", "lower"] < 0.3
    assert shares.loc["luck", "value"] == pytest.approx(1 - shares.loc["inputs", "value"])
    assert intervals.loc["mean", "lower"] <= 36 <= intervals.loc["mean", "upper"]
    # Expected counts lie between 18 and 54; a Poisson count of 36 mostly between 17 and 56.
    assert intervals.loc["inputs", "lower"] == pytest.approx(18, abs=5)
    assert intervals.loc["inputs", "upper"] == pytest.approx(54, abs=5)
    assert intervals.loc["luck", "lower"] == pytest.approx(17, abs=6)
    assert intervals.loc["luck", "upper"] == pytest.approx(57, abs=6)


def test_known_inputs_would_claim_too_much(counted):
    """The interval of as many runs with known inputs is much shorter than that of the mean."""
    length = counted.intervals.set_index("source").eval("upper - lower")

    assert length["simulation"] < 0.5 * length["mean"] < length["inputs"] < length["both"]


def test_a_result_says_what_it_means_and_goes_elsewhere(counted):
    """A sentence with both sources, a table, frames."""
    text = counted.statement("arrivals")

    assert text.startswith("arrivals[intake] is ")
    assert "% of the variance of a run" in text
    assert "to inflows.regular.rate.per_day alone" in text
    assert text in repr(counted)
    assert "<table>" in counted._repr_html_()
    assert counted.to_frame().equals(counted.intervals)
    assert len(counted.values()) == 150 * 3
    with pytest.raises(KeyError, match="was not asked for"):
        counted.statement("wait_mean[intake]")


def test_a_share_that_is_hardly_known_is_said_to_be(counted):
    """From ten draws nobody can tell inputs from luck; from many the result says nothing of it."""
    result = capsim.uncertainty(
        service(), RATE, "wait_mean[intake]", samples=10, replications=2, **QUICK
    )

    assert "10 draws are too few to tell inputs from luck" in repr(result)
    assert "too few" not in repr(counted)


def test_samples_that_belong_together_are_drawn_together():
    """Rows of a joint sample, as a bootstrap of two inputs gives, are never mixed."""
    rows = [(30.0, "3 h"), (40.0, "2 h"), (50.0, "1 h")]
    result = capsim.uncertainty(
        service(),
        {("inflows.regular.rate.per_month", "stages.intake.work.mean"): rows},
        "wait_mean[intake]",
        samples=12,
        replications=2,
        **QUICK,
    )

    table = result.design.table()
    drawn = set(
        zip(table["inflows.regular.rate.per_month"], table["stages.intake.work.mean"], strict=True)
    )
    assert drawn == set(rows)


def test_what_is_not_reached_has_a_band_but_no_mean():
    """A backlog that may not clear: no run is dropped, the band goes on to "not reached"."""
    scenario = service(
        **{
            "inflows.wave": {"waves": {"one": {"date": "2026-01-12", "people": 10}}},
            "inflows.regular.rate.per_month": 20,
        }
    )
    result = capsim.uncertainty(
        scenario,
        {"inflows.regular.rate.per_month": [5.0, 200.0]},
        "clear_day[intake]",
        samples=12,
        replications=2,
        **QUICK,
    )

    both = result.intervals.set_index("source").loc["both"]
    assert np.isnan(both["value"])
    assert np.isfinite(both["lower"])
    assert both["upper"] == np.inf
    assert "was not reached in" in result.statement()
    assert "to not reached" in result.statement()


def test_the_same_numbers_from_a_store(tmp_path):
    """Going on, enlarging and resuming give the same numbers; the first draws stay."""
    options = {"measures": "wait_mean[intake]", "replications": 2, **QUICK}
    alone = capsim.uncertainty(service(), RATE, samples=10, **options)
    stored = capsim.uncertainty(service(), RATE, samples=10, store=tmp_path, **options)
    larger = capsim.uncertainty(service(), RATE, samples=12, store=tmp_path, **options)

    results = {result.samples: result for result in study.resume(tmp_path, jobs=1).values()}

    assert stored.values().equals(alone.values())
    assert results[10].intervals.equals(alone.intervals)
    assert results[12].values().equals(larger.values())
    assert larger.values().iloc[:20].equals(alone.values())
    assert len(list(tmp_path.glob("blocks/*"))) == 12
    assert all(state.is_finished for state in study.status(tmp_path).studies)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"inputs": {"teams.intke.fte": (1.0, 2.0)}}, ValueError, "did you mean 'intake'"),
        ({"measures": "wait_meen[intake]"}, KeyError, "did you mean 'wait_mean'"),
        ({"measures": ()}, ValueError, "name at least one"),
        ({"samples": 9}, ValueError, "at least 10"),
        ({"replications": 1}, ValueError, "cannot tell luck from inputs"),
    ],
)
def test_mistakes_are_named(changes, error, message):
    """Paths, measures and numbers, each with its remedy."""
    arguments = {
        "inputs": RATE,
        "measures": "wait_mean[intake]",
        "samples": 10,
        "replications": 2,
        **QUICK,
        **changes,
    }
    with pytest.raises(error, match=message):
        capsim.uncertainty(service(), **arguments)
