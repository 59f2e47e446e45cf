"""The executor: the same numbers by any backend, and what happens when workers die."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import numpy as np
import pytest

from capsim.execution.block import run_block
from capsim.execution.campaign import Campaign
from capsim.execution.errors import ClusterError, ReplicationError, StudyInterrupted
from capsim.execution.executor import Executor
from execution.fakes import FakeWork, journal_of, matrix


def collect(works, ranges, **options):
    """Arrays of an executor run, by point and replication."""
    found = {}

    def deliver(block, arrays):
        for k in range(block.count):
            key = (block.point, block.first + k)
            assert key not in found, "delivered twice"
            found[key] = arrays.values[k]

    failures_allowed = options.pop("failures_allowed", 0)
    with Executor(**options) as executor:
        failures = executor.run(works, ranges, deliver, failures_allowed=failures_allowed)
    return found, failures


@pytest.mark.parametrize(
    "options",
    [
        {"backend": "serial"},
        {"backend": "serial", "block": 7},
        {"jobs": 2},
        {"jobs": 2, "block": 1},
        {"jobs": 3, "backend": "threads", "block": 13},
        {"jobs": 2, "backend": "processes", "block": 9},
        {"jobs": 2, "backend": "processes"},
    ],
    ids=str,
)
def test_numbers_do_not_depend_on_the_backend_or_the_blocks(options):
    """Two scenarios give the same numbers, each delivered once, however they are run."""
    works = [FakeWork(seed=1), FakeWork(label="other", seed=2)]
    found, failures = collect(works, [(0, 0, 40), (1, 5, 30)], **options)
    assert failures == []
    assert sorted(found) == [(0, k) for k in range(40)] + [(1, k) for k in range(5, 30)]
    for (point, replication), values in found.items():
        np.testing.assert_array_equal(values, matrix(works[point].seed, 40)[replication])


def test_blocks_follow_the_time_that_replications_take(tmp_path):
    """Cheap replications end in large blocks, and all workers keep something to do at the end."""
    journal = tmp_path / "journal"
    collect([FakeWork(journal=str(journal))], [(0, 0, 20_000)], jobs=2)
    counts = [count for _, _, count in journal_of(journal)]
    assert sum(counts) == 20_000
    assert max(counts) > 500
    assert max(counts) <= 5_000
    assert len(counts) < 60


def test_a_replication_that_raises_is_named_with_its_seed():
    """The message holds scenario, seed, replication, the error and the call that reproduces it."""
    work = FakeWork(label="crowded", seed=7, fails=(17,))
    with pytest.raises(ReplicationError) as caught:
        collect([work], [(0, 0, 40)], backend="serial", block=8)
    (failure,) = caught.value.failures
    assert (failure.scenario, failure.seed, failure.replication) == ("crowded", 7, 17)
    assert "ZeroDivisionError: no work in replication 17" in str(caught.value)
    assert "capsim.simulate(scenario, seed=7, replication=17)" in str(caught.value)
    assert "fakes.py" in str(caught.value)


@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_replications_around_a_failure_are_kept(backend):
    """With failures allowed, everything but the failing replications arrives."""
    work = FakeWork(fails=(3, 17, 18))
    found, failures = collect(
        [work], [(0, 0, 40)], jobs=2, backend=backend, block=8, failures_allowed=9
    )
    assert sorted(failure.replication for failure in failures) == [3, 17, 18]
    assert sorted(k for _, k in found) == [k for k in range(40) if k not in (3, 17, 18)]


def test_a_replication_that_kills_its_process_is_found_and_named():
    """The block is cut until the deadly replication stands alone; the others arrive."""
    work = FakeWork(kills=(11,))
    found, failures = collect(
        [work], [(0, 0, 16)], jobs=2, backend="processes", block=8, failures_allowed=1
    )
    (failure,) = failures
    assert failure.replication == 11
    assert "SIGKILL" in failure.error
    assert sorted(k for _, k in found) == [k for k in range(16) if k != 11]


def test_a_killed_worker_costs_only_its_block(tmp_path):
    """Workers killed from outside are replaced and no number changes."""
    work = FakeWork(seconds=0.02, journal=str(tmp_path / "journal"))
    found = {}
    with Executor(jobs=2, backend="processes", block=5) as executor:
        stop = threading.Event()

        def murder():
            for _ in range(3):
                time.sleep(0.4)
                backend = executor.opened
                pids = backend.pids() if backend is not None else []
                if pids and not stop.is_set():
                    os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=murder)
        killer.start()
        executor.run(
            [work],
            [(0, 0, 200)],
            lambda block, arrays: found.update(
                {block.first + k: arrays.values[k] for k in range(block.count)}
            ),
        )
        stop.set()
        killer.join()
    np.testing.assert_array_equal(np.stack([found[k] for k in range(200)]), matrix(1, 200))


@pytest.mark.thorough
def test_workers_killed_fifty_times():
    """Processes die at fifty random moments while studies run; no number changes."""
    generator = random.Random(5)
    deaths = 0
    with Executor(jobs=2, backend="processes", block=5) as executor:
        enough = threading.Event()

        def murder():
            nonlocal deaths
            while deaths < 50:
                time.sleep(generator.uniform(0.0, 1.0))
                backend = executor.opened
                pids = backend.pids() if backend is not None else []
                if pids:
                    os.kill(generator.choice(pids), signal.SIGKILL)
                    deaths += 1
                    time.sleep(1.0)  # A process that has not started yet cannot be lost.
            enough.set()

        killer = threading.Thread(target=murder)
        killer.start()
        while not enough.is_set():
            found = {}
            executor.run(
                [FakeWork(seconds=0.01)],
                [(0, 0, 400)],
                lambda block, arrays, found=found: found.update(
                    {block.first + k: arrays.values[k] for k in range(block.count)}
                ),
            )
            np.testing.assert_array_equal(np.stack([found[k] for k in range(400)]), matrix(1, 400))
        killer.join()


def test_a_worker_with_another_version_is_refused():
    """Numbers of another version of the library never mix with these."""

    class Elsewhere(FakeWork):
        def version(self):
            return f"version of thread {threading.get_ident()}"

    with pytest.raises(ClusterError, match="install the same version of capsim on all machines"):
        collect([Elsewhere()], [(0, 0, 4)], jobs=2, backend="threads")


def test_work_that_cannot_be_sent_says_what_to_do():
    """A function that no pickle can carry is refused before anything runs."""
    work = FakeWork(label=threading.Lock())
    with pytest.raises(ValueError, match="cannot be sent to other processes"):
        collect([work], [(0, 0, 4)], jobs=2, backend="processes")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jobs": 0}, "jobs = 0 must be a whole number of at least 1"),
        ({"jobs": 1.5}, "jobs = 1.5 must be"),
        ({"block": True}, "block = True must be"),
        ({"backend": "gpu"}, "backend = 'gpu' must be 'auto', 'serial', 'threads' or"),
        ({"client": object(), "jobs": 2}, "leave out jobs and backend"),
    ],
)
def test_wrong_options_are_named(options, message):
    """Each mistake says value, rule and remedy."""
    with pytest.raises(ValueError, match=message):
        Executor(**options)


def test_a_client_of_another_kind_is_refused():
    """Something that is no Dask client is named before it is used."""
    with pytest.raises(ValueError, match=r"dask\.distributed Client, not dict"):
        collect([FakeWork()], [(0, 0, 2)], client={})


@pytest.mark.parametrize("backend", ["serial", "threads", "processes"])
def test_ctrl_c_keeps_finished_blocks_and_says_how_to_go_on(tmp_path, backend):
    """After an interrupt a second run computes only the rest."""
    store, journal = tmp_path / "study", tmp_path / "journal"
    work = FakeWork(seconds=0.03, journal=str(journal))
    seen = []

    def interrupt(progress):
        seen.append(progress.done)
        if progress.done >= 20:
            raise KeyboardInterrupt

    jobs = None if backend == "serial" else 2
    options = {"store": store, "backend": backend, "jobs": jobs, "block": 5}
    with Campaign(progress=interrupt, **options) as first:
        first.add(work)
        with pytest.raises(StudyInterrupted) as caught:
            first.run([(0, 0, 60)])
    assert f"capsim study resume {store}" in str(caught.value)
    time.sleep(0.5)  # Threads end the block in hand after the study has stopped.
    stored = sum(
        int(path.name[11:21]) - int(path.name[:10]) + 1 for path in store.glob("blocks/*/*.*.*")
    )
    assert stored >= 20
    before = len(journal_of(journal))
    with Campaign(**options) as second:
        second.add(work)
        second.run([(0, 0, 60)])
        np.testing.assert_array_equal(second.values(0), matrix(1, 60))
    again = sum(count for _, _, count in journal_of(journal)[before:])
    assert again == 60 - stored


def test_progress_counts_and_estimates():
    """The last report has everything done and nothing remaining."""
    reports = []
    with Campaign(progress=reports.append, backend="serial", block=5) as campaign:
        campaign.add(FakeWork(seconds=0.001))
        campaign.run([(0, 0, 50)])
    assert [report.done for report in reports[-3:]] == [40, 45, 50]
    assert reports[0].remaining is None
    assert reports[-2].remaining > 0
    assert (reports[-1].total, reports[-1].remaining) == (50, 0)
    assert str(reports[-2]).startswith("45 of 50 replications, about 0 s left")


def test_too_little_memory_is_said_without_a_traceback(monkeypatch):
    """It is no fault of the program, and the remedy stands beside it."""

    def run(work, first, count):
        raise MemoryError("Unable to allocate 99 GiB")

    monkeypatch.setattr(FakeWork, "run", run)
    (failure,) = run_block(FakeWork(), 3, 1).failures
    assert failure.replication == 3
    assert failure.traceback == ""
    assert "Unable to allocate 99 GiB, more memory than there is: shorten" in str(failure)
