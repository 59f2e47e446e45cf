"""`capsim money`: what a service costs and brings in, by item and period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from capsim.cli.bar import Bar
from capsim.cli.options import (
    Period,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    VariantOption,
)
from capsim.cli.studies import StudyOptions, study_command
from capsim.cli.text import cautions, heading, reading_lines

if TYPE_CHECKING:
    import pandas as pd

EveryOption = Annotated[
    Period, typer.Option("--every", help="Length of the calendar periods of the table.")
]
OfficeOption = Annotated[
    str, typer.Option("--office", metavar="NAME", help="Of one office, default all together.")
]
_MOST_PERIODS = 6
_TITLES = {"cost": "costs", "funding": "funding"}


@study_command
def money(
    scenario: ScenarioArgument,
    n: ReplicationsOption,
    seed: SeedOption,
    every: EveryOption = Period.year,
    office: OfficeOption = "all",
    variant: VariantOption = None,
    *,
    options: StudyOptions,
) -> None:
    """Simulate a scenario and print what it costs and what is paid for it, by item and period."""
    found = options.scenario(scenario, variant)
    from capsim.catalogue.money import need_money
    from capsim.experiments import replicate
    from capsim.experiments.results.money import uncovered

    need_money(found)
    with Bar(found.label) as bar:
        result = replicate(found, n=n, seed=seed, control=0, progress=bar, **options.execution)
    frame = result.money(f"1 {every.value}")
    if office not in set(frame["office"]):
        known = ", ".join(map(repr, dict.fromkeys(frame["office"])))
        raise typer.BadParameter(f"no office {office!r}; known: {known}", param_hint="'--office'")
    typer.echo(heading({found.label: found}, result.n, seed, result.engine))
    of = "all offices" if office == "all" else office
    typer.echo(f"Means in {found.costs.currency}, {of}; ± is half of the 95 % interval.")
    typer.echo("\n".join(money_lines(frame, office)))
    for line in (
        *uncovered({"": result.sample}),
        *reading_lines(result.n, [found]),
        *cautions(found, scenario, result.cleared()),
    ):
        typer.echo(line)
    if options.out is not None:
        with options.results() as files:
            files.scenario(found)
            files.table(frame, "money")
            files.manifest(result.provenance, n=result.n, seed=seed, every=every.value)


def money_lines(frame: pd.DataFrame, office: str = "all") -> list[str]:
    """Lines of a table of money: costs and funding by item, the whole time and its periods.

    Of many periods only those that fit stand there; the frame has all of them.
    """
    from capsim.catalogue.shown import estimate, shown
    from capsim.catalogue.text import text_table

    mine = frame[(frame["office"] == office) & (frame["inflow"] == "all")]
    periods = [name for name in dict.fromkeys(mine["period"]) if name != "all"]
    kept = periods[:_MOST_PERIODS]
    has_posts = mine["posts"].notna().any()
    rows = [["", "all", *(["posts"] if has_posts else []), *kept]]
    for kind, title in _TITLES.items():
        part = mine[mine["kind"] == kind]
        for item in dict.fromkeys(part["item"]):
            cells = {row["period"]: row for row in part[part["item"] == item].to_dict("records")}
            whole = cells["all"]
            ends = [float(whole[name]) for name in ("amount", "lower", "upper")]
            rows.append(
                [
                    title if item == "all" else f"  {item}",
                    estimate("cost_total", *ends),
                    *([f"{whole['posts']:.1f}"] if has_posts else []),
                    *(shown("cost_total", float(cells[name]["amount"])) for name in kept),
                ]
            )
    lines = text_table(rows)
    if len(periods) > len(kept):
        lines.append(f"and {len(periods) - len(kept)} more periods; --out writes them all")
    return lines
