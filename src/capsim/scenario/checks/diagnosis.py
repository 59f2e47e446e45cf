"""First pass: what pydantic found, in the words of the scenario language.

A table with a mistake in one field says nothing yet about the others' references. So the broken
fields are taken out, what remains is validated again, and the rules of the whole (`rules.py`) look
at the rest: a user sees all mistakes at once. A rule about a place that was taken out is silent.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from capsim.scenario.base import Table
from capsim.scenario.checks.names import Names
from capsim.scenario.checks.rules import broken_rules
from capsim.scenario.checks.spelling import habit_of
from capsim.scenario.errors import Mistake, nearest
from capsim.scenario.tables.scenario import ScenarioFields

__all__ = ["diagnose"]

Path = tuple[str | int, ...]

# Placeholders for what a table cannot do without, while the rest of the file is examined.
_PLACEHOLDERS: dict[tuple[str, ...], Any] = {
    ("start",): "2026-01-01",
    ("horizon",): "100 years",
    ("stages",): {},
    ("inflows",): {},
    ("teams", "*", "fte"): 1,
    ("offices", "*", "share"): 0,
    ("initial", "*", "cases"): 0,
}

# Tables that are taken out as a whole; elsewhere the field below the table's name goes.
_WHOLE = {
    ("teams", "*", "changes", "*"),
    ("windows", "*"),
    ("funding", "*"),
    ("costs", "teams", "*"),
    ("costs", "stages", "*"),
    ("costs", "per_inflow", "*"),
    ("triggers", "*"),
    ("teams", "*", "absence", "*"),
    ("inflows", "*", "waves", "*"),
    ("inflows", "*", "stages", "*", "*"),
    ("offices", "*", "fte", "*"),
    ("evidence", "*"),
    ("uncertain", "*"),
    ("variants", "*"),
    ("calendar", "*"),
    ("teams", "*", "*"),
    ("stages", "*", "*"),
    ("inflows", "*", "*"),
    ("offices", "*", "*"),
    ("initial", "*", "*"),
    ("teams", "*"),
    ("stages", "*"),
    ("inflows", "*"),
    ("offices", "*"),
    ("initial", "*"),
}

# Tables whose members have names: what one of them is, and how its table is written.
_NAMED = {
    ("teams",): ("a team needs a name", "teams.NAME"),
    ("stages",): ("a stage needs a name", "stages.NAME"),
    ("inflows",): ("an inflow needs a name", "inflows.NAME"),
    ("offices",): ("an office needs a name", "offices.NAME"),
    ("initial",): ("initial cases need the name of their stage", "initial.STAGE"),
    ("funding",): ("a rule of funding needs a name", "funding.NAME"),
    ("teams", "*", "changes"): ("a change needs a name", "{}.NAME"),
    ("teams", "*", "absence"): ("a kind of absence needs a name", "{}.NAME"),
    ("inflows", "*", "waves"): ("a wave needs a name", "{}.NAME"),
    ("inflows", "*", "stages"): ("settings of a stage need its name", "{}.STAGE"),
}

_ENDINGS = ("visits", "stay", "closing")

_REMEDIES = {
    "places": "write 1 or more, or leave it out if a meeting has no limit",
    "rate": "write 0 or more applications",
    "per_day": "write 0 or more applications",
    "per_week": "write 0 or more applications",
    "per_month": "write 0 or more applications",
    "per_year": "write 0 or more",
    "fte": "write 0 or more full-time equivalents",
    "worker_fte": "write the contract of one worker, such as 0.8",
    "client_share": "write a share such as 0.76",
    "room": "write 0 or more, or leave it out if there is no limit",
    "seasonality": "write twelve factors, January to December",
    "weekdays": "write seven factors, Monday to Sunday",
    "count": "write 0 or more people",
    "dispersion": "write 1 for Poisson, or more, such as 2",
    "share": "write a share such as 0.25",
    "take_up": "write a share such as 0.36",
    "urgent": "write a share such as 0.5",
    "start": "write a date such as 2026-01-01",
    "horizon": "write a duration such as '3 years'",
    "people": "write a whole number of people",
    "cases": "write a whole number of cases",
    "date": "write a date such as 2026-03-01",
    "mean": "write a duration such as '1 h'",
    "post": "write a full amount for a year and FTE, such as 70_000",
    "reserve": "write a full amount for a year and FTE, such as 90_000",
    "late_day": "write a full amount a day, such as 35",
    "late_most": "write a full amount, such as 1_442",
    "open_month": "write a full amount a month, such as 1_340",
    "amount": "write a full amount, such as 1_776",
    "shares": "write shares such as [1.0, 0.9, 0.8]",
    "share_kept": "write a share such as 0.6",
    "years": "write a number of years, such as 2",
    "shared": "write true, or clusters such as [['genk', 'as'], ['bree', 'peer']]",
}


def diagnose(raw: Mapping[str, Any], error: ValidationError) -> list[Mistake]:
    """All mistakes in plain data that pydantic did not accept.

    Parameters
    ----------
    raw : mapping
        The plain data.
    error : ValidationError
        What pydantic said about it.

    Returns
    -------
    list of Mistake
        Those of single tables, then those of the rules that the rest breaks.
    """
    pruned = copy.deepcopy(dict(raw))
    mistakes: list[Mistake] = []
    taken: set[Path] = set()
    unnamed = list(_unnamed(pruned))
    for path, mistake in unnamed:
        mistakes.append(mistake)
        taken |= _take_out(pruned, path)
    found_by: ValidationError | None = _error_of(pruned) if unnamed else error
    while found_by is not None:
        found = list(_translated(pruned, found_by))
        mistakes += [mistake for _, mistake in found if mistake is not None]
        before = len(taken)
        for path, _ in found:
            taken |= _take_out(pruned, path)
        if len(taken) == before:  # What is wrong cannot be taken out: the rest stays unexamined.
            return _once(mistakes)
        found_by = _error_of(pruned)
    without_names = [path[0] for path, _ in unnamed if len(path) == 1]
    names = Names.of(raw, ("start",) not in taken, [str(name) for name in without_names])
    rules = broken_rules(ScenarioFields(**pruned), names)
    return _once(mistakes + [one for one in rules if not _touches(one.path, taken)])


def _error_of(raw: dict[str, Any]) -> ValidationError | None:
    """What pydantic has against plain data."""
    try:
        ScenarioFields(**raw)
    except ValidationError as error:
        return error
    return None


def _once(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Each mistake once, whatever passes found it."""
    return list({str(mistake): mistake for mistake in mistakes}.values())


def _unnamed(raw: Any) -> Iterator[tuple[Path, Mistake]]:
    """Tables of named ones in which a field stands where a name should, as in [teams] fte = 3."""
    for pattern, (rule, header) in _NAMED.items():
        for path in _places_of(raw, pattern):
            table = _value_at(raw, path)
            if not isinstance(table, Mapping):
                continue
            fields = _fields_at((*path, "NAME", "field"))
            for key, value in table.items():
                if key in fields and not isinstance(value, Mapping):
                    remedy = f"write [{header.format(_dotted(path))}]"
                    yield path, Mistake(_dotted((*path, key)), value, rule, remedy)
                    break


def _places_of(node: Any, pattern: tuple[str, ...], path: Path = ()) -> Iterator[Path]:
    """Paths in plain data that a pattern with stars stands for."""
    if not pattern:
        yield path
    elif isinstance(node, Mapping):
        for key in list(node) if pattern[0] == "*" else [pattern[0]]:
            if key in node:
                yield from _places_of(node[key], pattern[1:], (*path, key))


def _translated(raw: Any, error: ValidationError) -> Iterator[tuple[Path, Mistake | None]]:
    """Path and mistake of each pydantic error; no mistake where another one covers it."""
    records = error.errors(include_url=False)
    extras: dict[Path, set[str]] = {}
    for record in records:
        if record["type"] == "extra_forbidden":
            path = _real_path(raw, record)
            known = _fields_at(record["loc"])
            remedy = nearest(path[-1], known)
            extras.setdefault(path[:-1], set()).update(
                name for name in known if remedy == f"did you mean {name!r}?"
            )
            rule = "there is no such field"
            if path[0] == "inflows" and path[2:3] == ("stages",) and path[-1] in _OVERRIDE_LACKS:
                rule = _OVERRIDE_LACKS[str(path[-1])]
                remedy = "remove it, or send the inflow through a stage of its own"
            yield path, Mistake(_dotted(path), _value_at(raw, path), rule, remedy)
            yield from (((*path[:-1], name), None) for name in extras[path[:-1]])
    for record in records:
        path = _real_path(raw, record)
        if record["type"] == "extra_forbidden":
            continue
        if record["type"] in ("too_short", "too_long") and _has_below(raw, path, records):
            continue
        if record["type"] == "missing":
            if path[-1] not in extras.get(path[:-1], ()):
                remedy = _REMEDIES.get(str(path[-1]), "write it")
                yield path, Mistake.absent(_dotted(path), "is missing", remedy)
            else:
                yield path, None
            continue
        yield _below(raw, path, record), _mistake(raw, path, record)


def _below(raw: Any, path: Path, record: Any) -> Path:
    """The field that a validator of a whole table is about, so that the others are examined."""
    at = record.get("ctx", {}).get("at", "") if record["type"] == "scenario" else ""
    full = (*path, *_tokens(at))
    return path if _value_at(raw, full) is _NOTHING else full


def _tokens(at: str) -> Path:
    return tuple(int(token) if token.isdigit() else token for token in at.split(".") if token)


_OVERRIDE_LACKS = {
    "team": "an inflow is served by the team of the stage",
    "caseworker": "an inflow is served as the stage says",
}


def _has_below(raw: Any, path: Path, records: Iterable[Any]) -> bool:
    """Whether something inside a list is wrong, so that pydantic did not count it."""
    paths = (_real_path(raw, record) for record in records)
    return any(other[: len(path)] == path and len(other) > len(path) for other in paths)


def _mistake(raw: Any, path: Path, record: Any) -> Mistake:
    context = record.get("ctx", {})
    kind = record["type"]
    field = next((str(token) for token in reversed(path) if isinstance(token, str)), "")
    remedy = _REMEDIES.get(field, "")
    if kind == "scenario":
        full = (*path, *_tokens(context["at"]))
        value = _value_at(raw, full)
        if value is _NOTHING:
            return Mistake(_dotted(path), _value_at(raw, path), context["rule"], context["remedy"])
        habit = habit_of(value) if isinstance(value, str) else ""
        return Mistake(_dotted(full), value, context["rule"], habit or context["remedy"])
    value = _value_at(raw, path)
    if kind == "union_tag_invalid":
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        remedy = nearest(context["tag"], known)
        return Mistake(_dotted((*path, "law")), context["tag"], "there is no such law", remedy)
    if kind == "literal_error":
        known = [text.strip(" '") for text in context["expected"].replace(" or ", ",").split(",")]
        return Mistake(
            _dotted(path), value, f"must be {context['expected']}", nearest(value, known)
        )
    rule = _rule(kind, context, field)
    # pydantic writes "Value error, " before what a validator said in its own words.
    said = record["msg"].removeprefix("Value error, ")
    said = said if kind == "value_error" else said.lower()
    habit = habit_of(value) if isinstance(value, str) else ""
    return Mistake(_dotted(path), value, rule or said, habit or remedy or _plainly(kind))


def _rule(kind: str, context: Mapping[str, Any], field: str) -> str:
    bounds = {
        "greater_than": ("gt", "must be above {}"),
        "greater_than_equal": ("ge", "must be at least {}"),
        "less_than": ("lt", "must be below {}"),
        "less_than_equal": ("le", "must be at most {}"),
    }
    if kind in bounds:
        name, text = bounds[kind]
        bound = context[name]
        return text.format(f"{bound:,.0f}" if abs(bound) >= 1000 else f"{bound:g}")
    if kind in ("too_short", "too_long") and field == "seasonality":
        return "must have twelve factors"
    if kind in ("too_short", "too_long") and field == "weekdays":
        return "must have seven factors"
    return {
        "float_type": "must be a number",
        "int_type": "must be a whole number",
        "int_from_float": "must be a whole number",
        "bool_type": "must be true or false",
        "string_type": "must be a text",
        "finite_number": "must be a finite number",
        "dict_type": "must be a table",
        "model_type": "must be a table",
        "model_attributes_type": "must be a table",
        "tuple_type": "must be a list",
        "too_short": "has no entry",
    }.get(kind, "")


def _plainly(kind: str) -> str:
    return {
        "float_type": "write it without quotes",
        "int_type": "write it without quotes or decimals",
        "bool_type": "write true or false without quotes",
        "dict_type": "write { name = value }",
        "model_type": "write { name = value }",
        "model_attributes_type": "write { name = value }",
        "tuple_type": "write [ ... ]",
        "too_short": "write one or more, or leave it out",
        "string_type": "write it in quotes",
    }.get(kind, "correct it")


# -- paths ---------------------------------------------------------------

_NOTHING = object()


def _real_path(raw: Any, record: Any) -> Path:
    """The location without the tags of unions that pydantic puts in between."""
    node, path = raw, []
    loc = record["loc"]
    for position, token in enumerate(loc):
        last = position == len(loc) - 1
        is_key = isinstance(node, Mapping) and token in node
        is_position = isinstance(node, list) and isinstance(token, int) and token < len(node)
        if is_key or is_position:
            node = node[token]
        elif not (last and record["type"] in ("missing", "extra_forbidden")):
            continue
        path.append(token)
    return tuple(path)


def _value_at(raw: Any, path: Iterable[str | int]) -> Any:
    node = raw
    for token in path:
        try:
            node = node[token]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return node


def _dotted(path: Path) -> str:
    return ".".join(str(token) for token in path)


def _fields_at(loc: Iterable[str | int]) -> list[str]:
    """Names of the fields of the table in which the last token of a location was not found."""
    candidates: list[type[Table]] = [ScenarioFields]
    for token in list(loc)[:-1]:
        tagged = [table for table in candidates if getattr(table, "kind", None) == token]
        if tagged:
            candidates = tagged
        elif len(candidates) == 1 and token in (named := _by_name(candidates[0])):
            candidates = list(_tables_in(named[str(token)].annotation))
    return list(_by_name(candidates[0])) if candidates else []


def _by_name(table: type[Table]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _tables_in(annotation: Any) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables_in(argument)


# -- taking out ---------------------------------------------------------------


def _matches(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) >= len(pattern) and all(
        wanted in ("*", token) for wanted, token in zip(pattern, path, strict=False)
    )


def _take_out(raw: dict[str, Any], path: Path) -> set[Path]:
    """Remove the field that a mistake is in; the path that is gone."""
    exact = [pattern for pattern in _PLACEHOLDERS if len(pattern) == len(path)]
    for pattern in exact:
        if _matches(path, pattern):
            _put(raw, path, copy.deepcopy(_PLACEHOLDERS[pattern]))
            return {path}
    depth = max((len(pattern) for pattern in _WHOLE if _matches(path, pattern)), default=1)
    cut = path[:depth]
    for pattern, placeholder in _PLACEHOLDERS.items():
        if len(pattern) == len(cut) and _matches(cut, pattern):
            _put(raw, cut, copy.deepcopy(placeholder))
            return {cut}
    node = _value_at(raw, cut[:-1])
    if isinstance(node, list):
        # Of tables, only those of initial cases stand in a list; the others keep their positions.
        node[int(cut[-1])] = {"cases": 0}
    if isinstance(node, dict):
        node.pop(cut[-1], None)
    if cut[0] == "stages" and cut[-1] in ("caseworker", "team"):
        return {cut[:-1]}  # What else a stage may have depends on both.
    # Which of the three ends a stage cannot be judged while one of them is broken.
    others = _ENDINGS if cut[-1] in _ENDINGS else ()
    return {cut, path, *((*cut[:-1], name) for name in others)}


def _put(raw: dict[str, Any], path: Path, value: Any) -> None:
    """Write a placeholder, unless another mistake took out the table that it would stand in."""
    node = _value_at(raw, path[:-1])
    if isinstance(node, dict):
        node[path[-1]] = value


def _touches(path: str, taken: set[Path]) -> bool:
    """Whether a rule speaks about something that was taken out, or that it was part of."""
    tokens = tuple(path.split("."))
    for gone in taken:
        other = tuple(str(token) for token in gone)
        shorter = min(len(tokens), len(other))
        if tokens[:shorter] == other[:shorter]:
            return True
    return False
