"""A Dask cluster: the same numbers, and what happens when its workers or its scheduler die."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.execution import executor as executor_module
from capsim.execution.backends import Cluster
from capsim.execution.campaign import Campaign
from capsim.execution.errors import ClusterError, ReplicationError
from capsim.execution.executor import Executor
from execution.fakes import FakeWork, journal_of, matrix
from experiments.small import service

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

DEATHS = 50
PATHS = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])


def environment(bytecode):
    """Variables of processes that start often: importing Dask from source takes most of it."""
    variables = {**os.environ, "PYTHONPATH": PATHS, "PYTHONPYCACHEPREFIX": str(bytecode)}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


@pytest.fixture
def cluster(monkeypatch, tmp_path):
    """A scheduler with two worker processes on this machine."""
    for name, value in environment(tmp_path.parent / "bytecode").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    # Dask's own clusters on one machine give a worker up that is not there 15 seconds after it
    # died, even if it had come back and died again meanwhile: on a busy machine, both of them.
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "10 minutes"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
    ):
        yield cluster


def run(client, work, n, **options):
    """Values of a small study on a cluster."""
    with Campaign(client=client, **options) as campaign:
        campaign.add(work)
        campaign.run([(0, 0, n)])
        return campaign.values(0).copy()


def pids(client):
    """Processes of the workers."""
    return list(client.run(os.getpid).values())


def broken_once(result):
    """Fetching a result, with a connection that breaks the first time."""
    times = iter([True])

    def fetch(future, timeout=None):
        if next(times, False):
            raise distributed.comm.CommClosedError("Stream is closed")
        return result(future, timeout)

    return fetch


def test_a_cluster_gives_the_same_numbers_and_survives(cluster, tmp_path, monkeypatch):
    """Numbers, failures, a connection that breaks, and a worker killed from outside."""
    with distributed.Client(cluster) as client:
        work = FakeWork(with_series=False, journal=str(tmp_path / "journal"))
        np.testing.assert_array_equal(run(client, work, 100, block=7), matrix(1, 100))
        assert len(journal_of(tmp_path / "journal")) == 15

        with pytest.raises(ReplicationError, match="seed 1, replication 17: ZeroDivisionError"):
            run(client, FakeWork(fails=(17,)), 40, block=8)

        here = capsim.replicate(service(), n=4, seed=1, engine="simpy", backend="serial")
        there = capsim.replicate(service(), n=4, seed=1, engine="simpy", client=client, block=3)
        pd.testing.assert_frame_equal(there.values(), here.values())

        with monkeypatch.context() as patch:
            patch.setattr(distributed.Future, "result", broken_once(distributed.Future.result))
            np.testing.assert_array_equal(run(client, work, 40, block=20), matrix(1, 40))

        slow = FakeWork(seconds=0.02)
        victim = pids(client)[0]
        killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
        killer.start()
        np.testing.assert_array_equal(run(client, slow, 150, block=10), matrix(1, 150))
        killer.join()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TimeoutError("late"), "no Dask worker came within 60 seconds"),
        (OSError("RPCClosed"), "scheduler can no longer be reached .*connect a new client"),
    ],
)
def test_a_cluster_without_workers_and_one_without_scheduler_are_told_apart(error, message):
    """The remedy is another one: start workers, or connect again."""

    class Client:
        status, submit, cancel = "running", None, None

        def wait_for_workers(self, number, timeout):
            raise error

    with pytest.raises(ClusterError, match=message):
        Cluster(Client())


@pytest.mark.thorough
def test_a_replication_that_kills_its_worker_is_named(cluster):
    """The deadly replication is found, and those that were on its workers are not blamed."""
    deadly, arrived = 2, {}
    with distributed.Client(cluster) as client, Executor(client=client, block=6) as executor:
        failures = executor.run(
            [FakeWork(kills=(deadly,))],
            [(0, 0, 12)],
            lambda block, arrays: arrived.update(
                zip(range(block.first, block.stop), arrays.values, strict=True)
            ),
            failures_allowed=12,
        )
    assert [failure.replication for failure in failures] == [deadly]
    assert "ended by SIGKILL, each of the 3 times it was run" in failures[0].error
    others = [replication for replication in range(12) if replication != deadly]
    assert sorted(arrived) == others
    np.testing.assert_array_equal(
        np.stack([arrived[replication] for replication in others]), matrix(1, 12)[others]
    )


@pytest.mark.thorough
def test_a_result_lost_with_the_last_worker_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    """The block is done, its worker dies before the result is fetched, and no other comes."""
    monkeypatch.setattr(executor_module, "_SECONDS_TO_FETCH", 2.0)
    monkeypatch.setattr(Cluster, "_PATIENCE", 10.0)
    with running(tmp_path) as (machines, client):
        land = executor_module._Run._land

        def land_late(run_, ticket, backend):
            machines.workers[0].kill()
            machines.workers[0].wait()
            while client.nthreads():
                time.sleep(0.05)
            land(run_, ticket, backend)

        monkeypatch.setattr(executor_module._Run, "_land", land_late)
        with pytest.raises(ClusterError, match="has had no worker for 10 seconds"):
            run(client, FakeWork(), 4, block=4)


@pytest.mark.thorough
def test_a_scheduler_that_dies_while_a_result_is_fetched_is_named(tmp_path, monkeypatch):
    """The connection breaks in the middle of it; the workers' version is not to blame."""
    with running(tmp_path) as (machines, client):

        def fetch_from_the_dead(future, timeout=None):
            assert future.status == "finished"
            machines.scheduler.kill()
            raise distributed.comm.CommClosedError("Stream is closed")

        monkeypatch.setattr(distributed.Future, "result", fetch_from_the_dead)
        with pytest.raises(ClusterError, match="scheduler can no longer be reached"):
            run(client, FakeWork(), 4, block=4)


class Machines:
    """A scheduler and a worker as separate programs, so that each can be killed."""

    def __init__(self, folder):
        self.file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0")
        self.workers = [self.start_worker()]

    def start_worker(self):
        """A worker without a nanny: nobody starts it again but this test."""
        return self._start("worker", "--nthreads", "1", "--no-nanny")

    def _start(self, role, *options):
        program = f"from distributed.cli.dask_{role} import main; main()"
        where = ["--no-dashboard", "--scheduler-file", str(self.file)]
        return subprocess.Popen(
            [sys.executable, "-c", program, *options, *where],
            env=environment(self.file.parent.parent / "bytecode"),
            cwd=self.file.parent,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def running(folder, workers=1):
    """A scheduler with workers and a client, which all end with the block."""
    machines = Machines(folder)
    try:
        while len(machines.workers) < workers:
            machines.workers.append(machines.start_worker())
        client = distributed.Client(scheduler_file=str(machines.file), timeout=60)
        client.wait_for_workers(workers, timeout=60)
        yield machines, client
        client.close(timeout=1)
    finally:
        machines.stop()


def kill_scheduler_and_resume(folder, generator):
    """Kill the scheduler at a random moment; blocks that were stored but computed again."""
    journal = folder / "journal"
    work = FakeWork(seconds=0.01, journal=str(journal))
    with running(folder) as (machines, client):
        delay = generator.uniform(0.05, 0.6)
        killer = threading.Timer(delay, machines.scheduler.kill)
        killer.start()
        with pytest.raises(ClusterError, match=r"can no longer be reached.*\n.*run the same call"):
            run(client, work, 400, block=4, store=folder / "study")
        killer.join()
    stored = {
        (int(path.name[:10]), int(path.name[11:21]))
        for path in (folder / "study").glob("blocks/*/*")
        if path.name[0].isdigit()
    }
    before = len(journal_of(journal))
    with Campaign(store=folder / "study", backend="serial", block=4) as campaign:
        campaign.add(FakeWork(journal=str(journal)))
        campaign.run([(0, 0, 400)])
        np.testing.assert_array_equal(campaign.values(0), matrix(1, 400))
    later = {(first, first + count - 1) for _, first, count in journal_of(journal)[before:]}
    assert len(stored | later) == 100
    return stored & later


def test_a_killed_scheduler_leaves_a_store_that_goes_on(tmp_path):
    """The message says how to go on; the rest is computed, nothing stored is computed twice."""
    assert kill_scheduler_and_resume(tmp_path, random.Random(1)) == set()


@pytest.mark.thorough
def test_schedulers_killed_fifty_times(tmp_path):
    """The same at fifty random moments."""
    for case in range(DEATHS):
        folder = tmp_path / str(case)
        folder.mkdir()
        assert kill_scheduler_and_resume(folder, random.Random(100 + case)) == set()


@pytest.mark.thorough
def test_workers_killed_fifty_times(tmp_path):
    """Workers die at fifty random moments while studies run; no number changes."""
    generator = random.Random(5)
    with running(tmp_path, workers=2) as (machines, client):
        deaths = 0
        enough = threading.Event()

        def murder():
            nonlocal deaths
            while deaths < DEATHS:
                # One at a time: a worker that has not come yet cannot be lost.
                while len(client.nthreads()) < 2:
                    time.sleep(0.1)
                time.sleep(generator.uniform(0.0, 1.0))
                victim = machines.workers.pop(generator.randrange(2))
                victim.kill()
                victim.wait()
                deaths += 1
                machines.workers.append(machines.start_worker())
            enough.set()

        killer = threading.Thread(target=murder)
        killer.start()
        work = FakeWork(seconds=0.02)
        while not enough.is_set():
            np.testing.assert_array_equal(run(client, work, 200, block=10), matrix(1, 200))
        killer.join()
    assert deaths == DEATHS
