"""Spans of the calendar in which is measured, by name."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from capsim.scenario.base import Date, Table
from capsim.scenario.errors import Mistake
from capsim.scenario.names import Names, unknown

if TYPE_CHECKING:
    from capsim.scenario.fields import ScenarioFields

__all__ = ["ALL", "INITIAL", "RESERVED", "Window", "late_windows", "window_rules"]

ALL = "all"
"""The window of all that is measured: from the warm-up to the end, without the follow-up."""
INITIAL = "initial"
"""The window that holds the cases of the first day."""
RESERVED = (ALL, INITIAL)

_FOLLOWED = 30.0
"""Days for which people should be followed where no deadline says more."""


class Window(Table):
    """A span of the calendar in which is measured."""

    from_: Date = Field(alias="from")
    """First day."""
    until: Date
    """The day after the last."""


def window_rules(scenario: ScenarioFields, names: Names) -> Iterator[Mistake]:
    """Windows that lie nowhere in the measured time, and a window that there is not."""
    first = scenario.start + datetime.timedelta(days=scenario.warm_up_days)
    last = scenario.start + datetime.timedelta(days=scenario.horizon_days)
    for name, window in scenario.windows.items() if names.knows_start else ():
        path = f"windows.{name}"
        if name in RESERVED:
            yield Mistake("windows", name, f"{name!r} is a reserved name", "choose another one")
        if window.until <= window.from_:
            yield Mistake(
                f"{path}.until",
                window.until.isoformat(),
                f"must lie after {window.from_}, the first day",
                "until is the day after the last",
            )
        elif window.from_ < first:
            reason = "the end of the warm-up" if scenario.warm_up_days else "the first day"
            yield Mistake(
                f"{path}.from",
                window.from_.isoformat(),
                f"lies before {first}, {reason}",
                "let it begin later",
            )
        elif window.until > last:
            yield Mistake(
                f"{path}.until",
                window.until.isoformat(),
                f"lies beyond {last}, the end of the run",
                "lengthen the horizon, or let the window end earlier",
            )
    if names.windows is not None:
        yield from unknown(scenario.window, [ALL, *names.windows], "window", "window")


def late_windows(scenario: ScenarioFields) -> Iterator[str]:
    """Windows half of whose people are followed for less time than their deadlines allow."""
    needed = max(
        (
            scenario.calendar.mean_days(stage.deadline.within)
            for stage in scenario.stages.values()
            if stage.deadline is not None
        ),
        default=_FOLLOWED,
    )
    for name, window in scenario.windows.items():
        middle = ((window.from_ - scenario.start) + (window.until - scenario.start)) / 2
        followed = scenario.horizon_days - middle.days
        if followed < needed:
            yield (
                f"windows.{name}: half of those who apply in it are followed for less than "
                f"{followed + 1} days, deadlines allow {needed:.0f}; lengthen the horizon"
            )
