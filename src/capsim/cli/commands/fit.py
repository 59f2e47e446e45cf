"""`capsim fit`: what a service's own records say about the numbers of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capsim.cli.failures import guarded
from capsim.cli.options import Format, FormatOption, OutOption, path_and_value, scenario_of
from capsim.cli.output import check_target, results

LogArgument = Annotated[
    Path, typer.Argument(metavar="LOG", help="A row per stay: CSV, parquet, Excel or XES.")
]
ScenarioOption = Annotated[
    str | None,
    typer.Option("--scenario", metavar="FILE|PRESET", help="Says what the stages are."),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="NAME=COLUMN", help="As in case=Dossier; may be repeated."),
]
StartOption = Annotated[
    str | None, typer.Option("--start", metavar="DATE", help="When recording began.")
]
EndOption = Annotated[
    str | None, typer.Option("--end", metavar="DATE", help="When the log was drawn.")
]
ZoneOption = Annotated[
    str | None, typer.Option("--zone", help="Time zone of the service, as Europe/Brussels.")
]
TableOption = Annotated[Path | None, typer.Option(metavar="FILE", help="A row per visit or case.")]


@guarded
def fit(
    log: LogArgument,
    scenario: ScenarioOption = None,
    column: ColumnOption = None,
    start: StartOption = None,
    end: EndOption = None,
    zone: ZoneOption = None,
    visits: TableOption = None,
    cases: TableOption = None,
    inflow: Annotated[str, typer.Option("--inflow", help="Where the rate goes.")] = "regular",
    out: OutOption = None,
    format: FormatOption = Format.csv,
) -> None:
    """Fit rates, laws and shares to a service's own event log."""
    check_target(out, format)
    columns = dict(path_and_value(text, "--column") for text in column or ())
    known = None if scenario is None else scenario_of(scenario, None, None)
    from capsim.records import fit as fit_log
    from capsim.records.files import read_file

    found = fit_log(
        log,
        columns=columns,
        zone=zone,
        scenario=known,
        inflow=inflow,
        start=start,
        end=end,
        visits=None if visits is None else read_file(visits),
        cases=None if cases is None else read_file(cases),
    )
    typer.echo(repr(found))
    if out is None:
        return
    fitted = None if known is None else found.apply(known, without=found.refused)
    with results(out, format) as files:
        files.table(found.estimates, "estimates")
        files.table(found.open_cases, "open")
        if fitted is not None:
            files.scenario(fitted)
        files.manifest({"log": log.name}, remarks=found.remarks, refused=found.refused)
    typer.echo(f"Written to {out}")
