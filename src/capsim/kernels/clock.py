"""Calendar instants and office instants, one at a time, for kernels.

An office instant counts the office seconds since the start; a calendar instant is
`calendar_day * day_ticks + second of the office day`. Both are the ticks of `capsim.plan.plan`.
"""

from __future__ import annotations

from capsim.kernels.codes import NEVER
from capsim.kernels.jit import inlined, jit
from capsim.kernels.tables import Time

__all__ = ["delay_end", "office_instant"]


@inlined
def office_instant(instant: int, calendar: Time) -> int:
    """The first office instant at or after a calendar instant; NEVER from the horizon on.

    Closed days at the very end give the office instant of the horizon, at which no run is still on.
    """
    day_ticks = calendar.day_ticks
    if instant >= calendar.n_days * day_ticks:
        return NEVER
    if instant < 0:
        return 0
    day = instant // day_ticks
    # By multiplication: whether a day is open is an unpredictable branch.
    return calendar.office_day[day] * day_ticks + calendar.is_open[day] * (
        instant - day * day_ticks
    )


@jit
def delay_end(start: int, length: int, in_office_time: int, calendar: Time) -> int:
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
    calendar : Time
        That of a plan.
    """
    day_ticks = calendar.day_ticks
    if in_office_time:
        end = office_instant(start, calendar)
        if end == NEVER:
            return NEVER
        end += length
        if end >= calendar.office_day[calendar.n_days] * day_ticks:
            return NEVER
        day = end // day_ticks
        return calendar.open_day[day] * day_ticks + end - day * day_ticks
    end = start + length
    if end >= calendar.n_days * day_ticks:
        return NEVER
    return end
