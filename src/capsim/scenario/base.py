"""What all tables of a scenario have in common: frozen, strict, and plain again on request."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer

from capsim.scenario.errors import Mistake, problem
from capsim.scenario.units import Duration

__all__ = [
    "Count",
    "LARGEST",
    "Date",
    "Growth",
    "Milli",
    "MilliShare",
    "Number",
    "Priority",
    "NonNegative",
    "Positive",
    "Share",
    "Table",
    "as_date",
    "copied",
    "is_iso_date",
    "plain",
]


class Table(BaseModel):
    """Base of every table of a scenario: immutable, and unknown keys are mistakes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True
    )

    def to_plain(self) -> Any:
        """What `to_dict` gives, or something shorter that means the same."""
        return self.to_dict()

    def to_dict(self) -> dict[str, Any]:
        """The table as plain data with ISO dates, without what equals its default.

        Returns
        -------
        dict
            Texts, numbers, booleans, lists and dictionaries only; validating it gives an
            equal table.
        """
        return plain_table(self)

    def mistake(self, path: str, name: str, rule: str, remedy: str) -> Mistake:
        """Mistake in one of its fields; `path` is that of the table."""
        return Mistake(f"{path}.{name}", plain(getattr(self, name)), rule, remedy)

    @model_serializer(mode="plain")
    def _serialise(self) -> Any:
        return plain(self)


@cache
def _layout(table: type[BaseModel]) -> tuple[tuple[str, str, bool, Any], ...]:
    """Name, alias, whether it is required, and default of each field."""
    return tuple(
        (
            name,
            field.alias or name,
            field.is_required(),
            None if field.is_required() else field.get_default(call_default_factory=True),
        )
        for name, field in table.model_fields.items()
    )


def plain_table(table: BaseModel) -> dict[str, Any]:
    """Fields of a table as plain data, in the order of their definition."""
    result = {}
    for name, alias, is_required, default in _layout(type(table)):
        value = getattr(table, name)
        # 1 == True: a default is one of the same type.
        if value is None or (not is_required and type(value) is type(default) and value == default):
            continue
        result[alias] = plain(value)
    return result


_EXACT = 1 << 53
"""Whole numbers below it are the same as doubles."""
_PLAIN = (str, int, bool)


def plain(value: Any) -> Any:
    """A value as texts, numbers, booleans, lists and dictionaries; dates in ISO form.

    Examples
    --------
    >>> plain({"on": datetime.date(2026, 1, 1), "fte": 6.0})
    {'on': '2026-01-01', 'fte': 6}
    """
    kind = type(value)
    if kind in _PLAIN or value is None:
        return value
    if kind is dict:  # nearly all are, and whether something is a mapping takes long to find out
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Table):
        return value.to_plain()
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def copied(value: Any) -> Any:
    """Plain data once more: nothing but dictionaries and lists can be changed."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def is_iso_date(text: str) -> bool:
    """Whether a text is a date as ISO 8601 writes it.

    Examples
    --------
    >>> is_iso_date("2026-01-31"), is_iso_date("31/01/2026")
    (True, False)
    """
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def as_date(value: object) -> datetime.date:
    """The day that a TOML date or an ISO text is."""
    if isinstance(value, datetime.datetime):
        raise problem("must be a date without a time", f"write {value.date().isoformat()}")
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    raise problem("is not a date", "write year-month-day, such as 2026-01-31")


Date = Annotated[datetime.date, BeforeValidator(as_date)]
"""A day, as a TOML date or an ISO text."""

LARGEST = 1e12
"""No number of a service is larger; what is computed with it stays within a double and 64 bits."""

Number = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(strict=True, ge=0, le=LARGEST, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, le=LARGEST, allow_inf_nan=False)]
Milli = Annotated[float, Field(strict=True, ge=0.001, le=1_000_000, allow_inf_nan=False)]
"""A number that the engines count in thousandths."""
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
MilliShare = Annotated[float, Field(strict=True, ge=0.001, le=1, allow_inf_nan=False)]
"""A share that the engines count in thousandths."""
Growth = Annotated[float, Field(strict=True, gt=-1, le=100, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000)]
Priority = Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)]
