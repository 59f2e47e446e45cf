"""What all replications of a study have in common, whatever their scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from capsim.execution import own_functions
from capsim.execution.own_functions import Measure
from capsim.execution.store.fingerprint import fingerprint
from capsim.plan.windows import PLAIN, Ask

__all__ = ["RunSettings"]


@dataclass(frozen=True, eq=False)
class RunSettings:
    """How replications are run and what is measured in them; checked, and equal in all processes.

    Attributes
    ----------
    seed : int
    engine : {"simpy", "compiled"}
    own : mapping of str to function
        Measures of the user's own.
    assign, choose : function, optional
        Rules of the user's own, as `capsim.simulate` takes them.
    every : str or None
        Length of the intervals of time series, if they are wanted.
    ask : Ask
        What is measured besides what the scenarios say.
    """

    seed: int
    engine: str
    own: Mapping[str, Measure] = field(default_factory=dict)
    assign: Callable[..., Any] | None = None
    choose: Callable[..., Any] | None = None
    every: str | None = None
    ask: Ask = PLAIN

    @property
    def rules(self) -> dict[str, Callable[..., Any]]:
        """The rules that are given, by the name of their argument."""
        found = {"assign": self.assign, "choose": self.choose}
        return {name: rule for name, rule in found.items() if rule is not None}

    def identity(self) -> dict[str, Any]:
        """All of it that the measures of a replication depend on, as JSON."""
        identity: dict[str, Any] = {
            "engine": self.engine,
            "seed": self.seed,
            "measures": [[name, fingerprint(function)] for name, function in self.own.items()],
        }
        if self.rules:
            identity["rules"] = {name: fingerprint(rule) for name, rule in self.rules.items()}
        if self.ask != PLAIN:
            identity["ask"] = asdict(self.ask)
        return identity

    def noted(self) -> dict[str, Any]:
        """What a store notes of it, as JSON: own functions by where they can be imported from."""
        noted = {
            "seed": self.seed,
            "engine": self.engine,
            "measures": own_functions.places(self.own),
            "rules": own_functions.places(self.rules),
        }
        return noted if self.ask == PLAIN else {**noted, "ask": asdict(self.ask)}
