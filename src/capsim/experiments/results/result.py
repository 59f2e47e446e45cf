"""What results have in common: they print, show in notebooks, and write to files."""

from __future__ import annotations

import html
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from capsim.catalogue.text import html_table, text_table
from capsim.scenario.tables.windows import ALL

if TYPE_CHECKING:
    import pandas as pd

    from capsim.runs.verdict import Cleared
    from capsim.scenario import Scenario

__all__ = [
    "AbstractResult",
    "few_replications",
    "fillings",
    "luck_alone",
    "differing_periods",
    "period",
    "periods",
    "verdicts",
]


FEW = 10
"""Replications below which a t interval leans on a normal distribution that nobody has seen."""


class AbstractResult(ABC):
    """What results have in common: they print well and can be taken elsewhere."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """The tidy frame of all values, one row per replication and thing measured."""

    @abstractmethod
    def _heading(self) -> list[str]:
        """Lines above the table."""

    @abstractmethod
    def _table(self) -> list[list[str]]:
        """The table of a first look, with its header."""

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write `to_frame` as CSV; a name that ends in .gz is compressed.

        A measure that is a day of the calendar stands there as its date, and a name that a
        spreadsheet would run begins with an apostrophe.
        """
        from capsim.catalogue.sheet import harmless, with_dates

        frame, start = self.to_frame(), self._start()
        dated = frame if start is None else with_dates(frame, start)
        harmless(dated).to_csv(path, index=False)

    def _start(self) -> date | Mapping[str, date] | None:
        """Day 0 of what `to_frame` has, by scenario if there are several; None without days."""
        return None

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write `to_frame` as parquet.

        Raises
        ------
        ImportError
            Without pyarrow.
        """
        try:
            self.to_frame().to_parquet(Path(path), index=False)
        except ImportError as error:
            raise ImportError(
                "to_parquet needs pyarrow: install capsim[parquet], or use to_csv"
            ) from error

    def _cautions(self) -> list[str]:
        """Lines below the table: what a reader of these numbers should know."""
        return []

    def _meanings(self) -> list[str]:
        """A sentence for each row or column of the table, about what it is."""
        return []

    def _fillings(self) -> list[str]:
        """Of the scenario, or each of several, that is measured while it fills: what to do."""
        one = getattr(self, "scenario", None)
        several = getattr(self, "scenarios", None)
        return fillings(several if several is not None else {"": one} if one is not None else {})

    def __repr__(self) -> str:
        """What a reader should see first: a page."""
        meanings = self._meanings()
        below = [*([""] if meanings else []), *meanings, *self._cautions(), *self._fillings()]
        return "\n".join([*self._heading(), *text_table(self._table()), *below])

    def _repr_html_(self) -> str:
        """The same for a notebook."""
        heading = "<br>".join(html.escape(line) for line in self._heading())
        lines = [*self._meanings(), *self._cautions(), *self._fillings()]
        cautions = "<br>".join(html.escape(line) for line in lines)
        below = f"\n<p>{cautions}</p>" if cautions else ""
        return f"<p>{heading}</p>\n{html_table(self._table())}{below}"


def few_replications(n: int) -> list[str]:
    """A line for the reader of intervals from very few replications; none for more.

    Examples
    --------
    >>> few_replications(3)
    ['Only 3 replications: the intervals are wide and rough; take 20 or more.']
    >>> few_replications(100)
    []
    """
    if n == 1:
        return ["Only one replication: one possible history, no estimate; take 20 or more."]
    if n < FEW:
        return [f"Only {n} replications: the intervals are wide and rough; take 20 or more."]
    return []


def period(scenario: Scenario) -> str:
    """The time that the measures are of, and who is judged, in words.

    Examples
    --------
    >>> import capsim
    >>> service = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     warm_up="3 months",
    ...     follow_up="30 days",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "1 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 20}}},
    ... )
    >>> period(service)
    'measured 2026-04-01 to 2026-12-31; waits and lateness of those who joined up to 2026-12-01'
    """
    if scenario.window != ALL:
        window = scenario.windows[scenario.window]
        last = window.until - timedelta(days=1)
        return (
            f"window {scenario.window!r}: {window.from_.isoformat()} to {last.isoformat()}; waits "
            "and lateness of those who joined in it"
        )
    first = scenario.start + timedelta(days=scenario.warm_up_days)
    end = scenario.start + timedelta(days=scenario.horizon_days)
    text = f"measured {first.isoformat()} to {(end - timedelta(days=1)).isoformat()}"
    if scenario.follow_up_days:
        last = end - timedelta(days=scenario.follow_up_days + 1)
        text += f"; waits and lateness of those who joined up to {last.isoformat()}"
    return text


def periods(scenarios: Mapping[str, Scenario]) -> list[str]:
    """The measured time of each scenario, one line for all that have the same."""
    names: dict[str, list[str]] = {}
    for name, scenario in scenarios.items():
        names.setdefault(period(scenario), []).append(name)
    if len(names) == 1:
        return list(names)
    return [f"{', '.join(group)}: {text}" for text, group in names.items()]


def differing_periods(scenarios: Mapping[str, Scenario]) -> list[str]:
    """A line for the reader of differences between scenarios measured at different times."""
    if len(periods(scenarios)) == 1:
        return []
    return [
        "Warning: the scenarios are measured at different times, so their differences are also "
        "those of the times; give all the same horizon, warm_up and follow_up."
    ]


def fillings(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Warnings of scenarios measured while they fill, one line for all of which it is the same."""
    from capsim.theory.filling import filling_line

    names: dict[str, list[str]] = {}
    for name, scenario in scenarios.items():
        line = filling_line(scenario)
        if line:
            names.setdefault(line, []).append(name)
    return [f"{', '.join(group)}: {line}".removeprefix(": ") for line, group in names.items()]


def luck_alone(scenarios: Iterable[Scenario]) -> list[str]:
    """A line for the reader of intervals where the scenario itself says that inputs are uncertain.

    Examples
    --------
    >>> import capsim
    >>> service = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     stages={"pause": {"stay": "1 day"}},
    ...     inflows={"regular": {"rate": {"per_month": 20}}},
    ...     uncertain={"inflows.regular.rate.per_month": {"between": [15, 25]}},
    ... )
    >>> luck_alone([service])[0]
    'The intervals are of luck alone: inflows.regular.rate.per_month is uncertain too.'
    """
    inputs = list(dict.fromkeys(path for one in scenarios for path in one.uncertain_inputs))
    if not inputs:
        return []
    if len(inputs) == 1:
        what = f"{inputs[0]} is uncertain too"
    else:
        some = ", ".join(inputs[:2]) + (f" and {len(inputs) - 2} more" if inputs[2:] else "")
        what = f"{some} are uncertain too"
    return [f"The intervals are of luck alone: {what}."]


def verdicts(
    scenarios: Mapping[str, Scenario], simulated: Mapping[str, Cleared | None] | None = None
) -> list[str]:
    """What theory says of overloads, one line for all scenarios of which it says the same.

    With what was `simulated` beside it.
    """
    from capsim.runs.verdict import verdict_line

    names: dict[str, list[str]] = {}
    for name, scenario in scenarios.items():
        line = verdict_line(scenario, (simulated or {}).get(name))
        if line:
            names.setdefault(line, []).append(name)
    return [f"{', '.join(group)}: {line}" for line, group in names.items()]
