"""Which rows of a frame answer a question that names no inflow and no office."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["of_the_whole_service"]


def of_the_whole_service(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of all inflows and offices together."""
    return frame[(frame["inflow"] == "all") & (frame["office"] == "all")]
