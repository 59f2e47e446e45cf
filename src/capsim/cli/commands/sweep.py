"""`capsim sweep`: how the outcome depends on a setting."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    PlainOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
    path_and_value,
    value_of,
)
from capsim.cli.studies import StudyOptions, study_command
from capsim.cli.text import heading, reading_lines, remarks

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.reacting import Key

VaryOption = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=V1,V2,...",
        help="Values of one setting, as in teams.guidance.fte=4,5,6; repeated for a grid.",
    ),
]
MeasureOption = Annotated[
    list[str] | None,
    typer.Option(
        "--measure", metavar="NAME[OF]", help="What to print, as in late_share[investigation]."
    ),
]


def grid_of(texts: list[str]) -> dict[str, list[Any]]:
    """Paths and values of the ``--vary`` options.

    Examples
    --------
    >>> grid_of(["teams.guidance.fte=4,5.5", "inflows.reform.lag=10 days,30 days"])
    {'teams.guidance.fte': [4, 5.5], 'inflows.reform.lag': ['10 days', '30 days']}
    """
    grid: dict[str, list[Any]] = {}
    for text in texts:
        path, value = path_and_value(text, "--vary")
        if path in grid:
            raise typer.BadParameter(
                f"{path!r} is varied twice; give all its values at once", param_hint="'--vary'"
            )
        whole = value_of(f"[{value}]")
        parts = (
            whole if isinstance(whole, list) else [value_of(v.strip()) for v in value.split(",")]
        )
        if not parts:
            raise typer.BadParameter(f"{path!r} has no value", param_hint="'--vary'")
        grid[path] = parts
    return grid


@study_command
def sweep(
    scenario: ScenarioArgument,
    vary: VaryOption,
    n: ReplicationsOption,
    seed: SeedOption,
    measure: MeasureOption = None,
    variant: VariantOption = None,
    plain: PlainOption = False,
    *,
    options: StudyOptions,
) -> None:
    """Simulate a scenario at every point of a grid, on the same luck."""
    grid = grid_of(vary)
    found = options.scenario(scenario, variant)
    from capsim.catalogue.text import PAGE, text_table
    from capsim.experiments import sweep as simulate_points
    from capsim.experiments.results.look import explanation_lines
    from capsim.experiments.results.result import verdicts

    with Bar(found.label) as bar:
        result = simulate_points(
            found,
            grid,
            n=n,
            seed=seed,
            control=0 if plain else "auto",
            progress=bar,
            **options.execution,
        )
    summary = result.summary()
    columns = shutil.get_terminal_size(fallback=(PAGE, 24)).columns
    table = result.table(_chosen(summary, measure), width=columns)
    typer.echo(heading({found.label: found}, result.n, seed, result.engine))
    typer.echo("\n".join(text_table(table.rows)))
    typer.echo("")
    typer.echo("\n".join([*explanation_lines(name for _, _, name in table.keys), *table.below]))
    points = {sample.label: sample.scenario for sample in result.samples}
    cleared = {sample.label: sample.cleared for sample in result.samples}
    for line in (
        *reading_lines(result.n, [found]),
        *result.controlled(table.keys),
        *verdicts(points, cleared),
        *remarks(found, scenario),
    ):
        typer.echo(line)
    if options.out is not None:
        with options.results() as files:
            files.scenario(found)
            start = None if "start" in grid else found.start
            files.summaries(summary, start)
            files.table(result.values(office="all"), "values", start)
            files.manifest(result.provenance, n=result.n, seed=seed, grid=grid)


def _chosen(summary: pd.DataFrame, wanted: list[str] | None) -> list[Key]:
    """Kind, of and measure of the columns that were asked for."""
    from capsim.catalogue import Selector
    from capsim.catalogue.meant import of_the_whole_service

    whole = of_the_whole_service(summary)
    keys = []
    for text in wanted or ():
        try:
            row = Selector.parse(text).find(whole).iloc[0]
        except (KeyError, ValueError) as error:
            raise typer.BadParameter(str(error.args[0]), param_hint="'--measure'") from None
        keys.append((str(row["kind"]), str(row["of"]), str(row["measure"])))
    return keys
