"""Results on disk: the same after reading, and refused in a sentence where they were changed."""

import json

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.execution.store import blockfile
from capsim.experiments.results import saving
from experiments.small import highest_seat, longest_queue_of_cases, service

FAST = {"n": 3, "seed": 3, "engine": "simpy", "jobs": 1}


@pytest.fixture(scope="module")
def results():
    """One of each kind; of the first also time series and a precision."""
    base = service()
    return {
        "replications": capsim.replicate(
            base.with_({"teams.guidance.fte": 3}),
            series="14 days",
            measures={"waited": longest_queue_of_cases},
            precision={"wait_mean[intake]": 50.0},
            **FAST,
        ),
        "comparison": capsim.compare(
            {"a": base, "b": base.with_({"teams.intake.fte": 2})}, baseline="b", **FAST
        ),
        "sweep": capsim.sweep(base, [{}, {"teams.intake.fte": 2}], **FAST),
    }


@pytest.mark.parametrize("form", [blockfile.PARQUET, blockfile.CSV])
def test_what_is_read_back_is_the_same(results, tmp_path, monkeypatch, form):
    """Values to the last bit, summaries, prints, provenance, series; with and without pyarrow."""
    monkeypatch.setattr(saving, "format_here", lambda: form)
    for name, result in results.items():
        folder = result.save(tmp_path / name)
        again = capsim.load_result(folder)

        assert type(again) is type(result)
        pd.testing.assert_frame_equal(again.values(), result.values())
        pd.testing.assert_frame_equal(again.summary(), result.summary())
        assert repr(again) == repr(result)
        assert again.provenance == json.loads(json.dumps(result.provenance))
        assert not list(folder.glob("*.pkl"))
    saved = results["replications"]
    again = capsim.load_result(tmp_path / "replications")
    pd.testing.assert_frame_equal(again.series("14 days"), saved.series("14 days"))
    pd.testing.assert_frame_equal(again.series("30 days"), saved.series("30 days"))
    assert again.precision == saved.precision
    assert again.scenario.overrides == saved.scenario.overrides
    assert again.scenario.hash == saved.scenario.hash
    assert capsim.load_result(tmp_path / "comparison").baseline == "b"


def test_a_changed_result_is_refused_in_a_sentence(tmp_path):
    """A table, the manifest, a key of it, a file; nothing of it is believed."""
    folder = capsim.replicate(service(), **FAST).save(tmp_path / "r")
    manifest = folder / "manifest.json"
    (table,) = folder.glob("values-000.*")
    text, data = manifest.read_text(), table.read_bytes()
    content = json.loads(text)

    def refused(match):
        with pytest.raises(ValueError, match=match):
            capsim.load_result(folder)

    table.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    refused("was changed after it was written, so it is damaged; save the result again")
    table.unlink()
    refused("is missing, so it is damaged")
    table.write_bytes(data)
    for key in set(content) - {"kind"}:
        manifest.write_text(json.dumps({name: content[name] for name in content if name != key}))
        refused(f"lacks '{key}'")
    manifest.write_text(json.dumps(content | {"arguments": {}}))
    refused(r"manifest\.json was changed")
    for odd in ("null", "[]", "{", '{"kind": "capsim results"}'):
        manifest.write_text(odd)
        refused("r.*(holds something other than a result|damaged)")
    manifest.write_text(json.dumps(content | {"version": 99}))
    refused("update capsim")
    manifest.write_text(text)
    assert np.isfinite(capsim.load_result(folder).interval("wait_mean[intake]").estimate)
    with pytest.raises(FileNotFoundError, match="no stored result here"):
        capsim.load_result(tmp_path / "nowhere")


def test_a_run_and_a_result_are_told_apart_and_never_replaced_by_each_other(tmp_path):
    """Each names what it found and what reads it."""
    run = capsim.simulate(service(), seed=3, engine="simpy").save(tmp_path / "run", format="csv")
    result = capsim.replicate(service(), **FAST)

    with pytest.raises(ValueError, match=r"holds a run: read it with capsim\.load_run"):
        capsim.load_result(run)
    with pytest.raises(FileExistsError, match="is not a stored result"):
        result.save(run)
    folder = result.save(tmp_path / "r")
    result.save(folder)
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"'thesis\.txt' besides a stored result"):
        result.save(folder)


def test_rules_are_not_saved_and_said_to_be_missing(tmp_path):
    """New series of a result with a rule of one's own would be those of another model."""
    result = capsim.replicate(service(), assign=highest_seat, **FAST)
    again = capsim.load_result(result.save(tmp_path / "r"))

    pd.testing.assert_frame_equal(again.values(), result.values())
    with pytest.raises(ValueError, match="rules of your own are not saved"):
        again.series("14 days")
