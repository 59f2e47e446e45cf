"""How precise a mean shall be: half-widths asked for, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from capsim.experiments.arguments import check_n, is_number
from capsim.experiments.results.sample import Sample

if TYPE_CHECKING:
    from capsim.estimates import Interval

__all__ = ["N_MAX", "Precision", "PrecisionReached", "PrecisionWarning"]

N_MAX = 10_000
"""Cap on the replications that a precision may ask for."""

_SMALLEST = 1e-300


class PrecisionWarning(UserWarning):
    """The cap on replications came before the precision asked for."""


@dataclass(frozen=True)
class PrecisionReached:
    """What became of the precision asked for.

    Attributes
    ----------
    reached : bool
        False if the cap came first.
    n, n_max : int
        Replications made, and their cap.
    wanted : dict
        Half-width asked for, by selector, in the unit of the measure.
    intervals : dict
        Interval of each measure; together they have the confidence (Bonferroni).
    """

    reached: bool
    n: int
    n_max: int
    wanted: dict[str, float]
    intervals: dict[str, Interval]

    @classmethod
    def read(cls, noted: Mapping[str, Any]) -> PrecisionReached:
        """What `dataclasses.asdict` gave."""
        from capsim.estimates import Interval

        intervals = {name: Interval(**one) for name, one in noted["intervals"].items()}
        return cls(**{**noted, "intervals": intervals})

    def __str__(self) -> str:
        """One sentence."""
        parts = [
            f"{text} ±{self.intervals[text].half_width:.3g} (wanted ±{self.wanted[text]:.3g})"
            for text in self.wanted
        ]
        verdict = (
            f"precision reached with {self.n} replications"
            if self.reached
            else f"precision NOT reached: the cap of {self.n_max} replications came first"
        )
        return f"{verdict}: {', '.join(parts)}"


@dataclass(frozen=True)
class Precision:
    """What precision is asked for.

    Attributes
    ----------
    absolute, relative : mapping of str to float
        Half-width by selector, in the unit of the measure, and as a fraction of its mean.
    n_max : int
        Cap on the replications.
    confidence : float
        Of all intervals together.
    """

    absolute: Mapping[str, float]
    relative: Mapping[str, float]
    n_max: int
    confidence: float

    @classmethod
    def of(
        cls,
        absolute: Mapping[str, float] | None,
        relative: Mapping[str, float] | None,
        n_max: int,
        confidence: float,
    ) -> Precision:
        """The precision, checked.

        Raises
        ------
        ValueError
            If a half-width is no number above zero, or a measure has two.
        """
        from capsim.estimates.means import check_confidence

        check_confidence(confidence)
        for name, widths in (("precision", absolute), ("relative_precision", relative)):
            if not isinstance(widths or {}, Mapping):
                raise ValueError(
                    f"{name} = {widths!r} must be a table of measures and half-widths: write "
                    '{"late_share[investigation]": 0.01}'
                )
            for text, width in (widths or {}).items():
                if not is_number(width) or not width > 0:
                    raise ValueError(f"{name}[{text!r}] = {width!r} must be a number above zero")
        both = sorted(set(absolute or {}) & set(relative or {}))
        if both:
            raise ValueError(
                f"precision and relative_precision both name {both[0]!r}: leave out one"
            )
        return cls(dict(absolute or {}), dict(relative or {}), check_n(n_max, "n_max"), confidence)

    @property
    def selectors(self) -> list[str]:
        """The measures; empty where no precision is asked for."""
        return [*self.absolute, *self.relative]

    def look(self, taken: Sample) -> tuple[PrecisionReached, int]:
        """Whether it is reached, and how many replications it seems to need in all."""
        from capsim.estimates import check_precision, mean_interval

        values = taken.beside(self.selectors)
        outlines = (
            None if taken.outlines is None else taken.beside(self.selectors, of_outlines=True)
        )
        wanted = dict(self.absolute)
        for text, share in self.relative.items():
            mean = mean_interval(taken.values([text])["value"]).estimate
            # The estimated mean stands for the unknown one, so a bit less than its share is asked
            # for: Law (2015), section 9.4.1, gamma' = gamma / (1 + gamma).
            wanted[text] = max(share / (1 + share) * abs(mean), _SMALLEST)
        found = check_precision(values, wanted, confidence=self.confidence, outlines=outlines)
        n = len(taken.matrix)
        report = PrecisionReached(found.is_reached, n, self.n_max, wanted, found.intervals)
        return report, min(found.needed, self.n_max)
