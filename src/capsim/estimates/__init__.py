"""Numbers over replications, every one with its interval."""

from capsim.estimates.bands import Band, band
from capsim.estimates.controlled import controlled_bound, controlled_intervals
from capsim.estimates.differences import holm, paired_differences
from capsim.estimates.means import Interval, mean_interval, mean_intervals
from capsim.estimates.precision import Precision, check_precision, replications_needed
from capsim.estimates.proportions import proportion_interval
from capsim.estimates.quantiles import quantile_interval, quantile_summary
from capsim.estimates.steady import GrowingError, WarmUp, mser5, welch
from capsim.estimates.summaries import summary, summary_of

__all__ = [
    "Band",
    "GrowingError",
    "Interval",
    "Precision",
    "WarmUp",
    "band",
    "check_precision",
    "controlled_bound",
    "controlled_intervals",
    "holm",
    "mean_interval",
    "mean_intervals",
    "mser5",
    "paired_differences",
    "proportion_interval",
    "quantile_interval",
    "quantile_summary",
    "replications_needed",
    "summary",
    "summary_of",
    "welch",
]
