"""Random queues whose smallest staffing is known from Erlang's formula."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

import capsim
from capsim import theory


@dataclass(frozen=True)
class Case:
    """One queue, open day and night, with exponential work.

    Attributes
    ----------
    arrivals : float
        A day.
    work : float
        Mean hours.
    wait : float
        Hours of waiting that count.
    bound : float
        Largest share that may wait longer.
    best : int
        The fewest workers for which that holds.
    """

    arrivals: float
    work: float
    wait: float
    bound: float
    best: int

    @property
    def scenario(self) -> capsim.Scenario:
        """The queue in the language of scenarios: too long a wait is a missed deadline."""
        return capsim.Scenario(
            name="queue",
            start="2026-01-01",
            horizon="1 year",
            warm_up="40 days",
            follow_up="20 days",
            calendar={"kind": "continuous"},
            teams={"desk": {"fte": self.best}},
            stages={
                "service": {
                    "team": "desk",
                    "work": {"law": "exponential", "mean": f"{self.work} h"},
                    "deadline": {"within": f"{self.wait} h", "until": "start"},
                }
            },
            inflows={"all_kinds": {"rate": {"per_day": self.arrivals}}},
        )

    @property
    def target(self) -> str:
        """P(wait > t) is at most the bound."""
        return f"late_share[service] <= {self.bound}"

    def share(self, servers: int) -> float:
        """P(wait > t) in steady state; 1 where there is none."""
        if self.arrivals * self.work / 24 >= servers:
            return 1.0
        line = theory.erlang_c(self.arrivals, 24 / self.work, servers)
        return line.wait_exceeds(self.wait / 24)


def cases(count: int, seed: int, margin: float = 0.1) -> list[Case]:
    """Queues whose shares at the best and at one worker less lie at least so far from the bound."""
    generator = np.random.default_rng(seed)
    found: list[Case] = []
    while len(found) < count:
        work = round(float(generator.uniform(4, 16)), 1)
        load = float(generator.uniform(1.2, 12))
        best = math.floor(load) + int(generator.integers(1, 5))
        wait = round(float(generator.choice([0.0, 0.2, 0.5])) * work, 1) or 0.1
        draft = Case(round(24 * load / work, 2), work, wait, 0.5, best)
        here, below = draft.share(best), draft.share(best - 1)
        nearest, farthest = here / (1 - margin), below / (1 + margin)
        if not 0 < nearest < farthest:
            continue
        bound = round(nearest * (farthest / nearest) ** float(generator.uniform()), 4)
        if not 0.02 <= bound <= 0.4 or here > (1 - margin) * bound:
            continue
        if below < (1 + margin) * bound or draft.arrivals * work / 24 > 0.93 * best:
            continue
        found.append(Case(draft.arrivals, work, wait, bound, best))
    return found
