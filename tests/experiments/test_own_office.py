"""One office on top of a preset: what is scaled, what is calibrated, and what is refused."""

import pytest
from typer.testing import CliRunner

import capsim
from capsim.cli.app import app
from capsim.scenario import ScenarioError


@pytest.fixture(scope="module")
def ours():
    return capsim.office(open_files=503, posts=7.4, affected=423, meetings="14 days", name="ours")


def test_what_grows_with_the_size_is_in_proportion(ours):
    """A tenth of the files: a tenth of the applications, of the first day and of other posts."""
    assert ours.office_names == ("main",)
    size = 503 / 5031
    assert ours.inflows["regular"].rate.per_month == pytest.approx(510 * size, abs=1e-4)
    initial = {path: table.cases for path, _, table in ours.initial_tables}
    assert initial == {
        "initial.guidance": 503,
        "initial.investigation": 32,
        "initial.away": 82,
    }
    change = ours.variants["structural-28"]["teams.social.changes.structural"]
    assert change["add"] == pytest.approx(28 * size, abs=1e-4)
    assert ours.variants["thorough"]["teams.social.fte"] == pytest.approx(142 / 10)
    assert ours.variants["contract"]["initial.guidance.cases"] == round(4711 * size)


def test_the_figures_of_the_centre_are_taken_as_they_are(ours):
    """Affected people are dealt to the waves without loss, and the committee meets as told."""
    waves = [wave.people for wave in ours.inflows["reform"].waves.values()]
    assert waves == [58, 177, 188]
    assert sum(waves) == 423
    assert str(ours.stages["investigation"].decision.every) == "14 days"
    assert ours.teams["social"].fte == 7.4
    stated = {path for path, entry in ours.evidence.items() if entry.certainty == "stated"}
    assert stated == {
        "initial.guidance.cases",
        "teams.social.fte",
        "stages.investigation.decision.every",
        *(f"inflows.reform.waves.{wave}.people" for wave in ("first", "second", "third")),
    }


def test_variants_are_those_of_one_office(ours, tmp_path):
    """Each can be built, none is about offices together or the same as another; files keep them."""
    assert {"announced", "phased", "structural-28", "all-together"} <= ours.variants.keys()
    assert (
        not {"pooled", "clusters", "pooled-investigation", "extra-meetings"} & ours.variants.keys()
    )
    assert all(ours.variant(name).hash for name in ours.variants)
    ours.save(tmp_path / "ours.toml")
    assert capsim.load(tmp_path / "ours.toml") == ours
    assert ours.check() == []


def test_evidence_tells_the_values_that_are_simulated(ours):
    """Also those of variants: an entry of the preset whose value was scaled is gone."""
    raw = ours.to_dict()
    for path in ours.evidence:
        head, _, rest = path.partition(".")
        if head == "variants":
            variant, _, setting = rest.partition(".")
            told = raw["variants"][variant]
            assert setting not in told or told[setting] == raw["evidence"][path]["value"], path
        assert not path.startswith("offices."), path
    assert raw["evidence"]["teams.social.fte"]["value"] == raw["teams"]["social"]["fte"]


def test_posts_follow_from_the_late_share():
    """With them the simulated share without a wave is the given one, within a point or two.

    The share is a mean over 40 runs on the luck of the calibration itself, so nothing is left to
    chance but the width of a step of 0.01 posts.
    """
    found = capsim.office("one-office", open_files=200, late_share=0.15)
    calm = capsim.replicate(found, n=40, seed=1, jobs=1)
    late = calm.interval("late_share[investigation, window=all]").estimate
    assert late == pytest.approx(0.15, abs=0.02)
    assert "as given" in found.evidence["teams.applications.fte"].note
    assert set(found.variants) == {"wave", "wave-with-staff"}


def test_all_mistakes_are_told_at_once_with_path_and_remedy():
    """What cannot be is refused before anything is simulated."""
    with pytest.raises(ScenarioError) as caught:
        capsim.office(open_files=2.5, late_share=20, posts=-1, affected=-3, meetings="monthly")
    said = {mistake.path: mistake for mistake in caught.value.mistakes}
    assert said.keys() == {"open_files", "late_share", "posts", "affected", "meetings"}
    assert all(mistake.rule and mistake.remedy for mistake in said.values())
    with pytest.raises(ScenarioError, match="leave one of them out"):
        capsim.office(open_files=140, late_share=0.2, posts=2)


def test_a_scenario_that_is_told_by_other_figures_is_refused():
    """Without a caseload or with two there is nothing that open files could say."""
    with pytest.raises(ScenarioError, match="one stage of caseworkers"):
        capsim.office("english-homelessness", open_files=100)


def test_the_command_writes_a_scenario_that_commands_take(tmp_path):
    """It tells what was derived; figures that cannot be end with exit code 2 and no file."""
    path = tmp_path / "ours.toml"
    words = ["office", "limburg", "--open-files", "140", "--posts", "2", "--out", str(path)]
    answer = CliRunner().invoke(app, [*words, "--affected", "134", "--name", "ours"])
    assert answer.exit_code == 0, answer.output
    assert "inflows.reform.waves.third.people = 60  [stated] 134 people hit here" in answer.stdout
    assert capsim.load(path).name == "ours"
    path.unlink()
    refused = CliRunner().invoke(app, [*words, "--late-share", "3"])
    assert refused.exit_code == 2
    assert "late_share = 3" in refused.output
    assert not path.exists()
