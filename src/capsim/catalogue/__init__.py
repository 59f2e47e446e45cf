"""Which measures there are: names, order, words, units, limits, and how one is asked for."""

from capsim.catalogue.measures import (
    MEASURES,
    STAGE_MEASURES,
    TEAM_MEASURES,
    UNBOUNDED,
    Selector,
)
from capsim.catalogue.rows import Keys, measure_keys

__all__ = [
    "MEASURES",
    "STAGE_MEASURES",
    "TEAM_MEASURES",
    "UNBOUNDED",
    "Keys",
    "Selector",
    "measure_keys",
]
