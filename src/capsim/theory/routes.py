"""Where cases go: the traffic equations of a pathway, in the order of the pathway.

A pathway of a thousand stages is nearly a line. Stages between which cases go round are a group;
groups follow each other. A stage that is a group of its own costs one product; of the others a few
are cut open (those to which a way leads back), so that each group costs as many walks through it
as it has cuts, and one small system of linear equations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from capsim.scenario.model import Scenario
from capsim.scenario.stages import Stage

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
        gain = np.ones(outside.size) if passed is None else passed
        return self._solve(outside[:, None].astype(float), gain[:, None], self._endless)[:, 0]

    def _endless(self, group: Group, gain: np.ndarray) -> bool:
        inside = set(group.order)
        return all(
            gain[stage, 0] * sum(share for to, share in self.ways[stage] if to in inside) >= _CLOSED
            for stage in group.order
        )

    def transformed(self, outside: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """Entries as transforms: (stages, frequencies) of arrivals, and of times in the stages."""
        return self._solve(outside, gain, None)

    def _solve(
        self,
        outside: np.ndarray,
        gain: np.ndarray,
        endless: Callable[[Group, np.ndarray], bool] | None,
    ) -> np.ndarray:
        right = outside.copy()
        for group in self.groups:
            if group.cuts:
                members = list(group.order)
                if not right[members].any():
                    continue
                if endless is not None and endless(group, gain):
                    right[members] = np.inf
                    continue
                right[list(group.cuts)] = self._at_cuts(group, right, gain)
                self._walk(group, right, gain)
            inside = set(group.order)
            for stage in group.order:
                for to, share in self.ways[stage]:
                    if to not in inside:
                        right[to] += share * gain[stage] * right[stage]
        return right

    def _walk(self, group: Group, right: np.ndarray, gain: np.ndarray) -> None:
        """Send the entries through the group, but into no cut."""
        inside, cut = set(group.order), set(group.cuts)
        for stage in group.order:
            for to, share in self.ways[stage]:
                if to in inside and to not in cut:
                    right[to] += share * gain[stage] * right[stage]

    def _at_cuts(self, group: Group, right: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """The entries into the cuts, returns included: (cuts, n)."""
        cuts = list(group.cuts)
        place = {stage: k for k, stage in enumerate(cuts)}
        returned = np.zeros((len(cuts), len(cuts), right.shape[1]), dtype=right.dtype)
        members = list(group.order)
        local = {stage: k for k, stage in enumerate(members)}
        direct = right[cuts].copy()
        for column in range(-1, len(cuts)):
            here = np.zeros((len(members), right.shape[1]), dtype=right.dtype)
            if column < 0:  # those who come from elsewhere, and have been to no cut
                here[:] = right[members]
                here[[local[stage] for stage in cuts]] = 0
                into = direct
            else:
                here[local[cuts[column]]] = 1
                into = returned[:, column]
            for stage in members:
                leaving = gain[stage] * here[local[stage]]
                for to, share in self.ways[stage]:
                    if to in place:
                        into[place[to]] += share * leaving
                    elif to in local:
                        here[local[to]] += share * leaving
        system = np.eye(len(cuts)) - returned.transpose(2, 0, 1)
        try:
            solved = np.linalg.solve(system, direct.T[:, :, None])
        except np.linalg.LinAlgError:
            # A loop without exit that takes less than a day: let a little of it leave.
            system = np.eye(len(cuts)) - returned.transpose(2, 0, 1) * (1 - 1e-9)
            solved = np.linalg.solve(system, direct.T[:, :, None])
        return np.asarray(solved[:, :, 0].T)


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
