"""Results of designs: many rows of inputs, each simulated on the luck of its base row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from capsim.execution.options import Execution, request_of
from capsim.execution.provenance import provenance
from capsim.execution.settings import RunSettings
from capsim.experiments.designs.base import AbstractDesign
from capsim.experiments.designs.responses import Responses, canonical, check_measures, respond
from capsim.experiments.results.result import AbstractResult

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["AbstractDesigned", "check_asked"]


@dataclass(frozen=True, eq=False, repr=False)
class AbstractDesigned(AbstractResult):
    """What the inputs of a scenario do to its outcome, with the runs that say so."""

    scenario: Scenario
    measures: tuple[str, ...]
    responses: Responses
    seed: int
    engine: str
    confidence: float
    provenance: dict[str, Any] = field(kw_only=True)

    @classmethod
    def run(
        cls,
        kind: str,
        scenario: Scenario,
        design: AbstractDesign,
        measures: Sequence[str],
        *,
        replications: int,
        confidence: float,
        settings: RunSettings,
        execution: Execution,
        noted: Mapping[str, Any],
    ) -> Self:
        """The result of a design that is already made, with checked arguments.

        Parameters
        ----------
        kind : str
            Name of the question in stores.
        noted : mapping
            Arguments that belong to this kind alone, for the store and the provenance.
        """
        request = request_of(
            kind,
            settings,
            n=replications,
            base=scenario.to_dict(),
            inputs=[[list(one.paths), one.spec()] for one in design.inputs],
            selectors=list(measures),
            confidence=confidence,
            **noted,
        )
        responses = respond(scenario, design, measures, replications, settings, execution, request)
        return cls(
            scenario=scenario,
            measures=canonical(responses, measures),
            responses=responses,
            seed=settings.seed,
            engine=settings.engine,
            confidence=confidence,
            provenance=provenance(
                {scenario.label: scenario},
                settings,
                responses.seconds,
                **noted,
                rows=len(design),
                simulated=responses.scenarios,
                replications=replications,
                inputs={one.name: one.spec() for one in design.inputs},
            ),
        )

    @property
    def design(self) -> AbstractDesign:
        """Which values of the inputs were tried together."""
        return self.responses.design

    @property
    def replications(self) -> int:
        """Replications of each row."""
        return self.responses.replications

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return self.design.names

    def values(self, *selectors: str) -> pd.DataFrame:
        """Design and results: row, base, a column per path, replication, measure ..., value.

        Parameters
        ----------
        selectors : str
            Default the measures that were asked for.
        """
        return self.responses.values(selectors or self.measures)

    def _asked(self, measure: str | None) -> str:
        """A measure in full; default the first that was asked for."""
        return self.measures[0] if measure is None else canonical(self.responses, [measure])[0]


def check_asked(
    measures: str | Sequence[str], settings: RunSettings, confidence: float
) -> tuple[str, ...]:
    """The measures that are asked for, those of the user's own last.

    Raises
    ------
    ValueError
        If there is none, or the confidence is none.
    """
    from capsim.estimates.means import check_confidence

    asked = check_measures(measures, settings.own)
    if not asked:
        raise ValueError("measures: there is none; name at least one, such as 'wait_mean[intake]'")
    check_confidence(confidence)
    return asked
