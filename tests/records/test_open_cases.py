"""Who was open on a day; and what a log says of the time before it began."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import capsim

SERVICE = capsim.Scenario(
    start="2025-01-01",
    horizon="2 years",
    teams={"t": {"fte": 6}},
    stages={
        "intake": {"team": "t", "work": "2 h"},
        "guidance": {
            "team": "t",
            "caseworker": True,
            "stay": {"law": "exponential", "mean": "120 days"},
            "gap": "21 days",
            "work": "1 h",
        },
    },
    inflows={"regular": {"rate": {"per_month": 30}}},
)


@pytest.fixture(scope="module")
def run():
    """Two years of a service that begins empty."""
    return capsim.simulate(SERVICE, seed=5)


def test_the_open_list_is_who_was_there(run):
    """At every instant the list has as many cases as the simulation had open, in their stages.

    Whoever applied on closed days, and joins at this opening, is one of them: on 1 January too.
    """
    found = capsim.fit(run, scenario=SERVICE)
    early = 0
    for day in (0, 1, 90, 365, 600):
        stays = run.stays
        there = (stays["joined"] < day) & ~(stays["ended"] <= day)
        applied = stays["case"].map(run.cases.set_index("case")["applied"])
        at_opening = (applied < day) & (stays["joined"] == day)
        early += at_opening.sum()
        there |= at_opening
        listed = found.open_at(day)
        assert len(listed) == there.sum()
        assert listed["case"].is_unique
        assert (
            listed["stage"].value_counts().to_dict()
            == stays.loc[there, "stage"].value_counts().to_dict()
        )
    assert early > 0


def test_the_list_tells_what_is_known(run):
    """Application, worker, visits done and the next one, each as of that day, by hand."""
    day = 365
    listed = capsim.fit(run, scenario=SERVICE, start="2026-01-01").open_cases.set_index("case")
    stays = run.stays[(run.stays["joined"] < day) & ~(run.stays["ended"] <= day)]
    case = stays.loc[stays["stage"] == "guidance", "case"].iloc[0]
    row, zero = listed.loc[case], pd.Timestamp("2025-01-01")
    visits = run.visits[(run.visits["case"] == case) & (run.visits["stage"] == "guidance")]
    done = visits[visits["ended"] <= day]

    def days(moment):
        return (moment - zero) / pd.Timedelta(days=1)

    assert row["stage"] == "guidance"
    assert days(row["applied"]) == pytest.approx(
        run.stays.loc[run.stays["case"] == case, "joined"].min(), abs=1e-5
    )
    assert row["visits_done"] == len(done)
    assert days(row["last_visit"]) == pytest.approx(done["ended"].max(), abs=1e-5)
    assert row["worker"] == done["worker"].iloc[-1]
    ahead = visits[~(visits["ended"] <= day) & (visits["due"] >= day)]
    if len(ahead):
        assert days(row["next_visit"]) == pytest.approx(ahead["due"].min(), abs=1e-5)
    assert (listed["since"] < pd.Timestamp("2026-01-01")).all()


def test_the_list_goes_through_a_file(run, tmp_path):
    """Cut, shuffled, written and read: the same cases are open."""
    stays = run.stays
    zero = pd.Timestamp("2025-01-01")
    log = stays.copy()
    for name in ("joined", "assigned", "started", "served", "ended"):
        # A day is a day of the wall clock; ends after the cut have not happened yet.
        log[name] = zero + pd.to_timedelta(log[name].where(log[name] < 400), unit="D")
    log = log[stays["joined"] < 400].drop(columns=["outcome", "late", "due"])
    log.sample(frac=1, random_state=1).to_csv(tmp_path / "log.csv", index=False)
    found = capsim.fit(tmp_path / "log.csv", scenario=SERVICE, start="2026-01-01", end="2026-02-05")
    there = (stays["joined"] < 365) & ~(stays["ended"] <= 365)

    assert set(found.open_cases["case"]) == set(stays.loc[there, "case"])
    assert f"{there.sum()} cases were open at the start, 2026-01-01" in repr(found)


def test_a_day_outside_the_log_is_refused(run):
    """Nobody knows who was open after the log was drawn."""
    found = capsim.fit(run, scenario=SERVICE)
    with pytest.raises(capsim.ScenarioError, match="lies outside the log"):
        found.open_at("2030-01-01")
    with pytest.raises(capsim.ScenarioError, match="is no date of the form"):
        found.open_at("01/02/2026")


def test_missing_closed_files_are_told(run):
    """A log of what was open on 1 January 2026 or came later makes stays look too long: without
    `start` the result says so, with it the mean is that of the service.
    """
    stays = run.stays[~(run.stays["ended"] < 365)]
    zero = pd.Timestamp("2025-01-01")
    dated = stays.assign(
        **{
            name: zero + pd.to_timedelta(stays[name], unit="D")
            for name in ("joined", "assigned", "started", "served", "ended")
        }
    ).drop(columns="due")
    path = "stages.guidance.stay.mean"

    def fitted(**options):
        return capsim.fit(dated, scenario=SERVICE, end="2027-01-01", **options)

    without, given = fitted(), fitted(start="2026-01-01")
    assert without.estimates.set_index("path").loc[path, "lower"] > 125
    assert "files that were closed before are missing" in repr(without)
    assert "give start=" in repr(without)
    row = given.estimates.set_index("path").loc[path]
    assert row["lower"] < 120 < row["upper"]
    assert "start was not given" not in repr(given)


def test_a_caseworker_stage_without_assigned_names_the_column():
    """All twenty ended, yet from when a stay counts is not there: the column is named."""
    start = np.arange(20.0)
    log = pd.DataFrame(
        {"case": range(20), "stage": "guidance", "joined": start, "started": start + 1}
    ).assign(ended=start + 90)
    service = SERVICE.with_({"stages.intake.next": {"guidance": 1.0}})
    found = capsim.fit(log, scenario=service, end=200)

    (remark,) = [text for text in found.remarks if text.startswith("stages.guidance.stay")]
    assert "the column assigned is missing" in remark
    assert "20 of 20 ended" in remark


def test_a_service_goes_on_from_its_open_list(run, tmp_path):
    """The list of 1 January 2026, written as CSV, is what the next run begins with, exactly.

    In each stage as many are open at the first instant, under their names and with their workers,
    who have them from the first opening on: 1 January is closed.
    """
    found = capsim.fit(run, scenario=SERVICE, start="2026-01-01")
    listed = found.open_cases
    listed.to_csv(tmp_path / "open.csv", index=False)
    going = SERVICE.with_({"start": "2026-01-01", "horizon": "2 months"})
    going.save(tmp_path / "service.toml")
    text = (tmp_path / "service.toml").read_text(encoding="utf-8")
    (tmp_path / "service.toml").write_text('initial = "open.csv"\n' + text, encoding="utf-8")

    stays = capsim.simulate(tmp_path / "service.toml", seed=2, engine="simpy").stays
    first = stays[stays["joined"] < 0]
    assert first["stage"].value_counts().to_dict() == listed["stage"].value_counts().to_dict()
    assert first["case"].str.removeprefix("open/").sort_values().tolist() == sorted(listed["case"])
    keepers = listed.set_index("case")["worker"][lambda worker: worker.notna()]
    kept = first.set_index(first["case"].str.removeprefix("open/"))["assigned"]
    in_guidance = set(listed.loc[listed["stage"] == "guidance", "case"])
    assert (kept[[case for case in keepers.index if case in in_guidance]] == 1).all()


def test_apply_brings_who_was_open_at_the_start(run):
    """A scenario that starts within the log begins with the cases of that day, each as it was."""
    found = capsim.fit(run, scenario=SERVICE)
    later = SERVICE.with_(
        {"start": "2026-01-01", "horizon": "6 months", "initial": {"guidance": {"cases": 7}}}
    )
    applied = found.apply(later, without=found.refused)
    listed = found.open_at("2026-01-01")

    assert list(applied.open_cases.case) == list(listed["case"])
    again = capsim.simulate(applied, seed=3, engine="simpy").stays
    first = again[again["joined"] < 0]
    assert first["stage"].value_counts().to_dict() == listed["stage"].value_counts().to_dict()
    kept = listed.dropna(subset="worker").set_index("case")["worker"]
    workers = first.assign(case=first["case"].str.removeprefix("open/")).set_index("case")["worker"]
    assert len(kept) > 30
    assert (workers[kept.index] == kept).mean() > 0.9  # the others were handed over later


def test_apply_keeps_the_beginning_of_the_scenario_where_it_is_asked_to(run):
    """With "initial" left out, outside of the log, or where nobody was open."""
    found = capsim.fit(run, scenario=SERVICE)
    inside = SERVICE.with_({"start": "2026-01-01", "initial": {"guidance": {"cases": 7}}})
    assert found.apply(inside, without=["initial", *found.refused]).open_cases is None
    outside = inside.with_({"start": "2030-01-01"})
    assert found.apply(outside, without=found.refused).initial_cases()[0].cases == 7
    begin = inside.with_({"start": "2025-01-01"})
    assert found.apply(begin, without=found.refused).initial_cases()[0].cases == 7
