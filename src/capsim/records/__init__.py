"""A service's own records: laws and rates fitted to them, what was said held against them."""

from capsim.records.files import read_log
from capsim.records.fitting import Fit, fit
from capsim.records.scoring import Score, score
from capsim.records.validation import Validation, validate

__all__ = ["Fit", "Score", "Validation", "fit", "read_log", "score", "validate"]
