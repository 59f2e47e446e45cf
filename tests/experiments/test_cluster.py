"""A Dask cluster: the same numbers, and what happens when its workers or its scheduler die."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import capsim
from capsim.experiments.campaign import Campaign
from capsim.experiments.errors import ClusterError, ReplicationError
from experiments.fakes import FakeWork, journal_of, matrix
from experiments.small import service

distributed = pytest.importorskip("distributed")

DEATHS = 50
PATHS = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])


@pytest.fixture
def cluster(monkeypatch):
    """A scheduler with two worker processes on this machine."""
    monkeypatch.setenv("PYTHONPATH", PATHS)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
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


def test_a_cluster_gives_the_same_numbers_and_survives(cluster, tmp_path):
    """Numbers, failures, a worker killed from outside, and a replication that kills workers."""
    with distributed.Client(cluster) as client:
        work = FakeWork(with_series=False, journal=str(tmp_path / "journal"))
        np.testing.assert_array_equal(run(client, work, 100, block=7), matrix(1, 100))
        assert len(journal_of(tmp_path / "journal")) == 15

        with pytest.raises(ReplicationError, match="seed 1, replication 17: ZeroDivisionError"):
            run(client, FakeWork(fails=(17,)), 40, block=8)

        here = capsim.replicate(service(), n=4, seed=1, engine="simpy", backend="serial")
        there = capsim.replicate(service(), n=4, seed=1, engine="simpy", client=client, block=3)
        pd.testing.assert_frame_equal(there.values(), here.values())

        slow = FakeWork(seconds=0.02)
        victim = pids(client)[0]
        killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
        killer.start()
        np.testing.assert_array_equal(run(client, slow, 150, block=10), matrix(1, 150))
        killer.join()


@pytest.mark.thorough
def test_a_replication_that_kills_its_worker_is_named(cluster):
    """Dask gives a deadly block up after several workers; the executor finds the replication."""
    with distributed.Client(cluster) as client, pytest.raises(ReplicationError) as caught:
        run(client, FakeWork(kills=(5,)), 12, block=6)
    assert caught.value.failures[0].replication == 5


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
            env={**os.environ, "PYTHONPATH": PATHS},
            cwd=self.file.parent,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        """End both."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def kill_scheduler_and_resume(folder, generator):
    """Kill the scheduler at a random moment; blocks that were stored but computed again."""
    journal = folder / "journal"
    work = FakeWork(seconds=0.01, journal=str(journal))
    machines = Machines(folder)
    try:
        client = distributed.Client(scheduler_file=str(machines.file), timeout=60)
        client.wait_for_workers(1, timeout=60)
        delay = generator.uniform(0.05, 0.6)
        killer = threading.Timer(delay, machines.scheduler.kill)
        killer.start()
        with pytest.raises(ClusterError, match=r"can no longer be reached.*\n.*run the same call"):
            run(client, work, 400, block=4, store=folder / "study")
        killer.join()
        client.close(timeout=1)
    finally:
        machines.stop()
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
    machines = Machines(tmp_path)
    machines.workers.append(machines.start_worker())
    try:
        client = distributed.Client(scheduler_file=str(machines.file), timeout=60)
        client.wait_for_workers(2, timeout=60)
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
        client.close()
    finally:
        machines.stop()
    assert deaths == DEATHS
