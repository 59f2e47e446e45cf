"""The scenario language: what a user writes, validated and immutable.

A scenario is a TOML or JSON file, or the same tables in Python. Every number has a dotted path and
every duration its unit. `load` reads a file or a preset; `Scenario` is the result, whose `with_`
and `variant` give other scenarios; `ScenarioError` names all mistakes at once.
"""

from __future__ import annotations

from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.guide import fields
from capsim.scenario.laws.counts import EmpiricalCount, Geometric, Poisson
from capsim.scenario.laws.durations import (
    Empirical,
    Erlang,
    Exponential,
    Fixed,
    Gamma,
    Lognormal,
    Mixture,
    Normal,
    Scipy,
    Triangular,
    Uniform,
    Weibull,
)
from capsim.scenario.loading import load, presets
from capsim.scenario.model import Scenario
from capsim.scenario.schema import json_schema
from capsim.scenario.tables.burden import Burden
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.evidence import Evidence
from capsim.scenario.tables.inflow import Inflow, Initial, Rate, Trace, Wave
from capsim.scenario.tables.offices import Office
from capsim.scenario.tables.stages import Closing, Deadline, Decision, NoShow, Stage, StageOverride
from capsim.scenario.tables.teams import Absence, Change, Onboarding, Team, Turnover
from capsim.scenario.units import Duration

__all__ = [
    "Absence",
    "Burden",
    "Calendar",
    "Change",
    "Closing",
    "Deadline",
    "Decision",
    "Duration",
    "Empirical",
    "EmpiricalCount",
    "Erlang",
    "Evidence",
    "Exponential",
    "Fixed",
    "Gamma",
    "Geometric",
    "Inflow",
    "Initial",
    "Lognormal",
    "Mistake",
    "Mixture",
    "NoShow",
    "Normal",
    "Office",
    "Onboarding",
    "Poisson",
    "Rate",
    "Scenario",
    "ScenarioError",
    "Scipy",
    "Stage",
    "StageOverride",
    "Team",
    "Trace",
    "Triangular",
    "Turnover",
    "Uniform",
    "Wave",
    "Weibull",
    "fields",
    "json_schema",
    "load",
    "presets",
]
