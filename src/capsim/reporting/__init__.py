"""The report that people pass on: one page of a study, in Dutch, French or English."""

from capsim.reporting.entry import report

__all__ = ["report"]
