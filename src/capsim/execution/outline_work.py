"""Outlines of the replications of a scenario, as blocks of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from capsim.execution.block import Arrays
from capsim.execution.derived_work import DerivedWork
from capsim.execution.scenario_work import VALUE_COLUMNS
from capsim.execution.store.blockfile import Rows
from capsim.plan.windows import Ask

__all__ = ["OutlineWork"]


@dataclass(frozen=True, eq=False)
class OutlineWork(DerivedWork):
    """Outlines of replications: the same rows from a cheap calculation on the same luck.

    Attributes
    ----------
    pace : tuple of float
        Factor on the work of contacts of each team copy; see `capsim.engines.outline.paces`.
    """

    pace: tuple[float, ...]

    @property
    def engine(self) -> str:
        """There is no choice."""
        return ""

    @property
    def rules(self) -> tuple[str, ...]:
        """None: an outline knows no rules of the user's own."""
        return ()

    @property
    def parallel(self) -> Literal["threads", "processes"]:
        """Threads where kernels are compiled."""
        from capsim.kernels.jit import REASON

        return "processes" if REASON else "threads"

    @property
    def _ask(self) -> Ask:
        return replace(self.inner.settings.ask, money=None)

    def run(self, first: int, count: int) -> Arrays:
        """Outlines of the replications `first` to `first + count - 1`."""
        from capsim.engines import outline
        from capsim.plan import compile_plan

        plan = compile_plan(self.inner.scenario)
        return Arrays(outline.measure(plan, self.seed, first, count, self.pace, self._ask))

    def rows(self) -> Rows:
        """Those of the replications, without money by period and measures of the user's own."""
        return self._rows

    @cached_property
    def _rows(self) -> Rows:
        from capsim.catalogue import measure_keys
        from capsim.plan import compile_plan

        rows = measure_keys(compile_plan(self.inner.scenario), self._ask).rows
        return Rows(dict(zip(VALUE_COLUMNS, zip(*rows, strict=True), strict=True)))

    def identity(self) -> dict[str, Any]:
        """All that the outlines depend on."""
        settings = replace(self.inner.settings, own={}, assign=None, choose=None, ask=self._ask)
        identity = {**settings.identity(), "engine": "outline", "pace": list(self.pace)}
        return {"scenario": self.inner.scenario.hash, "version": self.version(), **identity}

    def series_identity(self) -> dict[str, Any]:
        """That of the outlines: there are no series."""
        return self.identity()
