"""The plan: every number an engine needs, in flat arrays.

Units. `ticks` are the integer seconds of `capsim.engines`, rules 1 to 4. An *office instant* counts
office seconds since the start (nights and closed days do not exist on it). A *calendar instant* is
`calendar_day * day_ticks + second of the office day`. Full-time equivalents, shares, rates and
weights are integer thousandths ("milli"). A *destination* is a stage number, or `-(exit + 1)` for
an exit. All codes are those of `capsim.kernels.codes`.

A *profile* is what one inflow meets at one stage in one office: the stage with the inflow's and the
office's own settings applied. Equal profiles are stored once. A *copy* is a team as it stands in
one office, or shared by a cluster of offices.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from capsim.kernels.tables import (
    Arrivals,
    Copies,
    Laws,
    Meetings,
    Network,
    Profiles,
    Rules,
    Staff,
    Time,
    Watches,
)
from capsim.scenario.model import Scenario

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def ints(values: Iterable[int]) -> Ints:
    """Whole numbers as a column of a table."""
    return np.array(list(values), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario, compiled: names for people, and tables for engines (`capsim.kernels.tables`).

    All arrays are C-contiguous and read-only; all integers are int64.
    """

    scenario: Scenario
    stages: tuple[str, ...]
    offices: tuple[str, ...]
    inflows: tuple[str, ...]
    teams: tuple[str, ...]
    exits: tuple[str, ...]
    copy_names: tuple[str, ...]
    """The office (or cluster) name of each team copy."""
    source_names: tuple[str, ...]
    """"initial/guidance", or "initial/guidance/OFFICE", for initial cases, "open/CASE" for one of a
    list; "rate", "trace", or the wave's name."""
    seat_names: dict[tuple[int, int], str]
    """Names of those in the seats (copy, seat) that a list of open cases knows."""
    watch_names: tuple[tuple[str, str], ...]
    """Trigger, and office (or cluster, or "all"), of each watch."""
    n_clocks: int
    """Deadline clocks that a case carries."""

    time: Time
    laws: Laws
    profiles: Profiles
    rules: Rules
    network: Network
    copies: Copies
    meetings: Meetings
    arrivals: Arrivals
    staff: Staff
    watches: Watches
