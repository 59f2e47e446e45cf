"""`capsim check`: the mistakes in a scenario, and what theory expects of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from capsim.cli.failures import guarded
from capsim.cli.options import ScenarioArgument, SetOption, VariantOption, scenario_of
from capsim.cli.text import assumption_line

if TYPE_CHECKING:
    from capsim.scenario import Scenario
    from capsim.theory.description import Description

STATES = {
    "stable": "less is asked than there is, of hours and of places.",
    "critical": "95 % or more of the hours or places is asked for; chance alone makes long queues.",
    "clears": "more is asked for a time; the backlog is gone by the date, if every visit is made.",
    "clears_after_end": "the same, and the run ends before that.",
    "growing": "more comes than can be served, for good; so many more wait each month.",
}
"""What the verdicts mean."""

WORDS = {"clears_after_end": "clears after the end of the run", "growing": "does not clear"}
"""States that a verdict says in several words."""


@guarded
def check(
    scenario: ScenarioArgument, variant: VariantOption = None, set_: SetOption = None
) -> None:
    """Read a scenario, name every mistake in it, and say what theory expects of it."""
    found = scenario_of(scenario, variant, set_)
    _compile(found, scenario, is_file=variant is None and not set_)
    typer.echo(repr(found))
    typer.echo("")
    from capsim.runs.verdict import line_of

    description = found.describe()
    typer.echo(repr(description))
    typer.echo("")
    typer.echo(line_of(description) or f"Verdict: {description.verdict}")
    states = {load.state for load in (*description.teams, *description.meetings)}
    for state in [name for name in STATES if name in states]:
        typer.echo(f"  {WORDS.get(state, state)}: {STATES[state]}")
    for line in _lapsing(found, description):
        typer.echo(line)
    for warning in found.check():
        if warning != description.filling:  # which stands below the load
            typer.echo(f"Warning: {warning}")
    line = assumption_line(found, scenario)
    if line:
        typer.echo(line)


def _lapsing(scenario: Scenario, description: Description) -> list[str]:
    """About stages of overfull teams that end by the calendar, whatever work is left undone."""
    overfull = {load.team for load in description.teams if load.utilization > 1}
    stages = []
    for name, stage in scenario.stages.items():
        if stage.kind != "caseworker" or stage.team not in overfull:
            continue
        settings = [
            stage,
            *(one.stages[name] for one in scenario.inflows.values() if name in one.stages),
        ]
        if any(one.stay is not None for one in settings):
            stages.append(name)
    return [
        f"  {name} ends by its stay: visits that come too late lapse, so that contacts become "
        "fewer; it does not grow."
        for name in stages
    ]


def _compile(scenario: Scenario, source: str, is_file: bool) -> None:
    """Translate a scenario and its variants for the engines, which refuse more than the reader.

    Cuts below nothing and calendars without an end are only seen there. Variants are of the file:
    they are not tried on one another, nor on what is set beside it.

    Raises
    ------
    ScenarioError
        With the mistakes of all of them.
    """
    from capsim.plan import compile_plan
    from capsim.scenario.errors import Mistake, ScenarioError

    mistakes: list[Mistake] = []
    for name in (None, *(scenario.variants if is_file else ())):
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
