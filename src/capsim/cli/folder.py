"""A directory of results that is being filled."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.cli.options import CsvStyle, Format

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["MANIFEST", "MARK", "Results"]

MANIFEST = "manifest.json"
MARK = "capsim results"


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
            "kind": MARK,
            "capsim": __version__,
            "command": " ".join(["capsim", *sys.argv[1:]]),
            "provenance": provenance,
            **more,
            "files": files,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
        (self.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
