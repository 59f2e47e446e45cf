"""Tables and sentences that commands print, for a reader who runs a service."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments import Replications
    from capsim.scenario import Scenario

STAGE_MEASURES = (
    "arrivals",
    "wait_mean",
    "wait_p90",
    "censored_share",
    "dropout_share",
    "turned_away_share",
    "late_share",
    "decision_days_mean",
    "contact_ratio",
    "queue_peak",
    "clear_day",
)
TEAM_MEASURES = ("caseload_per_worker", "caseload_peak", "utilization")

Key = tuple[str, str, str]
"""Kind, of, measure."""


def first_look(frame: pd.DataFrame, scenarios: Iterable[Scenario]) -> list[Key]:
    """What a table for the terminal shows, of all inflows and offices together, in order.

    Without a wave in any of the scenarios there is no backlog to clear. Everything else is in the
    files of ``--out``.
    """
    from capsim.cli.clearing import CLEAR_DAY, has_waves

    is_waved = any(map(has_waves, scenarios))
    whole = frame[(frame["inflow"] == "all") & (frame["office"] == "all")]
    there = list(dict.fromkeys(zip(whole["kind"], whole["of"], whole["measure"], strict=True)))
    places = list(dict.fromkeys((kind, of) for kind, of, _ in there))
    keys: list[Key] = []
    for kind, of in places:
        shown = {"stage": STAGE_MEASURES, "team": TEAM_MEASURES}.get(kind)
        own = [measure for k, o, measure in there if (k, o) == (kind, of)]
        keys += [(kind, of, measure) for measure in shown or own if measure in own]
    return [key for key in keys if is_waved or key[2] != CLEAR_DAY]


def text_of(value: float, measure: str, scenario: Scenario | None = None) -> str:
    """A value with its unit; days of the calendar as dates.

    Examples
    --------
    >>> text_of(0.083, "late_share"), text_of(3.21, "wait_mean"), text_of(float("inf"), "wait_p90")
    ('8.3 %', '3.2 days', 'not reached')
    """
    from capsim.catalogue.labels import label, show
    from capsim.catalogue.measures import UNBOUNDED

    unit = label(measure).unit
    if math.isinf(value) or (math.isnan(value) and measure in UNBOUNDED):
        return "not reached"
    if math.isnan(value):
        return "-"
    if unit == "day" and scenario is not None:
        return (scenario.start + timedelta(days=int(value))).isoformat()
    text = show(value, unit)
    return f"{text} days" if unit == "days" else text


def estimate_of(row: Mapping[Any, Any], measure: str) -> str:
    """The mean of a row of a summary with the half-width of its interval.

    Examples
    --------
    >>> estimate_of({"mean": 0.2718, "lower": 0.2549, "upper": 0.2887}, "late_share")
    '27.2 ± 1.7 %'
    >>> estimate_of({"mean": math.inf, "lower": math.nan, "upper": math.nan}, "wait_p90")
    'not reached'
    """
    from capsim.experiments.results.result import half_width, with_half_width

    mean = float(row["mean"])
    if not math.isfinite(mean):
        return text_of(mean, measure)
    half = half_width(mean, float(row["lower"]), float(row["upper"]))
    return with_half_width(mean, half, measure)


def title_of(measure: str) -> str:
    """The name of a measure with its unit, where cells do not show it.

    Examples
    --------
    >>> title_of("wait_mean"), title_of("late_share")
    ('mean wait, days', 'decided late')
    """
    from capsim.catalogue.labels import label

    title, unit = label(measure).title, label(measure).unit
    return f"{title}, days" if unit == "days" else title


def interval_of(lower: float, upper: float, measure: str, scenario: Scenario | None = None) -> str:
    """An interval in words; empty where one replication gives none.

    Examples
    --------
    >>> interval_of(0.0, 24.8, "wait_mean"), interval_of(0.92, 1.0, "utilization")
    ('0.0 days to 24.8 days', '92.0 % to 100.0 %')
    """
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return ""
    return f"{text_of(lower, measure, scenario)} to {text_of(upper, measure, scenario)}"


def summary_lines(summary: pd.DataFrame, keys: Sequence[Key], result: Replications) -> list[str]:
    """Lines of the table of one scenario: measure, mean, interval, by stage and team.

    The backlog is a date that some replications may not reach, so its middle one stands for it.
    """
    from capsim.catalogue import Selector
    from capsim.catalogue.labels import label
    from capsim.cli.clearing import CLEAR_DAY, clearings

    rows = {
        (str(row["kind"]), str(row["of"]), str(row["measure"])): row
        for row in summary.to_dict("records")
        if row["inflow"] == "all" and row["office"] == "all"
    }
    scenario = result.scenario
    backlogs = [str(Selector(CLEAR_DAY, of)) for _, of, measure in keys if measure == CLEAR_DAY]
    cleared = clearings(result.values(*backlogs)) if backlogs else {}
    table: list[list[str]] = [["", "mean", "95 % interval"]]
    for key in keys:
        row, measure = rows[key], key[2]
        if measure == CLEAR_DAY:
            table.append(cleared[key[1]].row(scenario.start))
            continue
        table.append(
            [
                f"  {label(measure).title}",
                text_of(float(row["mean"]), measure, scenario),
                interval_of(float(row["lower"]), float(row["upper"]), measure, scenario),
            ]
        )
    if not any(row[2] for row in table[1:]):
        table = [row[:2] for row in table]  # one replication has no interval
    return with_headings(aligned(table), keys)


def with_headings(lines: Sequence[str], keys: Sequence[Key]) -> list[str]:
    """The lines of a table, a header first, with a heading wherever stage or team changes."""
    result = [lines[0]]
    place: tuple[str, str] | None = None
    for (kind, of, _), line in zip(keys, lines[1:], strict=True):
        if place != (kind, of):
            place = (kind, of)
            result.append(f"{kind} {of}" if kind in ("stage", "team") else "your measures")
        result.append(line)
    return result


def explanation_lines(measures: Iterable[str]) -> list[str]:
    """One line for each measure that says what it is."""
    from capsim.catalogue.labels import label

    names = [name for name in dict.fromkeys(measures) if label(name).title != name]
    width = max((len(label(name).title) for name in names), default=0)
    return [f"  {label(name).title.ljust(width)}  {label(name).explanation}" for name in names]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: first column left, the others right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]


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


def cautions(scenario: Scenario, name: str) -> list[str]:
    """What a reader of the numbers should know: overload, warnings, assumptions."""
    from capsim.runs.verdict import verdict_line

    line = verdict_line(scenario)
    return [*([line] if line else []), *remarks(scenario, name)]


def remarks(scenario: Scenario, name: str) -> list[str]:
    """The warnings of a scenario, and how many of its numbers are assumptions."""
    lines = [f"Warning: {warning}" for warning in scenario.check()]
    lines.append(assumption_line(scenario, name))
    return [line for line in lines if line]


def heading(scenarios: Mapping[str, Scenario], n: int, seed: int, engine: str) -> str:
    """First lines of a result: what was simulated, and which time the measures are of."""
    from capsim.experiments.results.result import period
    from capsim.scenario.errors import counted

    lines = [f"{', '.join(scenarios)}: {counted(n, 'replication')}, seed {seed}, {engine} engine"]
    periods: dict[str, list[str]] = {}
    for name, scenario in scenarios.items():
        periods.setdefault(period(scenario), []).append(name)
    for text, names in periods.items():
        whose = f"{', '.join(names)}: " if len(periods) > 1 else ""
        lines.append(whose + (text if whose else text[0].upper() + text[1:]))
    return "\n".join(lines)


def reading_lines(n: int) -> list[str]:
    """How far the intervals of so many replications can be relied on."""
    from capsim.experiments.results.result import few_replications

    return [*few_replications(n), *([LIMITS_LINE] if n > 1 else [])]
