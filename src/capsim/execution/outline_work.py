"""Outlines of the replications of a scenario, as blocks of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from capsim.execution.block import Arrays
from capsim.execution.scenario_work import VALUE_COLUMNS, ScenarioWork
from capsim.execution.store.blockfile import Rows
from capsim.plan.windows import Ask

__all__ = ["OutlineWork"]


@dataclass(frozen=True, eq=False)
class OutlineWork:
    """Outlines of replications: the same rows from a cheap calculation on the same luck.

    Attributes
    ----------
    inner : ScenarioWork
        The replications.
    pace : tuple of float
        Factor on the work of contacts of each team copy; see `capsim.engines.outline.paces`.
    """

    inner: ScenarioWork
    pace: tuple[float, ...]

    @property
    def label(self) -> str:
        """Name in the study."""
        return self.inner.label

    @property
    def seed(self) -> int:
        """Seed of all replications."""
        return self.inner.seed

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

    def version(self) -> str:
        """Version of the code that computes here."""
        return self.inner.version()

    def rows(self) -> Rows:
        """Those of the replications, without money by period and measures of the user's own."""
        return self._rows

    @cached_property
    def _rows(self) -> Rows:
        from capsim.catalogue import measure_keys
        from capsim.plan import compile_plan

        rows = measure_keys(compile_plan(self.inner.scenario), self._ask).rows
        return Rows(dict(zip(VALUE_COLUMNS, zip(*rows, strict=True), strict=True)))

    def series_rows(self) -> Rows | None:
        """None: outlines have no time series."""
        return None

    def identity(self) -> dict[str, Any]:
        """All that the outlines depend on."""
        settings = replace(self.inner.settings, own={}, assign=None, choose=None, ask=self._ask)
        identity = {**settings.identity(), "engine": "outline", "pace": list(self.pace)}
        return {"scenario": self.inner.scenario.hash, "version": self.version(), **identity}

    def series_identity(self) -> dict[str, Any]:
        """That of the outlines: there are no series."""
        return self.identity()

    def document(self) -> tuple[str, Any]:
        """Hash and JSON of the scenario."""
        return self.inner.document()
