"""What if: a grid of scenarios around the one that is reported, for sliders to move over."""

from __future__ import annotations

import datetime
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.catalogue.periods import period_rows, periods_of
from capsim.estimates import summary_of
from capsim.experiments import Sweep, sweep
from capsim.experiments.results.sample import chosen
from capsim.plan import compile_plan
from capsim.reporting.numbers.figures import Figures, Key, Monthly, selector_of
from capsim.scenario.checks.sizes import sizes_of
from capsim.scenario.errors import ScenarioError

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Slider", "Sliders", "grid_of"]

MONTHLY = "1 month"
_BUDGET = 30_000_000
"""Events of all replications of the grid together."""
_FINE = 200_000
"""Events of a replication up to which the grid is a fine one."""
CHANGE = "what-if"
"""Name of the change of staff that a point adds."""


@dataclass(frozen=True)
class Slider:
    """One slider.

    Attributes
    ----------
    kind : {"staff", "places", "date", "take_up", "rate"}
    of : str
        Team or inflow.
    values : tuple
        Posts more or fewer, dates, shares, or factors.
    now : int
        Place of the scenario as it is.
    """

    kind: str
    of: str
    values: tuple[Any, ...]
    now: int


@dataclass(frozen=True)
class Sliders:
    """The sliders, and where each combination stands in the sweep.

    Attributes
    ----------
    axes : tuple of Slider
    sweep : Sweep
    point : dict
        Positions of the sliders to the number of the point.
    keys : list of Key
        Measures that are shown.
    n : int
        Replications at each point.
    """

    axes: tuple[Slider, ...]
    sweep: Sweep
    point: dict[tuple[int, ...], int]
    keys: list[Key]
    n: int

    @cached_property
    def means(self) -> dict[Key, np.ndarray]:
        """Mean, lower and upper of each measure at each point: (points, 3)."""
        selectors = [selector_of(key) for key in self.keys]
        parts = self._of_points(lambda keys: chosen(keys, selectors))
        return {key: parts[:, place] for place, key in enumerate(self.keys)}

    @cached_property
    def drawn(self) -> tuple[Key, list[Monthly]] | None:
        """The measure that is drawn, by month at each point."""
        names = ("pending_mean", "late_share", "wait_mean")
        found = [key for name in names for key in self.keys if key[2] == name]
        if not found:
            return None
        scenario, selector = self.sweep.scenario, selector_of(found[0])

        def rows_of(keys: pd.DataFrame) -> np.ndarray:
            return period_rows(scenario, MONTHLY, keys, selector)[1]

        periods = periods_of(scenario, MONTHLY)
        columns = ("mean", "lower", "upper")
        frames = [
            periods.assign(**dict(zip(columns, part.T, strict=True)))
            for part in self._of_points(rows_of)
        ]
        return found[0], [Monthly.of(frame) for frame in frames]

    def _of_points(self, rows_of: Callable[[pd.DataFrame], np.ndarray]) -> np.ndarray:
        """Mean, lower and upper of some rows at each point: (points, rows, 3).

        As the frames of the sweep have them; the rows are looked for once, since they are the same
        at all points.
        """
        found, labels = [], None
        for sample in self.sweep.samples:
            here = [column.tolist() for column in sample.rows.columns.values()]
            if here != labels:
                labels, keys = here, sample.keys()
                rows = rows_of(keys)
                columns = sample.with_stays(keys, rows)
                mine = np.searchsorted(columns, rows)
            frame = summary_of(keys.iloc[columns], sample.matrix[:, columns])
            found.append(frame[["mean", "lower", "upper"]].to_numpy(dtype=np.float64)[mine])
        return np.stack(found)

    @property
    def now(self) -> tuple[int, ...]:
        """Positions of the scenario as it is."""
        return tuple(axis.now for axis in self.axes)


def grid_of(
    figures: Figures, few: Callable[[int, int], int], shared: Mapping[str, Any]
) -> Sliders | None:
    """The grid, simulated; None if there is nothing to move."""
    scenario = figures.scenario
    axes = _axes(figures)
    if not axes or not figures.headlines:
        return None
    overrides: list[dict[str, Any]] = []
    point: dict[tuple[int, ...], int] = {}
    for places in itertools.product(*(range(len(axis.values)) for axis in axes)):
        made = _overrides(scenario, axes, places)
        if made not in overrides:
            try:
                scenario.with_(made) if made else scenario
            except ScenarioError:
                return None
            overrides.append(made)
        point[places] = overrides.index(made)
    n = few(len(overrides), _BUDGET)
    seed = figures.result.seed
    found = sweep(scenario, overrides, n=n, seed=seed, by=MONTHLY, control=0, **shared)
    return Sliders(tuple(axes), found, point, figures.headlines[:6], n)


def _axes(figures: Figures) -> list[Slider]:
    scenario = figures.scenario
    fine = sizes_of(scenario).events <= _FINE
    axes = []
    team = figures.team
    if team is not None and CHANGE not in scenario.teams[team].changes:
        has_places = scenario.teams[team].places is not None
        size = scenario.teams[team].size
        step = max(round(_step(size)), 1) if has_places else _step(size)
        less = -step if size > 2 * step else 0
        more = [step, 2 * step, 3 * step] if fine else [step, 2 * step]
        changes = [add for add in (less, *more) if add and _can_be(scenario, team, add)]
        values = tuple(sorted([0, *changes]))
        kind = "places" if has_places else "staff"
        if changes:
            axes.append(Slider(kind, team, values, values.index(0)))
        dates = _dates(figures, fine)
        if changes and len(dates) > 1:
            axes.append(Slider("date", team, tuple(dates), 0))
    demand = _take_up(figures) or _rate(scenario)
    return axes if demand is None else [*axes, demand]


def _can_be(scenario: Scenario, team: str, add: float) -> bool:
    """Whether a change of so many posts can be dealt to the offices."""
    change = {"at": scenario.start.isoformat(), "add": add}
    try:
        compile_plan(scenario.with_({f"teams.{team}.changes.{CHANGE}": change}))
    except ScenarioError:
        return False
    return True


def _step(fte: float) -> float:
    """A round number of posts, about a fifteenth of those there are.

    Examples
    --------
    >>> _step(74), _step(4.5), _step(1.8), _step(600)
    (5.0, 0.5, 0.5, 50.0)
    """
    wanted = max(fte / 15, 0.2)
    size = 10.0 ** math.floor(math.log10(wanted))
    if wanted < 1:
        return 0.5
    return size * min((1.0, 2.0, 5.0, 10.0), key=lambda one: abs(math.log(one * size / wanted)))


def _dates(figures: Figures, fine: bool) -> list[datetime.date]:
    """From when the posts are there: around the first wave, else early and later."""
    scenario = figures.scenario
    first = scenario.start
    measured = first + datetime.timedelta(days=scenario.warm_up_days)
    waves = [day for days in figures.waves.values() for day in days]
    around = min(waves) if waves else measured
    months = (-3, 0, 3) if fine else (-3, 3)
    if not waves:
        months = (0, 3, 6) if fine else (0, 6)
    dates = [max(_months_later(around, number), first) for number in months]
    last = scenario.last_day()
    return [day for day in dict.fromkeys(dates) if day < last]


def _months_later(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, 28))


def _take_up(figures: Figures) -> Slider | None:
    """The share of the people of a wave who apply."""
    scenario = figures.scenario
    for label, inflow in scenario.inflows.items():
        own = all(wave.take_up is not None for wave in inflow.waves.values())
        if not inflow.waves or own:
            continue
        now = inflow.take_up
        spec = scenario.uncertain_inputs.get(f"inflows.{label}.take_up", {})
        ends = [spec[end] for end in ("low", "high") if end in spec] or spec.get("between")
        if not isinstance(ends, list) or len(ends) != 2:
            ends = [now - 0.12, now + 0.12] if now > 0 else [0.25, 0.5]
        low, high = (min(max(float(end), 0.0), 1.0) for end in ends)
        values = tuple(sorted({round(low, 4), now, round(high, 4)}))
        return Slider("take_up", label, values, values.index(now))
    return None


def _rate(scenario: Scenario) -> Slider | None:
    """The number of applications, as a factor."""
    found = []
    for label, inflow in scenario.inflows.items():
        if inflow.rate is not None and inflow.rate.steps is None:
            found.append((inflow.rate.steps_per_day(scenario.start)[0][1], label))
    if not found or max(found)[0] <= 0:
        return None
    return Slider("rate", max(found)[1], (0.9, 1.0, 1.1, 1.2), 1)


_UNITS = ("per_day", "per_week", "per_month", "per_year")


def _overrides(scenario: Scenario, axes: list[Slider], places: tuple[int, ...]) -> dict[str, Any]:
    """What the sliders change; nothing for a slider that stands at what is there."""
    made: dict[str, Any] = {}
    chosen = {axis.kind: axis.values[place] for axis, place in zip(axes, places, strict=True)}
    for axis in axes:
        value = chosen[axis.kind]
        if axis.kind in ("staff", "places") and value:
            day = chosen.get("date", scenario.start + datetime.timedelta(scenario.warm_up_days))
            made[f"teams.{axis.of}.changes.{CHANGE}"] = {"at": day.isoformat(), "add": value}
        elif axis.kind == "take_up" and value != axis.values[axis.now]:
            made[f"inflows.{axis.of}.take_up"] = value
        elif axis.kind == "rate" and value != 1:
            rate = scenario.inflows[axis.of].rate
            unit = next(name for name in _UNITS if getattr(rate, name) is not None)
            made[f"inflows.{axis.of}.rate.{unit}"] = round(getattr(rate, unit) * value, 6)
    return made
