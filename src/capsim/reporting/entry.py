"""The report: one HTML page of a study that anybody can open, read and print."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from capsim.execution.options import Execution, check_options
from capsim.experiments import Comparison, Replications, load_result
from capsim.experiments.arguments import check_n, check_scenario, check_seed
from capsim.reporting.files import checked_target, write_whole
from capsim.reporting.markup.words import words_in
from capsim.reporting.numbers.grid import MONTHLY
from capsim.reporting.numbers.material import Subject, material_of
from capsim.reporting.page import page_of

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["report"]

N, SEED = 20, 1
"""Replications and seed where nobody says anything else."""
BASE = "base"
"""What the scenario of a file without a variant is called beside a variant."""


def report(
    subject: Replications | Comparison | Scenario | str | os.PathLike[str] | Mapping[str, Any],
    path: str | os.PathLike[str],
    *,
    language: str = "nl",
    n: int | None = None,
    seed: int | None = None,
    variant: str | None = None,
    baseline: Scenario | str | os.PathLike[str] | Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
    engine: str = "auto",
    **execution: Unpack[Execution],
) -> Path:
    """Write a report: one HTML file that needs no network, on a phone as on paper.

    It has the answer in a few sentences, people without a decision over time, the comparison with
    the base and all measures, sliders over scenarios that were simulated beforehand, the
    assumptions by their influence, and the method with one run to watch.

    Parameters
    ----------
    subject : Replications, Comparison, Scenario, path, str or mapping
        A study, of which nothing is simulated again that is there; or a scenario, a file, a
        preset, or the directory of a saved result, which is simulated or read. Of a comparison the
        first scenario that is not its baseline is reported, beside the baseline.
    path : path
        File to write, ending in .html. It appears complete or not at all.
    language : {"nl", "fr", "en"}
    n : int, optional
        Replications of a scenario, default 20; a result has its own.
    seed : int, optional
        Of a scenario, default 1; a result has its own.
    variant : str, optional
        Variant of a file or preset; the file without it is then the base, and its other variants
        are the other plans.
    baseline : Scenario, path, str or mapping, optional
        What to compare with, where `variant` does not say it.
    overrides : mapping, optional
        Dotted path to value, set in the scenario, its base and the other plans alike.
    engine : {"auto", "simpy", "compiled"}
    **execution
        store, jobs, client, backend, block, progress: see `capsim.experiments.Execution`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ScenarioError
        If the scenario cannot be simulated.
    ValueError
        If an argument makes no sense, before anything is simulated.
    OSError
        If the file cannot be written.

    Notes
    -----
    The smaller studies beside the main one (other plans, sliders, inputs) have fewer replications
    where the scenario is large; the page says how many. They follow from the size of the scenario
    alone, so the same call gives the same page.

    Examples
    --------
    >>> import tempfile
    >>> import capsim
    >>> scenario = capsim.Scenario(
    ...     start="2026-01-01",
    ...     horizon="3 months",
    ...     teams={"intake": {"fte": 1}},
    ...     stages={"intake": {"team": "intake", "work": "3 h"}},
    ...     inflows={"regular": {"rate": {"per_month": 40}}},
    ... )
    >>> folder = tempfile.mkdtemp()
    >>> file = capsim.report(
    ...     scenario, folder + "/report.html", language="en", n=2, seed=1, jobs=1, engine="simpy"
    ... )
    >>> file.read_text(encoding="utf-8")[:15]
    '<!DOCTYPE html>'
    """
    check_options(report, execution)
    words = words_in(language)
    target = checked_target(
        path, (".html", ".htm"), "a report is a page; write a name ending in .html"
    )
    found = subject_of(subject, n, seed, variant, baseline, overrides or {}, engine, execution)
    page = page_of(material_of(found), words)
    write_whole(target, page)
    return target


def subject_of(
    given: Any,
    n: int | None,
    seed: int | None,
    variant: str | None,
    baseline: Any,
    overrides: Mapping[str, Any],
    engine: str,
    execution: Execution,
) -> Subject:
    """What is reported, from whatever was given."""
    if isinstance(given, str | os.PathLike) and (Path(given) / "manifest.json").is_file():
        given = load_result(given)
    if isinstance(given, Replications | Comparison):
        for label, value in (("n", n), ("seed", seed), ("variant", variant)):
            if value is not None and value != getattr(given, label, None):
                raise ValueError(
                    f"{label} = {value!r}: a result has its own; leave it out, or give the scenario"
                )
        if overrides:
            raise ValueError("overrides: a result is what was simulated; give the scenario instead")
    if isinstance(given, Comparison):
        return _of_comparison(given, engine, execution)
    other = None if baseline is None else check_scenario(baseline, "baseline")
    if isinstance(given, Replications):
        return _of_replications(given, other, execution)
    if hasattr(given, "to_frame"):
        raise ValueError(
            f"subject = {type(given).__name__}: a report is of a scenario, of replications or of a "
            "comparison; give one of these"
        )
    base = check_scenario(given, "subject")
    labels = [label for label in base.variants if label != variant]
    if base.variant_name is not None and variant is None:
        labels = []  # what it is a variant of is not known
    scenario, *rest = (
        one.with_(overrides) if overrides else one
        for one in (
            base if variant is None else base.variant(variant),
            *map(base.variant, labels),
            base,
        )
    )
    *others, base = rest
    if other is None and variant is not None:
        other = base
    label = _label(scenario, labels)
    return Subject(
        scenario=scenario,
        label=label,
        n=check_n(N if n is None else n),
        seed=check_seed(SEED if seed is None else seed),
        engine=engine,
        execution=execution,
        result=None,
        base=None if other is None else _named(other, label),
        plans=dict(zip(labels, others, strict=True)),
        rules={},
    )


def _label(scenario: Scenario, taken: Iterable[str]) -> str:
    """The name of a scenario beside others: that of its variant, or its own."""
    label = scenario.variant_name or scenario.name
    return scenario.label if label in taken else label


def _named(base: Scenario, label: str) -> tuple[str, Scenario]:
    own = base.variant_name or base.name
    return (own if own != label else BASE), base


def _of_replications(given: Replications, other: Scenario | None, execution: Execution) -> Subject:
    scenario = given.scenario
    settings = given.settings
    if settings is None:
        raise ValueError(
            f"subject: {scenario.label!r} was simulated with rules of your own, which are not "
            "saved; run replicate(..., by='1 month') again with them and report that"
        )
    is_plain = scenario.variant_name is None and not scenario.overrides
    plans = {label: scenario.variant(label) for label in scenario.variants} if is_plain else {}
    label = _label(scenario, plans)
    return Subject(
        scenario=scenario,
        label=label,
        n=given.n,
        seed=given.seed,
        engine=given.engine,
        execution=execution,
        result=given if given.sample.ask.by == MONTHLY else None,
        base=None if other is None else _named(other, label),
        plans=plans,
        rules=settings.rules,
    )


def _of_comparison(given: Comparison, engine: str, execution: Execution) -> Subject:
    if given.provenance.get("rules"):
        raise ValueError(
            "subject: this comparison was made with rules of your own, of which it does not know "
            "whose they are; report the replications of one scenario with its rules"
        )
    scenarios = given.scenarios
    ours = next(label for label in scenarios if label != given.baseline)
    return Subject(
        scenario=scenarios[ours],
        label=ours,
        n=given.n,
        seed=given.seed,
        engine=given.engine if engine == "auto" else engine,
        execution=execution,
        result=None,
        base=(given.baseline, scenarios[given.baseline]),
        plans={k: one for k, one in scenarios.items() if k not in (ours, given.baseline)},
        rules={},
    )
