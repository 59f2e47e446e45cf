"""Money of replications: amounts with intervals, and what a change makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue import money
from capsim.execution.campaign import Campaign
from capsim.execution.options import Execution
from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows
from capsim.plan.plan import Floats
from capsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.sample import Sample

__all__ = ["EVERY", "Told", "collected", "differences_of_money", "money_summary", "uncovered"]

EVERY = "1 year"
"""Periods by which studies tell of money without being asked."""

Told = tuple[Rows, Floats]
"""Single amounts: rows of keys, and a matrix (replications, amounts)."""

_COVERED = 0.995
"""Share of people above which a window of funding is not said to leave anybody out."""


def collected(
    samples: Sequence[Sample],
    every: str,
    works: Callable[[], Sequence[ScenarioWork]],
    execution: Execution,
) -> list[Told]:
    """Amounts of each sample by these periods; simulated again where they were not collected.

    Parameters
    ----------
    samples : sequence of Sample
    every : str
        Length of the periods.
    works : function
        The work of each sample, for what has to be simulated.
    execution : Execution
    """
    found = [one.money for one in samples if one.money is not None and one.ask.money == every]
    if len(found) == len(samples):
        return found
    again = [
        replace(
            work,
            settings=replace(
                work.settings, own={}, every=None, ask=replace(work.settings.ask, money=every)
            ),
        )
        for work in works()
    ]
    with Campaign(**execution) as campaign:
        points = [campaign.add(work) for work in again]
        lengths = [len(sample.matrix) for sample in samples]
        campaign.run([(point, 0, n) for point, n in zip(points, lengths, strict=True)])
        told = []
        for point, n, work in zip(points, lengths, again, strict=True):
            mine = money.is_told(work.rows().columns)
            told.append((work.rows().where(mine), campaign.values(point)[:n, mine]))
        return told


def money_summary(scenario: Scenario, told: Told, confidence: float) -> pd.DataFrame:
    """period, office, inflow, item, kind, amount, posts, lower, upper, n."""
    keys, amounts = money.added_up(told[0].columns, told[1])
    mean, lower, upper, n = _intervals(amounts, confidence)
    frame = money.frame_of(keys)
    posts = mean / money.post_prices(scenario, list(frame["item"]))
    return frame.assign(amount=mean, posts=posts, lower=np.maximum(lower, 0.0), upper=upper, n=n)


def differences_of_money(
    scenarios: Mapping[str, Scenario],
    told: Mapping[str, Told],
    baseline: str,
    confidence: float,
) -> pd.DataFrame:
    """scenario, baseline, then as `money_summary`; the interval is that of the difference.

    What only one of two scenarios has is 0 in the other, in the periods that both have.
    """
    import pandas as pd

    added = {name: money.added_up(rows.columns, matrix) for name, (rows, matrix) in told.items()}
    columns = {name: dict(zip(keys, range(len(keys)), strict=True)) for name, (keys, _) in
               added.items()}  # fmt: skip
    parts = []
    for name, scenario in scenarios.items():
        keys = _shared(added[name][0], added[baseline][0])
        mine, base = (_taken(added[one][1], columns[one], keys) for one in (name, baseline))
        mean, lower, upper, n = _intervals(mine - base, confidence)
        frame = money.frame_of(keys)
        amount = mine.mean(axis=0)
        frame.insert(0, "scenario", name)
        frame.insert(1, "baseline", baseline)
        posts = amount / money.post_prices(scenario, list(frame["item"]))
        parts.append(
            frame.assign(amount=amount, posts=posts, difference=mean, lower=lower, upper=upper, n=n)
        )
    return pd.concat(parts, ignore_index=True)


def _shared(mine: Sequence[money.Key], base: Sequence[money.Key]) -> list[money.Key]:
    """Keys of either, in the periods of both; a scenario without money has those of the other."""
    if not mine or not base:
        return list(mine or base)
    periods = {key[0] for key in mine} & {key[0] for key in base}
    return [key for key in dict.fromkeys([*mine, *base]) if key[0] in periods]


def _taken(amounts: Floats, place: Mapping[money.Key, int], keys: Sequence[money.Key]) -> Floats:
    result = np.zeros((len(amounts), len(keys)))
    for column, key in enumerate(keys):
        if key in place:
            result[:, column] = amounts[:, place[key]]
    return result


def _intervals(matrix: Floats, confidence: float) -> tuple[Floats, Floats, Floats, Any]:
    from capsim.estimates import mean_intervals

    anything = np.full(matrix.shape[1], np.inf)
    return mean_intervals(matrix, confidence=confidence, limits=(-anything, anything))


def uncovered(samples: Mapping[str, Sample]) -> list[str]:
    """Lines about windows of funding in which not everybody joins whom a rule is for."""
    lines: dict[str, list[str]] = {}
    for label, sample in samples.items():
        keys = sample.keys()
        mine = (keys["measure"] == "funded_share") & (keys["window"] == sample.scenario.window)
        for column in np.flatnonzero(mine.to_numpy()).tolist():
            values = sample.matrix[:, column]
            if np.isnan(values).all():
                continue
            share = float(np.nanmean(values))
            if share < _COVERED:
                name = str(keys["of"].iloc[column])
                lines.setdefault(_line(sample.scenario, name, share), []).append(label)
    return [f"{', '.join(filter(None, labels))}: {line}".removeprefix(": ")
            for line, labels in lines.items()]  # fmt: skip


def _line(scenario: Scenario, name: str, share: float) -> str:
    rule = scenario.funding[name]
    assert rule.joined is not None
    first, until = rule.joined.from_, rule.joined.until
    when = " ".join(
        [*([f"from {first}"] if first is not None else []),
         *([f"before {until}"] if until is not None else [])]
    )  # fmt: skip
    of = f" of {', '.join(rule.inflows)}" if rule.inflows is not None else ""
    where = rule.stage or " or ".join(scenario.costs.priced_stages)
    return (
        f"funding.{name} is for those{of} who join {where} {when}: {100 * share:.0f} % do, "
        f"{100 * (1 - share):.0f} % join outside this window and bring nothing by it."
    )
