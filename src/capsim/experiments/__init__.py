"""One question, one file, one result class: replications, comparison, sweeps, selection.

How a study is carried out (`store`, `jobs`, `client`, `backend`, `block`, `progress`) is the same
for all of them and changes no number; see `Execution`.
"""

from capsim.experiments import study
from capsim.experiments.comparison import Comparison, compare
from capsim.experiments.errors import (
    Failure,
    ReplicationError,
    StoreError,
    StoreWarning,
    StudyError,
    StudyInterrupted,
)
from capsim.experiments.gathering import Execution
from capsim.experiments.progress import Progress
from capsim.experiments.replications import (
    PrecisionReached,
    PrecisionWarning,
    Replications,
    replicate,
)
from capsim.experiments.selection import Selection, select_best
from capsim.experiments.sweeps import Sweep, sweep

__all__ = [
    "Comparison",
    "Execution",
    "Failure",
    "PrecisionReached",
    "PrecisionWarning",
    "Progress",
    "ReplicationError",
    "Replications",
    "Selection",
    "StoreError",
    "StoreWarning",
    "StudyError",
    "StudyInterrupted",
    "Sweep",
    "compare",
    "replicate",
    "select_best",
    "study",
    "sweep",
]
