"""How many workers, and which assumption matters: staff, sensitivity and uncertainty."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    ScenarioArgument,
    SeedOption,
    SetOption,
    StoreOption,
    VariantOption,
    path_and_value,
    scenario_of,
    value_of,
)
from capsim.cli.output import check_target, results
from capsim.cli.text import cautions

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario


class Method(StrEnum):
    """Which sensitivity analysis."""

    oat = "oat"
    morris = "morris"
    sobol = "sobol"


InputOption = Annotated[
    list[str],
    typer.Option(
        "--input",
        metavar="PATH=LOW:HIGH",
        help="An uncertain setting: two ends as in inflows.reform.take_up=0.2:0.5, values with "
        "commas, or a law in TOML; repeated for several.",
    ),
]
MeasuresOption = Annotated[
    list[str],
    typer.Option(
        "--measure", metavar="NAME[OF]", help="As in late_share[investigation]; may be repeated."
    ),
]
ChoiceOption = Annotated[
    list[str],
    typer.Option(
        "--vary",
        metavar="PATH=LOW:HIGH:STEP",
        help="What may be chosen, as in teams.guidance.fte=4:12:0.5; repeated for several.",
    ),
]
TargetOption = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="CONDITION",
        help="As in 'late_share[investigation] <= 0.05'; all must be met.",
    ),
]
CostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--cost", metavar="PATH=NUMBER", help="Cost per unit of a path; default 1 per FTE."
    ),
]
ConfidenceOption = Annotated[
    float, typer.Option("--confidence", min=0.5, max=0.9999, help="Of what is said.")
]
RowReplicationsOption = Annotated[
    int,
    typer.Option(
        "-n",
        "--replications",
        min=1,
        max=10**8,
        help="Replications of each set of inputs.",
    ),
]


def values_of(text: str, option: str, *, parts: int) -> tuple[str, Any]:
    """Path and values: a span (a tuple), values with commas (a list), or a table.

    Parameters
    ----------
    text : str
        Such as ``teams.guidance.fte=4:12:0.5``.
    option : str
        For messages.
    parts : int
        Of a span: two ends, or two ends and a step.

    Examples
    --------
    >>> values_of("inflows.reform.take_up=0.2:0.5", "--input", parts=2)
    ('inflows.reform.take_up', (0.2, 0.5))
    >>> values_of("teams.guidance.discipline=fifo,deadline", "--input", parts=2)
    ('teams.guidance.discipline', ['fifo', 'deadline'])
    """
    path, value = path_and_value(text, option)
    whole = value_of(value)
    if isinstance(whole, list | dict):
        return path, whole
    ends = value.split(":")
    if len(ends) == parts and all(end.strip() for end in ends):
        return path, tuple(_plain(end) for end in ends)
    if len(ends) > 1:
        raise typer.BadParameter(
            f"{text!r}: write {'LOW:HIGH:STEP' if parts == 3 else 'LOW:HIGH'} or values with "
            "commas",
            param_hint=f"'{option}'",
        )
    return path, [_plain(one) for one in value.split(",")]


def _plain(text: str) -> Any:
    value = value_of(text.strip())
    # Dates stay texts, as experiments take them.
    return value if isinstance(value, str | int | float | bool) else text.strip()


def _several(texts: list[str], option: str, *, parts: int) -> dict[str, Any]:
    pairs = [values_of(text, option, parts=parts) for text in texts]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise typer.BadParameter("one path is given twice", param_hint=f"'{option}'")
    return found


@guarded
def staff(
    scenario: ScenarioArgument,
    vary: ChoiceOption,
    target: TargetOption,
    seed: SeedOption,
    confidence: ConfidenceOption = 0.95,
    cost: CostOption = None,
    most: Annotated[
        int, typer.Option("--most", min=30, help="Replications of one staffing, at most.")
    ] = 1_000,
    variant: VariantOption = None,
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = Engine.auto,
    store: StoreOption = None,
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Find the cheapest staffing that meets a target, and show that a cheaper one does not."""
    check_target(out, format)
    choices = _several(vary, "--vary", parts=3)
    costs = {
        path: value_of(value) for path, value in (path_and_value(c, "--cost") for c in cost or ())
    }
    found = scenario_of(scenario, variant, set_)
    from capsim.experiments import find_staffing

    with Bar(found.label) as bar:
        result = find_staffing(
            found,
            choices,
            target,
            seed=seed,
            confidence=confidence,
            cost=costs or None,
            max_replications=most,
            engine=engine.value,
            jobs=jobs,
            store=store,
            progress=bar,
        )
    typer.echo(repr(result))
    figures: dict[str, Any] = {}
    tables = {"evidence": result.evidence, "frontier": result.frontier, "grid": result.grid}
    if result.obstacles is not None:
        tables["obstacles"] = result.obstacles
    if out is not None:
        from capsim import plots

        for k, one in enumerate(result.targets):
            name = "frontier" if k == 0 else f"frontier-{k + 1}"
            figures[name] = plots.frontier(result, one.text)
        if len(result.paths) > 1:
            figures["map"] = plots.staffing_map(result)
    more = {"staffing": result.staffing, "feasible": result.feasible, "targets": target}
    _finish(result, result.scenario, scenario, tables, out, format, more, figures)


@guarded
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
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = Engine.auto,
    store: StoreOption = None,
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Say which input the outcome depends on, and how much of it is luck."""
    check_target(out, format)
    spans = _several(inputs, "--input", parts=2)
    found = scenario_of(scenario, variant, set_)
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
            engine=engine.value,
            jobs=jobs,
            store=store,
            progress=bar,
        )
    typer.echo(repr(result))
    typer.echo(_not_judged(len(result.design), "row"))
    tables = {"indices": result.indices, "noise": result.noise, "values": result.values()}
    plot = {"oat": "tornado", "morris": "morris", "sobol": "sobol"}[method.value]
    figures = {} if out is None else _figures(result, plot)
    _finish(result, found, scenario, tables, out, format, {"inputs": inputs}, figures)


@guarded
def uncertainty(
    scenario: ScenarioArgument,
    inputs: InputOption,
    measure: MeasuresOption,
    samples: Annotated[int, typer.Option("--samples", min=10, help="Draws of the inputs.")],
    n: RowReplicationsOption,
    seed: SeedOption,
    confidence: ConfidenceOption = 0.95,
    variant: VariantOption = None,
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = Engine.auto,
    store: StoreOption = None,
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Say how uncertain the outcome is because the inputs are, beside luck."""
    check_target(out, format)
    spans = _several(inputs, "--input", parts=2)
    found = scenario_of(scenario, variant, set_)
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
            engine=engine.value,
            jobs=jobs,
            store=store,
            progress=bar,
        )
    typer.echo(repr(result))
    typer.echo(_not_judged(result.samples, "draw"))
    tables = {"intervals": result.intervals, "shares": result.shares, "values": result.values()}
    figures = {} if out is None else _figures(result, "uncertainty")
    _finish(result, found, scenario, tables, out, format, {"inputs": inputs}, figures)


def _figures(result: Any, plot: str) -> dict[str, Any]:
    """A figure of this kind for each measure that has a number to draw."""
    from capsim import plots

    frame = result.to_frame()
    there = set(frame.loc[frame["value"].notna(), "measure"])
    return {
        f"{plot}-{re.sub(r'[^A-Za-z0-9_]+', '-', measure).strip('-')}": getattr(plots, plot)(
            result, measure
        )
        for measure in result.measures
        if measure in there
    }


def _not_judged(number: int, noun: str) -> str:
    """What a reader should know about scenarios so many that theory would take too long.

    Examples
    --------
    >>> _not_judged(96, "row")
    'Overload is judged of the scenario as it is; any of the 96 rows may be overloaded.'
    """
    from capsim.scenario.errors import counted

    return (
        f"Overload is judged of the scenario as it is; any of the {counted(number, noun)} may be "
        "overloaded."
    )


def _finish(
    result: Any,
    found: Scenario,
    name: str,
    tables: dict[str, pd.DataFrame],
    out: Path | None,
    format: Format,
    more: dict[str, Any],
    figures: dict[str, Any],
) -> None:
    """Cautions after the table, and the files."""
    for line in cautions(found, name):
        typer.echo(line)
    if out is None:
        return
    with results(out, format) as files:
        files.scenario(found)
        for title, frame in tables.items():
            files.table(frame, title)
        for title, figure in figures.items():
            files.figure(figure, title)
        files.manifest(result.provenance, **json.loads(json.dumps(more, default=str)))
    typer.echo(f"Written to {out}")
