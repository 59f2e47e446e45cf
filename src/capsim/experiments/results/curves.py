"""Curves over time of all replications: their means with bands, and how long they settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from capsim.estimates import WarmUp
    from capsim.execution.store.blockfile import Rows

__all__ = ["bands", "warm_up"]


def bands(rows: Rows, matrix: np.ndarray, *, office: str | None, confidence: float) -> pd.DataFrame:
    """Means of a (replications, rows) matrix with intervals, and bands of the whole curves."""
    from capsim.estimates import band, mean_intervals
    from capsim.estimates.table import cut_to_limits

    frame = rows.frame()
    if office is not None:
        known = list(frame["office"].unique())
        if office not in known:
            raise ValueError(f"office = {office!r} is not in the series; known: {known}")
        kept = np.flatnonzero((frame["office"] == office).to_numpy())
        frame, matrix = frame.iloc[kept].reset_index(drop=True), matrix[:, kept]
    mean, lower, upper, n = mean_intervals(matrix, confidence=confidence)
    frame["mean"], frame["lower"], frame["upper"] = mean, lower, upper
    frame["lower_all"] = np.nan
    frame["upper_all"] = np.nan
    frame["n"] = n
    few = office is not None or frame["office"].nunique() <= 2
    whole = frame if few else frame[frame["office"] == "all"]
    for _, curve in whole.groupby(["office", "kind", "of", "measure"], sort=False):
        place = curve.index.to_numpy()
        found = band(matrix[:, place], confidence=confidence)
        frame.loc[place, "lower_all"] = found.lower_all
        frame.loc[place, "upper_all"] = found.upper_all
    for low, high in (("lower", "upper"), ("lower_all", "upper_all")):
        frame[low], frame[high] = cut_to_limits(
            frame["measure"], frame[low].to_numpy(), frame[high].to_numpy()
        )
    return frame


def warm_up(rows: Rows, matrix: np.ndarray, wanted: Mapping[str, str], *, window: int) -> WarmUp:
    """How many intervals at the beginning of one curve to discard for a steady state."""
    from capsim.estimates import mser5, welch

    mask = np.logical_and.reduce([rows.columns[key] == name for key, name in wanted.items()])
    if not mask.any():
        known = sorted({str(name) for name in rows.columns["of"]})
        raise ValueError(f"no series with {wanted}; stages and teams: {', '.join(known)}")
    curves = matrix[:, mask]
    welch(curves, window=window)
    return mser5(curves.mean(axis=0))
