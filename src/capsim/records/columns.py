"""Whose columns these are: names of pm4py, XES and bupaR, or a mapping, become capsim's.

The names of process mining are known without a word: the extensions of IEEE 1849 (XES) with the
prefix "case:" that pm4py gives to attributes of cases, and the columns of bupaR. A log of single
events (start, complete ...) becomes a row per stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from capsim.scenario import ScenarioError
from capsim.scenario.errors import Mistake, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KNOWN", "emptied", "legal_names", "named", "paired"]

KNOWN = {
    "case": ("case:concept:name", "case_id", "caseid", "case id", "case_concept_name"),
    "stage": ("concept:name", "activity", "activity_id", "concept_name"),
    "lifecycle": ("lifecycle:transition", "lifecycle_id", "lifecycle_transition"),
    "instance": ("concept:instance", "activity_instance_id", "concept_instance"),
    "time": ("time:timestamp", "timestamp", "time_timestamp"),
    "started": ("start_timestamp", "time:start", "start_time"),
    "ended": ("end_timestamp", "complete_timestamp", "end_time"),
    "worker": ("org:resource", "resource", "resource_id", "org_resource"),
    "inflow": ("case:inflow",),
    "office": ("case:office",),
    "exit": ("case:exit",),
}
"""Other names of a column; `time` is the time of a single event."""
OWN = (
    *("case", "stage", "joined", "assigned", "started", "served", "ended", "inflow", "office"),
    *("outcome", "exit", "worker", "hours", "nth", "visit", "visits_done", "due"),
)
"""Columns that `fit` reads, in logs and in tables of visits and cases."""

_READABLE = (*OWN, "lifecycle", "instance", "time")
_ALL_NAMES = frozenset({*_READABLE, *(other for others in KNOWN.values() for other in others)})

_ENDS = frozenset({"complete", "completed", "end", "autoskip", "manualskip", "ate_complete"})
_BREAKS = frozenset({"withdraw", "ate_abort", "pi_abort"})
_PLACES = {
    "schedule": "joined",
    "enqueue": "joined",
    "assign": "assigned",
    "start": "started",
    **dict.fromkeys(_ENDS | _BREAKS, "ended"),
}
_RESERVED = frozenset({"all", "open", "completed", "left", "turned_away"})


def emptied(frame: pd.DataFrame, columns: Mapping[str, str] | None) -> pd.DataFrame:
    """The frame with nothing in the columns that `named` reads under no name.

    A log may have a hundred columns of which five are read. The names of the others stay: a
    message about a missing column looks for what was meant among them.

    Examples
    --------
    >>> import pandas as pd
    >>> emptied(pd.DataFrame({"case": ["a"], "Colour": ["red"]}), None).to_dict("list")
    {'case': ['a'], 'Colour': [nan]}
    """
    import pandas as pd

    meant = {str(theirs) for theirs in (columns or {}).values()}
    others = [
        str(name) not in meant and str(name).strip().lower() not in _ALL_NAMES
        for name in frame.columns
    ]
    if not any(others):
        return frame
    empty = pd.Series(None, index=frame.index, dtype="category")
    series = [empty if is_other else frame.iloc[:, place] for place, is_other in enumerate(others)]
    return pd.concat(series, axis=1, keys=frame.columns)


def named(frame: pd.DataFrame, columns: Mapping[str, str] | None, name: str) -> pd.DataFrame:
    """The frame with capsim's names; `columns` is from these to those of the frame.

    Raises
    ------
    ScenarioError
        If the mapping names what is not there, or what capsim does not read.
    """
    given = dict(columns or {})
    present = [str(column) for column in frame.columns]
    doubled = sorted({column for column in present if present.count(column) > 1})
    mistakes = [
        Mistake.absent(f"{name}.{column}", "the column is there twice", "rename one of them")
        for column in doubled
    ]
    for own, theirs in given.items():
        if own not in _READABLE:
            mistakes.append(
                Mistake(f"columns.{own}", theirs, "is no column of a log", nearest(own, _READABLE))
            )
        elif str(theirs) not in present:
            mistakes.append(
                Mistake(f"columns.{own}", theirs, f"is not in {name}", nearest(theirs, present))
            )
    if mistakes:
        raise ScenarioError(mistakes, "the log")
    theirs_of = {str(theirs): own for own, theirs in given.items()}
    folded = {column.strip().lower(): column for column in reversed(present)}
    for own in _READABLE:
        if own in given or (own in present and own not in theirs_of):
            continue
        for other in (own, *KNOWN.get(own, ())):
            column = folded.get(other)
            if column is not None and column not in theirs_of:
                theirs_of[column] = own
                break
    taken = set(theirs_of.values())
    # A column that bears one of our names but was not meant by the mapping would clash.
    kept = [column for column in present if column in theirs_of or column not in taken]
    result = frame.set_axis(present, axis=1)[kept].rename(columns=theirs_of)
    if "time" in result and "ended" not in result and "lifecycle" not in result:
        result = result.rename(columns={"time": "ended"})
    elif "time" in result and "ended" not in result and "started" in result:
        # A row per activity with start_timestamp: what pm4py calls an interval log.
        result = result.rename(columns={"time": "ended"})
    return result


def paired(events: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A row per stay from a row per event (case, stage, lifecycle, time), and what to say of it.

    A complete closes the earliest open start of its case and stage (and instance); a start without
    a complete is open. The row bears the label of its last event.
    """
    import pandas as pd

    transitions = events["lifecycle"].astype("string").str.strip().str.lower()
    place = transitions.map(_PLACES)
    known = place.notna().to_numpy(dtype=bool)
    order = np.argsort(events["time"].to_numpy(), kind="stable")
    order = order[known[order]]
    keys = ["case", "stage", *(["instance"] if "instance" in events else [])]
    group = events.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    where = place.fillna("").to_numpy(dtype=object)
    broken = transitions.isin(_BREAKS).to_numpy(dtype=bool)
    going: dict[int, list[int]] = {}
    stays: list[dict[str, int]] = []
    for row in order.tolist():
        column, waiting = where[row], going.setdefault(group[row], [])
        found = next((stay for stay in waiting if column not in stays[stay]), None)
        if found is None:
            found = len(stays)
            stays.append({})
            waiting.append(found)
        stays[found][column] = row
        if column == "ended":
            waiting.remove(found)
    last = np.array([max(stay.values()) for stay in stays], dtype=np.int64)
    rest = [c for c in events.columns if c not in ("lifecycle", "time", "instance")]
    result = events.iloc[last][rest].copy()
    for column in ("joined", "assigned", "started", "ended"):
        rows = np.array([stay.get(column, -1) for stay in stays], dtype=np.int64)
        if (rows >= 0).any():
            times = events["time"].take(np.maximum(rows, 0))
            result[column] = times.where(rows >= 0).to_numpy()
    if "ended" not in result:
        result["ended"] = pd.NaT
    ends = np.array([stay.get("ended", -1) for stay in stays], dtype=np.int64)
    if broken.any() and "outcome" not in result:
        outcome = pd.Series("left", index=result.index, dtype="str")
        result["outcome"] = outcome.where((ends >= 0) & broken[np.maximum(ends, 0)])
    said = [f"log: {len(stays):,} stays were made of {int(known.sum()):,} events"]
    others = sorted(set(transitions[~known].dropna()))
    if others:
        said.append(f"log: events {', '.join(others)} say nothing about stays and were left out")
    return result, said


def legal_names(names: list[str], known: tuple[str, ...] = ()) -> dict[str, str]:
    """For each name one that a scenario may bear, all of them different.

    Parameters
    ----------
    names : list of str
        As the log writes them.
    known : tuple of str
        Names of the scenario: a name of the log that differs only in signs and letter case is one.

    Examples
    --------
    >>> legal_names(["Confirmation of receipt", "T02 Check (all)", "open"])
    {'Confirmation of receipt': 'Confirmation_of_receipt', 'T02 Check (all)': 'T02_Check_all', \
'open': 'open_2'}
    """
    found: dict[str, str] = {}
    by_fold = {_plain(name).lower(): name for name in known}
    taken = {name for name in names if _plain(name) == name} - _RESERVED
    for name in names:
        legal = _plain(name)
        if name in known:
            found[name] = name
        elif legal.lower() in by_fold and by_fold[legal.lower()] not in names:
            found[name] = by_fold[legal.lower()]
        elif legal == name and name not in _RESERVED:
            found[name] = name
        else:
            number, free = 2, legal
            while free in taken or free in _RESERVED:
                free, number = f"{legal}_{number}", number + 1
            found[name] = free
            taken.add(free)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name).strip("_-") or "stage"
