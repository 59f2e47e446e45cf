"""What all studies of the command line have in common: their options, and how they end."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from capsim.cli.failures import guarded
from capsim.cli.folder import Results
from capsim.cli.options import (
    CsvStyle,
    Engine,
    Format,
    FormatOption,
    JobsOption,
    OutOption,
    Period,
    SetOption,
    scenario_of,
)
from capsim.cli.output import check_target, results
from capsim.cli.text import cautions

if TYPE_CHECKING:
    import pandas as pd

    from capsim.cli.bar import Bar
    from capsim.experiments import Comparison, Replications
    from capsim.scenario import Scenario

DATED = ("values", "intervals")
"""Tables of designs in which a measure that is a day stands for itself, not for a difference."""

EVERY = "7 days"
"""Intervals of the time series in files and figures."""


@dataclass(frozen=True)
class StudyOptions:
    """Options that every study has; each field is one of the command."""

    set_: SetOption = None
    jobs: JobsOption = None
    engine: Annotated[Engine, typer.Option("--engine", help="The numbers are the same.")] = (
        Engine.auto
    )
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DIR",
            help="Keep finished replications there, so that a killed study goes on.",
        ),
    ] = None
    out: OutOption = None
    format: FormatOption = Format.csv
    csv: Annotated[
        CsvStyle,
        typer.Option("--csv", help="excel: semicolons and decimal commas, for spreadsheets."),
    ] = CsvStyle.plain

    @property
    def execution(self) -> dict[str, Any]:
        """How the experiments are to be carried out."""
        return {"engine": self.engine.value, "jobs": self.jobs, "store": self.store}

    def scenario(self, file: str, variant: str | None) -> Scenario:
        """The scenario that the command was asked for; of a large one it is said what it takes."""
        from capsim.scenario.checks.sizes import size_warnings

        scenario = scenario_of(file, variant, self.set_)
        for line in size_warnings(scenario):
            typer.echo(f"Warning: {line}", err=True)
        return scenario

    def periods(self, by: Period | None) -> str | None:
        """Calendar periods of the study: those asked for, or months where files are cheap."""
        if by is not None:
            return f"1 {by}"
        return "1 month" if self.out is not None and self.engine is not Engine.simpy else None

    def tables(self, files: Results, result: Any, by: Period | None, starts: Any) -> None:
        """Write summary and values of all that is no period, and the periods by themselves."""
        if self.periods(by) is None:
            files.summaries(result.summary(), starts)
            files.table(result.values(office="all"), "values", starts)
            return
        table = result.by()
        scenarios = getattr(result, "scenarios", None) or {"": result.scenario}
        named = {name for scenario in scenarios.values() for name in scenario.windows}
        periods = set(table["window"]) - named
        summary, values = result.summary(), result.values(office="all")
        files.summaries(summary[~summary["window"].isin(periods)], starts)
        files.table(values[~values["window"].isin(periods)], "values", starts)
        files.table(table, f"by_{by or 'month'}", starts)

    @contextmanager
    def results(self) -> Iterator[Results]:
        """Results to fill, which appear in the directory of ``--out`` at the end."""
        assert self.out is not None
        with results(self.out, self.format, self.csv) as files:
            yield files
        typer.echo(f"Written to {self.out}")


def study_command(command: Callable[..., None]) -> Callable[..., None]:
    """The command, guarded, with the fields of `StudyOptions` as options of its own.

    Its parameter `options` is filled with them. What could not be written afterwards is refused
    before anything is computed.
    """
    names = [field.name for field in fields(StudyOptions)]

    @functools.wraps(command)
    def wrapper(**given: Any) -> None:
        options = StudyOptions(**{name: given.pop(name) for name in names})
        check_target(options.out, options.format, options.csv)
        command(**given, options=options)

    own = get_type_hints(command, include_extras=True)
    shared = get_type_hints(StudyOptions, include_extras=True)
    parameters = [
        parameter.replace(annotation=own[name])
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "options"
    ]
    parameters += [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=shared[field.name],
        )
        for field in fields(StudyOptions)
    ]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {one.name: one.annotation for one in parameters}
    return guarded(wrapper)


def with_series(
    scenario: Scenario,
    result: Replications | Comparison,
    n: int,
    options: StudyOptions,
    progress: Bar,
) -> Replications:
    """The first replications of a scenario of a result once more, with the time series of each."""
    from capsim.experiments import replicate

    execution = {**options.execution, "engine": result.engine}
    return replicate(
        scenario,
        n=n,
        seed=result.seed,
        series=EVERY,
        control=0,
        progress=progress,
        **execution,
    )


def figures_of(result: Any, plot: str) -> dict[str, Any]:
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


def not_judged(number: int, noun: str) -> str:
    """What a reader should know about scenarios so many that theory would take too long.

    Examples
    --------
    >>> not_judged(96, "row")
    'Overload is judged of the scenario as it is; any of the 96 rows may be overloaded.'
    """
    from capsim.scenario.errors import counted

    return (
        f"Overload is judged of the scenario as it is; any of the {counted(number, noun)} may be "
        "overloaded."
    )


def finish(
    result: Any,
    found: Scenario,
    name: str,
    options: StudyOptions,
    tables: Mapping[str, pd.DataFrame],
    figures: Mapping[str, Any],
    more: Mapping[str, Any],
) -> None:
    """Print the cautions that belong below the table, and write the files."""
    for line in cautions(found, name):
        typer.echo(line)
    if options.out is None:
        return
    with options.results() as files:
        files.scenario(found)
        for title, frame in tables.items():
            files.table(frame, title, found.start if title in DATED else None)
        for title, figure in figures.items():
            files.figure(figure, title)
        files.manifest(result.provenance, **json.loads(json.dumps(more, default=str)))
