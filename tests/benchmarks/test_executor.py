"""What the executor costs beside the engine."""

from __future__ import annotations

import threading
import time

import pytest

import capsim
from benchmarks import pathway
from capsim.engines import compiled
from capsim.plan import compile_plan

N = 1_000
ROUNDS = 5


def by_bare_threads(plan):
    """Seconds of two threads that only run the engine."""
    halves = [
        threading.Thread(target=compiled.measure, args=(plan, 1, first, N // 2))
        for first in (0, N // 2)
    ]
    begin = time.perf_counter()
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    return time.perf_counter() - begin


@pytest.mark.benchmark
@pytest.mark.parametrize("stored", [False, True], ids=["in memory", "with a store"])
def test_the_executor_keeps_nine_tenths_of_the_speed_of_the_engine(stored, tmp_path):
    """Office-sized runs on two cores: best of five rounds, taken in turn on the same machine."""
    scenario = pathway.scenario("office")
    plan = compile_plan(scenario)
    compiled.measure(plan, 1, 0, 2)
    bare, full = [], []
    for number in range(ROUNDS):
        bare.append(by_bare_threads(plan))
        begin = time.perf_counter()
        store = tmp_path / str(number) if stored else None
        capsim.replicate(scenario, n=N, seed=1, engine="compiled", jobs=2, store=store)
        full.append(time.perf_counter() - begin)
    share = min(bare) / min(full)
    print(
        f"executor: {share:.0%} of the engine's speed, {N / min(full):,.0f} replications a second"
    )
    assert share >= 0.9
