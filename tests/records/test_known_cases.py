"""Small inputs on which a first version answered wrongly, with the right answer."""

import io

import numpy as np
import pandas as pd
import pytest

import capsim

SUMMER_TIME = """case,stage,joined,started,ended
1,intake,2025-03-27 09:00+01:00,,2025-03-28 09:00+01:00
2,intake,2025-03-28 09:00+01:00,,2025-04-01 09:00+02:00
3,intake,2025-03-31 09:00+02:00,,2025-04-04 09:00+02:00
4,intake,2025-04-01 09:00+02:00,,2025-04-04 09:00+02:00
"""


@pytest.mark.parametrize("n", [25, 55, 200])
def test_a_step_of_seconds_and_days_keeps_its_mean(n):
    """Half by the system, half by people: a law with the mean of the data, or none is applied."""
    rng = np.random.default_rng(3)
    start = np.sort(rng.uniform(0, 365, n))
    quick = rng.random(n) < 0.55
    days = np.where(quick, rng.uniform(5, 200, n) / 86400, rng.gamma(1.2, 9, n))
    log = pd.DataFrame(
        {
            "case": range(n),
            "stage": "check",
            "joined": start,
            "started": np.nan,
            "ended": start + days,
        }
    )
    found = capsim.fit(log, end=600)
    row = found.estimates.set_index("path").loc["stages.check.stay.mean"]

    assert row["estimate"] == pytest.approx(days.mean(), rel=0.1) or found.refused


def test_a_log_across_a_change_of_clocks():
    """Nine o'clock stays nine o'clock: durations of whole days, in winter and in summer."""
    log = pd.read_csv(io.StringIO(SUMMER_TIME))
    found = capsim.fit(log)
    stays = found.open_at("2025-04-02")

    assert found.estimates.set_index("path").loc["inflows.regular.rate.per_month", "n"] == 4
    assert stays["since"].dt.hour.tolist() == [9, 9]
    assert stays["case"].astype(int).tolist() == [3, 4]


@pytest.mark.parametrize("index", ["starts", "ends", "periods", "texts"])
def test_monthly_figures_are_validated(index):
    """The same verdict however months are written, from a study by month or not."""
    service = capsim.Scenario(
        start="2026-01-01",
        horizon="1 year",
        teams={"t": {"fte": 1}},
        stages={"a": {"team": "t", "work": "2 h"}},
        inflows={"x": {"rate": {"per_month": 40}}},
    )
    study = capsim.replicate(service, n=40, seed=1, series="1 month", engine="simpy", jobs=1)
    months = {
        "starts": pd.date_range("2026-01-01", periods=12, freq="MS"),
        "ends": pd.date_range("2026-01-01", periods=12, freq="ME"),
        "periods": pd.period_range("2026-01", periods=12, freq="M"),
        "texts": [f"2026-{month:02d}" for month in range(1, 13)],
    }
    seen = pd.Series([41, 38, 55, 60, 35, 33, 52, 49, 47, 40, 44, 39], index=months[index])
    found = capsim.validate(study, {"arrivals[a]": seen})

    assert found.verdicts["points"].tolist() == [12]
    assert found.verdicts["verdict"].item() in ("inside", "outside")
    assert found.bands["period"].tolist() == months["texts"]
    assert found.bands["mean"].between(33, 47).all()


def test_official_numbers_by_month_are_met():
    """58 a month would come in twelve waves; counts give those of each calendar month."""
    counts = {"2026-01": 41, "2026-02": 38, "2026-03": 55}
    service = capsim.Scenario(
        start="2026-01-01",
        horizon="3 months",
        teams={"t": {"fte": 3}},
        stages={"a": {"team": "t", "work": "2 h"}},
        inflows={"x": {"counts": counts, "counts_exact": True}},
    )
    applied = capsim.simulate(service, seed=1, engine="simpy").cases["applied"]

    assert np.histogram(applied, [0, 31, 59, 90])[0].tolist() == [41, 38, 55]
