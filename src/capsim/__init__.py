"""Discrete-event simulation of the capacity of social services.

Applicants are processes, social workers are limited resources, and a case moves through intake,
social investigation and guidance. What is offered here, in the order of a study:

* describe: `Scenario`, `load`, `presets`, `office`, `fields`, `ScenarioError`, `theory`
* run once: `simulate`, `Run`, `load_run`
* run a study: `replicate`, `compare`, `sweep`, `select_best`, `sensitivity`, `uncertainty`,
  `find_staffing`, `funded`, `load_result`
* meet the records of a service: `read_log`, `fit`, `validate`, `forecast`, `score`
* show and pass on: `plots`, `report`, `stress_des`

Names are resolved when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from capsim.version import __version__ as __version__

if TYPE_CHECKING:
    from capsim import plots, theory
    from capsim.experiments import (
        compare,
        find_staffing,
        forecast,
        funded,
        load_result,
        office,
        replicate,
        select_best,
        sensitivity,
        sweep,
        uncertainty,
    )
    from capsim.records import fit, read_log, score, validate
    from capsim.reporting import report, stress_des
    from capsim.runs import Run, load_run, simulate
    from capsim.scenario import Scenario, ScenarioError, fields, load, presets

__all__ = [
    "Run",
    "Scenario",
    "ScenarioError",
    "compare",
    "fields",
    "find_staffing",
    "fit",
    "forecast",
    "funded",
    "load",
    "load_result",
    "load_run",
    "office",
    "plots",
    "presets",
    "read_log",
    "replicate",
    "report",
    "score",
    "select_best",
    "sensitivity",
    "simulate",
    "stress_des",
    "sweep",
    "theory",
    "uncertainty",
    "validate",
]

_MODULES = {
    "Run": "runs",
    "Scenario": "scenario",
    "ScenarioError": "scenario",
    "compare": "experiments",
    "fields": "scenario",
    "find_staffing": "experiments",
    "fit": "records",
    "forecast": "experiments",
    "funded": "experiments",
    "load": "scenario",
    "load_result": "experiments",
    "load_run": "runs",
    "office": "experiments",
    "presets": "scenario",
    "read_log": "records",
    "replicate": "experiments",
    "report": "reporting",
    "stress_des": "reporting",
    "score": "records",
    "select_best": "experiments",
    "sensitivity": "experiments",
    "simulate": "runs",
    "sweep": "experiments",
    "uncertainty": "experiments",
    "validate": "records",
}
"""Where a name is defined; the other public names are modules."""


def __getattr__(name: str) -> Any:
    """Give the public `name`, importing its module on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'capsim' has no attribute {name!r}")
    if name in _MODULES:
        value = getattr(import_module(f"capsim.{_MODULES[name]}"), name)
    else:
        value = import_module(f"capsim.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
