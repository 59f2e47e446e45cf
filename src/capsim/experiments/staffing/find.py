"""How many workers are enough: the cheapest staffing that meets the targets, with its proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Unpack

from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.own_functions import Measure
from capsim.execution.provenance import provenance
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.questions import Question, register
from capsim.experiments.staffing.board import Board
from capsim.experiments.staffing.grid import Values, grid_of
from capsim.experiments.staffing.on_demand import OnDemand, has_no_beginning
from capsim.experiments.staffing.priced import PricedStaffing, solved_in_money
from capsim.experiments.staffing.problem import Problem
from capsim.experiments.staffing.result import Effort, Staffing
from capsim.experiments.staffing.search import PROOF, SEARCH, Search
from capsim.experiments.staffing.start import start_of
from capsim.experiments.staffing.targets import parse_targets

if TYPE_CHECKING:
    import pandas as pd

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.scenario import Scenario

__all__ = ["find_staffing"]

_FEWEST = 30


def find_staffing(
    scenario: Scenario | str,
    vary: Mapping[str, Values],
    target: str | Sequence[str] | None = None,
    *,
    seed: int,
    confidence: float = 0.95,
    cost: Mapping[str, float] | Literal["money"] | None = None,
    max_replications: int = 1_000,
    frontier: int = 8,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
    **execution: Unpack[Execution],
) -> Staffing | PricedStaffing:
    """The cheapest staffing that meets the targets, with the proof that cheaper ones do not.

    Starts where theory expects the answer, searches on common random numbers, and proves the
    answer on replications that the search never saw (`capsim.experiments.staffing.search`).

    Parameters
    ----------
    scenario : Scenario or str
        A path or the name of a preset is loaded.
    vary : mapping of str to values
        What may be chosen, by dotted path: ``(lowest, highest, step)`` or a list. FTE of teams,
        and dated changes: ``{"teams.guidance.changes.spring.add": (0, 6, 1),
        "teams.guidance.changes.spring.at": ["2026-03-01", "2026-06-01"]}`` asks how many from when;
        the change need not be in the scenario. Other settings need their `cost`, and their values
        in order, least help first.
    target : str or list of str, optional
        Needed unless ``cost="money"``. All must be met. ``"wait_p90[intake] <= 14 days"``: the mean
        over replications of the measure; ``"... in 90 % of replications"``: so many replications
        keep the bound.
    seed : int
    confidence : float
        Probability that the staffing found meets all targets, and that all cheaper ones said to
        fail do, for each of the two statements.
    cost : mapping of str to float or "money", optional
        Per unit of a path. Default 1 per FTE: posts, those of a dated change for the share of the
        horizon that they are there. "money": the mean of `cost_total`, all that has a price in
        ``[costs]``, so that waiting and lateness count as much as posts; no target is needed. See
        `capsim.experiments.staffing.priced`.
    max_replications : int
        Of one staffing in the proof. One that is too close to its bound for so many is named
        undecided.
    frontier : int
        Costs at which the most promising staffing is run a few times, for `Staffing.frontier`; 0:
        only the staffings that the search came to.
    engine : {"auto", "simpy", "compiled"}
    measures, own : mapping of str to function, optional
        Measures of your own, which targets may name; more staff is taken to help them.
    assign, choose : function, optional
        Rules of your own, as `simulate` takes them; the replications are then run by the simpy
        engine, in processes.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Staffing or PricedStaffing
        The latter of ``cost="money"``.

    Raises
    ------
    ValueError
        If a target, an axis or a cost is not understood, or nothing has a price in money.
    ScenarioError
        If a staffing is no valid scenario.

    Notes
    -----
    A target fails or is met for a staffing that was not tested only by what holds along an axis:
    more staff of the own team helps, staff that no case of the target has passed does nothing, and
    staff upstream moves the measure in one direction.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="6 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 45}}},
    ... )
    >>> found = capsim.find_staffing(
    ...     scenario, {"teams.intake.fte": (1, 6, 1)}, "wait_mean[intake] <= 1 day", seed=1, jobs=1
    ... )
    >>> found.staffing, found.feasible
    ({'teams.intake.fte': 2}, True)
    """
    check_options(find_staffing, execution)
    subject = check_scenario(scenario)
    most = check_n(max_replications, "max_replications")
    if not _FEWEST <= most < PROOF:
        raise ValueError(f"max_replications = {most} must lie between {_FEWEST} and {PROOF - 1}")
    if not 0.5 <= confidence < 1:
        raise ValueError(f"confidence = {confidence!r} must lie between 0.5 and 1, such as 0.95")
    if isinstance(frontier, bool) or not isinstance(frontier, int) or frontier < 0:
        raise ValueError(f"frontier = {frontier!r} must be a whole number, 0 or more")
    in_money = cost == "money"
    if in_money and not subject.has_costs:
        raise ValueError(
            f"cost = 'money': nothing in {subject.name!r} has a price; add [costs], such as "
            "teams.TEAM.post = 70_000"
        )
    targets = () if in_money and not target else parse_targets(target or (), subject)
    grid = grid_of(subject, vary, cost)
    settings = check_settings(
        seed=seed,
        engine=engine,
        measures=measures,
        own=own,
        assign=assign,
        choose=choose,
        also=[one.selector for one in targets],
    )
    request = request_of(
        "find_staffing",
        settings,
        n=_FEWEST,
        base=subject.to_dict(),
        vary={axis.path: list(axis.values) for axis in grid.axes},
        target=[one.text for one in targets],
        confidence=confidence,
        cost=dict(cost) if isinstance(cost, Mapping) else cost,
        max_replications=most,
        frontier=frontier,
    )
    start = start_of(grid, targets)
    problem = Problem(grid, targets, start, settings, confidence, most, frontier, request)
    return solved_in_money(problem, execution) if in_money else solved(problem, execution)


def solved(problem: Problem, execution: Execution) -> Staffing:
    """The cheapest staffing of a grid that meets the targets, or what stands in the way."""
    grid, targets, settings = problem.grid, problem.targets, problem.settings
    board = Board(grid, targets)
    with Campaign(**execution) as campaign:
        replications = OnDemand(campaign, problem)
        first = grid.top
        if not replications.grows(first):
            replications.add(first, SEARCH)
            replications.columns(first)  # every target must exist before anything is simulated
        campaign.record(problem.request)
        search = Search(
            board,
            replications.have,
            replications.look,
            problem.start,
            replications.grows,
            confidence=problem.confidence,
            most=problem.most,
        )
        answer = search.run()
        effort_of_search = replications.total(SEARCH)
        along = search.along(problem.frontier) if problem.frontier else {}
        seconds = campaign.seconds
    index = grid.top if answer is None else answer
    staffed = grid.staffed(index)
    reasons: tuple[str, ...] = ()
    table: pd.DataFrame | None = None
    if answer is None and (growing := has_no_beginning(staffed)):
        reasons = (growing,)
    elif answer is None:
        from capsim.experiments.staffing.obstacles import obstacles_of

        found = obstacles_of(staffed, targets, _FEWEST, settings, execution)
        reasons, table = found.reasons, found.table
    proofs = max((reading.n for reading in board.proof.get(index, ())), default=_FEWEST)
    effort = Effort(
        search=effort_of_search,
        proof=replications.total(PROOF),
        frontier=replications.total(SEARCH) - effort_of_search,
        tested=len(board.tested),
        staffings=grid.size,
        plain_grid=grid.size * proofs,
    )
    return Staffing(
        staffing=grid.point(index),
        feasible=answer is not None,
        cost=float(grid.cost[index]),
        targets=targets,
        confidence=problem.confidence,
        scenario=staffed,
        reasons=reasons,
        obstacles=table,
        effort=effort,
        seed=settings.seed,
        engine=settings.engine,
        provenance=provenance(
            {grid.scenario.label: grid.scenario},
            settings,
            seconds,
            targets=[one.text for one in targets],
            confidence=problem.confidence,
            replications=effort.replications,
        ),
        _index=index,
        _board=board,
        _along=along,
    )


register(
    Question(
        "find_staffing",
        find_staffing,
        lambda noted: noted.but("base", "n", scenario=noted.base),
        open_ended=lambda arguments: True,
    )
)
