"""Official figures by calendar month, under every name that a month has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.experiments.small import service

import capsim
from capsim.records.observed import curve_of

MEASURES = ("arrivals[intake]", "open[guidance]", "waiting[intake]", "exits[intake]")


@pytest.fixture(scope="module")
def result():
    """Six months from the first of January."""
    return capsim.replicate(
        service(horizon="6 months"), n=30, seed=1, series="1 month", jobs=1, engine="simpy"
    )


def figures(result, measure, r=3):
    """What replication r counted in each calendar month, straight from its tables."""
    run = capsim.simulate(result.scenario, seed=result.seed, replication=r, engine="simpy")
    series = run.series("1 month")
    of, name = measure.rstrip("]").split("[")[::-1]
    rows = series[(series["of"] == of) & (series["measure"] == name) & (series["kind"] == "stage")]
    return rows[rows["office"] == "main"]["value"].to_numpy()


MONTHS = [f"2026-{month:02d}" for month in range(1, 7)]
INDEXES = {
    "texts": MONTHS,
    "periods": pd.PeriodIndex(MONTHS, freq="M"),
    "starts": pd.date_range("2026-01-01", periods=6, freq="MS"),
    "ends": pd.date_range("2026-01-31", periods=6, freq="ME"),
    "end texts": [str(day.date()) for day in pd.date_range("2026-01-31", periods=6, freq="ME")],
    "local": pd.date_range("2026-01-01", periods=6, freq="MS", tz="Europe/Brussels"),
    "utc": pd.date_range("2026-01-01", periods=6, freq="MS", tz="Europe/Brussels").tz_convert(
        "UTC"
    ),
    "days": [0, 31, 59, 90, 120, 151],
}


@pytest.mark.parametrize("kind", list(INDEXES))
def test_a_month_has_many_names(result, kind):
    """Arrivals, open, waiting and exits are the same under each of them: those of that month, which
    lie inside, as they came out of the model.
    """
    for measure in MEASURES:
        values = figures(result, measure)
        found = capsim.validate(result, {measure: pd.Series(values, index=INDEXES[kind])})
        assert found.bands["period"].tolist() == MONTHS
        assert found.bands["day"].tolist() == [0, 31, 59, 90, 120, 151]
        np.testing.assert_allclose(found.bands["observed"], values)
        again = capsim.validate(result, {measure: pd.Series(values, index=MONTHS)})
        pd.testing.assert_frame_equal(found.bands, again.bands)


def test_levels_are_means_of_the_month(result):
    """A month of a band is the mean over that month: by hand from series of single days."""
    values = figures(result, "open[guidance]")
    run = capsim.simulate(result.scenario, seed=result.seed, replication=3, engine="simpy")
    daily = run.series("1 day")
    rows = daily[(daily["of"] == "guidance") & (daily["measure"] == "open")]
    rows = rows[(rows["kind"] == "stage") & (rows["office"] == "main")]
    march = rows[(rows["day"] >= 59) & (rows["day"] < 90)]["value"].mean()

    assert values[2] == pytest.approx(march)


def test_tables_by_month_wide_and_long(result):
    """A column of periods and one for each selector, or a row for each value."""
    table = pd.DataFrame({"period": MONTHS, **{name: figures(result, name) for name in MEASURES}})
    long = pd.concat(
        pd.DataFrame(
            {"month": MONTHS, "measure": name.split("[")[0], "of": name.split("[")[1][:-1]}
        ).assign(value=table[name])
        for name in MEASURES
    )
    wide = capsim.validate(result, table)
    assert set(wide.verdicts["measure"]) == set(MEASURES)
    pd.testing.assert_frame_equal(
        capsim.validate(result, long).verdicts.sort_values("measure", ignore_index=True),
        wide.verdicts.sort_values("measure", ignore_index=True),
    )


def test_a_run_from_the_middle_of_a_month_has_calendar_months():
    """From 15 January on, February is the first whole month: its figure is that of its days."""
    scenario = service(start="2026-01-15", horizon="3 months")
    result = capsim.replicate(scenario, n=20, seed=1, jobs=1, engine="simpy")
    run = capsim.simulate(scenario, seed=1, replication=0, engine="simpy")
    joined = run.stays[run.stays["stage"] == "intake"]["joined"]
    february = ((joined >= 17) & (joined < 45)).sum()
    found = capsim.validate(result, {"arrivals[intake]": pd.Series([february], index=["2026-02"])})
    by_hand = run.series("calendar month")
    rows = by_hand[(by_hand["of"] == "intake") & (by_hand["measure"] == "arrivals")]

    assert found.bands["day"].tolist() == [17]
    assert rows[rows["day"] == 17]["value"].tolist() == [february, february]
    with pytest.raises(ValueError, match="does not hold all of 2026-01, 2026-04"):
        capsim.validate(
            result,
            {"arrivals[intake]": pd.Series([1, 2, 3], index=["2026-01", "2026-02", "2026-04"])},
        )


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (["2026-01", "2026-01"], "2026-01 is there twice"),
        (["2026-13", "2026-01"], "'2026-13' is neither a day since the start, a date nor a month"),
        (["01/02/2026", "01/03/2026"], "is neither a day since the start"),
        (pd.PeriodIndex(["2026Q1", "2026Q2"], freq="Q"), "periods of Q.* are not simulated"),
        (["2026-W60", "2026-W61"], "there is no week 2026-W60"),
    ],
)
def test_periods_that_are_none_are_named(result, index, message):
    """What stands there, and what to write."""
    with pytest.raises(ValueError, match=message):
        capsim.validate(result, {"arrivals[intake]": pd.Series([1.0, 2.0], index=index)})


def test_weeks_stay_weeks():
    """Dates seven days apart are no months, though one of them begins a month."""
    scenario = service(start="2026-01-01")
    curve = curve_of("x", pd.Series([1.0, 2.0], index=["2026-01-01", "2026-01-08"]), scenario, None)

    assert (curve.every, curve.days.tolist()) == ("7 days", [0, 7])
    curve = curve_of("x", pd.Series([1.0], index=["2026-W02"]), scenario, None)
    assert (curve.every, curve.days.tolist()) == ("7 days", [4])
