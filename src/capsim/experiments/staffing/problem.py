"""What a search for a staffing is asked, in one piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from capsim.execution.settings import RunSettings
from capsim.experiments.staffing.grid import Grid
from capsim.experiments.staffing.targets import Target

__all__ = ["Problem"]


@dataclass(frozen=True, eq=False)
class Problem:
    """The cheapest staffing of a grid that meets the targets is wanted.

    Attributes
    ----------
    grid : Grid
        Staffings of a scenario, with their costs.
    targets : tuple of Target
    start : mapping of str to float
        Where theory expects the answer, by path.
    settings : RunSettings
    confidence : float
        Of either statement of the answer.
    most : int
        Replications of one staffing in the proof, at most.
    frontier : int
        Costs at which the most promising staffing is run a few times.
    request : mapping
        What a store is to note.
    """

    grid: Grid
    targets: tuple[Target, ...]
    start: Mapping[str, float]
    settings: RunSettings
    confidence: float
    most: int
    frontier: int
    request: Mapping[str, Any]
