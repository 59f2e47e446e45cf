"""Dotted overrides: replace values of a scenario by their paths.

A path names tables, fields and, in lists, positions: ``inflows.reform.waves.march.people``,
``stages.investigation.work.0.mean``. A path to the mean of a law scales the whole law at constant
cv, `plus` aside, also where the law is written without a mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from capsim.scenario.base import copied, plain
from capsim.scenario.errors import Mistake, ScenarioError, nearest
from capsim.scenario.laws.durations import LAWS, AbstractLaw, Law
from capsim.scenario.units import Duration, days, workdays

__all__ = ["apply_overrides", "flattened", "follows"]

# Tables whose keys are names chosen by the user, and what a key stands for.
_NAMED: dict[tuple[str, ...], str] = {
    ("teams",): "team",
    ("stages",): "stage",
    ("inflows",): "inflow",
    ("offices",): "office",
    ("initial",): "stage with initial cases",
    ("funding",): "rule of funding",
    ("variants",): "variant",
    ("uncertain",): "uncertain input",
    ("evidence",): "evidence",
    ("teams", "*", "changes"): "change",
    ("teams", "*", "absence"): "kind of absence",
    ("inflows", "*", "waves"): "wave",
}

# Tables whose keys are dotted paths themselves.
_PATHS = {("offices", "*", "set"), ("variants", "*"), ("uncertain",), ("evidence",)}

_SCALABLE = frozenset(law.kind for law in LAWS if "mean" not in law.model_fields)
"""Laws that are written without a mean."""


class _Refused(Exception):
    """A path that cannot be followed; carries rule and remedy."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule, self.remedy = rule, remedy


def apply_overrides(raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data of a scenario with values replaced.

    Parameters
    ----------
    raw : mapping
        Plain data (`Scenario.plain_data`); it is not changed, and the result shares with it the
        tables that no path leads into.
    overrides : mapping
        Dotted path to value, in the order of application. None takes an entry away.

    Raises
    ------
    ScenarioError
        With every path that cannot be followed, or if there are no paths.

    Examples
    --------
    >>> apply_overrides({"teams": {"desk": {"fte": 2}}}, {"teams.desk.fte": 3})
    {'teams': {'desk': {'fte': 3}}}
    """
    if not isinstance(overrides, Mapping):
        raise ScenarioError(
            [Mistake("overrides", overrides, "is no table", 'write {"teams.desk.fte": 3}, say')]
        )
    pairs = flattened(raw, overrides)
    touched = {path.partition(".")[0] for path, _ in pairs}
    changed = {name: copied(value) if name in touched else value for name, value in raw.items()}
    mistakes = []
    for path, value in pairs:
        try:
            _override(changed, _split(path), plain(value))
        except _Refused as refusal:
            mistakes.append(Mistake(path, plain(value), refusal.rule, refusal.remedy))
    if mistakes:
        raise ScenarioError(mistakes)
    return changed


def flattened(raw: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Overrides as pairs of a dotted path and a value.

    A path without dots that leads to a table is one of nested tables, as TOML reads
    ``teams.desk.fte = 3`` without quotes; these are followed as far as the scenario has tables, and
    a law is replaced as a whole.

    Examples
    --------
    >>> flattened({"teams": {"desk": {"fte": 2}}}, {"teams": {"desk": {"fte": 3}}})
    [('teams.desk.fte', 3)]
    """
    pairs: list[tuple[str, Any]] = []
    for path, value in overrides.items():
        if isinstance(value, Mapping) and "." not in path:
            pairs += _leaves(raw.get(path), path, value)
        else:
            pairs.append((path, value))
    return pairs


def _leaves(node: Any, path: str, value: Any) -> list[tuple[str, Any]]:
    is_table = isinstance(node, Mapping) and isinstance(value, Mapping)
    if not is_table or not value or "law" in value or "law" in node:
        return [(path, value)]
    return [
        leaf
        for name, item in value.items()
        for leaf in _leaves(node.get(name), f"{path}.{name}", item)
    ]


def _split(path: str) -> list[str]:
    """Tokens of a path; what follows a table of paths stays one token."""
    tokens = path.split(".")
    for depth in range(1, len(tokens)):
        if any(_is(tokens[:depth], pattern) for pattern in _PATHS) and len(tokens) > depth + 1:
            return [*tokens[:depth], ".".join(tokens[depth:])]
    return tokens


def _is(tokens: list[str], pattern: tuple[str, ...]) -> bool:
    return len(tokens) == len(pattern) and all(
        wanted in ("*", token) for wanted, token in zip(pattern, tokens, strict=True)
    )


def _noun(tokens: list[str]) -> str | None:
    return next((noun for pattern, noun in _NAMED.items() if _is(tokens, pattern)), None)


def _override(root: dict[str, Any], tokens: list[str], value: Any) -> None:
    node: Any = root
    for depth, token in enumerate(tokens[:-1]):
        node = _step(root, node, tokens, depth, token)
        if depth == len(tokens) - 2 and tokens[-1] == "mean":
            if not isinstance(node, dict) or "law" in node:
                _set_mean(root, tokens, node, value)
                return
    _set(node, tokens, value)


def _step(root: dict[str, Any], node: Any, tokens: list[str], depth: int, token: str) -> Any:
    """The table below `node`, made where a bare value or nothing stands for one."""
    if isinstance(node, list):
        return node[_position(node, token)]
    if not isinstance(node, dict):
        raise _Refused("this path goes below a single value", f"{token!r} has no place there")
    before = tokens[:depth]
    if token not in node:
        noun = _noun(before)
        if noun is not None:
            raise _Refused(f"there is no {noun} {token!r}", nearest(token, node))
        if _is(before, ("inflows", "*", "stages")) and token not in root.get("stages", {}):
            raise _Refused(f"there is no stage {token!r}", nearest(token, root.get("stages", {})))
        node[token] = {}
        return node[token]
    below = node[token]
    following = tokens[depth + 1]
    if isinstance(below, str) and following != "mean":
        node[token] = {"within": below} if token == "deadline" else {"law": "fixed", "mean": below}
    elif isinstance(below, bool) and token == "decision":
        node[token] = {}
    elif isinstance(below, str):
        node[token] = {"law": "fixed", "mean": below}
    elif isinstance(below, int) and token == "visits" and following == "mean":
        return below
    return node[token]


def _position(node: list[Any], token: str) -> int:
    if token == "mean":
        raise _Refused(
            "several laws stand here, each with its own mean", "write the position, such as 0.mean"
        )
    if not token.isdigit() or int(token) >= len(node):
        raise _Refused(
            f"{token!r} is no position in a list of {len(node)}",
            f"write a number from 0 to {len(node) - 1}",
        )
    return int(token)


def _set(node: Any, tokens: list[str], value: Any) -> None:
    last = tokens[-1]
    if isinstance(node, list):
        node[_position(node, last)] = value
        return
    if not isinstance(node, dict):
        raise _Refused("this path goes below a single value", f"{last!r} has no place there")
    if value is None:
        if last not in node:
            raise _Refused("there is nothing to take away", nearest(last, node))
        del node[last]
        return
    noun = _noun(tokens[:-1])
    if noun is not None and last not in node and not isinstance(value, (dict, list)):
        raise _Refused(f"there is no {noun} {last!r}", nearest(last, node))
    node[last] = value


# -- means ---------------------------------------------------------------


def _set_mean(root: dict[str, Any], tokens: list[str], node: Any, value: Any) -> None:
    parent: Any = root
    for token in tokens[:-2]:
        parent = parent[int(token)] if isinstance(parent, list) else parent[token]
    key: Any = int(tokens[-2]) if isinstance(parent, list) else tokens[-2]
    if isinstance(node, list):
        _position(node, "mean")
    if isinstance(node, int) and key == "visits":
        parent[key] = value
        return
    if not isinstance(node, dict):
        raise _Refused("no law stands here", "replace the whole value")
    name = node.get("law")
    if name == "empirical" and not all(isinstance(item, str) for item in node.get("values", ())):
        raise _Refused("an empirical count has no mean to scale", "replace the whole law")
    if name in _SCALABLE:
        parent[key] = _scaled(node, value)
    elif "sd" in node:
        factor = _factor(_law({**node, "plus": None, "sd": None, "cv": 1.0}), value)
        node["sd"] = str(Duration.parse(node["sd"]).times(factor))
        node["mean"] = value
    else:
        node["mean"] = value


def _scaled(node: dict[str, Any], value: Any) -> dict[str, Any]:
    """The law with all durations but its own `plus` stretched to the new mean."""
    law = _law(node)
    factor = _factor(law, value)
    scaled = copied(node)
    for path, duration in law.durations():
        if path != "plus":
            _put(scaled, path.split("."), str(duration.times(factor)))
    return scaled


def _put(node: Any, tokens: list[str], text: str) -> None:
    for token in tokens[:-1]:
        node = node[int(token)] if isinstance(node, list) else node[token]
    if isinstance(node, list):
        node[int(tokens[-1])] = text
    elif tokens[-1] in node:
        node[tokens[-1]] = text


def _law(node: dict[str, Any]) -> AbstractLaw:
    try:
        law: AbstractLaw = TypeAdapter(Law).validate_python(
            {name: item for name, item in node.items() if item is not None}
        )
    except ValidationError:
        raise _Refused("the law there has a mistake of its own", "correct the law first") from None
    return law


def _factor(law: AbstractLaw, value: Any) -> float:
    """New mean over old mean, `plus` aside."""
    try:
        mean = Duration.parse(value)
    except ValueError as error:
        context: Mapping[str, Any] = getattr(error, "context", None) or {}
        raise _Refused(context.get("rule", str(error)), context.get("remedy", "")) from None
    unit = workdays if law.in_workdays else days
    if mean.is_workdays != law.in_workdays:
        raise _Refused(
            "workdays do not mix with calendar time", "write the mean in the unit of the law"
        )
    old = law.variable(unit).mean
    if old <= 0 or mean.value <= 0:
        raise _Refused("a mean of 0 cannot be scaled", "replace the whole law")
    return unit(mean) / old


def follows(raw: Mapping[str, Any], path: str) -> bool:
    """Whether a dotted path leads to something in plain data.

    Examples
    --------
    >>> follows({"stages": {"intake": {"work": "1 h"}}}, "stages.intake.work.mean")
    True
    """
    node: Any = raw
    for token in _split(path):
        if isinstance(node, str) and token == "mean":
            return True
        if isinstance(node, list) and token.isdigit() and int(token) < len(node):
            node = node[int(token)]
        elif isinstance(node, Mapping) and token in node:
            node = node[token]
        else:
            return False
    return True
