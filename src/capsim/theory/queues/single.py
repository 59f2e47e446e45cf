"""One server with any law of the work (M/G/1), and priorities without interruption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capsim.theory.queues.domain import (
    TheoryError,
    nonnegative,
    positive,
    same_length,
    sequence,
    stable,
    whole,
)
from capsim.theory.queues.erlang import erlang_c


@dataclass(frozen=True)
class SingleServerLine:
    """Steady state of M/G/1: what `mg1` gives back (times in the unit of `service_mean`)."""

    arrival_rate: float
    service_mean: float
    service_cv: float
    utilization: float
    probability_of_waiting: float
    wait_mean: float
    wait_moments: tuple[float, ...]
    """E[W], E[W^2], ...: as many as the moments given allow."""
    queue_mean: float
    in_system_mean: float
    time_in_system_mean: float

    @property
    def wait_sd(self) -> float:
        """Standard deviation of the wait; `TheoryError` if E[S^3] was not given."""
        if len(self.wait_moments) < 2:
            raise TheoryError(
                "wait_sd", None, "needs the third moment of the work", "give mg1 higher_moments"
            )
        return math.sqrt(self.wait_moments[1] - self.wait_moments[0] ** 2)


def mg1(
    arrival_rate: float,
    service_mean: float,
    service_cv: float,
    *,
    higher_moments: Sequence[float] = (),
) -> SingleServerLine:
    """The steady state of M/G/1, first come first served (Pollaczek-Khinchine).

    E[W] = lambda E[S^2] / (2 (1 - rho)); higher moments by Takacs' recursion
    E[W^k] = lambda / (1 - rho) sum_{i=1}^{k} binom(k, i) E[S^{i+1}] / (i + 1) E[W^{k-i}].

    Parameters
    ----------
    arrival_rate : float
        Arrivals per unit of time.
    service_mean, service_cv : float
        Mean of the work and its coefficient of variation (standard deviation / mean).
    higher_moments : sequence of float, optional
        E[S^3], E[S^4], ...: the raw moments of the work from the third on. With n of them the
        first n + 1 moments of the wait are known.

    Returns
    -------
    SingleServerLine
        Times in the unit of `service_mean`.

    Raises
    ------
    TheoryError
        If a rate is negative, the load is 1 or more, or the moments are no moments.

    References
    ----------
    Pollaczek (1930), Khinchine (1932); Takacs (1962), A single-server queue with Poisson input.

    Examples
    --------
    >>> round(mg1(arrival_rate=0.8, service_mean=1, service_cv=0).wait_mean, 9)
    2.0
    >>> line = mg1(0.8, 1, 1, higher_moments=[6])
    >>> round(line.wait_mean, 9), round(line.wait_sd, 9)
    (4.0, 4.898979486)
    """
    arrival_rate = nonnegative("arrival_rate", arrival_rate)
    service_mean = positive("service_mean", service_mean)
    service_cv = nonnegative("service_cv", service_cv)
    utilization = stable("one server", arrival_rate * service_mean, 1)
    moments = [1.0, service_mean, service_mean**2 * (1 + service_cv**2)]
    for position, moment in enumerate(sequence("higher_moments", higher_moments), start=3):
        moment = positive(f"higher_moments[{position - 3}]", moment)
        # Lyapunov: the k-th roots of raw moments never fall.
        floor = moments[-1] ** (position / (position - 1))
        if moment < floor * (1 - 1e-12):
            raise TheoryError(
                f"E[S^{position}]", moment, f"must be at least {floor:.6g}", "check its unit"
            )
        moments.append(moment)

    waits = [1.0]
    for k in range(1, len(moments) - 1):
        waits.append(
            arrival_rate
            / (1 - utilization)
            * sum(
                math.comb(k, i) * moments[i + 1] / (i + 1) * waits[k - i] for i in range(1, k + 1)
            )
        )
    queue = arrival_rate * waits[1]
    return SingleServerLine(
        arrival_rate=arrival_rate,
        service_mean=service_mean,
        service_cv=service_cv,
        utilization=utilization,
        probability_of_waiting=utilization,
        wait_mean=waits[1],
        wait_moments=tuple(waits[1:]),
        queue_mean=queue,
        in_system_mean=queue + utilization,
        time_in_system_mean=waits[1] + service_mean,
    )


@dataclass(frozen=True)
class PriorityLine:
    """Steady state with priorities: what `priority_queue` gives back, one entry per class."""

    arrival_rates: tuple[float, ...]
    service_means: tuple[float, ...]
    servers: int
    utilization: float
    probability_of_waiting: float
    wait_means: tuple[float, ...]
    queue_means: tuple[float, ...]
    wait_mean: float
    """Over all arrivals."""
    queue_mean: float


def priority_queue(
    arrival_rates: Sequence[float],
    service_means: Sequence[float] | float,
    *,
    service_cvs: Sequence[float] | float = 1.0,
    servers: int = 1,
) -> PriorityLine:
    """Mean waits of priority classes that never interrupt a service (M/G/1, or M/M/c).

    W_k = W_0 / ((1 - s_{k-1}) (1 - s_k)), s_k the utilisation of the first k classes.
    One server: W_0 = sum lambda_i E[S_i^2] / 2, any work. More servers: W_0 = C / (c mu),
    exponential work of one mean for all classes.

    Parameters
    ----------
    arrival_rates : sequence of float
        Per class, the one served first in front; arrivals per unit of time.
    service_means, service_cvs : sequence of float, or float
        Of the work per class; one number stands for all.
    servers : int
        At least 1.

    Returns
    -------
    PriorityLine
        Times in the unit of `service_means`.

    Raises
    ------
    TheoryError
        If the whole load is `servers` or more, or, with several servers, the classes' work
        differs or is not exponential (no closed form exists then).

    References
    ----------
    Cobham (1954), Operations Research 2, 70-76, equations for one and for several channels.

    Examples
    --------
    >>> line = priority_queue([0.3, 0.5], 1)
    >>> [round(wait, 6) for wait in line.wait_means]
    [1.142857, 5.714286]
    """
    each = sequence("arrival_rates", arrival_rates)
    classes = len(each)
    if classes == 0:
        raise TheoryError("arrival_rates", [], "must not be empty", "give one rate per class")
    rates = [nonnegative(f"arrival_rates[{k}]", rate) for k, rate in enumerate(each)]
    means = _per_class("service_means", service_means, classes)
    cvs = _per_class("service_cvs", service_cvs, classes)
    same_length({"arrival_rates": rates, "service_means": means, "service_cvs": cvs})
    means = [positive(f"service_means[{k}]", mean) for k, mean in enumerate(means)]
    cvs = [nonnegative(f"service_cvs[{k}]", cv) for k, cv in enumerate(cvs)]
    servers = whole("servers", servers, at_least=1)

    loads = [rate * mean for rate, mean in zip(rates, means, strict=True)]
    utilization = stable(f"{servers} server(s)", sum(loads), servers)
    if servers == 1:
        waiting = utilization
        squares = [mean**2 * (1 + cv**2) for mean, cv in zip(means, cvs, strict=True)]
        first = sum(rate * square for rate, square in zip(rates, squares, strict=True)) / 2
    else:
        if len(set(means)) > 1 or set(cvs) != {1.0}:
            raise TheoryError(
                "service_means and service_cvs",
                (tuple(means), tuple(cvs)),
                "must be one exponential law for all classes when there are several servers",
                "use one mean and service_cvs=1, or simulate",
            )
        waiting = erlang_c(sum(rates), 1 / means[0], servers).probability_of_waiting
        first = waiting * means[0] / servers

    reached = np.concatenate(([0.0], np.cumsum(loads))) / servers
    waits = [float(first / ((1 - reached[k]) * (1 - reached[k + 1]))) for k in range(classes)]
    queues = [rate * wait for rate, wait in zip(rates, waits, strict=True)]
    total = sum(rates)
    return PriorityLine(
        arrival_rates=tuple(rates),
        service_means=tuple(means),
        servers=servers,
        utilization=utilization,
        probability_of_waiting=waiting,
        wait_means=tuple(waits),
        queue_means=tuple(queues),
        wait_mean=sum(queues) / total if total else 0.0,
        queue_mean=sum(queues),
    )


def _per_class(subject: str, values: Sequence[float] | float, classes: int) -> list[float]:
    if isinstance(values, (int, float, np.integer, np.floating)):
        return [float(values)] * classes
    listed = sequence(subject, values)
    same_length({"arrival_rates": range(classes), subject: listed})
    return listed
