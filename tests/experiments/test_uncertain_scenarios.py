"""What a scenario itself says is uncertain: read, kept, drawn, and told beside every interval."""

import re

import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from experiments.small import service

FAST = {"seed": 3, "engine": "simpy", "jobs": 1}
RATE, FTE = "inflows.regular.rate.per_month", "teams.intake.fte"
UNCERTAIN = {
    RATE: {"law": "triangular", "low": 38, "mode": 45, "high": 48},
    FTE: {"between": [0.9, 1.3]},
}


def test_it_changes_no_number_and_goes_with_the_value_that_is_given():
    """The hash is that without it; a value that is set is known, not so in a variant."""
    scenario = service(
        uncertain=UNCERTAIN, variants={"more": {FTE: 1.5}, "sure": {"uncertain": {}}}
    )

    assert scenario.hash == service().hash
    assert scenario.uncertain_inputs == UNCERTAIN
    assert set(scenario.with_({FTE: 1.2}).uncertain_inputs) == {RATE}
    assert scenario.variant("more").uncertain_inputs == UNCERTAIN


def test_a_variant_that_replaces_the_table_around_it_says_all_of_it():
    """A law or a team of its own is known, unless the variant says anew what is uncertain of it."""
    team = {"fte": 2, "client_share": 0.7}
    variants = {
        "own": {"teams.intake": team},
        "unsure": {"teams.intake": team, f"uncertain.{FTE}": {"between": [1.8, 2.2]}},
    }
    scenario = service(uncertain=UNCERTAIN, variants=variants)

    assert set(scenario.variant("own").uncertain_inputs) == {RATE}
    assert scenario.variant("unsure").uncertain_inputs[FTE] == {"between": [1.8, 2.2]}


def test_a_window_that_is_not_meant_is_answered_for():
    """Uncertainty of a measure in another window is of that window, not of the one meant."""
    windows = {
        "spring": {"from": "2026-02-01", "until": "2026-03-01"},
        "summer": {"from": "2026-03-01", "until": "2026-04-01"},
    }
    scenario = service(uncertain=UNCERTAIN, windows=windows, window="spring")
    asked = ["arrivals[intake]", "arrivals[intake, window=summer]"]
    found = capsim.uncertainty(scenario, None, asked, samples=10, replications=2, **FAST)

    assert list(found.measures) == asked
    assert found.values()["window"].tolist()[:2] == ["spring", "summer"]
    assert set(found.intervals["measure"]) == set(asked)


def test_it_is_written_and_read_with_paths_and_nested(tmp_path):
    """Quoted paths and dotted keys of TOML mean the same."""
    scenario = service(uncertain=UNCERTAIN)
    scenario.save(tmp_path / "s.toml")
    scenario.save(tmp_path / "s.json")
    text = (tmp_path / "s.toml").read_text()
    (tmp_path / "n.toml").write_text(text.replace(f'"{FTE}"', FTE).replace(f'"{RATE}"', RATE))

    for name in ("s.toml", "s.json", "n.toml"):
        assert capsim.load(tmp_path / name).uncertain_inputs == UNCERTAIN
    assert f"\n{FTE} = {{" in (tmp_path / "n.toml").read_text()


def test_mistakes_in_it_are_named_all_at_once(tmp_path):
    """Paths that lead nowhere, values that a setting cannot have, shapes and laws that are none."""
    service().save(tmp_path / "s.toml")
    with (tmp_path / "s.toml").open("a") as file:
        file.write(
            "[uncertain]\n"
            '"teams.intak.fte" = { between = [1, 2] }\n'
            '"teams.guidance.fte" = { between = [-1, 2] }\n'
            '"inflows.regular.rate.per_month" = { law = "triangle", low = 1 }\n'
            '"horizon" = "2 years"\n'
            '"stages.intake.deadline" = ["5 days"]\n'
        )
    with pytest.raises(capsim.ScenarioError) as caught:
        capsim.load(tmp_path / "s.toml")

    found = {mistake.path: str(mistake) for mistake in caught.value.mistakes}
    assert "there is no team 'intak'" in found["uncertain.teams.intak.fte"]
    assert "-1" in found["uncertain.teams.guidance.fte"]
    assert "triangular" in found[f"uncertain.{RATE}"]
    assert "must be a law, two ends or a list" in found["uncertain.horizon"]
    assert "nothing varies" in found["uncertain.stages.intake.deadline"]
    assert len(found) == 5


def test_its_inputs_are_drawn_where_none_are_named():
    """As if they had been named; without a table there is nothing to draw."""
    scenario = service(uncertain=UNCERTAIN)
    options = {"samples": 10, "replications": 2, **FAST}
    itself = capsim.uncertainty(scenario, **options)
    named = capsim.uncertainty(service(), UNCERTAIN, itself.measures, **options)

    assert itself.inputs == (RATE, FTE)
    assert itself.intervals.equals(named.intervals)
    assert "late_share[intake]" in itself.measures
    with pytest.raises(ValueError, match="does not say what is uncertain; name inputs"):
        capsim.uncertainty(service(), **options)


def test_results_say_that_their_intervals_are_of_luck_alone():
    """And how wide the range over the inputs is, once it was computed."""
    scenario = service(uncertain=UNCERTAIN)
    line = f"The intervals are of luck alone: {RATE}, {FTE} are uncertain too."
    result = capsim.replicate(scenario, n=3, **FAST)
    options = {"samples": 10, "replications": 2, **FAST}
    over = capsim.uncertainty(scenario, measures="arrivals[intake]", **options)

    assert line in repr(result)
    assert line in repr(capsim.compare({"a": scenario, "b": service()}, n=2, **FAST))
    assert line in repr(capsim.sweep(scenario, {"teams.guidance.fte": [1, 2]}, n=2, **FAST))
    assert "luck alone" not in repr(capsim.replicate(service(), n=3, **FAST))
    assert "Over the inputs" not in repr(result)
    low, high = over.over_inputs("wait_mean[intake]")
    assert low < high
    assert f"wait_mean[intake] {low:.1f} to {high:.1f} days" in repr(result.with_inputs(over))
    with pytest.raises(ValueError, match="compute it of the same one"):
        capsim.replicate(service(horizon="4 months"), n=2, **FAST).with_inputs(over)


def test_the_terminal_needs_no_inputs(tmp_path):
    """Replications and seed are enough; `run` says which command tells more."""
    service(uncertain=UNCERTAIN).save(tmp_path / "s.toml")
    arguments = [str(tmp_path / "s.toml"), "-n", "2", "--seed", "3", "--engine", "simpy"]

    found = CliRunner().invoke(app, ["uncertainty", *arguments, "--samples", "10", "--jobs", "1"])
    run = CliRunner().invoke(app, ["run", *arguments, "--jobs", "1"])

    assert found.exit_code == 0
    assert "10 draws of 2 uncertain inputs of 'service'" in found.stdout
    table = found.stdout.splitlines()[2:11]
    assert "  by luck " in table[0]
    assert max(map(len, table)) <= 80
    assert re.search("of luck alone: .* See capsim uncertainty", run.stdout)


def test_the_province_says_what_is_uncertain():
    """Each input of the preset can be drawn, in its variants too."""
    from capsim.experiments import SampleDesign

    scenario = capsim.load("limburg").variant("announced")
    inputs = scenario.uncertain_inputs
    assert "inflows.reform.take_up" in inputs
    assert SampleDesign.of(inputs, 10, seed=1, scenario=scenario).names == tuple(inputs)
