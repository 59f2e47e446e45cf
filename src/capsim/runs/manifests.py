"""Manifests: what lies in a directory that capsim wrote, with the checksum of each file.

Nothing is unpickled. What is missing, of another kind or changed since is refused in a sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from capsim.runs.folders import files_of

__all__ = ["MANIFEST", "Manifest", "read_manifest", "refuse_foreign", "write_manifest"]

MANIFEST = "manifest.json"
_SUMS = "checksums"
_OWN = "checksum"


class Manifest(Mapping[str, Any]):
    """Content of a manifest, whose missing keys are named in a sentence.

    Parameters
    ----------
    path : Path
        The directory.
    content : mapping
    remedy : str
        What to do about a directory that is damaged.
    """

    def __init__(self, path: Path, content: Mapping[str, Any], remedy: str) -> None:
        self.path = path
        self._content = content
        self._remedy = remedy

    def __getitem__(self, key: str) -> Any:
        try:
            return self._content[key]
        except KeyError:
            raise self.damaged(f"{MANIFEST} lacks {key!r}") from None

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, if it is there."""
        return self._content.get(key, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)

    def damaged(self, why: str) -> ValueError:
        """The error about a directory that does not hold what was written."""
        return ValueError(f"{self.path}: {why}, so it is damaged; {self._remedy}")

    def file(self, name: str) -> bytes:
        """Bytes of a file of the directory, as they were written.

        Raises
        ------
        ValueError
            If the file is missing, was changed, or is none of those that were written.
        """
        sums = self[_SUMS]
        if not isinstance(sums, Mapping) or name not in sums:
            raise self.damaged(f"{name} has no checksum in {MANIFEST}")
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise self.damaged(f"{name} lies outside of it")
        try:
            data = (self.path / name).read_bytes()
        except OSError:
            raise self.damaged(f"{name} is missing") from None
        if hashlib.sha256(data).hexdigest() != sums[name]:
            raise self.damaged(f"{name} was changed after it was written")
        return data


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest of a directory; last, since it has the checksums of all other files."""
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in sorted(files_of(folder))
    }
    whole = json.loads(json.dumps({**content, _SUMS: sums}, default=_plain))
    text = json.dumps({**whole, _OWN: _sum_of(whole)}, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(
    path: Path, kind: str, version: int, *, what: str, method: str, keys: tuple[str, ...]
) -> Manifest:
    """Manifest of a directory that holds something of a kind.

    Parameters
    ----------
    path : Path
    kind : str
        Which its manifest has to name.
    version : int
        Latest format that is known.
    what : str
        As people call it, such as "run".
    method : str
        That wrote it, such as "run.save".
    keys : tuple of str
        Without which it means nothing.

    Raises
    ------
    FileNotFoundError
        If there is no manifest.
    ValueError
        If it is of another kind or a later version, lacks a key, or was changed.
    """
    file = path / MANIFEST
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(
            f"{path}: no stored {what} here ({MANIFEST} is missing); give the directory that "
            f"{method} was given"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: damaged ({error}); save the {what} again") from error
    if not isinstance(content, dict) or content.get("kind") != kind:
        holds = content.get("kind") if isinstance(content, dict) else None
        found = {"capsim run": "a run: read it with capsim.load_run"}.get(
            str(holds), f"something other than a {what}; give a directory of {method}"
        )
        raise ValueError(f"{path}: holds {found}")
    later = content.get("version")
    if isinstance(later, int) and later > version:
        raise ValueError(
            f"{path}: written by a later capsim (format {later}, this one reads up to {version}); "
            "update capsim"
        )
    manifest = Manifest(path, content, f"save the {what} again")
    for key in ("version", *keys, _SUMS, _OWN):
        manifest[key]
    if _sum_of({key: value for key, value in content.items() if key != _OWN}) != content[_OWN]:
        raise manifest.damaged(f"{MANIFEST} was changed after it was written")
    return manifest


def refuse_foreign(path: Path, kind: str, what: str) -> None:
    """Refuse to replace anything but what was written before, or a file that was put beside it.

    Raises
    ------
    FileExistsError
        If something else is there.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    try:
        content = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        ours = {MANIFEST, *content[_SUMS]} if content["kind"] == kind else set()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        ours = set()
    if not ours:
        raise FileExistsError(
            f"{path}: exists and is not a stored {what}, so it is not replaced; choose another "
            "directory"
        )
    foreign = sorted(files_of(path) - ours)
    if foreign:
        raise FileExistsError(
            f"{path}: holds {foreign[0]!r} besides a stored {what}, which would be lost; move it "
            "away, or choose another directory"
        )


def _sum_of(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """JSON of what a provenance may hold besides JSON types."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
