"""What is passed on of a study: a page in Dutch, French or English, and its STRESS-DES report."""

from capsim.reporting.entry import report
from capsim.reporting.stress.report import StressDes, stress_des

__all__ = ["StressDes", "report", "stress_des"]
