"""What an outline keeps in mind while it runs, and its codes."""

from __future__ import annotations

from typing import Any, NamedTuple

SLOTS = 16
"""Parts of an office day. What falls due in the same part is served in the order of entry."""

HANDED_OVER = 3
"""State of a worker who is away so long that others have the cases."""

# What a case does next, and the columns of the table of cases.
JOIN, VISIT, LEAVE, GO_ON = range(4)
(
    O_STAGE, O_PROFILE, O_STAY, O_NTH, O_VISIT, O_LEFT, O_WHAT, O_TIME, O_NEXT, O_OPEN,
    OUTLINE_FIELDS,
) = range(11)  # fmt: skip
# Columns of the table of copies while it runs.
(
    Q_PROMISED, Q_BACKLOG, Q_ADDED, Q_WORKED, Q_GIVEN, Q_OPEN, Q_WORK, Q_GAP, Q_LOAD,
    Q_DUE, COPY_STATE,
) = range(11)  # fmt: skip


class Contacts(NamedTuple):
    """The contacts of case managers that are counted by the day."""

    work: Any
    gap: Any
    """(profiles,) float64: mean client seconds of a contact, and mean ticks to the next one."""
    pace: Any
    """(copies,) float64: factor on them."""


class Supply(NamedTuple):
    """What the roster gives; see `supply`."""

    levels: Any
    fte: Any
    pace: Any


class Memory(NamedTuple):
    """Working memory of `outline`."""

    cases: Any
    """(cases, OUTLINE_FIELDS)."""
    clocks: Any
    """(cases, clocks)."""
    nth_stay: Any
    """(cases, stages) int32."""
    heads: Any
    """(open days * SLOTS,) first case of each part of a day; the others follow in O_NEXT."""
    queue: Any
    queue_ends: Any
    """(copies,) first and last case that waits for a place."""
    state: Any
    """(copies, COPY_STATE) float64."""
    waiting: Any
    """(stages, offices + 1, n_days + 1) int32: changes of queues by day."""
    crew_first: Any
    """(copies,) first worker of each."""
