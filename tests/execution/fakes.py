"""Work that costs nothing, fails on demand, and writes down each block that it computes."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from capsim.execution.block import Arrays
from capsim.execution.store.blockfile import Rows
from capsim.execution.store.files import digest


@dataclass(frozen=True, eq=False)
class FakeWork:
    """Three measures and four series rows, functions of (seed, replication) alone."""

    label: str = "fake"
    seed: int = 1
    engine: str = ""
    rules: tuple[str, ...] = ()
    parallel: str = "threads"
    seconds: float = 0.0
    """Time that one replication takes."""
    journal: str = ""
    """File to which each finished block is appended."""
    fails: tuple[int, ...] = ()
    kills: tuple[int, ...] = ()
    """Replications that end their process."""
    with_series: bool = False
    release: str = "1"

    def run(self, first: int, count: int) -> Arrays:
        numbers = range(first, first + count)
        for replication in numbers:
            if replication in self.fails:
                raise ZeroDivisionError(f"no work in replication {replication}")
            if replication in self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
        if self.seconds:
            time.sleep(self.seconds * count)
        values = np.stack([expected(self.seed, replication) for replication in numbers])
        series = np.repeat(values[:, :1], 4, axis=1) + np.arange(4) if self.with_series else None
        if self.journal:
            with open(self.journal, "a") as journal:
                journal.write(f"{self.label} {first} {count}\n")
        return Arrays(values, series)

    def version(self) -> str:
        return self.release

    def rows(self) -> Rows:
        return Rows(
            {
                "measure": ["wait_mean", "late_share", "arrivals"],
                "kind": ["stage"] * 3,
                "of": ["intake"] * 3,
                "inflow": ["all"] * 3,
                "office": ["all"] * 3,
            }
        )

    def series_rows(self) -> Rows | None:
        if not self.with_series:
            return None
        return Rows({"day": [0.0, 7.0, 14.0, 21.0], "measure": ["waiting"] * 4})

    def identity(self) -> dict[str, Any]:
        return {
            "scenario": self.document()[0],
            "engine": "fake",
            "version": self.release,
            "seed": self.seed,
            "measures": [],
        }

    def series_identity(self) -> dict[str, Any]:
        return {**self.identity(), "every": "7 days"}

    def document(self) -> tuple[str, Any]:
        document = {"name": self.label}
        return digest(document), document


def expected(seed: int, replication: int) -> np.ndarray:
    """Measures of a replication of `FakeWork`; the middle one is sometimes not a number."""
    generator = np.random.Generator(np.random.Philox(key=[seed, replication]))
    values = generator.standard_normal(3)
    if replication % 5 == 3:
        values[1] = np.nan
    return values


def matrix(seed: int, n: int) -> np.ndarray:
    """Measures of the first n replications."""
    return np.stack([expected(seed, replication) for replication in range(n)])


def journal_of(path: Any) -> list[tuple[str, int, int]]:
    """Blocks that were computed to the end."""
    try:
        lines = Path(path).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(label, int(first), int(count)) for label, first, count in map(str.split, lines)]
