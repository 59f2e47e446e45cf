"""The Markov chain of a team of case managers, and its stationary distribution.

See `capsim.theory.queues.casemanager` for the model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from capsim.theory.queues.domain import TheoryError

__all__ = ["Chain", "solve"]

LARGEST_CHAIN = 60_000
LARGEST_LEVEL = 600

State = tuple[tuple[int, int], ...]


class Chain:
    """The chain's states and moves, workers unordered: a state is a sorted tuple of (open, needy).

    Level 0 holds `states`. From level 1 on every worker is full, and the phases `full` are sorted
    tuples of the needy cases.
    """

    def __init__(
        self, arrival: float, contact: float, back: float, closing: float, limit: int, workers: int
    ) -> None:
        self.arrival, self.contact, self.back, self.closing = arrival, contact, back, closing
        self.limit, self.workers = limit, workers
        one = (limit + 1) * (limit + 2) // 2
        boundary = one if workers == 1 else one * (one + 1) // 2
        phases = limit + 1 if workers == 1 else (limit + 1) * (limit + 2) // 2
        if boundary > LARGEST_CHAIN or phases > LARGEST_LEVEL:
            raise TheoryError(
                "caseload_limit",
                limit,
                f"makes a chain of {boundary} states, too many for {workers} worker(s)",
                "use case_manager_limit, or simulate",
            )
        single = [(opened, desk) for opened in range(limit + 1) for desk in range(opened + 1)]
        self.states: list[State]
        self.full: list[tuple[int, ...]]
        if workers == 1:
            self.states = [(pair,) for pair in single]
            self.full = [(desk,) for desk in range(limit + 1)]
        else:
            self.states = [(a, b) for i, a in enumerate(single) for b in single[i:]]
            self.full = [(a, b) for a in range(limit + 1) for b in range(a, limit + 1)]
        self.index = {state: k for k, state in enumerate(self.states)}
        self.phase = {desks: k for k, desks in enumerate(self.full)}

    def moves(self, state: State) -> Iterator[tuple[State | None, float]]:
        """Where level 0 goes and how fast; None: an arrival finds everyone full."""
        fewest = min(opened for opened, _ in state)
        lightest = [k for k, (opened, _) in enumerate(state) if opened == fewest]
        if fewest == self.limit:
            yield None, self.arrival
        else:
            for k in lightest:
                opened, desk = state[k]
                yield self._with(state, k, (opened + 1, desk + 1)), self.arrival / len(lightest)
        for k, (opened, desk) in enumerate(state):
            if desk:
                yield self._with(state, k, (opened - 1, desk - 1)), self.contact * self.closing
                away = self.contact * (1 - self.closing)
                yield self._with(state, k, (opened, desk - 1)), away
            if opened > desk:
                yield self._with(state, k, (opened, desk + 1)), (opened - desk) * self.back

    @staticmethod
    def _with(state: State, k: int, pair: tuple[int, int]) -> State:
        return tuple(sorted((*state[:k], pair, *state[k + 1 :])))

    def phase_moves(self, desks: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], float]]:
        """Moves between phases within a level of one or more waiting."""
        for k, desk in enumerate(desks):
            others = (*desks[:k], *desks[k + 1 :])
            if desk:
                yield tuple(sorted((*others, desk - 1))), self.contact * (1 - self.closing)
            if desk < self.limit:
                yield tuple(sorted((*others, desk + 1))), (self.limit - desk) * self.back


def solve(chain: Chain) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Level 0, Neuts' R and level 1 of the stationary distribution."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve

    size, base = len(chain.full), len(chain.states)
    # Down a level: a contact closes a case, and the next one waiting is needy in its place: the
    # phase stays. Up a level: an arrival, the phase stays too.
    closings = np.array([sum(d > 0 for d in desks) for desks in chain.full]) * (
        chain.contact * chain.closing
    )
    within = np.zeros((size, size))
    for row, desks in enumerate(chain.full):
        for target, speed in chain.phase_moves(desks):
            within[row, chain.phase[target]] += speed
    np.fill_diagonal(within, within.diagonal() - within.sum(axis=1) - chain.arrival - closings)
    ratio = _rate_matrix(chain.arrival * np.eye(size), within, np.diag(closings))

    rows: list[int] = []
    columns: list[int] = []
    speeds: list[float] = []

    def add(row: int, column: int, speed: float) -> None:
        rows.extend((row, row))
        columns.extend((column, row))
        speeds.extend((speed, -speed))

    saturated = [tuple((chain.limit, desk) for desk in desks) for desks in chain.full]
    for row, state in enumerate(chain.states):
        for after, speed in chain.moves(state):
            if after is None:
                add(row, base + chain.phase[tuple(desk for _, desk in state)], speed)
            else:
                add(row, chain.index[after], speed)
    for row, state in enumerate(saturated):
        rows.append(base + row)
        columns.append(chain.index[state])
        speeds.append(float(closings[row]))
    upper = within + ratio @ np.diag(closings)
    filled = np.nonzero(upper)
    rows.extend((base + filled[0]).tolist())
    columns.extend((base + filled[1]).tolist())
    speeds.extend(upper[filled].tolist())

    # Balance: pi Q = 0, its first equation replaced by pi(first state) = 1, scaled afterwards.
    generator = coo_matrix((speeds, (rows, columns)), shape=(base + size, base + size))
    balance = generator.T.tolil()
    balance[0, :] = 0
    balance[0, 0] = 1
    right = np.zeros(base + size)
    right[0] = 1
    solution = spsolve(balance.tocsc(), right)
    weights = np.linalg.solve(np.eye(size) - ratio, np.ones(size))
    solution = solution / (solution[:base].sum() + solution[base:] @ weights)
    return solution[:base], ratio, solution[base:]


def _rate_matrix(up: np.ndarray, within: np.ndarray, down: np.ndarray) -> np.ndarray:
    """R, the least solution of up + R within + R^2 down = 0, by logarithmic reduction."""
    size = within.shape[0]
    low = np.linalg.solve(-within, down)
    high = np.linalg.solve(-within, up)
    reached, product = low.copy(), high.copy()
    for _ in range(60):
        middle = np.eye(size) - high @ low - low @ high
        high, low = np.linalg.solve(middle, high @ high), np.linalg.solve(middle, low @ low)
        reached += product @ low
        product = product @ high
        # What is added from here on is lost in rounding, which the next squares would blow up.
        if np.abs(product).max() < 1e-17:
            break
    # R = up (-(within + up G))^-1, G = `reached` the phase at the first fall of the level.
    return np.asarray(np.linalg.solve(-(within + up @ reached).T, up.T).T)
