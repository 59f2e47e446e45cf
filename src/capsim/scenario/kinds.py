"""What a field holds, in words read off its type: kind, unit, and the bounds of its numbers."""

from __future__ import annotations

import datetime
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from capsim.scenario.base import LARGEST, Table
from capsim.scenario.laws.counts import AbstractCountLaw
from capsim.scenario.laws.law import AbstractLaw
from capsim.scenario.tables.calendar import WEEKDAYS
from capsim.scenario.units import Duration

__all__ = ["bounds_of", "holds_number", "kind_of", "tables_in", "unit_of"]

_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    datetime.date: "date",
    datetime.datetime: "date with a time",
    Duration: "duration",
    Any: "value",
}

_SHORT_FORMS = {
    "Counts": ("CSV file",),
    "Deadline": ("duration",),
    "OpenCases": ("CSV file",),
    "Room": ("whole number",),
    "Trace": ("CSV file", "list of dates or days"),
    "Workers": ("CSV file",),
}
"""Tables that may be written shorter."""

_UNITS = {
    "add": "FTE, or places",
    "amount": "full units of the currency",
    "args": "none",
    "case_weight": "cases",
    "caseload_limit": "weighted cases per FTE",
    "cases": "cases",
    "count": "people",
    "cv": "standard deviation over mean",
    "dispersion": "variance over mean",
    "elasticity": "power of load / norm",
    "exits": "full units of the currency",
    "fte": "FTE",
    "growth": "share a year",
    "hours": "hours a week",
    "hours_per_day": "hours",
    "late_day": "full units of the currency a day",
    "late_most": "full units of the currency",
    "norm": "weighted cases per FTE",
    "open_month": "full units of the currency a month",
    "patience": "days",
    "people": "people",
    "per_day": "applications a day",
    "per_month": "applications a month",
    "per_week": "applications a week",
    "post": "full units of the currency a year and FTE",
    "priority": "none",
    "probability": "share",
    "rate": "share of the full speed",
    "reserve": "full units of the currency a year and FTE",
    "seasonality": "factors",
    "shape": "phases",
    "share": "share",
    "spells_per_year": "spells a year of presence",
    "stay": "days",
    "steps": "those of `unit`",
    "together": "people",
    "visits": "visits",
    "visits_done": "visits",
    "weekdays": "factors",
    "weights": "relative frequencies",
    "when": "days since the start",
    "work": "hours",
    "worker_fte": "FTE",
    "years": "years",
    "AbstractCountLaw.mean": "as what is counted",
    "AbstractCountLaw.values": "as what is counted",
    "Burden.mean": "factor",
    "Burden.values": "factors",
    "Decision.places": "files a meeting",
    "Funding.per_year": "full units of the currency a year",
    "OpenCases.last_visit": "days since the start",
    "OpenCases.next_visit": "days since the start",
    "OpenCases.since": "days since the start",
    "OpenCases.applied": "days since the start",
    "Rate.per_year": "applications a year",
    "Room.places": "cases",
    "Team.places": "places",
    "Turnover.per_year": "a year of employment",
}
"""Units of numbers that are no durations and no shares, by field, or by table and field."""


def _parts(annotation: Any) -> Iterator[Any]:
    """The alternatives of a type, without what wraps them and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    elif annotation is not type(None):
        yield annotation


def kind_of(annotation: Any) -> str:
    """What may stand there, in words.

    Examples
    --------
    >>> kind_of(float | None), kind_of(tuple[int, ...]), kind_of(Literal["a", "b"])
    ('number', 'list of whole numbers', '"a" or "b"')
    """
    words = dict.fromkeys(_kinds(annotation))
    if "law" in words:  # a bare duration is a fixed law
        words = dict.fromkeys(["duration", *words])
    return " or ".join(words)


def _kinds(annotation: Any) -> Iterator[str]:
    for part in _parts(annotation):
        origin, inner = get_origin(part), get_args(part)
        if origin is Literal and set(WEEKDAYS) <= set(inner):
            yield "weekday"
        elif origin is Literal:
            yield from (f'"{one}"' if isinstance(one, str) else "false" for one in inner)
        elif origin is tuple:
            if len(inner) == 2 and inner[1] is Ellipsis:
                yield f"list of {_plural(kind_of(inner[0]))}"
            else:
                yield f"[{', '.join(kind_of(one) for one in inner)}]"
        elif origin is dict:
            yield f"table of {_plural(kind_of(inner[1]))}"
        elif isinstance(part, type) and issubclass(part, AbstractLaw):
            yield "law"
        elif isinstance(part, type) and issubclass(part, AbstractCountLaw):
            yield "law of counts"
        elif isinstance(part, type) and issubclass(part, BaseModel):
            yield from (*_SHORT_FORMS.get(part.__name__, ()), "table")
        else:
            yield _WORDS[part]


def _plural(words: str) -> str:
    if words.startswith(("list of", "table of")):
        return words.replace(" of", "s of", 1)
    if " or " in words:
        return f"({words})"
    return words if words.startswith("[") else f"{words}s"


def tables_in(annotation: Any) -> tuple[type[Table], ...]:
    """The tables that may stand there, those of laws left out."""
    found: list[type[Table]] = []
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, Table):
            if not issubclass(part, AbstractLaw | AbstractCountLaw):
                found.append(part)
        for inner in get_args(part):
            found += tables_in(inner)
    return tuple(dict.fromkeys(found))


def holds_number(annotation: Any) -> bool:
    """Whether a number may stand there, or in a list or table there."""
    return any(
        part in (int, float)
        or (get_origin(part) in (tuple, dict) and any(map(holds_number, get_args(part))))
        for part in _parts(annotation)
    )


def unit_of(table: type[Table], name: str, field: FieldInfo) -> str:
    """Unit of a field: of durations their own, empty where nothing is measured.

    Raises
    ------
    KeyError
        If the unit of a number is nowhere told.
    """
    kind = kind_of(field.annotation)
    if "duration" in kind:
        return "its own"
    if not holds_number(field.annotation):
        return ""
    for owner in table.__mro__:
        if f"{owner.__name__}.{name}" in _UNITS:
            return _UNITS[f"{owner.__name__}.{name}"]
    if name not in _UNITS and bounds_of(field).partition(",")[0] in ("0 to 1", "0.001 to 1"):
        return "share"
    return _UNITS[name]


def bounds_of(field: FieldInfo) -> str:
    """Least and largest number, or how many entries, in words; empty without any.

    Examples
    --------
    >>> from capsim.scenario.tables.teams import Team
    >>> bounds_of(Team.model_fields["client_share"]), bounds_of(Team.model_fields["worker_fte"])
    ('0.001 to 1', 'above 0, at most 1,000')
    """
    limits: dict[str, float] = {}
    for one in _limits(field.annotation, field.metadata):
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length"):
            value = getattr(one, name, None)
            if value is not None and abs(value) < min(LARGEST, 1e9):
                limits.setdefault(name, value)
    said = []
    if "ge" in limits and "le" in limits:
        said.append(f"{_number(limits['ge'])} to {_number(limits['le'])}")
    else:
        said += [f"{_number(limits['ge'])} or more"] if "ge" in limits else []
        said += [f"above {_number(limits['gt'])}"] if "gt" in limits else []
        said += [f"at most {_number(limits['le'])}"] if "le" in limits else []
    least, most = limits.get("min_length"), limits.get("max_length")
    is_text = "text" in kind_of(field.annotation) and "list" not in kind_of(field.annotation)
    noun = "characters" if is_text else "entries"
    if least is not None and least == most:
        said.append(f"{least} {noun}")
    elif least is not None:
        said.append(f"{least} to {most} {noun}" if most else "not empty")
    return ", ".join(said)


def _limits(annotation: Any, metadata: Any = ()) -> Iterator[Any]:
    """Bounds that stand anywhere in a type."""
    for one in metadata:
        yield from one.metadata if isinstance(one, FieldInfo) else (one,)
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *wrapping = get_args(annotation)
        yield from _limits(inner, wrapping)
    elif origin is not Literal:
        for inner in get_args(annotation):
            yield from _limits(inner)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
