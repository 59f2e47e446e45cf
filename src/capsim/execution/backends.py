"""Where blocks run: in this thread, in threads, in processes of this machine, or on a Dask cluster.

Each backend offers the same few things to the executor: `submit` a block and get a future, how many
blocks to keep `outstanding`, and how to `stop`. None of them retries: that is the executor's.
"""

from __future__ import annotations

import functools
import os
import pickle
import queue
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

from capsim.execution.block import AbstractWork, Block, Outcome, run_block
from capsim.execution.errors import ClusterError
from capsim.execution.process import Worker, WorkerDied

__all__ = ["AbstractBackend", "Cluster", "Processes", "Serial", "Threads", "cores", "dump"]


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def dump(work: AbstractWork) -> bytes:
    """Bytes from which another process can rebuild the work.

    Raises
    ------
    ValueError
        If a function in it cannot be sent.
    """
    import cloudpickle  # type: ignore[import-untyped]  # sends functions of scripts by value

    try:
        payload: bytes = cloudpickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise ValueError(
            f"scenario {work.label!r} cannot be sent to other processes "
            f"({type(error).__name__}: {error}): functions of your own must be importable from a "
            "module, or hold nothing that only lives in this process; backend='serial' or "
            "'threads' sends nothing"
        ) from error
    return payload


class AbstractBackend(Protocol):
    """A way to run blocks."""

    def submit(self, work: AbstractWork, block: Block, *, lost_before: bool = False) -> Any:
        """Future of the `Outcome` of the block, which may have lost its worker before."""

    def outstanding(self) -> int:
        """Blocks to keep submitted: enough that nobody waits, few enough to stop soon."""

    def workers(self) -> int:
        """Blocks that run at the same time."""

    def check(self) -> None:
        """Raise `ClusterError` if no block can ever finish any more."""

    def stop(self) -> None:
        """Drop what is not finished and end what was started."""


class Serial:
    """Blocks run one after the other in the calling thread."""

    def submit(
        self, work: AbstractWork, block: Block, *, lost_before: bool = False
    ) -> Future[Outcome]:
        """Run the block now."""
        future: Future[Outcome] = Future()
        future.set_result(run_block(work, block.first, block.count))
        return future

    def outstanding(self) -> int:
        """One."""
        return 1

    def workers(self) -> int:
        """One."""
        return 1

    def check(self) -> None:
        """Nothing to check: a block runs or raises here."""

    def stop(self) -> None:
        """Nothing to stop."""


class Threads:
    """Blocks run in threads of this process, for engines that release the interpreter's lock."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="capsim")

    def submit(
        self, work: AbstractWork, block: Block, *, lost_before: bool = False
    ) -> Future[Outcome]:
        """Queue the block."""
        return self._pool.submit(run_block, work, block.first, block.count)

    def outstanding(self) -> int:
        """One block in hand and one waiting per thread."""
        return 2 * self._jobs

    def workers(self) -> int:
        """The number of threads."""
        return self._jobs

    def check(self) -> None:
        """Nothing to check: threads do not die."""

    def stop(self) -> None:
        """Drop what waits; blocks in hand end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class Processes:
    """Blocks run in processes of this machine, each guarded by a thread of this one."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="capsim")
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        self._all: set[Worker] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._payload: tuple[AbstractWork | None, bytes] = (None, b"")

    def submit(
        self, work: AbstractWork, block: Block, *, lost_before: bool = False
    ) -> Future[Outcome]:
        """Queue the block."""
        if self._payload[0] is not work:
            self._payload = (work, dump(work))
        return self._pool.submit(self._run, self._payload[1], block)

    def outstanding(self) -> int:
        """One block in hand and one waiting per process."""
        return 2 * self._jobs

    def workers(self) -> int:
        """The number of processes."""
        return self._jobs

    def pids(self) -> list[int]:
        """Numbers of the processes that live now."""
        with self._lock:
            return [worker.pid for worker in self._all]

    def check(self) -> None:
        """Nothing to check: a dead worker ends its block's future."""

    def stop(self) -> None:
        """End the processes, whatever they are doing."""
        with self._lock:
            self._stopped = True
            workers = list(self._all)
        self._pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()

    def _run(self, payload: bytes, block: Block) -> Outcome:
        worker = self._hire()
        try:
            outcome = worker.run(payload, block.first, block.count)
        except BaseException:
            with self._lock:
                self._all.discard(worker)
            worker.kill()
            raise
        self._idle.put(worker)
        return outcome

    def _hire(self) -> Worker:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            worker = Worker()
        with self._lock:
            self._all.add(worker)
            stopped = self._stopped
        if stopped:
            worker.kill()
            raise WorkerDied("the study was stopped")
        return worker


class Cluster:
    """Blocks run on the workers of a `dask.distributed` client.

    The client is driven directly, not through joblib: joblib counts the workers alive at one
    moment and silently computes in the client when there is only one.
    """

    _PATIENCE = 60.0

    def __init__(self, client: Any) -> None:
        for name in ("submit", "wait_for_workers", "cancel", "status"):
            if not hasattr(client, name):
                raise ValueError(
                    f"client must be a dask.distributed Client, not {type(client).__name__}; "
                    "Client('tcp://scheduler:8786') makes one"
                )
        if getattr(client, "asynchronous", False):
            raise ValueError("client must be a blocking Client: write Client(asynchronous=False)")
        self._client = client
        self._name = uuid.uuid4().hex[:8]
        self._count = 0
        self._threads = (0.0, 0)
        self._payload: tuple[AbstractWork | None, bytes] = (None, b"")
        self._futures: dict[str, Any] = {}
        self._lonely_since: float | None = None
        try:
            client.wait_for_workers(1, timeout=self._PATIENCE)
        except TimeoutError as error:
            raise ClusterError(
                f"no Dask worker came within {self._PATIENCE:.0f} seconds "
                f"({type(error).__name__}): start one with `dask worker ADDRESS`"
            ) from error
        except Exception as error:
            raise self._lost(f"{type(error).__name__}: {error}") from error

    def submit(self, work: AbstractWork, block: Block, *, lost_before: bool = False) -> Any:
        """Send the block to the scheduler.

        One that lost its worker runs in a process of its own beside the worker. Dask gives up
        every block that a dying worker held, so it cannot say which of them was deadly; and a
        worker dies four times before it does. Such a process dies alone.
        """
        if self._payload[0] is not work:
            self._payload = (work, dump(work))
        self._count += 1
        key = f"capsim-{self._name}-{self._count}"
        run = _run_beside if lost_before else _run_payload
        try:
            future = self._client.submit(
                run, self._payload[1], block.first, block.count, key=key, pure=False
            )
        except Exception as error:
            raise self._lost(f"{type(error).__name__}: {error}") from error
        self._futures[key] = future
        future.add_done_callback(lambda ended: self._futures.pop(ended.key, None))
        return future

    def outstanding(self) -> int:
        """Two blocks per thread of the cluster, which may grow and shrink."""
        return 2 * self.workers()

    def workers(self) -> int:
        """Threads of all workers alive; asked again every few seconds."""
        now = time.monotonic()
        if now - self._threads[0] > 5:
            try:
                alive = sum(self._client.nthreads().values())
            except Exception as error:
                raise self._lost(f"{type(error).__name__}: {error}") from error
            self._threads = (now, max(alive, 1))
        return self._threads[1]

    def check(self) -> None:
        """Raise if the scheduler is gone, or if all workers have been for a minute."""
        if self._client.status != "running":
            raise self._lost(f"the client is {self._client.status}")
        try:
            alive = len(self._client.nthreads())
        except Exception as error:
            raise self._lost(f"{type(error).__name__}: {error}") from error
        now = time.monotonic()
        if alive:
            self._lonely_since = None
        elif self._lonely_since is None:
            self._lonely_since = now
        elif now - self._lonely_since > self._PATIENCE:
            raise ClusterError(
                f"the Dask cluster has had no worker for {self._PATIENCE:.0f} seconds: start "
                "workers with `dask worker ADDRESS` and run the study again"
            )

    def stop(self) -> None:
        """Cancel what is not finished; the client stays open, it is the caller's."""
        futures = list(self._futures.values())
        self._futures.clear()
        if futures and self._client.status == "running":
            try:
                self._client.cancel(futures, force=True)
            except (OSError, RuntimeError):
                return  # The scheduler or its connection is gone: nothing is left to cancel.

    def _lost(self, reason: str) -> ClusterError:
        return ClusterError(
            f"the Dask scheduler can no longer be reached ({reason}): connect a new client and "
            "run the study again"
        )


@functools.lru_cache(maxsize=4)
def _load(payload: bytes) -> AbstractWork:
    return pickle.loads(payload)


def _run_payload(payload: bytes, first: int, count: int) -> Outcome:
    """Outcome of a block in a Dask worker."""
    return run_block(_load(payload), first, count)


_beside = threading.local()


def _run_beside(payload: bytes, first: int, count: int) -> Outcome:
    """Outcome of a block in a process that a thread of a Dask worker keeps for such blocks."""
    worker: Worker | None = getattr(_beside, "worker", None)
    if worker is None:
        worker = _beside.worker = Worker()
    try:
        return worker.run(payload, first, count)
    except BaseException:
        _beside.worker = None
        worker.kill()
        raise
