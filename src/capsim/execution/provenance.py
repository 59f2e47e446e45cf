"""Where numbers come from: versions, machine, and the fingerprint of the code that computes."""

from __future__ import annotations

import datetime
import functools
import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from capsim.execution.settings import RunSettings
from capsim.version import __version__

__all__ = ["code_version", "provenance"]

_NUMBERS = (
    "catalogue",
    "draws",
    "engines",
    "kernels",
    "log",
    "measures",
    "plan",
    "runs",
    "scenario",
    "theory",  # how many are "steady" on the first day
)
"""Packages that a number can depend on."""

_PACKAGES = ("numpy", "scipy", "numba", "simpy", "pandas")


@functools.cache
def code_version() -> str:
    """Version of the library, with a fingerprint of all code that a number can depend on.

    The number of a release says what was published; the fingerprint also tells two states of a
    working copy apart, so a store never mixes numbers from before and after a change.

    Examples
    --------
    >>> code_version().startswith(__version__ + "+")
    True
    """
    fingerprint = hashlib.sha256()
    root = Path(__file__).parents[1]
    for package in _NUMBERS:
        for path in sorted((root / package).rglob("*.py")):
            fingerprint.update(path.relative_to(root).as_posix().encode())
            # Line endings differ between systems, numbers do not.
            fingerprint.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return f"{__version__}+{fingerprint.hexdigest()[:8]}"


def provenance(
    scenarios: Mapping[str, Any], settings: RunSettings, run_time: float, **more: Any
) -> dict[str, Any]:
    """What is needed to get the same numbers again, and where they came from.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        By their name in the study.
    settings : RunSettings
    run_time : float
        Seconds.
    more
        Further entries, such as the number of replications.
    """
    versions = {"python": platform.python_version(), "capsim": code_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = ""
    return {
        "scenarios": {
            name: {
                "scenario": scenario.label,
                "scenario_hash": scenario.hash,
                "overrides": dict(scenario.overrides),
            }
            for name, scenario in scenarios.items()
        },
        "seed": settings.seed,
        "engine": settings.engine,
        **({"rules": list(settings.rules)} if settings.rules else {}),
        **more,
        "versions": versions,
        "machine": f"{platform.system()} {platform.machine()}",
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "run_time": round(run_time, 3),
    }
