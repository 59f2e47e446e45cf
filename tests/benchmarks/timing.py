"""How time and memory are taken.

CPU time of the process rather than the clock on the wall, because machines are shared; medians; and
where two things are compared, in turn, so that a busy minute meets both.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent


def cpu(function: Callable[[], Any]) -> float:
    """CPU seconds of one call, of all its threads."""
    gc.collect()
    began = time.process_time()
    function()
    return time.process_time() - began


def wall(function: Callable[[], Any]) -> float:
    """Seconds of one call on the clock on the wall."""
    gc.collect()
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def medians(
    *functions: Callable[[], Any], times: int, clock: Callable[..., float] = cpu
) -> list[float]:
    """Median seconds of each function, called in turn."""
    taken = [[clock(function) for function in functions] for _ in range(times)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def in_process(program: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """What a fresh interpreter prints as JSON on its last line, with its own CPU and wall time.

    Returns
    -------
    dict
        The printed object, and `cpu` and `wall` in seconds.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    finished = subprocess.run(
        [
            sys.executable,
            *(["-m", program] if "\n" not in program else ["-c", program]),
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]), **environment},
        capture_output=True,
        text=True,
        timeout=3600,
    )
    taken = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr.strip().splitlines()[-1])
    lines = finished.stdout.strip().splitlines()
    printed: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return {**printed, "cpu": used, "wall": taken}
