"""Commands that look at scenarios without running them: check, presets, evidence, schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from capsim.cli.failures import MISTAKE, guarded, stop
from capsim.cli.options import ScenarioArgument, SetOption, VariantOption, scenario_of
from capsim.cli.text import assumption_line

if TYPE_CHECKING:
    from capsim.scenario import Scenario
    from capsim.theory.description import Description

STATES = {
    "stable": "less is asked than there is, of hours and of places.",
    "critical": "95 % or more of the hours or places is asked for; chance alone makes long queues.",
    "clears": "more is asked for a time; the backlog is gone by the date.",
    "growing": "more is asked than there is, for good; the queue grows by so many cases a month.",
}
"""What the verdicts mean."""


@guarded
def check(
    scenario: ScenarioArgument, variant: VariantOption = None, set_: SetOption = None
) -> None:
    """Read a scenario, name every mistake in it, and say what theory expects of it."""
    found = scenario_of(scenario, variant, set_)
    _compile(found, scenario)
    typer.echo(repr(found))
    typer.echo("")
    from capsim.runs.verdict import line_of

    description = found.describe()
    typer.echo(repr(description))
    typer.echo("")
    typer.echo(line_of(description) or f"Verdict: {description.verdict}")
    states = {load.state for load in (*description.teams, *description.meetings)}
    for state in [name for name in STATES if name in states]:
        typer.echo(f"  {state}: {STATES[state]}")
    for line in _lapsing(found, description):
        typer.echo(line)
    for warning in found.check():
        typer.echo(f"Warning: {warning}")
    line = assumption_line(found, scenario)
    if line:
        typer.echo(line)


def _lapsing(scenario: Scenario, description: Description) -> list[str]:
    """About stages of growing teams that end by the calendar, whatever work is left undone."""
    growing = {load.team for load in description.teams if load.state == "growing"}
    stages = []
    for name, stage in scenario.stages.items():
        if stage.kind != "caseworker" or stage.team not in growing:
            continue
        settings = [
            stage,
            *(one.stages[name] for one in scenario.inflows.values() if name in one.stages),
        ]
        if any(one.stay is not None for one in settings):
            stages.append(name)
    return [
        f"  {name} ends by its stay: visits that come too late lapse, so that it grows less than "
        "this, and contacts become fewer instead."
        for name in stages
    ]


def _compile(scenario: Scenario, source: str) -> None:
    """Translate a scenario and its variants for the engines, which refuse more than the reader.

    Cuts below nothing and calendars without an end are only seen there.

    Raises
    ------
    ScenarioError
        With the mistakes of all of them.
    """
    from capsim.plan import compile_plan
    from capsim.scenario.errors import Mistake, ScenarioError

    mistakes: list[Mistake] = []
    for name in (None, *scenario.variants):
        try:
            compile_plan(scenario if name is None else scenario.variant(name))
        except ScenarioError as error:
            for one in error.mistakes:
                if name is None:
                    mistakes.append(one)
                elif (one.path, one.rule) not in {(m.path, m.rule) for m in mistakes}:
                    path = f"variants.{name}.{one.path}"
                    mistakes.append(Mistake(path, one.value, one.rule, one.remedy))
    if mistakes:
        raise ScenarioError(mistakes, source)


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


@guarded
def evidence(
    scenario: ScenarioArgument,
    variant: VariantOption = None,
    certainty: Annotated[
        str | None, typer.Option("--certainty", help="Only these, such as assumption.")
    ] = None,
) -> None:
    """Say where the numbers of a scenario come from, and how sure they are."""
    from capsim.scenario.evidence import CERTAINTIES

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


@guarded
def schema() -> None:
    """Print the JSON schema of scenario files, for editors that check while one types."""
    from capsim.scenario import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
