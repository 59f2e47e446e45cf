"""The staffings to choose from: axes of values, their cost, and what each axis can do for a target.

Values of an axis are ordered from least to most help: numbers upwards, dates from late to early,
anything else as given. Everything about all staffings together is an array with one dimension per
axis, so that what one result says about others is a running maximum along an axis.
"""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from capsim.catalogue import measure_named
from capsim.experiments.arguments import is_number
from capsim.experiments.staffing.targets import Target

if TYPE_CHECKING:
    from capsim.scenario import Scenario
    from capsim.scenario.tables.teams import Change

__all__ = ["Axis", "Bools", "Effect", "Grid", "Index", "Values", "grid_of"]

Values = tuple[float, float, float] | Sequence[Any]
Index = tuple[int, ...]
Bools = NDArray[np.bool_]
Effect = Literal["helps", "none", "either", "both"]
"""What more on an axis does to a target: it helps, it does nothing, or it may help or harm (faster
work upstream brings cases sooner, which helps or harms those who serve them next), or it does both
(first fewer late days cost less, then more posts cost more)."""

_MOST = 1_000_000
"""Largest number of staffings."""

_FROM_START = ("late_share", "decision_days_mean", "decision_days_p90")
"""Measures that count from the application, so that work done earlier on the way helps."""


@dataclass(frozen=True)
class Axis:
    """One setting and its values, from least to most help.

    Attributes
    ----------
    path : str
    values : tuple
    team : str or None
        Team whose staff it is.
    change : str or None
        Dated change of that team it belongs to.
    field : str
        Last part of the path.
    office : str or None
        The only office that it concerns.
    overrides : tuple of dict
        Of each value, where it stands for more than one setting; empty: the path alone.
    """

    path: str
    values: tuple[Any, ...]
    team: str | None = None
    change: str | None = None
    field: str = ""
    office: str | None = None
    overrides: tuple[Mapping[str, Any], ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """(values,) float64: the numbers, or positions for what is no number."""
        if all(is_number(value) for value in self.values):
            return np.array(self.values, dtype=np.float64)
        return np.arange(len(self.values), dtype=np.float64)

    @property
    def is_fte(self) -> bool:
        """Whether it is the FTE of a whole team."""
        return self.team is not None and self.change is None and self.field == "fte"


@dataclass(frozen=True, eq=False)
class Grid:
    """All staffings.

    Attributes
    ----------
    scenario : Scenario
        The one that is changed.
    axes : tuple of Axis
    cost : ndarray of float64
        One dimension per axis.
    candidates : ndarray of bool
        False for what is the same as another staffing: a change of 0 FTE at another date.
    """

    scenario: Scenario
    axes: tuple[Axis, ...]
    cost: NDArray[np.float64]
    candidates: Bools

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of different staffings."""
        return int(self.candidates.sum())

    @property
    def top(self) -> Index:
        """The staffing with the most of everything."""
        return tuple(len(axis) - 1 for axis in self.axes)

    def point(self, index: Index) -> dict[str, Any]:
        """Value by dotted path, in the order of the axes."""
        return {axis.path: axis.values[k] for axis, k in zip(self.axes, index, strict=True)}

    def staffed(self, index: Index) -> Scenario:
        """The scenario with that staffing."""
        return self.scenario.with_(overrides_of(self.scenario, self.axes, index))

    def same(self, index: Index) -> Index:
        """The candidate that is the same staffing."""
        if self.candidates[index]:
            return index
        found = list(index)
        for k in _idle_dates(self.axes, index):
            found[k] = len(self.axes[k]) - 1
        return tuple(found)

    def effects(self, target: Target) -> tuple[Effect, ...]:
        """What each axis does to a target."""
        return tuple(_effect(self.scenario, axis, target) for axis in self.axes)


def grid_of(
    scenario: Scenario,
    vary: Mapping[str, Values],
    cost: Mapping[str, float] | Literal["money"] | None = None,
) -> Grid:
    """The grid that the arguments of `find_staffing` describe; in money nothing costs beforehand.

    Raises
    ------
    ValueError
        If an axis or a cost is not understood, or there are too many staffings.
    ScenarioError
        If the smallest or the largest staffing is no valid scenario.
    """
    if not isinstance(vary, Mapping) or not vary:
        raise ValueError(
            "vary: there is nothing to choose; write {'teams.guidance.fte': (4, 12, 0.5)}"
        )
    axes = tuple(_axis(scenario, path, values) for path, values in vary.items())
    size = math.prod(len(axis) for axis in axes)
    if size > _MOST:
        raise ValueError(
            f"vary: {size:,} staffings are too many (at most {_MOST:,}); take larger steps or "
            "fewer settings"
        )
    free = Grid(scenario, axes, np.zeros(tuple(map(len, axes))), _candidates(axes))
    # A path that leads nowhere is called wrong before anybody is asked what it costs.
    for index in (free.same((0,) * len(axes)), free.top):
        try:
            free.staffed(index)
        except ValueError as error:
            error.add_note(f"at the staffing {free.point(index)}")
            raise
    if isinstance(cost, str):
        if cost != "money":
            raise ValueError(f"cost = {cost!r} must be 'money', or a table of paths and numbers")
        return free
    return replace(free, cost=_cost(scenario, axes, cost or {}))


# -- axes ---------------------------------------------------------------------------------------


def _axis(scenario: Scenario, path: str, given: Values) -> Axis:
    values = _ordered(path, _listed(path, given))
    tokens = path.split(".")
    team = change = office = None
    if tokens[0] == "teams" and len(tokens) > 2:
        team = tokens[1]
        if tokens[2] == "changes" and len(tokens) == 5:
            change = tokens[3]
    elif tokens[0] == "offices" and len(tokens) == 4 and tokens[2] == "fte":
        office, team = tokens[1], tokens[3]
    elif tokens[0] == "offices":
        office = tokens[1] if len(tokens) > 1 else None
    if team is not None and team not in scenario.teams:
        from capsim.scenario.errors import nearest

        raise ValueError(
            f"vary[{path!r}]: there is no team {team!r}; {nearest(team, scenario.teams)}"
        )
    return Axis(path, values, team, change, tokens[-1], office)


def _listed(path: str, given: Values) -> list[Any]:
    if isinstance(given, tuple) and all(is_number(value) for value in given):
        if len(given) != 3:
            raise ValueError(
                f"vary[{path!r}] = {given!r} must be (lowest, highest, step), or a list of values"
            )
        low, high, step = given
        if not step > 0 or high < low:
            raise ValueError(
                f"vary[{path!r}] = {given!r}: the step must be above 0 and the highest value not "
                "below the lowest"
            )
        count = math.floor(round((high - low) / step, 9)) + 1
        if count > _MOST:
            raise ValueError(
                f"vary[{path!r}] = {given!r}: {count:,} values are too many; take larger steps"
            )
        whole = all(isinstance(value, int) for value in given)
        return [low + k * step if whole else round(low + k * step, 9) for k in range(count)]
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise ValueError(
            f"vary[{path!r}] = {given!r} must be (lowest, highest, step), or a list of values"
        )
    return list(given)


def _ordered(path: str, values: list[Any]) -> tuple[Any, ...]:
    """Numbers upwards, dates downwards, anything else as given."""
    if not values:
        raise ValueError(f"vary[{path!r}] has no values; give at least one")
    dates = [_date(value) for value in values]
    if all(date is not None for date in dates):
        ordered = sorted({date for date in dates if date is not None}, reverse=True)
        return tuple(date.isoformat() for date in ordered)
    if all(is_number(value) for value in values):
        return tuple(sorted(set(values)))
    return tuple(dict.fromkeys(values))


def _date(value: Any) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return None


# -- overrides ------------------------------------------------------------------------------------


def overrides_of(scenario: Scenario, axes: Sequence[Axis], index: Index) -> dict[str, Any]:
    """Overrides of a staffing: a dated change is written whole, and left out if it adds nothing."""
    overrides: dict[str, Any] = {}
    changes: dict[tuple[str, str], dict[str, Any]] = {}
    for axis, k in zip(axes, index, strict=True):
        if axis.team is None or axis.change is None:
            overrides |= axis.overrides[k] if axis.overrides else {axis.path: axis.values[k]}
            continue
        fields = changes.setdefault((axis.team, axis.change), _fields(scenario, axis))
        fields[axis.field] = axis.values[k]
        # An `at` says when, whatever was decided before.
        if axis.field == "at":
            fields = {key: value for key, value in fields.items() if key in ("at", "add")}
            changes[axis.team, axis.change] = fields
        elif axis.field in ("decided", "lead"):
            fields.pop("at", None)
    for (team, change), fields in changes.items():
        there = change in scenario.teams[team].changes
        if fields.get("add") != 0:
            overrides[f"teams.{team}.changes.{change}"] = fields
        elif there:
            overrides[f"teams.{team}.changes.{change}"] = None
    return overrides


def _fields(scenario: Scenario, axis: Axis) -> dict[str, Any]:
    assert axis.team is not None
    change = scenario.teams[axis.team].changes.get(axis.change or "")
    fields: dict[str, Any] = {} if change is None else change.to_dict()
    return fields


def _idle_dates(axes: Sequence[Axis], index: Index) -> list[int]:
    """Axes that say when a change takes effect which adds nothing."""
    idle = {
        (axis.team, axis.change)
        for axis, k in zip(axes, index, strict=True)
        if axis.change is not None and axis.field == "add" and axis.values[k] == 0
    }
    return [
        k
        for k, axis in enumerate(axes)
        if axis.field != "add" and axis.change is not None and (axis.team, axis.change) in idle
    ]


def _candidates(axes: Sequence[Axis]) -> Bools:
    shape = tuple(len(axis) for axis in axes)
    result = np.ones(shape, dtype=bool)
    for when, axis in enumerate(axes):
        if axis.change is None or axis.field == "add":
            continue
        for amount, other in enumerate(axes):
            same = (other.team, other.change, other.field) == (axis.team, axis.change, "add")
            if same and 0 in other.values:
                cut: list[Any] = [slice(None)] * len(axes)
                cut[amount] = other.values.index(0)
                cut[when] = slice(0, len(axis) - 1)
                result[tuple(cut)] = False
    return result


# -- cost -----------------------------------------------------------------------------------------


def _cost(
    scenario: Scenario, axes: Sequence[Axis], cost: Mapping[str, float]
) -> NDArray[np.float64]:
    """Posts (FTE, of dated changes the share of the horizon they are there), times cost of each."""
    for path, value in cost.items():
        if path not in {axis.path for axis in axes}:
            raise ValueError(f"cost[{path!r}]: vary has no such path; it has {_paths(axes)}")
        if not is_number(value) or not 0 <= value < math.inf:
            raise ValueError(f"cost[{path!r}] = {value!r} must be a number, 0 or more")
    total = np.zeros(tuple(len(axis) for axis in axes))
    for k, axis in enumerate(axes):
        if axis.change is not None:
            continue
        if axis.path not in cost and not axis.is_fte:
            raise ValueError(
                f"cost: nothing says what {axis.path!r} costs; give cost={{{axis.path!r}: ...}} "
                "per unit, 0 if it is free"
            )
        each = cost.get(axis.path, 1.0)
        total += each * axis.numbers.reshape([-1 if j == k else 1 for j in range(total.ndim)])
    for team, change in dict.fromkeys((a.team, a.change) for a in axes if a.change is not None):
        total += _cost_of_change(scenario, axes, cost, team, change)
    return total


def _cost_of_change(
    scenario: Scenario,
    axes: Sequence[Axis],
    cost: Mapping[str, float],
    team: str | None,
    change: str | None,
) -> NDArray[np.float64]:
    """(axes of the change spread over the grid) float64."""
    from capsim.plan.teams import change_instant
    from capsim.plan.timetable import timetable_of
    from capsim.scenario.tables.teams import Change

    own = [k for k, axis in enumerate(axes) if (axis.team, axis.change) == (team, change)]
    times = timetable_of(scenario.calendar, scenario.start, scenario.horizon_days)
    each = math.prod(cost.get(axes[k].path, 1.0) for k in own)
    shape = [len(axis) if k in own else 1 for k, axis in enumerate(axes)]
    result = np.zeros(shape)
    for part in itertools.product(*(range(len(axes[k])) for k in own)):
        place = [0] * len(axes)
        for k, value in zip(own, part, strict=True):
            place[k] = value
        fields = _fields(scenario, axes[own[0]])
        for table in overrides_of(scenario, [axes[k] for k in own], part).values():
            fields = table or {}
        if fields.get("add", 0) == 0:
            continue
        found: Change = Change(**fields)
        instant = change_instant(found, times, scenario)
        share = 1 - min(instant / (times.n_days * times.day_ticks), 1.0)
        result[tuple(place)] = each * found.add * share
    return result


def _paths(axes: Sequence[Axis]) -> str:
    return ", ".join(repr(axis.path) for axis in axes)


# -- effects --------------------------------------------------------------------------------------


def _effect(scenario: Scenario, axis: Axis, target: Target) -> Effect:
    """What more on the axis does to the target, as far as the pathway tells.

    The own team helps. A team that no case of the target's team has passed does nothing. A team
    upstream helps what counts from the application; what counts from joining it may help or harm.
    """
    selector = target.selector
    if measure_named(target.measure).more_staff == "either":
        return "both"
    if axis.team is None or (axis.office is not None and selector.office != axis.office):
        return "either"
    own = stages_of(scenario, selector.of, selector.kind)
    if not own:
        return "helps"  # a measure of the user's own: more staff is taken to help it
    teams = {scenario.stages[name].team for name in own}
    if axis.team in teams:
        return "helps"
    together = {name for name, stage in scenario.stages.items() if stage.team in teams - {None}}
    together |= set(own)
    sources = {name for name, stage in scenario.stages.items() if stage.team == axis.team}
    if not _reached(scenario, sources) & together:
        return "none"
    if target.measure in _FROM_START:
        return "helps"
    return "either"


def stages_of(scenario: Scenario, of: str | None, kind: str | None) -> list[str]:
    """Stages that a selector is about; none for the user's own measures."""
    if of in scenario.stages and kind != "team":
        return [of] if of is not None else []
    if of in scenario.teams:
        return [name for name, stage in scenario.stages.items() if stage.team == of]
    if of is None and len(scenario.stages) == 1:
        return list(scenario.stages)
    return []


def _reached(scenario: Scenario, sources: set[str]) -> set[str]:
    """Stages that cases can come to from the sources, in any inflow."""
    ways: dict[str, set[str]] = {name: set() for name in scenario.stages}
    for inflow in scenario.inflows:
        for name in scenario.stages:
            stage = scenario.stage_for(name, inflow)
            ways[name] |= set(scenario.next_of(name, stage))
            ways[name] |= {way for way in (stage.if_left, stage.if_turned_away) if way}
    found: set[str] = set()
    todo = list(sources)
    while todo:
        for way in ways[todo.pop()]:
            if way in ways and way not in found:
                found.add(way)
                todo.append(way)
    return found
