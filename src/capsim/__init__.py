"""Discrete-event simulation of the capacity of social services.

Applicants are processes, social workers are limited resources, and a case moves through intake, social
investigation and guidance. What is offered here, in the order of a study:

* describe: `Scenario`, `load`, `presets`, `ScenarioError`, `theory`
* run once: `simulate`, `Run`, `load_run`
* run a study: `replicate`, `compare`, `sweep`, `sensitivity`, `find_staffing`, `uncertainty`
* use data: `fit`, `validate`
* show: `plots`

Names are resolved when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "Run": "capsim.log",
    "Scenario": "capsim.scenario",
    "ScenarioError": "capsim.scenario",
    "compare": "capsim.experiments",
    "find_staffing": "capsim.experiments",
    "fit": "capsim.experiments",
    "load": "capsim.scenario",
    "load_run": "capsim.log",
    "plots": "capsim",
    "presets": "capsim.scenario",
    "replicate": "capsim.experiments",
    "sensitivity": "capsim.experiments",
    "simulate": "capsim.engines",
    "sweep": "capsim.experiments",
    "theory": "capsim",
    "uncertainty": "capsim.experiments",
    "validate": "capsim.experiments",
}
"""Public name -> the module that defines it; `capsim` itself for a module of that name."""

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    """Give the public `name`, importing its module on first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'capsim' has no attribute {name!r}")
    module = _MODULES[name]
    if module == __name__:
        value = import_module(f"{__name__}.{name}")
    else:
        value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
