"""What reaches every stage in the end: a team that has too little passes on what it serves.

The traffic equations of a service in which some teams are asked for more than they have (Goodman
and Massey 1984): behind such a bottleneck only what it serves arrives. Three things can run out:
the client hours of a copy of a team, its places, and the places of decision meetings.

Hours of a stage that ends by its `stay` lapse when they come too late, so that nothing of them is
left over for ever; they slow others down, and only those served before others take hours away.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from capsim.theory.routes import Routes

__all__ = ["Capacity", "Stream", "Throughput", "throughput"]

_ROUNDS = 500
_SETTLED = 1e-10


@dataclass(frozen=True)
class Stream:
    """One inflow in one office; arrays have shape (stages,).

    Attributes
    ----------
    routes : Routes
    outside : array
        Arrivals per day from outside.
    copy : array of int
        Copy of the team that does the work of each stage, -1 for a delay.
    hours : array
        Client hours of a case.
    lapses : array of bool
        Whether the stage ends by its stay, so that hours which come too late lapse.
    rank : sequence of tuple of int
        The lower is served first in its team: priority of the stage, and of the inflow.
    held : array
        Weighted places x days of a case, 0 where it holds none.
    meeting : array of int
        Series of meetings that decides at the end of each stage, -1 for none.
    """

    routes: Routes
    outside: np.ndarray
    copy: np.ndarray
    hours: np.ndarray
    lapses: np.ndarray
    rank: Sequence[tuple[int, int]]
    held: np.ndarray
    meeting: np.ndarray


@dataclass(frozen=True)
class Capacity:
    """What there is per day: client hours and places of copies, files of series of meetings."""

    hours: np.ndarray
    places: np.ndarray
    """Infinite without a limit."""
    files: np.ndarray
    """Infinite without a limit."""


@dataclass
class Throughput:
    """What reaches every stage in the end, per day, and what it finds there.

    Attributes
    ----------
    entries : list of array
        By stream: entries into each stage.
    passed : list of array
        By stream: the share of them that goes on in the end.
    lasting_hours : array
        By copy: hours asked that do not lapse.
    free_hours : array
        By copy: hours left for those by what is served before them and may lapse.
    hours, held, files : array
        Asked of hours and places by copy, and files by series of meetings.
    """

    entries: list[np.ndarray]
    passed: list[np.ndarray]
    lasting_hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    free_hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    held: np.ndarray = field(default_factory=lambda: np.zeros(0))
    files: np.ndarray = field(default_factory=lambda: np.zeros(0))


def throughput(streams: Sequence[Stream], capacity: Capacity) -> Throughput:
    """Entries into every stage in the end, when a bottleneck passes on no more than it serves.

    Begins with what would come if nothing ran out. A stage that has too little sends on what is
    served, shared out in proportion to what came; what comes behind it shrinks; and so on until
    nothing changes. With one stage for each team that ends after as many rounds as there are teams.

    Examples
    --------
    Ten a day, intake does 5, guidance 4.9 of the 5 that reach it:

    >>> ones = np.ones(2)
    >>> stream = Stream(
    ...     Routes((((1, 1.0),), ())), np.array([10.0, 0.0]), np.array([0, 1]), 24 * ones,
    ...     ones < 0, [(0, 0)] * 2, 0 * ones, -np.ones(2, dtype=int))
    >>> capacity = Capacity(np.array([120.0, 117.6]), np.full(2, np.inf), np.zeros(0))
    >>> found = throughput([stream], capacity)
    >>> found.entries[0].tolist(), [round(float(share), 4) for share in found.passed[0]]
    ([10.0, 5.0], [0.5, 0.98])
    """
    last = _last_ranks(streams, capacity.hours.size)
    found = Throughput(
        [stream.routes.steady(stream.outside) for stream in streams],
        [np.ones(stream.outside.size) for stream in streams],
    )
    endless = [np.isinf(entries) for entries in found.entries]
    for _ in range(_ROUNDS):
        _asked(streams, capacity, found, last)
        _pass_on(streams, capacity, found, endless)
        before = found.entries
        found.entries = [
            _entries(stream, before[k], found.passed[k], endless[k])
            for k, stream in enumerate(streams)
        ]
        if all(
            np.allclose(new, old, rtol=_SETTLED, atol=1e-300)
            for new, old in zip(found.entries, before, strict=True)
        ):
            break
    _asked(streams, capacity, found, last)
    return found


def _entries(
    stream: Stream, before: np.ndarray, passed: np.ndarray, endless: np.ndarray
) -> np.ndarray:
    """Entries if full stages send on what is served, and the others all that comes."""
    full = (passed < 1) & ~endless
    if not full.any():
        return stream.routes.steady(stream.outside)
    served = np.where(full, np.where(full, passed, 0) * np.where(full, before, 0), 0.0)
    return stream.routes.steady(
        stream.outside + stream.routes.sent(served), np.where(full, 0.0, 1.0)
    )


def _last_ranks(streams: Sequence[Stream], copies: int) -> list[tuple[int, int] | None]:
    """By copy: the rank of those served last among the stages whose hours do not lapse."""
    last: list[tuple[int, int] | None] = [None] * copies
    for stream in streams:
        for stage in np.flatnonzero((stream.copy >= 0) & ~stream.lapses).tolist():
            copy, rank = int(stream.copy[stage]), stream.rank[stage]
            known = last[copy]
            last[copy] = rank if known is None else max(known, rank)
    return last


def _asked(
    streams: Sequence[Stream],
    capacity: Capacity,
    found: Throughput,
    last: list[tuple[int, int] | None],
) -> None:
    copies, series = capacity.hours.size, capacity.files.size
    held = np.zeros(copies)
    for stream, entries in zip(streams, found.entries, strict=True):
        here = stream.copy >= 0
        np.add.at(held, stream.copy[here], _product(entries, stream.held)[here])
    placed = _share(capacity.places, held)
    hours, lasting, ahead = np.zeros(copies), np.zeros(copies), np.zeros(copies)
    reached = np.zeros(series)
    for stream, entries in zip(streams, found.entries, strict=True):
        # Those who wait for a place ask for no hours yet.
        let_in = np.where((stream.held > 0) & (stream.copy >= 0), placed[stream.copy], 1.0)
        asked = _product(_product(entries, let_in), stream.hours)
        for stage in np.flatnonzero((stream.copy >= 0) & (asked > 0)).tolist():
            copy = stream.copy[stage]
            hours[copy] += asked[stage]
            if not stream.lapses[stage]:
                lasting[copy] += asked[stage]
            elif (lowest := last[copy]) is not None and stream.rank[stage] < lowest:
                ahead[copy] += asked[stage]
    found.held, found.hours, found.lasting_hours = held, hours, lasting
    found.free_hours = np.maximum(capacity.hours - ahead, 0.0)
    served = _share(found.free_hours, lasting)
    for stream, entries in zip(streams, found.entries, strict=True):
        decided = stream.meeting >= 0
        ready = _product(entries, _by_team(stream, served, placed))
        np.add.at(reached, stream.meeting[decided], ready[decided])
    found.files = reached


def _pass_on(
    streams: Sequence[Stream], capacity: Capacity, found: Throughput, endless: list[np.ndarray]
) -> None:
    served = _share(found.free_hours, found.lasting_hours)
    placed = _share(capacity.places, found.held)
    decided = _share(capacity.files, found.files)
    for k, stream in enumerate(streams):
        share = _by_team(stream, served, placed)
        share *= np.where(stream.meeting >= 0, np.append(decided, 1.0)[stream.meeting], 1.0)
        found.passed[k] = np.where(endless[k], 1.0, share)


def _by_team(stream: Stream, served: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """Share of each stage that its team serves: hours and places are needed at once."""
    by_hours = np.append(served, 1.0)[stream.copy]
    by_places = np.append(placed, 1.0)[stream.copy]
    works = (stream.copy >= 0) & ~stream.lapses & (stream.hours > 0)
    return np.minimum(np.where(works, by_hours, 1.0), np.where(stream.held > 0, by_places, 1.0))


def _share(capacity: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """What can be done of what is asked: 1 where there is enough."""
    result = np.ones(asked.size)
    short = asked > capacity
    result[short] = np.where(np.isinf(asked[short]), 0.0, capacity[short] / asked[short])
    return result


def _product(count: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The product, in which nobody times anything is nothing."""
    both = (count != 0) & (size != 0)
    result = np.zeros(count.size)
    result[both] = count[both] * size[both]
    return result


def growth(asked: float, capacity: float, cases: float) -> float:
    """Cases per day that are left over when `cases` ask `asked` and `capacity` is there.

    Examples
    --------
    >>> growth(60.0, 48.0, 2.0)
    0.3999999999999999
    """
    if not math.isfinite(asked):
        return math.inf
    return cases * (1 - capacity / asked) if asked > capacity and asked > 0 else 0.0
