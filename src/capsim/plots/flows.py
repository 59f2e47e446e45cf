"""How many people went which way in a year, counted in runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capsim.plots import style
from capsim.scenario.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["Flows", "flows_of"]

MOST = 10
"""Replications of a study in which ways are counted."""


@dataclass(frozen=True)
class Flows:
    """People a year.

    Attributes
    ----------
    ways : dict
        By stage and where they went next, a stage or an exit.
    entries : dict
        By inflow: who came.
    said : str
        Which runs, and which time.
    """

    ways: dict[tuple[str, str], float]
    entries: dict[str, float]
    said: str


def flows_of(result: Any) -> tuple[Scenario, Flows]:
    """The scenario of a run or of replications, and its flows in the window that is meant.

    Of a study the first ten replications are simulated once more, with their tables.
    """
    from capsim.runs.simulate import simulate
    from capsim.scenario.errors import counted

    if hasattr(result, "stays"):
        scenario, runs = result.log.plan.scenario, [result]
        who = "one run"
    else:
        scenario = result.scenario
        runs = [
            simulate(scenario, seed=result.seed, replication=number, engine=result.engine)
            for number in range(min(result.n, MOST))
        ]
        who = f"mean of {counted(len(runs), 'run')}"
    low, high = style.days_of(scenario, scenario.window)
    ways: Counter[tuple[str, str]] = Counter()
    entries: Counter[str] = Counter()
    for run in runs:
        _count(run, low, high, ways, entries)
    years = len(runs) * (high - low) / float(DAYS_PER_YEAR)
    return scenario, Flows(
        {way: number / years for way, number in ways.items()},
        {name: number / years for name, number in entries.items()},
        f"{style.said_window(scenario.window)}, {who}",
    )


def _count(
    run: Any, low: int, high: int, ways: Counter[tuple[str, str]], entries: Counter[str]
) -> None:
    stays = run.stays
    case, stage = stays["case"], stays["stage"]
    last = case != case.shift(-1)
    exits = run.cases.set_index("case")["exit"]
    goal = stage.shift(-1).where(~last, case.map(exits))
    gone = (stays["ended"] >= low) & (stays["ended"] < high)
    ways.update(zip(stage[gone].tolist(), goal[gone].tolist(), strict=True))
    first = (case != case.shift(1)) & (stays["joined"] >= low) & (stays["joined"] < high)
    entries.update(stays.loc[first, "inflow"].tolist())
