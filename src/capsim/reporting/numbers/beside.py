"""Scenarios beside each other: means and differences of the measures that a report shows, once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from capsim.estimates import holm
from capsim.experiments.results.compared import by_key
from capsim.reporting.numbers.figures import Key, selector_of

if TYPE_CHECKING:
    from capsim.experiments import Comparison

__all__ = ["Beside"]

Rows = dict[tuple[str, Key], dict[Any, Any]]
"""Rows of a frame by scenario and measure."""


@dataclass(frozen=True, eq=False)
class Beside:
    """A comparison, seen through the measures that every one of its scenarios has.

    Attributes
    ----------
    comparison : Comparison
    keys : list of Key
    means : dict
        Rows of the summary.
    """

    comparison: Comparison
    keys: list[Key]
    means: Rows

    @classmethod
    def of(cls, comparison: Comparison, wanted: list[Key]) -> Beside:
        """The comparison with those of the wanted measures that all scenarios have."""
        keys = list(wanted)
        try:
            frame = comparison.summary(*map(selector_of, keys), control=False)
        except KeyError:
            keys = [key for key in keys if _is_shared(comparison, key)]
            if not keys:
                return cls(comparison, [], {})
            frame = comparison.summary(*map(selector_of, keys), control=False)
        return cls(comparison, keys, by_key(frame))

    @cached_property
    def changes(self) -> Rows:
        """Rows of the differences from the baseline, adjusted for looking at all of them."""
        if not self.keys:
            return {}
        frame = self.comparison.differences(*map(selector_of, self.keys), control=False)
        return by_key(frame)

    def changes_of(self, key: Key) -> dict[str, tuple[float, float]]:
        """Difference of one measure by scenario, and its p value adjusted for these alone."""
        rows = {label: row for (label, one), row in self.changes.items() if one == key}
        adjusted = holm([float(row["p"]) for row in rows.values()])
        return {
            label: (float(row["difference"]), float(p))
            for (label, row), p in zip(rows.items(), adjusted, strict=True)
        }


def _is_shared(comparison: Comparison, key: Key) -> bool:
    try:
        comparison.values(selector_of(key))
    except KeyError:
        return False
    return True
