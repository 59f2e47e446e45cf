"""Status and resume: a store knows what was asked for."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import capsim
from capsim.execution.campaign import Campaign
from capsim.experiments import (
    PrecisionWarning,
    ReplicationError,
    StoreError,
    StoreWarning,
    select_best,
    study,
)
from execution.fakes import FakeWork
from experiments.small import longest_queue_of_cases, service

FAST = {"engine": "simpy", "backend": "serial"}


def block_files(store):
    """Block files of a store."""
    return [path for path in sorted(store.glob("blocks/*/*")) if path.name[0].isdigit()]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with one study of each kind, all with a block missing."""
    path = tmp_path_factory.mktemp("studies") / "study"
    options = {"seed": 3, "store": path, "block": 2, **FAST}
    scenarios = {"now": service(), "more": service(**{"teams.intake.fte": 1.5})}
    results = {
        "replicate": capsim.replicate(
            service(), n=4, measures={"waited": longest_queue_of_cases}, series="30 days", **options
        ),
        "compare": capsim.compare(scenarios, n=4, baseline="more", **options),
        "sweep": capsim.sweep(service(), {"teams.guidance.fte": [2, 3]}, n=4, **options),
        "select_best": select_best(
            scenarios, "wait_mean[intake]", difference=1.0, **{**options, "n": 10}
        ),
    }
    for folder in path.glob("blocks/*"):
        sorted(file for file in folder.iterdir() if file.name[0].isdigit())[1].unlink()
    return path, results


def test_a_status_tells_what_is_missing(store):
    """Each study with its scenarios, seed and what is there."""
    path, _ = store
    found = study.status(path)
    assert sorted(one.kind for one in found.studies) == [
        "compare",
        "replicate",
        "select_best",
        "sweep",
    ]
    by_kind = {one.kind: one for one in found.studies}
    assert (by_kind["replicate"].done, by_kind["replicate"].total) == (2, 4)
    assert not by_kind["replicate"].is_finished
    assert by_kind["compare"].scenarios == ("now", "more")
    assert by_kind["select_best"].open_ended
    assert found.damaged == ()
    text = repr(found)
    assert "replicate" in text
    assert "2 of 4" in text
    assert "<table>" in found._repr_html_()


def test_resuming_gives_the_undisturbed_results(store):
    """All kinds of study come back equal, and are complete afterwards."""
    path, results = store
    again = study.resume(path, backend="serial")
    kinds = {one.name: one.kind for one in study.status(path).studies}
    assert len(again) == 4
    for name, result in again.items():
        before = results[kinds[name]]
        pd.testing.assert_frame_equal(result.to_frame(), before.to_frame())
        if kinds[name] == "compare":
            assert result.baseline == "more"
            assert result.scenarios["more"].overrides == {"teams.intake.fte": 1.5}
        if kinds[name] == "replicate":
            pd.testing.assert_frame_equal(result.series("30 days"), before.series("30 days"))
    assert all(one.is_finished or one.open_ended for one in study.status(path).studies)


def test_verifying_names_damaged_files(tmp_path):
    """Only a full check reads the blocks; a resumed study repairs them."""
    path = tmp_path / "study"
    before = capsim.replicate(service(), n=4, seed=1, store=path, block=2, **FAST)
    victim = block_files(path)[0]
    victim.write_bytes(victim.read_bytes()[:-1])
    assert study.status(path).studies[0].is_finished
    checked = study.status(path, verify=True)
    assert checked.damaged == (str(victim),)
    assert (checked.studies[0].done, checked.studies[0].total) == (2, 4)
    with pytest.warns(StoreWarning, match="is damaged"):
        (after,) = study.resume(path).values()
    pd.testing.assert_frame_equal(after.values(), before.values())


def test_a_status_tells_of_other_versions(tmp_path, monkeypatch):
    """Numbers of another version are there, but not this version's."""
    path = tmp_path / "study"
    monkeypatch.setattr("capsim.execution.scenario_work.code_version", lambda: "0.0.9+aaaa")
    capsim.replicate(service(), n=2, seed=1, store=path, **FAST)
    monkeypatch.undo()
    (one,) = study.status(path).studies
    assert (one.done, one.other_versions) == (0, ("0.0.9+aaaa",))
    assert "other versions: 0.0.9+aaaa" in repr(study.status(path))


def test_measures_that_cannot_be_found_again_are_named(tmp_path):
    """A function of a notebook cannot be resumed from the store alone; the message says how."""
    path = tmp_path / "study"
    options = {"n": 2, "seed": 1, "store": path, **FAST}
    capsim.replicate(service(), measures={"own": lambda run: 1.0}, **options)
    with pytest.raises(ValueError, match=r"'own'.*run the same Python call again"):
        study.resume(path)


def test_what_is_no_store_is_refused(tmp_path):
    """An empty directory, and a study written by another format."""
    with pytest.raises(StoreError, match="is not a store of studies"):
        study.status(tmp_path / "nowhere")
    path = tmp_path / "study"
    capsim.replicate(service(), n=1, seed=1, store=path, **FAST)
    (request,) = (path / "studies").iterdir()
    content = json.loads(request.read_text())
    request.write_text(json.dumps({**content, "format": 99}))
    assert "has format 99, this version reads 1" in repr(study.status(path))
    with pytest.raises(StoreError, match="has format 99, this version reads 1"):
        study.resume(path)
    request.write_text("{")
    assert "make the call of that study again" in repr(study.status(path))


@pytest.mark.parametrize("folder", ["studies", "scenarios", "blocks"])
@pytest.mark.parametrize("damage", ["truncated", "changed", "removed"])
def test_damaged_descriptions_are_written_again_by_the_same_call(tmp_path, folder, damage):
    """What was asked for, of what, and whose the numbers are; no number is computed again."""
    path = tmp_path / "study"

    def call():
        return capsim.replicate(service(), n=3, seed=1, store=path, **FAST)

    expected = call()
    (file,) = path.glob(f"{folder}/*.json") if folder != "blocks" else path.glob("*/*/_about.json")
    before = file.read_bytes()
    blocks = sorted(entry.name for entry in path.glob("blocks/*/0*"))
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(before[:9] if damage == "truncated" else b'{"seed": 2}')
    pd.testing.assert_frame_equal(call().values(), expected.values())
    assert file.read_bytes() == before
    assert sorted(entry.name for entry in path.glob("blocks/*/0*")) == blocks
    assert study.status(path).studies[0].is_finished


def test_a_damaged_study_does_not_keep_the_others_from_going_on(tmp_path):
    """The other one is finished first; then the damaged one is named, with the remedy."""
    path = tmp_path / "study"
    for seed in (1, 2):
        capsim.replicate(service(), n=3, seed=seed, store=path, **FAST)
    damaged, _ = sorted((path / "studies").iterdir())
    damaged.write_text("{")
    for block in path.glob("blocks/*/0*"):
        block.unlink()
    with pytest.raises(StoreError, match=r"is damaged(.|\n)*the other studies \(1\) are complete"):
        study.resume(path)
    (status,) = study.status(path).studies
    assert status.is_finished


def test_the_status_of_a_study_with_a_precision_says_what_it_holds(tmp_path):
    """More than the first look; whether they suffice is for the call to say."""
    path = tmp_path / "study"
    precision = {"wait_mean[intake]": 1e-9}
    with pytest.warns(PrecisionWarning):
        capsim.replicate(service(), n=2, n_max=5, seed=1, store=path, precision=precision, **FAST)
    assert "5 held; the same call says whether they suffice" in repr(study.status(path))


def test_how_to_go_on_is_what_can_be_done(tmp_path):
    """A study with a measure of a script cannot be resumed from the terminal."""

    def fails(run):
        raise ZeroDivisionError("of mine")

    with pytest.raises(ReplicationError) as caught:
        capsim.replicate(
            service(), n=2, seed=1, measures={"own": fails}, store=tmp_path / "own", **FAST
        )
    assert "of mine (in measures['own'], of the run that this call gives)" in str(caught.value)
    assert "run the same call again" in str(caught.value)
    assert "capsim study resume" not in str(caught.value)
    with Campaign(store=tmp_path / "fake", backend="serial") as campaign:
        campaign.add(FakeWork(fails=(1,)))
        campaign.record({"kind": "replicate", "measures": {}, "arguments": {}})
        with pytest.raises(ReplicationError, match="capsim study resume"):
            campaign.run([(0, 0, 3)])


def test_a_changed_scenario_file_is_noticed(tmp_path):
    """A scenario in the store that was edited by hand is not resumed as if it were the same."""
    path = tmp_path / "study"
    capsim.replicate(service(), n=1, seed=1, store=path, **FAST)
    (document,) = (path / "scenarios").iterdir()
    content = json.loads(document.read_text())
    content["scenario"]["teams"]["intake"]["fte"] = 7
    document.write_text(json.dumps(content))
    with pytest.raises(StoreError, match="is not the scenario that it was"):
        study.resume(path)


def test_failures_of_a_measure_leave_the_rest_in_the_store(tmp_path):
    """A study with one bad replication is finished but for it, and can be resumed."""
    path = tmp_path / "study"

    def picky(run):
        if run.provenance["replication"] == 2:
            raise RuntimeError("not this one")
        return 1.0

    with pytest.raises(ReplicationError, match="4 of 5 replications are kept"):
        capsim.replicate(service(), n=5, seed=1, store=path, measures={"picky": picky}, **FAST)
    (one,) = study.status(path).studies
    assert (one.done, one.total) == (4, 5)
