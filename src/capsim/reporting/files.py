"""Files that appear whole or not at all, refused before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

__all__ = ["checked_target", "write_whole"]


def checked_target(path: Any, endings: Collection[str], remedy: str) -> Path:
    """The file to write.

    Raises
    ------
    ValueError
        If it is no path, or has another ending.
    OSError
        If a folder is there, or no folder for it.
    """
    if not isinstance(path, str | os.PathLike):
        raise ValueError(f'path = {path!r}: is no path; name a file, such as "report.html"')
    target = Path(path)
    if target.suffix.lower() not in endings:
        raise ValueError(f"path = {str(path)!r}: {remedy}")
    if target.is_dir():
        raise IsADirectoryError(21, "is a directory; name a file in it", str(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(2, "there is no such folder; make it first", str(target.parent))
    return target


def write_whole(target: Path, text: str) -> None:
    """Write at once or not at all."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
