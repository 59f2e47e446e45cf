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
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from capsim.catalogue.shown import shown, shown_interval
from capsim.execution import own_measures
from capsim.execution.options import Execution, request_of
from capsim.execution.own_measures import Measure
from capsim.execution.provenance import provenance
from capsim.experiments.arguments import check_n, check_scenario, check_seed
from capsim.experiments.designs.base import AbstractDesign
from capsim.experiments.designs.morris import MorrisDesign
from capsim.experiments.designs.one_at_a_time import OneAtATimeDesign
from capsim.experiments.designs.responses import Responses, canonical, check_measures, respond
from capsim.experiments.designs.sobol import SobolDesign
from capsim.experiments.results.result import (
    AbstractResult,
    few_replications,
)
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Sensitivity", "design_of", "sensitivity"]

Method = Literal["sobol", "morris", "oat"]

HEADLINES = {"sobol": ("ST", "S1"), "morris": ("mu_star", "sigma"), "oat": ("low", "high")}
"""The two indices that are shown first; inputs are ranked by the first, oat by its effect."""

_ALL = 0.99

NOISY = 0.1
"""Share of luck above which more replications are advised."""

WIDE, NARROW = 0.5, 0.2
"""Width of an interval of a Sobol' index that is too much, and one that can be read."""

_MOST_INPUTS = 8


@dataclass(frozen=True, eq=False, repr=False)
class Sensitivity(AbstractResult):
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

    scenario: Scenario
    measures: tuple[str, ...]
    responses: Responses
    seed: int
    engine: str
    confidence: float
    provenance: dict[str, Any] = field(kw_only=True)

    @property
    def design(self) -> AbstractDesign:
        """Which values were tried together."""
        return self.responses.design

    @property
    def method(self) -> str:
        """sobol, morris or oat."""
        return self.design.method

    @property
    def replications(self) -> int:
        """Replications of each row."""
        return self.responses.replications

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return self.design.names

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
        """The same of other measures that the runs have: all of the whole service."""
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
        index = "effect" if self.method == "oat" else HEADLINES[self.method][0]
        frame = self.indices_of(selector) if selector not in self.measures else self._indices
        rows = frame[(frame["measure"] == selector) & (frame["index"] == index)]
        size = rows["value"].abs().fillna(-np.inf)
        return rows["input"].loc[size.sort_values(ascending=False, kind="stable").index].tolist()

    def values(self, *selectors: str) -> pd.DataFrame:
        """Design and results: row, base, a column per path, replication, measure ..., value.

        Parameters
        ----------
        selectors : str
            Default the measures that were asked for.
        """
        return self.responses.values(selectors or self.measures)

    def to_frame(self) -> pd.DataFrame:
        """The indices."""
        return self.indices

    def _asked(self, measure: str | None) -> str:
        return self.measures[0] if measure is None else canonical(self.responses, [measure])[0]

    def _heading(self) -> list[str]:
        titles = {"sobol": "Sobol' indices", "morris": "Elementary effects", "oat": "One at a time"}
        lines = [
            f"{titles[self.method]}: {counted(len(self.inputs), 'input')} of "
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
        headline = "effect" if self.method == "oat" else HEADLINES[self.method][0]
        rows = rows[rows["index"] == headline]
        value, lower, upper = (rows[name].to_numpy() for name in ("value", "lower", "upper"))
        if not np.isfinite(value).all() or (self.method == "oat" and self.replications == 1):
            return []  # the lines above say why
        if not np.isfinite(lower + upper).all():
            return [
                f"{headline} has no interval, because the outcome is the same in nearly all rows: "
                "take more points, or a measure that varies more."
            ]
        if self.method == "sobol":
            return self._wide(float((upper - lower).max()))
        if self.method == "morris":
            if len(value) < 2 or value.max() == 0 or lower.max() > upper.min():
                return []
            return [
                "The intervals of mu_star all overlap, so no input is shown to matter more than "
                f"another: take more than {self._points} trajectories, or more replications."
            ]
        few = few_replications(self.replications)
        if value.any() and ((lower <= 0) & (upper >= 0)).all():
            few.append("No effect is clearly other than 0: take more replications, or wider ends.")
        return few

    def _wide(self, widest: float) -> list[str]:
        """What to do about an interval of ST, at its widest so wide."""
        if widest <= WIDE:
            return []
        more = 2 ** int(np.ceil(np.log2(self._points * (widest / NARROW) ** 2)))
        return [
            f"An interval of ST is {widest:.2f} wide, of a share between 0 and 1: {self._points} "
            f"base rows are too few to say how much an input matters; points={more} would make it "
            f"about {NARROW} wide."
        ]

    @property
    def _points(self) -> int:
        """Base rows or trajectories."""
        return len(np.unique(self.design.base))

    def _table(self) -> list[list[str]]:
        pair = HEADLINES[self.method]
        measure = self.measures[0]
        cells = {
            (row["input"], row["index"]): self._cell(row)
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

    def _cell(self, row: Mapping[Any, Any]) -> str:
        if self.method == "sobol":
            if row["value"] != row["value"]:
                return "none"
            return f"{row['value']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
        measure = str(row["measure"]).split("[")[0]
        value = shown(measure, float(row["value"]))
        if row["lower"] != row["lower"]:
            return value
        return f"{value} ({shown_interval(measure, float(row['lower']), float(row['upper']))})"


def design_of(
    inputs: Mapping[Any, Any],
    *,
    method: str,
    points: int | None,
    seed: int,
    scenario: Scenario | None = None,
) -> AbstractDesign:
    """The design of a method.

    Raises
    ------
    ScenarioError
        If a path leads nowhere, or an end is not valid.
    ValueError
        If there is no such method, or it does not take so many points.
    """
    if method == "sobol" and points is not None:
        return SobolDesign.of(inputs, points, seed=seed, scenario=scenario)
    if method == "morris" and points is not None:
        return MorrisDesign.of(inputs, points, seed=seed, scenario=scenario)
    if method == "oat":
        return OneAtATimeDesign.of(inputs, 2 if points is None else points, scenario=scenario)
    if method in ("sobol", "morris"):
        usual = "a power of 2, such as 128" if method == "sobol" else "trajectories, such as 20"
        raise ValueError(f"points is needed for method {method!r}: {usual}")
    raise ValueError(f"method = {method!r} must be 'sobol', 'morris' or 'oat'")


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
    from capsim.estimates.means import check_confidence

    subject = check_scenario(scenario)
    seed = check_seed(seed)
    replications = check_n(replications, "replications")
    own_checked = own_measures.check(own)
    asked = check_measures(measures, own_checked)
    if not asked:
        raise ValueError("measures: there is none; name at least one, such as 'wait_mean[intake]'")
    check_confidence(confidence)
    design = design_of(inputs, method=method, points=points, seed=seed, scenario=subject)
    return run_sensitivity(
        subject,
        design,
        asked,
        points=points,
        replications=replications,
        seed=seed,
        confidence=confidence,
        engine=engine,
        own=own_checked,
        **execution,
    )


def run_sensitivity(
    subject: Scenario,
    design: AbstractDesign,
    measures: Sequence[str],
    *,
    points: int | None,
    replications: int,
    seed: int,
    confidence: float,
    engine: str,
    own: Mapping[str, Measure],
    **execution: Unpack[Execution],
) -> Sensitivity:
    """The same with a design that is already made."""
    from capsim.engines import engine_named

    name = engine_named(engine)
    request = request_of(
        "sensitivity",
        seed=seed,
        engine=name,
        measures=own,
        n=replications,
        base=subject.to_dict(),
        inputs=[[list(one.paths), one.spec()] for one in design.inputs],
        selectors=list(measures),
        method=design.method,
        points=points,
        confidence=confidence,
    )
    responses = respond(
        subject,
        design,
        measures,
        replications=replications,
        seed=seed,
        engine=name,
        own=own,
        request=request,
        execution=execution,
    )
    return Sensitivity(
        scenario=subject,
        measures=canonical(responses, measures),
        responses=responses,
        seed=seed,
        engine=name,
        confidence=confidence,
        provenance=provenance(
            {subject.label: subject},
            seed=seed,
            engine=name,
            run_time=responses.seconds,
            method=design.method,
            rows=len(design),
            simulated=responses.scenarios,
            replications=replications,
            inputs={one.name: one.spec() for one in design.inputs},
        ),
    )


def again(arguments: Mapping[str, Any], **shared: Any) -> Sensitivity:
    """The study that a store remembers."""
    from capsim.scenario import Scenario

    return sensitivity(
        Scenario.model_validate(arguments["base"]),
        {tuple(paths) if len(paths) > 1 else paths[0]: spec for paths, spec in arguments["inputs"]},
        arguments["selectors"],
        method=arguments["method"],
        points=arguments["points"],
        replications=arguments["n"],
        confidence=arguments["confidence"],
        own=shared.pop("measures"),
        **shared,
    )
