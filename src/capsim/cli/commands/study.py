"""`capsim study`: stores of studies, how far they are, and how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capsim.cli.bar import Bar
from capsim.cli.failures import guarded
from capsim.cli.options import JobsOption

app = typer.Typer(
    help="Studies kept in a store: how far they are, and going on with them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

StoreArgument = Annotated[
    Path, typer.Argument(metavar="STORE", help="The directory given as --store.")
]


@app.command("status")
@guarded
def status(
    store: StoreArgument,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every block and compare its checksum.")
    ] = False,
) -> None:
    """Say how far the studies of a store are."""
    from capsim.experiments import study

    typer.echo(repr(study.status(store, verify=verify)))


@app.command("resume")
@guarded
def resume(store: StoreArgument, jobs: JobsOption = None) -> None:
    """Compute what is missing in a store and print the results."""
    from capsim.experiments import study

    with Bar(str(store)) as bar:
        found = study.resume(store, jobs=jobs, progress=bar)
    for result in found.values():
        typer.echo(repr(result))
        typer.echo("")
