"""Files of a store: each is complete or not there, and what it says can be told from its name."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

__all__ = ["UNFINISHED", "checksum_of", "digest", "holds", "reason_of", "write_atomically"]

UNFINISHED = ".unfinished-"


def digest(value: Any) -> str:
    """Hash of a JSON value, 16 hexadecimal digits.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that is either complete or not there, also after a crash of the machine.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f"{UNFINISHED}{os.getpid()}-{uuid.uuid4().hex}"
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


def holds(path: Path, value: Any) -> bool:
    """Whether a file has a JSON value as its content."""
    try:
        return bool(json.loads(path.read_bytes()) == json.loads(json.dumps(value)))
    except (OSError, ValueError, RecursionError):
        return False


def checksum_of(data: bytes) -> str:
    """The checksum that the name of a block file bears."""
    return hashlib.sha256(data).hexdigest()[:16]


def reason_of(error: OSError) -> str:
    """Why the system refused, in its own words."""
    return error.strerror or type(error).__name__
