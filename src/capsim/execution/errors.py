"""What can go wrong in a study: each error says what is safe and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ClusterError",
    "Failure",
    "ReplicationError",
    "StoreError",
    "StoreWarning",
    "StudyError",
    "StudyInterrupted",
]


@dataclass(frozen=True)
class Failure:
    """A replication that fails each time it is run, found by running it alone.

    Attributes
    ----------
    scenario : str
        Name of the scenario in the study.
    seed, replication : int
        What `capsim.simulate` needs to run it alone.
    error : str
        Type and message of the error, or how the process died.
    traceback : str
        Where it happened; empty if the process died.
    engine : str
        The engine that ran it.
    rules : tuple of str
        Names of the rules of the user's own that it ran with: assign, choose.
    """

    scenario: str
    seed: int
    replication: int
    error: str
    traceback: str = ""
    engine: str = ""
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line with the call that reproduces the failure."""
        engine = f", engine={self.engine!r}" if self.engine else ""
        rules = "".join(f", {name}=..." for name in self.rules)
        return (
            f"scenario {self.scenario!r}, seed {self.seed}, replication {self.replication}: "
            f"{self.error}; run it alone with "
            f"capsim.simulate(scenario, seed={self.seed}, replication={self.replication}"
            f"{engine}{rules})"
        )


def too_little_memory(error: MemoryError) -> str:
    """What was too much for the memory of this machine, and what to do."""
    return (
        f"{type(error).__name__}: {error}, more memory than there is: shorten the horizon, lower "
        "the inflows or use fewer jobs"
    )


class StudyError(RuntimeError):
    """A study that could not be finished."""


class StoreError(StudyError):
    """A store that cannot be used."""


class ClusterError(StudyError):
    """A cluster, or the processes of this machine, that can no longer work for the study."""


class ReplicationError(StudyError):
    """Replications that fail each time they are run.

    Attributes
    ----------
    failures : tuple of Failure
        Each with the seed and the replication that reproduce it alone.
    """

    def __init__(self, failures: Sequence[Failure], advice: str = "") -> None:
        self.failures = tuple(failures)
        self.advice = advice
        count = len(self.failures)
        heading = "1 replication failed:" if count == 1 else f"{count} replications failed:"
        lines = [heading, *(f"  {failure}" for failure in self.failures)]
        first = self.failures[0].traceback
        if first:
            lines += ["Traceback of the first:", first.rstrip()]
        if advice:
            lines.append(advice)
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[ReplicationError], tuple[tuple[Failure, ...], str]]:
        """Rebuild from the failures, so that the error crosses process boundaries."""
        return type(self), (self.failures, self.advice)


class StudyInterrupted(KeyboardInterrupt):
    """A study stopped by Ctrl-C; the message says what is kept and how to go on."""


class StoreWarning(UserWarning):
    """Blocks of a store that were damaged, belong to another version, or could not be written."""
