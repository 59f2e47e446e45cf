"""`capsim report`: the page that people pass on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from capsim.cli.bar import Bar
from capsim.cli.failures import guarded
from capsim.cli.options import Engine, JobsOption, SetOption, VariantOption, overrides_of


class Language(StrEnum):
    """Languages of a report."""

    nl = "nl"
    fr = "fr"
    en = "en"


SubjectArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE|PRESET",
        help="A scenario file, the name of a preset, or the directory of a saved result.",
    ),
]
LanguageOption = Annotated[
    Language, typer.Option("--lang", "--language", help="Language of the page.")
]
PageOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The page; a name ending in .html.")
]
NumberOption = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--replications",
        min=1,
        max=10**8,
        help="Number of replications; default 20, or those of the saved result.",
        show_default=False,
    ),
]
LuckOption = Annotated[
    int | None,
    typer.Option(
        "-s",
        "--seed",
        min=0,
        max=2**64 - 1,
        help="Fixes all luck; default 1, or that of the saved result.",
        show_default=False,
    ),
]


@guarded
def report(
    subject: SubjectArgument,
    n: NumberOption = None,
    seed: LuckOption = None,
    variant: VariantOption = None,
    lang: LanguageOption = Language.nl,
    out: PageOption = Path("report.html"),
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: Annotated[Engine, typer.Option("--engine", help="The numbers are the same.")] = (
        Engine.auto
    ),
) -> None:
    """Write a report: one page that needs no network, for a phone, a screen and paper.

    With --variant the file without it is what the variant is compared with, and its other variants
    are the other plans.
    """
    overrides = overrides_of(set_)
    from capsim.reporting import report as write

    with Bar(subject) as bar:
        path = write(
            subject,
            out,
            language=lang.value,
            n=n,
            seed=seed,
            variant=variant,
            overrides=overrides,
            engine=engine.value,
            jobs=jobs,
            progress=bar,
        )
    typer.echo(f"Written to {path}")
