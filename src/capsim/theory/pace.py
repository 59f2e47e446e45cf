"""What one case asks of one stage when nothing keeps it waiting: visits, hours, days, rhythm.

The planned rhythm is that of the scenario without any queue: the next visit takes place when it is
due. Its means give the offered load; its kernels, on a grid of calendar days, say how the hours of
an arrival and its departure spread over the days that follow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from capsim.scenario.laws.compound import shifted
from capsim.scenario.laws.durations import AbstractLaw
from capsim.scenario.laws.variable import Constant, Variable
from capsim.scenario.tables.calendar import Calendar
from capsim.scenario.tables.stages import Stage
from capsim.scenario.units import DAYS_PER_YEAR, hours

Floats = np.ndarray

_CELLS_OF_A_CYCLE = 64
_LARGEST_GRID = 1 << 16


@dataclass(frozen=True)
class Grid:
    """Days 0 ... n - 1, and transforms of sequences on them.

    The transforms are those of sequences damped by `ratio ** day`, so that what reaches beyond the
    grid does not come back at its beginning, and renewal sequences, which never die out, have one.
    """

    n: int

    @property
    def size(self) -> int:
        """Length of the transform: a power of two."""
        return 1 << max(4, math.ceil(math.log2(self.n)))

    @cached_property
    def _damping(self) -> Floats:
        return np.asarray(np.exp(-18.0 / self.size * np.arange(self.n)))

    def transform(self, values: Floats) -> Floats:
        """Of a sequence over the days: convolution becomes multiplication."""
        return np.asarray(np.fft.rfft(values * self._damping, self.size))

    def values(self, transform: Floats) -> Floats:
        """The sequence of a transform (along its last axis), to a relative 1e-8 of its size."""
        return np.asarray(np.fft.irfft(transform, self.size)[..., : self.n] / self._damping)

    def split(self, variable: Variable, scale: float = 1.0) -> Floats:
        """The law of a duration (`scale` times the variable) on whole days, its mean kept.

        A value between two days goes to both, in proportion to its distance from the other.
        """
        reached = scale * variable.limited_mean(np.arange(self.n + 1) / scale)
        mass = np.empty(self.n)
        mass[0] = 1 - (reached[1] - reached[0])
        mass[1:] = -(np.diff(reached, n=2))
        return np.maximum(mass, 0.0)

    def residual(self, variable: Variable, scale: float = 1.0) -> Floats:
        """The equilibrium residual of that duration on whole days."""
        mean = scale * variable.mean
        if mean == 0:
            return self.split(Constant(0.0))
        upto = scale * variable.limited_mean(np.arange(self.n + 1) / scale) / mean
        cells = np.diff(upto) / 2
        return np.asarray(cells + np.concatenate(([0.0], cells[:-1])))


@dataclass(frozen=True)
class Pace:
    """One stage as one inflow has it in one office, in the planned rhythm.

    Times are calendar days, work is in client hours.
    """

    visits: float
    """Mean number of appointments of a case, missed ones and those of a partner included."""
    hours: float
    """Mean client hours of a case."""
    days: float
    """Mean time in the stage, waiting for a meeting included."""
    work: tuple[float, ...]
    """Mean client hours of the first, second, ... visit, the last one repeating."""
    cycle: Variable
    """From one visit's start to the next one's."""
    cycle_scale: float
    gap_part: Variable
    """The gap alone."""
    ending: Floats | float | Variable | None
    """How it ends: probabilities of 1, 2, ... visits; the chance that a visit is the last one; the
    stay; None: a delay, whose stay is `cycle`."""
    ending_scale: float
    last: float
    """Mean wait for a meeting, from the end of the work to the exit."""

    def kernels(self, grid: Grid) -> tuple[Floats, Floats]:
        """Transforms of the exits and of the client hours of one case that enters on day 0.

        Visits take no time here, unless nothing else keeps one of a stay from the next.
        """
        if self.ending is None:
            exits = _lasting(grid, self.cycle, self.cycle_scale)
            return exits * self._last(grid), np.zeros_like(exits)
        step = _lasting(grid, self._step, self.cycle_scale)
        if isinstance(self.ending, Variable):
            stay = grid.split(self.ending, self.ending_scale)
            renewals = grid.values(1 / (1 - step))
            # A visit that falls due on the day of the end is there with one half.
            staying = 1 - np.cumsum(stay) + stay / 2
            asked = np.maximum(renewals, 0.0) * staying
            total = asked.sum()
            asked *= self.hours / total if total > 0 else 0.0
            return grid.transform(stay) * self._last(grid), grid.transform(asked)
        return self._visits(self.ending, step, np.ones_like(step), grid)

    def initial_kernels(self, grid: Grid, *, handed: bool) -> tuple[Floats, Floats]:
        """The same of a case that is found in the stage on the first day.

        Remaining stays and counts follow the equilibrium residual. `handed`: a caseworker's case,
        whose next visit is due after a residual gap; else it queues at once.
        """
        if self.ending is None:
            exits = grid.transform(grid.residual(self.cycle, self.cycle_scale))
            return exits * self._last(grid), np.zeros_like(exits)
        if isinstance(self.ending, Variable):
            stay = grid.residual(self.ending, self.ending_scale)
            staying = 1 - np.cumsum(stay) + stay / 2
            mean = self.cycle_scale * self.cycle.mean
            asked = staying * (self.work[-1] / mean if mean else 0.0)
            return grid.transform(stay) * self._last(grid), grid.transform(asked)
        step = _lasting(grid, self._step, self.cycle_scale)
        first = np.ones_like(step)
        if handed:
            first = grid.transform(grid.residual(self.gap_part, self.cycle_scale))
        ending = self.ending
        if not isinstance(ending, float):
            # Between two of N visits k are to come with probability P(N - 1 >= k) / E[N - 1].
            further = np.cumsum(ending[::-1])[::-1][1:]
            ending = further / further.sum() if further.sum() > 0 else np.ones(1)
        return self._visits(ending, step, first, grid, work=(self.work[-1],))

    @property
    def _step(self) -> Variable:
        endless = isinstance(self.ending, Variable) and self.gap_part.mean == 0
        return self.cycle if endless else self.gap_part

    def _last(self, grid: Grid) -> Floats:
        return _lasting(grid, Constant(self.last), 1.0)

    def _visits(
        self,
        ending: Floats | float,
        step: Floats,
        first: Floats,
        grid: Grid,
        work: tuple[float, ...] | None = None,
    ) -> tuple[Floats, Floats]:
        """Visits 1, 2, ... at `first`, first step, first step^2, ... until the last one."""
        work = self.work if work is None else work
        if isinstance(ending, float):
            if ending == 0:  # nobody ever leaves: the load is infinite, and no day says more
                return np.zeros_like(step), np.zeros_like(step)
            again = 1 / (1 - (1 - ending) * step)
            asked = np.full_like(step, work[-1]) * again
            power, chance = np.ones_like(step), 1.0
            for hours_of_visit in work[:-1]:
                asked = asked + (hours_of_visit - work[-1]) * chance * power
                power, chance = power * step, chance * (1 - ending)
            return first * ending * again * self._last(grid), first * asked
        reached = np.cumsum(ending[::-1])[::-1]
        exits, asked = np.zeros_like(step), np.zeros_like(step)
        # Horner's scheme, from the last visit that anybody has to the first.
        for visit in range(len(ending) - 1, -1, -1):
            exits = exits * step + ending[visit]
            asked = asked * step + reached[visit] * work[min(visit, len(work) - 1)]
        return first * exits * self._last(grid), first * asked


def pace_of(
    stage: Stage,
    calendar: Calendar,
    *,
    hours_per_day: float,
    meeting_wait: float,
    day: float,
    load: float | None,
) -> Pace:
    """The pace of a stage.

    Parameters
    ----------
    stage : Stage
        As the inflow has it in the office.
    calendar : Calendar
        For durations in workdays.
    hours_per_day : float
        Client hours of one present worker in a calendar day on average; a visit of w hours takes
        w / hours_per_day days. 0: no worker, then it takes no time.
    meeting_wait : float
        Mean days from the end of the work to the decision.
    day : float
        Calendar day since the start for which `growth` of the laws is taken.
    load : float or None
        Weighted open cases per FTE, for `closing`; None: below its norm.
    """

    def grown(growth: float) -> float:
        return float((1 + growth) ** (day / float(DAYS_PER_YEAR)))

    def calendar_variable(law: AbstractLaw | None) -> tuple[Variable, float]:
        """The variable in days with `plus`, to be scaled by the second number."""
        if law is None:
            return Constant(0.0), 1.0
        scale = grown(law.growth)
        variable = law.variable(calendar.mean_days)
        return shifted(variable, law.plus_in(calendar.mean_days) / scale), scale

    if stage.kind in ("delay", "places"):
        variable, scale = calendar_variable(stage.stay)
        mean = scale * variable.mean + meeting_wait
        return Pace(0.0, 0.0, mean, (0.0,), variable, scale, variable, None, 1.0, meeting_wait)

    work = tuple(
        law.variable(hours).mean * grown(law.growth) + law.plus_in(hours) for law in stage.work_laws
    ) or (0.0,)
    own, missed, cost = _own_visits(stage, grown)
    # Of each appointment: how likely it counts, and what it takes of the own worker.
    counts = 1 - own * missed
    work = tuple(own * ((1 - missed) * held + missed * cost) for held in work)
    visit_days = work[-1] / hours_per_day if hours_per_day else 0.0
    gap, scale = calendar_variable(stage.gap)
    cycle = shifted(gap, visit_days / scale)
    ending: Floats | float | Variable
    ending_scale = 1.0
    if stage.closing is not None:
        ending = closing_probability(stage, load) * counts
        visits = 1 / ending if ending > 0 else math.inf
        first = sum(
            (hours_of_visit - work[-1]) * (1 - ending) ** k
            for k, hours_of_visit in enumerate(work[:-1])
        )
        total = visits * work[-1] + first
    elif stage.kind == "caseworker" and stage.stay is not None:
        ending, ending_scale = calendar_variable(stage.stay)
        visits = visits_within(ending, ending_scale, cycle, scale)
        total = _first_visits(work, visits)
    else:
        count = stage.n_visits
        if isinstance(count, int):
            ending = np.zeros(count)
            ending[-1] = 1.0
        elif count is not None:
            ending = count.pmf()
        else:
            ending = np.ones(1)
        reached = np.cumsum(ending[::-1])[::-1]
        visits = float(reached.sum()) / counts
        total = float(sum(p * work[min(k, len(work) - 1)] for k, p in enumerate(reached))) / counts
        if counts < 1:
            ending = _appointments(ending, counts)
    if isinstance(ending, Variable):
        days = ending_scale * ending.mean + meeting_wait
    else:
        days = (visits - 1) * scale * cycle.mean + visit_days + meeting_wait
    return Pace(visits, total, days, work, cycle, scale, gap, ending, ending_scale, meeting_wait)


def _own_visits(stage: Stage, grown: Callable[[float], float]) -> tuple[float, float, float]:
    """Share of the visits that are the own worker's; of these the missed ones, and hours lost."""
    own = 1 - (stage.partner or 0.0)
    if stage.no_show is None:
        return own, 0.0, 0.0
    law = stage.no_show.costs
    cost = law.variable(hours).mean * grown(law.growth) + law.plus_in(hours)
    return own, stage.no_show.share, cost


def _appointments(ending: Floats, counts: float) -> Floats:
    """Probabilities of 1, 2, ... appointments, from those of visits, where each counts by chance.

    Examples
    --------
    >>> _appointments(np.array([1.0]), 0.5)[:3].round(9).tolist()
    [0.5, 0.25, 0.125]
    """
    from scipy.stats import nbinom

    most = len(ending)
    length = math.ceil(most / counts + 12 * math.sqrt(most * (1 - counts)) / counts + 30 / counts)
    number = np.arange(1, length + 1)
    result = np.zeros(length)
    for k in np.flatnonzero(ending > 0) + 1:
        result += ending[k - 1] * nbinom.pmf(number - k, k, counts)
    return np.asarray(result / result.sum())


@lru_cache(maxsize=64)
def _lasting(grid: Grid, variable: Variable, scale: float) -> Floats:
    """Transform of the law of a duration; stages of a pathway often share theirs."""
    return grid.transform(grid.split(variable, scale))


def closing_probability(stage: Stage, load: float | None) -> float:
    """The chance that a visit closes the case at a load of weighted open cases per FTE."""
    closing = stage.closing
    assert closing is not None
    if load is None or closing.norm is None or load <= closing.norm:
        return closing.probability
    return float(min(1.0, closing.probability * (load / closing.norm) ** closing.elasticity))


@lru_cache(maxsize=512)
def visits_within(stay: Variable, stay_scale: float, cycle: Variable, cycle_scale: float) -> float:
    """Mean number of visits in a stay: the first at its beginning, then one a cycle until its end.

    sum_j P(C_1 + ... + C_j < S), on a grid of a 64th of a cycle: about E[S] / E[C] + 1/2 or more.

    Examples
    --------
    >>> from capsim.scenario.laws.variable import Constant
    >>> from capsim.scenario.laws.variables import ExponentialVariable
    >>> round(visits_within(Constant(95.0), 1.0, Constant(10.0), 1.0), 3)
    10.0
    >>> round(visits_within(ExponentialVariable(100.0), 1.0, ExponentialVariable(10.0), 1.0), 3)
    11.0
    """
    mean = cycle_scale * cycle.mean
    if mean == 0:
        return math.inf
    longest = stay_scale * float(stay.isf(np.array(1e-7)))
    cell = max(mean / _CELLS_OF_A_CYCLE, longest / _LARGEST_GRID)
    grid = Grid(min(_LARGEST_GRID, max(16, math.ceil(longest / cell) + 2)))
    step = grid.transform(grid.split(cycle, cycle_scale / cell))
    renewals = grid.values(1 / (1 - step))
    staying = stay.sf(np.arange(grid.n, dtype=np.float64) * (cell / stay_scale))
    return float(np.maximum(renewals, 0.0) @ staying)


def _first_visits(work: tuple[float, ...], visits: float) -> float:
    """Hours of a mean number of visits of which the first ones differ: taken as if all had them."""
    listed = min(len(work) - 1, int(visits))
    return sum(work[:listed]) + (visits - listed) * work[min(listed, len(work) - 1)]
