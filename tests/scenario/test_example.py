"""The example of the documentation: every feature of the language in one file."""

import datetime
from pathlib import Path

import pytest

from capsim.scenario import Duration, Scenario
from capsim.scenario.loading import load

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def example() -> Scenario:
    """The file of this folder."""
    return load(FOLDER / "example.toml")


def test_stages_have_their_kinds(example: Scenario) -> None:
    """Team, caseworker and stay decide what a stage is."""
    kinds = {name: stage.kind for name, stage in example.stages.items()}
    assert kinds == {
        "intake": "pooled",
        "investigation": "pooled",
        "guidance": "caseworker",
        "away": "delay",
    }


def test_defaults_are_those_of_the_contract(example: Scenario) -> None:
    """What is left out has the documented value."""
    intake, investigation = example.stages["intake"], example.stages["investigation"]
    assert (intake.priority, intake.n_visits, intake.if_left, intake.caseworker) == (
        0,
        1,
        None,
        False,
    )
    assert example.next_of("intake") == {"investigation": 1.0}
    assert investigation.deadline is not None
    assert investigation.deadline.until == "end"
    regular = example.inflows["regular"]
    assert (regular.take_up, regular.priority, regular.case_weight) == (1, 0, 1)
    assert example.entry_stage("regular") == "intake"
    assert example.entry_stage("debts") == "guidance"
    assert example.teams["guidance"].worker_fte == 1
    assert example.teams["guidance"].discipline == "fifo"
    assert example.warm_up == Duration(0, "days")
    assert example.office_names == ("main",)
    assert [line[:40] for line in example.check()] == ["initial: measured while the service fill"]


def test_horizon_steps_by_the_calendar(example: Scenario) -> None:
    """Three years from 2026 hold the leap day of 2028."""
    assert example.horizon_days == 365 + 365 + 366
    assert example.last_day() == datetime.date(2029, 1, 1)
    assert example.follow_up_days == 60


def test_inflow_has_its_own_settings(example: Scenario) -> None:
    """The reform's cases take 3 hours and need no meeting; the others keep theirs."""
    reform = example.stage_for("investigation", "reform")
    regular = example.stage_for("investigation", "regular")
    assert str(reform.work_laws[0].mean) == "3 h"
    assert reform.meetings is None
    assert reform.gap == regular.gap
    assert regular.meetings is not None
    assert [str(law.durations().__next__()[1]) for law in regular.work_laws] == ["2 h", "1 h"]


def test_trace_is_read_beside_the_file(example: Scenario) -> None:
    """Cells with units and numbers: work in hours, patience in days, empty ones drawn."""
    trace = example.inflows["history"].trace
    assert trace is not None
    assert trace.days(example.start) == (4.0, 5.0, 31.0)
    assert trace.office == ("main", None, "main")
    assert trace.work == {"intake": (1.5, 0.75, None)}
    assert trace.patience == {"intake": (10.0, None, 2.0)}


def test_variants_use_the_same_paths_as_overrides(example: Scenario) -> None:
    """A variant equals with_ of its overrides, and the original stays as it was."""
    more = example.variant("more")
    assert more == example.with_({"teams.guidance.fte": 8, "stages.intake.work.mean": "90 min"})
    assert more.hash != example.hash
    assert more.teams["guidance"].fte == 8
    assert more.overrides == {"teams.guidance.fte": 8, "stages.intake.work.mean": "90 min"}
    assert more.label == "one-office (more)"
    assert example.teams["guidance"].fte == 6
    assert example.overrides == {}


def test_variant_may_be_written_as_nested_tables(example: Scenario) -> None:
    """Paths without quotes reach the same places, leaving the rest of each table alone."""
    nested = example.variant("nested")
    assert nested.inflows["reform"].take_up == 0.5
    assert nested.inflows["reform"].waves == example.inflows["reform"].waves
    assert nested.stages["intake"].room.places == 200
    assert str(nested.stages["intake"].work_laws[0].mean) == "45 min"


def test_scenario_is_frozen(example: Scenario) -> None:
    """Fields cannot be assigned."""
    with pytest.raises(ValueError, match="frozen"):
        example.name = "other"  # type: ignore[misc]


def test_hash_ignores_names_and_evidence(example: Scenario) -> None:
    """Only what can change a number is in the hash."""
    raw = example.to_dict()
    assert Scenario(**{**raw, "name": "other", "evidence": {}, "variants": {}}).hash == example.hash
    assert Scenario(**{**raw, "follow_up": "61 days"}).hash != example.hash


def test_repr_and_html_answer_what_it_is(example: Scenario) -> None:
    """Length, start, sizes in one line; the pathway as a table in a notebook."""
    assert repr(example) == (
        "Scenario 'one-office': 3 years from 2026-01-01, 4 stages, 2 teams (7.8 FTE), "
        "4 inflows, 1 office"
    )
    assert "<td>caseworker</td>" in example._repr_html_()


def test_the_same_scenario_in_python() -> None:
    """Tables of Python classes and plain tables make equal scenarios."""
    from capsim.scenario import Deadline, Inflow, Lognormal, Rate, Stage, Team

    built = Scenario(
        start=datetime.date(2026, 1, 1),
        horizon="2 years",
        teams={"desk": Team(fte=2)},
        stages={
            "intake": Stage(
                team="desk",
                work=Lognormal(mean="1 h", cv=0.5),
                deadline=Deadline(within="30 days"),
            )
        },
        inflows={"regular": Inflow(rate=Rate(per_month=40))},
    )
    assert built == Scenario(
        start="2026-01-01",
        horizon="2 years",
        teams={"desk": {"fte": 2}},
        stages={
            "intake": {
                "team": "desk",
                "work": {"law": "lognormal", "mean": "1 h", "cv": 0.5},
                "deadline": "30 days",
            }
        },
        inflows={"regular": {"rate": {"per_month": 40}}},
    )
