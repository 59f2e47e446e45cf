"""`capsim compare`: scenarios on the same luck, and what a change makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    ByOption,
    Period,
    PlainOption,
    ReplicationsOption,
    SeedOption,
    overrides_of,
)
from capsim.cli.studies import EVERY, StudyOptions, study_command, with_series
from capsim.cli.text import cautions, heading, period_lines, reading_lines

if TYPE_CHECKING:
    from capsim.experiments import Comparison
    from capsim.scenario import Scenario

BASE = "base"
"""Name of the scenario without a variant."""

DRAWN = 20
"""Replications in the figures over time; the tables have all of them."""

ScenariosArgument = Annotated[
    list[str],
    typer.Argument(metavar="FILE|PRESET...", help="One scenario with variants, or several files."),
]
VariantsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="A variant to compare with the base; may be repeated. Default all of the file.",
    ),
]

BaselineOption = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="NAME",
        help="What the others are compared with, by the name of its column. Default the first.",
    ),
]


@study_command
def compare(
    scenarios: ScenariosArgument,
    n: ReplicationsOption,
    seed: SeedOption,
    variant: VariantsOption = None,
    baseline: BaselineOption = None,
    by: ByOption = None,
    plain: PlainOption = False,
    *,
    options: StudyOptions,
) -> None:
    """Compare scenarios with the same applicants and the same luck.

    The first scenario, or the file without a variant, is what the others are compared with, unless
    --baseline names another. What the change reaches stands first.
    """
    found = _scenarios(scenarios, variant, options.set_)
    from capsim.catalogue.text import PAGE, text_table
    from capsim.experiments import compare as simulate_pairs
    from capsim.experiments.results.compared import compared_table
    from capsim.experiments.results.look import explanation_lines
    from capsim.experiments.results.result import differing_periods

    if baseline is not None and baseline not in found:
        known = ", ".join(map(repr, found))
        raise typer.BadParameter(
            f"{baseline!r} is none of the scenarios; known: {known}", param_hint="'--baseline'"
        )
    with Bar(", ".join(found)) as bar:
        result = simulate_pairs(
            found,
            n=n,
            seed=seed,
            baseline=baseline,
            by=options.periods(by),
            control=0 if plain else "auto",
            progress=bar,
            **options.execution,
        )
    width = shutil.get_terminal_size(fallback=(PAGE, 24)).columns
    table = compared_table(result, width)
    typer.echo(heading(found, n, seed, result.engine))
    typer.echo("\n".join([*text_table(table.rows), *table.below]))
    if by is not None:
        for name, part in result.by().groupby("scenario", sort=False):
            typer.echo("\n".join(["", f"{name}:", *period_lines(part)]))
    typer.echo("")
    typer.echo("\n".join(explanation_lines(measure for _, _, measure in table.keys)))
    typer.echo(
        "± is half of the 95 % interval; pt is a point of a hundred. Differences are from "
        f"{result.baseline!r},\nunder the same luck; (?) marks what these replications do not show "
        "clearly (Holm, 5 %)."
    )
    reading = [*reading_lines(n, found.values()), *result.controlled()]
    typer.echo("\n".join([*differing_periods(found), *reading]))
    cleared = result.cleared()
    for name, scenario in found.items():
        for line in cautions(scenario, scenarios[0], cleared[name]):
            if not line.startswith("Assumptions"):
                typer.echo(f"{name}: {line}")
            elif name == result.baseline:
                typer.echo(line)
    if options.out is not None:
        _write(result, options, by)


def _scenarios(
    files: list[str], variants: list[str] | None, settings: list[str] | None
) -> dict[str, Scenario]:
    """The scenarios to compare, by the names of their columns."""
    overrides = overrides_of(settings)
    from capsim.scenario import load
    from capsim.scenario.errors import all_of

    if len(files) > 1:
        if variants:
            raise typer.BadParameter(
                "variants belong to one file; give one file with --variant, or several without",
                param_hint="'--variant'",
            )
        found: dict[str, Scenario] = {}
        loaded = all_of([partial(load, file) for file in files])
        for file, scenario in zip(files, loaded, strict=True):
            found[_column(scenario.label, file, found)] = scenario
    else:
        base = load(files[0])
        names = list(dict.fromkeys(variants if variants else base.variants))
        if not names:
            raise typer.BadParameter(
                f"{files[0]} has no variants to compare; add [variants.NAME] to it, or give "
                "several files",
                param_hint="'FILE|PRESET...'",
            )
        found = {BASE: base, **{name: base.variant(name) for name in names}}
    if len(found) < 2:
        raise typer.BadParameter("there is only one scenario", param_hint="'FILE|PRESET...'")
    return {
        name: scenario.with_(overrides) if overrides else scenario
        for name, scenario in found.items()
    }


def _column(name: str, file: str, taken: Collection[str]) -> str:
    """Name of a column: that of the scenario, or as much of the path as tells two of a name apart.

    Examples
    --------
    >>> _column("service", "plans/service.toml", ["service"])
    'plans/service'
    """
    parts = Path(file).resolve().with_suffix("").parts[1:]
    tails = ["/".join(parts[-count:]) for count in range(1, len(parts) + 1)]
    return next((text for text in (name, *tails) if text not in taken), file)


def _write(result: Comparison, options: StudyOptions, by: Period | None) -> None:
    """Write tables, figures and manifest of a comparison."""
    from capsim import plots
    from capsim.experiments.results.result import verdicts

    drawn = min(result.n, DRAWN)
    with Bar("figures") as bar:
        over_time = {
            name: with_series(scenario, result, drawn, options, bar)
            for name, scenario in result.scenarios.items()
        }
    starts = {name: scenario.start for name, scenario in result.scenarios.items()}
    with options.results() as files:
        for name, scenario in result.scenarios.items():
            files.scenario(scenario, f"scenario-{name}")
        options.tables(files, result, by, starts)
        files.table(result.differences(), "differences")
        if any(one.has_money for one in result.scenarios.values()):
            files.table(result.money(), "money")
        import pandas as pd

        series = [
            one.series(EVERY, office="all").assign(scenario=name) for name, one in over_time.items()
        ]
        files.table(pd.concat(series, ignore_index=True), "series", starts)
        files.figure(plots.measures(result), "differences")
        files.figure(plots.pathway(over_time[result.baseline]), "pathway")
        for name, (plot, kind, measure) in _OVER_TIME.items():
            for title, figure in _over_time(name, plot, over_time, kind, measure).items():
                files.figure(figure, title)
        files.manifest(
            result.provenance,
            n=result.n,
            seed=result.seed,
            baseline=result.baseline,
            replications_in_figures_over_time=drawn,
            verdicts=verdicts(result.scenarios, result.cleared()),
        )


_OVER_TIME = {
    "queues": ("queues", "stage", "waiting"),
    "pending": ("pending", "stage", "pending"),
    "caseload": ("caseload", "team", "caseload_per_worker"),
}
"""Figures over time: the function of `capsim.plots`, and the series that it draws."""


def _over_time(
    name: str, plot: str, over_time: dict[str, Any], kind: str, measure: str
) -> dict[str, Any]:
    """A figure with one panel for each stage or team that all scenarios have, by its file.

    Too many scenarios for distinct colours have a figure for each stage or team.
    """
    from capsim import plots
    from capsim.plots.style import MOST_LINES, Picture

    draw = getattr(plots, plot)
    frames = [one.series(EVERY, office="all") for one in over_time.values()]
    parts = [frame[(frame["kind"] == kind) & (frame["measure"] == measure)] for frame in frames]
    names = [
        of for of in parts[0]["of"].unique() if all((part["of"] == of).any() for part in parts)
    ]
    if not names:
        return {}
    if len(over_time) > MOST_LINES:
        return {f"{name}-{of}": draw(over_time, of=of, every=EVERY) for of in names}
    figure = Picture(figsize=(7.5, 2.8 * len(names)), layout="constrained")
    for place, of in enumerate(names):
        ax = figure.add_subplot(len(names), 1, place + 1)
        draw(over_time, of=of, every=EVERY, ax=ax)
    return {name: figure}
