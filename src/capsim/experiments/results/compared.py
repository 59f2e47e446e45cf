"""The table of a comparison: scenarios side by side where there is room, else below each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from capsim.catalogue import Selector
from capsim.catalogue.shown import estimate, title_with_unit
from capsim.catalogue.text import PAGE, text_table
from capsim.experiments.results.look import (
    CLEAR_DAY,
    clearings,
    estimate_of,
    first_look,
    with_headings,
)

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.reacting import Key
    from capsim.scenario import Scenario

__all__ = ["ComparedTable", "compared_table"]

CLEAR = 0.05
"""Holm-adjusted p value above which a difference is called unclear."""


class Compared(Protocol):
    """What the table looks at; `capsim.experiments.Comparison` is one."""

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """By name, the baseline first."""

    @property
    def baseline(self) -> str:
        """What the others are compared with."""

    @property
    def reacting(self) -> frozenset[Key]:
        """What a change reaches."""

    def summary(self, *selectors: str) -> pd.DataFrame:
        """Means and intervals by scenario."""

    def differences(self, *selectors: str) -> pd.DataFrame:
        """Paired differences from the baseline."""

    def values(self, *selectors: str) -> pd.DataFrame:
        """Values by scenario and replication."""


@dataclass(frozen=True)
class ComparedTable:
    """What a comparison shows.

    Attributes
    ----------
    rows : list of lists of str
        With the header first.
    keys : list of (kind, of, measure)
        Of the measures in it.
    below : list of str
        Scenarios that are another one again, and what no change reaches.
    """

    rows: list[list[str]]
    keys: list[Key]
    below: list[str]


@dataclass(frozen=True)
class _Line:
    """One measure of a stage or team, with the cells of each scenario.

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


def compared_table(result: Compared, width: int = PAGE) -> ComparedTable:
    """The table of a comparison: the first look, of the stages and teams that a change reaches.

    Parameters
    ----------
    result : Compared
    width : int
        Of the page.
    """
    keys, same = _shared(result)
    lines = _lines(result, keys)
    names, below = _folded(result, lines)
    rows = [["", *(word for name in names for word in _columns(name, result.baseline))]]
    for line in lines:
        row = [f"  {line.title}"]
        for name in names:
            row.append(line.means.get(name, ""))
            if name != result.baseline:
                row.append(line.differences.get(name, ""))
        rows.append(row)
    rows = with_headings(rows, [line.key for line in lines])
    if max(map(len, text_table(rows))) > width:
        rows = _stacked(names, lines)
    if same:
        below.append(f"The same in all scenarios, to the last case: {', '.join(same)}.")
    return ComparedTable(rows, keys, below)


def _shared(result: Compared) -> tuple[list[Key], list[str]]:
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
    reacts = [key for key in keys if key[:2] in reached]
    if not reacts:
        return keys, []
    same = dict.fromkeys(f"{kind} {of}" for kind, of, _ in keys if (kind, of) not in reached)
    return reacts, list(same)


def _folded(result: Compared, lines: list[_Line]) -> tuple[list[str], list[str]]:
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


def _lines(result: Compared, keys: list[Key]) -> list[_Line]:
    """The rows, each estimate with the half-width of its interval."""
    selectors = [_selector(key) for key in keys]
    if not selectors:
        return []
    means = by_key(result.summary(*selectors))
    found = by_key(result.differences(*selectors))
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


def _clearing_lines(result: Compared, key: Key) -> list[_Line]:
    """When the backlog was cleared, of the scenarios that have one."""
    from capsim.runs.verdict import backlogged

    values = result.values(_selector(key))
    columns = {
        name: clearings(values[values["scenario"] == name])[key[1]].cells(scenario.start)
        for name, scenario in result.scenarios.items()
        if key[1] in backlogged(scenario)
    }
    titles = dict.fromkeys(title for cells in columns.values() for title in cells)
    return [
        _Line(key, title, {name: cells.get(title, "") for name, cells in columns.items()}, {})
        for title in titles
    ]


def _stacked(names: list[str], lines: list[_Line]) -> list[list[str]]:
    """A row for each scenario, below the name of the measure."""
    rows, places = [["", "mean", "difference"]], []
    for line in lines:
        rows.append([f"  {line.title}", "", ""])
        there = [name for name in names if line.means.get(name)]
        rows += [
            [f"    {name}", line.means[name], line.differences.get(name, "")] for name in there
        ]
        places += [line.key] * (1 + len(there))
    return with_headings(rows, places)


def _selector(key: Key) -> str:
    kind, of, measure = key
    return measure if kind == "run" else str(Selector(measure, of, kind=kind))


def by_key(frame: pd.DataFrame) -> dict[tuple[str, Key], dict[Any, Any]]:
    """Rows of a frame by scenario and (kind, of, measure)."""
    return {
        (str(row["scenario"]), (str(row["kind"]), str(row["of"]), str(row["measure"]))): row
        for row in frame.to_dict("records")
    }


def _difference(row: dict[Any, Any] | None, measure: str) -> str:
    """Difference with the half-width of its interval, in the unit of the mean beside it."""
    if row is None or float(row["difference"]) != float(row["difference"]):
        return ""
    middle, lower, upper = (float(row[name]) for name in ("difference", "lower", "upper"))
    if middle == lower == upper == 0:
        return "the same"
    text = estimate(measure, middle, lower, upper, signed=True)
    p = float(row["p_holm"])
    is_nothing = not text.strip("0. ±pt")
    return f"{text} (?)" if p == p and p > CLEAR and not is_nothing else text
