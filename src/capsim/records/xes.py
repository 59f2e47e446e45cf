"""Event logs in XES, IEEE 1849: read with the standard library, a row per event.

A file that declares a document type is refused: entities could grow without bound or name other
files, and no XES needs them.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_xes"]

_NUMBERS = {"int": int, "float": float}


class _Refused(ValueError):
    """What is wrong with the file, in words."""


def read_xes(path: Path) -> pd.DataFrame:
    """Events with their attributes; those of the trace bear the prefix "case:".

    The index is the line at which an event begins.

    Raises
    ------
    ValueError
        If the file is no XES, or declares a document type.
    """
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    for line, event in _events(path):
        for name in event.keys() - columns.keys():
            columns[name] = [None] * len(lines)
        for name, values in columns.items():
            values.append(event.get(name))
        lines.append(line)
    return pd.DataFrame(columns, index=pd.Index(lines, name="line"))


def _events(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    parser = expat.ParserCreate()
    done: list[tuple[int, dict[str, Any]]] = []
    trace: dict[str, Any] = {}
    event: dict[str, Any] | None = None
    pending: list[tuple[int, dict[str, Any]]] = []
    depth = {"trace": 0, "nested": 0, "root": 0, "line": 0}

    def start(tag: str, about: dict[str, str]) -> None:
        nonlocal event
        tag = tag.rpartition(":")[2]
        if not depth["root"]:
            if tag != "log":
                raise _Refused(f"begins with <{tag}>, where an XES file has <log>")
            depth["root"] = 1
        elif tag == "trace":
            depth["trace"] = 1
            trace.clear()
        elif tag == "event":
            event = {}
            depth["line"] = parser.CurrentLineNumber
        elif depth["trace"] and "key" in about:
            if not depth["nested"] and "value" in about:
                _keep(trace if event is None else event, tag, about)
            depth["nested"] += 1

    def end(tag: str) -> None:
        nonlocal event
        tag = tag.rpartition(":")[2]
        if tag == "event" and event is not None:
            pending.append((depth["line"], event))
            event = None
        elif tag == "trace":
            depth["trace"] = 0
            case = {f"case:{name}": value for name, value in trace.items()}
            done.extend((line, {**case, **found}) for line, found in pending)
            pending.clear()
        elif depth["nested"]:
            depth["nested"] -= 1

    def refuse(*_: Any) -> None:
        raise _Refused("declares a document type or entities; take the <!DOCTYPE ...> out")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rb") as file:
        while True:
            piece = file.read(1 << 20)
            try:
                parser.Parse(piece, not piece)
            except expat.ExpatError as error:
                raise _Refused(f"is no XML: {error}") from None
            yield from done
            done.clear()
            if not piece:
                return


def _keep(into: dict[str, Any], tag: str, about: dict[str, str]) -> None:
    value: Any = about["value"]
    if tag in _NUMBERS:
        try:
            value = _NUMBERS[tag](value)
        except ValueError:
            raise _Refused(f"has {about['key']} = {value!r}, which is no {tag}") from None
    # The same few words stand in a million events.
    into[sys.intern(about["key"])] = sys.intern(value) if isinstance(value, str) else value
