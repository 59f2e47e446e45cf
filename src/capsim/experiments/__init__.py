"""One question, one file, one result class: replications, comparison, sweeps, sensitivity ...

How a study is carried out (`store`, `jobs`, `client`, `backend`, `block`, `progress`) is the same
for all of them and changes no number; see `Execution`.
"""

from capsim.execution.errors import (
    Failure,
    ReplicationError,
    StoreError,
    StoreWarning,
    StudyError,
    StudyInterrupted,
)
from capsim.execution.options import Execution
from capsim.execution.progress import Progress
from capsim.experiments import study
from capsim.experiments.comparison import Comparison, compare
from capsim.experiments.designs.base import FreeDesign
from capsim.experiments.designs.independent import SampleDesign
from capsim.experiments.designs.morris import MorrisDesign
from capsim.experiments.designs.one_at_a_time import OneAtATimeDesign
from capsim.experiments.designs.responses import Responses, run_design
from capsim.experiments.designs.sobol import SobolDesign
from capsim.experiments.forecasts import Forecast, forecast
from capsim.experiments.fundings import Funded, funded
from capsim.experiments.own_office import office
from capsim.experiments.precision import PrecisionReached, PrecisionWarning
from capsim.experiments.replications import replicate
from capsim.experiments.results.replications import Replications
from capsim.experiments.saved import load_result
from capsim.experiments.selection import Selection, select_best
from capsim.experiments.sensitivities import Sensitivity, sensitivity
from capsim.experiments.staffing.find import find_staffing
from capsim.experiments.staffing.obstacles import Obstacles, obstacles
from capsim.experiments.staffing.over_time import Profile, staffing_profile
from capsim.experiments.staffing.over_time_target import profile_for_target
from capsim.experiments.staffing.priced import PricedStaffing
from capsim.experiments.staffing.result import Effort, Staffing
from capsim.experiments.sweeps import Sweep, sweep
from capsim.experiments.uncertainties import Uncertainty, uncertainty

__all__ = [
    "Comparison",
    "Effort",
    "Execution",
    "Failure",
    "Forecast",
    "FreeDesign",
    "Funded",
    "MorrisDesign",
    "Obstacles",
    "OneAtATimeDesign",
    "PrecisionReached",
    "PrecisionWarning",
    "PricedStaffing",
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
    "compare",
    "find_staffing",
    "forecast",
    "funded",
    "load_result",
    "obstacles",
    "office",
    "profile_for_target",
    "replicate",
    "run_design",
    "select_best",
    "sensitivity",
    "staffing_profile",
    "study",
    "sweep",
    "uncertainty",
]
