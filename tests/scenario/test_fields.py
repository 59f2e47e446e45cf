"""`capsim fields`: what may be written, complete, right and found."""

from importlib.resources import files

import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.scenario import json_schema

EVERY_FIELD = files("capsim.scenario").joinpath("every_field.toml")


@pytest.fixture(scope="module")
def guide():
    return capsim.fields()


def test_the_examples_are_of_a_scenario_without_a_mistake():
    """Each stands where it is right; the scenario warns of its short counts alone."""
    (warning,) = capsim.load(EVERY_FIELD).check()
    assert warning.startswith("inflows.debts.counts")


def test_no_field_is_missing(guide):
    """Every field that the schema for editors knows is there with the same sentence.

    What an inflow has differently at a stage stands with the stage.
    """
    schema = json_schema()
    known = {(one.path.rpartition(".")[2], one.meaning) for one in guide}
    own = [table for name, table in schema["$defs"].items() if name != "StageOverride"]
    missing = [
        (name, told)
        for table in [schema, *own]
        for name, field in table.get("properties", {}).items()
        if (told := " ".join(field.get("description", "").split())) and name != "law"
        if (name, told) not in known
    ]
    assert missing == []


def test_every_field_has_a_sentence_and_an_example(guide):
    """The sentence stands below the field in the source, the example in `every_field.toml`."""
    assert [one.path for one in guide if not one.meaning.endswith(".")] == []
    assert [one.path for one in guide if "table" not in one.kind and not one.example] == []


def test_paths_are_written_once(guide):
    """No field has two entries."""
    paths = [one.path for one in guide]
    assert len(set(paths)) == len(paths)


def test_an_entry_read_by_hand(guide):
    """Kind, unit, default, rule and places of a field, worked out from the source."""
    (share,) = capsim.fields("teams.client_share")
    assert (share.kind, share.unit, share.default) == ("number", "share", "1")
    assert (share.rule, share.also) == ("0.001 to 1", ("offices.OFFICE.set",))
    (work,) = capsim.fields("stages.work")
    assert work.kind == "duration or law or list of (duration or law)"
    assert work.also == ("inflows.INFLOW.stages.STAGE.work", "offices.OFFICE.set")
    (start,) = capsim.fields("start")
    assert (start.kind, start.default, start.also) == ("date", "required", ())
    (fte,) = capsim.fields("teams.fte")
    assert (fte.default, fte.also) == ("those of `workers`", ())


@pytest.mark.parametrize(
    ("path", "below", "above"),
    [("teams.social.client_share", 0.0001, 1.1), ("inflows.regular.dispersion", 0.9, 1001)],
)
def test_the_rule_is_the_one_that_is_kept(path, below, above):
    """A number beyond the bounds that an entry tells is a mistake, one at a bound is none."""
    (entry,) = capsim.fields(path)
    least, _, most = entry.rule.replace(",", "").partition(" to ")
    service = capsim.load(EVERY_FIELD)
    assert service.with_({path: float(least)}).with_({path: float(most)})
    for wrong in (below, above):
        with pytest.raises(capsim.ScenarioError):
            service.with_({path: wrong})


def test_a_field_is_found_by_path_by_real_names_and_by_name():
    """Also where an inflow has it differently, in a list, and below a law."""
    (urgent,) = capsim.fields("urgent")
    assert [urgent] == list(capsim.fields("stages.decision.urgent"))
    assert [urgent] == list(capsim.fields("stages.investigation.decision.urgent"))
    assert [urgent] == list(capsim.fields("inflows.reform.stages.intake.decision.urgent"))
    work, *means = capsim.fields("stages.investigation.work.0.mean")
    assert work.path == "stages.STAGE.work"
    assert "law.gamma.mean" in [one.path for one in means]


def test_a_field_that_is_none_is_told_with_the_nearest():
    """In Python and in the terminal, without a traceback."""
    with pytest.raises(capsim.ScenarioError, match="did you mean 'patience'"):
        capsim.fields("stages.intake.patiance")
    answer = CliRunner().invoke(app, ["fields", "stages.intake.patiance"])
    assert (answer.exit_code, answer.stdout) == (2, "")


def test_the_terminal_prints_what_python_prints(guide):
    """One line for each table of the language; of a path its entries."""
    assert CliRunner().invoke(app, ["fields"]).stdout == f"{guide!r}\n"
    said = CliRunner().invoke(app, ["fields", "stages.patience"]).stdout
    assert said == f"{capsim.fields('stages.patience')!r}\n"
    assert "Calendar time after which a waiting case leaves." in said


def test_a_frame_and_a_table_hold_the_same(guide):
    """A row for each entry, with the texts of users' tables escaped."""
    frame = guide.to_frame()
    assert list(frame["path"]) == [one.path for one in guide]
    page = guide._repr_html_()
    assert page.count("<tr>") == len(guide) + 1
    assert "&lt;" in capsim.fields("triggers.until")._repr_html_()
