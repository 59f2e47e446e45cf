"""`capsim compare`: scenarios on the same luck, and what a change makes of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import ByOption, Period, ReplicationsOption, SeedOption, overrides_of
from capsim.cli.studies import EVERY, StudyOptions, study_command, with_series
from capsim.cli.text import (
    CLEAR_DAY,
    Key,
    cautions,
    clearings,
    estimate_of,
    explanation_lines,
    first_look,
    has_waves,
    heading,
    period_lines,
    reading_lines,
    with_headings,
)

if TYPE_CHECKING:
    from capsim.experiments import Comparison
    from capsim.scenario import Scenario

BASE = "base"
"""Name of the scenario without a variant."""

CLEAR = 0.05
"""Holm-adjusted p value above which a difference is called unclear."""

PAGE = 80
"""Columns of the table where the width of the terminal is unknown, as in a file."""

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
    *,
    options: StudyOptions,
) -> None:
    """Compare scenarios with the same applicants and the same luck.

    The first scenario, or the file without a variant, is what the others are compared with, unless
    --baseline names another. What the change reaches stands first.
    """
    found = _scenarios(scenarios, variant, options.set_)
    from capsim.experiments import compare as simulate_pairs
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
            progress=bar,
            **options.execution,
        )
    keys, same = _shared(result)
    typer.echo(heading(found, n, seed, result.engine))
    typer.echo("\n".join(_table(result, keys)))
    if same:
        typer.echo(f"The same in all scenarios, to the last case: {', '.join(same)}.")
    if by is not None:
        for name, table in result.by().groupby("scenario", sort=False):
            typer.echo("\n".join(["", f"{name}:", *period_lines(table)]))
    typer.echo("")
    typer.echo("\n".join(explanation_lines(measure for _, _, measure in keys)))
    typer.echo(
        "± is half of the 95 % interval; pt is a point of a hundred. Differences are from "
        f"{result.baseline!r},\nunder the same luck; (?) marks what these replications do not show "
        "clearly (Holm, 5 %)."
    )
    typer.echo("\n".join([*differing_periods(found), *reading_lines(n, found.values())]))
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


def _shared(result: Comparison) -> tuple[list[Key], list[str]]:
    """What the table shows, and the stages and teams in which nothing differs.

    The first look of the baseline, where every scenario has it; without those stages and teams
    that no change reaches, unless that were all of them.
    """
    summary = result.summary()
    tables = {
        name: first_look(part, result.scenarios.values())
        for name, part in summary.groupby("scenario", sort=False)
    }
    keys = [
        key for key in tables[result.baseline] if all(key in table for table in tables.values())
    ]
    reached = {(kind, of) for kind, of, _ in result.reacting}
    shown = [key for key in keys if key[:2] in reached]
    if not shown:
        return keys, []
    same = dict.fromkeys(f"{kind} {of}" for kind, of, _ in keys if (kind, of) not in reached)
    return shown, list(same)


@dataclass(frozen=True)
class _Line:
    """One row of the table: of a stage or team, with the cells of each scenario.

    Attributes
    ----------
    key : Key
    title : str
    means, differences : dict
        By scenario; what is not there is left empty.
    """

    key: Key
    title: str
    means: dict[str, str]
    differences: dict[str, str]


def _table(result: Comparison, keys: list[Key]) -> list[str]:
    """The table: side by side if the terminal is wide enough, else below each other."""
    from capsim.catalogue.text import text_table

    lines = _lines(result, keys)
    names, folded = _folded(result, lines)
    rows = [["", *(word for name in names for word in _columns(name, result.baseline))]]
    for line in lines:
        row = [f"  {line.title}"]
        for name in names:
            row.append(line.means.get(name, ""))
            if name != result.baseline:
                row.append(line.differences.get(name, ""))
        rows.append(row)
    table = with_headings(text_table(rows), [line.key for line in lines])
    if max(map(len, table)) > shutil.get_terminal_size(fallback=(PAGE, 24)).columns:
        table = _stacked_lines(names, lines)
    return [*table, *folded]


def _folded(result: Comparison, lines: list[_Line]) -> tuple[list[str], list[str]]:
    """The baseline and each column that is not one of the others again, and a line about those."""
    names = [result.baseline]
    columns: dict[tuple[str, ...], str] = {}
    folded = []
    for name in result.scenarios:
        if name == result.baseline:
            continue
        column = tuple(
            cells.get(name, "") for one in lines for cells in (one.means, one.differences)
        )
        if column in columns:
            folded.append(f"{name}: the same as {columns[column]} in every row.")
        else:
            columns[column] = name
            names.append(name)
    return names, folded


def _columns(name: str, baseline: str) -> list[str]:
    return [name] if name == baseline else [name, "difference"]


def _lines(result: Comparison, keys: list[Key]) -> list[_Line]:
    """The rows, each estimate with the half-width of its interval."""
    from capsim.catalogue.shown import title_with_unit

    selectors = [_selector(key) for key in keys]
    means = _by_key(result.summary(*selectors).to_dict("records"))
    found = _by_key(result.differences(*selectors).to_dict("records"))
    lines = []
    for key in keys:
        if key[2] == CLEAR_DAY:
            lines += _clearing_lines(result, key)
            continue
        lines.append(
            _Line(
                key,
                title_with_unit(key[2]),
                {name: estimate_of(means[name, key], key[2]) for name in result.scenarios},
                {name: _difference(found.get((name, key)), key[2]) for name in result.scenarios},
            )
        )
    return lines


def _clearing_lines(result: Comparison, key: Key) -> list[_Line]:
    """When the backlog was cleared, of the scenarios that have a wave."""
    values = result.values(_selector(key))
    columns = {
        name: clearings(values[values["scenario"] == name])[key[1]].cells(scenario.start)
        for name, scenario in result.scenarios.items()
        if has_waves(scenario)
    }
    titles = dict.fromkeys(title for cells in columns.values() for title in cells)
    return [
        _Line(key, title, {name: cells.get(title, "") for name, cells in columns.items()}, {})
        for title in titles
    ]


def _stacked_lines(names: list[str], lines: list[_Line]) -> list[str]:
    """A row for each scenario, below the name of the measure."""
    from capsim.catalogue.text import text_table

    rows, places = [["", "mean", "difference"]], []
    for line in lines:
        rows.append([f"  {line.title}", "", ""])
        shown = [name for name in names if line.means.get(name)]
        rows += [
            [f"    {name}", line.means[name], line.differences.get(name, "")] for name in shown
        ]
        places += [line.key] * (1 + len(shown))
    return with_headings(text_table(rows), places)


def _selector(key: Key) -> Any:
    from capsim.catalogue import Selector

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
    from capsim.catalogue.shown import estimate

    middle, lower, upper = (float(row[name]) for name in ("difference", "lower", "upper"))
    if middle == lower == upper == 0:
        return "the same"
    text = estimate(measure, middle, lower, upper, signed=True)
    p = float(row["p_holm"])
    is_nothing = not text.strip("0. ±pt")
    return f"{text} (?)" if p == p and p > CLEAR and not is_nothing else text


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
        files.figure(plots.pathway(result.scenarios[result.baseline]), "pathway")
        files.figure(_stacked(plots.queues, over_time, "stage", "waiting"), "queues")
        files.figure(_stacked(plots.caseload, over_time, "team", "caseload_per_worker"), "caseload")
        files.manifest(
            result.provenance,
            n=result.n,
            seed=result.seed,
            baseline=result.baseline,
            replications_in_figures_over_time=drawn,
            verdicts=verdicts(result.scenarios, result.cleared()),
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
