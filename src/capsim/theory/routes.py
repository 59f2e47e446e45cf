"""Where cases go: the traffic equations of a pathway, in the order of the pathway.

A pathway of a thousand stages is nearly a line. Stages between which cases go round are a group;
groups follow each other. A stage that is a group of its own costs one product; of the others a few
are cut open (those to which a way leads back), so that each group costs as many walks through it
as it has cuts, and one small system of linear equations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from capsim.scenario.model import Scenario
from capsim.scenario.tables.stages import Stage

__all__ = ["Group", "Routes", "routes_of"]

_CLOSED = 1 - 1e-12
"""From this share on a group keeps all that enter it."""


@dataclass(frozen=True)
class Group:
    """Stages between which cases go round, or one stage.

    Attributes
    ----------
    order : tuple of int
        Its stages; without the ways into `cuts` no way leads back.
    cuts : tuple of int
        Stages to which a way leads back.
    """

    order: tuple[int, ...]
    cuts: tuple[int, ...]


@dataclass(frozen=True)
class Routes:
    """The ways out of each stage as one inflow has them; exits are left out.

    Attributes
    ----------
    ways : tuple of tuple of (int, float)
        By stage: where to, and with which share.
    """

    ways: tuple[tuple[tuple[int, float], ...], ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups in an order in which nobody goes back to an earlier one."""
        return tuple(_group(members, self.ways) for members in _strong(self.ways))

    def sent(self, leaving: np.ndarray) -> np.ndarray:
        """What comes to each stage of what leaves the stages: (stages,) or (stages, n)."""
        result = np.zeros_like(leaving)
        for stage, ways in enumerate(self.ways):
            for to, share in ways:
                result[to] += share * leaving[stage]
        return result

    def reached(self, begins: np.ndarray) -> np.ndarray:
        """Stages that those who begin in some of them can come to: (stages,) of bool."""
        seen = begins.copy()
        to_see = np.flatnonzero(begins).tolist()
        while to_see:
            for to, _ in self.ways[to_see.pop()]:
                if not seen[to]:
                    seen[to] = True
                    to_see.append(to)
        return seen

    def steady(self, outside: np.ndarray, passed: np.ndarray | None = None) -> np.ndarray:
        """Entries per day into each stage in the end; infinite where people gather for ever.

        Parameters
        ----------
        outside : (stages,) array
            What comes from outside.
        passed : (stages,) array, optional
            Share of the entries into each stage that goes on in the end; default all of it.

        Examples
        --------
        >>> Routes((((1, 0.5),), ((0, 1.0),))).steady(np.array([2.0, 0.0])).tolist()
        [4.0, 2.0]
        >>> Routes((((1, 1.0),), ((0, 1.0),))).steady(np.array([2.0, 0.0])).tolist()
        [inf, inf]
        """
        gain = [1.0] * outside.size if passed is None else passed.tolist()
        return np.array(self._solve(outside.tolist(), gain, self._endless), dtype=float)

    def _endless(self, group: Group, gain: Sequence[Any]) -> bool:
        inside = set(group.order)
        return all(
            gain[stage] * sum(share for to, share in self.ways[stage] if to in inside) >= _CLOSED
            for stage in group.order
        )

    def transformed(self, outside: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """Entries as transforms: (stages, frequencies) of arrivals, and of times in the stages."""
        return np.array(self._solve(list(outside.copy()), list(gain), None))

    def _solve(
        self,
        right: list[Any],
        gain: Sequence[Any],
        endless: Callable[[Group, Sequence[Any]], bool] | None,
    ) -> list[Any]:
        """Entries from arrivals, by stage: numbers, or arrays over frequencies."""
        for group in self.groups:
            if group.cuts:
                if not any(np.any(right[stage]) for stage in group.order):
                    continue
                if endless is not None and endless(group, gain):
                    for stage in group.order:
                        right[stage] = math.inf
                    continue
                entries = self._at_cuts(group, right, gain)
                for stage, value in zip(group.cuts, entries, strict=True):
                    right[stage] = value
            cuts = set(group.cuts)
            for stage in group.order:
                leaving = gain[stage] * right[stage]
                for to, share in self.ways[stage]:
                    if to not in cuts:
                        right[to] = right[to] + share * leaving
        return right

    def _at_cuts(self, group: Group, right: Sequence[Any], gain: Sequence[Any]) -> Sequence[Any]:
        """The entries into the cuts, returns included."""
        cuts = list(group.cuts)
        inside, at_cut = set(group.order), set(cuts)

        def arriving(here: dict[int, Any]) -> list[Any]:
            """What comes to the cuts of those who are somewhere, and have been to no cut since."""
            into: dict[int, Any] = dict.fromkeys(cuts, 0.0)
            for stage in group.order:
                if stage not in here:
                    continue
                leaving = gain[stage] * here[stage]
                for to, share in self.ways[stage]:
                    if to in into:
                        into[to] = into[to] + share * leaving
                    elif to in inside:
                        here[to] = here.get(to, 0.0) + share * leaving
            return [into[stage] for stage in cuts]

        direct = arriving({stage: right[stage] for stage in group.order if stage not in at_cut})
        first = [right[stage] + value for stage, value in zip(cuts, direct, strict=True)]
        returned = [arriving({stage: 1.0}) for stage in cuts]  # by origin, then by cut
        shape = np.broadcast(*first, *(value for row in returned for value in row)).shape
        right_side = np.array([np.broadcast_to(value, shape) for value in first])
        matrix = np.array([[np.broadcast_to(value, shape) for value in row] for row in returned])
        # With the frequencies in front: (..., cut, origin).
        loops = np.moveaxis(matrix, (0, 1), (-1, -2))
        sides = np.moveaxis(right_side, 0, -1)[..., None]
        unit = np.eye(len(cuts))
        try:
            solved = np.linalg.solve(unit - loops, sides)
        except np.linalg.LinAlgError:
            # A loop without exit that takes less than a day: let a little of it leave.
            solved = np.linalg.solve(unit - loops * (1 - 1e-9), sides)
        return list(np.moveaxis(solved[..., 0], -1, 0))


def routes_of(local: Scenario, met: Sequence[Stage]) -> Routes:
    """The ways of one inflow through the stages as it meets them."""
    names = local.stage_names
    number = {name: k for k, name in enumerate(names)}
    following = [*names[1:], None]
    ways = []
    for stage, after in zip(met, following, strict=True):
        shares = stage.next if stage.next is not None else {after or "": 1.0}
        ways.append(tuple((number[to], p) for to, p in shares.items() if to in number and p > 0))
    return Routes(tuple(ways))


def _strong(ways: Sequence[Sequence[tuple[int, float]]]) -> list[list[int]]:
    """Strongly connected components, first those that nothing leads back to (Tarjan 1972)."""
    count = len(ways)
    index, low, on_path = [-1] * count, [0] * count, [False] * count
    path: list[int] = []
    found: list[list[int]] = []
    seen = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        index[root] = low[root] = seen
        seen += 1
        path.append(root)
        on_path[root] = True
        to_do = [(root, iter(ways[root]))]
        while to_do:
            stage, rest = to_do[-1]
            for to, _ in rest:
                if index[to] < 0:
                    index[to] = low[to] = seen
                    seen += 1
                    path.append(to)
                    on_path[to] = True
                    to_do.append((to, iter(ways[to])))
                    break
                if on_path[to]:
                    low[stage] = min(low[stage], index[to])
            else:
                to_do.pop()
                if to_do:
                    low[to_do[-1][0]] = min(low[to_do[-1][0]], low[stage])
                if low[stage] == index[stage]:
                    members: list[int] = []
                    while not members or members[-1] != stage:
                        members.append(path.pop())
                        on_path[members[-1]] = False
                    found.append(members)
    return found[::-1]


def _group(members: list[int], ways: Sequence[Sequence[tuple[int, float]]]) -> Group:
    """The stages of a group in the order of a walk, and those to which it comes back."""
    inside = set(members)
    root = min(members)
    done: list[int] = []
    state = dict.fromkeys(members, 0)
    cuts: set[int] = set()
    state[root] = 1
    to_do = [(root, iter(ways[root]))]
    while to_do:
        stage, rest = to_do[-1]
        for to, _ in rest:
            if to not in inside:
                continue
            if state[to] == 1:
                cuts.add(to)
            elif state[to] == 0:
                state[to] = 1
                to_do.append((to, iter(ways[to])))
                break
        else:
            to_do.pop()
            state[stage] = 2
            done.append(stage)
    return Group(tuple(reversed(done)), tuple(sorted(cuts)))
