"""Reading scenarios: files in TOML or JSON, presets, and what else may stand for one."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from importlib import import_module, resources
from itertools import takewhile
from os import PathLike
from pathlib import Path
from typing import Any

from capsim.scenario.base import is_iso_date
from capsim.scenario.checks.shape import TOO_DEEP, too_deep
from capsim.scenario.checks.spelling import remedy_of
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.files.construction import constructing
from capsim.scenario.model import Scenario

__all__ = ["as_scenario", "load", "preset_story", "preset_table", "presets"]

_WORKBOOKS = (".xlsx", ".xlsm")
_OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
_READER = "capsim.records.workbook"
"""What makes a scenario of a workbook. It simulates, so it stands above the experiments; `load`
only knows its name."""


def load(path_or_preset: str | PathLike[str], variant: str | None = None) -> Scenario:
    """The scenario in a file, or the preset of that name.

    Parameters
    ----------
    path_or_preset : path or str
        A file ending in .toml or .json, a workbook that was made by ``capsim template`` and filled
        in (.xlsx, .xlsm), or the name of a preset such as ``"one-office"``.
    variant : str, optional
        Name of a variant in it.

    Raises
    ------
    ScenarioError
        With every mistake of the file in one go.
    ValueError
        If it is neither a path nor a name.
    ImportError
        For a workbook without python-calamine.
    """
    if isinstance(path_or_preset, bytes) or not isinstance(path_or_preset, str | PathLike):
        remedy = "capsim.Scenario(**table) makes a scenario of a table of settings"
        if not isinstance(path_or_preset, Mapping):
            remedy = f"presets are {', '.join(presets())}"
        raise ValueError(
            f"path_or_preset = {_kind(path_or_preset)}: must be the path of a scenario file or "
            f"the name of a preset; {remedy}"
        )
    path = _located(path_or_preset)
    if path.suffix.lower() in _WORKBOOKS:
        told: Scenario = import_module(_READER).read_service(path)
        return told if variant is None else told.variant(variant)
    if path.suffix.lower() in _OTHER_WORKBOOKS:
        rule = "is a workbook of another kind"
        raise ScenarioError([Mistake("", path.name, rule, "save it as .xlsx")])
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
    if too_deep(raw):
        raise ScenarioError([TOO_DEEP], path.name)
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
    is_json = path.suffix.lower() == ".json"
    try:
        if is_json:
            return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
        return _toml(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(_wrong_lines(text, str(error), path.name), path.name) from None
    except json.JSONDecodeError as error:
        line = _quoted_line(text, error.lineno)
        mistake = Mistake("", path.name, f"is not JSON: {error}{line}", "correct that line")
    except _Repeated as error:
        mistake = Mistake("", path.name, str(error), "keep one of them")
    except RecursionError:
        mistake = TOO_DEEP
    except ValueError:
        mistake = Mistake("", path.name, "holds a number of thousands of digits", "shorten it")
    raise ScenarioError([mistake], path.name)


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # A day that is not in the calendar is one mistake among others, not the end of reading.
        quoted = _IN_TOML.sub(_quote_if_no_date, text)
        if quoted == text:
            raise
        return tomllib.loads(quoted)


class _Repeated(Exception):
    """A table of a JSON file in which a key stands twice."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Repeated(f"{twice!r} stands twice in one table")
    return table


def _no_constant(name: str) -> Any:
    raise _Repeated(f"{name} is no number of JSON")


_MOST_LINES = 20


def _wrong_lines(text: str, said: str, name: str) -> list[Mistake]:
    """The line that ends the reading, and those after it that would, as each is left out."""
    mistakes = []
    while True:
        rule, remedy = _where(text, said)
        mistakes.append(Mistake("", name, f"is not TOML: {rule}", remedy))
        place, lines = _AT_LINE.search(said), text.split("\n")
        # Only a line that is wrong in itself can be left out: not one that the rest hangs on.
        if place is None or remedy == "correct that line" or len(mistakes) == _MOST_LINES:
            return mistakes
        number = int(place[1]) - 1
        lines[number] = ""
        text = "\n".join(lines)
        try:
            _toml(text)
        except tomllib.TOMLDecodeError as error:
            said = str(error)
            further = _AT_LINE.search(said)
            if further is None or int(further[1]) - 1 <= number:
                return mistakes
        except (RecursionError, ValueError):
            return mistakes
        else:
            return mistakes


_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


def _where(text: str, said: str) -> tuple[str, str]:
    """What a TOML reader said with the line that it means, and the remedy."""
    place = _AT_LINE.search(said)
    lines = text.splitlines()
    if place is None or not 0 < int(place[1]) <= len(lines):
        return said, "correct that line"
    line = lines[int(place[1]) - 1]
    return f"{said}: {_cut(line)}", remedy_of(line)


def _quoted_line(text: str, number: int) -> str:
    lines = text.splitlines()
    return f": {_cut(lines[number - 1])}" if 0 < number <= len(lines) else ""


def _cut(line: str) -> str:
    line = line.strip()
    return line if len(line) <= 80 else f"{line[:77]}..."


_IN_TOML = re.compile(
    r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|(?<![\w.-])\d{4}-\d{1,2}-\d{1,2}(?![\w-])"""
)
"""Texts and comments, which stay as they are, and what looks like a date."""


def _quote_if_no_date(found: re.Match[str]) -> str:
    text = found[0]
    return text if text[0] in "\"'#" or is_iso_date(text) else f'"{text}"'


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
    if path.suffix.lower() in (".toml", ".json", *_WORKBOOKS) or len(path.parts) > 1:
        beside = sorted(entry.name for entry in path.parent.glob("*.[tj][os][mo][ln]"))
        remedy = nearest(path.name, beside) if beside else "check the path"
        raise ScenarioError([Mistake("", name, "there is no such file", remedy)])
    raise ScenarioError(
        [Mistake("", name, "there is neither such a file nor such a preset", nearest(name, known))]
    )


def _preset_folder() -> Any:
    return resources.files("capsim.scenario") / "presets"


def preset_table(name: str) -> dict[str, Any]:
    """A preset as it is written, unchecked.

    Examples
    --------
    >>> preset_table("one-office")["horizon"]
    '2 years'
    """
    return tomllib.loads((_preset_folder() / f"{name}.toml").read_text(encoding="utf-8"))


def preset_story(name: str) -> str:
    """What a preset is about: the comment at the head of its file.

    Examples
    --------
    >>> preset_story("one-office").split(":")[0]
    'A quick start'
    """
    lines = (_preset_folder() / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    head = takewhile(lambda line: line.startswith("# "), lines)
    return " ".join(line.removeprefix("# ") for line in head)


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
