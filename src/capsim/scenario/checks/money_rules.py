"""Rules about costs and funding: names that exist, and fields that belong to the kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from capsim.scenario.base import plain
from capsim.scenario.checks.names import Names, unknown
from capsim.scenario.errors import Mistake
from capsim.scenario.tables.money import Funding, StageCosts

if TYPE_CHECKING:
    from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["money_rules", "money_warnings"]

_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "open": (("stage", "per_year"), ("joined", "years")),
    "exit": (("exit", "amount"), ("at_least", "share_kept")),
    "cost": (("of", "shares"), ("stage", "per", "joined", "years")),
}
"""By kind of funding: fields that it needs, and others that it may have."""

_EXAMPLES = {
    "stage": 'write stage = "guidance"',
    "per_year": "write per_year = 518",
    "exit": 'write exit = "work"',
    "amount": "write amount = 1_776",
    "of": 'write of = "open_month"',
    "shares": "write shares = [1.0, 0.9]",
}


def money_rules(
    scenario: ScenarioFields, names: Names, exits: Collection[str]
) -> Iterator[Mistake]:
    """Mistakes of the tables `costs` and `funding`.

    Parameters
    ----------
    scenario : ScenarioFields
    names : Names
    exits : collection of str
        Exits that cases can leave by.
    """
    costs = scenario.costs
    for team in costs.teams:
        yield from unknown(team, names.teams, "costs.teams", "team")
    yield from _of_cases(scenario, names, exits, "costs", costs.stages, costs.exits, ())
    for inflow, instead in costs.per_inflow.items():
        if names.inflows:
            yield from unknown(inflow, names.inflows, "costs.per_inflow", "inflow")
        yield from _of_cases(
            scenario,
            names,
            exits,
            f"costs.per_inflow.{inflow}",
            instead.stages,
            instead.exits,
            (inflow,),
        )
    for name, funding in scenario.funding.items():
        yield from _funding(scenario, names, exits, f"funding.{name}", funding)


def _of_cases(
    scenario: ScenarioFields,
    names: Names,
    exits: Collection[str],
    path: str,
    stages: dict[str, StageCosts],
    by_exit: dict[str, float],
    inflows: tuple[str, ...],
) -> Iterator[Mistake]:
    for stage, prices in stages.items():
        place = f"{path}.stages"
        if names.stages:
            yield from unknown(stage, names.stages, place, "stage")
        if prices.late_most is not None and _late_day(scenario, stage, prices, inflows) is None:
            yield Mistake(
                f"{place}.{stage}.late_most",
                plain(prices.late_most),
                "is the most of a price that there is not",
                "add late_day, what a day costs",
            )
        if prices.late_day is not None and stage in scenario.stages:
            settings = [scenario.stages[stage]] + [
                scenario.stage_for(stage, one)
                for one in inflows or scenario.inflows
                if one in scenario.inflows
            ]
            if all(one.deadline is None for one in settings):
                yield Mistake(
                    f"{place}.{stage}.late_day",
                    plain(prices.late_day),
                    "the stage has no deadline, so nobody is late there",
                    f'add stages.{stage}.deadline, such as "30 days"',
                )
    for name in by_exit:
        if names.stages:
            yield from unknown(name, exits, f"{path}.exits", "exit")


def _late_day(
    scenario: ScenarioFields, stage: str, prices: StageCosts, inflows: tuple[str, ...]
) -> float | None:
    """A price of a late day that a limit may be of."""
    if prices.late_day is not None:
        return prices.late_day
    if inflows:
        return scenario.costs.stages.get(stage, StageCosts()).late_day
    found = (one.stages.get(stage) for one in scenario.costs.per_inflow.values())
    return next((one.late_day for one in found if one and one.late_day is not None), None)


def _funding(
    scenario: ScenarioFields, names: Names, exits: Collection[str], path: str, funding: Funding
) -> Iterator[Mistake]:
    needed, possible = _FIELDS[funding.kind]
    for field in needed:
        if getattr(funding, field) is None:
            yield Mistake.absent(
                f"{path}.{field}", f'kind = "{funding.kind}" needs it', _EXAMPLES[field]
            )
    for field in Funding.model_fields:
        value = getattr(funding, field)
        if value is not None and field not in (*needed, *possible, "kind", "inflows"):
            yield funding.mistake(
                path,
                field,
                f'is no field of kind = "{funding.kind}"',
                f"remove it; its fields are {', '.join((*needed, *possible, 'inflows'))}",
            )
    if funding.stage is not None and names.stages:
        yield from unknown(funding.stage, names.stages, f"{path}.stage", "stage")
    if funding.exit is not None and names.stages:
        yield from unknown(funding.exit, exits, f"{path}.exit", "exit")
    for number, inflow in enumerate(funding.inflows or ()):
        if names.inflows:
            yield from unknown(inflow, names.inflows, f"{path}.inflows.{number}", "inflow")
    if funding.at_least is not None and funding.at_least.is_workdays:
        yield funding.mistake(
            path,
            "at_least",
            "counts calendar time",
            "write days, weeks, months or years",
        )
    if funding.years is not None and abs(12 * funding.years - round(12 * funding.years)) > 1e-9:
        yield funding.mistake(
            path,
            "years",
            "must be a whole number of months",
            "write 2, 1.5 or 0.25, say",
        )
    yield from _joined(path, funding)
    if funding.kind == "cost" and funding.of is not None:
        priced = [
            stage
            for stage in scenario.costs.priced_stages
            if any(
                scenario.costs.of_stage(stage, inflow).open_month is not None
                for inflow in scenario.inflows
            )
        ]
        if not priced or funding.stage not in (None, *priced):
            where = f"stages.{funding.stage or 'STAGE'}.open_month"
            yield funding.mistake(
                path,
                "of",
                "nothing has this price, so there is nothing to pay back",
                f"write costs.{where}",
            )


def _joined(path: str, funding: Funding) -> Iterator[Mistake]:
    window = funding.joined
    if window is None:
        return
    if window.from_ is None and window.until is None:
        yield Mistake(
            f"{path}.joined", {}, "says no date", "write { from = 2026-01-01, until = 2026-07-01 }"
        )
    elif window.from_ is not None and window.until is not None and window.until <= window.from_:
        yield Mistake(
            f"{path}.joined.until",
            window.until.isoformat(),
            f"must lie after {window.from_}, the first day",
            "until is the day after the last",
        )


def money_warnings(scenario: ScenarioFields) -> Iterator[str]:
    """Prices of nothing, and windows of funding in which nobody can join."""
    for team, prices in scenario.costs.teams.items():
        if prices.reserve is not None and team not in scenario.reserved_teams:
            yield (
                f"costs.teams.{team}.reserve: no seat of the team is a reserve that is switched "
                "on, so this price is never paid; add triggers.NAME, or remove it"
            )
    last = scenario.last_day()
    for name, funding in scenario.funding.items():
        window = funding.joined
        if window is None:
            continue
        if window.from_ is not None and window.from_ >= last:
            yield (
                f"funding.{name}.joined: begins on {window.from_}, after the end of the run; "
                "nothing is paid"
            )
        if window.until is not None and window.until <= scenario.start and not scenario.initial:
            yield (
                f"funding.{name}.joined: ends on {window.until}, before the run begins; nothing is "
                "paid"
            )
