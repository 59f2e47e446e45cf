"""How a scenario comes out: many replications of it, on different luck."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from capsim.execution.options import Execution, check_options, request_of
from capsim.execution.own_functions import Measure
from capsim.execution.provenance import provenance
from capsim.execution.scenario_work import ScenarioWork
from capsim.experiments.arguments import check_n, check_scenario, check_settings
from capsim.experiments.control import Control, control_of
from capsim.experiments.precision import N_MAX, Precision, PrecisionReached, PrecisionWarning
from capsim.experiments.questions import Question, register
from capsim.experiments.results.money import EVERY
from capsim.experiments.results.outlined import outlined
from capsim.experiments.results.replications import Replications
from capsim.experiments.results.sample import Sample, chosen, gather

if TYPE_CHECKING:
    from os import PathLike

    from capsim.engines.reference import AssignRule, ChooseRule
    from capsim.scenario import Scenario

__all__ = ["replicate"]


def replicate(
    scenario: Scenario | str | PathLike[str] | Mapping[str, Any],
    *,
    n: int,
    seed: int,
    engine: str = "auto",
    measures: Mapping[str, Measure] | None = None,
    own: Mapping[str, Measure] | None = None,
    assign: AssignRule | None = None,
    choose: ChooseRule | None = None,
    series: str | None = None,
    precision: Mapping[str, float] | None = None,
    relative_precision: Mapping[str, float] | None = None,
    n_max: int = N_MAX,
    confidence: float = 0.95,
    by: str | None = None,
    also: Sequence[str] = (),
    control: Control = "auto",
    **execution: Unpack[Execution],
) -> Replications:
    """Replications of a scenario: independent repetitions on different luck.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
        What to simulate; a path or the name of a preset is loaded, of a table a scenario is made.
    n : int
        Number of replications; with a precision, the number before its first look.
    seed : int
        Fixes all luck: replication r of a seed is the same whatever else is run.
    engine : {"auto", "simpy", "compiled"}
    measures, own : mapping of str to function, optional
        Measures of your own: functions that get a `Run` and give a number.
    assign, choose : function, optional
        Rules of your own, as `simulate` takes them; the replications are then run by the simpy
        engine, in processes.
    series : str, optional
        Collect time series over intervals of this length, such as "7 days".
    precision : mapping of str to float, optional
        Replications are added until the mean of each of these measures has at most this
        half-width, in its unit: ``{"late_share[investigation]": 0.01}``.
    relative_precision : mapping of str to float, optional
        The same as a fraction of the mean. Do not ask for it where the mean is near zero.
    n_max : int
        Cap on the replications that the precision may ask for. If it comes first, the result
        says so, with a warning.
    confidence : float
        Of the intervals of the precision, all together.
    by : {"1 week", "1 month", "1 quarter", "1 year"}, optional
        Measure also in calendar periods, for all offices together; `by` of the result tells them.
    also : sequence of str, optional
        Measures that must be asked for ahead: ``"level[intake, on=2026-12-31]"``,
        ``"level_open[...]"``, ``"share_over[intake, days=30]"``.
    control : int or "auto"
        Outlines for each replication: quick calculations on the same applicants and roster, which
        tell how lucky it was. Means are moved by what the luck of the n replications was off
        compared with that of all outlines (a regression on one control variate per measure, with
        the variance of the jackknife); a poor outline gains nothing and biases nothing. "auto"
        makes 8 where that is cheaper than as many more replications, judged by the scenario alone;
        0 makes none. Below 20 replications there is no control.
    **execution
        store, jobs, client, backend, block, progress: see
        `capsim.experiments.Execution`. They change no number.

    Returns
    -------
    Replications

    Raises
    ------
    ScenarioError
        If the scenario cannot be simulated.
    ReplicationError
        If a replication fails each time it is run, with the call that reproduces it.

    Examples
    --------
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="6 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> result = capsim.replicate(scenario, n=10, seed=1, jobs=1, engine="simpy")
    >>> len(result.values("wait_mean[intake]"))
    10
    >>> list(result.summary().columns)
    ['measure', 'kind', 'of', 'inflow', 'office', 'window', 'mean', 'lower', 'upper', 'n', 'unit']
    """
    check_options(replicate, execution)
    subject = check_scenario(scenario)
    n = check_n(n)
    wanted = Precision.of(precision, relative_precision, n_max, confidence)
    wanted = replace(wanted, n_max=max(wanted.n_max, n))
    settings = check_settings(
        seed=seed,
        engine=engine,
        measures=measures,
        own=own,
        assign=assign,
        choose=choose,
        every=series,
        by=by,
        also=[*also, *wanted.selectors],
        money=EVERY if subject.has_money else None,
    )
    work = ScenarioWork(subject.label, subject, settings)
    # A selector that means nothing is a mistake to report before anything is computed.
    chosen(work.rows().frame(), wanted.selectors)
    outlines = control_of(control, [work])
    reached: list[PrecisionReached] = []

    def more(samples: list[Sample]) -> int:
        if not wanted.selectors:
            return 0
        found, needed = wanted.look(samples[0])
        reached.append(found)
        return 0 if found.reached else needed

    request = request_of(
        "replicate",
        settings,
        n=n,
        series=series,
        by=by,
        also=list(also),
        precision=wanted.absolute,
        relative_precision=wanted.relative,
        n_max=wanted.n_max,
        confidence=confidence,
        **({} if control == "auto" else {"control": control}),
    )
    (taken,), seconds = gather([work], n, request, execution, more=more, control=outlines)
    if reached and not reached[-1].reached:
        warnings.warn(str(reached[-1]), PrecisionWarning, stacklevel=2)
    return Replications(
        scenario=subject,
        seed=settings.seed,
        n=len(taken.matrix),
        engine=settings.engine,
        provenance=provenance(
            {subject.label: subject}, settings, seconds, n=len(taken.matrix), **outlined([taken])
        ),
        precision=reached[-1] if reached else None,
        sample=taken,
        _series={} if series is None or taken.series is None else {series: taken.series},
        _settings=settings,
        _execution=execution,
    )


register(
    Question(
        "replicate",
        replicate,
        lambda noted: {"scenario": next(iter(noted.scenarios.values())), **noted.arguments},
        open_ended=lambda arguments: bool(
            arguments["precision"] or arguments["relative_precision"]
        ),
    )
)
