"""`capsim template`: a workbook for a head of service to fill in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from capsim.cli.failures import guarded


class Language(StrEnum):
    """Languages of the workbook."""

    en = "en"
    nl = "nl"
    fr = "fr"


@guarded
def template(
    path: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="Where to write it.")],
    lang: Annotated[Language, typer.Option("--lang", help="Of its words.")] = Language.en,
) -> None:
    """Write a workbook to fill in; every command takes it as a scenario."""
    from capsim.records.workbook import write_template

    written = write_template(path, lang.value)
    typer.echo(f"Written to {written}. Fill in the yellow cells, then: capsim check {written}")
