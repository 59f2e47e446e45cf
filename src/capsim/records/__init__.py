"""A service's own records: laws and rates fitted to them, simulations held against them."""

from capsim.records.files import read_log
from capsim.records.fitting import Fit, fit
from capsim.records.validation import Validation, validate

__all__ = ["Fit", "Validation", "fit", "read_log", "validate"]
