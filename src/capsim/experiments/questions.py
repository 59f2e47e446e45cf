"""Questions that can be asked of scenarios, by the name under which a store notes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capsim.experiments.results.result import AbstractResult
    from capsim.scenario import Scenario

__all__ = ["QUESTIONS", "Noted", "Question", "register"]


@dataclass(frozen=True)
class Noted:
    """What a store remembers of a study.

    Attributes
    ----------
    arguments : mapping
        What `request_of` was given; numbers, texts, lists and tables.
    scenarios_of : function
        Gives (label, scenario) of each point; they are read when asked for.
    """

    arguments: Mapping[str, Any]
    scenarios_of: Callable[[], Sequence[tuple[str, Scenario]]]

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by their name in the study."""
        return dict(self.scenarios_of())

    @property
    def base(self) -> Scenario:
        """The scenario that the points of the study change."""
        from capsim.scenario import Scenario

        return Scenario.model_validate(self.arguments["base"])

    def but(self, *names: str, **changed: Any) -> dict[str, Any]:
        """The arguments without some, and with others."""
        kept = {name: value for name, value in self.arguments.items() if name not in names}
        return {**kept, **changed}

    def of_a_design(self) -> dict[str, Any]:
        """The arguments of a question about inputs."""
        inputs = {
            tuple(paths) if len(paths) > 1 else paths[0]: spec
            for paths, spec in self.arguments["inputs"]
        }
        return self.but(
            *("base", "selectors", "n"),
            scenario=self.base,
            inputs=inputs,
            measures=self.arguments["selectors"],
            replications=self.arguments["n"],
        )


@dataclass(frozen=True)
class Question:
    """How a study of one kind is taken up again from a store.

    Attributes
    ----------
    kind : str
        Its name in stores.
    run : function
        What answers it.
    resume : function
        Arguments of `run` from what a store notes; seed, engine and own functions come on top.
    open_ended : function
        Whether such a study, judged by its arguments, may add replications.
    """

    kind: str
    run: Callable[..., AbstractResult]
    resume: Callable[[Noted], dict[str, Any]]
    open_ended: Callable[[Mapping[str, Any]], bool] = lambda arguments: False


QUESTIONS: dict[str, Question] = {}
"""The questions by kind; each stands at the end of the file that answers it."""


def register(question: Question) -> None:
    """Let stores know a question."""
    QUESTIONS[question.kind] = question
