"""`capsim uncertainty`: what is not known, beside luck."""

from __future__ import annotations

from typing import Annotated

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    ConfidenceOption,
    InputOption,
    MeasuresOption,
    RowReplicationsOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
    several,
)
from capsim.cli.studies import StudyOptions, figures_of, finish, not_judged, study_command


@study_command
def uncertainty(
    scenario: ScenarioArgument,
    inputs: InputOption,
    measure: MeasuresOption,
    samples: Annotated[int, typer.Option("--samples", min=10, help="Draws of the inputs.")],
    n: RowReplicationsOption,
    seed: SeedOption,
    confidence: ConfidenceOption = 0.95,
    variant: VariantOption = None,
    *,
    options: StudyOptions,
) -> None:
    """Say how uncertain the outcome is because the inputs are, beside luck."""
    spans = several(inputs, "--input", parts=2)
    found = options.scenario(scenario, variant)
    from capsim.experiments import uncertainty as analyse

    with Bar(found.label) as bar:
        result = analyse(
            found,
            spans,
            measure,
            samples=samples,
            replications=n,
            seed=seed,
            confidence=confidence,
            progress=bar,
            **options.execution,
        )
    typer.echo(repr(result))
    typer.echo(not_judged(result.samples, "draw"))
    tables = {"intervals": result.intervals, "shares": result.shares, "values": result.values()}
    figures = {} if options.out is None else figures_of(result, "uncertainty")
    finish(result, found, scenario, options, tables, figures, {"inputs": inputs})
