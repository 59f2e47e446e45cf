"""`capsim presets`: the scenarios that come with capsim."""

from __future__ import annotations

import typer

from capsim.cli.failures import guarded


@guarded
def presets() -> None:
    """List the scenarios that come with capsim, and what each is about."""
    import textwrap

    from capsim.scenario import load
    from capsim.scenario import presets as names
    from capsim.scenario.loading import preset_story

    for name in names():
        scenario = load(name)
        typer.echo(repr(scenario))
        typer.echo(textwrap.indent(textwrap.fill(preset_story(name), 96), "    "))
        if scenario.variants:
            typer.echo(f"    variants: {', '.join(scenario.variants)}")
