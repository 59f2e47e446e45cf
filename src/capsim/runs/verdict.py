"""What theory makes of the load, in a line beside simulated numbers.

An overloaded service has no steady state: its waits depend on how long the run lasts. Whoever
prints waits prints this line, so that nobody takes them for one.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from capsim.scenario import Scenario
    from capsim.theory.description import Description

BACKLOGS = ("clears", "clears_after_end", "growing")
"""States of a team that has a backlog."""

_KEPT = 64
_kept: dict[str, Description] = {}


@dataclass(frozen=True)
class Cleared:
    """In how many replications every backlog was gone by the end, and when in half of all.

    Attributes
    ----------
    reached, n : int
        Replications in which the queues of all stages were back, and all of them.
    end : date
        The last day of the run.
    half : date or None
        Day by which half of all replications were there; None if fewer were by the end.
    """

    reached: int
    n: int
    end: datetime.date
    half: datetime.date | None

    def __str__(self) -> str:
        """As it stands beside the verdict of theory.

        Examples
        --------
        >>> print(Cleared(61, 100, datetime.date(2027, 12, 31), datetime.date(2027, 11, 2)))
        in 61 of 100 runs by 2027-12-31, in half of all by 2027-11-02
        """
        text = f"in {self.reached} of {self.n} run{'s' * (self.n > 1)} by {self.end}"
        return text + (f", in half of all by {self.half}" if self.half and self.n > 1 else "")


def cleared(days: np.ndarray, scenario: Scenario) -> Cleared | None:
    """What was simulated, to be told beside what theory says; None if there was no backlog.

    Parameters
    ----------
    days : (replications, stages) array
        `clear_day` of each stage; nan or infinite where it was not reached.

    Examples
    --------
    >>> import capsim
    >>> service = capsim.Scenario(
    ...     start="2026-01-01", horizon="1 year", stages={"pause": {"stay": "1 day"}},
    ...     inflows={"a": {"rate": {"per_day": 1}}})
    >>> str(cleared(np.array([[90.0, 80.0], [np.nan, 30.0], [100.0, 120.0]]), service))
    'in 2 of 3 runs by 2026-12-31, in half of all by 2026-05-01'
    """
    if not days.size:
        return None
    last = np.sort(np.where(np.isnan(days), np.inf, days).max(axis=1))
    middle = float(last[(last.size + 1) // 2 - 1])
    half = scenario.start + datetime.timedelta(days=int(middle)) if np.isfinite(middle) else None
    end = scenario.last_day() - datetime.timedelta(days=1)
    return Cleared(int(np.isfinite(last).sum()), last.size, end, half)


def verdict_line(scenario: Scenario, simulated: Cleared | None = None) -> str:
    """Sentence about an overload, lasting or passing, that theory sees; empty if there is none.

    With what was `simulated` both stand side by side, and the reason why they differ.

    Examples
    --------
    >>> import capsim
    >>> service = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="1 year",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 60}}},
    ... )
    >>> verdict_line(service).partition(", by theory")[0]
    'OVERLOAD: intake: does not clear (grows by 6.55 a month)'
    >>> verdict_line(service.with_({"teams.intake.fte": 3}))
    ''
    """
    line = line_of(_described(scenario), simulated)
    if scenario.triggers:
        line = line.replace("without chance", "without chance or reserves", 1)
    return line


def _described(scenario: Scenario) -> Description:
    key = scenario.hash
    if key not in _kept:
        # Theory takes a second for 38 offices, and a notebook prints a result again and again.
        while len(_kept) >= _KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = scenario.describe()
    return _kept[key]


def has_waves(scenario: Scenario) -> bool:
    """Whether anyone of a wave applies in this scenario."""
    return any(
        any(wave.people > 0 and inflow.take_up_of(wave) > 0 for wave in inflow.waves.values())
        for inflow in scenario.inflows.values()
    )


def backlogged(scenario: Scenario) -> frozenset[str]:
    """Stages of which it can be asked when their backlog is gone.

    With a wave all that have a team. Without one those whose team has a backlog to speak of by
    theory, passing or growing: elsewhere the longest queue of a run is chance.

    Examples
    --------
    >>> import capsim
    >>> service = capsim.Scenario(
    ...     start="2026-01-01", horizon="1 year", teams={"desk": {"fte": 1}},
    ...     stages={"list": {"team": "desk", "work": "1 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 60}}})
    >>> sorted(backlogged(service)), sorted(
    ...     backlogged(service.with_({"initial.list": {"cases": 300}})))
    ([], ['list'])
    """
    with_team = {name: stage.team for name, stage in scenario.stages.items() if stage.team}
    if has_waves(scenario):
        return frozenset(with_team)
    teams = {row.team for row in _described(scenario).teams if row.state in BACKLOGS}
    return frozenset(name for name, team in with_team.items() if team in teams)


def said_of(scenario: Scenario) -> str:
    """What stands below a run: the verdict of theory, and whether it is measured while it fills."""
    from capsim.theory.filling import filling_line

    return " ".join(line for line in (verdict_line(scenario), filling_line(scenario)) if line)


def line_of(description: Description, simulated: Cleared | None = None) -> str:
    """The same for what `Scenario.describe` gave back."""
    beside = f"; simulated: {simulated}" if simulated else ""
    if description.state == "growing":
        return (
            f"OVERLOAD: {description.verdict}, by theory without chance, for which nobody leaves"
            f"{beside}. Waits depend on how long the run lasts; they are no steady state."
        )
    if description.state in ("clears", "clears_after_end"):
        lapsing = any(row.lapsing for row in description.teams)
        made = ", in which every visit is made however late" if lapsing else ""
        if simulated:
            beside += " (chance, and visits that lapse)" if lapsing else " (with chance)"
        else:
            beside = "; dates in tables are simulated"
        return (
            f"PASSING OVERLOAD: {description.verdict}, by theory without chance{made}{beside}. "
            "Waits are those of the measured time; they are no steady state."
        )
    if description.state == "critical":
        return (
            f"AT THE LIMIT: {description.verdict}, by theory without chance{beside}. "
            f"{_why(description)}, so that chance alone makes long queues, and those there are "
            "last."
        )
    return ""


def _why(description: Description) -> str:
    """What makes the worst team or meeting critical."""
    shares = [row.utilization for row in description.meetings if row.state == "critical"]
    for row in description.teams:
        if row.state == "critical":
            shares += [row.utilization, row.places_utilization]
    used = max(share for share in shares if share == share)
    if used > 1:
        return "More hours are asked for than there are, and visits that come too late lapse"
    if used < 0.95:
        return "For a time more hours are asked for than there are, and visits lapse"
    return "Nearly all hours or places are asked for"
