"""Measures of the user's own: functions of a run that give one number each."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from capsim.catalogue import MEASURES

__all__ = ["KIND", "Measure", "check", "evaluate", "found", "place"]

Measure = Callable[[Any], float]
"""Function of a `Run` that gives a number."""

KIND = "run"
"""Kind of the rows of own measures; they are of all inflows and offices."""


def check(measures: Mapping[str, Measure] | None) -> dict[str, Measure]:
    """The measures, in the order given.

    Raises
    ------
    ValueError
        If a name is taken or not a name, or something cannot be called.
    """
    if measures is not None and not isinstance(measures, Mapping):
        raise ValueError(
            f"measures = {measures!r} must be a table of names and functions: write "
            '{"busiest": busiest}'
        )
    checked = dict(measures or {})
    for name, function in checked.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"measures: {name!r} is not a name; write letters, digits and underscores"
            )
        if name in MEASURES:
            raise ValueError(f"measures: {name!r} is a measure of capsim; choose another name")
        if not callable(function):
            raise ValueError(
                f"measures[{name!r}] = {function!r} must be a function of a run that gives a number"
            )
    return checked


def evaluate(measures: Mapping[str, Measure], run: Any) -> list[float]:
    """Values of the measures for a run.

    Raises
    ------
    TypeError
        If a function gives something that is no number.
    """
    values = []
    for name, function in measures.items():
        try:
            value = function(run)
        except Exception as error:
            error.add_note(f"in measures[{name!r}], of the run that this call gives")
            raise
        try:
            values.append(float(value))
        except (TypeError, ValueError):
            raise TypeError(
                f"measures[{name!r}] gave {type(value).__name__} {str(value)[:60]!r}: it must give "
                "one number per run"
            ) from None
    return values


def place(function: Measure) -> str | None:
    """Where a function can be imported from, as ``module:name``; None if nowhere."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not module or not name or module == "__main__" or "<" in name:
        return None
    return f"{module}:{name}"


def found(name: str, where: str | None) -> Measure:
    """The function that a store remembers by its place.

    Raises
    ------
    ValueError
        If it cannot be imported.
    """
    advice = "run the same Python call again instead, which goes on from the same store"
    if where is None:
        raise ValueError(
            f"the study has a measure of your own, {name!r}, defined in a script or notebook: "
            f"{advice}"
        )
    module, _, path = where.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in path.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"the study has a measure of your own, {name!r}, from {where}, which cannot be "
            f"imported here ({error}): {advice}"
        ) from None
    function: Measure = value
    return function
