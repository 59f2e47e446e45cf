"""Functions of the user's own: measures of a run, and rules; how a store remembers them."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from typing import Any

from capsim.catalogue import MEASURES

__all__ = ["KIND", "Measure", "check_measures", "check_rule", "evaluate", "found", "places"]

Measure = Callable[[Any], float]
"""Function of a `Run` that gives a number."""

KIND = "run"
"""Kind of the rows of own measures; they are of all inflows and offices."""


def check_measures(
    measures: Mapping[str, Measure] | None, own: Mapping[str, Measure] | None = None
) -> dict[str, Measure]:
    """The measures, in the order given, under either name of the argument.

    Raises
    ------
    ValueError
        If a name is taken, given twice or not a name, or something cannot be called.
    """
    checked: dict[str, Measure] = {}
    for argument, functions in (("measures", measures), ("own", own)):
        if functions is None:
            continue
        if not isinstance(functions, Mapping):
            raise ValueError(
                f"{argument} = {functions!r} must be a table of names and functions: write "
                '{"busiest": busiest}'
            )
        for name, function in functions.items():
            if not isinstance(name, str) or not name.isidentifier():
                raise ValueError(
                    f"{argument}: {name!r} is not a name; write letters, digits and underscores"
                )
            if name in MEASURES:
                raise ValueError(
                    f"{argument}: {name!r} is a measure of capsim; choose another name"
                )
            if name in checked:
                raise ValueError(f"measures and own both name {name!r}: leave out one")
            if not callable(function):
                raise ValueError(
                    f"{argument}[{name!r}] = {function!r} must be a function of a run that gives a "
                    "number"
                )
            checked[name] = function
    return checked


def check_rule(name: str, rule: Any) -> None:
    """Whether a rule can be called.

    Raises
    ------
    ValueError
        If it cannot.
    """
    if rule is not None and not callable(rule):
        raise ValueError(
            f"{name} = {rule!r} must be a function, as `capsim.simulate` takes it; leave it out "
            "for the rule of the contract"
        )


def evaluate(measures: Mapping[str, Measure], run: Any) -> list[float]:
    """Values of the measures for a run; not a number where there is nothing to measure.

    Raises
    ------
    TypeError
        If a function gives something that is no number.
    ValueError
        If it gives an infinite one, which would have no mean.
    """
    values = []
    for name, function in measures.items():
        try:
            value = function(run)
        except BaseException as error:  # sys.exit as well: the executor tells of it
            error.add_note(f"in measures[{name!r}], of the run that this call gives")
            raise
        values.append(_number(name, value))
    return values


def _number(name: str, value: Any) -> float:
    rule = "it must give one number per run"
    if value is None:
        raise TypeError(f"measures[{name!r}] gave nothing: {rule}; does it end with a return?")
    try:
        if isinstance(value, str | bytes):
            raise TypeError("a text of digits is a text")
        number = float(value)
    except Exception:  # an object of the user's own may raise anything when it is asked
        raise TypeError(f"measures[{name!r}] gave {_shown(value)}: {rule}") from None
    if math.isinf(number):
        raise ValueError(
            f"measures[{name!r}] gave {number}, which has no mean: {rule}, or float('nan') where "
            "there is nothing to measure"
        )
    return number


def _shown(value: Any) -> str:
    kind = type(value).__name__
    try:
        return f"{kind} {str(value)[:60]!r}"
    except Exception:  # the text of a user's own object, which may raise anything
        return kind


def places(functions: Mapping[str, Callable[..., Any]]) -> dict[str, str | None]:
    """Where each function can be imported from, as ``module:name``; None: nowhere."""
    return {name: _place(function) for name, function in functions.items()}


def _place(function: Callable[..., Any]) -> str | None:
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not module or not name or module == "__main__" or "<" in name:
        return None
    return f"{module}:{name}"


def found(name: str, where: str | None, what: str = "measure") -> Any:
    """The function that a store remembers by its place.

    Raises
    ------
    ValueError
        If it cannot be imported.
    """
    advice = "run the same Python call again instead, which goes on from the same store"
    if where is None:
        raise ValueError(
            f"the study has a {what} of your own, {name!r}, defined in a script or notebook: "
            f"{advice}"
        )
    module, _, path = where.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for part in path.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"the study has a {what} of your own, {name!r}, from {where}, which cannot be "
            f"imported here ({error}): {advice}"
        ) from None
    return value
