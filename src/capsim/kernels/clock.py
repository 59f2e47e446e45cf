"""Calendar instants and office instants, one at a time, for kernels.

An office instant counts the office seconds since the start; a calendar instant is
`calendar_day * day_ticks + second of the office day`. Both are the ticks of `capsim.plan.plan`.
"""

from __future__ import annotations

from typing import Any

from capsim.kernels.codes import NEVER
from capsim.kernels.jit import inlined, jit

__all__ = ["delay_end", "office_instant"]


@inlined
def office_instant(instant: int, day_ticks: int, n_days: int, office_day: Any, is_open: Any) -> int:
    """The first office instant at or after a calendar instant; NEVER from the horizon on.

    Closed days at the very end give the office instant of the horizon, at which no run is still on.
    """
    if instant >= n_days * day_ticks:
        return NEVER
    if instant < 0:
        return 0
    day = instant // day_ticks
    # By multiplication: whether a day is open is a branch that no processor guesses.
    return office_day[day] * day_ticks + is_open[day] * (instant - day * day_ticks)


@jit
def delay_end(
    start: int,
    length: int,
    in_office_time: int,
    day_ticks: int,
    n_days: int,
    open_day: Any,
    office_day: Any,
    is_open: Any,
) -> int:
    """The calendar instant at which a delay ends; NEVER if it does not end before the horizon.

    Parameters
    ----------
    start : int
        Calendar instant at which it begins.
    length : int
        Its ticks, at least one: of calendar time, or of office time counted from the first office
        instant at or after `start`.
    in_office_time : int
        1 for office time, 0 for calendar time.
    day_ticks, n_days, open_day, office_day, is_open
        The calendar of a plan.
    """
    if in_office_time:
        end = office_instant(start, day_ticks, n_days, office_day, is_open)
        if end == NEVER:
            return NEVER
        end += length
        if end >= office_day[n_days] * day_ticks:
            return NEVER
        day = end // day_ticks
        return open_day[day] * day_ticks + end - day * day_ticks
    end = start + length
    if end >= n_days * day_ticks:
        return NEVER
    return end
