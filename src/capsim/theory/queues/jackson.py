"""Open Jackson networks: stages in a pathway, with returns and losses, in steady state."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capsim.theory.queues.domain import (
    TheoryError,
    nonnegative,
    positive,
    routing_matrix,
    same_length,
    sequence,
    whole,
)
from capsim.theory.queues.erlang import erlang_c


@dataclass(frozen=True)
class Station:
    """One station of a network in steady state, per visit."""

    name: str
    arrival_rate: float
    """Visits per unit of time, returns included."""
    service_rate: float
    servers: float
    utilization: float
    """0 for a station with a server for everyone."""
    probability_of_waiting: float
    wait_mean: float
    queue_mean: float
    in_system_mean: float


@dataclass(frozen=True)
class Network:
    """Steady state of an open network: what `jackson` gives back."""

    stations: tuple[Station, ...]
    in_system_mean: float
    time_in_system_mean: float
    """From outside arrival to exit, all visits together."""
    remaining_times: tuple[float, ...]
    """Mean time from an arrival at each station to the exit."""
    exit_rates: tuple[float, ...]
    """Departures from the network per unit of time, by station."""

    def __getitem__(self, name: str) -> Station:
        """The station of that name."""
        for station in self.stations:
            if station.name == name:
                return station
        known = ", ".join(station.name for station in self.stations)
        raise KeyError(f"no station {name!r}; there are {known}")


def traffic(
    external_rates: Sequence[float], routing: Sequence[Sequence[float]] | np.ndarray
) -> np.ndarray:
    """Visits per unit of time at each station: the solution of l = external + routing^T l.

    Parameters
    ----------
    external_rates : sequence of float
        Arrivals from outside per unit of time, one per station.
    routing : (n, n) array_like
        Probability of going from the station of the row to that of the column; what a row lacks
        to 1 leaves the network.

    Returns
    -------
    ndarray
        (n,) float64, visits per unit of time.

    Raises
    ------
    TheoryError
        If a rate or share is negative, a row sums to more than 1, or somebody never leaves.

    Examples
    --------
    >>> traffic([6, 0], [[0, 0.5], [0.2, 0]]).round(6).tolist()
    [6.666667, 3.333333]
    """
    outside = sequence("external_rates", external_rates)
    rates = np.array([nonnegative(f"external_rates[{k}]", r) for k, r in enumerate(outside)])
    matrix = routing_matrix(routing, rates.size)
    # A closed set of reachable stations would fill up for ever; drop those nobody reaches.
    reached = rates > 0
    for _ in range(rates.size):
        reached = reached | ((reached @ (matrix > 0)) > 0)
    kept = np.flatnonzero(reached)
    inner = matrix[np.ix_(kept, kept)]
    if kept.size and np.abs(np.linalg.eigvals(inner)).max() >= 1 - 1e-12:
        raise TheoryError(
            "routing", matrix.tolist(), "must let everyone leave in the end", "add an exit share"
        )
    flows = np.zeros(rates.size)
    flows[kept] = np.linalg.solve(np.eye(kept.size) - inner.T, rates[kept])
    return flows


def jackson(
    external_rates: Sequence[float],
    routing: Sequence[Sequence[float]] | np.ndarray,
    service_rates: Sequence[float],
    servers: Sequence[float],
    *,
    names: Sequence[str] | None = None,
) -> Network:
    """The steady state of an open Jackson network: every station is an M/M/c of its own.

    Poisson arrivals from outside, exponential work, first come first served, routing independent
    of the past. `math.inf` servers make a delay station, whose work may have any law.

    Parameters
    ----------
    external_rates, routing
        As in `traffic`.
    service_rates : sequence of float
        Services one busy server finishes per unit of time, by station.
    servers : sequence of int or inf
        By station.
    names : sequence of str, optional
        Of the stations; "0", "1", ... if absent.

    Returns
    -------
    Network
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        As in `traffic`, or if a station's load is its number of servers or more.

    References
    ----------
    Jackson (1957), Operations Research 5, 518-521; infinite servers: Baskett et al. (1975).

    Examples
    --------
    >>> network = jackson([15, 0], [[0, 0.6], [0, 0]], [10, 1.6], [2, 7], names=["intake", "talk"])
    >>> round(network["talk"].wait_mean, 8)
    0.22430305
    """
    flows = traffic(external_rates, routing)
    matrix = routing_matrix(routing, flows.size)
    labels = [str(k) for k in range(flows.size)] if names is None else sequence("names", names)
    same_length(
        {
            "external_rates": external_rates,
            "service_rates": service_rates,
            "servers": servers,
            "names": labels,
        }
    )
    stations = tuple(
        _station(label, float(flow), positive(f"service_rates[{label}]", rate), count)
        for label, flow, rate, count in zip(labels, flows, service_rates, servers, strict=True)
    )
    per_visit = np.array([station.wait_mean + 1 / station.service_rate for station in stations])
    # A station nobody reaches may lie in a loop without exit; its remaining time is then infinite.
    remaining = np.full(flows.size, math.inf)
    visited = np.flatnonzero(flows > 0)
    inner = matrix[np.ix_(visited, visited)]
    remaining[visited] = np.linalg.solve(np.eye(visited.size) - inner, per_visit[visited])
    in_system = sum(station.in_system_mean for station in stations)
    arriving = float(sum(external_rates))
    return Network(
        stations=stations,
        in_system_mean=in_system,
        time_in_system_mean=in_system / arriving if arriving else math.nan,
        remaining_times=tuple(float(time) for time in remaining),
        exit_rates=tuple(float(rate) for rate in flows * (1 - matrix.sum(axis=1))),
    )


def _station(name: str, flow: float, rate: float, servers: float) -> Station:
    if servers == math.inf:
        return Station(name, flow, rate, math.inf, 0.0, 0.0, 0.0, 0.0, flow / rate)
    line = erlang_c(flow, rate, whole(f"servers[{name}]", servers, at_least=1))
    return Station(
        name=name,
        arrival_rate=flow,
        service_rate=rate,
        servers=line.servers,
        utilization=line.utilization,
        probability_of_waiting=line.probability_of_waiting,
        wait_mean=line.wait_mean,
        queue_mean=line.queue_mean,
        in_system_mean=line.in_system_mean,
    )
