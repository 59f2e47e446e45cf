"""What a search for a staffing gives back: the staffing, its evidence, and the effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.experiments.results.result import AbstractResult
from capsim.experiments.staffing.assurance import Reading
from capsim.experiments.staffing.board import Board
from capsim.experiments.staffing.grid import Bools, Index
from capsim.experiments.staffing.targets import Target

if TYPE_CHECKING:
    import pandas as pd

    from capsim.scenario import Scenario

__all__ = ["Effort", "Staffing"]

_SHOWN = 8


@dataclass(frozen=True)
class Effort:
    """Replications that an answer took.

    Attributes
    ----------
    search, proof, frontier : int
        Replications of each part.
    tested, staffings : int
        Staffings with results of their own, and all there are.
    plain_grid : int
        Replications of a plain grid: every staffing as often as the one found was run for its
        proof.
    """

    search: int
    proof: int
    frontier: int
    tested: int
    staffings: int
    plain_grid: int

    @property
    def replications(self) -> int:
        """All replications."""
        return self.search + self.proof + self.frontier

    def __str__(self) -> str:
        text = (
            f"{self.replications:,} replications of {self.tested} of {self.staffings:,} staffings"
        )
        if self.replications and (times := round(self.plain_grid / self.replications)) > 1:
            text += f"; a plain grid takes {times} times as many"
        return text


@dataclass(frozen=True, eq=False, repr=False)
class Staffing(AbstractResult):
    """The cheapest staffing that meets the targets, and the evidence.

    Attributes
    ----------
    staffing : dict
        Value by dotted path. If no staffing was proven to meet the targets: the largest one.
    feasible : bool
        Whether it meets all targets, with at least the probability `confidence`.
    cost : float
        Of the staffing.
    targets : tuple of Target
    confidence : float
    scenario : Scenario
        With the staffing.
    reasons : tuple of str
        If no staffing meets the targets: what stands in the way, and what would have to change.
    obstacles : DataFrame or None
        The same as a table: see `capsim.experiments.staffing.obstacles`.
    effort : Effort
    seed : int
    engine : str
    provenance : dict
    """

    staffing: dict[str, Any]
    feasible: bool
    cost: float
    targets: tuple[Target, ...]
    confidence: float
    scenario: Scenario
    reasons: tuple[str, ...]
    obstacles: pd.DataFrame | None
    effort: Effort
    seed: int
    engine: str
    provenance: dict[str, Any]
    _index: Index = field(kw_only=True)
    _board: Board = field(kw_only=True)
    _along: dict[Index, tuple[Reading, ...]] = field(kw_only=True)

    @property
    def evidence(self) -> pd.DataFrame:
        """Every staffing tested, cheapest first, with a row per target.

        Columns: the paths, cost, role ("answer", "cheaper", "other"), target, verdict ("met",
        "fails", "undecided"), proven (False: only searched), estimate, lower, upper, n. An
        estimate is the mean over replications, or the share of them that keeps the bound; its
        interval has the confidence by itself.
        """
        rows = []
        cheaper = self._board.cheaper(self._index if self.feasible else None)
        for index in sorted(self._board.tested, key=self._rank):
            role = "cheaper" if cheaper[index] else "other"
            if self.feasible and index == self._index:
                role = "answer"
            readings = self._board.readings(index) or ()
            rows += self._rows(index, readings, role, index in self._board.proof)
        return self._frame(rows)

    @property
    def undecided(self) -> pd.DataFrame:
        """Rows of the evidence of staffings that may cost less and were not decided.

        They lie too close to a bound for the largest number of replications.
        """
        frame = self.evidence
        cheaper = self._board.cheaper(self._index if self.feasible else None)
        names = [self._label(index) for index in self._board.undecided() if cheaper[index]]
        labels = [self._named(row) for row in frame[self.paths].to_dict("records")]
        return frame[[label in names for label in labels]].reset_index(drop=True)

    @property
    def frontier(self) -> pd.DataFrame:
        """Cost against the measures: staffings that nothing cheaper beats, cheapest first.

        Columns as in `evidence`, without role. The measure of merit is the target that is farthest
        from its bound.
        """
        readings = {
            **self._along,
            **{index: self._board.readings(index) or () for index in self._board.tested},
        }
        rows: list[dict[str, Any]] = []
        best = np.inf
        for index in sorted(readings, key=self._rank):
            worst = max(
                target.distance(reading.estimate)
                for target, reading in zip(self.targets, readings[index], strict=True)
            )
            if worst < best or (self.feasible and index == self._index):
                best = min(worst, best)
                rows += self._rows(index, readings[index], "", index in self._board.proof)
        return self._frame(rows).drop(columns="role")

    @property
    def grid(self) -> pd.DataFrame:
        """Every staffing with what is known of it.

        Columns: the paths, cost, verdict ("met", "fails", "undecided", or "open": dearer than the
        answer and not tested), tested, and one estimate per target (NaN if not tested).
        """
        import pandas as pd

        board = self._board
        grid = board.grid
        failing: Bools = np.any(board.failing(), axis=0)
        meeting: Bools = np.all(board.meeting(), axis=0)
        undecided = set(board.undecided())
        rows = []
        for index in map(tuple, np.argwhere(grid.candidates).tolist()):
            readings = board.readings(index)
            verdict = "fails" if failing[index] else "met" if meeting[index] else "open"
            if index in undecided:
                verdict = "undecided"
            known = [np.nan] * len(self.targets)
            if readings is not None:
                known = [reading.estimate for reading in readings]
            rows.append(
                {
                    **grid.point(index),
                    "cost": float(grid.cost[index]),
                    "verdict": verdict,
                    "tested": readings is not None,
                    **dict(zip((target.text for target in self.targets), known, strict=True)),
                }
            )
        return pd.DataFrame(rows)

    @property
    def paths(self) -> list[str]:
        """Dotted paths that were varied."""
        return [axis.path for axis in self._board.grid.axes]

    def to_frame(self) -> pd.DataFrame:
        """The evidence."""
        return self.evidence

    # -- rows -----------------------------------------------------------------------------------

    def _rank(self, index: Index) -> tuple[float, Index]:
        return float(self._board.grid.cost[index]), index

    def _label(self, index: Index) -> str:
        return self._named(self._board.grid.point(index))

    @staticmethod
    def _named(point: Mapping[Any, Any]) -> str:
        return ", ".join(f"{path} = {value}" for path, value in point.items())

    def _rows(
        self, index: Index, readings: Sequence[Reading], role: str, proven: bool
    ) -> list[dict[str, Any]]:
        return [
            {
                **self._board.grid.point(index),
                "cost": float(self._board.grid.cost[index]),
                "role": role,
                "target": target.text,
                "verdict": reading.verdict,
                "proven": proven,
                "estimate": reading.estimate,
                "lower": reading.lower,
                "upper": reading.upper,
                "n": reading.n,
            }
            for target, reading in zip(self.targets, readings, strict=True)
        ]

    def _frame(self, rows: list[dict[str, Any]]) -> pd.DataFrame:
        import pandas as pd

        columns = [
            *self.paths, "cost", "role", "target", "verdict", "proven", "estimate", "lower",
            "upper", "n",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    # -- faces ----------------------------------------------------------------------------------

    def _heading(self) -> list[str]:
        wanted = " and ".join(target.text for target in self.targets)
        lines = [f"{self.scenario.label}: {wanted}"]
        if self.feasible:
            lines.append(f"{self._named(self.staffing)} (cost {self.cost:g})")
            lines.append(
                f"meets it with confidence {100 * self.confidence:g} %; {self._about_cheaper()}"
            )
        elif self._undecided_only():
            lines.append(
                "NOT decided: no staffing is proven to meet it, and not all are proven to fail, "
                f"not {self._named(self.staffing)}; allow more replications (max_replications) or "
                "more staff"
            )
        else:
            lines.append(
                f"NOT possible within the limits given (confidence {100 * self.confidence:g} %), "
                f"not even with {self._named(self.staffing)}"
            )
        for index, t in self._board.contradictions():
            lines.append(
                f"CAUTION: {self.targets[t].text} fails with {self._label(index)} but is met with "
                "less: more staff does not always help here, so what was not tested is uncertain"
            )
        lines += self._hidden()
        lines += self.reasons
        lines.append(str(self.effort))
        return lines

    def _hidden(self) -> list[str]:
        """Why proofs stay open of which the replications seem to say enough."""
        return [
            f"{target.text} stays open with {self._label(index)}: {reading.n} replications show no "
            "doubt, but so few may hide rare ones that lie far off; allow more (max_replications)"
            for index, readings in self._board.proof.items()
            if not any(reading.verdict == "fails" for reading in readings)
            for target, reading in zip(self.targets, readings, strict=True)
            if reading.is_hidden
        ]

    def _undecided_only(self) -> bool:
        board = self._board
        return bool((board.grid.candidates & ~board.proven_failing().any(axis=0)).any())

    def _about_cheaper(self) -> str:
        board = self._board
        cheaper = board.cheaper(self._index)
        total = int(cheaper.sum())
        lowest = self._lowest()
        if not total:
            if not lowest:
                return "nothing costs less"
            return f"{lowest} the lowest that you allowed, so less may do"
        undecided = sum(bool(cheaper[index]) for index in board.undecided())
        fails = int((cheaper & board.proven_failing().any(axis=0)).sum())
        text = f"of {total} cheaper ones {fails} fail"
        close = "is" if undecided == 1 else "are"
        text += f" and {undecided} {close} too close to call" if undecided else ""
        return text + (f"; {lowest} the lowest that you allowed" if lowest else "")

    def _lowest(self) -> str:
        """Settings of the answer that stand at the lower edge of their range, with their verb."""
        grid = self._board.grid
        edges = [
            axis.path
            for axis, k in zip(grid.axes, self._index, strict=True)
            if k == 0 and len(axis) > 1 and axis.values[0] != 0
        ]
        return f"{', '.join(edges)} {'is' if len(edges) == 1 else 'are'}" if edges else ""

    def _table(self) -> list[list[str]]:
        shown = sorted(self._board.proof, key=self._rank)
        place = shown.index(self._index) if self._index in shown else len(shown) - 1
        shown = shown[max(0, place - _SHOWN + 1) : place + 1]
        rows = [["staffing", "cost", "target", "found", "interval", "n", "verdict"]]
        for index in reversed(shown):
            for target, reading in zip(self.targets, self._board.proof[index], strict=True):
                rows.append(
                    [
                        ", ".join(f"{v}" for v in self._board.grid.point(index).values()),
                        f"{self._board.grid.cost[index]:g}",
                        target.text,
                        _found(target, reading),
                        _interval(target, reading),
                        str(reading.n),
                        reading.verdict,
                    ]
                )
        return rows


def _found(target: Target, reading: Reading) -> str:
    if not reading.n:
        return "grows, by theory"
    if target.often is not None:
        return f"{100 * reading.estimate:.1f} %"
    return target.shown(reading.estimate)


def _interval(target: Target, reading: Reading) -> str:
    from capsim.catalogue.shown import MISSING, shown_interval

    if not reading.n:
        return MISSING
    if target.often is not None:
        return f"{100 * reading.lower:.1f} % to {100 * reading.upper:.1f} %"
    return shown_interval(target.measure, reading.lower, reading.upper)
