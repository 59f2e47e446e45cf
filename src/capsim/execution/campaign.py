"""A campaign: scenarios and replications asked for, found in the store, computed where missing.

This is what the experiments have in common. An experiment adds its scenarios, asks for ranges of
replications, looks at the numbers, perhaps asks for more, and makes its result of them.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from capsim.execution.block import AbstractWork, Arrays, Block
from capsim.execution.errors import (
    ClusterError,
    ReplicationError,
    StoreError,
    StoreWarning,
    StudyInterrupted,
)
from capsim.execution.executor import Backend, Executor
from capsim.execution.matrix import PointNumbers, length
from capsim.execution.progress import Meter, ProgressOption, reporter
from capsim.execution.store.files import digest
from capsim.execution.store.store import FORMAT, Store

__all__ = ["Campaign"]

_FAILURES_ALLOWED = 9
"""With a store, so many replications may fail before the rest of the study is given up."""


class Campaign:
    """Runs the replications that an experiment asks for; use it as a context manager.

    Parameters
    ----------
    store : path, optional
        Directory in which finished blocks are kept, and looked for.
    jobs, client, backend, block
        See `Executor`.
    progress : bool or callable, optional
        See `capsim.execution.progress.reporter`.

    Examples
    --------
    ::

        with Campaign(store="study/", jobs=2) as campaign:
            point = campaign.add(work)
            campaign.record({"kind": "replicate", "n": 100})
            campaign.run([(point, 0, 100)])
            matrix = campaign.values(point)
    """

    def __init__(
        self,
        *,
        store: str | os.PathLike[str] | None = None,
        jobs: int | None = None,
        client: Any = None,
        backend: Backend = "auto",
        block: int | None = None,
        progress: ProgressOption = None,
    ) -> None:
        self._executor = Executor(jobs=jobs, client=client, backend=backend, block=block)
        self._store = None if store is None else Store(store)
        self._report = reporter(progress)
        self._meter = Meter(self._report)
        self._works: list[AbstractWork] = []
        self._tables: list[PointNumbers] = []
        self._opened = False
        self._announced: set[int] = set()
        self._noted = 0
        self._unwritten: dict[Block, OSError] = {}
        self._request: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        """Nothing is started before there is work."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End threads and processes."""
        self._executor.close()
        close = getattr(self._report, "close", None)
        if close is not None:
            close()

    # -- what is asked for ------------------------------------------------------------------

    def add(self, work: AbstractWork, first: int = 0) -> int:
        """Number of a new scenario, whose replications will start at `first`."""
        blocks = series = None
        if self._store is not None:
            blocks = self._store.blocks("blocks", work.identity(), work.rows())
            rows = work.series_rows()
            if rows is not None:
                series = self._store.blocks("series", work.series_identity(), rows)
        self._works.append(work)
        self._tables.append(PointNumbers(work, first, blocks, series))
        return len(self._works) - 1

    def record(self, request: Mapping[str, Any]) -> None:
        """Note in the store what is asked for, so that the study can be resumed from there.

        Parameters
        ----------
        request : mapping
            JSON: the kind of experiment and its arguments. Scenarios are those added so far.
        """
        points = []
        for work, table in zip(self._works, self._tables, strict=True):
            point = {"label": work.label, "scenario": work.document()[0], "first": table.first}
            rules = work.identity().get("rules")
            points.append(point if rules is None else {**point, "rules": rules})
        self._request = {"format": FORMAT, **request, "points": points}

    def run(self, ranges: Iterable[tuple[int, int, int]]) -> None:
        """Have the replications `first` to `stop - 1` of each point, from the store or computed.

        Parameters
        ----------
        ranges : iterable of (point, first, stop)
            What to have; what is there already is not computed again.

        Raises
        ------
        ReplicationError
            If replications fail each time they are run. With a store all others are finished first.
        StoreError
            If the store cannot be written and something has to be computed.
        ClusterError
            If no worker can go on.
        StudyInterrupted
            On Ctrl-C.
        """
        missing = self._look_up(list(ranges))
        if not missing:
            with contextlib.suppress(OSError):  # complete, and perhaps read-only
                self._note_down()
            return
        self._open_store()
        self._meter.start_computing()
        kept = self._store is not None
        try:
            failures = self._executor.run(
                self._works,
                missing,
                self._deliver,
                failures_allowed=_FAILURES_ALLOWED if kept else 0,
            )
        except KeyboardInterrupt:
            raise StudyInterrupted(f"interrupted: {self._safe()}") from None
        except ReplicationError as error:
            raise ReplicationError(error.failures, self._safe()) from None
        except ClusterError as error:
            raise ClusterError(f"{error}\n{self._safe()}") from error
        self._write_the_rest()
        if failures:
            raise ReplicationError(failures, self._safe())

    # -- what is there ----------------------------------------------------------------------

    def values(self, point: int) -> NDArray[np.float64]:
        """(replications, rows) measures of a point, from its first replication on; read-only."""
        return self._tables[point].values.filled()

    def series(self, point: int) -> NDArray[np.float64]:
        """(replications, series rows) time series of a point; read-only."""
        series = self._tables[point].series
        if series is None:
            raise ValueError(f"no series were asked for with scenario {self._works[point].label!r}")
        return series.filled()

    @property
    def seconds(self) -> float:
        """Seconds since the campaign began."""
        return self._meter.seconds

    # -- store ------------------------------------------------------------------------------

    def _look_up(self, ranges: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        if self._store is not None:
            self._announce_other_versions()
        missing: list[tuple[int, int, int]] = []
        problems: list[str] = []
        wanted = 0
        for point, first, stop in ranges:
            table = self._tables[point]
            table.reach(first, stop)
            wanted += length(table.gaps(first, stop))
            problems += table.look_up(first, stop)
            missing += [(point, begin, end) for begin, end in table.gaps(first, stop)]
        self._meter.expect(wanted)
        self._meter.found(wanted - sum(end - begin for _, begin, end in missing))
        if problems:
            shown = "\n".join(f"  {problem}" for problem in problems[:10])
            if len(problems) > 10:
                shown += f"\n  and {len(problems) - 10} more"
            warnings.warn(
                f"blocks that are not used but computed again:\n{shown}", StoreWarning, stacklevel=4
            )
        return missing

    def _announce_other_versions(self) -> None:
        assert self._store is not None
        fresh = [number for number in range(len(self._works)) if number not in self._announced]
        self._announced.update(fresh)
        identities = [self._works[number].identity() for number in fresh]
        for version, files in self._store.other_versions(identities).items():
            here = self._works[fresh[0]].version()
            warnings.warn(
                f"store {str(self._store.path)!r} has {files} blocks of this study by version "
                f"{version}; this is {here}: they are left alone and computed again",
                StoreWarning,
                stacklevel=5,
            )

    def _open_store(self) -> None:
        """Write what is asked for, which also shows that the store can be written."""
        if self._store is None:
            return
        if not self._opened:
            self._store.open()
            self._opened = True
        try:
            self._note_down()
        except OSError as error:
            raise StoreError(
                f"store {str(self._store.path)!r} cannot be written ({error.strerror}): nothing "
                "was computed and nothing in it was changed; make room or name another store"
            ) from error

    def _note_down(self) -> None:
        """Write what is asked for and of what, where that is missing or damaged."""
        if self._store is None:
            return
        fresh = slice(self._noted, None)
        for work, table in zip(self._works[fresh], self._tables[fresh], strict=True):
            name, document = work.document()
            self._store.write_json("scenarios", name, document)
            table.introduce()
        if self._request is not None:
            self._store.write_json("studies", digest(self._request), self._request)
        self._noted = len(self._works)

    def _deliver(self, block: Block, arrays: Arrays) -> None:
        table = self._tables[block.point]
        new = table.fill(block, arrays)
        if self._store is not None:
            self._write(block)
        self._meter.computed(new)

    def _write(self, block: Block) -> None:
        try:
            self._tables[block.point].write(block)
        except OSError as error:
            if not self._unwritten:
                assert self._store is not None
                warnings.warn(
                    f"store {str(self._store.path)!r} cannot be written ({error.strerror}): the "
                    "study goes on in memory and tries again; make room there",
                    StoreWarning,
                    stacklevel=6,
                )
            self._unwritten[block] = error
        else:
            self._unwritten.pop(block, None)

    def _write_the_rest(self) -> None:
        for block in list(self._unwritten):
            self._write(block)
        if self._unwritten:
            assert self._store is not None
            count = sum(block.count for block in self._unwritten)
            reason = next(iter(self._unwritten.values())).strerror
            warnings.warn(
                f"store {str(self._store.path)!r} could not be written ({reason}): {count} "
                "replications are in the result but not in the store; save the result, or make "
                "room and run the study again to have them computed and stored",
                StoreWarning,
                stacklevel=4,
            )

    def _safe(self) -> str:
        """What is kept, and how to go on."""
        if self._store is None:
            return (
                f"{self._meter.done} of {self._meter.total} replications were finished and are "
                "lost: with a store they would be kept (store='study/' in Python, --store study/ "
                "in the terminal)"
            )
        for block in list(self._unwritten):
            self._write(block)
        lost = sum(block.count for block in self._unwritten)
        text = (
            f"{self._meter.done - lost} of {self._meter.total} replications are kept in "
            f"{str(self._store.path)!r}; run the same call again to go on"
        )
        request = self._request or {}
        own = list(request.get("measures", {}).values())
        for where in request.get("rules", {}).values():
            own += where.values() if isinstance(where, Mapping) else [where]
        if None not in own:  # what a script defines, the terminal cannot find
            text += f", or `capsim study resume {self._store.path}`"
        if lost:
            reason = next(iter(self._unwritten.values())).strerror
            text += f"; {lost} could not be written ({reason}) and will be computed again"
        return text
