"""Tables and sentences that commands print, for a reader who runs a service."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments import Replications
    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario

CLEAR_DAY = "clear_day"

Key = tuple[str, str, str]
"""Kind, of, measure."""


def first_look(frame: pd.DataFrame, scenarios: Iterable[Scenario]) -> list[Key]:
    """What a table for the terminal shows, of all inflows and offices together, in order.

    Without a wave in any of the scenarios there is no backlog to clear. Everything else is in the
    files of ``--out``.
    """
    from capsim.catalogue.meant import of_the_whole_service
    from capsim.catalogue.measures import FIRST_LOOK

    is_waved = any(map(has_waves, scenarios))
    whole = of_the_whole_service(frame)
    there = list(dict.fromkeys(zip(whole["kind"], whole["of"], whole["measure"], strict=True)))
    places = list(dict.fromkeys((kind, of) for kind, of, _ in there))
    keys: list[Key] = []
    for kind, of in places:
        own = [measure for k, o, measure in there if (k, o) == (kind, of)]
        keys += [(kind, of, name) for name in FIRST_LOOK.get(kind, own) if name in own]
    return [key for key in keys if is_waved or key[2] != CLEAR_DAY]


def estimate_of(row: Mapping[Any, Any], measure: str) -> str:
    """The mean of a row of a summary with the half-width of its interval.

    Examples
    --------
    >>> estimate_of({"mean": 0.2718, "lower": 0.2549, "upper": 0.2887}, "late_share")
    '27.2 ± 1.7 %'
    """
    from capsim.catalogue.shown import estimate

    return estimate(measure, float(row["mean"]), float(row["lower"]), float(row["upper"]))


def summary_lines(summary: pd.DataFrame, keys: Sequence[Key], result: Replications) -> list[str]:
    """Lines of the table of one scenario: measure, mean, interval, by stage and team.

    The backlog is a date that some replications may not reach, so its middle one stands for it.
    """
    from capsim.catalogue import Selector, measure_named
    from capsim.catalogue.meant import of_the_whole_service
    from capsim.catalogue.shown import shown, shown_interval
    from capsim.catalogue.text import text_table

    rows = {
        (str(row["kind"]), str(row["of"]), str(row["measure"])): row
        for row in of_the_whole_service(summary).to_dict("records")
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
                f"  {measure_named(measure).title}",
                shown(measure, float(row["mean"])),
                shown_interval(measure, float(row["lower"]), float(row["upper"])),
            ]
        )
    if result.n == 1:
        table = [row[:2] for row in table]
    return with_headings(text_table(table), keys)


_HEADINGS = {
    "stage": "stage {of}",
    "team": "team {of}",
    "money": "money of {of}",
}
"""Above the measures of each thing; those of the user's own have one heading."""


def with_headings(lines: Sequence[str], keys: Sequence[Key]) -> list[str]:
    """The lines of a table, a header first, with a heading wherever stage or team changes."""
    result = [lines[0]]
    place: tuple[str, str] | None = None
    for (kind, of, _), line in zip(keys, lines[1:], strict=True):
        if place != (kind, of):
            place = (kind, of)
            result.append(_HEADINGS.get(kind, "your measures").format(of=of))
        result.append(line)
    return result


def explanation_lines(measures: Iterable[str]) -> list[str]:
    """One line for each measure that says what it is."""
    from capsim.catalogue import measure_named

    records = [measure_named(name) for name in dict.fromkeys(measures)]
    known = [record for record in records if record.of != "run"]
    width = max((len(record.title) for record in known), default=0)
    return [f"  {record.title.ljust(width)}  {record.explanation}" for record in known]


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


@dataclass(frozen=True)
class Clearing:
    """The day on which the backlog of a stage is cleared, over replications.

    A replication that did not get there by the end of the run is later than all others, so the
    middle one is given, not the mean.

    Attributes
    ----------
    median : float
        Days since the start; infinite if fewer than half of the replications got there.
    lower, upper : float
        Its 95 % interval from order statistics; infinite where the replications give no limit.
    reached, n : int
        Replications that got there, and all.
    """

    median: float
    lower: float
    upper: float
    reached: int
    n: int

    @property
    def share(self) -> str:
        """In how many replications the backlog was cleared.

        Examples
        --------
        >>> Clearing(100.0, 80.0, math.inf, 8, 12).share
        '8 of 12 runs'
        """
        return f"{self.reached} of {self.n} run{'s' if self.n > 1 else ''}"

    def row(self, start: date) -> list[str]:
        """Cells of the table of one scenario: title, middle date, interval.

        Examples
        --------
        >>> Clearing(100.0, 80.0, math.inf, 8, 12).row(date(2026, 1, 1))
        ['  backlog cleared (median, in 8 of 12 runs)', '2026-04-11', '2026-03-22 to not reached']
        """
        from capsim.catalogue.shown import shown, shown_interval

        return [
            f"  backlog cleared (median, in {self.share})",
            shown(CLEAR_DAY, self.median, start),
            shown_interval(CLEAR_DAY, self.lower, self.upper, start),
        ]

    def cells(self, start: date) -> dict[str, str]:
        """Cells of a column of a comparison, by the titles of their rows.

        Examples
        --------
        >>> for row in Clearing(100.0, 80.0, math.inf, 8, 12).cells(date(2026, 1, 1)).items():
        ...     print(*row, sep=": ")
        backlog cleared, median: 2026-04-11
          95 % interval from: 2026-03-22
          95 % interval to: not reached
          reached in: 8 of 12 runs
        """
        from capsim.catalogue.shown import shown

        cells = {"backlog cleared, median": shown(CLEAR_DAY, self.median, start)}
        if self.lower > -math.inf:
            cells["  95 % interval from"] = shown(CLEAR_DAY, self.lower, start)
            cells["  95 % interval to"] = shown(CLEAR_DAY, self.upper, start)
        return {**cells, "  reached in": self.share}


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


def clearings(values: pd.DataFrame) -> dict[str, Clearing]:
    """By stage, when all inflows and offices together had their backlog cleared.

    Parameters
    ----------
    values : DataFrame
        Long values of one scenario: replication, measure, kind, of, inflow, office, window, value.
    """
    from capsim.estimates import quantile_interval

    whole = values[
        (values["measure"] == CLEAR_DAY) & (values["inflow"] == "all") & (values["office"] == "all")
    ]
    found = {}
    for of, part in whole.groupby("of", sort=False):
        days = part["value"].fillna(math.inf).to_numpy(dtype=float)
        middle = quantile_interval(days, 0.5)
        found[str(of)] = Clearing(
            middle.estimate, middle.lower, middle.upper, sum(map(math.isfinite, days)), len(days)
        )
    return found


def has_waves(scenario: Scenario) -> bool:
    """Whether anyone of a wave applies in this scenario, so that there is a backlog to clear."""
    return any(
        any(wave.people > 0 and inflow.take_up_of(wave) > 0 for wave in inflow.waves.values())
        for inflow in scenario.inflows.values()
    )
