#!/usr/bin/env bash
# Ciw 3.2.7: replications of one network share their arrivals where rates change over time.
#
# `PoissonIntervals` draws its arrival dates when it is made, not when a simulation runs. Three
# simulations of one network, each after `ciw.seed` with another number, are expected to meet other
# people; they meet the same ones at the same instants, and only the service times differ. An
# interval over such replications leaves the luck of arrivals out, so it is far too narrow.
# The cure is a new network for each replication, made after the seed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'ciw==3.2.7' 'numpy==2.3.5'
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import ciw


def network():
    """Five arrivals an hour by day, one by night; three servers."""
    rates = ciw.dists.PoissonIntervals(rates=[5, 1], endpoints=[8, 24], max_sample_date=48)
    return ciw.create_network(
        arrival_distributions=[rates],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[3],
    )


def simulated(net, seed):
    """First three arrivals, and the first service time, of a simulation with this seed."""
    ciw.seed(seed)
    simulation = ciw.Simulation(net)
    simulation.simulate_until_max_time(48)
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)
    return [round(r.arrival_date, 6) for r in records[:3]], round(records[0].service_time, 6)


ciw.seed(0)
once = network()
kept = [simulated(once, seed) for seed in (1, 2, 3)]
made_anew = []
for seed in (1, 2, 3):
    ciw.seed(seed)
    made_anew.append(simulated(network(), seed))
print("ciw", ciw.__version__)
for arrivals, service in kept:
    print("one network, another seed:", arrivals, "first service", service)
for arrivals, service in made_anew:
    print("a network for each seed:  ", arrivals)
assert len({tuple(arrivals) for arrivals, _ in kept}) == 1, "arrivals now follow the seed"
assert len({service for _, service in kept}) == 3
assert len({tuple(arrivals) for arrivals, _ in made_anew}) == 3
PYTHON
