"""Rows of a summary that answer the first question, and their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from capsim.catalogue import Selector
from capsim.catalogue.meant import of_the_whole_service
from capsim.catalogue.measures import HEADLINES

if TYPE_CHECKING:
    import pandas as pd

    from capsim.experiments.results.reacting import Key

__all__ = ["headline", "name_of"]

_MOST_ROWS = 7


def headline(
    frame: pd.DataFrame, most: int = _MOST_ROWS, reacts: Collection[Key] | None = None
) -> pd.DataFrame:
    """Rows of a summary that answer the first question: waits, lateness, queues, caseloads.

    Of everybody together; measures of the user's own come first. Where there is room for few rows,
    each measure has one, of the first stage or team that has it.

    Parameters
    ----------
    frame : DataFrame
    most : int
        Rows that there is room for.
    reacts : collection of (kind, of, measure), optional
        What differs between the scenarios that are shown; it comes before all that does not.
    """
    whole = of_the_whole_service(frame)
    places = {key: place for place, key in enumerate(HEADLINES)}
    keys = list(zip(whole["kind"], whole["of"], whole["measure"], strict=True))
    ranks = [
        -1 if kind == "run" else places.get((kind, measure), len(places))
        for kind, _, measure in keys
    ]
    same = [reacts is not None and key not in reacts for key in keys]
    picked = whole.assign(_rank=ranks, _same=same)
    picked = picked[picked["_rank"] < len(places)]
    picked = picked.sort_values(["_same", "_rank"], kind="stable")
    if most < len(places):
        picked = picked[(picked["_rank"] < 0) | ~picked.duplicated("_rank")]
    return picked.head(most).drop(columns=["_rank", "_same"])


def name_of(row: Mapping[Any, Any]) -> str:
    """Selector of a row of keys, such as ``wait_mean[intake]``."""
    of = None if row["of"] == "all" or row["kind"] == "run" else str(row["of"])
    measure = str(row["measure"])
    asked: dict[str, Any] = {}
    if measure.startswith("level"):
        asked = {"on": str(row["window"])}
    elif measure.startswith("share_over_"):
        measure, asked = "share_over", {"days": measure.split("_")[2]}
    return str(Selector(measure, of, str(row["inflow"]), str(row["office"]), **asked))
