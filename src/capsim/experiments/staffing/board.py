"""What is known of all staffings: results of the tested ones, and what they say about the others.

On each axis more staff helps a target, does nothing to it, or moves it one way or the other
(`staffing_grid.Effect`). So a staffing that fails a target also rules out all with less on the axes
that help, and two that fail rule out what lies between them on an axis that may go either way. That
is the one assumption of the search: no measure goes down and up again along an axis. Where it does
both, as costs do, a staffing says nothing of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from capsim.experiments.staffing.assurance import Reading
from capsim.experiments.staffing.grid import Bools, Effect, Grid, Index
from capsim.experiments.staffing.targets import Target

__all__ = ["Board", "spread"]


def spread(mask: Bools, effects: Sequence[Effect], *, down: bool) -> Bools:
    """What a result at the marked staffings says about the others.

    Parameters
    ----------
    mask : ndarray of bool
        Where a target fails (or is met).
    effects : sequence of {"helps", "none", "either", "both"}
        Of each axis.
    down : bool
        True: to less staff, for failures; False: to more, for targets met.

    Examples
    --------
    >>> spread(np.array([False, False, True, False]), ["helps"], down=True)
    array([ True,  True,  True, False])
    >>> spread(np.array([True, False, True, False]), ["either"], down=True)
    array([ True,  True,  True, False])
    """
    result = mask.copy()
    # One round is enough unless ranges between results on one axis open others on the next.
    for _ in range(1 + 2 * sum(effect == "either" for effect in effects)):
        before = int(result.sum())
        for axis, effect in enumerate(effects):
            if effect == "both":
                continue
            upwards = np.logical_or.accumulate(result, axis=axis)
            downwards = np.flip(np.logical_or.accumulate(np.flip(result, axis), axis=axis), axis)
            if effect == "helps":
                result = downwards if down else upwards
            elif effect == "none":
                result = upwards | downwards
            else:
                result = upwards & downwards
        if int(result.sum()) == before:
            break
    return result


@dataclass
class Board:
    """Results so far.

    Attributes
    ----------
    grid : Grid
    targets : tuple of Target
    search, proof : dict of index to tuple of Reading
        One reading per target; a proof counts before a search.
    """

    grid: Grid
    targets: tuple[Target, ...]
    search: dict[Index, tuple[Reading, ...]] = field(default_factory=dict)
    proof: dict[Index, tuple[Reading, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.effects = [self.grid.effects(target) for target in self.targets]

    @property
    def tested(self) -> set[Index]:
        """Staffings with results of their own."""
        return self.search.keys() | self.proof.keys()

    def readings(self, index: Index) -> tuple[Reading, ...] | None:
        """The readings that count."""
        return self.proof.get(index) or self.search.get(index)

    def failing(self, extra: Iterable[tuple[Index, int]] = ()) -> Bools:
        """(targets, *shape) bool: where a target fails, by results or what follows from them."""
        return self._known("fails", extra)

    def meeting(self) -> Bools:
        """(targets, *shape) bool: where a target is met, failures counting before."""
        return self._known("met") & ~self.failing()

    def proven_failing(self, extra: Iterable[tuple[Index, int]] = ()) -> Bools:
        """(targets, *shape) bool: where a target is proven to fail; `extra` taken as proven."""
        found = [self._marked(self.proof, t, "fails") for t in range(len(self.targets))]
        for index, t in extra:
            found[t][index] = True
        return np.array(
            [
                spread(mask, effects, down=True)
                for mask, effects in zip(found, self.effects, strict=True)
            ]
        )

    def best(self) -> Index | None:
        """The cheapest tested staffing that meets all targets, as far as is known."""
        failing: Bools = np.any(self.failing(), axis=0)
        found = [
            index
            for index in self.tested
            if all(reading.verdict == "met" for reading in self.readings(index) or ())
            and (index in self.proof or not failing[index])
        ]
        return min(found, key=lambda index: (self.grid.cost[index], index), default=None)

    def undecided(self) -> list[Index]:
        """Staffings whose proof ended without a decision, cheapest first."""
        found = [
            index
            for index, readings in self.proof.items()
            if not any(reading.verdict == "fails" for reading in readings)
            and not all(reading.verdict == "met" for reading in readings)
        ]
        return sorted(found, key=lambda index: (self.grid.cost[index], index))

    def open(self) -> Bools:
        """Staffings cheaper than the best one of which nothing is known yet."""
        result = self.grid.candidates & ~self.failing().any(axis=0)
        for index in self.tested:
            result[index] = False
        best = self.best()
        if best is not None:
            result &= self.cheaper(best)
        return result

    def contradictions(self) -> list[tuple[Index, int]]:
        """Staffings, and numbers of targets, proven to fail what less staff is proven to meet.

        Where there are some, more staff does not help as the search assumes.
        """
        found = []
        for t, effects in enumerate(self.effects):
            met = spread(self._marked(self.proof, t, "met"), effects, down=False)
            found += [
                (index, t)
                for index, readings in self.proof.items()
                if readings[t].verdict == "fails" and met[index]
            ]
        return found

    def cheaper(self, index: Index | None) -> Bools:
        """Candidates that cost less; all without an index."""
        if index is None:
            return self.grid.candidates.copy()
        cost = self.grid.cost
        return self.grid.candidates & (cost < cost[index] - 1e-9 * max(1.0, abs(cost[index])))

    def _marked(self, source: dict[Index, tuple[Reading, ...]], t: int, verdict: str) -> Bools:
        mask = np.zeros(self.grid.shape, dtype=bool)
        for index, readings in source.items():
            mask[index] = readings[t].verdict == verdict
        return mask

    def _known(self, verdict: str, extra: Iterable[tuple[Index, int]] = ()) -> Bools:
        """A proof outweighs what a search says, there and wherever it reaches."""
        opposite = "met" if verdict == "fails" else "fails"
        down = verdict == "fails"
        extra = list(extra)
        result = []
        for t, effects in enumerate(self.effects):
            proven = self._marked(self.proof, t, verdict)
            against = spread(self._marked(self.proof, t, opposite), effects, down=not down)
            presumed = self._marked(self.search, t, verdict) & ~against
            for index, target in extra:
                if target == t:
                    presumed[index] = True
            for index in self.proof:
                presumed[index] = False
            found = spread(proven | presumed, effects, down=down)
            for index, readings in self.proof.items():
                if readings[t].verdict == opposite:
                    found[index] = False
            result.append(found)
        return np.array(result)
