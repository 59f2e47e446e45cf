"""`capsim fit`: a log in, estimates, the open list and a fitted scenario out."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scenario, and the log of its first year and a half, as a service would export it."""
    place = tmp_path_factory.mktemp("service")
    scenario = capsim.Scenario(
        start="2025-01-01",
        horizon="18 months",
        teams={"t": {"fte": 2}},
        stages={"intake": {"team": "t", "work": "2 h"}, "rest": {"stay": "60 days"}},
        inflows={"regular": {"rate": {"per_month": 30}}},
    )
    scenario = scenario.with_(
        {"stages.rest.stay": {"law": "exponential", "mean": "60 days"}, "name": "service"}
    )
    scenario.save(place / "service.toml")
    run = capsim.simulate(scenario, seed=1, engine="simpy")
    run.to_event_log("pm4py", place / "log.csv")
    run.visits[["case", "stage", "hours"]].to_csv(place / "visits.csv", index=False)
    return place


def test_it_prints_and_writes(folder, tmp_path):
    """Estimates on the screen; in the folder they, the open cases and a scenario that runs."""
    done = call(
        *("fit", folder / "log.csv", "--scenario", folder / "service.toml"),
        *("--start", "2026-01-01", "--end", "2026-07-01", "--visits", folder / "visits.csv"),
        *("--out", tmp_path / "out"),
    )
    assert done.exit_code == 0, done.output
    assert "stages.rest.stay.mean" in done.output
    assert "cases were open at the start, 2026-01-01" in done.output
    listed = pd.read_csv(tmp_path / "out" / "open.csv")
    assert len(listed) > 10
    fitted = capsim.load(tmp_path / "out" / "scenario.toml")
    assert fitted.stages["rest"].stay.kind in ("exponential", "gamma", "weibull", "lognormal")
    assert (tmp_path / "out" / "manifest.json").exists()


def test_mistakes_are_sentences(folder):
    """A column that is not there, a file that is no log: exit 2, no traceback."""
    done = call("fit", folder / "log.csv", "--column", "case=Dossier")
    assert done.exit_code == 2
    assert "columns.case = 'Dossier': is not in log" in done.output
    done = call("fit", folder / "nothing.csv")
    assert done.exit_code == 2
    assert "cannot be read" in done.output
