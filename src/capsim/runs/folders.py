"""Directories of results: complete, or not there at all."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["files_of", "written_whole"]

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""A full disk, a file that may not grow, a quota."""


def files_of(folder: Path) -> set[str]:
    """All files in a directory and below, by their paths from there."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A new directory to fill, put in the place of `target` when the block has ended.

    If the block fails or is interrupted, nothing is left of it, and what was there stays.

    Raises
    ------
    OSError
        If it cannot be written; one about room names `target`, and notes what to do.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "results"
    >>> with written_whole(target) as folder:
    ...     _ = (folder / "summary.csv").write_text("mean")
    ...     target.exists()
    False
    >>> files_of(target)
    {'summary.csv'}
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        folder = work / "new"
        folder.mkdir()  # not the temporary directory itself, which only its owner may read
        yield folder
        old = work / "old"
        if target.exists():
            target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        full = OSError(error.errno, error.strerror, str(target))
        full.add_note(
            "Nothing was written there, and what was there stays: make room, or name another place."
        )
        raise full from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
