"""The executor: ranges of replications in, arrays out, whatever dies in between.

Ranges are cut into small blocks. A block whose worker dies is run again; one that loses its
worker twice is cut into single replications, so that the one that always fails is found and named
while the others are kept. The size of a block follows the time that replications take, about half
a second a block: large enough that handing it over costs nothing, small enough that losing it does
not matter. No number depends on where blocks are cut.
"""

from __future__ import annotations

import concurrent.futures
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, Self

import numpy as np

from capsim.execution.backends import AbstractBackend, Cluster, Processes, Serial, Threads, cores
from capsim.execution.block import AbstractWork, Arrays, Block, Outcome
from capsim.execution.errors import ClusterError, Failure, ReplicationError
from capsim.execution.process import WorkerDied

__all__ = ["Backend", "Executor"]

Backend = Literal["auto", "serial", "threads", "processes"]

_SECONDS_PER_BLOCK = 0.5
_LARGEST_BLOCK = 100_000
_GROWTH = 8
"""A block is at most so many times larger than the largest measured so far."""
_SERIAL_START = 2.0
"""Seconds of work for which starting processes is not worth the time."""
_SECONDS_TO_STOP = 2.0
_LOSSES_OF_A_BLOCK = 2
_LOSSES_OF_A_REPLICATION = 3
_SECONDS_TO_FETCH = 60.0
"""Seconds a cluster has to hand over a result that it says is there."""
_GLANCE = 1.0
"""Seconds between looks at the health of a cluster."""


class Executor:
    """Runs blocks of replications; use it as a context manager.

    Parameters
    ----------
    jobs : int, optional
        Threads or processes of this machine; by default one per core, and processes only for
        work of more than a few seconds.
    client : dask.distributed.Client, optional
        A cluster to use instead.
    backend : {"auto", "serial", "threads", "processes"}
        "auto" takes threads for an engine that runs without the interpreter's lock (the compiled
        one), else processes.
    block : int, optional
        Replications per block; by default as many as take about half a second.

    Raises
    ------
    ValueError
        If `jobs`, `block` or `backend` is not one of these, or both `jobs` and `client` are given.
    """

    def __init__(
        self,
        *,
        jobs: int | None = None,
        client: Any = None,
        backend: Backend = "auto",
        block: int | None = None,
    ) -> None:
        for name, value in (("jobs", jobs), ("block", block)):
            is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
            if value is not None and not (is_number and value % 1 == 0 and value >= 1):
                raise ValueError(f"{name} = {value!r} must be a whole number of at least 1")
        if backend not in ("auto", "serial", "threads", "processes"):
            raise ValueError(
                f"backend = {backend!r} must be 'auto', 'serial', 'threads' or 'processes'"
            )
        if client is not None and (jobs is not None or backend != "auto"):
            raise ValueError("client runs the blocks on its cluster: leave out jobs and backend")
        self._jobs = jobs
        self._client = client
        self._backend: Backend = backend
        self._block = block
        self.opened: AbstractBackend | None = None
        """Where blocks run; None before there are some."""
        self._kind_of_opened = ""

    def __enter__(self) -> Self:
        """Nothing is started before there is work."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what was started."""
        self.close()

    def close(self) -> None:
        """End threads and processes; a client stays open."""
        opened, self.opened = self.opened, None
        if opened is not None:
            opened.stop()

    def run(
        self,
        works: Sequence[AbstractWork],
        ranges: Iterable[tuple[int, int, int]],
        deliver: Callable[[Block, Arrays], None],
        *,
        failures_allowed: int = 0,
    ) -> list[Failure]:
        """Failures of the ranges; the arrays of everything else are delivered.

        Parameters
        ----------
        works : sequence of AbstractWork
            The scenarios.
        ranges : iterable of (point, first, stop)
            Replications `first` to `stop - 1` of ``works[point]``, each once.
        deliver : function of (block, arrays)
            Called in this thread, in no particular order, once per block.
        failures_allowed : int
            Replications that may fail before the run is given up.

        Raises
        ------
        ReplicationError
            When more than `failures_allowed` replications fail each time they are run.
        ClusterError
            When no worker can go on, or a worker has another version of the library.
        KeyboardInterrupt
            After blocks that finish within two seconds are delivered.
        """
        todo = _Todo(ranges)
        if not todo:
            return []
        run = _Run(works, todo, deliver, failures_allowed, self._block)
        kind = self._kind(works)
        patient = kind == "processes" and self._jobs is None and self._backend == "auto"
        if patient and self.opened is None:
            run.follow(Serial(), until=time.perf_counter() + _SERIAL_START)
        if todo or run.again:
            run.follow(self._open(kind))
        return run.failures

    def _kind(self, works: Sequence[AbstractWork]) -> str:
        if self._client is not None:
            return "cluster"
        if self._backend != "auto":
            return self._backend
        jobs = self._jobs or cores()
        if jobs == 1:
            return "serial"
        return "threads" if all(work.parallel == "threads" for work in works) else "processes"

    def _open(self, kind: str) -> AbstractBackend:
        if self.opened is None or self._kind_of_opened != kind:
            self.close()
            jobs = self._jobs or cores()
            if kind == "cluster":
                self.opened = Cluster(self._client)
            elif kind == "threads":
                self.opened = Threads(jobs)
            elif kind == "processes":
                self.opened = Processes(jobs)
            else:
                self.opened = Serial()
            self._kind_of_opened = kind
        return self.opened


class _Todo:
    """Ranges not yet handed out, in order, so that neighbours share a compiled scenario."""

    def __init__(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        self._ranges = deque(entry for entry in ranges if entry[1] < entry[2])
        self.replications = sum(stop - first for _, first, stop in self._ranges)

    def __bool__(self) -> bool:
        return bool(self._ranges)

    @property
    def point(self) -> int:
        """Scenario of the next block."""
        return self._ranges[0][0]

    def take(self, size: int) -> Block:
        """The next block, of at most `size` replications."""
        point, first, stop = self._ranges[0]
        count = min(size, stop - first)
        self.replications -= count
        if first + count == stop:
            self._ranges.popleft()
        else:
            self._ranges[0] = (point, first + count, stop)
        return Block(point, first, count)


class _Run:
    """One run of the executor: what is to do, in flight, lost and failed."""

    def __init__(
        self,
        works: Sequence[AbstractWork],
        todo: _Todo,
        deliver: Callable[[Block, Arrays], None],
        failures_allowed: int,
        block: int | None,
    ) -> None:
        self.works = works
        self.todo = todo
        self.deliver = deliver
        self.failures_allowed = failures_allowed
        self.block = block
        self.again: deque[Block] = deque()
        self.failures: list[Failure] = []
        self.losses: dict[Block, int] = {}
        self.pace: dict[int, float] = {}
        self.largest = 0
        self.flying: dict[int, tuple[Block, Any]] = {}
        self.landed: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.tickets = 0

    def follow(self, backend: AbstractBackend, until: float = math.inf) -> None:
        """Run blocks on a backend until none is left, or until an instant of `perf_counter`."""
        try:
            while True:
                self._fill(backend, until)
                if not self.flying:
                    return
                try:
                    ticket = self.landed.get(timeout=_GLANCE)
                except queue.Empty:
                    backend.check()
                    continue
                self._land(ticket, backend)
        except KeyboardInterrupt:
            self._wind_down(backend)
            raise

    def _fill(self, backend: AbstractBackend, until: float) -> None:
        while self.again or self.todo:
            if len(self.flying) >= backend.outstanding() or time.perf_counter() > until:
                return
            block = self.again.popleft() if self.again else self._next(backend)
            ticket = self.tickets
            self.tickets += 1
            try:
                future = backend.submit(
                    self.works[block.point], block, lost_before=block in self.losses
                )
            except BaseException:
                self.again.appendleft(block)
                raise
            self.flying[ticket] = (block, future)
            self._listen(ticket, future)

    def _listen(self, ticket: int, future: Any) -> None:
        future.add_done_callback(lambda _: self.landed.put(ticket))

    def _next(self, backend: AbstractBackend) -> Block:
        point = self.todo.point
        if self.block is not None:
            return self.todo.take(self.block)
        # Before anything is known, one replication; then by the time it took, growing by steps
        # because the first block also pays for compiling. The last blocks are cut so that all
        # workers end together.
        size = _GROWTH * self.largest
        if self.pace:
            pace = self.pace.get(point) or max(self.pace.values())
            size = min(size, int(_SECONDS_PER_BLOCK / max(pace, 1e-9)))
        fair = math.ceil(self.todo.replications / (2 * backend.workers()))
        return self.todo.take(max(1, min(size, fair, _LARGEST_BLOCK)))

    def _land(self, ticket: int, backend: AbstractBackend) -> None:
        # Out of the books only once delivered: an interrupt in between must not lose it.
        block, future = self.flying[ticket]
        try:
            outcome = future.result(timeout=_SECONDS_TO_FETCH)
        except WorkerDied as death:
            self._lost(block, str(death))
        except (concurrent.futures.CancelledError, ClusterError):
            backend.check()
            if not _cancelled(future):
                raise
            self.again.append(block)
        except Exception as error:
            ran = getattr(future, "status", "error") != "error"
            if isinstance(error, TimeoutError) and ran:
                # The worker died with the result before it could be fetched. Dask computes it
                # again, if there is a worker; without one, waiting here would be for ever.
                backend.check()
                self._listen(ticket, future)
                return
            if isinstance(error, OSError) and ran:
                # The connection broke while the result was fetched, with the scheduler or alone.
                backend.check()
                self._lost(block, f"{type(error).__name__}: {error}")
            elif type(error).__name__ == "KilledWorker":
                self._lost(block, str(error))
            elif _cancelled(future):
                backend.check()
                self.again.append(block)
            else:
                raise ClusterError(
                    f"a worker could not run a block of scenario "
                    f"{self.works[block.point].label!r} ({type(error).__name__}: {error}): the "
                    "same version of capsim must be installed on all workers"
                ) from error
        else:
            self._finish(block, outcome)
        del self.flying[ticket]

    def _finish(self, block: Block, outcome: Outcome) -> None:
        work = self.works[block.point]
        if outcome.version != work.version():
            raise ClusterError(
                f"a worker runs version {outcome.version}, this process {work.version()}: install "
                "the same version of capsim on all machines; if its files were changed since this "
                "process started, start it again"
            )
        if outcome.arrays is None:
            for failure in outcome.failures:
                self._fail(failure)
            self._rescue(block, outcome.failures)
            return
        self.pace[block.point] = outcome.seconds / block.count
        self.largest = max(self.largest, block.count)
        self.deliver(block, outcome.arrays)

    def _rescue(self, block: Block, failures: Iterable[Failure]) -> None:
        """Run the replications around those that failed."""
        failed = {failure.replication for failure in failures}
        first = block.first
        for replication in sorted(failed):
            if replication > first:
                self.again.append(Block(block.point, first, replication - first))
            first = replication + 1
        if first < block.stop:
            self.again.append(Block(block.point, first, block.stop - first))

    def _lost(self, block: Block, reason: str) -> None:
        losses = self.losses[block] = self.losses.get(block, 0) + 1
        if block.count > 1:
            if losses < _LOSSES_OF_A_BLOCK:
                self.again.append(block)
            else:
                for replication in range(block.first, block.stop):
                    alone = Block(block.point, replication, 1)
                    self.losses[alone] = 0  # suspected, not yet blamed
                    self.again.append(alone)
        elif losses < _LOSSES_OF_A_REPLICATION:
            self.again.append(block)
        else:
            work = self.works[block.point]
            text = f"{reason}, each of the {_LOSSES_OF_A_REPLICATION} times it was run"
            self._fail(
                Failure(work.label, work.seed, block.first, text, "", work.engine, work.rules)
            )

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        if len(self.failures) > self.failures_allowed:
            raise ReplicationError(self.failures)

    def _wind_down(self, backend: AbstractBackend) -> None:
        """Deliver what finishes at once; drop what waits."""
        for _, future in self.flying.values():
            future.cancel()
        end = time.perf_counter() + _SECONDS_TO_STOP
        while self.flying and time.perf_counter() < end:
            ready = [ticket for ticket, (_, future) in self.flying.items() if future.done()]
            for ticket in ready:
                block, future = self.flying.pop(ticket)
                try:
                    if _cancelled(future) or future.exception() is not None:
                        continue  # A block lost now is simply not there.
                    outcome = future.result()
                except (OSError, RuntimeError):
                    continue  # The connection to the scheduler has gone with it.
                if outcome.arrays is not None:
                    self.deliver(block, outcome.arrays)
            if not ready:
                time.sleep(0.02)
        backend.stop()


def _cancelled(future: Any) -> bool:
    return bool(future.cancelled())
