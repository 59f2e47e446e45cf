"""Scenario files: TOML, which is canonical, and JSON."""

from __future__ import annotations

import datetime
import json
import os
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capsim.scenario.construction import constructing
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.traces import trace_text

if TYPE_CHECKING:
    from capsim.scenario.model import Scenario

__all__ = ["as_scenario", "load", "presets", "save", "to_json", "to_toml"]


def load(path_or_preset: str | PathLike[str], variant: str | None = None) -> Scenario:
    """The scenario in a file, or the preset of that name.

    Parameters
    ----------
    path_or_preset : path or str
        A file ending in .toml or .json, or the name of a preset such as ``"one-office"``.
    variant : str, optional
        Name of a variant in it.

    Raises
    ------
    ScenarioError
        With every mistake of the file in one go.
    ValueError
        If it is neither a path nor a name.
    """
    from capsim.scenario.model import Scenario

    if isinstance(path_or_preset, bytes) or not isinstance(path_or_preset, str | PathLike):
        remedy = "capsim.Scenario(**table) makes a scenario of a table of settings"
        if not isinstance(path_or_preset, Mapping):
            remedy = f"presets are {', '.join(presets())}"
        raise ValueError(
            f"path_or_preset = {_kind(path_or_preset)}: must be the path of a scenario file or "
            f"the name of a preset; {remedy}"
        )
    path = _located(path_or_preset)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ScenarioError(
            [Mistake("", path.name, "is not a text in UTF-8", "save the file as UTF-8")]
        ) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise ScenarioError(
            [Mistake("", str(path), f"cannot be read: {reason}", "check the file and its rights")]
        ) from None
    raw = _parsed(text, path)
    if isinstance(raw, dict):
        raw = {"name": path.stem, **raw}
    with constructing(folder=path.parent, source=path.name, examines_variants=True):
        scenario = Scenario.model_validate(raw)
    return scenario if variant is None else scenario.variant(variant)


def as_scenario(scenario: Any, what: str = "scenario") -> Scenario:
    """The scenario that is meant: itself, that of a path or preset, or that of a table of settings.

    Parameters
    ----------
    scenario : Scenario, path, str or mapping
    what : str
        Name of the argument, for messages.

    Raises
    ------
    ScenarioError
        With every mistake of a file or table.
    ValueError
        If it is none of these.

    Examples
    --------
    >>> as_scenario("one-office").name
    'one-office'
    >>> as_scenario(None)
    Traceback (most recent call last):
    ValueError: scenario = None: must be a Scenario, a path, the name of a preset or a table
    """
    from capsim.scenario.model import Scenario

    if isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, str | PathLike):
        return load(scenario)
    if isinstance(scenario, Mapping):
        return Scenario.model_validate(dict(scenario))
    raise ValueError(
        f"{what} = {_kind(scenario)}: must be a Scenario, a path, the name of a preset or a table"
    )


def _kind(value: object) -> str:
    """A value in a message: itself if it is short and plain, else what it is."""
    is_plain = value is None or isinstance(value, bool | int | float)
    return repr(value) if is_plain else f"a {type(value).__name__}"


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # A day that is not in the calendar is one mistake among others, not the end of reading.
        quoted = _IN_TOML.sub(_quote_if_no_date, text)
        if quoted != text:
            try:
                return tomllib.loads(quoted)
            except tomllib.TOMLDecodeError:
                pass
        raise ScenarioError(
            [Mistake("", path.name, f"is not TOML: {error}", "correct that line")]
        ) from None
    except json.JSONDecodeError as error:
        raise ScenarioError(
            [Mistake("", path.name, f"is not JSON: {error}", "correct that line")]
        ) from None


_IN_TOML = re.compile(
    r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?![\w-])"""
)
"""Texts and comments, which stay as they are, and what looks like a date."""


def _quote_if_no_date(found: re.Match[str]) -> str:
    text = found[0]
    return text if text[0] in "\"'#" or _is_date(text) else f'"{text}"'


def _located(path_or_preset: str | PathLike[str]) -> Path:
    path = Path(path_or_preset)
    name = os.fspath(path_or_preset)
    known = presets()
    if not name.strip():
        raise ScenarioError(
            [Mistake("", name, "no file and no preset is named", nearest(name, known))]
        )
    if path.is_file():
        return path
    if name in known:
        return Path(str(_preset_folder() / f"{name}.toml"))
    if path.is_dir():
        raise ScenarioError([Mistake("", name, "is a folder", "write a file in it")])
    if path.suffix.lower() in (".toml", ".json") or len(path.parts) > 1:
        beside = sorted(entry.name for entry in path.parent.glob("*.[tj][os][mo][ln]"))
        remedy = nearest(path.name, beside) if beside else "check the path"
        raise ScenarioError([Mistake("", name, "there is no such file", remedy)])
    raise ScenarioError(
        [Mistake("", name, "there is neither such a file nor such a preset", nearest(name, known))]
    )


def _preset_folder() -> Any:
    return resources.files("capsim.scenario") / "presets"


def presets() -> list[str]:
    """Names of the presets that come with the library."""
    folder = _preset_folder()
    if not folder.is_dir():
        return []
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


# -- writing ---------------------------------------------------------------


def save(scenario: Scenario, path: str | PathLike[str]) -> None:
    """Write a scenario as TOML or JSON, by the ending of the path.

    A trace that was read from a file goes into a file of the same name beside it. Loading gives an
    equal scenario again, and saving that one the same text.

    Raises
    ------
    ScenarioError
        If the ending is neither, or if another file is where the trace has to go.
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
    for name, inflow in raw["inflows"].items():
        trace = inflow.get("trace")
        if not isinstance(trace, dict) or "file" not in trace:
            continue
        file = target.parent / trace["file"]
        text = trace_text(trace)
        taken = sidecars.get(file) or _text_of(file)
        if taken is not None and taken != text and not _same_trace(file, trace):
            raise ScenarioError(
                [
                    Mistake(
                        f"inflows.{name}.trace",
                        trace["file"],
                        f"another file of that name is in {target.parent}",
                        "save into another folder",
                    )
                ]
            )
        if taken is None:
            sidecars[file] = text
        inflow["trace"] = trace["file"]
    text = to_json(raw) if target.suffix.lower() == ".json" else to_toml(raw)
    for file, content in sidecars.items():
        _write(file, content)
    _write(target, text)


def _text_of(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _same_trace(file: Path, trace: dict[str, Any]) -> bool:
    from capsim.scenario.traces import read_trace

    found, _ = read_trace(file.parent, file.name, "")
    return found is not None and {**found, "file": trace["file"]} == trace


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
            lines += [f"{name}.{_key(key)} = {_inline(item)}" for key, item in value.items()]
            continue
        lines.append(f"{_key(name)} = {_inline(value, _holds_date(path, name))}")
    for name, value in inner.items():
        _table_lines(value, (*path, name), lines)


def _is_section(path: tuple[str, ...], value: dict[str, Any]) -> bool:
    """Whether a table gets a header: the top tables, and the named ones below them."""
    if not path:
        return bool(value)
    return path[0] in ("teams", "stages", "inflows", "offices", "variants")


# Named tables below a section, written as dotted keys.
_DOTTED = ("changes", "absence", "waves", "stages")
_DATED = ("start", "at", "decided", "first", "date", "closed", "dates", "trace", "when")


def _holds_date(path: tuple[str, ...], name: str) -> bool:
    return name in _DATED and path[:1] not in (("variants",), ("evidence",), ("offices",))


def _inline(value: Any, dated: bool = False) -> str:
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
            f"{_key(name)} = {_inline(item, name in _DATED)}" for name, item in value.items()
        )
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item, dated) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if dated and _is_date(value):
            return value
        return _quoted(value)
    return repr(value)


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _quoted(name)
