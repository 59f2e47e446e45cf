"""The cheapest staff over time, among those that follow the need, that meets a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np

from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options, request_of
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.questions import Question, register
from capsim.experiments.staffing.grid import Axis, Grid
from capsim.experiments.staffing.over_time import Bench, ProfiledTeam, load_of
from capsim.experiments.staffing.problem import Problem
from capsim.experiments.staffing.result import Staffing
from capsim.experiments.staffing.targets import parse_targets

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["profile_for_target"]

_QUALITIES = tuple(round(-1.0 + 0.1 * k, 1) for k in range(46))
"""Spare workers per root of the load, from too few to nobody waiting."""


def profile_for_target(
    scenario: Scenario | str,
    team: str,
    target: str | Sequence[str],
    *,
    seed: int,
    every: str = "1 month",
    n: int = 50,
    confidence: float = 0.95,
    max_replications: int = 1_000,
    engine: str = "auto",
    **execution: Unpack[Execution],
) -> Staffing:
    """The cheapest staff over time, among those that follow the need, that meets the targets.

    The staff of an interval is load + quality x sqrt(load), rounded up, with the simulated load of
    ample staff and one quality for all intervals; the smallest quality that meets the targets is
    searched and proven as in `find_staffing`. Compare its cost, the mean FTE, with the constant
    staff that `find_staffing` gives.

    Parameters
    ----------
    scenario, team, seed, every, engine, **execution
        As in `staffing_profile`.
    target, confidence, max_replications
        As in `find_staffing`.
    n : int
        Replications with ample staff, for the load.

    Returns
    -------
    Staffing
        `scenario` has the profile; `staffing` is the quality.
    """
    from capsim.experiments.staffing.find import solved

    check_options(profile_for_target, execution)
    subject = check_scenario(scenario)
    n = check_n(n)
    most = check_n(max_replications, "max_replications")
    targets = parse_targets(target, subject)
    settings = check_settings(seed=seed, engine=engine, also=[one.selector for one in targets])
    own = ProfiledTeam(subject, team, every)
    with Campaign(**execution) as campaign:
        load = load_of(Bench(campaign, own, settings, n), own, own.theory(0.2))
    chosen: dict[tuple[int, ...], float] = {}
    for quality in _QUALITIES:
        workers = np.maximum(np.ceil(load + quality * np.sqrt(load)), load > 0)
        chosen.setdefault(tuple(own.seats(workers).tolist()), quality)
    axis = Axis(
        path=f"quality of {team}",
        values=tuple(chosen.values()),
        team=team,
        field="profile",
        overrides=tuple(own.overrides(seats) for seats in chosen),
    )
    cost = np.array([own.mean_fte(np.array(seats)) for seats in chosen])
    grid = Grid(subject, (axis,), cost, np.ones(len(chosen), dtype=bool))
    request = request_of(
        "profile_for_target",
        settings,
        n=n,
        base=subject.to_dict(),
        team=team,
        target=[one.text for one in targets],
        every=every,
        confidence=confidence,
        max_replications=most,
    )
    problem = Problem(
        grid, targets, {}, settings, confidence=confidence, most=most, frontier=0, request=request
    )
    return solved(problem, execution)


register(
    Question(
        "profile_for_target",
        profile_for_target,
        lambda noted: noted.but("base", scenario=noted.base),
        open_ended=lambda arguments: True,
    )
)
