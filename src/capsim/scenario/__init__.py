"""The scenario language: what a user writes, validated and immutable."""

from __future__ import annotations

from capsim.scenario.calendar import Calendar
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.evidence import Evidence
from capsim.scenario.inflow import Inflow, Initial, Rate, Trace, Wave
from capsim.scenario.model import Scenario
from capsim.scenario.offices import Office
from capsim.scenario.staffing import Absence, Change, Onboarding, Team, Turnover
from capsim.scenario.stages import Closing, Deadline, Decision, Stage, StageOverride
from capsim.scenario.units import Duration

__all__ = [
    "Absence",
    "Calendar",
    "Change",
    "Closing",
    "Deadline",
    "Decision",
    "Duration",
    "Evidence",
    "Inflow",
    "Initial",
    "Mistake",
    "Office",
    "Onboarding",
    "Rate",
    "Scenario",
    "ScenarioError",
    "Stage",
    "StageOverride",
    "Team",
    "Trace",
    "Turnover",
    "Wave",
]
