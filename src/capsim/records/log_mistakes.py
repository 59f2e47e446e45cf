"""What is wrong in a log, by row: columns, contradicting times, unknown names, impossible hours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.records.times import Clock, rows_of
from capsim.scenario import Scenario
from capsim.scenario.errors import Mistake, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTCOMES", "TIMES", "TINY", "contradictions", "missing_columns", "work_hours"]

TIMES = ("joined", "assigned", "started", "served", "ended")
OUTCOMES = ("completed", "left", "turned_away", "open")
TINY = 1e-9


def missing_columns(frame: Any, columns: Iterable[str], name: str) -> list[Mistake]:
    """A mistake for each of the columns that is not there."""
    if not hasattr(frame, "columns"):
        return [
            Mistake(name, type(frame).__name__, "must be a data frame", "read it with pandas first")
        ]
    present = [str(column) for column in frame.columns]
    return [
        Mistake.absent(f"{name}.{column}", "the column is missing", nearest(column, present))
        for column in columns
        if column not in present
    ]


def work_hours(frame: pd.DataFrame, name: str, mistakes: list[Mistake]) -> pd.Series:
    """Hours as numbers, 0 or more."""
    import pandas as pd

    hours = pd.to_numeric(frame["hours"], errors="coerce")
    for wrong, rule in (
        (hours.isna() & frame["hours"].notna(), "is no number"),
        (hours < 0, "work cannot be negative"),
    ):
        if wrong.any():
            value = frame.loc[wrong, "hours"].iloc[0]
            mistakes.append(
                Mistake(
                    f"{name}.hours, {rows_of(frame, wrong)}",
                    value.item() if isinstance(value, np.generic) else value,
                    rule,
                    "write hours of client work, such as 1.5",
                )
            )
    return hours


def contradictions(
    stays: pd.DataFrame,
    written: pd.DataFrame,
    scenario: Scenario | None,
    clock: Clock,
    by_ends: bool,
) -> list[Mistake]:
    """What cannot be, each kind with all its rows.

    Parameters
    ----------
    stays, written : DataFrame
        The log in days, and as it was read.
    scenario : Scenario or None
        Knows stages and offices.
    clock : Clock
        Knows which times were unreadable, and so are not empty.
    by_ends : bool
        Whether steps were written down at their end: a first one has no beginning, and two of a
        case may come at once.
    """
    import pandas as pd

    mistakes = []

    def report(column: str, wrong: Any, rule: str, remedy: str) -> None:
        if wrong.any():
            path = f"log.{column}, {rows_of(stays, wrong)}"
            value = written.loc[wrong.to_numpy(), column].iloc[0]
            value = value.item() if isinstance(value, np.generic) else value
            if isinstance(value, pd.Timestamp):
                value = str(value).removesuffix(" 00:00:00")
            mistakes.append(Mistake(path, None if pd.isna(value) else value, rule, remedy))

    for column in ("case", "stage", "joined"):
        empty = written[column].isna() & ~stays.index.isin(clock.unread.get(f"log.{column}", ()))
        if column == "joined":
            empty &= ~stays["unseen"]
        report(column, empty, "must not be empty", "fill it in, or drop the row")
    if scenario is not None and len(scenario.offices) > 1 and "office" in stays:
        names = list(scenario.offices)
        elsewhere = stays["office"].notna() & ~stays["office"].isin(names)
        for name in stays.loc[elsewhere, "office"].unique():
            report(
                "office",
                stays["office"] == name,
                "is no office of the scenario",
                nearest(str(name), names),
            )
    if scenario is not None:
        unknown = ~stays["stage"].isin(scenario.stage_names) & stays["stage"].notna()
        for name in stays.loc[unknown, "stage"].unique():
            report(
                "stage",
                stays["stage"] == name,
                "is no stage of the scenario",
                nearest(str(name), scenario.stage_names),
            )
    known_wrong = {name: stays["case"].isna() & False for name in TIMES}
    for earlier, later in (
        ("joined", "assigned"),
        ("joined", "started"),
        ("joined", "ended"),
        ("started", "ended"),
        ("started", "served"),
        ("served", "ended"),
    ):
        # One sentence for each time that is too early, however many it contradicts.
        wrong = (stays[later] < stays[earlier] - TINY) & ~known_wrong[later]
        known_wrong[later] = known_wrong[later] | wrong
        report(
            later,
            wrong,
            f"lies before '{earlier}'",
            "correct one of both times",
        )
    if "outcome" in stays:
        wrong = stays["outcome"].notna() & ~stays["outcome"].isin(OUTCOMES)
        for name in stays.loc[wrong, "outcome"].unique():
            report(
                "outcome",
                stays["outcome"] == name,
                f"is none of {', '.join(OUTCOMES)}",
                nearest(str(name), OUTCOMES),
            )
        report(
            "outcome",
            (stays["outcome"] == "open") & stays["ended"].notna(),
            "cannot be open with a time in 'ended'",
            "take the time away, or write completed or left",
        )
    if not by_ends:
        keys = [name for name in ("case", "stage", "nth", "joined") if name in stays]
        report(
            "case",
            stays.duplicated(keys, keep="first") & stays["case"].notna(),
            "is in that stage twice from the same time on",
            "keep one row per stay",
        )
    return mistakes
