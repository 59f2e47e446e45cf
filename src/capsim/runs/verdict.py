"""What theory makes of the load, in a line beside simulated numbers.

An overloaded service has no steady state: its waits depend on how long the run lasts. Whoever
prints waits prints this line, so that nobody takes them for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capsim.scenario import Scenario

_KEPT = 64
_lines: dict[str, str] = {}


def verdict_line(scenario: Scenario) -> str:
    """Sentence about an overload, lasting or passing, that theory sees; empty if there is none.

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
    key = scenario.hash
    if key not in _lines:
        # Theory takes a second for 38 offices, and a notebook prints a result again and again.
        while len(_lines) >= _KEPT:
            _lines.pop(next(iter(_lines)))
        _lines[key] = line_of(scenario.describe())
    return _lines[key]


def line_of(description: Any) -> str:
    """Sentence about an overload in what `Scenario.describe` gave back; empty if there is none."""
    if description.state == "growing":
        return (
            f"OVERLOAD: {description.verdict}, by theory without chance, for which nobody leaves. "
            "Waits depend on how long the run lasts; they are no steady state."
        )
    if description.state in ("clears", "clears_after_end"):
        return (
            f"PASSING OVERLOAD: {description.verdict}, by theory without chance, in which every "
            "visit is made however late; dates in tables are simulated. Waits are those of the "
            "measured time; they are no steady state."
        )
    if description.state == "critical":
        return (
            f"AT THE LIMIT: {description.verdict}. {_why(description)}, so that chance alone makes "
            "long queues, and those there are last."
        )
    return ""


def _why(description: Any) -> str:
    """What makes the worst team or meeting critical."""
    used = max(
        share
        for row in (*description.teams, *description.meetings)
        if row.state == "critical"
        for share in (row.utilization, getattr(row, "places_utilization", 0.0))
        if share == share
    )
    if used > 1:
        return "More hours are asked for than there are, and visits that come too late lapse"
    if used < 0.95:
        return "For a time more hours are asked for than there are, and visits lapse"
    return "Nearly all hours or places are asked for"
