"""`capsim run`: one scenario, its measures with intervals, its tables and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from capsim.cli.bar import Bar
from capsim.cli.failures import guarded
from capsim.cli.options import (
    Engine,
    EngineOption,
    Format,
    FormatOption,
    JobsOption,
    OutOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    StoreOption,
    VariantOption,
    scenario_of,
)
from capsim.cli.output import check_target, results
from capsim.cli.text import (
    cautions,
    explanation_lines,
    first_look,
    heading,
    reading_lines,
    summary_lines,
)

if TYPE_CHECKING:
    from capsim.experiments import Comparison, Replications
    from capsim.scenario import Scenario

EVERY = "7 days"
"""Intervals of the time series in files and figures."""

DRAWN = 200
"""Replications in the time series; every one of a province takes megabytes."""


@guarded
def run(
    scenario: ScenarioArgument,
    n: ReplicationsOption,
    seed: SeedOption,
    variant: VariantOption = None,
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = Engine.auto,
    store: StoreOption = None,
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Simulate a scenario and print waits, late decisions, queues and caseloads."""
    check_target(out, format)
    found = scenario_of(scenario, variant, set_)
    from capsim.experiments import replicate

    with Bar(found.label) as bar:
        result = replicate(
            found,
            n=n,
            seed=seed,
            engine=engine.value,
            series=EVERY if out is not None and n <= DRAWN else None,
            jobs=jobs,
            store=store,
            progress=bar,
        )
    summary = result.summary()
    keys = first_look(summary, [found])
    typer.echo(heading({found.label: found}, result.n, seed, result.engine))
    typer.echo("\n".join(summary_lines(summary, keys, result)))
    typer.echo("")
    typer.echo("\n".join(explanation_lines(measure for _, _, measure in keys)))
    for line in (*reading_lines(result.n), *cautions(found, scenario)):
        typer.echo(line)
    if out is not None:
        write(result, out, format, jobs=jobs, store=store)
        typer.echo(f"Written to {out}")


def write(
    result: Replications, target: Path, format: Format, *, jobs: int | None, store: Path | None
) -> None:
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
            over_time = with_series(
                result.scenario, result, DRAWN, jobs=jobs, store=store, progress=bar
            )
    one = simulate(result.scenario, seed=result.seed, replication=0, engine=result.engine)
    series = over_time.series(every=EVERY)
    with results(target, format) as files:
        files.scenario(result.scenario)
        files.table(result.summary(), "summary")
        files.table(result.values(office="all"), "values")
        files.table(series, "series")
        for name in ("cases", "stays", "visits", "workers"):
            files.table(getattr(one, name), name)
        files.figure(plots.pathway(result.scenario), "pathway")
        files.figure(plots.queues(over_time, every=EVERY), "queues")
        files.figure(plots.caseload(over_time, every=EVERY), "caseload")
        files.manifest(
            result.provenance,
            n=result.n,
            seed=result.seed,
            tables_of_replication=0,
            replications_in_series=over_time.n,
            warnings=result.scenario.check(),
            verdict=verdict_line(result.scenario),
        )


def with_series(
    scenario: Scenario,
    result: Replications | Comparison,
    n: int,
    *,
    jobs: int | None,
    store: Path | None,
    progress: Bar,
) -> Replications:
    """The first replications of a scenario of a result once more, with the time series of each."""
    from capsim.experiments import replicate

    return replicate(
        scenario,
        n=n,
        seed=result.seed,
        engine=result.engine,
        series=EVERY,
        jobs=jobs,
        store=store,
        progress=progress,
    )
