"""`capsim warmup`: compile once, so that the first study does not wait."""

from __future__ import annotations

import time

import typer

from capsim.cli.failures import FAILED, guarded, stop

_SMALL = {
    "start": "2026-01-05",
    "horizon": "4 weeks",
    "teams": {
        "guidance": {"fte": 2, "absence": {"leave": {"spells_per_year": 3, "length": "5 days"}}}
    },
    "stages": {
        "intake": {"team": "guidance", "work": "1 h"},
        "guidance": {
            "team": "guidance",
            "caseworker": True,
            "visits": 2,
            "work": "1 h",
            "gap": "5 days",
        },
    },
    "inflows": {"regular": {"rate": {"per_month": 30}}},
}


@guarded
def warmup() -> None:
    """Compile the fast engine now; later commands find it in the cache."""
    from capsim.engines import engine_named, simulate
    from capsim.kernels.jit import REASON
    from capsim.scenario import Scenario

    if engine_named("auto") != "compiled":
        stop(f"The compiled engine is not available: {REASON}; the simpy engine is used.", FAILED)
    began = time.perf_counter()
    scenario = Scenario.model_validate(_SMALL)
    for detail in ("measures", "full"):
        simulate(scenario, seed=1, engine="compiled", detail=detail).measures()
    typer.echo(f"The compiled engine is ready ({time.perf_counter() - began:.1f} s).")
