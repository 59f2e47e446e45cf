"""The cheapest staffing that meets all targets: searched on one luck, proven on another.

Searching is cheap and proves nothing: a staffing is called met or failing on few replications, the
same ones for all staffings, and the next one is chosen where it settles most. What the search ends
with is then put to the test on replications that it never saw, with stated risks:

* the staffing found is called feasible wrongly with at most the probability `error`, over all
  staffings for which that is claimed, all looks included;
* the cheaper ones are called failing wrongly with at most `error`, all of them together.

Only as many cheaper ones are tested as rule out all others (`Board`), the direct neighbours always.
A proof that contradicts the search sends it on with what is now known; a staffing too close to its
bound for `most` replications stays undecided, is named, and rules out nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from capsim.experiments.staffing.assurance import (
    Reading,
    look_error,
    read,
    replications_wanted,
)
from capsim.experiments.staffing.board import Board
from capsim.experiments.staffing.grid import Index
from capsim.experiments.staffing.targets import Target
from capsim.experiments.staffing.trend import Trend, next_index

__all__ = ["PROOF", "SEARCH", "Search"]

SEARCH = 0
"""First replication of the search."""
PROOF = 1_000_000
"""First replication of the proof."""

FIRST_LOOK = 30
"""Fewest replications of a proof."""

_FIRST_GLANCE = 8
_ERROR_OF_A_GLANCE = 0.1
_ATTEMPTS = 50
"""Attempt number k has the share 1 / (k (k + 1)) of the risk."""
_OF_THE_ANSWER = 0.8
"""Share of the risk of a wrong "met" that goes to the staffing found; the rest to cheaper ones."""
_HOPELESS = 4
"""A proof that would need so many times the most replications is given up early."""
_OF_CHEAPER = 0.9
"""Share of the risk of a wrong "fails" that goes to cheaper ones."""

Sample = Callable[[Sequence[tuple[Index, int, int]]], None]
"""Have replications `first` to `stop - 1` of staffings."""
Look = Callable[[Index, int, int], list[NDArray[np.float64]]]
"""Values of every target in those replications."""
Grows = Callable[[Index], bool]
"""Whether theory says that a staffing grows, so that nobody can say who is there at first."""


class Search:
    """The course of a search.

    Parameters
    ----------
    board : Board
        Filled in the course.
    have, look : functions
        Make replications, and give the values of the targets in them.
    start : mapping of str to float
        Where theory expects the answer, by path.
    grows : function
        Staffings that fail every target without a replication.
    confidence : float
    most : int
        Replications of one staffing in the proof, at most.
    """

    def __init__(
        self,
        board: Board,
        have: Sample,
        look: Look,
        start: Mapping[str, float],
        grows: Grows = lambda index: False,
        *,
        confidence: float,
        most: int,
    ) -> None:
        self.board = board
        self._have, self._look, self._grows = have, look, grows
        self._trend = Trend(board, start)
        self._confidence = confidence
        self._most = most
        self._most_of_a_glance = max(_FIRST_GLANCE, most // 4)
        self._error = 1 - confidence

    # -- search ---------------------------------------------------------------------------------

    def run(self) -> Index | None:
        """The cheapest staffing proven to meet all targets; None if there is none."""
        for attempt in range(1, _ATTEMPTS + 1):
            answer = self.searched()
            risk = self._error / (attempt * (attempt + 1))
            if answer is not None and answer not in self.board.proof:
                self.prove(
                    [answer], risk * _OF_THE_ANSWER, risk * (1 - _OF_CHEAPER), expected="met"
                )
                if not self._is_met(answer):
                    continue
            rivals = [index for index in self.cover(answer) if index not in self.board.proof]
            if not rivals:
                return answer
            self.prove(
                rivals,
                risk * (1 - _OF_THE_ANSWER) / len(rivals),
                risk * _OF_CHEAPER / len(rivals),
                expected="fails",
            )
        return self.proven_best()

    def proven_best(self) -> Index | None:
        """The cheapest staffing with a proof."""
        met = [index for index in self.board.proof if self._is_met(index)]
        return min(met, key=lambda index: (self.board.grid.cost[index], index), default=None)

    def _is_met(self, index: Index) -> bool:
        return all(reading.verdict == "met" for reading in self.board.proof[index])

    def searched(self) -> Index | None:
        """The cheapest staffing that looks feasible once nothing cheaper is open."""
        while True:
            open_ = self.board.open()
            if not open_.any():
                return self.board.best()
            self._glance(next_index(self.board, self._trend, open_))

    def _glance(self, index: Index) -> None:
        n = _FIRST_GLANCE
        while True:
            readings = self._readings(index, SEARCH, n, [_ERROR_OF_A_GLANCE] * 2)
            verdicts = {reading.verdict for reading in readings}
            if "fails" in verdicts or verdicts == {"met"}:
                break
            if n >= self._most_of_a_glance:
                readings = tuple(
                    _presumed(reading, target)
                    for reading, target in zip(readings, self.board.targets, strict=True)
                )
                break
            n = min(2 * n, self._most_of_a_glance)
        self.board.search[index] = readings

    def along(self, points: int) -> dict[Index, tuple[Reading, ...]]:
        """Readings of the most promising staffings at costs from the least to the most.

        They show how the measures depend on the cost; nothing is concluded from them.
        """
        grid = self.board.grid
        where = np.argwhere(grid.candidates)
        cost = grid.cost[tuple(where.T)]
        worst = self._trend.predict(where)[0].max(axis=0)
        edges = np.linspace(cost.min(), cost.max(), points)
        found: dict[Index, tuple[Reading, ...]] = {}
        before = -math.inf
        for edge in edges:
            inside = np.flatnonzero((cost > before) & (cost <= edge + 1e-9))
            before = edge + 1e-9
            if len(inside):
                best = inside[np.argmin(worst[inside])]
                found[tuple(int(k) for k in where[best])] = ()
        wanted = [
            index for index in found if index not in self.board.tested and not self._grows(index)
        ]
        n = min(FIRST_LOOK, self._most)
        self._have([(index, SEARCH, SEARCH + n) for index in wanted])
        errors = [_ERROR_OF_A_GLANCE] * 2
        return {index: self._readings(index, SEARCH, n, errors) for index in wanted}

    # -- proof ----------------------------------------------------------------------------------

    def cover(self, answer: Index | None) -> list[Index]:
        """Staffings that must fail for all cheaper ones to be ruled out, direct neighbours first.

        Without an answer: for all to be ruled out.
        """
        board = self.board
        wanted = board.cheaper(answer)
        for index in board.undecided():
            wanted[index] = False
        failing = board.failing()
        neighbours = [
            index
            for index in self._neighbours(answer)
            if wanted[index] and index not in board.proof
        ]
        certain = [
            (index, t)
            for index in neighbours
            for t in range(len(board.targets))
            if failing[t][index]
        ]
        weakest_first = sorted(
            (index for index in board.search if index not in board.proof),
            key=self._strength,
        )
        kept = [index for index in weakest_first if index not in neighbours]

        def covers(indices: Iterable[Index]) -> bool:
            assumed = [
                (index, t)
                for index in indices
                for t, reading in enumerate(board.search[index])
                if reading.verdict == "fails" and failing[t][index]
            ]
            return not (wanted & ~board.proven_failing([*certain, *assumed]).any(axis=0)).any()

        for index in list(kept):
            rest = [other for other in kept if other != index]
            if covers(rest):
                kept = rest
        return [*neighbours, *kept]

    def _neighbours(self, answer: Index | None) -> list[Index]:
        """One step less on one axis."""
        if answer is None:
            return []
        found = []
        for axis, k in enumerate(answer):
            if k > 0:
                lower = list(answer)
                lower[axis] = k - 1
                found.append(self.board.grid.same(tuple(lower)))
        return list(dict.fromkeys(found))

    def _strength(self, index: Index) -> float:
        return max(
            target.distance(reading.estimate)
            for target, reading in zip(self.board.targets, self.board.search[index], strict=True)
        )

    def prove(
        self, indices: Sequence[Index], error_met: float, error_fails: float, *, expected: str
    ) -> None:
        """Test staffings on fresh replications until each is decided or has had the most."""
        error_fails = error_fails / len(self.board.targets)
        looks = dict.fromkeys(indices, 0)
        wanted = {
            index: self._first_look(index, error_met, error_fails, expected) for index in indices
        }
        while wanted:
            self._have(
                [(index, PROOF, PROOF + n) for index, n in wanted.items() if not self._grows(index)]
            )
            for index, n in list(wanted.items()):
                errors = [look_error(error, looks[index]) for error in (error_met, error_fails)]
                readings = self._readings(index, PROOF, n, errors)
                self.board.proof[index] = readings
                verdicts = {reading.verdict for reading in readings}
                decided = "fails" in verdicts or verdicts == {"met"}
                if decided or n >= self._most or self._hopeless(index, n, min(errors)):
                    del wanted[index]
                else:
                    wanted[index] = min(2 * n, self._most)
                    looks[index] += 1

    def _hopeless(self, index: Index, n: int, error: float) -> bool:
        """Whether a target lies so close to its bound that even the most would not decide."""
        if n < self._most // 4:
            return False
        enough = _HOPELESS * self._most
        return any(
            reading.verdict == "undecided"
            and replications_wanted(target, values, error, n, enough) >= enough
            for target, values, reading in zip(
                self.board.targets,
                self._look(index, PROOF, PROOF + n),
                self.board.proof[index],
                strict=True,
            )
        )

    def _first_look(self, index: Index, error_met: float, error_fails: float, expected: str) -> int:
        """Replications that should decide, judged from those of the search."""
        if index not in self.board.search or self._grows(index):
            return min(FIRST_LOOK, self._most)
        n = max(reading.n for reading in self.board.search[index])
        found = self._look(index, SEARCH, SEARCH + n)
        needed = []
        for target, values, reading in zip(
            self.board.targets, found, self.board.search[index], strict=True
        ):
            if expected == "fails" and reading.verdict != "fails":
                continue
            error = look_error(error_met if expected == "met" else error_fails, 0)
            needed.append(replications_wanted(target, values, error, FIRST_LOOK, self._most))
        if not needed:
            return min(FIRST_LOOK, self._most)
        return min(max(needed) if expected == "met" else min(needed), self._most)

    def _readings(
        self, index: Index, first: int, n: int, errors: Sequence[float]
    ) -> tuple[Reading, ...]:
        if self._grows(index):
            worst = [
                math.inf * target.sign if target.often is None else 0.0
                for target in self.board.targets
            ]
            return tuple(Reading("fails", value, value, value, 0) for value in worst)
        self._have([(index, first, first + n)])
        found = self._look(index, first, first + n)
        for target, values in zip(self.board.targets, found, strict=True):
            if len(values) == 0:
                raise ValueError(
                    f"target {target.text!r} has no value in {n} replications, because nobody was "
                    "there to be counted; lengthen the horizon, or ask for something else"
                )
        return tuple(
            read(
                target,
                values,
                error_met=errors[0],
                error_fails=errors[1],
                confidence=self._confidence,
            )
            for target, values in zip(self.board.targets, found, strict=True)
        )


def _presumed(reading: Reading, target: Target) -> Reading:
    """The reading, decided by its estimate."""
    if reading.verdict != "undecided":
        return reading
    away = target.distance(reading.estimate)
    verdict = "met" if away <= 0 or math.isnan(away) else "fails"
    return Reading(verdict, reading.estimate, reading.lower, reading.upper, reading.n)  # type: ignore[arg-type]
