"""Erlang's queues: loss (B), delay (C), impatience (A), and a limited waiting room (M/M/c/K).

Poisson arrivals, exponential work, equal servers, first come first served. Rates are per unit of
time, times in that unit; any unit will do if it is the same one everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from capsim.theory.queues.domain import TheoryError, nonnegative, positive, quantile, stable, whole

LONGEST_QUEUE = 2**22
"""The longest queue of impatient people that is summed term by term."""


def erlang_b(load: float, servers: int) -> float:
    """The share of arrivals that find all servers busy and are lost (M/G/c/c).

    B(c) = (a^c / c!) / sum_{n <= c} a^n / n!, by the recursion 1/B(n) = 1 + n / (a B(n - 1)).
    Holds for any law of the work with this mean. Nobody waits; `mmck` with as many places as
    servers gives the whole line, its waits (of 0) and quantiles included.

    Parameters
    ----------
    load : float
        Offered load a = arrival rate x mean work, in servers (Erlang).
    servers : int
        Number of servers, 0 or more.

    Returns
    -------
    float
        A probability.

    Raises
    ------
    TheoryError
        If the load is negative or the number of servers is not a whole number.

    References
    ----------
    Erlang (1917); recursion: Jagerman (1974).

    Examples
    --------
    >>> round(erlang_b(5, 5), 8)
    0.28486782
    """
    load = nonnegative("load", load)
    servers = whole("servers", servers)
    if load == 0:
        return 1.0 if servers == 0 else 0.0
    inverse, log_scale = _inverse_erlang_b(load, servers)
    return math.exp(-log_scale) / inverse


def _inverse_erlang_b(load: float, servers: int) -> tuple[float, float]:
    """1 / B as a factor and the logarithm of another: ample staff takes it beyond any float."""
    inverse, log_scale, one = 1.0, 0.0, 1.0
    for n in range(1, servers + 1):
        inverse = one + inverse * n / load
        if inverse > 1e250:
            log_scale += math.log(inverse)
            inverse, one = 1.0, 0.0
    return inverse, log_scale


@dataclass(frozen=True)
class DelayLine:
    """Steady state of M/M/c: what `erlang_c` gives back (times in the unit of the rates)."""

    arrival_rate: float
    service_rate: float
    servers: int
    load: float
    """Offered load, in servers."""
    utilization: float
    probability_of_waiting: float
    wait_mean: float
    """Mean wait of everyone, those who do not wait included."""
    wait_sd: float
    queue_mean: float
    in_system_mean: float
    time_in_system_mean: float
    probability_empty: float

    def wait_exceeds(self, time: float) -> float:
        """P(wait > time) = C exp(-(c mu - lambda) time)."""
        time = nonnegative("time", time)
        slack = self.servers * self.service_rate - self.arrival_rate
        return self.probability_of_waiting * math.exp(-slack * time)

    def wait_quantile(self, p: float) -> float:
        """The time within which a share p of the arrivals starts (0 if they do not wait)."""
        from capsim.theory.queues.domain import share

        p = share("p", p, one=False)
        if self.probability_of_waiting <= 1 - p:
            return 0.0
        slack = self.servers * self.service_rate - self.arrival_rate
        return math.log(self.probability_of_waiting / (1 - p)) / slack


def erlang_c(arrival_rate: float, service_rate: float, servers: int) -> DelayLine:
    """The steady state of M/M/c: Poisson arrivals, exponential work, unlimited waiting.

    C = B / (1 - rho (1 - B)); given that one waits, the wait is exponential with rate
    c mu - lambda.

    Parameters
    ----------
    arrival_rate, service_rate : float
        Arrivals per unit of time; services one busy server finishes per unit of time.
    servers : int
        At least 1.

    Returns
    -------
    DelayLine
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If a rate is not positive or the load is `servers` or more.

    References
    ----------
    Erlang (1917); Kleinrock (1975), Queueing Systems I, section 3.5.

    Examples
    --------
    >>> line = erlang_c(arrival_rate=4.5, service_rate=1, servers=5)
    >>> round(line.probability_of_waiting, 6), round(line.wait_mean, 6)
    (0.762493, 1.524986)
    >>> round(line.wait_exceeds(line.wait_quantile(0.9)), 12)
    0.1
    """
    arrival_rate = nonnegative("arrival_rate", arrival_rate)
    service_rate = positive("service_rate", service_rate)
    servers = whole("servers", servers, at_least=1)
    load = arrival_rate / service_rate
    utilization = stable(f"{servers} servers", load, servers)
    blocked = erlang_b(load, servers)
    waiting = blocked / (1 - utilization * (1 - blocked))
    slack = servers * service_rate - arrival_rate
    wait = waiting / slack
    return DelayLine(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        servers=servers,
        load=load,
        utilization=utilization,
        probability_of_waiting=waiting,
        wait_mean=wait,
        wait_sd=math.sqrt(waiting * (2 - waiting)) / slack,
        queue_mean=arrival_rate * wait,
        in_system_mean=arrival_rate * wait + load,
        time_in_system_mean=wait + 1 / service_rate,
        probability_empty=_probability_empty(load, servers),
    )


def _probability_empty(load: float, servers: int) -> float:
    """p0 of M/M/c: 1 / (sum_{n < c} a^n / n! + a^c / c! / (1 - rho)), in logarithms."""
    if load == 0:
        return 1.0
    numbers = np.arange(1, servers + 1)
    logs = np.concatenate(([0.0], np.cumsum(np.log(load / numbers))))
    logs[-1] -= math.log(1 - load / servers)
    return math.exp(-logs.max()) / float(np.exp(logs - logs.max()).sum())


@dataclass(frozen=True)
class ImpatientLine:
    """Steady state of M/M/c+M: what `erlang_a` gives back (times in the unit of the rates)."""

    arrival_rate: float
    service_rate: float
    patience_rate: float
    servers: int
    load: float
    utilization: float
    probability_of_waiting: float
    abandonment_share: float
    """Share of all arrivals that leave before they are served."""
    queue_mean: float
    wait_mean: float
    """Mean time in the queue of everyone, ended by a start or by leaving."""
    wait_mean_served: float
    """The same of those who are served: lower or higher than `wait_mean`, never the whole story."""
    in_system_mean: float
    throughput: float

    def offered_wait_exceeds(self, time: float) -> float:
        """P(wait > time) of somebody with unlimited patience (the virtual wait)."""
        time = nonnegative("time", time)
        log_ratio = _log_tail(self._chain, time) - _log_tail(self._chain, 0.0)
        return self.probability_of_waiting * math.exp(log_ratio)

    def wait_exceeds(self, time: float) -> float:
        """P(time in the queue > time) of all arrivals, whether a start or leaving ends it."""
        patient = math.exp(-self.patience_rate * nonnegative("time", time))
        return self.offered_wait_exceeds(time) * patient

    def wait_quantile(self, p: float) -> float:
        """The time within which a share p of all arrivals has started or left."""
        return quantile(self.wait_exceeds, p, 1 / (self.servers * self.service_rate))

    @property
    def _chain(self) -> tuple[float, float, float]:
        return self.arrival_rate, self.servers * self.service_rate, self.patience_rate


def _log_queue_weights(arrival: float, capacity: float, patience: float) -> np.ndarray:
    """Logarithms of arrival^j / (capacity (capacity + patience) ... (capacity + j patience)).

    Proportional to P(j waiting); cut where what is left out is below 1e-26 of the sum.
    """
    size = 64
    while size <= LONGEST_QUEUE:
        steps = np.log(arrival) - np.log(capacity + patience * np.arange(1, size))
        weights = np.concatenate(([0.0], np.cumsum(steps))) - math.log(capacity)
        ratio = math.exp(steps[-1])
        if ratio < 1 and weights[-1] - math.log1p(-ratio) < weights.max() - 60:
            return np.asarray(weights)
        size *= 2
    raise TheoryError(
        "patience_rate",
        patience,
        f"lets a queue of {max(arrival - capacity, 0.0) / patience:.3g} grow before people leave",
        "take them as endlessly patient: `fluid` tells how fast it grows",
    )


def _log_tail(chain: tuple[float, float, float], time: float) -> float:
    """Logarithm of int_t^inf exp((lambda / theta)(1 - e^{-theta v}) - c mu v) dv.

    The density of the virtual wait is that integrand times lambda P(c - 1 in the system). As a
    series of positive terms (the incomplete gamma function's) it neither cancels nor overflows.
    """
    from scipy.special import logsumexp

    arrival, capacity, patience = chain
    faded = arrival * math.exp(-patience * time)
    head = -(arrival / patience) * math.expm1(-patience * time) - capacity * time
    if faded == 0:
        return head - math.log(capacity)
    return head + float(logsumexp(_log_queue_weights(faded, capacity, patience)))


def erlang_a(
    arrival_rate: float, service_rate: float, patience_rate: float, servers: int
) -> ImpatientLine:
    """The steady state of M/M/c+M: as Erlang C, but the waiting leave at `patience_rate` each.

    Stable at every load. Patience runs in the queue only. With j waiting, P is proportional to
    lambda^j / prod_{i <= j} (c mu + i theta); the wait follows Palm's formula.

    Parameters
    ----------
    arrival_rate, service_rate, patience_rate : float
        Per unit of time; 1 / patience_rate is the mean patience.
    servers : int
        At least 1.

    Returns
    -------
    ImpatientLine
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If a rate is not positive; without impatience use `erlang_c`.

    References
    ----------
    Palm (1957); Baccelli and Hebuterne (1981); Garnett, Mandelbaum and Reiman (2002).

    Examples
    --------
    >>> line = erlang_a(arrival_rate=12, service_rate=1, patience_rate=0.2, servers=10)
    >>> round(line.abandonment_share, 6), round(line.wait_mean, 6), round(line.queue_mean, 5)
    (0.177421, 0.887105, 10.64526)
    """
    arrival_rate = positive("arrival_rate", arrival_rate)
    service_rate = positive("service_rate", service_rate)
    servers = whole("servers", servers, at_least=1)
    if patience_rate == 0:
        raise TheoryError(
            "patience_rate", patience_rate, "must be above 0", "use erlang_c if nobody leaves"
        )
    patience_rate = positive("patience_rate", patience_rate)

    load = arrival_rate / service_rate
    capacity = servers * service_rate
    logs = _log_queue_weights(arrival_rate, capacity, patience_rate)
    shares = np.exp(logs - logs.max())
    log_waiting = math.log(arrival_rate) + logs.max() + math.log(shares.sum())
    # P(somebody is free) over P(c - 1 in the system), and P(everyone is busy) over it.
    inverse, log_scale = _inverse_erlang_b(load, servers - 1)
    log_free = math.log(inverse) + log_scale
    waiting = 1 / (1 + math.exp(min(log_free - log_waiting, 700.0)))
    shares = waiting * shares / shares.sum()

    ahead = np.arange(shares.size)
    queue = float(ahead @ shares)
    abandoned = patience_rate * queue / arrival_rate
    # One who finds j waiting is served with probability c mu / (c mu + (j + 1) theta), and passes
    # j + 1 stages of rates c mu + i theta, whether or not somebody ahead is the one who goes.
    leaving = capacity + patience_rate * (ahead + 1)
    served_waits = float(shares @ (capacity / leaving * np.cumsum(1 / leaving)))
    throughput = arrival_rate * (1 - abandoned)
    busy = throughput / service_rate
    return ImpatientLine(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        patience_rate=patience_rate,
        servers=servers,
        load=load,
        utilization=busy / servers,
        probability_of_waiting=waiting,
        abandonment_share=abandoned,
        queue_mean=queue,
        wait_mean=queue / arrival_rate,
        wait_mean_served=served_waits / (1 - abandoned),
        in_system_mean=queue + busy,
        throughput=throughput,
    )


@dataclass(frozen=True)
class FiniteLine:
    """Steady state of M/M/c/K: what `mmck` gives back (times in the unit of the rates)."""

    arrival_rate: float
    service_rate: float
    servers: int
    places: int
    load: float
    utilization: float
    probability_of_blocking: float
    probability_of_waiting: float
    """Of those who are let in."""
    wait_mean: float
    """Of those who are let in."""
    queue_mean: float
    in_system_mean: float
    throughput: float
    distribution: tuple[float, ...] = field(repr=False)
    """P(n in the system), n = 0 ... places."""

    def wait_exceeds(self, time: float) -> float:
        """P(wait > time) of those who are let in: sums of exponential times in series."""
        from scipy.special import gammaincc

        time = nonnegative("time", time)
        found = np.array(self.distribution[self.servers : -1])
        if found.size == 0:
            return 0.0
        stages = np.arange(1, found.size + 1)
        later = gammaincc(stages, self.servers * self.service_rate * time)
        return float(found @ later) / (1 - self.probability_of_blocking)

    def wait_quantile(self, p: float) -> float:
        """The time within which a share p of those let in has started."""
        return quantile(self.wait_exceeds, p, 1 / (self.servers * self.service_rate))


def mmck(arrival_rate: float, service_rate: float, servers: int, places: int) -> FiniteLine:
    """The steady state of M/M/c/K: an arrival that finds `places` in the system is turned away.

    p(n) is proportional to a^n / n! up to c and to a^n / (c! c^(n - c)) from there to K.

    Parameters
    ----------
    arrival_rate, service_rate : float
        Per unit of time.
    servers : int
        At least 1.
    places : int
        K, places in service *and* waiting, at least `servers`; K = c is Erlang's loss system.

    Returns
    -------
    FiniteLine
        Times in the unit of the rates.

    Raises
    ------
    TheoryError
        If a rate is not positive or there are fewer places than servers.

    References
    ----------
    Kleinrock (1975), Queueing Systems I, section 3.6.

    Examples
    --------
    >>> line = mmck(arrival_rate=9, service_rate=1, servers=10, places=15)
    >>> round(line.probability_of_blocking, 8), round(line.wait_mean, 8)
    (0.06125876, 0.12627663)
    """
    arrival_rate = positive("arrival_rate", arrival_rate)
    service_rate = positive("service_rate", service_rate)
    servers = whole("servers", servers, at_least=1)
    places = whole("places", places)
    if places < servers:
        raise TheoryError(
            "places", places, f"must be at least {servers}, the servers", "count those in service"
        )
    load = arrival_rate / service_rate
    busy = np.minimum(np.arange(1, places + 1), servers)
    logs = np.concatenate(([0.0], np.cumsum(np.log(load / busy))))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()

    blocked = float(chances[-1])
    in_system = np.arange(places + 1)
    queue = float(np.maximum(in_system - servers, 0) @ chances)
    throughput = arrival_rate * (1 - blocked)
    return FiniteLine(
        arrival_rate=arrival_rate,
        service_rate=service_rate,
        servers=servers,
        places=places,
        load=load,
        utilization=throughput / service_rate / servers,
        probability_of_blocking=blocked,
        probability_of_waiting=float(chances[servers:-1].sum()) / (1 - blocked),
        wait_mean=queue / throughput,
        queue_mean=queue,
        in_system_mean=float(in_system @ chances),
        throughput=throughput,
        distribution=tuple(float(chance) for chance in chances),
    )
