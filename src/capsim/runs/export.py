"""Runs as event logs, in the words of the tools that read them.

A row (or a pair of events) per stay: from the start of work, in delays from joining, until the end.
Whoever is still there has no end. Times are those of the office's clock, see `capsim.runs.wall`.

pm4py     https://pm4py.fit.fraunhofer.de: a row per activity with start_timestamp, names of XES
bupar     https://bupar.net: events start and complete, tied by activity_instance_id
vidigi    https://github.com/hsma-tools/vidigi: arrival, queue, resource_use, depart; minutes
xes       IEEE 1849-2016: events start and complete; extensions concept, lifecycle, time, org
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np

from capsim.catalogue.sheet import harmless
from capsim.kernels.codes import KIND_DELAY, NONE
from capsim.log.facts import Setting
from capsim.plan.plan import Ints
from capsim.runs.wall import Wall

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STYLES", "event_log", "write_log"]

_BREAK = {True: "withdraw", False: "ate_abort"}


def event_log(
    style: str,
    setting: Setting,
    stays: pd.DataFrame,
    visits: pd.DataFrame,
    cases: pd.DataFrame,
    by_visit: bool,
) -> pd.DataFrame:
    """The log in one of the `STYLES`; a row per visit instead of per stay if `by_visit`.

    Raises
    ------
    ValueError
        If there is no such style.
    """
    if style not in STYLES:
        raise ValueError(f"style = {style!r}: must be one of {', '.join(STYLES)}")
    table = _rows(setting, stays, visits, cases, by_visit)
    return STYLES[style](table, Wall.of(setting))


def _rows(
    setting: Setting,
    stays: pd.DataFrame,
    visits: pd.DataFrame,
    cases: pd.DataFrame,
    by_visit: bool,
) -> pd.DataFrame:
    """What all styles are made of: names, and seconds since midnight of day 0."""
    wall = Wall.of(setting)
    kind = dict(zip(setting.stages, setting.stage_kind, strict=True))
    table = stays[["case", "stage", "nth", "inflow", "office", "worker", "outcome"]].copy()
    table["visits_done"] = stays["visits_done"]
    for name, seconds in wall.stay_columns(stays, visits).items():
        table[name] = seconds
    delay = table["stage"].map(kind) == KIND_DELAY
    table["begin"] = np.where(delay, table["joined"], table["started"])
    table["delay"] = delay
    table["exit"] = table["case"].map(cases.set_index("case")["exit"])
    if by_visit:
        own = visits[visits["started"].notna()]
        keys = ["case", "stage", "nth"]
        known = table[[*keys, "exit", "outcome", "joined", "assigned"]]
        columns = wall.visit_columns(own)
        named = own[["case", "stage", "nth", "inflow", "office", "worker", "visit", "hours"]]
        named = named.assign(begin=columns["started"], ended=columns["ended"])
        table = named.merge(known, on=keys, how="left", suffixes=("", "_stay"))
        table["delay"] = False
        order = ["case", "begin"]
    else:
        order = ["case", "joined"]
    table = table.sort_values(order, kind="stable", ignore_index=True)
    table["instance"] = np.arange(1, len(table) + 1)
    return table


def _times(wall: Wall, table: pd.DataFrame, name: str) -> Any:
    return wall.times(table[name].to_numpy(dtype=np.int64))


def _pm4py(table: pd.DataFrame, wall: Wall) -> pd.DataFrame:
    import pandas as pd

    going = (table["ended"] == NONE).to_numpy()
    columns: dict[str, Any] = {
        "case:concept:name": table["case"],
        "concept:name": table["stage"],
        "start_timestamp": _times(wall, table, "begin"),
        "time:timestamp": _times(wall, table, "ended"),
        "lifecycle:transition": np.where(going, "start", "complete"),
        "org:resource": table["worker"],
        "case:inflow": table["inflow"],
        "case:office": table["office"],
        "case:exit": table["exit"],
        "concept:instance": table["instance"],
        "nth": table["nth"],
        "outcome": table["outcome"],
    }
    for name in ("joined", "assigned", "served"):
        if name in table:
            columns[name] = _times(wall, table, name)
    for name in ("visits_done", "visit", "hours"):
        if name in table:
            columns[name] = table[name]
    return pd.DataFrame(columns)


def _events(table: pd.DataFrame) -> tuple[Ints, Any, Ints]:
    """Row, transition and seconds of start and end events, in the order of each case."""
    begin, ended = table["begin"].to_numpy(), table["ended"].to_numpy()
    left = (table["outcome"] == "left").to_numpy() & (ended != NONE)
    unstarted = begin == NONE
    last = np.where(left, np.where(unstarted, _BREAK[True], _BREAK[False]), "complete")
    rows = np.concatenate([np.flatnonzero(~unstarted), np.flatnonzero(ended != NONE)])
    words = np.append(np.full((~unstarted).sum(), "start", dtype=object), last[ended != NONE])
    seconds = np.append(begin[~unstarted], ended[ended != NONE])
    order = np.lexsort((words != "start", rows))
    return rows[order], words[order], seconds[order]


def _bupar(table: pd.DataFrame, wall: Wall) -> pd.DataFrame:
    import pandas as pd

    rows, words, seconds = _events(table)
    of = table.iloc[rows].reset_index(drop=True)
    return pd.DataFrame(
        {
            "case_id": of["case"],
            "activity": of["stage"],
            "activity_instance_id": of["instance"],
            "lifecycle": words,
            "timestamp": wall.times(seconds),
            "resource": of["worker"],
        }
    )


def _xes(table: pd.DataFrame, wall: Wall) -> pd.DataFrame:
    import pandas as pd

    rows, words, seconds = _events(table)
    of = table.iloc[rows].reset_index(drop=True)
    columns: dict[str, Any] = {
        "case:concept:name": of["case"],
        "concept:name": of["stage"],
        "concept:instance": of["instance"].astype("str"),
        "lifecycle:transition": words,
        "time:timestamp": wall.times(seconds),
        "org:resource": of["worker"],
        "case:inflow": of["inflow"],
        "case:office": of["office"],
        "case:exit": of["exit"],
        "joined": _times(wall, of, "joined"),
        "outcome": of["outcome"],
    }
    for name in ("assigned", "served"):
        if name in of:
            columns[name] = _times(wall, of, name)
    return pd.DataFrame(columns)


def _vidigi(table: pd.DataFrame, wall: Wall) -> pd.DataFrame:
    import pandas as pd

    seats = table.groupby("office", sort=False)["worker"].transform(
        lambda names: names.astype("category").cat.codes + 1
    )
    first = table.drop_duplicates("case", keep="first")
    last = table.drop_duplicates("case", keep="last")
    gone = last[(last["ended"] != NONE) & (last["exit"] != "open")]
    queued = table[~table["delay"]]
    used = table[(table["begin"] != NONE) & ~table["delay"]]
    done = used[used["ended"] != NONE]
    parts = [
        (first, "arrival_departure", "arrival", "joined"),
        (queued, "queue", None, "joined"),
        (table[table["delay"]], "queue", None, "joined"),
        (used, "resource_use", None, "begin"),
        (done, "resource_use_end", None, "ended"),
        (gone, "arrival_departure", "depart", "ended"),
    ]
    frames = []
    for rank, (rows, kind, event, when) in enumerate(parts):
        waits = rank == 1
        stage = rows["stage"] + "_wait" if waits else rows["stage"]
        with_seat = kind.startswith("resource")
        frames.append(
            pd.DataFrame(
                {
                    "entity_id": rows["case"],
                    "pathway": rows["inflow"],
                    "event_type": kind,
                    "event": event or stage,
                    "time": rows[when] / 60,
                    "resource_id": seats[rows.index] if with_seat else pd.NA,
                    "rank": rank,
                }
            ).astype({"resource_id": "Int64"})
        )
    whole = pd.concat(frames, ignore_index=True)
    codes, _ = pd.factorize(whole["entity_id"])
    whole["entity_id"] = codes + 1
    order = ["time", "entity_id", "rank"]
    return whole.sort_values(order, ignore_index=True).drop(columns="rank")


STYLES: dict[str, Callable[[pd.DataFrame, Wall], pd.DataFrame]] = {
    "pm4py": _pm4py,
    "bupar": _bupar,
    "vidigi": _vidigi,
    "xes": _xes,
}


# -- files ----------------------------------------------------------------


def write_log(log: pd.DataFrame, style: str, path: Path) -> None:
    """Write a log: XES as such, the others as CSV or, by its ending, parquet; whole or not at all.

    Raises
    ------
    ValueError
        If the ending says something else.
    """
    endings = (".xes",) if style == "xes" else (".csv", ".parquet")
    if path.suffix.lower() not in endings:
        raise ValueError(
            f"path = {str(path)!r}: has the ending {path.suffix!r}; a {style} log ends in "
            f"{' or '.join(endings)}"
        )
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        if style == "xes":
            with open(name, "w", encoding="utf-8", newline="\n") as file:
                _write_xes(log, file)
        elif path.suffix.lower() == ".parquet":
            log.to_parquet(name, index=False)
        else:
            text = log.copy(deep=False)
            for column in text.select_dtypes("datetimetz").columns:
                text[column] = _iso(text[column])
            harmless(text).to_csv(name, index=False, lineterminator="\n")
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _iso(times: pd.Series[Any]) -> Any:
    """Times with their offset, as all these tools read them; missing ones stay missing."""
    import pandas as pd

    texts = [None if pd.isna(time) else time.isoformat() for time in times]
    return pd.Series(texts, index=times.index, dtype=object)


_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="nested-attributes" \
xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<classifier name="Stage" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
"""


def _write_xes(log: pd.DataFrame, file: io.TextIOBase | Any) -> None:
    file.write(_HEAD)
    columns: dict[str, list[Any]] = {}
    for name in log.columns:
        is_time = str(log[name].dtype).startswith("datetime64")
        columns[name] = list(_iso(log[name])) if is_time else list(log[name])
    of_case = [name for name in columns if name.startswith("case:")]
    of_event = [name for name in columns if not name.startswith("case:")]
    dates = {name for name in log.columns if str(log[name].dtype).startswith("datetime64")}
    case: Any = None
    for row in range(len(log)):
        own = columns["case:concept:name"][row]
        if own != case:
            file.write(("" if case is None else "</trace>\n") + "<trace>\n")
            case = own
            for name in of_case:
                _attribute(file, "string", name.removeprefix("case:"), columns[name][row])
        file.write("<event>\n")
        for name in of_event:
            kind = "date" if name in dates else "string"
            _attribute(file, kind, name, columns[name][row])
        file.write("</event>\n")
    file.write(("" if case is None else "</trace>\n") + "</log>\n")


def _attribute(file: Any, kind: str, key: str, value: Any) -> None:
    if isinstance(value, str):
        file.write(f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>\n")
