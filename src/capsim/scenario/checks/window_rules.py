"""Rules about the windows in which is measured."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from capsim.scenario.checks.names import Names, unknown
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.windows import ALL, RESERVED

if TYPE_CHECKING:
    from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["late_windows", "window_rules"]

_FOLLOWED = 30.0
"""Days for which people should be followed where no deadline says more."""


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
                "lengthen the horizon, let the window end earlier, or leave it out",
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
