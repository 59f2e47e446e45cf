"""One question, one file, one result class: replications, comparison, sweeps, sensitivity ...

How a study is carried out (`store`, `jobs`, `client`, `backend`, `block`, `progress`) is the same
for all of them and changes no number; see `Execution`.
"""

from capsim.experiments import study
from capsim.experiments.comparison import Comparison, compare
from capsim.experiments.designs import FreeDesign
from capsim.experiments.errors import (
    Failure,
    ReplicationError,
    StoreError,
    StoreWarning,
    StudyError,
    StudyInterrupted,
)
from capsim.experiments.fitting import Fit, fit
from capsim.experiments.gathering import Execution
from capsim.experiments.morris import MorrisDesign
from capsim.experiments.obstacles import Obstacles, obstacles
from capsim.experiments.one_at_a_time import OneAtATimeDesign
from capsim.experiments.profile import Profile, staffing_profile
from capsim.experiments.profile_target import profile_for_target
from capsim.experiments.progress import Progress
from capsim.experiments.replications import (
    PrecisionReached,
    PrecisionWarning,
    Replications,
    replicate,
)
from capsim.experiments.responses import Responses, run_design
from capsim.experiments.sample_design import SampleDesign
from capsim.experiments.selection import Selection, select_best
from capsim.experiments.sensitivities import Sensitivity, sensitivity
from capsim.experiments.sobol import SobolDesign
from capsim.experiments.staffing import find_staffing
from capsim.experiments.staffing_result import Effort, Staffing
from capsim.experiments.sweeps import Sweep, sweep
from capsim.experiments.uncertainties import Uncertainty, uncertainty
from capsim.experiments.validation import Validation, validate

__all__ = [
    "Comparison",
    "Effort",
    "Execution",
    "Failure",
    "Fit",
    "FreeDesign",
    "MorrisDesign",
    "Obstacles",
    "OneAtATimeDesign",
    "PrecisionReached",
    "PrecisionWarning",
    "Profile",
    "Progress",
    "ReplicationError",
    "Replications",
    "Responses",
    "SampleDesign",
    "Selection",
    "Sensitivity",
    "SobolDesign",
    "Staffing",
    "StoreError",
    "StoreWarning",
    "StudyError",
    "StudyInterrupted",
    "Sweep",
    "Uncertainty",
    "Validation",
    "compare",
    "find_staffing",
    "fit",
    "obstacles",
    "profile_for_target",
    "replicate",
    "run_design",
    "select_best",
    "sensitivity",
    "staffing_profile",
    "study",
    "sweep",
    "uncertainty",
    "validate",
]
