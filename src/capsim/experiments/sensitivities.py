"""Which assumption matters: how much of the outcome each input explains.

Three methods, from cheap and coarse to dear and complete. "oat" moves one input at a time to its
ends (a tornado): two runs an input, blind to interactions. "morris" does so from many starting
points: tells inputs without influence, to be left alone, from the others, for ten inputs or more.
"sobol" gives shares of variance, with interactions, for a handful of inputs.

Design, run and analysis are apart: `sensitivity` makes a design (`capsim.experiments.SobolDesign`,
`MorrisDesign`, `OneAtATimeDesign`), runs it (`run_design`) and lets it analyse what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from capsim.execution.options import Execution, check_options
from capsim.execution.own_functions import Measure
from capsim.experiments.arguments import ask_of, check_n, check_scenario, check_settings
from capsim.experiments.designs.base import AbstractMethod
from capsim.experiments.designs.morris import MorrisDesign
from capsim.experiments.designs.one_at_a_time import OneAtATimeDesign
from capsim.experiments.designs.sobol import SobolDesign
from capsim.experiments.questions import Noted, Question, register
from capsim.experiments.results.designed import AbstractDesigned, check_asked
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Sensitivity", "design_of", "sensitivity"]

Method = Literal["sobol", "morris", "oat"]

METHODS: dict[str, type[AbstractMethod]] = {
    one.method: one for one in (SobolDesign, MorrisDesign, OneAtATimeDesign)
}
"""What `method` may be, and its design."""

_ALL = 0.99

NOISY = 0.1
"""Share of luck above which more replications are advised."""

_MOST_INPUTS = 8


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(AbstractDesigned):
    """What the inputs of a scenario do to its outcome.

    Attributes
    ----------
    scenario : Scenario
    measures : tuple of str
        What was asked for; `indices_of` has the other measures of the whole service.
    responses : Responses
        Numbers of all rows, with the design.
    seed : int
    engine : str
    confidence : float
        Of each interval by itself.
    provenance : dict
    """

    @property
    def design(self) -> AbstractMethod:
        """Which values of the inputs were tried together."""
        design = self.responses.design
        assert isinstance(design, AbstractMethod)
        return design

    @property
    def method(self) -> str:
        """sobol, morris or oat."""
        return self.design.method

    @property
    def indices(self) -> pd.DataFrame:
        """input, measure, index, value, lower, upper; one row per index.

        sobol: S1 and ST, shares of the variance. morris: mu_star, mu and sigma of the elementary
        effects, in the unit of the measure per whole range. oat: low and high, the change at
        either end, and effect, that from the low to the high end, in the unit of the measure.
        """
        return self._indices.copy()

    @cached_property
    def _indices(self) -> pd.DataFrame:
        return self.indices_of(*self.measures)

    def indices_of(self, *selectors: str) -> pd.DataFrame:
        """Indices of other measures that the runs have: all of the whole service."""
        import pandas as pd

        parts = []
        for selector in selectors:
            frame = self.design.analyse(
                self.responses.of(selector), confidence=self.confidence, seed=self.seed
            )
            frame.insert(1, "measure", selector)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    @property
    def noise(self) -> pd.DataFrame:
        """measure, replications, noise, lower, upper, single_run, variance.

        `noise` is the share of the variance of the averages that is luck, `single_run` that of a
        single run. NaN with one replication, which cannot tell luck from inputs.
        """
        return self._noise.copy()

    @cached_property
    def _noise(self) -> pd.DataFrame:
        import pandas as pd

        rows = []
        for selector in self.measures:
            found = self.design.noise(
                self.responses.of(selector), confidence=self.confidence, seed=self.seed
            )
            rows.append({"measure": selector, "replications": self.replications, **found})
        return pd.DataFrame(rows)

    @property
    def outcome(self) -> pd.DataFrame:
        """measure, mean, lower, upper: over the inputs; of the scenario as it is for oat."""
        import pandas as pd

        rows = [
            (name, *self.design.outcome(self.responses.of(name), confidence=self.confidence))
            for name in self.measures
        ]
        return pd.DataFrame(rows, columns=["measure", "mean", "lower", "upper"])

    def ranking(self, measure: str | None = None) -> list[str]:
        """Inputs, the most influential first, by one measure; default the first."""
        selector = self._asked(measure)
        frame = self.indices_of(selector) if selector not in self.measures else self._indices
        rows = frame[(frame["measure"] == selector) & (frame["index"] == self.design.ranked_by)]
        size = rows["value"].abs().fillna(-np.inf)
        return rows["input"].loc[size.sort_values(ascending=False, kind="stable").index].tolist()

    def to_frame(self) -> pd.DataFrame:
        """The indices."""
        return self.indices

    def _heading(self) -> list[str]:
        lines = [
            f"{self.design.title}: {counted(len(self.inputs), 'input')} of "
            f"{self.scenario.label!r} in "
            f"{len(self.design)} rows of {counted(self.replications, 'replication')}, "
            f"seed {self.seed}, "
            f"{self.engine} engine"
        ]
        for row in self._noise.to_dict("records")[:2]:
            lines.append(f"{row['measure']}: {self._noise_text(row)}")
        return lines

    def _noise_text(self, row: Mapping[Any, Any]) -> str:
        missing = int((~np.isfinite(self.responses.of(row["measure"]))).any(axis=1).sum())
        if missing:
            return (
                f"no value in {missing} of {len(self.design)} rows, so no index; choose a measure "
                "that is always reached"
            )
        if row["variance"] == 0:
            return "the same in all rows"
        if row["noise"] != row["noise"]:
            return "share of luck unknown with one replication; write replications=2 or more"
        if row["noise"] > _ALL:
            return "all of the variance may be luck, or nearly: the inputs do little beside it"
        text = f"{100 * row['noise']:.1f} % of the variance is luck"
        if row["noise"] > NOISY:
            times = row["noise"] / (1 - row["noise"]) / (NOISY / (1 - NOISY))
            more = int(np.ceil(self.replications * times))
            text += f"; about {more} replications would bring it to {100 * NOISY:.0f} %"
        return text

    def _cautions(self) -> list[str]:
        rows = self._indices[self._indices["measure"] == self.measures[0]]
        rows = rows[rows["index"] == self.design.ranked_by]
        return self.design.cautions(rows, self.replications)

    def _table(self) -> list[list[str]]:
        pair = self.design.headline
        measure = self.measures[0]
        cells = {
            (row["input"], row["index"]): self.design.cell(row)
            for row in self._indices.to_dict("records")
            if row["measure"] == measure
        }
        rows = [[measure, *pair]]
        ranking = self.ranking()
        for one in ranking[:_MOST_INPUTS]:
            rows.append([one, *(cells[one, index] for index in pair)])
        if len(ranking) > _MOST_INPUTS:
            rows.append([f"and {len(ranking) - _MOST_INPUTS} more", "", ""])
        return rows


def design_of(
    inputs: Mapping[Any, Any],
    *,
    method: str,
    points: int | None,
    seed: int,
    scenario: Scenario | None = None,
) -> AbstractMethod:
    """The design of a method.

    Raises
    ------
    ScenarioError
        If a path leads nowhere, or an end is not valid.
    ValueError
        If there is no such method, or it does not take so many points.
    """
    if method not in METHODS:
        *some, last = map(repr, METHODS)
        raise ValueError(f"method = {method!r} must be {', '.join(some)} or {last}")
    return METHODS[method].of(inputs, points, seed=seed, scenario=scenario)


def sensitivity(
    scenario: Scenario | str,
    inputs: Mapping[Any, Any],
    measures: str | Sequence[str],
    *,
    method: Method,
    points: int | None = None,
    replications: int,
    seed: int,
    confidence: float = 0.95,
    engine: str = "auto",
    own: Mapping[str, Measure] | None = None,
    **execution: Unpack[Execution],
) -> Sensitivity:
    """What inputs do to the outcome, with intervals and the share that is luck.

    Rows that are compared with each other share their luck: base row k is simulated with the
    replications k * replications and following of the seed, whatever its inputs.

    Parameters
    ----------
    scenario : Scenario or str
        What the inputs change; a path or the name of a preset is loaded.
    inputs : mapping
        Dotted path to what it may be: two ends (numbers, durations, dates), a list of values, a
        law; see `capsim.experiments.designs.inputs`.
    measures : str or sequence of str
        Selectors, such as ``"late_share[investigation]"``.
    method : {"sobol", "morris", "oat"}
    points : int, optional
        sobol: base rows, a power of 2, each run (inputs + 2) times. morris: trajectories, each run
        (inputs + 1) times. oat: values of each input; default its two ends.
    replications : int
        Of each row. At least 2 to see the share of luck; more points are worth more than more
        replications once that share is below a tenth.
    seed : int
        Of the design and of all luck.
    confidence : float
    engine : {"auto", "simpy", "compiled"}
    own : mapping of str to function, optional
        Measures of your own: functions that get a `Run` and give a number.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ScenarioError
        If a path leads nowhere or a row is not valid; before anything is simulated.
    ValueError
        If an input, the method or the number of points is wrong.
    KeyError
        If a measure means nothing in the scenario.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 months",
    ...     teams={"intake": {"fte": 1}, "idle": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> result = capsim.sensitivity(
    ...     scenario,
    ...     {"inflows.regular.rate.per_month": (30.0, 45.0), "teams.idle.fte": (1, 3)},
    ...     "wait_mean[intake]",
    ...     method="oat",
    ...     replications=5,
    ...     seed=1,
    ...     jobs=1,
    ...     engine="simpy",
    ... )
    >>> result.ranking()
    ['inflows.regular.rate.per_month', 'teams.idle.fte']
    >>> idle = result.indices.query("input == 'teams.idle.fte' and index == 'effect'")
    >>> idle["value"].tolist()
    [0.0]
    """
    check_options(sensitivity, execution)
    subject = check_scenario(scenario)
    replications = check_n(replications, "replications")
    settings = check_settings(seed=seed, engine=engine, own=own)
    asked = check_asked(measures, settings, confidence)
    settings = replace(settings, ask=ask_of(None, asked))
    design = design_of(inputs, method=method, points=points, seed=settings.seed, scenario=subject)
    return Sensitivity.run(
        "sensitivity",
        subject,
        design,
        asked,
        replications=replications,
        confidence=confidence,
        settings=settings,
        execution=execution,
        noted={"method": design.method, "points": points},
    )


register(Question("sensitivity", sensitivity, Noted.of_a_design))
