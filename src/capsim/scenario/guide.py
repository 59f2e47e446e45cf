"""What may be written in a scenario, field by field, read off the tables themselves.

Kind, bounds and default come from the type of a field, its sentence from what stands below it in
the source, its example from `every_field.toml`. The terminal and the documentation show the same.
"""

from __future__ import annotations

import html
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from capsim.scenario.base import Table, plain
from capsim.scenario.checks.trials import NOT_OF_AN_OFFICE
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.files.writing import inline
from capsim.scenario.kinds import bounds_of, kind_of, tables_in, unit_of
from capsim.scenario.laws.counts import COUNT_LAWS
from capsim.scenario.laws.durations import LAWS
from capsim.scenario.tables.open_cases import OpenCases
from capsim.scenario.tables.scenario import ScenarioFields
from capsim.scenario.tables.stages import StageOverride

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Entry", "Guide", "fields"]

_NAMES = {
    "evidence": "PATH",
    "exits": "EXIT",
    "fte": "TEAM",
    "inflows": "INFLOW",
    "initial": "STAGE",
    "offices": "OFFICE",
    "patience": "STAGE",
    "per_inflow": "INFLOW",
    "shares": "INFLOW",
    "stages": "STAGE",
    "stay": "STAGE",
    "teams": "TEAM",
    "waves": "WAVE",
    "windows": "WINDOW",
    "work": "STAGE",
}
"""What the keys of a table of named things stand for; "NAME" elsewhere."""

_DEFAULT = re.compile(r"[Dd]efault:? ((?:[^.;]|\.(?=\d))+)")
_COUNTED = ("together", "visits")
"""Fields that take laws of counts."""
_WIDTH = 92


@dataclass(frozen=True)
class Entry:
    """One field of the scenario language.

    Attributes
    ----------
    path : str
        Dotted path; names in capitals stand for those that the user chooses. Laws have paths of
        their own, such as ``law.gamma.mean``: they stand wherever a law may.
    kind : str
        What may stand there.
    unit : str
        Unit of a number; "its own" for durations, which are written with theirs.
    default : str
        What holds where nothing is written; "required" where something must be.
    rule : str
        Bounds of its numbers, or how many entries there are.
    meaning : str
        What it says, in a sentence.
    example : str
        A line of TOML that is right where it stands.
    also : tuple of str
        Where else it may be written.
    """

    path: str
    kind: str
    unit: str
    default: str
    rule: str
    meaning: str
    example: str
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Path, sentence, kind with its bounds, and example."""
        unit = f" ({self.unit})" if self.unit not in ("", "its own", "none") else ""
        what = [f"{self.kind}{unit}", self.rule, _said_default(self.default)]
        lines = [self.path, *textwrap.wrap(self.meaning, _WIDTH)]
        lines += textwrap.wrap("; ".join(filter(None, what)), _WIDTH)
        lines += [f"example: {self.example}"] if self.example else []
        lines += [f"also: {', '.join(self.also)}"] if self.also else []
        return "\n    ".join(lines)


def _said_default(default: str) -> str:
    return default if default == "required" else f"default {default}"


class Guide(tuple[Entry, ...]):
    """Entries of the scenario language: a tuple that prints as text."""

    def __repr__(self) -> str:
        """Every entry; of the whole language one line for each table at the top."""
        if len(self) < len(_entries()):
            return "\n\n".join(str(one) for one in self)
        top = [one for one in self if "." not in one.path]
        wide = max(len(one.path) for one in top)
        lines = [f"{one.path:<{wide}}  {one.meaning}" for one in top]
        return "\n".join([*lines, "", f"{len(self)} fields; name one to see all below it."])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [
            "".join(f"<td>{html.escape(str(value))}</td>" for value in row)
            for row in self.to_frame().itertuples(index=False)
        ]
        head = "".join(f"<th>{name}</th>" for name in Entry.__dataclass_fields__)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def to_frame(self) -> pd.DataFrame:
        """A row for each entry, a column for each of its attributes."""
        import pandas as pd

        rows = [{**asdict(one), "also": ", ".join(one.also)} for one in self]
        return pd.DataFrame(rows, columns=list(Entry.__dataclass_fields__))


def fields(path: str | None = None) -> Guide:
    """What may be written in a scenario: kind, unit, default, rule, meaning and example.

    Parameters
    ----------
    path : str, optional
        Dotted path, with names of one's own or without them: ``"teams"``, ``"teams.fte"`` and
        ``"teams.social.fte"`` all work, and so does the name of a field alone. Default everything.

    Returns
    -------
    Guide
        The entries at and below the path, or of that name.

    Raises
    ------
    ScenarioError
        If there is no such field.

    Examples
    --------
    >>> fields("teams.social.client_share")
    teams.TEAM.client_share
        Share of the hours at work that reaches clients.
        number (share); 0.001 to 1; default 1
        example: client_share = 0.76
        also: offices.OFFICE.set
    >>> [entry.path for entry in fields("urgent")]
    ['stages.STAGE.decision.urgent']
    """
    entries = _entries()
    if path is None or not path.strip():
        return Guide(entries)
    asked = [token for token in path.strip().split(".") if not token.isdigit()]
    found = _found(entries, asked)
    if not found and len(asked) > 1:
        above = _found(entries, asked[:-1])
        if above and "law" in above[0].kind:  # stages.intake.work.mean
            laws = [one for one in entries if one.path.startswith("law.")]
            found = [*above, *(one for one in laws if one.path.endswith(f".{asked[-1]}"))]
        elif len(above) == 1 and above[0].kind.startswith("table of"):  # costs.exits.refused
            found = above
    if not found:
        known = dict.fromkeys(one.path.rpartition(".")[2] for one in entries)
        raise ScenarioError(
            [Mistake.absent(path, "there is no such field", nearest(asked[-1], known))]
        )
    return Guide(found)


def _found(entries: tuple[Entry, ...], asked: list[str]) -> list[Entry]:
    """Entries at and below a path without names, else with names, else of that name."""
    for is_meant in (_is_without_names, _is_with_names):
        found = [
            one
            for one in entries
            if any(is_meant(place.split("."), asked) for place in (one.path, *one.also))
        ]
        if found:
            return found
    if len(asked) > 1:
        return []
    return [one for one in entries if one.path.rpartition(".")[2] == asked[0]]


def _is_without_names(pattern: list[str], asked: list[str]) -> bool:
    return [token for token in pattern if not token.isupper()][: len(asked)] == asked


def _is_with_names(pattern: list[str], asked: list[str]) -> bool:
    return len(pattern) >= len(asked) and all(
        token in (given, given.upper()) or token.isupper()
        for token, given in zip(pattern, asked, strict=False)
    )


@cache
def _entries() -> tuple[Entry, ...]:
    """All entries, in the order of the tables; then the laws."""
    source = files("capsim.scenario").joinpath("every_field.toml").read_text(encoding="utf-8")
    data = tomllib.loads(source)
    found = list(_below(ScenarioFields, (), data))
    for start, laws, noun in (("law", LAWS, "durations"), ("count", COUNT_LAWS, "counts")):
        found += _laws(start, laws, noun, list(_law_tables(data, noun)))
    return tuple(found)


def _laws(
    start: str, laws: Sequence[type[Table]], noun: str, written: list[Mapping[str, Any]]
) -> Iterator[Entry]:
    """What all laws have, then each law with what it has of its own."""
    meaning = f"A law of {noun}, where one may stand: a table that names it and its parameters."
    yield Entry(start, "table", "", "none", "", meaning, _shortest(written))
    common = _common(laws)
    for name in common:
        if name != "law":
            yield _entry(laws[0], name, laws[0].model_fields[name], (start,), written)
    for law in laws:
        kind = law.model_fields["law"].default
        own = [table for table in written if table["law"] == kind]
        yield Entry(
            f"{start}.{kind}", "table", "", "none", "", _sentence(law.__doc__), _shortest(own)
        )
        for name, field in law.model_fields.items():
            if name not in common:
                yield _entry(law, name, field, (start, kind), [*own, *written])


def _common(laws: Sequence[type[Table]]) -> list[str]:
    """Fields that every law has with the same meaning."""
    first, *others = laws
    return [
        name
        for name, field in first.model_fields.items()
        if all(
            name in law.model_fields and law.model_fields[name].description == field.description
            for law in others
        )
    ]


def _below(table: type[Table], path: tuple[str, ...], data: Any) -> Iterator[Entry]:
    """The fields of a table, each followed by those of the tables in it."""
    for name, field in table.model_fields.items():
        key = field.alias or name
        yield _entry(table, name, field, path, _at(data, path))
        here = (*path, key)
        if kind_of(field.annotation).startswith("table of"):
            here = (*here, _NAMES.get(key, "NAME"))
        for inner in tables_in(field.annotation):
            if inner is OpenCases:
                yield from _below(inner, ("initial", "files"), data)
            elif inner is not StageOverride:
                yield from _below(inner, here, data)


def _entry(
    table: type[Table], name: str, field: FieldInfo, path: tuple[str, ...], found: list[Any]
) -> Entry:
    key = field.alias or name
    return Entry(
        path=".".join((*path, key)),
        kind=kind_of(field.annotation),
        unit=unit_of(table, name, field),
        default=_default(field),
        rule=bounds_of(field),
        meaning=_sentence(field.description),
        example=_example(key, [one[key] for one in found if key in one]),
        also=tuple(_also((*path, key))),
    )


def _default(field: FieldInfo) -> str:
    """What holds where nothing is written, as the type or the sentence says it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    said = _DEFAULT.search(_sentence(field.description))
    if said and value in (None, {}, ()):
        return said[1].split(", default ")[-1]
    if value is None or value is PydanticUndefined or value in ({}, ()) or isinstance(value, Table):
        return "none"
    return inline(plain(value))


def _sentence(text: str | None) -> str:
    """The first paragraph in one line."""
    return " ".join((text or "").split("\n\n")[0].split())


def _also(path: tuple[str, ...]) -> Iterator[str]:
    """Where else a field of a stage or a team may be written."""
    if len(path) < 3:
        return
    top, _, name, *_ = path
    if top == "stages" and name in StageOverride.model_fields:
        yield ".".join(("inflows", "INFLOW", *path))
    if top in NOT_OF_AN_OFFICE and name not in NOT_OF_AN_OFFICE[top]:
        yield "offices.OFFICE.set"


def _at(node: Any, path: tuple[str, ...]) -> list[Any]:
    """All tables of plain data at a path, through every name and every position of a list."""
    nodes = [node]
    for token in path:
        below: list[Any] = []
        for one in _flat(nodes):
            if token.isupper():
                below += one.values()
            elif token in one:
                below.append(one[token])
        nodes = below
    return list(_flat(nodes))


def _flat(nodes: list[Any]) -> Iterator[Mapping[str, Any]]:
    for one in nodes:
        if isinstance(one, list):
            yield from _flat(one)
        elif isinstance(one, Mapping):
            yield one


def _law_tables(node: Any, noun: str, key: str = "") -> Iterator[Mapping[str, Any]]:
    """Every law in plain data, of durations or of counts."""
    items = list(node.items()) if isinstance(node, Mapping) else []
    if isinstance(node, list):
        items = [(key, one) for one in node]
    if isinstance(node, Mapping) and "law" in node and key not in ("burden", "inflows"):
        if (key in _COUNTED) == (noun == "counts"):
            yield node
    for name, one in items:
        if name != "uncertain":
            yield from _law_tables(one, noun, str(name))


def _shortest(written: list[Mapping[str, Any]]) -> str:
    """The law that is written in the fewest letters, as TOML."""
    return min((inline(dict(table)) for table in written), key=len, default="")


def _example(key: str, values: list[Any]) -> str:
    """The first value that fits a line; of long tables none, because their fields have theirs."""
    lines = [f"{key} = {inline(one)}" for one in values]
    fitting = [line for line in lines if len(line) <= _WIDTH]
    if fitting or not lines:
        return fitting[0] if fitting else ""
    return "" if isinstance(values[0], Mapping) else lines[0]
