"""What an engine returns: the `Log` of integer tables."""

from capsim.log.log import (
    LATE_NO,
    LATE_UNKNOWN,
    LATE_YES,
    OUTCOME_COMPLETED,
    OUTCOME_LEFT,
    OUTCOME_OPEN,
    OUTCOME_TURNED_AWAY,
    OUTCOMES,
    Log,
)

__all__ = [
    "LATE_NO",
    "LATE_UNKNOWN",
    "LATE_YES",
    "OUTCOMES",
    "OUTCOME_COMPLETED",
    "OUTCOME_LEFT",
    "OUTCOME_OPEN",
    "OUTCOME_TURNED_AWAY",
    "Log",
]
