"""What is not known beforehand: the outcome when the inputs themselves are uncertain.

Replications of one scenario tell how luck moves the outcome. They do not tell that the take-up, or
the hours of an investigation, are only known from a few offices. Here the inputs are drawn from
their laws (or from samples of a posterior or bootstrap), each draw is simulated a few times on luck
of its own, and both sources of variance are shown beside each other; see Barton, Lam and Song
(2022), "Input uncertainty in stochastic simulation", Palgrave Handbook of Operations Research.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from capsim.catalogue.shown import shown, shown_interval
from capsim.estimates.variance import VarianceComponents, variance_components
from capsim.execution.options import Execution, check_options
from capsim.execution.own_functions import Measure
from capsim.experiments.arguments import ask_of, check_n, check_scenario, check_settings
from capsim.experiments.designs.independent import SampleDesign
from capsim.experiments.questions import Noted, Question, register
from capsim.experiments.results.designed import AbstractDesigned, check_asked
from capsim.experiments.results.headline import headline, name_of
from capsim.plan.plan import Floats
from capsim.scenario.errors import counted

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Uncertainty", "uncertainty"]


SOURCES = ("simulation", "mean", "inputs", "luck", "both")
"""What an interval is of, in the order of the tables; see `Uncertainty.intervals`."""

SAMPLES = 100
"""Draws where nobody says how many."""

_WIDE = 0.5
"""Width of the interval of a share that says nothing."""

_MOST_MEASURES = 4


@dataclass(frozen=True, eq=False, repr=False)
class Uncertainty(AbstractDesigned):
    """The outcome of a scenario with uncertain inputs.

    Attributes
    ----------
    scenario : Scenario
    measures : tuple of str
        What was asked for.
    responses : Responses
        Numbers of all rows, with the draws of the inputs.
    seed : int
    engine : str
    confidence : float
    provenance : dict
    """

    @property
    def samples(self) -> int:
        """Number of draws."""
        return len(self.design)

    def over_inputs(self, selector: str) -> tuple[float, float]:
        """Ends of the expected outcome over the inputs, of any measure of the whole service.

        NaN where it was not reached in some run.
        """
        matrix = self.responses.of(selector)
        parts = variance_components(matrix, confidence=self.confidence)
        return _intervals(matrix, parts, self.confidence)["inputs"][1:]

    @property
    def intervals(self) -> pd.DataFrame:
        """measure, source, value, lower, upper: intervals around the mean over the inputs.

        simulation: what as many runs with known inputs would print, luck of the mean alone. mean:
        of the mean over the inputs. inputs: the expected outcome, for most draws of the inputs.
        luck: a single run with known inputs, for most runs. both: a single run. "Most" is the
        confidence, with equal tails. Where the measure was not reached in some run there is only
        the interval of both, which may end at infinity.
        """
        return self._intervals.copy()

    @cached_property
    def _intervals(self) -> pd.DataFrame:
        import pandas as pd

        rows = []
        for name in self.measures:
            found = _intervals(self.responses.of(name), self._components[name], self.confidence)
            rows += [(name, source, *found[source]) for source in SOURCES]
        return pd.DataFrame(rows, columns=["measure", "source", "value", "lower", "upper"])

    @property
    def shares(self) -> pd.DataFrame:
        """measure, source, value, lower, upper: shares of the variance of a single run.

        inputs and luck sum to 1. The other sources are the inputs by name, each with what it
        explains alone; what they leave of `inputs` is interaction (see `SampleDesign.analyse`).
        """
        return self._shares.copy()

    @cached_property
    def _shares(self) -> pd.DataFrame:
        import pandas as pd

        rows: list[tuple[Any, ...]] = []
        for name in self.measures:
            found = self._components[name]
            rows.append((name, "inputs", found.share, found.lower, found.upper))
            rows.append((name, "luck", 1 - found.share, 1 - found.upper, 1 - found.lower))
            frame = self.design.analyse(
                self.responses.of(name), confidence=self.confidence, seed=self.seed
            )
            rows += [
                (name, row["input"], row["value"], row["lower"], row["upper"])
                for row in frame.to_dict("records")
            ]
        return pd.DataFrame(rows, columns=["measure", "source", "value", "lower", "upper"])

    @cached_property
    def _components(self) -> dict[str, VarianceComponents]:
        return {
            name: variance_components(self.responses.of(name), confidence=self.confidence)
            for name in self.measures
        }

    def statement(self, measure: str | None = None) -> str:
        """Sentences about one measure; default the first one asked for."""
        name = self._asked(measure)
        if name not in self.measures:
            raise KeyError(
                f"measure {name!r} was not asked for, only {', '.join(self.measures)}; name it in "
                "the call of uncertainty"
            )
        rows = {
            row["source"]: row
            for row in self._intervals.to_dict("records")
            if row["measure"] == name
        }
        parts = self._components[name]
        measure_name = name.split("[")[0]
        if not np.isfinite(rows["mean"]["value"]):
            missing = int((~np.isfinite(self.responses.of(name))).any(axis=1).sum())
            text = (
                f"{name} was not reached in {missing} of {self.samples} draws, so it has no mean "
                "and no variance; choose a measure that is always reached."
            )
            if np.isfinite(rows["both"]["lower"]):
                low, high = (
                    shown(measure_name, float(rows["both"][k]), self.scenario.start)
                    for k in ("lower", "upper")
                )
                text += f" Inputs and luck together: from {low} to {high}."
            return text

        def interval(source: str) -> str:
            low, high = float(rows[source]["lower"]), float(rows[source]["upper"])
            return shown_interval(measure_name, low, high, self.scenario.start)

        middle = shown(measure_name, float(rows["mean"]["value"]), self.scenario.start)
        if parts.share != parts.share:
            return f"{name} is {middle} in all runs."
        percent = f"{100 * self.confidence:g} %"
        text = (
            f"{name} is {middle} on average over the inputs "
            f" ({interval('mean')}). What is not known of the inputs makes the expected "
            f"outcome {interval('inputs')} ({percent}), luck a single run {interval('luck')} if "
            f"they were known, both together {interval('both')}. {100 * parts.share:.0f} % of the "
            f"variance of a run ({100 * parts.lower:.0f} to {100 * parts.upper:.0f} %) is due to "
            "the inputs"
        )
        leader = self._leader(name)
        return f"{text}{leader}."

    def _leader(self, name: str) -> str:
        alone = self._shares[
            (self._shares["measure"] == name) & self._shares["source"].isin(self.inputs)
        ]
        known = [row for row in alone.to_dict("records") if row["lower"] > 0]
        if not known:
            return ""
        first = max(known, key=lambda row: float(row["value"]))
        return f", {100 * first['value']:.0f} % to {first['source']} alone"

    def _start(self) -> date:
        return self.scenario.start

    def to_frame(self) -> pd.DataFrame:
        """The intervals."""
        return self.intervals

    def _heading(self) -> list[str]:
        return [
            f"{self.samples} draws of {counted(len(self.inputs), 'uncertain input')} of "
            f"{self.scenario.label!r}, {counted(self.replications, 'replication')} each, "
            f"seed {self.seed}, {self.engine} engine; {100 * self.confidence:g} % intervals",
            self.statement(),
        ]

    def _cautions(self) -> list[str]:
        """Which share of the inputs is known too badly to be repeated."""
        worst = max(
            (parts.upper - parts.lower for parts in self._components.values()), default=np.nan
        )
        if not worst > _WIDE:
            return []
        return [
            f"The share of the inputs is only known to within {100 * worst:.0f} points of a "
            f"hundred: {self.samples} draws are too few to tell inputs from luck; take more."
        ]

    def _table(self) -> list[list[str]]:
        rows = [["", "mean", "by inputs", "by luck", "by both", "inputs make"]]
        start = self.scenario.start
        for name in self.measures[:_MOST_MEASURES]:
            measure_name = name.split("[")[0]
            found = {
                row["source"]: row
                for row in self._intervals.to_dict("records")
                if row["measure"] == name
            }
            share = self._components[name].share
            rows += [
                [name, *[""] * 5],
                [
                    "",
                    shown(measure_name, float(found["mean"]["value"]), start),
                    *(
                        shown_interval(
                            measure_name,
                            float(found[k]["lower"]),
                            float(found[k]["upper"]),
                            start,
                        )
                        for k in ("inputs", "luck", "both")
                    ),
                    "none" if share != share else f"{100 * share:.0f} %",
                ],
            ]
        if len(self.measures) > _MOST_MEASURES:
            rows.append([f"and {len(self.measures) - _MOST_MEASURES} more", *[""] * 5])
        return rows


def _intervals(
    matrix: Floats, parts: VarianceComponents, confidence: float
) -> dict[str, tuple[float, float, float]]:
    """Value, lower and upper limit by source."""
    from scipy.stats import t

    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    if not np.isfinite(matrix).all():
        found = dict.fromkeys(SOURCES, (np.nan, np.nan, np.nan))
        if not np.isnan(matrix).any():  # not reached in some runs, which quantiles can count
            low, high = np.quantile(matrix, tails, method="inverted_cdf")
            found["both"] = (np.nan, float(low), float(high))
        return found
    rows, replications = matrix.shape
    means = matrix.mean(axis=1)
    mean = float(means.mean())

    def around(half: float) -> tuple[float, float, float]:
        return (mean, mean - half, mean + half)

    def spread(values: Floats) -> tuple[float, float, float]:
        lower, upper = np.quantile(values, tails)
        return (mean, float(lower), float(upper))

    # Means of rows vary with luck too: drawn together, they have the variance of the inputs alone.
    variance = float(means.var(ddof=1))
    closer = np.sqrt(parts.inputs / variance) if variance > 0 else 0.0
    # Deviations from the mean of a row are too small by the factor that this undoes.
    wider = np.sqrt(replications / (replications - 1))
    runs = rows * replications
    return {
        "simulation": around(t.ppf(tails[1], runs - rows) * np.sqrt(parts.luck / runs)),
        "mean": around(t.ppf(tails[1], rows - 1) * np.sqrt(variance / rows)),
        "inputs": spread(mean + closer * (means - mean)),
        "luck": spread(
            np.clip(mean + wider * (matrix - means[:, None]), matrix.min(), matrix.max())
        ),
        "both": spread(matrix),
    }


def uncertainty(
    scenario: Scenario | str,
    inputs: Mapping[Any, Any] | None = None,
    measures: str | Sequence[str] | None = None,
    *,
    samples: int = SAMPLES,
    replications: int,
    seed: int,
    confidence: float = 0.95,
    engine: str = "auto",
    own: Mapping[str, Measure] | None = None,
    **execution: Unpack[Execution],
) -> Uncertainty:
    """The outcome when inputs are uncertain: their interval beside that of luck.

    Parameters
    ----------
    scenario : Scenario or str
        What the inputs change; a path or the name of a preset is loaded.
    inputs : mapping, optional
        Dotted path to its law, such as ``{"law": "triangular", "low": 0.24, "mode": 0.36, "high":
        0.5}``, to two ends between which anything is equally likely, or to a list or array of
        samples. A tuple of paths has rows of samples, so that what depends on each other is drawn
        together. See `capsim.experiments.designs.inputs`. Default what the scenario itself says
        in its table `uncertain`.
    measures : str or sequence of str, optional
        Selectors, such as ``"late_share[investigation]"``; default the first look of the scenario.
    samples : int
        Draws of the inputs, at least 10; 100 where nothing is said. More of them narrow the
        answer; more replications only tell luck apart more precisely.
    replications : int
        Of each draw, at least 2: with one, luck and inputs cannot be told apart.
    seed : int
        Of the draws and of all luck.
    confidence : float
    engine : {"auto", "simpy", "compiled"}
    own : mapping of str to function, optional
        Measures of your own: functions that get a `Run` and give a number.
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Uncertainty

    Raises
    ------
    ScenarioError
        If a path leads nowhere or a draw is not valid; before anything is simulated.
    ValueError
        If an input, `samples` or `replications` is wrong.
    KeyError
        If a measure means nothing in the scenario.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> result = capsim.uncertainty(
    ...     scenario,
    ...     {"inflows.regular.rate.per_month": {"law": "normal", "mean": 40, "sd": 4}},
    ...     "wait_mean[intake]",
    ...     samples=12,
    ...     replications=2,
    ...     seed=1,
    ...     jobs=1,
    ...     engine="simpy",
    ... )
    >>> result.intervals["source"].tolist()
    ['simulation', 'mean', 'inputs', 'luck', 'both']
    """
    check_options(uncertainty, execution)
    subject = check_scenario(scenario)
    settings = check_settings(seed=seed, engine=engine, own=own)
    if check_n(replications, "replications") < 2:
        raise ValueError(
            "replications = 1 cannot tell luck from inputs; write 2 or more, and rather more "
            "samples than replications"
        )
    if inputs is None:
        inputs = subject.uncertain_inputs
        if not inputs:
            raise ValueError(
                f"scenario {subject.label!r} does not say what is uncertain; name inputs, or write "
                'a table [uncertain], such as "inflows.reform.take_up" = { between = [0.2, 0.5] }'
            )
    asked = check_asked(
        first_asked(subject) if measures is None else measures, settings, confidence
    )
    settings = replace(settings, ask=ask_of(None, asked))
    return Uncertainty.run(
        "uncertainty",
        subject,
        SampleDesign.of(inputs, samples, seed=settings.seed, scenario=subject),
        asked,
        replications=replications,
        confidence=confidence,
        settings=settings,
        execution=execution,
        noted={"samples": samples},
    )


def first_asked(scenario: Scenario) -> list[str]:
    """Selectors of what is asked first of a scenario."""
    from capsim.catalogue import measure_keys
    from capsim.plan import compile_plan

    rows = headline(measure_keys(compile_plan(scenario)).frame(), _MOST_MEASURES)
    return [name_of(row) for row in rows.to_dict("records")]


register(Question("uncertainty", uncertainty, Noted.of_a_design))
