"""Writing a scenario: TOML, which is canonical, and JSON; its traces as CSV files beside it."""

from __future__ import annotations

import datetime
import json
import os
from os import PathLike
from pathlib import Path
from typing import Any

from capsim.scenario.base import is_iso_date
from capsim.scenario.errors import Mistake, ScenarioError
from capsim.scenario.files.csv_files import plain_name
from capsim.scenario.files.sidecars import NamedTable, named_tables
from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["inline", "save", "to_json", "to_toml"]


def save(scenario: ScenarioFields, path: str | PathLike[str]) -> None:
    """Write a scenario as TOML or JSON, by the ending of the path.

    What was read from a file goes into a file of the same name beside it.
    Loading gives an equal scenario again, and saving that one the same text.

    Raises
    ------
    ScenarioError
        If the ending is neither, or if another file is where one of them has to go.
    ValueError
        If the path is none.
    """
    if not isinstance(path, str | PathLike):
        raise ValueError(f'path = {path!r}: is no path; name a file, such as "office.toml"')
    target = Path(path)
    if target.suffix.lower() not in (".toml", ".json"):
        raise ScenarioError(
            [Mistake("", str(path), "a scenario file ends in .toml or .json", "name the format")]
        )
    raw = scenario.to_dict()
    sidecars: dict[Path, str] = {}
    for named in named_tables(raw):
        named.owner[named.field] = _beside(named, target.parent, sidecars)
    text = to_json(raw) if target.suffix.lower() == ".json" else to_toml(raw)
    for file, content in sidecars.items():
        _write(file, content)
    _write(target, text)


def _beside(named: NamedTable, folder: Path, sidecars: dict[Path, str]) -> str:
    """Put a table into a file beside the scenario, unless it is there already; name of the file."""
    text = named.sidecar.text(named.table)
    file = _free(folder / plain_name(named.table["file"]), text, sidecars)
    taken = sidecars.get(file) or _text_of(file)
    if taken is not None and taken != text:
        found, _ = named.sidecar.read(folder, file.name, "")
        if found is None or {**found, "file": ""} != {**named.table, "file": ""}:
            rule = f"another file of that name is in {folder}"
            mistake = Mistake(named.path, file.name, rule, "save into another folder")
            raise ScenarioError([mistake])
    if taken is None:
        sidecars[file] = text
    return file.name


def _free(file: Path, text: str, sidecars: dict[Path, str]) -> Path:
    """The file, or one numbered beside it where another table of the scenario has its name."""
    free, number = file, 1
    while sidecars.get(free, text) != text:
        number += 1
        free = file.with_name(f"{file.stem}-{number}{file.suffix}")
    return free


def _text_of(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _write(path: Path, text: str) -> None:
    """Write at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def to_json(raw: dict[str, Any]) -> str:
    """Plain data as JSON text."""
    return json.dumps(raw, ensure_ascii=False, indent=2) + "\n"


# Below this depth a table is written in one line.
_TABLE_DEPTH = 2


def to_toml(raw: dict[str, Any]) -> str:
    """Plain data as TOML text in the layout of the documentation.

    Teams, stages, inflows and offices get a table each; what is below them stands in one line, and
    dates are TOML dates.

    Examples
    --------
    >>> print(to_toml({"start": "2026-01-01", "teams": {"desk": {"fte": 2}}}))
    start = 2026-01-01
    <BLANKLINE>
    [teams.desk]
    fte = 2
    <BLANKLINE>
    """
    lines: list[str] = []
    _table_lines(raw, (), lines)
    return "\n".join(lines).strip("\n") + "\n"


def _table_lines(table: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    inner = {
        name: value
        for name, value in table.items()
        if isinstance(value, dict) and len(path) < _TABLE_DEPTH and _is_section(path, value)
    }
    plain_items = {name: value for name, value in table.items() if name not in inner}
    if path and (plain_items or not inner):
        lines += ["", f"[{'.'.join(_key(name) for name in path)}]"]
    for name, value in plain_items.items():
        if path and name in _DOTTED and isinstance(value, dict):
            lines += [f"{name}.{_key(key)} = {inline(item)}" for key, item in value.items()]
            continue
        lines.append(f"{_key(name)} = {inline(value, _holds_date(path, name))}")
    for name, value in inner.items():
        _table_lines(value, (*path, name), lines)


def _is_section(path: tuple[str, ...], value: dict[str, Any]) -> bool:
    """Whether a table gets a header: the top tables, and the named ones below them."""
    if not path:
        return bool(value)
    return path[0] in ("teams", "stages", "inflows", "offices", "variants")


# Named tables below a section, written as dotted keys.
_DOTTED = ("changes", "absence", "waves", "stages", "shares")
_DATED = ("start", "at", "decided", "first", "date", "closed", "dates", "trace", "when", "steps")


def _holds_date(path: tuple[str, ...], name: str) -> bool:
    return name in _DATED and (
        path[:1] not in (("variants",), ("uncertain",), ("evidence",), ("offices",))
    )


def inline(value: Any, dated: bool = False) -> str:
    """A value as TOML in one line; texts that are dates are dates where `dated`."""
    if value is None:
        raise ScenarioError(
            [
                Mistake(
                    "variants",
                    None,
                    "TOML cannot say that an override takes something away",
                    "save as JSON, or replace the table above it",
                )
            ]
        )
    if isinstance(value, dict):
        items = ", ".join(
            f"{_key(name)} = {inline(item, name in _DATED)}" for name, item in value.items()
        )
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(item, dated) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if dated and is_iso_date(value):
            return value
        return _quoted(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return repr(value)


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _quoted(name)
