"""`capsim schema`: the form of scenario files, for editors."""

from __future__ import annotations

import json

import typer

from capsim.cli.failures import guarded


@guarded
def schema() -> None:
    """Print the JSON schema of scenario files, for editors that check while one types."""
    from capsim.scenario import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
