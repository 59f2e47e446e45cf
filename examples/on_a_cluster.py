"""A study on a cluster: dask sends blocks to its workers, and the numbers are those of one machine.

A `LocalCluster` stands for the cluster here; `Client("tcp://that-machine:8786")` is a real one.
"""

import logging
import tempfile

import capsim


def main():
    """The same study here, on two worker processes, and once more from what was stored."""
    from dask.distributed import Client, LocalCluster

    office = capsim.load("one-office", variant="wave")
    here = capsim.replicate(office, n=40, seed=1, jobs=1)
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(2, dashboard_address=None, silence_logs=logging.CRITICAL) as cluster,
        Client(cluster) as client,
    ):
        there = capsim.replicate(office, n=40, seed=1, client=client, store=folder)
        again = capsim.replicate(office, n=40, seed=1, store=folder)
    print("the same numbers:", here.values().equals(there.values()))
    print("the same from the store:", here.values().equals(again.values()))
    late = there.summary("late_share[investigation]").iloc[0]
    print(f"decided late: {late['mean']:.1%} ({late['lower']:.1%} to {late['upper']:.1%})")


if __name__ == "__main__":  # workers read this file again: without the guard each starts a cluster
    main()
