"""Rules of a list of workers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capsim.scenario.errors import Mistake
from capsim.scenario.tables.workers import NamedWorker, Workers

__all__ = ["worker_rules"]

_MOST_FTE = 2.0
"""Of one worker; more is a slip of the pen."""


def worker_rules(
    workers: Workers,
    people: Sequence[NamedWorker],
    path: str,
    offices: Sequence[str] | None,
    needs_office: bool,
    smallest: float,
) -> Iterator[Mistake]:
    """Mistakes of a list by itself, by worker.

    Parameters
    ----------
    workers : Workers
    people : sequence of NamedWorker
        Its rows.
    path : str
        Its dotted path.
    offices : sequence of str or None
        Those of the service, if they are known.
    needs_office : bool
        Whether the team has several copies.
    smallest : float
        FTE of the smallest worker.
    """
    nothing = (None,) * len(people)
    seen: set[tuple[str, str | None]] = set()
    told = zip(workers.fte or nothing, workers.hours or nothing, strict=True)
    file = f"{workers.file}, " if workers.file else ""
    for person, (fte, hours) in zip(people, told, strict=True):
        where = f"{file}worker {person.name!r}"
        if (person.name, person.office) in seen:
            yield Mistake(path, where, "stands twice", "give every worker a row and a name")
        seen.add((person.name, person.office))
        if "/" in person.name:
            yield Mistake(path, where, "has a / in the name", "write the name alone")
        if (fte is None) == (hours is None):
            yield Mistake(path, where, "needs fte or hours, one of them", "write one of both")
        elif not smallest - 1e-9 <= person.fte <= _MOST_FTE:
            rule = f"has {person.fte:.3g} FTE, not between {smallest} and {_MOST_FTE:g}"
            yield Mistake(path, where, rule, "correct fte or hours")
        if person.since and person.until and person.until <= person.since:
            yield Mistake(path, where, "is gone before the first day", "correct from or until")
        if person.office is not None and offices and person.office not in offices:
            rule = f"there is no office {person.office!r}"
            yield Mistake(path, where, rule, f"write one of {', '.join(list(offices)[:8])}")
        elif person.office is None and needs_office:
            yield Mistake(path, where, "has no office", "fill in the column office")
