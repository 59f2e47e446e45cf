"""Directories of results: complete or not there at all."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from capsim.cli.options import CsvStyle, Format

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

MANIFEST = "manifest.json"
_MARK = "capsim results"
_ROOM = 1 << 20
"""Bytes that results of a command take at least."""


class Results:
    """Directory that is being filled.

    Parameters
    ----------
    folder : Path
        Where to write for now.
    format : Format
        Of the tables.
    csv : CsvStyle
        Of those that are CSV.
    """

    def __init__(self, folder: Path, format: Format, csv: CsvStyle = CsvStyle.plain) -> None:
        self.folder = folder
        self.format = format
        self.csv = csv

    def table(
        self, frame: pd.DataFrame, name: str, start: date | Mapping[str, date] | None = None
    ) -> None:
        """Write a frame under `name`, with the ending of the format.

        Parameters
        ----------
        frame : DataFrame
        name : str
        start : date or mapping of str to date, optional
            Day 0, of all or by scenario: CSV then has dates in the place of days, parquet the
            numbers.
        """
        path = self.folder / f"{name}.{self.format}"
        if self.format is Format.parquet:
            frame.to_parquet(path, index=False)
        else:
            from capsim.catalogue.sheet import with_dates, write_csv

            dated = frame if start is None else with_dates(frame, start)
            write_csv(dated, path, excel=self.csv is CsvStyle.excel)

    def summaries(self, frame: pd.DataFrame, start: date | Mapping[str, date] | None) -> None:
        """Write a summary: of all offices together, and each of several in a file of its own."""
        whole = frame["office"] == "all"
        self.table(frame[whole], "summary", start)
        if frame.loc[~whole, "office"].nunique() > 1:
            self.table(frame[~whole], "offices", start)

    def scenario(self, scenario: Scenario, name: str = "scenario") -> None:
        """Write the scenario as it was run."""
        scenario.save(self.folder / f"{name}.toml")

    def figure(self, figure: Any, name: str) -> None:
        """Write a figure as PNG and SVG."""
        from capsim.plots import save

        save(figure, self.folder / name)

    def manifest(self, provenance: Mapping[str, Any], **more: Any) -> None:
        """Write where the numbers come from; last, since it lists the files."""
        from capsim.runs.folders import files_of
        from capsim.version import __version__

        files = sorted(files_of(self.folder))
        content = {
            "kind": _MARK,
            "capsim": __version__,
            "command": " ".join(["capsim", *sys.argv[1:]]),
            "provenance": provenance,
            **more,
            "files": files,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        (self.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


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
        written = set(content["files"]) if content["kind"] == _MARK else set()
    except (OSError, ValueError, TypeError, KeyError):
        written = set()
    ours = written | {MANIFEST} if written else set()
    return sorted(files_of(target) - ours)
