"""The one place where experiments meet the engines: blocks of replications of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from capsim.execution import own_functions
from capsim.execution.block import Arrays
from capsim.execution.provenance import code_version
from capsim.execution.settings import RunSettings
from capsim.execution.store.blockfile import Rows

if TYPE_CHECKING:
    from capsim.runs.run import Run

__all__ = ["SERIES_COLUMNS", "VALUE_COLUMNS", "ScenarioWork"]

VALUE_COLUMNS = ("measure", "kind", "of", "inflow", "office", "window")
SERIES_COLUMNS = ("day", "office", "kind", "of", "measure")


@lru_cache(maxsize=4)
def _rows_of(rows: tuple[tuple[str, ...], ...]) -> Rows:
    """Rows of values as columns; scenarios that differ in numbers only have the same."""
    columns = list(zip(*rows, strict=True))
    return Rows(dict(zip(VALUE_COLUMNS, columns, strict=True)))


@dataclass(frozen=True, eq=False)
class ScenarioWork:
    """Replications of a scenario.

    Attributes
    ----------
    label : str
        Name in the study.
    scenario : Scenario
    settings : RunSettings
        Seed, engine, measures and rules of the user's own.
    """

    label: str
    scenario: Any
    settings: RunSettings

    @property
    def seed(self) -> int:
        """Seed of all replications."""
        return self.settings.seed

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return self.settings.engine

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules of the user's own."""
        return tuple(self.settings.rules)

    @property
    def parallel(self) -> Literal["threads", "processes"]:
        """Threads only for what the compiled engine does alone; frames hold the lock."""
        return "threads" if self.engine == "compiled" and not self._in_frames else "processes"

    @property
    def _in_frames(self) -> bool:
        return bool(self.settings.own) or self.settings.every is not None

    def run(self, first: int, count: int) -> Arrays:
        """Numbers of the replications `first` to `first + count - 1`."""
        replications = range(first, first + count)
        if self._in_frames:
            rows = [self._in_full(replication) for replication in replications]
            values = np.stack([row for row, _ in rows])
            if self.settings.every is None:
                return Arrays(values)
            return Arrays(values, np.stack([series for _, series in rows]))
        from capsim.plan import compile_plan

        plan = compile_plan(self.scenario)
        if self.engine == "compiled":
            from capsim.engines import compiled

            return Arrays(compiled.measure(plan, self.seed, first, count, self.settings.ask))
        from capsim.draws import deal
        from capsim.engines import reference
        from capsim.measures import measure_values

        rules = self.settings.rules
        return Arrays(
            np.stack(
                [
                    measure_values(
                        reference.run(plan, deal(plan, self.seed, replication), **rules),
                        self.settings.ask,
                    )
                    for replication in replications
                ]
            )
        )

    def _run(self, replication: int) -> Run:
        from capsim.runs.simulate import simulated

        return simulated(
            self.scenario,
            seed=self.seed,
            replication=replication,
            engine=self.engine,
            assign=self.settings.assign,
            choose=self.settings.choose,
            ask=self.settings.ask,
        )

    def _in_full(self, replication: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from capsim.measures import measure_values

        run = self._run(replication)
        values = measure_values(run.log, self.settings.ask)
        if self.settings.own:
            values = np.append(values, own_functions.evaluate(self.settings.own, run))
        if self.settings.every is None:
            return values, np.empty(0)
        series = run.series(every=self.settings.every)
        return values, series["value"].to_numpy(dtype=np.float64)

    def version(self) -> str:
        """Version of the code that computes here."""
        return code_version()

    def rows(self) -> Rows:
        """Columns measure, kind, of, inflow, office, window."""
        return self._rows

    @cached_property
    def _rows(self) -> Rows:
        from capsim.catalogue import measure_keys
        from capsim.plan import compile_plan

        rows = list(measure_keys(compile_plan(self.scenario), self.settings.ask).rows)
        rows += [
            (name, own_functions.KIND, "all", "all", "all", "all") for name in self.settings.own
        ]
        return _rows_of(tuple(rows))

    def series_rows(self) -> Rows | None:
        """Columns day, office, kind, of, measure; the rows of one replication are those of all."""
        return None if self.settings.every is None else self._series_rows

    @cached_property
    def _series_rows(self) -> Rows:
        assert self.settings.every is not None
        frame = self._run(0).series(every=self.settings.every)
        return Rows({name: frame[name].to_numpy() for name in SERIES_COLUMNS})

    def identity(self) -> dict[str, Any]:
        """All that the values depend on."""
        return {
            "scenario": self.scenario.hash,
            "version": self.version(),
            **self.settings.identity(),
        }

    def series_identity(self) -> dict[str, Any]:
        """All that the series depend on."""
        identity = self.identity()
        del identity["measures"]
        return {**identity, "every": self.settings.every}

    def document(self) -> tuple[str, Any]:
        """Hash and JSON of the scenario, with what it was made from."""
        return self.scenario.hash, self.scenario.to_document()
