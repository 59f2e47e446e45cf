"""The log of the compiled engine: its tables are put in order when they are first asked for.

The kernel writes rows in the order of events; `Log` wants columns, ordered by case. Whoever
looks at the stays does not wait for the visits, and measures that nobody reads are not computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from capsim.draws.luck import Luck
from capsim.kernels.tables import Written
from capsim.log import Log
from capsim.plan.plan import Ints, Plan

__all__ = ["CompiledLog", "Raw", "columns_of"]

_AT_A_TIME = 2048  # rows that are turned into columns together: they stay in the cache


@dataclass(frozen=True, eq=False)
class Raw:
    """What the kernel wrote in one replication; tables are in the order of events.

    The luck has the roster that the run had, but for those whom triggers called. What is joined
    was written in parts, and nobody has seen how many waited in all offices at once.
    """

    written: Written
    workers: Ints
    luck: Luck
    is_joined: bool = False

    def with_table(self, name: str, rows: Ints) -> Raw:
        """The same with another table of the log."""
        return replace(self, written=self.written._replace(**{name: rows}))


def columns_of(rows: Ints, order: NDArray[np.intp] | None = None) -> Ints:
    """A table of rows as contiguous columns, in another order if one is given.

    Examples
    --------
    >>> import numpy as np
    >>> columns_of(np.array([[1, 2], [3, 4], [5, 6]]), np.array([2, 0, 1]))
    array([[5, 1, 3],
           [6, 2, 4]])
    """
    # In one piece: large pieces of memory cost less to get than many smaller ones.
    columns = np.empty(rows.shape[::-1], rows.dtype)
    for first in range(0, len(rows), _AT_A_TIME):
        part = slice(first, first + _AT_A_TIME)
        columns[:, part] = (rows[part] if order is None else rows[order[part]]).T
    return columns


def _order_of(keys: Ints) -> NDArray[np.intp] | None:
    """The order in which keys ascend, equal ones as they stand; None if they do so already."""
    return None if (keys[1:] >= keys[:-1]).all() else np.argsort(keys, kind="stable")


class _Column:
    """A column that is made, with the others of its table, when it is first asked for."""

    def __init__(self, make: Callable[[Any], dict[str, Ints]]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, log: Any, owner: type | None = None) -> Ints:
        # By `__dict__`, because a `Log` is frozen; what stands there is found first from now on.
        log.__dict__.update(self._make(log))
        made: Ints = log.__dict__[self._name]
        return made


class CompiledLog(Log):
    """A `Log` whose visits, places and measures are made when they are first asked for.

    Made by `CompiledLog.of`; made in any other way it is a `Log` like any other.
    """

    _raw: Raw
    _stays: Ints
    _order: NDArray[np.intp] | None
    _measures: Callable[[Raw], dict[str, Any]]

    @classmethod
    def of(
        cls,
        plan: Plan,
        luck: Luck,
        detail: str,
        raw: Raw,
        measures: Callable[[Raw], dict[str, Any]],
    ) -> CompiledLog:
        """Log of what the kernel wrote.

        Parameters
        ----------
        plan : Plan
        luck : Luck
        detail : {"full", "measures"}
        raw : Raw
        measures : callable
            Computes the totals of `raw`: the measures, and what was asked.
        """
        from capsim.kernels.engine import columns

        log: CompiledLog = object.__new__(cls)
        if detail == "measures":
            log.__dict__["totals"] = measures(raw)
            raw = raw.with_table("stays", raw.written.stays[:0])
        # The next run writes to the memory in which the kernel left the stays.
        order = _order_of(raw.written.stays[:, columns.S_CASE])
        stays = columns_of(raw.written.stays, order)
        workers = np.ascontiguousarray(raw.workers.T)
        orders = np.ascontiguousarray(raw.written.orders.T)
        log.__dict__.update(
            plan=plan,
            luck=luck,
            detail=detail,
            case_seen=raw.written.case_seen,
            case_left=raw.written.case_left,
            case_exit=raw.written.case_exit,
            stay_case=stays[columns.S_CASE],
            stay_stage=stays[columns.S_STAGE],
            stay_nth=stays[columns.S_NTH],
            stay_joined=stays[columns.S_JOINED],
            stay_assigned=stays[columns.S_ASSIGNED],
            stay_started=stays[columns.S_STARTED],
            stay_served=stays[columns.S_SERVED],
            stay_ended=stays[columns.S_ENDED],
            stay_clock=stays[columns.S_CLOCK],
            stay_due=stays[columns.S_DUE],
            stay_late=stays[columns.S_LATE],
            stay_outcome=stays[columns.S_OUTCOME],
            stay_worker=stays[columns.S_WORKER],
            stay_visits=stays[columns.S_VISITS],
            stay_lapsed=stays[columns.S_LAPSED],
            stay_released=stays[columns.S_RELEASED],
            worker_worked=workers[columns.WORKED],
            worker_idle=workers[columns.IDLE],
            worker_visits=workers[columns.VISITS],
            worker_caseload=workers[columns.CASELOAD],
            worker_caseload_max=workers[columns.CASELOAD_MAX],
            order_watch=orders[columns.O_WATCH],
            order_on=orders[columns.O_ON],
            order_off=orders[columns.O_OFF],
            order_came=orders[columns.O_CAME],
            order_went=orders[columns.O_WENT],
            _raw=raw,
            _stays=stays,
            _order=order,
            _measures=measures,
        )
        return log

    @cached_property
    def totals(self) -> dict[str, Any] | None:
        """The measures of the run."""
        rows = np.empty(self._stays.shape[::-1], np.int64)
        rows[slice(None) if self._order is None else self._order] = self._stays.T
        totals: dict[str, Any] = self._measures(self._raw.with_table("stays", rows))
        return totals

    def _visits(self) -> dict[str, Ints]:
        from capsim.kernels.engine import columns

        rows = self._raw.written.visits
        stay, number = rows[:, columns.V_STAY], rows[:, columns.V_NUMBER]
        by_case = self._order
        if by_case is not None:
            position = np.empty_like(by_case)
            position[by_case] = np.arange(len(by_case))
            stay = position[stay]
        order = _order_of(stay * (number.max(initial=0) + 1) + number)
        values = columns_of(rows, order)
        self.__dict__["_raw"] = self._raw.with_table("visits", rows[:0])
        return {
            "visit_stay": np.ascontiguousarray(stay if order is None else stay[order]),
            "visit_number": values[columns.V_NUMBER],
            "visit_worker": values[columns.V_WORKER],
            "visit_due": values[columns.V_DUE],
            "visit_begin": values[columns.V_BEGIN],
            "visit_end": values[columns.V_END],
            "visit_work": values[columns.V_WORK],
            "visit_kind": values[columns.V_KIND],
        }

    def _places(self) -> dict[str, Ints]:
        from capsim.kernels.engine import columns

        rows = self._raw.written.places
        values = columns_of(rows, _order_of(rows[:, columns.L_CASE]))
        self.__dict__["_raw"] = self._raw.with_table("places", rows[:0])
        return {
            "place_case": values[columns.L_CASE],
            "place_worker": values[columns.L_WORKER],
            "place_from": values[columns.L_FROM],
            "place_until": values[columns.L_UNTIL],
        }

    visit_stay = _Column(_visits)
    visit_number = _Column(_visits)
    visit_worker = _Column(_visits)
    visit_due = _Column(_visits)
    visit_begin = _Column(_visits)
    visit_end = _Column(_visits)
    visit_work = _Column(_visits)
    visit_kind = _Column(_visits)
    place_case = _Column(_places)
    place_worker = _Column(_places)
    place_from = _Column(_places)
    place_until = _Column(_places)
