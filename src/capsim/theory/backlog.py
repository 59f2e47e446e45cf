"""Passing overloads: the backlog of a flow of work, and the day on which it is gone.

What is asked less what can be done, day by day, never below nothing. More work or less capacity on
any day never makes a backlog smaller on any later day, nor its end earlier.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from capsim.scenario.units import DAYS_PER_YEAR

__all__ = ["Backlog", "backlog_of", "lapsing_backlog"]

_GONE = 1e-9
_LONGEST = 100 * float(DAYS_PER_YEAR)


@dataclass(frozen=True)
class Backlog:
    """A backlog to speak of.

    Attributes
    ----------
    peak : float
        The largest, in the unit of the work.
    top : int
        Its day.
    gone : int or None
        Day on which the last backlog to speak of is gone; None if no day within a century is.
    """

    peak: float
    top: int
    gone: int | None


def backlog_of(
    asked: np.ndarray, capacity: np.ndarray, spoken_of: float, slack: float
) -> Backlog | None:
    """The backlog of a flow of work, or None if it never exceeds `spoken_of`.

    Parameters
    ----------
    asked, capacity : (days,) array
    spoken_of : float
        Above which a backlog is one to speak of.
    slack : float
        What is left of the capacity per day beyond the last of the days.

    Examples
    --------
    A hundred on day 1, with two a day to spare:

    >>> asked = np.array([0.0, 100.0] + [0.0] * 98)
    >>> backlog_of(asked, np.full(100, 2.0), 10.0, 2.0)
    Backlog(peak=98.0, top=1, gone=50)
    >>> backlog_of(asked, np.full(100, 0.5), 10.0, 0.5)
    Backlog(peak=99.5, top=1, gone=200)
    """
    return _found(_reflected(asked - capacity), spoken_of, slack)


def lapsing_backlog(
    asked: np.ndarray,
    lapsing: np.ndarray,
    ahead: np.ndarray,
    capacity: np.ndarray,
    spoken_of: float,
    slack: float,
) -> tuple[Backlog | None, bool]:
    """The backlog where some of the work lapses if it comes too late.

    Such work takes time that there is, and none of it is left over: there is a backlog only if the
    rest makes one. Its end takes all the work as if it were done, so none of it lapses until then.

    Returns
    -------
    backlog : Backlog or None
    pressed : bool
        Whether all the work together exceeds `spoken_of` at some time.
    """
    everything = _reflected(asked + lapsing + ahead - capacity)
    free = np.maximum(capacity - ahead, 0.0)
    filled = np.minimum(lapsing, np.maximum(free - asked, 0.0))
    rest = _found(_reflected(asked + filled - free), spoken_of, slack)
    whole = _found(everything, spoken_of, slack)
    if rest is None or whole is None:
        return None, whole is not None
    return Backlog(rest.peak, rest.top, whole.gone), True


def _reflected(net: np.ndarray) -> np.ndarray:
    total = np.cumsum(net)
    return np.asarray(total - np.minimum(np.minimum.accumulate(total), 0.0))


def _found(backlog: np.ndarray, spoken_of: float, slack: float) -> Backlog | None:
    above = np.flatnonzero(backlog > spoken_of)
    if not above.size:
        return None
    last = int(above[-1])
    below = np.flatnonzero(backlog[last:] <= _GONE * max(spoken_of, 1.0))
    top = int(np.argmax(backlog))
    gone: int | None = None
    if slack > 0:
        if below.size:
            gone = last + int(below[0])
        else:
            more = backlog[-1] / slack
            gone = backlog.size - 1 + math.ceil(more) if more <= _LONGEST else None
    return Backlog(float(backlog[top]), top, gone)
