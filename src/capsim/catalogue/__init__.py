"""Which measures there are: records, where each applies, how one is asked for and shown."""

from capsim.catalogue.measures import MEASURES, Measure, measure_named
from capsim.catalogue.rows import Keys, measure_keys
from capsim.catalogue.selector import Selector

__all__ = ["MEASURES", "Keys", "Measure", "Selector", "measure_keys", "measure_named"]
