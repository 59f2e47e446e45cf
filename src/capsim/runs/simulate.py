"""One replication of a scenario, from what the user wrote to a `Run`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from capsim.engines import DETAILS, engine_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.plan.windows import Ask
    from capsim.runs.run import Run
    from capsim.scenario import Scenario

__all__ = ["simulate"]


def simulate(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    *,
    seed: int,
    replication: int = 0,
    engine: str = "auto",
    detail: str = "full",
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
) -> Run:
    """One replication of a scenario.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
        What to simulate; a path or the name of a preset is loaded, of a table a scenario is made.
    seed : int
        From 0 to 2**64 - 1. Together with `replication` it fixes every draw.
    replication : int, default 0
        Number of the replication within the seed.
    engine : {"auto", "simpy", "compiled"}
        "auto" takes the compiled engine if numba can be imported and no rule is given. The first
        use compiles it, and says so (see `capsim.runs.warming`).
    detail : {"full", "measures"}
        "measures" keeps no tables, only what `Run.measures` gives.
    assign : callable, optional
        Who gets a case, instead of rule 12: ``assign(team, case, workers)`` gives one of the
        workers shown (employed, present, with room, in worker order), or None for nobody now. See
        `capsim.engines.reference.policies` for what the views show. Only the simpy engine.
    choose : callable, optional
        Which visit starts next, instead of rule 10: ``choose(team, entries)`` gives one of the
        entries shown (all that could start, in the order of the rule), or None. Only the simpy
        engine.

    Returns
    -------
    Run
        Tables, series and measures of the run.

    Raises
    ------
    ScenarioError
        If the scenario cannot be simulated.
    TypeError
        If the seed or the replication is no integer.
    ValueError
        If the scenario is none of these, the engine or detail is unknown, a rule is combined with
        the compiled engine, or a rule gives back something that it was not shown.
    ImportError
        If the compiled engine is asked for and numba cannot be imported.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-05",
    ...     horizon="2 weeks",
    ...     teams={"guidance": {"fte": 2}},
    ...     stages={
    ...         "guidance": {
    ...             "team": "guidance", "caseworker": True, "visits": 1, "work": "2 h"
    ...         }
    ...     },
    ...     inflows={"regular": {"trace": [0, 0, 1, 1]}},
    ... )
    >>> run = capsim.simulate(scenario, seed=1, engine="simpy")
    >>> list(run.stays["worker"])
    ['main/guidance/1', 'main/guidance/2', 'main/guidance/1', 'main/guidance/2']

    A rule that gives every case to the highest seat instead of the least loaded worker:

    >>> run = capsim.simulate(scenario, seed=1, assign=lambda team, case, workers: workers[-1])
    >>> set(run.stays["worker"])
    {'main/guidance/2'}

    One that takes the latest applicant first:

    >>> run = capsim.simulate(
    ...     scenario, seed=1, choose=lambda team, entries: max(entries, key=lambda e: e.case.joined)
    ... )
    """
    from capsim.scenario.loading import as_scenario

    name = engine_named(engine, has_rule=assign is not None or choose is not None)
    if detail not in DETAILS:
        raise ValueError(f"detail = {detail!r}: must be one of {', '.join(map(repr, DETAILS))}")
    return simulated(
        as_scenario(scenario),
        seed=seed,
        replication=replication,
        engine=name,
        detail=detail,
        assign=assign,
        choose=choose,
    )


def simulated(
    subject: Scenario,
    *,
    seed: int,
    replication: int,
    engine: str,
    detail: str = "full",
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
    ask: Ask | None = None,
) -> Run:
    """One replication of a scenario, with checked arguments; `ask` is what a study measures."""
    from time import perf_counter

    from capsim.draws import deal
    from capsim.plan import compile_plan
    from capsim.plan.windows import PLAIN
    from capsim.runs.run import Run

    began = perf_counter()
    plan = compile_plan(subject)
    luck = deal(plan, seed, replication)
    if engine == "compiled":
        from capsim.engines import compiled

        log = compiled.run(plan, luck, detail=detail, ask=ask or PLAIN)
    else:
        from capsim.engines import reference

        log = reference.run(plan, luck, assign=assign, choose=choose)
    run_time = perf_counter() - began
    return Run(
        log,
        provenance=_provenance(subject, seed, replication, engine, assign, choose, run_time),
    )


@cache
def _versions() -> dict[str, str]:
    """Versions of what computes here; "" for what is not installed."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    versions = {"python": platform.python_version()}
    for package in ("capsim", "numpy", "numba", "simpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = ""
    return versions


def _provenance(
    scenario: Scenario,
    seed: int,
    replication: int,
    engine: str,
    assign: Any,
    choose: Any,
    run_time: float,
) -> dict[str, Any]:
    """Whatever is needed to get the same numbers again, and where they came from."""
    import platform

    rules = {"assign": assign, "choose": choose}
    return {
        "scenario": scenario.label,
        "scenario_hash": scenario.hash,
        "overrides": scenario.overrides,
        "seed": seed,
        "replication": replication,
        "engine": engine,
        "rules": {
            name: f"{getattr(rule, '__module__', '')}.{getattr(rule, '__qualname__', repr(rule))}"
            for name, rule in rules.items()
            if rule is not None
        },
        "versions": dict(_versions()),
        "machine": f"{platform.system()} {platform.machine()}",
        "run_time": run_time,
    }
