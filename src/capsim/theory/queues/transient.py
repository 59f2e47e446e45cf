"""The queue over time, chance included: Kolmogorov's equations of M(t)/M/c(t) and its relatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from capsim.theory.queues.domain import TheoryError, nonnegative, positive, whole
from capsim.theory.queues.functions import (
    RateFunction,
    Steps,
    as_function,
    break_times,
    increasing,
    instant,
    pieces,
)

LARGEST_STATE_SPACE = 20_000
LOST_AT_MOST = 1e-13


def birth_death_path(
    births: RateFunction,
    deaths: Callable[[float], np.ndarray],
    initial: np.ndarray,
    times: np.ndarray,
    *,
    start: float,
    breaks: Sequence[float],
    constant: bool,
) -> np.ndarray:
    """The distribution of a birth-death process over time, on the states 0 ... n - 1.

    Parameters
    ----------
    births : callable
        Birth rate at a time, the same in every state; in the last state births are lost.
    deaths : callable
        (n,) death rates at a time, 0 in the first state.
    initial : (n,) array
        Distribution at `start`.
    times : (k,) array
        When the distribution is wanted, increasing.
    start : float
        When the process starts.
    breaks : sequence of float
        When births or deaths jump.
    constant : bool
        Whether both are constant between the breaks: uniformisation then (no discretisation
        error), else an ODE solver (relative 1e-9).

    Returns
    -------
    ndarray
        (k, n) float64.

    References
    ----------
    Uniformisation: Jensen (1953); Grassmann (1977).
    """
    state = np.array(initial, dtype=float)
    found = {float(start): state}
    for low, high in pieces(times, start, breaks):
        if constant:
            middle = (low + high) / 2
            state = _uniformised(births(middle), deaths(middle), state, high - low)
        else:
            state = _integrated(births, deaths, state, low, high)
        found[high] = state
    return np.array([found[time] for time in times.tolist()])


def _flow(births: float, deaths: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Kolmogorov's forward equations: the change of the distribution per unit of time."""
    up = births * state[:-1]
    down = deaths[1:] * state[1:]
    change = np.zeros_like(state)
    change[:-1] += down - up
    change[1:] += up - down
    return change


def _uniformised(births: float, deaths: np.ndarray, state: np.ndarray, span: float) -> np.ndarray:
    """The distribution `span` later: powers of the jump matrix under Poisson weights."""
    fastest = births + float(deaths.max())
    if fastest == 0:
        return state
    # Poisson weights of a mean above 700 start below the smallest float: go in several strides.
    strides = max(1, int(np.ceil(fastest * span / 400)))
    mean = fastest * span / strides
    for _ in range(strides):
        weight = np.exp(-mean)
        power, total, covered, k = state, weight * state, weight, 0
        while covered < 1 - 1e-14 and k < mean + 60 * np.sqrt(mean) + 100:
            k += 1
            power = power + _flow(births, deaths, power) / fastest
            weight *= mean / k
            covered += weight
            total = total + weight * power
        state = total / covered
    return np.asarray(state)


def _integrated(
    births: RateFunction,
    deaths: Callable[[float], np.ndarray],
    state: np.ndarray,
    low: float,
    high: float,
) -> np.ndarray:
    from scipy.integrate import solve_ivp

    last = high - 1e-12 * (high - low)
    fixed = deaths((low + high) / 2)
    solution = solve_ivp(
        lambda t, p: _flow(births(min(t, last)), fixed, p),
        (low, high),
        state,
        "DOP853",
        rtol=1e-10,
        atol=1e-13,
    )
    return np.asarray(solution.y[:, -1])


@dataclass(frozen=True)
class TransientLine:
    """The distribution of a multi-server queue over time: what `transient_mmc` gives back."""

    times: tuple[float, ...]
    servers: tuple[int, ...]
    """At each time."""
    service_rate: float
    in_system_mean: np.ndarray = field(repr=False)
    """(times,) float64."""
    queue_mean: np.ndarray = field(repr=False)
    """(times,) float64."""
    probability_of_waiting: np.ndarray = field(repr=False)
    """(times,) float64, P(an arrival at that time finds everyone busy)."""
    distribution: np.ndarray = field(repr=False)
    """(times, n) float64, P(n in the system)."""

    def wait_exceeds(self, time: float) -> np.ndarray:
        """P(an arrival at each of the times waits longer than `time`), shape (times,).

        Exact if the staff then stays what it is at the arrival and nobody leaves the queue.
        """
        from scipy.special import gammaincc

        time = nonnegative("time", time)
        result = np.zeros(len(self.times))
        for row, servers in enumerate(self.servers):
            waiting = self.distribution[row, servers:]
            stages = np.arange(1, waiting.size + 1)
            result[row] = waiting @ gammaincc(stages, servers * self.service_rate * time)
        return result


def transient_mmc(
    rate: RateFunction | float,
    service_rate: float,
    servers: RateFunction | float,
    times: Sequence[float] | np.ndarray,
    *,
    patience_rate: float = 0.0,
    initial: int | Sequence[float] | np.ndarray = 0,
    start: float = 0.0,
    breaks: Sequence[float] = (),
    places: int | None = None,
) -> TransientLine:
    """The law of M(t)/M/c(t)+M over time: time-varying inflow and staff, impatience, any start.

    When the staff falls, the interrupted service goes back to the queue at once (with exponential
    work it does not matter whether it resumes or restarts). A service whose workers finish the
    visit in hand lags behind that a little.

    Parameters
    ----------
    rate : callable, Steps or float
        Arrivals per unit of time.
    service_rate : float
        Services one busy server finishes per unit of time.
    servers : Steps or int
        Staff over time, whole numbers, right-continuous.
    times : (k,) array_like
        When the state is wanted, increasing, from `start` on.
    patience_rate : float
        1 / mean patience, which runs in the queue only; 0 if nobody leaves.
    initial : int or (n,) array_like
        Number in the system at `start`, or its distribution.
    start : float
        When it begins.
    breaks : sequence of float
        Where `rate` jumps, if it is not a `Steps`.
    places : int, optional
        A limit on the number in the system (arrivals beyond it are lost). If absent there is
        none: the states are cut where less than 1e-13 of the probability is lost.

    Returns
    -------
    TransientLine
        Steps and constants: accurate to 1e-11; other rates: to 1e-8.

    Raises
    ------
    TheoryError
        If a number is negative, staff is not whole, or more than 20,000 states would be needed.

    References
    ----------
    Kolmogorov (1931); for time-varying queues Green, Kolesar and Svoronos (1991).

    Examples
    --------
    >>> from capsim.theory import steps
    >>> line = transient_mmc(steps((0, 4.5), (20, 7), (80, 4.5)), 0.25, steps((0, 20), (40, 30)),
    ...     [40, 60], initial=18)
    >>> line.queue_mean.round(5).tolist()
    [31.85759, 24.17362]
    """
    inflow = as_function("rate", rate)
    staff = as_function("servers", servers)
    service_rate = positive("service_rate", service_rate)
    patience_rate = nonnegative("patience_rate", patience_rate)
    start = instant("start", start)
    points = increasing(times, start)
    jumps = break_times([inflow, staff], breaks)
    present = _first_state(initial)
    crew = [whole("servers", staff(time)) for time in (start, *jumps)]

    def solve(states: int) -> np.ndarray:
        numbers = np.arange(states)

        def deaths(time: float) -> np.ndarray:
            busy = np.minimum(numbers, whole("servers", staff(time)))
            return np.asarray(service_rate * busy + patience_rate * (numbers - busy))

        first = np.zeros(states)
        first[: present.size] = present
        return birth_death_path(
            inflow,
            deaths,
            first,
            points,
            start=start,
            breaks=jumps,
            constant=isinstance(inflow, Steps) and isinstance(staff, Steps),
        )

    if places is not None:
        places = whole("places", places, at_least=max(1, present.size - 1))
        distribution = solve(places + 1)
    else:
        distribution = untruncated(solve, 64 + max([present.size, *crew]) * 2)
    numbers = np.arange(distribution.shape[1])
    staffed = tuple(int(staff(time)) for time in points.tolist())
    waiting = np.array([np.maximum(numbers - count, 0) for count in staffed])
    everyone = np.array([numbers >= count for count in staffed])
    return TransientLine(
        times=tuple(points.tolist()),
        servers=staffed,
        service_rate=service_rate,
        in_system_mean=distribution @ numbers,
        queue_mean=(distribution * waiting).sum(axis=1),
        probability_of_waiting=(distribution * everyone).sum(axis=1),
        distribution=distribution,
    )


def _first_state(initial: Any) -> np.ndarray:
    """The distribution of the number in the system at the start."""
    if np.ndim(initial) == 0:
        number = whole("initial", initial)
        state = np.zeros(number + 1)
        state[number] = 1.0
        return state
    state = np.array(initial, dtype=float)
    if (state < 0).any() or abs(state.sum() - 1) > 1e-9:
        raise TheoryError(
            "initial", float(state.sum()), "must be probabilities that sum to 1", "divide by it"
        )
    return state / state.sum()


def untruncated(solve: Callable[[int], np.ndarray], states: int) -> np.ndarray:
    """`solve(states)` with enough states that next to nothing is in the last ones at any time."""
    while states <= LARGEST_STATE_SPACE:
        distribution = solve(states)
        if distribution[:, -max(2, states // 50) :].sum(axis=1).max() < LOST_AT_MOST:
            return distribution
        states *= 2
    raise TheoryError(
        "number of states",
        states,
        f"must stay below {LARGEST_STATE_SPACE}",
        "give `places`, a shorter time, or use `fluid`",
    )
