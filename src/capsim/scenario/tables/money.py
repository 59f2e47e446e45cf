"""What a service costs, and what rules of funding pay for it, in full units of a currency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from capsim.scenario.base import Date, NonNegative, Positive, Share, Table
from capsim.scenario.units import Duration

__all__ = ["Costs", "Funding", "InflowCosts", "Joined", "StageCosts", "TeamCosts"]


class TeamCosts(Table):
    """Prices of a team."""

    post: NonNegative | None = None
    """A year and FTE of those employed, or a year and place; vacancies cost nothing."""
    reserve: NonNegative | None = None
    """The same for those of a reserve while a trigger has called them, default as a post."""


class StageCosts(Table):
    """Prices of a stage."""

    late_day: NonNegative | None = None
    """Each calendar day that a decision is late, from the first one begun."""
    late_most: NonNegative | None = None
    """Most that one late decision costs, default no limit."""
    open_month: NonNegative | None = None
    """A calendar month of an open case, from joining the stage to leaving it, such as a benefit."""


class InflowCosts(Table):
    """Prices that the cases of an inflow have instead."""

    stages: dict[str, StageCosts] = Field(default_factory=dict)
    """By stage; a price that is not written here stays."""
    exits: dict[str, NonNegative] = Field(default_factory=dict)
    """By exit."""


class Costs(Table):
    """What things cost, in full units of a currency."""

    currency: Annotated[str, Field(strict=True, min_length=1, max_length=12)] = "EUR"
    """Name of the currency in tables."""
    teams: dict[str, TeamCosts] = Field(default_factory=dict)
    """Prices by team."""
    stages: dict[str, StageCosts] = Field(default_factory=dict)
    """Prices by stage."""
    exits: dict[str, NonNegative] = Field(default_factory=dict)
    """What a case costs when it leaves by an exit, by exit."""
    per_inflow: dict[str, InflowCosts] = Field(default_factory=dict)
    """Prices that replace those above, by inflow."""

    def prices(self) -> Iterator[tuple[str, float]]:
        """Dotted path below `costs`, and price, of all that has one."""
        for team, own in self.teams.items():
            yield from _written(f"teams.{team}", own)
        yield from _of_cases("", self.stages, self.exits)
        for inflow, instead in self.per_inflow.items():
            yield from _of_cases(f"per_inflow.{inflow}.", instead.stages, instead.exits)

    def of_stage(self, stage: str, inflow: str) -> StageCosts:
        """Prices of a stage for the cases of an inflow."""
        general = self.stages.get(stage, StageCosts())
        instead = self.per_inflow.get(inflow, InflowCosts()).stages.get(stage, StageCosts())
        changes = {
            name: getattr(instead, name)
            for name in StageCosts.model_fields
            if getattr(instead, name) is not None
        }
        return general.model_copy(update=changes)

    def of_exit(self, exit: str, inflow: str) -> float | None:
        """What leaving by an exit costs for the cases of an inflow."""
        instead = self.per_inflow.get(inflow, InflowCosts()).exits
        return instead.get(exit, self.exits.get(exit))

    @property
    def priced_stages(self) -> tuple[str, ...]:
        """Stages that have a price, for all or for an inflow."""
        tables = (self.stages, *(one.stages for one in self.per_inflow.values()))
        return tuple(dict.fromkeys(name for table in tables for name in table))

    @property
    def priced_exits(self) -> tuple[str, ...]:
        """Exits that have a price, for all or for an inflow."""
        tables = (self.exits, *(one.exits for one in self.per_inflow.values()))
        return tuple(dict.fromkeys(name for table in tables for name in table))


def _written(path: str, table: TeamCosts | StageCosts) -> Iterator[tuple[str, float]]:
    for name in type(table).model_fields:
        price = getattr(table, name)
        if price is not None:
            yield f"{path}.{name}", price


def _of_cases(
    prefix: str, stages: dict[str, StageCosts], exits: dict[str, float]
) -> Iterator[tuple[str, float]]:
    for stage, own in stages.items():
        yield from _written(f"{prefix}stages.{stage}", own)
    for name, price in exits.items():
        yield f"{prefix}exits.{name}", price


class Joined(Table):
    """When a case must have joined a stage for a rule of funding to hold."""

    from_: Date | None = Field(default=None, alias="from")
    """First day, default any."""
    until: Date | None = None
    """The day after the last, default none."""


class Funding(Table):
    """A rule by which money comes in, for files, for exits, or for a share of a cost."""

    kind: Literal["open", "exit", "cost"]
    """"open": for each open file; "exit": for each case that leaves by an exit; "cost": a share of
    what a benefit costs."""
    stage: str | None = None
    """Of "open" the stage in which files are open; of "cost" the only stage that counts, default
    all."""
    per_year: NonNegative | None = None
    """Of "open": amount for a file that is open all year."""
    exit: str | None = None
    """Of "exit": its name."""
    amount: NonNegative | None = None
    """Of "exit": amount for each case."""
    at_least: Duration | None = None
    """Of "exit": time for which the case must be gone before anything is paid, default none."""
    share_kept: Share | None = None
    """Of "exit": share of them who are gone so long, default all."""
    of: Literal["open_month"] | None = None
    """Of "cost": which price is paid back."""
    shares: Annotated[tuple[Share, ...], Field(min_length=1)] | None = None
    """Of "cost": share in the first step of a stay, in the second, ...; the last one repeats."""
    per: Literal["month", "quarter", "year"] | None = None
    """Of "cost": length of a step, counted from joining; default "year"."""
    inflows: tuple[str, ...] | None = None
    """Inflows whose cases count, default all."""
    joined: Joined | None = None
    """Of "open" and "cost": when a case must have joined the stage, default any time."""
    years: Positive | None = None
    """Of "open" and "cost": years from joining for which is paid, default without end."""
