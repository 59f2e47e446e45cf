"""The one place where experiments meet the engines: blocks of replications of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from capsim.execution import own_measures
from capsim.execution.block import Arrays
from capsim.execution.own_measures import Measure
from capsim.execution.provenance import code_version
from capsim.execution.store.blockfile import Rows
from capsim.execution.store.fingerprint import fingerprint

__all__ = ["SERIES_COLUMNS", "VALUE_COLUMNS", "ScenarioWork"]

VALUE_COLUMNS = ("measure", "kind", "of", "inflow", "office")
SERIES_COLUMNS = ("day", "office", "kind", "of", "measure")


@dataclass(frozen=True, eq=False)
class ScenarioWork:
    """Replications of a scenario with a seed.

    Attributes
    ----------
    label : str
        Name in the study.
    scenario : Scenario
    seed : int
    engine : {"simpy", "compiled"}
    measures : mapping of str to function
        Measures of the user's own.
    every : str or None
        Length of the intervals of time series, if they are wanted.
    """

    label: str
    scenario: Any
    seed: int
    engine: str
    measures: Mapping[str, Measure] = field(default_factory=dict)
    every: str | None = None

    @property
    def parallel(self) -> Literal["threads", "processes"]:
        """Threads only for what the compiled engine does alone; frames hold the lock."""
        alone = self.engine == "compiled" and not self.measures and self.every is None
        return "threads" if alone else "processes"

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""
        replications = range(first, first + count)
        if self.measures or self.every is not None:
            rows = [self._in_full(replication) for replication in replications]
            values = np.stack([row for row, _ in rows])
            if self.every is None:
                return Arrays(values)
            return Arrays(values, np.stack([series for _, series in rows]))
        from capsim.plan import compile_plan

        plan = compile_plan(self.scenario)
        if self.engine == "compiled":
            from capsim.engines import compiled

            return Arrays(compiled.measure(plan, self.seed, first, count))
        from capsim.draws import deal
        from capsim.engines import reference
        from capsim.measures import measure_values

        return Arrays(
            np.stack(
                [
                    measure_values(reference.run(plan, deal(plan, self.seed, replication)))
                    for replication in replications
                ]
            )
        )

    def _in_full(self, replication: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from capsim.runs.simulate import simulate

        run = simulate(self.scenario, seed=self.seed, replication=replication, engine=self.engine)
        values = run.measures()["value"].to_numpy(dtype=np.float64)
        if self.measures:
            values = np.append(values, own_measures.evaluate(self.measures, run))
        if self.every is None:
            return values, np.empty(0)
        return values, run.series(every=self.every)["value"].to_numpy(dtype=np.float64)

    def version(self) -> str:
        """Version of the code that computes here."""
        return code_version()

    def rows(self) -> Rows:
        """Columns measure, kind, of, inflow, office."""
        return self._rows

    @cached_property
    def _rows(self) -> Rows:
        from capsim.catalogue import measure_keys
        from capsim.plan import compile_plan

        rows = list(measure_keys(compile_plan(self.scenario)).rows)
        rows += [(name, own_measures.KIND, "all", "all", "all") for name in self.measures]
        columns = list(zip(*rows, strict=True))
        return Rows(dict(zip(VALUE_COLUMNS, columns, strict=True)))

    def series_rows(self) -> Rows | None:
        """Columns day, office, kind, of, measure; the rows of one replication are those of all."""
        return None if self.every is None else self._series_rows

    @cached_property
    def _series_rows(self) -> Rows:
        from capsim.runs.simulate import simulate

        assert self.every is not None
        run = simulate(self.scenario, seed=self.seed, replication=0, engine=self.engine)
        frame = run.series(every=self.every)
        return Rows({name: frame[name].to_numpy() for name in SERIES_COLUMNS})

    def identity(self) -> dict[str, Any]:
        """All that the values depend on."""
        return {
            "scenario": self.scenario.hash,
            "engine": self.engine,
            "version": self.version(),
            "seed": self.seed,
            "measures": [[name, fingerprint(function)] for name, function in self.measures.items()],
        }

    def series_identity(self) -> dict[str, Any]:
        """All that the series depend on."""
        identity = self.identity()
        del identity["measures"]
        return {**identity, "every": self.every}

    def document(self) -> tuple[str, Any]:
        """Hash and JSON of the scenario, with what it was made from."""
        content = {
            "scenario": self.scenario.to_dict(),
            "overrides": self.scenario.overrides,
            "variant": self.scenario.variant_name,
        }
        return self.scenario.hash, content
