"""The fields of a scenario: every table valid by itself, and what follows from them alone."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Any

from pydantic import Field

from capsim.scenario.base import Date, Table, copied
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.evidence import Evidence
from capsim.scenario.tables.inflow import Inflow, Initial, InitialCases, InitialTables, Wave
from capsim.scenario.tables.money import Costs, Funding
from capsim.scenario.tables.offices import Office
from capsim.scenario.tables.open_cases import OpenCases
from capsim.scenario.tables.stages import Stage
from capsim.scenario.tables.teams import Team
from capsim.scenario.tables.triggers import Trigger
from capsim.scenario.tables.windows import Window
from capsim.scenario.tables.workers import NamedWorker, hours_of_week
from capsim.scenario.units import Duration

__all__ = ["MAIN_OFFICE", "ScenarioFields"]

MAIN_OFFICE = "main"
"""Name of the one office of a scenario without offices."""


class ScenarioFields(Table):
    """The fields of a scenario, each valid by itself; `Scenario` checks how they go together."""

    name: str = "scenario"
    """Title of results; that of the file if it says none."""
    start: Date
    """First day."""
    horizon: Duration
    """Length of the simulated time; months and years step by the calendar."""
    warm_up: Duration = Duration(0, "days")
    """Measurement starts after it."""
    follow_up: Duration = Duration(0, "days")
    """Joiners of this last part are simulated but not judged."""
    windows: dict[str, Window] = Field(default_factory=dict)
    """Spans of the calendar in which is measured, by name."""
    window: str = "all"
    """Name of the window that is meant where none is named, default all that is measured."""
    calendar: Calendar = Field(default_factory=Calendar)
    """Opening days and hours."""
    teams: dict[str, Team] = Field(default_factory=dict)
    """Teams by name."""
    stages: dict[str, Stage]
    """Stages by name; their order is the pathway."""
    inflows: dict[str, Inflow]
    """Inflows by name."""
    initial: dict[str, InitialTables] = Field(default_factory=dict)
    """Cases already there on the first day, by stage; `files`: a list of open cases."""
    triggers: dict[str, Trigger] = Field(default_factory=dict)
    """Plans that react: extra staff while a list is long, by name."""
    offices: dict[str, Office] = Field(default_factory=dict)
    """Offices; without them there is one, "main"."""
    costs: Costs = Field(default_factory=Costs)
    """What posts, late decisions, open files and exits cost."""
    funding: dict[str, Funding] = Field(default_factory=dict)
    """Rules by which money comes in, by name."""
    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Named sets of overrides: dotted path to value."""
    uncertain: dict[str, Any] = Field(default_factory=dict)
    """What is not known for sure: dotted path to a law, two ends or a list of values."""
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    """Where the numbers come from, by dotted path."""

    def to_dict(self) -> dict[str, Any]:
        """The scenario as plain data, its name always included.

        A file without a name has that of the file, so the default is no substitute.
        """
        raw: dict[str, Any] = copied(self.plain_data)
        return raw

    @cached_property
    def plain_data(self) -> dict[str, Any]:
        """What `to_dict` gives, made once: to be read, never to be changed."""
        raw = {"name": self.name, **super().to_dict()}
        for name, team in self.teams.items():
            # What follows from the list of workers is no number of its own.
            if team.workers is not None and team.fte is not None:
                there = sum(one.fte for one in self.named_workers(name) if one.is_there(self.start))
                if abs(there - team.fte) < 1e-6:
                    del raw["teams"][name]["fte"]
        return raw

    def named_workers(self, team: str) -> list[NamedWorker]:
        """Workers of a team who are known by name, in the order of their list."""
        workers = self.teams[team].workers
        return [] if workers is None else workers.named(hours_of_week(self.calendar))

    # -- time ---------------------------------------------------------------

    @property
    def horizon_days(self) -> int:
        """Calendar days of the horizon, rounded up."""
        return self.calendar.days_after(self.start, self.horizon)

    @property
    def warm_up_days(self) -> int:
        """Calendar days before measurement starts, rounded up; steps by the calendar."""
        return self.calendar.days_after(self.start, self.warm_up)

    @property
    def follow_up_days(self) -> int:
        """Calendar days at the end whose joiners are not judged, rounded up."""
        if self.follow_up.is_workdays:
            return self.calendar.days_before_end(self.start, self.horizon_days, self.follow_up)
        return -int(-self.follow_up.exact_days // 1)

    # -- money ---------------------------------------------------------------

    @property
    def has_costs(self) -> bool:
        """Whether anything has a price."""
        return any(True for _ in self.costs.prices())

    @property
    def has_money(self) -> bool:
        """Whether anything has a price, or is paid for."""
        return self.has_costs or bool(self.funding)

    # -- names ---------------------------------------------------------------

    @property
    def office_names(self) -> tuple[str, ...]:
        """Offices in order; "main" alone if there are none."""
        return tuple(self.offices) or (MAIN_OFFICE,)

    @property
    def office_shares(self) -> dict[str, float]:
        """Share of the applicants by office."""
        if not self.offices:
            return {MAIN_OFFICE: 1.0}
        return {name: office.share for name, office in self.offices.items()}

    def office_shares_of(self, inflow: str) -> dict[str, float]:
        """Share of the applicants of an inflow by office.

        Offices that say so have their own share; the others keep their proportions.
        """
        shares = self.office_shares
        own = {
            name: office.shares[inflow]
            for name, office in self.offices.items()
            if inflow in office.shares
        }
        if not own:
            return shares
        left = 1 - sum(own.values())
        others = sum(share for name, share in shares.items() if name not in own)
        return {
            name: own[name] if name in own else left * share / others if others else 0.0
            for name, share in shares.items()
        }

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Stages in the order of the pathway."""
        return tuple(self.stages)

    def wave(self, name: str) -> Wave:
        """The wave of a name such as "reform.january"."""
        inflow, _, wave = name.partition(".")
        return self.inflows[inflow].waves[wave]

    def entry_stage(self, inflow: str) -> str:
        """Stage in which the cases of an inflow start."""
        return self.inflows[inflow].enter or next(iter(self.stages))

    @property
    def initial_tables(self) -> tuple[tuple[str, str, Initial], ...]:
        """Path, stage and table of everyone who is there on the first day."""
        found = []
        for stage, tables in self.initial.items():
            if isinstance(tables, OpenCases):
                continue
            if isinstance(tables, Initial):
                found.append((f"initial.{stage}", stage, tables))
                continue
            for position, table in enumerate(tables):
                found.append((f"initial.{stage}.{position}", stage, table))
        return tuple(found)

    def numbered_initial(self) -> tuple[InitialCases, ...]:
        """Those of the first day whose number is written, and then those of the list."""
        first = next(iter(self.inflows), "")
        counted = [
            InitialCases(stage, table.inflow or first, None, table.cases, table.age)
            for _, stage, table in self.initial_tables
            if table.cases != "steady"
        ]
        if self.open_cases is not None:
            listed = self.open_cases.numbers(first)
            counted += [InitialCases(*group, cases, None, True) for group, cases in listed]
        return tuple(counted)

    @property
    def reserved_teams(self) -> frozenset[str]:
        """Teams that a trigger may call a reserve for."""
        return frozenset(trigger.change.team for trigger in self.triggers.values())

    @property
    def open_cases(self) -> OpenCases | None:
        """The list of open cases, if there is one."""
        found = [table for table in self.initial.values() if isinstance(table, OpenCases)]
        return found[0] if found else None

    def next_of(self, stage: str, settings: Stage | None = None) -> dict[str, float]:
        """Destinations of a stage with their shares, the default one filled in.

        Parameters
        ----------
        stage : str
            Name of the stage.
        settings : Stage, optional
            The stage as one inflow has it (`stage_for`); default as it stands.
        """
        explicit = (settings or self.stages[stage]).next
        if explicit is not None:
            return explicit
        names = list(self.stages)
        following = names.index(stage) + 1
        return {names[following] if following < len(names) else "completed": 1.0}

    def last_day(self) -> datetime.date:
        """The day on which the horizon ends, exclusive."""
        return self.start + datetime.timedelta(days=self.horizon_days)

    def stage_for(self, stage: str, inflow: str) -> Stage:
        """The stage as an inflow has it, with that inflow's own settings applied."""
        return self.stages[stage].with_override(self.inflows[inflow].stages.get(stage))
