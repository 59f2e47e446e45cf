"""How many servers: square-root staffing, the smallest number that meets a target, and plans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from capsim.theory.queues.domain import nonnegative, positive, share
from capsim.theory.queues.erlang import erlang_a, erlang_c
from capsim.theory.queues.functions import RateFunction, as_function, increasing, stay_law
from capsim.theory.queues.infinite import infinite_server_load


def square_root_staffing(load: float, probability_of_waiting: float) -> int:
    """The number of servers load + beta sqrt(load), rounded up.

    beta solves P(wait) = 1 / (1 + beta Phi(beta) / phi(beta)). Asymptotic, for large loads; it is
    good already for small ones. `smallest_servers` is exact.

    Parameters
    ----------
    load : float
        Offered load, in servers.
    probability_of_waiting : float
        The target, between 0 and 1.

    Returns
    -------
    int
        Servers, more than the load.

    Raises
    ------
    TheoryError
        If the load is negative or the target is not inside (0, 1).

    References
    ----------
    Halfin and Whitt (1981), Operations Research 29, 567-588, theorem 4; Erlang's own rule of 1924.

    Examples
    --------
    >>> square_root_staffing(100, 0.2)
    111
    """
    load = nonnegative("load", load)
    beta = quality_of_service(probability_of_waiting)
    # At least one above the load when it is whole: exactly the load is not stable.
    return max(math.ceil(load + beta * math.sqrt(load)), math.floor(load) + 1)


def quality_of_service(probability_of_waiting: float) -> float:
    """The beta of the square-root rule for a probability of waiting: spare staff per sqrt(load).

    Examples
    --------
    >>> round(quality_of_service(0.5), 6)
    0.506054
    """
    from scipy.optimize import brentq
    from scipy.special import log_ndtr

    target = positive("probability_of_waiting", probability_of_waiting)
    target = share("probability_of_waiting", target, one=False)

    def excess(beta: float) -> float:
        log_density = -(beta**2) / 2 - math.log(2 * math.pi) / 2
        ratio = log_ndtr(beta) - log_density
        return 1 / (1 + beta * math.exp(min(ratio, 700.0))) - target

    return float(brentq(excess, 0.0, 40.0, xtol=1e-12))


def smallest_servers(
    arrival_rate: float,
    service_rate: float,
    *,
    probability: float,
    wait: float = 0.0,
    patience_rate: float = 0.0,
) -> int:
    """The fewest servers for which P(wait > `wait`) is at most `probability`, in steady state.

    Parameters
    ----------
    arrival_rate, service_rate : float
        Per unit of time.
    probability : float
        The largest share that may wait longer, inside (0, 1).
    wait : float
        The wait that counts, 0 for "waits at all".
    patience_rate : float
        1 / mean patience. With impatience the wait is that of somebody who would stay.

    Returns
    -------
    int
        Servers; M/M/c without, M/M/c+M with impatience.

    Raises
    ------
    TheoryError
        If a rate is negative or the probability is not inside (0, 1).

    Examples
    --------
    >>> smallest_servers(0.65, 0.25, wait=30, probability=0.01)
    4
    >>> smallest_servers(38 * 0.65, 0.25, wait=30, probability=0.01)
    100
    """
    arrival_rate = nonnegative("arrival_rate", arrival_rate)
    service_rate = positive("service_rate", service_rate)
    patience_rate = nonnegative("patience_rate", patience_rate)
    target = share("probability", probability, zero=False, one=False)
    wait = nonnegative("wait", wait)
    if arrival_rate == 0:
        return 0

    def too_late(servers: int) -> float:
        if patience_rate:
            line = erlang_a(arrival_rate, service_rate, patience_rate, servers)
            return line.offered_wait_exceeds(wait)
        return erlang_c(arrival_rate, service_rate, servers).wait_exceeds(wait)

    load = arrival_rate / service_rate
    low = math.floor(load)
    if patience_rate:
        # With so few that millions wait before anybody leaves, everybody waits for ages.
        many = 2e6
        hopeless = wait < many / 2 / arrival_rate
        low = max(0, math.floor(load - many * patience_rate / service_rate)) if hopeless else 0
    high = low + 1
    while too_late(high) > target:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if too_late(middle) > target:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True)
class StaffingPlan:
    """Servers over time: what `modified_offered_load` and `pointwise_stationary` give back."""

    rule: str
    times: tuple[float, ...]
    load: tuple[float, ...]
    """The load the rule looked at, in servers."""
    servers: tuple[int, ...]
    """From each of the times on."""

    @property
    def servers_mean(self) -> float:
        """Plain mean over the times."""
        return float(np.mean(self.servers))


def _plan(
    rule: str,
    times: np.ndarray,
    load: np.ndarray,
    service_rate: float,
    probability: float,
    wait: float,
    patience_rate: float,
) -> StaffingPlan:
    servers = tuple(
        smallest_servers(
            float(present) * service_rate,
            service_rate,
            probability=probability,
            wait=wait,
            patience_rate=patience_rate,
        )
        for present in load
    )
    return StaffingPlan(rule, tuple(times.tolist()), tuple(float(x) for x in load), servers)


def _averages(values: np.ndarray, times: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Means of the values on the fine grid over the interval that begins at each time."""
    owner = np.searchsorted(times, fine, side="right") - 1
    return np.array([values[owner == k].mean() for k in range(times.size)])


def _interval_grid(times: np.ndarray) -> np.ndarray:
    """Twenty midpoints in each interval; the last is as long as the one before it."""
    last = 2 * times[-1] - times[-2] if times.size > 1 else times[-1] + 1
    lengths = np.diff(times, append=last)
    return np.asarray(times[:, None] + lengths[:, None] * (np.arange(20) + 0.5) / 20).ravel()


def modified_offered_load(
    rate: RateFunction | float,
    stay: Any,
    times: Sequence[float] | np.ndarray,
    *,
    probability: float,
    wait: float = 0.0,
    patience_rate: float = 0.0,
    initial: float = 0.0,
    start: float = 0.0,
    breaks: Sequence[float] = (),
) -> StaffingPlan:
    """The staff over time that keeps P(wait > `wait`) at the target: MOL.

    In each interval the steady-state formula is asked with the mean number present if nobody had
    to wait (`infinite_server_load`), which lags behind the inflow by about a stay: the inflow of
    today says little where a case lasts weeks.

    Parameters
    ----------
    rate : callable, Steps or float
        Arrivals per unit of time.
    stay : StayLaw or frozen scipy.stats law
        The work, as time with a server.
    times : (n,) array_like
        When the staff may change, increasing; averages are over the interval that follows.
    probability, wait, patience_rate
        The target, as in `smallest_servers`.
    initial, start, breaks
        As in `infinite_server_load`.

    Returns
    -------
    StaffingPlan

    Raises
    ------
    TheoryError
        As in `infinite_server_load` and `smallest_servers`.

    References
    ----------
    Jennings, Mandelbaum, Massey and Whitt (1996), Management Science 42, 1383-1394.

    Examples
    --------
    >>> from capsim.theory import exponential, steps
    >>> plan = modified_offered_load(
    ...     steps((0, 2), (100, 6)), exponential(10), [90, 100, 110, 140], probability=0.2)
    >>> plan.servers
    (26, 42, 64, 69)
    """
    law = stay_law("stay", stay)
    points = increasing(times, start)
    fine = _interval_grid(points)
    curve = infinite_server_load(rate, law, fine, initial=initial, start=start, breaks=breaks)
    load = _averages(curve.load, points, fine)
    return _plan(
        "modified offered load", points, load, 1 / law.mean, probability, wait, patience_rate
    )


def pointwise_stationary(
    rate: RateFunction | float,
    service_mean: float,
    times: Sequence[float] | np.ndarray,
    *,
    probability: float,
    wait: float = 0.0,
    patience_rate: float = 0.0,
    lag: float = 0.0,
) -> StaffingPlan:
    """The staff that the inflow of each interval would need in steady state (PSA), or lagged.

    What services usually do. Good for short work; with long stays it staffs too early and too
    little. `lag=service_mean` (lagged PSA) mends most of it.

    Parameters
    ----------
    rate : callable, Steps or float
        Arrivals per unit of time.
    service_mean : float
        Mean work, as time with a server.
    times : (n,) array_like
        When the staff may change, increasing; averages are over the interval that follows.
    probability, wait, patience_rate
        The target, as in `smallest_servers`.
    lag : float
        How far back to look at the inflow.

    Returns
    -------
    StaffingPlan

    Raises
    ------
    TheoryError
        As in `smallest_servers`.

    References
    ----------
    Green and Kolesar (1991), Management Science 37, 84-97; lagged: (1997) 43, 80-87.

    Examples
    --------
    >>> from capsim.theory import steps
    >>> pointwise_stationary(steps((0, 2), (100, 6)), 10, [90, 100, 110], probability=0.2).servers
    (26, 69, 69)
    """
    function = as_function("rate", rate)
    service_mean = positive("service_mean", service_mean)
    lag = nonnegative("lag", lag)
    points = increasing(times, None)
    fine = _interval_grid(points)
    values = np.array([function(float(time) - lag) for time in fine])
    load = _averages(values, points, fine) * service_mean
    rule = "pointwise stationary" if lag == 0 else "lagged pointwise stationary"
    return _plan(rule, points, load, 1 / service_mean, probability, wait, patience_rate)
