"""Pictures of scenarios, runs and studies.

Every function takes a result (or its tidy frame) and ``ax=None``, draws with matplotlib without
pyplot, and gives back the Axes; `save` writes the figure as PNG and SVG. In a notebook,
``capsim.plots.queues(run).figure`` shows itself.
"""

from capsim.plots.comparisons import measures
from capsim.plots.life import story
from capsim.plots.pathway import pathway
from capsim.plots.periods import by_period
from capsim.plots.sensitivity import morris, sobol, tornado, uncertainty
from capsim.plots.staffing import frontier, profile, staffing_map
from capsim.plots.style import save
from capsim.plots.time import caseload, pending, queues
from capsim.plots.waits import waits

__all__ = [
    "by_period",
    "caseload",
    "frontier",
    "measures",
    "morris",
    "pathway",
    "pending",
    "profile",
    "queues",
    "save",
    "sobol",
    "staffing_map",
    "story",
    "tornado",
    "uncertainty",
    "waits",
]


def __dir__() -> list[str]:
    """List the figures: what else lies here is how they are drawn."""
    return __all__
