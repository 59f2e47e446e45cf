"""Closed forms, chains and differential equations beside the simulation.

What is known exactly (or, where it says so, approximately) about queues, caseloads and staffing. No
function here draws a random number or knows an engine. Any unit of time will do, if it is the same
one in all arguments of a call; results come back in it. Outside a formula's domain (a load of 1 or
more, a negative rate) a function raises `TheoryError` instead of a figure.

Examples
--------
>>> from capsim import theory
>>> line = theory.erlang_c(arrival_rate=0.65, service_rate=0.25, servers=3)
>>> round(line.wait_mean, 6), round(line.wait_exceeds(30), 6)
(7.588946, 0.037783)
"""

from capsim.theory.beside import ExactFigure, beside
from capsim.theory.queues.approximations import ApproximateLine, mgc_approximation
from capsim.theory.queues.casemanager import (
    CaseManagerLimit,
    CaseManagerLine,
    FullCaseload,
    case_manager,
    case_manager_limit,
    closed_caseload,
)
from capsim.theory.queues.deterministic import FixedWorkLine, mdc
from capsim.theory.queues.domain import TheoryError
from capsim.theory.queues.erlang import (
    DelayLine,
    FiniteLine,
    ImpatientLine,
    erlang_a,
    erlang_b,
    erlang_c,
    mmck,
)
from capsim.theory.queues.feedback import (
    FeedbackLine,
    FeedbackPath,
    FeedbackTeam,
    caseload_feedback,
    caseload_feedback_path,
)
from capsim.theory.queues.fluid import FluidPath, fluid
from capsim.theory.queues.functions import (
    StayLaw,
    Steps,
    exponential,
    fixed,
    gamma,
    lognormal,
    steps,
)
from capsim.theory.queues.infinite import LoadCurve, infinite_server_load, infinite_server_network
from capsim.theory.queues.jackson import Network, Station, jackson, traffic
from capsim.theory.queues.single import PriorityLine, SingleServerLine, mg1, priority_queue
from capsim.theory.queues.staffing import (
    StaffingPlan,
    modified_offered_load,
    pointwise_stationary,
    quality_of_service,
    smallest_servers,
    square_root_staffing,
)
from capsim.theory.queues.transient import TransientLine, transient_mmc
from capsim.theory.queues.workforce import (
    EffectivePosts,
    effective_posts,
    filled_posts,
    presence_share,
)

__all__ = [
    "ApproximateLine",
    "CaseManagerLimit",
    "CaseManagerLine",
    "DelayLine",
    "EffectivePosts",
    "ExactFigure",
    "FeedbackLine",
    "FeedbackPath",
    "FeedbackTeam",
    "FiniteLine",
    "FixedWorkLine",
    "FluidPath",
    "FullCaseload",
    "ImpatientLine",
    "LoadCurve",
    "Network",
    "PriorityLine",
    "SingleServerLine",
    "StaffingPlan",
    "Station",
    "StayLaw",
    "Steps",
    "TheoryError",
    "TransientLine",
    "beside",
    "case_manager",
    "case_manager_limit",
    "caseload_feedback",
    "caseload_feedback_path",
    "closed_caseload",
    "effective_posts",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "exponential",
    "filled_posts",
    "fixed",
    "fluid",
    "gamma",
    "infinite_server_load",
    "infinite_server_network",
    "jackson",
    "lognormal",
    "mdc",
    "mg1",
    "mgc_approximation",
    "mmck",
    "modified_offered_load",
    "pointwise_stationary",
    "presence_share",
    "priority_queue",
    "quality_of_service",
    "smallest_servers",
    "square_root_staffing",
    "steps",
    "traffic",
    "transient_mmc",
]
