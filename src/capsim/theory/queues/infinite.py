"""Time-varying load when nobody waits: the staff that would be needed (Mt/G/infinity)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from capsim.theory.queues.domain import (
    TheoryError,
    nonnegative,
    positive,
    routing_matrix,
    same_length,
    sequence,
)
from capsim.theory.queues.functions import (
    RateFunction,
    StayLaw,
    as_function,
    break_times,
    increasing,
    instant,
    pieces,
    stay_law,
)


@dataclass(frozen=True)
class LoadCurve:
    """Mean number present over time: what the infinite-server functions give back."""

    times: tuple[float, ...]
    load: np.ndarray = field(repr=False)
    """(times,) or (times, stations) float64: mean number present. Started empty with Poisson
    arrivals the number itself is Poisson, so this is its variance too."""

    @property
    def peak(self) -> float:
        """The largest mean number at the times asked for, over all stations together."""
        return float(np.max(self.load if self.load.ndim == 1 else self.load.sum(axis=1)))


def infinite_server_load(
    rate: RateFunction | float,
    stay: Any,
    times: Sequence[float] | np.ndarray,
    *,
    initial: float = 0.0,
    start: float = 0.0,
    breaks: Sequence[float] = (),
) -> LoadCurve:
    """The mean number present when everybody starts at once: m(t) = int rate(s) P(S > t - s) ds.

    The load of a time-varying service with ample staff: the head count to aim at.

    Parameters
    ----------
    rate : callable, Steps or float
        Arrivals per unit of time, as a function of time.
    stay : StayLaw or frozen scipy.stats law
        How long a case is present.
    times : (n,) array_like
        When the load is wanted, increasing, from `start` on.
    initial : float
        Cases present at `start`. Their remaining stays follow the law's equilibrium residual, as
        for cases found in a service that has long been running.
    start : float
        When the arrivals begin.
    breaks : sequence of float
        Where `rate` jumps, if it is not a `Steps`; they keep the quadrature exact.

    Returns
    -------
    LoadCurve
        `load` of shape (n,); relative accuracy about 1e-10.

    Raises
    ------
    TheoryError
        If times do not increase, the rate is negative or `stay` is no law.

    References
    ----------
    Eick, Massey and Whitt (1993), Operations Research 41, 731-742, theorem 1.

    Examples
    --------
    >>> from capsim.theory import exponential, steps
    >>> curve = infinite_server_load(steps((0, 2), (20, 5), (50, 2)), exponential(10), [25, 50])
    >>> curve.load.round(5).tolist()
    [30.16238, 48.37163]
    """
    function = as_function("rate", rate)
    law = stay_law("stay", stay)
    initial = nonnegative("initial", initial)
    start = instant("start", start)
    points = increasing(times, start)
    jumps = break_times([function], breaks)
    load = [_present(function, law, float(time), start, jumps) for time in points]
    if initial:
        load = [
            value + initial * _residual(law, float(time) - start)
            for value, time in zip(load, points, strict=True)
        ]
    return LoadCurve(tuple(points.tolist()), np.array(load))


def _present(
    rate: RateFunction, law: StayLaw, time: float, start: float, jumps: Sequence[float]
) -> float:
    """int_start^time rate(s) P(S > time - s) ds, cut where rate or law jumps or turns steep."""
    from scipy.integrate import quad

    # Within a mean stay of now most of the weight lies: finer pieces there.
    ages = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
    cuts = {start, time, *(b for b in jumps if start < b < time)}
    cuts.update(time - a for a in (*law.jumps, *(age * law.mean for age in ages)))
    marks = sorted(cut for cut in cuts if start <= cut <= time)
    total = 0.0
    for low, high in pairwise(marks):
        # A jump belongs to the piece at its right: stay inside, where both factors are smooth.
        inside = 1e-13 * max(abs(low), abs(high), 1e-300)
        value, _ = quad(
            lambda s: rate(s) * law.survival(time - s),
            low + inside,
            high - inside,
            epsabs=1e-13,
            epsrel=1e-12,
            limit=200,
        )
        total += value
    return total


def _residual(law: StayLaw, elapsed: float) -> float:
    """P(equilibrium residual stay > elapsed) = 1 - int_0^elapsed P(S > x) dx / mean."""
    if law.memoryless:
        return law.survival(elapsed)
    return max(0.0, 1 - _present(lambda _: 1.0, law, elapsed, 0.0, ()) / law.mean)


def infinite_server_network(
    rates: Sequence[RateFunction | float],
    routing: Sequence[Sequence[float]] | np.ndarray,
    stays: Sequence[Any],
    times: Sequence[float] | np.ndarray,
    *,
    initial: Sequence[float] | None = None,
    breaks: Sequence[float] = (),
    step: float | None = None,
) -> LoadCurve:
    """The mean numbers present at each stage of a pathway with ample staff, over time.

    All stays exponential: the equations m_i' = rate_i - m_i / mean_i + sum_j P_ji m_j / mean_j,
    to a relative 1e-9. Otherwise the renewal equations for the flows between stages, on a grid:
    the error falls with the square of `step`.

    Parameters
    ----------
    rates : sequence of callable, Steps or float
        Arrivals from outside per unit of time, one per stage; they begin at time 0.
    routing : (n, n) array_like
        Share going from the stage of the row to that of the column.
    stays : sequence of StayLaw or frozen scipy.stats law
        One per stage.
    times : (k,) array_like
        When the loads are wanted, increasing, from 0 on.
    initial : sequence of float, optional
        Cases at each stage at time 0, with equilibrium residual stays; none if absent.
    breaks : sequence of float
        Where rates that are not `Steps` jump.
    step : float, optional
        Grid of the general case; a 200th of the shortest mean stay if absent, but at most
        20,000 points in all.

    Returns
    -------
    LoadCurve
        `load` of shape (k, n).

    Raises
    ------
    TheoryError
        If the lengths differ or times do not increase.

    References
    ----------
    Massey and Whitt (1993), Networks of infinite-server queues with nonstationary Poisson input;
    the two-stage case with returns is the offered load of Yom-Tov and Mandelbaum (2014).

    Examples
    --------
    >>> from capsim.theory import exponential
    >>> curve = infinite_server_network(
    ...     [10, 0], [[0, 0.5], [0, 0]], [exponential(2), exponential(30)], [365])
    >>> curve.load.round(2).tolist()
    [[20.0, 150.0]]
    """
    count = same_length({"rates": rates, "stays": stays})
    functions = [as_function(f"rates[{k}]", rate) for k, rate in enumerate(rates)]
    laws = [stay_law(f"stays[{k}]", stay) for k, stay in enumerate(stays)]
    matrix = routing_matrix(routing, count)
    there = [0.0] * count if initial is None else sequence("initial", initial)
    present = np.array([nonnegative(f"initial[{k}]", cases) for k, cases in enumerate(there)])
    if present.size != count:
        raise TheoryError("initial", initial, f"must be {count} numbers of cases", "one per stage")
    points = increasing(times, 0.0)
    jumps = break_times(functions, breaks)
    if all(law.memoryless for law in laws):
        load = _network_ode(functions, matrix, laws, points, present, jumps)
    else:
        shortest = min(law.mean for law in laws)
        finest = float(points[-1]) / 20_000
        grid = max(shortest / 200, finest) if step is None else positive("step", step)
        if grid < finest:
            raise TheoryError(
                "step", grid, f"must be at least {finest:.3g}", "a longer one, or a shorter time"
            )
        load = _network_grid(functions, matrix, laws, points, present, grid)
    return LoadCurve(tuple(points.tolist()), load)


def _network_ode(
    rates: list[RateFunction],
    routing: np.ndarray,
    laws: list[StayLaw],
    points: np.ndarray,
    present: np.ndarray,
    jumps: Sequence[float],
) -> np.ndarray:
    from scipy.integrate import solve_ivp

    leaving = np.array([1 / law.mean for law in laws])
    inner = (routing.T - np.eye(leaving.size)) * leaving
    found = {0.0: present}
    for low, high in pieces(points, 0.0, jumps):
        # The value at the right end of a piece is that of the piece: step just inside of it.
        last = high - 1e-12 * (high - low)

        def change(t: float, m: np.ndarray, last: float = last) -> np.ndarray:
            return np.array([rate(min(t, last)) for rate in rates]) + inner @ m

        solution = solve_ivp(change, (low, high), present, "DOP853", rtol=1e-11, atol=1e-12)
        present = solution.y[:, -1]
        found[high] = present
    return np.array([found[time] for time in points.tolist()])


def _network_grid(
    rates: list[RateFunction],
    routing: np.ndarray,
    laws: list[StayLaw],
    points: np.ndarray,
    initial: np.ndarray,
    step: float,
) -> np.ndarray:
    """Flows on a grid: arrivals of a cell are spread over it, and leave by the law's integral."""
    cells = int(np.ceil(points[-1] / step)) + 1
    edges = step * np.arange(cells + 1)
    # Of the arrivals spread evenly over a cell, the mean share gone n cells after its start.
    gone = np.empty((len(laws), cells + 1))
    left_initial = np.empty((len(laws), cells + 1))
    for k, law in enumerate(laws):
        survivors = np.array([law.survival(edge) for edge in edges])
        middles = np.array([law.survival(edge + step / 2) for edge in edges[:-1]])
        stayed = np.concatenate(([0.0], (survivors[:-1] + 4 * middles + survivors[1:]) * step / 6))
        reached = np.cumsum(stayed)
        gone[k] = np.concatenate(([0.0], 1 - np.diff(reached) / step))
        if law.memoryless:
            left_initial[k] = initial[k] * (1 - survivors)
        else:
            left_initial[k] = initial[k] * np.minimum(reached / law.mean, 1.0)
    outside = np.array([[rate(edge + step / 2) * step for edge in edges[:-1]] for rate in rates])
    leaving = np.diff(gone, axis=1)
    leaving_initial = np.diff(left_initial, axis=1)
    joined = np.zeros((len(laws), cells))
    left = np.zeros((len(laws), cells))
    for cell in range(cells):
        before = (
            np.array([joined[k, :cell] @ leaving[k, cell:0:-1] for k in range(len(laws))])
            if cell
            else np.zeros(len(laws))
        )
        settled = before + leaving_initial[:, cell]
        # Who joins in this cell may leave in it again, and join elsewhere: a small linear system.
        same = np.eye(len(laws)) - routing.T * leaving[:, 0]
        joined[:, cell] = np.linalg.solve(same, outside[:, cell] + routing.T @ settled)
        left[:, cell] = settled + leaving[:, 0] * joined[:, cell]
    present = initial[:, None] + np.concatenate(
        (np.zeros((len(laws), 1)), np.cumsum(joined - left, axis=1)), axis=1
    )
    return np.array([np.interp(points, edges, row) for row in present]).T
