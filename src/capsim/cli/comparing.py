"""`capsim compare`: scenarios on the same luck, and what a change makes of it."""

from __future__ import annotations

from collections.abc import Callable
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
    ReplicationsOption,
    SeedOption,
    SetOption,
    StoreOption,
    overrides_of,
)
from capsim.cli.output import check_target, results
from capsim.cli.running import EVERY, whole_service
from capsim.cli.words import (
    Key,
    aligned,
    cautions,
    explanation_lines,
    first_look,
    heading,
    text_of,
    with_headings,
)

if TYPE_CHECKING:
    from capsim.experiments import Comparison
    from capsim.scenario import Scenario

BASE = "base"
"""Name of the scenario without a variant."""

CLEAR = 0.05
"""Holm-adjusted p value above which a difference is called unclear."""

SIDE_BY_SIDE = 3
"""Most scenarios beside the baseline that a table shows in columns."""

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


@guarded
def compare(
    scenarios: ScenariosArgument,
    n: ReplicationsOption,
    seed: SeedOption,
    variant: VariantsOption = None,
    set_: SetOption = None,
    jobs: JobsOption = None,
    engine: EngineOption = Engine.auto,
    store: StoreOption = None,
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Compare scenarios with the same applicants and the same luck.

    The first scenario, or the file without a variant, is what the others are compared with.
    """
    check_target(out, format)
    found = _scenarios(scenarios, variant, set_)
    from capsim.experiments import compare as simulate_pairs

    with Bar(", ".join(found)) as bar:
        result = simulate_pairs(
            found, n=n, seed=seed, engine=engine.value, jobs=jobs, store=store, progress=bar
        )
    keys = _shared(result)
    typer.echo(heading(found, n, seed, result.engine))
    typer.echo("\n".join(_lines(result, keys)))
    typer.echo("")
    typer.echo("\n".join(explanation_lines(measure for _, _, measure in keys)))
    typer.echo(
        f"Differences are from {result.baseline!r}, ± half of the 95 % interval; pt is a point of "
        "a hundred.\n(?) marks what these replications do not show clearly (Holm, 5 %)."
    )
    for name, scenario in found.items():
        for line in cautions(scenario, scenarios[0]):
            if not line.startswith("Assumptions"):
                typer.echo(f"{name}: {line}")
            elif name == result.baseline:
                typer.echo(line)
    if out is not None:
        _write(result, out, format, jobs=jobs, store=store)
        typer.echo(f"Written to {out}")


def _scenarios(
    files: list[str], variants: list[str] | None, settings: list[str] | None
) -> dict[str, Scenario]:
    """The scenarios to compare, by the names of their columns."""
    overrides = overrides_of(settings)
    from capsim.scenario import load

    if len(files) > 1:
        if variants:
            raise typer.BadParameter(
                "variants belong to one file; give one file with --variant, or several without",
                param_hint="'--variant'",
            )
        found: dict[str, Scenario] = {}
        for file in files:
            scenario = load(file)
            # Two files may bear one name, but not one path.
            found[scenario.name if scenario.name not in found else file] = scenario
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


def _shared(result: Comparison) -> list[Key]:
    """What the table shows: the first look of the baseline, where every scenario has it."""
    summary = result.summary()
    tables = [set(first_look(part)) for _, part in summary.groupby("scenario", sort=False)]
    return [
        key
        for key in first_look(summary[summary["scenario"] == result.baseline])
        if all(key in table for table in tables)
    ]


def _lines(result: Comparison, keys: list[Key]) -> list[str]:
    """The table: side by side while that can be read, else the scenarios below each other."""
    selectors = [_selector(key) for key in keys]
    means = _by_key(result.summary(*selectors).to_dict("records"))
    found = _by_key(result.differences(*selectors).to_dict("records"))
    baseline = result.scenarios[result.baseline]
    others = [name for name in result.scenarios if name != result.baseline]

    def cells(name: str, key: Key) -> list[str]:
        mean = text_of(float(means[name, key]["mean"]), key[2], baseline)
        if name == result.baseline:
            return [mean]
        return [mean, _difference(found.get((name, key)), key[2])]

    if len(others) > SIDE_BY_SIDE:
        return _stacked_lines(list(result.scenarios), keys, cells)
    from capsim.measures.labels import label

    rows = [["", result.baseline, *(word for name in others for word in (name, "difference"))]]
    for key in keys:
        row = [f"  {label(key[2]).title}"]
        for name in (result.baseline, *others):
            row += cells(name, key)
        rows.append(row)
    return with_headings(aligned(rows), keys)


def _stacked_lines(
    names: list[str], keys: list[Key], cells: Callable[[str, Key], list[str]]
) -> list[str]:
    """A row for each scenario, below the name of the measure."""
    from capsim.measures.labels import label

    rows, places = [["", "mean", "difference"]], []
    for key in keys:
        rows.append([f"  {label(key[2]).title}", "", ""])
        rows += [[f"    {name}", *cells(name, key), ""][:3] for name in names]
        places += [key] * (1 + len(names))
    return with_headings(aligned(rows), places)


def _selector(key: Key) -> Any:
    from capsim.measures import Selector

    kind, of, measure = key
    return str(Selector(measure, of, kind=kind))


def _by_key(records: list[dict[Any, Any]]) -> dict[tuple[str, Key], dict[Any, Any]]:
    return {
        (str(row["scenario"]), (str(row["kind"]), str(row["of"]), str(row["measure"]))): row
        for row in records
    }


def _difference(row: dict[Any, Any] | None, measure: str) -> str:
    """Difference with the half-width of its interval, in the unit of the mean beside it."""
    if row is None or float(row["difference"]) != float(row["difference"]):
        return ""
    from capsim.measures.labels import label, show

    unit = label(measure).unit
    middle, half = float(row["difference"]), (float(row["upper"]) - float(row["lower"])) / 2
    if middle == half == 0:
        return "the same"
    text = f"{'-' if middle < 0 else '+'}{show(abs(middle), unit)}"
    if half == half:
        text = f"{text.removesuffix(' %')} ± {show(half, unit)}"
    if unit == "share":
        text = text.replace(" %", " pt")
    p = float(row["p_holm"])
    return f"{text} (?)" if p == p and p > CLEAR else text


def _write(
    result: Comparison, target: Path, format: Format, *, jobs: int | None, store: Path | None
) -> None:
    """Write tables, figures and manifest of a comparison."""
    from capsim import plots
    from capsim.experiments import replicate

    drawn = min(result.n, DRAWN)
    over_time = {}
    with Bar("figures") as bar:
        for name, scenario in result.scenarios.items():
            over_time[name] = replicate(
                scenario,
                n=drawn,
                seed=result.seed,
                engine=result.engine,
                series=EVERY,
                jobs=jobs,
                store=store,
                progress=bar,
            )
    with results(target, format) as files:
        for name, scenario in result.scenarios.items():
            files.scenario(scenario, f"scenario-{name}")
        files.table(result.summary(), "summary")
        files.table(result.differences(), "differences")
        files.table(whole_service(result.values()), "values")
        import pandas as pd

        series = [
            one.series(EVERY, office="all").assign(scenario=name) for name, one in over_time.items()
        ]
        files.table(pd.concat(series, ignore_index=True), "series")
        files.figure(plots.measures(result), "differences")
        files.figure(plots.pathway(result.scenarios[result.baseline]), "pathway")
        files.figure(_stacked(plots.queues, over_time, "stage", "waiting"), "queues")
        files.figure(_stacked(plots.caseload, over_time, "team", "caseload_per_worker"), "caseload")
        files.manifest(
            result.provenance,
            n=result.n,
            seed=result.seed,
            baseline=result.baseline,
            replications_in_figures_over_time=drawn,
        )


def _stacked(plot: Any, over_time: dict[str, Any], kind: str, measure: str) -> Any:
    """A figure with one panel for each stage or team that all scenarios have."""
    from capsim.plots.style import Picture

    frames = [one.series(EVERY, office="all") for one in over_time.values()]
    parts = [frame[(frame["kind"] == kind) & (frame["measure"] == measure)] for frame in frames]
    names = [
        of for of in parts[0]["of"].unique() if all((part["of"] == of).any() for part in parts)
    ]
    figure = Picture(figsize=(7.5, 2.8 * len(names)), layout="constrained")
    for place, of in enumerate(names):
        ax = figure.add_subplot(len(names), 1, place + 1)
        plot(over_time, of=of, every=EVERY, ax=ax)
    return figure
