"""Disks that fill up: no number is lost, and the store is whole once there is room."""

from __future__ import annotations

import errno
import io
import os
import subprocess

import numpy as np
import pytest

from capsim.execution.errors import StoreWarning
from capsim.execution.store.store import Store
from execution.fakes import FakeWork, journal_of, matrix
from execution.test_store import blocks, study


def test_a_disk_that_fills_up_loses_nothing(tmp_path, monkeypatch):
    """The study goes on in memory, says so, and writes the rest when there is room again."""
    from capsim.execution.store import blocks as module

    real = module.write_atomically
    written = []

    def full(path, data):
        if path.name[0].isdigit():
            written.append(path)
            if 2 < len(written) < 6:
                raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(module, "write_atomically", full)
    with pytest.warns(StoreWarning, match="No space left on device.*goes on in memory"):
        values = study(tmp_path / "study", 35)
    np.testing.assert_array_equal(values, matrix(1, 35))
    assert len(blocks(tmp_path / "study")) == 5


def test_a_disk_that_stays_full_gives_the_numbers_and_a_warning(tmp_path, monkeypatch):
    """The result is complete; the warning counts what is not in the store."""
    from capsim.execution.store import blocks as module

    real = module.write_atomically

    def full(path, data):
        if path.name.startswith("0000000014"):
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(module, "write_atomically", full)
    with pytest.warns(StoreWarning, match="7 replications are in the result but not in the store"):
        values = study(tmp_path / "study", 35)
    np.testing.assert_array_equal(values, matrix(1, 35))
    assert not list((tmp_path / "study").rglob(".unfinished-*"))


def test_an_error_while_writing_leaves_nothing_behind(tmp_path, monkeypatch):
    """A write that fails half way leaves neither a block nor a draft."""
    store = Store(tmp_path / "study")
    held = store.blocks("blocks", FakeWork().identity(), FakeWork().rows())
    held.write(0, matrix(1, 3))

    def fail(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output error"):
        held.write(3, matrix(1, 6)[3:])
    assert len([path for path in held.path.iterdir() if not path.name.startswith("_")]) == 1


class SmallDisk:
    """A disk of so many bytes: what does not fit is cut off, and the system says so."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def open(self, path, mode):
        """A file that is written to the disk."""
        disk = self

        class File(io.FileIO):
            def write(self, data):
                used = sum(one.stat().st_size for one in disk.folder.rglob("*") if one.is_file())
                if used + len(data) > disk.size:
                    super().write(data[: max(disk.size - used, 0)])
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return super().write(data)

        return File(path, mode)


def fill_up(disk, journal, make_room):
    """Fill the disk with a study, make room, run it again: what the store must then have done."""
    with pytest.warns(StoreWarning, match="No space left on device"):
        values = study(disk / "study", 400, block=4)
    np.testing.assert_array_equal(values, matrix(1, 400))
    assert not list(disk.rglob(".unfinished-*"))
    make_room()
    stored = len(blocks(disk / "study"))
    work = FakeWork(journal=str(journal))
    np.testing.assert_array_equal(study(disk / "study", 400, work=work, block=4), matrix(1, 400))
    assert 0 < stored < 100
    assert len(journal_of(journal)) == 100 - stored
    assert len(blocks(disk / "study")) == 100


def test_a_full_disk(tmp_path, monkeypatch):
    """A disk fills up in the middle of a file: the numbers come, and later the store is whole."""
    disk = SmallDisk(tmp_path / "disk", 64_000)
    disk.folder.mkdir()
    monkeypatch.setattr("capsim.execution.store.files.open", disk.open, raising=False)
    fill_up(disk.folder, tmp_path / "journal", lambda: setattr(disk, "size", 8_000_000))


@pytest.mark.thorough
def test_a_really_full_disk(tmp_path):
    """The same on a small file system of the operating system, where mounting is permitted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode:
        pytest.skip(f"mounting a small file system is not permitted here: {mounted.stderr.strip()}")
    try:
        more = ["mount", "-o", "remount,size=8m", str(disk)]
        fill_up(disk, tmp_path / "journal", lambda: subprocess.run(more, check=True))
    finally:
        subprocess.run(["umount", str(disk)], check=True)
