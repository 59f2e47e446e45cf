"""Measures of one run, computed from its log: what the compiled engine must give."""

from capsim.measures.reference import measure_values, measures_of, reference_values

__all__ = ["measure_values", "measures_of", "reference_values"]
