"""A store of finished blocks: a directory that survives whatever happens to the study.

::

    study/
      README.txt                                    how to read it
      studies/3f9c....json                          what was asked for; enough to go on
      scenarios/91ab....json                        each scenario in full
      blocks/5e1d..../_about.json                   whose numbers these are
      blocks/5e1d..../0000000000-0000000255.<checksum>.parquet
      series/77c0..../...                           the same for time series

The directory below `blocks` is the hash of everything that a number depends on: scenario, engine
and its version, seed, measures. A file holds consecutive replications and bears the checksum of
its bytes, is written under another name first and renamed when it is complete. So a file with its
name is a finished block, whoever wrote it, and a file whose bytes do not match its name is damaged.
Two processes may write the same store: blocks of the same borders get the same bytes and the same
name, and of replications that stand in two blocks one copy is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.execution.errors import StoreError
from capsim.execution.store.blockfile import PARQUET, Rows, decode, encode, format_here

__all__ = ["Census", "Found", "Store", "Vein", "digest"]

FORMAT = 1
"""Version of the layout."""

_NAME = re.compile(r"(\d{10,})-(\d{10,})\.([0-9a-f]{16})\.(parquet|csv\.gz)")
_UNFINISHED = ".unfinished-"
_DAMAGED = "_damaged-"
_SECONDS_OF_AN_ORPHAN = 24 * 3600.0
"""Unfinished files older than this were left by a process that died."""

_README = """Numbers of a capsim study. Each file below blocks/ is a table of finished replications:

    import pandas
    pandas.read_parquet("blocks/DIRECTORY")          # or read_csv for .csv.gz files

Where two studies wrote at the same time, replications may stand in two files, with equal
numbers: add .drop_duplicates().

blocks/DIRECTORY/_about.json says which scenario, seed and version the numbers belong to;
scenarios/ holds the scenarios in full, studies/ what was asked for. To see how far a study is
and to go on with it:

    capsim study status .
    capsim study resume .
"""


def digest(value: Any) -> str:
    """Hash of a JSON value, 16 hexadecimal digits.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass
class Found:
    """What a store holds of a range of replications.

    Attributes
    ----------
    matrix : (count, rows) float64
        The numbers; NaN where `present` is False.
    present : (count,) bool
        Whether the replication is there.
    problems : list of str
        One sentence per file that could not be used.
    """

    matrix: NDArray[np.float64]
    present: NDArray[np.bool_]
    problems: list[str] = field(default_factory=list)


class Store:
    """A directory of finished blocks.

    Parameters
    ----------
    path : str or Path
        The directory; made when the first block is written.

    Raises
    ------
    StoreError
        If the path is a file, or a directory of another kind.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if not isinstance(path, str | os.PathLike):
            raise ValueError(f"store = {path!r} must be the path of a directory")
        self.path = Path(path)
        for part in (self.path, *self.path.parents):
            if part.is_file():
                raise StoreError(f"store {str(path)!r}: {part} is a file; name a directory")
        if self.path.exists():
            # Another process may be making the store at this moment.
            entries = {
                entry.name
                for entry in self.path.iterdir()
                if not entry.name.startswith(_UNFINISHED)
            }
            if entries and not entries & {"blocks", "studies", "README.txt"}:
                raise StoreError(
                    f"store {str(path)!r} is a directory with other things in it "
                    f"({', '.join(sorted(entries)[:3])}): name a new or empty one"
                )

    def vein(self, kind: str, identity: Mapping[str, Any], keys: Rows) -> Vein:
        """The blocks of one scenario, seed and version.

        Parameters
        ----------
        kind : {"blocks", "series"}
            Measures or time series.
        identity : mapping
            Everything that the numbers depend on, as JSON.
        keys : Rows
            Rows of a replication.
        """
        identity = {"format": FORMAT, **identity, "keys": _digest_of_keys(keys)}
        return Vein(self.path / kind / digest(identity), identity, keys)

    def open(self) -> None:
        """Make the directory, and remove what dead processes left unfinished.

        Raises
        ------
        StoreError
            If nothing can be written there.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            readme = self.path / "README.txt"
            if not readme.exists():
                write_atomically(readme, _README.encode())
            else:
                # Every study proves that it can write before it computes anything.
                probe = self.path / f"{_UNFINISHED}{uuid.uuid4().hex}"
                probe.write_bytes(b"capsim")
                probe.unlink()
        except OSError as error:
            raise StoreError(
                f"store {str(self.path)!r} cannot be written ({_reason(error)}): nothing was "
                "computed and nothing in it was changed; make it writable or name another store"
            ) from error
        oldest = time.time() - _SECONDS_OF_AN_ORPHAN
        for orphan in self.path.rglob(f"{_UNFINISHED}*"):
            try:
                if orphan.stat().st_mtime < oldest:
                    orphan.unlink()
            except OSError:
                continue  # Another process was faster.

    def write_json(self, folder: str, name: str, value: Any) -> None:
        """Write `folder/name.json` if it is not there yet, or damaged.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        target = self.path / folder / f"{name}.json"
        if not _holds(target, value):
            text = json.dumps(value, indent=1, ensure_ascii=False)
            write_atomically(target, f"{text}\n".encode())

    def read_json(self, folder: str, name: str) -> Any:
        """The content of `folder/name.json`.

        Raises
        ------
        StoreError
            If it is missing or damaged.
        """
        target = self.path / folder / f"{name}.json"
        try:
            return json.loads(target.read_bytes())
        except FileNotFoundError:
            raise StoreError(
                f"{target} is missing: make the call of that study again, which writes it"
            ) from None
        except (OSError, ValueError) as error:
            raise StoreError(
                f"{target} is damaged ({error}): make the call of that study again, which writes "
                "it anew; no number is lost"
            ) from error

    def names(self, folder: str) -> list[str]:
        """Names of the JSON files in a folder, sorted."""
        return sorted(entry.stem for entry in (self.path / folder).glob("*.json"))

    def census(self, *, verify: bool = False) -> Census:
        """All that the store holds, by what the files say of themselves.

        Parameters
        ----------
        verify : bool
            Compare every block with the checksum in its name.
        """
        veins: dict[str, list[Counted]] = {"blocks": [], "series": []}
        damaged: list[str] = []
        for kind, found in veins.items():
            for about in sorted(self.path.glob(f"{kind}/*/_about.json")):
                try:
                    identity = json.loads(about.read_bytes())
                except (OSError, ValueError):
                    damaged.append(str(about))
                    continue
                ranges = []
                for entry in sorted(about.parent.iterdir()):
                    match = _NAME.fullmatch(entry.name)
                    bad = entry.name.startswith(_DAMAGED)
                    if match and verify:
                        bad = _checksum(entry.read_bytes()) != match[3]
                    if bad:
                        damaged.append(str(entry))
                    elif match:
                        ranges.append((int(match[1]), int(match[2]) + 1))
                found.append(Counted(identity, tuple(ranges)))
        return Census(veins, damaged)

    def other_versions(self, identities: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Blocks of the same scenarios, seeds and measures by another version: version -> files."""
        wanted = {_but_version(identity) for identity in identities}
        versions = {str(identity.get("version")) for identity in identities}
        found: dict[str, int] = {}
        for about in self.path.glob("blocks/*/_about.json"):
            try:
                identity = json.loads(about.read_bytes())
            except (OSError, ValueError):
                continue  # Its blocks are simply not used.
            version = str(identity.get("version"))
            if version not in versions and _but_version(identity) in wanted:
                files = sum(1 for entry in about.parent.iterdir() if _NAME.fullmatch(entry.name))
                if files:
                    found[version] = found.get(version, 0) + files
        return found


@dataclass(frozen=True)
class Counted:
    """The blocks of one identity, as ranges of replications; nothing of them is read."""

    identity: Mapping[str, Any]
    ranges: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        """Number of files."""
        return len(self.ranges)

    @property
    def stop(self) -> int:
        """The first replication behind all that are there."""
        return max((stop for _, stop in self.ranges), default=0)

    def covers(self, n: int) -> NDArray[np.bool_]:
        """Which of the replications 0 to n - 1 are there."""
        have = np.zeros(n, dtype=bool)
        for first, stop in self.ranges:
            have[first:stop] = True
        return have


@dataclass(frozen=True)
class Census:
    """All that a store holds.

    Attributes
    ----------
    counted : dict of str to list of Counted
        By kind, "blocks" or "series".
    damaged : list of str
        Files that do not match their checksum, and those moved aside before.
    """

    counted: Mapping[str, Sequence[Counted]]
    damaged: list[str]

    @property
    def files(self) -> int:
        """Number of block files."""
        return sum(len(vein) for veins in self.counted.values() for vein in veins)

    def veins(self, kind: str, **wanted: Any) -> Iterator[Counted]:
        """Those whose identity has the wanted entries."""
        for vein in self.counted[kind]:
            if all(vein.identity.get(name) == value for name, value in wanted.items()):
                yield vein


class Vein:
    """The blocks of one identity, in one directory."""

    def __init__(self, path: Path, identity: Mapping[str, Any], keys: Rows) -> None:
        self.path = path
        self.identity = identity
        self.keys = keys
        self._form = format_here()
        self._known = False

    def __len__(self) -> int:
        """Number of block files."""
        return sum(1 for _ in self._files())

    def load(self, first: int, stop: int, *, repair: bool = True) -> Found:
        """What is there of the replications `first` to `stop - 1`.

        Parameters
        ----------
        first, stop : int
            The range.
        repair : bool
            Move damaged files aside, so that they are named once.
        """
        found = Found(
            np.full((stop - first, len(self.keys)), np.nan), np.zeros(stop - first, dtype=bool)
        )
        for path, begin, end in self._files():
            low, high = max(begin, first), min(end, stop)
            if low >= high or found.present[low - first : high - first].all():
                continue
            matrix = self._read(path, begin, end, found.problems, repair)
            if matrix is not None:
                found.matrix[low - first : high - first] = matrix[low - begin : high - begin]
                found.present[low - first : high - first] = True
        return found

    def write(self, first: int, matrix: NDArray[np.float64]) -> Path:
        """Write a finished block and give its path.

        Raises
        ------
        OSError
            If it cannot be written; the store is then as it was before.
        """
        self.introduce()
        data = encode(self.keys, first, matrix, self._form)
        checksum = _checksum(data)
        last = first + len(matrix) - 1
        path = self.path / f"{first:010d}-{last:010d}.{checksum}.{self._form}"
        write_atomically(path, data)
        return path

    def introduce(self) -> None:
        """Write whose numbers these are, if it is not there yet, or damaged.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        about = self.path / "_about.json"
        if not self._known and not _holds(about, self.identity):
            write_atomically(about, json.dumps(self.identity, indent=1).encode())
        self._known = True

    def _files(self) -> Iterator[tuple[Path, int, int]]:
        """Block files with the range they cover, by first replication."""
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return
        for name in names:
            match = _NAME.fullmatch(name)
            if match:
                yield self.path / name, int(match[1]), int(match[2]) + 1

    def _read(
        self, path: Path, begin: int, end: int, problems: list[str], repair: bool
    ) -> NDArray[np.float64] | None:
        match = _NAME.fullmatch(path.name)
        assert match is not None
        form = match[4]
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None  # Another process has moved it aside.
        except OSError as error:
            problems.append(f"{path} cannot be read ({_reason(error)})")
            return None
        if form == PARQUET and format_here() != PARQUET:
            problems.append(f"{path} needs pyarrow to be read: install capsim[parquet]")
            return None
        if _checksum(data) != match[3]:
            problems.append(f"{path} is damaged: its bytes do not match the checksum in its name")
        else:
            try:
                first, matrix = decode(data, form, len(self.keys))
            except (ValueError, OSError, KeyError) as error:
                problems.append(f"{path} is damaged: {error}")
            else:
                if first == begin and len(matrix) == end - begin:
                    return matrix
                problems.append(f"{path} is damaged: it holds other replications than it says")
        if repair:
            try:
                path.replace(path.with_name(f"{_DAMAGED}{path.name}"))
            except OSError:
                return None  # A read-only store keeps its damaged file and names it each time.
        return None


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that is either complete or not there, also after a crash of the machine.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f"{_UNFINISHED}{os.getpid()}-{uuid.uuid4().hex}"
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if hasattr(os, "O_DIRECTORY"):
        # The new name is safe only when the directory is.
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _holds(path: Path, value: Any) -> bool:
    """Whether a file has a JSON value as its content."""
    try:
        return bool(json.loads(path.read_bytes()) == json.loads(json.dumps(value)))
    except (OSError, ValueError):
        return False


def _checksum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _digest_of_keys(keys: Rows) -> str:
    return digest({name: column.tolist() for name, column in keys.columns.items()})


def _but_version(identity: Mapping[str, Any]) -> str:
    kept = ("scenario", "engine", "seed", "measures")
    return digest({name: identity.get(name) for name in kept})
