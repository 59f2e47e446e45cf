"""Uncertain inputs: dotted paths of a scenario with the values that they may take.

Each input is a function from a position between 0 and 1 to overrides of the scenario, so a design
is a matrix of positions whatever the inputs are: numbers, durations, dates, whole numbers, laws,
samples, tables. What may be written:

* ``(0.2, 0.5)``: any number between, equally likely.
* ``(50, 150)``: whole numbers where the scenario takes only these (people, visits, places), else
  any number between.
* ``("20 days", "6 weeks")``: any length between, in the unit of the first.
* ``("2026-03-01", "2026-09-01")``: any day between, the ends included.
* ``({"yes": 0.9, "no": 0.1}, {"yes": 0.6, "no": 0.4})``: two tables with the same entries, and
  everything between them in step; for shares that must sum to 1, or for whole laws.
* ``["fifo", "deadline"]``, ``[2, 4]``, an array: a list is values of which one is taken, equally
  likely. Samples of a posterior or a bootstrap belong here.
* ``{"values": [2, 4], "weights": [3, 1]}``: the same with weights.
* ``{"law": "triangular", ...}``: a law of `capsim.scenario`, with durations, or with bare numbers
  where the input is a number.
* ``{"between": [0.2, 0.5]}``: a tuple, for files that know none.

A key may also be a tuple of paths: its values are then rows, ``{("a", "b"): [(1, 2), (3, 5)]}``,
so that inputs that depend on each other are drawn together.
"""

from __future__ import annotations

import datetime
import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.experiments.arguments import is_number
from capsim.experiments.designs.input_laws import Quantiles, quantiles_of
from capsim.scenario.units import Duration, half_up

if TYPE_CHECKING:
    from capsim.scenario import Scenario

__all__ = ["AbstractInput", "Between", "Drawn", "OneOf", "inputs_of"]

_DIGITS = 12
"""Significant digits of a value: more would only be noise in a printed scenario."""

_ODD = math.sqrt(2) - 1
"""A position at which no number between whole ends is whole."""

_TAIL = 0.05
"""Where a design goes from end to end, a law is followed from this quantile to its mirror."""


@dataclass(frozen=True, eq=False)
class AbstractInput(ABC):
    """What an input may be.

    Attributes
    ----------
    paths : tuple of str
        Dotted paths that it sets, mostly one.
    """

    paths: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path; several are joined by " + "."""
        return " + ".join(self.paths)

    def at(self, position: float) -> dict[str, Any]:
        """Overrides at a position between 0 and 1; uniform positions give the input's law."""
        value = self._value(float(position))
        return (
            {self.paths[0]: value}
            if len(self.paths) == 1
            else dict(zip(self.paths, value, strict=True))
        )

    def across(self, position: float) -> dict[str, Any]:
        """Overrides on the way from the low end (0) to the high end (1) of what is likely."""
        return self.at(position)

    @abstractmethod
    def _value(self, position: float) -> Any:
        """The value at a position."""

    @abstractmethod
    def spec(self) -> Any:
        """What `inputs_of` makes the same input of, as JSON."""


@dataclass(frozen=True, eq=False)
class Between(AbstractInput):
    """Everything between two values of the same shape.

    Attributes
    ----------
    low, high : number, Duration, date, or a table or list of these
    whole : bool
        Whole numbers (of the unit) only, the ends included.
    """

    low: Any
    high: Any
    whole: bool = False

    def _value(self, position: float) -> Any:
        return _between(self.low, self.high, min(max(position, 0.0), 1.0), self.whole)

    def spec(self) -> Any:
        """Both ends."""
        return {"between": [_as_json(self.low), _as_json(self.high)]}


@dataclass(frozen=True, eq=False)
class OneOf(AbstractInput):
    """One of several values.

    Attributes
    ----------
    values : tuple
        In ascending order where there is one.
    weights : tuple of float, optional
        Default all alike.
    """

    values: tuple[Any, ...]
    weights: tuple[float, ...] | None = None

    def _value(self, position: float) -> Any:
        if self.weights is None:
            place = int(position * len(self.values))
        else:
            place = int(np.searchsorted(self._steps, position, side="right"))
        return self.values[min(max(place, 0), len(self.values) - 1)]

    @functools.cached_property
    def _steps(self) -> Any:
        assert self.weights is not None
        steps = np.cumsum(self.weights)
        return steps / steps[-1]

    def spec(self) -> Any:
        """The values, with their weights if they have any."""
        spec: dict[str, Any] = {"values": [_as_json(value) for value in self.values]}
        return spec if self.weights is None else {**spec, "weights": list(self.weights)}


@dataclass(frozen=True, eq=False)
class Drawn(AbstractInput):
    """A value with a law.

    Attributes
    ----------
    quantiles : Quantiles
    whole : bool
        Rounded to whole numbers (of the unit).
    """

    quantiles: Quantiles
    whole: bool = False

    def _value(self, position: float) -> Any:
        number = self.quantiles(position)
        unit = self.quantiles.unit
        if not self.whole:
            return _text(number, unit)
        return half_up(number) if unit is None else str(Duration(half_up(number), unit))

    def across(self, position: float) -> dict[str, Any]:
        """From the 5 % to the 95 % quantile."""
        return self.at(_TAIL + (1 - 2 * _TAIL) * position)

    def spec(self) -> Any:
        """The law as it was written."""
        return _as_json(self.quantiles.table)


# -- reading what the user wrote -----------------------------------------------------------------


def inputs_of(
    inputs: Mapping[Any, Any], scenario: Scenario | None = None
) -> tuple[AbstractInput, ...]:
    """The inputs that a table of paths and values denotes.

    Parameters
    ----------
    inputs : mapping
        Dotted path, or tuple of paths, to what it may be; see the head of this module.
    scenario : Scenario, optional
        Where the paths must lead; both ends are tried. Without it the names are free and two whole
        numbers have every number between them.

    Raises
    ------
    ScenarioError
        If a path leads nowhere or an end is not valid there.
    ValueError
        If a range, a list or a law cannot be read.

    Examples
    --------
    >>> share, day = inputs_of({"x": (0.2, 0.4), "y": ("2026-01-01", "2026-01-31")})
    >>> share.at(0.25), day.at(0.5)
    ({'x': 0.25}, {'y': '2026-01-16'})
    """
    if not isinstance(inputs, Mapping) or not inputs:
        raise ValueError(
            f"inputs = {inputs!r} must be a table of paths and what they may be, such as "
            "{'inflows.reform.take_up': (0.2, 0.5)}"
        )
    found = tuple(_read(key, value, scenario) for key, value in inputs.items())
    taken: set[str] = set()
    for one in found:
        for path in one.paths:
            if path in taken:
                raise ValueError(f"inputs: {path!r} is set twice; name it in one input only")
            taken.add(path)
    return found


def _read(key: Any, value: Any, scenario: Scenario | None) -> AbstractInput:
    paths = (key,) if isinstance(key, str) else key
    if not isinstance(paths, tuple) or not paths or not all(isinstance(p, str) for p in paths):
        raise ValueError(f"inputs: {key!r} must be a dotted path or a tuple of these")
    if isinstance(value, AbstractInput):
        made = value
    elif isinstance(value, Mapping) and "law" in value:
        if len(paths) > 1:
            raise ValueError(
                f"inputs[{key!r}]: a law has one path; give several paths rows of values"
            )
        made = Drawn(paths, quantiles_of(paths[0], value))
    elif isinstance(value, Mapping) and "values" in value:
        made = _one_of(paths, value["values"], value.get("weights"))
    elif isinstance(value, Mapping) and "between" in value:
        made = _ends(paths, tuple(value["between"]))
    elif isinstance(value, tuple):
        made = _ends(paths, value)
    elif isinstance(value, np.ndarray) or type(value).__module__.startswith("pandas"):
        made = _one_of(paths, np.asarray(value).tolist(), None)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        made = _one_of(paths, value, None)
    else:
        raise ValueError(
            f"inputs[{key!r}] = {value!r} must be two ends, a list of values or a law: write for "
            "example (0.2, 0.5), ('20 days', '40 days') or {'law': 'triangular', ...}"
        )
    return made if scenario is None else _fitted(made, scenario)


def _ends(paths: tuple[str, ...], value: tuple[Any, ...]) -> AbstractInput:
    name = " + ".join(paths)
    if len(value) != 2:
        raise ValueError(
            f"inputs[{name!r}] = {value!r}: a tuple is two ends; write [...] for values of which "
            "one is taken"
        )
    low, high = (_parsed(end) for end in value)
    if not _alike(low, high):
        raise ValueError(
            f"inputs[{name!r}] = {value!r}: there is nothing between these; give two numbers, "
            "durations, dates or tables alike, or [...] for values of which one is taken"
        )
    _check_order(paths, low, high)
    return Between(paths, low, high)


def _one_of(paths: tuple[str, ...], values: Any, weights: Any) -> OneOf:
    listed = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
    name = " + ".join(paths)
    if len(listed) < 2:
        raise ValueError(f"inputs[{name!r}] = {list(listed)!r} must have two values or more")
    if all(value == listed[0] for value in listed[1:]):
        raise ValueError(
            f"inputs[{name!r}]: all {len(listed)} values are {listed[0]!r}, so nothing varies; "
            "give different values, or set it in the scenario"
        )
    if len(paths) > 1:
        for row in listed:
            if isinstance(row, str) or not isinstance(row, Sequence) or len(row) != len(paths):
                raise ValueError(
                    f"inputs[{name!r}]: {row!r} must be a row of {len(paths)} values, one per path"
                )
    if weights is None:
        return OneOf(paths, _in_order(listed))
    weights = tuple(float(weight) for weight in weights)
    if len(weights) != len(listed) or min(weights) < 0 or sum(weights) <= 0:
        raise ValueError(
            f"inputs[{name!r}]: weights {list(weights)} must be one number of at least 0 for each "
            f"of the {len(listed)} values, not all 0"
        )
    return OneOf(paths, listed, weights)


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Ascending, so that a position means something; as they are if they have no order."""
    parsed = [_parsed(value) for value in values]
    if all(is_number(value) for value in parsed):
        return tuple(sorted(values))
    if all(isinstance(value, datetime.date) for value in parsed):
        return tuple(sorted(values, key=str))
    if (
        all(isinstance(value, Duration) for value in parsed)
        and len({value.is_workdays for value in parsed}) == 1
    ):
        return tuple(sorted(values, key=lambda value: _size(Duration.parse(value))))
    return values


def _parsed(value: Any) -> Any:
    """Durations and dates of texts, numbers of numpy as those of Python; the rest as it is."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, str):
        for parse in (Duration.parse, datetime.date.fromisoformat):
            try:
                return parse(value)
            except ValueError:
                continue
    if isinstance(value, Mapping):
        return {name: _parsed(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_parsed(item) for item in value]
    return value


def _alike(low: Any, high: Any) -> bool:
    """Whether there is something between two values."""
    if isinstance(low, dict) and isinstance(high, dict):
        return low.keys() == high.keys() and all(
            low[name] == high[name] or _alike(low[name], high[name]) for name in low
        )
    if isinstance(low, list) and isinstance(high, list):
        return len(low) == len(high) and all(
            a == b or _alike(a, b) for a, b in zip(low, high, strict=True)
        )
    if isinstance(low, Duration) and isinstance(high, Duration):
        return low.is_workdays == high.is_workdays
    if isinstance(low, datetime.date) and isinstance(high, datetime.date):
        return True
    return is_number(low) and is_number(high)


def _check_order(paths: tuple[str, ...], low: Any, high: Any) -> None:
    if isinstance(low, dict | list):
        return
    if not all(math.isfinite(end) for end in (low, high) if is_number(end)):
        raise ValueError(f"inputs[{paths[0]!r}] = ({low}, {high}): the ends must be finite")
    sizes = [_size(end) if isinstance(end, Duration) else end for end in (low, high)]
    if not sizes[0] < sizes[1]:
        raise ValueError(
            f"inputs[{paths[0]!r}] = ({low}, {high}): the first must be below the second; write "
            "(low, high)"
        )


def _size(duration: Duration) -> float:
    return float(duration.exact if duration.is_workdays else duration.exact_days)


# -- fitting to a scenario -----------------------------------------------------------------------


def _fitted(one: AbstractInput, scenario: Scenario) -> AbstractInput:
    """The input, limited to whole numbers where the scenario takes only these.

    Raises
    ------
    ScenarioError
        If an end is not valid.
    """
    if isinstance(one, OneOf | Between):
        for position in (0.0, 1.0):
            scenario.with_(one.at(position))
    if isinstance(one, OneOf) or _fits(one.at(_ODD), scenario):
        return one
    assert isinstance(one, Between | Drawn)
    whole = replace(one, whole=True)
    scenario.with_(whole.at(_ODD))
    return whole


def _fits(overrides: Mapping[str, Any], scenario: Scenario) -> bool:
    from capsim.scenario import ScenarioError

    try:
        scenario.with_(overrides)
    except ScenarioError:
        return False
    return True


# -- values --------------------------------------------------------------------------------------


def _between(low: Any, high: Any, position: float, whole: bool) -> Any:
    if isinstance(low, dict):
        return {name: _between(low[name], high[name], position, whole) for name in low}
    if isinstance(low, list):
        return [_between(a, b, position, whole) for a, b in zip(low, high, strict=True)]
    if low == high:
        return _as_json(low)
    if isinstance(low, datetime.date):
        days = _step((high - low).days, position)
        return (low + datetime.timedelta(days=days)).isoformat()
    if isinstance(low, Duration):
        start, end = float(low.value), _in_unit(high, low.unit)
        if whole:
            return str(Duration(int(start) + _step(int(end - start), position), low.unit))
        return _text(start + position * (end - start), low.unit)
    if whole:
        return int(low) + _step(int(high) - int(low), position)
    return _text(low + position * (high - low), None)


def _step(steps: int, position: float) -> int:
    """One of steps + 1 equally likely whole numbers from 0."""
    return min(int(position * (steps + 1)), steps)


def _in_unit(duration: Duration, unit: str) -> float:
    if duration.unit == unit:
        return float(duration.value)
    return float(duration.exact_days / Duration(1, unit).exact_days)


def _text(number: float, unit: str | None) -> Any:
    """A number as a scenario has it: with its unit as text, to twelve digits."""
    number = float(f"{number:.{_DIGITS}g}")
    if unit is None:
        return number
    return str(Duration(int(number) if number.is_integer() else number, unit))


def _as_json(value: Any) -> Any:
    """JSON of a value."""
    if isinstance(value, Mapping):
        return {name: _as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, Duration | datetime.date):
        return str(value)
    return value.item() if isinstance(value, np.generic) else value
