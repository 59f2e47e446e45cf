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

import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from capsim.execution.errors import StoreError
from capsim.execution.store.blockfile import Rows
from capsim.execution.store.blocks import BLOCK_NAME, DAMAGED, Blocks
from capsim.execution.store.census import Census, Counted
from capsim.execution.store.files import (
    UNFINISHED,
    checksum_of,
    digest,
    holds,
    reason_of,
    write_atomically,
)

__all__ = ["FORMAT", "Store"]

FORMAT = 1
"""Version of the layout."""


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
                entry.name for entry in self.path.iterdir() if not entry.name.startswith(UNFINISHED)
            }
            if entries and not entries & {"blocks", "studies", "README.txt"}:
                raise StoreError(
                    f"store {str(path)!r} is a directory with other things in it "
                    f"({', '.join(sorted(entries)[:3])}): name a new or empty one"
                )

    def blocks(self, kind: str, identity: Mapping[str, Any], keys: Rows) -> Blocks:
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
        names = {name: column.tolist() for name, column in keys.columns.items()}
        identity = {"format": FORMAT, **identity, "keys": digest(names)}
        return Blocks(self.path / kind / digest(identity), identity, keys)

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
                probe = self.path / f"{UNFINISHED}{uuid.uuid4().hex}"
                probe.write_bytes(b"capsim")
                probe.unlink()
        except OSError as error:
            raise StoreError(
                f"store {str(self.path)!r} cannot be written ({reason_of(error)}): nothing was "
                "computed and nothing in it was changed; make it writable or name another store"
            ) from error
        oldest = time.time() - _SECONDS_OF_AN_ORPHAN
        for orphan in self.path.rglob(f"{UNFINISHED}*"):
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
        if not holds(target, value):
            text = json.dumps(value, indent=1, ensure_ascii=False)
            write_atomically(target, f"{text}\n".encode())

    def read_json(self, folder: str, name: str) -> Any:
        """The content of `folder/name.json`.

        Raises
        ------
        StoreError
            If it is missing, damaged, or no table.
        """
        target = self.path / folder / f"{name}.json"
        try:
            content = json.loads(target.read_bytes())
            if not isinstance(content, dict):
                raise ValueError(f"it holds {type(content).__name__} instead of a table")
            return content
        except FileNotFoundError:
            raise StoreError(
                f"{target} is missing: make the call of that study again, which writes it"
            ) from None
        except (OSError, ValueError, RecursionError) as error:
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
        counted: dict[str, list[Counted]] = {"blocks": [], "series": []}
        damaged: list[str] = []
        for kind, found in counted.items():
            for about in sorted(self.path.glob(f"{kind}/*/_about.json")):
                identity = _identity(about)
                if identity is None:
                    damaged.append(str(about))
                    continue
                ranges = []
                for entry in sorted(about.parent.iterdir()):
                    match = BLOCK_NAME.fullmatch(entry.name)
                    bad = entry.name.startswith(DAMAGED)
                    if match and verify:
                        bad = not _is_whole(entry, match[3])
                    if bad:
                        damaged.append(str(entry))
                    elif match:
                        ranges.append((int(match[1]), int(match[2]) + 1))
                found.append(Counted(identity, tuple(ranges)))
        return Census(counted, damaged)

    def other_versions(self, identities: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Blocks of the same scenarios, seeds and measures by another version: version -> files."""
        wanted = {_but_version(identity) for identity in identities}
        versions = {str(identity.get("version")) for identity in identities}
        found: dict[str, int] = {}
        for about in self.path.glob("blocks/*/_about.json"):
            identity = _identity(about)
            if identity is None:
                continue  # Its blocks are simply not used.
            version = str(identity.get("version"))
            if version not in versions and _but_version(identity) in wanted:
                files = sum(
                    1 for entry in about.parent.iterdir() if BLOCK_NAME.fullmatch(entry.name)
                )
                if files:
                    found[version] = found.get(version, 0) + files
        return found


def _identity(about: Path) -> dict[str, Any] | None:
    """Whose numbers a directory holds, which its name is the hash of; None if that is not so."""
    try:
        content = json.loads(about.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(content, dict) and digest(content) == about.parent.name
    return content if whole else None


def _is_whole(block: Path, checksum: str) -> bool:
    try:
        return checksum_of(block.read_bytes()) == checksum
    except OSError:
        return False


def _but_version(identity: Mapping[str, Any]) -> str:
    kept = ("scenario", "engine", "seed", "measures", "rules")
    return digest({name: identity.get(name) for name in kept})
