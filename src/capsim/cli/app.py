"""All commands under one name."""

from __future__ import annotations

from typing import Annotated

import typer

import capsim
from capsim.cli import comparing, inspecting, questions, running, studies, sweeping, warming

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


app.command("check")(inspecting.check)
app.command("run")(running.run)
app.command("compare")(comparing.compare)
app.command("sweep")(sweeping.sweep)
app.command("staff")(questions.staff)
app.command("sensitivity")(questions.sensitivity)
app.command("uncertainty")(questions.uncertainty)
app.command("presets")(inspecting.presets)
app.command("evidence")(inspecting.evidence)
app.command("schema")(inspecting.schema)
app.command("warmup")(warming.warmup)
app.add_typer(studies.app, name="study")
