"""`capsim evidence`: where the numbers of a scenario come from."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from capsim.cli.failures import MISTAKE, guarded, stop
from capsim.cli.options import ScenarioArgument, VariantOption, scenario_of


@guarded
def evidence(
    scenario: ScenarioArgument,
    variant: VariantOption = None,
    certainty: Annotated[
        str | None, typer.Option("--certainty", help="Only these, such as assumption.")
    ] = None,
) -> None:
    """Say where the numbers of a scenario come from, and how sure they are."""
    from capsim.scenario.tables.evidence import CERTAINTIES

    if certainty is not None and certainty not in CERTAINTIES:
        raise typer.BadParameter(
            f"{certainty!r} must be one of {', '.join(CERTAINTIES)}", param_hint="'--certainty'"
        )
    found = scenario_of(scenario, variant, None)
    if not found.evidence:
        stop(f"{found.label}: the file has no [evidence]; add one line per number", MISTAKE)
    for path, entry in found.evidence.items():
        if certainty in (None, entry.certainty):
            typer.echo(f"{path} = {_short(entry.value)}  [{entry.certainty}]")
            typer.echo(f"    {entry.source}")
            if entry.note:
                typer.echo(f"    {entry.note}")
    counts = {
        name: sum(entry.certainty == name for entry in found.evidence.values())
        for name in CERTAINTIES
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    typer.echo(f"\n{len(found.evidence)} numbers: {said}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
