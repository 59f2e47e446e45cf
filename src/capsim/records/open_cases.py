"""Who was there on a day: the open files, as a scenario takes them for its beginning."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from capsim.records.event_log import EventLog

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "open_cases"]

COLUMNS = (
    *("case", "stage", "since", "applied", "inflow", "office", "worker"),
    *("visits_done", "last_visit", "next_visit"),
)


def open_cases(log: EventLog, inflow: str, day: float) -> pd.DataFrame:
    """A row per case that had come before the opening of `day` and not ended by then.

    Whoever applied while the office was closed joins at its opening, and is there since applying.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, in the order of joining; times are dates (or times of day) where
        the log has dates, else days. `worker` is who had the case by then, `visits_done` how many
        visits had ended, `next_visit` when the first that has not begun is, or was, due; they are
        missing where the log does not tell.
    """
    import pandas as pd

    stays = log.stays
    if "applied" in stays:
        early = stays["entry"] & (stays["applied"] < day) & (stays["joined"] >= day)
        stays = stays.assign(joined=stays["joined"].where(~early, stays["applied"]))
    there = (stays["joined"] < day) & ~(stays["ended"] <= day)
    rows = stays[there].sort_values("joined", kind="stable").drop_duplicates("case", keep="last")
    applied = stays.groupby("case", sort=False)["joined"].min()
    if "applied" in stays:
        told = stays.groupby("case", sort=False)["applied"].min()
        applied = told.where(told.notna(), applied)
    known_first = ~stays[stays["entry"]].set_index("case")["unseen"]
    first = rows["case"].map(applied).where(rows["case"].map(known_first).astype(bool))
    columns: dict[str, Any] = {
        "case": rows["case"].to_numpy(),
        "stage": rows["stage"].to_numpy(),
        "since": _moments(log, rows["joined"].to_numpy()),
        "applied": _moments(log, first.to_numpy(dtype=np.float64)),
        "inflow": np.full(len(rows), inflow, dtype=object),
        "office": rows["office"].to_numpy() if "office" in rows else None,
        "worker": _workers(rows, day) if "worker" in rows else None,
        "visits_done": None,
        "last_visit": None,
        "next_visit": None,
    }
    if log.visits is not None and "ended" in log.visits:
        columns.update(_visits(log, rows, day))
    frame = pd.DataFrame(
        {name: pd.Series(columns[name], index=range(len(rows))) for name in COLUMNS}
    )
    return frame.astype({"visits_done": "Int64"})


def _workers(rows: pd.DataFrame, day: float) -> Any:
    """Who had the case by then: the worker of a stay that was taken in hand before the day."""
    taken = rows["assigned"] if rows["assigned"].notna().any() else rows["started"]
    worker = rows["worker"]
    return worker.where((taken < day) | taken.isna() & rows["initial"]).to_numpy()


def _visits(log: EventLog, rows: pd.DataFrame, day: float) -> dict[str, Any]:
    visits = log.visits
    assert visits is not None
    keys = ["case", "stage", *(["nth"] if "nth" in rows and "nth" in visits else [])]
    own = visits.merge(rows[keys], on=keys, how="inner")
    done = own[own["ended"] <= day]
    ahead = own[~(own["ended"] <= day)]
    groups = done.groupby(keys, sort=False)["ended"]
    labels = rows.set_index(keys).index
    count = groups.size().reindex(labels, fill_value=0)
    last = groups.max().reindex(labels)
    found = {
        "visits_done": count.to_numpy(),
        "last_visit": _moments(log, last.to_numpy(dtype=np.float64)),
    }
    when = next((name for name in ("due", "started") if name in own), None)
    if when is not None:
        following = ahead.groupby(keys, sort=False)[when].min().reindex(labels)
        # A visit in hand is no appointment, nor is a first one that is due by now; what has fallen
        # due and waits is one.
        is_told = (count > 0) | (following > day)
        if "started" in ahead:
            begun = (ahead["started"] < day).groupby([ahead[key] for key in keys]).any()
            is_told &= ~begun.reindex(labels, fill_value=False)
        later = following.where(is_told).to_numpy(dtype=np.float64)
        found["next_visit"] = _moments(log, later)
    return found


def _moments(log: EventLog, days: np.ndarray) -> Any:
    """Days as dates where there are dates; to the second."""
    import pandas as pd

    if log.day_0 is None:
        return days
    since = pd.to_timedelta(np.round(days * 86_400), unit="s")
    return pd.Timestamp(datetime.datetime.combine(log.day_0, datetime.time())) + since
