"""Work on the replications of a scenario that keeps something else than their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from capsim.execution.scenario_work import ScenarioWork
from capsim.execution.store.blockfile import Rows

__all__ = ["DerivedWork"]


@dataclass(frozen=True, eq=False)
class DerivedWork:
    """What such work has in common: the replications, named and versioned as they are.

    Attributes
    ----------
    inner : ScenarioWork
        The replications.
    """

    inner: ScenarioWork

    @property
    def label(self) -> str:
        """Name in the study."""
        return self.inner.label

    @property
    def seed(self) -> int:
        """Seed of all replications."""
        return self.inner.seed

    def version(self) -> str:
        """Version of the code that computes here."""
        return self.inner.version()

    def series_rows(self) -> Rows | None:
        """None: there are no time series."""
        return None

    def document(self) -> tuple[str, Any]:
        """Hash and JSON of the scenario."""
        return self.inner.document()
