"""The queue of `mm3` for cimba, whose models are compiled at their first run.

Import it only where cimba is installed (`pip install "capsim[bench]"`).
"""

# Annotations are read by cimba while the classes are made, so they must not be postponed.

from typing import Any

import cimba as cb
import numpy as np

from benchmarks.mm3 import ARRIVALS, CUSTOMERS, SERVERS


class Customer(cb.Model):
    desks: cb.Ref[cb.Resource]
    waits: cb.Ref[cb.Dataset]
    service: cb.Input[float] = cb.inputs.dist.exponential(mean=1.0)

    @cb.process
    def life(self) -> None:
        arrived = cb.now()
        self.desks.acquire()
        self.waits.record(cb.now() - arrived)
        cb.hold(self.service.next())
        self.desks.release()


class Desks(cb.Model):
    """A process per customer and a resource, as in SimPy."""

    interarrival: cb.Input[float] = cb.inputs.dist.exponential(mean=1 / ARRIVALS)
    service: cb.Input[float] = cb.inputs.dist.exponential(mean=1.0)
    n: cb.Param[int] = CUSTOMERS
    desks: cb.Resource = cb.Resource(capacity=SERVERS)
    waits: cb.Dataset = cb.Dataset()

    @cb.process
    def arrivals(self) -> None:
        for _ in range(self.n):
            cb.hold(self.interarrival.next())
            cb.spawn(Customer, desks=self.desks, waits=self.waits, service=self.service)


class Servers(cb.Model):
    """Three processes that take instants of arrival out of a store.

    Faster than a process per customer, but nothing else can happen to a customer.
    """

    interarrival: cb.Input[float] = cb.inputs.dist.exponential(mean=1 / ARRIVALS)
    service: cb.Input[float] = cb.inputs.dist.exponential(mean=1.0)
    n: cb.Param[int] = CUSTOMERS
    line: cb.Store[float]
    waits: cb.Dataset = cb.Dataset()

    @cb.process
    def arrivals(self) -> None:
        for _ in range(self.n):
            cb.hold(self.interarrival.next())
            self.line.put(cb.now())

    @cb.process
    def first(self) -> None:
        while True:
            arrived = self.line.get()
            self.waits.record(cb.now() - arrived)
            cb.hold(self.service.next())

    @cb.process
    def second(self) -> None:
        while True:
            arrived = self.line.get()
            self.waits.record(cb.now() - arrived)
            cb.hold(self.service.next())

    @cb.process
    def third(self) -> None:
        while True:
            arrived = self.line.get()
            self.waits.record(cb.now() - arrived)
            cb.hold(self.service.next())


def model(customers: int = CUSTOMERS, *, by_servers: bool = False) -> Any:
    """A configured model that keeps every wait."""
    made = (Servers if by_servers else Desks)()
    made.n = customers
    made.waits.capture()
    return made


def waits(configured: Any, seed: int = 1) -> Any:
    """One run of a configured model."""
    experiment = cb.Experiment(configured, replications=1, window=cb.Window(), seed=seed)
    return np.array(experiment.run()[configured].waits.trial(0, 0)[1])
