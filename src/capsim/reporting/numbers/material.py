"""What a report is made of: the study itself, and the smaller studies beside it.

How many replications the smaller ones get follows from the size of the scenario alone, so that the
same call gives the same numbers on every machine, and a province of 38 offices takes seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capsim.execution.options import Execution
from capsim.experiments import Replications, compare, replicate
from capsim.reporting.numbers.beside import Beside
from capsim.reporting.numbers.figures import Figures
from capsim.reporting.numbers.grid import MONTHLY, Sliders, grid_of
from capsim.reporting.numbers.influence import Influence, influence_of
from capsim.reporting.numbers.staff import Staff, staff_of
from capsim.scenario.checks.sizes import sizes_of

if TYPE_CHECKING:
    from capsim.runs import Run
    from capsim.scenario import Scenario

__all__ = ["Material", "Subject", "material_of"]

_PLANS = 40_000_000
"""Events of all replications of the other plans together; about 4 s of a processor."""
_LARGEST_RUN = 10_000_000
"""Events of a run that is shown day by day."""
_FEWEST, _FEWEST_PLANS, _RUNS = 3, 6, 5


@dataclass(frozen=True)
class Subject:
    """What a report was asked for.

    Attributes
    ----------
    scenario : Scenario
    label : str
        Its name beside others.
    n, seed : int
    engine : str
    execution : mapping
        How to carry it out.
    result : Replications or None
        Those there are already, by month.
    base : (str, Scenario) or None
        What it is compared with.
    plans : mapping of str to Scenario
        Other scenarios that could have been chosen.
    rules : mapping
        Rules of the user's own.
    """

    scenario: Scenario
    label: str
    n: int
    seed: int
    engine: str
    execution: Execution
    result: Replications | None
    base: tuple[str, Scenario] | None
    plans: Mapping[str, Scenario]
    rules: Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    """All numbers of a report.

    Attributes
    ----------
    label : str
        Name of the scenario beside others.
    figures : Figures
        Of the scenario itself.
    base : Figures or None
        Of what it is compared with.
    compared : Beside or None
        Both, all replications.
    plans : Beside or None
        The scenario, as baseline, and other plans; fewer replications where it is large.
    grid : Sliders or None
        What the sliders show.
    influence : Influence or None
        What the outcome depends on.
    staff : Staff or None
    runs : tuple of Run
        The first replications in full; none if the scenario is too large.
    """

    label: str
    figures: Figures
    base: Figures | None
    compared: Beside | None
    plans: Beside | None
    grid: Sliders | None
    influence: Influence | None
    staff: Staff | None
    runs: tuple[Run, ...]

    @property
    def base_label(self) -> str:
        """Name of what it is compared with; empty if there is nothing."""
        return "" if self.compared is None else self.compared.comparison.baseline

    @property
    def result(self) -> Replications:
        """The study."""
        return self.figures.result

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""
        return self.figures.result.scenario


def affordable(scenario: Scenario, count: int, budget: int, engine: str, n: int) -> int:
    """Replications of each of so many scenarios of this size: at most `n`, and not below three."""
    events = sizes_of(scenario).events * (1 if engine == "compiled" else 50)
    return max(min(int(budget / max(count * events, 1)), n), min(_FEWEST, n))


def material_of(subject: Subject) -> Material:
    """Simulate what is not there yet."""
    scenario, n, seed = subject.scenario, subject.n, subject.seed
    shared: dict[str, Any] = {"engine": subject.engine, **subject.rules, **subject.execution}
    # A page has plain means throughout: not all of its scenarios may have outlines.
    plain = {**shared, "control": 0}
    result = subject.result
    if result is None:
        result = replicate(scenario, n=n, seed=seed, by=MONTHLY, **plain)
    shared["engine"] = plain["engine"] = result.engine
    figures = Figures.of(result)
    base = compared = plans = None
    if subject.base is not None:
        label, other = subject.base
        both = {label: other, subject.label: scenario}
        compared = Beside.of(compare(both, n=n, seed=seed, **plain), figures.headlines)
        base = Figures.of(replicate(other, n=n, seed=seed, by=MONTHLY, **plain))
    if subject.plans:
        fewer = affordable(scenario, len(subject.plans) + 1, _PLANS, result.engine, n)
        fewer = max(fewer, min(_FEWEST_PLANS, n))
        several = {subject.label: scenario, **subject.plans}
        found = compare(several, n=fewer, seed=seed, **plain)
        plans = Beside.of(found, figures.headlines)

    def few(count: int, budget: int) -> int:
        return affordable(scenario, count, budget, result.engine, n)

    runs = _runs(result, subject)
    return Material(
        label=subject.label,
        figures=figures,
        base=base,
        compared=compared,
        plans=plans,
        grid=grid_of(figures, few, shared),
        influence=influence_of(figures, few, shared) if not subject.rules else None,
        staff=staff_of(runs),
        runs=runs,
    )


def _runs(result: Replications, subject: Subject) -> tuple[Run, ...]:
    from capsim.runs import simulate

    if sizes_of(result.scenario).events > _LARGEST_RUN:
        return ()
    return tuple(
        simulate(
            result.scenario,
            seed=result.seed,
            replication=replication,
            engine=result.engine,
            **subject.rules,
        )
        for replication in range(min(result.n, _RUNS))
    )
