"""Compiled functions in files: one that is damaged or cannot be written costs time, no run.

Numba's own cache believes its files. One that was cut, emptied or garbled ends every later run in
an error, or in a crash, and so does a disk without room. Here each compiled function is a file of
its own that bears the checksum of its bytes. What does not match is compiled anew and replaced;
what cannot be replaced is compiled in each process. Either is told once, in a sentence.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import uuid
import warnings
from pathlib import Path
from typing import Any

__all__ = ["keep"]

_SUM = 32
"""Bytes of the checksum before the content."""
_told: set[str] = set()


def _tell(what: str, sentence: str) -> None:
    """Warn once per process of one kind of trouble."""
    if what not in _told:
        _told.add(what)
        warnings.warn(sentence, stacklevel=2)


class _Files:
    """The files of one function, in the place of numba's index and data files."""

    def __init__(self, folder: str, base: str, stamp: Any) -> None:
        self._folder = Path(folder)
        self._base = base
        self._stamp = stamp
        self._given_up = False

    def _file(self, key: Any) -> Path:
        name = hashlib.sha256(repr((self._stamp, key)).encode()).hexdigest()[:16]
        return self._folder / f"{self._base}.{name}.kept"

    def load(self, key: Any) -> Any:
        """What was saved under the key; None if nothing sound is there."""
        file = self._file(key)
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._damaged(file, error.strerror or type(error).__name__)
            return None
        if hashlib.sha256(data[_SUM:]).digest() != data[:_SUM]:
            self._damaged(file, "its bytes do not match its checksum")
            return None
        try:
            return pickle.loads(data[_SUM:])
        except Exception as error:  # written soundly, and yet not for this installation
            self._damaged(file, f"{type(error).__name__}: {error}")
            return None

    def save(self, key: Any, content: Any) -> None:
        """Keep what was compiled, where that is possible."""
        if self._given_up:
            return
        from numba.core.serialize import dumps

        data = dumps(content)
        file = self._file(key)
        draft = file.with_name(f"{file.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.draft")
        try:
            try:
                draft.write_bytes(hashlib.sha256(data).digest() + data)
                os.replace(draft, file)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            self._given_up = True
            _tell(
                "full",
                f"compiled code cannot be kept in {self._folder} "
                f"({error.strerror or type(error).__name__}), so every process compiles it again, "
                "with the same numbers: make room there, or set NUMBA_CACHE_DIR to a directory "
                "that can be written",
            )

    def flush(self) -> None:
        """Forget what was kept of the function."""
        for file in self._folder.glob(f"{self._base}.*.kept"):
            file.unlink(missing_ok=True)

    def _damaged(self, file: Path, why: str) -> None:
        _tell(
            "damaged",
            f"{file} is damaged ({why}): it is compiled anew, which changes no number",
        )


def keep(function: Any) -> None:
    """Let a compiled function use files that may be damaged.

    Parameters
    ----------
    function : numba's dispatcher
        With `cache=True`. A numba whose cache is made differently keeps its own.
    """
    cache: Any = getattr(function, "_cache", None)
    usual: Any = getattr(cache, "_cache_file", None)
    try:
        files = _Files(cache.cache_path, cache._impl.filename_base, usual._source_stamp)
        if not all(callable(getattr(usual, name)) for name in ("load", "save", "flush")):
            return
    except AttributeError:
        return
    cache._cache_file = files
    ensure = cache._impl.locator.ensure_cache_path

    def ensure_cache_path() -> None:
        """Make the directory; where that fails, writing the file says so."""
        try:
            ensure()
        except OSError:
            return

    cache._impl.locator.ensure_cache_path = ensure_cache_path
