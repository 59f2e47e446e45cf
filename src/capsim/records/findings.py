"""What was estimated, collected: the rows, the overrides, the evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from capsim.plan.plan import Floats
from capsim.records.durations import FEWEST_ENDS, LAWS, Durations, FittedLaw
from capsim.records.law_choice import DOUBTFUL, choose_law
from capsim.scenario.tables.evidence import Evidence

__all__ = ["COLUMNS", "Findings"]

COLUMNS = (
    "path",
    "estimate",
    "lower",
    "upper",
    "unit",
    "n",
    "censored",
    "law",
    "aic",
    "goodness",
    "agreement",
)
FAIR = 0.1
"""Goodness from which on the agreement is good."""


@dataclass(eq=False)
class Findings:
    """Collects what was estimated."""

    source: str
    confidence: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        path: str,
        limits: Sequence[float] | Floats,
        unit: str,
        n: int,
        *,
        censored: int = 0,
        law: str = "",
        aic: float = math.nan,
        goodness: float = math.nan,
    ) -> None:
        """One estimate with its interval, and the evidence for it."""
        estimate, lower, upper = (float(limit) for limit in limits)
        word = _word(goodness) if law else ""
        values = (path, estimate, lower, upper, unit, n, censored, law, aic, goodness, word)
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))
        self.prove(path, (estimate, lower, upper), unit, n, censored, law)

    def prove(
        self, path: str, limits: Sequence[float], unit: str, n: int, censored: int, law: str
    ) -> None:
        """The evidence for one number."""
        estimate, lower, upper = limits
        note = f"n = {n}"
        note += f", {censored} of them still open" if censored else ""
        if lower < upper:
            note += f"; {self.confidence:.4g} interval {lower:.4g} to {upper:.4g} {unit}".rstrip()
        note += f"; {law} law" if law in (*LAWS, "mixture", "empirical") else ""
        shown = f"{estimate:.6g} {unit}" if unit in ("days", "h") else float(f"{estimate:.6g}")
        self.evidence[path] = Evidence(
            value=shown, source=self.source, certainty="derived", note=note
        )

    def add_law(self, path: str, fitted: FittedLaw, data: Durations, unit: str) -> None:
        """Mean and cv of a law, and the law as an override."""
        common: dict[str, Any] = {
            "n": data.n,
            "censored": data.censored,
            "law": fitted.law,
            "aic": fitted.aic,
            "goodness": fitted.goodness,
        }
        self.add(
            f"{path}.mean", (fitted.mean, fitted.mean_lower, fitted.mean_upper), unit, **common
        )
        if fitted.law in ("mixture", "empirical"):
            # These have no mean of their own to which an evidence could point.
            self.evidence[path] = self.evidence.pop(f"{path}.mean")
        elif fitted.law not in ("fixed", "exponential"):
            self.add(f"{path}.cv", (fitted.cv, fitted.cv_lower, fitted.cv_upper), "", **common)
        self.overrides[path] = fitted.table(unit)

    def add_durations(
        self, path: str, data: Durations, unit: str, laws: tuple[str, ...] = LAWS
    ) -> None:
        """The law of durations, or a remark that there are too few.

        A law that misses the mean of the data is shown, but is no override.
        """
        if data.ended < FEWEST_ENDS:
            self.remarks.append(
                f"{path}: {data.ended} of {data.n} ended, fewer than {FEWEST_ENDS}; not fitted"
            )
            return
        choice = choose_law(data, laws=laws, confidence=self.confidence)
        if choice.why:
            self.remarks.append(f"{path}: {choice.why}")
        known = dict(self.evidence)
        self.add_law(path, choice.fitted, data, unit)
        if not choice.keeps:
            self.refused[path] = choice.why
            self.evidence = known
            del self.overrides[path]


def _word(goodness: float) -> str:
    """How well a law agrees with the data, from the probability of a worse agreement."""
    if math.isnan(goodness):
        return "cannot say"
    return "doubtful" if goodness < DOUBTFUL else "fair" if goodness < FAIR else "good"
