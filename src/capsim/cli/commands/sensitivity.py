"""`capsim sensitivity`: which assumption matters."""

from __future__ import annotations

from enum import StrEnum
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


class Method(StrEnum):
    """Which sensitivity analysis."""

    oat = "oat"
    morris = "morris"
    sobol = "sobol"


@study_command
def sensitivity(
    scenario: ScenarioArgument,
    inputs: InputOption,
    measure: MeasuresOption,
    method: Annotated[Method, typer.Option("--method", help="Which analysis.")],
    n: RowReplicationsOption,
    seed: SeedOption,
    points: Annotated[
        int | None,
        typer.Option(
            "--points",
            min=1,
            help="Base rows of sobol (a power of 2), trajectories of morris, values of oat.",
        ),
    ] = None,
    confidence: ConfidenceOption = 0.95,
    variant: VariantOption = None,
    *,
    options: StudyOptions,
) -> None:
    """Say which input the outcome depends on, and how much of it is luck."""
    spans = several(inputs, "--input", parts=2)
    found = options.scenario(scenario, variant)
    from capsim.experiments import sensitivity as analyse

    with Bar(found.label) as bar:
        result = analyse(
            found,
            spans,
            measure,
            method=method.value,
            points=points,
            replications=n,
            seed=seed,
            confidence=confidence,
            progress=bar,
            **options.execution,
        )
    typer.echo(repr(result))
    typer.echo(not_judged(len(result.design), "row"))
    tables = {"indices": result.indices, "noise": result.noise, "values": result.values()}
    plot = {"oat": "tornado", "morris": "morris", "sobol": "sobol"}[method.value]
    figures = {} if options.out is None else figures_of(result, plot)
    finish(result, found, scenario, options, tables, figures, {"inputs": inputs})
