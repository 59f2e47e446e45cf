"""A worker process: reads blocks from its standard input, writes outcomes to standard output.

Why not `multiprocessing` or `concurrent.futures`: their workers import the user's main script
again, so a script without a `__main__` guard would start itself once per worker, and one dead
worker breaks the whole pool. Here a dead worker is an end of file on one pipe and costs the block
in hand.

A worker outlives its study by no more than an instant: when the pipe of its parent closes, for
whatever reason, it exits.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from typing import IO, Any

from capsim.execution.block import Outcome, run_block
from capsim.execution.errors import ClusterError

__all__ = ["Worker", "WorkerDied"]

_ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class WorkerDied(Exception):
    """The process ended in the middle of a block: killed, out of memory, or crashed."""


class Worker:
    """A process of this machine that runs one block at a time.

    The caller's thread waits in `run`; several workers are used from several threads.
    """

    def __init__(self) -> None:
        environment = dict(os.environ)
        # Workers are one per core; libraries that start threads of their own would compete.
        environment.update(dict.fromkeys(_ONE_THREAD, "1"))
        environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from capsim.execution.process import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            # Ctrl-C in a terminal goes to the study, which decides what becomes of its workers.
            start_new_session=True,
        )
        try:
            self._receive()
        except WorkerDied as death:
            raise ClusterError(
                f"a worker process could not start ({death}): its message stands above; "
                "backend='serial' works without other processes"
            ) from None

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def run(self, payload: bytes, first: int, count: int) -> Outcome:
        """Outcome of a block of the pickled work in `payload`.

        Raises
        ------
        WorkerDied
            If the process ends before it answers.
        """
        try:
            pickle.dump((payload, first, count), self._input)
            self._input.flush()
        except OSError as error:
            raise WorkerDied(self._epitaph()) from error
        answer = self._receive()
        if isinstance(answer, str):
            raise ClusterError(
                f"a worker process cannot load the study: {answer}; put functions of your own "
                "in a module that can be imported, or use backend='serial'"
            )
        return answer

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Let the process end."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                continue  # The process is gone and its pipe with it.
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _receive(self) -> Any:
        assert self._process.stdout is not None
        try:
            return pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            raise WorkerDied(self._epitaph()) from error

    def _epitaph(self) -> str:
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if code < 0:
            try:
                name = signal.Signals(-code).name
            except ValueError:
                name = f"signal {-code}"
            return f"its process was ended by {name}"
        return f"its process ended with exit code {code}"


def serve() -> None:
    """Answer blocks until the parent closes the pipe: the main program of a worker process."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What user code prints must not end up among the answers.
    requests = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    inbox: queue.SimpleQueue[tuple[bytes, int, int]] = queue.SimpleQueue()

    def listen() -> None:
        while True:
            try:
                inbox.put(pickle.load(requests))
            except (EOFError, OSError, pickle.UnpicklingError):
                os._exit(0)

    _answer(answers, os.getpid())
    threading.Thread(target=listen, daemon=True).start()
    known: tuple[bytes, Any] = (b"", None)
    while True:
        payload, first, count = inbox.get()
        if payload != known[0]:
            try:
                known = (payload, pickle.loads(payload))
            except Exception as error:
                _answer(answers, f"{type(error).__name__}: {error}")
                continue
        _answer(answers, run_block(known[1], first, count))


def _answer(answers: IO[bytes], value: object) -> None:
    try:
        pickle.dump(value, answers)
        answers.flush()
    except OSError:
        os._exit(0)
