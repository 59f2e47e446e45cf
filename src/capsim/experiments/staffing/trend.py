"""Which staffing to try next: the one that is expected to settle most.

A line through the results, on a scale on which measures are nearly straight (log odds of shares,
logarithms of the rest), with slopes that start from experience: ten per cent more staff moves the
log of a wait by about one. It only decides what is tried, never what is concluded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from capsim.experiments.staffing.assurance import Reading
from capsim.experiments.staffing.board import Board
from capsim.experiments.staffing.grid import Bools, Index
from capsim.experiments.staffing.targets import Target

__all__ = ["Trend", "next_index"]

_SLOPE_OF_STAFF = -10.0
_SLOPE_OF_OTHERS = -1.0


class Trend:
    """Straight lines through the distances of all targets.

    Parameters
    ----------
    board : Board
    start : mapping of str to float
        By path, the number at which theory expects the targets to be met just so.
    """

    def __init__(self, board: Board, start: Mapping[str, float]) -> None:
        self._board = board
        self._places: list[NDArray[np.float64]] = []
        self._slopes: list[float] = []
        for axis in board.grid.axes:
            numbers, middle = axis.numbers, start.get(axis.path)
            width = float(numbers[-1] - numbers[0]) or 1.0
            if middle is None:
                self._places.append((numbers - numbers.mean()) / width)
                self._slopes.append(_SLOPE_OF_OTHERS)
            else:
                scale = max(abs(middle), 0.1 * width)
                self._places.append((numbers - middle) / scale)
                self._slopes.append(_SLOPE_OF_STAFF)

    def features(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, axes + 1) float64 of n staffings."""
        columns = [place[indices[:, k]] for k, place in enumerate(self._places)]
        return np.column_stack([np.ones(len(indices)), *columns])

    def predict(
        self, indices: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the distance: two arrays (targets, n) float64."""
        wanted = self.features(indices)
        shape = len(self._board.targets), len(indices)
        means, deviations = np.empty(shape), np.empty(shape)
        for t, target in enumerate(self._board.targets):
            mean, covariance = self._line(t, target)
            means[t] = wanted @ mean
            deviations[t] = np.sqrt(((wanted @ covariance) * wanted).sum(axis=1))
        return means, deviations

    def _line(self, t: int, target: Target) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        effects = self._board.effects[t]
        slopes = [
            slope if effect == "helps" else 0.0
            for slope, effect in zip(self._slopes, effects, strict=True)
        ]
        spread = [
            abs(slope) if effect != "none" else 1e-6
            for slope, effect in zip(self._slopes, effects, strict=True)
        ]
        mean = np.array([0.0, *slopes])
        precision = np.diag(1 / np.array([1.5, *spread]) ** 2)
        tested = list(self._board.tested)
        if not tested:
            return mean, np.diag(np.array([1.5, *spread]) ** 2)
        rows = self.features(np.array(tested))
        found = []
        for index in tested:
            readings: Sequence[Reading] = self._board.readings(index) or ()
            found.append(target.distance(readings[t].estimate))
        away = np.nan_to_num(np.array(found), nan=0.0)
        # What lies far off bends the line; the closer to the bound, the more it counts.
        weights = 1 / (0.15 + 0.3 * np.abs(away)) ** 2
        matrix = precision + (rows * weights[:, None]).T @ rows
        right = precision @ mean + (rows * weights[:, None]).T @ away
        covariance: NDArray[np.float64] = np.linalg.inv(matrix)
        return covariance @ right, covariance


def next_index(board: Board, trend: Trend, open_: Bools) -> Index:
    """The open staffing whose result is expected to settle most of the others.

    If it fails, those below it are settled; if it is met, those that cost as much or more. Others
    count by how uncertain they are.
    """
    from scipy.special import ndtr

    where = np.argwhere(open_)
    if len(where) == 1:
        return tuple(int(k) for k in where[0])
    means, deviations = trend.predict(where)
    met_by_target = ndtr(-means / np.maximum(deviations, 1e-9))
    met = met_by_target.prod(axis=0)
    doubt = met * (1 - met) + 0.01
    weight = np.zeros(board.grid.shape)
    places = tuple(where.T)
    weight[places] = doubt
    below = np.array([_sums_below(weight, effects)[places] for effects in board.effects])
    if_fails = below[met_by_target.argmin(axis=0), np.arange(len(where))]
    cost = board.grid.cost[places]
    order = np.argsort(cost, kind="stable")
    tail = np.cumsum(doubt[order][::-1])[::-1]
    # Equal cost: all of them are settled together.
    first = np.searchsorted(cost[order], cost - 1e-12, side="left")
    if_met = tail[first]
    best = int(np.argmax(met * if_met + (1 - met) * if_fails))
    return tuple(int(k) for k in where[best])


def _sums_below(weight: NDArray[np.float64], effects: Sequence[str]) -> NDArray[np.float64]:
    result = weight
    for axis, effect in enumerate(effects):
        if effect == "helps":
            result = np.cumsum(result, axis=axis)
        elif effect == "none":
            result = np.broadcast_to(result.sum(axis=axis, keepdims=True), result.shape)
    return result
