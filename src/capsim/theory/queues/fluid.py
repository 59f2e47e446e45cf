"""The queue as a flow: what a time-varying overload does when chance is left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from capsim.theory.queues.domain import nonnegative, positive
from capsim.theory.queues.functions import (
    RateFunction,
    as_function,
    break_times,
    increasing,
    instant,
    pieces,
)


@dataclass(frozen=True)
class FluidPath:
    """A fluid queue over time: what `fluid` gives back. Chance adds to it; see `transient_mmc`."""

    times: tuple[float, ...]
    in_system: np.ndarray = field(repr=False)
    """(times,) float64."""
    queue: np.ndarray = field(repr=False)
    """(times,) float64, those not in service."""
    served: np.ndarray = field(repr=False)
    """(times,) float64, services finished since the start."""
    abandoned: np.ndarray = field(repr=False)
    """(times,) float64, left without service since the start."""
    queue_days: np.ndarray = field(repr=False)
    """(times,) float64, the area under the queue since the start."""

    @property
    def queue_peak(self) -> float:
        """The largest queue at the times asked for."""
        return float(self.queue.max())

    def clears(self, level: float = 0.0) -> float:
        """The first time after the peak with a queue of at most `level`; inf if there is none.

        Interpolated between the times asked for.
        """
        level = nonnegative("level", level) + 1e-9
        top = int(np.argmax(self.queue))
        for k in range(top, len(self.times)):
            if self.queue[k] <= level:
                if k == top or self.queue[k - 1] <= level:
                    return self.times[k]
                fall = self.queue[k - 1] - self.queue[k]
                part = (self.queue[k - 1] - level) / fall
                return float(self.times[k - 1] + part * (self.times[k] - self.times[k - 1]))
        return math.inf


def fluid(
    rate: RateFunction | float,
    service_rate: float,
    servers: RateFunction | float,
    times: Sequence[float] | np.ndarray,
    *,
    patience_rate: float = 0.0,
    initial: float = 0.0,
    start: float = 0.0,
    breaks: Sequence[float] = (),
) -> FluidPath:
    """The fluid path of a service with time-varying inflow and staff, and impatience.

    x' = rate(t) - service_rate min(x, s(t)) - patience_rate (x - s(t))^+. It is the limit of large
    systems; near a load of 1 chance adds a queue that it does not show.

    Parameters
    ----------
    rate : callable, Steps or float
        Arrivals per unit of time.
    service_rate : float
        Services one busy server finishes per unit of time.
    servers : callable, Steps or float
        Staff over time; fractions are allowed.
    times : (n,) array_like
        When the state is wanted, increasing, from `start` on.
    patience_rate : float
        1 / mean patience; 0 if nobody leaves.
    initial : float
        In the system at `start`.
    start : float
        When it begins.
    breaks : sequence of float
        Where functions that are not `Steps` jump.

    Returns
    -------
    FluidPath
        Relative accuracy 1e-8.

    Raises
    ------
    TheoryError
        If a number is negative or times do not increase.

    References
    ----------
    Mandelbaum, Massey and Reiman (1998), Queueing Systems 30, 149-201; Whitt (2006).

    Examples
    --------
    A wave of 60 on 30 days, with room for 0.5 more a day: it clears 120 days after it began.

    >>> from capsim.theory import steps
    >>> path = fluid(steps((0, 6.5), (30, 4.5)), 0.25, 20, range(0, 301, 10), initial=20)
    >>> round(path.queue_peak, 6), round(path.clears(), 3)
    (45.0, 120.0)
    """
    from scipy.integrate import solve_ivp

    inflow = as_function("rate", rate)
    staff = as_function("servers", servers)
    service_rate = positive("service_rate", service_rate)
    patience_rate = nonnegative("patience_rate", patience_rate)
    start = instant("start", start)
    points = increasing(times, start)

    state = np.array([nonnegative("initial", initial), 0.0, 0.0, 0.0])
    found = {float(start): state}
    for low, high in pieces(points, start, break_times([inflow, staff], breaks)):
        last = high - 1e-12 * (high - low)

        def change(t: float, y: np.ndarray, last: float = last) -> list[float]:
            now = min(t, last)
            busy = min(y[0], staff(now))
            waiting = max(y[0] - busy, 0.0)
            served, gone = service_rate * busy, patience_rate * waiting
            return [inflow(now) - served - gone, served, gone, waiting]

        # The kink at x = s needs no event: the step control narrows to it.
        ahead = solve_ivp(change, (low, high), state, "DOP853", rtol=1e-10, atol=1e-10)
        state = ahead.y[:, -1]
        found[high] = state
    rows = np.array([found[time] for time in points.tolist()])
    capacity = np.array([staff(time) for time in points.tolist()])
    return FluidPath(
        times=tuple(points.tolist()),
        in_system=rows[:, 0],
        queue=np.maximum(rows[:, 0] - capacity, 0.0),
        served=rows[:, 1],
        abandoned=rows[:, 2],
        queue_days=rows[:, 3],
    )
