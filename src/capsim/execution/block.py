"""The unit of work: a block of consecutive replications of one scenario.

A block is a function of (scenario, seed, engine, measures, first, count) and of nothing else: not
of the process, thread or machine that runs it, nor of the blocks around it. That is why a block can
be run anywhere, run again after a crash, stored, and cut to any size without changing a number.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from capsim.execution.errors import Failure, too_little_memory
from capsim.execution.store.blockfile import Rows

__all__ = ["AbstractWork", "Arrays", "Block", "Outcome", "run_block"]


_FAILS = (Exception, SystemExit, GeneratorExit)
"""What fails a replication. Functions of the user's own may also leave with `sys.exit`, which must
end neither the study nor the process that works for it."""


@dataclass(frozen=True)
class Block:
    """Replications `first` to `first + count - 1` of scenario number `point` of a study."""

    point: int
    first: int
    count: int

    @property
    def stop(self) -> int:
        """The replication after the last."""
        return self.first + self.count


@dataclass(frozen=True, eq=False)
class Arrays:
    """Numbers of a block.

    Attributes
    ----------
    values : (count, rows) float64
        Measures; the rows are those of `AbstractWork.rows`.
    series : (count, series rows) float64, or None
        Time series; the rows are those of `AbstractWork.series_rows`.
    """

    values: NDArray[np.float64]
    series: NDArray[np.float64] | None = None


class AbstractWork(Protocol):
    """What the executor has to know of a scenario. It is pickled to reach other processes."""

    @property
    def label(self) -> str:
        """Name of the scenario in messages."""

    @property
    def seed(self) -> int:
        """Seed of all replications."""

    @property
    def engine(self) -> str:
        """Name of what computes; empty if there is no choice."""

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules of the user's own."""

    @property
    def parallel(self) -> Literal["threads", "processes"]:
        """What helps: threads if a block runs without the interpreter's lock, else processes."""

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""

    def version(self) -> str:
        """Version of the code that computes here; it must be the same in all processes."""

    def rows(self) -> Rows:
        """The rows of `Arrays.values`."""

    def series_rows(self) -> Rows | None:
        """The rows of `Arrays.series`; None if no series are wanted."""

    def identity(self) -> dict[str, Any]:
        """All that the values depend on, as JSON: scenario, engine, version, seed, measures."""

    def series_identity(self) -> dict[str, Any]:
        """All that the series depend on."""

    def document(self) -> tuple[str, Any]:
        """Hash and full text, as JSON, of the scenario: what a store needs to go on."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of a block: arrays, or the failures of the replications run one by one."""

    arrays: Arrays | None
    failures: tuple[Failure, ...]
    seconds: float
    version: str


def run_block(work: AbstractWork, first: int, count: int) -> Outcome:
    """Outcome of a block; replications that fail are found by running them one by one.

    Parameters
    ----------
    work : AbstractWork
        The scenario.
    first, count : int
        The replications.

    Returns
    -------
    Outcome
        With `arrays`, or with at least one failure.
    """
    begin = time.perf_counter()
    failures: list[Failure] = []
    arrays = None
    try:
        arrays = work.run(first, count)
        if arrays.values.shape[0] != count:
            raise ValueError(f"{arrays.values.shape[0]} rows for {count} replications")
    except _FAILS as error:
        arrays = None
        failures = [_failure(work, first, error)] if count == 1 else _alone(work, first, count)
        if not failures:
            # Each replication alone is fine: name the block by its first one.
            failures = [_failure(work, first, error, f" (in a block of {count} only)")]
    return Outcome(arrays, tuple(failures), time.perf_counter() - begin, work.version())


def _alone(work: AbstractWork, first: int, count: int) -> list[Failure]:
    """The first failure among the replications of a block that failed as a whole."""
    for replication in range(first, first + count):
        try:
            work.run(replication, 1)
        except _FAILS as error:
            return [_failure(work, replication, error)]
    return []


def _failure(
    work: AbstractWork, replication: int, error: BaseException, remark: str = ""
) -> Failure:
    if isinstance(error, MemoryError):
        # No fault of the program, so where in it that was says nothing.
        text = too_little_memory(error) + remark
        return Failure(work.label, work.seed, replication, text, "", work.engine, work.rules)
    notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
    text = f"{type(error).__name__}: {error}{notes}{remark}"
    where = "".join(traceback.format_exception(error))
    return Failure(work.label, work.seed, replication, text, where, work.engine, work.rules)
