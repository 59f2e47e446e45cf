"""All commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

import capsim
from capsim.cli.commands.check import check
from capsim.cli.commands.compare import compare
from capsim.cli.commands.evidence import evidence
from capsim.cli.commands.fields import fields
from capsim.cli.commands.fit import fit
from capsim.cli.commands.money import money
from capsim.cli.commands.office import office
from capsim.cli.commands.presets import presets
from capsim.cli.commands.report import report
from capsim.cli.commands.run import run
from capsim.cli.commands.schema import schema
from capsim.cli.commands.sensitivity import sensitivity
from capsim.cli.commands.staff import staff
from capsim.cli.commands.study import app as study
from capsim.cli.commands.sweep import sweep
from capsim.cli.commands.template import template
from capsim.cli.commands.uncertainty import uncertainty
from capsim.cli.commands.warmup import warmup

app = typer.Typer(
    name="capsim",
    help="Simulates the capacity of a social service: queues, waits, late decisions, caseloads.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"capsim {capsim.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Simulates the capacity of a social service: queues, waits, late decisions, caseloads."""


for command in (
    check,
    run,
    compare,
    sweep,
    staff,
    money,
    sensitivity,
    uncertainty,
    fit,
    template,
    office,
    report,
    presets,
    evidence,
    fields,
    schema,
    warmup,
):
    app.command(command.__name__)(command)
app.add_typer(study, name="study")
