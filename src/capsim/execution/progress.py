"""How far a study is: a callback, and the bar that `progress=True` shows.

The library only calls a function. Notebooks get tqdm, the terminal program brings its own bar.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Meter", "Progress", "ProgressOption", "reporter"]


@dataclass(frozen=True)
class Progress:
    """How far a study is.

    Attributes
    ----------
    done, total : int
        Replications finished, those found in a store included, and replications wanted. The total
        grows when a precision is not reached yet.
    seconds : float
        Since the study started or went on.
    remaining : float or None
        Seconds that the rest will take at the pace so far; None before anything is known.
    """

    done: int
    total: int
    seconds: float
    remaining: float | None

    def __str__(self) -> str:
        """Such as ``40 of 100 replications, about 12 s left``."""
        text = f"{self.done:,} of {self.total:,} replications"
        if self.done < self.total and self.remaining is not None:
            text += f", about {duration(self.remaining)} left"
        return text


ProgressOption = bool | Callable[[Progress], object] | None


def duration(seconds: float) -> str:
    """A time span in words.

    Examples
    --------
    >>> duration(12.3), duration(200), duration(9000), duration(200_000)
    ('12 s', '3 min', '2.5 h', '2.3 days')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3_600:.1f} h"
    return f"{seconds / 86_400:.1f} days"


class Meter:
    """Counts replications and reports them."""

    def __init__(self, report: Callable[[Progress], object] | None) -> None:
        self._report = report
        self._begin = time.perf_counter()
        self._computed = 0
        self._computing_since: float | None = None
        self.done = 0
        self.total = 0

    def expect(self, replications: int) -> None:
        """More replications are wanted."""
        self.total += replications
        self._tell()

    def found(self, replications: int) -> None:
        """Replications that need not be computed."""
        self.done += replications
        self._tell()

    def computed(self, replications: int) -> None:
        """Replications that were computed now."""
        self.done += replications
        self._computed += replications
        self._tell()

    def start_computing(self) -> None:
        """From now on time counts for the pace."""
        if self._computing_since is None:
            self._computing_since = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._begin

    def _tell(self) -> None:
        if self._report is None:
            return
        remaining = None
        if self._computed and self._computing_since is not None:
            pace = (time.perf_counter() - self._computing_since) / self._computed
            remaining = pace * (self.total - self.done)
        self._report(Progress(self.done, self.total, self.seconds, remaining))


def reporter(progress: ProgressOption) -> Callable[[Progress], object] | None:
    """The function to call for the `progress` option of an experiment.

    Parameters
    ----------
    progress : bool, callable or None
        True shows a bar by tqdm; a function is called with a `Progress` after each block.
    """
    if progress is None or progress is False:
        return None
    if progress is True:
        return _Bar()
    if not callable(progress):
        raise ValueError(
            f"progress = {progress!r} must be True, False or a function of one argument"
        )
    return progress


class _Bar:
    """A bar of tqdm; in notebooks a widget."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=progress.total, unit="replication", smoothing=0)
        bar = self._bar
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
