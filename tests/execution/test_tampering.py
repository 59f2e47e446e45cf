"""Stores, runs and results that somebody or something changed: refused or named, in a sentence."""

from __future__ import annotations

import json
import random
import shutil
import warnings

import pandas as pd
import pytest

import capsim
from capsim.execution.errors import StoreError, StoreWarning
from capsim.execution.store.store import Store
from capsim.experiments import study
from experiments.small import service

STUDY = {"n": 3, "seed": 3, "engine": "simpy", "backend": "serial"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store, a run and a result, each in a folder of its own; only read."""
    folder = tmp_path_factory.mktemp("whole")
    result = capsim.replicate(service(), store=folder / "store", **STUDY)
    result.save(folder / "result")
    capsim.simulate(service(), seed=3, engine="simpy").save(folder / "run", format="csv")
    return folder


@pytest.fixture
def store(whole, tmp_path):
    """A copy of the store that a test may harm."""
    return shutil.copytree(whole / "store", tmp_path / "store")


def again(store):
    """Values of the study by the same call, whatever was done to its store."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StoreWarning)
        return capsim.replicate(service(), store=store, **STUDY).values()


def texts_of(file):
    """A JSON file changed in every way that somebody might."""
    content = json.loads(file.read_bytes())
    yield from ("", "null", "[]", "7", '"text"', "{}", "{", "[" * 100_000, "\x00\xff")
    for key in content:
        yield json.dumps({name: value for name, value in content.items() if name != key})
        for wrong in (None, 7, "text", [], {}, [None]):
            if wrong != content[key] and (key, wrong) != ("variant", "text"):
                yield json.dumps({**content, key: wrong})


@pytest.mark.parametrize("kind", ["blocks/*", "studies", "scenarios"])
def test_a_changed_description_is_named_and_costs_no_number(store, whole, kind):
    """`status` names the file, `resume` is refused where it needs it, the same call goes on."""
    right = capsim.replicate(service(), **STUDY).values()
    (file,) = store.glob(f"{kind}/*.json")
    original = file.read_bytes()
    for text in texts_of(file):
        file.write_text(text, encoding="latin-1")
        found = study.status(store, verify=True)
        if kind != "scenarios":
            assert file.name in repr(found.damaged)
        if kind != "blocks/*":
            with pytest.raises(StoreError, match=file.name):
                study.resume(store, backend="serial")
    pd.testing.assert_frame_equal(again(store), right)
    assert json.loads(file.read_bytes()) == json.loads(original)
    assert not study.status(store, verify=True).damaged


def test_names_of_blocks_that_claim_anything(store):
    """Ranges of a billion replications, or backwards, and folders named as blocks are no harm."""
    folder = next(store.glob("blocks/*"))
    sound = study.status(store).studies[0].held
    for name in (
        "0000000000-0000000099",
        "0000000000-9999999999999999",
        "0000000007-0000000002",
        "9999999999999999999-9999999999999999999",
    ):
        (folder / f"{name}.0123456789abcdef.csv.gz").write_bytes(b"nothing")
    (folder / "0000000003-0000000004.0123456789abcdef.parquet").mkdir()
    found = study.status(store, verify=True)
    assert len(found.damaged) == 5
    assert found.studies[0].held == sound == 3
    right = capsim.replicate(service(), **STUDY).values()
    pd.testing.assert_frame_equal(again(store), right)


def harmed(source, target, seed):
    """A copy in which one file lost, gained or changed bytes, or went; the bytes tell which."""
    chance = random.Random(seed)
    shutil.copytree(source, target)
    file = chance.choice(sorted(path for path in target.rglob("*") if path.is_file()))
    data = file.read_bytes()
    place = chance.randrange(len(data))
    harm = chance.randrange(6)
    if harm == 0:
        file.unlink()
    elif harm == 1:
        file.write_bytes(data[:place])
    elif harm == 2:
        file.write_bytes(
            data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        )
    elif harm == 3:
        file.write_bytes(data + chance.randbytes(chance.randint(1, 9)))
    elif harm == 4:
        file.write_bytes(data[:place] + chance.randbytes(5) + data[place:])
    else:
        file.write_bytes(chance.randbytes(len(data)))
    return file


def answer(seed, whole, tmp_path):
    """What is wrong with the answer to one harmed folder; "" if nothing."""
    kind = ("store", "run", "result")[seed % 3]
    folder = tmp_path / str(seed)
    file = harmed(whole / kind, folder, seed)
    try:
        if kind == "store":
            study.status(folder, verify=True)
            study.resume(folder, backend="serial")
        else:
            load = capsim.load_run if kind == "run" else capsim.load_result
            loaded = load(folder)
            for table in ("cases", "stays", "visits", "workers", "summary", "values", "measures"):
                view = getattr(loaded, table, None)
                if callable(view):
                    view()
            if kind == "run":
                loaded.series(every="7 days")
            return f"{kind}: {file.name} was harmed and nothing said so"
    except (StoreError, ValueError, FileNotFoundError) as error:
        words = str(error)
        return "" if " " in words and str(folder) in words else f"{kind}, {file.name}: {words!r}"
    except Exception as error:
        return f"{kind}, {file.name}: {type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder)
    return ""


def wrong_answers(seeds, whole, tmp_path):
    """The answers that are wrong, by seed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StoreWarning)
        found = {seed: answer(seed, whole, tmp_path) for seed in seeds}
    return {seed: words for seed, words in found.items() if words}


def test_harm_of_every_kind_is_answered_with_a_sentence(whole, tmp_path):
    """Of 90 harmed folders a store goes on or says why not; runs and results are refused."""
    assert wrong_answers(range(90), whole, tmp_path) == {}


@pytest.mark.thorough
@pytest.mark.parametrize("part", range(10))
def test_harm_of_every_kind_thoroughly(whole, tmp_path, part):
    """The same for ten thousand."""
    assert wrong_answers(range(1000 * part, 1000 * (part + 1)), whole, tmp_path) == {}


def test_what_was_noted_is_named_by_its_content(store):
    """A request cannot be changed and kept under its name, for the name is its hash."""
    (file,) = store.glob("studies/*.json")
    content = json.loads(file.read_bytes())
    content["arguments"]["n"] = 10**15
    file.write_text(json.dumps(content))
    assert "was changed after it was written" in repr(study.status(store).damaged)
    with pytest.raises(StoreError, match="was changed after it was written"):
        study.resume(store)
    assert Store(store).names("studies") == [file.stem]
