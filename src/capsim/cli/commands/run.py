"""`capsim run`: one scenario, its measures with intervals, its tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    ByOption,
    Format,
    Period,
    PlainOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
)
from capsim.cli.studies import EVERY, StudyOptions, study_command, with_series
from capsim.cli.text import cautions, heading, period_lines, reading_lines

if TYPE_CHECKING:
    from capsim.experiments import Replications

DRAWN = 200
"""Replications in the time series; every one of a province takes megabytes."""


@study_command
def run(
    scenario: ScenarioArgument,
    n: ReplicationsOption,
    seed: SeedOption,
    variant: VariantOption = None,
    by: ByOption = None,
    plain: PlainOption = False,
    *,
    options: StudyOptions,
) -> None:
    """Simulate a scenario and print waits, late decisions, queues and caseloads."""
    found = options.scenario(scenario, variant)
    from capsim.catalogue.text import text_table
    from capsim.experiments import replicate
    from capsim.experiments.results.look import explanation_lines, first_look, summary_table

    with Bar(found.label) as bar:
        result = replicate(
            found,
            n=n,
            seed=seed,
            series=EVERY if options.out is not None and n <= DRAWN else None,
            by=options.periods(by),
            control=0 if plain else "auto",
            progress=bar,
            **options.execution,
        )
    summary = result.summary()
    keys = first_look(summary, [found])
    typer.echo(heading({found.label: found}, result.n, seed, result.engine))
    typer.echo("\n".join(text_table(summary_table(summary, keys, result))))
    if by is not None:
        typer.echo("\n".join(["", *period_lines(result.by())]))
    typer.echo("")
    typer.echo("\n".join(explanation_lines(measure for _, _, measure in keys)))
    lines = [*reading_lines(result.n, [found]), *result.controlled()]
    for line in (*lines, *cautions(found, scenario, result.cleared())):
        typer.echo(line)
    if options.out is not None:
        _write(result, options, by)


def _write(result: Replications, options: StudyOptions, by: Period | None) -> None:
    """Write tables, figures and manifest of replications.

    The tables of cases, stays, visits and workers are those of replication 0, a history that can be
    read; summary and values (of all offices together) are of all replications, series of the first
    200.
    """
    from capsim import plots
    from capsim.runs.simulate import simulate
    from capsim.runs.verdict import verdict_line

    over_time = result
    if result.n > DRAWN:
        with Bar("series") as bar:
            over_time = with_series(result.scenario, result, DRAWN, options, bar)
    one = simulate(result.scenario, seed=result.seed, replication=0, engine=result.engine)
    series = over_time.series(every=EVERY)
    start = result.scenario.start
    tables = one if options.format is Format.parquet else one.with_dates()
    with options.results() as files:
        files.scenario(result.scenario)
        options.tables(files, result, by, start)
        files.table(series, "series", start)
        if result.scenario.has_money:
            files.table(result.money(), "money")
        for name in ("cases", "stays", "visits", "workers"):
            files.table(getattr(tables, name), name)
        files.figure(plots.pathway(result), "pathway")
        files.figure(plots.queues(over_time, every=EVERY), "queues")
        if (series["measure"] == "pending").any():
            files.figure(plots.pending(over_time, every=EVERY), "pending")
        files.figure(plots.caseload(over_time, every=EVERY), "caseload")
        files.manifest(
            result.provenance,
            n=result.n,
            seed=result.seed,
            tables_of_replication=0,
            replications_in_series=over_time.n,
            warnings=result.scenario.check(),
            verdict=verdict_line(result.scenario, result.cleared()),
        )
