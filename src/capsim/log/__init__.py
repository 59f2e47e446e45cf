"""What an engine returns: the `Log` of integer tables, and the `Run` that shows it as frames."""

from capsim.log.run import Run, StoredRun, load_run
from capsim.log.table import (
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
    "Run",
    "StoredRun",
    "load_run",
]
