"""Lindley and Kiefer-Wolfowitz: the same start of every customer, to the last second."""

import heapq

import numpy as np
import pytest

from peers.traces import DAY, Result, assert_equal, capsim_result, trace

N = {"compiled": 20_000, "simpy": 1_500}


def lindley(arrives, work):
    """Starts in a queue with one server: W(n + 1) = max(0, W(n) + S(n) - A(n)) (Lindley 1952)."""
    waits = np.zeros(len(arrives), np.int64)
    for n in range(len(arrives) - 1):
        waits[n + 1] = max(0, waits[n] + work[n] - (arrives[n + 1] - arrives[n]))
    return arrives + waits


def kiefer_wolfowitz(arrives, work, workers, *, patience=None, hired=()):
    """Starts in a queue with several servers, in order of joining; -1: left before.

    The instants at which the servers get free, the smallest first (Kiefer and Wolfowitz 1955).
    Whoever would wait longer than the patience leaves and changes nothing.

    Parameters
    ----------
    hired : sequence of (instant, number)
        More servers, free from an instant on.
    """
    free = [0] * workers + [instant for instant, number in hired for _ in range(number)]
    heapq.heapify(free)
    starts = np.full(len(arrives), -1, np.int64)
    for n, instant in enumerate(arrives.tolist()):
        start = max(instant, free[0])
        if patience is None or start - instant <= patience[n]:
            starts[n] = start
            heapq.heapreplace(free, start + int(work[n]))
    return starts


def result(starts, left=None):
    n = len(starts)
    nobody = np.zeros(n, bool)
    return Result(starts[:, None], nobody if left is None else left, nobody)


@pytest.mark.parametrize("load", [0.5, 0.95, 1.1])
def test_lindley(engine, load):
    """One worker, below and above capacity."""
    record = trace(N[engine], between=1.0, work=[load], seed=int(100 * load))
    expected = result(lindley(record.arrives, record.work[:, 0]))
    assert_equal(capsim_result(record, engine, workers=1), expected)


@pytest.mark.parametrize("workers", [1, 3, 20])
def test_kiefer_wolfowitz(engine, workers):
    """Several workers at 95 % load."""
    record = trace(N[engine], between=1.0, work=[0.95 * workers], seed=workers)
    expected = result(kiefer_wolfowitz(record.arrives, record.work[:, 0], workers))
    assert_equal(capsim_result(record, engine, workers=workers), expected)


def test_kiefer_wolfowitz_with_patience(engine):
    """Five workers at 130 % load; whoever would wait longer than a mean of two days leaves."""
    record = trace(N[engine], between=1.0, work=[6.5], patience=2.0, seed=5)
    starts = kiefer_wolfowitz(record.arrives, record.work[:, 0], 5, patience=record.patience)
    found = capsim_result(record, engine, workers=5, with_patience=True)
    assert 0.1 < found.left.mean() < 0.5
    assert_equal(found, result(starts, starts < 0))


def test_kiefer_wolfowitz_with_late_hiring(engine):
    """Three workers at 150 % load, two more on day 200 and one on day 300."""
    record = trace(min(N[engine], 3_000), between=1.0, work=[4.5], seed=6)
    hired = [(200 * DAY, 2), (300 * DAY, 1)]
    expected = result(kiefer_wolfowitz(record.arrives, record.work[:, 0], 3, hired=hired))
    found = capsim_result(record, engine, workers=3, changes={200: 2, 300: 1})
    assert_equal(found, expected)


def test_two_stages_in_a_row(engine):
    """The second queue in the order in which the first one finishes."""
    record = trace(min(N[engine], 5_000), between=1.0, work=[1.8, 1.9], seed=7)
    first = kiefer_wolfowitz(record.arrives, record.work[:, 0], 2)
    done = first + record.work[:, 0]
    # Nobody finishes at the same second in this trace, so that the order is certain.
    assert len(np.unique(done)) == len(done)
    order = np.argsort(done)
    second = np.empty_like(first)
    second[order] = kiefer_wolfowitz(done[order], record.work[order, 1], 2)
    nobody = np.zeros(len(record), bool)
    expected = Result(np.stack([first, second], axis=1), nobody, nobody)
    assert_equal(capsim_result(record, engine, workers=2, stages=2), expected)


def test_a_recursion_of_another_queue_differs():
    """The comparison can fail: a worker more, or visits a second longer, are noticed."""
    record = trace(500, between=1.0, work=[2.7], seed=3)
    found = capsim_result(record, "simpy", workers=3)
    other = kiefer_wolfowitz(record.arrives, record.work[:, 0], 4)
    with pytest.raises(AssertionError, match="starts"):
        assert_equal(found, result(other))
    longer = record.work[:, 0] + 1
    with pytest.raises(AssertionError, match="starts"):
        assert_equal(found, result(kiefer_wolfowitz(record.arrives, longer, 3)))
