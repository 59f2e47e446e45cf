"""M/D/c: Poisson arrivals, work of one fixed length, first come first served (Crommelin)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capsim.theory.queues.domain import nonnegative, positive, quantile, stable, whole


@dataclass(frozen=True)
class FixedWorkLine:
    """Steady state of M/D/c: what `mdc` gives back (times in the unit of the arguments)."""

    arrival_rate: float
    service_time: float
    servers: int
    load: float
    utilization: float
    probability_of_waiting: float
    wait_mean: float
    queue_mean: float
    in_system_mean: float
    time_in_system_mean: float

    def wait_exceeds(self, time: float) -> float:
        """P(wait > time), by Franx's sum of positive terms; absolute accuracy 1e-12."""
        from scipy.special import gammaln, xlogy

        time = nonnegative("time", time)
        lags = math.floor(time / self.service_time) + 1
        mean = self.arrival_rate * (lags * self.service_time - time)
        arrivals = np.arange(lags * self.servers)
        chances = np.exp(xlogy(arrivals, mean) - mean - gammaln(arrivals + 1))
        behind = lags * self.servers - 1 - arrivals
        queue_at_most = self._queue_at_most
        known = queue_at_most[np.minimum(behind, queue_at_most.size - 1)]
        return max(0.0, 1.0 - float(chances @ known))

    def wait_quantile(self, p: float) -> float:
        """The time within which a share p of the arrivals starts."""
        return quantile(self.wait_exceeds, p, self.service_time / self.servers)

    @cached_property
    def _queue_at_most(self) -> np.ndarray:
        """P(at most j waiting), j = 0, 1, ...: the generating function inverted by FFT."""
        roots = _roots(self.load, self.servers)
        # The tail of the number in the system falls by at least this factor per customer.
        decay = _decay(self.load, self.servers)
        size = 1 << math.ceil(math.log2(self.servers + 40 / decay + 64))
        angles = 2j * np.pi * np.arange(1, size) / size
        # expm1 keeps the digits of 1 - z, which are what matters next to z = 1.
        short = -np.expm1(angles)
        numerator = (self.servers - self.load) * short
        for root in roots:
            numerator = numerator * (1 - short / (1 - root))
        denominator = -np.expm1(self.servers * angles + self.load * short)
        values = np.concatenate(([1.0 + 0j], numerator / denominator))
        chances = np.fft.fft(values).real / size
        return np.asarray(np.minimum(np.cumsum(chances)[self.servers :], 1.0))


def _roots(load: float, servers: int) -> np.ndarray:
    """The c - 1 zeros of z^c = exp(a (z - 1)) inside the unit circle, by Lambert's W."""
    from scipy.special import lambertw

    ratio = load / servers
    unit = np.exp(2j * np.pi * np.arange(1, servers) / servers)
    return np.asarray(-lambertw(-ratio * math.exp(-ratio) * unit) / ratio)


def _decay(load: float, servers: int) -> float:
    """Logarithm of the zero z > 1 of z^c = exp(a (z - 1)): P(n in the system) ~ z^-n."""
    from scipy.special import lambertw

    ratio = load / servers
    return math.log(float(-lambertw(-ratio * math.exp(-ratio), k=-1).real) / ratio)


def mdc(arrival_rate: float, service_time: float, servers: int) -> FixedWorkLine:
    """The steady state of M/D/c, with the exact law of the wait.

    With z_k the c - 1 zeros of z^c = exp(a (z - 1)) inside the unit circle, the mean number in the
    system is sum_k 1 / (1 - z_k) - ((c - a)^2 - c) / (2 (c - a)).

    Parameters
    ----------
    arrival_rate : float
        Arrivals per unit of time.
    service_time : float
        The fixed length of the work.
    servers : int
        At least 1.

    Returns
    -------
    FixedWorkLine
        Times in the unit of `service_time`.

    Raises
    ------
    TheoryError
        If an argument is not positive or the load is `servers` or more.

    References
    ----------
    Crommelin (1932); Franx (2001), A simple solution for the M/D/c waiting time distribution.

    Examples
    --------
    >>> line = mdc(arrival_rate=4.5, service_time=1, servers=5)
    >>> round(line.wait_mean, 8), round(line.probability_of_waiting, 8)
    (0.77669516, 0.74782855)
    >>> round(line.wait_exceeds(line.wait_quantile(0.95)), 9)
    0.05
    """
    arrival_rate = positive("arrival_rate", arrival_rate)
    service_time = positive("service_time", service_time)
    servers = whole("servers", servers, at_least=1)
    load = arrival_rate * service_time
    utilization = stable(f"{servers} servers", load, servers)
    slack = servers - load
    roots = _roots(load, servers)
    in_system = float(np.sum(1 / (1 - roots)).real) - (slack**2 - servers) / (2 * slack)
    queue = in_system - load
    # P(everyone busy) from the generating function: at z = 0 ... c - 1 the terms of its numerator
    # sum to 1 - P(wait), which is c - a over the product of the (1 - z_k).
    free = slack / float(np.prod(1 - roots).real)
    return FixedWorkLine(
        arrival_rate=arrival_rate,
        service_time=service_time,
        servers=servers,
        load=load,
        utilization=utilization,
        probability_of_waiting=1 - free,
        wait_mean=queue / arrival_rate,
        queue_mean=queue,
        in_system_mean=in_system,
        time_in_system_mean=queue / arrival_rate + service_time,
    )
