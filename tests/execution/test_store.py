"""The store: what it holds is either right or named, whatever happened to it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from capsim.execution.campaign import Campaign
from capsim.execution.errors import ReplicationError, StoreError, StoreWarning
from capsim.execution.store import blockfile
from capsim.execution.store.store import Store
from execution.fakes import FakeWork, journal_of, matrix

TESTS = Path(__file__).parents[1]


def study(store, n=30, *, work=None, block=7, **options):
    """Values of a small study in a store."""
    work = work or FakeWork()
    options = {"backend": "serial", **options}
    with Campaign(store=store, block=block, **options) as campaign:
        campaign.add(work)
        campaign.record({"kind": "replicate", "n": n})
        campaign.run([(0, 0, n)])
        return campaign.values(0).copy()


def blocks(store):
    """Block files in order."""
    return sorted(path for path in Path(store).glob("blocks/*/*") if path.name[0].isdigit())


@pytest.fixture(params=["parquet", "csv.gz"])
def form(request, monkeypatch):
    """Both formats; csv.gz is what is written without pyarrow."""
    monkeypatch.setattr("capsim.execution.store.blocks.format_here", lambda: request.param)
    return request.param


def test_a_block_keeps_every_bit(form):
    """Extreme, infinite, missing and ordinary numbers come back equal to the last bit."""
    rows = blockfile.Rows({"measure": ["a", "b"], "office": ["genk", 'sint truiden, "x"']})
    array = np.array([[0.1, np.nan], [1 / 3, -0.0], [5e-324, np.inf], [1.7976931348623157e308, -7]])
    first, back = blockfile.decode(blockfile.encode(rows, 12, array, form), form, 2)
    assert first == 12
    np.testing.assert_array_equal(back.view(np.int64), array.view(np.int64))


def test_equal_numbers_are_equal_bytes(form):
    """Writing a block twice gives the same file, so two processes write the same names."""
    rows = FakeWork().rows()
    array = matrix(1, 5)
    assert blockfile.encode(rows, 0, array, form) == blockfile.encode(rows, 0, array, form)


def test_pandas_reads_a_block_alone(tmp_path, form):
    """A block is a tidy frame with the columns of `Replications.values()`."""
    study(tmp_path / "study", 8)
    path = blocks(tmp_path / "study")[0]
    read = pd.read_parquet if form == "parquet" else pd.read_csv
    frame = read(path)
    assert list(frame.columns) == [
        *["replication", "measure", "kind", "of", "inflow", "office", "value"]
    ]
    wait = frame[frame["measure"] == "wait_mean"]
    assert list(wait["replication"]) == list(range(7))
    np.testing.assert_allclose(wait["value"], matrix(1, 7)[:, 0], rtol=1e-15)


def test_pandas_reads_the_directory_of_a_scenario_at_once(tmp_path):
    """All blocks of a scenario are one parquet data set; what else lies there is ignored."""
    study(tmp_path / "study", 30)
    frame = pd.read_parquet(blocks(tmp_path / "study")[0].parent)
    assert sorted(frame["replication"].unique()) == list(range(30))


def test_a_second_run_computes_only_what_is_missing(tmp_path, form):
    """More replications, other block sizes and series use what is there."""
    journal = tmp_path / "journal"
    work = FakeWork(journal=str(journal))
    study(tmp_path / "study", 20, work=work, block=7)
    np.testing.assert_array_equal(study(tmp_path / "study", 33, work=work, block=5), matrix(1, 33))
    assert journal_of(journal)[3:] == [("fake", 20, 5), ("fake", 25, 5), ("fake", 30, 3)]
    study(tmp_path / "study", 33, work=work)
    assert len(journal_of(journal)) == 6


def test_series_are_kept_beside_the_values(tmp_path):
    """A study that now also wants series computes them and keeps its blocks of values."""
    study(tmp_path / "study", 10)
    before = blocks(tmp_path / "study")
    work = FakeWork(with_series=True, journal=str(tmp_path / "journal"))
    for _ in range(2):
        with Campaign(store=tmp_path / "study", backend="serial", block=10) as campaign:
            campaign.add(work)
            campaign.run([(0, 0, 10)])
            series = campaign.series(0)
    np.testing.assert_array_equal(series[:, 2], matrix(1, 10)[:, 0] + 2)
    assert journal_of(tmp_path / "journal") == [("fake", 0, 10)]
    assert blocks(tmp_path / "study") == before


def test_a_killed_block_in_the_middle_is_the_only_one_computed(tmp_path):
    """A missing file in the middle is a gap of that size."""
    journal = tmp_path / "journal"
    work = FakeWork(journal=str(journal))
    study(tmp_path / "study", 30, work=work)
    blocks(tmp_path / "study")[2].unlink()
    np.testing.assert_array_equal(study(tmp_path / "study", 30, work=work), matrix(1, 30))
    assert journal_of(journal)[5:] == [("fake", 14, 7)]


def truncate(path):
    """Take the end away."""
    path.write_bytes(path.read_bytes()[:-20])


def empty(path):
    """Leave only the name."""
    path.write_bytes(b"")


def flip(path):
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def mislabel(path):
    """Promise other replications."""
    path.rename(path.with_name("0000000700-0000000706." + path.name.split(".", 1)[1]))


@pytest.mark.parametrize("harm", [truncate, empty, flip])
def test_a_damaged_block_is_named_and_computed_again(tmp_path, form, harm):
    """The warning names the file, the numbers are right, and the file is moved aside once."""
    journal = tmp_path / "journal"
    work = FakeWork(journal=str(journal))
    study(tmp_path / "study", 30, work=work)
    victim = blocks(tmp_path / "study")[1]
    harm(victim)
    with pytest.warns(StoreWarning, match=f"{victim.name} is damaged"):
        values = study(tmp_path / "study", 30, work=work)
    np.testing.assert_array_equal(values, matrix(1, 30))
    assert journal_of(journal)[5:] == [("fake", 7, 7)]
    assert victim.with_name(f"_damaged-{victim.name}").exists()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        study(tmp_path / "study", 30, work=work)


def test_a_block_under_a_wrong_name_is_noticed(tmp_path):
    """A file whose name promises other replications than it holds is not used for them."""
    study(tmp_path / "study", 30)
    mislabel(blocks(tmp_path / "study")[1])
    with Campaign(store=tmp_path / "study", backend="serial") as campaign:
        campaign.add(FakeWork(), first=700)
        with pytest.warns(StoreWarning, match="other replications than it says"):
            campaign.run([(0, 700, 707)])
        np.testing.assert_array_equal(campaign.values(0), matrix(1, 707)[700:])
    np.testing.assert_array_equal(study(tmp_path / "study", 30), matrix(1, 30))


def test_blocks_of_another_version_are_named_and_left_alone(tmp_path):
    """The numbers of the old version stay where they are and are never used."""
    study(tmp_path / "study", 14, work=FakeWork(release="0.9"))
    journal = tmp_path / "journal"
    with pytest.warns(StoreWarning, match=r"2 blocks of this study by version 0\.9; this is 1"):
        study(tmp_path / "study", 14, work=FakeWork(journal=str(journal)))
    assert len(journal_of(journal)) == 2
    assert len(blocks(tmp_path / "study")) == 4


def test_other_seeds_and_scenarios_are_other_blocks(tmp_path):
    """Nothing is shared between seeds or scenarios."""
    study(tmp_path / "study", 5)
    np.testing.assert_array_equal(study(tmp_path / "study", 5, work=FakeWork(seed=2)), matrix(2, 5))
    study(tmp_path / "study", 5, work=FakeWork(label="other"))
    assert len(blocks(tmp_path / "study")) == 3


def test_failures_come_last_and_the_rest_is_kept(tmp_path):
    """With a store, a failing replication is reported when all others are stored."""
    with pytest.raises(ReplicationError, match="29 of 30 replications are kept"):
        study(tmp_path / "study", 30, work=FakeWork(fails=(3,)))
    journal = tmp_path / "journal"
    study(tmp_path / "study", 30, work=FakeWork(journal=str(journal)))
    assert journal_of(journal) == [("fake", 3, 1)]


def test_a_study_that_fails_everywhere_is_given_up(tmp_path):
    """A mistake in every replication does not cost a weekend."""
    with pytest.raises(ReplicationError) as caught:
        study(tmp_path / "study", 1000, work=FakeWork(fails=tuple(range(1000))), block=1)
    assert len(caught.value.failures) == 10


def test_a_store_that_another_process_is_just_making_is_no_foreign_directory(tmp_path):
    """The draft of its first file may be all that is there."""
    store = tmp_path / "study"
    store.mkdir()
    (store / ".unfinished-7-a").write_bytes(b"")
    np.testing.assert_array_equal(study(store, 7), matrix(1, 7))


def test_places_that_cannot_be_a_store_are_refused(tmp_path):
    """A file, and a directory full of something else, are named before anything runs."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file is a file; name a directory"):
        Store(tmp_path / "file")
    with pytest.raises(StoreError, match="file is a file; name a directory"):
        Store(tmp_path / "file" / "below")
    with pytest.raises(ValueError, match="store = 3 must be the path of a directory"):
        Store(3)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("x")
    with pytest.raises(StoreError, match=r"other things in it \(letter\.txt\)"):
        Store(tmp_path / "home")


def as_nobody(function):
    """What a function gives, or its error, when a user runs it who owns nothing."""
    if os.geteuid() != 0:
        return str(attempt(function))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        os.write(writer, attempt(function).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(child, 0)
    return text


def attempt(function):
    """Text of what a function gives or raises."""
    try:
        return str(function())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def test_a_read_only_store_is_read_and_says_when_it_must_be_written(tmp_path_factory):
    """What is there is used; what is missing is refused before it is computed."""
    public = tmp_path_factory.mktemp("public")
    store = public / "study"
    assert as_nobody(lambda: 1) == "1"
    study(store, 10)
    journal = public / "journal"
    journal.touch()
    journal.chmod(0o666)
    for folder in (public, *public.parents[:3]):
        if os.geteuid() == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    for path in (store, *store.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    work = FakeWork(journal=str(journal))
    complete = as_nobody(lambda: (study(store, 10, work=work) == matrix(1, 10))[:, 0].all())
    assert complete == "True"
    more = as_nobody(lambda: study(store, 12, work=work))
    assert "StoreError" in more
    assert "cannot be written (Permission denied): nothing was computed" in more
    assert journal_of(journal) == []
    for path in (store, *store.rglob("*")):
        path.chmod(0o755)


def test_orphans_of_dead_processes_are_removed_after_a_day(tmp_path):
    """Unfinished files are ignored, kept while they may be in use, and removed later."""
    study(tmp_path / "study", 7)
    folder = blocks(tmp_path / "study")[0].parent
    old, new = folder / ".unfinished-1-a", folder / ".unfinished-2-b"
    for orphan in (old, new):
        orphan.write_bytes(b"half a bl")
    os.utime(old, (time.time() - 100_000,) * 2)
    np.testing.assert_array_equal(study(tmp_path / "study", 10), matrix(1, 10))
    assert not old.exists()
    assert new.exists()


PROCESS = """
import sys
from execution.fakes import FakeWork
from execution.test_store import study
study(sys.argv[1], 60, work=FakeWork(seconds=0.01, journal=sys.argv[2]), block=3)
"""


def start_study(store, journal):
    """A study of 60 replications in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(store), str(journal)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        stderr=subprocess.PIPE,
    )


def test_a_real_ctrl_c_ends_with_a_message(tmp_path):
    """SIGINT to the process: what is finished is stored, and the last line says how to go on."""
    process = start_study(tmp_path / "study", tmp_path / "journal")
    deadline = time.monotonic() + 60
    while not journal_of(tmp_path / "journal") and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    last = errors.decode().strip().splitlines()[-1]
    assert "interrupted: " in last
    assert f"`capsim study resume {tmp_path / 'study'}`" in last
    np.testing.assert_array_equal(study(tmp_path / "study", 60), matrix(1, 60))


def test_two_processes_on_one_store_do_not_harm_each_other(tmp_path):
    """Both finish without a message, and the store is whole."""
    studies = [start_study(tmp_path / "study", tmp_path / "journal") for _ in range(2)]
    for process in studies:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        assert errors == b""
    before = len(journal_of(tmp_path / "journal"))
    work = FakeWork(journal=str(tmp_path / "journal"))
    np.testing.assert_array_equal(study(tmp_path / "study", 60, work=work), matrix(1, 60))
    assert len(journal_of(tmp_path / "journal")) == before


def kill_and_resume(folder, generator):
    """Kill a study at a random moment, resume it; blocks that were stored but computed again."""
    store, journal = folder / "study", folder / "journal"
    process = start_study(store, journal)
    deadline = time.monotonic() + 60
    while not journal_of(journal) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(generator.uniform(0, 0.7))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    stored = {(int(path.name[:10]), int(path.name[11:21])) for path in blocks(store)}
    before = len(journal_of(journal))
    work = FakeWork(journal=str(journal))
    values = study(store, 60, work=work, block=3)
    np.testing.assert_array_equal(values, matrix(1, 60))
    later = {(first, first + count - 1) for _, first, count in journal_of(journal)[before:]}
    assert len(later) + len(stored) == 20
    return stored & later


@pytest.mark.parametrize("case", range(3))
def test_a_killed_study_goes_on_where_it_was(tmp_path, case):
    """A study killed (-9) at a random moment: equal numbers, and no stored block computed twice."""
    assert kill_and_resume(tmp_path, random.Random(case)) == set()


@pytest.mark.thorough
def test_a_killed_study_goes_on_where_it_was_fifty_times(tmp_path):
    """The same, fifty times."""
    for case in range(50):
        folder = tmp_path / str(case)
        folder.mkdir()
        assert kill_and_resume(folder, random.Random(1000 + case)) == set()


def test_what_was_asked_for_is_written_down(tmp_path):
    """The store holds the scenarios and the request, as JSON."""
    study(tmp_path / "study", 7)
    (request,) = (tmp_path / "study" / "studies").iterdir()
    content = json.loads(request.read_text())
    assert content["kind"] == "replicate"
    (point,) = content["points"]
    scenario = json.loads(
        (tmp_path / "study" / "scenarios" / f"{point['scenario']}.json").read_text()
    )
    assert scenario == {"name": "fake"}
    shutil.rmtree(tmp_path / "study")
