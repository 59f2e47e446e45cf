"""`capsim presets`: the scenarios that come with capsim."""

from __future__ import annotations

import typer

from capsim.cli.failures import guarded


@guarded
def presets() -> None:
    """List the scenarios that come with capsim."""
    from capsim.scenario import load
    from capsim.scenario import presets as names

    for name in names():
        scenario = load(name)
        typer.echo(repr(scenario))
        if scenario.variants:
            typer.echo(f"    variants: {', '.join(scenario.variants)}")
