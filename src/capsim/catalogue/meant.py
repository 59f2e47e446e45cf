"""Which rows of a frame answer a question that names no inflow, office or window."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["in_the_window_meant", "of_the_whole_service"]


def in_the_window_meant(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of each measure in the window that the scenario means, which come first.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"measure": ["arrivals", "arrivals", "clear_day"], "window": ["2026", "all", "all"]}
    ... )
    >>> list(in_the_window_meant(frame).index)
    [0, 2]
    """
    if "window" not in frame.columns:
        return frame
    first = frame.drop_duplicates("measure").set_index("measure")["window"]
    return frame[frame["window"] == frame["measure"].map(first)]


def of_the_whole_service(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of all inflows and offices together, in the window that the scenario means."""
    whole = frame[(frame["inflow"] == "all") & (frame["office"] == "all")]
    return in_the_window_meant(whole)
