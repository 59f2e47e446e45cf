"""`capsim fields`: what may be written in a scenario."""

from __future__ import annotations

from typing import Annotated

import typer

from capsim.cli.failures import guarded


@guarded
def fields(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH]", help="Such as teams, stages.decision, teams.social.fte or urgent."
        ),
    ] = None,
) -> None:
    """Say what may be written in a scenario: kind, unit, default, rule, meaning and an example."""
    from capsim.scenario import fields as guide

    typer.echo(repr(guide(path)))
