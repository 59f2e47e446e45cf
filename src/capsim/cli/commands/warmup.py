"""`capsim warmup`: compile once, so that the first study does not wait."""

from __future__ import annotations

import typer

from capsim.cli.failures import FAILED, guarded, stop


@guarded
def warmup() -> None:
    """Compile the fast engine now; later commands find it in the cache."""
    from capsim.kernels.jit import REASON
    from capsim.runs import warming

    if REASON:
        stop(f"The compiled engine is not available: {REASON}; the simpy engine is used.", FAILED)
    typer.echo(str(warming.warmup()))
