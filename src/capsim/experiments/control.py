"""Control by outlines: how many a study makes, and the paces that fit them to its replications.

An outline is a quick calculation on the same applicants and roster as a replication. It is wrong
about the service, but not about the luck; `capsim.estimates.controlled` says what is made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from capsim.execution.campaign import Campaign
from capsim.execution.outline_work import OutlineWork
from capsim.execution.scenario_work import ScenarioWork
from capsim.plan.plan import Floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CONTROL", "Control", "Outlines", "control_of"]

Control = int | Literal["auto"]
CONTROL = 8
"""Outlines for each replication, where nothing else is said."""
_MOST_VALUES = 100_000_000
"""Numbers of all outlines of a scenario together, eight bytes each."""


def control_of(control: Control, works: Sequence[ScenarioWork]) -> int:
    """How many outlines there are for each replication, 0 for none.

    Parameters
    ----------
    control : int or "auto"
        "auto" makes them where they are cheaper than as many more replications, in all scenarios:
        see `capsim.engines.outline.saves_time`. Not with rules of the user's own, which outlines
        do not know.
    works : sequence of ScenarioWork

    Raises
    ------
    ValueError
        If it is neither, or outlines do not know what a scenario has.
    """
    from capsim.engines import outline
    from capsim.plan import compile_plan

    if control == "auto":
        if any(work.rules for work in works):
            return 0
        plans = (compile_plan(work.scenario) for work in works)
        return CONTROL if all(map(outline.saves_time, plans)) else 0
    whole = isinstance(control, int | np.integer) and not isinstance(control, bool)
    if not whole or control < 0 or control == 1:
        raise ValueError(
            f"control = {control!r} must be 'auto', 0 for none, or how many outlines there are for "
            "each replication, such as 8"
        )
    for work in works if control else ():
        what = outline.unknown(compile_plan(work.scenario))
        if what:
            raise ValueError(
                f"control = {control}: outlines do not know {what}, which {work.label!r} has; "
                "leave control out, or give 0"
            )
    return int(control)


class Outlines:
    """The outlines of the scenarios of a campaign."""

    def __init__(self, campaign: Campaign, works: Sequence[ScenarioWork], control: int) -> None:
        self._campaign = campaign
        self._works = works
        self._control = control
        self._points: list[int] = []

    def run(self, n: int) -> None:
        """Have the outlines for the first n replications, which are there."""
        from capsim.engines import outline
        from capsim.estimates.controlled import FEWEST
        from capsim.plan import compile_plan

        if not self._control or n < FEWEST:
            return
        if not self._points:
            # By the same replications however many there are, so that more keep what is there.
            for point, work in enumerate(self._works):
                plan, ask = compile_plan(work.scenario), work.settings.ask
                first = self._campaign.values(point)[:FEWEST]
                pace = outline.paces(plan, work.seed, first, ask)
                self._points.append(self._campaign.add(OutlineWork(work, pace)))
        ranges = [(point, 0, self._wanted(point, n)) for point in self._points]
        self._campaign.run(ranges)

    def _wanted(self, point: int, n: int) -> int:
        rows = max(len(self._works[self._points.index(point)].rows()), 1)
        return max(n, min(self._control * n, _MOST_VALUES // rows))

    def values(self, number: int) -> NDArray[np.float64] | None:
        """(outlines, rows) of a scenario, a row for each of its own measures too; None without."""
        if not self._points:
            return None
        found: Floats = self._campaign.values(self._points[number])
        own = len(self._works[number].settings.own)
        if own:
            found = np.hstack([found, np.full((len(found), own), np.nan)])
        return found
