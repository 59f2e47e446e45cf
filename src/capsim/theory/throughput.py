"""What reaches every stage in the end: a team that has too little passes on what it serves.

The traffic equations of a service in which some teams are asked for more than they have (Goodman
and Massey 1984): behind such a bottleneck only what it serves arrives. Three things can run out:
the client hours of a copy of a team, its places, and the places of decision meetings.

Hours of a stage that ends by its `stay` lapse when they come too late, so that nothing of them is
left over for ever; they slow others down, and only those served before others take hours away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

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

    @cached_property
    def kept_ways(self) -> tuple[tuple[int, int, float], ...]:
        """Ways from one stage with places to another of the same team: the place is kept."""
        holds = (self.held > 0) & (self.copy >= 0)
        return tuple(
            (stage, to, share)
            for stage in np.flatnonzero(holds).tolist()
            for to, share in self.routes.ways[stage]
            if holds[to] and self.copy[to] == self.copy[stage]
        )

    def kept(self, leaving: np.ndarray) -> np.ndarray:
        """Entries into each stage of cases that hold a place of its team already."""
        result = np.zeros_like(leaving)
        for stage, to, share in self.kept_ways:
            result[to] += share * leaving[stage]
        return result

    def served_before(self, last: Sequence[tuple[int, int] | None]) -> np.ndarray:
        """Stages whose hours may lapse, and are served before some that may not; see `rank`."""
        return np.array(
            [
                copy >= 0 and lapses and (lowest := last[copy]) is not None and rank < lowest
                for copy, lapses, rank in zip(
                    self.copy.tolist(), self.lapses.tolist(), self.rank, strict=True
                )
            ],
            dtype=bool,
        )


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
    served : list of array
        By stream: the share that its team serves; meetings may take fewer.
    lasting_hours : array
        By copy: hours asked that do not lapse.
    free_hours : array
        By copy: hours left for those by what is served before them and may lapse.
    hours, held, files : array
        Asked of hours and places by copy, and files by series of meetings.
    placed : array
        By copy: share of those who need a place that find one.
    left_over, unplaced : array
        By copy: cases per day for which there are no hours, and no place.
    """

    entries: list[np.ndarray]
    passed: list[np.ndarray]
    served: list[np.ndarray] = field(default_factory=list)
    lasting_hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    free_hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    hours: np.ndarray = field(default_factory=lambda: np.zeros(0))
    held: np.ndarray = field(default_factory=lambda: np.zeros(0))
    files: np.ndarray = field(default_factory=lambda: np.zeros(0))
    placed: np.ndarray = field(default_factory=lambda: np.zeros(0))
    left_over: np.ndarray = field(default_factory=lambda: np.zeros(0))
    unplaced: np.ndarray = field(default_factory=lambda: np.zeros(0))


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
    found = Throughput(
        [stream.routes.steady(stream.outside) for stream in streams],
        [np.ones(stream.outside.size) for stream in streams],
    )
    endless = [np.isinf(entries) for entries in found.entries]
    comes = [entries > 0 for entries in found.entries]
    last = last_ranks(streams, comes, capacity.hours.size)
    ahead = [stream.served_before(last) for stream in streams]
    for _ in range(_ROUNDS):
        _judge(streams, capacity, found, ahead, endless)
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
    _judge(streams, capacity, found, ahead, endless)
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


def last_ranks(
    streams: Sequence[Stream], comes: Sequence[np.ndarray], copies: int
) -> list[tuple[int, int] | None]:
    """By copy: the rank of those served last among the stages whose hours do not lapse.

    `comes`: by stream, (stages,) of bool, whether anybody comes to a stage.
    """
    last: list[tuple[int, int] | None] = [None] * copies
    for stream, here in zip(streams, comes, strict=True):
        works = (stream.copy >= 0) & ~stream.lapses & here & (stream.hours > 0)
        for stage in np.flatnonzero(works).tolist():
            copy, rank = int(stream.copy[stage]), stream.rank[stage]
            known = last[copy]
            last[copy] = rank if known is None else max(known, rank)
    return last


def _judge(
    streams: Sequence[Stream],
    capacity: Capacity,
    found: Throughput,
    ahead: Sequence[np.ndarray],
    endless: Sequence[np.ndarray],
) -> None:
    """What is asked of everything that can run out, and what each stage passes on of it."""
    copies, series = capacity.hours.size, capacity.files.size
    kept = [
        np.minimum(stream.kept(_product(entries, passed)), entries)
        for stream, entries, passed in zip(streams, found.entries, found.passed, strict=True)
    ]
    placed = _placed(streams, capacity, found, kept)
    hours, lasting, before, left_over = (np.zeros(copies) for _ in range(4))
    let_in = [
        _product(entries, _by_places(stream, entries, own, placed))
        for stream, entries, own in zip(streams, found.entries, kept, strict=True)
    ]
    for k, stream in enumerate(streams):
        # Those who wait for a place ask for no hours yet.
        asked = _product(let_in[k], stream.hours)
        hours += _by_copy(stream, asked, copies)
        lasting += _by_copy(stream, np.where(stream.lapses, 0.0, asked), copies)
        before += _by_copy(stream, np.where(ahead[k], asked, 0.0), copies)
    found.hours, found.lasting_hours = hours, lasting
    found.free_hours = np.maximum(capacity.hours - before, 0.0)
    share = np.append(_share(found.free_hours, lasting), 1.0)
    files = np.zeros(series)
    found.served = []
    for k, stream in enumerate(streams):
        works = (stream.copy >= 0) & ~stream.lapses & (stream.hours > 0)
        by_hours = np.where(works, share[stream.copy], 1.0)
        left_over += _by_copy(stream, _product(let_in[k], 1 - by_hours), copies)
        entries = found.entries[k]
        by_team = np.minimum(by_hours, _by_places(stream, entries, kept[k], placed))
        found.served.append(by_team)
        decided = stream.meeting >= 0
        ready = _product(entries, by_team)
        np.add.at(files, stream.meeting[decided], ready[decided])
    found.files, found.left_over = files, left_over
    taken = np.append(_share(capacity.files, files), 1.0)
    found.passed = [
        np.where(endless[k], 1.0, found.served[k] * taken[stream.meeting])
        for k, stream in enumerate(streams)
    ]


def _placed(
    streams: Sequence[Stream], capacity: Capacity, found: Throughput, kept: Sequence[np.ndarray]
) -> np.ndarray:
    """By copy: the share of those who need a place that find one."""
    copies = capacity.hours.size
    asked, holding, fresh = np.zeros(copies), np.zeros(copies), np.zeros(copies)
    for k, stream in enumerate(streams):
        new = np.where(stream.held > 0, _less(found.entries[k], kept[k]), 0.0)
        asked += _by_copy(stream, _product(new, stream.held), copies)
        holding += _by_copy(stream, _product(kept[k], stream.held), copies)
        fresh += _by_copy(stream, new, copies)
    # Those who moved on within the team were as few as found a place the last time.
    before = found.placed if found.placed.size else np.ones(copies)
    lost = (before == 0) & (holding > 0)
    found.held = asked + np.where(lost, np.inf, holding / np.where(before > 0, before, 1.0))
    found.placed = _share(capacity.places, found.held)
    found.unplaced = _product(fresh, 1 - found.placed)
    return found.placed


def _by_places(
    stream: Stream, entries: np.ndarray, kept: np.ndarray, placed: np.ndarray
) -> np.ndarray:
    """Share of each stage that has a place, or finds one."""
    share = np.append(placed, 1.0)[stream.copy]
    new = _less(entries, kept)
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed = np.where(np.isinf(entries) | (entries == 0), share, (kept + new * share) / entries)
    return np.where(stream.held > 0, mixed, 1.0)


def _by_copy(stream: Stream, values: np.ndarray, copies: int) -> np.ndarray:
    here = stream.copy >= 0
    return np.bincount(stream.copy[here], weights=values[here], minlength=copies)


def _less(entries: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The rest, infinite where the entries are."""
    return np.where(np.isinf(entries), entries, entries - np.where(np.isinf(kept), 0.0, kept))


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
