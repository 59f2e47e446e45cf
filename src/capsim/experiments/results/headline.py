"""Rows of a summary that answer the first question, and their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from capsim.catalogue import Selector
from capsim.catalogue.measures import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["headline", "name_of"]

_MOST_ROWS = 7


def headline(frame: pd.DataFrame, most: int = _MOST_ROWS) -> pd.DataFrame:
    """Rows of a summary that answer the first question: waits, lateness, queues, caseloads.

    Of everybody together; measures of the user's own come first. Where there is room for few rows,
    each measure has one, of the first stage or team that has it.
    """
    whole = frame[(frame["inflow"] == "all") & (frame["office"] == "all")]
    places = {key: place for place, key in enumerate(HEADLINES)}
    ranks = [
        -1 if kind == "run" else places.get((kind, measure), len(places))
        for kind, measure in zip(whole["kind"], whole["measure"], strict=True)
    ]
    picked = whole.assign(_rank=ranks)
    picked = picked[picked["_rank"] < len(places)].sort_values("_rank", kind="stable")
    if most < len(places):
        picked = picked[(picked["_rank"] < 0) | ~picked.duplicated("_rank")]
    picked = picked.head(most)
    return picked.drop(columns="_rank")


def name_of(row: Mapping[Any, Any]) -> str:
    """Selector of a row of keys, such as ``wait_mean[intake]``."""
    of = None if row["kind"] == "run" else str(row["of"])
    return str(Selector(str(row["measure"]), of, str(row["inflow"]), str(row["office"])))
