"""Measures of one run: their names, their fixed order for a plan, and what they are."""

from capsim.log.keys import Keys, measure_keys
from capsim.log.names import MEASURES, STAGE_MEASURES, TEAM_MEASURES, UNBOUNDED, Selector
from capsim.measures.reference import measure_values, measures_of, reference_values

__all__ = [
    "Keys",
    "MEASURES",
    "STAGE_MEASURES",
    "Selector",
    "TEAM_MEASURES",
    "UNBOUNDED",
    "measure_keys",
    "measure_values",
    "measures_of",
    "reference_values",
]
