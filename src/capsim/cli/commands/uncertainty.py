"""`capsim uncertainty`: what is not known, beside luck."""

from __future__ import annotations

from typing import Annotated

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    ConfidenceOption,
    RowReplicationsOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
    several,
)
from capsim.cli.studies import StudyOptions, figures_of, finish, not_judged, study_command

SAMPLES = 100
"""Draws where nobody says how many."""

InputsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="PATH=LOW:HIGH",
        help="An uncertain setting: two ends as in inflows.reform.take_up=0.2:0.5, values with "
        "commas, or a law in TOML; repeated for several. Default those of [uncertain].",
    ),
]
MeasureOption = Annotated[
    list[str] | None,
    typer.Option(
        "--measure",
        metavar="NAME[OF]",
        help="As in late_share[investigation]; may be repeated. Default a first look.",
    ),
]


@study_command
def uncertainty(
    scenario: ScenarioArgument,
    n: RowReplicationsOption,
    seed: SeedOption,
    inputs: InputsOption = None,
    measure: MeasureOption = None,
    samples: Annotated[
        int, typer.Option("--samples", min=10, help="Draws of the inputs.")
    ] = SAMPLES,
    confidence: ConfidenceOption = 0.95,
    variant: VariantOption = None,
    *,
    options: StudyOptions,
) -> None:
    """Say how uncertain the outcome is because the inputs are, beside luck.

    Without --input the inputs are those of the table [uncertain] of the scenario.
    """
    spans = several(inputs, "--input", parts=2) if inputs else None
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
    finish(
        result,
        found,
        scenario,
        options,
        tables,
        figures,
        {"inputs": spans or found.uncertain_inputs},
    )
