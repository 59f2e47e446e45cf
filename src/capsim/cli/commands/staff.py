"""`capsim staff`: how many workers a target needs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    ConfidenceOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
    path_and_value,
    several,
    value_of,
)
from capsim.cli.studies import StudyOptions, finish, study_command

ChoiceOption = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=LOW:HIGH:STEP",
        help="What may be chosen, as in teams.guidance.fte=4:12:0.5; repeated for several.",
    ),
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="CONDITION",
        help="As in 'late_share[investigation] <= 0.05'; all must be met.",
    ),
]
CostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--cost",
        metavar="PATH=NUMBER",
        help="Cost per unit of a path; default 1 per FTE. 'money': all that has a price.",
    ),
]


@study_command
def staff(
    scenario: ScenarioArgument,
    vary: ChoiceOption,
    seed: SeedOption,
    target: TargetOption = None,
    confidence: ConfidenceOption = 0.95,
    cost: CostOption = None,
    most: Annotated[
        int, typer.Option("--most", min=30, help="Replications of one staffing, at most.")
    ] = 1_000,
    variant: VariantOption = None,
    *,
    options: StudyOptions,
) -> None:
    """Find the cheapest staffing that meets a target, and show that a cheaper one does not."""
    choices = several(vary, "--vary", parts=3)
    costs: Any = "money"
    if cost != ["money"]:
        pairs = [path_and_value(one, "--cost") for one in cost or ()]
        costs = {path: value_of(value) for path, value in pairs}
    found = options.scenario(scenario, variant)
    from capsim.experiments import PricedStaffing, find_staffing

    with Bar(found.label) as bar:
        result = find_staffing(
            found,
            choices,
            target or [],
            seed=seed,
            confidence=confidence,
            cost=costs or None,
            max_replications=most,
            progress=bar,
            **options.execution,
        )
    typer.echo(repr(result))
    more = {"staffing": result.staffing, "feasible": result.feasible, "targets": target or []}
    if isinstance(result, PricedStaffing):
        evidence = {"evidence": result.evidence}
        finish(result, result.scenario, scenario, options, evidence, {}, more)
        return
    figures: dict[str, Any] = {}
    tables = {"evidence": result.evidence, "frontier": result.frontier, "grid": result.grid}
    if result.obstacles is not None:
        tables["obstacles"] = result.obstacles
    if options.out is not None:
        from capsim import plots

        for k, one in enumerate(result.targets):
            name = "frontier" if k == 0 else f"frontier-{k + 1}"
            figures[name] = plots.frontier(result, one.text)
        if len(result.paths) > 1:
            figures["map"] = plots.staffing_map(result)
    finish(result, result.scenario, scenario, options, tables, figures, more)
