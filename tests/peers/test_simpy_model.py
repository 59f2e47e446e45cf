"""A desk written by hand with SimPy, sharing no code with capsim, on the same traces.

Everything at once: priorities, patience, limited room, and staff that comes and goes, where a cut
takes the highest seats and lets a visit in hand be finished.
"""

import numpy as np
import pytest
import simpy

from peers.traces import DAY, Result, assert_equal, capsim_result, trace


class Desk:
    """Workers with numbers, and a list of those who wait, as (priority, number) in order."""

    def __init__(self, environment, record, workers, priorities, room, with_patience):
        self.environment = environment
        self.record = record
        self.priorities = priorities
        self.room = room
        self.with_patience = with_patience
        self.employed = list(range(workers))
        self.free = list(range(workers))  # the one free longest first
        self.next_seat = workers
        self.waiting = []
        n = len(record)
        self.starts = np.full(n, -1, np.int64)
        self.left = np.zeros(n, bool)
        self.turned_away = np.zeros(n, bool)

    def applicant(self, number):
        """One application, from its instant on."""
        record, now = self.record, int(self.record.arrives[number])
        yield self.environment.timeout(now)
        entry = (self.priorities[record.kind[number]], number)
        self.waiting.append(entry)
        self.waiting.sort()
        self.serve()
        if entry not in self.waiting:
            return
        if self.room is not None and len(self.waiting) > self.room:
            self.waiting.remove(entry)
            self.turned_away[number] = True
            return
        if self.with_patience:
            yield self.environment.timeout(int(record.patience[number]))
            if entry in self.waiting:
                self.waiting.remove(entry)
                self.left[number] = True

    def serve(self):
        """Let free workers begin, the one free longest with the most urgent case."""
        while self.free and self.waiting:
            worker = self.free.pop(0)
            _, number = self.waiting.pop(0)
            self.starts[number] = self.environment.now
            self.environment.process(self.visit(worker, number))

    def visit(self, worker, number):
        """A visit, after which the worker is free if still employed."""
        yield self.environment.timeout(int(self.record.work[number, 0]))
        if worker in self.employed:
            self.free.append(worker)
            self.serve()

    def change(self, day, add):
        """Workers come, or those with the highest seats go."""
        yield self.environment.timeout(day * DAY)
        for _ in range(add):
            self.employed.append(self.next_seat)
            self.free.append(self.next_seat)
            self.next_seat += 1
        for _ in range(-add):
            gone = self.employed.pop()
            if gone in self.free:
                self.free.remove(gone)
        self.serve()


def simpy_result(record, workers, *, priorities=(0,), room=None, with_patience=False, changes=None):
    """What the desk makes of a trace."""
    environment = simpy.Environment()
    desk = Desk(environment, record, workers, priorities, room, with_patience)
    for number in range(len(record)):
        environment.process(desk.applicant(number))
    for day, add in (changes or {}).items():
        environment.process(desk.change(day, add))
    environment.run()
    return Result(desk.starts[:, None], desk.left, desk.turned_away)


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_everything_at_once(engine, seed):
    """Two priorities, patience, room for 6, and staff of 3, 6, 4, 5 and 2 workers."""
    record = trace(1_500, between=1.0, work=[4.0], patience=9.0, kinds=2, seed=seed)
    settings = {
        "priorities": [1, 0],
        "with_patience": True,
        "room": 6,
        "changes": {200: 3, 450: -2, 800: 1, 1100: -3},
    }
    found = capsim_result(record, engine, workers=3, **settings)
    assert found.left.sum() > 50
    assert found.turned_away.sum() > 20
    assert_equal(found, simpy_result(record, 3, **settings))


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="order of joining"),
        pytest.param({"priorities": [0, 1]}, id="priorities"),
        pytest.param({"priorities": [0, 0], "with_patience": True}, id="patience"),
        pytest.param({"priorities": [0, 0], "room": 3}, id="room"),
        pytest.param({"priorities": [0, 0], "changes": {100: -2, 300: 3}}, id="schedule"),
    ],
)
def test_one_rule_at_a_time(engine, settings):
    """The same with a single rule."""
    record = trace(600, between=1.0, work=[3.8], patience=5.0, kinds=2, seed=31)
    settings = {"priorities": [0, 0], **settings}
    assert_equal(
        capsim_result(record, engine, workers=4, **settings), simpy_result(record, 4, **settings)
    )


def test_another_rule_differs():
    """The comparison can fail: a cut that takes the lowest seats is another model."""

    class Wrong(Desk):
        def change(self, day, add):
            yield self.environment.timeout(day * DAY)
            for _ in range(-add):
                gone = self.employed.pop(0)
                if gone in self.free:
                    self.free.remove(gone)
            self.serve()

    record = trace(300, between=1.0, work=[3.8], seed=41)
    environment = simpy.Environment()
    desk = Wrong(environment, record, 4, (0,), None, False)
    for number in range(len(record)):
        environment.process(desk.applicant(number))
    environment.process(desk.change(100, -2))
    environment.run()
    wrong = Result(desk.starts[:, None], desk.left, desk.turned_away)
    with pytest.raises(AssertionError, match="starts"):
        assert_equal(capsim_result(record, "simpy", workers=4, changes={100: -2}), wrong)
