"""A scenario as flat integer tables: what both engines read.

`compile_plan(scenario)` is the only door. Nothing random is in a plan; what depends on the
replication (applicants, roster) is in `capsim.draws.Luck`.
"""

from capsim.plan.compile import compile_plan
from capsim.plan.plan import Plan

__all__ = ["Plan", "compile_plan"]
