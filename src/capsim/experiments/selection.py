"""Which scenario is best: as many replications as it takes to say so with a stated probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from capsim.catalogue.shown import shown
from capsim.estimates import indifference
from capsim.estimates.indifference import Verdict
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.own_functions import Measure
from capsim.execution.provenance import provenance
from capsim.execution.scenario_work import ScenarioWork
from capsim.experiments.arguments import check_n, check_scenarios, check_settings
from capsim.experiments.questions import Question, register
from capsim.experiments.results.result import AbstractResult
from capsim.experiments.results.sample import chosen

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Selection", "select_best"]

Goal = Literal["smallest", "largest"]

_FEWEST = 10
"""Replications of the first stage; fewer make its variances, and so the promise, too expensive."""


@dataclass(frozen=True, eq=False, repr=False)
class Selection(AbstractResult):
    """The best of several scenarios.

    Attributes
    ----------
    best : str
        Name of the scenario selected.
    decided : bool
        Whether the promise holds: with probability `confidence` the best is selected if it is
        better than all others by `difference`, and otherwise one within `difference` of the best.
        False if the cap on replications came first; `best` is then only the present leader.
    measure : str
    goal : {"smallest", "largest"}
    difference, confidence : float
    table : DataFrame
        scenario, mean, n, in_question (True for those that were not ruled out).
    provenance : dict
    """

    best: str
    decided: bool
    measure: str
    goal: Goal
    difference: float
    confidence: float
    provenance: dict[str, Any]
    _verdict: Verdict = field(kw_only=True)
    _names: tuple[str, ...] = field(kw_only=True)
    _sign: int = field(kw_only=True)

    @property
    def table(self) -> pd.DataFrame:
        """scenario, mean, n, in_question; the best first."""
        import pandas as pd

        verdict = self._verdict
        frame = pd.DataFrame(
            {
                "scenario": self._names,
                "mean": [self._sign * mean for mean in verdict.means],
                "n": verdict.replications,
                "in_question": [k in verdict.alive for k in range(len(self._names))],
            }
        )
        rank = frame["in_question"].astype(int) * 2 + (frame["scenario"] == self.best)
        order = np.lexsort([self._sign * frame["mean"], -rank])
        return frame.iloc[order].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def _heading(self) -> list[str]:
        what = f"{self.goal} {self.measure}"
        if not self.decided:
            n = max(self._verdict.replications)
            return [
                f"{what}: NOT decided, the cap of {n} replications came first; {self.best!r} leads"
            ]
        return [
            f"{what}: {self.best!r}",
            f"with probability {self.confidence:g} it is the best, or within {self.difference:g} "
            "of the best",
        ]

    def _table(self) -> list[list[str]]:
        rows = [["scenario", "mean", "n", "in question"]]
        measure = self.measure.split("[")[0]
        for row in self.table.to_dict("records"):
            rows.append(
                [
                    str(row["scenario"]),
                    shown(measure, float(row["mean"])),
                    str(row["n"]),
                    "yes" if row["in_question"] else "no",
                ]
            )
        return rows


def select_best(
    scenarios: Mapping[str, Scenario | str],
    measure: str,
    *,
    difference: float,
    n: int,
    seed: int,
    goal: Goal = "smallest",
    confidence: float = 0.95,
    n_max: int = 10_000,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    **execution: Unpack[Execution],
) -> Selection:
    """The scenario with the best mean, selected with a stated probability on the same luck.

    Replications are added, and scenarios ruled out, until one is left (the procedure KN, see
    `capsim.estimates.indifference`).

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        At least two.
    measure : str
        Selector, such as ``"wait_mean[intake]"``, or the name of a measure of your own.
    difference : float
        Smallest difference that matters, in the unit of the measure.
    n : int
        Replications of the first stage, at least 10.
    seed : int
    goal : {"smallest", "largest"}
    confidence : float
        Probability of a correct selection.
    n_max : int
        Cap on the replications of a scenario; if it comes first, the result says so.
    engine : {"auto", "simpy", "compiled"}
    measures, own : mapping of str to function, optional
        Measures of your own.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        If the measure has no value in some replication: it then has no mean to be compared.
    """
    check_options(select_best, execution)
    subjects = check_scenarios(scenarios)
    if check_n(n) < _FEWEST:
        raise ValueError(f"n = {n} must be at least {_FEWEST} replications in the first stage")
    n_max = max(check_n(n_max, "n_max"), n)
    if not difference > 0:
        raise ValueError(f"difference = {difference!r} must be above zero")
    if not 1 / len(subjects) < confidence < 1:
        raise ValueError(
            f"confidence = {confidence!r} must lie between {1 / len(subjects):.3g}, a blind "
            "choice, and 1"
        )
    if goal not in ("smallest", "largest"):
        raise ValueError(f"goal = {goal!r} must be 'smallest' or 'largest'")
    settings = check_settings(seed=seed, engine=engine, measures=measures, own=own, also=[measure])
    names = tuple(subjects)
    sign = 1 if goal == "smallest" else -1
    works = [ScenarioWork(label, one, settings) for label, one in subjects.items()]
    with Campaign(**execution) as campaign:
        for work in works:
            campaign.add(work)
        columns = [chosen(work.rows().frame(), [measure])[0] for work in works]
        campaign.record(
            request_of(
                "select_best",
                settings,
                n=n,
                measure=measure,
                difference=difference,
                goal=goal,
                confidence=confidence,
                n_max=n_max,
            )
        )

        def sample(stop: int, systems: Sequence[int]) -> NDArray[np.float64]:
            campaign.run([(point, 0, stop) for point in systems])
            data = np.full((stop, len(works)), np.nan)
            for point in range(len(works)):
                known = campaign.values(point)[:stop, columns[point]]
                data[: len(known), point] = sign * known
                absent = np.flatnonzero(~np.isfinite(known))
                if len(absent):
                    raise ValueError(
                        f"{measure} has no value in replication {absent[0]} of {names[point]!r}, "
                        "so it has no mean to be compared; choose another measure"
                    )
            return data

        verdict = indifference.select(
            sample,
            len(works),
            difference=difference,
            confidence=confidence,
            first=n,
            at_most=n_max,
        )
        seconds = campaign.seconds
    return Selection(
        best=names[verdict.best],
        decided=verdict.decided,
        measure=measure,
        goal=goal,
        difference=difference,
        confidence=confidence,
        provenance=provenance(subjects, settings, seconds),
        _verdict=verdict,
        _names=names,
        _sign=sign,
    )


register(
    Question(
        "select_best",
        select_best,
        lambda noted: {"scenarios": noted.scenarios, **noted.arguments},
        open_ended=lambda arguments: True,
    )
)
