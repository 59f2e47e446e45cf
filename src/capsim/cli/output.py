"""Directories of results: complete or not there at all."""

from __future__ import annotations

import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from capsim.cli.folder import MANIFEST, MARK, Results
from capsim.cli.options import CsvStyle, Format

_ROOM = 1 << 20
"""Bytes that results of a command take at least."""


def check_target(target: Path | None, format: Format, csv: CsvStyle = CsvStyle.plain) -> None:
    """Refuse, before anything is computed, what could not be written afterwards.

    Raises
    ------
    typer.BadParameter
        If `target` is a file or holds something else than results of an earlier command, or if
        the format needs a package that is not installed.
    """
    if csv is not CsvStyle.plain and format is not Format.csv:
        raise typer.BadParameter(
            f"a table is either parquet or CSV for {csv}: leave one out", param_hint="'--csv'"
        )
    if target is None:
        return
    if is_book(target):
        _check_book(target, format, csv)
        return
    if format is Format.parquet and importlib.util.find_spec("pyarrow") is None:
        raise typer.BadParameter(
            "parquet needs pyarrow: install capsim[parquet], or use csv", param_hint="'--format'"
        )
    if not target.exists():
        _try_to_write(target)
        return
    if not target.is_dir():
        raise typer.BadParameter(
            f"{str(target)!r} is a file; name a directory", param_hint="'--out'"
        )
    foreign = _foreign(target)
    if foreign:
        names = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if foreign[3:] else "")
        raise typer.BadParameter(
            f"{str(target)!r} holds other files ({names}), and results replace all that is there; "
            "name a new or an empty directory",
            param_hint="'--out'",
        )
    _try_to_write(target)


def is_book(target: Path) -> bool:
    """Whether results go to a workbook."""
    return target.suffix.lower() == ".xlsx"


def _check_book(target: Path, format: Format, csv: CsvStyle) -> None:
    from capsim.cli.book import is_ours

    if format is not Format.csv or csv is not CsvStyle.plain:
        raise typer.BadParameter(
            "a workbook has no other format: leave out --format and --csv", param_hint="'--out'"
        )
    if importlib.util.find_spec("xlsxwriter") is None:
        raise typer.BadParameter(
            "a workbook needs xlsxwriter: install capsim[excel], or name a directory",
            param_hint="'--out'",
        )
    if target.exists() and not (target.is_file() and is_ours(target)):
        raise typer.BadParameter(
            f"{str(target)!r} is no workbook of results, and would be replaced; name another",
            param_hint="'--out'",
        )
    _try_to_write(target)


def _try_to_write(target: Path) -> None:
    """Refuse a directory that could not be made where it should stand, or has no room there."""
    place = Path(os.path.abspath(target)).parent
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=place) as probe:
            # A full disk takes names, and no bytes.
            (Path(probe) / "probe").write_bytes(bytes(_ROOM))
    except OSError as error:
        raise typer.BadParameter(
            f"{str(target)!r}: nothing can be written in {str(place)!r} ({error.strerror}); "
            "name another directory",
            param_hint="'--out'",
        ) from None


@contextmanager
def results(target: Path, format: Format, csv: CsvStyle = CsvStyle.plain) -> Iterator[Results]:
    """Results under construction beside `target`, a directory or a workbook, put there at the end.

    If the block fails or is interrupted, nothing is written and earlier results stay.
    """
    from capsim.runs.folders import written_whole

    if is_book(target):
        from capsim.cli.book import book_results

        with book_results(Path(os.path.abspath(target))) as book:
            yield book
        return
    with written_whole(Path(os.path.abspath(target))) as folder:
        yield Results(folder, format, csv)


def _foreign(target: Path) -> list[str]:
    """Files in a folder that no earlier command wrote, by the list that it left."""
    from capsim.runs.folders import files_of

    try:
        content = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        written = set(content["files"]) if content["kind"] == MARK else set()
    except (OSError, ValueError, TypeError, KeyError):
        written = set()
    ours = written | {MANIFEST} if written else set()
    return sorted(files_of(target) - ours)
