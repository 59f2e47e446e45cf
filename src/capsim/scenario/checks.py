"""Second pass."""
from capsim.scenario.errors import Mistake
def check_rules(s): return []
