"""The number that nobody wrote down, such that the simulated share of late decisions is today's."""

from __future__ import annotations

import math
from typing import Any, Protocol

from capsim.scenario import Scenario, ScenarioError

__all__ = ["calibrated"]

_REPLICATIONS, _SEED = 20, 1
_STEPS = 10
_CLOSE = 0.01
_SPANS = {
    "hours_per_file": (0.5, 40.0),
    "posts": (0.5, 1000.0),
    "client_hours": (5.0, 38.0),
}
"""What may be taken, in the order in which they are tried."""


class Draft(Protocol):
    """What is needed of a draft."""

    numbers: dict[str, float]
    answers: Any

    def default(self, name: str) -> float: ...
    def assume(self, name: str, value: float, certainty: str, note: str) -> None: ...
    def table(self, *, today: bool) -> dict[str, Any]: ...


def calibrated(draft: Draft) -> dict[str, Any]:
    """Settle what is still open; gives more of what the evidence says, by path."""
    target = draft.numbers.get("share_late")
    free = [name for name in _SPANS if name not in draft.answers.numbers]
    free = [name for name in free if name != "posts" or "posts" not in draft.numbers]
    for name in ("posts", "hours_per_file"):
        if name not in draft.numbers and (target is None or free[0] != name):
            draft.assume(
                name,
                draft.default(name),
                "assumption",
                "68 files a post, as in the preset" if name == "posts" else "as in the preset",
            )
    if target is None:
        return {}
    if not free:
        note = f"late today {target:.0%} as written; the simulated share is told by every run"
        return {"stages.investigation.deadline.within": {"note": note}}
    name = free[0]
    value, late = _solve(draft, name, target)
    note = (
        f"so that {late:.1%} are decided late in the simulated base without changes, "
        f"{target:.1%} as written"
    )
    if abs(late - target) > 0.02:
        note = (
            f"the nearest to {target:.1%} decided late, as written: {late:.1%} in the simulated "
            "base; other numbers do not go together with it"
        )
    draft.assume(name, value, "derived", note)
    return {}


def _solve(draft: Draft, name: str, target: float) -> tuple[float, float]:
    """The value with which the late share is nearest to the target, and that share."""
    low, high = _SPANS[name]
    if name == "posts":
        guess = draft.default(name)
        low, high = max(0.5, guess / 8), guess * 4
    tried: list[tuple[float, float]] = []
    rises = name == "hours_per_file"  # more hours, more late; more posts, fewer
    for _ in range(_STEPS):
        middle = float(f"{math.sqrt(low * high):.3g}")
        if tried and middle == tried[-1][0]:
            break
        late = _late(draft, name, middle)
        tried.append((middle, late))
        if abs(late - target) < _CLOSE:
            break
        if (late < target) == rises:
            low = middle
        else:
            high = middle
    return min(tried, key=lambda one: abs(one[1] - target))


def _late(draft: Draft, name: str, value: float) -> float:
    """Simulated share of decisions that are late, if nothing of what is planned comes."""
    from capsim.experiments import replicate

    draft.numbers[name] = value
    raw = {**draft.table(today=True), "variants": {}, "evidence": {}}
    raw["inflows"] = {"regular": {"rate": {"per_month": draft.numbers["applications_a_month"]}}}
    try:
        scenario = Scenario.model_validate(raw)
    except ScenarioError:
        return 1.0 if name == "hours_per_file" else 0.0
    result = replicate(scenario, n=_REPLICATIONS, seed=_SEED, jobs=1)
    found = result.interval("late_share[investigation]").estimate
    return 1.0 if math.isnan(found) else found
