"""Tables and sentences that commands print, for a reader who runs a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario


def assumption_line(scenario: Scenario, name: str) -> str:
    """Sentence about how many numbers are assumptions; empty if none is."""
    count = sum(entry.certainty == "assumption" for entry in scenario.evidence.values())
    if not count:
        return ""
    return (
        f"Assumptions: {count} of {len(scenario.evidence)} documented numbers; "
        f"capsim evidence {name} --certainty assumption lists them."
    )


LIMITS_LINE = "No wait, queue or share is below 0 and no share above 100 %: intervals end there."


def cautions(scenario: Scenario, name: str, simulated: Cleared | None = None) -> list[str]:
    """What a reader of the numbers should know: overload, warnings, assumptions."""
    from capsim.runs.verdict import verdict_line

    line = verdict_line(scenario, simulated)
    return [*([line] if line else []), *remarks(scenario, name)]


def remarks(scenario: Scenario, name: str) -> list[str]:
    """The warnings of a scenario, and how many of its numbers are assumptions."""
    lines = [f"Warning: {warning}" for warning in scenario.check()]
    lines.append(assumption_line(scenario, name))
    return [line for line in lines if line]


def heading(scenarios: Mapping[str, Scenario], n: int, seed: int, engine: str) -> str:
    """First lines of a result: what was simulated, and which time the measures are of."""
    from capsim.experiments.results.result import periods
    from capsim.scenario.errors import counted

    first = f"{', '.join(scenarios)}: {counted(n, 'replication')}, seed {seed}, {engine} engine"
    times = periods(scenarios)
    if len(times) == 1:
        times = [text[0].upper() + text[1:] for text in times]
    return "\n".join([first, *times])


def reading_lines(n: int, scenarios: Iterable[Scenario]) -> list[str]:
    """How far the intervals of so many replications can be relied on."""
    from capsim.experiments.results.result import few_replications, luck_alone

    if n == 1:
        return few_replications(n)
    alone = [f"{line} See capsim uncertainty." for line in luck_alone(scenarios)]
    return [*few_replications(n), LIMITS_LINE, *alone]


PERIOD_FIRST = ("pending_mean", "late_share", "wait_mean", "caseload_per_fte")
"""What a table by period shows, of the first stage or team that has it."""


def period_lines(table: pd.DataFrame) -> list[str]:
    """Lines of a table by period: what matters most, with half of its interval.

    Parameters
    ----------
    table : DataFrame
        What `by()` of one scenario gives.
    """
    from capsim.catalogue.shown import title_with_unit
    from capsim.catalogue.text import text_table
    from capsim.experiments.results.look import estimate_of

    names = ["measure", "kind", "of"]
    whole = table[(table["inflow"] == "all") & (table["office"] == "all")]
    there = list(dict.fromkeys(whole[names].itertuples(index=False, name=None)))
    first = [next((key for key in there if key[0] == name), None) for name in PERIOD_FIRST]
    shown = [key for key in first if key is not None]
    rows = [
        ["", *(title_with_unit(measure) for measure, _, _ in shown)],
        ["", *(of for _, _, of in shown)],
    ]
    for window, part in whole.groupby("window", sort=False):
        found = {(row["measure"], row["kind"], row["of"]): row for row in part.to_dict("records")}
        rows.append([str(window), *(estimate_of(found[key], key[0]) for key in shown)])
    return text_table(rows)
