"""A disk without room under --out: noticed before the run, and named if it fills up meanwhile."""

import errno
import os
import re
import subprocess
import sys

import pytest

import capsim
from experiments.small import service

PROGRAM = """
import resource, sys
from capsim.cli import main
BEFORE
sys.argv = ["capsim", "run", SCENARIO, "-n", "2", "--seed", "1", "--engine", "simpy", "--out", OUT]
main()
"""


def run(folder, before):
    """What the command says and how it ends, where no file can grow beyond a size."""
    service().save(folder / "service.toml")
    program = (
        PROGRAM.replace("BEFORE", before)
        .replace("SCENARIO", repr(str(folder / "service.toml")))
        .replace("OUT", repr(str(folder / "out")))
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_a_full_disk_is_noticed_before_anything_is_simulated(tmp_path):
    """The place is tried with bytes, not with a name alone."""
    answer = run(tmp_path, "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))")
    assert answer.returncode == 2
    words = re.sub(r"[^!-~]+", " ", answer.stderr)
    assert "nothing can be written in" in words
    assert "name another directory" in words
    assert answer.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["service.toml"]


def test_a_disk_that_fills_up_during_the_run_is_named(tmp_path):
    """What was simulated has been printed; no traceback, nothing half written."""
    before = (
        "from capsim.cli import output; output._ROOM = 10\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    )
    answer = run(tmp_path, before)
    assert answer.returncode == 1
    assert f"{tmp_path / 'out'}: file too large" in answer.stderr
    assert "what was there stays: make room, or name another place" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "intake" in answer.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["service.toml"]


def test_a_result_can_be_saved_elsewhere(tmp_path, monkeypatch):
    """A place without room leaves the result in memory, whole."""
    from capsim.experiments.results import saving

    result = capsim.replicate(service(), n=2, seed=1, engine="simpy", backend="serial")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_manifest", full)
        with pytest.raises(OSError, match="No space left on device") as caught:
            result.save(tmp_path / "full")
    assert caught.value.filename == str(tmp_path / "full")
    assert "name another place" in caught.value.__notes__[0]
    assert list(tmp_path.iterdir()) == []
    result.save(tmp_path / "elsewhere")
    assert capsim.load_result(tmp_path / "elsewhere").values().equals(result.values())
