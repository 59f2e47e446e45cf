"""Observed against simulated: a replication passes, another service does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.statistical import assert_probability_equals

import capsim
from experiments.small import service

NUMBER, CURVE = "wait_mean[intake]", "waiting[intake]"


@pytest.fixture(scope="module")
def result():
    """What is to be validated."""
    return capsim.replicate(service(), n=60, seed=1, series="7 days", jobs=1)


def observations(replications):
    """Number and curve of each replication, as if it had been observed."""
    rows, matrix = replications.series_matrix("7 days")
    mask = (
        (rows.columns["measure"] == "waiting")
        & (rows.columns["of"] == "intake")
        & (rows.columns["kind"] == "stage")
        & (rows.columns["office"] == "main")
    )
    days = rows.columns["day"][mask].astype(float)
    numbers = replications.values(NUMBER)["value"]
    for number, curve in zip(numbers, matrix[:, mask], strict=True):
        yield {NUMBER: number, CURVE: pd.Series(curve, index=days)}


def outside(result, replications):
    verdicts = [
        capsim.validate(result, seen).verdicts["verdict"].to_numpy()
        for seen in observations(replications)
    ]
    return (np.array(verdicts) == "outside").sum(axis=0)


def test_another_history_of_the_same_service_lies_inside(result):
    """Of 80 histories at most the stated share lies outside: false alarm 1e-6 given the bands, and
    intervals of the mean, which leave out most, would fail.
    """
    others = capsim.replicate(service(), n=80, seed=2, series="7 days", jobs=1)
    number, curve = outside(result, others)

    assert_probability_equals(80 - int(number), 80, 0.95, detectable=0.45)
    assert_probability_equals(80 - int(curve), 80, 0.97, detectable=0.45)
    mean = result.interval(NUMBER)
    values = others.values(NUMBER)["value"]
    within = int(((values >= mean.lower) & (values <= mean.upper)).sum())
    with pytest.raises(AssertionError, match=r"where 0\.95 is exact"):
        assert_probability_equals(within, 80, 0.95, detectable=0.45)


def test_another_service_lies_outside(result):
    """With a third more applications nearly every history is found to be of another service."""
    changed = service(**{"inflows.regular.rate.per_month": 75})
    others = capsim.replicate(changed, n=10, seed=3, series="7 days", jobs=1)
    number, curve = outside(result, others)

    assert number >= 8
    assert curve >= 8


def test_shares_and_frames(result):
    """A frame says the same as a mapping, and the table shows the verdict."""
    frame = pd.DataFrame({"measure": ["late_share"], "of": ["intake"], "value": [0.99]})
    by_frame = capsim.validate(result, frame)
    by_name = capsim.validate(result, {"late_share[intake]": 0.99})

    pd.testing.assert_frame_equal(by_frame.verdicts, by_name.verdicts)
    assert by_frame.verdicts["verdict"].tolist() == ["outside"]
    assert "outside" in repr(by_frame)
    assert "<table>" in by_frame._repr_html_()


def test_a_curve_comes_from_a_frame(result):
    """Rows with days are one curve, with a band of as many points and the share inside."""
    curve = next(observations(result))[CURVE]
    frame = pd.DataFrame(
        {"day": curve.index, "measure": "waiting", "of": "intake", "value": curve.to_numpy()}
    )
    found = capsim.validate(result, frame)

    assert len(found.bands) == len(curve)
    assert found.verdicts["inside_share"].iloc[0] == found.bands["inside"].mean()


def test_too_few_replications_cannot_say():
    """With ten replications no observation is unusual enough for 95 %, and the result says so."""
    few = capsim.replicate(service(), n=10, seed=1, jobs=1)
    found = capsim.validate(few, {NUMBER: 1e6})

    assert found.verdicts["verdict"].tolist() == ["cannot say"]
    assert "39 are needed" in found.reasons[NUMBER]


def test_the_limits_of_a_number_are_ranks(result):
    """Of 60 replications the second smallest and largest hold one more with 57 / 61 = 93 %."""
    values = np.sort(result.values(NUMBER)["value"])
    row = capsim.validate(result, {NUMBER: values[30]}, confidence=0.93).verdicts.iloc[0]

    assert (row["lower"], row["upper"]) == (values[1], values[-2])


def test_a_curve_may_be_dated(result):
    """Dates, as a service writes them, are the days since the first day of the scenario."""
    curve = next(observations(result))[CURVE]
    dated = pd.Series(
        curve.to_numpy(), index=pd.Timestamp("2026-01-01") + pd.to_timedelta(curve.index, unit="D")
    )
    texts = pd.Series(curve.to_numpy(), index=[str(day.date()) for day in dated.index])

    for other in (dated, texts):
        found = capsim.validate(result, {CURVE: other})
        pd.testing.assert_frame_equal(found.bands, capsim.validate(result, {CURVE: curve}).bands)


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        ({}, "it is empty"),
        ([1, 2], "must be a mapping"),
        ({NUMBER: "5 days"}, "is neither a number nor a pandas Series"),
        ({"late_share[intake]": 5}, "must be a share; write 0.05 for 5 %"),
        ({CURVE: pd.Series([1.0, 2.0], index=["spring", "summer"])}, "'spring' is neither a day"),
        ({CURVE: pd.Series([1.0, "many"], index=[0, 7])}, "'many' is no number"),
        ({"late_shre[intake]": 0.1}, "did you mean 'late_share'"),
        (pd.DataFrame({"measure": ["late_share"]}), "no column of, value"),
    ],
)
def test_an_observation_that_cannot_be_read_is_named(result, observed, message):
    """What it is, and what to write instead."""
    with pytest.raises(ValueError, match=message):
        capsim.validate(result, observed)


def test_a_scenario_is_no_result():
    """Only replications have a spread to be held against."""
    with pytest.raises(ValueError, match="must be replications; write"):
        capsim.validate(service(), {NUMBER: 1.0})


def test_nothing_observed_is_no_verdict(result):
    """A gap in the records is told, not counted as inside."""
    found = capsim.validate(result, {NUMBER: float("nan")})

    assert found.verdicts["verdict"].tolist() == ["cannot say"]
    assert "nothing was observed" in repr(found)
    assert "nan" not in repr(found)


def test_mistakes_are_named_together(result):
    """Unknown measures and days between the intervals are told in one go."""
    with pytest.raises(ValueError) as caught:
        capsim.validate(
            result,
            {"late_share[intke]": 0.1, CURVE: pd.Series([1.0, 2.0], index=[0.0, 3.5])},
            every="7 days",
        )

    assert "intke" in str(caught.value)
    assert "begins on day 3.5" in str(caught.value)
