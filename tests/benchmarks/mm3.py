"""One queue, three servers, load 0.9: the same work in capsim and in other simulators.

Each function gives the waits of the customers, in service times, one number a customer.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from typing import Any

import numpy as np

from capsim.scenario import Scenario

ARRIVALS = 2.7  # per service time
SERVERS = 3
CUSTOMERS = 200_000
MEAN_WAIT = 2.7235  # Erlang C: 0.8171 / (3 - 2.7)


def scenario(customers: int = CUSTOMERS) -> Scenario:
    """The queue in the language of capsim: a day and night service of an hour a customer."""
    per_day = 24 * ARRIVALS
    return Scenario.model_validate(
        {
            "name": "three desks",
            "start": "2026-01-01",
            "horizon": f"{round(customers / per_day)} days",
            "calendar": {"kind": "continuous"},
            "teams": {"desks": {"fte": SERVERS}},
            "stages": {"desk": {"team": "desks", "work": {"law": "exponential", "mean": "1 h"}}},
            "inflows": {"customers": {"rate": {"per_day": per_day}}},
        }
    )


def capsim_waits(customers: int = CUSTOMERS, seed: int = 1) -> Any:
    """By the public interface: scenario, run, table of stays."""
    import capsim

    stays = capsim.simulate(scenario(customers), seed=seed).stays
    return ((stays["started"] - stays["joined"]) * 24).dropna().to_numpy()


def simpy_waits(customers: int = CUSTOMERS, seed: int = 1) -> Any:
    """As in the tutorials of SimPy: a process per customer, a resource."""
    import simpy

    env = simpy.Environment()
    desks = simpy.Resource(env, capacity=SERVERS)
    rng = random.Random(seed)
    waits: list[float] = []

    def customer() -> Any:
        arrived = env.now
        with desks.request() as request:
            yield request
            waits.append(env.now - arrived)
            yield env.timeout(rng.expovariate(1.0))

    def source() -> Any:
        for _ in range(customers):
            yield env.timeout(rng.expovariate(ARRIVALS))
            env.process(customer())

    env.process(source())
    env.run()
    return np.array(waits)


def ciw_waits(customers: int = CUSTOMERS, seed: int = 1) -> Any:
    """As in the tutorials of Ciw."""
    import ciw

    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=ARRIVALS)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers)
    return np.array([record.waiting_time for record in simulation.get_all_records()])


def main(who: str, customers: int, runs: int) -> None:
    """Print the CPU seconds of `runs` runs after a short first one, and the mean wait of all.

    Every simulator has a process of its own: compilers keep state that others trip over.
    """
    if who.startswith("cimba"):
        from benchmarks import mm3_cimba

        model = mm3_cimba.model(customers, by_servers=who == "cimba-servers")

        def run(customers: int, seed: int) -> Any:
            return mm3_cimba.waits(model, seed)
    else:
        run = {"capsim": capsim_waits, "simpy": simpy_waits, "ciw": ciw_waits}[who]
    run(min(customers, 2_000), 0)
    seconds, means = [], []
    for seed in range(1, runs + 1):
        began = time.process_time()
        waits = run(customers, seed)
        seconds.append(time.process_time() - began)
        means.append(float(waits.mean()))
    print(json.dumps({"seconds": seconds, "mean_wait": statistics.fmean(means)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
