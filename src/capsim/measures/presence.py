"""What the roster and the visits say about the hours of workers: present, at work, free.

Capacity is counted in billionths of a client second, the unit of an engine: a worker of
`fte * share * rate` thousandths does that many of them in each office tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capsim.draws.luck import Luck
from capsim.kernels.codes import (
    EVENT_ABSENT,
    EVENT_HIRE,
    EVENT_HOURS,
    EVENT_LEAVE,
    EVENT_ON,
    EVENT_ONBOARDED,
    EVENT_RETURN,
    EVENT_SHORTENED,
    NEVER,
    NONE,
    STATE_OFF,
    STATE_PRESENT,
)
from capsim.log.facts import Facts
from capsim.measures.steps import pairs
from capsim.plan.plan import Ints

NANO = 1_000_000_000
_STRIDE = 1 << 40  # larger than any instant: (worker, instant) as one sortable number


Roster = Luck | Facts
"""What has the worker and roster columns."""


@dataclass(frozen=True, eq=False)
class Presence:
    """Spans of office time over which a worker is employed, present and of one speed.

    Attributes
    ----------
    worker, start, stop, speed : (spans,)
        Ordered by (worker, start); speed in 1e-9 client seconds per office tick.
    """

    worker: Ints
    start: Ints
    stop: Ints
    speed: Ints

    def speed_at(self, worker: Ints, instant: Ints) -> Ints:
        """Speed of workers at instants at which they are present."""
        position = np.searchsorted(
            self.worker * _STRIDE + self.start, worker * _STRIDE + instant, side="right"
        )
        return self.speed[position - 1]


def presence(luck: Roster, copy_share: Ints, horizon: int) -> Presence:
    """Presence that a roster gives, up to the horizon.

    Parameters
    ----------
    luck : Luck or Facts
    copy_share : (copies,)
        Client share of each team copy, milli.
    horizon : int
        Office tick at which the run ends.
    """
    n_workers = len(luck.worker_copy)
    share = copy_share[luck.worker_copy].tolist()
    hours = luck.worker_hours.tolist()
    rate = luck.worker_rate.tolist()
    there = np.isin(luck.worker_state, (STATE_PRESENT, STATE_OFF)).tolist()
    on_duty = (luck.worker_state != STATE_OFF).tolist()
    since = [0] * n_workers
    spans: list[tuple[int, int, int, int]] = []

    def close(w: int, now: int) -> None:
        # The opening precedes the roster: who is absent from instant 0 may be in a visit then.
        if there[w] and on_duty[w] and (now > since[w] or now == 0):
            spans.append((w, since[w], now, hours[w] * share[w] * rate[w]))
        since[w] = now

    for now, w, kind, value in zip(
        luck.roster_time.tolist(),
        luck.roster_worker.tolist(),
        luck.roster_kind.tolist(),
        luck.roster_value.tolist(),
        strict=True,
    ):
        close(w, now)
        if kind in (EVENT_HIRE, EVENT_RETURN):
            there[w] = True
        elif kind in (EVENT_ABSENT, EVENT_LEAVE):
            there[w] = False
        elif kind == EVENT_ONBOARDED:
            rate[w] = value
        elif kind in (EVENT_SHORTENED, EVENT_HOURS):
            hours[w] = value
        else:
            on_duty[w] = kind == EVENT_ON
    for w in range(n_workers):
        close(w, horizon)
    table = np.array(sorted(spans), dtype=np.int64).reshape(-1, 4)
    return Presence(*(np.ascontiguousarray(column) for column in table.T))


def contracts(luck: Roster, to_calendar: Ints, end: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Spans of calendar time over which a worker is employed at one FTE.

    Parameters
    ----------
    to_calendar : (roster events,)
        Calendar instants of the roster events.
    end : int
        Calendar tick at which the run ends.

    Returns
    -------
    worker, start, stop, fte : (spans,)
        FTE in milli.
    """
    worker = np.arange(len(luck.worker_copy))
    start = np.maximum(luck.worker_hired, 0)
    stop = np.minimum(luck.worker_left, end)
    changed = luck.roster_kind == EVENT_SHORTENED
    spans = []
    spells = _spells(luck, to_calendar, end)
    for w in worker.tolist():
        if luck.worker_hired[w] == NEVER:  # one of a reserve
            spans += [(w, a, b, luck.worker_fte[w]) for a, b in spells.get(w, []) if b > a]
            continue
        mine = changed & (luck.roster_worker == w) if changed.any() else changed
        borders = [start[w], *np.clip(to_calendar[mine], start[w], stop[w]), stop[w]]
        sizes = [luck.worker_fte[w], *luck.roster_value[mine]]
        spans += [
            (w, a, b, fte)
            for a, b, fte in zip(borders[:-1], borders[1:], sizes, strict=True)
            if b > a
        ]
    table = np.array(spans, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def places_there(
    contract: tuple[Ints, Ints, Ints, Ints], held: tuple[Ints, Ints, Ints], of_places: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Spans of calendar time over which a team of places has so many of them.

    Places that were to go, but are still taken, are there until they are free.

    Parameters
    ----------
    contract : tuple
        Of `contracts`.
    held : tuple
        Worker, begin and end of every holding of a place; those that last, to the end of the run.
    of_places : (workers,)
        1 for those who stand for places.

    Returns
    -------
    worker, start, stop, places : (spans,)
        Places in milli.
    """
    spans = []
    for w in np.flatnonzero(of_places).tolist():
        start, stop, size = (column[contract[0] == w] for column in contract[1:])
        up, down = (np.sort(column[held[0] == w]) for column in held[1:])
        marks = np.unique(np.concatenate([start, stop, up, down]))
        taken = np.searchsorted(up, marks, "right") - np.searchsorted(down, marks, "right")
        there = np.zeros(len(marks), np.int64)
        for begin, end, places in zip(start, stop, size, strict=True):
            there[(marks >= begin) & (marks < end)] = places
        most = np.maximum(there, 1000 * taken)[:-1]
        spans += [(w, *one) for one in zip(marks[:-1], marks[1:], most, strict=True)]
    table = np.array(spans, dtype=np.int64).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def _spells(luck: Roster, to_calendar: Ints, end: int) -> dict[int, list[tuple[int, int]]]:
    """When workers of reserves were there: from coming until going, or the end of the run."""
    rows = np.flatnonzero(luck.worker_hired[luck.roster_worker] == NEVER)
    spells: dict[int, list[tuple[int, int]]] = {}
    for row in rows.tolist():
        own = spells.setdefault(int(luck.roster_worker[row]), [])
        if luck.roster_kind[row] == EVENT_HIRE:
            own.append((int(to_calendar[row]), end))
        elif luck.roster_kind[row] == EVENT_LEAVE:
            own[-1] = (own[-1][0], int(to_calendar[row]))
    return spells


@dataclass(frozen=True, eq=False)
class Hours:
    """Client seconds worked, and capacity left idle, of each worker up to any office instant.

    Attributes
    ----------
    spans : Presence
    worker, begin, end, work : (visits,)
        Started visits by (worker, begin); the end of one in hand at the horizon is where it would
        have ended.
    horizon : int
    """

    spans: Presence
    worker: Ints
    begin: Ints
    end: Ints
    work: Ints
    n_workers: int
    horizon: int

    @classmethod
    def of(
        cls,
        spans: Presence,
        n_workers: int,
        visits: tuple[Ints, Ints, Ints, Ints],
        horizon: int,
    ) -> Hours:
        """Hours from the columns worker, begin, end and work of the visits table."""
        started = visits[1] != NONE
        worker, begin, end, work = (column[started] for column in visits)
        order = np.lexsort((begin, worker))
        worker, begin, end, work = worker[order], begin[order], end[order], work[order]
        open_ = end == NONE
        if open_.any():
            speed = spans.speed_at(worker[open_], begin[open_])
            length = np.maximum((work[open_] * NANO + speed // 2) // speed, 1)
            end = end.copy()
            end[open_] = begin[open_] + length
        return cls(spans, worker, begin, end, work, n_workers, horizon)

    def worked(self, instant: int) -> Ints:
        """(workers,) client seconds worked before `instant`: whole seconds of a visit in hand."""
        elapsed = np.clip(instant - self.begin, 0, self.end - self.begin)
        seconds = self.work * elapsed // (self.end - self.begin)
        return _sum(self.worker, seconds, self.n_workers)

    def idle(self, instant: int) -> Ints:
        """(workers,) 1e-9 client seconds present but without a visit before `instant`."""
        free = self.free
        length = np.minimum(free.stop, instant) - np.minimum(free.start, instant)
        return _sum(free.worker, length * free.speed, self.n_workers)

    @cached_property
    def busy(self) -> Presence:
        """Spans in which a present worker is in a visit."""
        s = self.spans
        # Spans, like visits, are ordered and do not overlap: those a visit meets are consecutive.
        key = self.worker * _STRIDE
        first = np.searchsorted(s.worker * _STRIDE + s.stop, key + self.begin, side="right")
        last = np.searchsorted(s.worker * _STRIDE + s.start, key + self.end, side="left")
        visit, span = pairs(first, np.maximum(last, first))
        start = np.maximum(s.start[span], self.begin[visit])
        stop = np.minimum(s.stop[span], self.end[visit])
        return Presence(s.worker[span], start, stop, s.speed[span])

    @cached_property
    def free(self) -> Presence:
        """Spans in which a present worker is in no visit; some are empty."""
        spans, busy = self.spans, self.busy
        # Each begins with a span or after a visit, and ends with a visit or the span. A visit that
        # fills a span up to its end comes before the next span that begins there.
        worker = np.append(busy.worker, spans.worker)
        start = np.append(busy.stop, spans.start)
        stop = np.append(busy.start, spans.stop)
        speed = np.append(busy.speed, spans.speed)
        first = np.argsort(worker * _STRIDE + start, kind="stable")
        last = np.argsort(worker * _STRIDE + stop, kind="stable")
        return Presence(worker[first], start[first], stop[last], speed[first])


def _sum(group: Ints, values: Ints, n: int) -> Ints:
    result = np.zeros(n, np.int64)
    np.add.at(result, group, values)
    return result
