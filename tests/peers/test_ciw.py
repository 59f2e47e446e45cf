"""Ciw, an independent simulator of queueing networks, on the same traces: the same starts."""

import math

import numpy as np
import pytest

from peers.traces import DAY, Result, assert_equal, capsim_result, trace

ciw = pytest.importorskip("ciw")

N = 1_200


class OfCustomer(ciw.dists.Distribution):
    """Times given customer by customer; Ciw numbers them in the order of their arrival."""

    def __init__(self, times):
        self.times = [float(time) for time in times]

    def sample(self, t=None, ind=None):
        """The time of this customer."""
        return self.times[ind.id_number - 1]


def arrivals(record, kind):
    """Times between the arrivals of a kind, and none after the last."""
    mine = record.arrives[record.kind == kind]
    between = np.diff(mine, prepend=0)
    return ciw.dists.Sequential([*between.astype(float).tolist(), math.inf])


def ciw_result(record, servers, *, stages=1, priorities=None, with_patience=False, room=None):
    """What Ciw makes of a trace."""
    kinds = range(int(record.kind.max()) + 1)
    names = [f"kind-{kind}" for kind in kinds]
    nothing = [None] * (stages - 1)
    options = {}
    if with_patience:
        options["reneging_time_distributions"] = {
            name: [OfCustomer(record.patience), *nothing] for name in names
        }
    if room is not None:
        options["queue_capacities"] = [room, *([math.inf] * (stages - 1))]
    if priorities is not None:
        options["priority_classes"] = dict(zip(names, priorities, strict=True))
    routing = [[float(to == here + 1) for to in range(stages)] for here in range(stages)]
    network = ciw.create_network(
        arrival_distributions={
            name: [arrivals(record, kind), *nothing]
            for kind, name in zip(kinds, names, strict=True)
        },
        service_distributions={
            name: [OfCustomer(record.work[:, stage]) for stage in range(stages)] for name in names
        },
        routing=dict.fromkeys(names, routing),
        number_of_servers=[servers] * stages if isinstance(servers, int) else servers,
        **options,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(float(record.arrives[-1] + record.work.sum() + DAY))
    n = len(record)
    starts = np.full((n, stages), -1, np.int64)
    left, turned = np.zeros(n, bool), np.zeros(n, bool)
    for row in simulation.get_all_records():
        customer = row.id_number - 1
        if row.record_type == "service":
            starts[customer, row.node - 1] = round(row.service_start_date)
        elif row.record_type == "renege":
            left[customer] = True
        elif row.record_type == "rejection":
            turned[customer] = True
    return Result(starts, left, turned)


@pytest.mark.parametrize("workers", [1, 4])
def test_in_order_of_joining(engine, workers):
    """M/M/c in order of joining."""
    record = trace(N, between=1.0, work=[0.95 * workers], seed=11)
    assert_equal(capsim_result(record, engine, workers=workers), ciw_result(record, workers))


def test_priorities(engine):
    """Three kinds of cases, the most urgent first, nobody interrupted."""
    record = trace(N, between=1.0, work=[2.9], kinds=3, seed=12)
    found = capsim_result(record, engine, workers=3, priorities=[2, 0, 1])
    assert_equal(found, ciw_result(record, 3, priorities=[2, 0, 1]))
    # It matters: in order of joining others start first.
    assert (found.starts != capsim_result(record, engine, workers=3).starts).any()


def test_reneging(engine):
    """Patience of two days on average at 130 % load."""
    record = trace(N, between=1.0, work=[3.9], patience=2.0, seed=13)
    found = capsim_result(record, engine, workers=3, with_patience=True)
    assert found.left.sum() > 100
    assert_equal(found, ciw_result(record, 3, with_patience=True))


def test_priorities_and_reneging(engine):
    """Both at once."""
    record = trace(N, between=1.0, work=[3.6], patience=3.0, kinds=2, seed=14)
    found = capsim_result(record, engine, workers=3, priorities=[1, 0], with_patience=True)
    assert found.left.sum() > 100
    assert_equal(found, ciw_result(record, 3, priorities=[1, 0], with_patience=True))


def test_limited_room(engine):
    """Four may wait; the next one is turned away."""
    record = trace(N, between=1.0, work=[3.6], seed=15)
    found = capsim_result(record, engine, workers=3, room=4)
    assert found.turned_away.sum() > 100
    assert_equal(found, ciw_result(record, 3, room=4))


def test_schedule(engine):
    """Shifts of 3, 0, 2, 0 and 4 workers; who is in a visit at the end of a shift finishes it."""
    record = trace(400, between=1.0, work=[2.6], seed=16)
    days = [60, 75, 150, 160]
    numbers = [3, 0, 2, 0, 4]
    changes = {day: b - a for day, a, b in zip(days, numbers[:-1], numbers[1:], strict=True)}
    schedule = ciw.Schedule(
        numbers_of_servers=numbers,
        shift_end_dates=[*(float(day * DAY) for day in days), 1e12],
        preemption=False,
    )
    found = capsim_result(record, engine, workers=3, changes=changes)
    assert_equal(found, ciw_result(record, [schedule]))


def test_two_stages(engine):
    """A tandem of two teams."""
    record = trace(N, between=1.0, work=[1.8, 1.9], seed=17)
    found = capsim_result(record, engine, workers=2, stages=2)
    assert_equal(found, ciw_result(record, 2, stages=2))
