"""Studies by calendar period, and what must be asked for ahead."""

import numpy as np
import pandas as pd
import pytest

import capsim
from experiments.small import service

MORE = {"start": "2026-01-15", "horizon": "3 months"}


def wide(**more):
    """The small service from the middle of a month on."""
    return capsim.Scenario.model_validate({**service().to_dict(), **MORE, **more})


@pytest.fixture(scope="module")
def study():
    """Six replications by month, with a level and a share besides."""
    also = ["level[intake, on=2026-03-01]", "share_over[intake, days=2]"]
    return capsim.replicate(wide(), n=6, seed=3, jobs=1, engine="simpy", by="1 month", also=also)


def test_periods_have_their_true_borders(study):
    """Four months, of which the first and the last are cut; means are those of the runs."""
    frame = study.by("arrivals[intake]")
    assert list(frame.columns) == ["window", "from", "until", "mean", "lower", "upper", "n"]
    assert list(frame["window"]) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert list(frame["from"]) == list(
        pd.to_datetime(["2026-01-15", "2026-02-01", "2026-03-01", "2026-04-01"])
    )
    assert list(frame["until"])[-1] == pd.Timestamp("2026-04-15")
    runs = [capsim.simulate(wide(), seed=3, replication=r, engine="simpy") for r in range(6)]
    values = [run.by("arrivals[intake]", every="1 month")["value"] for run in runs]
    np.testing.assert_allclose(frame["mean"], np.mean(values, axis=0))
    total = study.summary("arrivals[intake, window=all]")["mean"].iloc[0]
    assert frame["mean"].sum() == pytest.approx(total)


def test_all_measures_by_period(study):
    """Without a selector: keys before, units behind, of all offices together only."""
    frame = study.by()
    assert set(frame["office"]) == {"all"}
    assert set(frame["window"]) == {"2026-01", "2026-02", "2026-03", "2026-04"}
    row = frame[(frame["measure"] == "arrivals") & (frame["of"] == "intake")]
    np.testing.assert_allclose(
        row[row["inflow"] == "all"]["mean"], study.by("arrivals[intake]")["mean"]
    )


def test_what_is_asked_for_ahead_is_a_plain_selector(study):
    """A level on a day and a share are in values and summaries; what was not asked for says how."""
    level = study.summary("level[intake, on=2026-03-01]")
    assert level["window"].iloc[0] == "2026-03-01"
    assert len(study.values("share_over[intake, days=2]")) == 6
    with pytest.raises(KeyError, match="also="):
        study.summary("level[intake, on=2026-03-02]")
    with pytest.raises(KeyError, match="also="):
        study.summary("share_over[intake, days=3]")
    with pytest.raises(ValueError, match="needs on="):
        study.summary("level[intake]")
    with pytest.raises(ValueError, match="takes no days="):
        study.summary("wait_mean[intake, days=3]")


def test_periods_that_are_none():
    """Lengths, names and days that cannot be meant are refused before anything runs."""
    with pytest.raises(ValueError, match="by = '2 months'"):
        capsim.replicate(wide(), n=2, seed=1, by="2 months", engine="simpy")
    spans = {"2026": {"from": "2026-02-01", "until": "2026-03-01"}}
    with pytest.raises(ValueError, match="other dates"):
        capsim.replicate(wide(windows=spans), n=2, seed=1, by="1 year", engine="simpy", jobs=1)
    with pytest.raises(ValueError, match="outside the measured time"):
        capsim.replicate(
            wide(), n=2, seed=1, also=["level[intake, on=2027-01-01]"], engine="simpy", jobs=1
        )
    one = capsim.replicate(wide(), n=2, seed=1, engine="simpy", jobs=1)
    with pytest.raises(ValueError, match="by='1 month'"):
        one.by("arrivals[intake]")


def test_a_target_asks_by_itself():
    """One worker serves 38 of 68 in four weeks, two serve all: twenty by then need two."""
    backlog = capsim.Scenario(
        start="2026-01-05",
        horizon="12 weeks",
        calendar={"country": False},
        teams={"theatre": {"fte": 1, "worker_fte": 1}},
        stages={"list": {"team": "theatre", "work": "4 h"}},
        inflows={"x": {"rate": {"per_week": 2}}},
        initial={"list": {"cases": 60}},
    )
    found = capsim.find_staffing(
        backlog, {"teams.theatre.fte": (1, 3, 1)}, ["level[list, on=2026-02-02] <= 20"], seed=1,
        jobs=1, engine="simpy", max_replications=120,
    )  # fmt: skip
    assert found.staffing == {"teams.theatre.fte": 2}
